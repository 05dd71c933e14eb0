"""Amounts of offers that are out of any range once they are in one unit: refused in one line."""

from collections.abc import Iterator

from advisor.array_types import of_one
from advisor.errors import InputError
from advisor.finance.loans import MOST_APR, lease_rent, level_payment
from advisor.formatting import usd_rate
from advisor.market.assumptions import Rental
from advisor.profiles.limits import LEAST_USD_PER_HOUR, LEAST_USD_PER_NODE, MOST_USD_PER_HOUR, MOST_USD_PER_NODE
from advisor.profiles.offers.kinds import FINANCED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offer_of

_ROUNDED = 1e-6  # of a payment: rounded to cents


def refuse_amounts_out_of_range(quote: Quote, rental: Rental, where: str, index: int) -> None:
    """Raise InputError when an amount of an offer is out of any range.

    Args:
        quote: The offer.
        rental: For the GPUs of a node and the hours of a month.
        where: Of the profile, put in front.
        index: Of the offer in the profile, from 0.
    """
    offer = offer_of(quote, rental)
    for field, found, allowed in (*_of_price(offer), *_of_payments(offer, rental)):
        raise InputError(f"{where}: quote {index + 1}, {field}", found, allowed, ("quote", index, field))


def _of_price(offer: Offer) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a price in another unit, or with what is paid upfront: field, found and allowed."""
    quote = offer.quote
    for usd, least, most, unit in (
        (offer.usd_per_gpu_hour, LEAST_USD_PER_HOUR, MOST_USD_PER_HOUR, "GPU-hour"),
        (offer.usd_per_node, LEAST_USD_PER_NODE, MOST_USD_PER_NODE, "node"),
    ):
        if usd is None or least <= of_one(usd) <= most:
            continue
        allowed, in_one_unit = f"from {least:g} to {most:,.0f} USD per {unit}", f"{usd_rate(of_one(usd))} per {unit}"
        beside = next((name for name in ("upfront", "setup_fee") if getattr(quote, name)), None)
        if beside is not None:
            yield beside, f"{getattr(quote, beside):,g} {quote.currency} and the price, {in_one_unit}", allowed
        else:
            yield "price", f"{quote.price or 0.0:,g} {quote.currency} per {quote.per}, {in_one_unit}", allowed


def _of_payments(offer: Offer, rental: Rental) -> Iterator[tuple[str, str, str]]:
    """What is wrong with monthly payments: they repay what is financed, with interest that a lender may take."""
    quote, months = offer.quote, offer.months or 1
    if quote.payments is None or offer.payments_usd_per_node is None:
        return
    if quote.option not in FINANCED:
        hours = of_one(rental.gpus_per_node) * of_one(rental.hours_per_month)
        rate = of_one(offer.payments_usd_per_node) / hours
        if rate > MOST_USD_PER_HOUR:
            found = f"{quote.payments:,.10g} {quote.currency} a month, {usd_rate(rate)} per GPU-hour"
            yield "payments", found, f"at most {MOST_USD_PER_HOUR:,.0f} USD per GPU-hour"
        return
    residual = quote.residual_share or 0.0
    rent = level_payment(MOST_APR, months) if quote.option == "loan" else lease_rent(MOST_APR, months, residual)
    lent = quote.payments / (of_one(offer.payments_usd_per_node) / offer.node_price)
    least, most = (1 - residual) / months * lent, float(rent) * lent
    if not least * (1 - _ROUNDED) <= quote.payments <= most:
        found = f"{quote.payments:,.10g} {quote.currency} a month for {months} months against {lent:,.10g}"
        hint = "" if quote.option == "loan" else ", or another residual_share"
        yield "payments", found, f"from {least:,.2f} to {most:,.2f} a month{hint}"
