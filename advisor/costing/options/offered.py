"""Offers that are options of their own beside the one in force: rates by the hour, hardware, leases and loans."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from advisor.array_types import of_one, of_plan
from advisor.costing.case import Case
from advisor.costing.option import Option, constraint
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.lease import leased
from advisor.costing.options.loan import bought_on_credit
from advisor.costing.options.marketplace import marketplace
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.spot_replicas import spot_replicas
from advisor.finance.loans import lease_apr, loan_apr
from advisor.profiles.offers.quote import FINANCED, SIGNED, Quote, QuoteOption
from advisor.profiles.offers.terms import Offer

_MAKERS: Mapping[QuoteOption, Callable[[Case], Option | None]] = {
    "on-demand": on_demand,
    "spot": lambda case: spot_replicas(case) or marketplace(case),
    "buy": owned,
    "buy-used": owned_used,
    "lease": leased,
    "loan": bought_on_credit,
}


def offered_options(case: Case) -> Iterator[Option]:
    """The options of offers that are not in force: of several for one thing the cheapest is, and costs what is rented
    or bought in every other option.

    Source: docs/model.md#offers
    """
    in_force = {offer.id for kind in _MAKERS if (offer := case.offer(kind)) is not None and kind not in FINANCED}
    for offer in case.offers:
        if offer.quote.option not in SIGNED and offer.id not in in_force:
            option = _alone(case, offer.id)
            if option is not None:
                yield option


def _alone(case: Case, offer_id: str) -> Option | None:
    """The option of one offer, as if it were the only one of its kind."""
    offer = next((one for one in case.offers if one.id == offer_id), None)
    if offer is None:
        return None
    kind = offer.quote.option
    made = _MAKERS[kind](_with_terms(case, offer) if kind in FINANCED else _with_only(case, kind, offer.quote))
    if made is None:
        return None
    who = f" from {offer.quote.from_}" if offer.quote.from_ else " as offered"
    size = case.whole_demand.peak
    fits = (
        ()
        if offer.nodes is None
        else (constraint(size > of_plan(offer.nodes), f"the offer is for {np.max(offer.nodes):g} nodes"),)
    )
    return replace(
        made,
        id=offer.id,
        label=f"{made.label}{who}",
        command=f"{made.command}{who}",
        seller=offer.quote.from_,
        constraints=(*made.constraints, *fits),
        remake=lambda other: _alone(other, offer_id),
    )


def _with_only(case: Case, kind: QuoteOption, quote: Quote) -> Case:
    """The case with one offer of a kind, for as many nodes as are wanted."""
    others = tuple(one for one in case.quotes if one.option != kind)
    anything = quote.model_copy(update={"nodes": None, "gpus": None, "least_nodes": None})
    return replace(case, quotes=(*others, anything))


def _with_terms(case: Case, offer: Offer) -> Case:
    """The case with the terms of a lease or a loan in place of the book's."""
    quote, debt, price, months = offer.quote, case.assumptions.debt, offer.node_price, offer.months or 1
    payment = of_one(offer.payments_usd_per_node or 0.0) / price
    if quote.option == "lease":
        residual = quote.residual_share or 0.0
        apr = lease_apr(payment, months, residual)
        debt = replace(debt, lease_apr=apr, lease_months=float(months), lease_residual_share=residual)
    else:
        debt = replace(
            debt,
            loan_apr=loan_apr(payment, months),
            loan_months=float(months),
            loan_to_value_share=1.0,
            loan_fee_share=0.0,
        )
    bought = Quote.model_construct(option="buy", usd_per_node=price, from_=quote.from_)
    return replace(_with_only(case, "buy", bought), assumptions=replace(case.assumptions, debt=debt))
