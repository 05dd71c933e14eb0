"""Figures by node for GPUs whose node is of another size: a rack of 72, a machine of 1 or 4 in place of one of 8."""

import math
from collections.abc import Mapping

from advisor.market.figures import Figure

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


def _in_nodes_of(figure: Figure, ratio: float) -> Figure:
    if ratio == 1:
        return figure
    if figure.unit == "nodes":
        return _changed(figure, ratio, [one / ratio for one in (figure.value, figure.low, figure.high)])
    if figure.unit == "doublings":
        fewer = math.log2(ratio)
        values = [max(_LEAST_DOUBLINGS, one - fewer) for one in (figure.value, figure.low, figure.high)]
        return _changed(figure, ratio, values)
    if _BY_NODE in figure.unit or figure.unit in _ALSO_BY_NODE:
        return _changed(figure, ratio, [one * ratio for one in (figure.value, figure.low, figure.high)])
    return figure


def _changed(figure: Figure, ratio: float, values: list[float]) -> Figure:
    """A figure with other values, whose note says what they are computed from."""
    value, low, high = values
    origin = f"{figure.value:,.6g} for a node of {'fewer' if ratio > 1 else 'more'} GPUs, by {ratio:.4g}"
    note = f"{figure.note}; {origin}" if figure.note else origin
    return figure.model_copy(update={"value": value, "low": low, "high": high, "note": note})
