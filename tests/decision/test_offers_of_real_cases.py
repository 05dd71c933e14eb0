"""Offers of public cases, pasted as their sellers write them: what they come to, worked out from their own numbers."""

from datetime import date
from typing import Any

import pytest

from advisor.costing.valuation import OptionCost
from advisor.decision.advise import Advice, advise
from advisor.explain.number_id import NumberId
from advisor.explain.numbers import number_of
from advisor.finance.loans import loan_apr
from advisor.market.price_book import built_in_book
from advisor.offers.added import with_text
from advisor.offers.financing import financing_of
from advisor.profiles.offers.terms import offers_of
from advisor.profiles.validation import parse_profile
from tests.support.present import present

DAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("prices_that_stay")
HOURS_OF_A_MONTH, HOURS_OF_A_YEAR = 730, 8_760
CENT = 0.005
PLAIN = {  # nothing but the price of the hours
    "company": {"stage": "later", "discount_rate": 0},
    "market": {"rents_change_per_year": 0},
    "rental": {
        "cluster_premium_per_doubling": 0,
        "storage_egress_usd_per_node_month": 0,
        "support_share": 0,
        "goodput_loss_share": 0,
        "provider_default_per_month": 0,
    },
}


def answer(mail: str, work: dict[str, Any], **tables: Any) -> Advice:
    """The answer for some work with the offers of a mail, all of which are understood."""
    book = built_in_book()
    work = {"kind": "inference", "busy": 1.0, "base_share": 1.0, "plan_change_per_month": 0, **work}
    added = with_text(mail, parse_profile({"name": "a case", "workload": [work], **PLAIN, **tables}, book), book, DAY)
    assert added.mail.unread == ()
    return advise(added.profile, book, paths=100)


def cost(advice: Advice, option: str) -> OptionCost:
    return next(one.cost for one in advice.verdict.ranked if one.id == option)


@pytest.mark.parametrize(
    ("mail", "gpu", "usd_per_hour", "gpus"),
    [
        ("NVIDIA HGX H100, 8 GPUs, $49.24 per hour", "H100-SXM", 49.24, 8),
        ("NVIDIA HGX B200, 8 GPUs, $68.80 per hour", "B200-SXM", 68.80, 8),
        ("NVIDIA GB200 NVL72, 4 GPUs per instance, $42.00 per hour", "GB200-NVL72", 42.00, 4),
    ],
)
def test_c16_the_price_of_a_whole_machine(mail: str, gpu: str, usd_per_hour: float, gpus: int) -> None:
    """72 GPUs for a month are nine machines of eight, or eighteen of four."""
    found = answer(mail, {"gpu": gpu, "gpus": 72, "months": 1})
    assert cost(found, "on-demand").components["rent"] == pytest.approx(
        72 / gpus * usd_per_hour * HOURS_OF_A_MONTH, abs=CENT
    )


def test_c19_a_year_paid_at_once_is_paid_for_after_as_much_of_it_as_its_price_is_of_the_other() -> None:
    mail = "A100 80GB reserved for 1 year, all upfront: $2.51/GPU-hr\n\nA100 80GB on demand: $4.48/GPU-hr"
    found = answer(mail, {"gpu": "A100-80-SXM", "nodes": 1, "months": 12})
    assert cost(found, "reserved-12m-offer").components["committed"] == pytest.approx(
        2.51 * 8 * HOURS_OF_A_YEAR, abs=CENT
    )
    assert cost(found, "on-demand").components["rent"] == pytest.approx(4.48 * 8 * HOURS_OF_A_YEAR, abs=CENT)
    (term,) = (one for one in found.break_evens.terms if one.option == "reserved-12m-offer")
    assert 12 * term.rate_ratio == pytest.approx(12 * 2.51 / 4.48, abs=CENT)
    assert term.paid_months == pytest.approx(6.72, abs=CENT)
    assert "all of it has paid off after 6.7 of 12 months" in number_of(NumberId.term(term), found).formula


def test_c20_what_is_refunded_of_a_prepayment() -> None:
    """Two months at $576 are prepaid. Who leaves after one has used it at the $720 of on demand, and gets the rest."""
    refund = 2 * 576 - 720
    mail = "1x H100, 2 months reserved, $1,152 prepaid, no subletting, refund of 75% of the unused prepayment"
    assert refund == pytest.approx(0.75 * 576)
    work = {"gpus": 1, "months": 2, "plan_change_per_month": 0.1, "residual_share": 0}
    found = answer(mail, work)
    contract = cost(found, "reserved-2m-offer")
    assert contract.components["committed"] == pytest.approx(2 * 576, abs=CENT)
    assert contract.expected_usd == pytest.approx(2 * 576 - 0.1 * refund, abs=CENT)


