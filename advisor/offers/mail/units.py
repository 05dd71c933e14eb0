"""The unit of an offer's price: as its words say, else the unit that brings it closest to posted prices."""

import math
from collections.abc import Mapping

from advisor.market.price_book import Gpu, PriceBook
from advisor.offers.mail.rules.prices import Price
from advisor.profiles.offers.kinds import BOUGHT, PAID_MONTHLY
from advisor.values.quick_dataclass import dataclass, replace

_LISTS = ("neocloud_usd_per_gpu_hour", "hyperscaler_usd_per_gpu_hour", "marketplace_usd_per_gpu_hour")
_SAID = {
    "gpu": "per GPU", "node": "per node", "rack": "per rack", "month": "for all of it a month", "total": "in total",
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much an offer is for; 0 if it does not say. node_gpus: GPUs of a node, by default the book's; of_nodes:
    whether it mentions nodes."""

    nodes: int
    gpus: int
    node_gpus: int
    of_nodes: bool

    @property
    def gpus_in_all(self) -> int:
        """The GPUs of the whole offer."""
        return self.gpus or self.nodes * self.node_gpus


def unit_of(price: Price, option: str, size: Size, gpu: Gpu | None, book: PriceBook, months: float) -> tuple[str, str]:
    """The `per` of a price, and what had to be assumed; empty if the words say everything.

    Args:
        price: The price.
        option: What is offered; empty when the words do not say.
        size: How much it is for.
        gpu: The GPU; None if the book does not have it.
        book: The price book.
        months: How long it runs; 0 where it does not say.
    """
    above_any_hour = price.amount > _most_usd_per_node_hour(book)
    if price.time == "total" and not above_any_hour:
        price = replace(price, time="")  # $1.85 all in
    if price.time == "total" or (price.in_all and price.time == "month"):
        return price.time, ""
    if price.thing and price.time:
        return f"{price.thing}-{price.time}", ""
    if option in PAID_MONTHLY and price.time == "month" and not price.thing:
        return "month", f"{_SAID['month']}: the text does not say"
    units = _units(price, option, size, above_any_hour)
    if units == [price.thing]:
        return price.thing, ""
    posted = _posted(gpu, size, book, months)
    known = {unit: posted[unit] for unit in units if posted.get(unit)}
    if not known:
        return units[0], f"{_said(units[0])}: the text does not say"
    best = min(known, key=lambda unit: _apart(price.amount, known[unit]))
    return best, f"{_said(best)}: the text does not say, and posted prices are closest so"


def over_its_term(
    price: Price, option: str, size: Size, gpu: Gpu | None, book: PriceBook, months: float, *, said: bool
) -> Price:
    """A price of a GPU or node for a whole term as one for a month; the price of hardware as it is.

    A price of no kind is that of whichever is closer to posted prices.

    Args:
        price: The price, which is returned as it is where it has a unit of time.
        option: What is offered; empty when the words do not say.
        size: How much it is for.
        gpu: The GPU; None if the book does not have it.
        book: The price book.
        months: How long it runs; 0 where it does not say.
        said: Whether the words say that the price is for the term: `$20,000 per GPU for a year`.
    """
    thing = price.thing or (("node" if size.of_nodes else "gpu") if price.each else "")
    if option in (*BOUGHT, *PAID_MONTHLY) or thing not in ("gpu", "node") or price.time or not months:
        return price
    if price.amount <= _most_usd_per_node_hour(book):
        return price  # by the hour
    monthly = replace(price, amount=price.amount / months, thing=thing, time="month")
    posted = _posted(gpu, size, book, months)
    bought, rented = posted.get(thing), posted.get(f"{thing}-month")
    closer = bought and rented and _apart(monthly.amount, rented) < _apart(price.amount, bought)
    return monthly if option or said or closer else price


def _apart(amount: float, other: float) -> float:
    return abs(math.log(max(amount, 1e-9) / other))


def _units(price: Price, option: str, size: Size, above_any_hour: bool) -> list[str]:
    """The units that the words allow, most likely first."""
    things = [price.thing] if price.thing else (["node", "gpu"] if size.of_nodes else ["gpu", "node"])
    if price.time:
        whole = ["month"] if price.time == "month" and not price.thing and not price.each and size.gpus_in_all else []
        return [f"{thing}-{price.time}" for thing in things] + whole
    if option in BOUGHT or (option in PAID_MONTHLY and (price.thing or price.each)):
        return things
    if above_any_hour:
        return ["total"] if option else [*things, "total"]
    return [f"{thing}-hour" for thing in things]


def _most_usd_per_node_hour(book: PriceBook) -> float:
    """The highest posted price of a machine-hour: a price above it cannot be by the hour."""
    highest = max(figure.high for gpu in book.gpus.values() for name in _LISTS if (figure := gpu.figures.get(name)))
    return highest * book.figure("rental.gpus_per_node").value


def _posted(gpu: Gpu | None, size: Size, book: PriceBook, months: float) -> Mapping[str, float]:
    """The posted prices of a GPU in each unit; for `total`, over some months."""
    if gpu is None:
        return {}
    hours = book.figure("rental.hours_per_month").value
    rent = next((price for name in _LISTS if (price := gpu.value(name))), 0.0)
    node = gpu.value("node_usd") or 0.0
    per_node = book.figure("rental.gpus_per_node").value
    times = {"hour": 1.0, "day": 24.0, "month": hours}
    posted = {f"gpu-{time}": rent * of for time, of in times.items()}
    posted |= {f"node-{time}": rent * of * size.node_gpus for time, of in times.items()}
    return posted | {
        "month": rent * hours * size.gpus_in_all,
        "total": rent * hours * size.gpus_in_all * months,
        "gpu": node / per_node,
        "node": node / per_node * size.node_gpus,
    }


def _said(unit: str) -> str:
    thing, _, time = unit.partition("-")
    return f"{_SAID[thing]} and {time}" if time else _SAID[thing]
