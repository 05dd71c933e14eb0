"""The break-even prices of many plans: each plan is searched as if alone, and what the searches ask for is priced
together (docs/model.md#break-evens)."""

from collections.abc import Mapping

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.options.combined.hybrid import best_bases
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import Costing
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.built_options import BuiltOptions
from advisor.decision.price_break_even import (
    LIKELY_RATES,
    AtRates,
    Costs,
    PricePoint,
    buys_used,
    cost_of_nodes,
    node_steps,
    offered_at,
    tipping_steps,
)
from advisor.decision.ranking import preference_usd, tied_up_to
from advisor.finance.solve import answered_together, in_a_row
from advisor.market.forecast.forecast import Forecast

_FEW = 4  # plans that are fewer than this part of all are priced alone


def break_even_prices(
    group: AlikeProfiles, built: BuiltOptions, costings: Mapping[int, Costing]
) -> dict[int, tuple[PricePoint, PricePoint]]:
    """The tipping price and the price of a node of some plans of a group. costings: of these plans, by number."""
    tipping = answered_together(
        {plan: tipping_steps(one.case, one.verdict, LIKELY_RATES) for plan, one in costings.items()},
        lambda asked: _costs_at(group, built, asked),
    )
    used = {plan: buys_used(one.verdict) for plan, one in costings.items()}
    node: dict[int, PricePoint] = {}
    for kind in set(used.values()):
        steps = {
            plan: node_steps(one.case, one.verdict, used=kind) for plan, one in costings.items() if used[plan] is kind
        }
        node |= answered_together(steps, lambda asked, kind=kind: _cost_of_nodes(group, kind, asked))  # type: ignore[misc]
    return {plan: (tipping[plan], node[plan]) for plan in costings}


def _costs_at(group: AlikeProfiles, built: BuiltOptions, asked: Mapping[int, AtRates]) -> dict[int, Costs]:
    """What the options of some plans are ranked by at the rates that are asked for."""
    plans, rates, places = in_a_row({plan: one.rates for plan, one in asked.items()})
    every, tie = np.arange(plans.size), group.case.assumptions.money.tie_share
    everywhere = _offered(group, plans, rates)
    found: dict[int, dict[str, Floats]] = {plan: {} for plan in asked}
    for one in built.options:
        on_demand = one.option.id == "on-demand"
        name, is_base = one.option.id, one.base is not None
        mine = {plan for plan in asked.keys() & one.rows.keys() if not (is_base and asked[plan].with_bases)}
        if not mine or (one.option.action == "rent" and not on_demand):
            continue  # it is what other ways than renting cost that counts
        few = one.base is not None or len(mine) * _FEW < len(asked)  # else it costs more to take them out
        inside = np.flatnonzero(np.isin(plans, list(mine))) if few else every
        case, prices = everywhere if inside.size == plans.size else _offered(group, plans[inside], rates[inside])
        made = one.remake(case, plans[inside])
        if made is not None:
            usd, ranked_by = expected_usd(after_tax(made, case), case, prices), np.full(plans.size, np.inf)
            preferred = preference_usd(usd, made.hurdle_share)
            ranked_by[inside] = preferred if on_demand else tied_up_to(preferred, tie)
            for plan in mine:
                found[plan][name] = ranked_by[places[plan]]
    with_bases = {plan: one.rates for plan, one in asked.items() if one.with_bases}
    if with_bases:
        for plan, usd_by_id in _bases_at(group, with_bases).items():
            found[plan] |= {name: tied_up_to(usd, tie) for name, usd in usd_by_id.items()}
    return dict(found)


def _bases_at(group: AlikeProfiles, asked: Mapping[int, Floats]) -> dict[int, dict[str, Floats]]:
    """What bases with their peaks rented cost that are sized anew for each rate, USD (rates) by plan and id."""
    plans, rates, places = in_a_row(asked)
    found: dict[int, dict[str, Floats]] = {plan: {} for plan in asked}
    for base in best_bases(*_offered(group, plans, rates)):
        for plan, place in places.items():
            here, known = base.usd[place], found[plan].get(base.option.id)
            if np.isfinite(here).any():
                found[plan][base.option.id] = here if known is None else np.minimum(known, here)
    return found


def _offered(group: AlikeProfiles, plans: Months, rates: Floats) -> tuple[Case, Forecast]:
    """Some plans, each with an on-demand offer at a rate (N,), and the forecast of each."""
    return offered_at(group.case.among(plans), rates[:, None]), group.forecast.among(plans)


def _cost_of_nodes(group: AlikeProfiles, used: bool, asked: Mapping[int, Floats]) -> dict[int, Floats]:
    """What buying costs some plans at the prices of a node that are asked for, USD (prices)."""
    plans, prices, places = in_a_row(asked)
    usd = cost_of_nodes(group.case.among(plans), group.forecast.among(plans), used, prices)
    return {plan: usd[place] for plan, place in places.items()}
