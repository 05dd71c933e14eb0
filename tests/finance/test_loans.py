"""Loans and leases: hand-checked schedules, and that financing by itself makes no money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.finance.discounting import net_present_value
from advisor.finance.loans import lease_rent_usd_per_month, level_payment_loan

aprs = st.floats(0, 1.0).filter(lambda apr: apr == 0 or apr > 1e-4)
terms = st.integers(1, 84)


def test_a_loan_of_two_months_by_hand() -> None:
    """$201 at 12 %: 1 % a month. 201 * 1.01^2 = p (1.01 + 1), so p = 102.01; interest 2.01, then 1 % of 101."""
    loan = level_payment_loan(201, 0.12, 2)
    assert loan.payment_usd_per_month == pytest.approx(102.01)
    assert loan.interest_usd == pytest.approx([2.01, 1.01])
    assert loan.balance_usd == pytest.approx([201, 101, 0])
    assert loan.months == 2


def test_a_loan_without_interest_is_divided_by_its_months() -> None:
    loan = level_payment_loan(1200, 0.0, 12)
    assert loan.payment_usd_per_month == pytest.approx(100)
    assert loan.interest_usd == pytest.approx(np.zeros(12))
    assert loan.balance_usd == pytest.approx(1200 - 100 * np.arange(13))


@given(st.floats(1, 1e9), aprs, terms)
def test_each_month_owes_last_months_balance_with_interest_less_the_payment(
    amount: float, apr: float, months: int
) -> None:
    loan = level_payment_loan(amount, apr, months)
    owed, balances = amount, [amount]
    for _ in range(months):
        owed = owed * (1 + apr / 12) - loan.payment_usd_per_month
        balances.append(owed)
    assert loan.balance_usd == pytest.approx(balances, abs=1e-7 * amount)
    assert loan.interest_usd == pytest.approx(loan.balance_usd[:-1] * apr / 12, abs=1e-7 * amount)


@given(st.floats(1, 1e8), aprs, terms)
def test_at_its_own_apr_a_loan_is_worth_what_is_borrowed(amount: float, apr: float, months: int) -> None:
    """Whatever the term: financing manufactures no money."""
    loan = level_payment_loan(amount, apr, months)
    paid = net_present_value(apr / 12, [0.0, *[loan.payment_usd_per_month] * months])
    assert paid == pytest.approx(amount, rel=1e-7)


def test_a_loan_has_a_term() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        level_payment_loan(1200, 0.1, 0)


def test_a_lease_rent_by_hand() -> None:
    """Two months at 12 %, in advance, half the price left: 1000 - 500/1.0201 = p (1 + 1/1.01), so p = 256.1943."""
    assert lease_rent_usd_per_month(1000, 0.12, 2, 0.5) == pytest.approx((1000 - 500 / 1.0201) / (1 + 1 / 1.01))
    assert lease_rent_usd_per_month(1000, 0.12, 2, 0.5) == pytest.approx(256.1943, abs=1e-4)
    assert lease_rent_usd_per_month(1000, 0.0, 4, 0.2) == pytest.approx(200)


@given(st.floats(1, 1e8), aprs, terms, st.floats(0, 1))
def test_at_its_own_apr_a_lease_is_worth_what_the_hardware_loses(
    capex: float, apr: float, months: int, residual_share: float
) -> None:
    rent = lease_rent_usd_per_month(capex, apr, months, residual_share)
    received = [*[rent] * months, residual_share * capex]
    assert net_present_value(apr / 12, received) == pytest.approx(capex, rel=1e-7)
