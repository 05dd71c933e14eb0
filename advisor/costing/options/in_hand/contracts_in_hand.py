"""What is in hand already: each contract is kept, sublet, left idle or terminated, each lot of hardware kept, let or
sold, and the rest of the demand served with any option.

Each is a set of cost lines beside every option. Kept, it serves the base of the demand and sublets its idle hours;
sublet or let, all of its hours are; idle, it is paid as agreed and used for nothing; terminated, its fee is paid today,
and sold, hardware brings its price. The best combination is the one whose best option has the least total cost.

Source: docs/model.md#commitments and docs/model.md#hardware-in-hand
"""

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from advisor.array_types import Amount, Floats, of_one, whole
from advisor.costing.case import Case
from advisor.costing.changed_tables import joined, priced_at, sold_at
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded
from advisor.costing.demand import Demand
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Option, PlanOption
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET, HoursLet, before_the_tenant, fills
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, storage_usd
from advisor.costing.options.in_hand.hardware_in_hand import add_hardware, add_sale_today, sale_at_the_end
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import taxed_table
from advisor.costing.rates import Timing
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.values.quick_dataclass import dataclass, replace

Disposition = Literal["keep", "sublet", "idle", "terminate", "ended", "let", "sell"]
OF_CONTRACTS: tuple[Disposition, ...] = ("keep", "sublet", "idle", "terminate")
_HAIR = 1e-9  # of a unit: a part of a node divided by another
_OF_ENDED: tuple[Disposition, ...] = ("ended",)
OF_HARDWARE: tuple[Disposition, ...] = ("keep", "let", "sell")


@dataclass(frozen=True)
class CommitmentPlan:
    """What is done with what is in hand: one disposition for each contract and lot of hardware, in this order; the case
    they leave, and their cost lines."""

    dispositions: tuple[Disposition, ...]
    case: Case
    table: CostTable

    @property
    def keeps(self) -> bool:
        """Whether anything serves a part of the work."""
        return "keep" in self.dispositions


class WorkOnGpu(NamedTuple):
    """A GPU of something in hand: all of the work as it would be on it, its expected prices, and why it cannot do the
    work, empty where it can."""

    case: Case
    forecast: Forecast
    barred: str = ""


WorkByGpu = Mapping[str | None, WorkOnGpu]  # by what a contract or hardware names as its GPU; None: that of the work


def commitment_plans(
    by_gpu: WorkByGpu, commitments: Sequence[Commitment], hardware: Sequence[Owned] = ()
) -> tuple[CommitmentPlan, ...]:
    """Every combination of dispositions that makes sense.

    To be kept, a contract or hardware must serve something without splitting a job that needs one fabric, in every plan
    of the case; to be sublet or let, it must allow that. Only what must not be sublet is left idle. Nothing can be
    done with a contract that has ended. What is on another GPU than the work does as much of it as its throughput says.
    """
    of_contracts = [OF_CONTRACTS if contract.months else _OF_ENDED for contract in commitments]
    found = []
    for dispositions in product(*of_contracts, *[OF_HARDWARE] * len(hardware)):
        plan = _commitment_plan(by_gpu, (*commitments, *hardware), dispositions)
        if plan is not None:
            found.append(plan)
    return tuple(found)


def rest_on(case: Case, plan: CommitmentPlan) -> Case:
    """What a plan leaves of the work, on another GPU. case: all of the work there."""
    committed = plan.case.committed_nodes
    assert committed is not None  # of every plan
    nodes = committed / _own_nodes_of_one(plan.case.whole_demand, case.demand)
    return replace(case, committed_nodes=nodes).with_demand(case.demand)


def on_another_gpu(plan: CommitmentPlan, own: WorkOnGpu) -> CommitmentPlan:
    """The same plan beside options on another GPU, whose rents are not those of the work's GPU: what is on that is
    valued at its expected prices."""
    return replace(plan, table=_at_fixed_prices(plan.table, own))


def serves_all_demand(plan: CommitmentPlan) -> bool:
    """Whether the commitments serve all of the demand."""
    return not plan.case.demand.alive.nodes.any()


HELD = PlanOption("held", "reserve", label="using what you have")


def use_commitments_only(case: Case) -> Option:
    """The option when the commitments serve all of the demand: nothing else is rented or bought."""
    return replace(
        on_demand(case),
        id=HELD.id,
        action=HELD.action,
        label=HELD.label,
        command="use what you have",
        constraints=(),
    )


