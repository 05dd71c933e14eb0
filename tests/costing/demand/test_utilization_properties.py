"""What must hold for any profile when it works more: nothing gets cheaper, and every hour on demand is paid for."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.options.all_options import plain_options
from advisor.costing.options.on_demand import on_demand
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import BOOK, raw_profiles

BUSY = st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)).map(sorted)


def at_utilization(raw: dict[str, Any], busy: float, **own: Any) -> tuple[Case, Forecast]:
    """The case of a profile of one workload at a utilization, with some of its other fields changed."""
    first = {**raw["workload"][0], **own, "busy": busy}
    profile = parse_profile(
        {**raw, "workload": [{name: value for name, value in first.items() if value is not None}]}, BOOK
    )
    case = case_of(profile, BOOK)
    return case, forecast_for(case, profile)


def plain_costs(case: Case, forecast: Forecast) -> dict[str, float]:
    """What the options cost that need no search for the size of a base, USD."""
    return {option.id: float(expected_usd(option, case, forecast)) for option in plain_options(case)}


@quick_and_long
@settings(max_examples=examples(15, 500), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1), BUSY)
def test_no_option_is_cheaper_for_working_more(raw: dict[str, Any], busy: list[float]) -> None:
    """Of one workload: of several, what a change of plan leaves moves with the hours of each. What serves the rest of a
    plan after its whole terms is chosen at prices that stand still, so that a reservation may win a little by a change
    of that choice."""
    less, more = (plain_costs(*at_utilization(raw, share)) for share in busy)
    for option_id, usd in less.items():
        most = 0.01 if option_id.startswith("reserved") else 1e-9
        assert more[option_id] >= usd - most * abs(usd) - 1e-6, option_id


@quick_and_long
@settings(max_examples=examples(50, 500), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1), BUSY)
def test_renting_on_demand_costs_more_with_every_hour_used(raw: dict[str, Any], busy: list[float]) -> None:
    """Of nodes that are released when idle, strictly; of a service, hours of nodes that are up anyway are billed
    already."""
    less, more = (on_demand_usd(*at_utilization(raw, share)) for share in busy)
    assert less <= more * (1 + 1e-9)
    batch = {"kind": "fine-tune", "mode": None, "base_share": None, "base_busy": None, "job_nodes": 1}
    less, more = (on_demand_usd(*at_utilization(raw, share, **batch)) for share in busy)
    assert less < more or busy[1] - busy[0] < 1e-6


def on_demand_usd(case: Case, forecast: Forecast) -> float:
    """What renting on demand costs, USD."""
    return float(expected_usd(on_demand(case), case, forecast))
