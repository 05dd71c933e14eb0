"""The exceptions of "$2 H100s" (2024-10): renting is right for most, and these are the cases in which it is not.

Each exception turns a verdict round, through the one call that everybody uses. The samples that ship with the program
stand for the cases of the 2024 latent.space article.
"""

from typing import Any

import pytest

from advisor.decision.advise import Advice, advise
from advisor.profiles.schema import Profile
from tests.support.present import present
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, changed, option_of, sample, with_quote

FREE = {
    "electricity_usd_per_kwh": 0.01,
    "colocation_usd_per_kw_month": 0.0,
    "staff_fixed_fte": 0.0,
    "staff_fte_per_node": 0.0,
    "staff_small_fte_per_node": 0.0,
}


def advice(profile: Profile) -> Advice:
    return advise(profile, BOOK)


def action(profile: Profile) -> str | None:
    pick = advice(profile).verdict.pick
    return pick.action if pick else None


def test_hardware_at_half_price_is_bought() -> None:
    """A bankrupt neocloud's nodes at half of what the book says: the 64-node sample stops reserving."""
    base = sample("cluster-64")
    half = BOOK.figure("H100-SXM.node_usd").value / 2
    assert action(base) == "reserve"
    found = advice(with_quote(base, option="buy", usd_per_node=half)).verdict
    assert present(found.pick).action == "buy"
    assert not found.close_call


def test_hardware_at_the_price_of_the_book_is_not() -> None:
    """It is the price that turns it, not the quote: an offer at the book's price changes no verdict."""
    full = BOOK.figure("H100-SXM.node_usd").value
    assert action(with_quote(sample("cluster-64"), option="buy", usd_per_node=full)) == "reserve"


CHEAP_POWER: list[tuple[str, dict[str, Any]]] = [
    ("a university's 8-node service", {"kind": "inference", "nodes": 8, "months": 36, "busy": 0.6}),
    ("a 64-node service", {"kind": "inference", "nodes": 64, "months": 48, "busy": 0.6}),
    ("the 64-node cluster for 48 months, not so busy", {"months": 48, "busy": 0.6}),
]


@pytest.mark.parametrize(("who", "workload"), CHEAP_POWER)
def test_power_at_a_cent_and_a_hall_and_staff_of_your_own_is_bought(who: str, workload: dict[str, Any]) -> None:
    """Electricity at $0.01/kWh where colocation and staff are paid for anyway, as in a university or a mine. What is
    too large to be bought used must be held four years to lead clearly."""
    base = a_profile(workload, company={"stage": "series-b"})
    free = changed(base, facility=FREE)
    before, after = advice(base).verdict, advice(free).verdict
    assert present(before.pick).action != "buy", who
    assert present(after.pick).action == "buy", who
    assert not after.close_call
    for option in before.ranked:  # only owning gets cheaper by it
        if option.id not in {one.id for one in after.ranked}:
            continue  # waiting is offered only where it saves enough
        then = option_of(after, option.id).cost.expected_usd
        if option.action == "buy":
            assert then < option.cost.expected_usd
        elif option.cost.option.choice is not None:  # it may end in buying
            assert then <= option.cost.expected_usd
        else:
            assert then == option.cost.expected_usd


def test_free_power_hall_and_staff_turn_a_lab_to_buying() -> None:
    """A 16-node lab of four years: reserving leads, for a year or less, and then buying leads clearly."""
    base = a_profile({"nodes": 16, "months": 48}, company={"stage": "series-b"})
    before, after = advice(base).verdict, advice(changed(base, facility=FREE)).verdict
    assert present(before.pick).action == "reserve"
    bought = [one.cost.expected_usd for one in before.ranked if one.action == "buy" and one.feasible]
    assert min(bought) > 1.05 * present(before.pick).cost.expected_usd
    assert (present(after.pick).action, after.close_call) == ("buy", False)


def test_a_rule_that_forbids_renting_leaves_buying() -> None:
    """Data that may not leave the premises: everything rented is barred, and says so in the rule's own words."""
    base = sample("cluster-64")
    rule = "patient data stays in the building"
    company = base.company.model_dump(exclude_none=True) | {"rental_forbidden_because": rule}
    found = advice(changed(base, company=company))
    assert action(base) == "reserve"
    assert present(found.verdict.pick).id == "buy"
    owned = {option.id for option in found.verdict.ranked if option.feasible}
    assert owned == {"buy", "buy-loan", "lease"}, "however it is paid for"
    others = [option for option in found.verdict.ranked if option.action != "buy"]
    assert len(others) >= 7
    for option in others:
        assert not option.feasible
        assert any(rule in reason for reason in option.infeasible_because)
    assert found.break_evens.tipping.usd is None
    assert "renting" in found.break_evens.tipping.reason
    assert any("delivery" in warning for warning in found.reasons.warnings), "the wait is pointed out"


def test_a_rule_that_forbids_renting_does_not_bend_the_costs() -> None:
    """The rule bars options; it makes none of them cheaper or more expensive."""
    base = a_profile()
    ruled = changed(base, company={"rental_forbidden_because": "a rule"})
    costs, costs_ruled = (
        {option.id: option.cost.expected_usd for option in advice(profile).verdict.ranked} for profile in (base, ruled)
    )
    assert costs == {name: usd for name, usd in costs_ruled.items() if name in costs}
    assert costs_ruled.keys() - costs.keys() <= {"rent-3m-then-decide"}, "compared with what is left to decide today"


def test_frontier_size_does_not_rent() -> None:
    """One node for two weeks rents; a thousand nodes, 90 % busy for four years, must not, and cannot by the hour."""
    company = {"stage": "later"}
    small = a_profile({"kind": "fine-tune", "nodes": 1, "months": 0.5, "busy": 0.6}, company=company)
    large = a_profile({"nodes": 1000, "months": 48, "busy": 0.9}, company=company)
    assert action(small) == "rent"
    assert action(large) in {"reserve", "buy"}
    by_the_hour = option_of(advice(large).verdict, "on-demand")
    assert not by_the_hour.feasible
    assert "on-demand" in by_the_hour.infeasible_because[0]
    assert "128" in by_the_hour.infeasible_because[0], "the reason names the size at which the market ends"


def test_of_the_samples_of_the_article_the_first_two_rent() -> None:
    assert [action(sample(name)) for name in list(SAMPLES)[:2]] == ["rent", "rent"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_gets_a_verdict_that_fits_its_size(name: str) -> None:
    found = advice(sample(name))
    nodes = found.costing.demand.peak_nodes
    if nodes < 16:
        assert present(found.verdict.pick).action != "buy"
    if nodes > 128:
        assert present(found.verdict.pick).action != "rent"
    assert found.reasons.sentences


def test_the_lab_is_not_told_to_rent_by_the_hour() -> None:
    found = advice(sample("frontier-lab-1000"))
    assert not option_of(found.verdict, "on-demand").feasible
    assert found.break_evens.tipping.usd is None
    assert "128" in found.break_evens.tipping.reason
    assert "on-demand" not in {one.option.id for one in found.break_evens.months if one.option is not None}
