"""Offers that are options of their own beside the one in force: rates by the hour, hardware, leases and loans."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import numpy as np

from advisor.array_types import Amount, of_one, of_plan
from advisor.costing.case import Case
from advisor.costing.cost_table import CostTable
from advisor.costing.discounts import volume_discount_share
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.hardware import new_hardware
from advisor.costing.options.lease import leased
from advisor.costing.options.loan import bought_on_credit
from advisor.costing.options.marketplace import marketplace
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.ownership import owned_cluster, owned_nodes
from advisor.costing.options.spot_replicas import spot_replicas
from advisor.finance.loans import lease_apr, loan_apr
from advisor.market.assumptions import Assumptions
from advisor.profiles.offers.kinds import FINANCED, PAID_MONTHLY, SIGNED, QuoteOption
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import replace

_MAKERS: Mapping[QuoteOption, Callable[[Case], Option | None]] = {
    "on-demand": on_demand,
    "spot": lambda case: spot_replicas(case) or marketplace(case),
    "buy": owned,
    "buy-used": owned_used,
    "hosted": owned,
    "lease": leased,
    "loan": bought_on_credit,
    "sale-leaseback": leased,
}
_NAMES: Mapping[QuoteOption, tuple[str, str]] = {  # where they are not those of the maker
    "hosted": ("buying hosted hardware", "buy hosted hardware"),
    "sale-leaseback": ("buying, selling and leasing back", "buy, sell and lease back"),
}
_TERMS: Mapping[QuoteOption, tuple[str, ...]] = {  # the book's figures in whose place an offer has terms of its own
    "hosted": (
        "facility.colocation_usd_per_kw_month", "facility.colocation_min_months", "facility.electricity_usd_per_kwh",
    ),
    "loan": ("debt.loan_apr", "debt.loan_months", "debt.loan_to_value_share", "debt.loan_fee_share"),
    **dict.fromkeys(
        ("lease", "sale-leaseback"),
        ("debt.lease_apr", "debt.lease_months", "debt.lease_residual_share", "debt.lease_financed_share"),
    ),
}  # fmt: skip
_FINANCING = ("lease", "loan")  # components that lessors and lenders are paid


def offered_options(case: Case) -> Iterator[Option]:
    """The options of offers that are not in force: of several for one thing the cheapest is, and costs what is rented
    or bought in every other option.

    Source: docs/model.md#offers
    """
    in_force = {offer.id for kind in _MAKERS if (offer := case.offer(kind)) is not None and kind not in PAID_MONTHLY}
    for offer in case.offers:
        if offer.quote.option not in SIGNED and offer.id not in in_force and (option := _alone(case, offer.id)):
            yield option


def _alone(case: Case, offer_id: str) -> Option | None:
    """The option of one offer, as if it were the only one of its kind."""
    offer = next((one for one in case.offers if one.id == offer_id), None)
    if offer is None:
        return None
    kind = offer.quote.option
    there = _with_terms(case, offer) if kind in PAID_MONTHLY else _with_only(case, kind, offer.quote)
    made = _MAKERS[kind](there)
    if made is None:
        return None
    label, command = _NAMES.get(kind, (made.label, made.command))
    size = case.whole_demand.peak
    fits: tuple[Constraint, ...] = ()
    if offer.nodes is not None:
        most = float(np.max(offer.nodes))
        fits = (constraint(size > of_plan(offer.nodes), f"the offer is for {case.size_words(most)}"),)
    return replace(
        made,
        table=made.table if case.plans else _naming(made.table, case, there, offer),
        id=offer.id,
        label=f"{label}{offer.who}",
        command=f"{command}{offer.who}",
        seller=offer.quote.from_,
        constraints=(*made.constraints, *fits),
        remake=lambda other: _alone(other, offer_id),
    )


def _naming(table: CostTable, case: Case, there: Case, offer: Offer) -> CostTable:
    """The table of an offer's option, which names what stands behind its prices and terms: the offer itself, and for
    what is sold to a lessor also the price at which it is bought. there: the case that the option is made of.
    """
    kind, its_own = offer.quote.option, (f"quote.{offer.id}",)
    in_force = there.offer("buy" if kind in PAID_MONTHLY else kind)
    assert in_force is not None  # the case is made with it
    bought = f"quote.{in_force.id}"
    names: dict[str, tuple[str, ...]] = dict.fromkeys(_TERMS.get(kind, ()), its_own)
    if kind == "hosted":  # a host is paid by the node, whatever it draws
        names[case.gpu_figure("node_kw")] = its_own
    as_paid = names | {bought: its_own}
    if kind in FINANCED:  # payments are those of the offer, whatever is bought beside the nodes
        of_nodes, *of_others = owned_cluster(there).parts_depend_on
        as_paid |= {one: () for one in chain.from_iterable(of_others) if one not in of_nodes}
    hardware = new_hardware(case)
    resold = kind == "sale-leaseback" and hardware.node_usd is not None
    names |= {bought: hardware.price_depends_on if resold else its_own}
    leaving = table.exit
    return replace(
        table,
        depends_on=tuple(
            _told(inputs, as_paid if component in _FINANCING else names)
            for component, inputs in zip(table.components, table.depends_on, strict=True)
        ),
        exit=None if leaving is None else replace(leaving, depends_on=_told(leaving.depends_on, names)),
    )


def _told(inputs: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(names.get(one, (one,)) for one in inputs)))


def _with_only(case: Case, kind: QuoteOption, quote: Quote) -> Case:
    """The case with one offer of a kind, for as many nodes as are wanted."""
    others = tuple(one for one in case.quotes if one.option != kind)
    anything = quote.model_copy(update={"nodes": None, "gpus": None, "least_nodes": None})
    return replace(case, quotes=(*others, anything))


def _with_terms(case: Case, offer: Offer) -> Case:
    """The case with the terms of a lease, a loan or a host in place of the book's, and its price of the hardware: for
    what is sold to the lessor, the price at which it is bought."""
    bought = Quote.model_construct(option="buy", usd_per_node=_bought_at(case, offer))
    priced = _with_only(case, "buy", bought)
    make = {"hosted": _with_host, "loan": _with_loan}.get(offer.quote.option, _with_lease)
    return replace(priced, assumptions=make(priced, offer))


def _bought_at(case: Case, offer: Offer) -> Amount:
    """The price of a node: that of the offer, or where the node is sold to the lessor the one in force for its size."""
    hardware = new_hardware(case)
    if offer.quote.option != "sale-leaseback" or hardware.node_usd is None:  # without a price in force it is all leased
        return offer.node_price
    discount = 0.0 if hardware.quoted else volume_discount_share(offer.nodes or 1.0, case.assumptions.rental)
    return hardware.node_usd * (1 - discount)


def _with_lease(case: Case, offer: Offer) -> Assumptions:
    """A lease of what the lessor pays; the rest of nodes, fabric and storage is paid for otherwise."""
    months, residual, capex = offer.months or 1, offer.quote.residual_share or 0.0, owned_cluster(case).capex
    debt = replace(
        case.assumptions.debt,
        lease_apr=lease_apr(_payment(offer), months, residual),
        lease_months=float(months),
        lease_residual_share=residual,
        lease_financed_share=_paid_share(case, offer, capex.hardware_usd + capex.fabric_usd + capex.storage_usd),
    )
    return replace(case.assumptions, debt=debt)


def _with_loan(case: Case, offer: Offer) -> Assumptions:
    """A loan of what the lender lends for the nodes."""
    months = offer.months or 1
    debt = replace(
        case.assumptions.debt,
        loan_apr=loan_apr(_payment(offer), months),
        loan_months=float(months),
        loan_to_value_share=_paid_share(case, offer, owned_cluster(case).capex.total_usd),
        loan_fee_share=0.0,
    )
    return replace(case.assumptions, debt=debt)


def _paid_share(case: Case, offer: Offer, whole_usd: Amount) -> Amount:
    """The share of a price that a lessor or lender pays, by the price of a node in the offer."""
    return owned_nodes(case) * offer.node_price / np.maximum(whole_usd, 1.0)  # a plan may want no nodes


def _with_host(case: Case, offer: Offer) -> Assumptions:
    """A host's payment takes the place of colocation and of electricity; its term is the least that is paid for."""
    figures = case.assumptions
    usd = of_one(offer.payments_usd_per_node or 0.0)
    facility = replace(
        figures.facility,
        colocation_usd_per_kw_month=usd,
        colocation_min_months=float(offer.months or 1),
        electricity_usd_per_kwh=0.0,
    )
    return replace(figures, facility=facility, gpu=replace(figures.gpu, node_kw=1.0))  # whatever it draws


def _payment(offer: Offer) -> float:
    """What is paid a month for each dollar of the price."""
    return of_one(offer.payments_usd_per_node or 0.0) / offer.node_price
