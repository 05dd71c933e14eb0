"""Evaluate an offer: against posted prices of its date, by what the seller earns, and by what it does for a profile
(docs/model.md#offers)."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

import numpy as np

from advisor.array_types import of_one
from advisor.costing.discounts import prepay_bonus_share, volume_discount_share
from advisor.errors import InputError
from advisor.formatting import plural
from advisor.market.assumptions import Tier
from advisor.market.figures import LEAST_SAMPLE, Figure
from advisor.market.price_book import PriceBook
from advisor.market.price_history import LEVEL, POOLED, TERM_SERIES, History
from advisor.market.provenance import age_days, of_figure
from advisor.offers.for_profile import ProfileView, profile_view
from advisor.offers.seller_return import efficient_owner
from advisor.profiles.doubts import offer_doubt
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offer_of, payments_usd
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

INDEX_SERIES = {12: "reserved_1y_semianalysis"}  # by term in months
LONGER_SERIES = {12: "reserved_1y_hyperscaler", 36: "reserved_3y_hyperscaler"}


@dataclass(frozen=True)
class Reference:
    """A posted price that the offer is compared with.

    Attributes:
        id: Id of the figure, for its source.
        label: For reading.
        usd_per_gpu_hour: The posted price.
        low: Lowest price behind it; None without a range.
        high: Highest price behind it; None without a range.
        n: Number of sources; None for the user's own figure.
        date: Of the price; None for the user's own figure.
        age_days: Of the price on the day of the offer; None for the user's own figure.
        source: Where it is posted.
        above_share: Offer over posted price, less one.
        percentile: Where the offer lies between low (0), the price (50) and high (100); None with too few sources or
            outside the range.
        standing: The percentile in a phrase.
    """

    id: str
    label: str
    usd_per_gpu_hour: float
    low: float | None
    high: float | None
    n: int | None
    date: str | None
    age_days: int | None
    source: str
    above_share: float
    percentile: float | None
    standing: str


@dataclass(frozen=True)
class SellerView:
    """What an efficient new owner of a node earns on the offer, and on the market after its term.

    Attributes:
        irr_per_year: Internal rate of return; None when there is not exactly one.
        present_usd: Net present value per node at the target return.
        annualised_multiple: (net cash / capex)^(1/years) - 1, the measure of the 2024 latent.space article.
        target_return_per_year: What an owner wants to earn.
        target_usd_per_gpu_hour: Offer at which the target is earned.
        room_usd_per_gpu_hour: How far the offer lies above that; negative below it.
        cash_floor_usd_per_gpu_hour: Running cost alone.
        going_rate_irr_per_year: The return when hours are sold one by one at this rate, with the usual idle time.
        going_rate_target_usd_per_gpu_hour: The rate at which the target is earned then.
    """

    irr_per_year: float | None
    present_usd: float
    annualised_multiple: float
    target_return_per_year: float
    target_usd_per_gpu_hour: float
    room_usd_per_gpu_hour: float
    cash_floor_usd_per_gpu_hour: float
    going_rate_irr_per_year: float | None
    going_rate_target_usd_per_gpu_hour: float


@dataclass(frozen=True)
class Judgment:
    """The evaluation of one offer.

    Attributes:
        gpu, nodes, offer, on: What was evaluated: of which GPU, for how many nodes, as of which day.
        gpus: How many GPUs those are, where they are less than a node; else None.
        payments_usd: What those nodes cost by month of the term; empty without a term.
        assumed_prepaid_share: The book's share that is prepaid, where the payments follow from it; else None.
        references: The posted prices of that day.
        seller: None when the book has no node price.
        profile: None when none was given.
        doubt: Which unit the offer is likely to be in, when that is not the one it was given in; else empty.
    """

    gpu: str
    nodes: int
    gpus: int | None
    offer: Offer
    on: date
    payments_usd: tuple[float, ...]
    assumed_prepaid_share: float | None
    references: tuple[Reference, ...]
    seller: SellerView | None
    profile: ProfileView | None
    doubt: str

    @property
    def posted(self) -> Reference | None:
        """The posted price of the same thing: that of the term, or of an hour on demand; None when there is none."""
        terms = (one for one in self.references if "_term_discount." in one.id)
        return next(chain(terms, self.references), None)


def judge(
    quote: Quote,
    gpu_id: str,
    nodes: int,
    book: PriceBook,
    history: History,
    on: date,
    profile: Profile | None = None,
    gpus: int | None = None,
) -> Judgment:
    """Evaluate one rental offer.

    Args:
        quote: The offer.
        gpu_id: Of which GPU.
        nodes: How many nodes it is for.
        book: The price book.
        history: Past prices.
        on: Day of the offer.
        profile: On the same GPU; its own quote for the same term is ignored.
        gpus: How many GPUs it is for, where these are less than a node.

    Raises:
        InputError: For an offer to buy, and when the profile is about another GPU.

    Source: docs/model.md#offers.
    """
    rental = book.assumptions(gpu_id).rental
    offer = offer_of(quote, rental)
    if offer.usd_per_gpu_hour is None:
        raise InputError("quote", "an offer to buy", "an offer to rent: on demand or reserved")
    if profile is not None and book.gpu(profile.workload[0].gpu).id != gpu_id:
        raise InputError("--gpu", gpu_id, f"{book.gpu(profile.workload[0].gpu).id}, which the profile is about")
    tier: Tier = "neocloud" if profile is None else profile.market.tier
    references = tuple(_references(offer, offer.hourly_rate, gpu_id, nodes, tier, book, history, on))
    seller = seller_view(offer, gpu_id, book)
    view = None if profile is None else profile_view(quote, profile, book)
    doubt = offer_doubt(offer, book.gpus[gpu_id], tier, book)
    paid_for = nodes if gpus is None else gpus / of_one(rental.gpus_per_node)
    payments = payments_usd(offer, rental, paid_for) if offer.month_shares else ()
    assumed = of_one(rental.prepaid_share) if payments and not offer.quote.says_what_is_prepaid else None
    return Judgment(gpu_id, nodes, gpus, offer, on, payments, assumed, references, seller, view, doubt)


def _references(
    offer: Offer, usd: float, gpu_id: str, nodes: int, tier: Tier, book: PriceBook, history: History, on: date
) -> Iterator[Reference]:
    """The book's prices if they were published by that day, then the last prices of the history before it."""
    month, gpu = f"{on:%Y-%m}", book.gpus[gpu_id]
    known = history.until(month)
    if month >= f"{book.read_on:%Y-%m}":
        others = ("hyperscaler" if tier == "neocloud" else "neocloud",) if offer.months is None else ()
        names = (tier, *others)
        for name in (*names, *(("marketplace",) if offer.months is None else ())):
            figure = gpu.figures.get(f"{name}_usd_per_gpu_hour")
            if figure is not None:
                path = f"{gpu_id}.{name}_usd_per_gpu_hour"
                yield _of_figure(path, f"{name} list, on demand", figure, usd, book, on)
        yield from _book_terms(offer, usd, gpu_id, nodes, tier, book, on)
    else:
        yield from _of_series(known, gpu_id, LEVEL, "neocloud list, on demand", usd, book, on)
        if offer.months is None:
            yield from _of_series(known, gpu_id, "on_demand_hyperscaler", "hyperscaler list, on demand", usd, book, on)
            yield from _of_series(known, gpu_id, "marketplace", "marketplaces", usd, book, on)
    if offer.months is not None:
        term = f"{offer.months} {plural('month', offer.months)}"
        series = {
            TERM_SERIES.get(offer.months, ""): f"posted by neoclouds for {term}",
            INDEX_SERIES.get(offer.months, ""): f"contract index, {term}",
            POOLED: "posted commitments of 3 to 36 months together",
            LONGER_SERIES.get(offer.months, ""): f"posted by hyperscalers for {term}",
        }
        for name, label in series.items():
            yield from _of_series(known, gpu_id, name, label, usd, book, on)


