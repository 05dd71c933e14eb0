"""`gpu-advisor man`: the manual page, made of the parsers. `man/gpu-advisor.1`, which is shipped, is what it prints."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from advisor import __version__
from advisor.cli.parser import COMMANDS, EXAMPLES, EXIT_CODES, Request, Tell

if TYPE_CHECKING:
    from advisor.cli.usage import Argument

_ABOUT = (
    "gpu-advisor tells the founders of AI start-ups whether to rent, reserve or buy GPU compute, and shows why. "
    "Without a command it opens the app, on PROFILE if one is given; where there is none to show it, it "
    "prints the verdict as plain text.",
    "PROFILE is the path of a TOML file, the name of a saved profile, or the name of a sample.",
)
_FILES = (
    ("$XDG_DATA_HOME/gpu-advisor/profiles", "saved profiles; ~/.local/share/gpu-advisor/profiles where it is not set"),
    ("$XDG_STATE_HOME/gpu-advisor", "drafts of unsaved edits, the log of saved verdicts, the last copied verdict"),
    ("$XDG_CACHE_HOME/gpu-advisor", "price catalogues fetched by market update"),
)
_ENVIRONMENT = (
    ("GPU_ADVISOR_PROFILES", "a folder of profiles, shared perhaps, in place of the data directory"),
    ("GPU_ADVISOR_DEBUG", "an internal error is shown with all that led to it"),
    ("NO_COLOR", "no colour, as with --no-color"),
    ("SSH_CONNECTION, SSH_TTY", "either is set: the app is calm, as with --calm"),
    ("TEXTUAL_THEME", "the colours of the app"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing of its own."""


def answer(request: Request, tell: Tell) -> str:
    """The page in the man macros of roff."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    from advisor.cli.usage import command_arguments, shared_flags

    shared, app = shared_flags(), command_arguments(None)
    yield f'.TH GPU\\-ADVISOR 1 "" "gpu\\-advisor {__version__}" "User Commands"'
    yield from (".SH NAME", r"gpu\-advisor \- rent, reserve or buy GPU compute: which, and why")
    yield from (".SH SYNOPSIS", *_synopsis("", [one for one in app if not shared & {*one.flags}]))
    for name in COMMANDS:
        yield from _synopsis(name, [one for one in command_arguments(name) if not shared & {*one.flags}])
    yield ".SH DESCRIPTION"
    for paragraph in _ABOUT:
        yield from (".PP", _text(paragraph))
    yield ".SH OPTIONS"
    yield from _arguments(app, ())
    yield from (
        ".SH COMMANDS",
        _text("All of them take the options above, but for those of the app: --calm, --screen."),
    )
    for name, meaning in COMMANDS.items():
        yield from (f".SS {_text(name)}", _text(f"{meaning[0].upper()}{meaning[1:]}."))
        yield from _arguments(command_arguments(name), shared)
    for title, pairs in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f".SH {title}"
        yield from _listed(pairs)
    yield ".SH EXIT STATUS"
    yield from _listed((str(code), meaning) for code, meaning in EXIT_CODES)
    yield ".SH EXAMPLES"
    yield from _listed(EXAMPLES)


def _synopsis(name: str, arguments: "Iterable[Argument]") -> Iterator[str]:
    """One command with what only it takes."""
    yield f".SY {_text(f'gpu-advisor {name}'.strip(), quoted=True)}"
    yield _text(" ".join(["[options]", *(one.usage for one in arguments)]))
    yield ".YS"


def _arguments(arguments: "Iterable[Argument]", left_out: Iterable[str]) -> Iterator[str]:
    hidden = set(left_out)
    for one in arguments:
        if hidden & {*one.flags}:
            continue
        names = ", ".join(rf"\fB{_text(flag)}\fR" for flag in one.flags)
        value = rf"\fI{_text(one.value)}\fR" if one.value else ""
        yield from (".TP", " ".join(part for part in (names, value) if part), _text(one.meaning or one.value))


def _listed(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in pairs:
        yield from (".TP", rf"\fB{_text(term)}\fR", _text(meaning))


def _text(text: str, *, quoted: bool = False) -> str:
    """Text that roff prints as it stands."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("%%", "%")
    if quoted:
        return '"' + escaped.replace('"', r"\(dq") + '"'
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
