"""Mails as sellers write them: bundles of GPUs, fees, dates of two kinds, totals beside rates, term sheets, tables."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.offers.added import with_text
from advisor.offers.mail.offer import ReadOffer
from advisor.offers.mail.read import Mail, read_mail
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import offer_of, payments_usd
from advisor.profiles.validation import parse_profile
from advisor.reports.offers.reading import offers_read, unread_lines

_ON = date(2026, 11, 30)
_BOOK = built_in_book()
_RENTAL = _BOOK.assumptions("H100-SXM").rental
_RESERVED = {"option": "reserved", "gpu": "H100-SXM"}


def _read(text: str) -> Mail:
    return read_mail(text, _BOOK, _ON)


def _fields(offer: ReadOffer) -> dict[str, Any]:
    return {piece.field: piece.value for piece in offer.pieces}


def _all(text: str) -> list[dict[str, Any]]:
    return [_fields(offer) for offer in _read(text).offers]


_FEES = [
    ("one-time setup fee of $25,000", 25_000),
    ("plus a $10k installation fee", 10_000),
    ("setup $1,500 per node", 96_000),  # of 64 nodes
    ("Setup: $15,000 one-time", 15_000),
    ("$20 per GPU setup", None),  # a price for each GPU, not understood
    ("installation $5,000, onboarding fee $2,500", 7_500),
    ("20k setup fee", 20_000),  # without a sign: in the currency of the price
    ("one-time setup fee of 20,000", 20_000),
    ("setup: 1.5k per node", 96_000),
    ("setup takes 20 days", None),
    ("setup: 2027", None),
]


@pytest.mark.parametrize(("words", "usd"), _FEES)
def test_a_fee_that_is_paid_once_is_read_and_never_taken_for_a_price(words: str, usd: float | None) -> None:
    text = f"64 H100 nodes, 12 months, $2.45/GPU-hr, {words}, 25% prepaid"
    mail = _read(text)
    (offer,) = mail.offers
    fields = _fields(offer)
    assert (fields["usd_per_gpu_hour"], fields["nodes"], fields["prepaid"]) == (2.45, 64, 0.25)
    assert fields.get("setup_fee") == usd
    assert usd is not None or any("setup" in line for line in unread_lines(mail, ("H100-SXM",)))
    Quote.model_validate(offer.table())


def test_a_set_up_fee_is_paid_first_and_in_the_rate() -> None:
    """64 GPUs at $2 for 12 months of 730 hours are 64 x 2 x 8,760 = $1,121,280; with $50,000 of set-up $1,171,280, of
    which 25% of the price and the fee come first."""
    bare = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.0, "gpus": 64, "prepaid": 0.25}
    offer = offer_of(Quote.model_validate({**bare, "setup_fee": 50_000}), _RENTAL)
    paid = payments_usd(offer, _RENTAL, 8)
    assert sum(paid) == pytest.approx(1_171_280)
    assert offer.hourly_rate == pytest.approx(1_171_280 / (64 * 8760))
    assert offer.prepaid_share == pytest.approx((50_000 + 0.25 * 1_121_280) / 1_171_280)


def test_a_set_up_fee_of_hardware_is_in_the_price_of_a_node() -> None:
    quote = Quote.model_validate({"option": "buy", "usd_per_node": 250_000, "nodes": 8, "setup_fee": 16_000})
    assert offer_of(quote, _RENTAL).node_price == 252_000


def test_a_bundle_of_two_gpus_has_one_term_and_the_profile_takes_its_own() -> None:
    """The first was an offer on demand: the term stood behind the second."""
    text = "32 H100 nodes at $2.40/GPU-hr and 8 B200 nodes at $4.10/GPU-hr, both 12 months, 25% prepaid"
    terms = {"months": 12, "prepaid": 0.25, "option": "reserved"}
    assert _all(text) == [
        {"gpu": "H100-SXM", "nodes": 32, "usd_per_gpu_hour": 2.4, **terms},
        {"gpu": "B200-SXM", "nodes": 8, "usd_per_gpu_hour": 4.1, **terms},
    ]
    assert _all(text.replace("both ", "")) == _all(text)
    profile = parse_profile({"name": "one", "workload": [{"kind": "pre-train", "nodes": 64, "months": 24}]}, _BOOK)
    assert [quote.usd_per_gpu_hour for quote in with_text(text, profile, _BOOK, _ON).profile.quote] == [2.4]
    read = offers_read(text, profile, _BOOK, _ON)
    assert any("B200-SXM, which is left out" in line for line in read.lines)
    assert read.unread == ("Left out, since the profile is not about it: B200-SXM",)


@pytest.mark.parametrize(
    "text",
    [
        "16 H100 and 16 H200 GPUs at a blended $2.60/GPU-hr for 24 months",
        "8x H100 nodes + 4x H200 nodes for 12 months, $310,000 per month in total",
    ],
)
def test_two_gpus_at_one_price_are_asked_about(text: str) -> None:
    """The second was left out in silence, and the first judged at the price of both."""
    (offer,) = _read(text).offers
    assert "a price for each GPU: of H100-SXM and H200-SXM its own" in offer.missing


@pytest.mark.parametrize(
    ("text", "field", "day", "assumed"),
    [
        ("start 12/1/2026", "starts", date(2026, 12, 1), "month before day"),
        ("start 1/15/27", "starts", date(2027, 1, 15), ""),
        ("starts 05/06/2027", "starts", date(2027, 5, 6), "month before day"),
        ("starts 05.06.2027", "starts", date(2027, 6, 5), "day before month"),
        ("starting January 2027", "starts", date(2027, 1, 1), "its first day"),
        ("expires 12/11/2026", "valid_until", date(2026, 12, 11), "month before day"),
        ("valid until 11/12/2026", "valid_until", date(2026, 12, 11), "day before month: else it would be 2026-11-12"),
        ("quote date 11/02/2026", "date", date(2026, 11, 2), "month before day"),
        ("valid until 4/12/2026, start 15/12/2026", "valid_until", date(2026, 12, 4), "day before month, as in 15/12"),
    ],
)
def test_dates_in_numbers_are_read_as_in_the_us_unless_something_speaks_against_it(
    text: str, field: str, day: date, assumed: str
) -> None:
    (offer,) = _read(f"8 H100 nodes, 6 months, $2.60/GPU-hr, {text}").offers
    (piece,) = [piece for piece in offer.pieces if piece.field == field]
    assert piece.value == day
    assert piece.assumed.startswith(assumed)


def test_dates_beside_euros_have_the_day_first() -> None:
    text = "8 H100 nodes, 6 months, 2,60 EUR/GPU-h, EUR/USD 1.08, start 4/1/2027"
    assert _all(text)[0]["starts"] == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "Total monthly cost: $98,000 for 64 H100 GPUs, 12-month commitment",
            {"gpus": 64, "months": 12, "price": 98_000, "per": "month"},
        ),
        (
            "32 H100 GPUs, 1 year: $600,000 annual cost",
            {"gpus": 32, "months": 12, "price": 50_000, "per": "month"},
        ),
        ("4 x 8xH100 nodes: $72/hr total, 6 months", {"nodes": 4, "months": 6, "usd_per_gpu_hour": 2.25}),
        ("H100 $2.10 - $2.40/GPU-hr, 12 months", {"months": 12, "usd_per_gpu_hour": 2.4}),
        ("H100, 12 months, reduced from $2.89 to $2.45/GPU-hr", {"months": 12, "usd_per_gpu_hour": 2.45}),
        ("8 Knoten H100, 12 Monate, $2.35/GPU-h", {"nodes": 8, "months": 12, "usd_per_gpu_hour": 2.35}),
        ("16 nodes of 8x H100, 12 months, $2.35/GPU-hr", {"nodes": 16, "months": 12, "usd_per_gpu_hour": 2.35}),
        ("H100, 12 months, $2.3/GPU-hr, 20% due at signing", {"months": 12, "usd_per_gpu_hour": 2.3, "prepaid": 0.2}),
    ],
)
def test_a_price_is_for_what_the_words_say(text: str, fields: dict[str, Any]) -> None:
    assert _all(text) == [{**_RESERVED, **fields}]


@pytest.mark.parametrize(
    ("words", "unread"),
    [
        ("3-year warranty $18,000 per node", "3-year warranty $18,000 per node"),
        ("refundable security deposit of $100,000", "refundable security deposit of $100,000"),
        ("Deposit: $50,000 (refundable)", "Deposit: $50,000 (refundable)"),
        ("bandwidth $500/month", "bandwidth $500/month"),
        ("minimum spend $50,000 per month", "minimum spend $50,000 per month"),
        ("total contract value $1,289,472", "total contract value $1,289,472 (follows from the price)"),
    ],
)
def test_a_sum_that_is_not_counted_is_said_first_in_one_line(words: str, unread: str) -> None:
    """A warranty was an offer of a node for $18,000, and a deposit that comes back a cost."""
    mail = _read(f"64 H100, net 30, 12 months, $2.30/GPU-hr, {words}")
    assert [_fields(offer) for offer in mail.offers] == [
        {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.3}
    ]
    assert list(unread_lines(mail, ("H100-SXM",))) == [f"Not counted: {unread}", "Not understood: net 30"]


def test_prices_in_several_units_are_several_offers_where_each_says_its_kind() -> None:
    text = "H100 HGX 8-GPU node: $18.40/hr on demand, $14,800/month on a 1-year contract"
    node = {"gpu": "H100-SXM", "node_gpus": 8}
    assert _all(text) == [
        {"option": "on-demand", **node, "price": 18.4, "per": "node-hour"},
        {"option": "reserved", **node, "months": 12, "price": 14_800, "per": "node-month"},
    ]


def test_a_second_price_without_its_unit_has_that_of_the_first() -> None:
    text = "For 256 H100s: $2.38 per GPU/hour on a 1 yr term w/ 15% prepay, and $2.15 on 2 yrs w/ 20% prepay. Thanks."
    assert _all(text) == [
        {**_RESERVED, "gpus": 256, "usd_per_gpu_hour": 2.38, "months": 12, "prepaid": 0.15},
        {**_RESERVED, "gpus": 256, "usd_per_gpu_hour": 2.15, "months": 24, "prepaid": 0.2},
    ]


def test_what_runs_for_a_term_beside_an_offer_on_demand_is_reserved() -> None:
    text = "H100 SXM: $2.99/hr on-demand | $2.49/hr 6 mo"
    assert [fields["option"] for fields in _all(text)] == ["on-demand", "reserved"]


def test_prices_by_size_are_each_for_its_own_size_and_run_as_the_next_sentence_says() -> None:
    text = "1-7 nodes: $2.80/GPU-hr; 8-31 nodes: $2.60/GPU-hr; 32+ nodes: $2.40/GPU-hr. H100 SXM, 12 months"
    assert [(one["least_nodes"], one["usd_per_gpu_hour"], one["months"]) for one in _all(text)] == [
        (1, 2.8, 12),
        (8, 2.6, 12),
        (32, 2.4, 12),
    ]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        (
            "We'd include $50,000 in free credits. 128 H100s, 12 months, $2.39/GPU-hr",
            [{**_RESERVED, "gpus": 128, "months": 12, "usd_per_gpu_hour": 2.39}],
        ),
        (
            "H200 HGX 8-GPU boxes, 12 units, USD 290,000 each, lead time 6-8 weeks. Shipping approx USD 4,500 per unit",
            [{"option": "buy", "gpu": "H200-SXM", "nodes": 12, "usd_per_node": 290_000, "setup_fee": 54_000}],
        ),
        ("GPU colo: $165 per kW per month all-in, 8 nodes, 36 month term, NRC $12,000", []),
        (
            "64 H100s, $2.60/GPU/hr, month-to-month, 30 days notice",
            [{**_RESERVED, "gpus": 64, "months": 1, "usd_per_gpu_hour": 2.6, "notice_months": 1}],
        ),
        (
            "64x H100 (8 nodes), 6 months, $2.69/GPU/hr, 10% due at signing, remainder invoiced monthly",
            [{**_RESERVED, "gpus": 64, "months": 6, "usd_per_gpu_hour": 2.69, "prepaid": 0.1}],
        ),
        (
            "H100: list $3.99, your price $2.79/GPU/hr, 12-month commit, 64 GPUs min",
            [{**_RESERVED, "least_nodes": 8, "months": 12, "usd_per_gpu_hour": 2.79}],
        ),
        (
            "64 H100, 12 months, $2.40/GPU-hr, availability: week of January 11, 2027",
            [
                {
                    **_RESERVED,
                    "gpus": 64,
                    "months": 12,
                    "usd_per_gpu_hour": 2.4,
                    "starts": date(2027, 1, 11),
                    "date": _ON,
                }
            ],
        ),
    ],
)
def test_sums_and_spans_beside_the_offer_are_not_it(text: str, offers: list[dict[str, Any]]) -> None:
    """Free credits and shipping were offers to buy, a discount off a price was none, a lead time was a term."""
    assert _all(text) == offers


_SHEET = """\
Customer: Foo Inc
Date: 11/24/2026
Expires: 12/8/2026
GPU: NVIDIA H100 SXM5 80GB
Quantity: 128
Term: 12 months
Rate: $2.29 / GPU / hour
Setup: $15,000 one-time
Prepayment: 15%
Total contract value: $2,582,899
"""


def test_a_term_sheet_is_one_offer() -> None:
    """Its total was a second one, and its customer the seller."""
    assert _all(_SHEET) == [
        {
            **_RESERVED,
            "gpus": 128,
            "usd_per_gpu_hour": 2.29,
            "months": 12,
            "prepaid": 0.15,
            "setup_fee": 15_000,
            "date": date(2026, 11, 24),
            "valid_until": date(2026, 12, 8),
        }
    ]


@pytest.mark.parametrize(
    "table",
    [
        "Product      GPUs  Term      Rate        Setup fee\nH100 SXM     64    12 mo     $2.30/GPU/hr    $12,000",
        "GPU\tQty\tTerm\tUnit price\tSetup fee\nH100 SXM\t64\t12 mo\t$2.30/GPU/hr\t$12,000",
        "gpu,count,term,price,setup\nH100,64,12 months,$2.30,$12000",
        "| GPU | Qty | Term | Rate/GPU-hr | Monthly | Total | Setup |\n|---|---|---|---|---|---|---|\n"
        "| H100 SXM | 64 | 12 months | $2.30 | $107,456 | $1,289,472 | $12,000 |",
    ],
)
def test_a_table_with_fees_and_totals_is_an_offer_a_row(table: str) -> None:
    wanted = {**_RESERVED, "gpus": 64, "usd_per_gpu_hour": 2.3, "months": 12, "setup_fee": 12_000}
    assert _all(table) == [wanted]


def test_payments_per_node_are_those_of_all_nodes() -> None:
    text = "Lease of 8 DGX H100, $295,000 each, 36 months, $8,900/month per node"
    lease = {"option": "lease", "gpu": "H100-SXM", "nodes": 8, "months": 36}
    assert _all(text) == [{**lease, "usd_per_node": 295_000, "payments": 71_200}]


def test_a_fee_in_another_currency_is_asked_about() -> None:
    (offer,) = _read("16 H100 12 months EUR 2.10/GPU-h, setup $5,000, EUR/USD 1.08").offers
    assert offer.missing == ("one currency for all its sums: EUR or USD",)
    (offer,) = _read("16 H200, 12 months, 3,10 EUR/GPU-h, Setup 4.500 EUR, 1 EUR = 1.08 USD").offers
    assert offer.value("setup_fee") == 4500


@pytest.mark.parametrize(
    ("words", "nodes"),
    [
        ("16x HGX H100 nodes (8 GPU each)", 16),  # the 100 of the GPU's name counted as nodes
        ("8x H100 nodes with 8 GPUs each", 8),
        ("16x H100 nodes", 16),
        ("16 nodes x 8 H100", 16),
        ("two H100 nodes", 2),
        ("1,024 H100 nodes", 1024),
        ("8x H100 nodes", None),  # nodes of eight
        ("HGX H100 nodes (8 GPUs)", None),
    ],
)
def test_nodes_are_counted_by_the_number_before_them(words: str, nodes: int | None) -> None:
    (fields,) = _all(f"{words}, 12 month term, $2.35/GPU/hr")
    assert fields.get("nodes") == nodes
    assert fields["gpu"] == "H100-SXM"


@pytest.mark.parametrize(
    "text",
    [
        "64 H100 for 12 months at 25% off list price of $3.29/GPU-hr",
        "25% off list for 12 months on 64 H100, list price is $3.29/GPU-hr",
        "64 H100, 12 months, $3.29/GPU-hr less 25%",
        "64 H100, 12 months: $3.29/GPU-hr list price minus a 25% discount",
        "64 H100, 12 months: list $3.29, 25% off",
    ],
)
def test_a_share_off_a_list_price_beside_it_is_the_price(text: str) -> None:
    """Both were only reported as not understood, or the list price was taken for the price."""
    (offer,) = _read(text).offers
    assert _fields(offer) == {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.4675}
    (price,) = [piece for piece in offer.pieces if piece.field == "usd_per_gpu_hour"]
    assert price.assumed.startswith("25% off 3.29")


@pytest.mark.parametrize(
    "text",
    [
        "64 H100, list $3.29/GPU-hr, 12 months 25% off, 24 months 35% off",
        "List price for 64 H100: $3.29/GPU-hr\n12-month commitment: 25% discount\n24-month commitment: 35% discount",
        "Our list price is $3.29/GPU-hr.\n\nFor 64 H100:\n12 months: 25% off\n24 months: 35% off",
        "Regular rate: $3.29/GPU-hr for 64 H100\n12 months: 25% off; 24 months: 35% off",
    ],
)
def test_a_discount_for_each_term_is_an_offer_for_each(text: str) -> None:
    """Beside the list price, or in lines of their own, they were only told, or the list price was that of a term."""
    offer = {**_RESERVED, "gpus": 64}
    assert _all(text) == [
        {**offer, "months": 12, "usd_per_gpu_hour": 2.4675},
        {**offer, "months": 24, "usd_per_gpu_hour": 2.1385},
    ]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("List price: $3.29/GPU-hr\nYour price: 25% off, 12 months", {}),
        ("64 H100 nodes, list price $3.29 per GPU-hour.\nFor a 12-month term we offer a 25% discount.", {"nodes": 64}),
        ("List price: $3.29/GPU-hr\nDiscount: 25%\nTerm: 12 months\nQuantity: 64 nodes", {"nodes": 64}),
    ],
)
def test_a_discount_in_another_line_than_its_list_price_is_read(text: str, fields: dict[str, int]) -> None:
    (offer,) = _read(text).offers
    expected = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.4675, **fields}
    assert {name: value for name, value in _fields(offer).items() if name != "gpu"} == expected


def test_a_discount_for_a_term_is_taken_off_the_price_on_demand() -> None:
    """The term was said of the price on demand, which has none, so that the whole mail was refused."""
    first, second = _all("H100: $3.29/GPU-hr on demand\n12 months reserved: 25% off")
    assert first == {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 3.29}
    assert second == {**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4675}


@pytest.mark.parametrize(
    "words",
    [
        ". Sign for 12 months and get 25% off",
        ". 25% off for 12 months",
        ", 25% off with a 12-month commitment",
        " or 25% off if you commit to 12 months",
        " (25% off for 12 months)",
        ". Commit to one year and save 25%.",
        ", 25% off if you sign for a year",
    ],
)
def test_a_price_on_demand_and_a_discount_for_a_term_in_one_line_are_two_offers(words: str) -> None:
    """The second was only told."""
    first, second = _all(f"H100 $3.29/GPU-hr on demand{words}")
    assert first == {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 3.29}
    assert second == {**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4675}


def test_discounts_for_terms_in_a_sentence_after_the_price_on_demand_are_offers_each() -> None:
    """That for 6 months was only told."""
    found = _all("H100 $3.29/GPU-hr on demand. 6 months 15% off and 12 months 25% off")
    assert [(one.get("months"), one["usd_per_gpu_hour"]) for one in found] == [(None, 3.29), (6, 2.7965), (12, 2.4675)]


def test_a_year_is_a_term() -> None:
    """`for a year` was not understood, and the price was taken for one on demand."""
    assert _all("H100 $2.40/GPU-hr for a year") == [{**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4}]


def test_a_discount_off_the_price_on_demand_without_a_term_of_its_own_is_no_second_offer() -> None:
    assert len(_read("25% off our on-demand rate of $3.29/GPU-hr for 12 months").offers) == 1
    assert len(_read("12 months, $3.29/GPU-hr on demand, 25% off").offers) == 1


@pytest.mark.parametrize(
    "text",
    [
        "H100 list price $3.29/GPU-hr\n10% discount for prepayment\n12 months",
        "H100 list price $3.29/GPU-hr\n10% discount above 64 nodes, 20% discount above 128 nodes",
        "H100, 12 months: $2.45/GPU-hr\n10% discount on support",
    ],
)
def test_a_discount_on_a_condition_is_only_told(text: str) -> None:
    mail = _read(text)
    assert all(offer.value("usd_per_gpu_hour") == 2.45 for offer in mail.offers)
    assert any("10% discount" in words for words in mail.unread)


def test_a_term_after_prices_by_size_is_that_of_all() -> None:
    """The first was an offer on demand."""
    first, second = _all("64 H100 nodes, $2.60/GPU-hr, or 16 of them at $2.40, 12 months")
    assert first == {**_RESERVED, "months": 12, "nodes": 64, "usd_per_gpu_hour": 2.6}
    assert second == {**_RESERVED, "months": 12, "nodes": 16, "usd_per_gpu_hour": 2.4}
    (on_demand, _) = _all("8 H100 nodes on demand at $2.60/GPU-hr, or 64 nodes at $2.40/GPU-hr for 12 months")
    assert on_demand == {"option": "on-demand", "gpu": "H100-SXM", "nodes": 8, "usd_per_gpu_hour": 2.6}


def test_an_offer_in_the_next_sentence_is_another_one() -> None:
    """c20 of the real cases: its term was said of the price on demand, and the mail was refused."""
    mail = _read("On demand $720 a month for 1 H100. Reserved: $576 prepaid for 1 month. The unused part is refunded.")
    on_demand, prepaid = map(_fields, mail.offers)
    assert (on_demand["option"], on_demand["price"], "months" in on_demand) == ("on-demand", 720, False)
    assert (prepaid["option"], prepaid["price"], prepaid["per"]) == ("reserved", 576, "total")
    assert (prepaid["months"], prepaid["prepaid"], prepaid["gpus"]) == (1, 1.0, 1)
    assert not mail.offers[0].missing
    assert not mail.unread
    sentences = "Acme has 64 H100. $2.4675 per GPU-hour for 12 months. $2.1385 per GPU-hour for 24 months."
    assert [offer.value("months") for offer in _read(sentences).offers] == [12, 24]


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("refund of the unused prepayment", 1.0),
        ("pro rata refund if you cancel", 1.0),
        ("if you leave early, the remaining balance is refunded", 1.0),
        ("unused months are fully refundable", 1.0),
        ("75% refund", 0.75),
        ("not refundable", 0.0),
    ],
)
def test_what_comes_back_of_a_prepayment(words: str, share: float) -> None:
    (fields,) = _all(f"H100, 3 months, $2.50/GPU-hr, all upfront, {words}")
    assert fields == {**_RESERVED, "months": 3, "usd_per_gpu_hour": 2.5, "prepaid": 1.0, "refund_share": share}


def test_payments_stand_behind_the_sum_of_what_is_financed() -> None:
    """c25 of the real cases: the sum in between hid the payments, which were asked for."""
    mail = _read("Sale-leaseback: 13 H100 nodes at $175,000 per node ($2,275,000), 48 months, $49,700 a month")
    financed = {"option": "sale-leaseback", "gpu": "H100-SXM", "nodes": 13, "months": 48}
    assert [_fields(offer) for offer in mail.offers] == [{**financed, "usd_per_node": 175_000, "payments": 49_700}]
    assert not mail.unread
    (price,) = [piece for piece in mail.offers[0].pieces if piece.field == "usd_per_node"]
    assert not price.assumed, "the text says per node"


@pytest.mark.parametrize("text", ["DGX H100 $240,000 per node", "DGX H100: $240,000. AWS p5.48xlarge on demand $100/h"])
def test_a_comma_in_a_sum_separates_no_cells(text: str) -> None:
    """Of a line without another comma it was taken for the head of a table: the price was $240."""
    assert _all(text)[0] == {"option": "buy", "gpu": "H100-SXM", "usd_per_node": 240_000}


@pytest.mark.parametrize(
    "text",
    [
        "DGX H100: $240,000. AWS p5.48xlarge on demand $100 per hour",
        "AWS p5.48xlarge on demand $100 per hour. DGX H100: $240,000",
        "A DGX H100 costs $240,000, or p5.48xlarge on demand $100 per hour",
    ],
)
def test_hardware_and_hours_in_one_line_are_two_offers(text: str) -> None:
    bought = {"option": "buy", "gpu": "H100-SXM", "usd_per_node": 240_000}
    rented = {"option": "on-demand", "gpu": "H100-SXM", "node_gpus": 8, "price": 100, "per": "node-hour"}
    found = _all(text)
    assert sorted(found, key=str) == sorted([bought, rented], key=str)


def test_on_demand_has_no_term() -> None:
    mail = _read("H100 on demand $2.50/GPU-hr for 12 months")
    assert [_fields(offer) for offer in mail.offers] == [
        {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 2.5}
    ]
    assert mail.unread == ("for 12 months (not with on-demand)",)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("$2.50 per H100 per hour", {"option": "on-demand", "usd_per_gpu_hour": 2.5}),
        ("$240,000 per DGX H100", {"option": "buy", "usd_per_node": 240_000}),
        ("Qty 8, DGX H100, $240k each", {"option": "buy", "nodes": 8, "usd_per_node": 240_000}),
    ],
)
def test_the_gpu_may_be_named_in_the_unit_of_the_price(text: str, fields: dict[str, Any]) -> None:
    """It was lost, so that the offer was one for the profile's GPU whichever that is; a DGX was one GPU."""
    assert _all(text) == [{"gpu": "H100-SXM", **fields}]


