"""Costings of many profiles: the tables of their options are made for all plans at once, then taken apart."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from advisor.costing.options.all_options import options_to_wait
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cash.limit import cash_suffices
from advisor.decision.cost_options import Costing, cost_options, costing_of
from advisor.decision.plans.alike import AlikeProfiles, groups_of_alike
from advisor.decision.plans.break_even_prices import break_even_prices
from advisor.decision.plans.built_options import BuiltOptions, built_options
from advisor.decision.plans.priced import priced_plans
from advisor.decision.price_break_even import PricePoint, buys_used, node_price, tipping_price
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Company, Profile
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
    """What is known of each profile without sampled futures: of those that are alike together.

    Args:
        profiles: Checked with this book.
        book: The price book.
    """
    found: dict[int, PlanCosting] = {}
    for group in groups_of_alike(profiles, book):
        built = built_options(group, priced_plans(group, keeps_states=True), range(len(group.places)))
        each = dict(costings_of(group, built, range(len(group.places)), book))
        for plan, (tipping, node) in break_even_prices(group, built, each).items():
            found[group.places[plan]] = PlanCosting(each[plan], tipping, node)
    return [found[at] if at in found else _alone(cost_options(one, book)) for at, one in enumerate(profiles)]


def _alone(costing: Costing) -> PlanCosting:
    verdict = costing.verdict
    return PlanCosting(
        costing,
        tipping_price(costing.case, costing.forecast, verdict),
        node_price(costing.case, costing.forecast, verdict, used=buys_used(verdict)),
    )


def costings_of(
    group: AlikeProfiles, built: BuiltOptions, wanted: Sequence[int], book: PriceBook
) -> Iterator[tuple[int, Costing]]:
    """The costings of some plans of a group, by number; without the options that are infeasible.

    A plan in which nothing is feasible has none.

    Args:
        group: The plans.
        built: Their options.
        wanted: Which plans, by number.
        book: The price book.
    """
    for plan in wanted:
        profile = group.profiles[plan]
        own = own_book(profile, book)
        case, forecast = group.alone(plan, own)
        alone = [(one.of_plan(plan, case), float(one.usd[plan])) for one in built.options]
        costs = [OptionCost(option, usd, case, forecast) for option, usd in alone if option is not None]
        told = {one.option.id: one.cash_suffices.get(plan) for one in built.options}
        suffices = partial(_suffices, told)
        possible = sorted(costs, key=lambda cost: cost.expected_usd)
        least = next((cost.expected_usd for cost in possible if suffices(cost, profile.company)), np.inf)
        if costs and built.priced.may_wait(np.array([least]), plan):
            costs += [cost_of(option, case, forecast) for option in options_to_wait(case)]
        if costs:
            forecasts = {case.assumptions.gpu.id: forecast}
            yield plan, costing_of(profile, own, case, forecasts, costs, suffices=suffices)


def _suffices(known: dict[str, bool | None], cost: OptionCost, company: Company) -> bool:
    """Whether cash suffices for an option. known: for which options that is known, by id; it is kept there."""
    found = known.get(cost.option.id)
    if found is None:
        found = known[cost.option.id] = cash_suffices(cost, company)
    return found
