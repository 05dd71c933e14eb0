"""A figure of the user is shown as the user's own, and a price has one age, wherever they appear."""

from datetime import date
from pathlib import Path

import pytest

from advisor.decision.advise import advise
from advisor.explain.drilldown import number_detail
from advisor.explain.input_sources import source_of
from advisor.explain.number_id import NumberId
from advisor.formatting import age_phrase
from advisor.input_id import InputId
from advisor.market.price_history import built_in_history
from advisor.market.provenance import age_days, of_figure
from advisor.profiles.form.form_fields import form_fields
from advisor.reports.assumptions_view import assumptions
from advisor.reports.market_view import market_view, own_choice
from advisor.reports.source_view import provenance_rows, source_lines
from advisor.reports.verdict_view import market_line
from tests.support.json_contracts import strict_json
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, a_profile

TODAY = date(2026, 11, 28)
LIST = "H100-SXM.neocloud_usd_per_gpu_hour"
OWN = advise(a_profile(gpu={"neocloud_usd_per_gpu_hour": 2.9}), BOOK, paths=100)
BOOKS = advise(a_profile(), BOOK, paths=100)


def test_the_market_screen_shows_no_range_sample_or_date_of_the_book() -> None:
    view = market_view(OWN, own_choice(OWN), built_in_history(), TODAY)
    row = next(row for row in view.rows if row.id == LIST)
    assert (row.value, row.mark) == ("$2.90/GPU-h", "*")
    assert (row.spread, row.sample, row.day) == ("", "", "")


def test_the_heading_calls_the_price_the_users_own() -> None:
    assert market_line(OWN, TODAY) == "H100 SXM · GPU cloud list $2.90/GPU-h (your own)"
    assert market_line(OWN, TODAY, short=True) == "H100 SXM · $2.90/GPU-h · your own"


def test_the_source_pane_and_the_drill_down_say_whose_it_is() -> None:
    found = source_of(InputId.parse(LIST), OWN, TODAY)
    assert found.evidence == "yours"
    assert (found.provenance.n, found.provenance.date, found.provenance.age_days) == (None, None, None)
    rows = dict(provenance_rows(found.provenance))
    assert rows["value"] == "$2.90/GPU-h, your own"
    assert "date" not in rows


def test_memo_and_appendix_carry_no_sample_of_the_book() -> None:
    row = next(one for one in assumptions(OWN) if one.id == LIST)
    assert (row.own, row.low, row.high, row.n, row.date) == (True, None, None, None, "")
    line = next(line for line in source_lines(OWN) if line.startswith("on-demand price"))
    assert "(your own)" in line
    assert "n=6" not in line


def test_json_and_form_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[gpu.H100-SXM]\nneocloud_usd_per_gpu_hour = 2.9\n", encoding="utf-8")
    asked = ["advise", "cluster-64", "--book", str(tmp_path / "mine.toml"), "--paths", "100", "--json"]
    market = strict_json(run_here(asked, tmp_path).out)["market"]
    source = next(one for one in market["sources"] if one["id"] == LIST)
    assert (source["own"], source["n"], source["date"], source["low"], source["high"]) == (True, *4 * [None])
    assert market["as_of"] is None
    book = BOOK.with_gpu_figures("H100-SXM", {"neocloud_usd_per_gpu_hour": 2.9}, "your book mine.toml")
    field = next(one for one in form_fields(a_profile(), book) if one.label == "Offer on demand")
    assert field.source == "book, list: your book mine.toml"


@pytest.mark.parametrize("today", [date(2026, 10, 10), date(2026, 10, 31), TODAY, date(2027, 3, 1)])
def test_a_price_has_the_same_age_everywhere(today: date) -> None:
    figure = BOOK.figure(LIST)
    age = age_phrase(age_days(figure.date, today, BOOK.read_on))
    assert f"prices of {figure.date}, {age}" in market_line(BOOKS, today)
    found = of_figure(LIST, figure, BOOK, today)
    assert dict(provenance_rows(found))["date"] == f"{figure.date}, {age}"
    opened = number_detail(NumberId.of_input(InputId.parse(LIST)), BOOKS, today)
    assert dict(opened.source)["date"] == f"{figure.date}, {age}"
