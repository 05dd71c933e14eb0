"""Which kind of offer it is, how long it runs, its dates and its seller."""

import re
from collections.abc import Iterator
from itertools import chain

from advisor.offers.mail.rules.amounts import (
    A_SPAN,
    COUNT,
    EVERY,
    NUMBER,
    QUARTERS,
    TIME_UNIT,
    in_days,
    in_months,
    whole,
)
from advisor.offers.mail.rules.dates import ANY_DATE, DATE, LAST_DATE, UPCOMING, Calendar, date_of, days_after
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.offers.mail.rules.prices import IS

_LONG = rf"(?:months?|mos?|mths?|{QUARTERS}|years?|yrs?|weeks?|wks?|days?|monate?n?|jahre?n?)"
_SPAN = (
    rf"(?P<count>{COUNT})\+?(?:(?:\s+(?:full|whole))?[\s-]*(?P<unit>{_LONG})|-?(?P<letter>[mywd]))(?![A-Za-z0-9])\.?"
)
_FLAGS = re.IGNORECASE
_OPTIONS = (
    ("sale-leaseback", r"sale(?:[ -]and)?[ -]?(?:and )?lease[ -]?back"),
    ("block", r"capacity blocks?|calendar mode|future reservation"),
    ("committed-spend", r"committed spend|spend commitment|savings plan|committed[ -]spend|(?<!no )minimum spend"),
    ("spot", r"spot(?: price| vms?| instances?)?|pre-?emptible|interruptible"),
    (
        "on-demand",
        r"on[ -]?demand|flex[ -]start|pay[ -]as[ -]you[ -]go|payg"
        r"|(?:no|without(?: an?| any)?)(?: minimum)? commitment(?!\s+(?:beyond|after|past))",
    ),
    ("buy-used", r"(?:used|refurbished|second[ -]hand|pre-owned)(?:\s+(?:hardware|servers?|nodes?))?"),
    ("loan", r"loan|debt financing|financed"),
    ("lease", r"leas(?:e|ed|ing)|lessor"),
    ("hosted", r"hosted hardware|hosting included|colocated for you"),
    ("buy", r"(?<!option to )(?:buy|purchase)(?![ -](?:out|option))|for sale|unit price|new hardware|outright"),
    (
        "reserved",
        r"reserv(?:ed|ations?|e)|(?<!no )(?<!without )commit(?:ted|ment)?(?:[ -]use)?(?: discount)?|\bcud\b|contracts?"
        r"|fixed[ -]term|long[ -]term|minimum term",
    ),
)
_OPTION_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})\b", _FLAGS)) for name, words in _OPTIONS)
_RANGE = re.compile(rf"(?P<count>{NUMBER})\s*(?:-|–|—|to|or|/)\s*(?P<most>{NUMBER})\+?\s*(?P<unit>{_LONG})\b", _FLAGS)
_TWO_SPANS = re.compile(
    rf"(?P<count>{NUMBER})\s*(?P<unit>{_LONG})\s*(?:-|–|—|to)\s*(?P<most>{NUMBER})\s*(?:{_LONG})\b", _FLAGS
)
_TERM = re.compile(
    rf"(?:\b(?:term|duration|length|period|laufzeit|for|minimum|min\.?)\s*(?:of|:)?\s*)?(?<![\d.,$€£]){_SPAN}"
    r"(?:\s*\+)?(?:[\s-]+(?:minimum|fixed)\b)?(?:[\s-]+(?:term|lock-?in)\b)?",
    _FLAGS,
)
_DATED = (
    (
        "valid_until",
        r"(?:(?:valid|gültig|good|open|firm|expir\w+|offer ends|promotional|holds?|held|stands?|available)\s*"
        r"(?:until|till?|bis(?:\s+zum)?|through|thru|to|by|on|date|:|–)+|expir\w+|offer ends|good thru"
        r"|(?:(?:needs?\s+(?:an?\s+)?)?sign\w*|decision|decide|accept\w*|confirm\w*|respond)\s+by)\s*",
    ),
    (
        "starts",
        r"(?:(?:for you|yours|cluster|capacity)\s+(?=from\b)|start\w*|commenc\w+"
        r"|availab\w+|ready(?:\s+for\s+(?:service|use))?|rfs|delivery|deliverable|live|begin\w*)\s*"
        r"(?:date|on|by|from|:|as of|in|is|will be|expected|planned|the|week|of|commencing|\s)*",
    ),
    ("starts", r"(?<!price )(?<!prices )(?<!mail )(?:from|ab|vom)\s+"),
    ("date", r"(?:^date|dated|quoted(?: on)?|quote date|offer date|offer of|sent)\s*:?\s*(?:\w{3},\s*)?"),
)
_DATE_PATTERNS = tuple(
    (name, re.compile(rf"\b{words}(?:the\s+)?(?:{DATE}|{UPCOMING})", _FLAGS)) for name, words in _DATED
)
_UNTIL = r"(?:until|till?|bis(?:\s+zum)?|through|thru|to|-|–|—)"
_FIRST_DAY = re.compile(rf"(?:\b(?:from|vom)\s+)?(?<![\w/.-])(?:{DATE})(?=\s*{_UNTIL}\s*(?:{ANY_DATE}))", _FLAGS)
_LAST_DAY = re.compile(
    rf"(?:(?<=\0)\s*{_UNTIL}|\b(?:through|thru|until|till?|(?:laufzeit\s+)?bis(?:\s+zum)?|(?:(?:contract|term|it)\s+)?"
    rf"(?:runs?|ends?|ending|end date)(?:\s+(?:on|at|in|until|to|through|thru))?))\s*:?\s+(?:the\s+)?(?:{LAST_DATE})",
    _FLAGS,
)
_PRICE_UNTIL = re.compile(
    rf"\b(?:fixed|locked|guaranteed|protected)(?:\s+in)?\s+{_UNTIL}\s*(?:{ANY_DATE})"
    rf"|\b(?:from|as of|effective)\s+(?:{ANY_DATE})\s*,?\s+(?:the\s+|our\s+)?(?:[\w-]+\s+)?(?:prices?|rates?)\b",
    _FLAGS,
)
_VALID_FOR = re.compile(
    rf"\b(?:(?:valid|good|open|firm|expires?|(?:price\s+)?(?:lock(?:ed)?|hold|held))\s*(?:for|in)|(?:valid(?:ity)?(?:\s+of\s+(?:(?:the|this)\s+)?(?:offer|quote|quotation))?|expiry|expiration)\s*:?)\s+(?P<count>{COUNT})\s*(?P<unit>{TIME_UNIT})\b"
    r"(?:\s+(?:from|after)\s+(?:the\s+)?(?:issue|date|receipt)(?:\s+of\s+(?:issue|this \w+))?)?",
    _FLAGS,
)
_STARTS_IN = re.compile(
    rf"\b(?:start\w*|available|delivery|deliver\w*|ready|live|lead time)\s*(?:in|within|after|of|:|is)?\s*"
    rf"(?:{NUMBER}\s*(?:-|–|to)\s*)?(?P<count>{COUNT})[\s-]*(?P<unit>{_LONG})\b"
    r"(?:\s+(?:from now|after signing|lead time))?",
    _FLAGS,
)
_STARTS_AFTER = re.compile(
    rf"(?:{NUMBER}\s*(?:-|–|to)\s*)?\b(?P<count>{COUNT})[\s-]*(?P<unit>{_LONG})['’]?\s+"
    r"(?:for\s+)?(?:delivery|lead[ -]times?|deployment|provisioning|to\s+(?:deploy|deliver|provision)\w*)\b",
    _FLAGS,
)
_OF_TERM = r"(?:contracts?|terms?|commit(?:ment)?s?|reservations?|agreements?|deals?|plans?|lock-?ins?)"
_MONTH_TO_MONTH = re.compile(
    r"\bmonth[ -](?:to|by)[ -]month\b|\b(?:monthly rolling|rolling month(?:ly)?|month(?:ly)? rolling)\b", _FLAGS
)
_GOODS = r"(?:support|warranty|maintenance|nbd|on-?site)"
_OF_OTHERS = re.compile(
    rf"\b(?:{_GOODS}|in business)\s+(?:\w+\s+)?for\s+(?:{A_SPAN})[\s-]*{_LONG}(?!\w)"
    rf"|(?<![\w.,$€£])(?:{A_SPAN})[\s-]*{_LONG}(?:['’]s?)?\s+(?:of\s+)?(?:\w+\s+)?{_GOODS}\b"
    rf"|\bup to\s+(?:{A_SPAN})[\s-]*{_LONG}(?!\w)",
    _FLAGS,
)
_ONE = rf"(?P<unit>month|{QUARTERS}|year|week|day)(?:['’]s)?(?!\w)"
# Spans without a number, which are a term only where the words around them say so: `$900 a month` has one too.
_IN_WORDS = tuple(
    re.compile(source, _FLAGS)
    for source in (
        rf"\b(?:for|over|sign\w*|(?:pre-?)?pay|min\w*\.?|(?:term|period|duration|commitment|minimum) of)\s+"
        rf"(?P<count>(?:half\s+)?an?|the)\s+(?:full\s+|whole\s+)?{_ONE}(?!\s+(?:ago|of)\b)(?:\s+{_OF_TERM}\b)?",
        rf"\b(?P<count>half)(?:[\s-]+an?)?[\s-]+(?P<unit>year)(?!\w)(?:\s+{_OF_TERM}\b)?",
        rf"(?:^|[,;:(])\s*(?P<count>an?)\s+{_ONE}\s*(?=[,;:)@]|$|at\b)",
    )
)
_NAMED = re.compile(
    rf"\b(?:(?P<every>{'|'.join(EVERY)})|(?P<count>(?:half[\s-]+)?an?|half)[\s-]+{_ONE})[\s-]+{_OF_TERM}\b(?!{IS}[$€£])",
    _FLAGS,
)
_OF_DEAL = rf"(?P<count>{COUNT})[\s-]*(?P<unit>{_LONG})\b(?:[\s-]+(?:{_OF_TERM}|options?|offers?|ones?)\b)?"
_FOR = re.compile(r"\s*(?:(?:is|are)\s+)?(?:on|for|with|in)\s+(?:(?:the|an?|any|all)\s+)?", _FLAGS)
_HAS = re.compile(
    r"(?:\s*[,:]?\s*\b(?:we|also|comes?|includes?|gets?|gives?|offers?|has|have|needs?|requires?|you|with))+\s*(?:an?\s+|the\s+)?$",
    _FLAGS,
)
_DEAL = re.compile(_OF_DEAL, _FLAGS)
_DEAL_LAST = re.compile(rf"{_OF_DEAL}$", _FLAGS)
_NAME = r"(?P<name>[A-Z][\w.&'+-]{0,30}(?:\s(?:[A-Z][\w.&'+-]{0,30}|&)){0,3})"
_SELLER = re.compile(
    rf"(?i:\b(?:from|seller|vendor|provider|supplier|quote by|offered by))\s*:?\s*"
    rf"(?!(?i:(?:jan|febr)(?:uary)?|feb|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|(?:sept?|oct|nov|dec)(?:ember|ober)?)"
    rf"\b){_NAME}(?:\s*<[^<>@\s]{{1,64}}@(?P<domain>[\w.-]{{3,80}})>)?"
)
_PRIVATE_MAIL = ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "proton.me")
_LABEL = re.compile(rf"^\s*{_NAME}\s*:(?!//)\s*")
_NO_SELLER = frozenset({
    "from", "price", "pricing", "rate", "term", "terms", "offer", "quote", "re", "fw", "fwd", "subject", "date",
    "to", "cc", "hi", "hello", "total", "nodes", "node", "gpus", "gpu", "prepayment", "upfront", "payment",
    "note", "option", "commitment", "reserved", "spot", "valid", "start", "delivery", "notes", "month", "months",
    "year", "discount", "size", "quantity", "qty", "minimum", "duration", "length", "region", "location",
    "availability", "on-demand", "deposit", "currency", "bundle", "ramp", "setup", "set-up", "storage", "support",
    "bandwidth", "colocation", "power", "installation", "monthly", "hourly", "fee", "fees", "summary", "customer",
    "ramp-up", "renewal", "sale", "deal", "standard", "saver", "basic", "premium", "pool", "tier", "plan", "flex",
    "client", "cluster", "contract", "expires", "product", "prepared", "item", "options",
    "angebot", "mietangebot", "server", "servers", "hardware", "machines", "laufzeit",
})  # fmt: skip