@pytest.mark.parametrize(
    ("text", "usd"),
    [
        ("64 H100 for 12 months at 25% off list", None),  # whose list?
        ("64 H100 12 months $2.45/GPU-hr (25% off list of $3.29)", 2.45),
        ("64 H100, 12 months: $3.29/GPU-hr, 25% off if you prepay", 3.29),
        ("64 H100, 12 months: list $3.29/GPU-hr, 25% off from month 7", None),
    ],
)
def test_a_share_off_that_is_not_sure_to_hold_is_only_told(text: str, usd: float | None) -> None:
    mail = _read(text)
    assert [offer.value("usd_per_gpu_hour") for offer in mail.offers] == ([usd] if usd else [])
    assert any("25% off" in words or "list $3.29" in words for words in mail.unread)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("We have 64 H100 nodes. 16 of them are yours for 12 months at $2.40/GPU-hr", {"nodes": 16}),
        ("We have 64 H100 nodes.\nYou could take 16 of them for 12 months at $2.40/GPU-hr", {"nodes": 16}),
        ("512 H100 GPUs are free. 128 of these GPUs for 12 months at 2.40/GPU-h", {"gpus": 128}),
    ],
)
def test_some_of_what_was_named_is_the_size(text: str, size: dict[str, int]) -> None:
    """`16 of them` was not understood, and the offer was for the 64 that were named before."""
    mail = _read(text)
    assert [_fields(offer) for offer in mail.offers] == [{**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4, **size}]
    assert not any("of the" in words for words in mail.unread)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64 H100 nodes at $2.40/GPU-hr for 12 months, 16 of them in January", {"nodes": 64}),
        ("64 H100 nodes, 16 of them in January, 12 months, $2.40/GPU-hr", {"nodes": 64}),
        ("16 of them at $2.40/GPU-hr for 12 months, H100", {}),
        ("64 H100 nodes. 128 of them at $2.40/GPU-hr for 12 months", {"nodes": 64}),
    ],
)
def test_some_of_them_that_may_not_be_what_is_sold_is_only_told(text: str, size: dict[str, int]) -> None:
    mail = _read(text)
    assert [_fields(offer) for offer in mail.offers] == [{**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4, **size}]
    assert any("of them" in words for words in mail.unread)


