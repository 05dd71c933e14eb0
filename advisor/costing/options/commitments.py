"""Existing commitments: keep, sublet or terminate each contract, and serve the rest of the demand with any option.

An existing contract is a set of cost lines beside every option. Kept, it serves the base of the demand and sublets its
idle hours; sublet, all of its hours are; terminated, its fee is paid today. The best of the three is the one whose best
option has the least total cost.

Source: docs/model.md#commitments
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from advisor.array_types import Floats, whole
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded, priced_at
from advisor.costing.demand import Demand
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Option, beside
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET, before_the_tenant, fills
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, storage_usd
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import taxed_table
from advisor.costing.rates import Timing
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.schema import Commitment

Disposition = Literal["keep", "sublet", "terminate"]
DISPOSITIONS: tuple[Disposition, ...] = ("keep", "sublet", "terminate")


@dataclass(frozen=True)
class CommitmentPlan:
    """What is done with the commitments: one disposition for each, the case they leave, and their cost lines."""

    dispositions: tuple[Disposition, ...]
    case: Case
    table: CostTable


def commitment_plans(case: Case, commitments: Sequence[Commitment]) -> tuple[CommitmentPlan, ...]:
    """Every combination of dispositions that makes sense.

    To be kept, a contract must serve something without splitting a job that needs one fabric, in every plan of the
    case; to be sublet, it must allow that.
    """
    found = []
    for dispositions in product(DISPOSITIONS, repeat=len(commitments)):
        plan = _commitment_plan(case, commitments, dispositions)
        if plan is not None:
            found.append(plan)
    return tuple(found)


def with_commitments(option: Option, plan: CommitmentPlan) -> Option:
    """The option for the rest of the demand, with the cost of the commitments beside it."""
    return beside(option, plan.table)


def on_another_gpu(plan: CommitmentPlan, usd_per_gpu_hour: Floats) -> CommitmentPlan:
    """The same plan beside options on another GPU, whose rents are not those of the commitments.

    usd_per_gpu_hour: expected rents of the commitments' GPU by month, at which their sublet hours are valued.
    """
    rents = (rents_id(plan.case.assumptions.gpu.id),)
    return replace(plan, table=priced_at(plan.table, usd_per_gpu_hour, rents))


def serves_all_demand(plan: CommitmentPlan) -> bool:
    """Whether the commitments serve all of the demand."""
    return not plan.case.demand.alive.nodes.any()


def use_commitments_only(case: Case) -> Option:
    """The option when the commitments serve all of the demand: nothing else is rented or bought."""
    return replace(
        on_demand(case),
        id="held",
        action="reserve",
        label="using your commitments",
        command="use your commitments",
        constraints=(),
    )


def _commitment_plan(
    case: Case, commitments: Sequence[Commitment], dispositions: tuple[Disposition, ...]
) -> CommitmentPlan | None:
    writer = LineWriter(max(case.demand.months, *(one.months_left for one in commitments)), case.demand)
    rest, nodes = case.demand, np.zeros(case.demand.months)
    for number, (commitment, disposition) in enumerate(zip(commitments, dispositions, strict=True), start=1):
        if disposition == "sublet" and not commitment.may_be_resold:
            return None
        served: Demand | None = None
        if disposition == "keep":
            size = np.where(np.arange(rest.months) < commitment.months_left, float(commitment.nodes), 0.0)
            works = (rest.alive.nodes[..., : commitment.months_left] > 0).any(axis=-1)
            if not (rest.can_split(size) & works).all():
                return None
            served, rest = rest.split(size)
            nodes = nodes + size
        if disposition == "terminate":
            _add_termination(writer, case, commitment, f"commitment.{number}")
        else:
            _add_contract(writer, case, commitment, served, f"commitment.{number}")
    # gone_by = t: only whether the plan has changed matters, so winding down and exited are the same here
    table = taxed_table(writer.table(case.assumptions.rental, np.arange(writer.months)), case.tax)
    return CommitmentPlan(dispositions, replace(case, committed_nodes=nodes).with_demand(case.demand), table)


def _capacity_gpu_hours(writer: LineWriter, case: Case, commitment: Commitment) -> Floats:
    return np.where(np.arange(writer.months) < commitment.months_left, case.demand.node_hours * commitment.nodes, 0.0)


def _add_termination(writer: LineWriter, case: Case, commitment: Commitment, own: str) -> None:
    """The fee, today: a share of what is still to be paid. own: the commitment's id among the inputs."""
    from_book = commitment.termination_fee_share is None
    default = case.assumptions.rental.termination_fee_share
    share = default if commitment.termination_fee_share is None else commitment.termination_fee_share
    owed = commitment.usd_per_gpu_hour * _capacity_gpu_hours(writer, case, commitment)
    fee = share * owed.sum(axis=-1, keepdims=True)
    writer.add(
        "termination",
        Basis.FIXED,
        ByPlanState(active=fee, winding_down=fee, exited=fee),
        timing=Timing.IN_ADVANCE,
        depends_on=(own, *NODE_HOURS, *(("rental.termination_fee_share",) if from_book else ())),
    )


