"""The balance sheet of owning: book value, market value and debt, year by year (docs/model.md#balance-sheet)."""

from advisor.array_types import whole
from advisor.costing.options.ownership import owned_cluster
from advisor.costing.valuation import OptionCost
from advisor.finance.depreciation import book_value_usd, straight_line_deductions_usd
from advisor.finance.loans import balance
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class BalanceSheet:
    """The hardware at the end of one month of the plan, if the plan holds.

    Attributes:
        month: Months from the decision.
        book_usd: Price less straight-line depreciation.
        market_usd: Expected resale value, less selling costs.
        owed_usd: Balance of the loan.
    """

    month: int
    book_usd: float
    market_usd: float
    owed_usd: float


def balance_sheets(cost: OptionCost) -> tuple[BalanceSheet, ...]:
    """The balance sheet at delivery, each year after it and at the end of the plan; empty unless the option owns."""
    table, case = cost.option.table, cost.case
    if cost.option.action != "buy" or table.exit is None or cost.option.rents_peaks or "lease" in table.components:
        return ()
    used = cost.option.id.rpartition(":")[-1] == "buy-used"  # on another GPU its id is in front
    cluster, demand, debt = owned_cluster(case, used=used), case.demand, case.assumptions.debt
    price, delivery = float(cluster.capex.total_usd), int(cluster.schedule.delivery)
    if not price or delivery >= demand.months:
        return ()
    book = book_value_usd(price, straight_line_deductions_usd(price, int(case.assumptions.money.straight_line_months)))
    lent = price * debt.loan_to_value_share if "loan" in table.components else 0.0
    months = sorted({*range(delivery, demand.months, 12), demand.months})
    return tuple(
        BalanceSheet(
            month,
            float(book[min(month - delivery, book.size - 1)]),
            float(table.exit.hardware_usd * cost.forecast.resale_share[month]),
            float(lent * balance(debt.loan_apr, whole(debt.loan_months), month - delivery)),
        )
        for month in months
    )