@pytest.mark.parametrize(
    ("words", "upfront"),
    [
        ("20k upfront", 20_000),
        ("deposit of 20,000", 20_000),
        ("refundable deposit 20k", None),
        ("20k refundable deposit", None),
    ],
)
def test_a_sum_without_a_sign_is_paid_upfront_unless_it_comes_back(words: str, upfront: float | None) -> None:
    (fields,) = _all(f"64 H100, 12 months, $2.40/GPU-hr, {words}")
    assert fields == {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.4} | (
        {"upfront": upfront} if upfront else {}
    )


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("1 H100, 1 month, $576 prepaid", {"option": "reserved", "gpus": 1, "months": 1, "per": "total", "price": 576}),
        ("64 H100 GPUs, 12 months, $1.3M", {"option": "reserved", "gpus": 64, "months": 12, "per": "total"}),
        ("1 H100 for 7 days $600", {"option": "reserved", "days": 7, "per": "total"}),
        ("8 H100 nodes, $265,000, 36 months support", {"option": "buy", "nodes": 8, "usd_per_node": 265_000}),
    ],
)
def test_a_sum_beside_a_term_is_all_of_it_where_posted_prices_are_closer_so(text: str, fields: dict[str, Any]) -> None:
    """What a month of one GPU costs was an offer of nodes to buy for $576."""
    (read,) = _all(text)
    assert fields.items() <= read.items()


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("for a year", 12),
        ("for one year", 12),
        ("a year", 12),
        ("a one-year term", 12),
        ("an annual commitment", 12),
        ("a year commitment", 12),
        ("for the year", 12),
        ("one full year", 12),
        ("for half a year", 6),
        ("a half-year contract", 6),
        ("for a quarter", 3),
        ("two quarters", 6),
        ("a quarterly contract", 3),
        ("for a month", 1),
    ],
)
def test_a_span_without_a_number_is_a_term(words: str, months: int) -> None:
    """It was none, so that the offer became one on demand."""
    mail = _read(f"512 H100s, {words}, at $2.10 an hour each")
    assert [_fields(offer) for offer in mail.offers] == [
        {**_RESERVED, "gpus": 512, "months": months, "usd_per_gpu_hour": 2.1}
    ]
    assert not mail.unread