def _add_contract(writer: LineWriter, case: Case, commitment: Commitment, served: Demand | None, own: str) -> None:
    """What is still paid, its storage, and what its idle hours bring.

    Args:
        writer: of the commitments' table.
        case: the question.
        commitment: the contract.
        served: the demand it serves when it is kept; None when it is sublet.
        own: the commitment's id among the inputs.

    """
    capacity = _capacity_gpu_hours(writer, case, commitment)
    bill = commitment.usd_per_gpu_hour * capacity
    writer.add(
        "held" if served is None else "committed",  # surcharges are due only on a cluster that is used
        Basis.FIXED,
        ByPlanState(active=bill, winding_down=bill, exited=bill),
        timing=Timing.IN_ADVANCE,
        depends_on=(own, *NODE_HOURS),
    )
    if served is not None:
        kept, kept_after = (padded(storage_usd(case, need), writer.months) for need in (served.alive, served.after))
        storage = ByPlanState(active=kept, winding_down=kept_after, exited=kept_after)
        writer.add("storage_egress", Basis.FIXED, storage, depends_on=(own, *STORAGE_INPUTS))
    _add_sublet(writer, case, commitment, served, (own, *WORK, *NODE_HOURS))


def _add_sublet(
    writer: LineWriter, case: Case, commitment: Commitment, served: Demand | None, inputs: tuple[str, ...]
) -> None:
    """What idle hours bring at the market's price, since what the contract costs is owed anyway.

    A contract that is sublet as a whole finds its tenant `months_to_let` from now; until then its hours
    are let as gaps are.
    """
    capacity, share = _capacity_gpu_hours(writer, case, commitment), case.sublet_share * commitment.may_be_resold
    if served is None:
        fill = fills(case, case.demand, writer.months, commitment.nodes)
        let = np.arange(writer.months) >= whole(case.assumptions.rental.months_to_let)
        credit = share * np.where(let, fill.freed, fill.searching) * capacity
        sublet = ByPlanState(active=-credit, winding_down=-credit, exited=-credit)
    else:
        taken, taken_after = (padded(need.occupied_gpu_hours, writer.months) for need in (served.alive, served.after))
        fill = fills(case, served, writer.months)
        credit, idle_after = share * fill.in_use * (capacity - taken), share * (capacity - taken_after)
        late = before_the_tenant(case, (fill.freed - fill.searching) * idle_after, np.full(writer.months, -1))
        credit_after = fill.freed * idle_after
        sublet = ByPlanState(active=-credit, winding_down=-credit_after, exited=-credit_after, on_change=late)
    inputs = (*inputs, *case.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET)
    writer.add("idle_resale", Basis.SPOT, sublet, depends_on=inputs)