def read_dates(passage: Passage, calendar: Calendar) -> Iterator[Piece]:
    """The dates of an offer: its day, the days on which it starts and ends, and until when it can be accepted."""
    on = calendar.on
    for match in passage.take(_PRICE_UNTIL):
        yield Piece("unread", passage.words_of(match), passage.words_of(match))
    for field, pattern in (*_DATE_PATTERNS, ("starts", _FIRST_DAY), ("ends", _LAST_DAY)):
        for match in passage.take(pattern):
            found = date_of(match, calendar, past=field == "date", at_end=field in ("valid_until", "ends"))
            if found is not None:
                yield Piece(field, found[0], passage.words_of(match), found[1])
            else:
                yield Piece("unread", passage.words_of(match), passage.words_of(match))
    for match in passage.take(_VALID_FOR):
        days = in_days(match["count"], match["unit"])
        months = in_months(match["count"], match["unit"])
        if days or months:
            last = days_after(on, days if days else round(365 / 12 * (months or 0)))
            yield Piece("valid_until", last, passage.words_of(match), f"counted from {on}")
    for match in chain(passage.take(_STARTS_IN), passage.take(_STARTS_AFTER)):
        months = in_months(match["count"], match["unit"])
        if months is not None:
            assumed = "" if match["unit"][0].lower() in "my" else "as whole months"
            yield Piece("start_month", months, passage.words_of(match), assumed)