@pytest.mark.parametrize(
    "words",
    [
        "support for a year is free",
        "we have been in business for 5 years",
        "storage is $100 a month",
        "$500 a month free storage",
        "20 hours a day",
        "support $18,000 a year",
    ],
)
def test_a_span_of_something_else_is_no_term(words: str) -> None:
    on_demand = {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 2.1}
    assert _all(f"H100 $2.10/GPU-hr, {words}") == [on_demand]


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("subletting is not allowed", "may_sublet", False),
        ("sublease not permitted", "may_sublet", False),
        ("sublease prohibited", "may_sublet", False),
        ("no sub-letting", "may_sublet", False),
        ("it may not be transferred or sublet", "may_sublet", False),
        ("you may not resell", "may_sublet", False),
        ("subletting: no", "may_sublet", False),
        ("sub-leasing permitted", "may_sublet", True),
        ("first and last month due at signing", "prepaid", 2 / 12),
        ("3 months upfront", "prepaid", 0.25),
        ("a quarter upfront", "prepaid", 0.25),
        ("leaving costs 50% of the rest", "termination_fee_share", 0.5),
        ("leaving early costs you 50% of the rest", "termination_fee_share", 0.5),
        ("a month's notice", "notice_months", 1),
        ("termination fee 3 months", "notice_months", 3),
        ("early termination fee of 3 months' charges", "notice_months", 3),
        ("2 months' payments termination fee", "notice_months", 2),
    ],
)
def test_a_clause_in_other_words_is_read(words: str, field: str, value: object) -> None:
    mail = _read(f"64 H100, 12 months, $2.40/GPU-hr, {words}")
    bare = {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.4}
    assert [_fields(offer) for offer in mail.offers] == [{**bare, field: value}]
    assert not mail.unread


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("64x HGX H100 (8 GPU each, 512 GPUs, 3.2T IB)", {"nodes": 64}),
        ("64 H100, 8 GPUs each", {"nodes": 64}),
        ("64x H100 (512 GPUs in total)", {"gpus": 512}),
        ("64 GPUs (8x H100)", {"gpus": 64}),
    ],
)
def test_a_number_before_a_gpu_is_of_nodes_where_each_or_all_are_counted(words: str, size: dict[str, int]) -> None:
    """64 nodes were 64 GPUs."""
    assert _all(f"{words}, 12 months, $2.35/GPU/hr") == [{**_RESERVED, **size, "months": 12, "usd_per_gpu_hour": 2.35}]


