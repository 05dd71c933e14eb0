"""Collects the cost lines of one table, each with the inputs that it depends on."""

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_table import Basis, CostTable, Exit
from advisor.market.assumptions import Rental

PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT = "plan.nodes", "plan.months", "plan.use", "plan.left"
WORK = (PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT)  # how many, how long, how busy, what a change of plan leaves


NODE_HOURS = ("rental.hours_per_month", "rental.gpus_per_node")


_LINES_MADE_ROOM_FOR = 16  # as most tables need; there is more when it is needed


class LineWriter:
    """Collects the lines of one table, for one plan or for many (`plans`: the shape of the axis in front). rests_on:
    inputs of every line."""

    def __init__(self, months: int, plans: tuple[int, ...] = (), depends_on: tuple[str, ...] = ()) -> None:
        self.months = months
        self._all_depend_on = depends_on
        self.plans = plans
        self._components: list[str] = []
        self._basis: list[int] = []
        self._timing: list[int] = []
        self._deductible: list[bool] = []
        self._depends_on: list[tuple[str, ...]] = []
        self._deductions, self._interest = np.zeros((*plans, months)), np.zeros((*plans, months))
        self._lines = np.zeros((_LINES_MADE_ROOM_FOR, 4, *plans, months))

    def add(
        self,
        component: str,
        basis: Basis,
        alive: Floats,
        winding: Floats | None = None,
        gone: Floats | None = None,
        leaving: Floats | None = None,
        *,
        depends_on: tuple[str, ...],
        in_advance: bool = False,
        to_lender: bool = False,
        deductible: bool = True,
    ) -> None:
        """Add one line. Arrays may be shorter than the table; what is left out is zero."""
        if len(self._components) == len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        line = self._lines[len(self._components)]
        for row, values in enumerate((alive, winding, gone, leaving)):
            if values is not None:
                line[row, ..., : values.shape[-1]] = values
        self._components.append(component)
        self._basis.append(basis)
        self._timing.append(2 if to_lender else int(in_advance))
        self._deductible.append(deductible)
        self._depends_on.append(depends_on + self._all_depend_on)

    def deduct(self, usd: Floats, *, interest: bool = False) -> None:
        """What else may be deducted from taxable income in each month the option runs. (..., months or more or
        less)."""
        shown = usd[..., : self.months]
        kept = self._interest if interest else self._deductions
        kept[..., : shown.shape[-1]] += shown

    def table(
        self, rental: Rental, gone_by: Months, signed_in: Months | None = None, exit_: Exit | None = None
    ) -> CostTable:
        """The finished table; GPU bills carry support and lost goodput on top."""
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
