"""What a figure of an option rests on: the ids of the book's figures and of the founder's own answers.

Each cost line declares the inputs of its coefficients (see `options/table.py`); what follows from its basis, timing and
states is read off the line here. A test moves every input and sees the components that name it move, and no others.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from advisor.array_types import Bools
from advisor.costing.build_case import THROUGHPUTS
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.line_writer import NODE_HOURS, PLAN_LEFT, PLAN_MONTHS, PLAN_NODES, PLAN_USE
from advisor.costing.valuation import OptionCost
from advisor.market.forecast_inputs import behind_rents, rents_id
from advisor.market.price_book import PriceBook
from advisor.market.price_history import built_in_history
from advisor.profiles.field_notes import book_path
from advisor.profiles.schema import Profile, Workload

_PLAN_CHANGES = "plan.changes"
_OWN_FAMILIES = ("quote", "company", "commitment")
_LENDER_TIMING = 2
Inputs = tuple[str, ...]


def component_inputs(cost: OptionCost, profile: Profile, book: PriceBook) -> dict[str, Inputs]:
    """The ids that each component of an option rests on. What is decided later, or searched for, rests on all that the
    decision weighs."""
    option = cost.option
    tables = option.choice.tables if option.choice else (option.table,)
    found: dict[str, list[str]] = {}
    for table in tables:
        for component, inputs in _of_table(table, cost):
            found.setdefault(component, []).extend(inputs)
    if option.choice is not None or option.rents_peaks:
        all_ = [one for inputs in found.values() for one in inputs]
        found = {component: [*inputs, *all_] for component, inputs in found.items()}
    shown = [component for component in cost.components if component in found]
    return {component: _resolved(found[component], cost, profile, book) for component in shown}


def option_inputs(cost: OptionCost, parts: Mapping[str, Inputs]) -> Inputs:
    """The ids that an option's cost rests on, given its components': of all of them that are not nothing."""
    spent = (inputs for component, inputs in parts.items() if cost.components[component])
    return tuple(dict.fromkeys(one for inputs in spent for one in inputs))


_DISCOUNTING = ("money.discount_rate", "debt.cost_of_debt_per_year")


def undiscounted(ids: Iterable[str]) -> Inputs:
    """The same without what is only needed to discount."""
    return tuple(one for one in ids if one not in _DISCOUNTING)


def first_day_inputs(cost: OptionCost, profile: Profile, book: PriceBook) -> Inputs:
    """The ids that what is due on the day of the decision rests on."""
    table, found = cost.option.table, dict[str, None]()
    for line in np.flatnonzero(table.in_advance & table.coefficients[:, 0, 0].astype(bool)).tolist():
        due = np.zeros((4, table.months), dtype=bool)
        due[0, 0] = True
        found |= dict.fromkeys((*table.depends_on[line], *_read_off(table, line, due, cost)))
        if table.surcharged[line]:
            found |= dict.fromkeys(f"rental.{component}_share" for component, _ in table.surcharges)
    plan = (one for one in found if one not in (_PLAN_CHANGES, *_DISCOUNTING))
    return _resolved(plan, cost, profile, book)


def leaves(ids: Iterable[str], profile: Profile, book: PriceBook) -> Inputs:
    """The same with the rents spelt out: the figures they are expected from, or the founder's own view of them."""
    own, found = profile.market.rents_change_per_year is not None, dict[str, None]()
    for one in ids:
        family, _, gpu = one.partition(".")
        if family != "outlook":
            found[one] = None
        elif own:
            found |= dict.fromkeys((f"{gpu}.neocloud_usd_per_gpu_hour", "profile.market.rents_change_per_year"))
        else:
            found |= dict.fromkeys(behind_rents(gpu, book, built_in_history()))
    return tuple(found)


def _of_table(table: CostTable, cost: OptionCost) -> Iterator[tuple[str, Inputs]]:
    """Each line's component with its inputs, then what comes on top of the GPU bills, and what leaving brings."""
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
    """In which states and months a line may come to pay at all. 4 x months."""
    month = np.arange(table.months)
    reached = np.array([month >= 0, (month >= 1) & (table.gone_by < month), table.gone_by >= 1, month >= 1])
    return np.asarray(table.coefficients[line].astype(bool) & reached)


def _read_off(table: CostTable, line: int, due: Bools, cost: OptionCost) -> Iterator[str]:
    """What a line rests on beside its coefficients. due: see `_due`."""
    case, months = cost.case, np.asarray(due.any(axis=0))
    if table.basis[line] != Basis.FIXED:
        priced_in = table.signed_in if table.basis[line] == Basis.SIGNED else np.arange(table.months)
        later = (priced_in[months] > 0).any()
        yield rents_id(case.assumptions.gpu.id) if later else case.gpu_figure("neocloud_usd_per_gpu_hour")
        yield from NODE_HOURS
    alive, winding, gone, leaving = table.coefficients[line]
    month = np.arange(table.months)
    winds_down = (month >= 1) & (table.gone_by < month) & (alive != winding)
    if winds_down.any() or ((table.gone_by >= 1) & (alive != gone)).any() or leaving.any():
        yield _PLAN_CHANGES
    if table.timing[line] == _LENDER_TIMING:
        yield "debt.cost_of_debt_per_year"
        yield from () if case.tax is None else ("company.tax_rate", "company.taxable_from_month")
    elif table.timing[line] == 0 or months[1:].any():
        yield "money.discount_rate"


def _resolved(ids: Iterable[str], cost: OptionCost, profile: Profile, book: PriceBook) -> Inputs:
    """The ids of a person's own answers, or of the book's figures that hold where they gave none; each id once."""
    found: dict[str, None] = {}
    for one in ids:
        family, _, rest = one.partition(".")
        if family == "plan":
            found |= dict.fromkeys(_plan(one, cost, profile, book))
        elif family in _OWN_FAMILIES:
            found[f"profile.{family}.{rest}"] = None
        else:
            found[one] = None
    return tuple(found)


_PLAN_FIELDS: Mapping[str, tuple[str, ...]] = {
    PLAN_NODES: ("nodes", "growth_per_month", "start_month"),
    PLAN_MONTHS: ("months", "start_month"),
    PLAN_USE: ("busy", "base_share", "base_busy"),
    PLAN_LEFT: ("residual_share",),
    _PLAN_CHANGES: ("plan_change_per_month",),
}


def _plan(group: str, cost: OptionCost, profile: Profile, book: PriceBook) -> Iterator[str]:
    """The values of all workloads behind one side of the demand; what is left at nothing is not named."""
    for number, workload in enumerate(profile.workload, start=1):
        for name in _PLAN_FIELDS[group]:
            yield from _field(name, number, workload, profile)
        if group == PLAN_NODES:
            own, other = book.gpu(workload.gpu).id, cost.case.assumptions.gpu.id
            if own != other:  # as many nodes as do the same work
                yield from (f"{gpu}.{THROUGHPUTS[workload.kind]}" for gpu in (own, other))


def _field(name: str, number: int, workload: Workload, profile: Profile) -> Iterator[str]:
    if name in ("base_share", "base_busy") and workload.kind != "inference":
        return
    value = getattr(workload, name)
    if value is None:
        yield book_path(profile, ("workload", number - 1, name))
    elif value or name not in ("growth_per_month", "start_month"):
        yield f"profile.workload.{number}.{name}"
