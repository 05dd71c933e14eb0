"""Evaluated offers -> the JSON of `offers`."""

from collections.abc import Sequence
from datetime import date

from advisor.array_types import of_one
from advisor.decision.cost_options import Costing
from advisor.offers.added import Added
from advisor.offers.judged import HardwareView, JudgedOffer
from advisor.profiles.offers.terms import Offer
from advisor.profiles.schema import Profile
from advisor.reports.json_models import offers as models
from advisor.reports.offers.counter_offer import counter_offer


def offers_report(
    profile: Profile, costing: Costing, found: Sequence[JudgedOffer], texts: Sequence[Added], on: date
) -> models.OffersReport:
    """The JSON of `gpu-advisor offers`."""
    pick = costing.verdict.pick
    return models.OffersReport(
        profile=profile.name,
        gpu=costing.gpu.id,
        date=on.isoformat(),
        book_read_on=costing.book.read_on.isoformat(),
        pick=None if pick is None else pick.id,
        read=tuple(map(_read, texts)),
        offers=tuple(_offer(one, costing.gpu.label) for one in found),
    )


def _read(added: Added) -> models.ReadTextJson:
    offers = tuple(tuple(map(models.PieceJson.model_validate, offer.pieces)) for offer in added.mail.offers)
    return models.ReadTextJson(offers=offers, left_out=added.left_out, unread=added.mail.unread)


def _offer(found: JudgedOffer, gpu: str) -> models.OfferJson:
    rental, hardware = found.rental, found.hardware
    return models.OfferJson(
        id=found.offer.id,
        quote=_quote(found.offer),
        nodes=found.nodes,
        date=found.on.isoformat(),
        expired=found.expired,
        payments_usd=() if rental is None else rental.payments_usd,
        references=() if rental is None else tuple(map(models.ReferenceJson.model_validate, rental.references)),
        seller=None if rental is None else models.SellerEarnsJson.or_null(rental.seller),
        hardware=None if hardware is None else _hardware(found.offer, hardware),
        doubt=hardware.doubt if hardware is not None else "" if rental is None else rental.doubt,
        plan=models.OfferForProfileJson.or_null(found.plan),
        saves_usd=found.saves_usd,
        clauses=tuple(map(models.ClauseWorthJson.model_validate, found.clauses)),
        ask_price=models.PriceAskJson.or_null(found.price_ask),
        ask_clause=models.ClauseAskJson.or_null(found.clause_ask),
        counter_offer=counter_offer(found, gpu),
        is_pick=found.is_pick,
    )


def _quote(offer: Offer) -> models.QuoteJson:
    quote = offer.quote
    return models.QuoteJson(
        option=quote.option,
        months=quote.months,
        days=quote.days,
        usd_per_gpu_hour=None if offer.usd_per_gpu_hour is None else of_one(offer.usd_per_gpu_hour),
        usd_per_node=None if offer.usd_per_node is None else of_one(offer.usd_per_node),
        price=quote.price,
        per=quote.per,
        currency=quote.currency,
        nodes=None if offer.nodes is None else of_one(offer.nodes),
        least_nodes=offer.least_nodes,
        prepaid_share=None if offer.prepaid_share is None else of_one(offer.prepaid_share),
        clauses={name: getattr(quote, name) for name in quote.clauses},
        seller=quote.from_,
        date=None if quote.date is None else quote.date.isoformat(),
        valid_until=None if quote.valid_until is None else quote.valid_until.isoformat(),
    )


def _hardware(offer: Offer, view: HardwareView) -> models.HardwareOfferJson:
    posted = None if view.posted is None else view.posted.value
    return models.HardwareOfferJson(
        posted_usd_per_node=posted,
        above_share=None if posted is None else offer.node_price / posted - 1,
        apr=None if view.financing is None else view.financing.apr,
    )
