"""The timeline of a plan: what to do when, with money and cash by month, as values and as a picture."""

import json
from datetime import date

import pytest

from advisor.decision.advise import advise
from advisor.formatting import usd
from advisor.profiles.validation import parse_profile
from advisor.reports.document import Picture
from advisor.reports.formats.svg import svg
from advisor.reports.timeline.picture import timeline_lines
from advisor.reports.timeline.steps_view import plan_steps, timeline_of
from advisor.reports.timeline.timeline import Timeline, TimelineSeries, TimelineStep
from advisor.reports.verdict_view import headline
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample

STEPS = tuple(
    TimelineStep(month, f"reserve {month} nodes, 12 months", "sign", month, 12, 0.0, 1e6)
    for month in (1, 7, 13, 19, 24)
)
SERIES = (
    TimelineSeries("nodes", tuple(map(float, range(1, 25))), "24"),
    TimelineSeries("paid", (8.0, *[1.0] * 23), "$8"),
    TimelineSeries("cash", (*[5.0] * 20, -1.0, -2.0, -3.0, -4.0), "$5"),
)
TIMELINE = Timeline("reserve", STEPS, SERIES)


def test_all_steps_and_amounts_are_in_the_picture() -> None:
    lines = [line.text for line in timeline_lines(TIMELINE, 79)]
    assert len(lines) == 1 + len(STEPS) + len(SERIES) + 1
    assert lines[3].split() == ["13", "reserve", "13", "nodes,", "12", "months", "$1.00M"]
    assert max(map(len, lines)) <= 79


@pytest.mark.parametrize("width", [30, 38, 60, 120])
@pytest.mark.parametrize("height", [4, 5, 7, 10, 20])
def test_the_picture_fits_its_place(width: int, height: int) -> None:
    lines = timeline_lines(TIMELINE, width, height)
    assert len(lines) <= height
    assert all(len(line.text) <= width for line in lines)
    assert lines[1].text.split()[0] == "1"


def test_where_steps_are_left_out_the_last_one_stays_and_so_does_the_cash() -> None:
    lines = [line.text for line in timeline_lines(TIMELINE, 60, 7)]
    assert [line.split()[0] for line in lines[1:]] == ["1", "...", "24", "paid", "cash", "month"]
    assert "3 more steps" in lines[2]


def test_bars_are_as_high_as_the_amount_and_months_without_cash_are_crossed() -> None:
    nodes, paid, cash = (line.rest for line in timeline_lines(TIMELINE, 17 + 24) if line.what == "series")
    assert nodes == "".join(sorted(nodes))
    assert nodes[0] < nodes[-1]
    assert paid[0] == "█"
    assert set(paid[1:]) == {"▂"}
    assert cash == "█" * 20 + "×" * 4


def test_the_cash_line_is_what_the_company_has_left() -> None:
    """Two terms of twelve months: the second one is paid for in month 13."""
    advice = advise(sample("cluster-64"), BOOK)
    found, pick = present(timeline_of(advice)), present(advice.verdict.pick)
    assert [step.month for step in found.steps] == [1, 13]
    company = advice.profile.company
    cash = next(one.values for one in found.series if one.name == "cash")
    spent = pick.cost.plan_holds_usd[:24].sum() + 24 * company.burn_usd_per_month
    assert cash[-1] == pytest.approx(present(company.cash_usd) + company.committed_funding_usd - spent)


def test_replicas_on_spot_are_counted_in_the_headline() -> None:
    """`RENT on spot` did not say how many."""
    serving = {"parameters": 70e9, "tokens_per_day": 20e9}
    work = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "serving": serving}
    advice = advise(parse_profile({"name": "served", "workload": [work]}, BOOK), BOOK, 100)
    assert headline(advice) == "RENT 45 replicas on spot, on demand while interrupted"


def test_what_is_done_at_once_has_no_timeline() -> None:
    assert timeline_of(advise(a_profile({"nodes": 1, "months": 1}), BOOK)) is None


def test_the_memo_draws_a_bar_a_month_and_a_line_where_something_is_done() -> None:
    drawn = svg(Picture("By month", "The steps.", TIMELINE), 1)
    assert drawn.count("<rect") == 24 + 24 + 20, "no bar for cash that is not there"
    assert drawn.count("stroke-dasharray") == len(STEPS) * len(TIMELINE.series)
    assert all(f"month {step.month}<" in drawn for step in STEPS[:4])
    assert "cash, at most $5" in drawn


@pytest.mark.parametrize("name", ["cluster-64", "lora-one-node"])
def test_the_json_has_the_steps_of_the_screen(name: str) -> None:
    """One step too, which needs no timeline."""
    advice = advise(sample(name), BOOK)
    shown, steps = plan_steps(advice), advise_json(advice, None, date(2026, 11, 24))["steps"]
    assert [(one["month"], one["text"], one["nodes"]) for one in steps] == [
        (one.month, one.text, one.nodes) for one in shown
    ]
    assert [usd(one["paid_usd"]) for one in steps] == [one.paid for one in shown]
    timeline = timeline_of(advice)
    assert (timeline is None) == (len(shown) < 2)
    assert timeline is None or timeline.steps == shown


def test_hardware_is_bridged_month_by_month_and_a_month_is_paid_once() -> None:
    """Two steps of month 1 each said that $3.74M is paid, and a contract of one month was all until delivery."""
    work = {"kind": "pre-train", "nodes": 32, "months": 48, "busy": 0.9, "plan_change_per_month": 0.002}
    company = {"discount_rate": 0.1, "tax_rate": 0.25, "depreciation": "bonus", "hosting": "on-premises"}
    advice = advise(a_profile(work, company=company), BOOK)
    found = present(timeline_of(advice))
    assert [step.text for step in found.steps] == ["order 32 nodes", "reserve 32 nodes, 1 month, renewed to month 5"]
    assert found.steps[1].in_all.endswith(" the first")
    assert (found.steps[0].paid, found.steps[1].paid) == (usd(found.steps[0].paid_usd), "")
    assert found.title == "By month, if the plan holds, after tax"


def test_no_amount_of_the_json_is_minus_nothing() -> None:
    """What a reservation leaves at the end of the plan was -0.0."""
    assert "-0.0," not in json.dumps(advise_json(advise(sample("lora-one-node"), BOOK), None, date(2026, 11, 24)))


def test_no_contract_is_signed_until_hardware_arrives_where_renting_is_forbidden() -> None:
    """`reserve 10 nodes, 1 month`, of a company that may not rent; and its reasons told what that costs."""
    company = {"rental_forbidden_because": "data must stay", "hosting": "on-premises"}
    advice = advise(a_profile({"nodes": 10, "months": 36, "busy": 0.9}, company=company), BOOK)
    assert [step.text for step in plan_steps(advice)] == ["order 10 nodes"]
    assert any("; the rent that stands for waiting until then is $" in one for one in advice.reasons.sentences)
