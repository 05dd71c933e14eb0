"""Money over time: conventions, and rates of return on the flows that trip other programs."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advisor.finance.discounting import (
    discount_factors,
    monthly_rate,
    net_present_value,
    simple_payback,
)
from advisor.finance.irr import rates_of_return

amounts = st.floats(-1e6, 1e6).filter(lambda usd: usd == 0 or abs(usd) > 1e-3)


def test_the_first_flow_is_today() -> None:
    """-100 + 110/1.1 = 0, and -100 + 60/1.2 + 72/1.44 = 0; a spreadsheet's NPV() would discount the -100 as well."""
    assert net_present_value(0.1, [-100, 110]) == pytest.approx(0)
    assert net_present_value(0.2, [-100, 60, 72]) == pytest.approx(0)
    assert net_present_value(0.5, [7]) == 7
    assert net_present_value(0.0, [-1, 2, 3]) == 4


@given(st.floats(0, 3))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_twelve_monthly_rates_are_one_yearly_rate(rate: float) -> None:
    assert (1 + monthly_rate(rate)) ** 12 == pytest.approx(1 + rate)


def test_discount_factors_when_a_month_starts_and_in_its_middle() -> None:
    """At 300 % a year half a year divides by 2: month 6 starts there. The middle of month 5 and a half is there too,
    and mid-month of month 0 is (1+r)^(-1/24) = 4^(-1/24)."""
    start = discount_factors(3.0, 13, mid_month=False)
    middle = discount_factors(3.0, 13, mid_month=True)
    assert start[[0, 6, 12]] == pytest.approx([1, 1 / 2, 1 / 4])
    assert middle[0] == pytest.approx(4 ** (-1 / 24))
    assert middle == pytest.approx(start * 4 ** (-1 / 24))
    assert discount_factors(0.0, 5, mid_month=True) == pytest.approx(np.ones(5))


def test_a_rate_that_numpy_financial_gets_wrong() -> None:
    """[-50, -100, 600, 300, -100] has two roots: -76.89 %, which numpy-financial returns, and 185.4 %, the valid one:
    the running sum goes -50, -150, 450, 750, 650, from negative to positive once, so one root is positive."""
    found = rates_of_return([-50, -100, 600, 300, -100])
    assert found.roots == pytest.approx((-0.7689, 1.854), abs=5e-4)
    assert found.unique == pytest.approx(1.854, abs=5e-4)


@pytest.mark.parametrize("flows", [[-2.0, 4.0, 5e-324], [5e-324, -2.0, 4.0]])
def test_a_flow_next_to_nothing_changes_no_rate(flows: list[float]) -> None:
    """The smallest float is rounded to 0 beside the others, and with it the bound below which no root can lie."""
    assert rates_of_return(flows).roots == pytest.approx((1.0,))


def test_a_rate_with_a_sting_in_the_tail() -> None:
    """The last flow is -1, so the flows change sign twice; the running sum does once, and the rate is 100.4 %."""
    flows = [-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1]
    found = rates_of_return(flows)
    assert found.unique == pytest.approx(1.00427, abs=1e-5)
    assert net_present_value(found.unique or 0, flows) == pytest.approx(0, abs=1e-6)


def test_the_textbook_pair_of_rates() -> None:
    """-1600 + 10000 v - 10000 v^2: zero at v = 0.8 and 0.2, which are 25 % and 400 %; neither is the one."""
    found = rates_of_return([-1600, 10_000, -10_000])
    assert found.roots == pytest.approx((0.25, 4.0))
    assert found.unique is None


@pytest.mark.parametrize("rate", [-0.5, -0.04, 0.0, 0.1, 0.25, 3.0])
def test_a_rate_where_npv_only_touches_zero_is_found_once(rate: float) -> None:
    """-(1 - (1+r) v)^2: no change of sign around its root, so a scan for changes alone would miss it."""
    found = rates_of_return([-100, 200 * (1 + rate), -100 * (1 + rate) ** 2])
    assert found.roots == pytest.approx((rate,), abs=1e-6)
    assert found.unique is None


def test_two_rates_closer_than_any_grid_are_both_found() -> None:
    low, high = 0.2, 0.2001
    found = rates_of_return([-1, 2 + low + high, -(1 + low) * (1 + high)])
    assert found.roots == pytest.approx((low, high), abs=1e-8)


def test_flows_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        rates_of_return([-1.0, math.nan, 2.0])


def test_months_without_flows_before_and_after_change_no_rate() -> None:
    assert rates_of_return([0, 0, -100, 110, 0, 0]).unique == pytest.approx(0.1)


NO_ROOT = [
    [100.0, 100.0],
    [-100.0, -5.0],
    [-100.0, 0.0, 0.0],
    [1.0, -1.0, 1.0],
    [1.0, -3.0, 2.5],
    [1.0, -1.0] * 30 + [1.0],
    [5.0],
]


@pytest.mark.parametrize("flows", NO_ROOT)
def test_flows_without_a_rate(flows: list[float]) -> None:
    """One sign only, nothing coming back, 1 - v + v^2 and 1 - 3 v + 2.5 v^2, whose discriminants are
    negative, or (1 + v^61) / (1 + v), whose only real root was at v = -1."""
    found = rates_of_return(flows)
    assert found.roots == ()
    assert found.unique is None


