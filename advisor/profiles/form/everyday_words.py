"""Amounts of work as people write them, in the few words that their patterns know.

`~16 8xH100 nodes` are `16 x 8 h100`, `2 million GPU hours` are `2m gpu hours`, `100 rps` are `100 requests/s`.
"""

import re
from collections.abc import Callable

from advisor.profiles.form.dates import with_both_ends
from advisor.profiles.form.in_hand.words import GPU_NAME
from advisor.profiles.form.in_words import NODES, with_digits, with_periods
from advisor.profiles.form.lengths import LENGTH, months_in
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.model_text import parse_amount
from advisor.profiles.spelled_numbers import MAGNITUDES

_MAGNITUDES = "|".join(sorted(filter(None, MAGNITUDES), key=len, reverse=True))
_LETTERS = {MAGNITUDES[letter]: letter for letter in "kmbt"}
_NUMBER = r"\d{1,30}(?:\.\d{1,30})?"  # Python reads no whole number of thousands of digits
_WHOLE = r"\d{1,30}"
_NODES = rf"(?:{NODES}|replicas?)"
_RUN = "(?:run|job|training|fine-?tune)"
_OF_HOURS = "day|week|month"
_PERIODS = "(?:dai|week|month|quarter|year)ly"
A_POINT_OR_THOUSANDS = re.compile(  # 1.500 requests; seconds and hours have thousandths
    r"(?<![\w.,$])[1-9]\d{0,2}\.\d{3}(?![\d.]| ?(?:%|ms?|s|min\w*|secs?|seconds?|h|hrs?|hours?)\b|[a-z])"
)
_FIRST, _LAST = rf"(?P<first>{_NUMBER}[kmbt]?)", rf"(?P<last>{_NUMBER}[kmbt]?)"
_UNIT, _IN = r"(?P<unit>[a-z][\w-]*(?: [a-z-]+){0,3}?)", r"(?:in|after|over|within)"
_SPAN = rf"(?P<count>an?|{_NUMBER})[ -](?P<period>(?:week|month|quarter|year)s?)\b(?P<rest>.*)"
_GROWS_TO = r"(?:growing|rising|scaling|ramping|going)(?: up)? to"
_THEN = rf"(?:(?: now| today),?(?: and| then| {_GROWS_TO})?|,? {_GROWS_TO})"
_STEP_UP = (
    rf"^(?P<first>{_WHOLE}) (?P<name>(?P<unit>[a-z]\w*)(?: [\w -]*?)?) for (?P<before>{LENGTH}),?(?: and)? then"
    rf" (?P<then>{_WHOLE})"
    rf"(?: (?:(?P=name)|(?P=unit)|(?P<gpus>gpus?)))? for (?P<after>{LENGTH})$"
)
_A_LENGTH = re.compile(r"\b(?:week|month|quarter|year)s?\b|\b(?:until|till?|through)\b")


def _product(found: re.Match[str]) -> str:
    return str(int(found[1]) * int(found[2]))


def _growing(found: re.Match[str]) -> str:
    """An amount that becomes another one as it is now, with its growth, for as long as that goes on where the rest says
    nothing of how long."""
    try:
        times = parse_amount(found["last"]) / parse_amount(found["first"])
    except ValueError:  # from or to nothing: no growth says so
        return found[0]
    span = found["count"].replace("an", "1").replace("a", "1") + " " + found["period"]
    length = "" if _A_LENGTH.search(found["rest"]) else f" for {span}"
    return f"{found['first']} {found['unit']}{found['rest']}{length} growing {times:.9g}x in {span}"


def _by_month(found: re.Match[str]) -> str:
    """GPUs that become more or fewer after whole months, as those of each month."""
    before, after = months_in(found["before"]) or 0.0, months_in(found["after"]) or 0.0
    in_nodes = found["unit"].startswith("node")
    if not before.is_integer() or before > MAX_PLAN_MONTHS or (in_nodes and found["gpus"]):
        return found[0]
    numbers = [found["first"]] * int(before) + [found["then"]]
    unit = found["name"].replace(" of ", " on ")
    unit = unit if in_nodes or unit.startswith("gpu") else f"gpus on {unit}"
    return f"{' '.join(numbers)} {unit} for {before + after:g} months"


def _scaled(found: re.Match[str]) -> str:
    """A number with the letter of its magnitude; in full for one that has none: 5 lakh."""
    magnitude = MAGNITUDES[found[2]]
    return found[1] + _LETTERS[magnitude] if magnitude in _LETTERS else f"{float(found[1]) * magnitude:.0f}"


