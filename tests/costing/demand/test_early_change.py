"""What an option costs when the plan is known to change in some month."""

import pytest

from advisor.decision.advise import advise
from tests.support.profile_builder import BOOK, PLANS, sample


@pytest.mark.parametrize("name", [name for name in PLANS if name != "frontier-lab-1000"])
def test_the_months_in_which_a_plan_may_change_make_up_the_expected_cost(name: str) -> None:
    """For an option that leaves no choice the cost is linear in prices, so that expected prices give its mean."""
    ranked = advise(sample(name), BOOK, paths=100).verdict.ranked
    plain = [one.cost for one in ranked if one.cost.option.choice is None and not one.cost.rights]
    assert plain
    for cost in plain:
        chances = cost.demand.change_month_probabilities()
        by_month = sum(chance * cost.if_it_changes_usd(month) for month, chance in enumerate(chances, 1))
        assert by_month == pytest.approx(cost.expected_usd, rel=1e-9)
        assert cost.if_it_changes_usd(cost.demand.months) == cost.plan_holds_present_usd


def test_what_is_signed_is_paid_after_an_early_stop() -> None:
    ranked = advise(sample("cluster-64"), BOOK, paths=100).verdict.ranked
    costs = {one.id: one.cost for one in ranked}
    rent, reserve = costs["on-demand"], costs["reserved-12m"]
    assert rent.if_it_changes_usd(3) < reserve.if_it_changes_usd(3), "renting by the hour ends at once"
    assert rent.plan_holds_present_usd > reserve.plan_holds_present_usd
