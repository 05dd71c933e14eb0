"""The contract of a reservation: its rate, its prepaid share and whether its term is sold for a job of some size."""

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.case import Case
from advisor.costing.discounts import VOLUME_DISCOUNT_INPUTS, prepay_bonus_inputs, prepay_bonus_share
from advisor.costing.options.contracts.subletting import sublet_right, sublet_right_depends_on
from advisor.costing.options.hourly_rental import tier_depends_on
from advisor.market.terms import minimum_terms
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Contract:
    """The terms of one reservation.

    rate_share: the rate as a share of the list price on the day of signing, before the volume discount; final: a quote
    of the user's, on which there is no further volume discount; sublet_right: the chance that it may be sublet;
    depends_on, right_depends_on: the inputs of its rate, and of that right.
    """

    term_months: int
    rate_share: float
    prepaid_share: float
    final: bool
    sublet_right: float
    depends_on: tuple[str, ...]
    right_depends_on: tuple[str, ...]


def contract_for(case: Case, term_months: int, *, prepaid: bool = False) -> Contract | None:
    """The contract on offer: the user's quote, else the list price less term discount and prepayment bonus."""
    rental, gpu = case.assumptions.rental, case.assumptions.gpu
    assumed = ("rental.prepaid_share",) if term_months > 1 else ()  # a month is paid in advance anyway
    quote = case.quote("reserved", term_months)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        share = rental.prepaid_share if quote.prepaid is None else quote.prepaid
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


def _with_right(
    case: Case,
    may_sublet: bool | None,
    term: int,
    rate: float,
    prepaid: float,
    *,
    final: bool,
    depends_on: tuple[str, ...],
) -> Contract:
    right, named = sublet_right(case, may_sublet), sublet_right_depends_on(case, may_sublet)
    return Contract(term, rate, prepaid, final, right, depends_on, named)


def is_sold(case: Case, contract: Contract, job_nodes: Floats) -> Bools:
    """Whether a contract of this term is sold for a job of `job_nodes`; an offer in hand always is. (...)."""
    sold = np.ones(job_nodes.shape, dtype=bool)
    for size, least in minimum_terms(case.assumptions.rental):
        if contract.term_months < least and not contract.final:
            sold &= job_nodes < size
    return sold
