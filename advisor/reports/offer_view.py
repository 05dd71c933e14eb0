"""An evaluated offer as text, shared by `gpu-advisor quote` and the Market screen."""

from collections.abc import Callable, Iterator
from datetime import date

from advisor.array_types import of_one
from advisor.decision.advise import Advice
from advisor.decision.price_break_even import PricePoint, node_price
from advisor.finance.loans import lease_apr, loan_apr
from advisor.formatting import age_phrase, figure_range, figure_text, percent, plural, usd, usd_rate
from advisor.market.price_book import used_node_price
from advisor.market.price_history import History
from advisor.offers.evaluate import Judgement, ProfileView, Reference, SellerView, judge
from advisor.profiles.amount_of_work import largest_nodes
from advisor.profiles.doubts import offer_doubt
from advisor.profiles.offers.quote import FINANCED, SIGNED, Quote
from advisor.profiles.offers.terms import Offer, offers_of
from advisor.values.quick_dataclass import dataclass

_SAME = 0.005  # share within which two prices are called the same


@dataclass(frozen=True)
class OfferView:
    """One offer of a profile. name: what is offered; value: with its unit; answer: in short, how it stands against
    posted prices and whether it beats the best option of the plan; lines: all that is known of it."""

    name: str
    value: str
    answer: str
    day: str
    seller: str
    lines: tuple[str, ...]


def offer_views(advice: Advice, history: History, today: date) -> Iterator[OfferView]:
    """Evaluate the offers of a profile, a quarter of a second each."""
    rental = advice.costing.case.assumptions.rental
    nodes = largest_nodes(advice.profile, rental)
    for offer in offers_of(advice.profile.quote, rental):
        quote = offer.quote
        if quote.option in FINANCED:
            yield _financed_offer(offer, advice)
            continue
        if offer.usd_per_node is not None:
            yield _node_offer(offer, advice)
            continue
        found = judge(quote, advice.gpu.id, nodes, advice.book, history, quote.date or today, advice.profile)
        assert found.profile is not None
        beats = _short_answer(found.offer.hourly_rate, found.profile.must_be, usd_rate)
        above = None if found.posted is None else found.posted.above_share
        answer = _two_answers(above, "not available" if found.profile.infeasible_because else beats)
        value = figure_text(found.offer.hourly_rate, "USD/GPU-h")
        yield _offer(quote, _term_text(quote), value, answer, judgement_lines(found, advice.gpu.label))


def _offer(quote: Quote, name: str, value: str, answer: str, lines: list[str]) -> OfferView:
    return OfferView(name, value, answer, quote.date.isoformat() if quote.date else "", quote.from_, tuple(lines))


def _two_answers(above: float | None, beats: str) -> str:
    """20% below posted; wins to $2.86: against posted prices, then for the plan."""
    return beats if above is None else f"{_gap_text(above)} {'as ' if abs(above) < _SAME else ''}posted; {beats}"


def _short_answer(offered: float, break_even: PricePoint, text: Callable[[float], str]) -> str:
    """In short, wins to $2.61 or needs $2.31: an offer beside the price at which it stops being the best."""
    if break_even.usd is None:
        return "cannot win" if "low enough" in break_even.reason else break_even.reason
    return f"{'wins to' if offered <= break_even.usd else 'needs'} {text(break_even.usd)}"


def _answer(offered: float, break_even: PricePoint, text: Callable[[float], str]) -> str:
    """Good: take it up to $2.61 · Does not beat your best option unless $2.31 or less."""
    if break_even.usd is None:
        return f"{break_even.reason[:1].upper()}{break_even.reason[1:]}"
    if offered <= break_even.usd:
        return f"Good: take it up to {text(break_even.usd)}"
    return f"Does not beat your best option unless {text(break_even.usd)} or less"


def _node_offer(offer: Offer, advice: Advice) -> OfferView:
    """An offer of hardware: against the book's price of a node, and the price below which buying wins."""
    quote, offered, costing = offer.quote, offer.node_price, advice.costing
    used = quote.option == "buy-used"
    wins = node_price(costing.case, costing.forecast, advice.verdict, used=used)
    figure = used_node_price(advice.gpu) if used else advice.gpu.figures.get("node_usd")
    who = f" from {quote.from_}" if quote.from_ else ""
    lines = [
        f"{usd(offered)} per {'used ' if used else ''}node of {advice.gpu.label}{who}",
        "",
        "Against posted prices",
    ]
    if figure is None:
        lines.append("  no price of this node is published")
    else:
        spread = "" if figure.own else figure_range(figure.low, figure.high)
        path = f"{advice.gpu.id}.{'used_' if used else ''}node_usd"
        lines.append(f"  {_gap_text(offered / figure.value - 1):>10}  {usd(figure.value)}  {spread}")
        lines.append(f"{'':14}{'your own' if figure.own else f'{figure.date}, n={figure.n}'}; {path}")
    lines += ["", "Your plan", f"  {_answer(offered, wins, usd)}"]
    if doubt := offer_doubt(offer, advice.gpu, advice.profile.market.tier, advice.book):
        lines[1:1] = ["", doubt]
    beats = "cannot win" if wins.usd is None else _short_answer(offered, wins, usd)
    answer = _two_answers(None if figure is None else offered / figure.value - 1, beats)
    return _offer(
        quote, "a used node to buy" if used else "a node to buy", figure_text(offered, "USD/node"), answer, lines
    )


