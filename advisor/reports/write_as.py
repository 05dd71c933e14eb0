"""A memo or a comparison in each of the formats it can be written as."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from advisor import __version__
from advisor.decision.advise import Advice
from advisor.files.json_text import as_json
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, comparison, memo
from advisor.reports.compare_view import CompareColumn
from advisor.reports.document import Memo
from advisor.reports.formats.csv_tables import csv_table, csv_text
from advisor.reports.formats.html import page
from advisor.reports.formats.json_report import json_report
from advisor.reports.formats.markdown import markdown


def advice_as(form: str, advice: Advice, options: RunOptions, path: Path | None, table: str = "options") -> str:
    """A memo in one of the formats; path: the profile's file, None for one that has none; table: which one, in CSV."""
    match form:
        case "json":
            return as_json(_json(advice, options, path))
        case "csv":
            return csv_table(advice, table)
    return _document(form, memo(advice, options))


def _json(advice: Advice, options: RunOptions, path: Path | None) -> dict[str, Any]:
    """The contract of `advise --json`, and what it rests on: every assumption, and how to have the same again."""
    repeat = {
        "version": __version__,
        "book_read_on": advice.book.read_on.isoformat(),
        "book": options.book or None,
        "prices_from": options.prices_from or None,
        "paths": options.paths,
        "seed": options.seed,
    }
    found = [asdict(one) for one in assumptions(advice)]
    return {**json_report(advice, path, options.today), "assumptions": found, "repeat": repeat}


def comparison_as(form: str, columns: Sequence[CompareColumn], advices: Sequence[Advice], options: RunOptions) -> str:
    """A comparison in one of the formats: the columns as a person reads them, in JSON and CSV with the figures of each
    answer. One's own column, which is `now` on the screen, has the name of its profile here."""
    columns = (replace(columns[0], name=advices[0].profile.name), *columns[1:])
    match form:
        case "json":
            each = [
                {"column": column.name, "rows": dict(column.rows), **json_report(advice, None, options.today)}
                for column, advice in zip(columns, advices, strict=True)
            ]
            return as_json({"schema": 1, "compared": each})
        case "csv":
            found = zip(columns, advices, strict=True)
            return csv_text([_compared(column, advice, options) for column, advice in found])
    return _document(form, comparison(columns, options.today))


def _compared(column: CompareColumn, advice: Advice, options: RunOptions) -> dict[str, Any]:
    """A row a column: its pick's figures beside the words."""
    report = json_report(advice, None, options.today)
    picked = next((one for one in report["options"] if one["id"] == report["verdict"]["option"]), None)
    names = (
        "action", "expected_usd", "p5_usd", "p95_usd", "cvar95_usd", "upfront_usd", "peak_outlay_usd",
        "usd_per_used_gpu_hour",
    )  # fmt: skip
    return {
        "column": column.name,
        "profile": report["profile"]["name"],
        "option": report["verdict"]["option"],
        **{name: None if picked is None else picked[name] for name in names},
        "rival": report["verdict"]["rival"],
        "gap_share": report["verdict"]["gap_share"],
        "tipping_usd_per_gpu_hour": report["break_even"]["tipping_usd_per_gpu_hour"],
        "node_usd": report["break_even"]["node_usd"],
        "runway_without_months": report["verdict"]["runway_without_months"],
        "runway_with_months": report["verdict"]["runway_with_months"],
        "plan": dict(column.rows)["Plan"],
        "differs": dict(column.rows)["What differs"],
    }


def _document(form: str, document: Memo) -> str:
    return page(document) if form == "html" else markdown(document)