def read_seller(passage: Passage, gpu: str, *, priced: bool) -> Iterator[Piece]:
    """The seller, as `from`, or as a label in front of a line that has a price or nothing else. priced: whether it has
    one."""
    named = re.compile(gpu, re.IGNORECASE)
    for pattern in (_SELLER, _LABEL):
        match = passage.search(pattern)
        if match is None or (pattern is _LABEL and not priced and passage.whole[match.end() :].strip()):
            continue
        domain = match.groupdict().get("domain")
        name = domain if domain and domain not in _PRIVATE_MAIL else match["name"].strip(" .")
        kind = any(words.fullmatch(name) for _, words in _OPTION_PATTERNS)
        if kind or named.search(name) or any(word.lower() in _NO_SELLER for word in name.split()):
            continue
        passage.take_first(pattern)
        yield Piece("from", name, passage.words_of(match))
        return


def read_named_term(passage: Passage) -> Iterator[Piece]:
    """The term in the name of a contract, `an annual contract`; before the kind of offer, which has the same words."""
    for match in passage.take(_NAMED):
        words = passage.words_of(match)
        if match["every"]:
            yield Piece("months", EVERY[match["every"].lower()], words)
        else:
            yield from _term(match["count"], match["unit"], words, "")


def read_term(passage: Passage) -> Iterator[Piece]:
    """The term in months or days."""
    for match in passage.take(_OF_OTHERS):
        yield Piece("unread", passage.words_of(match), passage.words_of(match))
    for pattern in (_TWO_SPANS, _RANGE):
        for match in passage.take(pattern):
            words = passage.words_of(match)
            yield from _term(match["count"], match["unit"], words, f"the shortest of {words}")
    for match in passage.take(_MONTH_TO_MONTH):
        yield Piece("months", 1, passage.words_of(match))
    for in_words in _IN_WORDS:
        for match in passage.take(in_words):
            yield from _term(match["count"], match["unit"], passage.words_of(match), "")
    for match in passage.take(_TERM):
        yield from _term(match["count"], match["unit"] or match["letter"], passage.words_of(match), "")


