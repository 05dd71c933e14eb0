"""`gpu-advisor advise PROFILE`: the verdict on a profile and its reasons."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.catalog_prices import add_prices_from, with_catalog_prices
from advisor.cli.named_profile import PROFILE_HELP, named_profile
from advisor.cli.parser import Request, Tell, load_book
from advisor.profiles.store import profiles_folder

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import Profile


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_profile_arguments(parser)


def add_profile_arguments(parser: ArgumentParser) -> None:
    """Add PROFILE and the options that replace its values or prices, for every command that answers one profile."""
    parser.add_argument("profile", metavar="PROFILE", help=PROFILE_HELP)
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="another value of a field of the profile, which is not saved: nodes=32, 'months=2 years', "
        "company.cash_usd=5e6; repeatable",
    )
    add_prices_from(parser)
    parser.add_argument("--quotes", type=Path, metavar="FILE", help="offers beside the profile's own: [[quote]] tables")


def answer(request: Request, tell: Tell) -> str:
    """The report, as text or JSON. Raises InputError."""
    from advisor.decision.joint.joint_advice import advise_jointly

    profile, path, book = requested_profile(request, tell)
    joint = advise_jointly(profile, book, request.paths, request.seed)
    if request.as_json:
        from advisor.reports.joint.joint_json import joint_advise_report

        return joint_advise_report(joint, path, date.today()).to_json()
    from advisor.reports.joint.joint_text import joint_report, linear_joint_report

    if request.command is None and request.plain:
        return linear_joint_report(joint, date.today())
    if request.command is None:
        tell("no terminal here, so this is the plain report")
    return joint_report(joint, date.today())


def requested_profile(request: Request, tell: Tell) -> "tuple[Profile, Path | None, PriceBook]":
    """The profile of a command line and all that its answer depends on.

    Returns:
        The profile with the values of `--set` and the offers of `--quotes`, its file if it has one of its own, and
        the price book with the prices of `--prices-from`.

    Raises:
        InputError: when one of the files cannot be read.
    """
    assert request.profile is not None  # the plain stand-in for the app has a profile and none of the options
    book = load_book(request)
    named = named_profile(request.profile, profiles_folder(request.profiles), book, tell)
    profile = named.profile
    sets: list[str] = getattr(request.options, "sets", [])
    if sets:
        from advisor.cli.variants import with_values

        profile = with_values(sets, profile, book)
    prices_from: str | None = getattr(request.options, "prices_from", None)
    if prices_from is not None:
        from advisor.profiles.gpu_groups import gpus_of

        book = with_catalog_prices(prices_from, gpus_of(profile, book), book, tell)
    quotes: Path | None = getattr(request.options, "quotes", None)
    if quotes is not None:
        from advisor.offers.quotes_file import with_quotes_of

        profile = with_quotes_of(quotes, profile, book)
    return profile, named.path, book
