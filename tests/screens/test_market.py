"""The market as the app shows it: what the verdict depends on, its sources, and whether an offer is good."""

import math
from datetime import date
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from advisor.costing.lineage import component_inputs, leaves
from advisor.decision.advise import Advice, advise
from advisor.decision.cost_options import cost_options
from advisor.formatting import dollars, figure_text
from advisor.market.forecast.bands import quantile_rents
from advisor.market.forecast.forecast import expected_forecast
from advisor.market.price_history import CONSTANT_MIX, built_in_history, month_number
from advisor.offers.evaluate import judge
from advisor.reports.formats.text import text_report
from advisor.reports.market_view import MarketView, choice_beside, market_choices, market_view, own_choice, source_card
from advisor.reports.offers.text import judgment_lines
from advisor.reports.offers.view import offer_views
from advisor.reports.verdict_view import verdict_view
from screens.views.home import HomeScreen
from screens.views.market import MarketScreen
from screens.widgets.figures import FigureList
from tests.screens.test_app import field_keys, shown
from tests.support.app_driver import SIZES, TODAY, press, request, running, screen_text
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample

HISTORY = built_in_history()
LATER = date(2027, 2, 1)
OFFERS = """schema = 1
name = "Offered"
[[workload]]
kind = "pre-train"
gpu = "H100-SXM"
nodes = 64
months = 24
busy = 0.85
[[quote]]
option = "reserved"
months = 12
usd_per_gpu_hour = 2.45
prepaid = 0.25
from = "vendor A"
date = 2026-11-02
[[quote]]
option = "buy"
usd_per_node = 250000
"""


@pytest.fixture(scope="module")
def cluster() -> Advice:
    return advise(sample("cluster-64"), BOOK, paths=100)


@pytest.fixture(scope="module")
def market(cluster: Advice) -> MarketView:
    return market_view(cluster, own_choice(cluster), HISTORY, TODAY)


BARS = {"facility.used_max_nodes", "money.cash_safety_share", "rental.marketplace_max_nodes"}  # options, at no cost


def test_every_figure_the_64_node_verdict_depends_on_is_there_with_its_source(market: MarketView) -> None:
    """What its costs depend on is what their components name, which tests/costing/test_lineage.py finds true."""
    profile = sample("cluster-64")
    costing = cost_options(profile, BOOK)
    rows = {row.id: row for row in market.rows}
    named = BARS | {
        str(leaf)
        for cost in costing.costs
        for inputs in component_inputs(cost, profile, costing.book).values()
        for leaf in leaves(inputs, profile, costing.book)
    }
    depends_on = {path: figure for path, figure in BOOK.figures() if path in named}
    assert len(depends_on) > 80
    assert {"H100-SXM.node_usd", "facility.pue", "experts.score_temper", "money.discount_rate"} <= set(depends_on)
    for path, figure in depends_on.items():
        row = rows[path]
        assert row.source == BOOK.sources[figure.source].title
        assert row.value == figure_text(figure.value, figure.unit)
        assert (row.day, row.mark == "!") == (figure.date, figure.is_thin)
    assert len(rows) == len(market.rows), "no figure is there twice"


def test_a_source_line_is_at_most_three_steps_from_every_row(cluster: Advice, market: MarketView) -> None:
    """A row opens a card; the card of a computed figure opens what it is computed from."""

    def sourced(figure_id: str, steps: int) -> bool:
        card = source_card(figure_id, cluster, HISTORY, TODAY)
        said = dict(card.rows)
        if card.parts:
            return steps > 1 and all(sourced(part, steps - 1) for part, _ in card.parts)
        return bool(said["source"] and said["where"] and said["value"])

    assert all(sourced(row.id, 3) for row in market.rows)


def test_the_picture_is_the_history_and_the_forecast_as_far_as_the_plan_goes(
    cluster: Advice, market: MarketView
) -> None:
    plot, series = market.plot, HISTORY.series("H100-SXM", CONSTANT_MIX)
    now = month_number(f"{BOOK.read_on:%Y-%m}")
    past = plot.lines[0].values
    for month, value in zip(series.months, series.values, strict=True):
        at = month_number(month) - now + 36
        if at >= 0:
            assert past[at] == pytest.approx(value)
    assert all(math.isnan(value) for value in past[37:])
    forecast = expected_forecast(BOOK.assumptions("H100-SXM"))
    named = {line.name: line.values for line in plot.lines if line.name}
    assert named["mean"][36:] == pytest.approx(forecast.usd_per_gpu_hour[:25].tolist())
    assert named["5%"][-1] == pytest.approx(quantile_rents(forecast, 0.05)[24])
    assert named["95%"][-1] == pytest.approx(quantile_rents(forecast, 0.95)[24])
    assert plot.own == pytest.approx(36 / 60)
    (today,) = plot.marks
    assert today.at == pytest.approx(36 / 60)
    assert today.value == 3.89


