"""Loans and leases: hand-checked schedules, and that financing by itself makes no money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.finance.discounting import net_present_value
from advisor.finance.loans import balance, lease_rent, level_payment

aprs = st.floats(0, 1.0).filter(lambda apr: apr == 0 or apr > 1e-4)
terms = st.integers(1, 84)


def test_a_loan_of_two_months_by_hand() -> None:
    """$201 at 12 %: 1 % a month. 201 * 1.01^2 = p (1.01 + 1), so p = 102.01; 101 is left, then nothing."""
    assert 201 * level_payment(0.12, 2) == pytest.approx(102.01)
    assert 201 * balance(0.12, 2, np.arange(4)) == pytest.approx([201, 101, 0, 0])


def test_a_loan_without_interest_is_divided_by_its_months() -> None:
    assert 1200 * level_payment(0.0, 12) == pytest.approx(100)
    assert 1200 * balance(0.0, 12, np.arange(13)) == pytest.approx(1200 - 100 * np.arange(13))


@given(aprs, terms)
def test_each_month_owes_last_months_balance_with_interest_less_the_payment(apr: float, months: int) -> None:
    owed, balances = 1.0, [1.0]
    for _ in range(months):
        owed = owed * (1 + apr / 12) - float(level_payment(apr, months))
        balances.append(owed)
    assert balance(apr, months, np.arange(months + 1)) == pytest.approx(balances, abs=1e-7)


@given(aprs, terms)
def test_at_its_own_apr_a_loan_is_worth_what_is_borrowed(apr: float, months: int) -> None:
    """Whatever the term: financing manufactures no money."""
    paid = net_present_value(apr / 12, [0.0, *[float(level_payment(apr, months))] * months])
    assert paid == pytest.approx(1.0, rel=1e-7)


def test_loans_and_leases_of_several_rates_and_terms_are_each_its_own() -> None:
    rates, lengths = np.array([[0.0], [0.09], [0.2]]), np.array([[36], [12], [24]])
    owed, payment = balance(rates, lengths, np.arange(40)), level_payment(rates, lengths)
    rent = lease_rent(rates, lengths, np.array([[0.1], [0.0], [0.3]]))
    for row, (rate, length, left) in enumerate([(0.0, 36, 0.1), (0.09, 12, 0.0), (0.2, 24, 0.3)]):
        assert owed[row] == pytest.approx(balance(rate, length, np.arange(40)), rel=1e-12)
        assert payment[row, 0] == pytest.approx(level_payment(rate, length), rel=1e-12)
        assert rent[row, 0] == pytest.approx(lease_rent(rate, length, left), rel=1e-12)


def test_a_lease_rent_by_hand() -> None:
    """Two months at 12 %, in advance, half the price left: 1000 - 500/1.0201 = p (1 + 1/1.01), so p = 256.1943."""
    assert 1000 * lease_rent(0.12, 2, 0.5) == pytest.approx((1000 - 500 / 1.0201) / (1 + 1 / 1.01))
    assert 1000 * lease_rent(0.12, 2, 0.5) == pytest.approx(256.1943, abs=1e-4)
    assert 1000 * lease_rent(0.0, 4, 0.2) == pytest.approx(200)


@given(aprs, terms, st.floats(0, 1))
def test_at_its_own_apr_a_lease_is_worth_what_the_hardware_loses(
    apr: float, months: int, residual_share: float
) -> None:
    received = [*[float(lease_rent(apr, months, residual_share))] * months, residual_share]
    assert net_present_value(apr / 12, received) == pytest.approx(1.0, rel=1e-7)
