"""Mails as they are sent: prices without signs, said twice, in dollars off, a lease beside a purchase, surcharges."""

from datetime import date
from typing import Any

import pytest

from advisor.market.price_book import built_in_book
from advisor.offers.mail.read import Mail, read_mail

_ON = date(2026, 11, 30)
_RESERVED = {"option": "reserved", "gpu": "H100-SXM"}


def _read(text: str) -> Mail:
    return read_mail(text, built_in_book(), _ON)


def _all(text: str) -> list[dict[str, Any]]:
    return [{piece.field: piece.value for piece in offer.pieces} for offer in _read(text).offers]


@pytest.mark.parametrize(
    "text",
    [
        "For 6 months we'd do 2.55, for a year 2.25",
        "We can do 2.55 for 6 months, 2.25 for 12 months",
        "6 months at 2.55 or 12 months at 2.25",
    ],
)
def test_numbers_beside_their_terms_are_prices_by_the_hour(text: str) -> None:
    """A mail without any sign of a currency or unit had no price."""
    of_both = {"option": "reserved"}
    assert _all(text) == [
        {**of_both, "months": 6, "usd_per_gpu_hour": 2.55},
        {**of_both, "months": 12, "usd_per_gpu_hour": 2.25},
    ]
    assert not _read(text).unread


@pytest.mark.parametrize(
    "text",
    [
        "we r at 1.85 all in for 12m on 128 H100, 1.70 if 24m",
        "128 H100: 1.85 if 12 months, 1.70 if 24 months",
        "128 H100, 1.85 all-in for 12m, 1.70 all-in on 24m",
    ],
)
def test_prices_without_signs_may_be_all_in_and_on_a_condition(text: str) -> None:
    of_both = {**_RESERVED, "gpus": 128}
    assert _all(text) == [
        {**of_both, "months": 12, "usd_per_gpu_hour": 1.85},
        {**of_both, "months": 24, "usd_per_gpu_hour": 1.7},
    ]
    assert not _read(text).unread


@pytest.mark.parametrize(
    ("price", "fields"),
    [
        ("$2.30/GPU-hr all in", {"usd_per_gpu_hour": 2.3}),
        ("$2.30/GPU-hr in total", {"usd_per_gpu_hour": 2.3}),
        ("$2.30 all in", {"usd_per_gpu_hour": 2.3}),
        ("$2.30 per GPU", {"usd_per_gpu_hour": 2.3}),
        ("$1.2M all in", {"price": 1_200_000, "per": "total"}),
        ("$90,000 per month all in", {"price": 90_000, "per": "month"}),
    ],
)
def test_a_rate_that_is_all_in_is_still_one_by_the_hour(price: str, fields: dict[str, Any]) -> None:
    """$2.30 per GPU-hour was divided by the GPUs, $2.30 was all of the contract or all of a GPU for its term."""
    assert _all(f"64 H100, 12 months, {price}") == [{**_RESERVED, "gpus": 64, "months": 12, **fields}]


@pytest.mark.parametrize(
    "text",
    ["8 H100 nodes with 3.20 Tbps InfiniBand for 12 months", "PUE 1.25, 12 months", "12 months on CUDA 12.40"],
)
def test_other_numbers_beside_a_term_are_no_prices(text: str) -> None:
    assert not _all(text)


