"""Discounts of sellers: for the size of a contract or purchase, and for paying early."""

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats
from advisor.market.assumptions import Rental

VOLUME_DISCOUNT_INPUTS = (
    "rental.volume_discount_per_doubling",
    "rental.volume_discount_from_nodes",
    "rental.volume_discount_max_share",
)


def volume_discount_share(nodes: npt.ArrayLike, rental: Rental) -> Floats:
    """Discount for the size of a contract or purchase: min(max, per doubling x log2(N / from)), at least 0.

    Args:
        nodes: nodes bought or under contract (...).
        rental: the book's discount by doubling, the size it starts from and its maximum.

    Returns:
        Share of the list price taken off (...).

    Source: docs/model.md#discounts

    """
    doublings = np.maximum(0.0, np.log2(np.maximum(nodes, 1.0) / rental.volume_discount_from_nodes))
    return np.minimum(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings)


def prepay_bonus_share(prepaid_share: float, rental: Rental) -> float:
    """Discount for paying early: max x sqrt((prepaid - from) / (1 - from)), 0 below `from`.

    Args:
        prepaid_share: share of the contract paid at signing, 0 to 1.
        rental: the book's largest bonus and the prepaid share it starts from.

    Returns:
        Share of the rate taken off.

    Source: docs/model.md#discounts

    """
    start = rental.prepay_bonus_from_share
    reach = max(0.0, (prepaid_share - start) / (1 - start)) if start < 1 else 0.0
    return float(rental.prepay_bonus_max_share * np.sqrt(reach))


def prepay_bonus_inputs(prepaid_share: float, rental: Rental) -> tuple[str, ...]:
    """The inputs of `prepay_bonus_share` that matter at this prepaid share, except that share itself."""
    largest = ("rental.prepay_bonus_max_share",) if prepaid_share > rental.prepay_bonus_from_share else ()
    at_most_all = ("rental.prepay_bonus_from_share",) if prepaid_share < 1 else ()
    return (*at_most_all, *largest)
