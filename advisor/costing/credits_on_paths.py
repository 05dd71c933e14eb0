"""What credits pay where rents are others than expected: of higher bills more, until they are used up, and never more
than is billed.

The lines of a table have what they pay at the rents that are expected today. On a path of rents it follows from the
bills of the path.

Source: docs/model.md#credits
"""

from collections.abc import Iterable, Iterator

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case, CreditLeft
from advisor.costing.cost_table import Basis, CostTable, by_change
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import dataclass

_PATHS_TOGETHER = 256  # bills of more, by month of change, no longer fit into the processor's cache


def used_by_month(credit: CreditLeft, bill_usd: Floats) -> Floats:
    """What credits pay of each month's bill. USD (..., months).

    >>> used_by_month(CreditLeft(1, 250.0, "", ("on-demand",), 3), np.array([100.0, 100.0, 100.0, 100.0])).tolist()
    [100.0, 100.0, 50.0, 0.0]
    """
    bill = np.where(np.arange(bill_usd.shape[-1]) < credit.until_month, bill_usd, 0.0)
    return np.diff(np.minimum(np.cumsum(bill, axis=-1), credit.usd), axis=-1, prepend=0.0)


def credit_input(number: int) -> str:
    """The id of credits as an input, by their place in the profile."""
    return f"credit.{number}"


@dataclass(frozen=True, eq=False)
class CreditsOfTable:
    """What pays in one part of a table, after taxes.

    Attributes:
        hours: The GPU-hours at the list price that they may pay for, by month of change (T, months).
        counted_usd: What the table has them pay (T, months).
        credits: The first to expire first.
        kept_share: What is left of a dollar after taxes (months,).
        factors: Present value of $1 (months,).
    """

    hours: Floats
    counted_usd: Floats
    credits: tuple[CreditLeft, ...]
    kept_share: Floats
    factors: Floats

    def unpaid_by_month(self, rents: Floats, changes: slice = slice(None)) -> Floats:
        """What the table has them pay beyond what they do on some paths; negative where they pay more.

        Args:
            rents: USD per GPU-hour (..., at least months).
            changes: Which months of change.

        Returns:
            USD by month of change and month (..., T or fewer, months).
        """
        left = self.hours[changes] * rents[..., None, : self.hours.shape[-1]]
        unpaid = np.broadcast_to(self.counted_usd[changes], left.shape).copy()
        for credit in self.credits:
            used = used_by_month(credit, left)
            left -= used
            unpaid -= used
        return np.asarray(unpaid * self.kept_share)

    def unpaid_usd(self, rents: Floats, chances: Floats, changes: slice = slice(None)) -> Floats:
        """The present value of that. chances: of each month of change (T or fewer,). USD (...)."""
        hours, rows = self.hours[changes], rents.reshape(-1, rents.shape[-1])
        counted = self.counted_usd[changes] @ (self.kept_share * self.factors) @ chances
        billed = hours.any(axis=1)
        some = (rows[at : at + _PATHS_TOGETHER] for at in range(0, len(rows), _PATHS_TOGETHER))
        paid = [chances[billed] @ self._paid_usd(hours[billed], one.T) for one in some]
        return np.asarray(counted - np.concatenate(paid)).reshape(rents.shape[:-1])

    def _paid_usd(self, hours: Floats, rents: Floats) -> Floats:
        """The present value of what they pay, month by month until nothing is left of them.

        Args:
            hours: by month of change and month (T or fewer, months).
            rents: USD per GPU-hour (months or more, K).

        Returns:
            USD (T or fewer, K).
        """
        paid = np.zeros((len(hours), rents.shape[1]))
        left = [np.full_like(paid, credit.usd) for credit in self.credits]
        for month in np.flatnonzero(hours.any(axis=0)).tolist():
            bill, worth = hours[:, month, None] * rents[month], self.kept_share[month] * self.factors[month]
            for at, credit in enumerate(self.credits):
                if month < credit.until_month and left[at].any():
                    used = np.minimum(bill, left[at])
                    left[at] -= used
                    bill -= used
                    paid += used * worth
        return paid


def pay_in(tables: Iterable[CostTable]) -> bool:
    """Whether credits pay in any of some tables, of one plan or of many: what they cost is then not bilinear."""
    return any("credits" in part.components for table in tables for part in table.parts)


def credits_of(table: CostTable, case: Case) -> Iterator[CreditsOfTable]:
    """What pays in each part of a table of one plan; nothing where no credits do."""
    for part in table.parts if case.credits else ():
        lines = part.is_component("credits")
        named = {name for line in np.flatnonzero(lines).tolist() for name in part.depends_on[line]}
        paying = tuple(credit for credit in case.credits if credit_input(credit.number) in named)
        if not paying:
            continue
        rented = part.is_component("rent") & part.has_basis(Basis.SPOT)
        hours, counted = (
            by_change(part.coefficients[which].sum(axis=0), part.gone_by, case.demand.months)
            for which in (rented, lines)
        )
        months = int((hours != 0).any(axis=0).nonzero()[0].max(initial=-1)) + 1
        tax = 0.0 if case.tax is None else case.tax.rates(months)
        factors = case.rates.factors(months, Timing.MID_MONTH)
        yield CreditsOfTable(
            hours[:, :months], -counted[:, :months], paying, np.broadcast_to(1.0 - tax, months), factors
        )
