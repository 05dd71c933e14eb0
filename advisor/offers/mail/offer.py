"""One offer from what a sentence and the lines beside it say: its price, unit and option, and what is missing."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import get_args

from advisor.market.price_book import Gpu, PriceBook
from advisor.offers.mail.part import BY_THE_HOUR, Part
from advisor.offers.mail.rules.gpus import gpu_named
from advisor.offers.mail.rules.pieces import FieldValue, Piece
from advisor.offers.mail.rules.prices import RATE_OF, Price
from advisor.offers.mail.said_twice import not_the_same
from advisor.offers.mail.settled import (
    BESIDE,
    FEES,
    OF_ALL,
    SPEAKS_OF,
    added,
    number_in,
    settle_end,
    settle_fee,
    settle_least,
    settle_prepaid_months,
    settle_quantity,
    settle_size,
    settle_some_of_them,
    settle_steps,
    without_rises,
)
from advisor.offers.mail.units import Size, over_its_term, unit_of
from advisor.profiles.offers.kinds import BOUGHT, PAID_MONTHLY, SIGNED, QuoteOption
from advisor.profiles.offers.quote import CLAUSES, Quote
from advisor.values.quick_dataclass import dataclass, replace

_ONE_OF = (
    ("months", "days"), ("prepaid", "upfront", "prepaid_months", "billed_months"), ("starts", "start_month"),
    ("nodes", "gpus"),
)  # fmt: skip
_CHANGING = ("free_months", "step_down")  # not all months cost the same
_REFRESH = ("refresh_month", "refresh_gain_share")
_OF_CONTRACTS = (*CLAUSES, "refresh_month", "start_month", "starts")


@dataclass(frozen=True)
class ReadOffer:
    """One offer as it was read, to be confirmed.

    Attributes:
        text: The words that contain it.
        pieces: Its fields, each with its own words.
        missing: What an offer needs but the text does not say.
    """

    text: str
    pieces: tuple[Piece, ...]
    missing: tuple[str, ...]

    def value(self, name: str) -> FieldValue | None:
        """The value of a field; None if it was not read."""
        return next((piece.value for piece in self.pieces if piece.field == name), None)

    def table(self) -> dict[str, FieldValue]:
        """The fields as a [[quote]] table; the GPU belongs to the profile."""
        return {piece.field: piece.value for piece in self.pieces if piece.field != "gpu"}


def make_offer(part: Part, beside: Sequence[Piece], book: PriceBook, on: date) -> tuple[ReadOffer, tuple[str, ...]]:
    """Put an offer together.

    Args:
        part: The sentence with the price.
        beside: Pieces of the lines beside it, used where the sentence does not say.
        book: Names of GPUs and posted prices.
        on: The day on which it is read.

    Returns:
        The offer, and the words that contradict it or that no offer can have.
    """
    node_gpus = round(book.figure("rental.gpus_per_node").value)
    runs = any(piece.field in ("months", "days") and piece.value != 1 for piece in part.pieces)
    fitting = [piece for piece in beside if not (runs and piece.value in BY_THE_HOUR)]
    pieces, unread = _of_this_offer(_with_its_rate((*part.pieces, *fitting), part))
    fields, conflicts = _gathered(pieces, node_gpus)
    unread += conflicts
    gpu, shared = _with_gpu(fields, book), _gpus_of_one_price(part, book)
    unread += settle_some_of_them(fields) + settle_end(fields, on)
    price, *rest = _prices(part, str(fields["option"].value) if "option" in fields else "")
    if price.time and "option" in fields and fields["option"].value in BOUGHT:
        unread.append(fields.pop("option").text)  # what has a price by the hour or month is not bought
    settle_quantity(fields, price, node_gpus)
    size = _size(fields, price, node_gpus)
    price, steps, of_rise = without_rises(price, part.steps, number_in(fields, "months"))
    first = price.amount
    price, of_all = _of_one(price, size)
    option = str(fields["option"].value) if "option" in fields else ""
    currencies = _currencies(fields, part, option)
    is_term = not option and part.says("prepaid_months")
    settle_prepaid_months(fields, is_term=is_term)
    months = number_in(fields, "months") or number_in(fields, "days") * 12 / 365
    price, of_term = _of_a_month(price, fields, part, option, size, gpu, book)
    per, assumed = unit_of(price, option, size, gpu, book, months)
    assumed = of_rise or of_term or assumed or of_all
    fields |= _price_fields(price, per, assumed, size, financed=option in PAID_MONTHLY)
    settle_size(fields, price, per, size, node_gpus)
    settle_fee(fields, size)
    unread += settle_least(fields, per, node_gpus)
    financed, rest = _of_financed(rest, per, option, size, gpu, book, months)
    fields |= financed
    changes = bool(steps or of_rise) or not fields.keys().isdisjoint(_CHANGING)
    unread += not_the_same(rest, price, per, option, size, gpu, book, months, changes=changes)
    settle_steps(fields, first, steps)
    unread += _without_half_a_refresh(fields)
    if not option:
        fields["option"] = _option(fields, per)
    unread += _without_what_it_cannot_have(fields)
    _add_days(fields, on)
    return ReadOffer(part.text, _in_order(tuple(fields.values())), _missing(fields, currencies, shared)), tuple(unread)


def _prices(part: Part, option: str) -> tuple[Price, ...]:
    """The price of the offer first: of several the first by the hour, unless hardware is offered."""
    hourly = [price for price in part.prices if price.time == "hour"]
    if option in (*BOUGHT, *PAID_MONTHLY) or not hourly:
        return part.prices
    return hourly[0], *(price for price in part.prices if price is not hourly[0])


def _gathered(pieces: Sequence[Piece], node_gpus: int) -> tuple[dict[str, Piece], list[str]]:
    """The first piece of each field, with fees added up; and the words of the pieces that contradict it."""
    fields: dict[str, Piece] = {}
    unread: list[str] = []
    for piece in pieces:
        if piece.field in FEES and piece.field in fields:
            if piece.text not in fields[piece.field].text:  # else it is the same fee, said beside each price of a row
                fields[piece.field] = added(fields[piece.field], piece)
            continue
        known = next((fields[name] for name in _alike(piece.field) if name in fields), None)
        if known is None:
            fields[piece.field] = piece
        elif known.field == piece.field == "gpus" and piece.value == number_in(fields, "gpus") * node_gpus:
            fields["gpus"] = piece  # 64x H100, 512 GPUs in total: the first are nodes
        elif _says_the_same(known, piece, node_gpus):
            continue
        elif (known.field, known.value) != (piece.field, piece.value) and piece.field not in ("gpu", SPEAKS_OF):
            unread.append(f"{piece.text} (beside {known.text})")
    return fields, unread


def _of_this_offer(pieces: Sequence[Piece]) -> tuple[list[Piece], list[str]]:
    """The pieces without those that are said of another term or kind, and their words."""
    first = {piece.field: piece.value for piece in reversed(pieces)}
    kind = str(first.get("option") or ("" if first.keys().isdisjoint(("months", "days")) else "reserved"))

    own = {"months": f"{first.get('months')} months", "option": kind or "no term"}

    def is_of(field: str, value: str | int) -> bool:
        if field == "months":
            return first.get("months") in (None, value)
        return value == kind or (value in SIGNED) == (kind in SIGNED)

    others = [piece for piece in pieces if piece.said_of is not None and not is_of(*piece.said_of)]
    return [piece for piece in pieces if piece not in others], [
        f"{one.text} (not with {own[one.said_of[0]]})" for one in others if one.said_of is not None
    ]


def _with_its_rate(pieces: Sequence[Piece], part: Part) -> list[Piece]:
    """The pieces, of rates of exchange those of the currency of the offer's price alone."""
    own = [f"{RATE_OF}{price.currency}" for price in part.prices] + [RATE_OF]
    rates = [replace(piece, field="usd_per_currency") for piece in pieces if piece.field in own]
    return [*(piece for piece in pieces if not piece.field.startswith(RATE_OF)), *rates]


