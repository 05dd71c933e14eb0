"""Pictures of what is uncertain: the fan of rents, and bars with the range of a cost."""

from dataclasses import replace
from itertools import pairwise

import pytest

from advisor.decision.advise import advise
from advisor.decision.risk import Spread
from advisor.reports.cards.cost_axis import cost_axis
from advisor.reports.cards.cost_bar import cost_bar
from advisor.reports.rents.fan_picture import fan_lines
from advisor.reports.rents.fan_view import rent_fan
from advisor.reports.verdict_view import cost_rows
from advisor.reports.view_models import RentFan
from tests.support.profile_builder import BOOK, sample

WIDENING = RentFan(tuple(tuple(100.0 + month * step for month in range(25)) for step in (-3.0, -1.0, 0.0, 1.0, 3.0)))


def spread(low: float, high: float) -> Spread:
    return Spread(low, high, high, 0.0, 0.5)


def test_the_fan_widens_around_the_median() -> None:
    lines = fan_lines(WIDENING, 60, 10)
    assert len(lines) == 10
    columns = [[line[9 + cell] for line in lines[:-1]] for cell in range(47)]
    assert all(column.count("━") == 1 for column in columns)
    assert columns[0].count("░") == 0
    assert [sum(cell != " " for cell in columns[at]) for at in (0, 23, 46)] == [1, 5, 9]
    assert columns[46].index("░") < columns[46].index("▒") < columns[46].index("━")
    assert [line.rpartition(" ")[2] for line in (lines[0], lines[4], lines[8])] == ["95%", "50%", "5%"]


@pytest.mark.parametrize(("width", "height"), [(24, 4), (40, 8), (79, 12), (200, 8)])
def test_the_fan_fits_its_place(width: int, height: int) -> None:
    lines = fan_lines(WIDENING, width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


def test_a_place_that_is_too_small_has_no_fan() -> None:
    assert fan_lines(WIDENING, 12, 8) == ()


def test_a_view_of_ones_own_is_a_line() -> None:
    lines = fan_lines(RentFan(((3.0, 2.0, 1.0),) * 5), 60, 8)
    assert not set("".join(lines)) & set("░▒")


def test_the_fan_starts_at_the_price_of_today_and_its_curves_do_not_cross() -> None:
    advice = advise(sample("cluster-64"), BOOK)
    curves = rent_fan(advice).curves
    assert [curve[0] for curve in curves] == pytest.approx([advice.costing.forecast.spot_usd_per_gpu_hour] * 5)
    assert all(low <= high for one, other in pairwise(curves) for low, high in zip(one, other, strict=True))


def test_the_axis_of_costs_begins_where_they_differ() -> None:
    apart, close = cost_axis([spread(1.0, 10.0), spread(5.0, 20.0)]), cost_axis([spread(90.0, 100.0)])
    assert not apart.cut
    assert apart.places(spread(5.0, 20.0), 10.0) == (0.25, 0.5, 1.0)
    assert close.cut
    assert close.first == pytest.approx(89.0)


def test_a_bar_shows_the_range_of_a_cost_and_where_the_axis_is_cut() -> None:
    row = next(row for row in cost_rows(advise(sample("cluster-64"), BOOK)) if row.is_pick)
    whole = replace(row, places=(0.2, 0.5, 0.9), cut=False)
    assert cost_bar(whole, 20) == "████▓▓▓▓▓▓░░░░░░░░"
    assert cost_bar(replace(whole, cut=True), 20) == "≈███▓▓▓▓▓▓░░░░░░░░"
    assert cost_bar(replace(whole, places=(0.0, 0.0, 0.0)), 20) == "█"
