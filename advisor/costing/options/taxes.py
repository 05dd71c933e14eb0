"""What taxes change (model section 2.10): what is paid is deducted from income, hardware over its schedule, and a sale
is taxed above what has not been deducted yet. Off unless the profile gives a rate."""

from dataclasses import replace

import numpy as np

from advisor.costing.case import Case, Tax
from advisor.costing.cost_table import Basis, CostTable, Exit
from advisor.costing.option import Option


def after_tax(option: Option, case: Case) -> Option:
    """The option as it is after taxes; the same when none are paid."""
    if case.tax is None:
        return option
    tax, choice = case.tax, option.choice
    if choice is None:
        return replace(option, table=taxed_table(option.table, tax))
    tables = tuple(taxed_table(table, tax) for table in choice.tables)
    return replace(option, table=tables[0], choice=replace(choice, tables=tables))


def taxed_table(table: CostTable, tax: Tax | None) -> CostTable:
    """The table with a tax line for each way in which money is due, negative where it saves taxes."""
    if tax is None:
        return table
    rates = tax.rates(table.months)
    weights = table.per_line(table.weights[:, None]).reshape(-1, *(1,) * (table.coefficients.ndim - 1))
    weighted = table.coefficients * weights
    lines, basis, timing = [], [], []
    written_off = ("company.depreciation",) if table.deductions.any() else ()
    inputs = ("company.tax_rate", "company.taxable_from_month", *written_off)
    on_top = (f"rental.{component}_share" for component, _ in table.surcharges if table.surcharged.any())
    depends_on = tuple(dict.fromkeys((*inputs, *on_top, *(one for line in table.depends_on for one in line))))
    for kind in Basis:
        for when in range(3):
            wanted = table.deductible & (table.basis == kind) & (table.timing == when)
            if wanted.any():
                lines.append(-rates * weighted[wanted].sum(axis=0))
                basis.append(int(kind))
                timing.append(when)
    for deductions, when in ((table.deductions, 0), (table.interest, 2)):
        if deductions.any():
            shield = np.zeros(table.coefficients.shape[1:])
            shield[0] = shield[1] = -rates * deductions
            lines.append(shield)
            basis.append(int(Basis.FIXED))
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
    )


def _taxed_exit(leaving: Exit, tax: Tax, months: int) -> Exit:
    """The sale is taxed on what it brings above the book value; what is still owed is deducted, but not what was
    lent."""
    rate = tax.rates(months + 1)[leaving.month]
    return replace(
        leaving,
        sold=leaving.sold * (1 - rate),
        owed_usd=leaving.owed_usd * (1 - rate) - rate * leaving.book_usd,
        debt_owed_usd=leaving.debt_owed_usd - rate * leaving.debt_deductible_usd,
        book_usd=np.zeros_like(leaving.book_usd),
        before_tax=leaving,
    )