def _says_the_same(known: Piece, piece: Piece, node_gpus: int) -> bool:
    """Whether a second piece adds nothing: 8 nodes beside 64 GPUs, and payments by month beside what is prepaid."""
    if {known.field, piece.field} == {"nodes", "gpus"}:
        nodes, gpus = (known, piece) if known.field == "nodes" else (piece, known)
        return isinstance(nodes.value, int) and gpus.value == nodes.value * node_gpus
    if known.field == piece.field == "gpus" and isinstance(piece.value, int):
        return known.value == piece.value * node_gpus
    return piece.field == "prepaid" and piece.value == 0.0 and bool(piece.assumed)


def _alike(field: str) -> tuple[str, ...]:
    """The fields that say the same thing; an offer has only one of them."""
    return next((fields for fields in _ONE_OF if field in fields), (field,))


def _with_gpu(fields: dict[str, Piece], book: PriceBook) -> Gpu | None:
    """The GPU that the text names, and a piece that says which GPU of the book that is."""
    piece = fields.get("gpu")
    if piece is None:
        return None
    gpu = gpu_named(str(piece.value), book)
    value, assumed = (piece.value, "not a GPU of the price book") if gpu is None else (gpu.id, "")
    fields["gpu"] = Piece("gpu", value, piece.text, assumed)
    return gpu


