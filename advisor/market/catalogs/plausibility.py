"""Which prices of a catalog are not believed: by the rest of the catalog, and by the price book's range."""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from advisor.market.catalogs.parse import Catalog, Offer
from advisor.market.price_book import Gpu, PriceBook
from advisor.values.quick_dataclass import replace

_SAME = 0.005  # share within which two prices are the same
_TIERS = ("neocloud", "hyperscaler", "marketplace")


def odd_prices(catalog: Catalog, book: PriceBook) -> dict[Offer, str]:
    """Return the prices of a catalog that are not believed, each with the reason.

    A price is odd when its machine costs what a smaller one does, or much more or less for each GPU (of the two, the
    one that lies farther from the posted price); when spot costs more than on demand in the same machine (either may
    be wrong); and when it lies far from the book's range. "Much" and "far": `evidence.catalog_odd_ratio`.

    Source: docs/model.md#offers.
    """
    ratio = book.figure("evidence.catalog_odd_ratio").value
    found: dict[Offer, str] = {}
    for of_gpu in _grouped(catalog.offers, lambda offer: offer.gpu):
        gpu = book.gpus[of_gpu[0].gpu]
        if catalog.tier != "marketplace":  # where each host sets its own price
            for of_market in _grouped(of_gpu, lambda offer: (offer.region, offer.spot)):
                found |= _against_other_sizes(of_market, gpu, ratio)
        for of_machine in _grouped(of_gpu, lambda offer: (offer.region, offer.gpus)):
            found |= _spot_above_on_demand(of_machine)
        found = {**_far_from_the_book(of_gpu, gpu, catalog.tier, ratio), **found}
    return found


def without_odd(catalog: Catalog, book: PriceBook) -> Catalog:
    """Return the catalog with the prices that are believed."""
    odd = odd_prices(catalog, book)
    return replace(catalog, offers=tuple(offer for offer in catalog.offers if offer not in odd))


def odd_lines(catalog: Catalog, gpu_id: str, book: PriceBook) -> Iterator[str]:
    """One line for each odd price of a GPU; regions with the same price share one."""
    odd = odd_prices(catalog, book)
    about = [offer for offer in odd if offer.gpu == gpu_id]
    for same in _grouped(about, lambda offer: (offer.gpus, offer.spot, offer.usd_per_gpu_hour, odd[offer])):
        first = same[0]
        where = first.region + (f" and {len(same) - 1} more" if len(same) > 1 else "")
        size = f"{first.gpus} GPU" + "s" * (first.gpus > 1)
        market = "spot" if first.spot else "on demand"
        yield f"{catalog.provider}: {first.usd_per_gpu_hour:.2f} {market}, {size}, {where}: {odd[first]}; not used"


def _grouped(offers: Iterable[Offer], key: Callable[[Offer], Hashable]) -> list[list[Offer]]:
    groups = defaultdict[Hashable, list[Offer]](list)
    for offer in offers:
        groups[key(offer)].append(offer)
    return list(groups.values())


def _against_other_sizes(offers: Sequence[Offer], gpu: Gpu, ratio: float) -> dict[Offer, str]:
    """One GPU against eight, in one region and market: a price that was not scaled, or that is out of proportion."""
    posted = next(value for tier in _TIERS if (value := gpu.value(f"{tier}_usd_per_gpu_hour")) is not None)
    cheapest: dict[int, Offer] = {}
    for offer in sorted(offers, key=lambda offer: -offer.usd_per_gpu_hour):
        cheapest[offer.gpus] = offer
    found: dict[Offer, str] = {}
    for offer in offers:
        for other in cheapest.values():
            unscaled = math.isclose(
                offer.usd_per_gpu_hour * offer.gpus, other.usd_per_gpu_hour * other.gpus, rel_tol=_SAME
            )
            apart = _distance(offer.usd_per_gpu_hour, other.usd_per_gpu_hour)
            farther = _distance(offer.usd_per_gpu_hour, posted) > _distance(other.usd_per_gpu_hour, posted)
            if offer.gpus != other.gpus and farther and (unscaled or apart > math.log(ratio)):
                size = f"{other.gpus} GPU" + "s" * (other.gpus > 1)
                found[offer] = (
                    f"the machine costs what one of {size} does"
                    if unscaled
                    else f"{other.usd_per_gpu_hour:.2f} in a machine of {size}"
                )
    return found


def _distance(usd: float, other_usd: float) -> float:
    return abs(math.log(usd / other_usd))


def _spot_above_on_demand(offers: Sequence[Offer]) -> dict[Offer, str]:
    """Spot against on demand of the same machine: spot is the cheaper one."""
    spot = [offer.usd_per_gpu_hour for offer in offers if offer.spot]
    on_demand = [offer.usd_per_gpu_hour for offer in offers if not offer.spot]
    if not spot or not on_demand:
        return {}
    found: dict[Offer, str] = {}
    for offer in offers:
        above = offer.usd_per_gpu_hour if offer.spot else min(spot)
        below = max(on_demand) if offer.spot else offer.usd_per_gpu_hour
        if above > below * (1 + _SAME):
            found[offer] = f"spot at {above:.2f} above on demand at {below:.2f}"
    return found


def _far_from_the_book(offers: Sequence[Offer], gpu: Gpu, tier: str, ratio: float) -> dict[Offer, str]:
    """Prices beyond the range of the provider's tier, or of all tiers where that is not known."""
    names = [f"{one}_usd_per_gpu_hour" for one in _TIERS]
    own = [gpu.figures[name] for name in names if name in gpu.figures and name.startswith(tier or "-")]
    figures = own or [gpu.figures[name] for name in names if name in gpu.figures]
    low, high = min(figure.low for figure in figures), max(figure.high for figure in figures)
    return {
        offer: f"far from the book's {low:.2f} to {high:.2f}"
        for offer in offers
        if not low / (ratio**2 if offer.spot else ratio) <= offer.usd_per_gpu_hour <= high * ratio
    }
