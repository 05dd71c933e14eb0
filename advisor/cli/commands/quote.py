"""`gpu-advisor quote`: one rental offer, against the market, by its seller's return, and for a profile."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book, price_per_hour
from advisor.errors import InputError
from advisor.formatting import one_line
from advisor.profiles.store import find, load_profile, profiles_folder

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.offers.evaluate import Judgement
    from advisor.profiles.schema import Profile, Quote


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--price", type=price_per_hour, required=True, metavar="USD", help="the rate per GPU-hour")
    parser.add_argument("--gpu", metavar="GPU", help="the GPU (that of the profile, else H100-SXM)")
    parser.add_argument("--months", type=_whole, metavar="N", help="the term of a reservation; left out: on demand")
    parser.add_argument("--prepaid", type=_share, metavar="SHARE", help="share paid at signing, 0 to 1 (the book's)")
    parser.add_argument(
        "--may-sublet", choices=("yes", "no"), help="whether the contract lets you sublet (the book's chance)"
    )
    parser.add_argument("--nodes", type=_whole, metavar="N", help="servers of 8 GPUs (those of the profile, else 1)")
    parser.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help="day of the offer (today)")
    parser.add_argument("--from", dest="seller", default="", metavar="NAME", help="who made the offer")
    parser.add_argument(
        "--profile", dest="for_profile", metavar="PROFILE", help="also compare it with this profile's options"
    )


def _whole(text: str) -> int:
    if not (text.isdecimal() and int(text[:9]) > 0 and len(text) < 9):
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-02") from None


def answer(request: Request, tell: Tell) -> str:
    """The judgement, as text or JSON. Raises InputError."""
    from advisor.market.price_history import built_in_history
    from advisor.offers.evaluate import judge
    from advisor.reports.offer_view import judgement_lines

    options, book = request.options, load_book(request)
    profile = _profile(request, book)
    gpu = book.gpu(options.gpu or (profile.workload[0].gpu if profile else "H100-SXM"), "--gpu")
    nodes = options.nodes or (_nodes(profile, book) if profile else 1)
    quote, on = _offer(request), options.date or date.today()
    found = judge(quote, gpu.id, nodes, book, built_in_history(), on, profile)
    if (warning := book.age_warning(date.today())) and on > book.read_on:
        tell(warning)
    if request.as_json:
        return _json(found, book)
    return "\n".join(map(one_line, judgement_lines(found, gpu.label))) + "\n"


def _nodes(profile: "Profile", book: "PriceBook") -> int:
    """The nodes of the largest workload."""
    from advisor.profiles.amount_of_work import largest_nodes
    from advisor.profiles.validation import own_book

    own = own_book(profile, book)
    return largest_nodes(profile, own.assumptions(own.gpu(profile.workload[0].gpu).id).rental)


def _profile(request: Request, book: "PriceBook") -> "Profile | None":
    """The profile that was named; of one with several GPUs the work on the offer's. Raises InputError."""
    from advisor.profiles.gpu_groups import groups_of

    name, gpu = request.options.for_profile, request.options.gpu
    if name is None:
        return None
    profile = load_profile(find(name, profiles_folder(request.profiles)).path, book)
    groups = {book.gpu(group.workload[0].gpu).id: group for group in groups_of(profile, book)}
    if len(groups) == 1:
        return profile
    wanted = "nothing" if gpu is None else book.gpu(gpu, "--gpu").id
    if wanted not in groups:
        raise InputError("--gpu", wanted, f"one of {', '.join(groups)}, which the profile is about")
    return groups[wanted]


def _offer(request: Request) -> "Quote":
    """The offer of the command line, validated like one in a profile. Raises InputError."""
    from pydantic_core import ValidationError

    from advisor.profiles.schema import Quote

    options = request.options
    raw = {
        "option": "on-demand" if options.months is None else "reserved",
        "months": options.months,
        "usd_per_gpu_hour": options.price,
        "prepaid": options.prepaid,
        "may_sublet": None if options.may_sublet is None else options.may_sublet == "yes",
        "from": options.seller,
        "date": options.date,
    }
    try:
        return Quote.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"--{first['loc'][0]}" if first["loc"] else "the offer"
        found, _, allowed = str(first["msg"]).removeprefix("Value error, ").partition("; allowed: ")
        if not allowed:
            found, allowed = repr(first["input"])[:60], found[0].lower() + found[1:]
        raise InputError(name, found, allowed) from None


def _json(found: "Judgement", book: "PriceBook") -> str:
    from advisor.reports.json_models import offers as models

    return models.QuoteReport(
        gpu=found.gpu,
        nodes=found.nodes,
        date=found.on.isoformat(),
        book_read_on=book.read_on.isoformat(),
        quote=models.QuoteJson.model_validate(found.quote.model_dump(mode="json", by_alias=True, exclude={"gpu"})),
        references=tuple(models.ReferenceJson.model_validate(reference) for reference in found.references),
        seller=None if found.seller is None else models.SellerEarnsJson.model_validate(found.seller),
        doubt=found.doubt,
        profile=None if found.profile is None else models.OfferForProfileJson.model_validate(found.profile),
    ).to_json()
