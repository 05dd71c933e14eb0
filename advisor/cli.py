"""The commands: argument parsing and the headless answers. Imports nothing heavy before it is needed."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from advisor import __version__
from advisor.errors import AdvisorError, ExitCode, InputError
from advisor.library import Entry, find, open_profile, profiles_folder, sample_entries, saved_entries

if TYPE_CHECKING:
    from advisor.market.book import Book

COMMANDS = ("advise",)
DEFAULT_PATHS = 10_000
_EXAMPLES = """examples:
  gpu-advisor                          open the app on your profiles
  gpu-advisor cluster-64               on one: a path, a saved name, a sample
  gpu-advisor advise lab.toml          print the verdict and its reasons
  gpu-advisor advise lab.toml --json   print it for a script

exit codes: 0 done, 1 an input is wrong, 2 usage, 3 internal error
"""


@dataclass(frozen=True)
class Request:
    """What the command line asks for. command is None for the app (or its plain stand-in); calm is None where the line
    decides."""

    command: str | None
    profile: str | None
    as_json: bool
    quiet: bool
    no_color: bool
    book: Path | None
    profiles: Path | None
    paths: int
    seed: int
    calm: bool | None = None


def parse(argv: Sequence[str]) -> Request:
    """Read the command line; exits with 0 after --help and --version, with 2 when it makes no sense."""
    if argv and argv[0] in COMMANDS:
        parser = _parser(f"gpu-advisor {argv[0]}", "Print the verdict on a profile and its reasons.")
        parser.add_argument("profile", metavar="PROFILE", help="a path, the name of a saved profile, or of a sample")
        parser.add_argument("--json", action="store_true", help="print JSON (contract: schema 1)")
        found = parser.parse_args(argv[1:])
        return _request(found, argv[0], as_json=found.json)
    parser = _parser("gpu-advisor", "Rent, reserve or buy GPU compute: which, and why.")
    parser.epilog = _EXAMPLES
    parser.usage = "gpu-advisor [options] [PROFILE]\n       gpu-advisor advise [options] PROFILE [--json]"
    parser.add_argument("profile", metavar="PROFILE", nargs="?", help="open the app on this profile")
    parser.add_argument(
        "--calm",
        action=argparse.BooleanOptionalAction,
        help="send little: only cells that changed, no mouse motion, the terminal's own colours (default: over SSH)",
    )
    parser.add_argument("--version", action="version", version=f"gpu-advisor {__version__}")
    found = parser.parse_args(argv)
    return _request(found, None, as_json=False, calm=found.calm)


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--book", type=Path, metavar="FILE", help="your own figures, laid over the built-in price book")
    parser.add_argument(
        "--profiles", type=Path, metavar="DIR", help="folder of profiles (default: your data directory)"
    )
    parser.add_argument("--paths", type=_paths, default=DEFAULT_PATHS, metavar="N", help="sampled price paths (10000)")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="which paths: one seed, one answer (0)")
    parser.add_argument("--no-color", action="store_true", help="no colour (NO_COLOR does the same)")
    parser.add_argument("--quiet", action="store_true", help="nothing on stderr but errors")
    return parser


def _paths(text: str) -> int:
    """An even number of paths, from 100 to 200,000: what fits in a gigabyte."""
    paths = int(text) if text.isdecimal() and len(text) < 8 else 0
    if not 100 <= paths <= 200_000 or paths % 2:
        raise argparse.ArgumentTypeError(f"{text!a} is no even number from 100 to 200,000")
    return paths


def _seed(text: str) -> int:
    """A whole number of at most nine digits."""
    if not (text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!a} is no whole number of at most nine digits")
    return int(text)


def _request(found: argparse.Namespace, command: str | None, *, as_json: bool, calm: bool | None = None) -> Request:
    return Request(
        command,
        found.profile,
        as_json,
        found.quiet,
        found.no_color,
        found.book,
        found.profiles,
        found.paths,
        found.seed,
        calm,
    )


def run(request: Request) -> ExitCode:
    """Answer without the app: a command, or the plain stand-in for the app where no terminal can show it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode still gets its answer
    try:
        if request.profile is None:
            _print_profiles(request)
        else:
            _print_advice(request)
        if sys.stdout is not None:  # a daemon may have closed it
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AdvisorError as error:
        return fail(error)
    except OSError as error:  # a full disk behind a redirected stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return fail(InputError("stdout", (error.strerror or str(error)).lower(), "a place with room for the answer"))
    return ExitCode.DONE


def fail(error: AdvisorError) -> ExitCode:
    """Say on stderr what is wrong, in one line without control characters, and return the exit code."""
    print(f"gpu-advisor: {one_line(str(error))}", file=sys.stderr)
    return error.exit_code


def one_line(text: str) -> str:
    """Text from outside, safe to print: what is not printable becomes a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text)


def load_book(request: Request) -> "Book":
    """The built-in price book with the user's own laid over it. Raises InputError."""
    from advisor.market.book import built_in_book, read_overrides

    book = built_in_book()
    return book if request.book is None else read_overrides(request.book, book)


def _print_advice(request: Request) -> None:
    from advisor.advice import advise
    from advisor.report import json_report, text_report

    assert request.profile is not None
    book = load_book(request)
    entry = find(request.profile, profiles_folder(request.profiles))
    advice = advise(open_profile(entry.path, book), book, request.paths, request.seed)
    if request.as_json:
        report = json_report(advice, None if entry.sample else entry.path, date.today())
        print(json.dumps(report, indent=2, ensure_ascii=False))
        return
    print(text_report(advice, date.today()), end="")
    if request.command is None and not request.quiet:
        print("gpu-advisor: no terminal here, so this is the plain report", file=sys.stderr)


def _print_profiles(request: Request) -> None:
    """One line a profile with its verdict: what the Home screen shows."""
    book = load_book(request)
    entries = [*saved_entries(profiles_folder(request.profiles)), *sample_entries()]
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(one_line(f"{entry.name:<{width}}  {_verdict_line(entry, book)}"))
    if not request.quiet:
        print("gpu-advisor: no terminal here; `gpu-advisor advise NAME` prints one verdict", file=sys.stderr)


def _verdict_line(entry: Entry, book: "Book") -> str:
    from advisor.advice import cost_options
    from advisor.present import verdict_words
    from advisor.words import usd

    try:
        verdict = cost_options(open_profile(entry.path, book), book).verdict
    except AdvisorError as error:
        return f"cannot be read: {error}"
    cost = usd(verdict.pick.cost.expected_usd) if verdict.pick else ""
    return f"{verdict_words(verdict):<28} {cost:>8}"