@pytest.mark.parametrize(
    "words",
    [
        "$1.29M, i.e. $2.30 per GPU-hour",
        "$1.29M, that is $2.30 per GPU-hour",
        "$1,289,472 in total, which works out to $2.30/GPU-hr",
        "$1,289,472, equivalent to $2.30/GPU-hr",
        "$2.30/GPU-hr (equivalent to $1.29M)",
        "$2.30/GPU-hr. That's $107,456 per month.",
        "$2.30/GPU-hr. That's $105,984 per month.",  # of 30 days
        "$2.30/GPU-hr, which comes to $13,432 per node per month",
    ],
)
def test_a_price_that_is_said_twice_is_one_offer(words: str) -> None:
    """64 x $2.30 x 8,760 hours are $1,289,472: the two were two offers."""
    text = f"64 H100, 12 months: {words}"
    assert _all(text) == [{**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.3}]
    assert not _read(text).unread


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        (
            "64 H100, 12 months: $1,289,472, i.e. $2.10 per GPU-hour",
            "$1,289,472 (9.5% more than i.e. $2.10 per GPU-hour)",
        ),
        ("64 H100, 12 months: $2.30/GPU-hr, i.e. $1.5M", "i.e. $1.5M (16.3% more than $2.30/GPU-hr)"),
        ("H100, 12 months: $2.30/GPU-hr, i.e. $1.5M", "i.e. $1.5M (not compared with $2.30/GPU-hr)"),
        ("8 H100 nodes at $250k each = $2.5M", "= $2.5M (25.0% more than at $250k each)"),
    ],
)
def test_two_prices_that_are_said_to_be_the_same_and_are_not_are_told(text: str, unread: str) -> None:
    mail = _read(text)
    assert len(mail.offers) == 1
    assert mail.unread == (unread,)


_RENT = "64 H100, 12 months, $2.30/GPU-hr"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{_RENT}, total contract value $1,289,472", "(follows from the price)"),
        (f"{_RENT}, total contract value $1,500,000", "(16.3% more than the price comes to: 1,289,472)"),
        (f"{_RENT} ($1.5M total)", "(16.3% more than $2.30/GPU-hr)"),
        (f"{_RENT}, total contract value (incl. setup) $1,300,000", "(0.8% more than the price comes to: 1,289,472)"),
        (f"{_RENT}\nTotal: $1,100,000", "(14.7% less than the price comes to: 1,289,472)"),
        (f"{_RENT}, monthly total $105,984", "(follows from the price)"),  # of 30 days
        (f"{_RENT}, monthly total $120,000", "(11.7% more than the price comes to: 107,456)"),
        (f"{_RENT}, first month free, total contract value $1,182,016", "(follows from the price)"),
        (f"{_RENT}, setup fee $25,000, total contract value $1,314,472", "(follows from the price)"),
        (f"{_RENT}, total contract value $1,313,472", "(1.9% more than the price comes to: 1,289,472)"),
        ("H100, 12 months, $2.30/GPU-hr, total contract value $1,500,000", "(not compared with the price)"),
        ("8 H100 nodes, $262,000 each\nTotal: $2,096,000", "(follows from the price)"),
        ("8 H100 nodes, $262,000 each, total $2,500,000", "(19.3% more than $262,000 each)"),
        (f"{_RENT}\n64 H100, 24 months, $2.00/GPU-hr\nTotal: $2,242,560", "(follows from the price)"),
        (
            f"{_RENT}\n64 H100, 24 months, $2.00/GPU-hr\nTotal: $2m",
            "(10.8% less than the nearest of the prices comes to: 2,242,560)",
        ),
    ],
)
def test_a_total_is_compared_with_what_the_price_comes_to(text: str, told: str) -> None:
    """64 x $2.30 x 8,760 hours are $1,289,472: any total was said to follow from the rate."""
    (unread,) = _read(text).unread
    assert unread.endswith(told)


def test_a_purchase_and_its_sum_are_one_offer() -> None:
    assert not _read("8 H100 nodes at $250k each = $2M").unread


def test_the_price_of_another_term_is_not_the_same_again() -> None:
    found = _all("64 H100, 12 months: $2.40/GPU-hr. For 24 months that's $2.10/GPU-hr")
    assert [(one["months"], one["usd_per_gpu_hour"]) for one in found] == [(12, 2.4), (24, 2.1)]


@pytest.mark.parametrize(
    "words",
    [
        "3 months commit -$0.30/hr",
        "$0.30 off for 3 months",
        "3 months: $0.30/hr less",
        "$0.30/hr off on a 3-month term",
    ],
)
def test_a_sum_off_the_price_on_demand_is_no_price(words: str) -> None:
    """It was an offer for $0.30."""
    assert _all(f"On demand $2.99/GPU-hr, {words}") == [
        {"option": "on-demand", "usd_per_gpu_hour": 2.99},
        {"option": "reserved", "usd_per_gpu_hour": 2.69, "months": 3},
    ]


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("H100, 3 months commit -$0.30/hr", "$0.30/hr off"),
        ("H100, 3 months, $0.30/hr cheaper", "$0.30/hr cheaper"),
    ],
)
def test_a_sum_off_a_price_that_is_not_said_is_told(text: str, unread: str) -> None:
    assert _read(text) == Mail((), (unread,))