def _gpus_of_one_price(part: Part, book: PriceBook) -> tuple[str, ...]:
    """Several GPUs, each with its own count, that share one price, so that none has a price of its own."""
    sized = {piece.text for piece in part.pieces if piece.field in ("gpus", "nodes", "node_gpus", "least_nodes")}
    names = [str(piece.value) for piece in part.pieces if piece.field == "gpu" and piece.text in sized]
    found = dict.fromkeys(gpu.id for name in names if (gpu := gpu_named(name, book)) is not None)
    return tuple(found) if len(found) > 1 else ()


def _currencies(fields: dict[str, Piece], part: Part, option: str) -> set[str]:
    """The currencies of the sums in the offer; the fields still hold those of the upfront payments."""
    beside = [fields.pop(name) for name in ("currency", "fee_currency") if name in fields]
    sums = [part.prices[0], *(part.prices[1:2] if option in PAID_MONTHLY else ()), *(price for _, price in part.steps)]
    return {price.currency for price in sums} | {str(piece.value) for piece in beside}


def _size(fields: dict[str, Piece], price: Price, node_gpus: int) -> Size:
    """How much the offer is for; a few GPUs beside the price of a machine are the GPUs of that machine."""
    nodes, gpus, each = (number_in(fields, name) for name in ("nodes", "gpus", "node_gpus"))
    machine = not each and not nodes and 0 < gpus <= node_gpus and price.thing != "gpu"
    of_nodes = bool(each or nodes or "speaks_of" in fields or machine)
    return Size(nodes, gpus, each or (gpus if machine else node_gpus), of_nodes)


def _of_one(price: Price, size: Size) -> tuple[Price, str]:
    """The price of one GPU from a price by the hour or day for the whole offer, and how it was derived."""
    gpus = size.gpus_in_all
    if not (price.in_all and price.time in ("hour", "day") and gpus):
        return price, ""
    return replace(price, amount=price.amount / gpus, thing="gpu"), f"{price.amount:,.10g} for all of {gpus} GPUs"