def test_capacity_for_you_from_a_day_starts_then() -> None:
    (fields,) = _all("We can hold 64 H100 nodes for you from Feb 1.\n12 months, $2.35/GPU/hr")
    assert fields["starts"] == date(2027, 2, 1)


_QUOTE = """\
Item: 8x H100 80GB SXM5
Qty 64
Unit price $241,500.00
Support 3 yr NBD: $14,000 per server
Valid 30 days
"""


def test_support_is_no_second_offer_and_the_quantity_is_of_machines() -> None:
    """A node could be bought for $14,000. Support is in the maintenance that the book has for hardware."""
    mail = _read(_QUOTE)
    bought = {"option": "buy", "gpu": "H100-SXM", "nodes": 64, "usd_per_node": 241_500}
    assert [_fields(offer) for offer in mail.offers] == [{**bought, "valid_until": date(2026, 12, 30)}]
    assert next(unread_lines(mail, ("H100-SXM",))) == "Not counted: Support 3 yr NBD: $14,000 per server"


@pytest.mark.parametrize(
    "text",
    [
        "For a three-year reserved commitment of 512 H100 GPUs $1.79 per GPU-hour (all upfront) or $1.99 (no upfront)",
        "512 H100 GPUs for 36 months: $1.79 per GPU-hour (all upfront) or $1.99 (no upfront)",
        "512 H100 GPUs: $1.79/GPU-hr (all upfront) or $1.99 (no upfront), three years",
    ],
)
def test_prices_by_how_they_are_paid_run_equally_long(text: str) -> None:
    """The second was an offer without a term, and the text was refused."""
    offer = {**_RESERVED, "gpus": 512, "months": 36}
    assert _all(text) == [
        {**offer, "usd_per_gpu_hour": 1.79, "prepaid": 1.0},
        {**offer, "usd_per_gpu_hour": 1.99, "prepaid": 0.0},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "on-demand h100 sxm: 2.79/hr, min 3 month commit drops it to 2.59, 6mo 2.39, 12mo 2.19. up to 32 nodes",
        "on-demand h100 sxm: 2.79/hr\nmin 3 month commit 2.59\n6mo 2.39\n12mo: 2.19\nup to 32 nodes, SLA 99.95%",
    ],
)
def test_prices_without_a_sign_behind_one_by_the_hour_are_offers(text: str) -> None:
    """Only the one on demand was read."""
    found = [(one["option"], one.get("months"), one["usd_per_gpu_hour"], one["nodes"]) for one in _all(text)]
    assert found == [
        ("on-demand", None, 2.79, 32),
        ("reserved", 3, 2.59, 32),
        ("reserved", 6, 2.39, 32),
        ("reserved", 12, 2.19, 32),
    ]


@pytest.mark.parametrize(
    "words", ["InfiniBand switches $310,000", "spare parts kit: $35,000", "5-year warranty $22,000"]
)
def test_other_hardware_is_no_second_offer(words: str) -> None:
    """Switches were nodes to buy."""
    bought = {"option": "buy", "gpu": "H100-SXM", "nodes": 8, "usd_per_node": 250_000}
    assert _all(f"8 H100 nodes, $250,000 each; {words}") == [bought]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("H100: 1 month 2.89, 3 months 2.69, 12 months 2.29 per GPU hour", [(1, 2.89), (3, 2.69), (12, 2.29)]),
        ("H100 on demand $2.99, 3 months $2.69, 12 months $2.29 per GPU hour", [(None, 2.99), (3, 2.69), (12, 2.29)]),
        ("Monthly: $2.59/GPU-hr, annual: $2.19/GPU-hr, H100", [(None, 2.59), (12, 2.19)]),
        ("64 H100: $2.30/GPU-hr; $1.99/GPU-hr for 24 months", [(None, 2.3), (24, 1.99)]),
    ],
)
def test_each_price_has_its_own_term(text: str, wanted: list[tuple[int | None, float]]) -> None:
    """That of 12 months was one for 3, where only the last has a unit; a price without a term had that of the next."""
    assert [(one.get("months"), one["usd_per_gpu_hour"]) for one in _all(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "3 year 512 H100: all upfront $1.79, partial upfront (50%) $1.89, no upfront $1.99",
            [(1.79, 1.0), (1.89, 0.5), (1.99, 0.0)],
        ),
        (
            "512 H100, 3 years, $2.30/GPU-hr, prepaid. Option 2: 3 years, $2.45/GPU-hr, paid monthly",
            [(2.3, 1.0), (2.45, 0.0)],
        ),
        (
            "512 H100: 3 years $2.30/GPU-hr, 25% upfront; 3 years $1.99/GPU-hr, 90% upfront",
            [(2.3, 0.25), (1.99, 0.9)],
        ),
    ],
)
def test_each_price_is_paid_as_the_words_beside_it_say(text: str, wanted: list[tuple[float, float]]) -> None:
    """`all upfront $1.79` was a sum of $1.79; what stood behind the first price was said of the second."""
    assert [(one["months"], one["usd_per_gpu_hour"], one["prepaid"]) for one in _all(text)] == [
        (36, *one) for one in wanted
    ]


@pytest.mark.parametrize(
    ("words", "months", "starts"),
    [
        ("through December 2027", 13, None),
        ("until 31.12.2027", 13, None),
        ("through 2027", 13, None),
        ("until mid 2027", 7, None),
        ("until March '27", 4, None),
        ("contract runs to 31 Dec 2027", 13, None),
        ("from January 2027 through December 2027", 12, date(2027, 1, 1)),
        ("1 Jan 2027 to 31 Dec 2027", 12, date(2027, 1, 1)),
        ("Jan 2027 - Dec 2028", 24, date(2027, 1, 1)),
        ("24 months, January 2027 to December 2028", 24, date(2027, 1, 1)),
        ("start: 1 March 2027, contract ends: 28 Feb 2028", 12, date(2027, 3, 1)),
        ("start mid 2027, 12 months", 12, date(2027, 7, 1)),
        ("available mid-March 2027, 12 months", 12, date(2027, 3, 15)),
        ("delivery Q2 2027, 12 months", 12, date(2027, 4, 1)),
        ("start 2027/03/01, 12 months", 12, date(2027, 3, 1)),
    ],
)
def test_a_last_day_is_a_term(words: str, months: int, starts: date | None) -> None:
    """It was not understood, so that the offer became one on demand; a month runs up to its last day."""
    mail = _read(f"64 H100 nodes at $2.40/GPU-hr, {words}")
    begins = {} if starts is None else {"starts": starts, "date": _ON}
    assert [_fields(offer) for offer in mail.offers] == [
        {**_RESERVED, "nodes": 64, "usd_per_gpu_hour": 2.4, "months": months, **begins}
    ]
    assert not mail.unread


