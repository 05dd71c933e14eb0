"""Nothing is charged that cannot be had, a longer plan never costs less, and a jump in price has its reason shown."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of, demand_with
from advisor.costing.case import Case
from advisor.costing.cost_table import PlanState, padded
from advisor.costing.option import Option
from advisor.costing.options.all_options import plain_menu
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.profile_builder import BOOK, tiers_of

MOST = BOOK.assumptions("H100-SXM").rental.on_demand_max_nodes
LENGTHS = np.arange(1.0, 60.0)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """One workload of any kind and size, small and large jobs, which may start later and leave a part behind."""
    gpu = draw(st.sampled_from(sorted(BOOK.gpus)))
    work: dict[str, Any] = {
        "kind": draw(st.sampled_from(["fine-tune", "pre-train", "inference"])),
        "gpu": gpu,
        "nodes": draw(st.integers(1, 40) | st.integers(60, 300) | st.sampled_from([127, 128, 129, 255, 256, 1000])),
        "months": draw(st.integers(1, 40)),
        "busy": draw(st.floats(0.2, 1.0)),
        "plan_change_per_month": draw(st.sampled_from([0.0, 0.005, 0.02, 0.05])),
        "residual_share": draw(st.sampled_from([0.0, 0.1, 0.6, 1.0])),
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "start_month": st.integers(1, 12),
        "growth_per_month": st.floats(-0.02, 0.02),
        "job_nodes": st.integers(1, work["nodes"]),
    }
    work |= draw(st.fixed_dictionaries({}, optional=optional))
    return {"name": "random", "workload": [work], "market": {"tier": draw(st.sampled_from(tiers_of(gpu)))}}


def rents_beyond_the_market(case: Case, option: Option) -> bool:
    """Whether a table holds on-demand rent for a job that is larger than any on offer, in a state that can occur."""
    table, demand = option.table, case.demand
    month = np.arange(table.months)
    reached = {
        PlanState.ACTIVE: (month < demand.lengths, demand.alive_shape),
        PlanState.WINDING_DOWN: ((month >= 1) & (table.gone_by < month), demand.after_shape),
        PlanState.EXITED: (table.gone_by >= 1, demand.after_shape),
    }
    rent = table.coefficients[[name == "rent" for name in table.components]].sum(axis=0)
    return any(
        bool((rent[state] * possible * (padded(shape.fabric_nodes, table.months) > MOST)).any())
        for state, (possible, shape) in reached.items()
        if state == PlanState.ACTIVE or demand.hazard_per_month > 0
    )


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_no_option_rents_where_there_is_no_market(raw: dict[str, Any]) -> None:
    """On demand, failures, the wait for delivery, the rest of a plan and what a change of it leaves."""
    case = case_of(parse_profile(raw, BOOK), BOOK)
    for option in plain_menu(case):
        if not option.infeasible_because:
            assert not rents_beyond_the_market(case, option), option.id


def best_by_length(profile: Profile) -> dict[str, np.ndarray]:
    """The least cost of each class for plans of 1 to 59 months, of the feasible options; infinite without one."""
    case = case_of(profile, BOOK)
    demand = demand_with(
        profile, case.assumptions, lambda work: work.__class__(**{**vars(work), "months": LENGTHS[:, None]}),
        case.assumptions.gpu,
    )  # fmt: skip
    at_lengths, found = case.with_demand(demand), dict[str, np.ndarray]()
    for option in plain_menu(at_lengths):
        usd = np.where(option.infeasible, np.inf, expected_usd(option, at_lengths, forecast_for(case, profile)))
        found[option.action] = np.minimum(found.get(option.action, np.inf), usd)
    return found


@pytest.mark.long(quick=True)
@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_a_longer_plan_never_costs_less(raw: dict[str, Any]) -> None:
    """The best of all, and of each class that is on offer for both lengths."""
    work = {**raw["workload"][0], "start_month": 0}
    by_class = best_by_length(parse_profile({**raw, "workload": [work]}, BOOK))
    for name, usd in {**by_class, "all": np.min(list(by_class.values()), axis=0)}.items():
        shorter, longer = usd[:-1], usd[1:]
        both = np.isfinite(shorter) & np.isfinite(longer)
        fallen = both & (longer < shorter * (1 - 1e-6))
        assert not fallen.any(), f"{name}: {np.flatnonzero(fallen) + 1}, {usd[:-1][fallen]}, {usd[1:][fallen]}"
