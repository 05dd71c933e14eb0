"""The options under named price paths: the cheapest of each, and the worst regret of every option
(docs/model.md#scenarios)."""

from collections.abc import Mapping

from advisor.array_types import of_one
from advisor.costing.option import OptionClass
from advisor.decision.ranking import RankedOption, Verdict
from advisor.market.figures import Scenario
from advisor.market.forecast.forecast import scenario_forecasts
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

OWN_PATH = "own-path"


@dataclass(frozen=True)
class Outcome:
    """One scenario.

    Attributes:
        name: Its id.
        label: For reading.
        usd: Net present cost by option id, USD.
        best_option: Id of the cheapest feasible option; None when nothing is feasible.
        best_class: Its class.
    """

    name: str
    label: str
    usd: Mapping[str, float]
    best_option: str | None
    best_class: OptionClass | None


def all_scenarios(named: Mapping[str, Scenario], profile: Profile) -> Mapping[str, Scenario]:
    """The book's scenarios and, when the profile has one, the user's own path of rents."""
    path = profile.market.rents_path
    if not path:
        return named
    points = path if path[0][0] == 0 else ((0.0, 1.0), *path)
    own = Scenario(label="your own path", points=points, source="your profile", note="")
    return {**named, OWN_PATH: own}


def scenario_outcomes(verdict: Verdict, scenarios: Mapping[str, Scenario]) -> tuple[Outcome, ...]:
    """Every option of a verdict under every scenario.

    Feasibility stays as in the verdict, and deferred choices are made by the policy of today's forecast."""
    outcomes, each = [], {one.id: _usd_by_scenario(one, tuple(scenarios.values())) for one in verdict.ranked}
    for at, (name, scenario) in enumerate(scenarios.items()):
        usd = {option: found[at] for option, found in each.items()}
        best = min(verdict.competitors, key=lambda o: usd[o.id], default=None)
        found = (None, None) if best is None else (best.id, best.option_class)
        outcomes.append(Outcome(name, scenario.label, usd, *found))
    return tuple(outcomes)


def _usd_by_scenario(option: RankedOption, scenarios: tuple[Scenario, ...]) -> list[float]:
    """What an option costs under each scenario, USD."""
    cost, assumptions = option.cost, option.cost.case.assumptions
    spot = of_one(assumptions.gpu.neocloud_usd_per_gpu_hour)
    found: list[float] = cost.on_paths_usd(scenario_forecasts(spot, assumptions.forecast, scenarios)).tolist()
    return found


def worst_regret_share(option_id: str, outcomes: tuple[Outcome, ...]) -> float | None:
    """The largest regret of an option over the scenarios.

    Returns:
        Cost beyond the best option of the scenario, as a share of the best; None when nothing is feasible.
    """
    regrets = [
        (outcome.usd[option_id] - outcome.usd[outcome.best_option]) / abs(outcome.usd[outcome.best_option])
        for outcome in outcomes
        if outcome.best_option is not None and outcome.usd[outcome.best_option]
    ]
    return max(regrets, default=None)


def minimax_option(verdict: Verdict, outcomes: tuple[Outcome, ...]) -> RankedOption | None:
    """The competitor whose worst regret over the scenarios is smallest (minimax regret); None when nothing is
    feasible."""
    regrets = [(worst_regret_share(o.id, outcomes), index, o) for index, o in enumerate(verdict.competitors)]
    known = [(regret, index, option) for regret, index, option in regrets if regret is not None]
    return min(known)[2] if known else None
