"""Profile + Book -> Advice: the one call that runs all of the engine. Pure: no clock, no files, no state."""

from dataclasses import dataclass

from advisor.breakeven import BreakEvens, break_evens
from advisor.demand import Demand, demand_of
from advisor.market.book import Book, Gpu
from advisor.market.forecast import Forecast, expected_forecast
from advisor.options.table import Case
from advisor.profile import Profile, own_book
from advisor.reasons import Findings, Reasons, reasons_for
from advisor.risk import OtherPick, Risk, flexible_pick, insured_pick, risk_of
from advisor.scenarios import Outcome, scenario_outcomes
from advisor.valuation import OptionCost, cost_menu
from advisor.verdict import Verdict, decide, runway_months


@dataclass(frozen=True)
class Costing:
    """The expected answer alone: what each option costs, enough to rank them. book, gpu: with the profile's own figures
    laid over."""

    book: Book
    gpu: Gpu
    case: Case
    forecast: Forecast
    costs: list[OptionCost]
    verdict: Verdict

    @property
    def demand(self) -> Demand:
        """The demand that all options serve."""
        return self.case.demand


@dataclass(frozen=True)
class Advice:
    """All that is known of one profile: the ranking, its break-evens and its reasons."""

    profile: Profile
    costing: Costing
    break_evens: BreakEvens
    scenarios: tuple[Outcome, ...]
    risk: Risk
    flexible_pick: OtherPick | None
    insured_pick: OtherPick | None
    reasons: Reasons
    runway_without_months: float | None
    runway_with_months: float | None

    @property
    def book(self) -> Book:
        """The figures it rests on, the profile's own among them."""
        return self.costing.book

    @property
    def gpu(self) -> Gpu:
        """The GPU it is about."""
        return self.costing.gpu

    @property
    def verdict(self) -> Verdict:
        """The ranking and the pick."""
        return self.costing.verdict


def cost_options(profile: Profile, book: Book) -> Costing:
    """What every option costs and which is best: the fast part, about a millisecond.

    Raises InputError when the profile names an unknown GPU or figure.
    """
    book = own_book(profile, book)
    gpu = book.gpu(profile.workload[0].gpu)
    assumptions = book.assumptions(gpu.id)
    case = Case(
        demand=demand_of(profile, assumptions),
        assumptions=assumptions,
        tier=profile.market.tier,
        quotes=profile.quote,
        rental_forbidden_because=profile.company.rental_forbidden_because,
    )
    forecast = expected_forecast(
        assumptions.gpu.neocloud_usd_per_gpu_hour, assumptions.forecast, profile.market.rents_change_per_year
    )
    costs = cost_menu(case, forecast)
    verdict = decide(costs, profile.company, assumptions.money.close_call_share)
    return Costing(book, gpu, case, forecast, costs, verdict)


def advise(profile: Profile, book: Book, paths: int = 10_000, seed: int = 0) -> Advice:
    """Rent, reserve or buy, what each way costs and how surely, where the answer changes, and why.

    The same profile, book, number of paths (even) and seed give the same Advice.
    Raises InputError when the profile names an unknown GPU or figure.
    """
    costing = cost_options(profile, book)
    evens = break_evens(profile, costing.case, costing.forecast, costing.verdict)
    outcomes = scenario_outcomes(costing.case, costing.verdict, costing.book.scenarios)
    assumptions = costing.case.assumptions
    risk = risk_of(costing.verdict, costing.demand, assumptions, costing.forecast, paths, seed)
    near = assumptions.money.close_call_share
    pick = costing.verdict.pick
    flexible, insured = (choose(costing.verdict, risk, near) for choose in (flexible_pick, insured_pick))
    found = Findings(
        profile, costing.case, costing.gpu, costing.forecast, costing.verdict, evens, outcomes, flexible, insured
    )
    return Advice(
        profile=profile,
        costing=costing,
        break_evens=evens,
        scenarios=outcomes,
        risk=risk,
        flexible_pick=flexible,
        insured_pick=insured,
        reasons=reasons_for(found),
        runway_without_months=runway_months(profile.company, None),
        runway_with_months=runway_months(profile.company, pick.cost) if pick else None,
    )
