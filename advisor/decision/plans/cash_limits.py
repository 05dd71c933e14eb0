"""What cash rules out in many plans, as far as it affects their verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from advisor.array_types import Months
from advisor.costing.case import Case
from advisor.costing.decided_later.deferred_choice import Policy
from advisor.costing.option import Option
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import cash_needed_usd
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.built_options import BuiltOptions, BuiltWaiting, built_waiting
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.plans.priced import PricedPlans
from advisor.decision.ranking import preference_usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import CASH_FIELDS, Company, Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import replace


def within_cash(group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook) -> PlanMenu:
    """The menu with renting first and without what cash does not pay for.

    Only the options that decide are checked: the cheapest of each class, the pick and its rival, and those that take
    their place where cash does not suffice. Of other plans the menu says nothing of renting first.

    plans: those with limited cash, by number.
    """
    settled, waiting = built.priced.menu, _Waiting(group, built.priced)
    checks, options = dict(_checks(group, built, plans, book)), {one.place: one for one in built.options}
    known: set[tuple[int, int]] = set()
    while True:
        menu = waiting.with_waiting(settled, checks)
        deciding = _deciding(menu, group.case)
        places = {(at, plan) for plan in plans for at in set(deciding[:, plan].tolist())}
        asked = {(at, plan) for at, plan in places if 0 <= at < len(settled.options)} - known
        if not asked:
            return menu
        known |= asked
        usd = settled.usd.copy()
        for at, plan in sorted(asked):
            by_bounds = options[at].cash_suffices[plan]
            if not (checks[plan].suffices(at, group.profiles[plan].company) if by_bounds is None else by_bounds):
                usd[at, plan] = np.inf
        settled = replace(settled, usd=usd)


class _Waiting:
    """Renting first, priced for the plans that ask for it."""

    def __init__(self, group: AlikeProfiles, priced: PricedPlans) -> None:
        self._group, self._priced = group, priced
        self._usd: dict[int, float] = {}

    def with_waiting(self, settled: PlanMenu, checks: "Mapping[int, _Checked]") -> PlanMenu:
        """The menu with renting first, where cash suffices for it and the plan gains enough by it to be offered it."""
        priced = self._priced
        if priced.waiting is None:
            return settled
        gain = priced.may_wait(settled.usd.min(axis=0))
        asked = [plan for plan in checks if gain[plan]]
        for plan, suffices in self._suffices([plan for plan in asked if plan not in self._usd], checks):
            self._usd[plan] = float(priced.waiting_usd[plan]) if suffices else np.inf
        usd = np.full(len(self._group.places), np.inf)
        usd[asked] = [self._usd[plan] for plan in asked]
        return settled.with_waiting(priced.waiting, usd, priced.money)

    def _suffices(self, plans: list[int], checks: "Mapping[int, _Checked]") -> Iterator[tuple[int, bool]]:
        """Whether cash suffices for it in some plans."""
        if plans:
            built = built_waiting(self._group, plans)
            for plan, known in built.cash_suffices.items():
                yield plan, self._pays_for(built, plan, checks[plan]) if known is None else known

    def _pays_for(self, built: BuiltWaiting, plan: int, checked: "_Checked") -> bool:
        option, policy = built.of_plan(plan, checked.alone[0])
        return checked.pays_for(option, self._group.profiles[plan].company, policy)


def _deciding(menu: PlanMenu, case: Case) -> Months:
    """The positions of the options on which the verdict on each plan depends (n, P); -1 for none."""
    decided, preference = menu.decided(case.assumptions.money), preference_usd(menu.usd, menu.hurdle)
    actions = [option.action for option in menu.options]
    of_class = [np.where([[one == action] for one in actions], menu.usd, np.inf) for action in sorted(set(actions))]
    least = [np.where(np.isfinite(usd.min(axis=0)), usd.argmin(axis=0), -1) for usd in (preference, *of_class)]
    return np.array([decided.pick, decided.rival, *least])


class _Checked:
    """The options of one plan, each costed when it is asked for."""

    def __init__(self, group: AlikeProfiles, built: BuiltOptions, plan: int, book: PriceBook) -> None:
        self._group, self._plan, self._profile, self._book = group, plan, group.profiles[plan], book
        self._by_place = {one.place: one for one in built.options}
        self._options: dict[int, Option | None] = {}
        self._needed: dict[tuple[str, float], float] = {}

    @cached_property
    def alone(self) -> tuple[Case, Forecast]:
        """The case of the plan, and its forecast."""
        return self._group.alone(self._plan, own_book(self._profile, self._book))

    def suffices(self, place: int, company: Company) -> bool:
        """Whether the company's cash suffices for the option at a place of the menu."""
        if place not in self._options:
            self._options[place] = self._by_place[place].of_plan(self._plan, self.alone[0])
        option = self._options[place]
        return option is not None and self.pays_for(option, company)

    def pays_for(self, option: Option, company: Company, policy: Policy | None = None) -> bool:
        """Whether the company's cash suffices for an option of this plan, after taxes. policy: of its choice."""
        key = option.id, company.burn_usd_per_month
        if key not in self._needed:
            cost = OptionCost(option, np.nan, *self.alone, policy)  # what it is expected to cost is known
            self._needed[key] = cash_needed_usd(cost, company)
        return self._needed[key] <= company.available_usd


def _checks(
    group: AlikeProfiles, built: BuiltOptions, plans: Sequence[int], book: PriceBook
) -> Iterator[tuple[int, _Checked]]:
    """The options of each plan; shared by consecutive plans that differ only in cash."""
    before, checked = None, None
    for plan in plans:
        profile = group.profiles[plan]
        if before is None or checked is None or not _like(before, profile):
            checked = _Checked(group, built, plan, book)
        before = profile
        yield plan, checked


def _like(one: Profile, other: Profile) -> bool:
    """Whether two profiles differ in cash only."""
    cash = {name: getattr(other.company, name) for name in CASH_FIELDS}
    return one.model_copy(update={"company": one.company.model_copy(update=cash)}) == other
