"""One datum of the price book: its label, value, unit, range, sample, date and source, and the values it may take."""

import math
from typing import Literal

from advisor.errors import InputError
from advisor.values.validated import Validated

Role = Literal["input", "convention"]

LEAST_SAMPLE = 3  # independent observations: a figure with fewer is thin

_WHOLE_UNITS = {"terms", "months", "nodes", "GPU/node", "switches"}
_BOUNDS_BY_UNIT = {
    "share": (0.0, 1.0),
    "share/year": (0.0, 1.0),
    "share/month": (0.0, 0.5),
    "months": (0.0, 36.0),
    "years": (1.0, 20.0),
    "log": (-2.0, 2.0),
    "log/year": (-2.0, 2.0),
    "log/sqrt(year)": (-2.0, 2.0),
    "USD/GPU-h": (0.01, 1000.0),
    "nodes": (1.0, 1e6),
    "doublings": (1.0, 1e9),
    "GPU/node": (1.0, 1000.0),
    "h/month": (1.0, 744.0),
    "h/week": (1.0, 168.0),
    "FLOP/s": (1e9, 1e20),
    "ratio": (0.0, 10.0),
    "ratio/H100": (0.01, 100.0),
    "1/year": (0.0, 100.0),
}
_MAX_USD = 1e9
_MAX_OTHER = 1e6


class Figure(Validated):
    """One number of the book: what it is, how certain, and who says so.

    Attributes:
        label: What a reader calls it.
        low, high: Its plausible range.
        n: Independent observations.
        min, max: Hard bounds where they differ from what the unit gives.
        role: A convention is not varied in the sensitivity of a verdict.
        thin: Weak evidence for another reason than a small n.
        own: The user's own value, which has no n and no date.
        doubt: Why the value lowers the confidence in a verdict, as a sentence.
    """

    label: str
    value: float
    unit: str
    low: float
    high: float
    min: float | None = None
    max: float | None = None
    role: Role = "input"
    n: int
    date: str
    source: str
    note: str = ""
    thin: bool = False
    own: bool = False
    doubt: str = ""

    @property
    def is_thin(self) -> bool:
        """Whether the value needs a warning: fewer than three independent observations, or called thin for another
        reason. Neither the user's own figure nor a convention, such as the GPUs of a node, does for a small n."""
        return not self.own and (self.thin or (self.role == "input" and self.n < LEAST_SAMPLE))

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense: not for a limit in nodes that is a part of a larger node."""
        return self.unit in _WHOLE_UNITS and self.value.is_integer()

    @property
    def bounds(self) -> tuple[float, float]:
        """The hard bounds within which every formula holds; the plausible range is narrower."""
        most = _MAX_USD if self.unit.startswith("USD") else _MAX_OTHER
        low, high = _BOUNDS_BY_UNIT.get(self.unit, (0.0, most))
        return (low if self.min is None else self.min, high if self.max is None else self.max)

    def with_own_value(self, value: object, source: str, where: str, field: tuple[int | str, ...]) -> "Figure":
        """This figure with the user's own value.

        Args:
            value: As read from a file; anything but a number is refused.
            source: What to name as the source.
            where: File and place, for the error.
            field: Path of the value within its file, for the error.

        Raises:
            InputError: `value` is not a number or out of bounds.
        """
        low, high = self.bounds
        allowed = f"a number from {low:,.10g} to {high:,.10g} [{self.unit}]"
        try:
            number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise InputError(where, repr(value)[:60], allowed, field)
        if not low <= number <= high or (self.is_whole and number != int(number)):
            raise InputError(where, f"{number:g}", ("whole: " if self.is_whole else "") + allowed, field)
        return self.model_copy(
            update={
                "value": number,
                "source": source,
                "note": "your own figure",
                "own": True,
                "n": 0,
                "date": "",
                "doubt": "",
            }
        )


class Source(Validated):
    """Where figures come from, and of what kind the evidence is."""

    title: str
    where: str
    kind: str


class Scenario(Validated):
    """A named path of rents: a yearly change that compounds, or multiples of today's price by month."""

    label: str
    change_per_year: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    source: str
    note: str
