"""What serves a stretch of a plan: on demand where that market exists, or the contract that is cheapest for it.

The rest of a plan after the last whole term of a reservation is rented on demand, reserved for a shorter term that is
sold for the size, or reserved for one more whole term that overruns the plan and is sublet. The ways are compared by
what their expected hours are worth today, with the rents that are expected for each month.

Source: docs/model.md#reserved
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from advisor.array_types import Floats, Months, at_months, of_plan, whole, whole_of_plan
from advisor.costing.case import Case
from advisor.costing.options.contracts.blocks import (
    Blocks,
    blocks_between,
    blocks_of_days,
    chosen_blocks,
    contracts_on_offer,
    in_block,
    kept_after_a_change,
    leaves_what_cannot_be_rented,
    signed_in_month,
)
from advisor.costing.options.contracts.by_month import ByMonth, by_month
from advisor.costing.options.contracts.contract import Contract, Rows, is_sold, starts_in, together
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET, capped_share, fill_of_what_is_left
from advisor.costing.options.hourly_rental import on_demand_depends_on
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.limits import LONGEST_TERM_MONTHS
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass

EACH_CHOICE = "each.choice"  # stands for the inputs of the choice of each of the contracts that are priced together
_CHOICE_INPUTS = (
    *FILL_INPUTS,
    TIME_TO_LET,
    "rental.support_share",
    "rental.goodput_loss_share",
    "rental.on_demand_max_nodes",
    "money.discount_rate",
    "rental.prepaid_share",
)


def choice_depends_on(case: Case, contracts: Iterable[Contract]) -> tuple[str, ...]:
    """The inputs of a choice between on demand and some contracts."""
    rates = (name for one in contracts for name in (*one.depends_on, *one.right_depends_on))
    outlook = rents_id(case.assumptions.gpu.id)
    return *on_demand_depends_on(case), *case.sublet_depends_on, *_CHOICE_INPUTS, outlook, *rates


def schedule_of(case: Case, contract: Contract, least_terms: int = 1) -> tuple[tuple[Blocks, ...], tuple[str, ...]]:
    """The whole terms of a contract, and what serves the rest of each plan, as blocks of other contracts.

    Args:
        case: the question.
        contract: of the whole terms, which may start later than the work.
        least_terms: how many are signed even where the plan is shorter.

    Returns:
        The blocks, of at least one contract and all over the same months, the whole terms first; and the inputs of the
        choice for the rest.
    """
    first = starts_in(case, contract)
    rest = _rest_of(case, contract, least_terms, first)
    main = blocks_between(case, contract, np.full(rest.begin.shape, first), rest.begin)
    before, inputs_before = _until(case, first)
    if (rest.begin >= rest.end).all():
        months = max(main.months, *(one.months for one in before), 0)
        return (main.over(months), *(one.over(months) for one in before)), inputs_before
    runs, inputs = _serving(case, contract, rest)
    runs += before
    months = max(main.months, *(one.months for one in runs), 0)
    return (main.over(months), *(one.over(months) for one in runs)), (*inputs, *inputs_before)


def serving(case: Case, contract: Contract, begin: Months) -> tuple[tuple[Blocks, ...], tuple[str, ...]]:
    """What serves each plan from `begin` (...) to its end if not on demand: terms of a contract or of shorter ones; and
    the inputs of that choice."""
    lengths = case.demand.lengths
    if (begin >= lengths).all():
        return (), ()
    one = begin.ndim == 0
    rest = _rest_of_all(case, int(begin), int(lengths)) if one else Stretch(begin, lengths, LONGEST_TERM_MONTHS)
    return _serving(case, contract, rest)


def _serving(case: Case, contract: Contract, rest: "Stretch") -> tuple[tuple[Blocks, ...], tuple[str, ...]]:
    if contract.rows is not None:
        return tuple(_serving_rows(case, contract, contract.rows, rest)), (EACH_CHOICE,)
    shorter = [one for one in contracts_on_offer(case) if one.term_months < contract.term_months]
    return _cheapest(case, (contract, *shorter), rest), rest_depends_on(case, contract)


def _cheapest(case: Case, contracts: Sequence[Contract], rest: "Stretch") -> tuple[Blocks, ...]:
    """The blocks of what serves a stretch at the least cost, where that is not on demand."""
    usd = [on_demand_present_value(case, rest), *(contract_present_value(case, one, rest) for one in contracts)]
    choice = np.argmin(np.broadcast_arrays(*usd), axis=0) - 1
    return tuple(chosen_blocks(case, contracts, np.asarray(choice), rest.begin, rest.end))


def _serving_rows(case: Case, contract: Contract, rows: Rows, rest: "Stretch") -> Iterator[Blocks]:
    """The same for rows of contracts: the ways to serve each row are rows again, which are priced together."""
    on_offer, number, plans = contracts_on_offer(case), rows.number.ravel(), (1,) * len(case.plans)
    ways = (*rows.contracts, *on_offer)
    terms, own = np.array([one.term_months for one in ways]), len(rows.contracts)
    open_to = terms < terms[number, None]  # (N, ways)
    open_to[:, :own] = number[:, None] == np.arange(own)
    open_to &= (rest.begin < rest.end).reshape(number.size, -1).any(axis=1, keepdims=True)
    offered = np.array([one.final for one in ways])
    row, way = np.nonzero(open_to & ~offered)
    stretches = Stretch(rest.begin[row], rest.end, rest.longest_term_months)
    each = together(ways, way.reshape(-1, *plans), case.assumptions.rental)
    usd = np.full((*open_to.shape, *case.plans), np.inf)
    usd[row, way] = contract_present_value(case, each, stretches)
    for one in np.flatnonzero(offered & open_to.any(axis=0)).tolist():
        here = open_to[:, one].reshape(-1, *plans)
        usd[:, one] = np.where(here, contract_present_value(case, ways[one], rest), np.inf)
    signs = usd.min(axis=1) < on_demand_present_value(case, rest)
    return chosen_blocks(case, ways, np.where(signs, usd.argmin(axis=1), -1), rest.begin, rest.end)


def rest_depends_on(case: Case, contract: Contract) -> tuple[str, ...]:
    """The inputs of the choice of what serves the rest of a plan after the whole terms of a contract."""
    shorter = (one for one in contracts_on_offer(case) if one.term_months < contract.term_months)
    return choice_depends_on(case, (contract, *shorter))


def _until(case: Case, first: int) -> tuple[tuple[Blocks, ...], tuple[str, ...]]:
    """What serves the work until a contract starts, if not on demand, and the inputs of that choice.

    A contract is signed for these months where whole terms of it fit.
    """
    if first == case.demand.start_month:
        return (), ()
    begin, end = np.asarray(case.demand.start_month), np.asarray(first)
    fitting = [one for one in contracts_on_offer(case) if (first - int(begin)) % one.term_months == 0]
    if not fitting:
        return (), ()
    rest = Stretch(begin, end, LONGEST_TERM_MONTHS)
    return _cheapest(case, fitting, rest), choice_depends_on(case, fitting)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Months of a plan that are to be served, from `begin` to before `end` (...); none where begin >= end.

    longest_term_months: of the contracts that may serve them.
    """

    begin: Months
    end: Months
    longest_term_months: int