@pytest.mark.parametrize("words", ["until 10 December", "price fixed until March 2027", "start in early 2027"])
def test_a_day_that_may_not_be_the_last_one_of_the_contract_is_only_told(words: str) -> None:
    mail = _read(f"64 H100 nodes at $2.40/GPU-hr, {words}")
    assert [_fields(offer) for offer in mail.offers] == [
        {"option": "on-demand", "gpu": "H100-SXM", "nodes": 64, "usd_per_gpu_hour": 2.4}
    ]
    assert mail.unread


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("valid until mid December", date(2026, 12, 15)),
        ("valid until the end of December", date(2026, 12, 31)),
        ("valid through year end", date(2026, 12, 31)),
        ("good until EOM", date(2026, 11, 30)),
        ("valid until January 2027", date(2027, 1, 31)),
        ("price held until March 15, 2027", date(2027, 3, 15)),
    ],
)
def test_a_part_of_a_year_is_the_last_day_of_an_offer(words: str, day: date) -> None:
    """January was over on its first day."""
    (fields,) = _all(f"64 H100, 12 months, $2.40/GPU-hr, {words}")
    assert fields == {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.4, "valid_until": day}


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("billed annually", 0.5),
        ("paid annually in advance", 0.5),
        ("annual billing", 0.5),
        ("billed quarterly in advance", 0.125),
        ("monthly billing in arrears", 0.0),
        ("first month at signing", 1 / 24),
        ("first month's rent due at signing", 1 / 24),
        ("first 3 months at signing", 0.125),
        ("deposit of two months", 1 / 12),
        ("prepayment: 6 months' rent", 0.25),
    ],
)
def test_bills_in_advance_and_months_at_signing_are_prepaid(words: str, share: float) -> None:
    """Of bills by the year the first one is paid at signing; a deposit of two months was a term of two months."""
    mail = _read(f"64 H100, {words}, 24-month term, $2.40/GPU-hr")
    bare = {**_RESERVED, "gpus": 64, "months": 24, "usd_per_gpu_hour": 2.4}
    assert [_fields(offer) for offer in mail.offers] == [{**bare, "prepaid": pytest.approx(share)}]
    assert not mail.unread


@pytest.mark.parametrize(
    "words",
    [
        "invoiced annually in arrears",
        "one month's security deposit (refundable)",
        "refundable deposit of 2 months",
        "3 years NBD support",
    ],
)
def test_what_is_not_paid_at_signing_is_only_told(words: str) -> None:
    """A refundable deposit of two months was the term."""
    mail = _read(f"64 H100, {words}, 24-month term, $2.40/GPU-hr")
    bare = {**_RESERVED, "gpus": 64, "months": 24, "usd_per_gpu_hour": 2.4}
    assert [_fields(offer) for offer in mail.offers] == [bare]
    assert mail.unread == (words,)


def test_a_time_of_delivery_behind_its_span_is_no_term() -> None:
    """It was a contract of three days."""
    bare = {**_RESERVED, "gpus": 64, "usd_per_gpu_hour": 2.4, "months": 12}
    assert _all("64 H100, $2.40/GPU-hr, 3-5 days delivery, 12 months") == [{**bare, "start_month": 0}]


def test_payments_that_are_called_monthly_are_read() -> None:
    """`monthly payments` was how the offer is paid, which took the unit of the sum away."""
    (fields,) = _all("Lease: 13 H100 nodes, 48 months, monthly payments of $49,700, hardware $1,820,000")
    assert (fields["payments"], fields["price"], fields["per"]) == (49_700, 1_820_000, "total")


@pytest.mark.parametrize(
    "text",
    [
        "25% off for 12 months, H100 on demand $3.29/GPU-hr",
        "Sign for 12 months and get 25% off. On demand an H100 is $3.29/GPU-hr",
        "12 months: 25% off. H100 $3.29/GPU-hr",
        "H100 $3.29/GPU-hr. Sign for 12 months and get 25% off",
        "H100: $3.29/GPU-hr\n12 months: 25% off",
    ],
)
def test_a_discount_for_a_term_may_stand_before_its_price(text: str) -> None:
    assert sorted(_all(text), key=lambda one: str(one["option"])) == [
        {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 3.29},
        {**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4675},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "H100 12 months with a 25% discount from $3.29/GPU-hr",
        "Discount 25% on our list of $3.29/GPU-hr, 12 months, H100",
        "a 25% discount off $3.29/GPU-hr, H100 for 12 months",
    ],
)
def test_a_discount_before_the_price_that_it_is_off_is_taken_off(text: str) -> None:
    """The price before the discount was that of the offer."""
    assert _all(text) == [{**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.4675}]


@pytest.mark.parametrize("text", ["Prepay a year and get 30% off", "Pay a year upfront and save 30%"])
def test_a_year_that_is_prepaid_for_a_discount_is_a_term(text: str) -> None:
    on_demand, prepaid = _all(f"H100 on demand $3.29/GPU-hr. {text}")
    assert on_demand == {"option": "on-demand", "gpu": "H100-SXM", "usd_per_gpu_hour": 3.29}
    assert prepaid == {**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.303, "prepaid": 1.0}


def test_a_list_price_behind_its_sum_is_no_second_offer() -> None:
    """It was one on demand for 25% less."""
    text = "64 H100, 12 months, $2.47/GPU-hr, that is 25% off the $3.29/GPU-hr list"
    assert _all(text) == [{**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.47}]


@pytest.mark.parametrize(
    ("words", "shares"),
    [
        (", 24 months $2.10/GPU-hr, 20% deposit", (0.2, 0.2)),
        (" or 24 months $2.10/GPU-hr, with a 20% deposit", (0.2, 0.2)),
        (", 24 months $2.10/GPU-hr. 20% deposit.", (0.2, 0.2)),
        (", 24 months $2.10/GPU-hr, first month at signing", (1 / 12, 1 / 24)),
        (", 24 months $2.10/GPU-hr, billed annually", (1.0, 0.5)),
        (", 24 months $2.10/GPU-hr with a 20% deposit", (None, 0.2)),
        ("; 24 months $2.10/GPU-hr, 20% deposit", (None, 0.2)),
        (" no deposit, 24 months $2.10/GPU-hr, 20% deposit", (0.0, 0.2)),
    ],
)
def test_what_stands_alone_behind_the_last_of_several_prices_is_said_of_all(
    words: str, shares: tuple[float | None, float | None]
) -> None:
    """A deposit counted for the last offer alone, and so did a set-up fee."""
    offers = _all(f"64 H100: 12 months $2.40/GPU-hr{words}")
    assert [(one["months"], one["usd_per_gpu_hour"]) for one in offers] == [(12, 2.4), (24, 2.1)]
    assert tuple(one.get("prepaid") for one in offers) == pytest.approx(shares)
    text = "64 H100: 12 months $2.40/GPU-hr, 24 months $2.10/GPU-hr, setup $5,000, no subletting"
    assert [(one["setup_fee"], one["may_sublet"]) for one in _all(text)] == [(5_000, False)] * 2


@pytest.mark.parametrize(
    "text",
    [
        "64 H100: 6 / 12 / 24 months at $2.80 / $2.40 / $2.10 per GPU-hr",
        "64 H100: 6, 12 or 24 months: $2.80, $2.40 or $2.10 per GPU-hr",
        "64 H100, $2.80/$2.40/$2.10 per GPU-hr for 6/12/24 months",
        "64 H100, 6/12/24 mo, $2.80/GPU-hr / $2.40/GPU-hr / $2.10/GPU-hr",
    ],
)
def test_terms_and_prices_in_two_lists_belong_together(text: str) -> None:
    """The first price was one for 24 months, and those between were lost."""
    assert [(one["months"], one["usd_per_gpu_hour"]) for one in _all(text)] == [(6, 2.8), (12, 2.4), (24, 2.1)]
    assert not _read(text).unread


@pytest.mark.parametrize(
    ("words", "price", "per", "months"),
    [
        ("64 H100 at $20,000 per GPU for a year", 20_000 / 12, "gpu-month", 12),
        ("64 H100, $20,000 each, 12 months", 20_000 / 12, "gpu-month", 12),
        ("64 H100, $40,000 per GPU for 2 years", 40_000 / 24, "gpu-month", 24),
        ("64 H100 reserved for 12 months at $20,000 per GPU", 20_000 / 12, "gpu-month", 12),
        ("8 H100 nodes, $160,000 per node for a year", 160_000 / 12, "node-month", 12),
    ],
)
def test_a_price_of_a_gpu_for_its_term_is_a_rent(words: str, price: float, per: str, months: int) -> None:
    """It was the price of hardware to buy, or of all of it in total."""
    (fields,) = _all(words)
    assert (fields["option"], fields["per"], fields["months"]) == ("reserved", per, months)
    assert fields["price"] == pytest.approx(price)


@pytest.mark.parametrize("words", ["$265,000 per node, 36 months", "$265,000 each, 3 year warranty"])
def test_a_price_that_is_close_to_that_of_hardware_is_one(words: str) -> None:
    assert _all(f"8 H100 nodes, {words}") == [{"option": "buy", "gpu": "H100-SXM", "nodes": 8, "usd_per_node": 265_000}]


