"""Profile + Book -> Costing: what each option is expected to cost and which is best, the fast part of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from advisor.costing.build_case import case_of, other_cases
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.option import Action, Constraint
from advisor.costing.valuation import OptionCost, cost_menu
from advisor.decision.commitment_disposition import CommitmentVerdict, with_contracts
from advisor.decision.ranking import Verdict, decide
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.price_book import Book, Gpu
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book


@dataclass(frozen=True)
class Costing:
    """The expected answer alone: what each option costs, enough to rank them. book, gpu: with the profile's own figures
    laid over; forecasts: by GPU; held: what to do with contracts in hand, None without any."""

    book: Book
    gpu: Gpu
    case: Case
    forecasts: Mapping[str, Forecast]
    costs: list[OptionCost]
    verdict: Verdict
    held: CommitmentVerdict | None

    @property
    def demand(self) -> Demand:
        """The demand that all options serve."""
        return self.case.demand

    @property
    def forecast(self) -> Forecast:
        """What is believed of the rents of the profile's own GPU."""
        return self.forecasts[self.gpu.id]


def cost_options(profile: Profile, book: Book) -> Costing:
    """What every option costs and which is best: the fast part, a few milliseconds.

    Raises InputError when the profile names an unknown GPU or figure.
    """
    book = own_book(profile, book)
    gpu, case = book.gpu(profile.workload[0].gpu), case_of(profile, book)
    forecasts = {gpu.id: forecast_for(case, profile)}
    more, held = [], None
    for other, constraints in other_cases(profile, book):
        forecasts[other.assumptions.gpu.id] = forecast_for(other, profile)
        more += _on_another_gpu(other, constraints, forecasts[other.assumptions.gpu.id])
    if profile.commitment:
        case, costs, held = with_contracts(profile, case, forecasts[gpu.id], more)
    else:
        costs = [*cost_menu(case, forecasts[gpu.id]), *more]
    verdict = decide(costs, profile.company, case.assumptions.money.close_call_share)
    return Costing(book, gpu, case, forecasts, costs, verdict, held)


def forecast_for(case: Case, profile: Profile) -> Forecast:
    """What is believed of the rents of a case's GPU."""
    return expected_forecast(case.assumptions, profile.market.rents_change_per_year)


def _on_another_gpu(case: Case, constraints: tuple[Constraint, ...], forecast: Forecast) -> list[OptionCost]:
    """The best of rent, reserve and buy on another GPU: more of them would only crowd the list."""
    gpu = case.assumptions.gpu
    best: dict[Action, OptionCost] = {}
    for cost in sorted(cost_menu(case, forecast), key=lambda cost: (bool(cost.option.barred), cost.expected_usd)):
        best.setdefault(cost.option.action, cost)
    return [
        replace(
            cost,
            option=replace(
                cost.option,
                id=f"{gpu.id}:{cost.option.id}",
                label=f"{cost.option.label} ({gpu.label})",
                constraints=(*constraints, *cost.option.constraints),
            ),
        )
        for cost in best.values()
    ]
