"""`gpu-advisor report PROFILE`: the verdict as a memo for a board, a page, a table, or JSON."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from advisor.cli.commands.advise import add_profile_arguments, requested_profile
from advisor.cli.output_file import write_output
from advisor.cli.parser import Request, Tell
from advisor.errors import InputError
from advisor.reports.export_file import FORMATS, TABLES, format_of


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_profile_arguments(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it: .md, .html, .json or .csv (Markdown on stdout)"
    )
    parser.add_argument("--format", choices=FORMATS, help="the format (by default that of the ending of FILE)")
    parser.add_argument(
        "--table",
        choices=TABLES,
        help="the table in CSV: what each option costs (default), by month, or the inputs",
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")


def answer(request: Request, tell: Tell) -> str:
    """The report, or nothing when it was written to a file. Raises InputError."""
    from advisor.decision.joint.joint_advice import advise_jointly
    from advisor.reports.board_memo import RunOptions
    from advisor.reports.write_as import advice_as

    options = request.options
    output = None if options.output in (None, "-") else Path(options.output)
    form = _format(request, output)
    profile, path, book = requested_profile(request, tell)
    asked = RunOptions(
        date.today(),
        request.paths,
        request.seed,
        "" if request.book is None else request.book.name,
        options.prices_from or "",
    )
    joint = advise_jointly(profile, book, request.paths, request.seed)
    text = advice_as(form, joint, asked, path, options.table or "options")
    if output is None:
        return text
    write_output(output, text, over=options.force)
    tell(f"written to {output}")
    return ""


def _format(request: Request, output: Path | None) -> str:
    """The format: that of --format, --json or the file's name, else Markdown. Raises InputError for options that
    contradict each other."""
    options = request.options
    if request.as_json and options.format not in (None, "json"):
        raise InputError("--format", f"{options.format} with --json", "one of the two")
    form: str = options.format or ("json" if request.as_json else "md" if output is None else format_of(output))
    if options.table is not None and form != "csv":
        raise InputError("--table", f"a table of {options.table} in {form}", "a table in CSV: --format csv")
    if options.force and output is None:
        raise InputError("--force", "no file to replace", "only with -o FILE")
    return form
