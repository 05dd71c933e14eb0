"""Reads a whole text, paragraph by paragraph: what one line leaves open, another line says."""

from collections.abc import Sequence
from datetime import date

from advisor.market.price_book import PriceBook
from advisor.offers.mail.discounts import with_list_prices, with_sums_off
from advisor.offers.mail.line import read_line
from advisor.offers.mail.lines import blocks_of
from advisor.offers.mail.part import SIZES, SPANS, Part
from advisor.offers.mail.rules.dates import calendar_of
from advisor.offers.mail.rules.gpus import gpu_pattern
from advisor.offers.mail.rules.pieces import Piece
from advisor.offers.mail.rules.prices import Price, with_signs
from advisor.offers.mail.rules.sizes import SAME_SIZE
from advisor.values.quick_dataclass import replace

_AS_BOUGHT = "as in the purchase"


def parts_of_text(text: str, book: PriceBook, on: date) -> list[list[Part]]:
    """What each line of each paragraph says, without sums that follow from others.

    Args:
        text: The text.
        book: Names of GPUs.
        on: The day on which it is read.
    """
    gpu, node_gpus = gpu_pattern(book), round(book.figure("rental.gpus_per_node").value)
    calendar = calendar_of(text, on)
    lines = with_sums_off([with_signs(block, gpu) for block in blocks_of(text)], gpu)
    lines = with_list_prices(lines, gpu)
    blocks = [[part for line in block for part in read_line(line, gpu, node_gpus, calendar)] for block in lines]
    prices = [price for block in blocks for part in block for price in part.prices]
    if not all(price.named_sum for price in prices):
        hourly = any(price.time == "hour" for price in prices)
        blocks = [[_without_sums(part, hourly=hourly) for part in block] for block in blocks]
    return _with_hardware(_in_sizes(blocks))


def _with_hardware(blocks: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts, a lease that does not say what it is of with the size and price of the one purchase in the text."""
    parts = [part for block in blocks for part in block if part.prices]
    bought = [part for part in parts if not part.prices[0].time and not part.is_financed]
    if len({(part.prices[0].amount, part.prices[0].thing) for part in bought}) != 1:
        return [list(block) for block in blocks]
    size = [
        replace(piece, assumed=_AS_BOUGHT)
        for piece in bought[0].pieces
        if piece.field in ("gpu", *SIZES, "node_gpus", "speaks_of")
    ]
    return [[_of_hardware(part, bought[0].prices[0], size) for part in block] for block in blocks]


def _of_hardware(part: Part, price: Price, size: Sequence[Piece]) -> Part:
    """A lease with a size and with the price of the hardware, where it has neither."""
    if not part.is_financed or any(one.time != "month" for one in part.prices):
        return part
    unsized = not part.says(*SIZES)
    pieces = [*part.pieces, *(piece for piece in size if unsized and not part.says(piece.field))]
    each = price.thing or price.each or unsized
    return replace(part, pieces=tuple(pieces), prices=(*part.prices, price)) if each else part


def _in_sizes(blocks: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts, those that are for as much as the offer before them with its size."""
    size: list[Piece] = []
    found: list[list[Part]] = []
    for block in blocks:
        found.append([])
        for part in block:
            sized = _of_same_size(part, size)
            size = [piece for piece in sized.pieces if piece.field in (*SIZES, "node_gpus")] if part.prices else size
            found[-1].append(sized)
    return found


def _of_same_size(part: Part, size: Sequence[Piece]) -> Part:
    """A part that is for as much as the offer before it, with that size; else as it is."""
    kept = tuple(piece for piece in part.pieces if piece.field != SAME_SIZE)
    return part if len(kept) == len(part.pieces) else replace(part, pieces=(*kept, *size))


def _without_sums(part: Part, *, hourly: bool) -> Part:
    """A part with those sums apart that follow from the prices elsewhere in the text: the total, and what is paid a
    month where there is a rate by the hour."""
    alone = not part.says("option", "gpu", *SIZES, *SPANS)
    prices = tuple(
        price
        for price in part.prices
        if not price.named_sum or price.time == "hour" or not (hourly or (alone and price.time == "total"))
    )
    return replace(part, prices=prices, sums=tuple(price for price in part.prices if price not in prices))
