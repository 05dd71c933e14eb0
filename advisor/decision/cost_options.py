"""Profile and price book -> what every option costs: the first half of an answer, which takes a few milliseconds."""

from collections.abc import Iterable, Mapping
from itertools import chain

from advisor.costing.build_case import case_of, case_on, constraints_of_another_gpu, other_cases
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.option import Action
from advisor.costing.options.all_options import cost_menu
from advisor.costing.options.in_hand.contracts_in_hand import WorkOnGpu, rest_on
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import NOTHING_SETTLED
from advisor.decision.commitment_disposition import CommitmentVerdict, with_contracts
from advisor.decision.ranking import Verdict, decide, worth_offering
from advisor.decision.speculation import Bet, bet_of
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.price_book import Gpu, PriceBook
from advisor.profiles.doubts import doubts
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class Costing:
    """The expected answer: what each option costs, enough to rank them.

    Attributes:
        book: The price book with the profile's own figures laid over.
        gpu: The profile's GPU, from that book.
        case: Demand and assumptions of the profile.
        forecasts: Of rents and resale, by GPU.
        costs: All options, costed.
        verdict: The ranking and the pick.
        commitments: What to do with the contracts and the hardware in hand; None without any.
        bet: The income from subletting or resale that the pick's lead depends on; None when it does not. The verdict
            then counts as questioned.
    """

    book: PriceBook
    gpu: Gpu
    case: Case
    forecasts: Mapping[str, Forecast]
    costs: list[OptionCost]
    verdict: Verdict
    commitments: CommitmentVerdict | None
    bet: Bet | None

    @property
    def demand(self) -> Demand:
        """The demand that all options serve."""
        return self.case.demand

    @property
    def forecast(self) -> Forecast:
        """The forecast for the profile's own GPU."""
        return self.forecasts[self.gpu.id]


def cost_options(profile: Profile, book: PriceBook) -> Costing:
    """What every option is expected to cost and which is best; takes a few milliseconds.

    Raises:
        InputError: When the profile names an unknown GPU or figure.

    Source: docs/model.md#ranking.
    """
    book = own_book(profile, book)
    gpu, case = book.gpu(profile.workload[0].gpu), case_of(profile, book)
    forecasts = {gpu.id: forecast_for(case, profile)}
    others = list(other_cases(profile, book))
    forecasts |= {other.assumptions.gpu.id: forecast_for(other, profile) for other in others}

    def elsewhere(cases: Iterable[Case]) -> list[OptionCost]:
        found = (_on_another_gpu(profile, other, forecasts[other.assumptions.gpu.id]) for other in cases)
        return list(chain.from_iterable(found))

    if not profile.commitment and not profile.owned:
        return costing_of(profile, book, case, forecasts, [*cost_menu(case, forecasts[gpu.id]), *elsewhere(others)])
    holdings = in_hand(profile, book)
    by_gpu = _by_gpu(
        profile,
        book,
        WorkOnGpu(case, forecasts[gpu.id]),
        {*(one.gpu for one in holdings[0]), *(one.gpu for one in holdings[1])},
    )
    of_all_work = elsewhere(others)
    case, costs, commitments = with_contracts(
        profile.company,
        by_gpu,
        holdings,
        lambda plan: elsewhere(rest_on(other, plan) for other in others) if plan.keeps else of_all_work,
    )
    return costing_of(profile, book, case, forecasts, costs, commitments)


def costing_of(
    profile: Profile,
    book: PriceBook,
    case: Case,
    forecasts: Mapping[str, Forecast],
    costs: list[OptionCost],
    commitments: CommitmentVerdict | None = None,
    settled: Mapping[str, bool | None] = NOTHING_SETTLED,
) -> Costing:
    """The expected answer, given what the options cost. book: with the profile's own figures laid over; settled: see
    `decide`."""
    verdict = decide(costs, profile.company, case.assumptions.money, settled)
    bet = bet_of(verdict, case.assumptions.money.waiting_edge_share)
    verdict = replace(verdict, questioned=(*doubts(profile, book), *(() if bet is None else (bet.sentence,))))
    return Costing(book, book.gpu(profile.workload[0].gpu), case, forecasts, costs, verdict, commitments, bet)


def forecast_for(case: Case, profile: Profile) -> Forecast:
    """The forecast for the GPU of a case."""
    return expected_forecast(case.assumptions, profile.market.rents_change_per_year)


def _by_gpu(
    profile: Profile, book: PriceBook, own: WorkOnGpu, gpus: Iterable[str | None]
) -> dict[str | None, WorkOnGpu]:
    """The work on its own GPU, and on each of some others on which something is in hand."""
    found: dict[str | None, WorkOnGpu] = {None: own}
    for gpu in gpus:
        if gpu is not None:
            case = case_on(profile, book, gpu)
            barred = [one.why for one in constraints_of_another_gpu(profile, case) if one.holds]
            found[gpu] = WorkOnGpu(case, forecast_for(case, profile), next(iter(barred), ""))
    return found


def _on_another_gpu(profile: Profile, case: Case, forecast: Forecast) -> list[OptionCost]:
    """The cheapest of rent, reserve and buy on another GPU (docs/model.md#other-gpus); more would crowd the list, and
    the hosted API is the same. case: of the work there."""
    if not case.demand.alive.nodes.any():
        return []
    gpu, menu, constraints = case.assumptions.gpu, cost_menu(case, forecast), constraints_of_another_gpu(profile, case)
    feasible = [not cost.option.infeasible for cost in menu]
    offered = worth_offering(menu, case.assumptions.money, feasible)
    kept = [cost for cost, here in zip(menu, offered, strict=True) if here and cost.option.action != "api"]
    best: dict[Action, OptionCost] = {}
    for cost in sorted(kept, key=lambda cost: (bool(cost.option.infeasible), cost.expected_usd)):
        best.setdefault(cost.option.action, cost)
    return [
        replace(
            cost,
            option=replace(
                cost.option,
                id=f"{gpu.id}:{cost.option.id}",
                label=f"{cost.option.label} ({gpu.label})",
                command=f"{cost.option.command} ({gpu.label})",
                constraints=(*constraints, *cost.option.constraints),
            ),
        )
        for cost in best.values()
    ]
