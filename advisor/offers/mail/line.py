"""Reads a line of several offers: what stands once, in front of them or behind the last one, is said of all of them."""

import re
from collections.abc import Iterator, Sequence

from advisor.offers.mail.cut_line import cut_line, of_hardware_and_hours
from advisor.offers.mail.part import SIZES, SPANS, Part
from advisor.offers.mail.rules.dates import Calendar
from advisor.offers.mail.rules.pieces import Piece
from advisor.offers.mail.rules.prices import is_alike
from advisor.offers.mail.rules.sizes import MOST
from advisor.offers.mail.sentence import read_sentence
from advisor.offers.mail.settled import FEES
from advisor.values.quick_dataclass import replace

_COUNTS = (*SIZES, "of_them")  # `64 nodes`, `16 of them`
_PAID = ("prepaid", "prepaid_months", "billed_months", "upfront")
_TERMS = ("option", *SPANS, *_PAID)
_INHERITED = ("gpu", *SIZES, "node_gpus", "from", "option", *SPANS, "starts", "speaks_of")
_OF_EACH = (  # what may be said once of several prices
    *_PAID, *FEES, "fee_currency", "least_nodes", "valid_until", "starts", "start_month", "termination_fee_share",
    "notice_months", "may_sublet", "sla_credit_share", "delay_credit_share_per_month", "refund_share",
)  # fmt: skip
_OTHERWISE = re.compile(r"\b(?:otherwise|or else)\b", re.IGNORECASE)  # without what the first offer asks for


def read_line(line: str, gpu: str, node_gpus: int, calendar: Calendar) -> Iterator[Part]:
    """What a line says, an offer in each part; a later one is on the GPUs of the first unless it names its own.
    Arguments as `read_sentence`."""
    parts = list(_one_after_another(line, gpu, node_gpus, calendar))
    priced = [part for part in parts if part.prices]
    of_all = _said_once(priced, line) if len(priced) > 1 else frozenset()
    for part in parts:
        unlike = part.prices and of_hardware_and_hours(part.prices[0], priced[-1].prices[0])
        if part not in priced[:-1] or unlike or part.says(*of_all - set(_PAID)):
            yield part
            continue
        shared = [
            Piece(piece.field, piece.value, piece.text, f"said of {'both' if len(priced) == 2 else 'all'} offers")
            for piece in priced[-1].pieces
            if piece.field in of_all and not part.says(piece.field)
        ]
        yield replace(part, pieces=(*part.pieces, *shared))


def _said_once(priced: Sequence[Part], line: str) -> frozenset[str]:
    """The fields that the last offer of a line says of all of them. Of a bundle of several GPUs, and of prices by size
    or by payment, the earlier ones run as long as the last, unless they say how long or of which kind they are."""
    found = set(_said_last(priced, line))
    named = [{str(piece.value) for piece in part.pieces if piece.field == "gpu"} for part in priced]
    bundle = all(named) and not set.intersection(*named)
    sizes = [{(piece.field, piece.value) for piece in part.pieces if piece.field in _COUNTS} for part in priced]
    by_size = not bundle and all(sizes) and any(size != sizes[0] for size in sizes)
    if bundle or by_size or all(part.says(*_PAID) for part in priced):
        found |= set(_TERMS)
    if not any(part.says("gpu", *SIZES) for part in priced[:-1]):
        found |= {"gpu", "gpus", "nodes", "node_gpus", "speaks_of"}
    return frozenset(found)


def _said_last(priced: Sequence[Part], line: str) -> Iterator[str]:
    """The fields that are said of all prices: only behind the last of those that commas part, as one more item:
    `12 months $2.40, 24 months $2.10, 20% deposit`."""
    *others, last = priced
    before = line[: line.rfind(last.text)].rstrip().lower()
    if not before.endswith((",", ";", "/", " or", " and")):
        return
    parted = ";" if before.endswith(";") else ","
    known = set().union(*(part.fields for part in others))
    known |= set(_PAID) if known & set(_PAID) else set()
    for piece in last.pieces:
        apart = re.search(rf"{parted}\s*(?:and\s+|with\s+)?(?:an?\s+)?{re.escape(piece.text)}", last.text)
        if piece.field in _OF_EACH and piece.field not in known and apart is not None and apart.start() > 0:
            yield piece.field


def _one_after_another(line: str, gpu: str, node_gpus: int, calendar: Calendar) -> Iterator[Part]:
    """The parts of a line, each with the GPUs, the size and the seller of the first where it names none."""
    first: Part | None = None
    for text in cut_line(line, gpu):
        part = read_sentence(text, gpu, node_gpus, calendar)
        if first is not None and part.prices:
            own = _not_as_in(first, part)
            inherited = [
                Piece(piece.field, piece.value, piece.text, piece.assumed)
                for piece in first.pieces
                if piece.field in _INHERITED and piece.field not in own
            ]
            part = replace(_in_the_unit_of(first, part), pieces=(*part.pieces, *inherited))
        first = first or part
        yield part


def _not_as_in(first: Part, part: Part) -> set[str]:
    """The fields that a later offer of a line does not have from the first: its own, and what does not go with them."""
    own = set(part.fields)
    if part.says(*SIZES, MOST):
        own |= set(SIZES)
    if part.says(*SPANS):
        own |= {*SPANS, "option"} if first.is_by_the_hour else set(SPANS)
    if own & {*SPANS, "option"}:  # else it runs as the first: `3 years: $1.79 all upfront, $1.99 no upfront`
        own |= {"months", "days"}
    if _said_behind(first, "least_nodes"):
        own.add("least_nodes")
    if _OTHERWISE.search(part.text):
        own |= {"option", *SPANS}
    if first.prices and of_hardware_and_hours(first.prices[0], part.prices[0]):
        own.add("option")
    return own


def _said_behind(part: Part, field: str) -> bool:
    """Whether a part says a field behind its price, so that it is that of this price alone."""
    if not part.prices:
        return False
    price = part.text.find(part.prices[0].words)
    return any(piece.field == field and part.text.find(piece.text) > price for piece in part.pieces)


def _in_the_unit_of(other: Part, part: Part) -> Part:
    """A part whose price has no unit and is like that of another, in its unit."""
    if not other.prices or not part.prices:
        return part
    price, first = part.prices[0], other.prices[0]
    is_rate = first.thing and first.time and is_alike(price.amount, first.amount)
    if price.thing or price.time or price.in_all or price.each or not is_rate:
        return part
    return replace(part, prices=(replace(price, thing=first.thing, time=first.time), *part.prices[1:]))
