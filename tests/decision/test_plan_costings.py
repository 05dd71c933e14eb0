"""Costings of many profiles at once: tables, break-even prices and the spread of the pick are those of each alone."""

from typing import Any

import pytest

from advisor.decision.cost_options import Costing
from advisor.decision.plans.costings import plan_costings
from advisor.decision.price_break_even import PricePoint, node_price, tipping_price
from advisor.decision.risk import risk_of, spreads_of_picks
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import long_unless
from tests.support.present import present
from tests.support.profile_builder import BOOK, CLUSTER, costed

PATHS, SEED = 200, 1
SERVICE = {"kind": "inference", "nodes": 8, "months": 18, "busy": 0.4}
SERVED = {"model": "Llama-3-70B", "precision": "fp8", "peak_to_mean": 2.5}
CASES: dict[str, list[dict[str, Any]]] = {
    "jobs of other sizes": [{"workload": {"nodes": nodes, "months": months}} for nodes, months in ((1, 3), (40, 25))],
    "services that grow": [{"workload": {**SERVICE, "growth_per_month": share}} for share in (0.0, 0.05)],
    "other costs and taxes": [
        {"workload": {"nodes": 12, "months": 20}, "company": {"tax_rate": 0.25}, "facility": {"pue": pue}}
        for pue in (1.1, 1.9)
    ],
    "other rents and cash": [
        {
            "workload": {"nodes": 12, "months": 20, "job_nodes": 1},
            "company": {"cash_usd": cash, "burn_usd_per_month": 1e4},
            "gpu": {"neocloud_usd_per_gpu_hour": rate},
        }
        for cash, rate in ((4e6, 2.0), (2e7, 4.0))
    ],
    "offers and credits": [
        {
            "workload": {**SERVICE, "nodes": nodes},
            "quote": [
                {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.6, "nodes": 5, "from": "Acme"},
                {"option": "on-demand", "usd_per_gpu_hour": 2.4},
                {"option": "on-demand", "usd_per_gpu_hour": 2.6, "from": "Other"},
            ],
            "credit": [{"usd": 2e5, "expires_month": 9}],
        }
        for nodes in (6, 20)
    ],
    "a service with an API": [
        {"workload": {"kind": "inference", "months": 24, "serving": SERVED | {"tokens_per_day": tokens}}}
        for tokens in (2e9, 9e10)
    ],
    "services with more replicas at the least, and in fewer hours": [
        {
            "workload": {
                "kind": "inference",
                "months": 24,
                "serving": SERVED | {"tokens_per_day": 1e10, "replicas": replicas, "hours_per_day": hours},
            }
        }
        for replicas, hours in ((2, 24), (2, 12), (20, 24))
    ],
    "requests of other GPU time": [
        {
            "workload": {
                "kind": "inference",
                "months": 12,
                "serving": {"requests_per_day": 2e5, "gpu_seconds_per_request": seconds, "peak_to_mean": 2.0},
            }
        }
        for seconds in (1.0, 6.0, 20.0)
    ],
    "load curves": [
        {
            "workload": {
                "kind": "inference",
                "months": months,
                "load": [[8, 0.9], [24, 0.5], [40, 0.1]],
                "plan_change_per_month": chance,
            }
        }
        for months, chance in ((9, 0.01), (26, 0.04))
    ],
    "hardware in hand": [
        {"workload": {**SERVICE, "nodes": nodes}, "owned": [{"nodes": 2, "age_months": 12}]} for nodes in (4, 9)
    ],
}


def made(tables: dict[str, Any]) -> Profile:
    """A profile; a service and a load curve say for themselves how many nodes they need."""
    work = {"gpu": "H100-SXM", "plan_change_per_month": 0.02} | tables["workload"]
    own = {"workload": [work]} if work.keys() & {"serving", "load"} else {"workload": [CLUSTER | work]}
    return parse_profile({"name": "a test"} | tables | own, BOOK)


def same_price(found: PricePoint, alone: PricePoint) -> None:
    assert (found.against, found.reason) == (alone.against, alone.reason)
    assert found.usd == (None if alone.usd is None else pytest.approx(alone.usd, rel=1e-9))


def same_costs(found: Costing, alone: Costing) -> None:
    """Every feasible option on offer: its cost, the income that it counts on, and its payments."""
    options = {cost.option.id: cost for cost in found.costs}
    for cost in (ranked.cost for ranked in alone.verdict.ranked):
        if not cost.option.infeasible:
            other = options[cost.option.id]
            assert other.expected_usd == pytest.approx(cost.expected_usd, rel=1e-9)
            assert sum(other.components.values()) == pytest.approx(cost.expected_usd, rel=1e-9)
            for income in ("idle_resale", "hardware_resale"):
                usd = other.components.get(income, 0.0)
                assert usd == pytest.approx(cost.components.get(income, 0.0), rel=1e-9, abs=1e-6)
            assert other.upfront_usd == pytest.approx(cost.upfront_usd, rel=1e-9)
            assert other.peak_outlay_usd == pytest.approx(cost.peak_outlay_usd, rel=1e-9)


# What the others are made of is in these.
QUICK = {"offers and credits", "services that grow", "other rents and cash", "hardware in hand", "load curves"}


@pytest.mark.parametrize("case", long_unless(QUICK, CASES))
def test_each_of_many_is_costed_as_alone(case: str) -> None:
    profiles = [made(tables) for tables in CASES[case]]
    each = plan_costings(profiles, BOOK)
    spreads = spreads_of_picks([found.costing for found in each], PATHS, SEED)
    for profile, found, spread in zip(profiles, each, spreads, strict=True):
        alone = costed(profile)
        verdict = alone.verdict
        same_costs(found.costing, alone)
        same_price(found.tipping, tipping_price(alone))
        same_price(found.node, node_price(alone))
        by_itself = risk_of(verdict, alone.forecasts, PATHS, SEED).spreads[present(verdict.pick).id]
        assert vars(spread) == pytest.approx(vars(by_itself), rel=1e-9, abs=1e-6)
