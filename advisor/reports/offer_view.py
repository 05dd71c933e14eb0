"""A judged offer in words: shared by `gpu-advisor quote` and the Market screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from advisor.decision.advise import Advice
from advisor.decision.price_break_even import PricePoint
from advisor.formatting import percent, usd, usd_rate
from advisor.market.price_history import History
from advisor.offers.evaluate import Judgement, ProfileView, Reference, SellerView, judge
from advisor.profiles.schema import Quote
from advisor.reports.source_view import number_words, range_words


@dataclass(frozen=True)
class OfferView:
    """One offer of a profile. name: what is offered; value: with its unit; answer: whether it is good, in a few words;
    lines: all that is known of it."""

    name: str
    value: str
    answer: str
    day: str
    seller: str
    lines: tuple[str, ...]


def offer_views(advice: Advice, history: History, today: date) -> Iterator[OfferView]:
    """The offers of a profile, judged for it: a quarter of a second each."""
    nodes = max(work.nodes for work in advice.profile.workload)
    for quote in advice.profile.quote:
        if quote.usd_per_node is not None:
            yield _node_offer(quote, quote.usd_per_node, advice)
            continue
        found = judge(quote, advice.gpu.id, nodes, advice.book, history, quote.date or today, advice.profile)
        assert found.profile is not None
        assert quote.usd_per_gpu_hour is not None
        barred = "cannot be had" if found.profile.infeasible_because else ""
        answer = barred or _answer(quote.usd_per_gpu_hour, found.profile.must_be, usd_rate)
        value = number_words(quote.usd_per_gpu_hour, "USD/GPU-h")
        yield _offer(quote, _term_words(quote), value, answer, judgement_lines(found, advice.gpu.label))


def _offer(quote: Quote, name: str, value: str, answer: str, lines: list[str]) -> OfferView:
    return OfferView(name, value, answer, quote.date.isoformat() if quote.date else "", quote.from_, tuple(lines))


def _answer(offered: float, meeting: PricePoint, words: Callable[[float], str]) -> str:
    """good, up to $2.61 · dear, from $2.31: an offer against the price at which it stops winning."""
    if meeting.usd is None:
        return meeting.reason
    return f"good, up to {words(meeting.usd)}" if offered <= meeting.usd else f"dear, from {words(meeting.usd)}"


def _node_offer(quote: Quote, offered: float, advice: Advice) -> OfferView:
    """An offer of hardware: against the book's price of a node, and the price below which buying wins."""
    figure, wins = advice.gpu.figures.get("node_usd"), advice.break_evens.node_price
    who = f" from {quote.from_}" if quote.from_ else ""
    lines = [f"{usd(offered)} per node of {advice.gpu.label}{who}", "", "Against posted prices"]
    if figure is None:
        lines.append("  nobody publishes a price of this node")
    else:
        spread, path = range_words(figure.low, figure.high), f"{advice.gpu.id}.node_usd"
        lines.append(f"  {_gap_words(offered / figure.value - 1):>10}  {usd(figure.value)}  {spread}")
        lines.append(f"{'':14}{figure.date}, n={figure.n}; {path}")
    known = "" if wins.usd is None else f"  buying wins with a node under {usd(wins.usd)}"
    lines += ["", "Your profile", known or f"  {wins.reason}"]
    answer = "buying is out" if wins.usd is None else _answer(offered, wins, usd)
    return _offer(quote, "a node to buy", number_words(offered, "USD/node"), answer, lines)


def _term_words(quote: Quote) -> str:
    """On demand · reserved 12 months."""
    return "on demand" if quote.months is None else f"reserved {quote.months} month" + "s" * (quote.months > 1)


def _gap_words(above: float) -> str:
    """17% below · the same."""
    return "the same" if abs(above) < 0.005 else f"{percent(abs(above))} {'above' if above > 0 else 'below'}"


def judgement_lines(found: Judgement, label: str) -> list[str]:
    """All that is known of a rental offer, for reading: the offer, posted prices, the seller, and the profile if one
    was given."""
    quote = found.quote
    assert quote.usd_per_gpu_hour is not None
    prepaid = "" if quote.prepaid is None else f", {percent(quote.prepaid)} prepaid"
    who = f" from {quote.from_}" if quote.from_ else ""
    nodes = f"{found.nodes:,} node" + "s" * (found.nodes > 1)
    lines = [
        f"{usd_rate(quote.usd_per_gpu_hour)} per GPU-hour{who} on {found.on}",
        f"{nodes} of {label}, {_term_words(quote)}{prepaid}",
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


def _reference_lines(reference: Reference) -> list[str]:
    spread = "" if reference.low is None else f" {reference.low:.2f} to {reference.high or 0:.2f}"
    age = f", {reference.age_days} days before" if reference.age_days else ""
    standing = f", {reference.standing}" if reference.standing else ""
    price = (
        f"  {_gap_words(reference.above_share):>10}  {usd_rate(reference.usd_per_gpu_hour)}{spread}  {reference.label}"
    )
    return [price, f"{'':14}{reference.date}{age}, n={reference.n}{standing}; {reference.id}"]


def _seller_lines(seller: SellerView | None, months: int | None) -> list[str]:
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


def _room_words(seller: SellerView) -> str:
    room = seller.room_usd_per_gpu_hour
    if room >= 0.005:
        return f"{usd_rate(room)} of room to negotiate"
    return f"no room, a new owner would need {usd_rate(-room)} more" if room <= -0.005 else "no room"


def _profile_lines(view: ProfileView, offered: float) -> list[str]:
    lines = [f"  taking it ({view.option}) costs {usd(view.usd)} in today's money"]
    lines += [f"  but it cannot be had: {why}" for why in view.infeasible_because]
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


def _against(view: ProfileView) -> str:
    return "what the posted price does" if view.must_be.against == view.option else f"what {view.must_be.against} does"
