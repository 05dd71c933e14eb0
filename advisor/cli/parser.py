"""The command line: what is asked for, who answers, and how it ends. Imports nothing heavy before it is needed."""

import argparse
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from advisor import __version__
from advisor.errors import AdvisorError, ExitCode, InputError
from advisor.formatting import cut, one_line

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook

Tell = Callable[[str], None]  # a note to the person, on stderr
Answer = str | Iterator[str]  # what a command prints: at once, or piece by piece as it becomes known

COMMANDS = {  # each in `advisor/commands/NAME.py`
    "advise": "print the verdict on a profile and its reasons",
    "backtest": "score the rule on past rents, against hindsight and naive rules",
    "check": "find every fault of profiles, books and files of quotes",
    "compare": "print profiles side by side, with what differs",
    "completion": "print what completes commands, options and names in a shell",
    "man": "print the manual page, which `man -l -` shows",
    "market": "print prices, their history and sources, and where rents may go",
    "profiles": "list your profiles and the samples with their verdicts",
    "quote": "judge an offer by the market and by what its seller earns",
    "record": "say how each verdict you saved would look at the prices of today",
    "report": "write the verdict as a memo: Markdown, HTML, JSON or CSV",
    "schema": "print the JSON schema of what a command prints with --json",
    "seller": "print what an owner earns by price, use and path of rents",
    "size": "turn model size and tokens into GPUs, nodes and days",
    "sweep": "print the verdict on every variant of a profile, a row each",
}
_NO_JSON = ("completion", "man", "schema")  # what they print is for a program as it is
VIEWS = ("verdict", "why", "break-even", "map", "market", "compare", "record")
DEFAULT_PATHS = 10_000
_LONGEST_LINE = 2_000  # characters of an error: it may repeat a path, which may be as long as anybody likes
EXAMPLES = (
    ("gpu-advisor", "open the app on your profiles"),
    ("gpu-advisor cluster-64", "on one: a path, a saved name, a sample"),
    ("gpu-advisor cluster-64 --screen map", "on its map"),
    ("gpu-advisor cluster-64 --plain", "print it for a screen reader"),
    ("gpu-advisor advise lab.toml", "print the verdict and its reasons"),
    ("gpu-advisor advise lab.toml --json", "print it for a script"),
    ("gpu-advisor report lab.toml -o memo.html", "write a memo for the board"),
)
EXIT_CODES = ((0, "done"), (1, "an input is wrong"), (2, "usage"), (3, "internal error"))


@dataclass(frozen=True)
class Request:
    """What the command line asks for. command is None for the app (or its plain stand-in); calm is None where the line
    decides; screen: which view of the profile the app opens; plain: print what the app would show, to be read aloud;
    options: what only that command knows."""

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
    screen: str = "verdict"
    plain: bool = False
    options: argparse.Namespace = field(default_factory=argparse.Namespace)


def parse(argv: Sequence[str]) -> Request:
    """Read the command line; exits with 0 after --help and --version, with 2 when it makes no sense."""
    if argv and argv[0] in COMMANDS:
        return _request(command_parser(argv[0]).parse_args(argv[1:]), argv[0])
    parser = app_parser()
    found = parser.parse_args(argv)
    if found.screen and not found.profile:
        parser.error("--screen needs the PROFILE that it shows")
    return _request(found, None)


def command_parser(name: str) -> argparse.ArgumentParser:
    """What may follow `gpu-advisor NAME`."""
    meaning = COMMANDS[name]
    parser = _parser(f"gpu-advisor {name}", f"{meaning[0].upper()}{meaning[1:]}.")
    import_module(f"advisor.cli.commands.{name}").add_arguments(parser)
    if name not in _NO_JSON:
        parser.add_argument("--json", action="store_true", help="print JSON for a script")
    return parser


def app_parser() -> argparse.ArgumentParser:
    """What may follow `gpu-advisor` where no command does."""
    parser = _parser("gpu-advisor", "Rent, reserve or buy GPU compute: which, and why.")
    listed = "\n".join(f"  {name:<12} {meaning}" for name, meaning in COMMANDS.items())
    examples = "\n".join(f"  {line:<36} {meaning}" for line, meaning in EXAMPLES)
    codes = ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES)
    parser.epilog = (
        f"commands (gpu-advisor COMMAND --help says more):\n{listed}\n\nexamples:\n{examples}\n\nexit codes: {codes}"
    )
    parser.usage = "gpu-advisor [options] [PROFILE]\n       gpu-advisor COMMAND [options] ..."
    parser.add_argument("profile", metavar="PROFILE", nargs="?", help="open the app on this profile")
    parser.add_argument(
        "--calm",
        action=argparse.BooleanOptionalAction,
        help="send little: only cells that changed, no mouse motion, the terminal's own colours (default: over SSH)",
    )
    parser.add_argument("--plain", action="store_true", help="print it to be read aloud: for screen readers")
    parser.add_argument("--screen", choices=VIEWS, help="what the app shows first of PROFILE")
    parser.add_argument("--version", action="version", version=f"gpu-advisor {__version__}")
    return parser


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


def price_per_hour(text: str) -> float:
    """A rate in US$ per GPU-hour, for a command that takes one."""
    try:
        usd = float(text)
    except ValueError:
        usd = 0.0
    if not 0 < usd <= 1000:
        raise argparse.ArgumentTypeError(f"{text!a} is no rate above 0, up to 1,000")
    return usd


def _request(found: argparse.Namespace, command: str | None) -> Request:
    profile = getattr(found, "profile", None)
    return Request(
        command,
        profile if isinstance(profile, str) else None,
        getattr(found, "json", False),
        found.quiet,
        found.no_color,
        found.book,
        found.profiles,
        found.paths,
        found.seed,
        getattr(found, "calm", None),
        getattr(found, "screen", None) or VIEWS[0],
        getattr(found, "plain", False),
        found,
    )


def run(request: Request) -> ExitCode:
    """Answer without the app: a command, or the plain stand-in for the app where no terminal can show it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode still gets its answer
    name = request.command or ("profiles" if request.profile is None else "advise")

    def tell(note: str) -> None:
        if not request.quiet:
            print(f"gpu-advisor: {one_line(note)}", file=sys.stderr)

    try:
        with closing(_parts(import_module(f"advisor.cli.commands.{name}").answer(request, tell))) as parts:
            for part in parts:
                print(part, end="", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AdvisorError as error:
        return fail(error)
    except OSError as error:  # a full disk behind a redirected stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return fail(InputError("stdout", (error.strerror or str(error)).lower(), "a place with room for the answer"))
    return ExitCode.DONE


def _parts(answer: Answer) -> Generator[str, None, None]:
    if isinstance(answer, str):
        yield answer
    else:
        yield from answer


def fail(error: AdvisorError) -> ExitCode:
    """Say on stderr what is wrong, in one line without control characters, and return the exit code."""
    print(f"gpu-advisor: {one_line(cut(str(error), _LONGEST_LINE))}", file=sys.stderr)
    return error.exit_code


def load_book(request: Request) -> "PriceBook":
    """The built-in price book with the user's own laid over it. Raises InputError."""
    from advisor.market.price_book import built_in_book, read_overrides

    book = built_in_book()
    return book if request.book is None else read_overrides(request.book, book)
