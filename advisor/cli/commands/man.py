"""`gpu-advisor man`: the manual page, made from the parser. `man/gpu-advisor.1` ships with what it prints."""

from argparse import Action, ArgumentParser
from collections.abc import Collection, Iterable, Iterator

from advisor import __version__
from advisor.cli.parser import APP, COMMANDS, EXAMPLES, EXIT_CODES, Parser, Request, Tell, parser_tree
from advisor.formatting import capitalized

_ABOUT = (
    "gpu-advisor tells AI start-ups whether to rent, reserve or buy GPU compute, and shows why. "
    "Without a command it opens the app, on PROFILE if one is given; where there is no terminal for the app, it "
    "prints the verdict as plain text.",
    "PROFILE is the path of a TOML file, the name of a saved profile or of a sample, or a plan such as "
    "'train 128 H100 for 2 years'.",
)
_FILES = (
    ("$XDG_DATA_HOME/gpu-advisor/profiles", "saved profiles; ~/.local/share/gpu-advisor/profiles where it is not set"),
    (
        "$XDG_STATE_HOME/gpu-advisor",
        "drafts of unsaved edits, the logs of saved verdicts and of errors, the last copied verdict",
    ),
    ("$XDG_CACHE_HOME/gpu-advisor", "price catalogs fetched by market update"),
)
_ENVIRONMENT = (
    ("GPU_ADVISOR_PROFILES", "a folder of profiles, for example a shared one, in place of the data directory"),
    ("GPU_ADVISOR_DEBUG", "print the traceback of an internal error"),
    ("NO_COLOR", "no color, as with --no-color"),
    ("SSH_CONNECTION, SSH_TTY", "if either is set, the app sends less, as with --calm"),
    ("TEXTUAL_THEME", "the theme of the app"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: the shared options are all it takes."""


def answer(request: Request, tell: Tell) -> str:
    """The page in the man macros of roff."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    _, by_command = parser_tree()
    shared = shared_flags(by_command.values())
    yield f'.TH GPU\\-ADVISOR 1 "" "gpu\\-advisor {__version__}" "User Commands"'
    yield from (".SH NAME", r"gpu\-advisor \- rent, reserve or buy GPU compute: which, and why")
    yield ".SH SYNOPSIS"
    for name, parser in by_command.items():
        yield f".SY {_text('gpu-advisor' if name == APP else f'gpu-advisor {name}', quoted=True)}"
        yield from (_text(f"[options] {usage(parser, shared)}".strip()), ".YS")
    yield ".SH DESCRIPTION"
    for paragraph in _ABOUT:
        yield from (".PP", _text(paragraph))
    yield ".SH OPTIONS"
    yield from _arguments(by_command[APP], ())
    yield from (
        ".SH COMMANDS",
        _text("All of them take the options above, except those of the app: --calm, --screen."),
    )
    for name, meaning in COMMANDS.items():
        yield from (f".SS {_text(name)}", _text(f"{capitalized(meaning)}."))
        yield from _arguments(by_command[name], shared)
    for title, pairs in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f".SH {title}"
        yield from _listed(pairs)
    yield ".SH EXIT STATUS"
    yield from _listed((str(code), meaning) for code, meaning in EXIT_CODES)
    yield ".SH EXAMPLES"
    yield from _listed(EXAMPLES)


def shared_flags(parsers: Iterable[Parser]) -> frozenset[str]:
    """The options that all of the parsers take."""
    each = [{flag for one in parser.arguments for flag in one.option_strings} for parser in parsers]
    return frozenset(set.intersection(*each))


def usage(parser: Parser, left_out: Collection[str]) -> str:
    """What a command takes, in one line: `PROFILE --set FIELD=VALUES ... [--jobs N]`.

    Args:
        parser: the command's parser.
        left_out: options that the line does not name.
    """
    return " ".join(_usage(one, parser) for one in parser.arguments if not {*one.option_strings} & {*left_out})


def _usage(argument: Action, parser: Parser) -> str:
    names = argument.option_strings
    flags = "|".join(name for name in names if name.startswith("--") or len(names) == 1)
    words = " ".join(part for part in (flags, _value(argument)) if part)
    words += " ..." if argument in parser.repeatable else ""
    needed = argument.required if names else argument.nargs not in ("?", "*")
    return words if needed else f"[{words}]"


def _value(argument: Action) -> str:
    """The word for the value of an argument; empty for a switch."""
    if argument.nargs == 0:
        return ""
    return str(argument.metavar or "|".join(map(str, argument.choices or ())) or argument.dest.upper())


def arguments_of(parser: Parser, left_out: Collection[str]) -> Iterator[tuple[list[str], str, str]]:
    """What a command takes: the names of each option, none of an argument without, the word for its value, and its
    meaning.

    Args:
        parser: the command's parser.
        left_out: options that are not among them.
    """
    for one in parser.arguments:
        if not {*one.option_strings} & {*left_out}:
            under = f"{parser.headings[one]}: " if one in parser.headings else ""
            yield list(one.option_strings), _value(one), f"{under}{one.help or _value(one)}".replace("%%", "%")


def _arguments(parser: Parser, left_out: Collection[str]) -> Iterator[str]:
    for flags, value, meaning in arguments_of(parser, left_out):
        names = ", ".join(rf"\fB{_text(flag)}\fR" for flag in flags)
        values = [rf"\fI{_text(value)}\fR"] if value else []
        yield from (".TP", " ".join(filter(None, (names, *values))), _text(meaning))


def _listed(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in pairs:
        yield from (".TP", rf"\fB{_text(term)}\fR", _text(meaning))


def _text(text: str, *, quoted: bool = False) -> str:
    """Text that roff prints unchanged."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    if quoted:
        return '"' + escaped.replace('"', r"\(dq") + '"'
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
