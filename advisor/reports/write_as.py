"""A memo or a comparison in each of its formats: Markdown, HTML, JSON and CSV."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from advisor import __version__
from advisor.decision.advise import Advice
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, comparison, memo
from advisor.reports.compare_view import CompareColumn
from advisor.reports.document import Memo
from advisor.reports.formats.csv_tables import csv_table, csv_text
from advisor.reports.formats.html import page
from advisor.reports.formats.json_report import advise_report
from advisor.reports.formats.markdown import markdown
from advisor.reports.json_models.report import (
    AssumptionJson,
    ComparedJson,
    ComparisonReport,
    RepeatJson,
    ReportReport,
)


def advice_as(form: str, advice: Advice, options: RunOptions, path: Path | None, table: str = "options") -> str:
    """Return a memo in one format.

    Args:
        form: one of `export_file.FORMATS`.
        advice: what the memo is about.
        options: the options of the run, which the memo repeats.
        path: the profile's file, None for a sample.
        table: one of `export_file.TABLES`, for CSV.
    """
    match form:
        case "json":
            return _report(advice, options, path).to_json()
        case "csv":
            return csv_table(advice, table)
    return _document(form, memo(advice, options))


def _report(advice: Advice, options: RunOptions, path: Path | None) -> ReportReport:
    """The JSON of `advise`, every assumption behind it, and how to get the same again."""
    repeat = RepeatJson(
        version=__version__,
        book_read_on=advice.book.read_on.isoformat(),
        book=options.book or None,
        prices_from=options.prices_from or None,
        paths=options.paths,
        seed=options.seed,
    )
    found = tuple(AssumptionJson.model_validate(one) for one in assumptions(advice))
    return ReportReport(**dict(advise_report(advice, path, options.today)), assumptions=found, repeat=repeat)


def comparison_as(form: str, columns: Sequence[CompareColumn], advices: Sequence[Advice], options: RunOptions) -> str:
    """Return a comparison in one format; JSON and CSV also have the figures of each verdict.

    The first column is called `now` on the screen; here it has the name of its profile.

    Args:
        form: one of `export_file.FORMATS`.
        columns: the columns of the Compare screen.
        advices: the verdict of each column.
        options: the options of the run.
    """
    columns = (replace(columns[0], name=advices[0].profile.name), *columns[1:])
    match form:
        case "json":
            each = (
                ComparedJson(
                    column=column.name, rows=dict(column.rows), **dict(advise_report(advice, None, options.today))
                )
                for column, advice in zip(columns, advices, strict=True)
            )
            return ComparisonReport(compared=tuple(each)).to_json()
        case "csv":
            found = zip(columns, advices, strict=True)
            return csv_text([_compared(column, advice, options) for column, advice in found])
    return _document(form, comparison(columns, options.today))


def _compared(column: CompareColumn, advice: Advice, options: RunOptions) -> dict[str, Any]:
    """A row for a column: its pick's figures, then the answers in words."""
    report = advise_report(advice, None, options.today)
    verdict, rows = report.verdict, dict(column.rows)
    picked = next((one for one in report.options if one.id == verdict.option), None)
    names = (
        "action", "expected_usd", "p5_usd", "p95_usd", "cvar95_usd", "upfront_usd", "peak_outlay_usd",
        "usd_per_used_gpu_hour",
    )  # fmt: skip
    return {
        "column": column.name,
        "profile": report.profile.name,
        "option": verdict.option,
        **{name: None if picked is None else getattr(picked, name) for name in names},
        "rival": verdict.rival,
        "gap_share": verdict.gap_share,
        "break_even_usd_per_gpu_hour": report.break_even.break_even_usd_per_gpu_hour,
        "node_usd": report.break_even.node_usd,
        "runway_without_months": verdict.runway_without_months,
        "runway_with_months": verdict.runway_with_months,
        "plan": rows["Plan"],
        "differs": rows["What differs"],
    }


def _document(form: str, document: Memo) -> str:
    return page(document) if form == "html" else markdown(document)
