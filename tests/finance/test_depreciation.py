"""Depreciation: every schedule deducts the price once, in the months its convention says."""

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.finance.depreciation import (
    bonus_deductions_usd,
    book_value_usd,
    macrs_five_year_deductions_usd,
    straight_line_deductions_usd,
)
from tests.support.folders import PUBLISHED_CASES

CASE = tomllib.loads(PUBLISHED_CASES.read_text(encoding="utf-8"))["macrs_5y_250k"]


def test_the_published_macrs_deductions_and_bonus_shield_are_met() -> None:
    price, expected = CASE["inputs"]["price_usd"], CASE["expected"]
    yearly = macrs_five_year_deductions_usd(price).reshape(-1, 12).sum(axis=1)
    assert yearly == pytest.approx(expected["deductions_usd_per_tax_year"], rel=CASE["rel"])
    shield = CASE["inputs"]["tax_rate"] * bonus_deductions_usd(price).sum()
    assert shield == pytest.approx(expected["bonus_tax_shield_usd"], rel=CASE["rel"])


def test_months_of_one_tax_year_deduct_the_same() -> None:
    """$1,200 a year of bonus is $100 a month; MACRS on $1,200 is $20, then $32 a month."""
    assert bonus_deductions_usd(1200) == pytest.approx(np.full(12, 100))
    assert macrs_five_year_deductions_usd(1200)[[0, 11, 12, 23, 71]] == pytest.approx([20, 20, 32, 32, 5.76])


def test_book_value_falls_from_the_price_in_a_straight_line() -> None:
    assert book_value_usd(100, straight_line_deductions_usd(100, 4)) == pytest.approx([100, 75, 50, 25, 0])


@given(st.floats(0.01, 1e9), st.integers(1, 120))
def test_every_schedule_deducts_the_price_and_no_more(price: float, months: int) -> None:
    schedules = (
        straight_line_deductions_usd(price, months),
        macrs_five_year_deductions_usd(price),
        bonus_deductions_usd(price),
    )
    assert [schedule.size for schedule in schedules] == [months, 72, 12]
    for schedule in schedules:
        assert schedule.sum() == pytest.approx(price)
        assert (schedule >= 0).all()
        assert book_value_usd(price, schedule)[-1] == pytest.approx(0, abs=1e-9 * price)


def test_hardware_cannot_be_written_off_over_no_months() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        straight_line_deductions_usd(100, 0)
