"""Offers as their sellers write them come down to one rate, price and schedule of payments, to the cent."""

from datetime import date

import pytest
from pydantic_core import ValidationError

from advisor.array_types import of_one
from advisor.profiles.offers.quote import Quote, offer_ids
from advisor.profiles.offers.terms import offer_of, payments_usd
from tests.support.frozen_book import frozen_prices

BOOK = frozen_prices()
RENTAL = BOOK.assumptions("H100-SXM").rental


def quote(**values: object) -> Quote:
    return Quote.model_validate({"option": "reserved", **values})


@pytest.mark.parametrize(
    ("values", "usd"),
    [
        ({"option": "on-demand", "price": 49.24, "per": "node-hour"}, 6.155),  # list prices of whole machines
        ({"option": "on-demand", "price": 68.8, "per": "node-hour"}, 8.6),
        ({"option": "on-demand", "price": 42.0, "per": "node-hour", "node_gpus": 4}, 10.5),
        ({"option": "spot", "price": 1.2, "per": "gpu-hour"}, 1.2),
        ({"option": "on-demand", "price": 60.0, "per": "gpu-day"}, 2.5),
        ({"option": "on-demand", "price": 480.0, "per": "node-day"}, 2.5),
        ({"months": 12, "price": 1825.0, "per": "gpu-month"}, 2.5),
        ({"months": 12, "price": 14_600.0, "per": "node-month"}, 2.5),
        ({"months": 12, "price": 131_400.0, "per": "rack-month", "node_gpus": 72}, 2.5),
        ({"months": 12, "price": 58_400.0, "per": "month", "nodes": 4}, 2.5),
        ({"months": 12, "price": 700_800.0, "per": "total", "gpus": 32}, 2.5),
        (
            {
                "months": 12,
                "price": 2.0,
                "per": "gpu-hour",
                "currency": "EUR",
                "usd_per_currency": 1.16,
                "currency_date": date(2026, 11, 1),
            },
            2.32,
        ),
        ({"months": 12, "price": 2.0, "per": "gpu-hour", "nodes": 4, "upfront": 140_160.0}, 2.5),
        ({"months": 12, "price": 560_640.0, "per": "total", "nodes": 4, "upfront": 140_160.0}, 2.0),
        ({"months": 12, "price": 560_640.0, "per": "total", "nodes": 4, "free_months": 2}, 2.4),
    ],
)
def test_a_price_per_unit_is_a_rate_per_gpu_hour(values: dict[str, object], usd: float) -> None:
    """730 hours a month, 8 GPUs a node: $14,600 a node and month is $2.50."""
    assert offer_of(quote(**values), RENTAL).hourly_rate == pytest.approx(usd, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "usd"),
    [
        ({"price": 30_000.0, "per": "gpu"}, 240_000.0),
        ({"price": 1_200_000.0, "per": "total", "nodes": 5}, 240_000.0),
        ({"price": 3_240_000.0, "per": "rack", "node_gpus": 72}, 360_000.0),
        ({"usd_per_node": 240_000.0}, 240_000.0),
    ],
)
def test_a_price_of_hardware_is_a_price_per_node(values: dict[str, object], usd: float) -> None:
    assert offer_of(quote(option="buy", **values), RENTAL).node_price == pytest.approx(usd, rel=1e-12)


