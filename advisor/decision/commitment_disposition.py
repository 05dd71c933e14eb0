"""Contracts and hardware in hand: what to do with each, whichever leaves the least total cost
(docs/model.md#commitments, docs/model.md#hardware-in-hand)."""

from collections.abc import Callable, Sequence

from advisor.costing.case import Case
from advisor.costing.cost_table import CostTable
from advisor.costing.option import beside
from advisor.costing.options.all_options import cost_menu
from advisor.costing.options.in_hand.contracts_in_hand import (
    CommitmentPlan,
    Disposition,
    WorkByGpu,
    apart_from_work,
    commitment_plans,
    on_another_gpu,
    serves_all_demand,
    use_commitments_only,
)
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.ranking import decide
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.schema import Company
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class CommitmentVerdict:
    """What to do with the contracts and the hardware in hand.

    Attributes:
        dispositions: The best one for each contract, then for each lot of hardware.
        usd: Each combination of dispositions with the expected cost of the best way to serve all of the work, USD,
            cheapest first; None where nothing is feasible then.
        table: What they cost so, beside every option.
        contracts, hardware: What is in hand, see `in_hand`.
        by_gpu: The work on the GPUs of what is in hand.
    """

    dispositions: tuple[Disposition, ...]
    usd: tuple[tuple[tuple[Disposition, ...], float | None], ...]
    table: CostTable
    contracts: Sequence[Commitment]
    hardware: Sequence[Owned]
    by_gpu: WorkByGpu

    def why_not(self, one: Commitment | Owned) -> str:
        """Why something in hand cannot do the work; empty where it can."""
        return self.by_gpu[one.gpu].barred


def with_contracts(
    company: Company,
    by_gpu: WorkByGpu,
    holdings: tuple[Sequence[Commitment], Sequence[Owned]],
    menu_elsewhere: Callable[[CommitmentPlan], list[OptionCost]],
) -> tuple[Case, list[OptionCost], CommitmentVerdict]:
    """Choose what is done with what is in hand: that whose best option costs least in total.

    Args:
        company: Whose work it is.
        by_gpu: The work before they are counted, on its own GPU and on those of what is in hand.
        holdings: The contracts and the hardware, see `in_hand`.
        menu_elsewhere: What the options on other GPUs cost for the work that is left.

    Returns:
        The case of the work that they leave, its options with their cost included, and what was chosen.
    """
    found = []
    own = by_gpu[None]
    contracts, hardware = holdings
    for holding in commitment_plans(by_gpu, contracts, hardware):
        costs = _beside(holding, own.forecast)
        if not serves_all_demand(holding) and (elsewhere := menu_elsewhere(holding)):
            costs += _with_line(elsewhere, on_another_gpu(holding, own))
        pick = decide(costs, company, own.case.assumptions.money).pick
        found.append((None if pick is None else pick.cost.expected_usd, holding, costs))
    found.sort(key=lambda one: (one[0] is None, one[0] or 0.0))
    _, best, costs = found[0]
    apart = apart_from_work(by_gpu, (*contracts, *hardware), best.dispositions)
    usd = tuple((holding.dispositions, amount) for amount, holding, _ in found)
    verdict = CommitmentVerdict(best.dispositions, usd, best.table, contracts, hardware, by_gpu)
    return best.case, [replace(cost, option=replace(cost.option, apart=apart)) for cost in costs], verdict


def _beside(holding: CommitmentPlan, forecast: Forecast) -> list[OptionCost]:
    """Every option for the work that is left, the cost of what is in hand included."""
    if serves_all_demand(holding):
        return [cost_of(beside(use_commitments_only(holding.case), holding.table), holding.case, forecast)]
    return _with_line(cost_menu(holding.case, forecast), holding)


def _with_line(costs: list[OptionCost], holding: CommitmentPlan) -> list[OptionCost]:
    """The options with the cost of what is in hand beside them."""
    return [cost_of(beside(cost.option, holding.table), cost.case, cost.forecast) for cost in costs]
