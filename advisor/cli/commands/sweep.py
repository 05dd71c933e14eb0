"""`gpu-advisor sweep PROFILE --set nodes=8,16,32 --set months=6..36`: a row for every variant, on many cores."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import closing
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from advisor.cli import workers
from advisor.cli.named_profile import PROFILE_HELP, named_profile
from advisor.cli.parser import Request, Tell, load_book
from advisor.cli.progress import progress_bar
from advisor.errors import InputError
from advisor.profiles.store import profiles_folder

if TYPE_CHECKING:
    from advisor.cli.variants import Values
    from advisor.reports.summary_row import Cell, Row

# Variants that a worker computes at a time: enough that pricing them together pays, in a fraction of a second.
LARGEST_CHUNK = 128
_LEAST_CHUNKS = 16  # of a small sweep, so that all cores have some


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("profile", metavar="PROFILE", help=PROFILE_HELP)
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        required=True,
        metavar="FIELD=VALUES",
        help="a field of the profile and its values: nodes=8,16,32, nodes=8-64, months=6..36:6 or 1y..3y, "
        "company.cash_usd=1e6,5e6; repeatable, for every combination",
    )
    parser.add_argument(
        "--expected",
        action="store_true",
        help="only what needs no simulated paths: the pick, its rival, and the expected cost of each class",
    )
    workers.add_arguments(parser)


def answer(request: Request, tell: Tell) -> Iterator[str]:
    """The rows as a table on a terminal, else as CSV or JSON lines, in order and as soon as they are known.

    Raises:
        InputError: before the first row for an unknown field or a value out of range; after the last row when
            combinations were not allowed.
    """
    from advisor.cli.sweep_table import NOTE, SweepTable
    from advisor.cli.variants import chunks, count_of, parse_axes, rows_maker

    options, book = request.options, load_book(request)
    profile = named_profile(options.profile, profiles_folder(request.profiles), book, tell).profile
    axes = parse_axes(options.sets, profile, book)
    names, total, done, wrong = [axis.name for axis in axes], count_of(axes), 0, 0
    most = max(1, min(LARGEST_CHUNK, total // _LEAST_CHUNKS))
    seen = sys.stdout is not None and sys.stdout.isatty()  # rows on a terminal show the progress
    progress = progress_bar(request.quiet or seen)
    sampled = None if options.expected else (request.paths, request.seed)
    table: SweepTable | None = None
    made = workers.in_order(options, rows_maker, (profile, axes, book, sampled), chunks(axes, most), total, tell)
    try:
        with closing(made):
            for chunk, rows in zip(chunks(axes, most), made, strict=True):
                if done == 0 and not request.as_json:
                    table = SweepTable(axes, rows, get_terminal_size().columns) if seen else None
                    yield table.head() if table else _csv_line([*names, *rows[0]])
                yield "".join(
                    table.lines(chunk, rows) if table else _lines(names, chunk, rows, as_json=request.as_json)
                )
                done += len(rows)
                wrong += sum(row["error"] is not None for row in rows)
                if progress:
                    progress(done, total)
    finally:
        if progress:
            progress(total, total)  # removes the bar
    if table:
        yield NOTE
    if wrong:
        raise InputError("--set", f"{wrong:,} of {total:,} variants not allowed", "what `error` in their rows says")


def _lines(names: list[str], chunk: "Sequence[Values]", rows: "Sequence[Row]", *, as_json: bool) -> Iterator[str]:
    for values, row in zip(chunk, rows, strict=True):
        yield _json_line(names, values, row) if as_json else _csv_line([*values, *row.values()])


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
    from advisor.reports.json_models.compare import ExpectedRow, SweepRow

    model = SweepRow if "p5_usd" in row else ExpectedRow
    return model.model_validate({"set": dict(zip(names, values, strict=True)), **row}).to_json(indent=None)
