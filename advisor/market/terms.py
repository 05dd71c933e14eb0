"""The terms in which GPU-hours are sold, in months."""

from advisor.market.assumptions import Rental

TERMS_MONTHS = (1, 3, 6, 12, 24, 36)
PREPAID_TERMS_MONTHS = (6, 12, 24, 36)  # below half a year there is little to prepay


def minimum_terms(rental: Rental) -> tuple[tuple[int, int], ...]:
    """Return pairs (nodes, months): clusters of at least `nodes` are sold for at least `months`."""
    return (
        (64, int(rental.minimum_term_from_64_nodes_months)),
        (128, int(rental.minimum_term_from_128_nodes_months)),
        (256, int(rental.minimum_term_from_256_nodes_months)),
    )


def minimum_term_months(nodes: int, rental: Rental) -> int:
    """Return the shortest term in months that is sold for a cluster of this size."""
    return max((least for size, least in minimum_terms(rental) if nodes >= size), default=1)
