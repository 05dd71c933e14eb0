"""One datum of the price book: its value, unit, range, sample, date and source, and the values it may take."""

import math

from pydantic import BaseModel, ConfigDict

from advisor.errors import InputError


class Figure(BaseModel):
    """One number of the book: what it is, how sure, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    unit: str
    low: float
    high: float
    n: int
    date: str
    source: str
    note: str = ""
    thin: bool = False
    own: bool = False

    @property
    def is_thin(self) -> bool:
        """Whether the value needs a warning: fewer than three independent observations, or called thin for another
        reason. A founder's own figure does not."""
        return not self.own and (self.thin or self.n < 3)


class Source(BaseModel):
    """Where figures come from, and of what kind the evidence is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    where: str
    kind: str


class Scenario(BaseModel):
    """A named path of rents: a yearly change that compounds, or multiples of today's price by month."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str
    change_per_year: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    source: str
    note: str


_WHOLE_UNITS = {"months", "months from 1", "nodes", "GPU/node", "switches"}


_BOUNDS_BY_UNIT = {
    "share/month": (0.0, 0.5),
    "months": (0.0, 36.0),
    "months from 1": (1.0, 36.0),
    "years": (1.0, 20.0),
    "log (sd)": (0.001, 2.0),
    "log/year (sd)": (0.001, 2.0),
    "share (sd)": (0.001, 1.0),
    "share of hours": (0.01, 1.0),
    "share of peak": (0.01, 1.0),
    "share of memory": (0.0, 0.9),
    "USD/GPU-h": (0.01, 1000.0),
    "nodes": (1.0, 1e6),
    "doublings": (1.0, 1e9),
    "GPU/node": (1.0, 1000.0),
    "h/month": (1.0, 744.0),
    "FLOP/s": (1e9, 1e20),
    "ratio": (0.0, 10.0),
    "ratio/H100": (0.01, 100.0),
    "1/year": (0.0, 100.0),
}


_MOST_USD = 1e9


_MOST = 1e6


def allowed_range(figure: Figure) -> tuple[float, float]:
    """The hard bounds of a figure by its unit, within which every formula holds; its plausible range is narrower."""
    unit = figure.unit
    if unit == "ratio" and figure.low >= 1:
        return (1.0, _BOUNDS_BY_UNIT[unit][1])
    if unit in _BOUNDS_BY_UNIT:
        return _BOUNDS_BY_UNIT[unit]
    if unit.startswith("share"):
        return (-1.0, 0.99) if figure.low < 0 else (0.0, 1.0)
    if unit.startswith("log"):
        return (-2.0, 2.0)
    return (0.0, _MOST_USD if unit.startswith("USD") else _MOST)


def own_figure(figure: Figure, value: object, source: str, where: str, field: tuple[int | str, ...]) -> Figure:
    """`figure` with the founder's own value; InputError when it is not a number or out of bounds."""
    low, high = allowed_range(figure)
    bounds = f"a number from {low:,.10g} to {high:,.10g} [{figure.unit}]"
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(where, repr(value)[:60], bounds, field)
    if not low <= number <= high or (figure.unit in _WHOLE_UNITS and number != int(number)):
        whole = "whole: " if figure.unit in _WHOLE_UNITS else ""
        raise InputError(where, f"{number:g}", whole + bounds, field)
    return figure.model_copy(update={"value": number, "source": source, "note": "your own figure", "own": True})