def _rest_of(case: Case, contract: Contract, least_terms: int, first: int) -> Stretch:
    """The months after the whole terms of a contract that begin in the month `first`."""
    if contract.rows is None:
        by_day = contract.clauses.block_days is not None
        return _rest_of_term(case, contract.term_months, least_terms, first, by_day=by_day)
    begin = _after_whole_terms(case.demand.whole_lengths, contract.terms_of_plans, least_terms, first)
    return Stretch(begin, case.demand.lengths, contract.term_months)


@kept(maxsize=64)  # the prepaid contract of a term leaves the same rest
def _rest_of_term(case: Case, term_months: int, least_terms: int, first: int, *, by_day: bool) -> Stretch:
    """by_day: days are booked as they are needed, so that a month is whole to them when a part of it is."""
    lengths = case.demand.lengths
    begin = _after_whole_terms(lengths if by_day else case.demand.whole_lengths, term_months, least_terms, first)
    if begin.ndim == lengths.ndim == 0:
        return _rest_of_all(case, int(begin), int(lengths))
    begin, end = np.broadcast_arrays(begin, lengths)
    return Stretch(begin, end, term_months)


def _after_whole_terms(lengths: Months, terms: int | Months, least_terms: int, first: int) -> Months:
    return np.asarray(first + np.maximum((lengths - first) // terms, least_terms) * terms)


@kept(maxsize=64)  # the same object for terms that end in the same month
def _rest_of_all(case: Case, begin: int, end: int) -> Stretch:
    return Stretch(np.asarray(begin), np.asarray(end), LONGEST_TERM_MONTHS)


@kept(maxsize=16)  # the rests of several terms are the same
def on_demand_present_value(case: Case, stretch: Stretch) -> Floats:
    """What a stretch costs on demand; infinite where there is no market for its jobs.

    Returns:
        Present value in GPU-hours at today's list price (...).
    """
    rental, left = case.assumptions.rental, np.asarray(stretch.end - stretch.begin)
    month, seen = np.arange(int(np.maximum(left, 0).max())), _since(case, stretch)
    seen = seen.first(month.size)
    billed = seen.unchanged * seen.bill + (seen.unchanged[..., :1] - seen.unchanged) * seen.bill_after
    usd = seen.worth_of_use * seen.rents * billed * (month < left[..., None])
    no_market = _largest_job(case, stretch) > whole_of_plan(rental.on_demand_max_nodes)
    extra = of_plan(1 + rental.support_share + rental.goodput_loss_share)
    return np.where(no_market, np.inf, usd.sum(axis=-1) * extra)


@kept(maxsize=64)  # contracts of several terms, prepaid or not, leave the same rest
def contract_present_value(case: Case, contract: Contract, stretch: Stretch) -> Floats:
    """What as many terms of a contract as cover a stretch cost; infinite where it is not sold for such jobs.

    Idle hours are sublet, and what a change of plan leaves is rented once no block runs, or stays under contract where
    its jobs are too large for that. Months count from `begin`, so that blocks begin in the same months in all plans.

    Returns:
        Present value in GPU-hours at today's list price (...).
    """
    sold = is_sold(contract, _largest_job(case, stretch))
    if not sold.any():
        return np.full(sold.shape, np.inf)
    begin, rental, term = stretch.begin, case.assumptions.rental, contract.terms_of_plans
    covered = np.asarray(-(-np.maximum(stretch.end - begin, 0) // term) * term)
    month = np.arange(int(covered.max()))
    block, seen = month // contract.terms * contract.terms, _since(case, stretch).first(month.size)
    nodes, rate = _signed(case, contract, begin[..., None] + block)
    unchanged, reached, signed = seen.unchanged, seen.unchanged[..., :1], at_months(seen.unchanged, block)
    let_since = at_months(unchanged, np.maximum(month - whole(rental.months_to_let), block))
    capacity, fill = case.demand.node_hours * nodes, seen.fill
    idle = unchanged * fill.in_use * (capacity - seen.taken)
    freed_fill = (signed - let_since) * fill.freed + (let_since - unchanged) * fill.searching
    income_share = capped_share(case, contract.sublet_right, rate * contract.clauses.mean_price_share)
    let = income_share * (idle + freed_fill * (capacity - seen.taken_after))
    extra = 1 + rental.support_share + rental.goodput_loss_share
    firm = contract.final and case.decided_month == 0  # an offer in hand fixes today's rent
    today = (block == 0) & (begin == case.demand.start_month)[..., None] if firm else np.False_
    agreed = np.where(today, by_month(case).rents[..., :1], at_months(seen.rents, block))
    prepaid, worth = contract.prepaid_share, seen.worth_in_advance
    worth = prepaid * at_months(worth, block) + (1 - prepaid) * worth
    paid = worth * signed * agreed * rate * _dues(case, contract, begin, month) * capacity * extra
    cost = paid + seen.worth_of_use * seen.rents * ((reached - signed) * seen.bill_after * extra - let)
    total = (cost * (month < covered[..., None])).sum(axis=-1) + _kept_beyond_rent(case, contract, stretch)
    return np.where(sold, total, np.inf)


def _kept_beyond_rent(case: Case, contract: Contract, stretch: Stretch) -> Floats | float:
    """What the blocks that are signed after a change of plan cost more than renting what is left. (...).

    The plan may have changed before the stretch as well as in it.
    """
    if not leaves_what_cannot_be_rented(case):
        return 0.0
    begin = stretch.begin
    run = kept_after_a_change(case, blocks_between(case, contract, begin, np.maximum(stretch.end, begin)))
    if run is None:
        return 0.0
    known, rental, start = by_month(case).first(run.months), case.assumptions.rental, case.demand.start_month
    firm = contract.final and case.decided_month == 0
    agreed = np.where(firm & (run.block == start), known.rents[..., :1], in_block(known.rents, run.block))
    prepaid, worth = contract.prepaid_share, known.worth_in_advance
    paid = (prepaid * in_block(worth, run.block) + (1 - prepaid) * worth) * agreed * run.due
    idle = fill_of_what_is_left(case, run.months) * (case.demand.node_hours * run.nodes - known.taken_after)
    let = capped_share(case, contract.sublet_right, run.mean_rate_share) * idle
    extra = 1 + rental.support_share + rental.goodput_loss_share
    more = paid * extra - known.worth_of_use * known.rents * (let + known.bill_after * extra)
    return np.asarray(((1 - in_block(known.unchanged, run.block)) * more * run.under_contract).sum(axis=-1))


@kept(maxsize=4)  # every contract that may serve a stretch looks at the same months
def _since(case: Case, stretch: Stretch) -> ByMonth:
    longest = int(np.maximum(stretch.end - stretch.begin, 0).max())
    return by_month(case).since(stretch.begin, longest + stretch.longest_term_months)


@kept(maxsize=8)  # as above
def _largest_job(case: Case, stretch: Stretch) -> Floats:
    """The largest job in the months of a stretch. (...)."""
    jobs = case.demand.alive_shape.fabric_nodes
    month = np.arange(jobs.shape[-1])
    within = (month >= stretch.begin[..., None]) & (month < stretch.end[..., None])
    return np.asarray(np.where(within, jobs, 0.0).max(axis=-1))


def _signed(case: Case, contract: Contract, block: Months) -> tuple[Floats, Floats]:
    """The nodes of the running block and its rate as a share of the list price. Both (..., months).

    block: the month in which it begins (..., months).
    """
    most, volume = signed_in_month(case, contract.terms, block)
    return contract.signed_nodes(most), contract.rate_share * (1.0 - volume * (not contract.final))


def _dues(case: Case, contract: Contract, begin: Months, month: Months) -> Floats | float:
    """What each month from `begin` on costs by the clauses of a contract, in months at its rate. (..., months)."""
    shares, days = contract.clauses.month_shares, contract.clauses.block_days
    if shares is None:
        return 1.0
    found = shares[..., month % contract.term_months]
    if days is None:
        return np.asarray(found)
    count = blocks_of_days(case, days)[0]
    return np.asarray(found * at_months(count, np.minimum(begin[..., None] + month, count.shape[-1] - 1)))
