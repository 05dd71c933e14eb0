"""Collects the cost lines of one table, each with the inputs that it depends on."""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, Exit, PlanState
from advisor.costing.demand import Demand
from advisor.costing.rates import Timing
from advisor.market.assumptions import Rental

PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT = "plan.nodes", "plan.months", "plan.use", "plan.left"
WORK = (PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT)  # how many, how long, how busy, what a change of plan leaves
NODE_HOURS = ("rental.hours_per_month", "rental.gpus_per_node")


class _Line(NamedTuple):
    component: str
    basis: int
    timing: int
    deductible: bool
    due: ByPlanState
    depends_on: tuple[str, ...]


class LineWriter:
    """Collects the lines of one table, for one plan or for many.

    Args:
        months: length of the table.
        demand: the plan, or the plans.
        depends_on: inputs of every line.
        axes: shape of what is in front of the months, where that is not the axis of plans.
    """

    def __init__(
        self, months: int, demand: Demand, depends_on: tuple[str, ...] = (), axes: tuple[int, ...] = ()
    ) -> None:
        self.months = months
        self.demand = demand
        self.axes = axes or demand.peak.shape
        self._all_depend_on = depends_on
        self._lines: list[_Line] = []
        self._deductions, self._interest = (np.zeros((*self.axes, months)) for _ in range(2))

    def add(
        self,
        component: str,
        basis: Basis,
        due: ByPlanState,
        *,
        depends_on: tuple[str, ...],
        timing: Timing = Timing.MID_MONTH,
        deductible: bool = True,
    ) -> None:
        """Add one line.

        Args:
            component: name of the component it is summed in.
            basis: dollars, or GPU-hours at which price.
            due: coefficients by state of the plan, costs positive.
            depends_on: ids of the inputs of the coefficients.
            timing: when in the month it is paid.
            deductible: whether it may be deducted from taxable income as it is paid.
        """
        inputs = depends_on + self._all_depend_on
        self._lines.append(_Line(component, int(basis), int(timing), deductible, due, inputs))

    def extend(self, other: "LineWriter") -> None:
        """Add all that another writer of the same months and plans has collected."""
        self._lines += other._lines
        self._deductions += other._deductions
        self._interest += other._interest

    def due_of(self, component: str) -> ByPlanState:
        """The coefficients of all lines of a component together. (..., months)."""
        sums = [np.zeros((*self.axes, self.months)) for _ in PlanState]
        for line in self._lines:
            for total, values in zip(sums, line.due, strict=True):
                if line.component == component and values is not None:
                    total[..., : values.shape[-1]] += values
        return ByPlanState(*sums)

    def deduct(self, usd: Floats, *, interest: bool = False) -> None:
        """Deduct from taxable income in each month the option runs, beside what the lines deduct. usd: (..., months or
        more or fewer). Relief on interest, which a lender is paid, is discounted at the cost of debt."""
        within = usd[..., : self.months]
        total = self._interest if interest else self._deductions
        total[..., : within.shape[-1]] += within

    def table(
        self, rental: Rental, gone_by: Months, signed_in: Months | None = None, exit_: Exit | None = None
    ) -> CostTable:
        """The finished table; GPU bills carry support and lost goodput on top.

        Args:
            rental: the shares of those surcharges.
            gone_by: for each month the latest change of plan after which the option has been left (..., months).
            signed_in: for each month when the running contract was signed (..., months); None: as `gone_by`.
            exit_: what leaving brings and costs an owner.
        """
        lines, months = self._lines, self.months
        coefficients = np.zeros((len(lines), len(PlanState), *self.axes, months))
        for at, line in enumerate(lines):
            for state, values in enumerate(line.due):
                if values is None:
                    continue
                if values.shape[-1] == months:  # most, and quicker without a slice
                    coefficients[at, state] = values
                else:
                    coefficients[at, state, ..., : values.shape[-1]] = values
        components, basis, timing, deductible, _, depends_on = zip(*lines, strict=True)
        return CostTable(
            months=months,
            gone_by=gone_by,
            signed_in=gone_by if signed_in is None else signed_in,
            components=components,
            basis=np.array(basis),
            timing=np.array(timing),
            coefficients=coefficients,
            surcharges=(("support", rental.support_share), ("goodput_loss", rental.goodput_loss_share)),
            deductible=np.array(deductible),
            deductions=self._deductions,
            interest=self._interest,
            depends_on=depends_on,
            exit=exit_,
        )
