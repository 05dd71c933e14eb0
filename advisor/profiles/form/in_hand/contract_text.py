"""A contract in hand as text: `64 H100 until March 2027 at $2.10`, read and written."""

from collections.abc import Iterator
from typing import Any

from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.profiles.form.in_hand.words import (
    DATE,
    MONEY,
    NUMBER,
    PER,
    SPAN,
    SUM,
    Words,
    any_case,
    date_in,
    date_words,
    exact,
    months_in,
    months_words,
    name_words,
    percent_words,
    share_in,
    size_words,
    usd_in,
)
from advisor.profiles.in_hand.holdings import Commitment
from advisor.profiles.schema import Profile

CONTRACT = "64 H100 until March 2027 at $2.10"
CONTRACT_DETAILS = "no subletting, leaving costs 50%, 1 month notice, refund $20k, from NAME"


_NOTICE = (
    any_case(rf"\b{SPAN}(?:'s?|s')?(?: of)? notice\b"),
    any_case(rf"\bnotice(?: period)?(?: of|:| is)? {SPAN}"),
)
_LEAVING = any_case(
    r"\b(?:leaving|terminat\w+|exit|break|cancel\w+)(?: fee)?(?: costs?| of| for|:| is)? "
    rf"(?:(?P<share>{NUMBER}) ?%|{MONEY})"
)
_REFUND = (
    any_case(rf"\brefund\w*(?: of|:| is)? {SUM}"),
    any_case(rf"{MONEY}(?: is| are)? (?:refund\w*|paid back|back)\b"),
)
_MAY_NOT = any_case(
    r"\b(?:no|not(?: to)?(?: be)?|(?:may|must|can|could) ?not(?: be)?) (?:sub-?l\w+|re-?s(?:ale|old|ell\w*)|let\w*)\b"
)
_MAY = any_case(r"\b(?:may|can) be (?:sub-?l\w+|resold|let)\b|\bsub-?l\w+ allowed\b")
_UNTIL = any_case(rf"(?:\bruns? )?\b(?:until|till?|through|thru|to|ends?|ending|expir\w+)(?: on| in| at)? {DATE}")
_STILL = r"(?:left|more|remaining|longer|to go|to run)"
_LEFT = (
    any_case(rf"\b(?:for another|for|another) {SPAN}(?: {_STILL})?"),
    any_case(rf"\b{SPAN} {_STILL}"),
    any_case(rf"\b(?=[\d.]){SPAN}"),
)
_BILL = r"(?:billed|paid|payable|invoiced|charged|due)"
_BY_MONTH = any_case(
    rf"\b(?:{_BILL} (?:monthly|(?:by|every) (?:the )?month)|monthly (?:billing|bills|payments?))\b"
    r"(?: in (?:advance|arrears))?"
)
_BY_YEAR = any_case(
    rf"\b(?:{_BILL} (?:annually|yearly|quarterly|(?:by|every) (?:the )?(?:year|quarter))"
    r"|(?:annual|yearly|quarterly) (?:billing|bills|payments?)(?! ?(?:of|:|is)? ?\$))\b"
)
_TERM = any_case(rf"\b{SPAN}[ -](?:term|contract|reservation|commitment)\b")
_PRICE = (
    any_case(rf"(?:\b(?:at|for|costs?|costing|rate|price|paying)(?: of)? )?(?:@ ?)?{MONEY}{PER}"),
    any_case(rf"(?:\bat |@ ?)(?P<usd>{NUMBER})(?P<scale>){PER}(?! ?%)"),
)
_PREPAID = any_case(r"\b(?:fully )?(?:pre-?paid|paid in full|already paid|paid already|nothing (?:left|more) to pay)\b")


def contract_from(text: str, where: str, profile: Profile, book: PriceBook) -> dict[str, Any]:
    """A contract of a text, as raw data of a `[[commitment]]`.

    Args:
        text: One contract.
        where: The field, for errors.
        profile: It says which GPU is meant where the text names none, and how many GPUs a node has.
        book: The price book.

    Raises:
        InputError: Saying which words were not understood, or what is missing.
    """
    words = Words(text, where)
    found: dict[str, Any] = {"from": words.take_name()} | dict(_clauses(words))
    words.take(_BY_MONTH)  # as it is counted
    if by_year := words.take(_BY_YEAR):
        allowed = "leave it out: what is still to be paid is counted month by month; prepaid where nothing is"
        raise InputError(where, by_year[0], allowed)
    words.take(_TERM)  # how long it was when it was signed
    if end := words.take(_UNTIL):
        found["ends"] = date_in(end, where, book.asked_on, at_end=True)
    elif left := next(filter(None, map(words.take, _LEFT)), None):
        found["months_left"] = months_in(left)
    price = next(filter(None, map(words.take, _PRICE)), None)
    prepaid = price is None and words.take(_PREPAID)
    held = words.take_size(profile, book, CONTRACT, in_gpus=not profile.in_nodes)
    words.done(f"such as {CONTRACT}; also {CONTRACT_DETAILS}")
    if found.get("ends") is None and found.get("months_left") is None:
        raise InputError(where, f"no end in {text!r}", f"such as {CONTRACT}, or 6 months left")
    if price is None and not prepaid:
        raise InputError(where, f"no price in {text!r}", f"such as {CONTRACT}; prepaid where nothing is left to pay")
    found["usd_per_gpu_hour"] = 0.0 if price is None else held.of_one_gpu(price)
    given = {name: value for name, value in found.items() if value is not None}
    size = {"gpus": held.gpus} if held.gpus % held.per_node else {"nodes": held.nodes}
    return given | size | ({} if held.gpu is None else {"gpu": held.gpu})


def contract_text(contract: Commitment, book: PriceBook) -> str:
    """A contract as it may be typed: all that it says."""
    end = "" if contract.ends is None else f"until {date_words(contract.ends, at_end=True)}"
    left = "" if contract.months_left is None else f"{months_words(contract.months_left)} left"
    fee, notice = contract.termination_fee_share, contract.notice_months
    clauses = (
        "" if contract.may_be_resold else "no subletting",
        "" if fee is None else f"leaving costs {percent_words(fee)}",
        "" if contract.termination_fee_usd is None else f"leaving costs ${exact(contract.termination_fee_usd)}",
        f"{months_words(notice)} notice" if notice else "",
        f"refund ${exact(contract.refund_usd)}" if contract.refund_usd else "",
        name_words(contract.from_) if contract.from_ else "",
    )
    rate = f"at ${exact(contract.usd_per_gpu_hour, decimals=2)}"
    size = size_words(contract.size_words, contract.gpu, book)
    if contract.gpus is not None and contract.gpu is not None:
        size = f"{contract.gpus} {book.gpu(contract.gpu).id}"
    first = f"{size} {end}{left} {rate}"
    return ", ".join(filter(None, (first, *clauses)))


def _clauses(words: Words) -> Iterator[tuple[str, Any]]:
    """What else the contract says."""
    if notice := next(filter(None, map(words.take, _NOTICE)), None):
        yield "notice_months", max(1, months_in(notice))
    if leaving := words.take(_LEAVING):
        of_all = leaving["share"]
        yield ("termination_fee_share", share_in(of_all)) if of_all else ("termination_fee_usd", usd_in(leaving))
    if refund := next(filter(None, map(words.take, _REFUND)), None):
        yield "refund_usd", usd_in(refund)
    if words.take(_MAY_NOT):
        yield "may_be_resold", False
    words.take(_MAY)
