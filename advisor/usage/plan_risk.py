"""The plan risk of a profile made from usage: its load may fall as the weeks seen let it (docs/model.md#usage)."""

import math
from statistics import NormalDist

from advisor.array_types import of_one
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import resolve
from advisor.profiles.schema import Profile
from advisor.usage.spread import WEEKS_PER_MONTH, Spread
from advisor.values.quick_dataclass import dataclass

_MOST_PER_MONTH = 0.5  # that a profile may have
_DIGITS = 4


@dataclass(frozen=True)
class PlanRisk:
    """How likely the plan changes, by what the weeks seen say, and what that leaves.

    Attributes:
        fall_to: the low end of the plan's range, a share of the load seen.
        fall_share: chance that the load wanders down to it within the plan.
        usual_per_month: chance in a month that the plan changes for other reasons, by the company's stage.
        per_month: chance in a month of either, `plan_change_per_month` of the workload.
        residual_share: what either leaves in the mean, `residual_share` of the workload.
    """

    fall_to: float
    fall_share: float
    usual_per_month: float
    per_month: float
    residual_share: float


def plan_risk(profile: Profile, spread: Spread, book: PriceBook) -> PlanRisk:
    """The plan risk of a profile made from usage.

    The log of the load is a random walk whose steps are what lasts of a week's change. That it reaches ln(low) within
    W weeks has the chance 2 Phi(ln(low) / (change sqrt(W))), by the reflection principle. Spread evenly over the months
    it comes on top of the chance of the company's stage, and what is left is the mean of both, weighted by their
    chances.

    Args:
        profile: of one workload, which says nothing of its plan risk.
        spread: of the weeks seen.
        book: the price book.

    Source: docs/model.md#usage
    """
    (workload,) = profile.workload
    usual = resolve(workload, profile.company, book.assumptions_for(workload.gpu))
    left, hazard = of_one(usual.residual_share), of_one(usual.hazard_per_month)
    step = spread.change_per_week * math.sqrt(workload.months * WEEKS_PER_MONTH)
    fall = 2 * NormalDist().cdf(math.log(spread.low) / step) if step else 0.0
    monthly = 1 - (1 - fall) ** (1 / workload.months)
    either = min(_MOST_PER_MONTH, 1 - (1 - hazard) * (1 - monthly))
    chances = hazard + monthly
    mean = (hazard * left + monthly * spread.low) / chances if chances else left
    return PlanRisk(spread.low, fall, hazard, round(either, _DIGITS), round(mean, _DIGITS))
