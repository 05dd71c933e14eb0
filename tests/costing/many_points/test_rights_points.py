"""Rights of a contract at many points at once are one point at a time: to leave, to extend, to be re-rated."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.array_types import Amount, Floats
from advisor.costing.build_case import case_of, with_plans
from advisor.costing.case import Case
from advisor.costing.options.combined.hybrid import Split
from advisor.costing.options.reserved import reserved_as
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.break_even import break_evens
from advisor.decision.cost_options import cost_options
from advisor.decision.decision_map import decision_map
from advisor.decision.plans.expected import expected_verdicts
from advisor.decision.sensitivity import sensitivity
from advisor.decision.utilization_curve import use_curves
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import expected_forecast
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

WORK: dict[str, Any] = {"kind": "inference", "nodes": 6, "months": 20, "busy": 0.6, "plan_change_per_month": 0.06}
OFFER: dict[str, Any] = {"option": "reserved", "from": "A", "months": 6, "usd_per_gpu_hour": 2.6}
OFFERS: dict[str, dict[str, Any]] = {
    "half of the rest": {"termination_fee_share": 0.5},
    "free to leave after a notice": {"notice_months": 2},
    "a refund": {"prepaid": 0.6, "refund_share": 0.8},
    "paid by use, and free to leave": {"least_use_share": 0.3, "termination_fee_share": 0.1, "indexed": 0.4},
    "extended": {"extension_months": 4},
    "extended and left": {"extension_months": 7, "termination_fee_share": 0.2},
    "re-rated": {"rerate_months": 2, "step_down": [(3, 0.1)]},
    "most favored": {"most_favored": True, "usd_per_gpu_hour": 3.4},
    "the book's fee": {},
}
LENGTHS = np.array([[20.0], [4.0], [13.0], [20.0], [36.0], [7.5], [1.0]])
NODES = np.array([[6.0], [6.0], [3.0], [40.0], [11.0], [1.0], [2.0]])
HAZARDS = np.array([[0.06], [0.06], [0.0], [0.1], [0.02], [0.06], [0.06]])
FIGURES: dict[tuple[str, str], Floats] = {
    ("rental", "termination_fee_share"): np.array([[1.0], [0.3], [0.5], [0.5], [0.0], [0.7], [0.2]]),
    ("rental", "support_share"): np.array([[0.03], [0.1], [0.0], [0.03], [0.2], [0.03], [0.03]]),
    ("rental", "months_to_let"): np.array([[1.0], [0.0], [2.0], [1.0], [3.0], [1.0], [1.0]]),
    ("money", "discount_rate"): np.array([[0.1], [0.2], [0.1], [0.05], [0.1], [0.15], [0.1]]),
    ("gpu", "neocloud_usd_per_gpu_hour"): np.array([[3.0], [3.5], [2.0], [3.0], [4.0], [3.0], [2.5]]),
    ("forecast", "volatility_per_sqrt_year"): np.array([[0.3], [0.3], [0.6], [0.2], [0.3], [0.5], [0.3]]),
}
CASES = ("plans", "figures", "plans and figures", "one length")


def question(clauses: dict[str, Any], **work: Any) -> Profile:
    asked = {"workload": [{**WORK, **work}], "company": {"tax_rate": 0.2}, "quote": [{**OFFER, **clauses}]}
    return parse_profile({"name": "rights", **asked}, BOOK)


def figures(assumptions: Assumptions, point: int | None) -> Assumptions:
    """The assumptions with all figures at one point, or at every one."""
    for (section, name), values in FIGURES.items():
        value: Amount = values if point is None else float(values[point, 0])
        assumptions = replace(assumptions, **{section: replace(getattr(assumptions, section), **{name: value})})
    return assumptions


def usd(profile: Profile, what: str, point: int | None) -> Floats:
    """What the offer costs at one point, or at every one."""
    case = case_of(profile, own_book(profile, BOOK))
    if "figures" in what:
        case = case.with_assumptions(figures(case.assumptions, point))

    def altered(work: ResolvedWorkload) -> ResolvedWorkload:
        here = slice(None) if point is None else point
        sizes: list[Any] = [values[here] if point is None else float(values[point, 0]) for values in (NODES, HAZARDS)]
        length: Any = LENGTHS[here] if point is None else float(LENGTHS[point, 0])
        longer = replace(work, nodes=sizes[0], hazard_per_month=sizes[1])
        return longer if what == "one length" else replace(longer, months=length)

    if what != "figures":
        case = with_plans(profile, case, altered)
    option = present(reserved_as(case, case.offers[0].id))
    return expected_usd(after_tax(option, case), case, expected_forecast(case.assumptions))


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_with_rights_costs_each_of_many_points_what_it_costs_alone(name: str, what: str) -> None:
    profile = question(OFFERS[name])
    batch = usd(profile, what, None)
    assert batch.shape == (len(LENGTHS),)
    alone = [float(usd(profile, what, point)) for point in range(len(LENGTHS))]
    assert batch == pytest.approx(alone, rel=1e-9)


def test_growing_plans_may_leave_each_of_their_contracts() -> None:
    """In layers: each is left, or not, by itself; many at once cost what each costs alone."""
    book = BOOK.overlaid({"rental": {"termination_fee_share": 0.4}}, "a test")
    profile = question({}, nodes=2, growth_per_month=0.1, months=24)

    def cost(length: Any) -> tuple[Floats, int]:
        case = with_plans(profile, case_of(profile, book), lambda work: replace(work, months=length))
        option = present(reserved_as(case, "reserved-12m"))
        return expected_usd(option, case, expected_forecast(case.assumptions)), len(option.rights)

    batch, rights = cost(np.array([[24.0], [9.0], [31.0]]))
    assert rights > 1
    assert batch == pytest.approx([float(cost(length)[0]) for length in (24.0, 9.0, 31.0)], rel=1e-9)


def test_a_base_that_may_be_left_costs_each_size_what_it_costs_alone() -> None:
    profile = question({"termination_fee_share": 0.3}, base_share=0.2, nodes=9)
    case = case_of(profile, own_book(profile, BOOK))
    name, forecast = case.offers[0].id, expected_forecast(case.assumptions)

    def cost(sizes: Floats) -> Floats:
        option = Split(case, sizes).with_base(lambda base: base_of(base, name))
        return expected_usd(option, case, forecast)

    sizes = np.array([2.0, 3.0, 7.0])
    assert cost(sizes[:, None]) == pytest.approx([float(cost(np.array(one))) for one in sizes], rel=1e-9)


def base_of(case: Case, name: str) -> Any:
    return reserved_as(case, name, in_steps=False)


FREE = {"termination_fee_share": 0.0, "months": 12, "usd_per_gpu_hour": 2.0}


def test_every_page_has_the_offer_that_may_be_left() -> None:
    """It is the pick: then also of its own length and size on the map, in what would change it, and in the curves."""
    profile = question(FREE, kind="pre-train", months=24)
    costing = cost_options(profile, BOOK)
    case, verdict = costing.case, costing.verdict
    assert verdict.pick is not None
    name = verdict.pick.id
    assert name == case.offers[0].id
    assert verdict.pick.cost.option.rights
    found = break_evens(profile, costing)
    assert float(found.menu.usd_by_id[name][23]) == pytest.approx(verdict.pick.cost.expected_usd, rel=1e-9)
    (own,) = (interval for interval in found.months if interval.from_month <= 24 <= interval.to_month)
    drawn = decision_map(profile, costing)
    row, column = drawn.own
    assert present(own.option).id == name
    assert drawn.cells[row][column].option == present(own.option)
    assert name in {curve.option.id for curve in use_curves(profile, costing).curves}
    changes = sensitivity(profile, costing, found.menu)
    assert changes.swings
    assert all(one.to_option != name for one in changes.flips)


def test_a_sweep_has_the_offer_that_may_be_left() -> None:
    """Alike profiles are priced together, with the pick and the cost of each alone."""
    profiles = [question(FREE, months=months, nodes=nodes) for months, nodes in ((24, 6), (13, 6), (7, 2), (24, 20))]
    for profile, found in zip(profiles, expected_verdicts(profiles, BOOK), strict=True):
        pick = present(cost_options(profile, BOOK).verdict.pick)
        assert found.option == pick.id
        assert found.expected_usd == pytest.approx(pick.cost.expected_usd, rel=1e-9)
