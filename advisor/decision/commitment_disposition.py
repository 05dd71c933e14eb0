"""Contracts and hardware in hand: what to do with each, whichever leaves the least total cost
(docs/model.md#commitments, docs/model.md#hardware-in-hand)."""

from datetime import date

from advisor.costing.case import Case
from advisor.costing.cost_table import CostTable
from advisor.costing.option import beside
from advisor.costing.options.all_options import cost_menu
from advisor.costing.options.in_hand.contracts_in_hand import (
    CommitmentPlan,
    Disposition,
    apart_from_work,
    commitment_plans,
    on_another_gpu,
    serves_all_demand,
    use_commitments_only,
)
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.ranking import decide
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class CommitmentVerdict:
    """What to do with the contracts and the hardware in hand.

    Attributes:
        dispositions: The best one for each contract, then for each lot of hardware.
        usd: Each combination of dispositions with the expected cost of the best way to serve all of the work, USD,
            cheapest first; None where nothing is feasible then.
        table: What they cost so, beside every option.
    """

    dispositions: tuple[Disposition, ...]
    usd: tuple[tuple[tuple[Disposition, ...], float | None], ...]
    table: CostTable


def with_contracts(
    profile: Profile, case: Case, forecast: Forecast, more: list[OptionCost], today: date
) -> tuple[Case, list[OptionCost], CommitmentVerdict]:
    """Choose what is done with what is in hand: that whose best option costs least in total.

    Args:
        profile: With its contracts and hardware.
        case: Demand and assumptions before they are counted.
        forecast: For the profile's GPU.
        more: Options on other GPUs, costed.
        today: The day of the question, on which contracts have their months left and hardware its age.

    Returns:
        The case of the work that they leave, its options with their cost included, and what was chosen.
    """
    found = []
    contracts, hardware = [one.on(today) for one in profile.commitment], [one.on(today) for one in profile.owned]
    for holding in commitment_plans(case, contracts, hardware):
        costs = [
            *_beside(holding, forecast),
            *([] if "keep" in holding.dispositions else _with_line(more, on_another_gpu(holding, forecast))),
        ]
        pick = decide(costs, profile.company, case.assumptions.money).pick
        found.append((None if pick is None else pick.cost.expected_usd, holding, costs))
    found.sort(key=lambda one: (one[0] is None, one[0] or 0.0))
    _, best, costs = found[0]
    apart = apart_from_work(case, (*contracts, *hardware), best.dispositions)
    if apart is not None:  # at fixed prices, as they hold beside any GPU
        apart = on_another_gpu(replace(best, table=apart), forecast).table
    return (
        best.case,
        [replace(cost, option=replace(cost.option, apart=apart)) for cost in costs],
        CommitmentVerdict(
            best.dispositions, tuple((holding.dispositions, usd) for usd, holding, _ in found), best.table
        ),
    )


def _beside(holding: CommitmentPlan, forecast: Forecast) -> list[OptionCost]:
    """Every option for the work that is left, the cost of what is in hand included."""
    if serves_all_demand(holding):
        return [cost_of(beside(use_commitments_only(holding.case), holding.table), holding.case, forecast)]
    return _with_line(cost_menu(holding.case, forecast), holding)


def _with_line(costs: list[OptionCost], holding: CommitmentPlan) -> list[OptionCost]:
    """The options with the cost of what is in hand beside them."""
    return [cost_of(beside(cost.option, holding.table), cost.case, cost.forecast) for cost in costs]