@pytest.mark.parametrize(
    ("values", "nodes", "payments"),
    [
        # a capacity block of a week at $4.916 for one node: 4.916 x 8 x 168 h, paid when it is booked
        ({"option": "block", "days": 7, "usd_per_gpu_hour": 4.916}, 1, [6607.104]),
        ({"option": "block", "days": 2, "usd_per_gpu_hour": 3.9325}, 1, [1510.08]),
        # a month at $576 for one GPU, all of it prepaid
        ({"months": 1, "price": 576.0, "per": "gpu-month", "prepaid": 1.0}, 0.125, [576.0]),
        # $2.51 for a year, all upfront: 2.51 x 8 x 8,760 h
        ({"months": 12, "usd_per_gpu_hour": 2.51, "prepaid": 1.0}, 1, [175_900.8, *[0.0] * 11]),
        ({"days": 365, "usd_per_gpu_hour": 2.51, "prepaid": 1.0}, 1, [175_900.8, *[0.0] * 11]),
        # a quarter upfront beside $14,600 a month
        (
            {"months": 3, "price": 14_600.0, "per": "month", "nodes": 1, "upfront": 10_000.0},
            1,
            [24_600.0, 14_600.0, 14_600.0],
        ),
        # the first of four months free, a tenth less from the third on
        (
            {"months": 4, "usd_per_gpu_hour": 2.5, "prepaid": 0.0, "free_months": 1, "step_down": ((2, 0.1),)},
            1,
            [0.0, 14_600.0, 13_140.0, 13_140.0],
        ),
    ],
)
def test_payments_are_those_of_the_contract(values: dict[str, object], nodes: float, payments: list[float]) -> None:
    found = payments_usd(offer_of(quote(**values), RENTAL), RENTAL, nodes)
    assert found == pytest.approx(payments, abs=0.005)


def test_several_offers_of_one_term_have_ids_of_their_own() -> None:
    """Two offers for a year, one from B at $2.30 prepaid."""
    offers = [
        quote(months=12, usd_per_gpu_hour=2.45, **{"from": "A"}),
        quote(months=12, usd_per_gpu_hour=2.30, prepaid=1.0, **{"from": "B Cloud, Inc."}),
        quote(months=12, usd_per_gpu_hour=2.40, **{"from": "A"}),
        quote(option="block", days=14, usd_per_gpu_hour=5.19),
        quote(option="buy", usd_per_node=240_000.0),
    ]
    assert offer_ids(offers) == (
        "reserved-12m-a", "reserved-12m-b-cloud-inc", "reserved-12m-a-2", "block-14d-offer", "buy-offer",
    )  # fmt: skip


def test_a_lease_is_written_in_payments() -> None:
    lease = quote(option="lease", months=48, price=1_820_000.0, per="total", nodes=13, payments=49_700.0)
    offer = offer_of(lease, RENTAL)
    assert offer.node_price == pytest.approx(140_000)
    assert of_one(offer.payments_usd_per_node or 0.0) == pytest.approx(3823.08, abs=0.005)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"months": 12, "price": 2.0, "per": "gpu-hour", "currency": "EUR"}, "EUR without usd_per_currency"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "currency": "EUR"}, "EUR with an amount in USD"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "price": 2.0, "per": "gpu-hour"}, "usd_per_gpu_hour and price"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "prepaid": 0.5, "upfront": 1.0, "nodes": 1}, "prepaid and upfront"),
        ({"months": 12, "days": 7, "usd_per_gpu_hour": 2.0}, "months and days"),
        ({"usd_per_gpu_hour": 2.0}, "no term in a quote 'reserved'"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "free_months": 12}, "free_months 12 of a term of 12 months"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "indexed": 0.5, "most_favored": True}, "one way to follow"),
        ({"months": 12, "usd_per_gpu_hour": 2.0, "refund_share": 0.5, "prepaid": 0.0}, "nothing prepaid"),
        ({"months": 12, "price": 1e5, "per": "total"}, "per 'total' without a size"),
        ({"months": 12, "price": 1e5, "per": "rack-month"}, "without node_gpus"),
        ({"option": "on-demand", "usd_per_gpu_hour": 2.0, "free_months": 1}, "free_months in a quote 'on-demand'"),
        (
            {"months": 12, "usd_per_gpu_hour": 2.0, "date": date(2026, 11, 2), "valid_until": date(2026, 11, 1)},
            "valid_until 2026-11-01 before the offer of 2026-11-02",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        quote(**values)
    (error,) = caught.value.errors()
    assert words in error["msg"]
    assert "; allowed: " in error["msg"]
    assert "\n" not in error["msg"]