def _financed_offer(offer: Offer, advice: Advice) -> OfferView:
    """An offer of a lease or a loan: what it charges a year, and what it costs the plan."""
    quote, months = offer.quote, offer.months or 1
    payment = of_one(offer.payments_usd_per_node or 0.0) / offer.node_price
    apr = (
        lease_apr(payment, months, quote.residual_share or 0.0)
        if quote.option == "lease"
        else loan_apr(payment, months)
    )
    option = next(one for one in advice.verdict.ranked if one.id == offer.id)
    pick = advice.verdict.pick
    lines = [
        f"{quote.option} of {months} months for {usd(offer.node_price)} a node: {percent(apr, 1)} a year (APR)",
        "",
        "Your plan",
        f"  {option.cost.option.label} is expected to cost {usd(option.cost.expected_usd)}",
        *(() if pick is None else (f"  {pick.cost.option.label}, the pick, {usd(pick.cost.expected_usd)}",)),
    ]
    per_node = figure_text(of_one(offer.payments_usd_per_node or 0.0), "USD/node-month")
    return _offer(quote, f"a {quote.option}", per_node, f"{percent(apr, 1)} a year", lines)


def _term_text(quote: Quote) -> str:
    """On demand · reserved 12 months · block 14 days."""
    if quote.option not in SIGNED:
        return quote.option.replace("-", " ")
    length, unit = (quote.months, "month") if quote.days is None else (quote.days, "day")
    return f"{quote.option} {length} {plural(unit, length or 1)}"


def _gap_text(above: float) -> str:
    """17% below · the same."""
    return "the same" if abs(above) < _SAME else f"{percent(abs(above))} {'above' if above > 0 else 'below'}"


def judgement_lines(found: Judgement, label: str) -> list[str]:
    """All that is known of a rental offer: the offer, posted prices, the seller, and the profile if one was given."""
    offer, quote = found.offer, found.offer.quote
    share = offer.prepaid_share
    prepaid = "" if share is None else f", {percent(of_one(share))} prepaid"
    who = f" from {quote.from_}" if quote.from_ else ""
    nodes = f"{found.nodes:,} node" + "s" * (found.nodes > 1)
    lines = [
        f"{usd_rate(offer.hourly_rate)} per GPU-hour{who} on {found.on}",
        f"{nodes} of {label}, {_term_text(quote)}{prepaid}",
    ]
    if found.doubt:
        lines += ["", found.doubt]
    if found.profile is not None:
        lines += ["", "Your plan", *_profile_lines(found.profile, offer.hourly_rate)]
    lines += ["", "Against posted prices", *(line for one in found.references for line in _reference_lines(one))]
    if not found.references:
        lines.append("  there is none for this day and term")
    if any(reference.id for reference in found.references):
        lines.append("  (`gpu-advisor market --figure ID` says where a price comes from)")
    return [*lines, "", "The seller", *_seller_lines(found.seller, offer.months)]


def _reference_lines(reference: Reference) -> list[str]:
    spread = "" if reference.low is None else f" {reference.low:.2f} to {reference.high or 0:.2f}"
    age = f", {age_phrase(reference.age_days)}" if reference.age_days else ""
    known = "your own" if reference.date is None else f"{reference.date}{age}, n={reference.n}"
    standing = f", {reference.standing}" if reference.standing else ""
    price = (
        f"  {_gap_text(reference.above_share):>10}  {usd_rate(reference.usd_per_gpu_hour)}{spread}  {reference.label}"
    )
    return [price, f"{'':14}{known}{standing}; {reference.id}"]


def _seller_lines(seller: SellerView | None, months: int | None) -> list[str]:
    if seller is None:
        return ["  the price of a node is not known, so neither is what the seller earns"]
    irr = "no return at all" if seller.irr_per_year is None else f"{percent(seller.irr_per_year, 1)} a year"
    target = percent(seller.target_return_per_year)
    going = seller.going_rate_irr_per_year
    what = "on this contract, then the market" if months else "at this rate"
    lines = [
        f"  a new owner earns {irr} (true IRR) {what}: {usd(seller.present_usd)} a node at {target}",
        f"  {_room_text(seller)}",
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


def _room_text(seller: SellerView) -> str:
    room = seller.room_usd_per_gpu_hour
    need = f"a provider buying servers today would need {usd_rate(seller.target_usd_per_gpu_hour)}"
    if room >= 0.005:
        return f"{need}: {usd_rate(room)} of room to negotiate"
    return f"{need}; expect discounts only on existing capacity"


def _profile_lines(view: ProfileView, offered: float) -> list[str]:
    lines = [f"  Not available: {why}" for why in view.infeasible_because]
    lines = lines or [f"  {_answer(offered, view.must_be, usd_rate)}"]
    cost = f"  taking it ({view.label}) costs {usd(view.usd)} (present value)"
    if view.otherwise_usd is None:
        lines.append(cost)
    else:
        gap = view.usd - view.otherwise_usd
        best = f"{view.otherwise_label} at the posted price" if view.otherwise == view.option else view.otherwise_label
        lines.append(f"{cost},")
        lines.append(f"  {usd(abs(gap))} {'more' if gap > 0 else 'less'} than your best option without it: {best}")
    if view.tipping.usd is not None:
        lines.append(f"  without it, renting on demand wins below {usd_rate(view.tipping.usd)}")
    lines.append(f"  with this offer the verdict is: {view.pick_label or 'nothing is feasible'}")
    return lines
