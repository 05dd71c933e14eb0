"""The command line: the parser of the app and all commands, and the run of one. Heavy imports stay in the commands."""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import field
from datetime import date
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from advisor import __version__
from advisor.cli.ascii_text import shows_utf8, write_ascii
from advisor.errors import AdvisorError, ExitCode, InputError, nearest, reason_of
from advisor.formatting import capitalized, cut, one_line
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.values.quick_dataclass import dataclass, replace

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook

Tell = Callable[[str], None]  # prints a note on stderr
Answer = str | Iterator[str]  # what a command prints: at once, or piece by piece as it becomes known

APP = "app"  # what `gpu-advisor [PROFILE]` is in the parser: no word that the user types
COMMANDS = {  # each is a module of advisor/cli/commands
    "advise": "print the verdict on a profile and its reasons",
    "backtest": "score the rule on past rents, against hindsight and naive rules",
    "check": "find every error in profiles, price books and files of quotes",
    "compare": "print profiles side by side, with what differs",
    "completion": "print a completion script for bash, zsh or fish",
    "man": "print the manual page, for `man -l -`",
    "market": "print prices, their history and sources, and the forecast",
    "offers": "evaluate offers, also from a vendor's mail, and answer them",
    "profiles": "list your profiles and the samples with their verdicts",
    "record": "print how each saved verdict looks at today's prices",
    "report": "write the verdict as a memo: Markdown, HTML, JSON or CSV",
    "schema": "print the JSON schema of what a command prints with --json",
    "seller": "print an owner's return by price, utilization and rent path",
    "size": "turn model size and tokens into GPUs, nodes and days",
    "sweep": "print the verdict on every variant of a profile, one per row",
    "usage": "turn logs and bills of GPUs into a workload and a commitment",
}
_WITH_VALUE = ("--book", "--profiles", "--paths", "--seed", "--screen")
_FLAGS = ("--no-color", "--quiet", "--calm", "--no-calm", "--plain", "--json")
_NO_JSON = ("completion", "man", "schema")  # they print for a program already
VIEWS = ("verdict", "why", "break-even", "map", "market", "offers", "compare", "record")
_NO_TERMINAL = 80  # columns
LONGEST_LINE = 2_000  # characters of an error: it may repeat a path, however long
_ABOUT = (
    "Rent, reserve or buy GPU compute: which, and why.\n\n"
    "PROFILE opens the app on it: a path, a saved name, a sample, or a plan in words."
)
_USAGE = "gpu-advisor [options] [PROFILE]\n       gpu-advisor COMMAND [options] ..."
EXAMPLES = (
    ("gpu-advisor", "open the app on your profiles"),
    ("gpu-advisor cluster-64", "on one: a path, a saved name, a sample"),
    ("gpu-advisor 'train 128 H100 for 2 years'", "on a plan in your own words"),
    ("gpu-advisor cluster-64 --screen map", "on its Map screen"),
    ("gpu-advisor cluster-64 --plain", "print it for a screen reader"),
    ("gpu-advisor advise lab.toml", "print the verdict and its reasons"),
    ("gpu-advisor advise lab.toml --json", "print it for a script"),
    ("gpu-advisor report lab.toml -o memo.html", "write a memo for the board"),
)
_ALIKE = 0.7  # from there on, of 0 to 1, a word is taken for a command or an option that was mistyped
EXIT_CODES = (
    (0, "done"),
    (1, "wrong input"),
    (2, "usage"),
    (3, "internal error"),
    (4, "verdict changed"),
)


@dataclass(frozen=True)
class Request:
    """A parsed command line.

    Attributes:
        command: the command; None for the app, or the plain text in its place where no terminal can show it.
        calm: whether the app sends as few bytes as possible; None to decide by the connection.
        screen: the screen of the profile that the app opens with.
        plain: whether to print for a screen reader what the app would show.
        options: all parsed options, those of the command among them.
    """

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


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal. argparse asks for it with every argument, and imports shutil for the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """The width of the terminal as shutil finds it, 80 without one."""
    with suppress(KeyError, ValueError):
        if (said := int(os.environ["COLUMNS"])) > 0:
            return said
    with suppress(AttributeError, ValueError, OSError):  # no stdout, a closed one, or no terminal
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _NO_TERMINAL  # type: ignore[union-attr] # as said
    return _NO_TERMINAL


