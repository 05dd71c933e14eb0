"""What a growing plan signs now and what later: the nodes of an option by month (docs/model.md#reserved)."""

import numpy as np

from advisor.costing.demand import Demand
from advisor.costing.valuation import OptionCost
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Stage:
    """The nodes from one month on, until the next stage.

    Attributes:
        month: The first month, 0 for now.
        signed: Nodes under contract, ordered or owned; GPUs where those are rented one by one.
        rented: Nodes, or GPUs, rented beyond those.
    """

    month: int
    signed: int
    rented: int

    @property
    def nodes(self) -> int:
        """All of them."""
        return self.signed + self.rented


def stages(cost: OptionCost) -> tuple[Stage, ...]:
    """What an option signs and rents while the plan holds: the first stage is what to do now, the others come later.

    Empty where contracts in hand serve all of the work, and where an API does.
    """
    if cost.option.action == "api":
        return ()
    need = cost.demand.alive.nodes
    signed = np.zeros(need.size) if cost.option.nodes is None else cost.option.nodes[: need.size]
    found: list[Stage] = []
    unit = float(cost.demand.unit)
    for month, (held, wanted) in enumerate(zip((signed / unit).tolist(), (need / unit).tolist(), strict=True)):
        stage = Stage(month, round(held), max(0, round(wanted - held)))
        last = found[-1] if found else Stage(0, 0, 0)
        if (stage.signed, stage.rented) != (last.signed, last.rented):
            found.append(stage)
    return tuple(found)


def grows(demand: Demand) -> bool:
    """Whether a plan later needs more nodes than it does at its start."""
    nodes = demand.alive.nodes
    return bool(nodes.max(initial=0.0) > nodes[min(demand.start_month, nodes.size - 1)])
