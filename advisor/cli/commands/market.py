"""`gpu-advisor market`: today's prices and their history, the forecast, and the source of every figure."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.argument_types import number
from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import InputError
from advisor.formatting import age_phrase, one_line, plural
from advisor.paths import catalogs_folder

if TYPE_CHECKING:
    from advisor.market.catalogs.parse import Catalog
    from advisor.market.figures import Figure
    from advisor.market.forecast.bands import Outlook
    from advisor.market.price_book import Gpu, PriceBook
    from advisor.market.price_history import History, Series

_FARTHER_IN = 4  # cells


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("action", nargs="?", choices=["update"], help="fetch other tools' price catalogs first")
    parser.add_argument("--from", dest="url", metavar="URL", help="update from this address alone")
    seconds = number(0, 600, "a number of seconds", above=True)
    parser.add_argument(
        "--timeout", type=seconds, default=20.0, metavar="S", help="longest wait for an answer, in seconds (20)"
    )
    parser.add_argument("--catalog", type=Path, metavar="PATH", help="catalogs on disk, in place of those fetched")
    parser.add_argument("--gpu", metavar="GPU", help="one GPU with every month of its history (all GPUs, abridged)")
    parser.add_argument("--figure", metavar="ID", help="the source of one figure")
    parser.add_argument("--as-of", metavar="YYYY-MM", help="the history as it was known at the end of a month")


def answer(request: Request, tell: Tell) -> str:
    """The market, or the source of one figure, as text or JSON. Raises InputError."""
    from advisor.market.price_history import built_in_history

    options, book, today = request.options, load_book(request), date.today()
    if options.action is None and options.url is not None:
        raise InputError("--from", "an address without an update", "`gpu-advisor market update --from URL`")
    catalogs = _catalogs(options, book, tell)
    history = built_in_history()
    if options.as_of is not None:
        first, history = history.first_month, history.until(options.as_of)
        if options.as_of < first:
            raise InputError("--as-of", f"{options.as_of}, before all prices", f"a month from {first} on")
    if options.figure is not None:
        return _one_figure(options.figure, book, history, today, catalogs, in_json=request.as_json)
    gpus = list(book.gpus.values()) if options.gpu is None else [book.gpu(options.gpu, "--gpu")]
    warning = book.age_warning(today)
    if request.as_json:
        from advisor.reports.formats.market_json import market_report

        return market_report(gpus, book, history, today, options.as_of, catalogs).to_json()
    lines = [f"Prices read on {book.read_on}, {age_phrase(book.age_days(today))}", *([warning] if warning else []), ""]
    for gpu in gpus:
        whole = options.gpu is not None
        lines += _gpu_lines(gpu, book, history, today, options.as_of, whole=whole)
        lines += [*([] if options.as_of else _catalog_lines(gpu, catalogs, book, today, whole=whole)), ""]
    lines += [*_scenario_lines(book), "", *_source_lines(gpus, book, history)]
    return _in_lines(lines)


def _in_lines(lines: Iterable[str]) -> str:
    """Each on a line of its own, as wide as those of other reports; what is longer goes on below, farther in."""
    from textwrap import wrap

    from advisor.reports.formats.text import WIDTH

    shown: list[str] = []
    for line in map(one_line, lines):
        below = " " * (len(line) - len(line.lstrip()) + _FARTHER_IN)
        wrapped = wrap(line, WIDTH, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)
        shown += wrapped or [""]
    return "\n".join(shown) + "\n"


def _catalogs(options: Namespace, book: "PriceBook", tell: Tell) -> "tuple[Catalog, ...]":
    """The catalogs: those on disk, or those in the cache after an update if one is requested. Raises InputError."""
    from advisor.market.catalogs.cache import cached
    from advisor.market.catalogs.download import update
    from advisor.market.catalogs.price_level import in_order
    from advisor.market.catalogs.read import read_catalogs

    if options.action == "update":
        update(book, catalogs_folder(), date.today(), tell, options.url, options.timeout)
    if options.catalog is not None:
        return in_order(read_catalogs(options.catalog, book))
    found, broken = cached(book, catalogs_folder())
    for line in broken:
        tell(line)
    return in_order(found)


def _one_figure(
    figure_id: str,
    book: "PriceBook",
    history: "History",
    today: date,
    catalogs: "tuple[Catalog, ...]",
    *,
    in_json: bool,
) -> str:
    from advisor.market.provenance import trace
    from advisor.reports.source_view import provenance_rows

    found = trace(figure_id, book, history, today, catalogs)
    if in_json:
        from advisor.reports.json_models.provenance import FigureReport

        return FigureReport.model_validate(found).to_json()
    rows = [*provenance_rows(found), *(("made of", part) for part in found.made_of)]
    lines = [found.id, *(f"  {what:<9}{words}" for what, words in rows)]
    return _in_lines(lines)


def _gpu_lines(
    gpu: "Gpu", book: "PriceBook", history: "History", today: date, as_of: str | None, *, whole: bool
) -> Iterator[str]:
    from advisor.market.forecast.bands import outlook
    from advisor.market.provenance import of_figure
    from advisor.reports.source_view import KIND_WORDS, value_text

    yield f"{gpu.label} ({gpu.id})" + (f"; {gpu.thin}" if gpu.thin else "")
    if as_of is None:
        yield "  Current figures"
        for path, figure in _figures_of(gpu, book):
            provenance = of_figure(path, figure, book, today)
            age = provenance.age_days
            dated = "" if age is None else f"{provenance.date}, {age_phrase(age)}; "
            yield f"    {path:<46} {value_text(provenance)}; {dated}{provenance.source}"
    names = history.names(gpu.id)
    more = "" if whole or not names else " (--gpu shows every month)"
    yield f"  History to {history.last_month}, USD per GPU-hour{more}"
    if not names:
        yield "    none"
    for kind, words in KIND_WORDS.items():
        of_kind = [
            series
            for series in (history.series(gpu.id, name) for name in names)
            if history.methods[series.method].kind == kind
        ]
        if of_kind:
            yield f"    {words}"
        for series in of_kind:
            yield from _series_lines(series, whole=whole)
    if as_of is None:
        yield from _outlook_lines(outlook(book.assumptions(gpu.id)))


def _figures_of(gpu: "Gpu", book: "PriceBook") -> "Iterator[tuple[str, Figure]]":
    return ((path, figure) for path, figure in book.figures() if path.startswith(f"{gpu.id}."))


def _series_lines(series: "Series", *, whole: bool) -> Iterator[str]:
    """One line for a series, or one for each of its months."""
    if not whole:
        first, last = series.months[0], series.months[-1]
        yield (
            f"      {series.name:<28} {first} {series.values[0]:>6.2f}   {last} {series.values[-1]:>6.2f}   "
            f"{len(series.months):>2} {plural('month', len(series.months))}, n = {series.n[-1]}; {series.method}"
        )
        return
    yield f"      history.{series.gpu}.{series.name}; {series.method}"
    rows = zip(series.months, series.values, series.n, series.low, series.high, strict=True)
    for month, value, n, low, high in rows:
        spread = "" if low is None or high is None else f"{low:>8.2f} to {high:.2f}"
        yield f"        {month} {value:>7.2f}   n = {n:<3}{spread}"


def _outlook_lines(seen: "Outlook") -> Iterator[str]:
    from advisor.market.forecast.bands import OUTLOOK_MONTHS

    yield "  Forecast of the on-demand list price; nine cases in ten lie within the range"
    for month in OUTLOOK_MONTHS:
        yield (
            f"    outlook.{seen.gpu}.{month:<4} in {month:>2} months {seen.mean[month]:>6.2f}   "
            f"{seen.low[month]:.2f} to {seen.high[month]:.2f}"
        )
    for expert, weight in seen.experts:
        fall = expert.decline_per_year
        trend = f"{'falling' if fall >= 0 else 'rising'} {abs(fall):.2f} a year (log)"
        yield f"    expert.{seen.gpu}.{expert.name}: weight {weight:.0%}, {trend}; {expert.note}"


def _catalog_lines(
    gpu: "Gpu", catalogs: "tuple[Catalog, ...]", book: "PriceBook", today: date, *, whole: bool
) -> Iterator[str]:
    """Prices of other tools' catalogs: one line for each provider, or for each of its regions, and one for each price
    that is not believed. They are printed beside the book's and replace them only with `--prices-from`."""
    from advisor.market.catalogs.plausibility import odd_lines, without_odd
    from advisor.market.catalogs.price_level import spread_of

    about = [one for one in catalogs if any(offer.gpu == gpu.id for offer in one.offers)]
    if not about:
        return
    yield "  Catalogs of other tools, USD per GPU-hour (not in the verdict; `advise --prices-from cache` uses them)"
    for one in about:
        age, believed = age_phrase(max(0, (today - one.day).days)), without_odd(one, book)
        for spot, kind in ((False, "on-demand"), (True, "spot")):
            by_region = spread_of(believed, gpu.id, spot=spot)
            if not by_region:
                continue
            low, high = min(low for low, _ in by_region.values()), max(high for _, high in by_region.values())
            regions = f"{len(by_region)} region" + "s" * (len(by_region) > 1)
            yield (
                f"    catalog.{one.tool}.{one.provider}.{gpu.id}.{kind}  {low:.2f} to {high:.2f} in {regions}; "
                f"{one.tier or 'unclassed'}; {one.day}, {age}"
            )
            if whole:
                yield from (f"      {region:<30} {a:>6.2f} to {b:.2f}" for region, (a, b) in sorted(by_region.items()))
        yield from (f"    odd: {line}" for line in odd_lines(one, gpu.id, book))


def _scenario_lines(book: "PriceBook") -> Iterator[str]:
    yield "Named scenarios, always compared with the forecast"
    for name, scenario in book.scenarios.items():
        yield f"  scenario.{name:<16} {scenario.label}: {scenario.note}; {scenario.source}"


def _source_lines(gpus: "list[Gpu]", book: "PriceBook", history: "History") -> Iterator[str]:
    """The sources of all that was printed, and how the series were made."""
    yield "Sources"
    keys = {figure.source for gpu in gpus for _, figure in _figures_of(gpu, book)}
    keys |= {scenario.source for scenario in book.scenarios.values()}
    for key in sorted(keys):
        source = book.sources.get(key)
        yield f"  {key}: {source.title}; {source.where} ({source.kind})" if source else f"  {key}"
    for key, method in history.methods.items():
        if any(series.method == key for gpu in gpus for series in history.by_gpu.get(gpu.id, {}).values()):
            note = f"; {method.note}" if method.note else ""
            yield f"  {key}: {method.title}; {method.where} ({method.kind}){note}"
