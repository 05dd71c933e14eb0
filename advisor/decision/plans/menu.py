"""The menu of many plans at once, and the rule applied to it (docs/model.md#ranking).

The same options compete as in the verdict on one plan: those that need no search, the hybrids, and renting first.
"""

from collections.abc import Iterable
from itertools import chain

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.option import Option, PlanOption, plan_option
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.waiting_plans import WaitingPlans, waiting_plans
from advisor.decision.ranking import Verdict, gap_share, is_waiting, pick_and_rival, preference_usd, worth_waiting
from advisor.market.assumptions import Money
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class PlanMenu:
    """What every option costs in P plans.

    Attributes:
        options: The options (O).
        usd: Expected net present cost, USD (O, P); infinite where a constraint other than cash is violated.
        hurdle: What an option that puts more at stake must save, as a share (O, 1), or of each plan (O, P).
    """

    options: tuple[PlanOption, ...]
    usd: Floats
    hurdle: Floats

    @property
    def usd_by_id(self) -> dict[str, Floats]:
        """What each option costs, by its id, USD (P)."""
        return {option.id: usd for option, usd in zip(self.options, self.usd, strict=True)}

    def with_waiting(self, waiting: WaitingPlans, usd: Floats, money: Money) -> "PlanMenu":
        """The menu with renting first, in those plans that gain enough by it to be offered it. usd: what it costs
        (P)."""
        offered = worth_waiting(usd, self.usd, money)
        costs = np.vstack([self.usd, np.where(offered, usd, np.inf)])
        hurdle = np.vstack([self.hurdle, np.zeros_like(self.hurdle[:1])])
        return PlanMenu((*self.options, PlanOption(waiting.id, "rent")), costs, hurdle)

    def decided(self, money: Money) -> "PlanDecisions":
        """The pick of each plan, its rival and the gap between them."""
        preference = preference_usd(self.usd, self.hurdle).T
        pick, rival = pick_and_rival(preference, self.options, money.tie_share)
        plan, known = np.arange(pick.size), (pick >= 0) & (rival >= 0)
        usd = self.usd.T
        gaps = gap_share(np.where(known, usd[plan, pick], np.nan), np.where(known, usd[plan, rival], np.nan))
        return PlanDecisions(pick, rival, gaps)


@dataclass(frozen=True)
class PlanDecisions:
    """The rule's answer to P plans.

    Attributes:
        pick: Position of the pick (P); -1 where nothing is feasible.
        rival: Position of the cheapest option of another class (P); -1 where there is none.
        gap_share: What the rival costs more, as a share (P); NaN without one.
    """

    pick: Months
    rival: Months
    gap_share: Floats


def menu_of_plans(case: Case, forecast: Forecast, verdict: Verdict) -> PlanMenu:
    """What every option costs in each of many plans around a profile's own.

    A hybrid keeps the share of the nodes it has in the verdict. Renting first is evaluated where the own plan gains by
    it.

    Args:
        case: With the demand of many plans (plans, months).
        forecast: For the case's GPU.
        verdict: Of the profile's own plan.
    """
    options: list[PlanOption] = []
    usd, hurdle = [], []
    for option in chain(plain_options(case), _bases(case, verdict)):  # one at a time: their tables are large
        options.append(plan_option(option))
        usd.append(np.where(option.infeasible, np.inf, expected_usd(option, case, forecast)))
        hurdle.append(np.atleast_1d(option.hurdle_share))
    menu = PlanMenu(tuple(options), np.array(usd), np.array(np.broadcast_arrays(*hurdle)))
    waiting = waiting_plans(case, forecast) if any(is_waiting(one.cost) for one in verdict.ranked) else None
    return menu if waiting is None else menu.with_waiting(waiting, waiting.expected_usd(), case.assumptions.money)


def _bases(case: Case, verdict: Verdict) -> Iterable[Option]:
    """The verdict's bases with their peaks rented, on the profile's own GPU."""
    for ranked in verdict.ranked:
        option = ranked.cost.option
        if option.rents_peaks and ":" not in option.id and option.remake and case.rental_forbidden_because is None:
            made = option.remake(case)
            if made is not None:
                yield replace(made, id=option.id)