def test_a_dash_before_a_price_takes_nothing_off() -> None:
    assert _all("64 H100 12 months -$2.30/GPU-hr")[0]["usd_per_gpu_hour"] == 2.3
    found = _all("H100 on demand $2.99/hr, 12 months -$2.30/hr")
    assert [one["usd_per_gpu_hour"] for one in found] == [2.99, 2.3]


def test_a_share_with_a_minus_is_a_discount() -> None:
    assert [one["usd_per_gpu_hour"] for one in _all("H100 on demand $3/hr, 12 months -10%")] == [3.0, 2.7]


def test_a_sum_off_on_a_condition_or_off_an_invoice_is_told() -> None:
    """$50,000 off the first invoice was an offer of hardware."""
    for words in ("$0.10 discount per hour if prepaid", "$50,000 off the first invoice"):
        text = f"64 H100, 12 months, $2.30/GPU-hr, {words}"
        assert _all(text) == [{**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.3}]
        assert _read(text).unread[0].startswith(words[:11])


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("12 months $2.40/GPU-hr, 24 months $2.10/GPU-hr, 4 node minimum", [4, 4]),
        ("4 node minimum: 12 months $2.40/GPU-hr, 24 months $2.10/GPU-hr", [4, 4]),
        ("12 months $2.40/GPU-hr\n24 months $2.10/GPU-hr\n4 node minimum", [4, 4]),
        ("12 months $2.40/GPU-hr; 24 months $2.10/GPU-hr, 4 node minimum", [None, 4]),
        ("12 months $2.40/GPU-hr. 24 months $2.10/GPU-hr (4 node minimum).", [None, 4]),
        ("12 months $2.40/GPU-hr, 4 node minimum, 24 months $2.10/GPU-hr", [4, None]),
        ("12 months $2.40/GPU-hr\n24 months $2.10/GPU-hr\n4 node minimum on the 24 month term", [None, 4]),
        ("- 12 months: $2.40/hr\n  4 node minimum\n- 24 months: $2.10/hr", [4, None]),
    ],
)
def test_a_minimum_is_that_of_the_price_that_it_stands_beside(text: str, least: list[int | None]) -> None:
    assert [one.get("least_nodes") for one in _all(text)] == least


@pytest.mark.parametrize(
    "text",
    [
        "Purchase: 8 H100 nodes at $265k each\nLease: 36 months, $72,000 per month",
        "Purchase: 8 H100 nodes at $265k each, or lease over 36 months at $72,000 per month",
        "Purchase: 8 H100 nodes at $265k each; lease: 36 months, $9,000 per node per month",
        "We sell 8 H100 servers at $265k each. Alternatively, lease them for 36 months at $72,000/month.",
    ],
)
def test_a_lease_beside_a_purchase_is_of_the_same_hardware(text: str) -> None:
    """It was only told, or refused the mail for want of its size and of the price of the hardware."""
    node = {"gpu": "H100-SXM", "nodes": 8, "usd_per_node": 265_000}
    assert _all(text) == [{"option": "buy", **node}, {"option": "lease", **node, "payments": 72_000, "months": 36}]


def test_hardware_that_is_leased_is_one_offer() -> None:
    (lease,) = _all("8 H100 nodes at $265k each, leased over 36 months at $72,000 per month")
    assert (lease["option"], lease["usd_per_node"], lease["payments"]) == ("lease", 265_000, 72_000)


