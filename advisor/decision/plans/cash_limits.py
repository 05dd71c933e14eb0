"""What cash rules out in many plans, as far as the verdict on each depends on it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from advisor.array_types import Months
from advisor.costing.case import Case
from advisor.costing.options.all_options import options_to_wait
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cash.limit import available_usd, cash_needed_usd, cash_suffices
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.built_options import BuiltOptions
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.plans.priced import PricedPlans
from advisor.decision.ranking import preference_usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Company, Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import replace

_CASH = ("cash_usd", "committed_funding_usd", "burn_usd_per_month")


def within_cash(group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook) -> PlanMenu:
    """The menu with renting first and without what cash does not pay for.

    Only the options that decide are checked: the cheapest of each class, the pick and its rival, and those that take
    their place where cash does not suffice. Of other plans the menu says nothing of renting first.

    Args:
        group: The plans.
        built: Their options.
        plans: Which plans have limited cash, by number.
        book: The price book.
    """
    settled = built.priced.menu
    checks, options = dict(_checks(group, built, plans, book)), {one.place: one for one in built.options}
    known: set[tuple[int, int]] = set()
    while True:
        menu = _with_waiting(settled, group, built.priced, checks)
        deciding = _deciding(menu, group.case)
        places = {(at, plan) for plan in plans for at in set(deciding[:, plan].tolist())}
        asked = {(at, plan) for at, plan in places if 0 <= at < len(settled.options)} - known
        if not asked:
            return menu
        known |= asked
        usd = settled.usd.copy()
        for at, plan in sorted(asked):
            if not options[at].surely_paid[plan] and not checks[plan].suffices(at, group.profiles[plan].company):
                usd[at, plan] = np.inf
        settled = replace(settled, usd=usd)


def _with_waiting(
    settled: PlanMenu, group: AlikeProfiles, priced: PricedPlans, checks: "Mapping[int, _Checked]"
) -> PlanMenu:
    """The menu with renting first, where cash suffices for it and the plan gains enough by it to be offered it."""
    if priced.waiting is None:
        return settled
    usd, gain = np.full(len(group.places), np.inf), priced.may_wait(settled.usd.min(axis=0))
    for plan, checked in checks.items():
        if gain[plan]:
            usd[plan] = checked.waiting_usd(group.profiles[plan].company)
    return settled.with_waiting(priced.waiting, usd, priced.money)


def _deciding(menu: PlanMenu, case: Case) -> Months:
    """The positions of the options on which the verdict on each plan depends (n, P); -1 for none."""
    decided, preference = menu.decided(case.assumptions.money), preference_usd(menu.usd, menu.hurdle)
    actions = [option.action for option in menu.options]
    of_class = [np.where([[one == action] for one in actions], menu.usd, np.inf) for action in sorted(set(actions))]
    least = [np.where(np.isfinite(usd.min(axis=0)), usd.argmin(axis=0), -1) for usd in (preference, *of_class)]
    return np.array([decided.pick, decided.rival, *least])


class _Checked:
    """The options of one plan, each costed when it is asked for.

    of_several: whether other plans that differ in cash only ask as well.
    """

    def __init__(self, group: AlikeProfiles, built: BuiltOptions, plan: int, book: PriceBook) -> None:
        self._group, self._plan, self._profile, self._book = group, plan, group.profiles[plan], book
        self._by_place = {one.place: one for one in built.options}
        self._costs: dict[int, OptionCost] = {}
        self._needed: dict[tuple[str, float], float] = {}
        self.of_several = False

    @cached_property
    def _alone(self) -> tuple[Case, Forecast]:
        """The case of the plan, and its forecast."""
        return self._group.alone(self._plan, own_book(self._profile, self._book))

    def suffices(self, place: int, company: Company) -> bool:
        """Whether the company's cash suffices for the option at a place of the menu."""
        if place not in self._costs:
            one = self._by_place[place]
            option = one.of_plan(self._plan, self._alone[0])
            assert option is not None  # it is feasible
            self._costs[place] = OptionCost(option, float(one.usd[self._plan]), *self._alone)
        return self._pays_for(self._costs[place], company)

    def waiting_usd(self, company: Company) -> float:
        """What renting first costs, USD; infinite where it cannot be had or the company's cash does not suffice."""
        cost = self._waiting
        return cost.expected_usd if cost is not None and self._pays_for(cost, company) else np.inf

    @cached_property
    def _waiting(self) -> OptionCost | None:
        return next((cost_of(option, *self._alone) for option in options_to_wait(self._alone[0])), None)

    def _pays_for(self, cost: OptionCost, company: Company) -> bool:
        if not self.of_several:
            return cash_suffices(cost, company)
        key = cost.option.id, company.burn_usd_per_month
        if key not in self._needed:  # bounds are quicker only once
            self._needed[key] = cash_needed_usd(cost, company)
        return self._needed[key] <= available_usd(company)


def _checks(
    group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook
) -> Iterator[tuple[int, _Checked]]:
    """The options of each plan; the same ones for neighbours that differ in cash only."""
    before, checked = None, None
    for plan in plans:
        profile = group.profiles[plan]
        if before is None or checked is None or not _like(before, profile):
            checked = _Checked(group, built, plan, book)
        else:
            checked.of_several = True
        before = profile
        yield plan, checked


def _like(one: Profile, other: Profile) -> bool:
    """Whether two profiles differ in cash only."""
    cash = {name: getattr(other.company, name) for name in _CASH}
    return one.model_copy(update={"company": one.company.model_copy(update=cash)}) == other
