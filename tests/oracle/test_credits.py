"""Credits on random plans against the slow loop: what they pay of each month, until they are used up or expire."""

from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import cost_options
from advisor.decision.sampled_costs import SampledCosts, changes_by_path
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.market.forecast.simulation import sample_paths
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.oracle.random_profiles import BOOK
from tests.oracle.slow_answers import scene_for
from tests.oracle.slow_choices import Fork, cost_on_path, expected_totals, fixed
from tests.oracle.slow_demand import Scene
from tests.oracle.slow_loop import Ledger, on_demand, on_demand_rate
from tests.support.long_runs import examples, quick_and_long

PATHS = 100


@st.composite
def plans_with_credits(draw: st.DrawFn) -> Profile:
    """A plan, and one or two credits that may pay for its hours on demand."""
    work = {
        "kind": draw(st.sampled_from(["fine-tune", "inference"])),
        "nodes": draw(st.integers(1, 12)),
        "months": draw(st.floats(0.3, 30)),
        "busy": draw(st.floats(0.1, 1)),
        "start_month": draw(st.integers(0, 3)),
        "plan_change_per_month": draw(st.floats(0, 0.15)),
        "residual_share": draw(st.floats(0, 1)),
    }
    found: list[dict[str, Any]] = [
        {
            "usd": draw(st.floats(1, 2e6)),
            **draw(st.fixed_dictionaries({}, optional={"expires_month": st.integers(0, 30)})),
        }
        for _ in range(draw(st.integers(1, 2)))
    ]
    company = {"tax_rate": 0.25} if draw(st.booleans()) else {}
    return parse_profile({"name": "credits", "workload": [work], "company": company, "credit": found}, BOOK)


def with_credits(balances: list[tuple[float, int]]) -> Any:
    """Rent on demand, and pay with each credit in turn what it may."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        on_demand(scene, change, ledger)
        left = [usd for usd, _ in balances]
        for t in range(scene.months):
            month = scene.wanted(t, change)
            bill = month.billed * on_demand_rate(scene, t, month)
            for number, (_, until) in enumerate(balances):
                used = min(left[number], bill) if t < until else 0.0
                ledger.pay_through(t, -used)
                left[number], bill = left[number] - used, bill - used

    return walk


def renting(profile: Profile) -> tuple[OptionCost, Scene, Fork]:
    """Renting on demand by the tables, and for the loop."""
    (cost,) = (one for one in cost_options(profile, BOOK).costs if one.option.id == "on-demand")
    scene = scene_for(profile, cost.case.assumptions, cost.case.assumptions, cost.forecast)
    return cost, scene, fixed(with_credits([(float(credit.usd), credit.until_month) for credit in cost.case.credits]))


@quick_and_long
@settings(max_examples=examples(25, 400), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(plans_with_credits())
def test_credits_pay_what_the_loop_says(profile: Profile) -> None:
    """Also after a change of plan, and one after the other where there are two."""
    cost, scene, fork = renting(profile)
    slow = expected_totals(scene, fork, cost.forecast).expected_usd
    assert cost.expected_usd == pytest.approx(slow, rel=1e-6, abs=1e-3)


@quick_and_long
@settings(max_examples=examples(15, 300), deadline=None, database=None, phases=[Phase.generate])
@seed(1)
@given(plans_with_credits(), st.integers(0, PATHS - 1))
def test_credits_pay_of_the_bills_of_each_path(profile: Profile, path: int) -> None:
    """Not of those that are expected: neither more than is billed, nor less than there is of them."""
    cost, scene, fork = renting(profile)
    fast = SampledCosts([cost], cost.forecast, PATHS, seed=7).costs_by_path()[0]
    rents, resale = sample_paths(cost.forecast, PATHS, HORIZON_MONTHS, 7).prices
    changes = changes_by_path(cost.demand.change_month_probabilities(), PATHS)
    for at in (path, PATHS - 1):
        prices = rents[at].tolist(), resale[at].tolist()
        slow = cost_on_path(scene, fork, cost.forecast, int(changes[at]), prices)
        assert fast[at] == pytest.approx(slow, rel=1e-6, abs=1e-2)
