"""The cash flows of several options that are paid for together (docs/model.md#several-gpus)."""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cash_paths import CashPaths
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import burned_usd
from advisor.decision.cash.runway import Runway, runway_with
from advisor.profiles.schema import Company
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass

_DIGITS = 12  # cumulative weights that agree so far are the same


@dataclass(frozen=True)
class JointCash:
    """The cash of options that are paid for together.

    Attributes:
        cash: Their flows on the same paths of rents, with one change of plan.
        upfront_usd: Due on the day of the decision.
        plan_holds_usd: The flows by month when the plan never changes, at expected prices. (months + 1,)
        plan_months: Of the longest plan.
        safety_share: The share of cases in which cash must suffice.
    """

    cash: CashPaths
    upfront_usd: float
    plan_holds_usd: Floats
    plan_months: int
    safety_share: float

    def needed_usd(self, company: Company) -> float:
        """The cash that suffices for the options and the company's burn in `safety_share` of all cases, USD."""
        burned = burned_usd(company.burn_usd_per_month, self.plan_holds_usd.size, self.plan_months)
        return self.cash.peak_usd(self.safety_share, self.upfront_usd, burned)

    @property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid net at any time, in `safety_share` of all cases, without the burn."""
        return self.cash.peak_usd(self.safety_share, self.upfront_usd)

    def runway(self, company: Company) -> Runway | None:
        """The runway without and with all of them; None when cash or burn is not given."""
        return runway_with(company, self.plan_holds_usd, self.cash, self.safety_share)


def joint_cash(costs: Sequence[OptionCost]) -> JointCash:
    """The cash of one option for each group of workloads.

    Rents of all GPUs move together and the plan changes as a whole: all options meet the same quantile of rents and the
    same quantile of the month of change. Nothing evens out between them, so the cash that is needed is an upper
    estimate.
    """
    each = [cost.cash for cost in costs]
    rents, paths = _coupled([one.weights.sum(axis=1) for one in each])
    changes, taus = _coupled([one.weights.sum(axis=0) for one in each])
    months = max(one.flows_usd.shape[-1] for one in each)
    flows, holds = np.zeros((rents.size, changes.size, months)), np.zeros(months)
    for cost, one, rows, columns in zip(costs, each, paths, taus, strict=True):
        flows[..., : one.flows_usd.shape[-1]] += one.flows_usd[rows[:, None], columns]
        holds[: cost.plan_holds_usd.size] += cost.plan_holds_usd
    return JointCash(
        CashPaths(flows, np.multiply.outer(rents, changes)),
        sum(cost.upfront_usd for cost in costs),
        holds,
        max(cost.case.whole_demand.months for cost in costs),
        costs[0].case.assumptions.money.cash_safety_share,
    )


def _coupled(weights: Sequence[Floats]) -> tuple[Floats, list[Months]]:
    """Cases in which several quantities are at the same quantile of their order.

    Args:
        weights: Of the cases of each quantity, summing to 1.

    Returns:
        The weights of the joint cases (n,), and for each quantity which of its cases each of them is (n,).
    """
    ends = [np.round(one.cumsum(), _DIGITS) for one in weights]
    edges = distinct(np.concatenate(ends))
    shares = np.diff(edges, prepend=0.0)
    middles = edges - shares / 2
    at = [np.minimum(np.searchsorted(end, middles), end.size - 1) for end in ends]
    return shares, at
