"""Prices that are given as a share off a list price, which stands beside it or in another line."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from advisor.offers.mail.rules.amounts import MONEY, NUMBER, SIGN, number
from advisor.offers.mail.rules.fees import read_fees, read_goods
from advisor.offers.mail.rules.pieces import Passage
from advisor.offers.mail.rules.prices import Price, pattern, price_of, rate_patterns, read_payments
from advisor.offers.mail.rules.terms import says_kind, says_term
from advisor.values.quick_dataclass import replace

SEPARATOR = re.compile(
    r";|\||,\s|\s/\s|\s(?:or|and)\s|(?<=[a-z\d)%])\.\s+(?:(?-i:(?=[A-Z$€£]))|(?=\d+ (?:months?|years?)\b))",
    re.IGNORECASE,
)  # of two offers in one line
_BETWEEN = re.compile(rf"{SEPARATOR.pattern}|\(|(?<=[a-z)])\.\s+", re.IGNORECASE)  # of a price and its discount
_LIST = r"(?:(?:list(?:ed)?|regular(?:ly)?|standard)(?:\s+(?:price|rate))?|rack rate)"
_LIST_FOR = re.compile(r"\b(list (?:price|rate)) for (?:our )?([\w-]+)(?= is\b)", re.IGNORECASE)
_LISTED = re.compile(rf"\b{_LIST}\b(?:\s*:|\s+(?:is|of|at)\b)?", re.IGNORECASE)
_HOURLY = r"(?:\s?(?:/|\bper\s|\ban?\s)\s?(?:gpu[\s/-]*)?(?:hours?|hrs?|h)\b)"
_MINUS = re.compile(  # a sum that is taken off, unless the dash only parts a price from what is in front of it
    rf"(?<=[\s:(])[-–−](?P<sign>{SIGN})\s?(?P<sum>{NUMBER})(?P<unit>{_HOURLY})?(?!\s*(?:/|per\b|off\b|less\b|discount))",
    re.IGNORECASE,
)
_MINUS_SHARE = re.compile(rf"(?<=[a-z:]\s)[-–−]\s?({NUMBER}\s?%)(?=\s*(?:$|[,;.)|]|on\b|from\b))", re.IGNORECASE)
_SHARE = rf"{NUMBER}\s*(?:%|percent|per cent)"
_OFF = r"(?:\s+(?:off|discount|less|cheaper|on\s+top))"
_LESS = (
    r"(?P<more>\b(?:another|(?:an?\s+)?(?:additional|extra|further))\s+(?:discount\s+of\s+)?)?"
    rf"{_SHARE}(?(more){_OFF}{{0,2}}|{_OFF}{{1,2}})"
)
_PREPAYING = (
    r"(?:(?:it is|you|is|an?|full|annual|yearly|quarterly|up[ -]?front)\s+){0,2}"
    r"(?:pre-?pa\w+|pay\w*|paid)\b(?:\s+(?:annually|yearly|up[ -]?front|in full|in advance|at signing))?"
)
_PREPAID = r"\bpre-?pay(?:ment)?\s+(?:discount|bonus)"
_FOR_PREPAYMENT = tuple(
    re.compile(source, re.IGNORECASE)
    for source in (
        rf"{_LESS}\s+(?:if|when|for|with)\s+{_PREPAYING}",
        rf"\b(?:if|when|with|for)\s+{_PREPAYING},?\s+(?:we\s+)?(?:take\s+|give\s+|add\s+)?(?:you\s+)?{_LESS}",
        rf"{_SHARE}\s+{_PREPAID}|{_PREPAID}\s*(?:of|:|is)?\s*{_SHARE}",
        rf"\bpre-?pay\w*\s+for\s+{_LESS}",
    )
)
_ON_DEMAND = re.compile(r"\bon[ -]?demand\b", re.IGNORECASE)


@lru_cache(maxsize=8)
def _patterns(gpu_pattern: str) -> dict[str, re.Pattern[str]]:
    """The patterns of list prices and of discounts, for the names of some GPUs."""
    rate, _ = rate_patterns(gpu_pattern)
    always = r"(?!\s+(?:(?:(?:from|after|at|in|as of|starting)\s+)?(?:the\s+)?(?:first|month)|on renewal"
    always += r"|(?:if|when)(?! you (?:sign|commit)\b)|with(?! (?:an? )?(?:\d+|one|two|three)[ -]?(?:mo|y))"
    always += r"|for (?:pre|up|orders)|above|over|beyond|on (?:support|storage|egress|orders)))"
    off = rf"(?P<percent>{NUMBER})\s*(?:%|percent|per cent)\s+(?:off|below|under|discount(?:ed)?)\b{always}"
    named = r"(?:discount(?:\s+(?:of|is))?|sav(?:e|es|ings?)(?:\s+of)?)"
    discount = rf"\b{named}\s*:?\s*(?P<percent>{NUMBER})\s*(?:%|percent|per cent){always}"
    of_what = r"(?:\s+(?:off|on|from|of)(?:\s+(?:the|our))?)?"
    from_list = r"(?:\s+(?:off|on|from|to))?(?:\s+(?:the|our))?"
    from_list += rf"(?:\s+{_LIST}(?!\s*(?:price|rate)?\s*(?:of|is|:|at)?\s*{SIGN}))?"
    off_sum = rf"(?<![\d.,]){SIGN}\s?(?P<sum>{NUMBER}){_HOURLY}?\s+(?:off|below|under|cheaper|lower"
    off_sum += rf"|less(?!\s*(?:{SIGN}|\d|an?\b))|discount(?:ed)?|reduction)\b{_HOURLY}?{always}"
    sources = {
        "listed": rf"\b{_LIST}\s*:?\s*(?:is\s+|of\s+|at\s+)?{MONEY}(?:{rate})?",
        "listed_before": rf"{MONEY}(?:{rate})?\s+{_LIST}\b(?!\s*(?:of|is|:))",
        "off": rf"{off}(?:{from_list})?",
        "off_price": rf"{off}{of_what}\s+{MONEY}(?:{rate})?",
        "off_sum": f"{off_sum}(?:{from_list})?",
        "off_sum_price": rf"{off_sum}{of_what}\s+{MONEY}(?:{rate})?",
        "less_sum": rf"{MONEY}(?:{rate})?(?:\s+{_LIST})?\s*,?\s*(?:less|minus)\s+{SIGN}\s?(?P<sum>{NUMBER}){_HOURLY}?",
        "minus_sum": rf"\b(?:less|minus)\s+{SIGN}\s?{NUMBER}{_HOURLY}?",
        "off_sum_told": off_sum.removesuffix(always)
        + r"(?:\s+(?:if|when|with|for\s+(?:pre|up)|on)\b[^.,;$€£\n]{0,60})?",
        "discount": discount,
        "discount_price": rf"{discount}{of_what}\s+{MONEY}(?:{rate})?",
        "less": rf"{MONEY}(?:{rate})?(?:\s+{_LIST})?\s*,?\s*(?:less|minus)\s+(?:an?\s+)?(?P<percent>{NUMBER})\s*%"
        r"(?:\s+discount)?",
    }
    return {name: re.compile(source, re.IGNORECASE) for name, source in sources.items()}


def read_discounted(passage: Passage, gpu_pattern: str) -> Iterator[Price]:
    """The price that is given as a share or a sum off a list price, where there is no other: `$3.29/GPU-hr less 25%`,
    `25% off the list price of $3.29/GPU-hr`, `$0.30/hr off $2.99/hr`."""
    patterns = _patterns(gpu_pattern)
    if len(_not_off(passage, passage.all_of(pattern("price", gpu_pattern)), gpu_pattern)) == 1:
        for name in ("less", "less_sum", "off_price", "off_sum_price", "discount_price"):
            for match in passage.take(patterns[name]):
                yield from _discounted(match, match, passage)
        listed = [one for name in ("listed", "listed_before") for one in passage.all_of(patterns[name])]
        off = _discounts(passage, gpu_pattern)
        if len(listed) == len(off) == 1:
            for name in ("off", "off_sum", "discount", "listed", "listed_before"):
                passage.take_first(patterns[name])
            yield from _discounted(listed[0], off[0], passage)


def read_for_prepayment(passage: Passage) -> Iterator[str]:
    """Discounts for a prepayment: another price on a condition, which is not counted."""
    for condition in _FOR_PREPAYMENT:
        for match in passage.take(condition):
            yield f"{passage.words_of(match)} (not calculated)"


def _unconditional(line: str) -> Passage:
    """A line without its discounts for a prepayment."""
    passage = Passage(line)
    list(read_for_prepayment(passage))
    return passage


def read_sums_off(passage: Passage, gpu_pattern: str) -> Iterator[str]:
    """Sums that are taken off a price which is not known, or on a condition: they are not prices."""
    for name in ("minus_sum", "off_sum_told"):
        for match in passage.take(_patterns(gpu_pattern)[name]):
            yield passage.words_of(match)


def _not_off(passage: Passage, prices: Sequence[re.Match[str]], gpu_pattern: str) -> list[re.Match[str]]:
    """The prices that are not a sum that is taken off another."""
    names = ("less_sum", "off_sum_price", "off_sum", "off_sum_told")
    off = [one.start("sum") for name in names for one in passage.all_of(_patterns(gpu_pattern)[name])]
    return [one for one in prices if not any(one.start() <= start < one.end() for start in off)]


def _discounts(passage: Passage, gpu_pattern: str) -> list[re.Match[str]]:
    """`25% off`, `discount: 25%`, `$0.30/hr off`, in the order of the text."""
    found = [one for name in ("off", "off_sum", "discount") for one in passage.all_of(_patterns(gpu_pattern)[name])]
    return sorted(found, key=lambda match: match.start())


def _discounted(listed: re.Match[str], off: re.Match[str], passage: Passage) -> Iterator[Price]:
    """A list price less its discount."""
    price, given = price_of(listed, passage), off.groupdict()
    of_price, less = number(given.get("percent") or ""), number(given.get("sum") or "")
    share = of_price / 100 if of_price else less / price.amount if price is not None and less else 0.0
    if price is not None and 0 < share < 1:
        first, last = sorted([listed, off], key=lambda match: match.start())
        words = passage.whole[first.start() : last.end()]
        yield replace(price, amount=round(price.amount * (1 - share), 10), words=words, off=share)


def with_sums_off(blocks: Sequence[Sequence[str]], gpu_pattern: str) -> list[list[str]]:
    """The lines of a text in which a sum with a minus is one that is taken off: `3 months commit -$0.30/hr` as
    `3 months commit $0.30/hr off`. It is not where the sum may be a price, like the others of the text; one that may be
    either is not read as a price."""
    blocks = [[_LIST_FOR.sub(r"\2 \1", line) for line in block] for block in blocks]
    rates = [price for block in blocks for line in block for price in _hourly_in(_MINUS.sub("", line), gpu_pattern)]

    def off(match: re.Match[str]) -> str:
        less = number(match["sum"]) or 0.0
        is_price = any(abs(rate - less) < less for rate in rates) if rates else not match["sum"].startswith("0")
        return match[0] if is_price else f"{match['sign']}{match['sum']}{match['unit'] or ''} off"

    return [[_MINUS_SHARE.sub(r"\1 off", _MINUS.sub(off, line)) for line in block] for block in blocks]


def _hourly_in(line: str, gpu_pattern: str) -> list[float]:
    """The amounts of the prices by the hour in a line."""
    found = (price_of(match, Passage(line)) for match in _prices_in(line, gpu_pattern))
    return [price.amount for price in found if price is not None and price.time in ("hour", "")]


def with_list_prices(blocks: Sequence[Sequence[str]], gpu_pattern: str) -> list[list[str]]:
    """The lines of a text with its list price behind each discount that does not stand beside it.

    That is the only price of the text: one that is called so, or one on demand or of no kind, from which each discount
    has a term. Several discounts each need a term, since they could be added up. Else the lines are as they were.
    """
    blocks = [[part for line in block for part in _on_demand_and_term(line, gpu_pattern)] for block in blocks]
    same = [list(block) for block in blocks]
    priced = [(line, match) for block in blocks for line in block for match in _prices_in(line, gpu_pattern)]
    if len(priced) != 1:
        return same
    line, match = priced[0]
    listed = _LISTED.search(line)
    on_demand = bool(_ON_DEMAND.search(line))
    if listed is None and not on_demand and says_kind(line):
        return same
    start = max(match.start("before"), match.start("number"))
    rest = line if listed is None else _LISTED.sub("", line[: match.start()]) + _LISTED.sub("", line[match.end() :])
    lines = [[rest if one == line else one for one in block] for block in blocks]
    parts = [part for block in lines for one in block for part in _by_discount(one, gpu_pattern)]
    beside = len(parts) == 1 and _has_discount(line, gpu_pattern)
    each = listed is None or len(parts) > 1
    if beside or not parts or (each and not all(map(says_kind, parts))):
        return same
    what = "" if listed is not None or says_kind(line[:start]) else line[:start]
    price = f" {line[start : match.end()]}"
    return [[_with_price(one, what, price, gpu_pattern) for one in block if one.strip()] for block in lines]


def _on_demand_and_term(line: str, gpu_pattern: str) -> list[str]:
    """A line as two where discounts for terms stand beside a price on demand: `$3.29/GPU-hr on demand, 25% off for 12
    months`; else as it is. In a sentence of its own the price need not be said to be one on demand."""
    prices, discounts = _prices_in(line, gpu_pattern), _discounts(_unconditional(line), gpu_pattern)
    if len(prices) != 1 or not discounts or _LISTED.search(line) is not None:
        return [line]
    (price,), last = prices, discounts[-1]
    start, end = (price.end(), discounts[0].start()) if price.start() < last.start() else (last.end(), price.start())
    for separator in _BETWEEN.finditer(line, start, max(start, end + 1)):
        halves = [line[: separator.start()], line[separator.end() :]]
        of_price, of_term = halves if price.start() < separator.start() else halves[::-1]
        said = _ON_DEMAND.search(of_price) or ("." in separator[0] and not says_kind(of_price))
        if said and not _ON_DEMAND.search(of_term) and says_term(of_term):
            return halves
    return [line]


def _prices_in(line: str, gpu_pattern: str) -> list[re.Match[str]]:
    """The sums of a line that are not fees, other goods, payments at signing or taken off another."""
    passage = Passage(line)
    for read in (read_fees, read_goods, read_payments):
        list(read(passage, gpu_pattern))
    return _not_off(passage, passage.all_of(pattern("price", gpu_pattern)), gpu_pattern)


def _has_discount(text: str, gpu_pattern: str) -> bool:
    return bool(_discounts(_unconditional(text), gpu_pattern))


def _by_discount(line: str, gpu_pattern: str) -> list[str]:
    """The part of a line for each of its discounts: cut where something separates them; empty without one."""
    discounts, parts, start = _discounts(_unconditional(line), gpu_pattern), [], 0
    for before, after in pairwise(discounts):
        separator = SEPARATOR.search(line, before.end(), after.start())
        if separator is not None:
            parts.append(line[start : separator.start()])
            start = separator.end()
    return [*parts, line[start:]] if discounts else []


def _with_price(line: str, what: str, price: str, gpu_pattern: str) -> str:
    """A line with a price behind each of its discounts, and in front of them what the price is for."""
    discounts = _discounts(_unconditional(line), gpu_pattern)
    for match in reversed(discounts):
        line = f"{re.sub('less$', 'off', line[: match.end()])}{price}{line[match.end() :]}"
    return f"{what}{line}" if discounts else line
