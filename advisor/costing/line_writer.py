"""Collects the cost lines of one table, each with the inputs that it depends on."""

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, Exit, PlanState
from advisor.costing.rates import Timing
from advisor.market.assumptions import Rental

PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT = "plan.nodes", "plan.months", "plan.use", "plan.left"
WORK = (PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT)  # how many, how long, how busy, what a change of plan leaves
NODE_HOURS = ("rental.hours_per_month", "rental.gpus_per_node")

_INITIAL_LINES = 16  # enough for most tables; the buffer grows when it is not


class LineWriter:
    """Collects the lines of one table, for one plan or for many.

    Args:
        months: length of the table.
        plans: shape of the axis of plans in front of the months; empty for one plan.
        depends_on: inputs of every line.

    """

    def __init__(self, months: int, plans: tuple[int, ...] = (), depends_on: tuple[str, ...] = ()) -> None:
        self.months = months
        self.plans = plans
        self._all_depend_on = depends_on
        self._components: list[str] = []
        self._basis: list[int] = []
        self._timing: list[int] = []
        self._deductible: list[bool] = []
        self._depends_on: list[tuple[str, ...]] = []
        self._deductions, self._interest = np.zeros((*plans, months)), np.zeros((*plans, months))
        self._lines = np.zeros((_INITIAL_LINES, len(PlanState), *plans, months))

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
        if len(self._components) == len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        line = self._lines[len(self._components)]
        for state, values in enumerate(due):
            if values is not None:
                line[state, ..., : values.shape[-1]] = values
        self._components.append(component)
        self._basis.append(int(basis))
        self._timing.append(int(timing))
        self._deductible.append(deductible)
        self._depends_on.append(depends_on + self._all_depend_on)

    def extend(self, other: "LineWriter") -> None:
        """Add all that another writer of the same months and plans has collected."""
        at, more = len(self._components), len(other._components)
        while at + more > len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        self._lines[at : at + more] = other._lines[:more]
        self._components += other._components
        self._basis += other._basis
        self._timing += other._timing
        self._deductible += other._deductible
        self._depends_on += [line + self._all_depend_on for line in other._depends_on]
        self._deductions += other._deductions
        self._interest += other._interest

    def deduct(self, usd: Floats, *, interest: bool = False) -> None:
        """Deduct from taxable income in each month the option runs, beside what the lines deduct.

        Args:
            usd: (..., months or more or fewer).
            interest: whether it is paid to a lender, so that its relief is discounted at the cost of debt.

        """
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
        if self.plans:
            gone_by = np.broadcast_to(gone_by, (*self.plans, self.months))
        return CostTable(
            months=self.months,
            gone_by=gone_by,
            signed_in=gone_by if signed_in is None else signed_in,
            components=tuple(self._components),
            basis=np.array(self._basis),
            timing=np.array(self._timing),
            coefficients=self._lines[: len(self._components)].copy(),
            surcharges=(("support", rental.support_share), ("goodput_loss", rental.goodput_loss_share)),
            deductible=np.array(self._deductible),
            deductions=self._deductions,
            interest=self._interest,
            depends_on=tuple(self._depends_on),
            exit=exit_,
        )
