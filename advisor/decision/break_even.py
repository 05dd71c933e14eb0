"""Break-evens: utilization for each term, plan length, payback, and where cumulative costs cross
(docs/model.md#break-evens).

All on differences of expected cost, from the same tables as the verdict; those in prices are in `price_break_even`.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Literal

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.option import Option, PlanOption
from advisor.costing.options.buy import owned
from advisor.costing.options.contracts.contract import contracts_of
from advisor.costing.options.hourly_rental import no_on_demand_market, on_demand_multiple_at_start
from advisor.costing.options.in_hand.contracts_in_hand import HELD
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.ownership import owned_cluster
from advisor.costing.options.reserved import reserved_options, signed_each
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cash.payable_price import payable_node_usd, payable_rate
from advisor.decision.cost_options import Costing
from advisor.decision.plans.menu import PlanMenu, menu_on_all_gpus
from advisor.decision.plans.serving_answer import at_volume
from advisor.decision.price_break_even import PricePoint, node_price, tipping_price
from advisor.decision.ranking import RankedOption, best_of_each_class
from advisor.decision.utilization_curve import at_utilizations, billed_and_used_shares
from advisor.finance.discounting import simple_payback
from advisor.finance.fewest_runs import fewest_runs
from advisor.finance.solve import answered_together, crossing_steps, in_a_row
from advisor.market.assumptions import Money
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

_NOT_SOLD = "not sold for this plan"
CHEAPER_AT_ANY_USE = "cheaper at any use"
_USES = np.array([0.001, 0.25, 0.5, 0.75, 1.0])  # from the least utilization that a profile may state
_CLOSE_USE = 1e-7  # how precisely a utilization is located
_STRAIGHT = 1e-9  # relative: a smaller bend counts as zero


@dataclass(frozen=True)
class TermBreakEven:
    """The utilization that decides between a reserved term and on demand.

    Attributes:
        option: Id of the reserved option.
        label: For reading.
        term_months: Its length.
        rate_ratio: Reserved over on-demand rate: the break-even utilization if nothing else counted.
        busy_share: The same with everything counted (idle time handed back or sublet, surcharges, falling rents, plan
            risk); None when no utilization from 0 to 1 changes the order.
        pays: On which side of it the term is cheaper; below it when on demand bills idle time as well, while idle time
            of a reservation can be sublet.
        reason: Why there is no break-even; empty if there is one.
        paid_months: After how many months on demand would have cost as much as all of the term, at the rates alone and
            the plan's own utilization; None when not within the term and the plan.
    """

    option: str
    label: str
    term_months: int
    rate_ratio: float
    busy_share: float | None
    pays: Literal["above", "below"]
    reason: str
    paid_months: float | None


@dataclass(frozen=True)
class MonthInterval:
    """Plan lengths in months, both ends included, for which one option is the pick or costs hardly more than it, None
    where nothing is feasible."""

    from_month: int
    to_month: int
    option: PlanOption | None


@dataclass(frozen=True)
class Payback:
    """Simple undiscounted payback of buying against renting on demand at today's price.

    Falling rents, resale, delivery and discounting are not in it: it is shown because it is widely quoted.

    Attributes:
        capex_usd: What is paid to own.
        saving_usd_per_month: Mean cash saved in a month of owning.
        months: Capex over saving; None when owning saves no cash.
    """

    capex_usd: float
    saving_usd_per_month: float
    months: float | None


@dataclass(frozen=True)
class Crossing:
    """The month in which the cumulative cost of `cheaper_after` falls below that of `cheaper_before`."""

    month: float
    usd: float
    cheaper_before: str
    cheaper_after: str


@dataclass(frozen=True)
class BreakEvens:
    """All break-evens of one profile.

    Attributes:
        tipping: On-demand rate below which renting wins, USD per GPU-hour.
        node_price: Node price below which buying wins, USD.
        payable_rate_usd, payable_node_usd: The highest price of each up to these two that cash pays for; None where it
            pays for none, or where there is no such price.
        terms: Utilization for each reserved term; none beside what serves all of the work.
        months: The pick by plan length, ascending; lengths whose picks cost nearly the same are together.
        buying_months: The plan lengths for which buying is the pick itself, as intervals.
        payback: Of buying; None without a price, a delivery within the plan or an on-demand market for it.
        contenders: The cheapest option of each class.
        crossings: Where their cumulative costs cross.
        menu: What every option costs in plans of 1, 2, 3, ... months.
    """

    tipping: PricePoint
    node_price: PricePoint
    payable_rate_usd: float | None
    payable_node_usd: float | None
    terms: tuple[TermBreakEven, ...]
    months: tuple[MonthInterval, ...]
    buying_months: tuple[tuple[int, int], ...]
    payback: Payback | None
    contenders: tuple[RankedOption, ...]
    crossings: tuple[Crossing, ...]
    menu: PlanMenu

    @property
    def longest_months(self) -> int:
        """The longest plan that was evaluated."""
        return self.months[-1].to_month


def break_evens(profile: Profile, costing: Costing) -> BreakEvens:
    """Every break-even of a profile, given what its options cost."""
    case, forecast = costing.case, costing.forecast
    contenders, menu = best_of_each_class(costing.verdict), _menu_at_lengths(profile, costing)
    longest = max(float(workload.months) for workload in profile.workload)
    picks: list[int] = menu.decided(case.assumptions.money).pick.tolist()
    tipping, node = tipping_price(costing), node_price(costing)
    return BreakEvens(
        tipping=tipping,
        node_price=node,
        payable_rate_usd=payable_rate(costing, profile.company, tipping),
        payable_node_usd=payable_node_usd(costing, profile.company, node),
        terms=_term_break_evens(profile, case, forecast) if case.demand.alive.nodes.any() else (),
        months=_best_by_months(menu, picks, longest, case.assumptions.money, in_hand=costing.commitments is not None),
        buying_months=merged(
            (month, month) for month, at in enumerate(picks, start=1) if at >= 0 and menu.options[at].action == "buy"
        ),
        payback=_payback(case, forecast),
        contenders=contenders,
        crossings=_crossings(contenders),
        menu=menu,
    )


def _term_break_evens(profile: Profile, case: Case, forecast: Forecast) -> tuple[TermBreakEven, ...]:
    """Costs are nearly straight lines in the utilization, bent where what serves the rest of a plan changes.

    Without an on-demand market there is nothing to break even with.
    """
    multiple, found = on_demand_multiple_at_start(case), []
    terms = {option.id: option for option in reserved_options(case)}
    if no_on_demand_market(case):
        return tuple(
            TermBreakEven(
                one.id,
                one.label,
                one.term_months or 0,
                of_one(one.rate_share or 0.0) / multiple,
                busy_share=None,
                pays="above",
                reason=_NOT_SOLD if one.infeasible else "no on-demand market",
                paid_months=None,
            )
            for one in terms.values()
        )
    own = min(case.whole_demand.busy_share, 1.0)  # a rounding error above
    uses = distinct(np.array([*_USES, own]))
    there = at_utilizations(profile, case, uses)
    renting = expected_usd(on_demand(there), there, forecast)
    gaps = {name: usd - renting for name, usd in _usd_of_terms(there, forecast, terms).items()}
    sold = {name: option for name, option in terms.items() if not option.infeasible}
    shares = _crossing_uses(profile, case, forecast, sold, uses, gaps)
    (billed, _), plan = billed_and_used_shares(case.whole_demand), case.demand.months - case.demand.start_month
    for name, option in terms.items():
        assert option.rate_share is not None
        assert option.term_months is not None
        share, gap, reason = shares.get(name), gaps[name], ""
        if share is None:
            reason = CHEAPER_AT_ANY_USE if gap[-1] < 0 else "costs more at any use"
            reason = _NOT_SOLD if option.infeasible else reason
        cheaper = bool(gap[uses == own][0] < 0)  # at the plan's own utilization, from which the side follows
        pays: Literal["above", "below"] = "above" if share is None or cheaper == (own > share) else "below"
        ratio = of_one(option.rate_share) / multiple
        term = option.term_months
        paid = None if option.infeasible or term * ratio / billed >= min(term, plan) else term * ratio / billed
        found.append(TermBreakEven(name, option.label, term, ratio, share, pays, reason, paid))
    return tuple(found)


def _usd_of_terms(there: Case, forecast: Forecast, names: Iterable[str]) -> dict[str, Floats]:
    """What the reservations with some ids cost in another case. USD (...)."""
    wanted = set(names)
    made = signed_each(there, (contract for contract in contracts_of(there) if contract.id in wanted))
    return {option.id: expected_usd(option, there, forecast) for option in made}


def _crossing_uses(
    profile: Profile,
    case: Case,
    forecast: Forecast,
    terms: Mapping[str, Option],
    uses: Floats,
    gaps: Mapping[str, Floats],
) -> dict[str, float | None]:
    """The utilization at which each term costs as much as on demand, by id: the one nearest to the plan's own; None
    without one.

    uses, gaps: where they were looked at already, and what each costs more there.
    """

    def gaps_at(asked: Mapping[str, Floats]) -> dict[str, Floats]:
        _, every, places = in_a_row(asked)
        there = at_utilizations(profile, case, every)
        renting = expected_usd(on_demand(there), there, forecast)
        usd = _usd_of_terms(there, forecast, places)
        return {name: (usd[name] - renting)[place] for name, place in places.items()}

    near = case.whole_demand.busy_share
    searches = {
        name: crossing_steps(uses, gaps[name], near=near, tolerance=_CLOSE_USE, straight_share=_STRAIGHT)
        for name in terms
    }
    return answered_together(searches, gaps_at)


def _menu_at_lengths(profile: Profile, costing: Costing) -> PlanMenu:
    """What every option costs in plans of 1 to 60 months (less the start lag).

    With several workloads the longest is set to the length and the others keep their proportion. Cash is not a
    constraint here: it would hide the pattern.
    """
    longest = max(float(workload.months) for workload in profile.workload)
    lengths = np.arange(1.0, MAX_PLAN_MONTHS - max(work.start_month for work in profile.workload) + 1)[:, None]

    def altered(work: ResolvedWorkload) -> ResolvedWorkload:
        longer = replace(work, months=float(work.months) / longest * lengths)
        if profile.service is None:
            return longer
        return at_volume(longer, profile.workload[0], costing.case.assumptions, 1.0)

    return menu_on_all_gpus(profile, costing.case, altered, costing.forecast, costing.verdict)


def _best_by_months(
    menu: PlanMenu, picks: list[int], own_months: float, money: Money, *, in_hand: bool
) -> tuple[MonthInterval, ...]:
    """The pick for every plan length, in as few intervals as possible.

    The gap is not monotone in the length, since renewals make several roots, so every month is evaluated; lengths whose
    picks cost nearly the same are one interval, but where buying is picked it is told, and at the plan's own length it
    is the pick itself. Where nothing is left to pay beside what is in hand, that serves all of the work.
    """
    at_own, picked = int(own_months) - 1, np.array(picks)
    own = (at_own, picks[at_own]) if own_months == int(own_months) <= len(picks) else None
    known = picked >= 0
    pick_usd = np.where(known, menu.usd[picked, np.arange(picked.size)], 0.0)
    buys = np.array([option.action == "buy" for option in menu.options])
    told = np.isin(np.arange(buys.size), picked)[:, None] & (buys[:, None] == buys[picked]) & known
    usd = np.where(told, pick_usd + np.abs(menu.usd - pick_usd), np.inf)  # no option counts as cheaper than the pick
    chosen = fewest_runs(usd, money.small_difference_share, own if own and own[1] >= 0 else None)
    intervals: list[MonthInterval] = []
    for month, at in enumerate(chosen, start=1):
        option = menu.options[at] if at >= 0 else None
        option = HELD if in_hand and not menu.usd[:, month - 1].min() else option
        if intervals and intervals[-1].option == option:
            intervals[-1] = replace(intervals[-1], to_month=month)
        else:
            intervals.append(MonthInterval(month, month, option))
    return tuple(intervals)


def merged(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Adjoining intervals of whole months joined: (1, 3), (4, 6) is (1, 6)."""
    joined: list[tuple[int, int]] = []
    for start, end in intervals:
        if joined and joined[-1][1] + 1 == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _payback(case: Case, forecast: Forecast) -> Payback | None:
    """Payback of buying new hardware at today's price; None without a price, a delivery within the plan, an on-demand
    market or work for it."""
    if not case.demand.alive.nodes.any():
        return None
    cluster = owned_cluster(case)
    delivery = int(cluster.schedule.delivery)
    if cluster.hardware.node_usd is None or delivery >= case.demand.months or no_on_demand_market(case):
        return None
    today = float(forecast.usd_per_gpu_hour[0])
    renting, running = (_usage_usd(option.table, today) for option in (on_demand(case), owned(case)))
    saving, total = float((renting - running)[delivery : case.demand.months].mean()), float(cluster.capex.total_usd)
    return Payback(total, saving, simple_payback(total, saving))


