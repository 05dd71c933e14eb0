"""Discounts of sellers: for the size of a contract or purchase, and for paying early."""

import numpy as np

from advisor.array_types import Amount, ArrayLike, Floats
from advisor.market.assumptions import Rental

VOLUME_DISCOUNT_INPUTS = (
    "rental.volume_discount_per_doubling",
    "rental.volume_discount_from_nodes",
    "rental.volume_discount_max_share",
)


def volume_discount_share(nodes: ArrayLike, rental: Rental) -> Floats:
    """Discount for the size of a contract or purchase: min(max, per doubling x log2(N / from)), at least 0.

    Args:
        nodes: nodes bought or under contract (..., months); (..., 1) for one number of each plan.
        rental: the book's discount by doubling, the size it starts from and its maximum.

    Returns:
        Share of the list price taken off, as `nodes`.

    Source: docs/model.md#discounts
    """
    doublings = np.maximum(0.0, np.log2(np.maximum(nodes, 1.0) / rental.volume_discount_from_nodes))
    return np.asarray(np.minimum(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings))


def prepay_bonus_share(prepaid_share: Amount, term_months: int, rental: Rental) -> Amount:
    """Discount for paying early, in proportion to how much is paid how early, up to the largest that was seen.

        bonus = min(max, per year x (prepaid - from) x (k - 1) / 24), 0 below `from`

    An installment is due on the first day of each month, so that a term of k months that is paid at signing is paid
    (k - 1) / 2 months early on average.

    Args:
        prepaid_share: share of the contract paid at signing, 0 to 1.
        term_months: k, the term of the contract.
        rental: the book's bonus, its maximum and the prepaid share it starts from.

    Returns:
        Share of the rate taken off.

    Source: docs/model.md#discounts
    """
    return np.minimum(rental.prepay_bonus_max_share, _uncapped_bonus(prepaid_share, term_months, rental))


def _uncapped_bonus(prepaid_share: Amount, term_months: int, rental: Rental) -> Amount:
    years_early = np.maximum(0.0, prepaid_share - rental.prepay_bonus_from_share) * (term_months - 1) / 24
    return rental.prepay_bonus_per_year * years_early


def prepay_bonus_inputs(prepaid_share: Amount, term_months: int, rental: Rental) -> tuple[str, ...]:
    """The inputs of `prepay_bonus_share` that matter for this contract, except the prepaid share itself."""
    if term_months == 1:
        return ()
    start = "rental.prepay_bonus_from_share"
    if np.all(prepaid_share <= rental.prepay_bonus_from_share):
        return (start,)
    if np.all(_uncapped_bonus(prepaid_share, term_months, rental) > rental.prepay_bonus_max_share):
        return ("rental.prepay_bonus_max_share",)
    return (start, "rental.prepay_bonus_per_year")
