"""Clauses of random contracts against the slow loop; a clause that gives nothing is worth nothing, more is not less."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of
from advisor.costing.options.reserved import reserved_as
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.decision.offer_values import CLAUSE_WORDS, clause_values, taken_usd
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.offers import quote
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.oracle.random_profiles import BOOK
from tests.oracle.slow_answers import may_leave, scene_for
from tests.oracle.slow_choices import Fork, expected_choice, expected_totals, reserve
from tests.oracle.slow_demand import Scene, chance_of
from tests.oracle.slow_loop import Contract, block_nodes, reserved, tier_factor, with_extras
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present

RELATIVE = 1e-6
OFFER = {"option": "reserved", "from": "A"}
shares = st.floats(0, 1)
CLAUSES: dict[str, st.SearchStrategy[Any]] = {
    "free_months": st.integers(0, 2),
    "step_down": st.just([(1, 0.1)]) | st.just([(1, 0.2), (2, 0.4)]),
    "termination_fee_share": st.floats(0, 0.99),
    "notice_months": st.integers(0, 3),
    "refund_share": shares,
    "least_use_share": shares,
    "sla_credit_share": shares,
    "delay_credit_share_per_month": shares,
    "refresh_gain_share": st.floats(0, 2),
    "may_sublet": st.booleans(),
}
FOLLOWING: list[dict[str, st.SearchStrategy[Any]]] = [
    {"indexed": shares}, {"rerate_months": st.integers(1, 2)}, {"most_favored": st.just(True)}, {},
]  # fmt: skip


@st.composite
def questions(draw: st.DrawFn, /, **clauses: Any) -> Profile:
    """A plan, and one offer for it with clauses."""
    months = draw(st.sampled_from([3, 5, 12]))
    follow = draw(st.sampled_from(FOLLOWING)) if not clauses else {}
    drawn = draw(st.fixed_dictionaries({}, optional=CLAUSES)) if not clauses else {}
    if drawn.get("refund_share") is not None or clauses.get("refund_share") is not None:
        drawn["prepaid"] = draw(st.floats(0.1, 1))
    elif draw(st.booleans()):
        drawn["prepaid"] = draw(shares)
    if "refresh_gain_share" in drawn:
        drawn["refresh_month"] = draw(st.integers(1, months - 1))
    offer = {**OFFER, "months": months, "usd_per_gpu_hour": draw(st.floats(1.0, 5.0)), **drawn, **clauses}
    offer |= draw(st.fixed_dictionaries(follow))
    nodes = draw(st.integers(1, 12))
    offer |= draw(
        st.sampled_from([{}, {}, {"least_nodes": draw(st.integers(1, 14))}, {"nodes": nodes + draw(st.integers(0, 3))}])
    )
    work = {
        "kind": draw(st.sampled_from(["fine-tune", "inference"])),
        "nodes": nodes,
        "months": draw(st.floats(0.3, 30)),
        "busy": draw(st.floats(0.1, 1)),
        "plan_change_per_month": draw(st.floats(0, 0.15)),
    }
    company = {"tax_rate": 0.25} if draw(st.booleans()) else {}
    return parse_profile({"name": "clauses", "workload": [work], "company": company, "quote": [offer]}, BOOK)


def taken(profile: Profile) -> tuple[OptionCost, Scene, Contract]:
    """The offer taken, by the tables; the scene and the contract of the loop."""
    book = own_book(profile, BOOK)
    case = case_of(profile, book)
    forecast = forecast_for(case, profile)
    option = present(reserved_as(case, case.offers[0].id))
    cost = cost_of(after_tax(option, case), case, forecast)
    quote = profile.quote[0]
    scene = scene_for(profile, case.assumptions, case.assumptions, forecast)
    return cost, scene, Contract(quote.term_months or 1, offer=quote)


def slow_usd(cost: OptionCost, scene: Scene, contract: Contract) -> float:
    """The same by the loop, without what is decided later but leaving."""
    fork = reserve(contract, may_leave=may_leave(scene, contract), in_steps=False)
    return expected_totals(scene, fork, cost.forecast).expected_usd


def re_rated_usd(scene: Scene, contract: Contract, forecast: Forecast) -> float:
    """What re-rating is expected to add to the cost: each month on its own, after taxes."""
    quote = present(contract.offer)
    every = quote.rerate_months or (1 if quote.most_favored else 0)
    given, total, size = scene.given, 0.0, 1 + 2 * len(scene.given.rents)
    gpu, money = given.figures.gpu, given.figures.money
    discounts = gpu.term_discounts[given.tier]
    terms = [term for term in discounts if quote.most_favored and term <= contract.term]
    reset = tier_factor(given) * ((1 - discounts[max(terms)]) if terms else 1.0)
    agreed = (quote.usd_per_gpu_hour or 0.0) / gpu.neocloud_usd_per_gpu_hour
    least, prepaid = contract.clause("least_use_share", 1.0), contract.prepaid_share(scene)
    for signed, one in contract.blocks(scene):
        if one.offer is None or not every:
            continue
        nodes, since = one.sized(block_nodes(scene, one.term, signed)), one.priced_in(scene, signed)
        for month in range(signed + every, signed + one.term, every):
            way = np.zeros((4, size))
            for change in range(one.agreed_in(scene, signed) + 1, scene.months + 1):
                for t in range(month, min(month + every, signed + one.term)):
                    use = contract.used_share(scene, nodes, t, change) - prepaid * least
                    hours = with_extras(scene, nodes * scene.node_hours * contract.due(t - signed) * use)
                    tax = given.taxes.rate if t >= given.taxes.from_month else 0.0
                    worth = chance_of(scene, change) * hours * (1 - tax) * (1 + money.discount_rate) ** (-t / 12)
                    way[0, 1 + month] += reset * worth
                    way[0, 1 + since] -= agreed * worth
            total += expected_choice([np.zeros((4, size)), way], forecast, (month, since))[0]
    return total


@quick_and_long
@settings(max_examples=examples(12, 600), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(questions())
def test_an_offer_with_clauses_costs_what_the_loop_says(profile: Profile) -> None:
    cost, scene, contract = taken(profile)
    slow = slow_usd(cost, scene, contract) + re_rated_usd(scene, contract, cost.forecast)
    assert cost.expected_usd == pytest.approx(slow, rel=RELATIVE, abs=1e-3)
    assert sum(cost.components.values()) == pytest.approx(cost.expected_usd, rel=1e-9)


@quick_and_long
@settings(max_examples=examples(8, 200), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(st.integers(1, 8).flatmap(lambda extra: questions(extension_months=extra)))
def test_an_extension_is_worth_what_the_loop_says(profile: Profile) -> None:
    """Extend or not by what is cheaper at the end of the term, given the rents of then."""
    cost, scene, contract = taken(profile)
    walks = (reserved(contract), reserved(replace(contract, extended=True)))
    end = scene.start + contract.term
    fork = Fork(walks, lambda _, change: (end, 0) if change > end else None, together=True)
    slow = expected_totals(scene, fork if cost.option.rights else Fork(walks[:1]), cost.forecast).expected_usd
    assert cost.expected_usd == pytest.approx(slow, rel=RELATIVE, abs=1e-2)


@st.composite
def later(draw: st.DrawFn) -> Profile:
    """A plan, and an offer that starts after the work has begun."""
    profile = draw(questions())
    (quote,), (work,) = profile.quote, profile.workload
    months = max(2.0, work.months or 0.0)
    start = draw(st.integers(1, max(1, min(9, int(months) - 1))))
    own = {"months": months, "start_month": draw(st.integers(0, 1))}
    return profile.model_copy(
        update={
            "workload": (work.model_copy(update=own),),
            "quote": (quote.model_copy(update={"start_month": start}),),
        }
    )


@st.composite
def blocks_of_days(draw: st.DrawFn) -> Profile:
    """A plan, and blocks of some days for it; or a term that is counted in days."""
    profile = draw(questions(may_sublet=draw(st.booleans())))
    (quote,) = profile.quote
    days = draw(st.integers(1, 29) | st.integers(30, 400))
    own = {"option": "block", "days": days, "months": None, "prepaid": 1.0, "least_use_share": None}
    return profile.model_copy(update={"quote": (quote.model_copy(update=own),)})


@quick_and_long
@settings(max_examples=examples(12, 400), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(later())
def test_an_offer_that_starts_later_costs_what_the_loop_says(profile: Profile) -> None:
    """It is owed from today on; the work until then is rented, or under a contract of which whole terms fit."""
    cost, scene, contract = taken(profile)
    slow = slow_usd(cost, scene, contract) + re_rated_usd(scene, contract, cost.forecast)
    assert cost.expected_usd == pytest.approx(slow, rel=RELATIVE, abs=1e-3)


@quick_and_long
@settings(max_examples=examples(12, 400), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(blocks_of_days())
def test_blocks_of_days_cost_what_the_loop_says(profile: Profile) -> None:
    cost, scene, contract = taken(profile)
    assert cost.expected_usd == pytest.approx(slow_usd(cost, scene, contract), rel=RELATIVE, abs=1e-3)


NOTHING: Mapping[str, Any] = {
    "free_months": 0,
    "step_down": ((2, 0.0),),
    "prepaid": 0.0,
    "termination_fee_share": 1.0,
    "notice_months": 12,
    "refund_share": 0.0,
    "indexed": 0.0,
    "extension_months": 0,
    "least_use_share": 1.0,
    "sla_credit_share": 0.0,
    "delay_credit_share_per_month": 0.0,
    "refresh_gain_share": 0.0,
    "most_favored": False,
    "upfront": 0.0,
}


NEEDED: Mapping[str, dict[str, Any]] = {"refresh_gain_share": {"refresh_month": 3}, "upfront": {"nodes": 4}}


@pytest.mark.parametrize("name", NOTHING)
def test_a_clause_that_gives_nothing_is_worth_nothing(name: str) -> None:
    prepaid = ({} if name in ("prepaid", "upfront") else {"prepaid": 0.3}) | NEEDED.get(name, {})
    offer = {**OFFER, "months": 12, "usd_per_gpu_hour": 2.4, **prepaid, name: NOTHING[name]}
    work = {"kind": "inference", "nodes": 4, "months": 20}
    costing = cost_options(parse_profile({"name": "nothing", "workload": [work], "quote": [offer]}, BOOK), BOOK)
    found = {one.name: one.usd for one in clause_values(costing)}
    assert found[name] == pytest.approx(0, abs=1e-6)


def test_every_clause_of_an_offer_is_tested_here_and_has_words() -> None:
    """Drawn for the slow loop, and worth nothing where it gives nothing or no less where it gives more.

    What is prepaid is drawn beside the others, and the right to extend alone.
    """
    drawn = {*CLAUSES, *(name for one in FOLLOWING for name in one), "prepaid", "upfront", "extension_months"}
    assert drawn == {*NOTHING, *MORE} == set(CLAUSE_WORDS) == set(quote.CLAUSES)
    described = {name for name, info in Quote.model_fields.items() if info.description.startswith("clause:")}
    assert described - {"refresh_month"} == set(quote.CLAUSES) - {"prepaid", "upfront"}


# Less and more of each clause, for the holder.
MORE: dict[str, tuple[st.SearchStrategy[Any], bool]] = {
    "free_months": (st.integers(0, 4), True),
    "step_down": (st.integers(0, 90).map(lambda percent: ((2, percent / 100),)), True),
    "termination_fee_share": (shares, False),
    "notice_months": (st.integers(0, 5), False),
    "refund_share": (shares, True),
    "sla_credit_share": (shares, True),
    "delay_credit_share_per_month": (shares, True),
    "refresh_gain_share": (st.floats(0, 3), True),
    "rerate_months": (st.sampled_from([1, 2, 4]), False),
    "most_favored": (st.booleans(), True),
    "extension_months": (st.sampled_from([3, 6, 12]), True),
    "least_use_share": (shares, False),
    "may_sublet": (st.booleans(), True),
}


@quick_and_long
@pytest.mark.parametrize("name", MORE)
@settings(
    max_examples=examples(3, 60), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip
@given(data=st.data())
def test_a_clause_that_gives_more_is_never_worth_less(name: str, data: st.DataObject) -> None:
    """For plans of whole terms: what serves the rest of others is chosen by estimates that leave out some clauses."""
    values, rising = MORE[name]
    less, more = sorted((data.draw(values), data.draw(values)), reverse=not rising)
    less = 0 if name == "extension_months" else less  # one of other months is another right, not more of it
    offer = {
        **OFFER,
        "months": 6,
        "usd_per_gpu_hour": data.draw(st.floats(1.5, 4)),
        "prepaid": data.draw(st.floats(0.01, 1)),
        **NEEDED.get(name, {}),
    }
    work = {
        "kind": "inference",
        "nodes": data.draw(st.integers(1, 9)),
        "months": 6 * data.draw(st.integers(1, 3)),
        "plan_change_per_month": data.draw(st.floats(0, 0.1)),
    }
    raw = {"name": "more", "workload": [work], "quote": [{**offer, name: less}]}
    costing = cost_options(parse_profile(raw, BOOK), BOOK)
    (taken,) = costing.case.offers
    usd = taken_usd(costing, taken) - taken_usd(costing, taken, **{name: more})
    assert usd >= -1e-7 * abs(next(c for c in costing.costs if c.option.id == taken.id).expected_usd)
    assert math.isfinite(usd)


def test_the_value_of_a_clause_is_the_difference_between_two_answers() -> None:
    offer = {**OFFER, "months": 12, "usd_per_gpu_hour": 2.4, "prepaid": 0.25, "free_months": 1}
    raw = {"name": "one", "workload": [{"kind": "inference", "nodes": 4, "months": 20}]}
    with_it = parse_profile({**raw, "quote": [offer]}, BOOK)
    without = parse_profile({**raw, "quote": [{**offer, "free_months": None}]}, BOOK)
    costs = [
        next(cost.expected_usd for cost in cost_options(profile, BOOK).costs if cost.option.id == "reserved-12m-a")
        for profile in (with_it, without)
    ]
    found = {one.name: one for one in clause_values(cost_options(with_it, BOOK))}
    assert found["free_months"].usd == pytest.approx(costs[1] - costs[0])
    assert isinstance(with_it.quote[0], Quote)


@pytest.mark.parametrize("days", [9, 20, 45])
def test_blocks_of_days_for_what_a_change_leaves_cost_what_the_loop_says(days: int) -> None:
    """A job too large for the on-demand market stays in blocks, as many as the days need."""
    work = {"kind": "pre-train", "nodes": 200, "months": 10, "plan_change_per_month": 0.1, "residual_share": 0.8}
    offer = {**OFFER, "option": "block", "days": days, "usd_per_gpu_hour": 2.0}
    cost, scene, contract = taken(parse_profile({"name": "a test", "workload": [work], "quote": [offer]}, BOOK))
    assert cost.expected_usd == pytest.approx(slow_usd(cost, scene, contract), rel=RELATIVE)


def test_nothing_is_refunded_of_a_block_that_is_not_signed_any_more() -> None:
    """The plan changes in month 3, when the first term is over: the second is not signed, and brings no refund."""
    offer = {**OFFER, "months": 3, "usd_per_gpu_hour": 1.2, "prepaid": 0.95, "refund_share": 0.7}
    work = {"kind": "inference", "nodes": 1, "months": 4, "busy": 0.44, "plan_change_per_month": 0.03}
    cost, scene, contract = taken(parse_profile({"name": "a test", "workload": [work], "quote": [offer]}, BOOK))
    assert cost.expected_usd == pytest.approx(slow_usd(cost, scene, contract), rel=RELATIVE)