def test_an_own_view_of_rents_is_one_certain_path_and_a_row(cluster: Advice) -> None:
    advice = advise(a_profile(market={"rents_change_per_year": -0.4}), BOOK, paths=100)
    view = market_view(advice, own_choice(advice), HISTORY, TODAY)
    forecast = [line for line in view.plot.lines if line.name]
    assert [line.name for line in forecast] == ["mean"]
    assert forecast[0].values[36 + 12] == pytest.approx(3.89 * 0.6)
    row = next(row for row in view.rows if "own view" in row.name)
    assert (row.value, row.mark, row.source) == ("-40% a year", "*", "your profile")
    assert "certain" in source_card(row.id, advice, HISTORY, TODAY).rows[0][1]


@pytest.mark.parametrize("steps", [1, -1])
def test_every_market_has_a_picture_and_they_come_round(cluster: Advice, steps: int) -> None:
    choices = market_choices(BOOK)
    at, seen = None, []
    for _ in choices:
        at = choice_beside(cluster, at, steps)
        view = market_view(cluster, at, HISTORY, TODAY)
        seen.append((view.gpu, view.tier))
        price = BOOK.gpus[view.gpu].figures[f"{view.tier}_usd_per_gpu_hour"].value
        assert view.plot.marks[-1].value == price
        assert view.plot.lowest < price < view.plot.highest
        assert view.rows[0].value == f"{dollars(price)}/GPU-h"
    assert set(seen) == set(choices)
    assert at == own_choice(cluster)


def test_an_offer_is_judged_in_the_words_of_the_command() -> None:
    profile = a_profile(quote=[{"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.1}])
    (rent,) = offer_views(profile, cost_options(profile, BOOK), BOOK, HISTORY, TODAY)
    judged = judge(profile.quote[0], "H100-SXM", 64, BOOK, HISTORY, TODAY, profile)
    said = judgment_lines(judged, "H100 SXM")
    assert list(rent.lines[: len(said)]) == said
    wins_to = f"${present(present(judged.profile).must_be.usd):.2f}"
    assert rent.answer == f"33% below posted; wins to {wins_to}"
    assert f"  Good: take it up to {wins_to}" in rent.lines


@pytest.mark.parametrize(
    ("usd", "word"), [(100_000, "67% below posted; wins to $"), (250_000, "17% below posted; needs $")]
)
def test_a_node_on_offer_is_held_against_the_price_at_which_buying_wins(usd: int, word: str) -> None:
    advice = advise(a_profile(quote=[{"option": "buy", "usd_per_node": usd}]), BOOK, paths=100)
    (buy,) = offer_views(advice.profile, advice.costing, BOOK, HISTORY, TODAY)
    assert buy.answer.startswith(word)
    price = BOOK.figure("H100-SXM.node_usd").value
    assert any(f"{1 - usd / price:.0%} below" in line for line in buy.lines)
    wins = present(advice.break_evens.node_price.usd)
    assert (usd <= wins) == ("wins to" in word)


async def test_enter_opens_a_source_and_what_it_is_made_of(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "market")) as (app, pilot):
        figure = BOOK.figure("H100-SXM.neocloud_usd_per_gpu_hour")
        source = BOOK.sources[figure.source]
        assert source.title[:50] in shown(app), "who stands behind the figure under the cursor"
        await press(app, pilot, "enter")
        text = shown(app).replace("│ │ ", "")
        for words in ("$3.89/GPU-h, $2.96 to $6.16, n = 13", figure.note[:40], source.title[:50], source.where[:40]):
            assert words in text
        await press(app, pilot, "escape", "slash", *"outlook.h100-sxm.12", "enter", "enter")
        assert "sum of weight" in shown(app)
        await press(app, pilot, "end", "enter")
        assert "expert.H100-SXM.cost-anchor" in shown(app)
        await press(app, pilot, "enter")
        assert "H100-SXM.node_usd" in shown(app)
        assert BOOK.sources[BOOK.figure("H100-SXM.node_usd").source].title[:40] in shown(app)
        await press(app, pilot, "escape", "escape", "escape")
        assert isinstance(app.screen, MarketScreen)


async def test_a_series_opens_with_all_its_months(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "market"), SIZES["140x45"]) as (app, pilot):
        await press(app, pilot, "slash", *"list same providers", "enter", "enter")
        assert "2026-10 3.43 n=6" in shown(app)
        await press(app, pilot, "end")
        assert "2023-04" in shown(app)


async def test_a_slash_narrows_the_figures_and_escape_shows_all_again(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "market")) as (app, pilot):
        figures = app.screen.query_one(FigureList)
        everything = figures.option_count
        await press(app, pilot, "slash", *"staff fte thin")
        assert 0 < figures.option_count < 8
        assert "staff" in shown(app)
        await press(app, pilot, "5", "7")
        assert figures.option_count == 0, "digits are letters of a word here"
        await press(app, pilot, "enter", "enter", "escape")
        assert figures.option_count == everything
        assert not app.screen.query_one(Input).display
        await press(app, pilot, "escape", "escape")
        assert isinstance(app.screen, HomeScreen)


