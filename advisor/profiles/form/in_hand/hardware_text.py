"""Hardware in hand as text: `4 nodes of H100 bought in 2025-06, sells for $95k each`, read and written."""

import re
from typing import Any

from advisor.errors import InputError
from advisor.formatting import plural
from advisor.market.price_book import PriceBook
from advisor.profiles.form.in_hand.words import (
    DATE,
    MONEY,
    NODES,
    PER,
    SPAN,
    SUM,
    Held,
    Words,
    date_in,
    date_words,
    exact,
    months_words,
    size_words,
    usd_in,
    whole_months,
)
from advisor.profiles.in_hand.holdings import Owned
from advisor.profiles.schema import Profile
from advisor.values.any_case import AnyCase

LOT = "4 nodes of H100 bought 2025-06"
DETAILS = "sells for $95k each, 18 months old, hosting paid, not to be let"


_IN_ALL = r"(?P<all> ?(?:in all|in total|altogether|together))?"
_SELLS = AnyCase(
    r"\b(?:(?:would |can be )?(?:sells?|sold|worth|valued)|resale(?: value| price)?|market value)(?: now| today)?"
    rf"(?: for| at| of|:| is)? {SUM}{PER}{_IN_ALL}"
)
_GOT = r"(?:bought|purchased|acquired|delivered|installed|in service|owned)"
_BOUGHT = AnyCase(rf"\b(?:{_GOT}(?: in| on| since)?|in|on|since|from) {DATE}")
_OLD = AnyCase(rf"\b(?:bought )?{SPAN} (?:old|ago|of age)\b")
_PAID = AnyCase(rf"\b(?:(?:bought|paid|purchased|cost|costing)(?: for| at)?|for|at) {SUM}{PER}{_IN_ALL}")
_EACH_PAID = AnyCase(rf"{MONEY}{PER}{_IN_ALL}")
_PLACE = r"(?:hosting|place|space|rack|power|colocation)"
_HOSTING = AnyCase(rf"\b{_PLACE}(?: (?:and|&) {_PLACE})? (?:is |are )?(?:already )?(?:paid|free|included|covered)\b")
_MAY_NOT = AnyCase(
    r"\b(?:no|not(?: to)?(?: be)?|(?:may|must|can) ?not(?: be)?) (?:let(?:ting)?|rent(?:ed|ing)?(?: out)?)\b"
    r"|\b(?:for )?own use only\b"
)


def hardware_from(text: str, where: str, profile: Profile, book: PriceBook) -> dict[str, Any]:
    """A lot of hardware of a text, as raw data of an `[[owned]]`. What was paid for it is understood, and left out: it
    is spent and does not count.

    Args:
        text: One lot.
        where: The field, for errors.
        profile: It says which GPU is meant where the text names none, and how many GPUs a node has.
        book: The price book.

    Raises:
        InputError: Saying which words were not understood, or what is missing.
    """
    words = Words(text, where)
    found: dict[str, Any] = {}
    sells = words.take(_SELLS)
    if bought := words.take(_BOUGHT):
        found["bought"] = date_in(bought, where, book.asked_on, at_end=False, past=True)
    if old := words.take(_OLD):
        found["age_months"] = whole_months(old)
    if words.take(_PAID) is None and (bought or old):
        words.take(_EACH_PAID)
    if words.take(_HOSTING):
        found["hosting_paid"] = True
    if words.take(_MAY_NOT):
        found["may_be_let"] = False
    held = words.take_size(profile, book, LOT)
    words.done(f"such as {LOT}; also {DETAILS}")
    if sells:
        found["sells_for_usd_per_node"] = usd_in(sells, where) / _nodes_sold(sells, held, where)
    given = {name: value for name, value in found.items() if value is not None}
    return given | {"nodes": held.nodes} | ({} if held.gpu is None else {"gpu": held.gpu})


def _nodes_sold(sells: re.Match[str], held: Held, where: str) -> float:
    """The nodes that a price of hardware is for; one GPU of them where it is of each of a number of GPUs.

    Raises:
        InputError: For several nodes, when the price may be of one or of all.
    """
    per = sells["per"].lower()
    if sells["all"]:
        return held.nodes
    if re.search(NODES, per) or (held.nodes == 1 and not per):
        return 1
    if not per:
        raise InputError(where, repr(sells[0].strip()), f"{sells[0].strip()} each, or in all")
    return 1 if held.in_nodes and "gpu" not in per and "card" not in per else 1 / held.per_node


def hardware_text(owned: Owned, book: PriceBook) -> str:
    """A lot of hardware as it may be typed: all that it says."""
    sells = owned.sells_for_usd_per_node
    clauses = (
        "" if owned.bought is None else f"bought {date_words(owned.bought, at_end=False)}",
        f"{months_words(owned.age_months)} old" if owned.age_months else "",
        "" if sells is None else f"sells for ${exact(sells)} each",
        "hosting paid" if owned.hosting_paid else "",
        "" if owned.may_be_let else "not to be let",
    )
    size = size_words(f"{owned.nodes} {plural('node', owned.nodes)}", owned.gpu, book)
    return ", ".join(filter(None, (size, *clauses)))
