"""`gpu-advisor offers PROFILE`: each offer against the market, by its seller's return and for the plan, and what to
answer."""

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.argument_types import day
from advisor.cli.named_profile import PROFILE_HELP, NamedProfile, named_profile
from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import InputError
from advisor.formatting import one_line
from advisor.profiles.store import profiles_folder, save_profile

if TYPE_CHECKING:
    from advisor.decision.cost_options import Costing
    from advisor.market.price_book import PriceBook
    from advisor.offers.added import Added
    from advisor.offers.judged import JudgedOffer
    from advisor.profiles.schema import Profile

_NO_OFFER = "one in the profile, --add TEXT or --file FILE"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("profile", metavar="PROFILE", help=PROFILE_HELP)
    parser.add_argument(
        "--add",
        action="append",
        default=[],
        metavar="TEXT",
        help="an offer as its seller words it, or a whole mail (- reads it from stdin); may be repeated",
    )
    parser.add_argument(
        "--file", action="append", default=[], metavar="FILE", help="offers as [[quote]] tables; may be repeated"
    )
    parser.add_argument("--write", action="store_true", help="write the added offers into the profile's file")
    parser.add_argument("--date", type=day, metavar="YYYY-MM-DD", help="day of offers without one (today)")


def answer(request: Request, tell: Tell) -> str:
    """The offers, as text or JSON. Raises InputError."""
    from advisor.decision.cost_options import cost_options
    from advisor.market.price_history import built_in_history
    from advisor.offers.judged import judge_offers
    from advisor.profiles.gpu_groups import gpus_of, groups_of

    options, book = request.options, load_book(request)
    on = options.date or date.today()
    named = named_profile(options.profile, profiles_folder(request.profiles), book, tell)
    profile, added = _with_added(request, named.profile, book, on)
    if not profile.quote:
        raise InputError(options.profile, "no offer", _NO_OFFER)
    if options.write:
        _write(named, profile)
        tell(f"written to {named.path}")
    if (warning := book.age_warning(date.today())) and on > book.read_on:
        tell(warning)
    groups = [group for group in groups_of(profile, book) if group.quote]
    if request.as_json and len(groups) > 1:
        gpus = " and ".join(group.workload[0].gpu for group in groups)
        raise InputError("--json", f"offers of {gpus}", "offers of one GPU at a time")
    pages = []
    for group in groups:
        costing = cost_options(group, book)
        found = list(judge_offers(group, costing, book, built_in_history(), on))
        if request.as_json:
            return _json(group, costing, found, added, on)
        pages.append(_text(group, costing, found, added, gpus_of(profile, book), on))
        added = []  # how they were read is said once
    return "\n".join(pages)


def _with_added(request: Request, profile: "Profile", book: "PriceBook", on: date) -> "tuple[Profile, list[Added]]":
    """The profile with the offers of --file and --add, and how the latter were read."""
    from advisor.offers.added import with_text
    from advisor.offers.quotes_file import with_quotes_of

    texts = []
    for path in request.options.file:
        profile = with_quotes_of(Path(path), profile, book)
    for text in request.options.add:
        added = with_text(sys.stdin.read() if text == "-" else text, profile, book, on, "--add")
        profile = added.profile
        texts.append(added)
    return profile, texts


def _write(named: NamedProfile, profile: "Profile") -> None:
    """Save the profile with what was added to it. Raises InputError and SaveError."""
    if len(profile.quote) == len(named.profile.quote):
        raise InputError("--write", "no offer to write", "only with --add TEXT or --file FILE")
    if named.path is None:
        kind = "the sample" if named.content else "the plan in words"
        raise InputError("--write", f"{kind} {named.name}", "a profile of your own: save it in the app first")
    save_profile(profile, named.path, named.content)


def _text(
    profile: "Profile",
    costing: "Costing",
    found: "list[JudgedOffer]",
    texts: "list[Added]",
    own: "tuple[str, ...]",
    on: date,
) -> str:
    from advisor.reports.offers.report import offers_lines

    return "\n".join(map(one_line, offers_lines(profile, costing, found, texts, own, on))) + "\n"


def _json(profile: "Profile", costing: "Costing", found: "list[JudgedOffer]", texts: "list[Added]", on: date) -> str:
    from advisor.reports.formats.offers_json import offers_report

    return offers_report(profile, costing, found, texts, on).to_json()
