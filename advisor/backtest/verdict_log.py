"""The verdict log: each saved verdict is logged, and evaluated again at the prices of today."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.decision.cost_options import cost_options
from advisor.errors import AdvisorError
from advisor.files.append_log import append_line, log_path, read_lines
from advisor.market.price_book import PriceBook
from advisor.profiles.store import profile_table
from advisor.profiles.validation import parse_profile
from advisor.values.quick_dataclass import dataclass


class _Line(BaseModel):
    """Part of a line of the log; unknown keys of later versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, strict=True)


class Contender(_Line):
    """A feasible option and what it was expected to cost."""

    option: str
    action: Action
    expected_usd: float


class Prices(_Line):
    """The prices that the verdict depended on.

    Attributes:
        read_on: Day the book's prices were read.
        usd_per_gpu_hour: On-demand list price.
        term_discounts: Of a commitment on list, by months.
        node_usd: Price of a node; None when the book has none.
    """

    read_on: Annotated[date, Field(strict=False)]
    usd_per_gpu_hour: float
    term_discounts: dict[str, float]
    node_usd: float | None


class Logged(_Line):
    """One saved verdict.

    Attributes:
        schema_: Version of the line.
        day: When it was saved.
        name: Of the profile.
        gpu: Id of the GPU.
        prices: Of that day.
        gap_share: Gap to the rival.
        close_call: Whether it was too close to call.
        contenders: The feasible options in order of ranking, the pick first.
        profile: All of it, in TOML as it was saved.
        part, parts: Which of the verdicts on a profile it is, one for each of its GPUs, and how many there are.
    """

    schema_: Literal[1] = Field(1, alias="schema")
    day: Annotated[date, Field(strict=False, alias="date")]
    name: str
    gpu: str
    prices: Prices
    gap_share: float | None
    close_call: bool
    contenders: tuple[Contender, ...] = Field(strict=False)
    profile: str
    part: int = 1
    parts: int = 1


@dataclass(frozen=True)
class Review:
    """A logged verdict and the same question today.

    Attributes:
        logged: The verdict.
        then: Id of the pick then; None when nothing was feasible.
        now: Id of the pick today; None when nothing is feasible.
        kept_usd: Expected cost of the earlier pick today; None where it is infeasible.
        best_usd: Expected cost of the pick today.
        spot_now: On-demand price today, USD per GPU-hour.
        error: Why it cannot be evaluated again; None when it can.
    """

    logged: Logged
    then: str | None
    now: str | None
    kept_usd: float | None
    best_usd: float | None
    spot_now: float | None
    error: str | None

    @property
    def stands(self) -> bool | None:
        """Whether the same option is picked today; None when it cannot be evaluated again."""
        return None if self.error else self.then == self.now


def log_verdicts(parts: Sequence[Advice], today: date, path: Path | None = None) -> None:
    """Log the verdicts on a profile that was saved.

    Args:
        parts: The verdicts, one for each of its GPUs.
        today: Their day.
        path: Of the log; by default the user's own.

    Raises:
        SaveError: When the log cannot be written.
    """
    for part, advice in enumerate(parts, start=1):
        line = _line_of(advice, today) | {"part": part, "parts": len(parts)}
        append_line(path or log_path(), json.dumps(line, ensure_ascii=False, allow_nan=False))


def _line_of(advice: Advice, today: date) -> dict[str, object]:
    """What a line says of a verdict: see `Logged`."""
    verdict, prices = advice.verdict, advice.costing.case.assumptions.gpu
    return {
        "schema": 1,
        "date": today.isoformat(),
        "name": advice.profile.name,
        "gpu": advice.gpu.id,
        "prices": {
            "read_on": advice.book.read_on.isoformat(),
            "usd_per_gpu_hour": _list_usd(advice.costing.case),
            "term_discounts": {str(k): share for k, share in prices.term_discounts[advice.costing.case.tier].items()},
            "node_usd": prices.node_usd,
        },
        "gap_share": verdict.gap_share,
        "close_call": verdict.close_call,
        "contenders": [
            {"option": one.id, "action": one.action, "expected_usd": round(one.cost.expected_usd, 2)}
            for one in sorted(verdict.ranked, key=lambda one: one is not verdict.pick)
            if one.feasible
        ],
        "profile": tomli_w.dumps(profile_table(advice.profile)),
    }


def _list_usd(case: Case) -> float:
    """The on-demand list price that the verdict is about, USD per GPU-hour."""
    gpu, listed = case.assumptions.gpu, case.assumptions.gpu.hyperscaler_usd_per_gpu_hour
    return of_one(gpu.neocloud_usd_per_gpu_hour if case.tier == "neocloud" or listed is None else listed)


def logged_verdicts(path: Path | None = None) -> tuple[list[Logged], int]:
    """The verdicts of a log, oldest first, of each profile the last that were saved on each day, one for each of its
    GPUs; and the number of invalid lines.

    Args:
        path: Of the log; by default the user's own.

    Raises:
        InputError: When the log cannot be read.
    """
    found: dict[tuple[date, str], list[Logged]] = {}
    broken = 0
    for one in _parsed(read_lines(path or log_path())):
        if one is None:
            broken += 1
        else:
            if one.part == 1:
                found.pop((one.day, one.name), None)
            found.setdefault((one.day, one.name), []).append(one)
    return sorted(chain.from_iterable(found.values()), key=lambda one: one.day), broken


def last_of_each(verdicts: Sequence[Logged]) -> list[Logged]:
    """Those that were saved last of each profile. verdicts: oldest first."""
    days = {one.name: one.day for one in verdicts}
    return [one for one in verdicts if one.day == days[one.name]]


def _parsed(lines: Sequence[str]) -> Iterator[Logged | None]:
    for line in lines:
        if line.strip():
            try:
                yield Logged.model_validate(json.loads(line))
            except (ValueError, RecursionError, ValidationError):
                yield None


def review(logged: Logged, book: PriceBook) -> Review:
    """Evaluate the question of a logged verdict at the prices of this book."""
    then = logged.contenders[0].option if logged.contenders else None
    try:
        costing = cost_options(parse_profile(tomllib.loads(logged.profile), book, f"log of {logged.day}"), book)
    except (AdvisorError, tomllib.TOMLDecodeError) as error:
        return Review(logged, then, None, None, None, None, str(error))
    pick = costing.verdict.pick
    kept = next((one for one in costing.verdict.ranked if one.id == then and one.feasible), None)
    return Review(
        logged,
        then,
        None if pick is None else pick.id,
        None if kept is None else kept.cost.expected_usd,
        None if pick is None else pick.cost.expected_usd,
        _list_usd(costing.case),
        None,
    )
