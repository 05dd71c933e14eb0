"""A memo or a comparison in each of its formats: Markdown, HTML, JSON and CSV."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor import __version__
from advisor.decision.advise import Advice
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, comparison
from advisor.reports.compare_view import CompareColumn
from advisor.reports.document import Memo
from advisor.reports.formats.csv_tables import csv_text, joint_csv
from advisor.reports.formats.html import page
from advisor.reports.formats.json_report import advise_report
from advisor.reports.formats.markdown import markdown
from advisor.reports.joint.joint_json import joint_advise_report
from advisor.reports.joint.joint_memo import joint_memo
from advisor.reports.json_models.report import (
    AssumptionJson,
    ComparedJson,
    ComparisonReport,
    RepeatJson,
    ReportReport,
)


def advice_as(form: str, joint: JointAdvice, options: RunOptions, path: Path | None, table: str = "options") -> str:
    """Return a memo in one format.

    Args:
        form: one of `export_file.FORMATS`.
        joint: what the memo is about.
        options: the options of the run, which the memo repeats.
        path: the profile's file, None for a sample.
        table: one of `export_file.TABLES`, for CSV.
    """
    match form:
        case "json":
            return _report(joint, options, path).to_json()
        case "csv":
            return joint_csv(joint, table)
    return _document(form, joint_memo(joint, options))


def _report(joint: JointAdvice, options: RunOptions, path: Path | None) -> ReportReport:
    """The JSON of `advise`, every assumption behind it, and how to get the same again."""
    advice = joint.parts[joint.costliest]
    repeat = RepeatJson(
        version=__version__,
        book_read_on=advice.book.read_on.isoformat(),
        book=options.book or None,
        prices_from=options.prices_from or None,
        paths=options.paths,
        seed=options.seed,
    )
    known = dict.fromkeys(one for part in joint.parts for one in assumptions(part))
    found = tuple(AssumptionJson.model_validate(one) for one in known)
    return ReportReport(**dict(joint_advise_report(joint, path, options.today)), assumptions=found, repeat=repeat)


def comparison_as(form: str, columns: Sequence[CompareColumn], advices: Sequence[Advice], options: RunOptions) -> str:
    """Return a comparison in one format; JSON and CSV also have the figures of each verdict.

    Args:
        form: one of `export_file.FORMATS`.
        columns: the columns of the Compare screen.
        advices: the verdict of each column.
        options: the options of the run.
    """
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