def test_a_lease_beside_two_purchases_is_asked_what_it_is_of() -> None:
    text = "8 H100 nodes at $250,000 per node\n8 H200 nodes at $290,000 per node\nLease: 36 months, $72,000 per month"
    assert [bool(offer.missing) for offer in _read(text).offers] == [False, False, True]


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("bis 31.3.2027", 4),
        ("Laufzeit bis 31.03.2028", 16),
        ("vom 1.1.2027 bis zum 31.3.2027", 3),
        ("ab 1.1.2027 bis 31.3.2027", 3),
    ],
)
def test_a_last_day_in_german_is_a_term(words: str, months: int) -> None:
    """It was an offer on demand."""
    (fields,) = _all(f"64 H100 zu 2,30 EUR/GPU-h, {words}, EUR/USD 1.08")
    assert (fields["option"], fields["months"], fields["price"]) == ("reserved", months, 2.3)


def test_what_stands_as_an_item_of_its_own_behind_the_last_price_is_said_of_all() -> None:
    found = _all("64 H100: 12 months $2.40/GPU-hr; 24 months $2.10/GPU-hr; $50,000 deposit")
    assert [one["upfront"] for one in found] == [50_000, 50_000]
    found = _all("64 H100: 12 months $2.40/GPU-hr; 24 months $2.10/GPU-hr with a $50,000 deposit")
    assert [one.get("upfront") for one in found] == [None, 50_000]


_OF_64 = {**_RESERVED, "gpus": 64, "months": 12}
_IN_EUR = {"currency": "EUR", "usd_per_currency": 1.08, "currency_date": _ON}


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        (  # the surcharge was the price
            "64 H100 reserved for 12 months at $1,650 per GPU per month. InfiniBand add-on $0.15/GPU-hr.",
            [{**_OF_64, "price": 1650, "per": "gpu-month"}],
        ),
        (
            "64 H100 @ 2.20/GPU/hr base + $0.12/GPU/hr InfiniBand surcharge, 12 months",
            [{**_OF_64, "usd_per_gpu_hour": 2.2}],
        ),
        ("64 H100, 12 months, $2.30/GPU-hr, $0.20/hr premium for NDR", [{**_OF_64, "usd_per_gpu_hour": 2.3}]),
        (  # the first price was taken for a commitment to spend
            "Rates are as under: H100 SXM USD 2.10 per GPU hour for a commitment of 1 year, USD 1.95 per GPU hour for "
            "2 years. Validity of offer: 15 days.",
            [
                {**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.1, "valid_until": date(2026, 12, 15)},
                {**_RESERVED, "months": 24, "usd_per_gpu_hour": 1.95, "valid_until": date(2026, 12, 15)},
            ],
        ),
        (  # the sum was a second offer, of a node for 1,988,000
            "8 Stück HGX H100 Server, Einzelpreis 248.500,00 EUR, gesamt 1.988.000,00 EUR. 1 EUR = 1,08 USD",
            [{"option": "buy", "gpu": "H100-SXM", "nodes": 8, "price": 248_500, "per": "node", **_IN_EUR}],
        ),
        (  # the rent and the set-up were offers of a GPU to buy
            "Mietangebot: 4 Server mit je 8x H100, Laufzeit 24 Monate, monatliche Miete 42.800,00 EUR gesamt, "
            "Einrichtung einmalig 4.500,00 EUR. Wechselkurs EUR/USD 1,08.",
            [
                {
                    **_RESERVED,
                    "nodes": 4,
                    "price": 42_800,
                    "per": "month",
                    "months": 24,
                    "setup_fee": 4500,
                    **_IN_EUR,
                }
            ],
        ),
        (  # was 32 GPUs
            "32 H100 nodes from 1 Feb 2027 to 31 Jan 2028 at USD 2.15/GPU-h",
            [
                {
                    **_RESERVED,
                    "nodes": 32,
                    "usd_per_gpu_hour": 2.15,
                    "months": 12,
                    "starts": date(2027, 2, 1),
                    "date": _ON,
                }
            ],
        ),
        (  # the monthly charge was the price of a node to buy
            "128 B200 GPUs for 18 months\nMonthly recurring: $275,000\nEffective rate: $2.94/GPU-hr",
            [{"option": "reserved", "gpu": "B200-SXM", "gpus": 128, "usd_per_gpu_hour": 2.94, "months": 18}],
        ),
        (
            "Our list price for H100s is $2.99/hr. If you commit for a year we can do 22% off.",
            [{**_RESERVED, "usd_per_gpu_hour": 2.3322, "months": 12}],
        ),
        (
            "Lease: Equipment cost $2,080,000 (8 DGX H100). 36 monthly payments of $63,200.",
            [
                {
                    "option": "lease",
                    "gpu": "H100-SXM",
                    "nodes": 8,
                    "price": 2_080_000,
                    "per": "total",
                    "payments": 63_200,
                    "months": 36,
                }
            ],
        ),
        (  # the fee and the term of the rooms were those of the servers
            "Rack space: $185 per kW per month, 36 month term, NRC $15,000\n\nServers:\n8 H100 nodes, $262,000 each",
            [{"option": "buy", "gpu": "H100-SXM", "nodes": 8, "usd_per_node": 262_000}],
        ),
        (  # the total was a second offer
            "64 H100 for 12 months. Compute $107,456/month, storage $4,000/month, total $111,456/month.",
            [{**_OF_64, "price": 107_456, "per": "month"}],
        ),
        (  # was one of servers to buy
            "Miete 8 H100 Server: 9.800 € pro Server und Monat, 12 Monate, EUR/USD 1,08",
            [{**_RESERVED, "nodes": 8, "price": 9800, "per": "node-month", "months": 12, **_IN_EUR}],
        ),
        (
            "Per GPU-month: $1,680 (12 mo), $1,530 (24 mo). H100 SXM",
            [
                {**_RESERVED, "price": 1680, "per": "gpu-month", "months": 12},
                {**_RESERVED, "price": 1530, "per": "gpu-month", "months": 24},
            ],
        ),
        (
            "Ready for service: February 15, 2027. 64 H100, 12 months, $2.30/GPU-hr",
            [{**_OF_64, "usd_per_gpu_hour": 2.3, "starts": date(2027, 2, 15), "date": _ON}],
        ),
    ],
)
def test_mails_of_several_styles_are_read(text: str, offers: list[dict[str, Any]]) -> None:
    assert _all(text) == offers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("64 H100 at 2.20/GPU/hr + $0.12/GPU/hr InfiniBand surcharge", "+ $0.12/GPU/hr InfiniBand surcharge"),
        ("Rack space: $185 per kW per month, NRC $15,000\n\n8 H100 nodes, $262,000 each", "NRC $15,000 (of the rooms)"),
    ],
)
def test_what_is_not_counted_in_them_is_told(text: str, told: str) -> None:
    assert told in _read(text).unread


