"""The terms in which GPU-hours are sold, in months."""

import numpy as np
import numpy.typing as npt

from advisor.array_types import Months, whole_of_plan
from advisor.market.assumptions import Rental

TERMS_MONTHS = (1, 3, 6, 12, 24, 36)
PREPAID_TERMS_MONTHS = (6, 12, 24, 36)  # below half a year there is little to prepay


def minimum_terms(rental: Rental) -> tuple[tuple[int, int | Months], ...]:
    """Return pairs (nodes, months): clusters of at least `nodes` are sold for at least `months` (...)."""
    return (
        (64, whole_of_plan(rental.minimum_term_from_64_nodes_months)),
        (128, whole_of_plan(rental.minimum_term_from_128_nodes_months)),
        (256, whole_of_plan(rental.minimum_term_from_256_nodes_months)),
    )


def minimum_term_months(nodes: npt.ArrayLike, rental: Rental) -> Months:
    """Return the shortest term in months that is sold for a cluster of each size. (...)."""
    shortest = [np.where(np.asarray(nodes) >= size, least, 1) for size, least in minimum_terms(rental)]
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*shortest)))
