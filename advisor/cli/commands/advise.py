"""`gpu-advisor advise PROFILE`: the verdict on a profile and its reasons."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book
from advisor.paths import catalogs_folder
from advisor.profiles.store import Entry, find, load_profile, profiles_folder

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import Profile


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_profile_arguments(parser)


def add_profile_arguments(parser: ArgumentParser) -> None:
    """Add PROFILE and the options that replace its prices, for every command that answers one profile."""
    parser.add_argument("profile", metavar="PROFILE", help="a path, the name of a saved profile, or of a sample")
    parser.add_argument(
        "--prices-from", metavar="PATH", help="list price from price catalogues on disk, or `cache`: from those fetched"
    )
    parser.add_argument("--quotes", type=Path, metavar="FILE", help="offers beside the profile's own: [[quote]] tables")


def answer(request: Request, tell: Tell) -> str:
    """The report, as text or JSON. Raises InputError."""
    from advisor.decision.joint.joint_advice import advise_jointly

    profile, entry, book = requested_profile(request, tell)
    joint = advise_jointly(profile, book, request.paths, request.seed)
    if request.as_json:
        from advisor.reports.joint.joint_json import joint_advise_report

        return joint_advise_report(joint, None if entry.sample else entry.path, date.today()).to_json()
    from advisor.reports.joint.joint_text import joint_report, linear_joint_report

    if request.command is None and request.plain:
        return linear_joint_report(joint, date.today())
    if request.command is None:
        tell("no terminal here, so this is the plain report")
    return joint_report(joint, date.today())


def requested_profile(request: Request, tell: Tell) -> "tuple[Profile, Entry, PriceBook]":
    """The profile of a command line and all that its answer depends on.

    Returns:
        The profile with the offers of `--quotes`, its entry, and the price book with the prices of `--prices-from`.

    Raises:
        InputError: when one of the files cannot be read.
    """
    assert request.profile is not None  # the plain stand-in for the app has a profile and none of the options
    book = load_book(request)
    entry = find(request.profile, profiles_folder(request.profiles))
    profile = load_profile(entry.path, book)
    prices_from: str | None = getattr(request.options, "prices_from", None)
    if prices_from is not None:
        for gpu in dict.fromkeys(book.gpu(workload.gpu).id for workload in profile.workload):
            book = _with_catalogue_prices(prices_from, gpu, book, tell)
    quotes: Path | None = getattr(request.options, "quotes", None)
    if quotes is not None:
        from advisor.offers.quotes_file import with_quotes_of

        profile = with_quotes_of(quotes, profile, book)
    return profile, entry, book


def _with_catalogue_prices(prices_from: str, gpu_id: str, book: "PriceBook", tell: Tell) -> "PriceBook":
    """The book with the list price of a GPU from catalogues; a note says which price. Raises InputError."""
    from advisor.market.catalogs.cache import cached
    from advisor.market.catalogs.plausibility import odd_lines
    from advisor.market.catalogs.price_level import with_catalogue_level
    from advisor.market.catalogs.read import read_catalogues

    if prices_from == "cache":
        catalogues, broken = cached(book, catalogs_folder())
        for line in broken:
            tell(line)
    else:
        catalogues = read_catalogues(Path(prices_from), book)
    for line in (line for one in catalogues for line in odd_lines(one, gpu_id, book)):
        tell(line)
    priced = with_catalogue_level(catalogues, gpu_id, book)
    level, own = (one.gpus[gpu_id].figures["neocloud_usd_per_gpu_hour"] for one in (priced, book))
    tell(f"list price ${level.value:.2f} per GPU-hour from catalogues, n={level.n}; the book's is ${own.value:.2f}")
    return priced
