"""Figures by node for GPUs whose node is of another size: a rack of 72, a machine of 1 or 4 in place of one of 8."""

import math
from collections.abc import Mapping

from advisor.market.figures import Figure

ONE_NODE_SIZE = frozenset({"experts"})  # sections for the nodes of the market's owner, whatever the user's are
_BY_NODE = "/node"  # in the unit of what a node costs, draws or takes
_ALSO_BY_NODE = frozenset({"switches", "1/h"})  # switches for some nodes, interruptions of a node in an hour
_LEAST_DOUBLINGS = 1e-3


def in_nodes_of(figures: Mapping[str, Figure], ratio: float) -> dict[str, Figure]:
    """Figures by name, for a node of `ratio` times as many GPUs.

    What a node costs or draws grows with its GPUs; a limit in nodes is the same limit in GPUs. Doublings of a node's
    size, after which no idle time is released, are fewer by those from one node to the other.

    Source: docs/model.md#size-of-a-node
    """
    return {name: _in_nodes_of(figure, ratio) for name, figure in figures.items()}


def for_node_of(value: float, unit: str, ratio: float) -> float:
    """A value of one figure for a node of `ratio` times as many GPUs, see `in_nodes_of`.

    Args:
        value: Of the figure as it is.
        unit: Its unit, by which it depends on the node or does not.
        ratio: GPUs of the other node over those of this one.

    >>> [for_node_of(16.0, unit, 8.0) for unit in ("USD/node", "nodes", "doublings", "share")]
    [128.0, 2.0, 13.0, 16.0]
    """
    if ratio == 1:
        return value
    if unit == "nodes":
        return value / ratio
    if unit == "doublings":
        return max(_LEAST_DOUBLINGS, value - math.log2(ratio))
    return value * ratio if _BY_NODE in unit or unit in _ALSO_BY_NODE else value


def _in_nodes_of(figure: Figure, ratio: float) -> Figure:
    """A figure with other values, whose note says what they are computed from."""
    before = figure.value, figure.low, figure.high
    value, low, high = (for_node_of(one, figure.unit, ratio) for one in before)
    if (value, low, high) == before:
        return figure
    origin = f"{figure.value:,.6g} for a node of {'fewer' if ratio > 1 else 'more'} GPUs, by {ratio:.4g}"
    note = f"{figure.note}; {origin}" if figure.note else origin
    return figure.model_copy(update={"value": value, "low": low, "high": high, "note": note})
