"""The curves over the busy share, against one plan at a time and against the break-even shares."""

from dataclasses import replace

import numpy as np
import pytest

from advisor.costing.build_case import Alteration, demand_with
from advisor.costing.options.buy import owned
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_as
from advisor.costing.valuation import expected_usd
from advisor.decision.advise import Advice, advise
from advisor.decision.utilization_curve import SHARES, UseCurve, UseCurves, use_curves
from advisor.market.price_book import built_in_book
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.store import load_profile, sample_entries
from tests.support.present import present
from tests.support.profile_builder import PLANS, a_profile

NAMES = PLANS


def answered(name: str) -> tuple[Advice, UseCurves]:
    book = built_in_book()
    entry = next(entry for entry in sample_entries() if entry.name == name)
    advice = advise(load_profile(entry.path, book), book, paths=100)
    return advice, use_curves(advice.profile, advice.costing)


def kept_busy(share: float, own: float) -> Alteration:
    """Each workload moved to idle, or to always busy, in proportion to the mean over all."""

    def moved(workload: ResolvedWorkload) -> ResolvedWorkload:
        busy = float(workload.busy)
        return replace(workload, busy=busy * share / own if share < own else 1 - (1 - busy) * (1 - share) / (1 - own))

    return moved


@pytest.mark.parametrize("name", NAMES)
def test_at_its_own_utilization_a_term_costs_what_the_verdict_says(name: str) -> None:
    advice, _ = answered(name)
    ranked = {option.id: option.cost.expected_usd for option in advice.verdict.ranked}
    own = advice.costing.case.whole_demand.busy_share
    for term in advice.break_evens.terms:
        if term.busy_share is None or abs(own - term.busy_share) < 1e-6:
            continue
        cheaper = (own > term.busy_share) == (term.pays == "above")
        assert (ranked[term.option] < ranked["on-demand"]) == cheaper


def test_a_service_whose_peaks_are_less_busy_than_its_base() -> None:
    """Kept alike on all nodes, a month reserved would pay above 97%: at 90% the verdict would contradict it."""
    service = {"kind": "inference", "gpu": "H200-SXM", "nodes": 8, "months": 36, "busy": 0.9}
    profile = a_profile(service, company={"stage": "series-a", "cash_usd": 20_000_000})
    evens = advise(profile, built_in_book(), paths=100).break_evens
    month = next(term for term in evens.terms if term.label == "1-month reservation")
    assert month.pays == "above"
    assert month.busy_share == pytest.approx(0.884, abs=0.006)


def curve(found: UseCurves, option: str) -> UseCurve:
    return next(one for one in found.curves if one.option.id == option)


@pytest.mark.parametrize("name", NAMES)
def test_many_shares_at_once_are_one_share_at_a_time(name: str) -> None:
    advice, found = answered(name)
    case, forecast = advice.costing.case, advice.costing.forecast
    for at in (0, 17, SHARES - 1):
        share = float(found.shares[at])
        demand = demand_with(
            advice.profile, case.assumptions, kept_busy(share, case.whole_demand.busy_share), case.assumptions
        )
        one = case.with_demand(demand)
        for drawn in found.curves:
            option = present(
                on_demand(one)
                if drawn.option.id == "on-demand"
                else owned(one)
                if drawn.option.term_months is None
                else reserved_as(one, drawn.option.id)
            )
            usd = float(expected_usd(option, one, forecast)) / demand.expected_used_gpu_hours
            assert drawn.usd_per_used_gpu_hour[at] == pytest.approx(usd, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_term_crosses_on_demand_at_its_break_even_share(name: str) -> None:
    advice, found = answered(name)
    renting = curve(found, "on-demand").usd_per_used_gpu_hour
    looked_at = 0
    for term in advice.break_evens.terms:
        drawn = [one for one in found.curves if one.option.id == term.option]
        if not drawn or term.busy_share is None or not found.shares[1] < term.busy_share < found.shares[-2]:
            continue
        more_expensive = drawn[0].usd_per_used_gpu_hour > renting
        below, above = found.shares < term.busy_share, found.shares > term.busy_share
        assert np.all(more_expensive[below] == (term.pays == "above"))
        assert np.all(more_expensive[above] == (term.pays == "below"))
        looked_at += 1
    assert looked_at or all(term.busy_share is None or term.busy_share > 0.9 for term in advice.break_evens.terms)


def test_an_hour_of_work_gets_cheaper_the_busier_the_gpus_are_kept() -> None:
    _, found = answered("cluster-64")
    assert len(found.curves) >= 4
    for one in found.curves:
        assert np.all(np.diff(one.usd_per_used_gpu_hour) < 0)