def _commitment_plan(
    by_gpu: WorkByGpu, holdings: Sequence[Commitment | Owned], dispositions: tuple[Disposition, ...]
) -> CommitmentPlan | None:
    case = by_gpu[None].case
    lines, taken = _Lines(by_gpu, holdings), np.zeros(MAX_PLAN_MONTHS)  # also of longer plans
    for one, disposition, own in zip(holdings, dispositions, _ids(holdings), strict=True):
        may_be_let = one.may_be_resold if isinstance(one, Commitment) else one.may_be_let
        if disposition in ("sublet", "let", "idle") and may_be_let == (disposition == "idle"):
            return None
        served: Demand | None = None
        if disposition == "keep":
            there = by_gpu[one.gpu]
            own_of_one = 1.0 if one.gpu is None else _own_nodes_of_one(case.demand, there.case.demand)
            found = None if there.barred else _kept(one, there.case, taken / own_of_one)
            if found is None:
                return None
            held, served = found
            taken = taken + own_of_one * np.where(np.arange(MAX_PLAN_MONTHS) < _months_of(one), held, 0.0)
        lines.add(one, served, disposition, own, sold=disposition != "sell")
    return CommitmentPlan(dispositions, replace(case, committed_nodes=taken).with_demand(case.demand), lines.table())


def _kept(one: Commitment | Owned, case: Case, below: Floats) -> tuple[float, Demand] | None:
    """The nodes that are kept while they are there, and the demand that they serve; None where they serve nothing or
    split a job. below: nodes by month that serve before them, as nodes of theirs."""
    below = below[: case.demand.months]
    rest = case.demand.above(below) if below.any() else case.demand
    held = _nodes_of(one, case)
    splits = rest.replicated and not rest.can_split(held).all()
    if splits or held % 1:  # a part of a replica serves nothing
        unit = float(np.max(rest.largest_job)) if splits else of_one(rest.unit)
        held = math.floor(held / unit + _HAIR) * unit
    size = np.where(np.arange(rest.months) < _months_of(one), held, 0.0)
    works = ((rest.alive.nodes > 0) & (size > 0)).any(axis=-1)
    return (held, rest.layer(0.0, size)) if (rest.can_split(size) & works).all() else None


def _own_nodes_of_one(own: Demand, there: Demand) -> Floats:
    """How many nodes of the work's GPU do the work of a node of another one, by month: the same work is on both, spread
    over whole nodes. After the plan as many as in its last month."""
    nodes, others = own.alive_shape.nodes, there.alive_shape.nodes
    ratio = np.divide(nodes, others, out=np.ones(others.shape), where=others > 0)
    return np.pad(ratio, (0, MAX_PLAN_MONTHS - ratio.size), mode="edge")


def apart_from_work(
    by_gpu: WorkByGpu, holdings: Sequence[Commitment | Owned], dispositions: tuple[Disposition, ...]
) -> CostTable | None:
    """The part of a plan's table that is not a cost of the work: all that is not kept, and what hardware that is kept
    would sell for today, which its work gives up. None where all in hand are contracts that are kept. At fixed prices,
    as it holds beside any GPU."""
    if all(how == "keep" and isinstance(one, Commitment) for one, how in zip(holdings, dispositions, strict=True)):
        return None
    lines = _Lines(by_gpu, holdings)
    for one, disposition, own in zip(holdings, dispositions, _ids(holdings), strict=True):
        if disposition != "keep":
            lines.add(one, None, disposition, own, sold=disposition == "let")
        elif isinstance(one, Owned):
            lines.add_sale_today(one, own)
    return _at_fixed_prices(lines.table(), by_gpu[None])


def _at_fixed_prices(table: CostTable, there: WorkOnGpu) -> CostTable:
    """A table in dollars at the expected prices of a GPU."""
    rents = (rents_id(there.case.assumptions.gpu.id),)
    return priced_at(sold_at(table, there.forecast.resale_share, rents), there.forecast.usd_per_gpu_hour, rents)


