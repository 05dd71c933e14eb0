"""Reads offers from the text of a mail, of a price page or of a table: field by field, and what was not understood."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from advisor.errors import InputError
from advisor.formatting import cut
from advisor.market.price_book import PriceBook
from advisor.offers.mail.amounts import PARTED
from advisor.offers.mail.clauses import CLAUSE_RULES, PAYMENT_RULES, Rule
from advisor.offers.mail.cut_line import cut_line, of_hardware_and_hours, read_beside
from advisor.offers.mail.dates import Calendar, calendar_of
from advisor.offers.mail.discounts import with_list_prices, with_sums_off
from advisor.offers.mail.gpus import gpu_pattern
from advisor.offers.mail.lines import blocks_of, own_text
from advisor.offers.mail.offer import BY_THE_HOUR, Part, ReadOffer, make_offer
from advisor.offers.mail.pieces import Passage, Piece
from advisor.offers.mail.prices import (
    Price,
    gpu_in_unit,
    is_alike,
    pattern,
    price_of,
    term_in_rate,
    with_signs,
)
from advisor.offers.mail.settled import FEES
from advisor.offers.mail.sizes import MOST, SAME_SIZE, read_sizes
from advisor.offers.mail.sums import sum_told
from advisor.offers.mail.terms import (
    read_dates,
    read_named_term,
    read_option,
    read_seller,
    read_term,
    said_of,
)
from advisor.profiles.limits import MOST_QUOTES
from advisor.profiles.offers.quote import PAID_MONTHLY
from advisor.values.quick_dataclass import dataclass, replace

LONGEST_TEXT = 10_000  # characters: a long mail; the patterns take time that grows with it
_LONGEST_UNREAD = 80
_MOST_UNREAD = 40
_SIZES = ("gpus", "nodes", "least_nodes")
_COUNTS = (*_SIZES, "of_them")  # `64 nodes`, `16 of them`
_AS_BOUGHT = "as in the purchase"
_PER_KW = re.compile(r"(?:/|\bper\s)\s?kW\b", re.IGNORECASE)
_SPANS = ("months", "days", "ends")
_PAID = ("prepaid", "prepaid_months", "billed_months", "upfront")
_TERMS = ("option", *_SPANS, *_PAID)
_INHERITED = ("gpu", *_SIZES, "node_gpus", "from", "option", *_SPANS, "starts", "speaks_of")
_OF_EACH = (  # what may be said once of several prices
    *_PAID, *FEES, "fee_currency", "least_nodes", "valid_until", "starts", "start_month", "termination_fee_share",
    "notice_months", "may_sublet", "sla_credit_share", "delay_credit_share_per_month", "refund_share",
)  # fmt: skip
_FILLER = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "cost", "costs", "each", "for", "from", "get", "gpu",
    "gpus", "hello", "hi", "how", "if", "in", "including", "is", "it", "of", "offer", "on", "or", "our", "per",
    "please", "price", "priced", "prices", "pricing", "quote", "rate", "rates", "term", "terms", "thanks", "that",
    "the", "then", "this", "to", "up", "us", "we", "with", "would", "you", "your", "all", "both", "also",
    "just", "only", "nvidia", "amd", "cluster", "clusters", "hour", "hr", "option", "subject", "best", "regards",
    "hardware", "value", "worth", "pay", "instance", "plus", "onetime", "do", "unit", "total", "sign", "requires"
})  # fmt: skip
_PRICE_ALONE = re.compile(r"\s*(\d{1,3}\.\d{1,4})\s*")  # a number that can be nothing else
_OTHERWISE = re.compile(r"\b(?:otherwise|or else)\b", re.IGNORECASE)  # without what the first offer asks for


@dataclass(frozen=True)
class Mail:
    """What a text says: its offers, and the words that were not understood."""

    offers: tuple[ReadOffer, ...]
    unread: tuple[str, ...]


def read_mail(text: str, book: PriceBook, on: date) -> Mail:
    """Read the offers in a text. The text is data: nothing in it is executed, and no part of it is printed unchanged.

    Args:
        text: A line, a mail, or a table with its head.
        book: Names of GPUs, and posted prices where the unit of a price is not said.
        on: Day that a date without a year, and `valid for 30 days`, count from.

    Raises:
        InputError: For a text that is too long.

    Source: docs/model.md#offers.
    """
    if len(text) > LONGEST_TEXT:
        raise InputError("the text of an offer", f"{len(text):,} characters", f"at most {LONGEST_TEXT:,}")
    if alone := _PRICE_ALONE.fullmatch(text):
        text = f"${alone[1]}"
    text, answered = own_text(PARTED.sub(",", text))
    blocks = _parts_of(text, book, on)
    unpriced = [block for block in blocks if not any(map(_has_price, block))]
    of_all = [
        piece for block in unpriced if not any(map(_is_of_rooms, block)) for part in block for piece in part.pieces
    ]
    offers: list[ReadOffer] = []
    further = 0
    sums: list[tuple[Price, ReadOffer | None]] = []
    unread = [f"{answered} (the mail that is answered)"] if answered else []
    for block in blocks:
        beside = [piece for part in block if not part.prices for piece in part.pieces]
        named = [piece for part in block if part.prices for piece in part.pieces if piece.field == "gpu"]
        beside += named[:1] if len({piece.value for piece in named}) == 1 else []
        of_rooms = not any(map(_has_price, block)) and any(map(_is_of_rooms, block))
        for part in block:
            unread += part.unread
            offer = None
            further += bool(part.prices) and len(offers) == MOST_QUOTES
            if part.prices and len(offers) < MOST_QUOTES:
                offer, conflicts = make_offer(part, (*beside, *of_all), book, on)
                offers.append(offer)
                unread += conflicts
            elif of_rooms:
                unread += [f"{piece.text} (of the rooms)" for piece in part.pieces]
            elif not part.prices:
                unread += [price.words for _, price in part.steps]
            sums += [(price, offer) for price in part.sums]
    unread += [sum_told(price, offers if offer is None else [offer], book) for price, offer in sums]
    read = {piece.text for offer in offers for piece in offer.pieces}  # a clause said of all, which one cannot have
    unread = [words for words in unread if words.partition(" (not with ")[0] not in read or "(not with" not in words]
    if further:
        unread.insert(0, f"{further} further prices (at most {MOST_QUOTES} are read)")
    return Mail(tuple(offers), tuple(dict.fromkeys(unread))[:_MOST_UNREAD])


def _is_of_rooms(part: Part) -> bool:
    """Whether a part has the price of rooms for hardware, whose fees and terms are not those of the hardware."""
    return _PER_KW.search(part.text) is not None


def _has_price(part: Part) -> bool:
    return bool(part.prices)


def _parts_of(text: str, book: PriceBook, on: date) -> list[list[Part]]:
    """What each line of each paragraph says, without sums that follow from others."""
    gpu, node_gpus = gpu_pattern(book), round(book.figure("rental.gpus_per_node").value)
    calendar = calendar_of(text, on)
    lines = with_sums_off([with_signs(block, gpu) for block in blocks_of(text)], gpu)
    lines = with_list_prices(lines, gpu)
    blocks = [[part for line in block for part in _parts(line, gpu, node_gpus, calendar)] for block in lines]
    prices = [price for block in blocks for part in block for price in part.prices]
    if not all(price.named_sum for price in prices):
        hourly = any(price.time == "hour" for price in prices)
        blocks = [[_without_sums(part, hourly=hourly) for part in block] for block in blocks]
    return _with_hardware(_in_sizes(blocks))


def _with_hardware(blocks: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts, a lease that does not say what it is of with the size and price of the one purchase in the text."""
    parts = [part for block in blocks for part in block if part.prices]
    bought = [part for part in parts if not part.prices[0].time and not _is_financed(part)]
    if len({(part.prices[0].amount, part.prices[0].thing) for part in bought}) != 1:
        return [list(block) for block in blocks]
    size = [
        replace(piece, assumed=_AS_BOUGHT)
        for piece in bought[0].pieces
        if piece.field in ("gpu", *_SIZES, "node_gpus", "speaks_of")
    ]
    return [[_of_hardware(part, bought[0].prices[0], size) for part in block] for block in blocks]


