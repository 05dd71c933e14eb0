"""What the options of many profiles are expected to cost, all plans in one call for each option."""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Amount, Bools, Floats
from advisor.costing.option import Option, PlanOption, plan_option
from advisor.costing.options.all_options import bare_options, with_case_rules
from advisor.costing.options.combined.hybrid import Base, best_bases
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.plans.waiting_plans import WaitingPlans, waiting_plans
from advisor.decision.ranking import worth_waiting
from advisor.market.assumptions import Money
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class PricedPlans:
    """What the options of P plans are expected to cost.

    Attributes:
        menu: The options that are settled today, the bases with their peaks rented last.
        plain: The other options, before taxes.
        bases: Those bases.
        waiting: Renting first; None where no plan can wait.
        waiting_usd: What that costs, USD (P).
        money: Of the plans.
    """

    menu: PlanMenu
    plain: tuple[Option, ...]
    bases: tuple[Base, ...]
    waiting: WaitingPlans | None
    waiting_usd: Floats
    money: Money

    def may_wait(self, least_usd: Floats, plans: int | slice = slice(None)) -> Bools:
        """Which plans gain enough by renting first to be offered it. least_usd: the cost of the cheapest option that is
        settled today, USD (P)."""
        return worth_waiting(self.waiting_usd[plans], least_usd[None], self.money)

    def going_on_together(self, plans: Sequence[int]) -> list[list[int]]:
        """Some plans that can wait, in groups that go on in the same month after the decision."""
        parts = () if self.waiting is None else self.waiting.parts
        groups = (sorted({*plans} & {*part.plans.tolist()}) for part in parts)
        return [group for group in groups if group]

    def with_waiting(self) -> PlanMenu:
        """The menu with renting first, in those plans that gain enough by it to be offered it."""
        return self.menu if self.waiting is None else self.menu.with_waiting(self.waiting, self.waiting_usd, self.money)


def priced_plans(group: AlikeProfiles) -> PricedPlans:
    """What every option costs in each plan of a group."""
    case, forecast, count = group.case, group.forecast, len(group.places)
    found: list[tuple[PlanOption, Floats, Floats]] = []
    plain: list[Option] = []
    for bare in bare_options(case):
        (option,) = with_case_rules(case, (bare,))
        usd = np.where(option.infeasible, np.inf, expected_usd(option, case, forecast))
        found.append((plan_option(option), _of_each(option.hurdle_share, count), _of_each(usd, count)))
        plain.append(bare)
    bases = () if case.rental_forbidden_because is not None else tuple(best_bases(case, forecast))
    found += [(one.option, np.zeros(count), one.usd) for one in bases]
    options, hurdles, costs = zip(*found, strict=True)
    waiting = waiting_plans(case, forecast)
    waiting_usd = np.full(count, np.inf) if waiting is None else waiting.expected_usd()
    menu = PlanMenu(options, np.array(costs), np.array(hurdles))
    return PricedPlans(menu, tuple(plain), bases, waiting, waiting_usd, case.assumptions.money)


def _of_each(amount: Amount, count: int) -> Floats:
    """An amount of one point or of all, for each (P)."""
    return np.broadcast_to(amount, (count,))