_CHANGES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile("\u00d7"), "x"),
    (re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])|(?<=\d)_(?=\d)"), lambda found: re.sub("[,_]", "", found[0])),
    (re.compile(r"(?<![\d,.])\d{1,3}(?:\.\d{3}){2,}(?![\d.])"), lambda found: found[0].replace(".", "")),  # 1.500.000
    (re.compile(rf"(?<=\d),(?=\d\d? ?(?:{_MAGNITUDES}|h|hours?|min|%|years?)(?!\w))"), "."),  # 1,5T, but not 8,16
    (re.compile(r"[~\u2248]\s*|\b(?:about|around|approx(?:\.|imately)?|roughly|circa|ca\.) (?=\$?\d|an? )"), ""),
    (re.compile(r"\ba single\b|(?<=\b(?:for|ver) )an?(?= (?:day|week|month|quarter|year)\b)"), "1"),
    (re.compile(r"(?<=\bin )an?(?= (?:day|week|month|quarter|year)\b)"), "1"),
    (re.compile(r"\b(\d+) \(\1\)"), r"\1"),  # two (2)
    (re.compile(r" ?[()] ?"), " "),
    (re.compile(rf"^an? (?=(?:dgx|hgx|{GPU_NAME}))"), "1 "),
    (re.compile(r"\b(?:an?|1) (?:machine|server|node|box) (?:of|with) (?=\d+ ?x? ?[a-z])"), ""),
    (re.compile(r"\ba couple(?: of)?\b"), "2"),
    (re.compile(r"\b(?<!\d )(?:an? )?hundred\b"), "100"),
    (re.compile(r"\bhalf a dozen\b"), "6"),
    (re.compile(r"\ba dozen\b"), "12"),
    (re.compile(r"\ban? (?=\d)"), ""),
    (re.compile(rf"(?:\b({_NUMBER}) ?[x*] ?)?\b10\^({_WHOLE})"), lambda found: f"{found[1] or 1}e{found[2]}"),
    (re.compile(rf"\b({_NUMBER}) ?({_MAGNITUDES})(?:(?<=[a-z]{{4}})s)?(?![\w-])"), _scaled),
    (re.compile(rf"^from {_FIRST} to {_LAST} {_UNIT} {_IN} {_SPAN}"), _growing),
    (re.compile(rf"\b{_FIRST} {_UNIT}{_THEN} {_LAST}(?: [a-z]\w*)? {_IN} {_SPAN}"), _growing),
    (re.compile(r"\b(?:rps|qps)\b"), "requests/s"),
    (re.compile(r"\breqs?\b"), "requests"),
    (re.compile(r"\btoks?\b"), "tokens"),
    (re.compile(r"\b(?:daus?|daily (?:active )?users)\b"), "users"),
    (re.compile(rf"\b({_PERIODS}) ((?:gpu[ -])?[a-z]+s)\b"), r"\2 \1"),
    (re.compile(rf"^1 {_RUN} (?:of|for) ({_NUMBER} (?:days?|weeks?|months?)),? on (.+)"), r"\2 for \1"),
    (re.compile(rf"^([a-z][\w.-]*(?: [\w.-]+)?)(?: ?[x*] ?|: ?)({_WHOLE})(?![\w.])"), r"\2 x \1"),  # h100 x 64
    (re.compile(r"(?<=\w): "), " "),
    (re.compile(rf"^({_WHOLE}) (?:gpus?|cards?|units?|pcs|pieces|of)(?: of)? ({GPU_NAME}[\w-]*)"), r"\1 \2"),
    (re.compile(rf"^({_WHOLE}) {_NODES} ?x ?(?={_WHOLE} ?(?:gpus?\b|{GPU_NAME}))"), r"\1 x "),
    (re.compile(rf"^({_WHOLE}) {_NODES},? (?={_WHOLE}(?: ?x|[^,]* each\b))"), r"\1 x "),  # not 8 nodes, 64 gpus
    (re.compile(rf"^({_WHOLE} x {_WHOLE} gpus?) each\b"), r"\1"),
    (re.compile(rf"(?<= )({_NODES} (?:of|with) {_WHOLE}[^,]*?) each\b"), r"\1"),
    (re.compile(rf"^({_WHOLE}) ({_WHOLE}) ?x ?([a-z][\w -]*?) {_NODES}\b"), r"\1 x \2 \3"),
    (re.compile(rf"^({_WHOLE}) ?x ?({_WHOLE})(?= ?(?!b\b)[a-z])"), _product),
    (re.compile(_STEP_UP), _by_month),
    (re.compile(rf",? (for {LENGTH}),? ({_NUMBER} ?h(?:(?:ou)?rs?)?(?: ?/ ?| an? | per )(?:{_OF_HOURS}))$"), r" \2 \1"),
)  # fmt: skip


def in_everyday_words(text: str) -> str:
    """A text in small letters, with its numbers in digits and its units as the patterns of an amount know them.

    >>> in_everyday_words("~ 2 million GPU hours"), in_everyday_words("sixteen 8xH100 nodes")
    ('2m gpu hours', '128 h100')
    """
    words = " ".join(with_digits(text).lower().split())
    for pattern, change in _CHANGES:
        words = pattern.sub(change, words)
    return with_both_ends(with_periods(words.strip()))