def _of_hardware(part: Part, price: Price, size: Sequence[Piece]) -> Part:
    """A lease with a size and with the price of the hardware, where it has neither."""
    if not _is_financed(part) or any(one.time != "month" for one in part.prices):
        return part
    own = {piece.field for piece in part.pieces}
    pieces = [*part.pieces, *(piece for piece in size if own.isdisjoint(_SIZES) and piece.field not in own)]
    each = price.thing or price.each or own.isdisjoint(_SIZES)
    return replace(part, pieces=tuple(pieces), prices=(*part.prices, price)) if each else part


def _is_financed(part: Part) -> bool:
    return any(piece.field == "option" and piece.value in PAID_MONTHLY for piece in part.pieces)


def _in_sizes(blocks: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts, those that are for as much as the offer before them with its size."""
    size: list[Piece] = []
    found: list[list[Part]] = []
    for block in blocks:
        found.append([])
        for part in block:
            sized = _of_same_size(part, size)
            size = [piece for piece in sized.pieces if piece.field in (*_SIZES, "node_gpus")] if part.prices else size
            found[-1].append(sized)
    return found


def _of_same_size(part: Part, size: Sequence[Piece]) -> Part:
    """A part that is for as much as the offer before it, with that size; else as it is."""
    kept = tuple(piece for piece in part.pieces if piece.field != SAME_SIZE)
    return part if len(kept) == len(part.pieces) else replace(part, pieces=(*kept, *size))


def _without_sums(part: Part, *, hourly: bool) -> Part:
    """A part with those sums apart that follow from the prices elsewhere in the text: the total, and what is paid a
    month where there is a rate by the hour."""
    alone = not any(piece.field in ("option", "gpu", *_SIZES, *_SPANS) for piece in part.pieces)
    prices = tuple(
        price
        for price in part.prices
        if not price.named_sum or price.time == "hour" or not (hourly or (alone and price.time == "total"))
    )
    return replace(part, prices=prices, sums=tuple(price for price in part.prices if price not in prices))


def _parts(line: str, gpu: str, node_gpus: int, calendar: Calendar) -> Iterator[Part]:
    """What a line says, an offer in each part; a later one is on the GPUs of the first unless it names its own. Of a
    bundle of several GPUs, and of prices by size, the earlier ones run as long as the last, unless they say how long
    or of which kind they are."""
    parts = list(_one_after_another(line, gpu, node_gpus, calendar))
    priced = [part for part in parts if part.prices]
    named = [{str(piece.value) for piece in part.pieces if piece.field == "gpu"} for part in priced]
    bundle = len(priced) > 1 and all(named) and not set.intersection(*named)
    unsized = len(priced) > 1 and not any(
        {piece.field for piece in part.pieces} & {"gpu", *_SIZES} for part in priced[:-1]
    )
    of_all = (_TERMS if bundle else ()) + (("gpu", "gpus", "nodes", "node_gpus", "speaks_of") if unsized else ())
    sizes = [{(piece.field, piece.value) for piece in part.pieces if piece.field in _COUNTS} for part in priced]
    by_size = len(priced) > 1 and not bundle and all(sizes) and any(size != sizes[0] for size in sizes)
    by_payment = all(any(piece.field in _PAID for piece in part.pieces) for part in priced)
    of_all += _TERMS if by_size or by_payment else ()
    of_all += tuple(_said_last(priced, line)) if len(priced) > 1 else ()
    for part in parts:
        own = {piece.field for piece in part.pieces}
        unlike = part.prices and of_hardware_and_hours(part.prices[0], priced[-1].prices[0])
        if part in priced[:-1] and not unlike and not own & (set(of_all) - set(_PAID)):
            shared = [
                Piece(piece.field, piece.value, piece.text, f"said of {'both' if len(priced) == 2 else 'all'} offers")
                for piece in priced[-1].pieces
                if piece.field in of_all and piece.field not in own
            ]
            yield replace(part, pieces=(*part.pieces, *shared))
        else:
            yield part


def _said_last(priced: Sequence[Part], line: str) -> Iterator[str]:
    """The fields that are said of all prices: only behind the last of those that commas part, as one more item:
    `12 months $2.40, 24 months $2.10, 20% deposit`."""
    *others, last = priced
    before = line[: line.rfind(last.text)].rstrip().lower()
    if not before.endswith((",", ";", "/", " or", " and")):
        return
    parted = ";" if before.endswith(";") else ","
    known = {piece.field for part in others for piece in part.pieces}
    known |= set(_PAID) if known & set(_PAID) else set()
    for piece in last.pieces:
        apart = re.search(rf"{parted}\s*(?:and\s+|with\s+)?(?:an?\s+)?{re.escape(piece.text)}", last.text)
        if piece.field in _OF_EACH and piece.field not in known and apart is not None and apart.start() > 0:
            yield piece.field


def _one_after_another(line: str, gpu: str, node_gpus: int, calendar: Calendar) -> Iterator[Part]:
    """The parts of a line, each with the GPUs, the size and the seller of the first where it names none."""
    first: Part | None = None
    for text in cut_line(line, gpu):
        part = _part(text, gpu, node_gpus, calendar)
        own = {piece.field for piece in part.pieces}
        own |= set(_SIZES) if own & {*_SIZES, MOST} else set()
        own |= {"option"} if own & set(_SPANS) and _by_the_hour(first) else set()
        own |= set(_SPANS) if own & set(_SPANS) else set()
        own |= set() if _runs_as(first, own) else {"months", "days"}
        own |= {"least_nodes"} if _said_behind(first, "least_nodes") else set()
        own |= {"option", *_SPANS} if _OTHERWISE.search(text) else set()
        if first is not None and part.prices:
            if first.prices and of_hardware_and_hours(first.prices[0], part.prices[0]):
                own |= {"option"}
            inherited = [
                Piece(piece.field, piece.value, piece.text, piece.assumed)
                for piece in first.pieces
                if piece.field in _INHERITED and piece.field not in own
            ]
            part = replace(_in_the_unit_of(first, part), pieces=(*part.pieces, *inherited))
        first = first or part
        yield part


def _said_behind(first: Part | None, field: str) -> bool:
    """Whether a part says a field behind its price, so that it is that of this price alone."""
    said = [piece.text for piece in first.pieces if piece.field == field] if first and first.prices else []
    return any(first is not None and first.text.find(words) > first.text.find(first.prices[0].words) for words in said)


def _in_the_unit_of(other: Part, part: Part) -> Part:
    """A part whose price has no unit and is like that of another, in its unit."""
    if not other.prices or not part.prices:
        return part
    price, first = part.prices[0], other.prices[0]
    is_rate = first.thing and first.time and is_alike(price.amount, first.amount)
    if price.thing or price.time or price.in_all or price.each or not is_rate:
        return part
    return replace(part, prices=(replace(price, thing=first.thing, time=first.time), *part.prices[1:]))


def _runs_as(first: Part | None, own: set[str]) -> bool:
    """Whether an offer that does not say how long it runs does so as the first: `3 years: $1.79 all upfront, $1.99 no
    upfront`. own: the fields of the later one."""
    return first is not None and not own & {*_SPANS, "option"}


def _by_the_hour(part: Part | None) -> bool:
    """Whether a part says that it is an offer without a term."""
    return part is not None and any(piece.field == "option" and piece.value in BY_THE_HOUR for piece in part.pieces)


def _part(text: str, gpu: str, node_gpus: int, calendar: Calendar) -> Part:
    """What one sentence says."""
    passage = Passage(text)
    steps, unread, pieces = read_beside(passage, gpu)
    pieces += _by_rules(passage, CLAUSE_RULES) + _by_rules(passage, PAYMENT_RULES)
    pieces += read_dates(passage, calendar)
    matches = [match for name in ("price", "bare") for match in passage.take(pattern(name, gpu))]
    found = [price_of(match, passage) for match in matches]
    prices = [price for month, price in steps if month == 0] + [price for price in found if price is not None]
    pieces += read_seller(passage, gpu, priced=bool(prices))
    pieces += read_named_term(passage)
    pieces += read_option(passage)
    pieces += read_sizes(passage, gpu, node_gpus)
    pieces += [piece for match in matches if (piece := term_in_rate(match, passage)) is not None]
    pieces += [Piece("gpu", named, passage.words_of(match)) for match in matches if (named := gpu_in_unit(match))]
    pieces += read_term(passage)
    unread += [piece.text for piece in pieces if piece.field == "unread"]
    unread += [words for part in passage.left() if (words := _without_filler(part))]
    of_clauses = {piece.said_of for piece in pieces if not prices}  # and not the term or kind of an offer
    known = tuple(piece for piece in pieces if piece.field != "unread" and (piece.field, piece.value) not in of_clauses)
    return Part(text.strip(), known, tuple(prices), tuple(steps), tuple(unread))


def _by_rules(passage: Passage, rules: Sequence[Rule]) -> list[Piece]:
    """The pieces that some rules read; words that a rule refuses become a piece `unread`."""
    pieces = []
    for rule in rules:
        for match in passage.take(rule.pattern):
            words = passage.words_of(match)
            found, of = rule.read(match), said_of(passage.whole, match.start(), match.end())
            read = [Piece(*one[:2], words, one[2], of) for one in found or ()]
            pieces += read or [Piece("unread", words, words)]
    return pieces


def _without_filler(text: str) -> str:
    """Leftover words without filler at either end; empty if nothing is left."""
    words = text.split()
    while words and _says_nothing(words[0]):
        words.pop(0)
    while words and _says_nothing(words[-1]):
        words.pop()
    return cut(" ".join(words).strip(" ,;:.-–"), _LONGEST_UNREAD)


def _says_nothing(word: str) -> bool:
    bare = re.sub(r"['’](?:d|ll|re|s|ve)\b|[^\w%]", "", word).lower()
    return len(bare) < 2 or bare in _FILLER