def _book_terms(
    offer: Offer, usd: float, gpu_id: str, nodes: int, tier: Tier, book: PriceBook, on: date
) -> Iterator[Reference]:
    """The book's term price, and the same for this size and prepayment."""
    gpu, rental = book.gpus[gpu_id], book.assumptions(gpu_id).rental
    posted_months = offer.months or 0
    price, discount = gpu.value(f"{tier}_usd_per_gpu_hour"), gpu.term_discounts[tier].get(posted_months)
    if price is None or discount is None:
        return
    posted = discount.model_copy(
        update={
            "value": price * (1 - discount.value),
            "low": price * (1 - discount.high),
            "high": price * (1 - discount.low),
        }
    )
    path = f"{gpu_id}.{tier}_term_discount.{offer.months}"
    yield _of_figure(path, f"{tier} list less the discount for {offer.months} months", posted, usd, book, on)
    volume = float(volume_discount_share(nodes, rental))
    prepaid = of_one(rental.prepaid_share) if offer.prepaid_share is None else of_one(offer.prepaid_share)
    size = posted.value * (1 - volume) * (1 - of_one(prepay_bonus_share(prepaid, posted_months, rental)))
    alone = posted.model_copy(update={"value": size, "low": size, "high": size, "n": 0})
    label = f"the same for {nodes} node{'s' if nodes > 1 else ''}, {prepaid:.0%} prepaid"
    yield _of_figure(path, label, alone, usd, book, on)


