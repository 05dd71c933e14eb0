"""The past series of the backtest: four that disagree, with the book's term prices and with those of the time."""

import math
from collections.abc import Mapping

from advisor.array_types import of_one
from advisor.backtest.market_at import BacktestMarket
from advisor.market.price_book import PriceBook
from advisor.market.price_history import (
    CONSTANT_MIX,
    LEVEL,
    TERM_SERIES,
    History,
    Series,
    built_in_history,
    month_name,
    month_number,
)
from advisor.values.quick_dataclass import replace

H100, A100 = "H100-SXM", "A100-80-SXM"
CONTRACTS = "reserved_pooled_ccir"
LEAST_CONTRACTS = 3  # cards behind a month of the contract-like series
_ALL_MONTHS = "0001-01"


def real_markets(book: PriceBook, history: History | None = None) -> tuple[BacktestMarket, ...]:
    """The series of the record. With the book's terms a commitment is as far below list in every month as it was in
    2026-08; for the terms of the time see `market_at.term_discounts`."""
    history = history or built_in_history()
    mix = {gpu: _exp(history.log_prices(gpu)) for gpu in (H100, A100)}
    level = _rents(history.series(H100, LEVEL))
    contracts = _rents(history.series(H100, CONTRACTS), LEAST_CONTRACTS)
    seen_level = _with_rents(history, H100, level)
    return (
        _book_terms("h100-mix", "H100, provider mix held constant", H100, mix[H100], history, book),
        _book_terms("h100-median", "H100, plain median of lists", H100, level, seen_level, book),
        _book_terms("a100-mix", "A100, provider mix held constant", A100, mix[A100], history, book),
        _book_terms(
            "contract", "H100, median of posted commitments", H100, contracts,
            _with_rents(history, H100, contracts), book,
        ),
        BacktestMarket("h100-mix-pooled", "H100, constant mix, terms of the time", H100, history, mix[H100]),
        BacktestMarket("h100-median-pooled", "H100, plain median, terms of the time", H100, seen_level, level),
        BacktestMarket("a100-mix-pooled", "A100, constant mix, terms of the time", A100, history, mix[A100]),
    )  # fmt: skip


def _exp(logs: tuple[tuple[int, float], ...]) -> Mapping[int, float]:
    return {month: math.exp(log) for month, log in logs}


def _rents(series: Series, least: int = 1) -> Mapping[int, float]:
    rows = zip(series.months, series.values, series.n, strict=True)
    return {month_number(month): usd for month, usd, n in rows if n >= least}


def series_of(gpu: str, name: str, rents: Mapping[int, float]) -> Series:
    """A series of prices by month number."""
    numbers = sorted(rents)
    nothing = (None,) * len(numbers)
    return Series(
        gpu,
        name,
        "derived",
        tuple(map(month_name, numbers)),
        tuple(rents[number] for number in numbers),
        (1,) * len(numbers),
        nothing,
        nothing,
    )


def _with_rents(history: History, gpu: str, rents: Mapping[int, float]) -> History:
    """The history with these rents in place of the returns and the level of a GPU."""
    rest = {name: series for name, series in history.by_gpu[gpu].items() if not name.startswith("on_demand_neocloud")}
    own = {name: series_of(gpu, name, rents) for name in (CONSTANT_MIX, LEVEL)}
    return History({**history.by_gpu, gpu: {**rest, **own}}, history.methods, _ALL_MONTHS)


def _book_terms(
    name: str, title: str, gpu: str, rents: Mapping[int, float], history: History, book: PriceBook
) -> BacktestMarket:
    """A market in which every month posts the book's terms."""
    discounts = book.assumptions(gpu).gpu.term_discounts["neocloud"]
    terms = {
        series: series_of(gpu, series, {month: usd * (1 - of_one(discounts[months])) for month, usd in rents.items()})
        for months, series in TERM_SERIES.items()
        if months in discounts
    }
    named = {**history.by_gpu[gpu], LEVEL: series_of(gpu, LEVEL, rents), **terms}
    return BacktestMarket(name, title, gpu, replace(history, by_gpu={**history.by_gpu, gpu: named}), rents)
