"""A contract in hand as text: `64 H100 until March 2027 at $2.10`, read and written."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
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
    date_in,
    date_words,
    exact,
    months_words,
    name_words,
    percent_words,
    same_day_later,
    share_in,
    size_words,
    usd_in,
    whole_months,
)
from advisor.profiles.in_hand.holdings import Commitment
from advisor.profiles.schema import Profile
from advisor.values.any_case import AnyCase

CONTRACT = "64 H100 until March 2027 at $2.10"
_CENTS = 2
CONTRACT_DETAILS = "no subletting, leaving costs 50%, 1 month notice, refund $20k, from NAME"


_CANCEL = r"(?:\b(?:can|may)(?: be)? (?:cancel\w*|leave|terminat\w+) (?:with|on|at|after) )?"
_NOTICE = (
    AnyCase(rf"{_CANCEL}\b{SPAN}(?:'s?|s')?(?: of)? notice\b"),
    AnyCase(rf"\bnotice(?: period)?(?: of|:| is)? {SPAN}"),
)
_LEAVE = r"(?:early )?(?:leaving|terminat\w+|exit|break|cancel\w+)"
_OF_PAYMENTS = r"(?:['’]s?)?(?: (?:of )?(?:the )?(?:payments?|rent|bills?|fees?|charges?))?"
_LEAVING = (
    AnyCase(rf"\b{_LEAVE}(?: fee)?(?: costs?| of| for|:| is)? (?:(?P<share>{NUMBER}) ?%|{MONEY}|{SPAN}{_OF_PAYMENTS})"),
    AnyCase(rf"(?:\b(?P<share>{NUMBER}) ?%|{MONEY}|\b{SPAN}{_OF_PAYMENTS}) {_LEAVE} fee\b"),
)
_AT_ANY_TIME = AnyCase(r"\b(?:can (?:be )?|may (?:be )?)?(?:cancel\w*|terminat\w+|leave) (?:at )?any ?time\b")
_MAY_NOT_LEAVE = AnyCase(r"\b(?:non-?|not |no )(?:cancel\w+|terminat\w+)\b|\bno (?:exit|break)(?: clause)?\b")
_SINCE = AnyCase(rf"\b(?:since|from|signed(?: in| on)?|began(?: in| on)?|started(?: in| on)?) {DATE}")
_REFUND = (
    AnyCase(rf"\brefund\w*(?: of|:| is)? {SUM}"),
    AnyCase(rf"{MONEY}(?: is| are)? (?:refund\w*|paid back|back)\b"),
)
_MAY_NOT = AnyCase(
    r"\b(?:sub-?l\w+|re-?s(?:ale|ell\w*)) (?:is |are )?(?:not (?:allowed|permitted|possible)|forbidden|prohibited)\b"
    r"|\b(?:no|not(?: to)?(?: be)?|(?:may|must|can|could) ?not(?: be)?) (?:sub-?l\w+|re-?s(?:ale|old|ell\w*)|let\w*)\b"
)
_MAY = AnyCase(r"\b(?:may|can) be (?:sub-?l\w+|resold|let)\b|\bsub-?l\w+ allowed\b")
_UNTIL = AnyCase(rf"(?:\bruns? )?\b(?:until|till?|through|thru|to|ends?|ending|expir\w+)(?: on| in| at)? {DATE}")
_STILL = r"(?:left|more|remaining|longer|to go|to run)"
_LEFT = (
    AnyCase(rf"\b(?:ends?|ending|expir\w+|runs? out) in {SPAN}"),
    AnyCase(rf"\b(?:for another|for|another) {SPAN}(?: {_STILL})?"),
    AnyCase(rf"\b{SPAN} {_STILL}"),
    AnyCase(rf"\b(?=[\d.]){SPAN}"),
)
_BILL = r"(?:billed|paid|payable|invoiced|charged|due)"
_BY_MONTH = AnyCase(
    rf"\b(?:net[ -]?\d{{1,2}}|{_BILL} (?:monthly|(?:by|every) (?:the )?month)|monthly (?:billing|bills|payments?))\b"
    r"(?: in (?:advance|arrears))?"
)
_BY_YEAR = AnyCase(
    rf"\b(?:{_BILL} (?:annually|yearly|quarterly|(?:by|every) (?:the )?(?:year|quarter))"
    r"|(?:annual|yearly|quarterly) (?:billing|bills|payments?)(?! ?(?:of|:|is)? ?\$))\b"
)
_TERM = AnyCase(rf"\b{SPAN}[ -](?:term|contract|reservation|commitment)\b")
_PRICE = (
    AnyCase(rf"(?:\b(?:at|for|costs?|costing|rate|price|paying)(?: of)? )?(?:@ ?)?{MONEY}{PER}"),
    AnyCase(rf"(?:\bat |@ ?)(?P<usd>{NUMBER})(?P<scale>){PER}(?! ?%)"),
)
_PREPAID = AnyCase(r"\b(?:fully )?(?:pre-?paid|paid in full|already paid|paid already|nothing (?:left|more) to pay)\b")


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
    since = words.take(_SINCE)
    found: dict[str, Any] = {"from": words.take_name()} | dict(_clauses(words))
    in_months = found.pop("leaving_months", None)
    words.take(_BY_MONTH)  # as it is counted
    if by_year := words.take(_BY_YEAR):
        allowed = "leave it out: what is still to be paid is counted month by month; prepaid where nothing is"
        raise InputError(where, by_year[0], allowed)
    term = words.take(_TERM)  # how long it was when it was signed
    if end := words.take(_UNTIL):
        found["ends"] = date_in(end, where, book.asked_on, at_end=True)
    elif left := next(filter(None, map(words.take, _LEFT)), None) or (term if since else None):
        found |= {"months_left": whole_months(left)} if since is None else {"ends": _end(since, left, where, book)}
    elif since:
        raise InputError(where, f"{since[0]} without an end", f"such as {CONTRACT}")
    price = next(filter(None, map(words.take, _PRICE)), None)
    prepaid = price is None and words.take(_PREPAID)
    held = words.take_size(profile, book, CONTRACT, in_gpus=not profile.in_nodes)
    words.done(f"such as {CONTRACT}; also {CONTRACT_DETAILS}")
    if found.get("ends") is None and found.get("months_left") is None:
        raise InputError(where, f"no end in {text!r}", f"such as {CONTRACT}, or 6 months left")
    if price is None and not prepaid:
        raise InputError(where, f"no price in {text!r}", f"such as {CONTRACT}; prepaid where nothing is left to pay")
    rate = found["usd_per_gpu_hour"] = 0.0 if price is None else held.of_one_gpu(price, where)
    if in_months is not None:
        found["termination_fee_usd"] = round(in_months * rate * held.gpus * held.hours_per_month, _CENTS)
    given = {name: value for name, value in found.items() if value is not None}
    size = {"gpus": held.gpus} if held.gpus % held.per_node else {"nodes": held.nodes}
    return given | size | ({} if held.gpu is None else {"gpu": held.gpu})


def _end(since: re.Match[str], term: re.Match[str], where: str, book: PriceBook) -> date:
    """The last day of a term that began on a day; raises InputError for one that has not begun."""
    first = date_in(since, where, book.asked_on, at_end=False, past=True)
    if first > book.asked_on:
        raise InputError(where, f"{since[0]}, which is to come", "contracts that run already; others are offers")
    return same_day_later(first, whole_months(term)) - timedelta(days=1)


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
        yield "notice_months", max(1, whole_months(notice))
    if leaving := next(filter(None, map(words.take, _LEAVING)), None):
        if leaving["share"]:
            yield "termination_fee_share", share_in(leaving["share"])
        elif leaving["usd"]:
            yield "termination_fee_usd", usd_in(leaving, words.where)
        else:
            yield "leaving_months", whole_months(leaving)  # of payments
    elif words.take(_AT_ANY_TIME):
        yield "termination_fee_share", 0.0
    elif words.take(_MAY_NOT_LEAVE):
        yield "termination_fee_share", 1.0
    if refund := next(filter(None, map(words.take, _REFUND)), None):
        yield "refund_usd", usd_in(refund, words.where)
    if words.take(_MAY_NOT):
        yield "may_be_resold", False
    words.take(_MAY)