def test_a_fee_without_a_size_is_named_where_the_size_is_asked_for() -> None:
    """It asked for the size without saying what for."""
    (offer,) = _read("H100 12 months $2.40/GPU-hr, setup fee: $1,500 per node").offers
    assert offer.missing == ("a size for 'setup fee $1,500 per node': `64 nodes` or `512 GPUs`",)
    profile = parse_profile({"name": "one", "workload": [{"kind": "pre-train", "nodes": 64, "months": 24}]}, _BOOK)
    with pytest.raises(
        InputError, match=r"found an offer without a size for 'setup fee \$1,500 per node'; allowed: also"
    ):
        with_text("H100 12 months $2.40/GPU-hr, setup fee: $1,500 per node", profile, _BOOK, _ON)


_MAILS = tomllib.loads((Path(__file__).parents[1] / "cases/offers/mails.toml").read_text("utf-8"))["mail"]


@pytest.mark.parametrize("mail", _MAILS, ids=[one["why"][:50] for one in _MAILS])
def test_mails_that_were_misread_are_read(mail: dict[str, Any]) -> None:
    """A share that is not written in full is compared to nine digits."""
    found = _all(mail["text"])
    assert len(found) == len(mail["offers"])
    for read, wanted in zip(found, mail["offers"], strict=True):
        falls = [list(step) for step in read.pop("step_down", ())]
        assert falls == wanted.pop("step_down", [])
        assert read == {
            name: pytest.approx(value, rel=1e-9) if name == "prepaid" else value for name, value in wanted.items()
        }


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("$1.95/GPU-hr for 12 months or $1.79/GPU-hr for 24 months. First month free on the 24 month.", (None, 1)),
        ("12 months $1.95/GPU-hr, 24 months $1.79/GPU-hr. 24-month contracts include 1 free month.", (None, 1)),
        ("12 months $1.95/GPU-hr, 24 months $1.79/GPU-hr. First month free.", (1, 1)),
    ],
)
def test_a_clause_of_one_term_is_that_of_the_offer_for_it(text: str, free: tuple[int | None, int | None]) -> None:
    """It was a clause of every offer."""
    assert tuple(one.get("free_months") for one in _all(f"64 H100: {text}")) == free


def test_a_clause_of_a_term_that_is_not_offered_is_only_told() -> None:
    mail = _read("64 H100: 12 months $2.40/GPU-hr. First month free on 36 months")
    assert "free_months" not in _fields(mail.offers[0])
    assert "First month free (not with 12 months)" in mail.unread


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$1.95/gpu/hr for 12 months or $1.79 for 24, 25% upfront on both", [(12, 1.95, 0.25), (24, 1.79, 0.25)]),
        ("12 months at $1.95, 24 at $1.79", [(12, 1.95, None), (24, 1.79, None)]),
        (
            "$2.30/GPU-hr for 12 months, 25% upfront, $2.10/GPU-hr for 24 months, 50% upfront",
            [(12, 2.3, 0.25), (24, 2.1, 0.5)],
        ),
        (
            "12 months $2.30/GPU-hr, 25% upfront, 24 months $2.10/GPU-hr, 50% upfront",
            [(12, 2.3, 0.25), (24, 2.1, 0.5)],
        ),
        ("$2.60/GPU-hr, month to month, or $2.30/GPU-hr on a yearly contract", [(1, 2.6, None), (12, 2.3, None)]),
        ("list is $2.60/GPU-hr for 24 months, $2.95 for 12 months", [(24, 2.6, None), (12, 2.95, None)]),
    ],
)
def test_what_stands_between_two_prices_belongs_to_one_of_them(
    text: str, wanted: list[tuple[int, float, float | None]]
) -> None:
    """A term without its unit was that of the offer before, and the share upfront of one offer was that of the next."""
    assert [(one["months"], one["usd_per_gpu_hour"], one.get("prepaid")) for one in _all(f"64 H100: {text}")] == wanted


def test_a_price_without_a_unit_has_that_of_the_price_before() -> None:
    """It was hardware to buy for $15,900 a GPU."""
    first, second = _all("H100 nodes are $17,500 per node per month on a yearly contract and $15,900 on two years")
    assert (first["price"], first["per"], first["months"]) == (17_500, "node-month", 12)
    assert (second["option"], second["price"], second["per"], second["months"]) == (
        "reserved",
        15_900,
        "node-month",
        24,
    )


_FALLS = ((12, round(1 - 2.15 / 2.45, 10)),)


@pytest.mark.parametrize(
    "text",
    [
        "64 H100, Months 1-12: $2.45/GPU-hr, months 13-24: $2.15/GPU-hr",
        "64 H100, 24 months\nMonths 1-12: $2.45/GPU-hr\nMonths 13-24: $2.15/GPU-hr",
        "64 H100, 24 months\nYear 1: $2.45/GPU-hr\nYear 2: $2.15/GPU-hr",
        "64 H100, 24 months: $2.45/GPU-hr for the first 12 months, then $2.15/GPU-hr",
        "64 H100, 24 months: $2.45/GPU-hr for the first year, then $2.15/GPU-hr",
        "64 H100, 24 months, $2.45/GPU-hr, dropping to $2.15 in the second year",
        "64 H100, 24 months, $2.45/GPU-hr the first year and $2.15/GPU-hr the second year",
        "64 H100, 24 months, $2.45 / $2.15 per GPU-hr in years 1 / 2",
    ],
)
def test_a_price_that_falls_within_the_term_is_one_offer(text: str) -> None:
    """The lower price was a second offer, on demand, or was lost."""
    assert _all(text) == [
        {**_RESERVED, "gpus": 64, "months": 24, "usd_per_gpu_hour": 2.45, "step_down": _FALLS},
    ]


def test_a_price_that_rises_is_counted_as_its_mean_over_the_term() -> None:
    """The higher price was a second offer, or was lost: 3 months at $1.50 and 9 at $2.40 are $2.175."""
    (offer,) = _read("64 H100, 12 months, first 3 months at $1.50/GPU-hr, then $2.40/GPU-hr").offers
    assert _fields(offer) == {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.175}
    (price,) = [piece for piece in offer.pieces if piece.field == "usd_per_gpu_hour"]
    assert price.assumed == "the mean of 1.5 for 3 months and 2.4 for 9 months: it rises"
    (lost,) = _all("64 H100, 24 months, year 1 $2.00/GPU-hr, year 2 $2.20/GPU-hr")
    assert lost["usd_per_gpu_hour"] == pytest.approx(2.1)


@pytest.mark.parametrize(
    "words",
    [
        "auto-renews for 24 months",
        "renews automatically for 6 months, unless cancelled 60 days before its end",
        "then converts to month-to-month at list",
        "setup fee of $2,500 per node is waived",
        "setup $5,000 (waived for you)",
        "minimum EDP commitment of $5M per year",
        "$2M commitment over two years",
        "ramp: 2 nodes in month 1, 8 from month 2",
        "InfiniBand switch - qty 4 - $31,500.00",
        "5yr NBD support - qty 16 - $11,200.00",
        "up to 36 months",
        "1 month deposit, refundable",
    ],
)
def test_what_is_beside_the_offer_is_only_told(words: str) -> None:
    """Each was a term, a size, a fee or an offer."""
    for text in (f"64 H100, $2.30/GPU-hr, {words}", f"64 H100, $2.30/GPU-hr\n{words}"):
        mail = _read(text)
        on_demand = {"option": "on-demand", "gpu": "H100-SXM", "gpus": 64, "usd_per_gpu_hour": 2.3}
        assert [_fields(offer) for offer in mail.offers] == [on_demand], text
        assert mail.unread


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("H100, minimum size 4 nodes (32 GPUs)", {"least_nodes": 4}),
        ("minimum 8 H100 nodes", {"least_nodes": 8}),
        ("H100, minimum commitment is 8 nodes", {"least_nodes": 8}),
        ("16 H100 nodes (128 GPUs), minimum size 4 nodes (32 GPUs)", {"nodes": 16}),
        ("64 H100, minimum 8 nodes", {"gpus": 64}),
        ("twelve (12) H100 nodes", {"nodes": 12}),
        ("8 x Dell XE9680 with 8x H100 each", {"nodes": 8}),
    ],
)
def test_how_much_is_offered(words: str, fields: dict[str, int]) -> None:
    """Four nodes (32 GPUs) were 128 GPUs; eight H100 nodes at least were one."""
    assert _all(f"{words}, 12 months, $2.30/GPU-hr") == [{**_RESERVED, "months": 12, "usd_per_gpu_hour": 2.3, **fields}]


