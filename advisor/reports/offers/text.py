"""Evaluated offers as text: what is offered, how it stands to posted prices, what the seller earns, and what it does
for the plan."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from advisor.array_types import of_one
from advisor.decision.offer_values import ClauseValue
from advisor.decision.price_break_even import PricePoint
from advisor.formatting import (
    age_phrase,
    capitalized,
    figure_range,
    fine_percent,
    percent,
    plural,
    usd,
    usd_exact,
    usd_rate,
)
from advisor.offers.evaluate import Judgment, Reference, SellerView
from advisor.offers.financing import Financing
from advisor.offers.for_profile import ProfileView, offered_usd
from advisor.offers.judged import HardwareView
from advisor.offers.negotiation import ClauseAsk, PriceAsk
from advisor.profiles.offers.kinds import DAYS_OF_A_MONTH, FINANCED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer

_SAME = 0.005  # share within which two prices are called the same
_KINDS = {
    "on-demand": "on demand", "spot": "spot", "block": "a block of", "committed-spend": "committed spend for",
    "reserved": "reserved for", "buy": "nodes to buy", "buy-used": "used nodes to buy", "hosted": "hosted nodes for",
    "lease": "a lease of", "loan": "a loan of", "sale-leaseback": "a sale and leaseback for",
}  # fmt: skip
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def kind_text(quote: Quote) -> str:
    """On demand · reserved for 12 months · a block of 7 days."""
    kind = _KINDS[quote.option]
    if quote.days is not None and quote.days < DAYS_OF_A_MONTH:
        return f"{kind} {quote.days} {plural('day', quote.days)}"
    term = quote.term_months
    return kind if term is None else f"{kind} {term} {plural('month', term)}"


def short_kind(quote: Quote) -> str:
    """The same for a table: reserved 12 months · block 7 days."""
    return (
        kind_text(quote)
        .replace(" for ", " ")
        .replace("a block of", "block")
        .replace("a lease of", "lease")
        .replace("a sale", "sale")
    )


def price_text(quote: Quote, offer: Offer) -> str:
    """A price as the seller writes it: $2.30 per GPU-hour · €19.40 per node-hour and €5,000 set-up."""
    sign = _SIGNS.get(quote.currency, f"{quote.currency} ")
    fee = "" if quote.setup_fee is None else f" and {sign}{quote.setup_fee:,.10g} set-up"
    if quote.price is None or quote.per is None:
        if quote.usd_per_node:
            return f"{usd(quote.usd_per_node)} per node{fee}"
        alone = quote.usd_per_gpu_hour if fee and quote.usd_per_gpu_hour is not None else offer.hourly_rate
        return f"{usd_rate(alone)} per GPU-hour{fee}"
    unit = {"total": "in total", "month": "a month"}.get(quote.per, f"per {quote.per.replace('gpu', 'GPU')}")
    return f"{sign}{quote.price:,.2f} {unit}{fee}"


def short_answer(offer: Offer, break_even: PricePoint) -> str:
    """In short, wins to $2.61 or needs $2.31: an offer beside the price at which it stops being the best."""
    if break_even.usd is None:
        return "cannot win" if "low enough" in break_even.reason else break_even.reason
    return (
        f"{'wins to' if offered_usd(offer) <= break_even.usd else 'needs'} {limit_text(offer, break_even.usd, '/mo')}"
    )


def answer_text(offer: Offer, break_even: PricePoint) -> str:
    """Good: take it up to $2.61 · Does not beat your best option unless $2.31 or less."""
    if break_even.usd is None:
        return capitalized(break_even.reason)
    limit = limit_text(offer, break_even.usd, " a month")
    if offered_usd(offer) <= break_even.usd:
        return f"Good: take it up to {limit}"
    return f"Does not beat your best option unless {limit} or less"


def limit_text(offer: Offer, limit: float, month: str) -> str:
    """The price up to which to take an offer: of a rent by the hour, of hardware by the node, of a lease or loan all
    payments of a month. month: how that is said."""
    if offer.usd_per_gpu_hour is not None:
        return usd_rate(limit)
    financed = offer.quote.option in FINANCED and offer.quote.payments is not None
    return f"{usd(limit)}{month if financed else ''}"


def gap_text(above: float) -> str:
    """An offer beside a posted price: 17% below · the same."""
    return "the same" if abs(above) < _SAME else f"{percent(abs(above))} {'above' if above > 0 else 'below'}"


def size_text(found: Judgment) -> str:
    """For how much an offer is evaluated: `63 nodes`, or `1 GPU` where that is less than a node."""
    if found.gpus is not None:
        return f"{found.gpus} {plural('GPU', found.gpus)}"
    return f"{found.nodes:,} {plural('node', found.nodes)}"


def judgment_lines(found: Judgment, label: str) -> list[str]:
    """All that is known of a rental offer: the offer, posted prices, the seller, and the profile if one was given."""
    offer, quote = found.offer, found.offer.quote
    share = offer.prepaid_share if quote.setup_fee is None else quote.prepaid
    prepaid = "" if share is None else f", {percent(of_one(share))} prepaid"
    who = f" from {quote.from_}" if quote.from_ else ""
    lines = [
        f"{_rate_text(offer)}{who} on {found.on}",
        f"{size_text(found)} of {label}, {kind_text(quote)}{prepaid}",
    ]
    if found.doubt:
        lines += ["", found.doubt]
    if found.profile is not None:
        lines += ["", "Your plan", *_profile_lines(found.profile, offer)]
    if found.payments_usd:
        lines += ["", "What you pay the seller", *_payment_lines(found)]
    lines += ["", "Against posted prices", *(line for one in found.references for line in _reference_lines(one))]
    if not found.references:
        lines.append("  none for this day and term")
    if any(reference.id for reference in found.references):
        lines.append("  (`gpu-advisor market --figure ID` says where a price comes from)")
    return [*lines, "", "The seller", *_seller_lines(found.seller, offer.months)]


def _rate_text(offer: Offer) -> str:
    """The rate, with the price as the seller writes it where that is in another unit or has a fee beside it."""
    rate, quote = f"{usd_rate(offer.hourly_rate)} per GPU-hour", offer.quote
    plain = quote.price is None and quote.setup_fee is None
    return rate if plain else f"{rate} ({price_text(quote, offer)})"


def _payment_lines(found: Judgment) -> Iterator[str]:
    """What the seller is paid by month of the term, months of one payment together, and in all."""
    if found.assumed_prepaid_share is not None:
        yield f"  assuming the usual {percent(found.assumed_prepaid_share)} prepaid, since the offer does not say"
    first = 1
    for usd_each, months in groupby(round(paid, 2) for paid in found.payments_usd):
        last = first + len(list(months)) - 1
        when = f"month {first}" if last == first else f"months {first} to {last}"
        each = "nothing" if usd_each == 0 else f"{usd_exact(usd_each)}{'' if last == first else ' a month'}"
        yield f"  {when:<15}{each}"
        first = last + 1
    used = "" if found.offer.quote.least_use_share is None else " if all hours are used"
    yield f"  {'in all':<15}{usd_exact(sum(found.payments_usd))}{used}"


def _reference_lines(reference: Reference) -> list[str]:
    spread = figure_range(reference.low, reference.high, "USD")
    age = f", {age_phrase(reference.age_days)}" if reference.age_days else ""
    known = "your own" if reference.date is None else f"{reference.date}{age}, n={reference.n}"
    standing = f", {reference.standing}" if reference.standing else ""
    price = (
        f"  {gap_text(reference.above_share):>10}  {usd_rate(reference.usd_per_gpu_hour)}"
        f"{f' {spread}' if spread else ''}  {reference.label}"
    )
    return [price, f"{'':14}{known}{standing}; {reference.id}"]


def _seller_lines(seller: SellerView | None, months: int | None) -> list[str]:
    if seller is None:
        return ["  the price of a node is not known, so neither is what the seller earns"]
    irr = "no return at all" if seller.irr_per_year is None else f"{fine_percent(seller.irr_per_year)} a year"
    target = percent(seller.target_return_per_year)
    going = seller.going_rate_irr_per_year
    what = "on this contract, then the market" if months else "at this rate"
    lines = [
        f"  a new owner earns {irr} (true IRR) {what}: {usd(seller.present_usd)} a node at {target}",
        f"  {_room_text(seller)}",
        f"  hardware that is paid for covers its running cost from {usd_rate(seller.cash_floor_usd_per_gpu_hour)}",
    ]
    if months:
        shown = "no return" if going is None else fine_percent(going)
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


def _profile_lines(view: ProfileView, offer: Offer) -> list[str]:
    """What taking the offer does for the plan."""
    lines = [f"  Not available: {why}" for why in view.infeasible_because]
    lines = lines or [f"  {answer_text(offer, view.must_be)}"]
    takes = "all of the plan at its price would cost" if view.infeasible_because else f"taking it ({view.label}) costs"
    cost = f"  {takes} {usd(view.usd)} (present value)"
    if view.otherwise_usd is None:
        lines.append(cost)
    else:
        gap = view.usd - view.otherwise_usd
        best = f"{view.otherwise_label} at the posted price" if view.otherwise == view.option else view.otherwise_label
        lines.append(f"{cost},")
        lines.append(f"  {usd(abs(gap))} {'more' if gap > 0 else 'less'} than your best option without it: {best}")
    if view.tipping.usd is not None:
        when = "failing that" if view.otherwise_rents else "without it"
        lines.append(f"  {when}, renting on demand wins below {usd_rate(view.tipping.usd)}")
    lines.append(f"  with this offer the verdict is: {view.pick_label or 'nothing is feasible'}")
    return lines


def hardware_lines(offer: Offer, view: HardwareView, plan: ProfileView | None, gpu_id: str, label: str) -> list[str]:
    """All that is known of an offer of hardware: the offer, the posted price, and the price below which buying wins."""
    quote, offered, figure = offer.quote, offer.node_price, view.posted
    used = "used " if quote.option == "buy-used" else ""
    who = f" from {quote.from_}" if quote.from_ else ""
    paid = "" if quote.payments is None else f", {quote.currency} {quote.payments:,.0f} a month"
    fee = "" if quote.setup_fee is None else f" ({price_text(quote, offer)})"
    lines = [f"{usd(offered)} per {used}node of {label}{who}{paid}{fee}", kind_text(quote)]
    if view.doubt:
        lines += ["", view.doubt]
    if plan is not None:
        lines += ["", "Your plan", *_profile_lines(plan, offer)]
    if view.financing is not None:
        lines += ["", "What it costs as a loan", *_financing_lines(view.financing)]
    lines += ["", "Against posted prices"]
    if figure is None:
        return [*lines, "  no price of this node is published"]
    spread = "" if figure.own else figure_range(figure.low, figure.high, figure.unit)
    path = f"{gpu_id}.{'used_' if used else ''}node_usd"
    lines.append(f"  {gap_text(offered / figure.value - 1):>10}  {usd(figure.value)}  {spread}")
    return [*lines, f"{'':14}{'your own' if figure.own else f'{figure.date}, n={figure.n}'}; {path}"]


def _financing_lines(found: Financing) -> list[str]:
    """What is paid for what is lent, and the rate a year that this comes to."""
    more = found.paid_usd - found.lent_usd
    when = "each payment in advance" if found.in_advance else "each payment at the end of its month"
    lines = [
        f"  {usd_exact(found.paid_usd)} in all for {usd_exact(found.lent_usd)}: {usd_exact(more)} more",
        f"  {percent(found.apr, 1)} a year (APR; {percent(found.effective, 1)} effective), {when}",
    ]
    if found.apr_in_arrears is not None:
        lines.append(f"  {percent(found.apr_in_arrears, 1)} if payments are at the end of each month")
    return lines


def clause_lines(clauses: Sequence[ClauseValue]) -> list[str]:
    """What each clause of an offer is worth, the others as they are."""
    return [
        f"  {one.words}: {'worth' if one.usd >= 0 else 'costs you'} {usd(abs(one.usd))}"
        for one in sorted(clauses, key=lambda one: -one.usd)
    ]


def ask_lines(price: PriceAsk | None, clause: ClauseAsk | None) -> list[str]:
    """What to ask the seller for, and why."""
    lines = []
    if price is not None:
        most = price.needed_usd
        said = most is None or usd_rate(most) == usd_rate(price.usd_per_gpu_hour)
        needed = "" if most is None or said else f"; above {usd_rate(most)} another option is better"
        lines.append(f"  a price of {usd_rate(price.usd_per_gpu_hour)}: {price.because}{needed}")
    if clause is not None:
        cost = "and costs the seller nothing" if clause.costs_usd < 1 else f"and the seller {usd(clause.costs_usd)}"
        lines.append(f"  {clause.words}: saves you {usd(clause.worth_usd)} {cost}")
    return lines or ["  nothing: no lower price is posted, and no clause is worth anything to this plan"]
