"""The options of a past month that are made of others: hybrids and renting first, as the verdict offers them
(docs/model.md#track-record)."""

from collections.abc import Iterator

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.backtest.market_at import DecisionProblem, one_plan
from advisor.costing.case import Case
from advisor.costing.option import Option, PlanOption, plan_option
from advisor.costing.options.combined.hybrid import hybrids
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.waiting_plans import WaitingPlans, waiting_plans
from advisor.decision.ranking import worth_waiting
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class Hybrids:
    """Bases of one kind and class with their peaks rented, for the plans that have one.

    Attributes:
        option: What the rule needs to know of them.
        plans: How many plans there are.
        each: Position of the plan, its case and its option.
    """

    option: PlanOption
    plans: int
    each: tuple[tuple[int, Case, Option], ...]

    def usd(self, forecast: Forecast) -> Floats:
        """Expected net present cost by a forecast, USD (P); infinite where a plan has none."""
        found = np.full(self.plans, np.inf)
        for at, case, option in self.each:
            found[at] = expected_usd(option, case, forecast)
        return found


@dataclass(frozen=True)
class RentFirst:
    """To rent first and decide later, for the plans that gain enough by it.

    Attributes:
        option: What the rule needs to know of it.
        waiting: What it costs.
        offered: Which plans are offered it (P).
    """

    option: PlanOption
    waiting: WaitingPlans
    offered: Bools

    def usd(self, forecast: Forecast) -> Floats:
        """Expected net present cost by the forecast of the month, or what it turns out to cost on a certain path."""
        own = forecast is self.waiting.forecast
        usd = self.waiting.expected_usd() if own else self.waiting.realized_usd(forecast)
        return np.where(self.offered, usd, np.inf)


def with_searched(problem: DecisionProblem, forecast: Forecast) -> DecisionProblem:
    """The problem with the options that are made of others, as the forecast of the month makes them."""
    grown = replace(problem, searched=tuple(_hybrids(problem, forecast)))
    waiting = waiting_plans(problem.case, forecast)
    if waiting is None:
        return grown
    offered = worth_waiting(waiting.expected_usd(), grown.costs_usd(forecast), problem.case.assumptions.money)
    if not offered.any():
        return grown
    return replace(grown, searched=(*grown.searched, RentFirst(PlanOption(waiting.id, "rent"), waiting, offered)))


def _hybrids(problem: DecisionProblem, forecast: Forecast) -> Iterator[Hybrids]:
    """The best hybrids of each plan, those of one kind and class together."""
    found: dict[PlanOption, list[tuple[int, Case, Option]]] = {}
    for at in np.flatnonzero(~problem.plans.big & (problem.plans.nodes > 1)).tolist():
        case = one_plan(problem, at)
        for option in hybrids(case, forecast):
            if not option.infeasible:
                found.setdefault(plan_option(option), []).append((at, case, option))
    for kind, each in found.items():
        yield Hybrids(kind, problem.plans.nodes.size, tuple(each))
