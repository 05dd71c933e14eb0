"""The sums of money in an offer: its price with its unit, what is paid upfront, and rates of exchange."""

import re
from collections.abc import Iterator
from functools import lru_cache

from advisor.offers.mail.amounts import MONEY, NUMBER, money, number
from advisor.offers.mail.pieces import Passage, Piece
from advisor.values.quick_dataclass import dataclass

_THINGS = {
    "gpu": r"gpus?|cards?|accelerators?|modules?",
    "node": r"nodes?|servers?|machines?|instances?|box(?:es)?|hosts?|systems?|vms?",
    "rack": r"racks?",
}
_TIMES = {  # the word, the period of the profile it is given in, and how many of those it has
    "hour": (r"hours?|hrs?|h", 1.0),
    "day": (r"days?", 1.0),
    "week": (r"weeks?|wks?", 7.0),
    "month": (r"months?|mos?|mths?|monthly", 1.0),
    "year": (r"years?|yrs?|annum|annually", 12.0),
    "minute": (r"minutes?|mins?", 1 / 60),
    "second": (r"seconds?|secs?|s", 1 / 3600),
}
_GIVEN_IN = {"week": "day", "year": "month", "minute": "hour", "second": "hour"}
_OTHER_GOODS = (
    r"(?:gi?b|ti?b|pi?b|tokens?|vcpus?|cpus?|cores?|ips?|users?|seats?|images?|requests?|kwh?|setup|set-up|"
    r"1?\s?m(?:illion)? (?:\w+ )?tokens?)"
)
_CHEAPER = (
    r"(?:list(?: price)?|was|down from|instead of|versus|vs\.?|compared (?:with|to)|r+p|msrp|regular(?:ly)?|normally)"
)


@dataclass(frozen=True)
class Price:
    """A sum of money in a text.

    Attributes:
        amount: In its currency.
        currency: ISO code.
        thing: gpu, node or rack; empty when the words do not say.
        time: hour, day or month; empty when the words do not say.
        each: Whether it is the price of one of several.
        words: As they stand in the text.
    """

    amount: float
    currency: str
    thing: str
    time: str
    each: bool
    words: str


@lru_cache(maxsize=8)
def _patterns(gpu_pattern: str) -> dict[str, re.Pattern[str]]:
    """The patterns of sums, for the names of some GPUs: `per H100 per hour` is per GPU."""
    thing = "|".join(rf"(?P<{name}_{{n}}>{words})" for name, words in _THINGS.items())
    thing = thing.replace("(?P<gpu_{n}>", rf"(?P<gpu_{{n}}>(?:{gpu_pattern})|")
    time = "|".join(rf"(?P<{name}_{{n}}>{words})" for name, (words, _) in _TIMES.items())
    word = rf"(?:{thing}|{time})(?![A-Za-z0-9])"
    per = r"(?:\s*(?:/|\bper\b|\ban?\b|\beach\b|-)\s*)"
    first = rf"(?:{per}|\s*(?=(?:gpu|node)[\s/-]?h))"
    first_word, second_word = (word.replace("{n}", number) for number in "12")
    rate = rf"(?:\*{{0,3}}(?:\s+avg\.?|\s+average)?{first}{first_word}(?:(?:{per}|\s+){second_word})?)"
    each = r"(?:\s*,?\s*(?P<each>each|apiece|a piece|total|in total|all[ -]in))"
    sources = {
        "price": rf"(?:(?:from|for|at|only|just|starting at)\s+)?[~≈@]?\s?{MONEY}(?:{rate})?(?:{each})?",
        "bare": rf"(?<![\w.,$€£%])(?P<value>{NUMBER})\s*(?:/|\bper\b)\s*{first_word}"
        rf"(?:(?:{per}|\s+){second_word})?",
        "goods": rf"{MONEY}\s*(?:/|per|a)?\s*{_OTHER_GOODS}(?![A-Za-z])(?:\s*(?:/|per|a)\s*(?:month|mo|hour|hr|ip))?",
        "cheaper": rf"\b{_CHEAPER}\s*:?\s*(?:of\s+|price\s+|at\s+)?{MONEY}(?:{rate})?",
        "upfront": rf"{MONEY}\s+(?:paid\s+|payable\s+|due\s+)?"
        r"(?:up[ -]?front|deposit|down(?: ?payment)?|in advance|at signing)\b",
        "deposit": rf"(?:deposit|down ?payment|prepayment|up[ -]?front(?: payment| fee)?)\s*(?:of|:|is)?\s*{MONEY}"
        r"(?![\d.,]*\d|\s*(?:/|per\b|an?\b|in total))",  # all upfront: $2.51/GPU-hr
        "step": r"(?:step[ -]?down|drops?|falls?|decreases?|goes down|then|reduced|reducing)\s+(?:to\s+)?"
        rf"{MONEY}(?:{rate})?\s+(?P<when>from|after|at|in|as of|starting)\s+(?:the\s+)?month\s+(?P<month>{NUMBER})",
        "year": rf"(?:\b(?:in\s+)?(?:year|yr|y)\s*(?P<year_no>[1-5])\s*[:=@-]?\s*{MONEY}(?:{rate})?)",
        "in_year": rf"{MONEY}(?:{rate})?\s*(?:in\s+|for\s+)?(?:the\s+)?(?:year|yr)\s*(?P<year_no>[1-5])\b",
        "exchange": r"(?:1\s?(?P<code>EUR|€|GBP|£|[A-Z]{3})\s?=\s?(?:USD\s?|\$\s?)?"
        rf"(?P<rate>{NUMBER})(?:\s?(?:USD|\$))?)"
        rf"|(?:\b(?P<code2>EUR|GBP|[A-Z]{{3}})\s?/\s?USD\s*(?:at|=|:|of)?\s*(?P<rate2>{NUMBER}))"
        rf"|(?:\bUSD\s?/\s?(?P<code3>EUR|GBP|[A-Z]{{3}})\s*(?:at|=|:|of)?\s*(?P<rate3>{NUMBER}))",
    }
    return {name: re.compile(source, re.IGNORECASE) for name, source in sources.items()}


