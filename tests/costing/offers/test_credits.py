"""Credits pay for the hours that they may, until they are used up or expire, and for none twice."""

import re
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.advise import Advice, advise
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.decision.offer_values import credit_ends, whose_credits
from advisor.decision.sampled_costs import SampledCosts
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.profile_builder import BOOK, changed

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


def advised(usd: float | None, **work: Any) -> Advice:
    workload = {"kind": "fine-tune", "nodes": 3, "months": 12, "busy": 0.5, **work}
    own = {} if usd is None else {"credit": [{"usd": usd}]}
    return advise(parse_profile({"name": "credits", "workload": [workload], **own}, BOOK), BOOK, 200)


def in_every_case(advice: Advice, cost: OptionCost) -> np.ndarray:
    """What an option costs in the scenarios, on sampled paths, and on those with the mean over the changes of plan."""
    sampled = SampledCosts([cost], cost.forecast, 200, 3)
    scenarios = [one.usd[cost.option.id] for one in advice.scenarios]
    return np.concatenate([scenarios, sampled.costs_by_path()[0], sampled.costs_by_rents()[0]])


@pytest.mark.parametrize("usd", [2e4, 3e5, 1e7])
def test_credits_pay_no_more_than_is_billed_nor_than_there_is_of_them(usd: float) -> None:
    """In every case, whatever rents do: with 10 million, which pay for all of it, a path cost -$73,000, and a squeeze
    $60,000 more than rents that stand still."""
    with_them, without = advised(usd), advised(None)
    rented, bare = (next(o for o in one.verdict.ranked if o.id == "on-demand").cost for one in (with_them, without))
    left, whole = in_every_case(with_them, rented), in_every_case(without, bare)
    assert left.min() >= 0
    assert -1e-6 <= (whole - left).min() <= (whole - left).max() <= usd * (1 + 1e-9)
    for cost in (option.cost for option in with_them.verdict.ranked if option.action == "rent"):
        assert in_every_case(with_them, cost).min() >= 0, cost.option.id
    assert rented.cash.flows_usd.min() >= 0
    assert (bare.cash.spent_usd - rented.cash.spent_usd).max() <= usd * (1 + 1e-9)


@pytest.mark.parametrize("work", [{}, {"growth_per_month": 0.05, "start_month": 2}, {"plan_change_per_month": 0.1}])
def test_at_the_rents_that_are_expected_credits_pay_what_the_tables_say(work: dict[str, Any]) -> None:
    """Of every option; in a hybrid for the peaks alone."""
    for one in (option.cost for option in advised(1e5, **work).verdict.ranked if option.cost.option.choice is None):
        assert float(one.at_prices_usd(one.forecast)) == pytest.approx(one.expected_usd, rel=1e-9), one.option.id


@pytest.mark.parametrize(
    "own",
    [
        [{"usd": 3e5}],
        [{"usd": 5e4, "expires_month": 3}, {"usd": 2e5}],
        [{"usd": 5e6, "expires_month": 0}],
        [{"usd": 2e4, "expires_month": 9}, {"usd": 1e9}],
    ],
)
def test_what_credits_pay_in_all_is_the_sum_of_the_months(own: list[dict[str, Any]]) -> None:
    """Month by month for the cash, and at once for the sampled costs, on paths that rise, fall and jump."""
    rents = np.random.default_rng(0).uniform(1.0, 6.0, (7, 60))
    for cost in costs(*own, plan_change_per_month=0.1).values():
        chances = cost.demand.change_month_probabilities()
        for one in (part for table in cost.credits for part in table):
            by_month = one.unpaid_by_month(rents) @ one.factors @ chances
            assert one.unpaid_usd(rents, chances) == pytest.approx(by_month, rel=1e-9, abs=1e-6)


def test_credits_that_nobody_is_named_for_may_be_of_a_more_expensive_seller() -> None:
    def said(*own: dict[str, Any], tier: str) -> list[str]:
        return [*whose_credits(cost_options(changed(question(*own), market={"tier": tier}), BOOK).case)]

    (line,) = said({"usd": 50_000.0}, tier="neocloud")
    assert line.endswith("set Market to hyperscaler: its list price is $6.88 per GPU-hour.")
    assert not said({"usd": 50_000.0}, tier="hyperscaler")
    assert not said({"usd": 50_000.0, "seller": "AWS"}, tier="neocloud")
    assert not said(tier="neocloud")


def test_the_cliff_is_named() -> None:
    costing = cost_options(question({"usd": 50_000.0, "seller": "AWS"}), BOOK)
    (line,) = credit_ends(costing.case)
    assert line.startswith("Your $50.0k of credits (AWS)")
    assert "used up" in line
    assert re.search(r"month \d; on demand then costs \$40\.2k a month\.$", line), line
    (line,) = credit_ends(cost_options(question({"usd": 478_000.0}), BOOK).case)
    assert re.search(r"in month 12; the rest of that month costs \$\d,\d{3}\.$", line), (
        "it was said to cost that a month"
    )
    (line,) = credit_ends(cost_options(question({"usd": 1e7, "expires_month": 3}), BOOK).case)
    assert "expire" in line
    assert "unused" in line