@pytest.mark.parametrize(("expires", "paid"), [(12, 200_000.0), (3, 3 * 2 * 8 * HOURS_OF_A_MONTH * 4.10)])
def test_c21_credits_pay_for_hours_until_they_are_used_up_or_expire(expires: int, paid: float) -> None:
    credit = {"usd": 200_000, "expires_month": expires, "seller": "Big Cloud"}
    found = answer("8x H100 on demand at $4.10/GPU-hr", {"nodes": 2, "months": 12}, credit=[credit])
    rented = cost(found, "on-demand")
    assert -rented.components["credits"] == pytest.approx(paid, abs=CENT)
    assert rented.expected_usd == pytest.approx(2 * 8 * HOURS_OF_A_YEAR * 4.10 - paid, abs=CENT)
    assert cost(found, "reserved-12m").components.get("credits", 0.0) == 0


@pytest.mark.parametrize(("days", "usd_per_hour"), [(7, 4.916), (2, 3.9325)])
def test_c23_a_capacity_block_is_paid_for_its_days(days: int, usd_per_hour: float) -> None:
    mail = f"Capacity block: 1 p5.48xlarge (8x H100) for {days} days at ${usd_per_hour} per GPU-hour, paid at booking"
    found = answer(mail, {"nodes": 1, "months": days * 12 / 365})
    block = cost(found, f"block-{days}d-offer")
    assert block.components["committed"] == pytest.approx(days * 24 * 8 * usd_per_hour, abs=CENT)


def test_c25_a_sale_and_leaseback_by_its_monthly_payments() -> None:
    """Said to cost 7.8 % a year; 48 payments of $49,700 for $1,820,000 cost 14.0 %, 14.9 % with interest on it."""
    sum_lent, payment, months = 1_820_000, 49_700, 48
    terms = f"of 13 H100 nodes: we pay ${sum_lent:,}, you pay ${payment:,} a month for {months} months"
    found = answer(f"Sale and leaseback {terms}\n\nLoan {terms}", {"nodes": 13, "months": 60})
    leased = cost(found, "sale-leaseback-offer").undiscounted_components["lease"]
    assert leased == pytest.approx(months * payment, abs=CENT)
    borrowed = cost(found, "loan-offer").undiscounted_components["loan"]
    assert borrowed == pytest.approx(months * payment - sum_lent, abs=CENT)  # 565,600, the cost of the capital
    loan = offers_of(found.profile.quote, found.costing.case.assumptions.rental)[1]
    rate = loan_apr(float(loan.payments_usd_per_node or 0) / loan.node_price, months) / 12
    worth = sum(payment / (1 + rate) ** month for month in range(1, months + 1))
    assert worth == pytest.approx(sum_lent, abs=CENT)
    assert 12 * rate == pytest.approx(0.140, abs=0.0005)
    both = offers_of(found.profile.quote, found.costing.case.assumptions.rental)
    lease, borrowed_as = (present(financing_of(offer)) for offer in both)
    assert borrowed_as.apr == lease.apr_in_arrears == pytest.approx(12 * rate)
    assert borrowed_as.effective == pytest.approx((1 + rate) ** 12 - 1)
    assert (lease.lent_usd, lease.paid_usd) == pytest.approx((sum_lent, months * payment))
    begin = lease.apr / 12
    assert sum(payment / (1 + begin) ** month for month in range(months)) == pytest.approx(sum_lent, abs=CENT)
    assert (1 + rate) ** 12 - 1 == pytest.approx(0.149, abs=0.0005)


def test_x2_two_offers_of_one_term() -> None:
    mail = (
        "From A: 16 H100 nodes, 12 months, $2.45/GPU-hr, paid monthly\n"
        "From B: 16 H100 nodes, 12 months, $2.30/GPU-hr, 100% prepaid"
    )
    found = answer(mail, {"nodes": 16, "months": 12})
    for option, usd_per_hour in (("reserved-12m-a", 2.45), ("reserved-12m-b", 2.30)):
        paid = cost(found, option)
        assert paid.components["committed"] == pytest.approx(16 * 8 * HOURS_OF_A_YEAR * usd_per_hour, abs=CENT)
        assert paid.expected_usd == pytest.approx(16 * 8 * HOURS_OF_A_YEAR * usd_per_hour, abs=CENT)
    assert cost(found, "reserved-12m-b").upfront_usd == pytest.approx(16 * 8 * HOURS_OF_A_YEAR * 2.30, abs=CENT)