def pattern(name: str, gpu_pattern: str) -> re.Pattern[str]:
    """A pattern of sums of money, by its name."""
    return _patterns(gpu_pattern)[name]


def price_of(match: re.Match[str], passage: Passage) -> Price | None:
    """The sum of a match of a pattern with a rate; None when its number cannot be read."""
    found = money(match)
    if found is None:
        return None
    groups = {name.rpartition("_")[0] for name, value in match.groupdict().items() if value and name[-1] in "12"}
    thing = next((name for name in _THINGS if name in groups), "")
    time = next((name for name in _TIMES if name in groups), "")
    each = (match.groupdict().get("each") or "").lower()
    amount = found[0] / _TIMES[time][1] if time else found[0]
    if "total" in each:
        thing, time = "", "total"
    return Price(
        amount, found[1], thing, _GIVEN_IN.get(time, time), bool(each) and time != "total", passage.words_of(match)
    )


def read_goods(passage: Passage, gpu_pattern: str) -> Iterator[str]:
    """Sums that are not the price of the offer: other goods, and list prices beside it."""
    for name in ("goods", "cheaper"):
        for match in passage.take(pattern(name, gpu_pattern)):
            yield passage.words_of(match)


def read_payments(passage: Passage, gpu_pattern: str) -> Iterator[Piece]:
    """What is paid at signing as a sum, and rates of exchange."""
    for match in passage.take(pattern("exchange", gpu_pattern)):
        rate = number(match["rate"] or match["rate2"] or match["rate3"])
        if rate:
            yield Piece("usd_per_currency", rate, passage.words_of(match))
    for name in ("upfront", "deposit"):
        for match in passage.take(pattern(name, gpu_pattern)):
            found = money(match)
            if found is not None:
                yield Piece("upfront", found[0], passage.words_of(match))
                yield Piece("currency", found[1], passage.words_of(match))


def read_steps(passage: Passage, gpu_pattern: str) -> Iterator[tuple[int, Price]]:
    """Prices with the month that they begin in, counted from 0: `then $2.00 from month 13`, `year 2 $1.75`."""
    for match in passage.take(pattern("step", gpu_pattern)):
        price, month = price_of(match, passage), number(match["month"])
        if price is not None and month is not None and month == int(month):
            yield int(month) - (match["when"].lower() != "after"), price
    by_year = [pattern("year", gpu_pattern), pattern("in_year", gpu_pattern)]
    matches = [passage.search(one) for one in by_year]
    if matches[0] is not None and matches[1] is not None and matches[1].start() < matches[0].start():
        by_year.reverse()  # the price stands before its year
    for one in by_year:
        for match in passage.take(one):
            price = price_of(match, passage)
            if price is not None:
                yield 12 * (int(match["year_no"]) - 1), price
