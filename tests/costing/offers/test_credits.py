"""Credits pay for the hours that they may, until they are used up or expire, and for none twice."""

from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.decision.offer_values import credit_ends
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.profile_builder import BOOK

STILL = {"company": {"discount_rate": 0.0}, "market": {"rents_change_per_year": 0.0, "tier": "hyperscaler"}}
MONTH_USD = 2 * 8 * 730 * 0.4 * 6.88  # of two nodes on demand, 40 % busy


def question(*own: dict[str, Any], quote: tuple[dict[str, Any], ...] = (), **work: Any) -> Profile:
    workload = {"kind": "fine-tune", "nodes": 2, "months": 12, "plan_change_per_month": 0.0, **work}
    raw = {"name": "credits", "workload": [workload], "credit": list(own), "quote": list(quote), **STILL}
    return parse_profile(raw, BOOK)


def costs(*own: dict[str, Any], **more: Any) -> dict[str, OptionCost]:
    return {cost.option.id: cost for cost in cost_options(question(*own, **more), BOOK).costs}


def paid_by_credits(option: str, *own: dict[str, Any], **more: Any) -> float:
    found = costs(*own, **more)[option]
    return -found.components.get("credits", 0.0)


def test_credits_pay_until_they_are_used_up() -> None:
    assert paid_by_credits("on-demand", {"usd": 50_000.0}) == pytest.approx(50_000)


def test_credits_that_expire_pay_for_the_months_before() -> None:
    """Two months of the bill; the rest is lost."""
    bill = costs()["on-demand"].components["rent"] / 12
    assert paid_by_credits("on-demand", {"usd": 1e7, "expires_month": 2}) == pytest.approx(2 * bill)


def test_credits_pay_for_nothing_that_is_signed_for() -> None:
    found = costs({"usd": 200_000.0})
    assert found["reserved-12m"].components.get("credits", 0.0) == 0


def test_credits_of_another_seller_pay_for_no_offer() -> None:
    offer = {"option": "on-demand", "usd_per_gpu_hour": 3.0, "from": "Acme"}
    assert paid_by_credits("on-demand", {"usd": 9_000.0, "seller": "Other"}, quote=(offer,)) == 0
    assert paid_by_credits("on-demand", {"usd": 9_000.0, "seller": "acme"}, quote=(offer,)) == pytest.approx(9_000)


def test_two_credits_do_not_pay_for_the_same_hours() -> None:
    bill = costs()["on-demand"].components["rent"]
    both = paid_by_credits("on-demand", {"usd": 1e7}, {"usd": 1e7})
    assert both == pytest.approx(bill)


def test_no_option_pays_more_of_them_than_there_are() -> None:
    found = costs({"usd": 30_000.0}, plan_change_per_month=0.1, months=14.0)
    for cost in found.values():
        assert -cost.components.get("credits", 0.0) <= 30_000 * (1 + 1e-9), cost.option.id


def test_a_change_of_plan_leaves_credits_unused() -> None:
    never, likely = (paid_by_credits("on-demand", {"usd": 3e5}, plan_change_per_month=h) for h in (0.0, 0.3))
    assert likely < never


def test_credits_at_many_points_are_those_of_each() -> None:
    profile = question({"usd": 60_000.0, "expires_month": 9}, {"usd": 20_000.0}, plan_change_per_month=0.08)
    case = case_of(profile, own_book(profile, BOOK))
    forecast = forecast_for(case, profile)
    three = case.over(3)
    together = {option.id: option for option in plain_options(three)}
    for option in plain_options(case):
        usd = float(expected_usd(option, case, forecast))
        many = expected_usd(together[option.id], three, forecast)
        np.testing.assert_allclose(many, usd, rtol=1e-9, err_msg=option.id)


def test_the_cliff_is_named() -> None:
    costing = cost_options(question({"usd": 50_000.0, "seller": "AWS"}), BOOK)
    (line,) = credit_ends(costing.case)
    assert line.startswith("Your $50.0k of credits (AWS)")
    assert "used up" in line
    (line,) = credit_ends(cost_options(question({"usd": 1e7, "expires_month": 3}), BOOK).case)
    assert "expire" in line
    assert "unused" in line