@pytest.mark.parametrize("flows", [[], [0.0], [0.0, 0.0, 0.0]])
def test_no_flows_have_no_rate(flows: list[float]) -> None:
    """Nothing is worth nothing at every rate, which is not a rate."""
    found = rates_of_return(flows)
    assert found.roots == ()
    assert found.unique is None


def test_two_positive_rates_are_both_found_and_none_is_the_one() -> None:
    """-(1 - 1.1 v)(1 - 1.3 v) = -1 + 2.4 v - 1.43 v^2 with v = 1/(1+r): zero at 10 % and at 30 %."""
    found = rates_of_return([-100, 240, -143])
    assert found.roots == pytest.approx((0.1, 0.3))
    assert found.unique is None


def test_money_back_and_nothing_more_is_zero_percent() -> None:
    assert rates_of_return([-100, 60, 40]).unique == pytest.approx(0, abs=1e-12)


def test_a_loan_has_a_rate_too() -> None:
    """100 received, 110 paid a year later: 10 %, though the running sum starts positive."""
    assert rates_of_return([100, -110]).unique == pytest.approx(0.1)


def test_a_loss_has_a_negative_rate() -> None:
    """-100 and 25 back after two periods: (1+r)^2 = 1/4, -50 %."""
    assert rates_of_return([-100, 0, 25]).unique == pytest.approx(-0.5)


@given(st.lists(amounts, min_size=2, max_size=12))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_root_makes_the_flows_worth_nothing(flows: list[float]) -> None:
    assume(any(flows))
    found = rates_of_return(flows)
    for root in found.roots:
        assert root > -1
        scale = math.fsum(abs(usd) * (1 + root) ** -t for t, usd in enumerate(flows))
        steps = 1e-15 * len(flows) / (1 + root)  # how far NPV moves when 1+r does by one rounding
        assert abs(net_present_value(root, flows)) <= (1e-9 + steps) * scale
    assert list(found.roots) == sorted(found.roots)
    if found.unique is not None:
        assert found.unique in found.roots
        assert sum(root > 0 for root in found.roots) <= 1


@given(st.floats(1, 1e6), st.lists(st.floats(0, 1e6), min_size=1, max_size=11), st.floats(0.01, 5))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_an_investment_has_the_rate_it_was_made_with(last: float, between: list[float], rate: float) -> None:
    """Pay today what the later receipts are worth at a rate: that rate is the one to quote."""
    receipts = [*between, last]
    price = math.fsum(usd * (1 + rate) ** -t for t, usd in enumerate(receipts, start=1))
    assert rates_of_return([-price, *receipts]).unique == pytest.approx(rate, rel=1e-6)


@given(st.lists(st.floats(0.05, 3.0), min_size=2, max_size=3, unique=True).map(sorted))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_all_of_several_rates_are_found(rates: list[float]) -> None:
    """Flows built from their roots: the product of (1+r_i) v - 1, in v = 1/(1+r)."""
    assume(all(high > 1.1 * low for low, high in pairwise(rates)))
    flows = np.array([1.0])
    for rate in rates:
        flows = np.convolve(flows, [-1.0, 1 + rate])
    found = rates_of_return(flows.tolist())
    assert found.roots == pytest.approx(rates, rel=1e-6)
    assert found.unique is None


def eigenvalue_rates(flows: list[float]) -> list[float]:
    """An independent oracle for short flows: real positive eigenvalues of the companion matrix, in 1+r."""
    return sorted(float(x.real) - 1 for x in np.roots(flows) if abs(x.imag) < 1e-9 * abs(x) and x.real > 0)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=7))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_rates_are_those_of_the_companion_matrix(flows: list[int]) -> None:
    """Where roots are simple: at double ones eigenvalues are only good to half their digits."""
    everywhere = np.roots(flows)
    apart = [abs(a - b) for i, a in enumerate(everywhere) for b in everywhere[:i] if a != 0 or b != 0]
    assume(min(apart, default=1.0) > 1e-3)
    found = rates_of_return([float(usd) for usd in flows])
    assert found.roots == pytest.approx(eigenvalue_rates([float(usd) for usd in flows]), rel=1e-6, abs=1e-8)


@given(
    st.lists(st.floats(-100, -1), min_size=1, max_size=5),
    st.lists(st.floats(0, 200), min_size=1, max_size=30),
    st.floats(0, 0.05),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_running_sum_that_turns_positive_once_has_one_rate_to_quote(
    paid: list[float], back: list[float], tail: float
) -> None:
    """A last payment of up to a twentieth of the gain leaves the sum positive. The rate is found again by halving."""
    gain = sum(paid) + sum(back)
    assume(gain > 1)
    flows = [*paid, *back, -gain * tail]
    found = rates_of_return(flows)
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        worth = math.fsum(usd * (1 + middle) ** -t for t, usd in enumerate(flows))
        low, high = (middle, high) if worth > 0 else (low, middle)
    assert found.unique == pytest.approx(low, rel=1e-7, abs=1e-9)


def test_simple_payback_divides_and_nothing_else() -> None:
    assert simple_payback(1000, 50) == 20
    assert simple_payback(0, 50) == 0
    assert simple_payback(1000, 0) is None
    assert simple_payback(1000, -5) is None


def test_a_root_of_high_multiplicity_is_one_root() -> None:
    """(1 - v)^10: ten times 0 %, around which NPV is zero up to rounding for several percent."""
    flows = [1, -10, 45, -120, 210, -252, 210, -120, 45, -10, 1]
    assert rates_of_return(flows).roots == (0.0,)
    assert rates_of_return(flows).unique is None
