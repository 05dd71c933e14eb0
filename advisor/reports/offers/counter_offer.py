"""What to answer the seller of an offer: a counter-offer as text to paste."""

import math

from advisor.formatting import listed, percent, usd_rate
from advisor.offers.evaluate import Reference
from advisor.offers.judged import JudgedOffer
from advisor.reports.offers.text import kind_text, price_text, size_text

_SAME = 0.005  # share within which a posted price is not an argument
_MOST_ARGUMENTS = 2


def counter_offer(found: JudgedOffer, gpu: str) -> str:
    """A letter that asks for a lower price and a clause where there is an argument for them; else, and for hardware,
    empty. It does not reveal the most you would pay.

    Args:
        found: The offer, evaluated.
        gpu: What its GPU is called.
    """
    if found.rental is None or (found.price_ask is None and found.clause_ask is None):
        return ""
    quote = found.offer.quote
    asked = []
    if found.price_ask is not None:
        asked.append(f"a price of {_in_their_unit(found, found.price_ask.usd_per_gpu_hour)}")
    if found.clause_ask is not None:
        asked.append(found.clause_ask.words)
    either = " or ".join(asked) if _one_is_enough(found) else listed(asked)
    greeting = f"Hello {quote.from_} team," if quote.from_ else "Hello,"
    paid = "" if quote.prepaid is None else f" with {percent(quote.prepaid)} prepaid"
    size = f"{size_text(found.rental)} of {gpu}"
    until = "" if quote.valid_until is None else f" before your offer ends on {quote.valid_until}"
    arguments = _arguments(found)
    return "\n".join(
        [
            greeting,
            "",
            f"Thank you for your offer of {price_text(quote, found.offer)} for {size}, {kind_text(quote)}{paid}.",
            f"We could sign{until} with {either}.",
            *([f"For comparison: {listed(arguments)}."] if arguments and found.price_ask is not None else []),
            "",
            "Could you meet us there?",
        ]
    )


def _one_is_enough(found: JudgedOffer) -> bool:
    """Whether the clause alone makes an offer the best that needs a lower price without it."""
    if found.price_ask is None or not found.price_ask.needed or found.clause_ask is None or found.saves_usd is None:
        return False
    return found.clause_ask.worth_usd + found.saves_usd > 0


def _in_their_unit(found: JudgedOffer, usd: float) -> str:
    """A rate as the seller writes prices, rounded down to cents."""
    quote = found.offer.quote
    if quote.setup_fee is not None:
        return f"{usd_rate(_down(usd))} per GPU-hour with the set-up in it"
    if quote.price is None or quote.upfront is not None:
        return f"{usd_rate(_down(usd))} per GPU-hour"
    factor = usd / found.offer.hourly_rate
    changed = quote.model_copy(update={"price": _down(quote.price * factor)})
    return price_text(changed, found.offer)


def _down(amount: float) -> float:
    return math.floor(100 * amount) / 100


def _arguments(found: JudgedOffer) -> list[str]:
    """Posted prices below the offer, the lowest first."""
    assert found.rental is not None
    below = [one for one in found.rental.references if one.above_share > _SAME and one.date is not None]
    return [_argument(one) for one in sorted(below, key=lambda one: one.usd_per_gpu_hour)[:_MOST_ARGUMENTS]]


def _argument(reference: Reference) -> str:
    n = "" if not reference.n or reference.n < 2 else f", n={reference.n}"
    return f"{reference.label} {usd_rate(reference.usd_per_gpu_hour)} ({reference.date}{n})"
