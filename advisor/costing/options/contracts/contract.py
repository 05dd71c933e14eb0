"""The contract of a reservation: its rate, its prepaid share and whether its term is sold for a job of some size."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Amount, Bools, Floats
from advisor.costing.case import Case
from advisor.costing.discounts import VOLUME_DISCOUNT_INPUTS, prepay_bonus_inputs, prepay_bonus_share
from advisor.costing.options.contracts.subletting import sublet_right, sublet_right_depends_on
from advisor.costing.options.hourly_rental import tier_depends_on
from advisor.market.terms import TERMS_MONTHS, minimum_terms


@dataclass(frozen=True, eq=False)
class Contract:
    """The terms of one reservation.

    rate_share: the rate as a share of the list price on the day of signing, before the volume discount, an amount like
    prepaid_share and sublet_right; final: a quote of the user's, on which there is no further volume discount;
    sublet_right: the chance that it may be sublet; too_short_from: sizes in nodes from which the term is not sold, with
    for which plans that holds (...); depends_on, right_depends_on: the inputs of its rate, and of that right.
    """

    term_months: int
    rate_share: Amount
    prepaid_share: Amount
    final: bool
    sublet_right: Amount
    too_short_from: tuple[tuple[int, bool | Bools], ...]
    depends_on: tuple[str, ...]
    right_depends_on: tuple[str, ...]


@lru_cache(maxsize=64)  # the options of a case share the contracts, and what is made of them
def contract_for(case: Case, term_months: int, *, prepaid: bool = False) -> Contract | None:
    """The contract on offer: the user's quote, else the list price less term discount and prepayment bonus."""
    rental, gpu = case.assumptions.rental, case.assumptions.gpu
    assumed = ("rental.prepaid_share",) if term_months > 1 else ()  # a month is paid in advance anyway
    quote = case.quote("reserved", term_months)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        share: Amount = rental.prepaid_share if quote.prepaid is None else quote.prepaid
        rate = quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
        inputs = (f"quote.reserved.{term_months}", *(assumed if quote.prepaid is None else ()))
        if prepaid:
            return None
        return _with_right(case, quote.may_sublet, term_months, rate, share, final=True, depends_on=inputs)
    discount = gpu.term_discounts[case.tier].get(term_months)
    if discount is None:
        return None
    share = 1.0 if prepaid else rental.prepaid_share
    rate = case.tier_factor * (1 - discount) * (1 - prepay_bonus_share(share, term_months, rental))
    inputs = (
        case.gpu_figure(f"{case.tier}_term_discount.{term_months}"),
        *tier_depends_on(case),
        *(() if prepaid else assumed),
        *prepay_bonus_inputs(share, term_months, rental),
        *VOLUME_DISCOUNT_INPUTS,
    )
    return _with_right(case, None, term_months, rate, share, final=False, depends_on=inputs)


def terms_of(case: Case) -> list[int]:
    """The terms that are quoted or that a price list may have, the shortest first."""
    return sorted({*TERMS_MONTHS, *(quote.months for quote in case.quotes if quote.months is not None)})


def _with_right(
    case: Case,
    may_sublet: bool | None,
    term: int,
    rate: Amount,
    prepaid: Amount,
    *,
    final: bool,
    depends_on: tuple[str, ...],
) -> Contract:
    right, named = sublet_right(case, may_sublet), sublet_right_depends_on(case, may_sublet)
    limits = () if final else ((size, least > term) for size, least in minimum_terms(case.assumptions.rental))
    too_short_from = tuple((size, short) for size, short in limits if np.any(short))
    return Contract(term, rate, prepaid, final, right, too_short_from, depends_on, named)


def is_sold(contract: Contract, job_nodes: Floats) -> Bools:
    """Whether a contract of this term is sold for a job of `job_nodes`; an offer in hand always is. (...)."""
    sold = np.ones(job_nodes.shape, dtype=bool)
    for size, short in contract.too_short_from:
        sold &= (job_nodes < size) | ~np.asarray(short)
    return sold
