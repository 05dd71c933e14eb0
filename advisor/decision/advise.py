"""Profile + PriceBook -> Advice: the one call that runs all of the engine.

No clock and no files; results that are expensive and asked for again are memoized.
"""

from collections.abc import Mapping
from functools import cached_property

from advisor.costing.lineage import Inputs, component_inputs
from advisor.decision.break_even import BreakEvens, break_evens
from advisor.decision.capacity import Capacity, capacity_of
from advisor.decision.cash.balance_sheet import BalanceSheet, balance_sheets
from advisor.decision.cash.payable import Payable, payable_by
from advisor.decision.cash.runway import Runway, runway_of
from advisor.decision.confidence import notes_on
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.offer_values import ClauseValue, clause_values
from advisor.decision.other_picks import OtherPick, other_picks
from advisor.decision.plans.serving_answer import ServingAnswer, serving_answer
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.reasons import Findings, Reasons, reasons_for
from advisor.decision.risk import Risk, risk_of
from advisor.decision.scenarios import Outcome, all_scenarios, minimax_option, scenario_outcomes
from advisor.decision.sensitivity import Sensitivity, sensitivity
from advisor.decision.value_of_waiting import Waiting, value_of_waiting
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.price_book import Gpu, PriceBook
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class Advice:
    """The full answer for one profile: ranking, break-evens, risk and reasons; the slow parts on first use.

    Attributes:
        profile: The question.
        costing: What each option is expected to cost, and the ranking.
        break_evens: Where the answer changes, one figure at a time.
        scenarios: The options under each named price scenario.
        risk: How the cost of each option is spread.
        flexible_pick: Less commitment at close to the least cost; None when that is the pick.
        insured_pick: A better worst case at close to the least cost; None when that is the pick.
        minimax_pick: Id of the option with the least worst regret over the scenarios; None when nothing is feasible.
        waiting: What renting now and deciding later is worth; None when there is nothing to wait for.
        capacity: What relying on on-demand hours puts at stake; None if that is not known.
        runway: Months of cash; None when cash is not known or nothing is feasible.
        reasons: Why, in sentences.
    """

    profile: Profile
    costing: Costing
    break_evens: BreakEvens
    scenarios: tuple[Outcome, ...]
    risk: Risk
    flexible_pick: OtherPick | None
    insured_pick: OtherPick | None
    minimax_pick: str | None
    waiting: Waiting | None
    capacity: Capacity | None
    runway: Runway | None
    reasons: Reasons

    @property
    def book(self) -> PriceBook:
        """The figures it depends on, the profile's own among them."""
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
    def payable(self) -> Payable | None:
        """What cash does pay for, where it pays for no option; takes a fraction of a second."""
        return payable_by(self.costing, self.profile)

    @cached_property
    def sensitivity(self) -> Sensitivity:
        """What would change the answer; takes a fraction of a second."""
        return sensitivity(self.profile, self.costing, self.break_evens.menu)

    @cached_property
    def serving(self) -> ServingAnswer | None:
        """The answer in tokens; None unless it is about one service."""
        return serving_answer(self.profile, self.costing)

    @cached_property
    def depends_on(self) -> Mapping[str, Mapping[str, Inputs]]:
        """The ids of the inputs that each component of each option depends on, by the option's id."""
        profile, book = self.profile, self.costing.book
        return {o.id: component_inputs(o.cost, profile, book) for o in self.verdict.ranked}

    @cached_property
    def clauses(self) -> tuple[ClauseValue, ...]:
        """What each clause of each offer is worth."""
        return tuple(clause_values(self.costing))

    @property
    def owner(self) -> RankedOption | None:
        """The way to buy of the balance sheet: the pick if it buys, else the best one; None where none is feasible."""
        pick = self.verdict.pick
        owners = [o for o in self.verdict.competitors if o.action == "buy"]
        return pick if pick is not None and pick.action == "buy" else next(iter(owners), None)

    @cached_property
    def balance_sheets(self) -> tuple[BalanceSheet, ...]:
        """The balance sheet of buying, in cash or on credit as the pick is; empty where buying is infeasible."""
        return () if self.owner is None else balance_sheets(self.owner.cost)


def advise(profile: Profile, book: PriceBook, paths: int = DEFAULT_PATHS, seed: int = 0) -> Advice:
    """Rent, reserve or buy: what each option costs, how certain that is, where the answer changes, and why.

    The same arguments give the same Advice.

    Args:
        profile: What the user needs, and what the company has.
        book: The price book.
        paths: How many price paths to sample, an even number.
        seed: Of the random draws.

    Raises:
        InputError: When the profile names an unknown GPU or figure.
    """
    costing = cost_options(profile, book)
    verdict, near = costing.verdict, costing.case.assumptions.money.close_call_share
    evens = break_evens(profile, costing)
    outcomes = scenario_outcomes(verdict, all_scenarios(costing.book.scenarios, profile))
    risk = risk_of(verdict, costing.forecasts, paths, seed)
    flexible, insured = other_picks(verdict, risk, near)
    minimax = minimax_option(verdict, outcomes)
    reasons = reasons_for(Findings(profile, costing, evens, outcomes, flexible, insured))
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
        capacity=capacity_of(verdict),
        runway=runway_of(profile.company, verdict),
        reasons=replace(reasons, sentences=(*reasons.sentences, *notes_on(verdict, risk))),
    )
