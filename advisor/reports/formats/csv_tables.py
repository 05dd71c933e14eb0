"""Advice -> CSV for a spreadsheet: the options, their cost by month, or the assumptions. Amounts as in the JSON."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any
from unicodedata import normalize

from advisor.decision.advise import Advice
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.formatting import one_line
from advisor.reports.assumptions_view import assumptions
from advisor.reports.formats.json_report import option_json
from advisor.reports.verdict_view import by_cost

# A spreadsheet takes a cell that starts with one of these for a formula; some also in full width or small form.
_FORMULA = ("=", "+", "-", "@")


def joint_csv(joint: JointAdvice, table: str) -> str:
    """Return one of `export_file.TABLES` as CSV with a header line; with several GPUs the first column names them."""
    if joint.is_of_one_gpu:
        return csv_text(_rows(joint.parts[0], table))
    return csv_text([{"gpu": part.gpu.id, **row} for part in joint.parts for row in _rows(part, table)])


def _rows(advice: Advice, table: str) -> list[dict[str, Any]]:
    options = [option_json(option, advice).model_dump() for option in by_cost(advice.verdict)]
    match table:
        case "months":
            return [row for option in options for row in _months(option)]
        case "assumptions":
            return [asdict(one) for one in assumptions(advice)]
    return [_option(option) for option in options]


def _option(option: Mapping[str, Any]) -> dict[str, Any]:
    """One row for an option; each component is a column."""
    plain = {name: value for name, value in option.items() if name not in ("components", "monthly_usd", "depends_on")}
    plain["why_not"] = "; ".join(option["why_not"])
    return plain | {f"{name}_usd": amount for name, amount in option["components"].items()}


def _months(option: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """One row for each month of an option, counted from 1."""
    for month, amount in enumerate(option["monthly_usd"], 1):
        yield {"id": option["id"], "label": option["label"], "month": month, "usd": amount}


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV; the columns are those of all rows, in order of first appearance."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A number unchanged, nothing for None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return "" if value is None else value
    return text_cell(value)


def text_cell(text: str) -> str:
    """Return text on one line, with an apostrophe before what a spreadsheet would take for a formula."""
    plain = one_line(text)
    return f"'{plain}" if normalize("NFKC", plain.lstrip()[:1]).startswith(_FORMULA) else plain
