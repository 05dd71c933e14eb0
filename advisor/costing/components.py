"""The components of a cost, one row each: group, label, formula, and whether surcharges come on top."""

from collections.abc import Mapping, Sequence

from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Component:
    """One component of an option's cost.

    Attributes:
        group: In which it is summed where options are compared.
        label, formula: As a user reads them.
        surcharged: Whether it is a GPU bill, on which support and lost goodput come on top.
    """

    group: str
    label: str
    formula: str
    surcharged: bool = False


COMPONENTS: Mapping[str, Component] = {
    "rent": Component(
        "rent", "rent on demand",
        "GPU-hours billed x the rent expected in their month x your rate over the list price", surcharged=True,
    ),
    "tokens": Component(
        "API tokens", "tokens of a hosted API",
        "tokens read and written x the API's price of a million, as it is expected to change",
    ),
    "requests": Component(
        "API requests", "requests of a hosted API", "requests x the API's price of one, as it is expected to change",
    ),
    "credits": Component("rent", "credits", "what they pay of the rent until they are used up or expire"),
    "committed": Component(
        "committed", "commitments",
        "GPU-hours under contract x the list price at signing x the rate's share of it", surcharged=True,
    ),
    "provider_default": Component(
        "committed", "loss if the provider fails", "chance that it fails in a month x what is prepaid",
    ),
    "termination": Component(
        "committed", "termination fees",
        "installments of the notice, a share of those after it, less what is refunded of what is prepaid",
    ),
    "sla_credit": Component(
        "committed", "credits for lost hours",
        "price of the hours lost to faults or a late start x share that is credited",
    ),
    "held": Component("committed", "contracts in hand", "GPU-hours under contract x their own rate"),
    "idle_resale": Component(
        "idle resale", "idle hours sublet",
        "idle GPU-hours x share that finds a tenant x what a sublet hour brings",
    ),
    "storage_egress": Component(
        "rental extras", "storage and egress", "rented nodes x months x cost of storage and egress",
    ),
    "support": Component("rental extras", "support", "share of the GPU bills"),
    "goodput_loss": Component(
        "rental extras", "lost goodput", "hours paid for and lost to faults, as a share of the GPU bills",
    ),
    "setup": Component("rental extras", "setting up", "nodes x cost of setting up a rented node, once"),
    "hardware": Component(
        "capex", "nodes", "nodes x price of a node less the volume discount; a deposit, the rest at delivery",
    ),
    "fabric": Component("capex", "fabric", "switches, cables and optics by the number of nodes"),
    "storage": Component("capex", "storage servers", "nodes x cost of storage"),
    "installation": Component("capex", "installation", "nodes x cost of installing one"),
    "colocation": Component(
        "running", "colocation", "kW x rent of a kW a month, and what is left of the contract on leaving",
    ),
    "electricity": Component("running", "electricity", "kW x PUE x hours x price of a kWh x load"),
    "maintenance": Component("running", "maintenance", "share of the price of the nodes a year"),
    "insurance": Component("running", "insurance", "share of all that was bought a year"),
    "staff": Component("running", "staff", "full-time staff for the number of nodes x their cost"),
    "failures": Component("running", "failures", "share of the GPUs that fails in a year x price of a node"),
    "hardware_resale": Component(
        "hardware resale", "hardware sold",
        "price of the nodes x share that used hardware brings by then, less selling",
    ),
    "loan": Component(
        "financing", "loan", "drawn at delivery, paid back in level payments, the rest when the hardware is sold",
    ),
    "lease": Component("financing", "lease", "level rents for the term, then the residual value"),
    "tax": Component(
        "tax", "tax", "rate x what is taxed less what is deducted, once there is taxable income",
    ),
}  # fmt: skip

SURCHARGED = frozenset(name for name, component in COMPONENTS.items() if component.surcharged)
GROUPS: Sequence[str] = tuple(dict.fromkeys(component.group for component in COMPONENTS.values()))
