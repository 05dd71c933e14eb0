"""Credits of sellers: what they pay of the hours rented, until they are used up or expire.

A table has what they pay at the rents that are expected today; on a path of rents it is another amount: see
`credits_on_paths.py`. A change of plan leaves fewer hours to be paid for.

Source: docs/model.md#credits
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case, CreditLeft
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, PlanState, padded
from advisor.costing.credits_on_paths import credit_input, used_by_month
from advisor.costing.line_writer import PLAN_NODES, WORK, LineWriter
from advisor.costing.rates import Timing
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.offers.kinds import QuoteOption


class _Bills(NamedTuple):
    """USD that are due by month: while the plan is unchanged (..., months), and after a change in month tau = 1..T
    (..., T, months)."""

    active: Floats
    after: Floats


def add_credits(writer: LineWriter, case: Case, gone_by: Months, kind: QuoteOption = "on-demand") -> None:
    """Add what the credits pay of the hours that a table rents.

    What they pay after a change of plan is one amount in the month of the change, worth as much as month by month.
    gone_by: see `cost_table.py` (..., months); kind: how the hours are rented."""
    bills = None
    for credit in case.credits:
        if kind in credit.options and pays(case, credit, kind):
            used, later, bills = _use(credit, _bills(writer, case, gone_by) if bills is None else bills, case)
            due = ByPlanState(active=-used, on_change=-later)
            inputs = (
                *WORK,
                PLAN_NODES,
                credit_input(credit.number),
                rents_id(case.assumptions.gpu.id),
                "money.discount_rate",
            )
            writer.add("credits", Basis.FIXED, due, depends_on=inputs)


def used_while_it_holds(tables: Iterable[CostTable], number: int) -> float:
    """The most that an option uses of some credits while the plan is unchanged, whatever is chosen later. USD. number:
    of the credits, their place in the profile."""

    def used(table: CostTable) -> float:
        paid = (
            coefficients[PlanState.ACTIVE].sum()
            for part in table.parts
            for component, inputs, coefficients in zip(part.components, part.depends_on, part.coefficients, strict=True)
            if component == "credits" and credit_input(number) in inputs
        )
        return -float(sum(paid))

    return max(map(used, tables))


def pays(case: Case, credit: CreditLeft, kind: QuoteOption) -> bool:
    """Whether credits pay for hours of this kind: of their seller, or of a price list where no seller is named."""
    offer = case.offer(kind)
    named = "" if offer is None else offer.quote.from_.casefold()
    return not credit.seller or not named or credit.seller.casefold() == named


def _bills(writer: LineWriter, case: Case, gone_by: Months) -> _Bills:
    """What is due of the rent."""
    months, demand = writer.months, case.demand
    outlook = np.ones(months) if case.outlook is None else case.outlook[..., :months]
    rents = case.assumptions.gpu.neocloud_usd_per_gpu_hour * outlook
    hours = writer.due_of("rent")
    assert hours.winding_down is not None
    assert hours.exited is not None
    tau, month = np.arange(1, demand.months + 1)[:, None], np.arange(months)
    left = tau <= gone_by[..., None, :]
    after = np.where(left, hours.exited[..., None, :], hours.winding_down[..., None, :]) * (month >= tau)
    return _Bills(hours.active * rents, after * rents[..., None, :])


def _use(credit: CreditLeft, bills: _Bills, case: Case) -> tuple[Floats, Floats, _Bills]:
    """What credits pay by month while the plan is unchanged, and in all after a change in each month (..., months); and
    the bills that are left to be paid."""
    months = bills.active.shape[-1]
    used, until = used_by_month(credit, bills.active), np.arange(months) < credit.until_month
    before = padded(np.cumsum(used, axis=-1), case.demand.months)[..., : case.demand.months]
    left = np.maximum(credit.usd - before, 0.0)[..., None]
    paid = np.diff(np.minimum(np.cumsum(bills.after * until, axis=-1), left), axis=-1, prepend=0.0)
    factors = case.rates.factors(months, Timing.MID_MONTH)
    worth = np.vecdot(paid, factors[..., None, :])
    last = min(case.demand.months, months - 1)
    later = np.zeros(bills.active.shape)
    later[..., 1 : last + 1] = worth[..., :last] / factors[..., 1 : last + 1]
    later[..., : case.decided_month] = 0.0  # what is rented before belongs to another table
    return used, later, _Bills(np.maximum(bills.active - used, 0.0), np.maximum(bills.after - paid, 0.0))
