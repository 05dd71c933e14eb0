"""Cost tables joined, added up, made longer or changed otherwise.

Source: docs/model.md#cost-tables
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_table import Basis, CostTable, Exit, PlanState, padded
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import replace


def _until(month_of: Months, months: int) -> Months:
    """`gone_by` or `signed_in` over at least `months` months: each further month is named by itself."""
    rest = np.arange(month_of.shape[-1], months)
    if not rest.size:
        return month_of
    return np.concatenate([month_of, np.broadcast_to(rest, (*month_of.shape[:-1], rest.size))], axis=-1)


def joined(main: CostTable, other: CostTable, months: int = 0, depends_on: tuple[str, ...] = ()) -> CostTable:
    """Both tables as one, with the states, surcharges and exit of `main`.

    Args:
        main: the table whose states hold.
        other: a table that is the same whether it runs or has been left, such as renting by the hour.
        months: least length of the result; it is at least as long as the longer table.
        depends_on: further inputs of every line: those of a decision about the whole table.
    """
    months = max(months, main.months, other.months)
    coefficients = np.concatenate([padded(main.coefficients, months), padded(other.coefficients, months)])
    return CostTable(
        months=months,
        gone_by=_until(main.gone_by, months),
        signed_in=_until(main.signed_in, months),
        components=(*main.components, *other.components),
        basis=np.concatenate([main.basis, other.basis]),
        timing=np.concatenate([main.timing, other.timing]),
        coefficients=coefficients,
        surcharges=main.surcharges,
        deductible=np.concatenate([main.deductible, other.deductible]),
        deductions=padded(main.deductions, months),
        interest=padded(main.interest, months),
        depends_on=tuple(line + depends_on for line in (*main.depends_on, *other.depends_on)),
        exit=main.exit,
        beside=tuple(stretched(depending_on(one, depends_on), months) for one in (*main.beside, *other.beside)),
    )


def summed(tables: Sequence[CostTable]) -> CostTable:
    """Tables added up, each with its own states and months of signing: the first with the others beside it."""
    longest = max(table.months for table in tables)
    first, *others = (stretched(table, longest) for table in tables)
    beside = (*first.beside, *(part for table in others for part in table.parts))
    return replace(first, beside=beside) if others else first


def in_rows(tables: Sequence[CostTable]) -> CostTable:
    """Tables of one plan as the rows of one table, with their lines summed by basis. None may have tables beside it.

    For undiscounted figures only: the timing of lines within a month is not kept.
    """
    months, rows = max(table.months for table in tables), len(tables)
    coefficients = np.zeros((len(Basis), len(PlanState), rows, months))
    for row, table in enumerate(tables):
        coefficients[:, :, row, : table.months] = table.by_basis
    gone_by, signed_in = (
        np.array([_until(getattr(table, name), months) for table in tables]) for name in ("gone_by", "signed_in")
    )
    return CostTable(
        months=months,
        gone_by=gone_by,
        signed_in=signed_in,
        components=tuple(basis.name for basis in Basis),
        basis=np.arange(len(Basis)),
        timing=np.full(len(Basis), int(Timing.MID_MONTH)),
        coefficients=coefficients,
        surcharges=(),
        deductible=np.zeros(len(Basis), dtype=bool),
        deductions=np.zeros((rows, months)),
        interest=np.zeros((rows, months)),
        depends_on=((),) * len(Basis),
        exit=_exits_in_rows([table.exit for table in tables], months),
    )


def _exits_in_rows(exits: Sequence[Exit | None], months: int) -> Exit | None:
    """The exits as rows; without one nothing is sold or owed at the end of all months."""
    taus = max((leaving.month.size for leaving in exits if leaving is not None), default=0)
    if not taus:
        return None
    nothing = np.zeros(taus)
    never = Exit(np.full(taus, months), nothing, np.zeros(()), nothing, nothing, nothing, nothing)
    rows: dict[str, Any] = {
        name: np.array([getattr(leaving or never, name) for leaving in exits])
        for name in ("hardware_usd", *Exit.BY_CHANGE)
    }
    return replace(never, **rows)


def priced_at(table: CostTable, usd_per_gpu_hour: Floats, depends_on: tuple[str, ...]) -> CostTable:
    """The same table in dollars, with its hours valued on one path of rents: for hours priced at another GPU's rents.
    depends_on: the inputs of that path."""
    coefficients = table.coefficients * table.prices(usd_per_gpu_hour)[:, None]
    hours = ~table.in_dollars
    inputs = tuple((*own, *depends_on) if here else own for own, here in zip(table.depends_on, hours, strict=True))
    return replace(
        table,
        coefficients=coefficients,
        basis=np.where(hours, int(Basis.FIXED), table.basis),
        depends_on=inputs,
        beside=tuple(priced_at(one, usd_per_gpu_hour, depends_on) for one in table.beside),
    )


def sold_at(table: CostTable, resale_share: Floats, depends_on: tuple[str, ...]) -> CostTable:
    """The same table with its exit as lines in dollars (the proceeds and the tax on them), for a table whose exit month
    does not depend on the plan.

    Args:
        table: perhaps with an exit, at which nothing is owed to a lender.
        resale_share: expected used prices as a share of today's, by month.
        depends_on: the inputs of that path.
    """
    if table.exit is None:
        return table
    leaving, month = table.exit, int(table.exit.month.flat[0])
    gross, price = leaving.before_tax or leaving, leaving.hardware_usd * resale_share[month]
    lines = {"hardware_resale": -gross.sold * price}
    if leaving.before_tax is not None:
        lines["tax"] = (gross.sold - leaving.sold) * price + leaving.owed_usd
    longer = stretched(replace(table, exit=None), month + 1)
    due = np.zeros((len(lines), *longer.coefficients.shape[1:]))
    for state in (PlanState.WINDING_DOWN, PlanState.EXITED):  # of what it stands beside; the plan is over by then
        due[:, state, month] = [usd.flat[0] for usd in lines.values()]
    return replace(
        longer,
        components=(*longer.components, *lines),
        basis=np.append(longer.basis, [Basis.FIXED] * len(lines)),
        timing=np.append(longer.timing, [Timing.IN_ADVANCE] * len(lines)),
        coefficients=np.concatenate([longer.coefficients, due]),
        deductible=np.append(longer.deductible, [False] * len(lines)),
        depends_on=(*longer.depends_on, *[(*leaving.depends_on, *depends_on)] * len(lines)),
    )


def depending_on(table: CostTable, inputs: tuple[str, ...]) -> CostTable:
    """The same table with further inputs of every line: those of a decision about the whole table."""
    return replace(
        table,
        depends_on=tuple((*line, *inputs) for line in table.depends_on),
        beside=tuple(depending_on(one, inputs) for one in table.beside),
    )


def ended(table: CostTable, month: int) -> CostTable:
    """The same table with nothing due from `month` on."""
    coefficients = table.coefficients.copy()
    coefficients[..., month:] = 0.0
    return replace(table, coefficients=coefficients, beside=tuple(ended(one, month) for one in table.beside))


def stretched(table: CostTable, months: int) -> CostTable:
    """The same table over at least `months` months."""
    if table.months >= months:
        return table
    nothing = np.zeros((0, *table.coefficients.shape[1:-1], months))
    empty = replace(
        table, months=months, coefficients=nothing, components=(), basis=table.basis[:0], timing=table.timing[:0],
        deductible=table.deductible[:0], depends_on=(), beside=(),
    )  # fmt: skip
    return joined(table, empty)