def test_rupees_are_not_dollars() -> None:
    """There was no price in Rs. 175/-."""
    text = "Best offer for 8 nos. H100 nodes (8 GPU each): Rs. 175/- per GPU per hour for 12 months, 50% advance"
    (offer,) = _read(text).offers
    fields = offer.table()
    assert (fields["nodes"], fields["price"], fields["currency"], fields["prepaid"]) == (8, 175, "INR", 0.5)
    assert offer.missing == ("a rate of exchange: `INR/USD` with its rate, `1 USD = ... INR`",)
    assert _all(f"{text}, 1 USD = 84 INR")[0]["usd_per_currency"] == pytest.approx(1 / 84)


@pytest.mark.parametrize(
    ("words", "usd"),
    [("1 USD = 0.92 EUR", 1 / 0.92), ("USD/EUR 0.92", 1 / 0.92), ("USD/EUR 1.08", 1.08), ("1 EUR = 1.08 USD", 1.08)],
)
def test_a_rate_of_exchange_is_read_in_either_direction(words: str, usd: float) -> None:
    """What a dollar costs was what a euro costs."""
    (fields,) = _all(f"64 H100, 12 months, 2.10 EUR/GPU-h, {words}")
    assert fields["usd_per_currency"] == pytest.approx(usd)


