"""Reserved: commit to a cluster for a term, in the order of the contract: sign, pay, use, sublet, renew, terminate."""

from collections.abc import Iterator
from functools import reduce

import numpy as np

from advisor.array_types import Months, of_plan
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, depending_on, padded, summed
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import PREPAID_SUFFIX, Choice, Constraint, Option, constraint
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.cheapest_way import schedule_of
from advisor.costing.options.contracts.contract import Contract, contract_for, is_sold, terms_of
from advisor.costing.options.contracts.cost_lines import TERMINATION_FEE, Deal, add_payments, add_sublet
from advisor.costing.options.contracts.ladder import STEP_INPUT, layers_of
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, add_setup, on_demand_depends_on
from advisor.formatting import plural


def reserved(case: Case, term_months: int, *, prepaid: bool = False, in_steps: bool = True) -> Option | None:
    """Reserve for a term the most nodes it needs, renew while the plan needs a whole further term, then serve the rest
    of the plan as is cheapest: see `cheapest_way`. For a demand that grows sign more step by step: see `ladder`.

    rate = tier factor x (1 - term discount) x (1 - prepayment bonus) x (1 - volume discount) x list price at signing.

    Args:
        case: the question.
        term_months: length of the contract and of each renewal.
        prepaid: pay all of each term at signing, for the bonus and at the risk of the provider's default.
        in_steps: whether nodes that are wanted only later are signed for later.

    Returns:
        None when neither the tier's price list nor a quote has this term; with `prepaid` also when only a quote has it.

    Source: docs/model.md#reserved

    """
    contract = contract_for(case, term_months, prepaid=prepaid)
    if contract is None:
        return None
    may_leave = bool(
        case.assumptions.rental.termination_fee_share < 1
    )  # which is decided for one contract, not for several
    layers = layers_of(case, term_months) if in_steps and not may_leave else (case,)
    deals = [Deal(one, *schedule_of(one, contract, int(at == 0))) for at, one in enumerate(layers)]
    deal, kept = deals[0], summed([_kept(one) for one in deals])
    if len(deals) > 1:
        kept = depending_on(kept, (STEP_INPUT,))
    shorter, ends = _rest_of(deals)
    months, rest = f"{term_months} {plural('month', term_months)}", f"+{shorter}" if shorter else ""
    return Option(
        id=f"reserved-{term_months}m" + (PREPAID_SUFFIX if prepaid else ""),
        action="reserve",
        label=f"prepaid {term_months}{rest}-month term" if prepaid else f"{term_months}{rest}-month reservation",
        command=f"{'prepay' if prepaid else 'reserve'} {months}{ends}",
        nodes=None if case.plans else reduce(np.add, (padded(one.nodes, kept.months) for one in deals)),
        table=kept,
        constraints=_constraints(case, contract),
        term_months=term_months,
        rate_share=deal.runs[0].rate_share.take(case.demand.start_month, axis=-1),
        hurdle_share=of_plan(case.assumptions.money.prepaid_hurdle_share) if prepaid else 0.0,
        choice=_termination(deal, kept),
        label_of_rest=rest,
        remake=lambda other: reserved(other, term_months, prepaid=prepaid, in_steps=in_steps),
    )


def reserved_options(case: Case) -> Iterator[Option]:
    """The reservation of every term on offer, paid monthly, the shortest first."""
    for term in terms_of(case):
        option = reserved(case, term)
        if option is not None:
            yield option


def _kept(deal: Deal) -> CostTable:
    """The table of a contract that is kept when the plan changes."""
    signed_in = np.where(deal.firm, 0, deal.gone_by) if deal.has_offer else deal.gone_by
    return _table(deal, signed_in, terminated=False)


def _rest_of(deals: list[Deal]) -> tuple[int | None, str]:
    """What serves the months of one plan after the last whole term: a shorter term, and how the command ends."""
    deal = deals[0]
    if deal.case.demand.peak.ndim or len(deals) > 1:
        return None, ""
    main, *rest = deal.runs
    if not rest:
        over = int(main.under_contract.nonzero()[0][-1]) + 1 >= int(deal.case.demand.lengths)
        return None, "" if over else ", then rent"
    shorter = rest[0].contract.term_months
    return (shorter, f", then {shorter}") if shorter < main.contract.term_months else (None, ", sublet end")


def _table(deal: Deal, signed_in: Months, *, terminated: bool) -> CostTable:
    """The lines of a contract that is kept when the plan changes, or terminated for a fee."""
    writer = LineWriter(deal.months, deal.case.demand, depends_on=(TERMINATION_FEE,))
    add_payments(writer, deal, terminated=terminated)
    add_sublet(writer, deal, terminated=terminated)
    _store(writer, deal)
    add_setup(writer, deal.case, deal.case.demand.start_month)
    _rent_the_rest(writer, deal, terminated=terminated)
    return writer.table(deal.case.assumptions.rental, deal.gone_by, signed_in)


def _termination(deal: Deal, kept: CostTable) -> Choice | None:
    """When the plan changes: pay on, or pay the fee and leave, by how rents have moved since signing. One plan only.

    No choice where the fee is all that is owed anyway, since hours that are paid for can be sublet; nor where what the
    change leaves could be served by this contract only.
    """
    months = deal.case.demand.months
    if deal.case.assumptions.rental.termination_fee_share >= 1 or deal.case.demand.peak.ndim or deal.kept:
        return None
    left = _table(deal, kept.signed_in, terminated=True)
    now = np.minimum(np.arange(1, months + 1), kept.months - 1)
    return Choice((kept, left), ("pay on", "pay the fee and leave"), now, since=np.minimum(kept.signed_in[now], now))


def _store(writer: LineWriter, deal: Deal) -> None:
    """Storage of the nodes under contract, and of those rented by the hour beside it."""
    known, months = by_month(deal.case), writer.months
    kept = np.where(deal.under_contract, known.node_storage[..., :months] * deal.nodes, known.storage[..., :months])
    kept_after = known.storage_after[..., :months]
    storage = ByPlanState(active=kept, winding_down=kept_after, exited=kept_after)
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=(*STORAGE_INPUTS, *deal.inputs))


def _rent_the_rest(writer: LineWriter, deal: Deal, *, terminated: bool) -> None:
    """On demand: all months outside blocks, and what is left of the demand once the contract is over or terminated."""
    case, known, outside = deal.case, by_month(deal.case), ~deal.under_contract
    bill, bill_after = known.bill[..., : writer.months], known.bill_after[..., : writer.months]
    rent = ByPlanState(
        active=outside * bill,
        winding_down=bill_after if terminated else outside * bill_after,
        exited=np.where(deal.kept_nodes > 0, 0.0, bill_after) if deal.kept else bill_after,
    )
    writer.add("rent", Basis.SPOT, rent, depends_on=(*on_demand_depends_on(case), *deal.inputs))


def _constraints(case: Case, contract: Contract) -> tuple[Constraint, ...]:
    """The shortest term sold for a cluster as large as the largest job; of several limits the strictest that holds."""
    nodes = case.demand.largest_job
    if nodes.ndim:
        return (constraint(~is_sold(contract, nodes), "clusters of this size are not sold for this term"),)
    found = [
        constraint(True, f"{int(nodes):,} nodes are not sold for less than {least} months")
        for size, least in contract.too_short_from
        if nodes >= size
    ]
    return tuple(found[-1:])
