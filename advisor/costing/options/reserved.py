"""Reserved: commit to a cluster for a term, in the order of the contract: sign, pay, use, sublet, renew, terminate."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain
from typing import NamedTuple

import numpy as np

from advisor.array_types import Floats, Months, of_plan
from advisor.costing.case import Case
from advisor.costing.changed_tables import depending_on, summed
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, NamedLater, padded
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import PREPAID_SUFFIX, Constraint, Option, Right, constraint
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.cheapest_way import schedule_of
from advisor.costing.options.contracts.contract import (
    Contract,
    contract_of,
    contracts_of,
    is_sold,
    listed_contracts,
    starts_in,
    together,
)
from advisor.costing.options.contracts.cost_lines import Deal, add_payments, add_sublet
from advisor.costing.options.contracts.ladder import STEP_INPUT, layers_of
from advisor.costing.options.contracts.leaving import TERMINATION_FEE
from advisor.costing.options.contracts.rights import (
    extended,
    extension,
    leaving,
    priced_with_first,
    re_ratings,
    signed_in,
)
from advisor.costing.options.credits import add_credits
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, add_setup, on_demand_depends_on
from advisor.formatting import plural
from advisor.values.kept import kept
from advisor.values.quick_dataclass import replace

_MOST_PLANS = 16  # of more plans than these each contract is priced alone, which takes less memory and no longer


class _Signed(NamedTuple):
    """What is signed: the contracts of each layer of the demand, the table of all of them, the rights of each layer,
    and the first rate (...)."""

    deals: tuple[Deal, ...]
    table: CostTable
    rights: tuple[tuple[Right, ...], ...]
    rate_share: Floats

    def of_row(self, row: int, layers: tuple[Case, ...]) -> "_Signed":
        """What is signed of one of many rows of contracts. layers: of the demand."""
        deals, months = self.deals, self.table.months
        if not layers[0].plans:
            deals = tuple(deal.of_row(row, layer) for deal, layer in zip(deals, layers, strict=True))
            months = max(deal.months for deal in deals)
        rights = tuple(
            tuple(
                right.of_row(row, _of_row(right.table, row, months, [deal] * len(right.table.parts)))
                for right in each
                if right.table.coefficients[:, :, row].any()
            )
            for each, deal in zip(self.rights, deals, strict=True)
        )
        return _Signed(deals, _of_row(self.table, row, months, deals), rights, self.rate_share[row])


def _of_row(table: CostTable, row: int, months: int, deals: Sequence[Deal]) -> CostTable:
    """The table of one of many rows of contracts, with its own inputs. deals: one for each part of the table."""

    def own(part: CostTable, deal: Deal) -> CostTable:
        return part.of_row(row, months, NamedLater(part.depends_on, lambda: deal.inputs_of_each))

    first, *beside = map(own, table.parts, deals)
    return replace(first, beside=tuple(beside)) if beside else first


def signed(case: Case, contract: Contract, *, in_steps: bool = True) -> Option:
    """Reserve for a term the most nodes it needs, renew while the plan needs a whole further term, then serve the rest
    of the plan as is cheapest: see `cheapest_way`. For a demand that grows sign more step by step: see `ladder`.

    rate = tier factor x (1 - term discount) x (1 - prepayment bonus) x (1 - volume discount) x list price at signing.

    Args:
        case: the question.
        contract: listed or offered, for each term and each renewal.
        in_steps: whether nodes that are wanted only later are signed for later.

    Source: docs/model.md#reserved
    """
    return _option(case, contract, _sign(case, contract, in_steps=in_steps), in_steps=in_steps)


def signed_each(case: Case, contracts: Iterable[Contract], *, in_steps: bool = True) -> Iterator[Option]:
    """The option to sign each of some contracts; those of the price list are priced together, except for many plans."""
    several = tuple(contracts)
    if case.demand.peak.size > _MOST_PLANS:
        return (signed(case, contract, in_steps=in_steps) for contract in several)
    listed = _signed_together(case, [one for one in several if not one.final], in_steps=in_steps)
    return (listed.get(one.id) or signed(case, one, in_steps=in_steps) for one in several)


def _signed_together(case: Case, contracts: Sequence[Contract], *, in_steps: bool) -> dict[str, Option]:
    """The option to sign each of some contracts of the price list, by its id, priced in one call: see `together`."""
    found = dict[str, Option]()
    layers = {one: layers_of(case, one.term_months) if in_steps else (case,) for one in contracts}
    for count in {len(each) for each in layers.values()}:
        alike = [one for one in contracts if len(layers[one]) == count]
        number = np.arange(len(alike)).reshape(-1, *(1,) * len(case.plans))
        made = _sign(case, together(alike, number, case.assumptions.rental), in_steps=in_steps)
        found |= {
            one.id: _option(case, one, made.of_row(row, layers[one]), in_steps=in_steps)
            for row, one in enumerate(alike)
        }
    return found


def _sign(case: Case, contract: Contract, *, in_steps: bool) -> _Signed:
    alone = np.any(contract.least_nodes) or contract.start_month > 0 or contract.clauses.has_rights
    layers = layers_of(case, contract.term_months) if in_steps and not alone else (case,)
    deals = [Deal(one, *schedule_of(one, contract, int(at == 0))) for at, one in enumerate(layers)]
    longer = extended(deals[0]) if contract.clauses.has_rights else None
    if longer is not None:
        months = max(deals[0].months, longer.months)
        deals, longer = [_over(deals[0], months)], _over(longer, months)
    kept = summed([_table(one, signed_in(one)) for one in deals])
    if len(deals) > 1:
        kept = depending_on(kept, (STEP_INPUT,))
    rate = np.asarray(deals[0].runs[0].rate_share[..., starts_in(case, contract)])
    return _Signed(tuple(deals), kept, tuple(tuple(_rights(deal, longer, kept)) for deal in deals), rate)


def _option(case: Case, contract: Contract, made: _Signed, *, in_steps: bool) -> Option:
    one_plan, kept = not case.plans, made.table
    shorter, then = _what_follows(made.deals) if one_plan else (None, "")
    rest = f"+{shorter}" if shorter else ""
    prepaid = contract.id.endswith(PREPAID_SUFFIX)
    before = _before(made.deals[0]) if one_plan else ""
    label, command = (f"{name}{before}" for name in _names(contract, rest))
    return Option(
        id=contract.id,
        action="reserve",
        label=label,
        command=command,
        then=then,
        nodes=reduce(np.add, (padded(one.nodes, kept.months) for one in made.deals)) if one_plan else None,
        contracts=tuple(run for one in made.deals for run in one.runs) if one_plan else (),
        table=kept,
        constraints=_constraints(case, contract),
        term_months=contract.term_months,
        rate_share=made.rate_share if case.plans else float(made.rate_share),
        hurdle_share=of_plan(case.assumptions.money.prepaid_hurdle_share) if prepaid else 0.0,
        label_of_rest=rest,
        seller=contract.seller,
        rights=tuple(chain.from_iterable(made.rights)),
        remake=lambda other: reserved_as(other, contract.id, in_steps=in_steps),
    )


def reserved_options(case: Case) -> tuple[Option, ...]:
    """The reservation of every contract on offer that is paid monthly, the shortest first: see `every_reservation`."""
    return tuple(option for option in every_reservation(case) if option.prepaid_base is None)


def every_reservation(case: Case) -> Iterable[Option]:
    """The reservation of every contract on offer, prepaid ones last; for many plans, of the contracts that are sold for
    any, one at a time, so that not all their tables are in memory at once."""
    return _each_reservation(case) if case.demand.peak.size > _MOST_PLANS else _known_reservations(case)


def _each_reservation(case: Case) -> Iterator[Option]:
    every, job = (*contracts_of(case), *listed_contracts(case, prepaid=True)), case.demand.largest_job
    # of one plan the reason why one is not sold is wanted too
    return signed_each(case, (one for one in every if not case.plans or is_sold(one, job).any()))


@kept(maxsize=4)  # costed, and then compared with on demand
def _known_reservations(case: Case) -> tuple[Option, ...]:
    return tuple(_each_reservation(case))


def reserved_as(case: Case, contract_id: str, *, in_steps: bool = True) -> Option | None:
    """The option to sign the contract with this id; None if it is not offered."""
    if in_steps and case.demand.peak.size <= _MOST_PLANS:  # one of them is seldom asked for alone
        known = next((one for one in _known_reservations(case) if one.id == contract_id), None)
        if known is not None:
            return known
    contract = contract_of(case, contract_id)
    return None if contract is None else signed(case, contract, in_steps=in_steps)


def _names(contract: Contract, rest: str) -> tuple[str, str]:
    """What a contract is called, and the command to sign it. rest: the shorter term that serves the last months."""
    term = contract.term_months
    months = f"{term} {plural('month', term)}"
    if not contract.final:
        if contract.id.endswith(PREPAID_SUFFIX):
            return f"prepaid {term}{rest}-month term", f"prepay {months}"
        return f"{term}{rest}-month reservation", f"reserve {months}"
    who, days = contract.who, contract.clauses.block_days
    if contract.id.startswith("block"):
        return (f"{f'{days}-day' if days else f'{term}{rest}-month'} block{who}",
                f"book {f'{days} days' if days else months}{who}")  # fmt: skip
    if contract.id.startswith("committed"):
        return f"{term}{rest}-month committed spend{who}", f"commit to spend for {months}{who}"
    return f"{term}{rest}-month reservation{who}", f"reserve {months}{who}"


def _before(deal: Deal) -> str:
    """What serves one plan until a contract starts that is offered for later: ` after 3 months from A`; else empty."""
    case, main, *others = deal.case, *deal.runs
    start = starts_in(case, main.contract)
    if start == case.demand.start_month:
        return ""
    first = next((one.contract for one in others if one.under_contract.argmax() < start), None)
    if first is None:
        return " after renting on demand"
    days, term = first.clauses.block_days, first.term_months
    served = f"blocks of {days} {plural('day', days)}" if days else f"{term} {plural('month', term)}"
    return f" after {served}{first.who or ' reserved'}"


def _over(deal: Deal, months: int) -> Deal:
    return replace(deal, runs=tuple(run.over(months) for run in deal.runs))


def _rights(deal: Deal, longer: Deal | None, kept: CostTable) -> Iterator[Right]:
    """The rights of the holder of some contracts. longer: the contracts with the extension, if there is one."""
    may_leave = leaving(deal, kept)
    if may_leave is not None:
        yield may_leave
    yield from re_ratings(deal, kept)
    if longer is not None:
        yield extension(deal, kept, _table(longer, priced_with_first(longer)))


def _what_follows(deals: tuple[Deal, ...]) -> tuple[int | None, str]:
    """What follows the first term of one plan: the shorter term that serves its end, and how the command goes on.

    A last term of which less than a month is not needed is a renewal like those before it.
    """
    main, *others = deals[0].runs
    term, held, end = main.contract.term_months, main.under_contract, int(deals[0].case.demand.lengths)
    renewed = ", then renew" if held.sum() >= 2 * term else ""
    if len(deals) > 1:
        return None, renewed
    rest = next((one for one in others if one.under_contract.argmax() > held.argmax()), None)
    last = int((rest or main).under_contract.nonzero()[0][-1]) + 1
    if rest is None:
        return None, renewed if last >= end else f"{renewed}, then rent"
    shorter = rest.contract.term_months
    if shorter < term:
        return shorter, f"{renewed}, then {shorter} {plural('month', shorter)}"
    return None, ", then renew" if last == end else f"{renewed}, sublet end"


def _table(deal: Deal, signed_in: Months) -> CostTable:
    """The lines of contracts that are kept when the plan changes."""
    writer = LineWriter(deal.months, deal.case.demand, depends_on=(TERMINATION_FEE,), axes=deal.axes)
    add_payments(writer, deal)
    add_sublet(writer, deal)
    _store(writer, deal)
    add_setup(writer, deal.case, deal.case.demand.start_month)
    _rent_the_rest(writer, deal)
    add_credits(writer, deal.case, deal.gone_by)
    return writer.table(deal.case.assumptions.rental, deal.gone_by, signed_in)


def _store(writer: LineWriter, deal: Deal) -> None:
    """Add the storage of the nodes under contract and of those rented by the hour."""
    known, months = by_month(deal.case), writer.months
    kept = np.where(deal.under_contract, known.node_storage[..., :months] * deal.nodes, known.storage[..., :months])
    storage, inputs = ByPlanState.needed(kept, known.storage_after[..., :months]), (*STORAGE_INPUTS, *deal.inputs)
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=inputs)


def _rent_the_rest(writer: LineWriter, deal: Deal) -> None:
    """On demand: all months outside blocks, and what is left of the demand once the contract is over."""
    case, known, outside = deal.case, by_month(deal.case), ~deal.under_contract
    bill, bill_after = known.bill[..., : writer.months], known.bill_after[..., : writer.months]
    rent = ByPlanState(
        active=outside * bill,
        winding_down=outside * bill_after,
        exited=np.where(deal.kept_nodes > 0, 0.0, bill_after) if deal.kept else bill_after,
    )
    writer.add("rent", Basis.SPOT, rent, depends_on=(*on_demand_depends_on(case), *deal.inputs))


def _constraints(case: Case, contract: Contract) -> tuple[Constraint, ...]:
    """The shortest term sold for a cluster as large as the largest job; of several limits the strictest that holds."""
    nodes, peak = case.demand.largest_job, case.demand.peak
    if contract.final:
        late = case.demand.lengths <= contract.start_month
        most = float(np.max(contract.most_nodes))
        small = f"the offer is for {case.size_words(most)}"
        return (
            constraint(peak > contract.most_nodes, small),
            constraint(late, "the offer starts after the work ends"),
        )
    if nodes.ndim:
        return (constraint(~is_sold(contract, nodes), "clusters of this size are not sold for this term"),)
    found = [
        constraint(True, f"{int(nodes):,} nodes are not sold for less than {least} months")
        for size, least in contract.too_short_from
        if nodes >= size
    ]
    return tuple(found[-1:])
