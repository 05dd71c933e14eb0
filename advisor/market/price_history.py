"""Monthly GPU prices of every market that was posted: the evidence behind the experts and the backtest.

The rows are in `data/history.csv`, their methods in `data/methods.toml`. They are posted prices and medians of them; a
month without a posted price is absent. The level and the constant-mix series are separate: one is for prices, the other
for returns.
"""

import csv
import math
import re
from collections.abc import Mapping
from functools import cache

from advisor.errors import InputError, nearest
from advisor.market.data_files import data_table, data_text
from advisor.values.quick_dataclass import dataclass

CONSTANT_MIX = "on_demand_neocloud_fe"
RESTATED_CARDS = "on_demand_neocloud_gix"
LEVEL = "on_demand_neocloud"
POOLED = "reserved_pooled_gix"
TERM_SERIES = {
    1: "reserved_1m_neocloud",
    3: "reserved_3m_neocloud",
    6: "reserved_6m_neocloud",
    12: "reserved_1y_neocloud",
    24: "reserved_2y_neocloud",
    36: "reserved_3y_neocloud",
}


@dataclass(frozen=True)
class Method:
    """How a series was made: its kind (level, constant_mix, contract, pooled_reserved, marketplace, spot, hyperscaler
    or index), a title, where the rows come from, and a warning where one is due."""

    kind: str
    title: str
    where: str
    note: str


@dataclass(frozen=True)
class Series:
    """One posted price over time. months: "YYYY-MM", ascending, with gaps; values in USD per GPU-hour; n: sources
    behind a value; low and high: the range across them, None where it was not published."""

    gpu: str
    name: str
    method: str
    months: tuple[str, ...]
    values: tuple[float, ...]
    n: tuple[int, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    def at(self, month: str) -> float | None:
        """The value of a month, USD per GPU-hour, or None when none was posted."""
        return self.values[self.months.index(month)] if month in self.months else None

    def until(self, as_of: str) -> "Series":
        """This series without the months after `as_of`."""
        kept = sum(month <= as_of for month in self.months)
        columns = (self.months, self.values, self.n, self.low, self.high)
        return Series(self.gpu, self.name, self.method, *(column[:kept] for column in columns))  # type: ignore[arg-type]  # columns keep their types


@dataclass(frozen=True, eq=False)
class History:
    """Every series, by GPU and name. Equal only to itself, so that results computed from it can be cached."""

    by_gpu: Mapping[str, Mapping[str, Series]]
    methods: Mapping[str, Method]
    constant_mix_from: str

    @property
    def first_month(self) -> str:
        """The earliest month with any price."""
        return min(series.months[0] for named in self.by_gpu.values() for series in named.values() if series.months)

    @property
    def last_month(self) -> str:
        """The latest month with any price."""
        return max(series.months[-1] for named in self.by_gpu.values() for series in named.values() if series.months)

    def names(self, gpu: str) -> tuple[str, ...]:
        """The series of a GPU; none when it has no history."""
        return tuple(self.by_gpu.get(gpu, {}))

    def series(self, gpu: str, name: str) -> Series:
        """One series. Raises InputError naming the nearest GPU or series when there is none."""
        if gpu not in self.by_gpu:
            raise InputError("history", f"no prices of {gpu!r}", nearest(gpu, self.by_gpu))
        named = self.by_gpu[gpu]
        if name not in named:
            raise InputError(f"history of {gpu}", f"no series {name!r}", nearest(name, named))
        return named[name]

    def value(self, gpu: str, name: str, month: str) -> float | None:
        """The price of a month, USD per GPU-hour; None when the series, or that month of it, was not posted."""
        series = self.by_gpu.get(gpu, {}).get(name)
        return None if series is None else series.at(month)

    def until(self, as_of: str) -> "History":
        """What was known at the end of `as_of` ("YYYY-MM"): no row after it. Raises InputError for a bad month."""
        month_number(as_of)
        cut = {
            gpu: {name: early for name, series in named.items() if (early := series.until(as_of)).months}
            for gpu, named in self.by_gpu.items()
        }
        return History({gpu: named for gpu, named in cut.items() if named}, self.methods, self.constant_mix_from)

    def log_prices(self, gpu: str) -> tuple[tuple[int, float], ...]:
        """Return (month number, ln price) for computing returns; empty when the GPU has no such series.

        The series is the constant mix from the month it is reliable, and before that the restated rate cards, joined
        at the first month both have. Nothing is interpolated. Joining shifts the rate cards as a whole, so the returns
        before the join do not depend on what came after it.
        """
        named = self.by_gpu.get(gpu, {})
        mix = {} if CONSTANT_MIX not in named else _logs(named[CONSTANT_MIX])
        cards = {} if RESTATED_CARDS not in named else _logs(named[RESTATED_CARDS])
        start = month_number(self.constant_mix_from)
        reliable = {month: log for month, log in mix.items() if month >= start}
        both = [month for month in reliable if month in cards]
        shift = reliable[both[0]] - cards[both[0]] if both else 0.0
        early = {month: log + shift for month, log in cards.items() if month < min(reliable, default=math.inf)}
        return tuple(sorted({**early, **reliable}.items()))


def month_number(month: str) -> int:
    """Months since year 0, so that differences count months. Raises InputError unless `month` reads "YYYY-MM"."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise InputError("month", repr(month)[:40], "a month such as 2026-10")
    return 12 * int(month[:4]) + int(month[5:]) - 1


def month_name(number: int) -> str:
    """The month of a number: the inverse of `month_number`."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _logs(series: Series) -> dict[int, float]:
    return {month_number(month): math.log(value) for month, value in zip(series.months, series.values, strict=True)}


@cache
def built_in_history() -> History:
    """The history that ships with the program."""
    raw = data_table("methods")
    methods = {key: Method(**fields) for key, fields in raw["method"].items()}
    rows: dict[tuple[str, str], list[list[str]]] = {}
    lines = data_text("history.csv").splitlines()
    for gpu, name, *rest in list(csv.reader(lines))[1:]:
        rows.setdefault((gpu, name), []).append(rest)
    by_gpu: dict[str, dict[str, Series]] = {}
    for (gpu, name), found in rows.items():
        by_gpu.setdefault(gpu, {})[name] = _series(gpu, name, found)
    return History(by_gpu, methods, raw["returns"]["constant_mix_from"])


def _series(gpu: str, name: str, rows: list[list[str]]) -> Series:
    """A series from its rows of month, price, n, low, high, method."""
    months, values, counts, lows, highs, methods = zip(*rows, strict=True)
    return Series(
        gpu,
        name,
        methods[0],
        months,
        tuple(map(float, values)),
        tuple(map(int, counts)),
        tuple(float(low) if low else None for low in lows),
        tuple(float(high) if high else None for high in highs),
    )
