"""The value of waiting: renting now and deciding later (docs/model.md#waiting)."""

import math

from advisor.decision.ranking import Verdict
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Waiting:
    """Rent for now and decide later.

    Attributes:
        option: Id of the option.
        months: Months until the decision.
        edge_usd: What it saves against the best option that is settled today; negative when waiting costs money.
        plan: What will be done then: pairs of the rent up to which it is done, USD per GPU-hour, and what; the last
            without an upper limit.
    """

    option: str
    months: int
    edge_usd: float
    plan: tuple[tuple[float, str], ...]


def value_of_waiting(verdict: Verdict, forecast: Forecast) -> Waiting | None:
    """The edge of deciding later over the best option that is settled today; None when there is nothing to wait for."""
    later = next((o for o in verdict.ranked if o.cost.later and o.feasible), None)
    today = min((o.cost.expected_usd for o in verdict.ranked if o.feasible and o is not later), default=None)
    if later is None or today is None or later.cost.later is None:
        return None
    choice, policy = later.cost.later
    spot = float(forecast.spot_usd_per_gpu_hour)
    rents = [spot * math.exp(cut) for cut in policy.cuts.tolist()]
    plan = zip((*rents, math.inf), policy.picks.tolist(), strict=True)
    named = tuple((rent, choice.names[pick]) for rent, pick in plan)
    return Waiting(later.id, choice.month, today - later.cost.expected_usd, named)
