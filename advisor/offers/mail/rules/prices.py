"""The prices in an offer with their units, what is paid upfront, and rates of exchange."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from advisor.offers.mail.rules.amounts import (
    A_SPAN,
    CURRENCIES,
    EVERY,
    MONEY,
    NUMBER,
    SIGN,
    TIME_UNIT,
    UNSIGNED,
    UNSIGNED_IS_IN,
    currency_code,
    money,
    number,
)
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.values.quick_dataclass import dataclass

_THINGS = {
    "gpu": r"gpus?|cards?|accelerators?|modules?",
    "node": r"nodes?|servers?|machines?|instances?|box(?:es)?|hosts?|systems?|vms?|units?",
    "rack": r"racks?",
}
_TIMES = {  # the word, the period of the profile it is given in, and how many of those it has
    "hour": (r"hours?|hrs?|h|stunden?|std", 1.0),
    "day": (r"days?", 1.0),
    "week": (r"weeks?|wks?", 7.0),
    "month": (r"months?|mos?|mths?|monthly|monat", 1.0),
    "year": (r"years?|yrs?|annum|annually", 12.0),
    "minute": (r"minutes?|mins?", 1 / 60),
    "second": (r"seconds?|secs?|s", 1 / 3600),
}
_ADVERBS = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "annual": "year", "yearly": "year",
    "mrc": "month", "monatlich": "month", "monatliche": "month", "jährlich": "year", "jährliche": "year",
}  # fmt: skip
_GIVEN_IN = {"week": "day", "year": "month", "minute": "hour", "second": "hour"}
PER = r"(?:\s*(?:/|\bper\b|\bpro\b|\bje\b|\ban?\b|\beach\b|-)\s*)"
_RECURRING = r"recurring(?:\s+(?:charges?|costs?|fees?))?"
_CALLED = rf"(?:{_RECURRING}|miete|values?|amounts?|costs?|prices?|pricing|rates?|fees?|payments?|charges?|total)"
MACHINE = re.compile(r"\bDGX\b", re.IGNORECASE)  # the name of a machine: 8 DGX H100 are 8 of them
_MONEY = re.compile(MONEY, re.IGNORECASE)
_FLAT = r"(?:all[ -]in|flat|net|fixed)"  # of a price to which nothing is added
_FURTHER = re.compile(  # a price of a line without signs
    r"(?<![\w.,$€£])\d{1,3}\.\d{1,3}"
    rf"(?=\s*(?:/|per\b|[,;)|]|\.?$|\.\s|(?:w/|with|for|on|or|and|if|when|{_FLAT})(?!\w)))",
    re.IGNORECASE,
)
_BARE = (  # a number that can be nothing else than a price by the hour beside a term
    r"(?<![\w.,])\d\.\d{2}(?![\w%]|\.\d|\s*(?:%|x\b|times|percent|[TG]bps|[TGMK]i?B|k?W\b|[TG]?Hz|months?|years?))"
)
_BESIDE_TERM = re.compile(
    rf"{A_SPAN}[\s-]*{TIME_UNIT}(?:\s+(?:term|contract|commit\w*|reserv\w*|deal))?\s*[:,=@–-]?\s*"
    r"(?:(?:at|we['’]?d?|can|could|would|will|do|offer|is|price|rate|for|go|to|down|i|you|pay)\s+){0,5}"
    rf"(?P<value>{_BARE})|(?P<before>{_BARE})(?:\s+{_FLAT})?\s+(?:for|on|over|with|in|at|if|when)\s+"
    rf"(?:(?:the|an?)\s+(?=\d))?{A_SPAN}[\s-]*{TIME_UNIT}\b",
    re.IGNORECASE,
)
_ALIKE = 3.0  # two prices of the same thing are within this multiple of each other
_AGAIN = (  # the same price in another unit
    r"(?:\bi\.?\s?e\b\.?|\b(?:that|which|this)(?:['’]s| is| would be)|\b(?:equivalent|equal) to|=|≈"
    r"|\b(?:(?:that|which|this)\s+)?(?:comes?|works?\s+out|amounts?|amounting|equates?|equals|translates?)(?:\s+(?:out|to|at)\b)?"
    r"|\beffectively)[\s,:]+(?:(?:about|around|approx\.?|approximately|roughly)\s+)?"
)
_LEAST_IN_THOUSANDS = 100  # of a price in dollars with three decimals
RATE_OF = "rate_of_"  # and a currency: the usd_per_currency of an offer in it
IS = r"\s*(?:of|is|:|=|at|-|–)?\s*"


@dataclass(frozen=True)
class Price:
    """A sum of money in a text.

    Attributes:
        amount: In its currency. currency: ISO code. thing: gpu, node or rack; empty when the words do not say. time:
        hour, day or month; empty when the words do not say. each: Whether it is the price of one of several. words: As
        written in the text. of_range: Whether it is the upper end of a range of prices. in_all: Whether the words say
        that it is for the whole offer. off: Its discount from the list price that it was derived from, as a share; 0 if
        the text states the price itself. named_sum: Whether it is called a total, or a sum per month or year, which
        follows from a rate if there is one. again: Whether the words say that it is another price in another unit.
    """

    amount: float
    currency: str
    thing: str
    time: str
    each: bool
    words: str
    of_range: bool = False
    in_all: bool = False
    named_sum: bool = False
    off: float = 0.0
    again: bool = False


@lru_cache(maxsize=8)
def rate_patterns(gpu_pattern: str) -> tuple[str, str]:
    """What follows a sum: the unit of a rate, such as `per H100 per hour` of the names of some GPUs, and the word that
    a sum without a sign needs first, such as `GPU-hour`."""
    thing = "|".join(rf"(?P<{name}_{{n}}>{words})" for name, words in _THINGS.items())
    thing = thing.replace("(?P<gpu_{n}>", rf"(?P<gpu_{{n}}>(?:{gpu_pattern})|")
    time = "|".join(rf"(?P<{name}_{{n}}>{words})" for name, (words, _) in _TIMES.items())
    word = rf"(?:{thing}|{time})(?![A-Za-z0-9])"
    first = rf"(?:{PER}|\s*(?=(?:gpu|node)[\s/-]?h))"
    first_word, second_word = (word.replace("{n}", number) for number in "12")
    unit = rf"{first_word}(?:(?:{PER}|\s+(?:und|and)\s+|\s+){second_word})?"
    return rf"(?:\*{{0,3}}(?:\s+avg\.?|\s+average)?{first}{unit})", unit


@lru_cache(maxsize=8)
def _patterns(gpu_pattern: str) -> dict[str, re.Pattern[str]]:
    """The patterns of prices, for the names of some GPUs."""
    rate, unit = rate_patterns(gpu_pattern)
    each = r"(?:\s*,?\s*(?P<each>each|ea\b\.?|apiece|a piece|in total|gesamt(?!\s*[:\d€])|all[ -]in(?:clusive)?\b"
    each += rf"|total(?!\s+(?:{'|'.join(_ADVERBS)}|contract|{_CALLED})\b|\s*[:=$€£])))"
    noted = r"(?:\s*\([^()$€£\d]{1,30}\))?"  # (incl. setup)
    every = r"(?:(?P<sum>(?:(?:grand |sub-?)?total|gesamt(?:preis|betrag|summe)?|contract value|tcv)"
    every += rf"(?:\s+(?:for|over)\s+(?:[\w-]+\s+){{0,2}}[\w-]+)?){noted}\s*{IS}|(?P<sum_of>(?:grand |sub-?)?total\s+)?"
    every += rf"(?:(?P<every>{'|'.join(_ADVERBS)})|contract|value|amount)(?:\s+(?:\w+\s+)?{_CALLED})?{noted}{IS})"
    every_after = rf"(?:\s+(?P<every_after>{'|'.join(_ADVERBS)})(?:\s+{_CALLED})?(?![A-Za-z]))"
    to = rf"(?:\s?(?P<to>-|–|—|to)\s?(?:{SIGN}\s?(?P<most>{NUMBER})|(?P<most_bare>\d+\.\d+))(?![\d.,]*\d))"
    in_advance = r"\s+(?:paid\s+|payable\s+|due\s+)?"
    in_advance += r"(?:up[ -]?front|deposit|down(?: ?payment)?|in advance|at signing)\b"
    deposit = r"(?<!all )(?<!full )(?<!fully )(?<!partial )(?<!partially )(?<!no )(?<!zero )"  # a kind, not a sum
    deposit += r"(?:deposit|down ?payment|prepayment|up[ -]?front(?: payment| fee)?)\s*(?:of|:|is)?\s*"
    not_a_rate = r"(?![\d.,]*\d|\s*(?:/|per\b|an?\b|in total))"
    sources = {
        "price": rf"(?P<again>{_AGAIN})?{every}?(?:(?:from|for|at|only|just|starting at)\s+)?[~≈@]?\s?{MONEY}{to}?"
        rf"(?:{rate}|{every_after})?(?:{each})?",
        "bare": rf"(?<![\w.,$€£%])(?P<value>{NUMBER})\s*(?:/|\bper\b)\s*{unit}",
        "upfront": MONEY + in_advance,
        "deposit": f"{deposit}{MONEY}{not_a_rate}",  # all upfront: $2.51/GPU-hr
        "unsigned_upfront": UNSIGNED + in_advance,
        "unsigned_deposit": f"{deposit}{UNSIGNED}{not_a_rate}",
        "step": r"(?:step[ -]?down|drops?|falls?|decreases?|goes down|then|reduced|reducing)\s+(?:to\s+)?"
        rf"{MONEY}(?:{rate})?\s+(?P<when>from|after|at|in|as of|starting)\s+(?:the\s+)?month\s+(?P<month>{NUMBER})",
        "year": rf"(?:\b(?:in\s+)?(?:year|yr|y)\s*(?P<year_no>[1-5])\s*[:=@-]?\s*{MONEY}(?:{rate})?)",
        "in_year": rf"{MONEY}(?:{rate})?\s*(?:in\s+|for\s+)?(?:the\s+)?(?:year|yr)\s*(?P<year_no>[1-5])\b",
        "exchange": rf"(?:1\s?(?P<code>EUR|€|GBP|£|[A-Z]{{3}})\s?=\s?(?:(?P<in_before>{CURRENCIES})\s?)?"
        rf"(?P<rate>{NUMBER})(?:\s?(?P<in_after>{CURRENCIES}))?)"
        rf"|(?:\b(?P<code2>EUR|GBP|[A-Z]{{3}})\s?/\s?USD\s*(?:at|=|:|of)?\s*(?P<rate2>{NUMBER}))"
        rf"|(?:\bUSD\s?/\s?(?P<code3>EUR|GBP|[A-Z]{{3}})\s*(?:at|=|:|of)?\s*(?P<rate3>{NUMBER}))",
    }
    return {name: re.compile(source, re.IGNORECASE) for name, source in sources.items()}


def pattern(name: str, gpu_pattern: str) -> re.Pattern[str]:
    """A pattern of sums of money, by its name."""
    return _patterns(gpu_pattern)[name]


def price_of(match: re.Match[str], passage: Passage) -> Price | None:
    """The price in a match of a rate pattern; None if its number cannot be read."""
    found, given = money(match), match.groupdict()
    if found is None:
        return None
    groups = {name.rpartition("_")[0] for name, value in given.items() if value and name[-1] in "12"}
    thing = next((name for name in _THINGS if name in groups), "")
    if MACHINE.search(gpu_in_unit(match)):
        thing = "node"
    adverb = (given.get("every") or given.get("every_after") or "").lower()
    time = next((name for name in _TIMES if name in groups), _ADVERBS.get(adverb, ""))
    each = (given.get("each") or "").lower()
    if thing or (each.startswith("all") and time == "hour"):
        each = ""  # $2.30/GPU-hr all in: what else it would cost is in the rate
    in_all = bool(re.search(r"total|gesamt|all", each)) or bool(given.get("sum_of"))
    amount, of_range = _highest(_in_thousands(found, match, time), given)
    return Price(
        amount=amount / _TIMES[time][1] if time else amount,
        currency=found[1],
        thing="" if in_all else thing,
        time=_GIVEN_IN.get(time, time) if time or not (in_all or given.get("sum")) else "total",
        each=bool(each) and not in_all,
        words=passage.words_of(match),
        of_range=of_range,
        in_all=in_all,
        again=bool(given.get("again")),
        named_sum=bool(given.get("sum") or given.get("sum_of") or (adverb and _ADVERBS[adverb] in ("month", "year"))),
    )


def with_signs(lines: Sequence[str], gpu_pattern: str) -> list[str]:
    """Lines of which none has a sign of a currency, with one before each price by the hour, and before those without a
    unit that are like it: `on demand 2.79/hr, 6 months 2.39`; without a price by the hour before those that are alike
    and of which the first stands beside its term: `for 6 months we'd do 2.55, for a year 2.25`."""
    rates = [match for line in lines for match in pattern("bare", gpu_pattern).finditer(line)]
    hourly = [number(match["value"]) for match in rates if any(match[f"hour_{at}"] for at in "12")]
    beside = (
        []
        if rates
        else [float(match["value"] or match["before"]) for line in lines for match in _BESIDE_TERM.finditer(line)]
    )
    first = next((rate for rate in [*hourly, *beside] if rate), None)
    if first is None or any(_MONEY.search(line) for line in lines):
        return list(lines)
    return [
        _FURTHER.sub(lambda match: f"${match[0]}" if is_alike(float(match[0]), first) else match[0], line)
        for line in lines
    ]


def is_alike(amount: float, other: float) -> bool:
    """Whether two prices may be those of the same thing."""
    return 1 / _ALIKE < amount / max(other, 1e-9) < _ALIKE


def term_in_rate(match: re.Match[str], passage: Passage) -> Piece | None:
    """The term of a rate by the hour that is called an annual one: `annual: $2.19/GPU-hr`; None for another."""
    given = match.groupdict()
    months = EVERY.get((given.get("every") or "").lower(), 0)
    hourly = given.get("hour_1") or given.get("hour_2")
    return Piece("months", months, passage.words_of(match)) if hourly and months > 1 else None


def gpu_in_unit(match: re.Match[str]) -> str:
    """The name of the GPU in the unit of a price, `per H100 per hour`; empty where none is named."""
    given = match.groupdict()
    found = given.get("gpu_1") or given.get("gpu_2") or ""
    return found if re.search(r"\d", found) else ""


def _in_thousands(found: tuple[float, str], match: re.Match[str], time: str) -> float:
    """An amount, in which a dot separates thousands for a set-up (4.500 EUR), but not by the hour (2.450 EUR), nor in
    dollars below a hundred."""
    text = match.groupdict().get("value") or match.groupdict().get("number") or ""
    thousands = (
        (found[1] != "USD" or found[0] >= _LEAST_IN_THOUSANDS)
        and time not in ("hour", "minute", "second")
        and re.fullmatch(r"\d{1,3}\.\d{3}", text)
    )
    return found[0] * 1e3 if thousands else found[0]


def _highest(amount: float, given: dict[str, str | None]) -> tuple[float, bool]:
    """The highest price of a range, whether it is one; of what was reduced `from $2.89 to $2.45`, the latter."""
    most = number(given.get("most") or given.get("most_bare") or "")
    if most is None:
        return amount, False
    return (most, False) if given["to"] == "to" and most < amount else (max(amount, most), True)


def read_exchange(passage: Passage, gpu_pattern: str) -> Iterator[Piece]:
    """Rates of exchange, each of its currency; of any where `1 USD = 0.92` does not say which."""
    for match in passage.take(pattern("exchange", gpu_pattern)):
        rate = number(match["rate"] or match["rate2"] or match["rate3"])
        if rate:
            code = currency_code(match["code"] or match["code2"] or match["code3"])
            of_a_dollar = code == "USD" or (match["rate3"] and not 1 <= rate < 2)
            code = currency_code(match["in_before"] or match["in_after"] or "") if code == "USD" else code
            rate = round(1 / rate, 10) if of_a_dollar else rate  # USD/EUR 1.08 is what others write EUR/USD
            yield Piece(f"{RATE_OF}{code}", rate, passage.words_of(match))


def read_payments(passage: Passage, gpu_pattern: str) -> Iterator[Piece]:
    """Upfront payments that are given as a sum."""
    for name in ("upfront", "deposit", "unsigned_upfront", "unsigned_deposit"):
        signed = not name.startswith("unsigned")
        for match in passage.take(pattern(name, gpu_pattern)):
            found, words = money(match), passage.words_of(match)
            if found is not None:
                yield Piece("upfront", found[0], words, "" if signed else UNSIGNED_IS_IN)
                yield from [Piece("currency", found[1], words)] if signed else []


def read_steps(passage: Passage, gpu_pattern: str) -> Iterator[tuple[int, Price]]:
    """Prices with the month in which they begin, counted from 0: `then $2.00 from month 13`, `year 2 $1.75`."""
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
