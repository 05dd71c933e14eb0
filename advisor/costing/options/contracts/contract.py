"""The contract of a reservation: its rate, its prepaid share and whether its term is sold for a job of some size."""

from functools import lru_cache

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months
from advisor.costing.case import Case, tier_factor
from advisor.costing.discounts import VOLUME_DISCOUNT_INPUTS, prepay_bonus_inputs, prepay_bonus_share
from advisor.costing.options.contracts.subletting import sublet_right, sublet_right_depends_on
from advisor.costing.options.hourly_rental import tier_depends_on
from advisor.market.assumptions import Assumptions, Tier
from advisor.market.terms import TERMS_MONTHS, minimum_terms
from advisor.profiles.schema import Quote
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True, eq=False)
class Contract:
    """The terms of one reservation.

    rate_share: the rate as a share of the list price on the day of signing, before the volume discount, an amount like
    prepaid_share and sublet_right; final: a quote of the user's, on which there is no further volume discount;
    sublet_right: the chance that it may be sublet; too_short_from: sizes in nodes from which the term is not sold, and
    the shortest terms that are (...); depends_on, right_depends_on: the inputs of its rate, and of that right.
    """

    term_months: int
    rate_share: Amount
    prepaid_share: Amount
    final: bool
    sublet_right: Amount
    too_short_from: tuple[tuple[Amount, int | Months], ...]
    depends_on: tuple[str, ...]
    right_depends_on: tuple[str, ...]


def contract_for(case: Case, term_months: int, *, prepaid: bool = False) -> Contract | None:
    """The contract on offer: the user's quote, else the list price less term discount and prepayment bonus."""
    quote = case.quote("reserved", term_months)
    if quote is None or quote.usd_per_gpu_hour is None:
        return _listed(case.assumptions, case.tier, term_months, prepaid)
    return None if prepaid else _offered(case.assumptions, case.tier, quote, quote.usd_per_gpu_hour)


@lru_cache(maxsize=256)  # all demands share the contracts, and those of a case also what is made of them
def _offered(assumptions: Assumptions, tier: Tier, quote: Quote, usd_per_gpu_hour: float) -> Contract:
    rental, term = assumptions.rental, quote.months or 1
    assumed = (
        ("rental.prepaid_share",) if term > 1 and quote.prepaid is None else ()
    )  # a month is paid in advance anyway
    return Contract(
        term_months=term,
        rate_share=usd_per_gpu_hour / assumptions.gpu.neocloud_usd_per_gpu_hour,
        prepaid_share=rental.prepaid_share if quote.prepaid is None else quote.prepaid,
        final=True,
        sublet_right=sublet_right(rental, tier, quote.may_sublet),
        too_short_from=(),
        depends_on=(f"quote.reserved.{term}", *assumed),
        right_depends_on=sublet_right_depends_on(tier, quote.may_sublet),
    )


@lru_cache(maxsize=256)  # as above
def _listed(assumptions: Assumptions, tier: Tier, term_months: int, prepaid: bool) -> Contract | None:
    rental, gpu = assumptions.rental, assumptions.gpu
    discount = gpu.term_discounts[tier].get(term_months)
    if discount is None:
        return None
    share = 1.0 if prepaid else rental.prepaid_share
    limits = minimum_terms(rental)
    return Contract(
        term_months=term_months,
        rate_share=tier_factor(gpu, tier) * (1 - discount) * (1 - prepay_bonus_share(share, term_months, rental)),
        prepaid_share=share,
        final=False,
        sublet_right=sublet_right(rental, tier, None),
        too_short_from=tuple((one.nodes, one.months) for one in limits if np.any(one.months > term_months)),
        depends_on=(
            f"{gpu.id}.{tier}_term_discount.{term_months}",
            *tier_depends_on(gpu, tier),
            *(() if prepaid or term_months == 1 else ("rental.prepaid_share",)),
            *prepay_bonus_inputs(share, term_months, rental),
            *VOLUME_DISCOUNT_INPUTS,
        ),
        right_depends_on=sublet_right_depends_on(tier, None),
    )


def terms_of(case: Case) -> list[int]:
    """The terms that are quoted or that a price list may have, the shortest first."""
    return sorted({*TERMS_MONTHS, *(quote.months for quote in case.quotes if quote.months is not None)})


def is_sold(contract: Contract, job_nodes: Floats) -> Bools:
    """Whether a contract of this term is sold for a job of `job_nodes`; an offer in hand always is. (...)."""
    sold = np.ones(job_nodes.shape, dtype=bool)
    for size, least in contract.too_short_from:
        sold &= (job_nodes < size) | (contract.term_months >= least)
    return sold
