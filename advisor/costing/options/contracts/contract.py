"""The contract of a reservation: its rate, its payments and clauses, and whether it is sold for a job of some size."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, of_plan
from advisor.costing.case import Case, tier_factor
from advisor.costing.discounts import VOLUME_DISCOUNT_INPUTS, prepay_bonus_inputs, prepay_bonus_share
from advisor.costing.option import PREPAID_SUFFIX
from advisor.costing.options.contracts.clauses import Clauses, clauses_of
from advisor.costing.options.contracts.subletting import sublet_right, sublet_right_depends_on
from advisor.costing.options.hourly_rental import tier_depends_on
from advisor.market.assumptions import Assumptions, Rental, Tier
from advisor.market.terms import PREPAID_TERMS_MONTHS, TERMS_MONTHS, minimum_terms
from advisor.profiles.offers.kinds import SIGNED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import offer_of
from advisor.values.quick_dataclass import dataclass, replace

_ANY_SIZE = 1e9  # nodes


class Rows(NamedTuple):
    """Rows of contracts that are priced together: the contracts, and which of them each row has (...)."""

    contracts: "tuple[Contract, ...]"
    number: Months


@dataclass(frozen=True, eq=False)
class Contract:
    """The terms of one reservation.

    Attributes:
        id: Of the option to sign it alone.
        seller, who: Of an offer: `Acme`, and ` from Acme (2)` of a second one of the same kind and term.
        rate_share: The rate as a share of the list price on the day of signing, before the volume discount, an amount
            like prepaid_share and sublet_right.
        final: An offer of the user's, on which there is no further volume discount.
        sublet_right: The chance that subletting is allowed.
        too_short_from: Sizes in nodes from which the term is not sold, and the shortest terms that are (...).
        least_nodes, most_nodes: The fewest that are signed for, and the most that it is offered for (...).
        start_month: When it starts at the earliest.
        clauses: Its other terms.
        depends_on, right_depends_on: The inputs of its rate, and of that right.
        rows: Which contract each of many rows has, where several are priced together: see `together`. The term is then
            the longest of them.
    """

    id: str
    term_months: int
    rate_share: Amount
    prepaid_share: Amount
    final: bool
    sublet_right: Amount
    too_short_from: tuple[tuple[Amount, int | Months], ...]
    depends_on: tuple[str, ...]
    right_depends_on: tuple[str, ...]
    seller: str = ""
    who: str = ""
    least_nodes: Amount = 0.0
    most_nodes: Amount = _ANY_SIZE
    start_month: int = 0
    clauses: Clauses = Clauses()
    rows: "Rows | None" = None

    @cached_property
    def terms(self) -> int | Months:
        """The term in months, or that of each row (..., 1)."""
        if self.rows is None:
            return self.term_months
        return np.array([one.term_months for one in self.rows.contracts])[self.rows.number][..., None]

    @cached_property
    def terms_of_plans(self) -> int | Months:
        """The term in months (...)."""
        return self.terms[..., 0] if isinstance(self.terms, np.ndarray) else self.terms

    def of_row(self, row: int) -> "Contract":
        """The contract of one of many rows of one plan."""
        return self if self.rows is None else self.rows.contracts[self.rows.number[row]]

    def signed_nodes(self, wanted: Floats) -> Floats:
        """The nodes that are signed for where `wanted` are (..., months)."""
        return np.maximum(wanted, self.least_nodes) if self.final else wanted


def listed_contracts(case: Case, *, prepaid: bool = False) -> tuple[Contract, ...]:
    """The contracts of the price list that are paid monthly, or those that are prepaid; the shortest first."""
    terms = PREPAID_TERMS_MONTHS if prepaid else TERMS_MONTHS
    listed = (_listed(case.assumptions, case.tier, term, prepaid) for term in terms)
    return tuple(one for one in listed if one is not None)


def contracts_of(case: Case) -> tuple[Contract, ...]:
    """Every contract that can be signed: those of the price list and the offers, the shortest first, not prepaid."""
    signed = (offer for offer in case.offers if offer.quote.option in SIGNED)
    offered = (_offered(case.assumptions, case.tier, offer.quote, offer.id) for offer in signed)
    return tuple(sorted((*listed_contracts(case), *offered), key=lambda contract: contract.term_months))


def contract_of(case: Case, contract_id: str) -> Contract | None:
    """The contract with this id; None where there is none in this case."""
    every = (*contracts_of(case), *listed_contracts(case, prepaid=True))
    return next((one for one in every if one.id == contract_id), None)


@lru_cache(maxsize=256)  # all demands share the contracts, and those of a case also what is made of them
def _offered(assumptions: Assumptions, tier: Tier, quote: Quote, offer_id: str) -> Contract:
    rental, offer = assumptions.rental, offer_of(quote, assumptions.rental, offer_id)
    rate, term = offer.usd_per_gpu_hour, offer.months or 1
    assert rate is not None  # an offer to rent
    # a month is paid in advance anyway
    assumed = ("rental.prepaid_share",) if term > 1 and offer.prepaid_share is None else ()
    return Contract(
        id=offer_id,
        term_months=term,
        rate_share=rate / assumptions.gpu.neocloud_usd_per_gpu_hour,
        prepaid_share=rental.prepaid_share if offer.prepaid_share is None else offer.prepaid_share,
        final=True,
        sublet_right=sublet_right(rental, tier, quote.may_sublet),
        too_short_from=(),
        depends_on=(f"quote.{offer_id}", *assumed),
        right_depends_on=sublet_right_depends_on(tier, quote.may_sublet),
        seller=quote.from_,
        who=offer.who,
        least_nodes=offer.nodes if offer.nodes is not None else float(offer.least_nodes or 0),
        most_nodes=_ANY_SIZE if offer.nodes is None else of_plan(offer.nodes),
        start_month=offer.start_month or 0,
        clauses=clauses_of(offer, assumptions, tier),
    )


@lru_cache(maxsize=256)  # as above
def _listed(assumptions: Assumptions, tier: Tier, term_months: int, prepaid: bool) -> Contract | None:
    """The contract of the price list: the list price less term discount and prepayment bonus; None if not sold."""
    rental, gpu = assumptions.rental, assumptions.gpu
    discount = gpu.term_discounts[tier].get(term_months)
    if discount is None:
        return None
    share = 1.0 if prepaid else rental.prepaid_share
    limits = minimum_terms(rental)
    return Contract(
        id=f"reserved-{term_months}m" + (PREPAID_SUFFIX if prepaid else ""),
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


def together(contracts: Sequence[Contract], number: Months, rental: Rental) -> Contract:
    """Contracts of the price list as one, for rows of which each has one of them.

    Args:
        contracts: The contracts, among them offers that no row has.
        number: Which of them each row has: (N,) for rows of one plan, (N, 1) for rows of all of many plans, (..., P)
            where each plan has its own.
        rental: The figures of the plans.
    """

    def of_rows(name: str) -> Floats:
        values = [of_plan(getattr(one, name)) for one in contracts]
        if not any(isinstance(value, np.ndarray) for value in values):
            return np.array(values)[number][..., None]
        by_plan = np.array(np.broadcast_arrays(*values))
        return np.asarray(by_plan[number, np.arange(by_plan.shape[1])][..., None])

    return replace(
        max((one for one in contracts if not one.final), key=lambda one: one.term_months),
        rate_share=of_rows("rate_share"),
        prepaid_share=of_rows("prepaid_share"),
        sublet_right=of_rows("sublet_right"),
        too_short_from=tuple((one.nodes, one.months) for one in minimum_terms(rental)),
        rows=Rows(tuple(contracts), number),
    )


def is_sold(contract: Contract, job_nodes: Floats) -> Bools:
    """Whether a contract of this term is sold for a job of `job_nodes`; an offer in hand is up to its size. (...)."""
    sold = job_nodes <= contract.most_nodes
    for size, least in contract.too_short_from:
        sold &= (job_nodes < size) | (contract.terms_of_plans >= least)
    return np.asarray(sold)


def starts_in(case: Case, contract: Contract) -> int:
    """The month in which a contract starts: with the work, or later where it is offered for later."""
    return max(case.demand.start_month, contract.start_month)
