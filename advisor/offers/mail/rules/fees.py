"""Sums of money beside the price: fees that are paid once, and those that are not the price of the GPUs at all."""

import re
from collections.abc import Iterator
from functools import lru_cache

from advisor.offers.mail.rules.amounts import A_SPAN, MONEY, NUMBER, SIGN, TIME_UNIT, UNSIGNED, UNSIGNED_IS_IN
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.offers.mail.rules.prices import IS, PER, price_of, rate_patterns

_OTHER_GOODS = (
    r"(?:gi?b|ti?b|pi?b|tokens?|vcpus?|cpus?|cores?|ips?|users?|seats?|images?|requests?|kwh?|"
    r"1?\s?m(?:illion)? (?:\w+ )?tokens?)"
)
_SINGLE = r"(?:(?:an?\s+|the\s+)?(?:one[ -]?(?:time|off)|non[ -]?recurring|single|initial)\s+)"
_ONCE = (
    r"(?:set[ -]?up|install(?:ation)?|nrc|onboarding|activation|provisioning|commissioning|integration|implementation|"
    r"deployment|shipping(?: (?:&|and) handling)?|freight|einrichtung(?:sgebühr)?(?:\s+einmalig)?)"
)
_FEE = r"(?:fees?|costs?|charges?|payment)"
_FURTHER = (  # never the price of the GPUs, nor paid to use them
    r"(?:warranty|support|maintenance|bandwidth|egress|(?:data )?transfer|network(?:ing)?|storage|insurance|vat|"
    r"(?:sales )?tax(?:es)?|cross[ -]?connects?|colocation|remote hands|training|"
    r"min(?:imum|\.)? (?:(?!\d|months?|years?)\w+ ){0,2}(?:spend|commit(?:ment)?)|"
    r"(?:(?:refundable|security) ){1,2}deposit|refundable deposit|credits?|licen[cs]es?|"
    r"switch(?:es)?|spares?(?: parts?)?(?: kits?)?|cables|cabling|transceivers|optics|rail kits?)"
)
_CHEAPER = (
    r"(?:list(?: price)?|was|down from|instead of|versus|vs\.?|compared (?:with|to)|r+p|msrp|regular(?:ly)?|normally)"
)
_ABOUT = r"(?:(?:approx\.?|approximately|about|around|est\.?|estimated)\s+)?"
_GOODS = (
    "overage", "held", "unsigned_held", "goods", "surcharge", "surcharge_after", "further", "unsigned_further",
    "further_after", "plus",
)  # fmt: skip
_BESIDE = re.compile(rf"(?:{_SINGLE}{{0,2}}{_ONCE}|{_FURTHER})(?:\s+{_FEE})?", re.IGNORECASE)


def is_beside_the_price(name: str) -> bool:
    """Whether something that has a price is not the GPUs: a set-up, support."""
    return _BESIDE.fullmatch(name.strip()) is not None


