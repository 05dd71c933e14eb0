"""The cost of an option as a bar in text: solid to the low end of its range, paler to its cost and to the high end."""

from advisor.reports.view_models import CostRow

_SOLID, _UP_TO_COST, _UP_TO_HIGH = "█", "▓", "░"
_CUT = "≈"


def cost_bar(row: CostRow, cells: int) -> str:
    """The bar of a feasible option, at least a cell; it begins with a sign where the axis is cut."""
    low, mean, high = (round(place * cells) for place in row.places)
    low = max(1, low)
    mean, high = max(low, mean), max(low, high)
    bar = _SOLID * low + _UP_TO_COST * (mean - low) + _UP_TO_HIGH * (high - mean)
    return _CUT + bar[1:] if row.cut else bar
