"""I already hold a commitment: keep it, resell it or let it go, and what to do about the rest (seed of the product,
point 7).

A contract in hand is a cost line of its own beside every option. Kept, it serves the base of the demand and sublets its
idle hours; resold, all of it is sublet; let go, its fee is paid today. The best of the three is the one whose best
option costs least in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, CostTable, padded, priced_at
from advisor.costing.demand import Demand
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Option, beside
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, storage_usd
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import taxed_table
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.schema import Commitment

Disposition = Literal["keep", "sublet", "terminate"]
DISPOSITIONS: tuple[Disposition, ...] = ("keep", "sublet", "terminate")


@dataclass(frozen=True)
class Holding:
    """What is done with the contracts in hand: one fate each, the nodes they serve by month, the question they leave,
    and their cost lines."""

    dispositions: tuple[Disposition, ...]
    case: Case
    table: CostTable


def holdings(case: Case, commitments: Sequence[Commitment]) -> tuple[Holding, ...]:
    """Every way to deal with the contracts that makes sense: to keep one must serve something without tearing a job
    that needs one fabric; to resell it must be allowed."""
    found = []
    for dispositions in product(DISPOSITIONS, repeat=len(commitments)):
        holding = _holding(case, commitments, dispositions)
        if holding is not None:
            found.append(holding)
    return tuple(found)


def with_holding(option: Option, holding: Holding) -> Option:
    """The option for the rest of the demand, with the contracts' cost beside it."""
    return beside(option, holding.table)


def on_another_gpu(holding: Holding, usd_per_gpu_hour: Floats) -> Holding:
    """The same beside options on another GPU, whose rents are not those of the contracts: what these sublet is taken at
    its expected rents."""
    rents = (rents_id(holding.case.assumptions.gpu.id),)
    return replace(holding, table=priced_at(holding.table, usd_per_gpu_hour, rents))


def _holding(case: Case, commitments: Sequence[Commitment], dispositions: tuple[Disposition, ...]) -> Holding | None:
    writer = LineWriter(max(case.demand.months, *(held.months_left for held in commitments)))
    rest, nodes = case.demand, np.zeros(case.demand.months)
    for number, (held, disposition) in enumerate(zip(commitments, dispositions, strict=True), start=1):
        if disposition == "sublet" and not held.may_be_resold:
            return None
        served: Demand | None = None
        if disposition == "keep":
            size = np.where(np.arange(rest.months) < held.months_left, float(held.nodes), 0.0)
            if not rest.can_split(size) or not (rest.alive.nodes[: held.months_left] > 0).any():
                return None
            served, rest = rest.split(size)
            nodes = nodes + size
        _add(writer, case, held, disposition, served, f"commitment.{number}")
    # whether the plan changes or not is told by the states, which are the same when it winds down and when it is gone
    table = taxed_table(writer.table(case.assumptions.rental, np.arange(writer.months)), case.tax)
    return Holding(dispositions, replace(case, held_nodes=nodes).asking(case.demand), table)


def _add(
    writer: LineWriter, case: Case, held: Commitment, disposition: Disposition, served: Demand | None, own: str
) -> None:
    """The contract's lines: what is still paid, with support and lost goodput on top while it is used, its storage, and
    what its idle hours bring. own: the contract's id among the inputs."""
    rental = case.assumptions.rental
    capacity = np.zeros(writer.months)
    capacity[: held.months_left] = case.demand.node_hours * held.nodes
    due = held.usd_per_gpu_hour * capacity
    if disposition == "terminate":
        share = rental.termination_fee_share if held.termination_fee_share is None else held.termination_fee_share
        fee = np.zeros(writer.months)
        fee[0] = share * due.sum()
        asked = ("rental.termination_fee_share",) if held.termination_fee_share is None else ()
        writer.add("termination", Basis.FIXED, fee, fee, fee, in_advance=True, depends_on=(own, *NODE_HOURS, *asked))
        return
    paid = (own, *NODE_HOURS)
    writer.add("held" if served is None else "committed", Basis.FIXED, due, due, due, in_advance=True, depends_on=paid)
    if served is not None:
        kept, kept_after = (padded(storage_usd(case, need), writer.months) for need in (served.alive, served.after))
        writer.add("storage_egress", Basis.FIXED, kept, kept_after, kept_after, depends_on=(own, *STORAGE_INPUTS))
    used, used_after, active = _used(served, writer.months)
    gap = np.where(active, rental.idle_fill_share, rental.freed_fill_share)
    share = case.sublet_share if held.may_be_resold else 0.0
    credit = share * gap * (capacity - used)
    credit_after = share * rental.freed_fill_share * (capacity - used_after)
    fills = ("rental.idle_fill_share", "rental.freed_fill_share")
    inputs = (own, *WORK, *NODE_HOURS, *case.sublet_depends_on, *fills)
    writer.add("idle_resale", Basis.SPOT, -credit, -credit_after, -credit_after, depends_on=inputs)


def _used(served: Demand | None, months: int) -> tuple[Floats, Floats, Bools]:
    """Hours used while the plan is alive and after it changed, and in which months the contract is in use."""
    if served is None:
        return np.zeros(months), np.zeros(months), np.zeros(months, dtype=bool)
    used, after = padded(served.alive.used_gpu_hours, months), padded(served.after.used_gpu_hours, months)
    return used, after, used > 0


def nothing_left(holding: Holding) -> bool:
    """Whether the contracts serve all of the demand."""
    return not holding.case.demand.alive.nodes.any()


def served_by_holding(case: Case) -> Option:
    """The option when nothing is left to be served: do nothing more."""
    return replace(on_demand(case), id="held", action="reserve", label="use what you hold", constraints=())