@lru_cache(maxsize=8)
def _patterns(gpu_pattern: str) -> dict[str, re.Pattern[str]]:
    """The patterns of sums beside the price, for the names of some GPUs."""
    rate, _ = rate_patterns(gpu_pattern)
    once = rf"(?:{_SINGLE}{{0,2}}{_ONCE}(?:\s+{_FEE})?|{_SINGLE}{{1,2}}{_FEE})"
    hourly = rf"(?:{PER}(?:(?:{gpu_pattern})|gpus?|cards?)(?:{PER}|\s+)?(?:hours?|hrs?|h)\b|{PER}(?:hours?|hrs?|h)\b)"
    not_hourly = rf"(?![\d.,]*\d|\s*{hourly})"
    given_away = r"(?!\s+(?:is\s+|are\s+)?(?:included|incl\b|free|waived))"
    held = r"[\s,(]*(?:(?:is|fully)\s+)*(?:refundable|returned|held)\)?"
    for_years = rf"(?:\s+(?:{NUMBER}|years?|yrs?|months?|mos?|nbd|on-?site|next business day|24x?/?7|\d+x\d+))"
    quantity = r"(?:\s*[-–,:(]?\s*(?:qty|quantity)\.?\s*:?\s*\d+\)?\s*[-–,:]?)?"
    further = rf"(?:\d{{1,3}}[\w-]{{0,10}} )?(?:[\w-]{{1,30}} )?{_FURTHER}{for_years}{{0,5}}"
    further += rf"(?:\s+(?:{_FEE}|plan|up to|about)){{0,2}}(?:\s+[\d.]{{1,6}}\s?%)?{quantity}{IS}{_ABOUT}"
    sources = {
        "held": rf"deposit{IS}{MONEY}{held}",
        "unsigned_held": rf"deposit{IS}{UNSIGNED}{held}",
        "waived": rf"{once}{IS}{_ABOUT}{MONEY}(?:{rate})?\s*[,(]?\s*(?:(?:is|are|will be)\s+)?(?:waived|included|free)"
        r"\b[^.,;)\n]{0,60}\)?",
        "fee": rf"{once}{IS}{_ABOUT}{MONEY}{not_hourly}(?:{rate})?",
        "fee_after": rf"{MONEY}\s+{once}(?![A-Za-z]){given_away}(?:{rate})?",
        "unsigned_fee": rf"{once}{IS}{_ABOUT}{UNSIGNED}{not_hourly}(?:{rate})?",
        "unsigned_fee_after": rf"{UNSIGNED}\s+{once}(?![A-Za-z]){given_away}(?:{rate})?",
        "further": rf"{further}{MONEY}{not_hourly}(?:{rate})?",
        "unsigned_further": rf"{further}{UNSIGNED}{not_hourly}(?:{rate})?",
        "further_after": rf"{MONEY}(?:{rate})?"
        r"\s+(?:(?:of|for|in|a|free|annual|monthly|yearly|per year|total)\s+){0,2}"
        rf"(?:{_FURTHER}|(?:spend\s+)?commit(?:ment)?(?!\s+(?:of|for)\b))(?![A-Za-z]){given_away}"
        rf"(?:\s+(?:over|for)\s+{A_SPAN}\s+{TIME_UNIT}\b)?",
        "goods": rf"{MONEY}\s*(?:/|per|a)?\s*{_OTHER_GOODS}(?![A-Za-z])(?:\s*(?:/|per|a)\s*(?:month|mo|hour|hr|ip))?",
        "overage": r"\b(?:overages?|(?:excess|burst) (?:usage|use|hours))\b(?:[^.;\n]|\.\d){0,120}",
        "again": r"(?<![.!?:]\s)\b(?:that(?:['’]s| is| would be)|i\.?e\.?|which (?:is|works out to|comes to)|equals)"
        rf"[\s,:]+{_ABOUT}{MONEY}{not_hourly}(?:{rate})?(?:\s*(?:and|or|/)\s*{SIGN}\s?{NUMBER}k?{not_hourly}"
        rf"(?:\s*(?:/|per)\s*(?:node|server|rack|gpu|month|year))*)+",
        "cheaper_after": rf"{MONEY}(?:{rate})?\s+(?:list|regular(?:ly)?|rack rate)\b(?!\s*(?:of|is|:))(?:\s+price)?",
        "current": rf"\bcurrent(?:ly)?(?:\s+(?:rate|price))?\s+(?:of\s+|is\s+|at\s+)?{MONEY}(?:{rate})?"
        r"(?=[^.;\n]{0,80}[$€£])",
        "cheaper": rf"\b{_CHEAPER}\s*:?\s*(?:is\s+|of\s+|price\s+|at\s+)?(?>{MONEY}(?:{rate})?)"
        rf"(?!\s+for\s+{A_SPAN}[\s-]+{TIME_UNIT}\b(?![^.;]*\b(?:you\w*|we|our|now)\b))",  # else it is that of a term
    }
    return {name: re.compile(source, re.IGNORECASE) for name, source in (sources | _surcharges(rate)).items()}


def _surcharges(rate: str) -> dict[str, str]:
    """The sources of patterns of sums that are paid beside the price of a GPU-hour."""
    return {
        "surcharge": rf"\b(?:[\w-]+\s+)?(?:surcharge|add[ -]?on|uplift)s?(?:\s+fee)?{IS}{_ABOUT}{MONEY}(?:{rate})?",
        "surcharge_after": rf"(?:\+\s?)?{MONEY}(?:{rate})?\s+(?:(?:for|as)\s+)?(?:an?\s+|the\s+)?(?:[\w-]+\s+){{0,2}}"
        r"(?:surcharge|add[ -]?on|uplift|premium|extra)\b",
        "plus": rf"\+\s?{MONEY}(?:{rate})?(?:\s+(?:for\s+)?(?:InfiniBand|IB|RoCE|NDR|networking)\b)?",
    }


def read_goods(passage: Passage, gpu_pattern: str) -> Iterator[str]:
    """Prices of other goods, which are not the price of the offer."""
    for name in _GOODS:
        for match in passage.take(_patterns(gpu_pattern)[name]):
            yield passage.words_of(match)


def read_list_prices(passage: Passage, gpu_pattern: str) -> Iterator[str]:
    """List prices and former prices beside the price of the offer, and the same price again in another unit."""
    for name in ("again", "current", "cheaper", "cheaper_after"):
        for match in passage.take(_patterns(gpu_pattern)[name]):
            yield passage.words_of(match)


def read_fees(passage: Passage, gpu_pattern: str) -> Iterator[Piece]:
    """One-time fees, as a piece `setup_fee` for the whole offer, or `setup_fee_gpu`, `setup_fee_node`. Recurring fees
    are not read."""
    for match in passage.take(_patterns(gpu_pattern)["waived"]):
        yield Piece("unread", passage.words_of(match), passage.words_of(match))
    for name in ("fee", "fee_after", "unsigned_fee", "unsigned_fee_after"):
        signed = not name.startswith("unsigned")
        for match in passage.take(_patterns(gpu_pattern)[name]):
            price, words = price_of(match, passage), passage.words_of(match)
            if price is None or price.time not in ("", "total") or price.thing == "rack":
                yield Piece("unread", words, words)
                continue
            each = f"_{price.thing}" if price.thing else ""
            if price.amount:
                yield Piece(f"setup_fee{each}", price.amount, words, "" if signed else UNSIGNED_IS_IN)
                yield from [Piece("fee_currency", price.currency, words)] if signed else []
