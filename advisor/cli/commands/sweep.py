"""`gpu-advisor sweep PROFILE --set nodes=8,16,32 --set months=6..36`: one row for each variant, on all cores."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book
from advisor.cli.progress import progress_bar
from advisor.errors import InputError
from advisor.profiles.store import find, load_profile, profiles_folder

if TYPE_CHECKING:
    from advisor.reports.summary_row import Cell, Row

_MOST_JOBS = 256


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("profile", metavar="PROFILE", help="a path, the name of a saved profile, or of a sample")
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        required=True,
        metavar="FIELD=VALUES",
        help="a field of the profile and its values: nodes=8,16,32, months=6..36:6, "
        "company.cash_usd=1e6,5e6; repeatable, for every combination",
    )
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="number of processes (that of the cores)")


def _jobs(text: str) -> int:
    jobs = int(text) if text.isdecimal() and len(text) < 4 else 0
    if not 1 <= jobs <= _MOST_JOBS:
        raise ArgumentTypeError(f"{text!r} is not a number of processes from 1 to {_MOST_JOBS}")
    return jobs


def answer(request: Request, tell: Tell) -> Iterator[str]:
    """The rows as CSV or JSON lines, in order and as soon as they are known.

    Raises:
        InputError: before the first row for an unknown field or a value out of range; after the last row when
            combinations were not allowed.
    """
    from advisor.cli.process_pool import cores, in_order
    from advisor.cli.variants import combinations, count_of, parse_axes, row_maker

    options, book = request.options, load_book(request)
    profile = load_profile(find(options.profile, profiles_folder(request.profiles)).path, book)
    axes = parse_axes(options.sets, profile, book)
    names, total, wrong = [axis.name for axis in axes], count_of(axes), 0
    seen = sys.stdout is not None and sys.stdout.isatty()  # rows on a terminal show the progress
    progress = progress_bar(request.quiet or seen)
    arguments = (profile, axes, book, request.paths, request.seed)
    rows = in_order(row_maker, arguments, combinations(axes), min(options.jobs or cores(), total))
    try:
        with closing(rows):
            for done, (values, row) in enumerate(zip(combinations(axes), rows, strict=True), start=1):
                wrong += row["error"] is not None
                if done == 1 and not request.as_json:
                    yield _csv_line([*names, *row])
                yield _json_line(names, values, row) if request.as_json else _csv_line([*values, *row.values()])
                if progress:
                    progress(done, total)
    finally:
        if progress:
            progress(total, total)  # removes the bar
    if wrong:
        raise InputError("--set", f"{wrong:,} of {total:,} variants that are not allowed", "what their rows say")


def _csv_line(cells: "Sequence[Cell]") -> str:
    from csv import writer
    from io import StringIO

    line = StringIO()
    writer(line, lineterminator="\n").writerow(["" if cell is None else _csv_cell(cell) for cell in cells])
    return line.getvalue()


def _csv_cell(cell: "str | float | bool") -> str:
    """A cell as in JSON: true and false, and numbers unrounded."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if not isinstance(cell, str):
        return repr(cell)
    from advisor.reports.formats.csv_tables import text_cell

    return text_cell(cell)


def _json_line(names: list[str], values: "Sequence[Cell]", row: "Row") -> str:
    from advisor.reports.json_models.compare import SweepRow

    return SweepRow.model_validate({"set": dict(zip(names, values, strict=True)), **row}).to_json(indent=None)
