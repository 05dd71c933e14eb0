"""Profile + Book -> Advice: the one call that runs all of the engine. Pure: no clock, no files, no state."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from advisor.costing.lineage import Inputs, component_inputs
from advisor.decision.balance_sheet import BalanceSheet, balance_sheets
from advisor.decision.break_even import BreakEvens, break_evens
from advisor.decision.cost_options import Costing, cost_options, forecast_for
from advisor.decision.other_picks import OtherPick, flexible_pick, insured_pick
from advisor.decision.ranking import Verdict
from advisor.decision.reasons import Findings, Reasons, reasons_for
from advisor.decision.risk import Risk, risk_of
from advisor.decision.runway import Runway, runway_of
from advisor.decision.scenarios import Outcome, all_scenarios, minimax_option, scenario_outcomes
from advisor.decision.sensitivity import Sensitivity, sensitivity
from advisor.decision.waiting import Waiting, value_of_waiting
from advisor.market.forecast.simulation import forget_paths
from advisor.market.price_book import Book, Gpu
from advisor.profiles.schema import Profile


@dataclass(frozen=True)
class Advice:
    """All that is known of one profile: the ranking, its break-evens and its reasons; what takes longer is reckoned
    when it is first asked for."""

    profile: Profile
    costing: Costing
    break_evens: BreakEvens
    scenarios: tuple[Outcome, ...]
    risk: Risk
    flexible_pick: OtherPick | None
    insured_pick: OtherPick | None
    minimax_pick: str | None
    waiting: Waiting | None
    runway: Runway | None
    reasons: Reasons

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

    @cached_property
    def sensitivity(self) -> Sensitivity:
        """What would change the answer: a fraction of a second."""
        costing, profile = self.costing, self.profile
        return sensitivity(
            profile, costing.book, costing.case, costing.verdict, lambda case: forecast_for(case, profile)
        )

    @cached_property
    def depends_on(self) -> Mapping[str, Mapping[str, Inputs]]:
        """The ids of the inputs that each component of each option rests on, by the option's id."""
        profile, book = self.profile, self.costing.book
        return {o.id: component_inputs(o.cost, profile, book) for o in self.verdict.ranked}

    @cached_property
    def balance_sheets(self) -> tuple[BalanceSheet, ...]:
        """What buying leaves on the balance sheet, in cash or on credit as the pick is; nothing where nobody can
        buy."""
        pick = self.verdict.pick
        owners = [o for o in self.verdict.ranked if o.action == "buy" and o.feasible]
        chosen = pick if pick is not None and pick.action == "buy" else next(iter(owners), None)
        return () if chosen is None else balance_sheets(chosen.cost)


def advise(profile: Profile, book: Book, paths: int = 10_000, seed: int = 0) -> Advice:
    """Rent, reserve or buy, what each way costs and how surely, where the answer changes, and why.

    The same profile, book, number of paths (even) and seed give the same Advice. Raises InputError when the profile
    names an unknown GPU or figure.
    """
    costing = cost_options(profile, book)
    verdict, near = costing.verdict, costing.case.assumptions.money.close_call_share
    evens = break_evens(profile, costing.case, costing.forecast, verdict)
    outcomes = scenario_outcomes(verdict, all_scenarios(costing.book.scenarios, profile))
    risk = risk_of(verdict, costing.forecasts, paths, seed)
    flexible, insured = (choose(verdict, risk, near) for choose in (flexible_pick, insured_pick))
    found = Findings(profile, costing.case, costing.gpu, costing.forecast, verdict, evens, outcomes, flexible, insured)
    minimax = minimax_option(verdict, outcomes)
    return Advice(
        profile=profile,
        costing=costing,
        break_evens=evens,
        scenarios=outcomes,
        risk=risk,
        flexible_pick=flexible,
        insured_pick=insured,
        minimax_pick=None if minimax is None else minimax.id,
        waiting=value_of_waiting(verdict, costing.forecast),
        runway=runway_of(profile.company, verdict),
        reasons=reasons_for(found),
    )


def forget() -> None:
    """Let go of what is kept for the next question alone."""
    forget_paths()