def _of_figure(path: str, label: str, figure: Figure, usd: float, book: PriceBook, on: date) -> Reference:
    known, ranged = of_figure(path, figure, book, on), figure.low < figure.high and not figure.own
    low, high = (figure.low, figure.high) if ranged else (None, None)
    n = 0 if figure.is_thin or figure.own else figure.n
    rank, standing = _standing(usd, figure.value, low, high, n)
    above = usd / figure.value - 1
    return Reference(
        path, label, figure.value, low, high, known.n, known.date, known.age_days, figure.source, above, rank, standing
    )


def _of_series(
    history: History, gpu_id: str, name: str, label: str, usd: float, book: PriceBook, on: date
) -> Iterator[Reference]:
    """The last price of a series, if it has one."""
    if name not in history.names(gpu_id):
        return
    series = history.series(gpu_id, name)
    at = len(series.months) - 1
    value, n, low, high = series.values[at], series.n[at], series.low[at], series.high[at]
    rank, standing = _standing(usd, value, low, high, n)
    path, month = f"history.{gpu_id}.{name}.{series.months[at]}", series.months[at]
    age, above = age_days(month, on, book.read_on), usd / value - 1
    yield Reference(path, label, value, low, high, n, month, age, series.method, above, rank, standing)


def _standing(usd: float, middle: float, low: float | None, high: float | None, n: int) -> tuple[float | None, str]:
    """The percentile of a price, by straight lines from the lowest (0) over the middle (50) to the highest (100), and
    a phrase for it; only where three sources or more give a range."""
    if low is None or high is None or n < LEAST_SAMPLE or not low < high:
        return None, ""
    if usd < low:
        return None, f"below the lowest of {n} posted offers"
    if usd > high:
        return None, f"above the highest of {n} posted offers"
    rank = float(np.interp(usd, [low, middle, high], [0, 50, 100]))
    above = round(n * (1 - rank / 100))
    many = {0: "almost none", n: "almost all"}.get(above, f"about {above}")
    return rank, f"cheaper than {many} of {n} posted offers"


def seller_view(offer: Offer, gpu_id: str, book: PriceBook) -> SellerView | None:
    """What an efficient new owner earns on a rental offer; None when the book has no node price.

    Args:
        offer: The offer.
        gpu_id: Of which GPU.
        book: The price book.

    Source: docs/model.md#seller-return.
    """
    assumptions = book.assumptions(gpu_id)
    figures, usual = assumptions.experts, efficient_owner(gpu_id, assumptions.experts)
    if usual is None or offer.usd_per_gpu_hour is None:
        return None
    owner, usd = usual, offer.hourly_rate
    if offer.months is not None:
        prepaid = (
            of_one(assumptions.rental.prepaid_share) if offer.prepaid_share is None else of_one(offer.prepaid_share)
        )
        owner = usual.under_contract(offer.months, prepaid, float(figures.owner_utilisation_share))
    target = float(figures.owner_return_per_year)
    return SellerView(
        irr_per_year=owner.irr_per_year(usd),
        present_usd=owner.present_usd(usd, target),
        annualised_multiple=owner.annualised_multiple(usd),
        target_return_per_year=target,
        target_usd_per_gpu_hour=owner.rent_for(target),
        room_usd_per_gpu_hour=usd - owner.rent_for(target),
        cash_floor_usd_per_gpu_hour=owner.cash_floor_usd_per_gpu_hour,
        going_rate_irr_per_year=usual.irr_per_year(usd),
        going_rate_target_usd_per_gpu_hour=usual.rent_for(target),
    )
