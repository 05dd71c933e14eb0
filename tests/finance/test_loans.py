"""Loans and leases: hand-checked schedules, and that financing by itself makes no money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.finance.depreciation import straight_line_deductions_usd
from advisor.finance.loans import (
    apr_of,
    lease_rent_usd_per_month,
    level_payment_loan,
    loan_cost_usd,
    loan_payments_usd,
    net_advantage_to_leasing_usd,
)

aprs = st.floats(0, 1.0).filter(lambda apr: apr == 0 or apr > 1e-4)
terms = st.integers(1, 84)


def test_a_loan_of_two_months_by_hand() -> None:
    """$201 at 12 %: 1 % a month. 201 * 1.01^2 = p (1.01 + 1), so p = 102.01; interest 2.01, then 1 % of 101."""
    loan = level_payment_loan(201, 0.12, 2)
    assert loan.payment_usd_per_month == pytest.approx(102.01)
    assert loan.interest_usd == pytest.approx([2.01, 1.01])
    assert loan.principal_usd == pytest.approx([100, 101])
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
    assert loan.principal_usd.sum() == pytest.approx(amount)


@given(st.floats(1, 1e8), st.floats(0.01, 1.0), aprs, terms, st.floats(0, 1e5), st.data())
def test_a_loan_at_the_cost_of_debt_costs_its_fee_and_nothing_else(
    capex: float, loan_to_value: float, apr: float, months: int, fee: float, data: st.DataObject
) -> None:
    """Whatever the loan to value, the term and the month of repayment: financing manufactures no money."""
    loan = level_payment_loan(loan_to_value * capex, apr, months)
    repaid = data.draw(st.none() | st.integers(1, months))
    cost = loan_cost_usd(loan, apr, fee_usd=fee, repaid_after_months=repaid)
    assert cost == pytest.approx(fee, abs=1e-7 * capex)


def test_discounting_a_loan_at_the_hurdle_rate_is_the_mistake_that_makes_money() -> None:
    """A loan at 13 % is dear: at a cost of debt of 10 % it costs money. Discounted at a 40 % hurdle it seems to bring
    in nearly a quarter of what was borrowed, and more the more is borrowed; no such gain exists."""
    small, large = level_payment_loan(100_000, 0.13, 36), level_payment_loan(200_000, 0.13, 36)
    assert loan_cost_usd(small, 0.10) > 0
    assert loan_cost_usd(small, 0.13) == pytest.approx(0, abs=1e-6)
    mistaken = loan_cost_usd(small, apr_of(0.40))
    assert mistaken < -24_000
    assert loan_cost_usd(large, apr_of(0.40)) == pytest.approx(2 * mistaken)


def test_an_apr_compounds_to_its_yearly_rate() -> None:
    assert (1 + apr_of(0.40) / 12) ** 12 == pytest.approx(1.40)


def test_a_loan_repaid_early_pays_what_is_owed_with_the_last_payment() -> None:
    loan = level_payment_loan(1200, 0.0, 12)
    assert loan_payments_usd(loan, repaid_after_months=3) == pytest.approx([100, 100, 1000])
    assert loan_payments_usd(loan) == pytest.approx(np.full(12, 100))


@pytest.mark.parametrize("repaid", [0, 13])
def test_a_loan_is_repaid_within_its_term(repaid: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 12, found {repaid}"):
        loan_payments_usd(level_payment_loan(1200, 0.1, 12), repaid_after_months=repaid)


def test_a_loan_has_a_term() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        level_payment_loan(1200, 0.1, 0)


def test_a_lease_rent_by_hand() -> None:
    """Two months at 12 %, in advance, half the price left: 1000 - 500/1.0201 = p (1 + 1/1.01), so p = 256.1943."""
    assert lease_rent_usd_per_month(1000, 0.12, 2, 0.5) == pytest.approx((1000 - 500 / 1.0201) / (1 + 1 / 1.01))
    assert lease_rent_usd_per_month(1000, 0.12, 2, 0.5) == pytest.approx(256.1943, abs=1e-4)
    assert lease_rent_usd_per_month(1000, 0.0, 4, 0.2) == pytest.approx(200)


def test_the_advantage_of_a_lease_with_taxes_by_hand() -> None:
    """Tax 50 %, debt at 24 %: 1 % a month after tax. Rents 300, half of it after tax, in months 0 and 1; deductions of
    250 a month shield 125 at the ends of months 1 and 2; book value 500, sold for 600, 550 after tax."""
    found = net_advantage_to_leasing_usd(
        1000, 300, 2, 0.24, residual_usd=600, tax_rate=0.5, deductions_usd=straight_line_deductions_usd(1000, 4)
    )
    by_hand = 1000 - 150 - 150 / 1.01 - 125 / 1.01 - 125 / 1.0201 - 550 / 1.0201
    assert found == pytest.approx(by_hand)


@given(st.floats(1, 1e8), aprs, terms, st.floats(0, 1))
def test_a_lease_at_the_cost_of_debt_with_the_true_residual_is_neither_better_nor_worse(
    capex: float, apr: float, months: int, residual_share: float
) -> None:
    def advantage(lease_apr: float, true_residual_share: float) -> float:
        return net_advantage_to_leasing_usd(
            capex,
            lease_rent_usd_per_month(capex, lease_apr, months, residual_share),
            months,
            apr,
            residual_usd=true_residual_share * capex,
            tax_rate=0.0,
            deductions_usd=straight_line_deductions_usd(capex, 60),
        )

    assert advantage(apr, residual_share) == pytest.approx(0, abs=1e-7 * capex)
    assert advantage(apr, residual_share + 0.1) < 0
    if months > 1 and residual_share < 1:
        assert advantage(apr + 0.05, residual_share) < 0
