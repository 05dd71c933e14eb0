"""A memo or a comparison in each of its formats: Markdown, HTML, JSON and CSV."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor import __version__
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, comparison
from advisor.reports.compare_view import CompareColumn
from advisor.reports.document import Memo
from advisor.reports.formats.csv_tables import csv_text, joint_csv
from advisor.reports.formats.html import page
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
from advisor.reports.summary_row import row_of


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


def comparison_as(
    form: str, columns: Sequence[CompareColumn], joints: Sequence[JointAdvice], options: RunOptions
) -> str:
    """Return a comparison in one format; JSON and CSV also have the figures of each verdict, of all its GPUs.

    Args:
        form: one of `export_file.FORMATS`.
        columns: the columns of the Compare screen.
        joints: the verdict of each column.
        options: the options of the run.
    """
    match form:
        case "json":
            each = (
                ComparedJson(
                    column=column.name, rows=dict(column.rows), **dict(joint_advise_report(joint, None, options.today))
                )
                for column, joint in zip(columns, joints, strict=True)
            )
            return ComparisonReport(compared=tuple(each)).to_json()
        case "csv":
            return csv_text([_compared(column, joint) for column, joint in zip(columns, joints, strict=True)])
    return _document(form, comparison(columns, options.today))


def _compared(column: CompareColumn, joint: JointAdvice) -> dict[str, Any]:
    """A row for a column: the figures of its verdict, then the answers in words."""
    rows = dict(column.rows)
    named = {"column": column.name, "profile": joint.profile.name}
    return {**named, **row_of(joint), "plan": rows["Plan"], "differs": rows["What differs"]}


def _document(form: str, document: Memo) -> str:
    return page(document) if form == "html" else markdown(document)
