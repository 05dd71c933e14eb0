"""Components of a cost: the group each belongs to, and which of them carry surcharges."""

from collections.abc import Sequence

COMPONENT_GROUPS = {
    "rent": "rent",
    "committed": "committed",
    "provider_default": "committed",
    "termination": "committed",
    "held": "committed",
    "idle_resale": "idle resale",
    "storage_egress": "rental extras",
    "support": "rental extras",
    "goodput_loss": "rental extras",
    "setup": "rental extras",
    "hardware": "capex",
    "fabric": "capex",
    "storage": "capex",
    "installation": "capex",
    "colocation": "running",
    "electricity": "running",
    "maintenance": "running",
    "insurance": "running",
    "staff": "running",
    "failures": "running",
    "hardware_resale": "hardware resale",
    "loan": "financing",
    "lease": "financing",
    "tax": "tax",
}
GROUPS: Sequence[str] = tuple(dict.fromkeys(COMPONENT_GROUPS.values()))

# The GPU bills: support and lost goodput are a share of these and due with them.
SURCHARGED = frozenset({"rent", "committed"})


def component_group(component: str) -> str:
    """The group that a component is summed in where options are compared."""
    return COMPONENT_GROUPS[component]
