"""Hardware in hand: what keeping, letting or selling nodes that are owned already costs from here on.

What was paid for them is spent and in no line. Kept or let, they run to the end of the plan and are sold then; sold,
they bring today's price. The difference is what their use costs in lost value.

Source: docs/model.md#hardware-in-hand
"""

from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Amount, Bools, Floats, of_plan
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, Exit, padded
from advisor.costing.demand import Demand
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, WORK, LineWriter
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET, HoursLet
from advisor.costing.options.hardware import used_hardware
from advisor.costing.options.hourly_rental import on_demand_depends_on, on_demand_multiple
from advisor.costing.options.ownership_costs import POWER_INPUTS, RESALE_INPUTS, Part, staff_fte, upkeep
from advisor.market.hardware_costs import electricity_usd
from advisor.profiles.in_hand.holdings import Owned

_UP = "facility.availability_share"


def add_sale_today(writer: LineWriter, case: Case, owned: Owned, own: str) -> None:
    """What selling brings in this month. own: the hardware's id among the inputs."""
    usd, depends_on = _value_today(case, owned, own)
    credit = np.where(np.arange(writer.months) == 0, -np.asarray(usd), 0.0)
    writer.add("hardware_resale", Basis.FIXED, ByPlanState.needed(credit, credit), depends_on=depends_on)


def sale_at_the_end(case: Case, kept: Sequence[tuple[Owned, str]]) -> Exit | None:
    """The sale of all that is kept or let, when the plan ends; None without any. kept: with their ids."""
    if not kept:
        return None
    worth = [_value_today(case, owned, own) for owned, own in kept]
    demand = case.demand
    month = np.broadcast_to(demand.lengths[..., None], (*demand.lengths.shape, demand.months))
    nothing = np.zeros(month.shape)
    return Exit(
        month=month,
        sold=np.ones(month.shape),
        hardware_usd=np.asarray(of_plan(sum((usd for usd, _ in worth[1:]), worth[0][0]))),
        owed_usd=nothing,
        debt_owed_usd=nothing,
        debt_deductible_usd=nothing,
        book_usd=nothing,
        depends_on=(PLAN_MONTHS, *RESALE_INPUTS, *(name for _, inputs in worth for name in inputs)),
    )


def add_hardware(
    writer: LineWriter, case: Case, owned: Owned, served: Demand | None, let: HoursLet, own: str, others: int
) -> None:
    """Running costs until the end of the plan, and what is rented in place of failed nodes.

    Args:
        writer: of the table of all that is in hand.
        case: the question.
        owned: the nodes.
        served: the demand they serve when they are kept; None when they are let.
        let: their hours that are let.
        own: their id among the inputs.
        others: nodes of the lots before it that are run as well, by the same staff.
    """
    there, facility = np.arange(writer.months) < case.demand.lengths[..., None], case.assumptions.facility
    capacity = case.demand.node_hours * owned.nodes
    used = used_after = np.zeros(writer.months)
    if served is not None:
        used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (served.alive, served.after))
    up = facility.availability_share
    loads = [(up * hours + more) / capacity for hours, more in ((used, let.active), (used_after, let.after))]
    if not owned.hosting_paid:
        _add_power(writer, case, owned, there, loads, own)
    for component, usd, inputs in _monthly(case, owned, own, others):
        due = np.asarray(there * usd)
        writer.add(component, Basis.FIXED, ByPlanState.needed(due, due), depends_on=(own, PLAN_MONTHS, *inputs))
    if served is not None:
        rented = (
            (1 - up) * padded(on_demand_multiple(case, need) * need.occupied_gpu_hours, writer.months)
            for need in (served.alive, served.after)
        )
        inputs = (own, *on_demand_depends_on(case), _UP)
        writer.add("rent", Basis.SPOT, ByPlanState.needed(*rented), depends_on=inputs)


def _add_power(writer: LineWriter, case: Case, owned: Owned, there: Bools, loads: Sequence[Floats], own: str) -> None:
    facility, kw = case.assumptions.facility, owned.nodes * case.assumptions.gpu.node_kw
    price, idle = facility.electricity_usd_per_kwh, facility.idle_power_share
    hours = case.assumptions.rental.hours_per_month
    due = (there * electricity_usd(kw, facility.pue, price, hours, load, idle) for load in loads)
    letting = (*FILL_INPUTS, TIME_TO_LET, _UP)
    inputs = (own, *WORK, *NODE_HOURS, *POWER_INPUTS, case.gpu_figure("node_kw"), *letting)
    writer.add("electricity", Basis.FIXED, ByPlanState.needed(*due), depends_on=inputs)


def _monthly(case: Case, owned: Owned, own: str, others: int) -> Iterator[Part]:
    """Colocation and upkeep, a month, at the rates of used nodes.

    What is a share of a price is a share of what the nodes are worth today. Staff is what the lot adds to that of the
    lots before it.
    """
    facility, nodes = case.assumptions.facility, owned.nodes
    if not owned.hosting_paid:
        colocation = nodes * case.assumptions.gpu.node_kw * facility.colocation_usd_per_kw_month
        yield Part("colocation", colocation, ("facility.colocation_usd_per_kw_month", case.gpu_figure("node_kw")))
    usd, inputs = worth_of_a_node(case, owned, own)
    worth, fte = (nodes * usd, inputs), staff_fte(facility, others + nodes) - staff_fte(facility, others)
    yield from upkeep(case, used_hardware(case), fte, maintained=worth, insured=worth, replaced=worth)


def _value_today(case: Case, owned: Owned, own: str) -> tuple[Amount, tuple[str, ...]]:
    """What all of the nodes bring today, less selling cost, USD, and the inputs of that."""
    worth, inputs = worth_of_a_node(case, owned, own)
    brings = owned.nodes * worth * (1 - case.assumptions.facility.selling_cost_share)
    return brings, (own, *inputs, "facility.selling_cost_share")


def worth_of_a_node(case: Case, owned: Owned, own: str) -> tuple[Amount, tuple[str, ...]]:
    """What a node sells for today, USD: the user's figure, the book's used price, or its new price aged."""
    gpu = case.assumptions.gpu
    if owned.sells_for_usd_per_node is not None:
        return owned.sells_for_usd_per_node, (own,)
    if gpu.used_node_usd is not None:
        return gpu.used_node_usd, (case.gpu_figure("used_node_usd"),)
    assert gpu.node_usd is not None  # the profile is refused without any price
    aged = np.exp(-owned.age_months / 12 * case.assumptions.forecast.resale_ageing_per_year)
    return gpu.node_usd * aged, (own, case.gpu_figure("node_usd"), "forecast.resale_ageing_per_year")