def _of_a_month(
    price: Price, fields: dict[str, Piece], part: Part, option: str, size: Size, gpu: Gpu | None, book: PriceBook
) -> tuple[Price, str]:
    """A price that is for the whole term as one for a month of it, and how it was derived."""
    term = fields.get("months") or fields.get("days")
    if term is None:
        return price, ""
    behind = term.text.lower().startswith(("for ", "over ")) and f"{price.words} {term.text}" in part.text
    said = behind or re.search(rf"{re.escape(term.text)}\s*[:=]\s*{re.escape(price.words)}", part.text) is not None
    months = number_in(fields, "months") or number_in(fields, "days") * 12 / 365
    found = over_its_term(price, option, size, gpu, book, months, said=said)
    if found is price:
        return price, ""
    return found, f"{price.amount:,.10g} for each {'GPU' if found.thing == 'gpu' else 'node'} over the term"


def _price_fields(price: Price, per: str, assumed: str, size: Size, *, financed: bool) -> dict[str, Piece]:
    """The fields of a price. US$ per GPU-hour, US$ per node and monthly payments to a lessor have fields of their
    own."""
    currency = [] if price.currency == "USD" else [Piece("currency", price.currency, price.words)]
    highest = f"the highest of {price.words}" if price.of_range else ""
    off = f"{100 * price.off:.4g}% off {price.amount / (1 - price.off):,.10g}" if price.off else ""
    assumed = "; ".join(filter(None, [off, assumed, highest]))
    nodes = size.gpus_in_all / size.node_gpus
    if financed and per == "node-month":
        said = f"{price.amount:,.10g} for each of {nodes:g} nodes" if nodes else ""  # else the size is asked for
        pieces = [Piece("payments", price.amount * (nodes or 1), price.words, said), *currency]
    elif financed and per == "month":
        pieces = [Piece("payments", price.amount, price.words, assumed), *currency]
    else:
        name = {"gpu-hour": "usd_per_gpu_hour", "node": "usd_per_node"}.get(per)
        pieces = [Piece("price", price.amount, price.words), Piece("per", per, price.words, assumed), *currency]
        if name is not None and not currency:
            pieces = [Piece(name, price.amount, price.words, assumed)]
    return {piece.field: piece for piece in pieces}


def _of_financed(
    rest: list[Price], per: str, option: str, size: Size, gpu: Gpu | None, book: PriceBook, months: float
) -> tuple[dict[str, Piece], list[Price]]:
    """Of what is financed the payments beside its price, or its price beside the payments; and the prices that are
    left. per: the unit of the one that is known."""
    for other in rest if option in PAID_MONTHLY else ():
        unit, assumed = unit_of(other, option, size, gpu, book, months)
        if unit.endswith("month") != per.endswith("month") and not unit.endswith(("hour", "day")):
            return _price_fields(other, unit, assumed, size, financed=True), [one for one in rest if one is not other]
    return {}, rest


def _option(fields: dict[str, Piece], per: str) -> Piece:
    """The kind of an offer that does not state its kind."""
    term = next((fields[name] for name in ("months", "days") if name in fields), None)
    if per in ("gpu", "node", "rack") or (per == "total" and term is None):
        return Piece("option", "buy", "", "a price without a time")
    if term is not None:
        return Piece("option", "reserved", term.text, "it has a term")
    return Piece("option", "on-demand", "", "no term is given")


def _without_half_a_refresh(fields: dict[str, Piece]) -> list[str]:
    """A refresh counts only if the text says when it comes and how much more the newer hardware does; else return its
    words."""
    alone = [name for name in _REFRESH if name in fields]
    if len(alone) == len(_REFRESH):
        return []
    wanting = {"refresh_month": "not calculated: how much faster it is, such as `2x as fast`, is not said"}
    return [
        f"{fields.pop(name).text} ({wanting.get(name, 'not calculated: of what and from when is not said')})"
        for name in alone
    ]


