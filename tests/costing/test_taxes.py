"""Taxes: off they change nothing; on they are the plain sums of what is deducted and of what a sale brings."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from advisor.decision.advise import advise
from advisor.decision.cost_options import cost_options
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import BOOK, a_profile, changed, costs_by_id, raw_profiles, sample

FLAT = {"rents_change_per_year": 0.0}
SURE = {"plan_change_per_month": 0.0}


def taxed(profile: Profile, rate: float, **more: Any) -> Profile:
    company = profile.company.model_dump(exclude_none=True)
    return changed(profile, company={**company, "tax_rate": rate, **more})


@pytest.mark.parametrize("name", ["cluster-64", "lora-one-node"])
def test_a_rate_of_nothing_changes_nothing(name: str) -> None:
    plain = advise(sample(name), BOOK, 200)
    for schedule in ("straight-line", "macrs", "bonus"):
        off = advise(taxed(sample(name), 0.0, depreciation=schedule, taxable_from_month=7), BOOK, 200)
        assert [(o.id, o.cost.expected_usd) for o in off.verdict.ranked] == [
            (o.id, o.cost.expected_usd) for o in plain.verdict.ranked
        ]
        assert off.risk == plain.risk
        assert off.reasons == plain.reasons


@quick_and_long
@settings(max_examples=examples(6, 25), deadline=None, derandomize=True)
@given(raw_profiles(workloads=2))
def test_a_vanishing_rate_changes_next_to_nothing(raw: dict[str, Any]) -> None:
    """The taxed tables are those of the untaxed, continued: a rate of one in a billion."""
    profile = parse_profile(raw, BOOK)
    plain, least = costs_by_id(profile), costs_by_id(taxed(profile, 1e-9))
    assert plain.keys() == least.keys()
    for name, cost in plain.items():
        scale = sum(abs(usd) for usd in cost.components.values())
        assert least[name].expected_usd == pytest.approx(cost.expected_usd, abs=1e-7 * scale + 1e-6), name


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.4])
def test_rent_and_terms_cost_so_much_less(rate: float) -> None:
    """All of a rental bill is deducted as it is paid."""
    plain, after = (costs_by_id(taxed(a_profile(), share)) for share in (0.0, rate))
    for name in ("on-demand", "reserved-3m", "reserved-12m", "reserved-12m-prepaid"):
        assert after[name].expected_usd == pytest.approx((1 - rate) * plain[name].expected_usd, rel=1e-9)


def test_losses_before_there_is_income_are_worth_nothing() -> None:
    plain, never = (costs_by_id(taxed(a_profile(), rate, taxable_from_month=120)) for rate in (0.0, 0.3))
    for name, cost in plain.items():
        if name not in ("buy", "buy-loan", "lease") and not name.startswith("rent-"):
            assert never[name].expected_usd == pytest.approx(cost.expected_usd, rel=1e-9), name


@pytest.mark.parametrize("schedule", ["straight-line", "macrs", "bonus"])
def test_an_owner_deducts_the_price_in_all_and_pays_on_the_gain(schedule: str) -> None:
    """Undiscounted, sold at the end: tax on all that is paid to run it, and on price less sale; no schedule matters."""
    profile = a_profile(SURE, company={"discount_rate": 0.0}, market=FLAT)
    plain = costs_by_id(profile)["buy"]
    after = costs_by_id(taxed(profile, 0.25, depreciation=schedule))["buy"]
    assert after.undiscounted_usd == pytest.approx(0.75 * plain.undiscounted_usd, rel=1e-9)
    assert after.expected_usd == pytest.approx(0.75 * plain.expected_usd, rel=1e-9)


def test_the_sooner_it_is_deducted_the_more_it_is_worth() -> None:
    profile = a_profile({**SURE, "months": 48}, company={"discount_rate": 0.15})
    costs = [
        costs_by_id(taxed(profile, 0.25, depreciation=schedule))["buy"].expected_usd
        for schedule in ("bonus", "macrs", "straight-line")
    ]
    assert costs == sorted(costs)
    assert costs[0] < costs[2]


def test_a_fair_loan_stays_worth_buying_after_taxes() -> None:
    """Interest is deducted, and a lender's dollars are weighed after the same taxes."""
    book = BOOK.overlaid({"debt": {"cost_of_debt_per_year": 0.12, "loan_apr": 0.12, "loan_fee_share": 0.0}}, "a test")
    profile = taxed(a_profile(SURE), 0.25)
    costs = {cost.option.id: cost.expected_usd for cost in cost_options(profile, book).costs}
    gap = abs(costs["buy-loan"] - costs["buy"]) / costs["buy"]
    assert gap < 0.005, "shields of interest fall at other times of the month than interest"


def test_the_parts_add_up_after_taxes() -> None:
    for cost in costs_by_id(taxed(a_profile(), 0.3)).values():
        assert sum(cost.components.values()) == pytest.approx(cost.expected_usd)
        assert np.isfinite(cost.components["tax"])
