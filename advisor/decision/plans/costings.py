"""Costings of many profiles: the tables of their options are made for all plans at once, then taken apart."""

from collections.abc import Sequence

import numpy as np

from advisor.costing.case import Case
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import each_suffices
from advisor.decision.cost_options import Costing, cost_options, costing_of
from advisor.decision.plans.alike import AlikeProfiles, groups_of_alike
from advisor.decision.plans.break_even_prices import break_even_prices
from advisor.decision.plans.built_options import BuiltOptions, BuiltWaiting, built_options, built_waiting
from advisor.decision.plans.priced import priced_plans
from advisor.decision.price_break_even import PricePoint, node_price, tipping_price
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class PlanCosting:
    """One profile: what its options cost, and the prices at which renting and buying would be the best.

    Attributes:
        costing: As `cost_options` says, of profiles that are alike without the options that are infeasible.
        tipping: See `tipping_price`.
        node: See `node_price`.
    """

    costing: Costing
    tipping: PricePoint
    node: PricePoint


def plan_costings(profiles: Sequence[Profile], book: PriceBook) -> list[PlanCosting]:
    """What is known of each profile without sampled futures, found together for those that are alike. profiles: checked
    with this book."""
    found: dict[int, PlanCosting] = {}
    for group in groups_of_alike(profiles, book):
        built = built_options(group, priced_plans(group), range(len(group.places)))
        each = _costings_of(group, built, book)
        for plan, (tipping, node) in break_even_prices(group, built, each).items():
            found[group.places[plan]] = PlanCosting(each[plan], tipping, node)
    return [found[at] if at in found else _alone(cost_options(one, book)) for at, one in enumerate(profiles)]


def _alone(costing: Costing) -> PlanCosting:
    return PlanCosting(costing, tipping_price(costing), node_price(costing))


def _costings_of(group: AlikeProfiles, built: BuiltOptions, book: PriceBook) -> dict[int, Costing]:
    """The costings of a group, by plan, without the options that are infeasible; of a plan with a feasible one."""
    every = (_menu_of(group, built, plan, book) for plan in range(len(group.places)))
    menus = {plan: menu for plan, menu in enumerate(every) if menu.costs}
    waits = [plan for plan, menu in menus.items() if built.priced.may_wait(np.array([menu.least_usd()]), plan)]
    for together in built.priced.going_on_together(waits):
        waiting = built_waiting(group, together)
        for plan in together:
            menus[plan].add(waiting, plan, float(built.priced.waiting_usd[plan]))
    return {plan: menu.costing() for plan, menu in menus.items()}


@dataclass(frozen=True)
class _Menu:
    """The options of one plan.

    Attributes:
        book: With the profile's own figures laid over it.
        costs: Of each.
        settled: For which options it is known whether cash suffices, by id.
    """

    profile: Profile
    book: PriceBook
    case: Case
    forecast: Forecast
    costs: list[OptionCost]
    settled: dict[str, bool | None]

    def _suffices(self, cost: OptionCost) -> bool:
        """Whether cash suffices for an option; it is then known."""
        found = self.settled[cost.option.id] = each_suffices([cost], self.profile.company, self.settled)[0]
        return found

    def least_usd(self) -> float:
        """What the cheapest option costs for which cash suffices, USD."""
        possible = sorted(self.costs, key=lambda cost: cost.expected_usd)
        paid_for = (cost.expected_usd for cost in possible if self._suffices(cost))
        return next(paid_for, np.inf)

    def add(self, waiting: BuiltWaiting, plan: int, usd: float) -> None:
        """Add renting first. usd: what it is expected to cost."""
        option, policy = waiting.of_plan(plan, self.case)
        self.costs.append(OptionCost(option, usd, self.case, self.forecast, policy))
        self.settled[option.id] = waiting.cash_suffices[plan]

    def costing(self) -> Costing:
        """The verdict on them."""
        forecasts = {self.case.assumptions.gpu.id: self.forecast}
        return costing_of(self.profile, self.book, self.case, forecasts, self.costs, settled=self.settled)


def _menu_of(group: AlikeProfiles, built: BuiltOptions, plan: int, book: PriceBook) -> _Menu:
    """The options that are settled today, of one plan."""
    profile = group.profiles[plan]
    own = own_book(profile, book)
    case, forecast = group.alone(plan, own)
    alone = [(one.of_plan(plan, case), float(one.usd[plan])) for one in built.options]
    costs = [OptionCost(option, usd, case, forecast) for option, usd in alone if option is not None]
    settled = {one.option.id: one.cash_suffices.get(plan) for one in built.options}
    return _Menu(profile, own, case, forecast, costs, settled)
