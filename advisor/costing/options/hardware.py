"""What may be bought, new or used: its price, its delivery time and its upkeep, with the inputs of each."""

from advisor.array_types import Amount, Months, whole_of_plan
from advisor.costing.case import Case
from advisor.costing.discounts import VOLUME_DISCOUNT_INPUTS
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Hardware:
    """Nodes of one kind as they are sold.

    Attributes:
        used: Whether they are second-hand.
        node_usd: Price of a node, None if it is not known.
        quoted: Whether that is an offer of the user's, which is final.
        price_depends_on, one_node_depends_on: The inputs of what all nodes and one node cost.
        lead_months: Delivery time (...).
        lead_input: The id of that figure.
        maintenance, failures: Shares of the price a year, each with its id.
    """

    used: bool
    node_usd: Amount | None
    quoted: bool
    price_depends_on: tuple[str, ...]
    one_node_depends_on: tuple[str, ...]
    lead_months: int | Months
    lead_input: str
    maintenance: tuple[Amount, str]
    failures: tuple[Amount, str]


def new_hardware(case: Case) -> Hardware:
    """New nodes at the user's offer, else at the book's price less the volume discount."""
    offer, gpu, facility = case.offer("buy"), case.assumptions.gpu, case.assumptions.facility
    one_node = (case.gpu_figure("node_usd"),) if offer is None else (f"quote.{offer.id}",)
    return Hardware(
        used=False,
        node_usd=gpu.node_usd if offer is None else offer.usd_per_node,
        quoted=offer is not None,
        price_depends_on=(*one_node, *(VOLUME_DISCOUNT_INPUTS if offer is None else ())),
        one_node_depends_on=one_node,
        lead_months=whole_of_plan(gpu.lead_months),
        lead_input=case.gpu_figure("lead_months"),
        maintenance=(facility.maintenance_share_per_year, "facility.maintenance_share_per_year"),
        failures=(facility.failure_share_per_gpu_year, "facility.failure_share_per_gpu_year"),
    )


def used_hardware(case: Case) -> Hardware:
    """Used nodes at the user's offer, else eight modules at the price of executed sales in a chassis.

    They come without a maker's warranty: more of them fail, and support costs more of their price.

    Source: docs/model.md#buy-used
    """
    offer, gpu, facility = case.offer("buy-used"), case.assumptions.gpu, case.assumptions.facility
    parts = ("used_node_usd", "used_chassis_usd")
    one_node = tuple(map(case.gpu_figure, parts)) if offer is None else (f"quote.{offer.id}",)
    modules, chassis = gpu.used_node_usd, gpu.used_chassis_usd
    posted = None if modules is None or chassis is None else modules + chassis
    return Hardware(
        used=True,
        node_usd=posted if offer is None else offer.usd_per_node,
        quoted=offer is not None,
        price_depends_on=one_node,
        one_node_depends_on=one_node,
        lead_months=whole_of_plan(facility.used_lead_months),
        lead_input="facility.used_lead_months",
        maintenance=(facility.used_maintenance_share_per_year, "facility.used_maintenance_share_per_year"),
        failures=(facility.used_failure_share_per_gpu_year, "facility.used_failure_share_per_gpu_year"),
    )
