"""Costings of many profiles: the tables of their options are made for all plans at once, then taken apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Floats
from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.all_options import bare_options, options_to_wait
from advisor.costing.options.hybrid import Split, same_share
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cash.limit import cash_constraints
from advisor.decision.cost_options import Costing, cost_options, costing_of, forecast_for
from advisor.decision.plans.alike import AlikeProfiles, groups_of_alike
from advisor.decision.plans.priced import PricedPlans, priced_plans
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Made:
    """One option for some plans.

    usd: what it is expected to cost in each plan of the group (P,); rows: the row in its table of each plan in which it
    is feasible.
    """

    option: Option
    usd: Floats
    rows: Mapping[int, int]

    def of_plan(self, plan: int, case: Case) -> Option | None:
        """The option of one plan; None where it is infeasible."""
        row = self.rows.get(plan)
        if row is None:
            return None
        table, hurdle = self.option.table.of_plan(row, int(case.demand.lengths)), np.asarray(self.option.hurdle_share)
        share = float(hurdle[row] if hurdle.ndim else hurdle)
        return after_tax(replace(self.option, table=table, constraints=(), hurdle_share=share), case)


def costings(profiles: Sequence[Profile], book: PriceBook) -> list[Costing]:
    """What `cost_options` says of each profile: of those that are alike without the options that are infeasible.

    Args:
        profiles: Checked with this book.
        book: The price book.
    """
    found: dict[int, Costing] = {}
    for group in groups_of_alike(profiles, book):
        found.update(costings_of(group, priced_plans(group), range(len(group.places)), book))
    return [found[at] if at in found else cost_options(profile, book) for at, profile in enumerate(profiles)]


def costings_of(
    group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int], book: PriceBook
) -> Iterator[tuple[int, Costing]]:
    """The costings of some plans of a group, with their places; without the options that are infeasible.

    A plan in which nothing is feasible has none.

    Args:
        group: The plans.
        priced: What their options are expected to cost.
        wanted: Which plans, by number.
        book: The price book.
    """
    made = list(_made(group, priced, wanted)) if wanted else []
    for plan in wanted:
        profile = group.profiles[plan]
        own = own_book(profile, book)
        case = case_of(profile, own)
        forecast = forecast_for(case, profile)
        alone = [(one.of_plan(plan, case), float(one.usd[plan])) for one in made]
        costs = [OptionCost(option, usd, case, forecast) for option, usd in alone if option is not None]
        if costs and _may_wait(priced, plan, costs, profile):
            costs += [cost_of(option, case, forecast) for option in options_to_wait(case)]
        if costs:
            yield group.places[plan], costing_of(profile, own, case, {case.assumptions.gpu.id: forecast}, costs)


def _made(group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int]) -> Iterator[_Made]:
    """The options, with the states of their tables kept."""
    count = len(priced.menu.options) - len(priced.bases)
    for option, usd in zip(bare_options(_kept(group.case, wanted)), priced.menu.usd[:count], strict=True):
        rows = {plan: row for row, plan in enumerate(wanted) if np.isfinite(usd[plan])}
        if rows:
            yield _Made(option, usd, rows)
    for base in priced.bases:
        plans = [plan for plan in wanted if np.isfinite(base.usd[plan])]
        if plans:
            option = Split(_kept(group.case, plans), base.nodes[plans, None]).with_base(base.make)
            named = replace(option, id=base.option.id, rents_peaks=True)
            for row, plan in enumerate(plans):
                share = float(base.nodes[plan] / group.case.demand.whole_peak[plan])
                yield _Made(replace(named, remake=same_share(share, base.make)), base.usd, {plan: row})


def _kept(case: Case, plans: Sequence[int]) -> Case:
    """Some plans of a case, whose tables keep their states."""
    some = case.among(np.array(plans))
    return replace(some, demand=replace(some.demand, keeps_states=True))


def _may_wait(priced: PricedPlans, plan: int, costs: list[OptionCost], profile: Profile) -> bool:
    """Whether renting first may gain enough to be offered, beside what cash suffices for."""
    possible = (cost for cost in sorted(costs, key=lambda cost: cost.expected_usd))
    least = next((cost.expected_usd for cost in possible if not cash_constraints(cost, profile.company)), np.inf)
    return bool(priced.near(np.array([least]), plan))
