"""The record that ships with the program, and the confidence in a verdict that it has earned."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Word = Literal["high", "medium", "too close to call"]


@dataclass(frozen=True)
class Confidence:
    """How sure a verdict is. right_share: how often verdicts with such a gap named the class that turned out cheapest,
    on the markets that were made up to find out; n: how many those were."""

    word: Word
    right_share: float
    n: int


@dataclass(frozen=True)
class Earned:
    """One line of the table: verdicts with a gap from `from_gap` to below `to_gap`, the last without end. right_share
    and n: what is stated, from made-up markets; held_out_share, held_out_n: what came true on others; real_share,
    real_n: on past rents."""

    word: Word
    from_gap: float
    right_share: float
    n: int
    held_out_share: float
    held_out_n: int
    real_share: float
    real_n: int
    to_gap: float | None = None


@dataclass(frozen=True)
class Record:
    """The record as it was when this version was made. date; commands that repeat it; earned: by gap, narrowest first;
    real, synthetic: the results; limits: what it cannot show; tried: what was looked at on the way."""

    date: str
    commands: Mapping[str, str]
    earned: tuple[Earned, ...]
    real: Mapping[str, Any]
    synthetic: Mapping[str, Any]
    limits: tuple[str, ...]
    tried: tuple[str, ...]


@cache
def shipped_table() -> dict[str, Any]:
    """The content of `market/data/record.toml`."""
    return tomllib.loads((files("advisor.market") / "data" / "record.toml").read_text(encoding="utf-8"))


@cache
def shipped_record() -> Record:
    """The record in `market/data/record.toml`."""
    raw = shipped_table()
    return Record(
        raw["date"],
        raw["commands"],
        tuple(Earned(**line) for line in raw["earned"]),
        raw["real"],
        raw["synthetic"],
        tuple(raw["limits"]),
        tuple(raw["tried"]),
    )


def confidence(gap_share: float | None, close_call: bool) -> Confidence | None:
    """The confidence in a verdict with this gap to its rival, by the shipped table; None when it has no rival.

    A close call is called one, whatever the table says of its gap; a gap that the table calls too close is too.
    """
    if gap_share is None:
        return None
    earned = shipped_record().earned
    line = next((one for one in earned if one.to_gap is None or gap_share < one.to_gap), earned[-1])
    return Confidence("too close to call" if close_call else line.word, line.right_share, line.n)
