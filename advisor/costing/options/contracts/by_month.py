"""What every contract of a case is costed with, by month, for as many months as any table has: made once a case."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from advisor.array_types import Floats, Months, at_months
from advisor.costing.case import Case
from advisor.costing.cost_table import padded
from advisor.costing.options.contracts.subletting import Fills, fills
from advisor.costing.options.hourly_rental import on_demand_multiple, storage_usd
from advisor.costing.rates import LONGEST_TABLE_MONTHS, Timing
from advisor.values.kept import kept


class ByMonth(NamedTuple):
    """Arrays (..., months), of which a table takes as many as it has.

    Attributes:
        unchanged: P(the plan is unchanged).
        taken, taken_after: GPU-hours that are occupied, before and after a change of plan.
        bill, bill_after: GPU-hours on demand, as hours at the list price.
        storage, storage_after: Of nodes rented by the hour, USD.
        node_storage: Of one node under contract, USD.
        nodes: Wanted while the plan is unchanged.
        rents: Expected, as multiples of today's, for the months that are forecast.
        worth_of_use, worth_in_advance: What a dollar of the month is worth today, paid with use or on its first day.
        fill: Which idle hours are let.
    """

    unchanged: Floats
    taken: Floats
    taken_after: Floats
    bill: Floats
    bill_after: Floats
    storage: Floats
    storage_after: Floats
    node_storage: Floats
    nodes: Floats
    rents: Floats
    worth_of_use: Floats
    worth_in_advance: Floats
    fill: Fills

    def since(self, begin: Months, months: int) -> "ByMonth":
        """The same from a month on, over `months` months.

        Args:
            begin: the first month, which may be another in each plan (...).
            months: how many are asked for; those beyond the forecast are left out, or are its last.
        """
        if begin.ndim == 0:
            first = int(begin)
            return self._each(lambda values: values[..., first : first + months])
        at = np.minimum(begin[..., None] + np.arange(months), self.rents.shape[-1] - 1)
        return self._each(lambda values: at_months(values, at))

    def first(self, months: int) -> "ByMonth":
        """The same over the first `months` months."""
        if self.unchanged.shape[-1] == self.rents.shape[-1] == months:
            return self
        return self._each(lambda values: values[..., :months])

    def _each(self, change: Callable[[Floats], Floats]) -> "ByMonth":
        values = (change(one) for one in self[:-1])
        return ByMonth._make((*values, Fills(*map(change, self.fill))))


@kept(maxsize=4)  # every contract of a case needs it
def by_month(case: Case) -> ByMonth:
    """What every contract of a case is costed with, over `LONGEST_TABLE_MONTHS`."""
    demand, months = case.demand, LONGEST_TABLE_MONTHS
    needs = demand.alive, demand.after
    taken, taken_after = (padded(need.occupied_gpu_hours, months) for need in needs)
    bill, bill_after = (padded(on_demand_multiple(case, need) * need.billed_gpu_hours, months) for need in needs)
    storage, storage_after = (padded(storage_usd(case, need), months) for need in needs)
    per_node = case.assumptions.rental.storage_egress_usd_per_node_month
    return ByMonth(
        unchanged=demand.chance_unchanged(months),
        taken=taken,
        taken_after=taken_after,
        bill=bill,
        bill_after=bill_after,
        storage=storage,
        storage_after=storage_after,
        node_storage=per_node * padded(demand.alive.active_share, months),
        nodes=padded(demand.alive.nodes, months),
        rents=np.ones(months) if case.outlook is None else case.outlook,
        worth_of_use=case.rates.factors(months, Timing.MID_MONTH),
        worth_in_advance=case.rates.factors(months, Timing.IN_ADVANCE),
        fill=fills(case, demand, months),
    )