def test_a_label_is_a_seller_in_front_of_a_price_or_alone() -> None:
    """The seller was called SLA."""
    text = "64 H100, 12 months, $2.30/GPU-hr"
    assert "from" not in _all(f"{text}\nSLA: 99.9% uptime\nInterconnect: 3.2 Tb/s")[0]
    assert [_all(one)[0]["from"] for one in (f"Acme: {text}", f"Acme:\n{text}")] == ["Acme", "Acme"]


def test_the_mail_that_is_answered_is_no_offer() -> None:
    offer = "64 H100, 12 months, $2.30/GPU-hr"
    asked = (
        "On Mon, Nov 23, 2026 at 9:12 AM Nina Park <nina@lumenai.com> wrote:\n> Acme offers us 64 H100 at $2.10/GPU-hr"
    )
    mail = _read(f"{offer}\n\n{asked}")
    assert [found.value("usd_per_gpu_hour") for found in mail.offers] == [2.3]
    assert mail.unread[0].endswith("wrote: (the mail that is answered)")
    assert [one["usd_per_gpu_hour"] for one in _all(f"Please see below.\n{asked}")] == [2.1], "a forwarded offer"


def test_a_line_of_a_table_for_a_fee_is_a_fee_and_a_total_follows() -> None:
    """Both were hardware to buy."""
    table = (
        "| Item | Qty | Unit price | Total |\n|---|---|---|---|\n"
        "| HGX H200 server | 4 | $289,000 | $1,156,000 |\n| Installation | 4 | $2,500 | $10,000 |"
    )
    bought = {"option": "buy", "gpu": "H200-SXM", "nodes": 4, "usd_per_node": 289_000, "setup_fee": 10_000}
    assert _all(table) == [bought]
    without = re.sub(r"\| [^|]+ \|$", "|", table, flags=re.MULTILINE).replace("|---|---|---|---|", "|---|---|---|")
    assert _all(without) == [bought]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Rental price of 10 DGX H100: $16,000 per system per month\nTerm: 24 months\nOption to purchase at the end",
            {"nodes": 10, "price": 16_000, "per": "node-month", "months": 24},
        ),
        (
            "4x HGX H100 8-GPU, 3-year contract, $1.71 per GPU-hour. 5% discount for annual prepayment.",
            {"nodes": 4, "usd_per_gpu_hour": 1.71, "months": 36},
        ),
        (
            "64 H100, $2.30/GPU-hr, 30-day termination notice, 12-month contract",
            {"gpus": 64, "usd_per_gpu_hour": 2.3, "months": 12, "notice_months": 1},
        ),
    ],
)
def test_words_beside_a_rent_change_neither_its_kind_nor_its_size(text: str, wanted: dict[str, Any]) -> None:
    """It was hardware to buy for $16,000, four GPUs, and a term of thirty days."""
    assert _all(text) == [{**_RESERVED, **wanted}]


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("$2.80/GPU-hr without commitment", {"option": "on-demand"}),
        ("monthly rolling $2.80/GPU-hr", {"option": "reserved", "months": 1}),
    ],
)
def test_the_second_of_two_kinds_is_its_own(words: str, other: dict[str, Any]) -> None:
    """They had the term of the first, or were refused for want of one."""
    bare = {"gpu": "H100-SXM", "gpus": 64}
    assert _all(f"64 H100: 12-month reservation $2.30/GPU-hr; {words}") == [
        {"option": "reserved", **bare, "months": 12, "usd_per_gpu_hour": 2.3},
        {**bare, **other, "usd_per_gpu_hour": 2.8},
    ]


def test_a_price_of_a_gpu_behind_its_term_is_for_the_term() -> None:
    found = _all("64 H200 SXM. 1 year: $18,000/GPU. 2 years: $34,000/GPU.")
    assert [(one["option"], one["months"], one["per"]) for one in found] == [
        ("reserved", 12, "gpu-month"),
        ("reserved", 24, "gpu-month"),
    ]
    assert [one["price"] for one in found] == pytest.approx([18_000 / 12, 34_000 / 24])


@pytest.mark.parametrize(
    "words",
    [
        "Overage billed at on-demand rates ($3.49 / $4.49)",
        "10% off for orders of 4+ nodes",
        "optional 12 months extension at USD 2.10",
        "a dedicated engineer for the first 6 months",
        "credited over the final 3 months",
    ],
)
def test_a_price_or_size_on_a_condition_is_only_told(words: str) -> None:
    """An extension and use above the commitment were offers, a size for a discount that of all, part of a term it."""
    mail = _read(f"64 H100, $2.30/GPU-hr, 24-month term\n{words}")
    assert [offer.value("usd_per_gpu_hour") for offer in mail.offers] == [2.3]
    assert _fields(mail.offers[0]) == {**_RESERVED, "gpus": 64, "months": 24, "usd_per_gpu_hour": 2.3}
    assert mail.unread


def test_a_better_price_on_a_condition_runs_as_long_as_the_first() -> None:
    """It was one on demand."""
    found = _all("16 H100 nodes: $2.40/GPU-hr for 12 months. If you can sign this week I can get you to $2.25.")
    assert [(one["option"], one["months"], one["usd_per_gpu_hour"]) for one in found] == [
        ("reserved", 12, 2.4),
        ("reserved", 12, 2.25),
    ]


def test_the_rate_that_a_renewal_falls_from_is_not_its_price() -> None:
    text = "Your current rate of $2.80/GPU-hr drops to $2.20/GPU-hr if you renew 64 H100 for another 12 months."
    assert _all(text) == [{**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.2}]


def test_days_without_a_year_end_after_they_start() -> None:
    """December 31 was that of this year, before January 1 of the next."""
    (fields,) = _all("128x H100 at $1.59/hr, for the calendar year 2027 (Jan 1 - Dec 31)")
    assert (fields["starts"], fields["months"]) == (date(2027, 1, 1), 12)


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("20% reservation fee due on signing", 0.2),
        ("10% of the contract value upfront", 0.1),
        ("a quarter of the contract is due at signature", 0.25),
        ("a third upfront", 1 / 3),
        ("half at signing", 0.5),
    ],
)
def test_a_part_of_the_contract_that_is_paid_at_signing_is_prepaid(words: str, share: float) -> None:
    (fields,) = _all(f"64 H100, 12 months, $2.30/GPU-hr, {words}")
    assert fields["prepaid"] == pytest.approx(share)


def test_each_of_several_sizes_is_its_own() -> None:
    """The price for less than 64 was one for 256 and more; 16x8 was not understood."""
    found = _all("H100 at $2.29 (256+ GPUs), $2.49 (64-255 GPUs), $2.69 (under 64). 12-month terms.")
    assert [(one["usd_per_gpu_hour"], one.get("least_nodes")) for one in found] == [(2.29, 32), (2.49, 8), (2.69, None)]
    assert _all("16x8 H100, $2.40 GPU/h, 12 months")[0]["nodes"] == 16


def test_a_day_from_which_prices_change_is_not_a_start() -> None:
    found = _all("From 1 Jan 2027 our prices rise. 64 H100 for 12 months at $2.19/GPU-hr")
    assert found == [{**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.19}]


@pytest.mark.parametrize("text", ["Excess capacity sale: {}", "Burst capacity: {}", "Ramp-up: {}", "Renewal: {}"])
def test_capacity_that_is_called_so_is_offered(text: str) -> None:
    """Only use above a commitment is not, nor are the sizes of a ramp."""
    (fields,) = _all(text.format("64 H100, 12 months, $1.90/GPU-hr"))
    assert fields == {**_RESERVED, "gpus": 64, "months": 12, "usd_per_gpu_hour": 1.9}


def test_a_price_otherwise_has_no_term() -> None:
    found = _all("64 H100 at $2.20/GPU-hr for 12 months or $3.00/GPU-hr otherwise")
    assert [(one["option"], one.get("months")) for one in found] == [("reserved", 12), ("on-demand", None)]