def _without_what_it_cannot_have(fields: dict[str, Piece]) -> list[str]:
    """Remove the clauses that only contracts have, and what no offer has; return their words."""
    known = {info.alias or name for name, info in Quote.model_fields.items()} | {"gpu"}
    option, unread = fields["option"].value, []
    for name, piece in list(fields.items()):
        if name == SPEAKS_OF:
            fields.pop(name)
        elif name not in known:
            unread.append(f"{piece.text} (not calculated)")
            fields.pop(name)
        elif name in ("months", "days") and option not in (*SIGNED, *PAID_MONTHLY):
            unread.append(f"{piece.text} (not with {option})")
            fields.pop(name)
        elif name in FEES and option not in (*SIGNED, *BOUGHT):
            unread.append(f"{piece.text} (not calculated with {option})")
            fields.pop(name)
        elif option not in SIGNED and name in _OF_CONTRACTS:
            unread.append(f"{piece.text} (not with {option})")
            fields.pop(name)
    if option not in get_args(QuoteOption):
        unread.append(f"{fields.pop('option').text} (not calculated)")
    return unread


def _add_days(fields: dict[str, Piece], on: date) -> None:
    """The day of the offer and of its exchange rate, if other fields depend on it."""
    day = fields.get("date") or Piece("date", on, "", "the day on which it was read")
    if "starts" in fields:
        fields["date"] = day
    if "usd_per_currency" in fields and "currency" in fields:
        fields["currency_date"] = Piece("currency_date", day.value, day.text, day.assumed or "that of the offer")


def _missing(fields: dict[str, Piece], currencies: set[str], shared: tuple[str, ...]) -> tuple[str, ...]:
    """What an offer needs but the text does not say. currencies: of its sums; shared: GPUs that share its price."""
    option = fields["option"].value if "option" in fields else ""
    has_term, has_size = "months" in fields or "days" in fields, "nodes" in fields or "gpus" in fields
    per = fields["per"].value if "per" in fields else ""
    code = fields["currency"].value if "currency" in fields else "EUR"
    rate = "EUR/USD 1.08" if code == "EUR" else f"{code}/USD` with its rate, `1 USD = ... {code}"
    needs = [
        ("a kind: `reserved`, `on demand`, `buy`", not option),
        ("a term: `12 months` or `7 days`", option in (*SIGNED, *PAID_MONTHLY) and not has_term),
        (
            f"a size{_for_sums(fields)}: `64 nodes` or `512 GPUs`",
            (per in OF_ALL or not fields.keys().isdisjoint(BESIDE) or option in PAID_MONTHLY) and not has_size,
        ),
        (
            "a price of the hardware: `$240,000 per node`",
            option in PAID_MONTHLY and not (per or "usd_per_node" in fields),
        ),
        ("payments: `$49,700 per month`", option in PAID_MONTHLY and "payments" not in fields),
        (f"a rate of exchange: `{rate}`", "currency" in fields and "usd_per_currency" not in fields),
        (f"a price for each GPU: of {' and '.join(shared)} its own", bool(shared)),
        ("one currency for all its sums: " + " or ".join(sorted(currencies)), len(currencies) > 1),
    ]
    return tuple(words for words, needed in needs if needed)


def _for_sums(fields: dict[str, Piece]) -> str:
    """Which sums beside the price a size is needed for."""
    said = [re.sub(r"\s*:\s*", " ", fields[name].text) for name in BESIDE if name in fields]
    return f" for {' and '.join(repr(words) for words in said)}" if said else ""


_ORDER = (
    ("from", "option", "gpu", "gpus", "nodes", "least_nodes", "node_gpus"),
    ("usd_per_gpu_hour", "usd_per_node", "price", "per", "currency", "usd_per_currency", "currency_date", "payments"),
    ("months", "days", "start_month", "starts", "prepaid", "upfront", "setup_fee"),
)


def _in_order(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Seller, kind and size first, then price, term and clauses."""
    names = list(chain(*_ORDER))
    return tuple(sorted(pieces, key=lambda piece: names.index(piece.field) if piece.field in names else len(names)))