@pytest.mark.parametrize(
    "words",
    [
        "first month free then 11 months billed",
        "first month free, then 11 months",
        "1 month free + 11 months paid",
        "11 months paid, 1 month free",
        "12 months, first month free, then 11 billed",
        "pay 11 months, get 12",
        "12 months for the price of 11",
    ],
)
def test_free_months_that_are_counted_apart_are_part_of_the_term(words: str) -> None:
    """The term was 11 months, of which one was free."""
    mail = _read(f"64 H100, $2.30/GPU-hr, {words}")
    (offer,) = mail.offers
    assert (offer.value("months"), offer.value("free_months")) == (12, 1)
    assert not mail.unread


@pytest.mark.parametrize(
    ("text", "nodes", "least", "told"),
    [
        (
            "256 H100 nodes available, $2.30/GPU-hr, min 32 nodes",
            None,
            32,
            ("256 H100 nodes (only the minimum is calculated)",),
        ),
        (
            "up to 256 H100 nodes, $2.30/GPU-hr\nMinimum 32 nodes",
            None,
            32,
            ("256 H100 nodes (only the minimum is calculated)",),
        ),
        ("256 H100 nodes available, $2.30/GPU-hr", 256, None, ()),
        (
            "up to 256 nodes, $2.30/GPU-hr, 32 nodes H100 minimum",
            None,
            32,
            ("256 nodes (only the minimum is calculated)",),
        ),
        ("256 H100 nodes, $2.30/GPU-hr, min 32 nodes", 256, None, ("min 32 nodes (beside a size of 256 nodes)",)),
        ("256 H100 nodes, $2.30/GPU-hr, min 256 nodes", 256, None, ()),
        (
            "up to 256 H100 nodes, 12 months, $40m in total, min 32 nodes",
            256,
            None,
            ("min 32 nodes (beside a size of 256 nodes)",),
        ),
    ],
)
def test_a_minimum_counts_in_place_of_all_that_there_is(
    text: str, nodes: int | None, least: int | None, told: tuple[str, ...]
) -> None:
    """The minimum was dropped without a word."""
    mail = _read(text)
    (offer,) = mail.offers
    assert (offer.value("nodes"), offer.value("least_nodes"), mail.unread) == (nodes, least, told)
    assert offer.value("gpu") == "H100-SXM"


@pytest.mark.parametrize(
    "words",
    [
        "12 months $2.25 or 24 months $2.00; 25% upfront; SLA 99.9% with 10% service credits",
        "12 months $2.25, 24 months $2.00, 25% upfront, SLA 99.9% with 10% service credits",
        "12 months $2.25; 24 months $2.00; 25% upfront; 10% service credits",
    ],
)
def test_items_behind_the_last_price_are_said_of_all_prices(words: str) -> None:
    """The credits counted for the second offer only, and the deposit where a semicolon stood behind commas."""
    found = _all(f"64 H100, {words}")
    assert [(one["months"], one.get("prepaid"), one.get("sla_credit_share")) for one in found] == [
        (12, 0.25, 0.1),
        (24, 0.25, 0.1),
    ]


@pytest.mark.parametrize(
    ("lines", "least"),
    [
        ("H100 on demand $2.99/hr, no minimum\n12 months $2.40/hr\n4 node minimum for reserved", [None, 4]),
        ("H100 on demand $2.99/hr\n12 months $2.40/hr\nReserved requires a minimum of 4 nodes", [None, 4]),
        ("H100 on demand $2.99/hr\n12 months $2.40/hr\nMin 4 nodes for on-demand", [4, None]),
        ("H100 on demand $2.99/hr\n12 months $2.40/hr\n4 node minimum", [4, 4]),
    ],
)
def test_a_minimum_of_one_kind_of_offer_is_that_of_no_other(lines: str, least: list[int | None]) -> None:
    mail = _read(lines)
    assert [offer.value("least_nodes") for offer in mail.offers] == least
    assert [offer.value("option") for offer in mail.offers] == ["on-demand", "reserved"]
    assert not mail.unread


def test_a_clause_of_one_kind_of_offer_is_that_of_no_other() -> None:
    found = _all("H100 on demand $2.99/hr\n12 months $2.40/hr\n10% SLA credits on reserved contracts")
    assert [one.get("sla_credit_share") for one in found] == [None, 0.1]


