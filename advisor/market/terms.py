"""The terms in which GPU-hours are sold, in months."""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, ArrayLike, Months, of_plan, whole_of_plan
from advisor.market.assumptions import Rental

TERMS_MONTHS = (1, 3, 6, 12, 24, 36)
PREPAID_TERMS_MONTHS = (6, 12, 24, 36)  # below half a year there is little to prepay


# Clusters of as many GPUs as 64, 128 and 256 nodes of eight are sold for a minimum term.
_MINIMUM_TERMS = (
    (512, "minimum_term_from_64_nodes_months"),
    (1024, "minimum_term_from_128_nodes_months"),
    (2048, "minimum_term_from_256_nodes_months"),
)
MINIMUM_TERM_RULES = tuple(f"rental.{figure}" for _, figure in _MINIMUM_TERMS)


class MinimumTerm(NamedTuple):
    """Clusters of at least `nodes` are sold for at least `months` (...); figure: the name of the latter in [rental]."""

    nodes: Amount
    months: int | Months
    figure: str


def minimum_terms(rental: Rental) -> tuple[MinimumTerm, ...]:
    """The minimum terms of large clusters, by their size in nodes."""
    return tuple(
        MinimumTerm(gpus / of_plan(rental.gpus_per_node), whole_of_plan(getattr(rental, figure)), figure)
        for gpus, figure in _MINIMUM_TERMS
    )


def minimum_term_months(nodes: ArrayLike, rental: Rental) -> Months:
    """Return the shortest term in months that is sold for a cluster of each size. (...)."""
    shortest = [np.where(np.asarray(nodes) >= one.nodes, one.months, 1) for one in minimum_terms(rental)]
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*shortest)))
