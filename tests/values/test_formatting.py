"""Figures as text: as many digits as a person reads."""

import pytest

from advisor.formatting import (
    amount_range,
    amount_words,
    figure_range,
    figure_text,
    fine_percent,
    percent,
    typed_value,
    usd_rate,
)


def test_a_rate_below_zero_begins_with_its_sign() -> None:
    assert (usd_rate(-6.614), usd_rate(3.43)) == ("-$6.61", "$3.43")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.0004, "under 0.1%"),
        (0.03, "3%"),
        (0.033, "3.3%"),
        (0.0994, "9.9%"),
        (0.0996, "10%"),
        (-0.0994, "-9.9%"),
        (0.85, "85%"),
        (2.2051, "221%"),
    ],
)
def test_a_share_in_a_sentence_has_a_decimal_where_it_is_small(share: float, text: str) -> None:
    assert fine_percent(share) == text


@pytest.mark.parametrize(
    ("value", "unit", "figure", "words"),
    [
        (3.2242, "USD/GPU-h", "$3.22/GPU-h", "$3.22"),
        (4.5, "USD/GPU-h", "$4.50/GPU-h", "$4.50"),
        (-4.5, "USD/GPU-h", "-$4.50/GPU-h", "-$4.50"),
        (0.0866, "USD/kWh", "$0.0866/kWh", "$0.0866"),
        (0.5, "USD/kWh", "$0.50/kWh", "$0.50"),
        (0.997, "USD/GPU-h", "$1.00/GPU-h", "$1.00"),
        (427.0, "USD/node-month", "$427/node-month", "$427"),
        (300_000.0, "USD/node", "$300,000/node", "$300k"),
        (60e6, "USD", "$60M", "$60.0M"),
        (0.2, "share", "20%", "20%"),
        (0.015, "share/month", "1.5%/month", "1.5%"),
        (0.12, "1/year", "12%/year", "12%"),
        (9.89e14, "FLOP/s", "989 TFLOP/s", "989 TFLOP/s"),
        (2.34, "ratio/H100", "2.34 x H100", "2.34"),
        (0.2222222222, "nodes", "0.2222 nodes", "0.22 nodes"),
        (65_536.0, "nodes", "65,536 nodes", "65,536 nodes"),
        (0.625, "months", "0.625 months", "0.62 months"),
        (0.02222, "1/h", "0.02222 1/h", "0.0222 an hour"),
        (0.00001, "1/h", "0.00001 1/h", "0.00001 an hour"),
        (7e12, "tokens", "7T tokens", "7T tokens"),
        (0.0, "USD", "$0", "$0"),
    ],
)
def test_a_figure_has_its_unit_and_the_digits_that_count(value: float, unit: str, figure: str, words: str) -> None:
    assert figure_text(value, unit) == figure
    assert amount_words(value, unit) == words


def test_both_ends_of_a_range_have_one_unit() -> None:
    assert figure_range(2.96, 6.163, "USD/GPU-h") == "$2.96 to $6.16"
    assert figure_range(-0.12, 0.08, "share") == "-12% to 8%"
    assert figure_range(1.784, 2.788, "ratio/H100") == "1.78 to 2.79"
    assert figure_range(3.0, 3.0, "nodes") == figure_range(None, 3.0, "nodes") == ""
    assert amount_range(0.001, 0.02222, "1/h") == "0.001 to 0.0222 an hour"
    assert amount_range(18, 30, "months") == "18 to 30 months"
    assert amount_range(-0.12, 0.08, "share") == "-12% to 8%"
    assert amount_range(-0.1, 0.2, "log/year") == "-10% to +20% a year"


@pytest.mark.parametrize(
    ("typed", "unit", "shown"),
    [
        ("60,000,000", "USD", ("$60M", "")),
        ("1,250,000", "USD", ("$1.25M", "")),
        ("12,345,678", "USD", ("$12,345,678", "")),
        ("-20000", "USD/month", ("-$20k", "/month")),
        ("5000", "USD/month", ("$5,000", "/month")),
        ("0", "USD/month", ("$0", "/month")),
        ("200", "USD/kW-month", ("$200", "/kW-month")),
        ("3.4", "USD/GPU-h", ("$3.40", "/GPU-h")),
        ("3.4321", "USD/GPU-h", ("$3.4321", "/GPU-h")),
        ("85", "%", ("85%", "")),
        ("1.5", "%/month", ("1.5%", "/month")),
        ("16.667", "%", ("16.667%", "")),
        ("5.946309", "%/month", ("~5.95%", "/month")),
        ("24", "months", ("24", " months")),
        ("pre-train", "", ("pre-train", "")),
    ],
)
def test_a_value_of_the_form_is_read_with_its_unit_and_loses_no_digit(
    typed: str, unit: str, shown: tuple[str, str]
) -> None:
    assert typed_value(typed, unit) == shown


@pytest.mark.parametrize(("share", "text"), [(13.27, "1,327%"), (0.85, "85%"), (-0.001, "0%"), (-0.4, "-40%")])
def test_a_share_has_separators_and_nothing_has_no_sign(share: float, text: str) -> None:
    assert percent(share) == text