class Parser(argparse.ArgumentParser):
    """A parser that lists what was added to it, for the manual and the completion scripts.

    arguments: options and positional arguments in the order of the help; repeatable: those that may be given more than
    once; headings: those under a heading of their own.
    """

    def __init__(self, prog: str, **settings: Any) -> None:
        self.arguments: list[argparse.Action] = []
        self.repeatable: list[argparse.Action] = []
        self.headings: dict[argparse.Action, str] = {}
        settings.setdefault("formatter_class", _Help)
        super().__init__(prog, allow_abbrev=False, **settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """Add an argument, as in argparse."""
        argument = super().add_argument(*names, **settings)
        self._list(argument, **settings)
        return argument

    def adder_under(self, heading: str) -> Callable[..., None]:
        """A function that adds an argument, as `add_argument`, under a heading of its own in the help."""
        group = self.add_argument_group(heading)

        def add(*names: Any, **settings: Any) -> None:
            argument = group.add_argument(*names, **settings)
            self._list(argument, **settings)
            self.headings[argument] = heading

        return add

    def _list(self, argument: argparse.Action, **settings: Any) -> None:
        self.arguments.append(argument)
        if settings.get("action") == "append" or argument.nargs in ("+", "*"):
            self.repeatable.append(argument)

    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong, and where to read what is allowed; argparse prints the whole usage before."""
        self.exit(ExitCode.USAGE, f"{self.prog}: {one_line(cut(message, LONGEST_LINE))}; see {self.prog} --help\n")


def parse(argv: Sequence[str]) -> Request:
    """Read the command line; exits with 0 after --help and --version, with 2 when it cannot be understood."""
    words = _command_first(argv)
    if words and words[0] in ("-h", "--help"):
        parser_tree(())[0].print_help()
        sys.exit(ExitCode.DONE)
    command = words.pop(0) if words and words[0] in COMMANDS else APP
    parser = _filled(Parser(**_settings(command)), command)
    options, rest = parser.parse_known_args(
        words, argparse.Namespace(command=command, calm=None, plain=False, screen=None)
    )
    if rest:
        with_option = any(word.startswith("-") for word in rest)
        profile = getattr(options, "profile", None)
        plan = [profile, *rest] if isinstance(profile, str) and not with_option else []
        if any(word[:1].isdigit() for word in plan):  # an amount: words that no quotes hold together
            parser.error(f"found {len(plan)} words; allowed: a plan in quotes, as '{' '.join(plan)[:60]}'")
        if command == APP and not with_option:  # a profile has nothing after it: its word was meant as a command
            commands = nearest(options.profile, COMMANDS, least_alike=_ALIKE)
            parser.error(f"found no command {options.profile[:40]!r}; allowed: {commands}")
        parser.error(_unrecognized(rest, parser))
    if command == APP and options.screen and not options.profile:
        parser.error("--screen needs the PROFILE that it shows")
    return _request(options)


def _unrecognized(rest: Sequence[str], parser: Parser) -> str:
    """What to say of words that a command does not take, with the option that the first may have meant."""
    from difflib import get_close_matches

    names = [name for argument in parser.arguments for name in argument.option_strings]
    meant = get_close_matches(rest[0].partition("=")[0], names, n=1, cutoff=_ALIKE)
    return f"unrecognized arguments: {' '.join(rest)}" + (f"; did you mean {meant[0]}?" if meant else "")


def _command_first(argv: Sequence[str]) -> list[str]:
    """The command line with the command in front of the options that were put before it."""
    words, at = list(argv), 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-h", "--help", "--version", "--"):
        option, at = words[at], at + 1
        follows = at < len(words) and not words[at].startswith("-")
        if follows and (option in _WITH_VALUE or (option not in _FLAGS and words[at] not in COMMANDS)):
            at += 1  # its value
    if at < len(words) and words[at] in COMMANDS:
        words.insert(0, words.pop(at))
    return words


def parser_tree(wanted: Collection[str] = (APP, *COMMANDS)) -> tuple[Parser, dict[str, Parser]]:
    """The parser of the whole command line, and its sub-parsers by command.

    Args:
        wanted: the commands whose arguments are filled in; for the general help none is.

    Returns:
        The parser that prints the general help, and the sub-parser of every command. That of `APP` reads
        `gpu-advisor [PROFILE]`. `parse` makes the parser of one command alone.
    """
    tree = Parser("gpu-advisor", description=_ABOUT, epilog=_epilog(), usage=_USAGE)
    _add_shared_options(tree)
    _add_app_options(tree)
    branches = tree.add_subparsers(
        title="commands (see gpu-advisor COMMAND --help)", metavar="COMMAND", dest="command", prog="gpu-advisor"
    )
    by_command: dict[str, Parser] = {}
    for name in (APP, *COMMANDS):
        helped: dict[str, Any] = (
            {} if name == APP else {"help": COMMANDS[name]}
        )  # argparse lists the commands with a help
        by_command[name] = branches.add_parser(name, **helped, **_settings(name), add_help=name in wanted)
        if name in wanted:
            _filled(by_command[name], name)
    return tree, by_command


def _settings(name: str) -> dict[str, Any]:
    """What the parser of a command is made with."""
    if name == APP:
        return {"prog": "gpu-advisor", "usage": _USAGE}
    meaning = COMMANDS[name]
    return {"prog": f"gpu-advisor {name}", "description": f"{capitalized(meaning)}."}


def _filled(parser: Parser, name: str) -> Parser:
    """The parser of a command, with its arguments."""
    _add_shared_options(parser)
    if name == APP:
        parser.add_argument("profile", metavar="PROFILE", nargs="?", help="open the app on this profile")
        _add_app_options(parser)
        return parser
    import_module(f"advisor.cli.commands.{name}").add_arguments(parser)
    if name not in _NO_JSON:
        parser.add_argument("--json", action="store_true", help="print JSON for a script")
    return parser


def _epilog() -> str:
    examples = "\n".join(f"  {line:<36} {meaning}" for line, meaning in EXAMPLES)
    codes = ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES)
    return f"examples:\n{examples}\n\nexit codes: {codes}"


def _add_app_options(parser: Parser) -> None:
    parser.add_argument(
        "--calm",
        action=argparse.BooleanOptionalAction,
        help="send less: only changed cells, no mouse motion, the terminal's own colors (default: over SSH)",
    )
    parser.add_argument("--plain", action="store_true", help="print plain sentences for a screen reader")
    parser.add_argument("--screen", choices=VIEWS, help="the screen of PROFILE that the app opens with")
    parser.add_argument("--version", action="version", version=f"gpu-advisor {__version__}")


def _add_shared_options(parser: Parser) -> None:
    """What the app and every command take."""
    parser.add_argument(
        "--book", type=Path, metavar="FILE", help="your own figures, in place of those of the price book"
    )
    parser.add_argument(
        "--profiles", type=Path, metavar="DIR", help="folder of profiles (default: your data directory)"
    )
    parser.add_argument(
        "--paths", type=_paths, default=DEFAULT_PATHS, metavar="N", help=f"simulated price paths ({DEFAULT_PATHS})"
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="random seed of the price paths (0)")
    parser.add_argument("--no-color", action="store_true", help="no color (NO_COLOR does the same)")
    parser.add_argument("--quiet", action="store_true", help="only errors on stderr")


def _paths(text: str) -> int:
    """An even number of paths, from 100 to 200,000: what fits in a gigabyte."""
    paths = int(text) if text.isdecimal() and len(text) < 8 else 0
    if not 100 <= paths <= 200_000 or paths % 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not an even number from 100 to 200,000")
    return paths


def _seed(text: str) -> int:
    """A whole number of at most nine digits."""
    if not (text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at most nine digits")
    return int(text)


def _request(options: argparse.Namespace) -> Request:
    profile = getattr(options, "profile", None)
    return Request(
        None if options.command == APP else options.command,
        profile if isinstance(profile, str) else None,
        getattr(options, "json", False),
        options.quiet,
        options.no_color,
        options.book,
        options.profiles,
        options.paths,
        options.seed,
        options.calm,
        options.screen or VIEWS[0],
        options.plain,
        options,
    )


def run(request: Request) -> ExitCode:
    """Run a command, or print plain text in place of the app where no terminal can show it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty() and not shows_utf8(os.environ):
                write_ascii(stream)
            else:
                stream.reconfigure(errors="replace")  # whatever the encoding, the answer gets there
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
        return fail(InputError("stdout", reason_of(error), "a place with enough free space"))
    return ExitCode.DONE


def _parts(answer: Answer) -> Generator[str, None, None]:
    if isinstance(answer, str):
        yield answer
    else:
        yield from answer


def fail(error: AdvisorError) -> ExitCode:
    """Print an error on stderr, in one line without control characters, and return its exit code."""
    print(f"gpu-advisor: {one_line(cut(str(error), LONGEST_LINE))}", file=sys.stderr)
    return error.exit_code


def load_book(request: Request, today: date | None = None) -> "PriceBook":
    """The built-in price book with the figures of `--book` in place of its own, for a question of today. Raises
    InputError."""
    from advisor.market.book_file import read_overrides
    from advisor.market.price_book import built_in_book

    book = built_in_book()
    own = book if request.book is None else read_overrides(request.book, book)
    return replace(own, day=today or date.today())
