"""`gpu-advisor usage FILE ...`: GPUs in use by logs and bills, the workload they are, and how many to commit to."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.argument_types import day, number
from advisor.cli.commands.size import KINDS
from advisor.cli.output_file import add_write_arguments, write_profile
from advisor.cli.parser import Request, Tell, load_book
from advisor.cli.progress import progress_bar
from advisor.errors import InputError
from advisor.formatting import one_line
from advisor.profiles.limits import MAX_PLAN_MONTHS

if TYPE_CHECKING:
    from advisor.usage.findings import Findings
    from advisor.usage.read import Window


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="sacct, nvidia-smi, DCGM, Prometheus, Run:ai, FOCUS or AWS CUR; gzip too",
    )
    parser.add_argument("--gpu", metavar="GPU", help="the GPU to report on (the one with the most GPU-hours)")
    parser.add_argument("--zone", default="UTC", metavar="ZONE", help="zone of times without one: Europe/Berlin (UTC)")
    parser.add_argument("--from", dest="since", type=day, metavar="YYYY-MM-DD", help="count from this day on")
    parser.add_argument("--to", dest="until", type=day, metavar="YYYY-MM-DD", help="count up to the end of this day")
    parser.add_argument("--kind", choices=KINDS, default="fine-tune", help="the kind of work (fine-tune)")
    months = number(0.1, MAX_PLAN_MONTHS)
    parser.add_argument("--months", type=months, default=12.0, metavar="N", help="length of the plan (12)")
    add_write_arguments(parser)


def answer(request: Request, tell: Tell) -> str:
    """What was found, as text or JSON. Raises InputError."""
    from advisor.usage.clock import Clock
    from advisor.usage.findings import UsageOptions, findings
    from advisor.usage.read import read_usage

    options, book = request.options, load_book(request)
    if options.force and options.write is None:
        raise InputError("--force", "no file to replace", "only with --write FILE")
    zone = _zone(options.zone)
    window = _window(options.since, options.until, zone)
    name = "usage" if options.write is None else one_line(Path(options.write).stem)[:120] or "usage"
    paths = [Path(name) for name in options.files]
    tally, files = read_usage(paths, book, Clock(zone), window, progress_bar(request.quiet))
    found = findings(tally, files, UsageOptions(options.gpu, options.kind, options.months, zone, window, name), book)
    if options.write is not None:
        _write(found, Path(options.write), over=options.force)
        tell(f"written to {options.write}")
    if request.as_json:
        from advisor.reports.formats.usage_json import usage_json

        return usage_json(found)
    from advisor.reports.usage_view import usage_lines

    return "\n".join(map(one_line, usage_lines(found))) + "\n"


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("--zone", repr(name[:60]), "a time zone such as Europe/Berlin") from None


def _window(since: date | None, until: date | None, zone: tzinfo) -> "Window":
    from advisor.usage.read import Window, everything

    if since is not None and until is not None and until < since:
        raise InputError("--to", f"{until}, before --from {since}", "a day from then on")
    whole = everything()
    start = whole.since if since is None else _midnight(since, zone)
    end = whole.until if until is None else _midnight(until + timedelta(days=1), zone)
    return Window(max(start, whole.since), min(end, whole.until), named=since is not None and until is not None)


def _midnight(day: date, zone: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _write(found: "Findings", path: Path, *, over: bool) -> None:
    """Write the profile. Raises SaveError, or InputError for a GPU without prices."""
    if found.profile is None:
        raise InputError("--write", found.no_curve, "usage of a GPU of the price book")
    write_profile(found.profile, path, over=over)