async def test_arrow_and_vim_keys_move_pages_turn_and_another_market_is_a_key_away(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "market")) as (app, pilot):
        figures = app.screen.query_one(FigureList)
        first = figures.row
        await press(app, pilot, "j", "down", "k", "up")
        assert figures.row == first
        await press(app, pilot, "pagedown", "pagedown")
        assert first is not None
        assert present(figures.row).id != first.id
        await press(app, pilot, "g", "right")
        assert "hyperscaler list" in shown(app)
        await press(app, pilot, "l")
        assert "H200 SXM · GPU cloud list" in shown(app)
        assert present(figures.row).id == "H200-SXM.neocloud_usd_per_gpu_hour"
        await press(app, pilot, "left", "left", "h")
        assert "L4 · hyperscaler list" in shown(app), "round and round"
        await press(app, pilot, "v")
        await press(app, pilot, *field_keys(app, "Nodes"), "9", "enter", "M")
        assert "L4 · hyperscaler list" in shown(app), "an edit leaves the market that is looked at"


async def test_offers_are_judged_on_their_own_screen_with_what_they_pay(tmp_path: Path) -> None:
    (tmp_path / "offered.toml").write_text(OFFERS, encoding="utf-8")
    async with running(request("offered", tmp_path, "market")) as (app, pilot):
        assert "O your offers" in shown(app)
        assert "below posted" not in shown(app)
        await press(app, pilot, "O")
        assert "21% below" in shown(app)
        details = "\n".join(app.answer.offers[0].lines if app.answer and app.answer.offers else ())
        assert "What you pay the seller\n  month 1 " in details
        assert "  months 2 to 12 " in details


@pytest.mark.parametrize("size", SIZES)
async def test_an_old_book_says_so_on_the_screen(size: str, tmp_path: Path) -> None:
    options = request("cluster-64", tmp_path, "market")
    async with running(options, SIZES[size], today=LATER) as (app, pilot):
        assert f"the prices are {BOOK.age_days(LATER)} days old" in shown(app)
        assert "too old" in screen_text(app).splitlines()[0]
        await press(app, pilot, "w")
        assert "too old" in screen_text(app).splitlines()[0]
    async with running(options, SIZES[size]) as (app, pilot):
        assert not app.screen.query_one("#old", Static).display
        assert "too old" not in shown(app)


def test_an_old_book_says_so_in_the_report_and_the_contract(cluster: Advice) -> None:
    words = present(BOOK.age_warning(LATER))
    assert words[1:] in verdict_view(cluster, LATER).warnings[0]
    assert words[1:40] in " ".join(text_report(cluster, LATER).split())
    assert words[1:] in advise_json(cluster, None, LATER)["warnings"][0]
    fresh = advise_json(cluster, None, TODAY)["warnings"]
    assert advise_json(cluster, None, LATER)["warnings"][1:] == fresh == list(cluster.reasons.warnings)
    assert verdict_view(cluster, TODAY).warnings == cluster.reasons.warnings


def test_every_part_of_the_book_has_a_heading_a_person_can_read(market: MarketView) -> None:
    assert not {row.group for row in market.rows} & set(BOOK.sections)
