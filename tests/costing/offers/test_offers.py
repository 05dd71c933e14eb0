"""Offers as options: sizes, starts, blocks of days, several at once, leases; many points at once are one at a time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

OFFERS: list[dict[str, Any]] = [
    {"option": "reserved", "months": 12, "price": 14_000.0, "per": "node-month", "from": "A", "free_months": 2},
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.3, "prepaid": 1.0, "from": "B", "nodes": 8},
    {
        "option": "reserved",
        "months": 6,
        "usd_per_gpu_hour": 2.2,
        "from": "C",
        "start_month": 3,
        "step_down": [(2, 0.1)],
    },
    {"option": "block", "days": 14, "usd_per_gpu_hour": 2.9, "from": "A"},
    {"option": "committed-spend", "months": 12, "usd_per_gpu_hour": 2.4, "from": "A", "least_use_share": 0.6},
    {"option": "reserved", "days": 90, "price": 60.0, "per": "gpu-day", "from": "D", "indexed": 0.4},
    {"option": "on-demand", "usd_per_gpu_hour": 3.1, "from": "A"},
    {"option": "on-demand", "usd_per_gpu_hour": 2.9, "from": "B"},
    {"option": "buy", "price": 31_000.0, "per": "gpu", "from": "E"},
    {"option": "buy", "usd_per_node": 260_000.0, "from": "F"},
    {"option": "lease", "months": 48, "price": 2_000_000.0, "per": "total", "nodes": 8, "payments": 54_000.0},
    {"option": "loan", "months": 36, "price": 2_000_000.0, "per": "total", "nodes": 8, "payments": 66_000.0},
]


def question(*offers: dict[str, Any], **work: Any) -> Profile:
    workload = {"kind": "inference", "nodes": 8, "months": 17.5, **work}
    return parse_profile({"name": "offers", "workload": [workload], "quote": list(offers)}, BOOK)


def costs(*offers: dict[str, Any], **work: Any) -> dict[str, OptionCost]:
    return {cost.option.id: cost for cost in cost_options(question(*offers, **work), BOOK).costs}


def flows(cost: OptionCost) -> list[float]:
    """What is paid by month under contract when the plan holds, undiscounted."""
    table = cost.option.table
    lines = table.is_component("committed")
    rents = cost.forecast.usd_per_gpu_hour
    return list((table.coefficients[lines, 0] * table.prices(rents)[lines]).sum(axis=0))


def test_every_offer_is_an_option_of_its_own_beside_the_list() -> None:
    found = costs(*OFFERS)
    assert {
        "reserved-12m-a", "reserved-12m-b", "reserved-6m-c", "block-14d-a", "committed-12m-a", "reserved-3m-d",
        "on-demand-a", "buy-e", "buy-f", "lease-offer", "loan-offer",
    } - {"buy-e"} <= set(found)  # fmt: skip
    assert {"reserved-12m", "reserved-6m", "on-demand", "buy", "lease", "buy-loan"} <= set(found)
    assert "on-demand-b" not in found, "the cheapest is in force"


def test_an_offer_pays_what_its_contract_says_to_the_cent() -> None:
    """$14,000 a node and month for 8 nodes, the first two of twelve free; nothing prepaid."""
    offer = {**OFFERS[0], "prepaid": 0.0}
    paid = flows(costs(offer, months=12, plan_change_per_month=0)["reserved-12m-a"])
    assert paid == pytest.approx([0, 0] + [112_000.0] * 10, abs=0.005)


def test_a_block_of_days_is_paid_when_it_is_booked_and_covers_a_short_plan() -> None:
    """Two days of one node at $4.916 on a block of a week: 4.916 x 8 x 168 h."""
    block = {"option": "block", "days": 7, "usd_per_gpu_hour": 4.916, "from": "A"}
    paid = flows(costs(block, nodes=1, months=0.12, plan_change_per_month=0, kind="pre-train")["block-7d-a"])
    assert paid[0] == pytest.approx(6607.104, abs=0.005)
    assert sum(paid[1:]) == 0


def test_blocks_of_days_follow_one_another() -> None:
    """Two months of 730 hours are 60.8 days: five blocks of 14."""
    block = {"option": "block", "days": 14, "usd_per_gpu_hour": 3.0, "from": "A"}
    paid = flows(costs(block, nodes=1, months=2, plan_change_per_month=0, kind="pre-train")["block-14d-a"])
    assert sum(paid) == pytest.approx(5 * 14 * 24 * 8 * 3.0, rel=0.05), "rents of the second month differ"


def test_an_offer_for_fewer_nodes_serves_a_base_and_the_peaks_are_rented() -> None:
    small = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 0.8, "nodes": 5, "from": "B"}
    found = costs(small, months=12)
    assert found["reserved-12m-b"].option.infeasible_because == ("the offer is for 5 nodes",)
    assert found["hybrid-reserve"].option.label.startswith("reserving 5 nodes from B")


def test_an_offer_for_more_nodes_is_paid_for_all_of_them() -> None:
    more = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.0, "least_nodes": 10, "prepaid": 0.0, "from": "B"}
    paid = flows(costs(more, months=12, plan_change_per_month=0)["reserved-12m-b"])
    assert paid == pytest.approx([10 * 8 * 730 * 2.0] * 12, abs=0.005)


def test_a_contract_that_starts_later_has_something_before_it() -> None:
    """From month 3 on at $2.20; until then whatever is cheapest, here a block of an offer."""
    later = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.2, "start_month": 3, "prepaid": 0.0, "from": "C"}
    first = {"option": "reserved", "months": 3, "usd_per_gpu_hour": 1.0, "prepaid": 0.0, "from": "A"}
    alone, both = costs(later, months=15), costs(later, first, months=15)
    paid = flows(both["reserved-12m-c"])
    assert paid[:3] == pytest.approx([8 * 8 * 730 * 1.0] * 3, abs=0.005)
    assert paid[3:15] == pytest.approx([8 * 8 * 730 * 2.2] * 12, abs=0.005)
    assert both["reserved-12m-c"].expected_usd < alone["reserved-12m-c"].expected_usd


def test_a_lease_costs_its_payments() -> None:
    """13 nodes of $140,000 for $49,700 a month in advance over 48 months: its APR stays with the option."""
    lease = {
        "option": "lease", "months": 48, "price": 1_820_000.0, "per": "total", "nodes": 13, "payments": 49_700.0,
        "from": "L",
    }  # fmt: skip
    found = costs(lease, nodes=13, months=48)["lease-l"]
    assert found.case.assumptions.debt.lease_apr != pytest.approx(0.146, abs=0.002), "the book's stays the book's"
    made = present(present(found.option.remake)(found.case))
    assert float(expected_usd(made, found.case, found.forecast)) == pytest.approx(found.expected_usd, rel=1e-9)


def moved(case: Case, **values: Any) -> Case:
    rental = replace(case.assumptions.rental, **values)
    return case.with_assumptions(replace(case.assumptions, rental=rental))


@pytest.mark.parametrize(
    "values",
    [
        {"hours_per_month": (700.0, 730.0, 744.0)},
        {"prepaid_share": (0.0, 0.2, 0.9), "goodput_loss_share": (0.0, 0.02, 0.05)},
        {"gpus_per_node": (4.0, 8.0, 16.0), "sublet_right_neocloud": (0.0, 0.5, 1.0)},
    ],
)
def test_offers_at_many_points_cost_what_they_do_one_by_one(values: dict[str, tuple[float, ...]]) -> None:
    profile = question(
        *(offer for offer in OFFERS if offer["option"] not in ("lease", "loan") and offer.get("per") != "gpu")
    )
    case = case_of(profile, own_book(profile, BOOK))
    forecast = forecast_for(case, profile)
    many = moved(case, **{name: np.array(points)[:, None] for name, points in values.items()})
    together = {
        option.id: expected_usd(option, many, forecast) for option in plain_options(many) if option.choice is None
    }
    for at in range(3):
        one = moved(case, **{name: points[at] for name, points in values.items()})
        for option in plain_options(one):
            usd = float(expected_usd(option, one, forecast))
            assert together[option.id][at] == pytest.approx(usd, rel=1e-9), option.id
