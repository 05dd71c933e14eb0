"""The menu of many plans at once, and the rule applied to it (docs/model.md#ranking).

The same options compete as in the verdict on one plan: those that need no search, the hybrids, and renting first.
"""

from itertools import chain

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.build_case import Alteration, constraints_of_another_gpu, with_plans
from advisor.costing.case import Case
from advisor.costing.option import PlanOption, any_holds, plan_option
from advisor.costing.options.all_options import plain_options
from advisor.costing.options.combined.hybrid import sized_bases
from advisor.costing.options.combined.rent_then_decide import RENTING_FIRST
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.waiting_plans import WaitingPlans, waiting_plans
from advisor.decision.ranking import Verdict, gap_share, is_waiting, pick_and_rival, preference_usd, worth_waiting
from advisor.market.assumptions import Money
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace

_SHARE = 0.5  # of the nodes: beside the levels of its demand, a size of base to try in every plan


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
        """What each option costs, by its id, USD (P); a base by its cheapest contract."""
        found: dict[str, Floats] = {}
        for option, usd in zip(self.options, self.usd, strict=True):
            found[option.id] = np.minimum(found.get(option.id, np.inf), usd)
        return found

    def with_waiting(self, waiting: WaitingPlans, usd: Floats, money: Money) -> "PlanMenu":
        """The menu with renting first, in those plans that gain enough by it to be offered it. usd: what it costs
        (P)."""
        offered = worth_waiting(usd, self.usd, money)
        costs = np.vstack([self.usd, np.where(offered, usd, np.inf)])
        hurdle = np.vstack([self.hurdle, np.zeros_like(self.hurdle[:1])])
        option = PlanOption(waiting.id, "rent", label=RENTING_FIRST)
        return PlanMenu((*self.options, option), costs, hurdle)

    def decided(self, money: Money) -> "PlanDecisions":
        """The pick of each plan, its rival and the gap between them. Of bases of one kind the cheapest competes."""
        preference, ids = preference_usd(self.usd, self.hurdle).T, [option.id for option in self.options]
        for one in {name for name in ids if ids.count(name) > 1}:
            same = np.flatnonzero([name == one for name in ids])
            least = preference[:, same].min(axis=1, keepdims=True)
            preference[:, same] = np.where(preference[:, same] == least, least, np.inf)
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


def menu_on_all_gpus(profile: Profile, case: Case, alter: Alteration, forecast: Forecast, verdict: Verdict) -> PlanMenu:
    """What every option costs in each of many plans around a profile's own, as `menu_of_plans` says, on its own GPU;
    and the cheapest way to rent, to reserve and to buy on each other GPU that competes in the verdict. verdict: of the
    profile's own plan.

    Source: docs/model.md#other-gpus
    """
    own = case.assumptions
    menus = [menu_of_plans(with_plans(profile, case, alter), forecast, verdict)]
    costs = {ranked.cost.case.assumptions.gpu.id: ranked.cost for ranked in verdict.ranked}
    for gpu_id, cost in costs.items():
        if gpu_id != own.gpu.id:
            there = with_plans(profile, cost.case, alter, own)
            barred = any_holds(constraints_of_another_gpu(profile, there))
            menus.append(_best_of_each_action(menu_of_plans(there, cost.forecast, verdict), there, barred))
    hurdles = (np.broadcast_to(menu.hurdle, menu.usd.shape) for menu in menus)
    options = tuple(chain.from_iterable(menu.options for menu in menus))
    return PlanMenu(options, np.vstack([menu.usd for menu in menus]), np.vstack(list(hurdles)))


def _best_of_each_action(menu: PlanMenu, case: Case, barred: Bools) -> PlanMenu:
    """A menu on another GPU, in which each plan has only the cheapest option of each action. barred: which plans cannot
    be on it."""
    gpu, usd = case.assumptions.gpu, np.full(menu.usd.shape, np.inf)
    for action in {option.action for option in menu.options} - {"api"}:  # which is the same on every GPU
        mine = np.flatnonzero([option.action == action for option in menu.options])
        best = mine[menu.usd[mine].argmin(axis=0)]
        plans = np.arange(best.size)
        usd[best, plans] = np.where(barred, np.inf, menu.usd[best, plans])
    options = (
        replace(option, id=f"{gpu.id}:{option.id}", label=f"{option.label} ({gpu.label})") for option in menu.options
    )
    return PlanMenu(tuple(options), usd, menu.hurdle)


def menu_of_plans(case: Case, forecast: Forecast, verdict: Verdict) -> PlanMenu:
    """What every option on one GPU costs in each of many plans around a profile's own.

    The base of a hybrid is sized for each plan. Renting first is evaluated where the own plan gains by it.

    Args:
        case: With the demand of many plans (plans, months), on the profile's GPU or on another one.
        forecast: For the case's GPU.
        verdict: Of the profile's own plan.
    """
    if len(case.by_start) == 1:
        return _menu_together(case, forecast, verdict)
    menus = [(plans, _menu_together(there, forecast.among(plans), verdict)) for plans, there in case.by_start]
    options = list(dict.fromkeys(option for _, menu in menus for option in menu.options))
    place = {option: at for at, option in enumerate(options)}
    usd, hurdle = np.full((2, len(options), *case.plans), [[[np.inf]], [[0.0]]])
    for plans, menu in menus:
        rows = np.array([place[option] for option in menu.options])[:, None]
        usd[rows, plans], hurdle[rows, plans] = menu.usd, menu.hurdle
    return PlanMenu(tuple(options), usd, hurdle)


def _menu_together(case: Case, forecast: Forecast, verdict: Verdict) -> PlanMenu:
    """The menu of plans whose demand starts in the same month."""
    options: list[PlanOption] = []
    usd, hurdle = [], []
    for option in plain_options(case):  # one at a time: their tables are large
        options.append(plan_option(option))
        usd.append(np.where(option.infeasible, np.inf, expected_usd(option, case, forecast)))
        hurdle.append(np.atleast_1d(option.hurdle_share))
    for base in () if case.rental_forbidden_because is not None else sized_bases(case, forecast, share=_SHARE):
        options.append(base.option)
        usd.append(np.where(base.infeasible, np.inf, base.usd))
        hurdle.append(np.zeros(1))
    needs = np.any(case.demand.alive.nodes, axis=-1) | np.any(case.demand.after.nodes, axis=-1)
    costs = np.where(needs | np.isinf(usd), usd, 0.0)  # without work no rounding makes one the cheapest
    menu = PlanMenu(tuple(options), costs, np.array(np.broadcast_arrays(*hurdle)))
    gpu = case.assumptions.gpu.id
    waits = any(is_waiting(one.cost) and one.cost.case.assumptions.gpu.id == gpu for one in verdict.ranked)
    waiting = waiting_plans(case, forecast) if waits else None
    return menu if waiting is None else menu.with_waiting(waiting, waiting.expected_usd(), case.assumptions.money)
