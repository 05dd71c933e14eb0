"""The options under named price paths: who wins each, and what every other choice regrets in the worst of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.market.book import Scenario
from advisor.market.forecast import scenario_forecast
from advisor.options.table import Action, Case
from advisor.valuation import expected_usd
from advisor.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """One scenario: what each option costs under it (USD, by option id), and the cheapest feasible one."""

    name: str
    label: str
    usd: Mapping[str, float]
    best_option: str | None
    best_action: Action | None


def scenario_outcomes(case: Case, verdict: Verdict, scenarios: Mapping[str, Scenario]) -> tuple[Outcome, ...]:
    """Every option of a verdict under every scenario; which options are feasible stays as the verdict found it."""
    spot, figures = case.assumptions.gpu.neocloud_usd_per_gpu_hour, case.assumptions.forecast
    outcomes = []
    for name, scenario in scenarios.items():
        forecast = scenario_forecast(spot, figures, scenario)
        usd = {o.id: float(expected_usd(o.cost.option, o.cost.case, forecast, o.cost.policy)) for o in verdict.ranked}
        best = min((o for o in verdict.ranked if o.feasible), key=lambda o: usd[o.id], default=None)
        outcomes.append(Outcome(name, scenario.label, usd, best.id if best else None, best.action if best else None))
    return tuple(outcomes)


def worst_regret_share(option_id: str, outcomes: tuple[Outcome, ...]) -> float | None:
    """What an option costs more than the best of its scenario, as a share of the best, in the scenario where that is
    most; None when nothing is feasible."""
    regrets = [
        (outcome.usd[option_id] - outcome.usd[outcome.best_option]) / abs(outcome.usd[outcome.best_option])
        for outcome in outcomes
        if outcome.best_option is not None and outcome.usd[outcome.best_option]
    ]
    return max(regrets, default=None)