class _Lines:
    """The lines of what is in hand, GPU by GPU, and which lots are run and sold at the end of the plan."""

    def __init__(self, by_gpu: WorkByGpu, holdings: Sequence[Commitment | Owned]) -> None:
        lasting = [one.months for one in holdings if isinstance(one, Commitment)]
        months = max(by_gpu[None].case.demand.months, *lasting, 1)
        self._by_gpu, self._months = by_gpu, months
        self._writers: dict[str | None, LineWriter] = {}
        self._sold: list[tuple[Owned, str]] = []
        self._run = 0

    def add(
        self, one: Commitment | Owned, served: Demand | None, disposition: Disposition, own: str, *, sold: bool
    ) -> None:
        """The lines of one contract or lot. served: the demand it serves when it is kept; own: its id among the inputs;
        sold: whether hardware is sold at the end."""
        writer, case = self._on(one)
        _add_holding(writer, case, one, served, disposition, own, self._run)
        if isinstance(one, Owned) and disposition != "sell":
            self._run += one.nodes
            self._sold += [(one, own)] if sold else []

    def add_sale_today(self, owned: Owned, own: str) -> None:
        """What a lot that is kept would sell for today."""
        add_sale_today(*self._on(owned), owned, own)
        self._run += owned.nodes

    def _on(self, one: Commitment | Owned) -> tuple[LineWriter, Case]:
        """The lines on the GPU of a contract or lot, and the case there."""
        case = self._by_gpu[one.gpu].case
        return self._writers.setdefault(one.gpu, LineWriter(self._months, case.demand)), case

    def table(self) -> CostTable:
        """The lines, after taxes; those on other GPUs than the work's at fixed prices."""
        found = []
        for gpu, writer in self._writers.items():
            there, months = self._by_gpu[gpu], np.arange(writer.months)
            # gone_by = t: only whether the plan has changed matters, so winding down and exited are the same here
            exit_ = sale_at_the_end(there.case, [(one, own) for one, own in self._sold if one.gpu == gpu])
            table = taxed_table(writer.table(there.case.assumptions.rental, months, exit_=exit_), there.case.tax)
            found.append(table if gpu is None else _at_fixed_prices(table, there))
        return reduce(joined, sorted(found, key=lambda table: table.exit is None))


def _add_holding(
    writer: LineWriter,
    case: Case,
    one: Commitment | Owned,
    served: Demand | None,
    disposition: Disposition,
    own: str,
    others: int,
) -> None:
    """The lines of one contract or lot. others: nodes of lots before it that are run."""
    if isinstance(one, Owned):
        _add_owned(writer, case, one, served, disposition, own, others)
    elif disposition == "terminate":
        _add_termination(writer, case, one, own)
    else:  # the lines of one that has ended are zero
        _add_contract(writer, case, one, served, own)


def _ids(holdings: Sequence[Commitment | Owned]) -> list[str]:
    """The id of each among the inputs: `commitment.1`, `owned.1`."""
    contracts = sum(isinstance(one, Commitment) for one in holdings)
    return [f"commitment.{at}" if at <= contracts else f"owned.{at - contracts}" for at in range(1, len(holdings) + 1)]


def _nodes_of(one: Commitment | Owned, case: Case) -> float:
    """How many nodes, or which part of one."""
    if isinstance(one, Owned):
        return float(one.nodes)
    return one.nodes_of(float(case.assumptions.rental.gpus_per_node))


def _months_of(one: Commitment | Owned) -> int:
    """For how long it is there: hardware until the plan ends."""
    return one.months if isinstance(one, Commitment) else MAX_PLAN_MONTHS


def _add_owned(
    writer: LineWriter, case: Case, owned: Owned, served: Demand | None, disposition: Disposition, own: str, others: int
) -> None:
    """Hardware that is kept, let until the plan ends, or sold today. others: nodes of lots before it that are run."""
    if disposition == "sell":
        add_sale_today(writer, case, owned, own)
        return
    there = np.arange(writer.months) < case.demand.lengths[..., None]
    up = case.assumptions.facility.availability_share
    capacity = np.where(there, up * case.demand.node_hours * owned.nodes, 0.0)
    inputs = (own, *WORK, *NODE_HOURS, "facility.availability_share")
    let = _add_sublet(writer, case, served, _Hours(capacity, up, owned.nodes, float(owned.may_be_let)), inputs)
    add_hardware(writer, case, owned, served, let, own, others)


def _capacity_gpu_hours(writer: LineWriter, case: Case, commitment: Commitment) -> Floats:
    hours = case.demand.node_hours * _nodes_of(commitment, case)
    return np.where(np.arange(writer.months) < commitment.months, hours, 0.0)


