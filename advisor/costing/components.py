"""Components of a cost: the group each belongs to, and which of them carry surcharges."""

from collections.abc import Sequence


def component_group(component: str) -> str:
    """The group a component is summed in where a person compares options."""
    return COMPONENT_GROUPS[component]


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


SURCHARGED = frozenset({"rent", "committed"})  # the GPU bills, which support and lost goodput come on top of


GROUPS: Sequence[str] = tuple(dict.fromkeys(COMPONENT_GROUPS.values()))
