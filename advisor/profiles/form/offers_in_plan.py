"""Prices in a plan in words, as offers: `on demand at $4/h`, `12 months reserved at $2/h`, `or buy at $250k a node`."""

import re
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.formatting import listed
from advisor.market.terms import TERMS_MONTHS
from advisor.profiles.form.in_words import NODES
from advisor.profiles.form.lengths import ONE_LENGTH, months_in
from advisor.profiles.sums_of_money import USD
from advisor.values.any_case import AnyCase

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath

OF_A_NODE: "FieldPath" = ("quote", "buy", "usd_per_node")
_ON_DEMAND: "FieldPath" = ("quote", "on-demand", "usd_per_gpu_hour")
_PER = r"(?: ?/ ?| per | an? | each )"
_OF_GPU = r"(?:gpu|card|[abhlm][i]?\d+[a-z]?)"
_OF_HOUR = rf"(?:{_PER}(?:{_OF_GPU}(?:[ -]|{_PER}))?h(?:(?:ou)?rs?)?\b(?:{_PER}{_OF_GPU}\b)?)"
_SUM = rf"(?P<said>{USD})"
_HOURLY = f"{_SUM}{_OF_HOUR}"
_HOURLY_OR_BARE = rf"{_SUM}(?:{_OF_HOUR}|(?!\w| ?/| per | an? |[.,]\d))"
_IS = r"(?: (?:is|are|was|at|for|of|price|rate|costs?|costing|it|them|one))*:? @? ?"
_OR = (
    r"(?:,? (?:or|vs\.?|versus|against|and|but) )?"
    r"(?:\bwe(?:'re| are)?(?: now| currently)? pay(?:ing)? )?"
)
_NOW = r"(?: (?:now|today|currently|at the moment)\b)?"
_AT = r"(?:\b(?:at|for) |@ ?)?"
_A_TERM = r"(?:reserv(?:ed?|ing|ation)|commit(?:ted|ment)|contract|term|lease)"
_BUY = r"(?:buy(?:ing)?|purchas(?:e|ed|ing)|own(?:ing)?|bought|hardware)"
_HARDWARE = rf"(?:{NODES}|(?P<gpu>{_OF_GPU}))\b(?![ /-]*(?:an? |per |and )?[ /-]*(?:h|day|mo|y|week))"
_LENGTH = rf"(?P<length>(?<![\d.]){ONE_LENGTH})"
_OFFERS = tuple(
    (option, AnyCase(_OR + pattern + _NOW))
    for option, pattern in (
        ("reserved", rf"\b(?:an? |the )?{_LENGTH}[ -]{_A_TERM}\b(?: {_A_TERM})?{_IS}{_HOURLY_OR_BARE}"),
        ("reserved", rf"\b{_A_TERM}(?: for)? (?:an? )?{_LENGTH}{_IS}{_HOURLY_OR_BARE}"),
        ("reserved", rf"{_AT}{_HOURLY} (?:(?:if )?{_A_TERM} )?(?:for|with|on) (?:an? )?{_LENGTH}[ -]{_A_TERM}\b"),
        ("reserved", rf"{_AT}{_HOURLY} (?:if )?{_A_TERM} (?:for )?(?:an? )?{_LENGTH}"),
        ("on-demand", rf"\b(?:on[- ]demand|rent(?:al|ed|ing|s)?){_IS}{_HOURLY_OR_BARE}"),
        ("on-demand", rf"{_AT}{_HOURLY} (?:on[- ]demand|rented)\b"),
        ("buy", rf"(?:\b{_BUY}{_IS}|{_AT}){_SUM}{_PER}{_HARDWARE}"),
    )
)  # fmt: skip
_ANY_PRICE = AnyCase(
    rf"(?P<usd>{USD}) ?(?:/|per |an? )[ /-]?(?:[a-z\d]{{1,12}}[ /-]){{0,3}}?"
    rf"(?:gpu|h|hr|hour|(?P<node>{NODES})|[abhl]\d+)\b(?:(?:[ /-]| per | an? )h(?:(?:ou)?rs?)?\b)?"
    r"|(?<!\bor )(?<!\bvs )(?<!against )(?P<cents>\$\d{1,3}\.\d\d)"
    r"(?!\w|[.,]\d| ?(?:[kmb/]|million|thousand|each|per|an?)\b)"
)
_MORE = "other prices by `gpu-advisor offers --add` and O in the app"


def offer_in(text: str) -> "tuple[re.Match[str], FieldPath, str] | None":
    """The first price in a text, the field of the form that it is for, and what may be typed there; of hardware per GPU
    with a slash behind it: `$30k/`. None where there is none.

    Raises:
        InputError: For a price that may be of several offers, and for a term that the form does not have.
    """
    for option, pattern in _OFFERS:
        if (match := pattern.search(text)) is not None:
            if option == "buy":
                return match, OF_A_NODE, match["said"] + ("/" if match["gpu"] else "")
            return match, _ON_DEMAND if option == "on-demand" else _reserved(match), match["said"]
    if (price := _ANY_PRICE.search(text)) is not None:
        bare = f"{(price['usd'] or price['cents']).strip()} per GPU-hour"
        which = (
            "the price of a GPU and hour"
            if price["node"]
            else f"`on demand at {bare}` or `12 months reserved at {bare}`"
        )
        raise InputError("the plan", repr(price[0]), f"{which}; {_MORE}")
    return None


def _reserved(match: re.Match[str]) -> "FieldPath":
    months = months_in(match["length"])
    if months not in TERMS_MONTHS:
        terms = listed([str(term) for term in TERMS_MONTHS])
        raise InputError("the plan", repr(match[0].strip(" ,")), f"a term of {terms} months; {_MORE}")
    return "quote", "reserved", int(months), "usd_per_gpu_hour"