def _usage_usd(table: CostTable, usd_per_gpu_hour: float) -> Floats:
    """What each month costs at a given price while the plan is alive, payments in advance left out. Array of months."""
    price = np.where(table.basis == Basis.SPOT, usd_per_gpu_hour, 1.0)
    return np.asarray((price * table.weights[:, 0] * ~table.in_advance) @ table.coefficients[:, 0])


def _crossings(contenders: tuple[RankedOption, ...]) -> tuple[Crossing, ...]:
    """Where the cumulative present costs of two classes cross, by linear interpolation within the month."""
    found: list[Crossing] = []
    curves = [(option.id, cumulative_usd(option.cost)) for option in contenders]
    for (one, first), (other, second) in combinations(curves, 2):
        months = min(first.size, second.size)
        gap = first[:months] - second[:months]
        for month in np.flatnonzero(np.sign(gap[:-1]) * np.sign(gap[1:]) < 0):
            part = float(gap[month] / (gap[month] - gap[month + 1]))
            usd = float(first[month] + part * (first[month + 1] - first[month]))
            before, after = (one, other) if gap[month] < 0 else (other, one)
            found.append(Crossing(float(month) + part, usd, before, after))
    return tuple(sorted(found, key=lambda crossing: crossing.month))


def cumulative_usd(cost: OptionCost) -> Floats:
    """Cumulative present cost by the end of each month.

    Returns:
        USD (months + 1), from 0 on. Resale counts on the last day of the plan, so that the last value is the expected
        cost of the option.
    """
    paid = np.concatenate([[0.0], cost.monthly_present_usd[:-1].cumsum()])
    paid[-1] += cost.monthly_present_usd[-1]
    return paid
