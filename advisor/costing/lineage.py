"""Lineage: which inputs each component of an option depends on, down to the book's figures and the user's answers.

Each cost line declares the inputs of its coefficients (see `cost_table.py`); what follows from its basis, timing and
states is read off the line here. A test changes every input and checks that exactly the components that name it change.

Source: docs/model.md#lineage
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from advisor.array_types import Bools
from advisor.costing.build_case import THROUGHPUTS
from advisor.costing.cost_table import Basis, CostTable, PlanState
from advisor.costing.line_writer import NODE_HOURS, PLAN_LEFT, PLAN_MONTHS, PLAN_NODES, PLAN_USE
from advisor.costing.rates import Timing
from advisor.costing.valuation import OptionCost
from advisor.input_id import InputId
from advisor.market.forecast_inputs import behind_rents, rents_id
from advisor.market.price_book import PriceBook
from advisor.market.price_history import built_in_history
from advisor.profiles.amount_of_work import figures_behind
from advisor.profiles.defaults import applies
from advisor.profiles.field_notes import input_in_force
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.schema import Profile, Workload

_PLAN_CHANGES = "plan.changes"
_OWN_FAMILIES = ("quote", "company", "commitment", "credit", "owned")
_DISCOUNTING = ("money.discount_rate", "debt.cost_of_debt_per_year")
_OUTLOOK = "outlook"  # the section of expected rents
Inputs = tuple[InputId, ...]


def component_inputs(cost: OptionCost, profile: Profile, book: PriceBook) -> dict[str, Inputs]:
    """The ids of the inputs that each component of an option depends on.

    A component of an option that is decided later, or whose size is searched for, depends on all inputs of the option.
    """
    option = cost.option
    found: dict[str, list[str]] = {}
    used = (right.table for right in option.rights)
    for table in (part for whole in (*option.tables, *used) for part in whole.parts):
        for component, inputs in _of_table(table, cost):
            found.setdefault(component, []).extend(inputs)
    if option.decides_later or option.rents_peaks:
        all_inputs = [name for inputs in found.values() for name in inputs]
        found = {component: [*inputs, *all_inputs] for component, inputs in found.items()}
    present = [component for component in cost.components if component in found]
    return {component: _resolved(found[component], cost, profile, book) for component in present}


def option_inputs(cost: OptionCost, parts: Mapping[str, Inputs]) -> Inputs:
    """The ids that an option's cost depends on, given those of its components: of all components that are not 0."""
    spent = (inputs for component, inputs in parts.items() if cost.components[component])
    return tuple(dict.fromkeys(name for inputs in spent for name in inputs))


def undiscounted(ids: Iterable[InputId]) -> Inputs:
    """The ids without the discount rates."""
    return tuple(one for one in ids if str(one) not in _DISCOUNTING)


def first_day_inputs(cost: OptionCost, profile: Profile, book: PriceBook) -> Inputs:
    """The ids of the inputs behind the payments on the day of the decision."""
    table, found = cost.option.table, dict[str, None]()
    for line in np.flatnonzero(table.in_advance & table.coefficients[:, PlanState.ACTIVE, 0].astype(bool)).tolist():
        due = np.zeros((len(PlanState), table.months), dtype=bool)
        due[PlanState.ACTIVE, 0] = True
        found |= dict.fromkeys((*table.depends_on[line], *_read_off(table, line, due, cost)))
        if table.surcharged[line]:
            found |= dict.fromkeys(f"rental.{component}_share" for component, _ in table.surcharges)
    certain = (name for name in found if name not in (_PLAN_CHANGES, *_DISCOUNTING))
    return _resolved(certain, cost, profile, book)


def leaves(ids: Iterable[InputId], profile: Profile, book: PriceBook) -> Inputs:
    """The ids with expected rents replaced by what they depend on: the forecast's figures, or the user's own trend."""
    own, found = profile.market.rents_change_per_year is not None, dict[InputId, None]()
    for one in ids:
        if one.owner == "profile" or one.section != _OUTLOOK:
            found[one] = None
        elif own:
            price = InputId.of_book(one.name, "neocloud_usd_per_gpu_hour")
            found |= dict.fromkeys((price, InputId.of_profile("market.rents_change_per_year")))
        else:
            found |= dict.fromkeys(map(InputId.parse, behind_rents(one.name, book, built_in_history())))
    return tuple(found)


def _of_table(table: CostTable, cost: OptionCost) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line's component with its inputs, then the surcharges on GPU bills, and what leaving brings."""
    billed: list[str] = []
    for line, component in enumerate(table.components):
        due = _due(table, line)
        inputs = (*table.depends_on[line], *_read_off(table, line, due, cost)) if due.any() else ()
        billed += inputs if table.surcharged[line] else ()
        yield component, inputs
    for component, _ in table.surcharges:
        yield component, (*billed, PLAN_MONTHS, f"rental.{component}_share")  # a longer plan is billed for longer
    leaving = table.exit
    if leaving is not None:
        rents, rate = rents_id(cost.case.assumptions.gpu.id), "money.discount_rate"
        for component in ("hardware_resale", *(("tax",) if leaving.before_tax is not None else ())):
            yield component, (*leaving.depends_on, rents, rate, _PLAN_CHANGES)


