"""The axis that the costs of several options share, with their ranges."""

from collections.abc import Sequence

from advisor.decision.risk import Spread
from advisor.values.quick_dataclass import dataclass

_CUT_FROM_SHARE = 0.25  # of the highest: where the lowest is above it, what all have in common is left out
_SOLID_SHARE = 0.1  # of the range, below the lowest of an axis that is cut


@dataclass(frozen=True)
class CostAxis:
    """From the first to the last amount that is drawn, USD."""

    first: float
    last: float

    @property
    def cut(self) -> bool:
        """Whether it begins above zero."""
        return self.first > 0

    def places(self, spread: Spread, expected_usd: float) -> tuple[float, float, float]:
        """The ends of a 5 to 95% range and between them the expected cost, 0..1 of the axis."""
        width = (self.last - self.first) or 1.0
        low, mean, high = (
            min(1.0, max(0.0, (usd - self.first) / width)) for usd in (spread.p5_usd, expected_usd, spread.p95_usd)
        )
        return low, mean, high


def cost_axis(spreads: Sequence[Spread]) -> CostAxis:
    """The axis on which these ranges can be told apart: from zero, or from a little below the lowest."""
    lowest = min((spread.p5_usd for spread in spreads), default=0.0)
    highest = max((spread.p95_usd for spread in spreads), default=1.0)
    if lowest < _CUT_FROM_SHARE * highest:
        return CostAxis(min(0.0, lowest), highest)
    return CostAxis(lowest - _SOLID_SHARE * (highest - lowest), highest)
