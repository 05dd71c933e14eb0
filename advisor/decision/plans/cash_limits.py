"""What cash rules out in many plans, as far as the verdict on each depends on it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Months
from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import cash_constraints
from advisor.decision.cost_options import forecast_for
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.built_options import BuiltOptions
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.ranking import preference_usd
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book

_CASH = ("cash_usd", "committed_funding_usd", "burn_usd_per_month")


def within_cash(group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook) -> PlanMenu:
    """The menu without what cash does not pay for, among options that are settled today.

    Only the options that decide are checked: the cheapest of each class, the pick and its rival, and those that take
    their place where cash does not suffice.

    Args:
        group: The plans.
        built: Their options.
        plans: Which plans have limited cash, by number.
        book: The price book.
    """
    menu = built.priced.menu
    checks = dict(_checks(group, built, plans, book))
    known: set[tuple[int, int]] = set()
    while True:
        deciding = _deciding(menu, group.case)
        asked = {(at, plan) for plan in plans for at in set(deciding[:, plan].tolist()) if at >= 0} - known
        if not asked:
            return menu
        known |= asked
        usd = menu.usd.copy()
        for at, plan in sorted(asked):
            if cash_constraints(checks[plan].cost(at), group.profiles[plan].company):
                usd[at, plan] = np.inf
        menu = replace(menu, usd=usd)


def _deciding(menu: PlanMenu, case: Case) -> Months:
    """The positions of the options on which the verdict on each plan depends (n, P); -1 for none."""
    decided, preference = menu.decided(case.assumptions.money), preference_usd(menu.usd, menu.hurdle)
    actions = [option.action for option in menu.options]
    of_class = [np.where([[one == action] for one in actions], menu.usd, np.inf) for action in sorted(set(actions))]
    least = [np.where(np.isfinite(usd.min(axis=0)), usd.argmin(axis=0), -1) for usd in (preference, *of_class)]
    return np.array([decided.pick, decided.rival, *least])


class _Checked:
    """The options of one plan, each costed when it is asked for."""

    def __init__(self, built: BuiltOptions, plan: int, profile: Profile, book: PriceBook) -> None:
        self._case = case_of(profile, own_book(profile, book))
        self._forecast, self._plan = forecast_for(self._case, profile), plan
        self._by_place = {one.place: one for one in built.options}
        self._costs: dict[int, OptionCost] = {}

    def cost(self, place: int) -> OptionCost:
        """The option at a place of the menu."""
        if place not in self._costs:
            one = self._by_place[place]
            option = one.of_plan(self._plan, self._case)
            assert option is not None  # it is feasible
            self._costs[place] = OptionCost(option, float(one.usd[self._plan]), self._case, self._forecast)
        return self._costs[place]


def _checks(
    group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook
) -> Iterator[tuple[int, _Checked]]:
    """The options of each plan; the same ones for neighbours that differ in cash only."""
    before, checked = None, None
    for plan in plans:
        profile = group.profiles[plan]
        if before is None or checked is None or not _like(before, profile):
            checked = _Checked(built, plan, profile, book)
        before = profile
        yield plan, checked


def _like(one: Profile, other: Profile) -> bool:
    """Whether two profiles differ in cash only."""
    cash = {name: getattr(other.company, name) for name in _CASH}
    return one.model_copy(update={"company": one.company.model_copy(update=cash)}) == other