def test_no_minimum_is_none() -> None:
    """It was told, and a minimum of other offers counted."""
    assert _all("H100 $2.99/hr, no minimum commitment")[0]["option"] == "on-demand"
    found = _all("H100 on demand $2.99/hr, no minimum\n12 months $2.40/hr\nMin 4 nodes")
    assert [one.get("least_nodes") for one in found] == [None, 4]


@pytest.mark.parametrize(
    ("words", "nodes"),
    [
        ("8x Supermicro H100 HGX 8-GPU", 8),
        ("8x Supermicro H100 HGX", 8),
        ("8 Dell XE9680 8-GPU H100 servers", 8),
        ("16x HGX H100", 16),
    ],
)
def test_machines_of_a_maker_are_counted_by_the_number_before_them(words: str, nodes: int) -> None:
    """Their number was not read, and 16 of them were 16 GPUs."""
    assert _all(f"{words}, $262,000 each") == [
        {"option": "buy", "gpu": "H100-SXM", "nodes": nodes, "usd_per_node": 262_000}
    ]


@pytest.mark.parametrize(
    "words",
    [
        "5% off if prepaid",
        "another 5% on top if prepaid",
        "extra 5% discount for prepayment",
        "if prepaid another 5% off",
        "prepay for an additional 5% discount",
        "5% prepay discount",
        "prepayment discount 5%",
    ],
)
@pytest.mark.parametrize("price", ["$2.40/GPU-hr", "list $3.00/GPU-hr, 20% off"])
def test_a_discount_for_a_prepayment_is_not_counted_nor_prepaid(price: str, words: str) -> None:
    """The condition was read as what is paid, or the discount as a prepayment of 5%."""
    mail = _read(f"64 H100, 12 months, {price}, {words}")
    (offer,) = mail.offers
    assert (offer.value("usd_per_gpu_hour"), offer.value("prepaid")) == (2.4, None)
    assert mail.unread == (f"{words} (not calculated)",)


def test_a_sum_of_months_is_told() -> None:
    """The term was one month."""
    mail = _read("64 H100, 12+1 months, $2.30/GPU-hr")
    assert (mail.offers[0].value("months"), mail.unread) == (None, ("12+1 months",))


def test_what_is_said_of_offers_by_the_hour_makes_none_of_a_contract() -> None:
    """The contract was an offer on the spot market, without its term."""
    spot, reserved = _all("H100 spot $1.50/hr, 12 months $2.30/hr\nNo SLA on spot")
    assert (spot["option"], reserved["option"], reserved["months"]) == ("spot", "reserved", 12)


def test_each_currency_has_its_own_rate_of_exchange() -> None:
    """CHF 14'500 a node and month at 1.24 and GBP 1.95 an hour at 1.33: the first rate was that of all, and the first
    price CHF 14 an hour."""
    text = "8 nodes HGX H100 at CHF 14'500 per node and month, 12 months. Alternatively GBP 1.95/GPU/h for 36 months. "
    for rates in (
        "CHF/USD 1.24, GBP/USD 1.33",
        "1 CHF = 1.24 USD, 1 GBP = USD 1.33",
        "1 USD = 0.8064516129 CHF, GBP/USD 1.33",
    ):
        swiss, british = _all(text + rates)
        assert (swiss["price"], swiss["per"], swiss["currency"]) == (14_500, "node-month", "CHF")
        assert swiss["usd_per_currency"] == pytest.approx(1.24)
        assert (british["price"], british["currency"], british["usd_per_currency"]) == (1.95, "GBP", 1.33)


def test_the_rate_of_another_currency_is_none() -> None:
    (offer,) = _read("64 H100 12 months at GBP 1.95/GPU/h, EUR/USD 1.08").offers
    assert offer.missing == ("a rate of exchange: `GBP/USD` with its rate, `1 USD = ... GBP`",)


@pytest.mark.parametrize("written", ["14'500", "14\u2019500", "14\u202f500", "14\u00a0500", "14,500"])
def test_thousands_are_parted_as_in_other_countries(written: str) -> None:
    (fields,) = _all(f"8 nodes of H100, 12 months, ${written} per node and month")
    assert fields["price"] == 14_500
