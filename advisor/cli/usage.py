"""The command line as data: what every command takes, read from the parsers. Shell completion and the manual are made
of it, so that a new command or option appears in them by itself."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.cli.parser import COMMANDS, app_parser, command_parser

Takes = Literal["nothing", "choice", "profile", "file", "folder", "gpu", "text"]

_BY_METAVAR: dict[str, Takes] = {"PROFILE": "profile", "FILE": "file", "PATH": "file", "DIR": "folder", "GPU": "gpu"}


@dataclass(frozen=True)
class Argument:
    """One option, or one thing that stands without a name. flags: empty for the latter; takes: what kind of value;
    value: the word for it in a usage line; many: may be given more than once; needed: may not be left out."""

    flags: tuple[str, ...]
    takes: Takes
    value: str
    choices: tuple[str, ...]
    meaning: str
    many: bool
    needed: bool

    @property
    def usage(self) -> str:
        """As in a usage line: `[--book FILE]`, `PROFILE ...`."""
        flags = "|".join(flag for flag in self.flags if flag.startswith("--") or len(self.flags) == 1)
        words = " ".join(part for part in (flags, self.value) if part)
        words += " ..." if self.many else ""
        return words if self.needed else f"[{words}]"


def command_arguments(name: str | None) -> tuple[Argument, ...]:
    """What a command takes, in the order of its help; None for the app."""
    parser = app_parser() if name is None else command_parser(name)
    return tuple(_arguments(parser))


def shared_flags() -> frozenset[str]:
    """The options that the app and every command take."""
    each = [{flag for one in command_arguments(name) for flag in one.flags} for name in (None, *COMMANDS)]
    return frozenset(set.intersection(*each))


def _arguments(parser: argparse.ArgumentParser) -> Iterator[Argument]:
    for action in parser._actions:
        choices = tuple(str(choice) for choice in action.choices or ())
        if action.nargs == 0:
            takes: Takes = "nothing"
        else:
            takes = "choice" if choices else _BY_METAVAR.get(str(action.metavar), "text")
        value = "" if takes == "nothing" else str(action.metavar or "|".join(choices) or action.dest.upper())
        many = action.nargs in ("+", "*") or isinstance(action, argparse._AppendAction)
        needed = action.required if action.option_strings else action.nargs not in ("?", "*")
        yield Argument(tuple(action.option_strings), takes, value, choices, action.help or "", many, needed)
