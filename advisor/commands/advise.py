"""`gpu-advisor advise PROFILE`: the verdict on a profile and its reasons."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from advisor.cli import Request, Tell, load_book
from advisor.library import find, open_profile, profiles_folder


def add_arguments(parser: ArgumentParser) -> None:
    """What may stand on the command line."""
    parser.add_argument("profile", metavar="PROFILE", help="a path, the name of a saved profile, or of a sample")
    parser.add_argument("--quotes", type=Path, metavar="FILE", help="offers beside the profile's own: [[quote]] tables")


def answer(request: Request, tell: Tell) -> str:
    """The report, as text or JSON. Raises InputError."""
    from advisor.advice import advise
    from advisor.report import json_report, text_report

    assert request.profile is not None
    book = load_book(request)
    entry = find(request.profile, profiles_folder(request.profiles))
    profile = open_profile(entry.path, book)
    quotes: Path | None = getattr(request.options, "quotes", None)  # the plain stand-in for the app has no such option
    if quotes is not None:
        from advisor.quotes import with_quotes_of

        profile = with_quotes_of(quotes, profile, book)
    advice = advise(profile, book, request.paths, request.seed)
    if request.as_json:
        report = json_report(advice, None if entry.sample else entry.path, date.today())
        return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if request.command is None:
        tell("no terminal here, so this is the plain report")
    return text_report(advice, date.today())
