"""Spot replicas of a service: by hand, their spares, where they are offered, and many points at once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.spot_replicas import spot_replicas, spot_use
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.market.assumptions import Assumptions
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

LLAMA = {"model": "Llama-3-70B", "precision": "fp8", "tokens_in": 3000, "tokens_out": 1000, "peak_to_mean": 2.0}


def a_service(tokens_per_day: float = 1e10, own: dict[str, Any] | None = None, **workload: Any) -> Profile:
    serving = {**LLAMA, "tokens_per_day": tokens_per_day}
    work = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "plan_change_per_month": 0.0, "serving": serving}
    table = {"schema": 1, "name": "service", "workload": [{**work, **workload}], **(own or {})}
    return parse_profile(table, BOOK)


def a_case(profile: Profile) -> Case:
    return case_of(profile, own_book(profile, BOOK))


def test_time_on_demand_restarts_and_spares_by_hand() -> None:
    """One interruption in 100 hours and 6 hours away: 6 of 106 hours on demand and two half hours of loading, 0.5/106
    each. Of 35 replicas 0.165 load at any time: three standard deviations more are 1.42, so that two are spare."""
    case = a_case(a_service())
    use = spot_use(case, case.demand.alive)
    assert use.away[0] == pytest.approx(6 / 106)
    assert use.restarting[0] == pytest.approx(0.5 / 106)
    assert case.demand.alive.nodes[0] == 35 * 2 / 8
    assert use.spare_nodes[0] == 2 * 2 / 8


def test_it_costs_what_its_hours_cost() -> None:
    """With spot at the list price and no interruptions it is renting on demand; half the price halves the rent."""
    never = {"marketplace_interruptions_per_node_hour": 0.0}
    free = {"storage_egress_usd_per_node_month": 0.0}
    for price, share in ((3.89, 1.0), (3.89 / 2, 0.5)):
        own = {"gpu": {"marketplace_usd_per_gpu_hour": price, "neocloud_usd_per_gpu_hour": 3.89}}
        profile = a_service(own={**own, "rental": {**never, **free}})
        case, options = a_case(profile), (spot_replicas, on_demand)
        forecast = forecast_for(case, profile)
        spot, rented = (float(expected_usd(option, case, forecast)) for make in options if (option := make(case)))
        assert spot == pytest.approx(share * rented)


def test_more_interruptions_longer_outages_and_slower_starts_cost_more() -> None:
    case = a_case(a_service())
    usual, forecast = case.assumptions.rental, forecast_for(case, a_service())
    names = ("marketplace_interruptions_per_node_hour", "spot_outage_hours", "marketplace_restart_hours")
    usd = []
    for name in names:
        rental = replace(usual, **{name: 3 * getattr(usual, name)})
        worse = replace(case, assumptions=replace(case.assumptions, rental=rental))
        usd += [float(expected_usd(option, one, forecast)) for one in (case, worse) if (option := spot_replicas(one))]
    assert all(worse > before for before, worse in zip(usd[::2], usd[1::2], strict=True))


def test_a_spare_replica_weighs_on_a_small_service_and_not_on_a_large_one() -> None:
    for tokens, cheaper in ((1e9, "on-demand"), (1e11, "spot")):
        found = {cost.option.id: cost.expected_usd for cost in cost_options(a_service(tokens), BOOK).costs}
        assert min(("on-demand", "spot"), key=found.__getitem__) == cheaper


def test_it_is_for_services_that_must_always_run() -> None:
    for own in ({"mode": "scale-to-zero"}, {"mode": "batch"}, {"always_on": False}):
        assert spot_replicas(a_case(a_service(**own))) is None
    nodes = parse_profile(
        {"schema": 1, "name": "n", "workload": [{"kind": "inference", "nodes": 2, "months": 6}]}, BOOK
    )
    assert spot_replicas(a_case(nodes)) is None
    hyperscaler = present(spot_replicas(a_case(a_service(own={"market": {"tier": "hyperscaler"}}))))
    assert hyperscaler.infeasible_because == ("the profile asks for a hyperscaler",)


def test_an_offer_of_spot_hours_sets_its_price() -> None:
    quote = {"option": "spot", "usd_per_gpu_hour": 1.5, "from": "Acme"}
    found = {one.id: one for one in cost_options(a_service(own={"quote": [quote]}), BOOK).verdict.ranked}
    usual = {one.id: one for one in cost_options(a_service(), BOOK).verdict.ranked}
    assert found["spot"].cost.expected_usd < 0.7 * usual["spot"].cost.expected_usd


def test_many_points_are_costed_as_one_at_a_time() -> None:
    """Five points with four figures of their own."""
    points = 5
    case = a_case(a_service(plan_change_per_month=0.02, growth_per_month=0.05))
    forecast = forecast_for(case, a_service())
    own = {
        "spot_outage_hours": np.linspace(1, 48, points)[:, None],
        "spot_short_share": np.geomspace(1e-4, 1e-2, points)[:, None],
        "marketplace_interruptions_per_node_hour": np.linspace(0.001, 0.05, points)[:, None],
        "marketplace_restart_hours": np.linspace(0.1, 2, points)[::-1, None],
    }

    def with_rental(**figures: Any) -> Case:
        assumptions: Assumptions = replace(case.assumptions, rental=replace(case.assumptions.rental, **figures))
        return replace(case, assumptions=assumptions)

    whole = with_rental(**own).with_demand(case.demand.over(points))
    option = present(spot_replicas(whole))
    together = expected_usd(option, whole, forecast)
    for at in range(points):
        one = with_rental(**{name: float(values[at, 0]) for name, values in own.items()})
        alone = present(spot_replicas(one))
        assert float(together[at]) == pytest.approx(float(expected_usd(alone, one, forecast)), rel=1e-9)
