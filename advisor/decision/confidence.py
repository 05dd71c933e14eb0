"""Confidence in a verdict, from the track record that ships with the program (docs/model.md#confidence)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Word = Literal["high", "medium", "too close to call"]


@dataclass(frozen=True)
class Confidence:
    """How certain a verdict is.

    Attributes:
        word: The level.
        right_share: How often verdicts with such a gap named the class that turned out cheapest, on synthetic markets.
        n: How many verdicts that is counted on.
    """

    word: Word
    right_share: float
    n: int


@dataclass(frozen=True)
class Earned:
    """One line of the calibration table: verdicts with a gap in one range.

    Attributes:
        word: The level.
        from_gap: Smallest gap, as a share.
        right_share: Share of right calls on the synthetic markets used for calibration; the figure that is shown.
        n: Verdicts on them.
        held_out_share: The same on synthetic markets that were held out.
        held_out_n: Verdicts on them.
        real_share: The same on past rents.
        real_n: Verdicts on them.
        to_gap: Gap below which they lie; None for the last line.
    """

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
    """The track record of this version.

    Attributes:
        date: When it was computed.
        commands: What repeats it.
        earned: The calibration table, smallest gap first.
        real: Results on past rents.
        synthetic: Results on synthetic markets.
        limits: What it cannot show.
        tried: What was tried on the way.
    """

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


def confidence(gap_share: float | None, close_call: bool, questioned: bool = False) -> Confidence | None:
    """The confidence in a verdict with this gap to its rival, by the shipped table; None without a rival.

    Args:
        gap_share: Extra expected cost of the rival, as a share.
        close_call: Whether the verdict is too close to call, whatever the table says of its gap.
        questioned: Whether a figure behind it is questioned: then it is one level lower.
    """
    if gap_share is None:
        return None
    earned = shipped_record().earned
    at = next((at for at, one in enumerate(earned) if one.to_gap is None or gap_share < one.to_gap), -1)
    line = earned[at]
    if questioned:
        line = next((one for one in reversed(earned[:at]) if one.word != line.word), line)
    return Confidence("too close to call" if close_call else line.word, line.right_share, line.n)
