"""Taxes on income: payments are deducted, hardware over its schedule, and a sale is taxed above book value.

Off unless the profile gives a tax rate.

Source: docs/model.md#taxes
"""

import numpy as np

from advisor.costing.case import Case, Tax
from advisor.costing.cost_table import Basis, CostTable, Exit, PlanState
from advisor.costing.option import Option
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import replace


def after_tax(option: Option, case: Case) -> Option:
    """The option after taxes; unchanged when none are paid."""
    if case.tax is None:
        return option
    tax, choice = case.tax, option.choice
    rights = tuple(replace(right, table=taxed_table(right.table, tax)) for right in option.rights)
    option = replace(option, rights=rights)
    if choice is None:
        return replace(option, table=taxed_table(option.table, tax))
    tables = tuple(taxed_table(table, tax) for table in choice.tables)
    return replace(option, table=tables[0], choice=replace(choice, tables=tables))


def taxed_table(table: CostTable, tax: Tax | None) -> CostTable:
    """The table with tax lines: one for each basis and timing of deductible lines, negative where they save taxes.

    tax line = -rate x deductible line; depreciation and interest are deducted while the option runs.
    """
    if tax is None:
        return table
    rates = tax.rates(table.months)
    weighted = table.coefficients * table.weights[:, None]
    lines, basis, timing = [], [], []
    written_off = ("company.depreciation",) if table.deductions.any() else ()
    inputs = ("company.tax_rate", "company.taxable_from_month", *written_off)
    on_top = (f"rental.{component}_share" for component, _ in table.surcharges if table.surcharged.any())
    depends_on = tuple(dict.fromkeys((*inputs, *on_top, *(name for line in table.depends_on for name in line))))
    for kind in Basis:
        for when in Timing:
            wanted = table.deductible & table.has_basis(kind) & table.has_timing(when)
            if wanted.any():
                lines.append(-rates * weighted[wanted].sum(axis=0))
                basis.append(kind)
                timing.append(when)
    for deductions, when in ((table.deductions, Timing.MID_MONTH), (table.interest, Timing.TO_LENDER)):
        if deductions.any():
            shield = np.zeros(table.coefficients.shape[1:])
            shield[: PlanState.EXITED] = -rates * deductions  # active and winding down
            lines.append(shield)
            basis.append(Basis.FIXED)
            timing.append(when)
    count = len(lines)
    return replace(
        table,
        components=(*table.components, *["tax"] * count),
        basis=np.concatenate([table.basis, basis]).astype(np.int64),
        timing=np.concatenate([table.timing, timing]).astype(np.int64),
        coefficients=np.concatenate([table.coefficients, np.array(lines)]),
        deductible=np.concatenate([table.deductible, np.zeros(count, dtype=bool)]),
        depends_on=(*table.depends_on, *[depends_on] * count),
        exit=None if table.exit is None else _taxed_exit(table.exit, tax, table.months),
        beside=tuple(taxed_table(one, tax) for one in table.beside),
    )


def _taxed_exit(leaving: Exit, tax: Tax, months: int) -> Exit:
    """The exit after taxes: the sale is taxed on its excess over book value, and what is owed is deducted, but not the
    principal of a loan."""
    rate = tax.rates(months + 1)[leaving.month]
    return replace(
        leaving,
        sold=leaving.sold * (1 - rate),
        owed_usd=leaving.owed_usd * (1 - rate) - rate * leaving.book_usd,
        debt_owed_usd=leaving.debt_owed_usd - rate * leaving.debt_deductible_usd,
        book_usd=np.zeros_like(leaving.book_usd),
        before_tax=leaving,
    )
