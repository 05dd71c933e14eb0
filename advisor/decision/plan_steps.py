"""What an option signs, orders and rents, and when: as nodes by month, and as steps (docs/model.md#reserved)."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from advisor.costing.demand import Demand
from advisor.costing.valuation import OptionCost
from advisor.values.quick_dataclass import dataclass

StepKind = Literal["sign", "order", "rent", "decide"]


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


@dataclass(frozen=True)
class Step:
    """What has to be done at the start of a month.

    Attributes:
        month: The month, 0 for now.
        kind: What is done; deciding is about everything that follows.
        added: Nodes that are new under contract, ordered or rented; GPUs where those are rented one by one.
        renewed: Nodes whose contract of the same kind ends then and is signed again.
        term_months: Of what is signed, 0 for all else.
        owed_usd: What is signed costs over its term, at the rents expected when it is signed; 0 for all else.
        last_month: The month, counted from 1, in which what is signed ends; a term of one month that is signed again
            for as many nodes goes on until then.
    """

    month: int
    kind: StepKind
    added: int = 0
    renewed: int = 0
    term_months: int = 0
    owed_usd: float = 0.0
    last_month: int = 0

    @property
    def nodes(self) -> int:
        """All of them."""
        return self.added + self.renewed


def steps(cost: OptionCost) -> tuple[Step, ...]:
    """What to do while the plan holds, in order.

    A contract of one month that is signed again for as many nodes is not a step. What is rented by the hour is one
    where nothing else is done. Where renting is forbidden nothing is signed until hardware arrives: the rent of that
    time only stands for the cost of waiting.
    """
    option = cost.option
    found = [] if cost.case.rental_forbidden_because else [*_signings(cost)]
    if option.order_month is not None and option.nodes is not None:
        found.append(Step(option.order_month, "order", _units(cost, float(option.nodes[-1]))))
    if option.choice is not None:
        start = cost.demand.start_month
        rented = Step(start, "rent", _units(cost, float(cost.demand.alive.nodes[start])))
        return rented, Step(option.choice.month, "decide")
    if not found:
        before = 0
        for stage in stages(cost):
            found.append(Step(stage.month, "rent", stage.rented - before, before))
            before = stage.rented
    return tuple(sorted(found, key=lambda step: (step.month, step.kind, -step.term_months)))


def _signings(cost: OptionCost) -> Iterator[Step]:
    """The contracts that are signed, those of the same month and term together."""
    signed: dict[tuple[int, int], tuple[int, int, float, int]] = {}
    rents = cost.forecast.usd_per_gpu_hour
    for run in cost.option.contracts:
        before, firm = 0, run.contract.final  # an offer in hand keeps the price of today, its renewals do not
        term, key = run.contract.term_months, (0, 0)
        for month in np.flatnonzero(run.block == np.arange(run.months)).tolist():
            units = _units(cost, float(run.nodes[month]))
            again = units == before and term == 1
            key = key if again else (month, term)
            added, renewed, owed, last = signed.get(key, (0, 0, 0.0, 0))
            if not again:
                hours = float(run.due[month : month + term].sum())
                owed += hours * float(rents[0 if firm else month])
                added, renewed = added + max(0, units - before), renewed + min(units, before)
            signed[key] = added, renewed, owed, max(last, month + term)
            before, firm = units, False
    for (month, term), (added, renewed, owed, last) in signed.items():
        yield Step(month, "sign", added, renewed, term, owed, last)


def _units(cost: OptionCost, nodes: float) -> int:
    return round(nodes / float(cost.demand.unit))


def grows(demand: Demand) -> bool:
    """Whether a plan later needs more nodes than it does at its start."""
    nodes = demand.alive.nodes
    return bool(nodes.max(initial=0.0) > nodes[min(demand.start_month, nodes.size - 1)])
