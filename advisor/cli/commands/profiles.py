"""`gpu-advisor profiles`: one line a profile with its verdict, as the Home screen shows."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import AdvisorError
from advisor.files.json_text import as_json
from advisor.formatting import one_line
from advisor.profiles.store import Entry, open_profile, profiles_folder, sample_entries, saved_entries

if TYPE_CHECKING:
    from advisor.market.price_book import Book


def add_arguments(parser: ArgumentParser) -> None:
    """What may stand on the command line."""
    parser.add_argument("--names", action="store_true", help="the names alone, a line each; no profile is read")


def answer(request: Request, tell: Tell) -> str:
    """The saved profiles, then the samples. Raises InputError when the book cannot be read."""
    entries = [*saved_entries(profiles_folder(request.profiles)), *sample_entries()]
    if getattr(request.options, "names", False):  # the plain stand-in for the app has none of the options
        names = list(dict.fromkeys(entry.name for entry in entries))
        return as_json({"schema": 1, "names": names}) if request.as_json else "".join(f"{name}\n" for name in names)
    book = load_book(request)
    if request.as_json:
        return as_json({"schema": 1, "profiles": [_record(entry, book) for entry in entries]})
    if request.command is None and request.plain:
        from advisor.reports.formats.screen_reader import spoken

        return "".join(f"{spoken(one_line(_aloud(entry, book)))}\n" for entry in entries)
    width = max(len(entry.name) for entry in entries)
    lines = [one_line(f"{entry.name:<{width}}  {_verdict_line(entry, book)}") for entry in entries]
    if request.command is None:
        tell("no terminal here; `gpu-advisor advise NAME` prints one verdict")
    return "\n".join(lines) + "\n"


def _record(entry: Entry, book: "Book") -> dict[str, object]:
    """One profile for a script: error is null when it could be read, option when nothing fits."""
    from advisor.decision.cost_options import cost_options

    record: dict[str, object] = {"name": entry.name, "path": str(entry.path), "sample": entry.sample}
    try:
        pick = cost_options(open_profile(entry.path, book), book).verdict.pick
    except AdvisorError as error:
        return {**record, "action": None, "option": None, "expected_usd": None, "error": str(error)}
    if pick is None:
        return {**record, "action": None, "option": None, "expected_usd": None, "error": None}
    usd = round(pick.cost.expected_usd, 2)
    return {**record, "action": pick.action, "option": pick.id, "expected_usd": usd, "error": None}


def _aloud(entry: Entry, book: "Book") -> str:
    return f"{entry.name}{', a sample' if entry.sample else ''}: {_verdict_line(entry, book)}"


def _verdict_line(entry: Entry, book: "Book") -> str:
    from advisor.decision.cost_options import cost_options
    from advisor.formatting import usd
    from advisor.reports.verdict_view import verdict_words

    try:
        verdict = cost_options(open_profile(entry.path, book), book).verdict
    except AdvisorError as error:
        return f"cannot be read: {error}"
    cost = usd(verdict.pick.cost.expected_usd) if verdict.pick else ""
    return f"{verdict_words(verdict):<28} {cost:>8}"
