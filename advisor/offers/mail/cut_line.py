"""Cuts a line between the prices of several offers, and takes the sums that are not the price of an offer out of it."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from advisor.offers.mail.discounts import SEPARATOR, read_discounted, read_for_prepayment, read_sums_off
from advisor.offers.mail.rules.fees import read_fees, read_goods, read_list_prices
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.offers.mail.rules.prices import (
    Price,
    is_alike,
    pattern,
    price_of,
    read_exchange,
    read_payments,
    read_steps,
)
from advisor.offers.mail.rules.terms import says_kind, says_term

_OF_ALL = re.compile(
    r",?\s*\b(?:both|(?:all|either)(?:\s+(?:options|offers|prices|for|on|with|at|of\s+(?:them|these|which))))\b"
    r"|(?<=[a-z\d)%]\.)\s+(?:(?-i:(?=[A-Z\d]))|(?=up to\s))",
    re.IGNORECASE,
)
_OF_ALL_PARTED = re.compile(rf";|{_OF_ALL.pattern}", re.IGNORECASE)  # where only commas or words part the prices
_WEAK = (",", "/", "or", "and")  # separators that may also stand within an offer
_FINANCED = re.compile(r"\b(?:leas\w+|loan|hosted|hosting|financ\w+|leaseback)\b", re.IGNORECASE)
_SUM = re.compile(r"(?:(?:grand |sub-?)?total|gesamt)", re.IGNORECASE)
_INSTEAD = re.compile(r"\s*(?:or|alternatively|instead)\b", re.IGNORECASE)
_OF_HARDWARE = 1_000.0  # a node costs as much as some thousands of its hours


def cut_line(line: str, gpu: str) -> Iterator[str]:
    """A line cut between the prices of several offers: `12 months $2.30, 24 months $1.99`; then what is said of all of
    them: `both 25% upfront`, and further sentences."""
    passage = Passage(line)
    of_all_from = _OF_ALL_PARTED
    read_beside(passage, gpu)
    found = [(match, price_of(match, passage)) for match in passage.take(pattern("price", gpu))]
    prices = sorted(((match, price) for match, price in found if price is not None), key=lambda one: one[0].start())
    start = 0
    for (before, price), (after, other) in pairwise(prices):
        other_unit = (price.thing, price.time) != (other.thing, other.time)
        again = other.again or (_SUM.match(other.words) and not _SUM.match(price.words))
        if again and (other_unit or not says_term(line[before.end() : after.start()])):
            continue
        begin = after.end() - len(after[0].lstrip())
        apart = list(SEPARATOR.finditer(line, before.end(), begin + 1))  # with the sign that begins a sentence
        strong = next((one for one in apart if one[0].strip() not in _WEAK), None)
        separator = strong or _before_its_term(line, start, before, apart, after)
        if separator is None:
            continue
        so_far, rest = line[start : separator.start()], line[separator.end() :]
        instead = separator[0].strip() not in (",", "and") or _INSTEAD.match(rest) is not None
        lease = instead and _is_lease(price, other, so_far, rest)
        if lease or _is_another(price, other, line[start:begin], rest):
            yield so_far
            start = separator.end()
            of_all_from = _OF_ALL if separator[0].strip() not in _WEAK else of_all_from
    of_all = of_all_from.search(line, prices[-1][0].end()) if start else None
    if of_all is None:
        yield line[start:]
    else:
        yield line[start : of_all.start()]
        yield line[of_all.end() :]


def _before_its_term(
    line: str, start: int, before: re.Match[str], apart: Sequence[re.Match[str]], after: re.Match[str]
) -> re.Match[str] | None:
    """Which of several commas parts two prices: where the terms stand in front of their prices the last one before a
    term, else the one before the price, if there is a term on either side; or else the first."""
    begin = after.end() - len(after[0].lstrip())
    in_front = [one for one in apart if says_term(line[one.end() : begin])]
    if says_term(line[start : before.start()]) and in_front:
        return in_front[-1]
    near = [one for one in apart if re.fullmatch(r"\s*(?:or|and)?\s*", line[one.end() : begin], re.IGNORECASE)]
    if near and says_term(line[before.end() : near[-1].start()]) and says_term(line[after.end() :]):
        return near[-1]
    return next(iter(apart), None)


def _is_another(price: Price, other: Price, before: str, after: str) -> bool:
    """Whether a further price is that of another offer: of the same unit, or without one and of the same size, or where
    the words on both sides say what kind of offer it is. before, after: the words up to it, and from there on."""
    if (price.thing, price.time) == (other.thing, other.time):
        return True
    if of_hardware_and_hours(price, other):
        return not _FINANCED.search(f"{before} {after}") and says_kind(f"{before} {after}")
    if not (other.thing or other.time):
        return is_alike(other.amount, price.amount)
    if not (price.thing or price.time) and says_kind(before) and says_kind(after):
        return is_alike(other.amount, price.amount)
    both_rent = bool(price.time and other.time) and not _FINANCED.search(before)
    return both_rent and says_kind(before) and says_kind(after)


def _is_lease(price: Price, other: Price, before: str, after: str) -> bool:
    """Whether a further price is what a lease costs a month, of the hardware that is offered to buy before it."""
    return not price.time and other.time == "month" and not _FINANCED.search(before) and bool(_FINANCED.search(after))


def of_hardware_and_hours(price: Price, other: Price) -> bool:
    """Whether one of two prices is that of hardware and the other one of its hours."""
    low, high = sorted([price.amount, other.amount])
    return bool(price.time) != bool(other.time) and high > _OF_HARDWARE * low


def read_beside(passage: Passage, gpu: str) -> tuple[list[tuple[int, Price]], list[str], list[Piece]]:
    """Remove the sums that are not the price: later prices, other goods, fees, and upfront payments. A price
    that is given as a share off a list price is a step from month 0 on."""
    on_condition = list(read_for_prepayment(passage))
    steps = list(read_steps(passage, gpu))
    exchange = list(read_exchange(passage, gpu))
    fees, goods = list(read_fees(passage, gpu)), list(read_goods(passage, gpu))
    pieces = [*exchange, *fees, *read_payments(passage, gpu)]
    steps += [(0, price) for price in read_discounted(passage, gpu)]
    return steps, [*on_condition, *goods, *read_sums_off(passage, gpu), *read_list_prices(passage, gpu)], pieces
