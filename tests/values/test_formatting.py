"""Figures as text: as many digits as a person reads."""

import pytest

from advisor.formatting import fine_percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0%"),
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