def _add_termination(writer: LineWriter, case: Case, commitment: Commitment, own: str) -> None:
    """The payments during the notice period; and today the fee, a sum or a share of the payments after it, less a
    refund.

    own: the commitment's id among the inputs.
    """
    fee_usd = commitment.termination_fee_usd
    from_book = commitment.termination_fee_share is fee_usd is None
    default = case.assumptions.rental.termination_fee_share
    share = default if commitment.termination_fee_share is None else commitment.termination_fee_share
    owed = commitment.usd_per_gpu_hour * _capacity_gpu_hours(writer, case, commitment)
    month = np.arange(writer.months)
    notice = np.where(month < commitment.notice_months, owed, 0.0)
    of_share = share * (owed - notice).sum(axis=-1, keepdims=True)
    today = (of_share if fee_usd is None else np.full_like(of_share, fee_usd)) - commitment.refund_usd
    due = notice + np.where(month == 0, today, 0.0)
    inputs = (own, *NODE_HOURS, *(("rental.termination_fee_share",) if from_book else ()))
    writer.add("termination", Basis.FIXED, ByPlanState.needed(due, due), timing=Timing.IN_ADVANCE, depends_on=inputs)


def _add_contract(writer: LineWriter, case: Case, commitment: Commitment, served: Demand | None, own: str) -> None:
    """What is still paid, its storage, and what its idle hours bring. served: the demand it serves when it is kept,
    None when it is sublet or left idle; own: its id among the inputs."""
    capacity = _capacity_gpu_hours(writer, case, commitment)
    bill = commitment.usd_per_gpu_hour * capacity
    component = "held" if served is None else "committed"  # surcharges are due only on a cluster that is used
    paid, inputs = ByPlanState.needed(bill, bill), (own, *NODE_HOURS)
    writer.add(component, Basis.FIXED, paid, timing=Timing.IN_ADVANCE, depends_on=inputs)
    if served is not None:
        stored = (padded(storage_usd(case, need), writer.months) for need in (served.alive, served.after))
        writer.add("storage_egress", Basis.FIXED, ByPlanState.needed(*stored), depends_on=(own, *STORAGE_INPUTS))
    hours = _Hours(capacity, 1.0, _nodes_of(commitment, case), float(commitment.may_be_resold))
    _add_sublet(writer, case, served, hours, (own, *WORK, *NODE_HOURS))


class _Hours(NamedTuple):
    """What may be let of a contract or of hardware.

    Attributes:
        capacity: GPU-hours that are there (..., months).
        serves: The share of the work on it that it does, the rest has failed.
        nodes: Let together.
        allowed: The share that may be let.
    """

    capacity: Floats
    serves: Amount
    nodes: float
    allowed: float


def _add_sublet(
    writer: LineWriter, case: Case, served: Demand | None, hours: _Hours, inputs: tuple[str, ...]
) -> HoursLet:
    """The income from idle hours at the market's price, since their cost is due anyway.

    What is let as a whole finds its tenant `months_to_let` from now; until then its hours are let as gaps are.

    Returns:
        The GPU-hours that are let; those of the months in search of a tenant after a change of plan as if let.
    """
    capacity = hours.capacity
    late = None
    if served is None:
        fill = fills(case, case.demand, writer.months, hours.nodes)
        there = np.arange(writer.months) >= whole(case.assumptions.rental.months_to_let)
        always = hours.allowed * np.where(there, fill.freed, fill.searching) * capacity
        let = HoursLet(active=always, after=always)
    else:
        needs = served.alive, served.after
        taken, taken_after = (hours.serves * padded(need.occupied_gpu_hours, writer.months) for need in needs)
        fill = fills(case, served, writer.months, there_from=0)
        idle_after = hours.allowed * np.maximum(capacity - taken_after, 0.0)
        let = HoursLet(hours.allowed * fill.in_use * np.maximum(capacity - taken, 0.0), fill.freed * idle_after)
        empty = case.sublet_share * (fill.freed - fill.searching) * idle_after
        late = before_the_tenant(case, empty, np.full(writer.months, -1))
    brings = ByPlanState.needed(*(-case.sublet_share * hours_let for hours_let in let))._replace(on_change=late)
    inputs = (*inputs, *case.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET)
    writer.add("idle_resale", Basis.SPOT, brings, depends_on=inputs)
    return let
