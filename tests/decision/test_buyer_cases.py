"""Published cases of people who decide about compute, as profiles: payback, and where the terms of a rental pay."""

import pytest

from advisor.decision.advise import advise
from advisor.profiles.store import load_profile
from tests.support.folders import BUYER_CASES
from tests.support.present import present
from tests.support.profile_builder import BOOK


@pytest.mark.parametrize(
    ("name", "months"),
    [
        ("rent_or_buy_a_gpu", 10.274),  # 30,000 / (4 x 730)
        ("own_server_room", 6.3208),  # 430,000 / (100 x 730 - 10 kW x 730 h x 0.19 - 10 % x 430,000 / 12)
        ("node_for_three_years", 16.936),  # 325,000 / (8 x 730 x 3.75 - 10.2 kW x (200 + 730 h x 0.09))
    ],
)
def test_a_purchase_pays_back_when_its_buyer_says(name: str, months: float) -> None:
    payback = present(advise(load_profile(BUYER_CASES / f"{name}.toml", BOOK), BOOK, paths=100).break_evens.payback)
    assert payback.months == pytest.approx(months, rel=1e-4)


def test_the_utilization_above_which_a_term_pays_is_the_ratio_of_the_rates() -> None:
    """A p4d at $20.175 for a year and $12.499 for three years against $32.773 on demand."""
    advice = advise(load_profile(BUYER_CASES / "rates_of_a_p4d.toml", BOOK), BOOK, paths=100)
    ratios = {term.option: term.rate_ratio for term in advice.break_evens.terms}
    assert ratios["reserved-12m-offer"] == pytest.approx(20.175 / 32.773)
    assert ratios["reserved-36m-offer"] == pytest.approx(12.499 / 32.773)
