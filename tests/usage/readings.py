"""Reading files of usage in tests."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path

from advisor.usage.clock import Clock
from advisor.usage.hourly_usage import HourlyUsage, hourly_usage, models_of
from advisor.usage.read import Window, everything, read_usage
from advisor.usage.tally import FileCounts, Tally
from tests.support.folders import CASES
from tests.support.profile_builder import BOOK

FILES = CASES / "usage"
EVERY_FILE = tuple(sorted(path for path in FILES.iterdir() if path.name != "README.md"))
SACCT = "JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES"


def read(*paths: Path, zone: tzinfo = UTC, window: Window | None = None) -> tuple[Tally, tuple[FileCounts, ...]]:
    """What files say."""
    return read_usage(paths, BOOK, Clock(zone), window or everything())


def load_of(tally: Tally) -> HourlyUsage:
    """The load of the model with the most GPU-hours."""
    model = next(iter(models_of(tally)))
    return hourly_usage(tally, model, model)


def sacct_file(path: Path, rows: Sequence[str]) -> Path:
    """A file as sacct -P prints it."""
    path.write_text("\n".join([SACCT, *rows]) + "\n", encoding="utf-8")
    return path


def a_job(number: int, start: str, end: str, gpus: int, *, seconds: str = "", state: str = "COMPLETED") -> str:
    """One row of sacct."""
    return f"{number}|{state}|{start}|{end}|{seconds}|billing=8,gres/gpu:h100={gpus},gres/gpu={gpus},node=1"
