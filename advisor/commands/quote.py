"""`gpu-advisor quote`: one rental offer, against the market, by what its seller earns, and for a profile."""

from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from advisor.cli import Request, Tell, as_json, load_book, price_per_hour
from advisor.errors import InputError
from advisor.library import find, open_profile, profiles_folder
from advisor.words import one_line

if TYPE_CHECKING:
    from advisor.market.book import Book
    from advisor.profile import Profile, Quote
    from advisor.quotes import Judgement, ProfileView, Reference, SellerView


def add_arguments(parser: ArgumentParser) -> None:
    """What may stand on the command line."""
    parser.add_argument("--price", type=price_per_hour, required=True, metavar="USD", help="the rate per GPU-hour")
    parser.add_argument("--gpu", metavar="GPU", help="the GPU (that of the profile, else H100-SXM)")
    parser.add_argument("--months", type=_whole, metavar="N", help="the term of a reservation; left out: on demand")
    parser.add_argument("--prepaid", type=_share, metavar="SHARE", help="share paid at signing, 0 to 1 (the book's)")
    parser.add_argument("--nodes", type=_whole, metavar="N", help="servers of 8 GPUs (those of the profile, else 1)")
    parser.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help="day of the offer (today)")
    parser.add_argument("--from", dest="seller", default="", metavar="NAME", help="who made the offer")
    parser.add_argument("--profile", dest="for_profile", metavar="PROFILE", help="judge it for this profile as well")


def _whole(text: str) -> int:
    if not (text.isdecimal() and int(text[:9]) > 0 and len(text) < 9):
        raise ArgumentTypeError(f"{text!a} is no whole number from 1 on")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"{text!a} is no share from 0 to 1")
    return share


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!a} is no day such as 2026-11-02") from None


def answer(request: Request, tell: Tell) -> str:
    """The judgement, as text or JSON. Raises InputError."""
    from advisor.market.history import built_in_history
    from advisor.quotes import judge

    asked, book = request.options, load_book(request)
    profile = _profile(request, book)
    gpu = book.gpu(asked.gpu or (profile.workload[0].gpu if profile else "H100-SXM"), "--gpu")
    nodes = asked.nodes or (max(work.nodes for work in profile.workload) if profile else 1)
    quote, on = _offer(request), asked.date or date.today()
    found = judge(quote, gpu.id, nodes, book, built_in_history(), on, profile)
    if (warning := book.age_warning(date.today())) and on > book.read_on:
        tell(warning)
    if request.as_json:
        return as_json(_record(found, book))
    return "\n".join(map(one_line, _lines(found, gpu.label))) + "\n"


def _profile(request: Request, book: "Book") -> "Profile | None":
    name = request.options.for_profile
    if name is None:
        return None
    return open_profile(find(name, profiles_folder(request.profiles)).path, book)


def _offer(request: Request) -> "Quote":
    """The offer on the command line, checked as one in a profile is. Raises InputError."""
    from pydantic import ValidationError

    from advisor.profile import Quote

    asked = request.options
    raw = {
        "option": "on-demand" if asked.months is None else "reserved",
        "months": asked.months,
        "usd_per_gpu_hour": asked.price,
        "prepaid": asked.prepaid,
        "from": asked.seller,
        "date": asked.date,
    }
    try:
        return Quote.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"--{first['loc'][0]}" if first["loc"] else "the offer"
        found, _, allowed = str(first["msg"]).removeprefix("Value error, ").partition("; allowed: ")
        if not allowed:
            found, allowed = ascii(first["input"])[:60], found[0].lower() + found[1:]
        raise InputError(name, found, allowed) from None


def _lines(found: "Judgement", label: str) -> list[str]:
    from advisor.words import percent, usd_rate

    quote = found.quote
    assert quote.usd_per_gpu_hour is not None
    term = "on demand" if quote.months is None else f"reserved {quote.months} month" + "s" * (quote.months > 1)
    prepaid = "" if quote.prepaid is None else f", {percent(quote.prepaid)} prepaid"
    who = f" from {quote.from_}" if quote.from_ else ""
    nodes = f"{found.nodes:,} node" + "s" * (found.nodes > 1)
    lines = [
        f"{usd_rate(quote.usd_per_gpu_hour)} per GPU-hour{who} on {found.on}",
        f"{nodes} of {label}, {term}{prepaid}",
    ]
    lines += ["", "Against posted prices", *(line for one in found.references for line in _reference_lines(one))]
    if not found.references:
        lines.append("  none is known for this day and term")
    if any(reference.id for reference in found.references):
        lines.append("  (`gpu-advisor market --figure ID` says where a price comes from)")
    lines += ["", "The seller", *_seller_lines(found.seller, quote.months)]
    if found.profile is not None:
        lines += ["", "Your profile", *_profile_lines(found.profile, quote.usd_per_gpu_hour)]
    return lines