def _term(count: str, unit: str, words: str, assumed: str) -> Iterator[Piece]:
    days = in_days(count, unit)
    if days:
        yield Piece("days", days, words, assumed)
    elif (months := in_months(count, unit)) is not None and whole(str(months)):
        yield Piece("months", months, words, assumed)
    else:
        yield Piece("unread", words, words)


def said_of(text: str, start: int, end: int) -> tuple[str, str | int] | None:
    """The field and its value that a clause at some place of a text is said of: `2 months free on the 24-month deal`,
    `24-month contracts include 2 free months`, `4 node minimum for reserved`; None where none is named."""
    after, before = _FOR.match(text, end), _HAS.search(text[:start])
    front = text[: before.start()] if before else ""
    deal = (after and _DEAL.match(text, after.end())) or _DEAL_LAST.search(front)
    if deal:
        months = in_months(deal["count"], deal["unit"])
        return ("months", months) if months else None
    for name, words in _OPTION_PATTERNS:
        if (after and words.match(text, after.end())) or any(one.end() == len(front) for one in words.finditer(front)):
            return "option", name
    return None


def says_term(text: str) -> bool:
    """Whether some words say how long an offer runs."""
    return any(pattern.search(text) for pattern in (_TERM, _MONTH_TO_MONTH, _NAMED, *_IN_WORDS))


def says_kind(text: str) -> bool:
    """Whether some words say what kind of offer it is, or how long it runs."""
    return says_term(text) or any(pattern.search(text) for _, pattern in _OPTION_PATTERNS)


def read_option(passage: Passage) -> Iterator[Piece]:
    """The kind of offer, from the first words that name one; later ones are left unread."""
    found = [(match.start(), name, pattern) for name, pattern in _OPTION_PATTERNS if (match := passage.search(pattern))]
    if found:
        _, name, pattern = min(found, key=lambda one: one[0])
        words = [passage.words_of(match) for match in passage.take(pattern)]
        yield Piece("option", name, words[0])
