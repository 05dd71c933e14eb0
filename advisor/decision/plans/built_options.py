"""The options of many plans, which are made for all plans at once and taken apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from advisor.array_types import Bools, Floats, Months, of_plan
from advisor.costing.case import Case
from advisor.costing.cash_paths import day_one_usd
from advisor.costing.cost_table import CostTable
from advisor.costing.credits_on_paths import pay_in
from advisor.costing.decided_later.deferred_choice import Policy, policies_of
from advisor.costing.option import Option
from advisor.costing.options.all_options import with_case_rules
from advisor.costing.options.combined.hybrid import Base, Split, same_share
from advisor.costing.options.combined.rent_then_decide import renting_first
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import after_tax
from advisor.decision.cash.limit import ALWAYS, Cash, settled_by_bounds
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.priced import PricedPlans
from advisor.market.forecast.simulation import quantile_paths
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class BuiltOption:
    """One option of several plans, before taxes.

    Attributes:
        place: Where it stands in the menu.
        option: With a table of these plans.
        usd: What it is expected to cost in each plan of the group, USD (P).
        rows: The row in its table of each plan in which it is feasible.
        remake: The option in another case of Q points, given which plan each point is of (Q).
        group: The plans, and what else there is to know of them.
        base: For a base with its peaks rented, which one.
    """

    place: int
    option: Option
    usd: Floats
    rows: Mapping[int, int]
    remake: Callable[[Case, Months], Option | None]
    group: AlikeProfiles
    base: Base | None = None

    @cached_property
    def cash_suffices(self) -> dict[int, bool | None]:
        """Whether cash suffices, by plan; None where bounds cannot tell: see `settled_by_bounds`."""
        if self.option.rights:
            return dict.fromkeys(self.rows)
        # the plans in its table
        plans = range(len(self.group.places)) if self.base is None else list(self.rows)
        table = after_tax(self.option, self.group.case).table
        return settled_by_cash_bounds(self.group, plans, [table], ALWAYS[..., None])

    def of_plan(self, plan: int, case: Case) -> Option | None:
        """The option of one plan, after taxes, as it would be made for it alone; None where it is infeasible."""
        row = self.rows.get(plan)
        if row is None:
            return None
        alone = self.option.of_plan(row, int(case.demand.lengths))
        if self.base is not None:
            of_nodes = float(self.base.nodes[plan]) / case.demand.peak_nodes
            alone = replace(alone, remake=same_share(of_nodes, self.base.make, self.base.peaks))
        return after_tax(alone, case)


def settled_by_cash_bounds(
    group: AlikeProfiles, plans: Sequence[int], tables: Sequence[CostTable], applying: Bools
) -> dict[int, bool | None]:
    """Whether cash suffices in some plans of a group, by number; None where bounds cannot tell.

    Args:
        group: The plans.
        plans: Which plans.
        tables: After taxes, of those: see `settled_by_bounds`.
        applying: Which of them applies on each path in each plan (tables, K, plans).
    """
    case = group.case if len(plans) == len(group.places) else group.case.among(np.array(plans))
    companies = [group.profiles[plan].company for plan in plans]
    have, burn = np.array([(one.available_usd, one.burn_usd_per_month) for one in companies]).T
    if np.isinf(have).all():
        return dict.fromkeys(plans, True)
    if group.forecast.usd_per_gpu_hour.ndim > 1 or pay_in(tables):
        return dict.fromkeys(plans)
    cash = Cash(have, burn, case.demand.lengths, day_one_usd(tables[0], float(group.forecast.usd_per_gpu_hour[0])))
    safe_share = of_plan(case.assumptions.money.cash_safety_share)
    settled = settled_by_bounds(tables, applying, case.demand, group.forecast, cash, safe_share)
    return dict(zip(plans, settled.answers, strict=True))


@dataclass(frozen=True)
class BuiltWaiting:
    """Renting first in some plans that can wait, before taxes.

    Attributes:
        option: With a table of these plans.
        rows: The row in its table of each plan.
        policies: What will be chosen, by row.
        cash_suffices: Whether cash suffices, by plan; None where bounds cannot tell: see `settled_by_bounds`.
    """

    option: Option
    rows: Mapping[int, int]
    policies: Sequence[Policy]
    cash_suffices: Mapping[int, bool | None]

    def of_plan(self, plan: int, case: Case) -> tuple[Option, Policy]:
        """The option of one plan, after taxes, as it would be made for it alone, and what will be chosen."""
        row = self.rows[plan]
        (alone,) = with_case_rules(case, (self.option.of_plan(row, int(case.demand.lengths)),))
        return alone, self.policies[row]


def built_waiting(group: AlikeProfiles, plans: Sequence[int]) -> BuiltWaiting:
    """Renting first in some plans of a group, built for all of them at once. plans: by number; at least one, each of
    which can wait."""
    case, forecast = group.case.among(np.array(plans)), group.forecast.among(np.array(plans))
    option, barred = renting_first(case, on_demand(case))
    choice = after_tax(option, case).choice
    assert choice is not None
    policies = policies_of(choice.tables, barred, choice.month, case, forecast)
    settled: dict[int, bool | None] = dict.fromkeys(plans)
    if forecast.usd_per_gpu_hour.ndim == 1:
        rents = quantile_paths(forecast).usd_per_gpu_hour
        picked = np.array([policy.picked_on(rents, choice.month) for policy in policies]).T
        applying = np.arange(len(choice.tables))[:, None, None] == picked
        settled = settled_by_cash_bounds(group, plans, choice.tables, applying)
    return BuiltWaiting(option, {plan: row for row, plan in enumerate(plans)}, policies, settled)


@dataclass(frozen=True)
class BuiltOptions:
    """The options of a group of plans.

    Attributes:
        priced: What they are expected to cost.
        options: The options.
    """

    priced: PricedPlans
    options: tuple[BuiltOption, ...]


def built_options(group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int]) -> BuiltOptions:
    """The options of some plans of a group.

    Args:
        group: The plans.
        priced: What their options are expected to cost.
        wanted: Which plans, by number; at least one.
    """
    plain = len(priced.plain)
    bases = (_of_base(group, base, plain + at, wanted) for at, base in enumerate(priced.bases))
    return BuiltOptions(priced, (*_plain(group, priced, wanted), *(base for base in bases if base is not None)))


def _plain(group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int]) -> Iterator[BuiltOption]:
    """The options that need no search and are feasible in some plan."""
    for place, option in enumerate(priced.plain):
        usd = priced.menu.usd[place]
        rows = {plan: plan for plan in wanted if np.isfinite(usd[plan])}
        make = option.remake
        if rows and make is not None:
            yield BuiltOption(place, option, usd, rows, lambda case, _, make=make: make(case), group)  # type: ignore[misc]


def _of_base(group: AlikeProfiles, base: Base, place: int, wanted: Sequence[int]) -> BuiltOption | None:
    plans = [plan for plan in wanted if np.isfinite(base.usd[plan])]
    if not plans:
        return None

    def remake(case: Case, points: Months) -> Option:
        return Split(case, base.nodes[points, None], base.peaks).with_base(base.make)

    option = replace(remake(group.case.among(np.array(plans)), np.array(plans)), id=base.option.id, rents_peaks=True)
    return BuiltOption(place, option, base.usd, {plan: row for row, plan in enumerate(plans)}, remake, group, base)