def _reference_lines(reference: "Reference") -> list[str]:
    from advisor.words import percent, usd_rate

    above = reference.above_share
    gap = "the same" if abs(above) < 0.005 else f"{percent(abs(above))} {'above' if above > 0 else 'below'}"
    spread = "" if reference.low is None else f" {reference.low:.2f} to {reference.high or 0:.2f}"
    age = f", {reference.age_days} days before" if reference.age_days else ""
    standing = f", {reference.standing}" if reference.standing else ""
    price = f"  {gap:>10}  {usd_rate(reference.usd_per_gpu_hour)}{spread}  {reference.label}"
    return [price, f"{'':14}{reference.date}{age}, n={reference.n}{standing}; {reference.id}"]


def _seller_lines(seller: "SellerView | None", months: int | None) -> list[str]:
    from advisor.words import percent, usd, usd_rate

    if seller is None:
        return ["  what a node costs is not known, so neither is what the seller earns"]
    irr = "no return at all" if seller.irr_per_year is None else f"{percent(seller.irr_per_year, 1)} a year"
    target = percent(seller.target_return_per_year)
    going = seller.going_rate_irr_per_year
    what = "on this contract, then the market" if months else "at this rate"
    lines = [
        f"  a new owner earns {irr} (true IRR) {what}: {usd(seller.present_usd)} a node at {target}",
        f"  annualised multiple, the article's measure: {percent(seller.annualised_multiple, 1)}",
        f"  it earns {target} at {usd_rate(seller.target_usd_per_gpu_hour)}: {_room_words(seller)}",
        f"  hardware that is paid for covers its running cost from {usd_rate(seller.cash_floor_usd_per_gpu_hour)}",
    ]
    if months:
        shown = "no return" if going is None else percent(going, 1)
        lines.insert(
            1,
            f"  with every hour sold at such a rate and the usual idle time: {shown}, {target} at "
            f"{usd_rate(seller.going_rate_target_usd_per_gpu_hour)}",
        )
    return lines


def _room_words(seller: "SellerView") -> str:
    from advisor.words import usd_rate

    room = seller.room_usd_per_gpu_hour
    if room >= 0.005:
        return f"{usd_rate(room)} of room to negotiate"
    return f"no room, a new owner would need {usd_rate(-room)} more" if room <= -0.005 else "no room"


def _profile_lines(view: "ProfileView", offered: float) -> list[str]:
    from advisor.words import usd, usd_rate

    lines = [f"  taking it ({view.option}) costs {usd(view.usd)} in today's money"]
    lines += [f"  but it cannot be had: {why}" for why in view.obstacles]
    if view.otherwise_usd is not None:
        gap = view.usd - view.otherwise_usd
        word = "more" if gap > 0 else "less"
        best = f"{view.otherwise} at the posted price" if view.otherwise == view.option else view.otherwise
        lines.append(f"  that is {usd(abs(gap))} {word} than the best without it, {best}")
    if view.must_be.usd is not None:
        verb = "it wins below" if offered > view.must_be.usd else "it wins up to"
        lines.append(f"  {verb} {usd_rate(view.must_be.usd)}, where it costs {_against(view)}")
    else:
        lines.append(f"  {view.must_be.reason}")
    if view.tipping.usd is not None:
        lines.append(f"  without it, renting on demand wins below {usd_rate(view.tipping.usd)}")
    lines.append(f"  with it on the table the verdict is {view.pick or 'that nothing is feasible'}")
    return lines


def _against(view: "ProfileView") -> str:
    return "what the posted price does" if view.must_be.against == view.option else f"what {view.must_be.against} does"


def _record(found: "Judgement", book: "Book") -> dict[str, object]:
    view = found.profile
    return {
        "schema": 1,
        "gpu": found.gpu,
        "nodes": found.nodes,
        "date": found.on.isoformat(),
        "book_read_on": book.read_on.isoformat(),
        "quote": found.quote.model_dump(mode="json", by_alias=True, exclude_none=True),
        "references": [asdict(reference) for reference in found.references],
        "seller": None if found.seller is None else asdict(found.seller),
        "profile": None if view is None else asdict(view),
    }
