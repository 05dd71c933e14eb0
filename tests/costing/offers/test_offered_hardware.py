"""Offers of hardware with payments: hosted, and sold to a lessor and leased back (docs/model.md#offers)."""

from typing import Any

import pytest

from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.finance.loans import lease_rent
from advisor.market.price_book import PriceBook
from advisor.profiles.validation import parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

HOSTED = {"option": "hosted", "months": 24, "usd_per_node": 280_000.0, "nodes": 8, "payments": 16_000.0, "from": "H"}
SOLD = {
    "option": "sale-leaseback", "months": 36, "price": 2_000_000.0, "per": "total", "nodes": 8, "payments": 66_000.0,
    "residual_share": 0.1, "from": "L",
}  # fmt: skip


def costs(*offers: dict[str, Any], book: PriceBook = BOOK, **tables: Any) -> dict[str, OptionCost]:
    work = {"kind": "inference", "nodes": 8, "months": 40, "plan_change_per_month": 0.01}
    profile = parse_profile({"name": "hardware", "workload": [work], "quote": list(offers), **tables}, BOOK)
    return {cost.option.id: cost for cost in cost_options(profile, book).costs}


def test_hosted_hardware_costs_what_buying_does_with_the_payment_in_place_of_place_and_power() -> None:
    """$2,000 a node and month over 10.2 kW; 24 months are paid for in any case."""
    own = {"colocation_usd_per_kw_month": 2000 / 10.2, "electricity_usd_per_kwh": 0.0, "colocation_min_months": 24}
    bought = {"option": "buy", "usd_per_node": 280_000.0}
    alike = costs(bought, facility=own)["buy"]
    hosted = costs(HOSTED)["hosted-h"]
    assert hosted.expected_usd == pytest.approx(alike.expected_usd, rel=1e-9)
    assert "electricity" not in {name for name, usd in hosted.components.items() if usd}


def test_what_is_sold_and_leased_back_costs_the_lease_and_what_the_lessor_does_not_pay() -> None:
    """8 nodes of $290,000 sold at $250,000 each: fabric, storage and the $40,000 a node are paid in cash."""
    bought = {"option": "buy", "usd_per_node": 290_000.0}
    found = costs(bought, SOLD)["sale-leaseback-l"]
    capex = costs(bought)["buy"].undiscounted_components
    whole = sum(capex[name] for name in ("hardware", "fabric", "storage"))
    assert capex["hardware"] == 8 * 290_000
    assert found.undiscounted_components["hardware"] == pytest.approx(whole - 2_000_000)
    debt = {"lease_months": 36, "lease_residual_share": 0.1, "lease_financed_share": 2_000_000 / whole}
    book = BOOK.overlaid({"debt": {**debt, "lease_apr": lease_apr_of(66_000 / 2_000_000)}}, "a test")
    alike = costs(bought, book=book)["lease"]
    assert found.expected_usd == pytest.approx(alike.expected_usd, rel=1e-7)


@pytest.mark.parametrize(("kind", "paid"), [("lease", "lease"), ("sale-leaseback", "lease"), ("loan", "loan")])
def test_a_lessor_or_lender_is_paid_what_the_offer_says(kind: str, paid: str) -> None:
    """36 payments of $66,000 from delivery in a plan of 60 months that nothing changes; a loan pays out $2,000,000."""
    offer = {**SOLD, "option": kind} if kind != "loan" else {**SOLD, "option": kind, "residual_share": None}
    offer = {name: value for name, value in offer.items() if value is not None}
    work = {"kind": "inference", "nodes": 8, "months": 60, "plan_change_per_month": 0}
    profile = parse_profile({"name": "paid", "workload": [work], "quote": [offer]}, BOOK)
    (found,) = (one for one in cost_options(profile, BOOK).costs if one.option.id == f"{kind}-l")
    rest = -2_000_000 if kind == "loan" else 0.1 * 2_000_000
    assert found.undiscounted_components[paid] == pytest.approx(36 * 66_000 + rest, abs=0.005)


def lease_apr_of(payment: float) -> float:
    """The APR of 36 payments in advance and a tenth at the end, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(lease_rent(middle, 36, 0.1)) < payment else (low, middle)
    return low


def test_a_lessor_that_pays_the_whole_price_is_a_lease() -> None:
    bought = {"option": "buy", "usd_per_node": 250_000.0}
    found = costs(bought, SOLD, {**SOLD, "option": "lease"})
    assert found["sale-leaseback-l"].expected_usd == pytest.approx(found["lease-l"].expected_usd, rel=1e-9)


@pytest.mark.parametrize(("offer", "name", "less"), [(HOSTED, "hosted-h", 15_000.0), (SOLD, "sale-leaseback-l", 6e4)])
def test_lower_payments_cost_less_and_the_option_can_be_made_again(
    offer: dict[str, Any], name: str, less: float
) -> None:
    now, then = costs(offer)[name], costs({**offer, "payments": less})[name]
    assert then.expected_usd < now.expected_usd
    made = present(present(now.option.remake)(now.case))
    assert float(expected_usd(made, now.case, now.forecast)) == pytest.approx(now.expected_usd, rel=1e-9)


def test_a_lessor_that_pays_more_costs_less_at_the_same_share_a_month() -> None:
    """At an APR below the cost of debt more of it is better."""
    paid = [costs({**SOLD, "price": usd, "payments": 0.03 * usd})["sale-leaseback-l"] for usd in (1e6, 2e6, 2.6e6)]
    usd = [one.expected_usd for one in paid]
    assert usd == sorted(usd, reverse=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"payments": None},
            "no payments in a quote 'hosted'; allowed: payments with lease, loan, sale-leaseback, hosted",
        ),
        ({"months": None}, "no term in a quote 'hosted'"),
        ({"residual_share": 0.1}, "residual_share in a quote 'hosted'; allowed: only with a lease or sale-leaseback"),
    ],
)
def test_what_is_missing_is_said_in_one_line(change: dict[str, Any], words: str) -> None:
    offer = {name: value for name, value in {**HOSTED, **change}.items() if value is not None}
    with pytest.raises(InputError, match=words) as error:
        costs(offer)
    assert "\n" not in str(error.value)
