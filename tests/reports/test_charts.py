"""What pictures are drawn from, and the drawing: pure functions, without a screen."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.costing.components import GROUPS
from advisor.decision.advise import Advice, advise
from advisor.decision.cost_options import cost_options
from advisor.decision.decision_map import decision_map
from advisor.decision.utilization_curve import use_curves
from advisor.explain.number_id import NumberId
from advisor.market.forecast.bands import outlook
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile, sample_entries
from advisor.reports.charts_view import cost_plot, map_view, tornado_bars, use_plot, waterfall_bars
from advisor.reports.compare_view import compare_columns
from advisor.reports.rents.fan_view import rent_rows, rents_plot
from advisor.reports.view_models import TornadoBar, WaterfallBar
from screens.widgets.braille import draw
from screens.widgets.columns import table_content
from screens.widgets.grid import cell_text, under_the_map
from screens.widgets.steps import span, tornado_lines, waterfall_lines
from tests.support.present import present
from tests.support.profile_builder import BOOK, PLANS, a_profile, as_joint, changed, sample

AMOUNTS = st.floats(-1e9, 1e9)
A_NUMBER = NumberId("gap")


def advice_on(name: str) -> Advice:
    book = built_in_book()
    entry = next(entry for entry in sample_entries() if entry.name == name)
    return advise(load_profile(entry.path, book), book, paths=100)


@pytest.mark.parametrize("name", PLANS)
def test_the_waterfall_goes_from_the_pick_to_the_rival_without_a_gap(name: str) -> None:
    advice = advice_on(name)
    bars = list(waterfall_bars(advice))
    pick, rival = present(advice.verdict.pick), present(advice.verdict.rival)
    assert (bars[0].start, bars[0].end) == (0.0, pick.cost.expected_usd)
    for before, after in pairwise(bars[:-1]):
        assert after.start == before.end
        assert after.kind == ("more" if after.end > after.start else "less")
    assert bars[-1].end == rival.cost.expected_usd
    assert bars[-2].end == pytest.approx(bars[-1].end, abs=len(bars))  # steps below half a dollar are left out


def test_tornado_bars_are_the_swings_with_the_worse_end_first() -> None:
    advice = advice_on("cluster-64")
    bars, swings = list(tornado_bars(advice)), advice.sensitivity.swings
    assert len(bars) == 10
    for bar, swing in zip(bars, swings, strict=False):
        assert (bar.worse_usd, bar.better_usd) == tuple(sorted((swing.gap_at_low_usd, swing.gap_at_high_usd)))
    widths = [bar.better_usd - bar.worse_usd for bar in bars]
    assert widths == sorted(widths, reverse=True)


def test_the_map_says_what_the_engine_found() -> None:
    advice = advice_on("frontier-lab-1000")
    costing = advice.costing
    found = decision_map(advice.profile, costing)
    view = map_view(advice, found)
    letters = {"rent": "R", "reserve_short": "S", "reserve_long": "L", "buy": "B", None: "-"}
    for row, cells in zip(view.cells, found.cells, strict=True):
        for shown, cell in zip(row, cells, strict=True):
            assert shown.letter.upper() == letters[None if cell.option is None else cell.option.option_class]
            assert shown.letter.islower() == cell.close
            assert ("too close to call" in shown.text) == cell.close
    own = view.cells[view.own[0]][view.own[1]]
    assert own.text.startswith("1,000 nodes for 48 months: ")


@pytest.mark.parametrize(
    ("name", "own", "legend"),
    [("one-gpu-speech", "1 GPU for 12 months: ", False), ("one-rack-of-72", "72 GPUs (1 node) for 6 months: ", True)],
)
def test_the_map_has_the_own_size_in_gpus_and_says_what_a_dash_is(name: str, own: str, legend: bool) -> None:
    advice = advice_on(name)
    costing = advice.costing
    view = map_view(advice, decision_map(advice.profile, costing))
    assert view.cells[view.own[0]][view.own[1]].text.startswith(own)
    assert ("- nothing available" in view.legend) == legend


def test_the_map_says_that_its_gaps_leave_out_what_the_verdicts_count() -> None:
    """Four nodes of hardware in hand are sold: the work alone costs less than they bring."""
    advice = advise(changed(sample("lora-one-node"), owned=[{"nodes": 4}]), BOOK, 100)
    view = map_view(advice, decision_map(advice.profile, advice.costing))
    assert view.cells[view.own[0]][view.own[1]].text.endswith(" more without what is in hand")


def test_no_step_of_the_waterfall_is_called_as_an_option() -> None:
    """On a hosted API its tokens are a step to any other option."""
    costing = cost_options(sample("serve-70b"), BOOK)
    api = next(option for option in costing.verdict.ranked if option.action == "api")
    assert {option.cost.option.label for option in costing.verdict.ranked}.isdisjoint(GROUPS)
    assert api.cost.by_group()["API tokens"] == pytest.approx(api.cost.expected_usd)


@given(st.tuples(AMOUNTS, AMOUNTS), AMOUNTS, AMOUNTS, st.integers(1, 300))
def test_a_bar_lies_within_its_scale_and_can_be_seen(
    ends: tuple[float, float], one: float, other: float, cells: int
) -> None:
    least, most = min(one, other, *ends), max(one, other, *ends)
    left, right = span(ends, least, most, cells)
    assert 0 <= left < right <= cells


def test_a_waterfall_is_drawn_to_scale_and_its_steps_float() -> None:
    bars = (
        WaterfallBar("reserve", "$100", 0, 100, "total", "reserve", A_NUMBER),
        WaterfallBar("rent", "+$50", 100, 150, "more", None, A_NUMBER),
        WaterfallBar("power", "-$25", 150, 125, "less", None, A_NUMBER),
        WaterfallBar("buy", "$125", 0, 125, "total", "buy", A_NUMBER),
    )
    lines = [line.content.plain[33:] for line in waterfall_lines("From reserve to buy", bars, 33 + 30)[1:]]
    assert lines == ["█" * 20, " " * 20 + "█" * 10, " " * 25 + "▒" * 5, "█" * 25]


def test_a_tornado_shows_on_which_side_of_nothing_the_lead_is() -> None:
    bars = (
        TornadoBar("price", -50.0, 50.0, "$3", "$1", "$1 to $3", A_NUMBER),
        TornadoBar("power", 50.0, 100.0, "2 kW", "1 kW", "1 to 2 kW", A_NUMBER),
    )
    left = len("price ") + len("2 kW ")  # what is beside the bars takes the room that it needs
    width = left + 30 + len(" 1 kW")
    _, first, second, foot = (line.content.plain for line in tornado_lines(bars, width))
    assert first[left : left + 30] == "▒" * 10 + "█" * 10 + " " * 10
    assert second[left : left + 30] == " " * 10 + "│" + " " * 9 + "█" * 10
    assert foot[left + 10] == "0"
    assert foot.rstrip().endswith("$100")


def test_the_name_of_an_input_is_in_full_where_bars_keep_a_fifth_of_the_width() -> None:
    """It was cut at 24 letters on any screen."""
    name = "chance a month that the plan changes"
    bars = (TornadoBar(name, 1.0, 2.0, "2.1%", "0.9%", "", A_NUMBER),)
    assert name in tornado_lines(bars, 80)[1].content.plain
    assert "chance a month that …" in tornado_lines(bars, 40)[1].content.plain


@example([(0.0, 1.0)], 6)  # narrower than what is beside the bars
@given(
    st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=12),
    st.integers(0, 200),
)
def test_pictures_of_any_figures_keep_within_their_width(ends: list[tuple[float, float]], width: int) -> None:
    tornado = tuple(TornadoBar("x" * 40, min(pair), max(pair), "worse", "better", "", A_NUMBER) for pair in ends)
    steps = tuple(WaterfallBar("x" * 40, "+$1", *pair, "more", None, A_NUMBER) for pair in ends)
    least = 25 + 2 * 12 + 2 + 4
    assert all(len(line.content.plain) <= max(width, least) for line in tornado_lines(tornado, width))
    assert all(len(line.content.plain) <= max(width, 37) for line in waterfall_lines("title", steps, width))


def test_what_lies_above_the_picture_is_not_drawn() -> None:
    cells = draw([[30.0, 20.0, 10.0, 0.0]], 8, 4, 0.0, 10.0)
    assert all(cell.character == " " for row in cells for cell in row[:5])
    assert any(cell.character != " " for row in cells for cell in row[5:])


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=24, unique=True), st.integers(1, 6))
def test_numbers_under_the_map_stand_under_their_cells_and_apart(nodes: list[int], width: int) -> None:
    nodes.sort()
    line, numbers = under_the_map(tuple(map(str, nodes)), width)
    words = numbers[8:].split()
    assert words
    assert {int(word) for word in words} <= set(nodes), "no two have run together"
    assert len(line) == 8 + width * len(nodes)
    for word in words:
        at = numbers[8:].find(word) + len(word) / 2 - 0.5
        home = nodes.index(int(word)) * width + width / 2 - 0.5
        if numbers[8:].count(word) == 1:
            assert abs(at - home) <= max(1.0, (len(word) - 1) / 2)


def test_the_users_own_cell_is_marked_without_color() -> None:
    assert cell_text("L", 3, own=True, frontier=True) == "‹L›"
    assert cell_text("s", 3, own=False, frontier=False) == " s "
    assert cell_text("L", 5, own=True, frontier=False) == " ‹L› "


def test_a_line_is_drawn_where_another_action_begins() -> None:
    assert cell_text("L", 3, own=False, frontier=True) == "▏L "
    assert cell_text("", 3, own=False, frontier=True) == "▏  "
    assert cell_text("L", 1, own=True, frontier=True) == "L"


def test_a_comparison_keeps_ones_own_column_in_view() -> None:
    joint = as_joint(advice_on("lora-one-node"))
    columns = compare_columns([(joint, ())] * 6)
    assert [column.name for column in columns] == ["now", *(f"variant {number}" for number in range(1, 6))]
    for cursor in range(6):
        for width in (40, 80, 140):
            lines = table_content(columns, width, cursor).plain.splitlines()
            assert columns[cursor].name in lines[0]
            assert "now" in lines[0] or width == 40
            assert all(len(line) <= width for line in lines)
            assert any("Present value" in line for line in lines)


def test_the_use_of_a_need_that_contracts_in_hand_serve_has_its_place() -> None:
    profile = a_profile(
        {"kind": "fine-tune", "nodes": 1, "months": 2, "busy": 0.55},
        commitment=[{"nodes": 1, "months_left": 2, "usd_per_gpu_hour": 2.0}],
    )
    advice = advise(profile, BOOK, 100)
    assert not advice.costing.demand.peak_nodes, "nothing is left to be had"
    plot = use_plot(advice, use_curves(profile, advice.costing))
    assert plot.own == pytest.approx((0.55 - 0.1) / 0.9)


def test_costs_below_zero_are_drawn() -> None:
    """Hardware that is sold for more than all of the work costs: the axis ended at zero, and the app drew dots without
    end."""
    work = {"kind": "fine-tune", "nodes": 1, "months": 2}
    plot = cost_plot(advise(a_profile(work, owned=[{"nodes": 4, "sells_for_usd_per_node": 90_000.0}]), BOOK, 100))
    assert plot.lowest == min(min(line.values) for line in plot.lines) < -250_000
    assert plot.highest == 0
    drawn = draw([line.values for line in plot.lines], 30, 10, plot.lowest, plot.highest)
    assert any(cell.curve is not None for cell in drawn[-1])


def test_what_lies_far_below_the_lowest_value_takes_no_longer_to_draw() -> None:
    assert draw([(0.0, -1e300, 1.0, -1e18)], 8, 4, 0.0, 1.0)[0]
    assert draw([(0.0, -1e18)], 8, 4, 0.0, 0.0)[0]


def test_the_fan_of_rents_is_the_markets() -> None:
    advice = advise(sample("cluster-64"), BOOK, 100)
    seen, plot = outlook(BOOK.assumptions("H100-SXM")), rents_plot(advice)
    assert [line.name for line in plot.lines] == ["mean", "5%", "25%", "75%", "95%"]
    mean, low, _, _, high = (line.values for line in plot.lines)
    assert len(mean) == advice.costing.demand.months + 1
    for values, expected in ((high, seen.high), (mean, seen.mean), (low, seen.low)):
        assert list(values) == expected[: len(values)].tolist()
    assert [int(month) for month, *_ in rent_rows(advice)] == [0, 3, 6, 12, 18, 24]
    own = changed(sample("cluster-64"), market={"rents_change_per_year": -0.5})
    certain = rents_plot(advise(own, BOOK, 100)).lines[0].values
    assert certain[24] == pytest.approx(certain[0] / 4, rel=1e-6)