def _due(table: CostTable, line: int) -> Bools:
    """In which states and months a line can be due at all. (4 states, months)."""
    month = np.arange(table.months)
    reached = np.array([month >= 0, (month >= 1) & (table.gone_by < month), table.gone_by >= 1, month >= 1])
    return np.asarray(table.coefficients[line].astype(bool) & reached)


def _read_off(table: CostTable, line: int, due: Bools, cost: OptionCost) -> Iterator[str]:
    """The inputs of a line other than those of its coefficients. due: see `_due`."""
    case, months = cost.case, np.asarray(due.any(axis=0))
    if not table.in_dollars[line]:
        priced_in = table.signed_in if table.basis[line] == Basis.SIGNED else np.arange(table.months)
        later = (priced_in[months] > 0).any()
        yield rents_id(case.assumptions.gpu.id) if later else case.gpu_figure("neocloud_usd_per_gpu_hour")
        yield from NODE_HOURS
    active, winding_down, exited, on_change = table.coefficients[line]
    month = np.arange(table.months)
    winds_down = (month >= 1) & (table.gone_by < month) & (active != winding_down)
    if winds_down.any() or ((table.gone_by >= 1) & (active != exited)).any() or on_change.any():
        yield _PLAN_CHANGES
    if table.timing[line] == Timing.TO_LENDER:
        yield "debt.cost_of_debt_per_year"
        yield from () if case.tax is None else ("company.tax_rate", "company.taxable_from_month")
    elif table.timing[line] == Timing.MID_MONTH or months[1:].any():
        yield "money.discount_rate"


def _resolved(ids: Iterable[str], cost: OptionCost, profile: Profile, book: PriceBook) -> Inputs:
    """The ids of the user's answers, or of the book's defaults where the user gave none; each id once."""
    found: dict[InputId, None] = {}
    for name in ids:
        family = name.partition(".")[0]
        if family == "plan":
            found |= dict.fromkeys(_plan(name, cost, profile, book))
        else:
            found[InputId.of_profile(name) if family in _OWN_FAMILIES else InputId.of_book(name)] = None
    return tuple(found)


_PLAN_FIELDS: Mapping[str, tuple[str, ...]] = {
    PLAN_NODES: ("nodes", "job_nodes", "growth_per_month", "start_month"),
    PLAN_MONTHS: ("months", "start_month"),
    PLAN_USE: ("busy", "base_share", "base_busy", "hours_per_week", "weeks_per_year"),
    PLAN_LEFT: ("residual_share",),
    _PLAN_CHANGES: ("plan_change_per_month",),
}


def _plan(group: str, cost: OptionCost, profile: Profile, book: PriceBook) -> Iterator[InputId]:
    """The fields of all workloads behind one part of the demand, without those left at 0."""
    for number, workload in enumerate(profile.workload, start=1):
        for name in _PLAN_FIELDS[group]:
            yield from _field(name, number, workload, profile)
        own, other = book.gpu(workload.gpu).id, cost.case.assumptions.gpu.id
        yield from _amount(group, number, workload, profile)
        if group in (PLAN_NODES, PLAN_USE):
            yield from map(InputId.of_book, figures_behind(workload, own))
        # The number of nodes that do the same work, and what nodes of another GPU do of it, depend on both.
        held = _serving(cost, profile, book) if group == PLAN_NODES else {}
        gpus = dict.fromkeys((own, other, *filter(None, held.values()))) if group == PLAN_NODES else {}
        if len(gpus) > 1:
            yield from (InputId.of_book(gpu, THROUGHPUTS[workload.kind]) for gpu in gpus)
        yield from held


def _serving(cost: OptionCost, profile: Profile, book: PriceBook) -> Mapping[InputId, str | None]:
    """The ids of what is in hand, where it serves some of the work, with the GPU where that is another one."""
    served = cost.case.committed_nodes
    if served is None or not served.any():
        return {}
    contracts, hardware = in_hand(profile, book)
    found = {InputId.of_profile(f"commitment.{number}"): one.gpu for number, one in enumerate(contracts, start=1)}
    return found | {InputId.of_profile(f"owned.{number}"): one.gpu for number, one in enumerate(hardware, start=1)}


def _amount(group: str, number: int, workload: Workload, profile: Profile) -> Iterator[InputId]:
    """What else nodes and utilization follow from, where the work is given in GPUs, GPU-hours or runs."""
    if workload.in_nodes or group not in (PLAN_NODES, PLAN_USE):
        return
    if group == PLAN_NODES:
        yield InputId.of_book("rental.gpus_per_node")
    if workload.said_by("busy") != "busy":
        for name in ("gpus", "hours_per_run", "hours_per_week", "weeks_per_year"):
            yield from _field(name, number, workload, profile)
        if workload.training is not None:
            yield from _field("months", number, workload, profile)
        if workload.gpu_hours_per_month is not None or workload.training is not None:
            yield InputId.of_book("rental.hours_per_month")


def _field(name: str, number: int, workload: Workload, profile: Profile) -> Iterator[InputId]:
    """The id of a workload's field, or of the book's default; `number` counts from 1."""
    if not applies(name, workload):
        return
    found = input_in_force(profile, ("workload", number - 1, name))
    if found is not None and (getattr(workload, name) != 0 or name not in ("growth_per_month", "start_month")):
        yield found
