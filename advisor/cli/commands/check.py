"""`gpu-advisor check FILE ...`: every error in profiles, price books and files of quotes, one line each."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import LONGEST_LINE, Request, Tell, load_book
from advisor.errors import InputError
from advisor.formatting import cut, one_line
from advisor.profiles.store import find, profiles_folder

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.check_file import Checked

KINDS = ("profile", "book", "quotes")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "files", metavar="PROFILE", nargs="+", help="a path, a saved name or a sample; also books, quotes"
    )
    parser.add_argument("--as", dest="kind", choices=KINDS, help="the kind of all files (found from their tables)")


def answer(request: Request, tell: Tell) -> Iterator[str]:
    """One line for each error, or one for a valid file. Raises InputError after the last line if there was an error."""
    book, names = load_book(request), request.options.files
    checked = [(name, *_checked(name, request, book)) for name in names]
    faults, wrong = sum(len(one.faults) for *_, one in checked), sum(bool(one.faults) for *_, one in checked)
    if request.as_json:
        yield _json(checked)
    else:
        for name, _, one in checked:
            lines = [fault.message for fault in one.faults] or [f"{name}: ok, {_kind_words(one)}"]
            lines += [f"{name}: warning: {line}" for line in one.doubts]
            yield from (f"{one_line(cut(line, LONGEST_LINE))}\n" for line in lines)
    if faults:
        of = f"{wrong} of {len(names)} files" if len(names) > 1 else "the file"
        raise InputError("check", f"{faults} error{'s' if faults > 1 else ''} in {of}", "none")


def _checked(name: str, request: Request, book: "PriceBook") -> "tuple[Path | None, Checked]":
    from advisor.profiles.check_file import Checked, check_file, fault_of

    try:
        path = find(name, profiles_folder(request.profiles)).path
    except InputError as error:
        return None, Checked(None, (fault_of(error),))
    return path, check_file(path, book, request.options.kind)


def _kind_words(one: "Checked") -> str:
    return {"profile": "a profile", "book": "figures for the book", "quotes": "quotes", None: ""}[one.kind]


def _json(checked: "list[tuple[str, Path | None, Checked]]") -> str:
    from advisor.reports.json_models.profiles import CheckedFileJson, CheckReport, FaultJson

    files = (
        CheckedFileJson(
            name=name,
            path=None if path is None else str(path),
            kind=one.kind,
            ok=not one.faults,
            faults=tuple(FaultJson.model_validate(fault) for fault in one.faults),
            warnings=one.doubts,
        )
        for name, path, one in checked
    )
    return CheckReport(files=tuple(files)).to_json()
