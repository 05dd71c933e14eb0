"""Reading offers from text: mails and tables, clauses, and texts that mean harm."""

from datetime import date
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.offers.mail.offer import ReadOffer
from advisor.offers.mail.read import Mail, read_mail
from advisor.profiles.offers.quote import CLAUSES, Quote

_ON = date(2026, 11, 29)


def _read(text: str) -> Mail:
    return read_mail(text, built_in_book(), _ON)


def _fields(offer: ReadOffer) -> dict[str, Any]:
    return {piece.field: piece.value for piece in offer.pieces}


_MAIL = """\
From: Jane Doe <jane@acmecloud.com>
Subject: H100 capacity
Date: Mon, 23 Nov 2026

Hi Anna,

We can offer you 64 nodes (8x H100 SXM5, 3.2 Tbps InfiniBand):

> - Option A: 12 months at $2.45 per GPU per hour, 25% upfront
> - Option B: 24 months at $2.10/GPU/hr, 20% deposit, 2 months free
> - Option C: 36 months at $1.95 in year 1, year 2 $1.75, year 3 $1.55; no prepayment

Available from January 15, 2027. Early termination with 90 days' notice and a fee of 30% of the remaining term.
Subletting is permitted. SLA credit 10%. Net 30. Offer valid until December 15.
"""


def test_a_mail_of_three_offers_gives_each_what_the_lines_beside_it_say() -> None:
    mail = _read(_MAIL)
    shared = {
        "from": "acmecloud.com",
        "option": "reserved",
        "gpu": "H100-SXM",
        "nodes": 64,
        "starts": date(2027, 1, 15),
        "date": date(2026, 11, 23),
        "termination_fee_share": 0.3,
        "notice_months": 3,
        "may_sublet": True,
        "sla_credit_share": 0.1,
        "valid_until": date(2026, 12, 15),
    }
    first, second, third = map(_fields, mail.offers)
    assert first == shared | {"months": 12, "usd_per_gpu_hour": 2.45, "prepaid": 0.25}
    assert second == shared | {"months": 24, "usd_per_gpu_hour": 2.1, "prepaid": 0.2, "free_months": 2}
    falls = third.pop("step_down")
    assert third == shared | {"months": 36, "usd_per_gpu_hour": 1.95, "prepaid": 0.0}
    assert [month for month, _ in falls] == [12, 24]
    assert [1.95 * (1 - share) for _, share in falls] == pytest.approx([1.75, 1.55])
    assert "Net 30" in mail.unread


def test_each_field_has_the_words_it_was_read_from_and_what_was_assumed() -> None:
    (offer,) = _read("512 H100 12 mo $2.30 25% upfront").offers
    assert {(piece.field, piece.text) for piece in offer.pieces if piece.text} == {
        ("option", "12 mo"),
        ("gpu", "512 H100"),
        ("gpus", "512 H100"),
        ("usd_per_gpu_hour", "$2.30"),
        ("months", "12 mo"),
        ("prepaid", "25% upfront"),
    }
    assumed = {piece.field for piece in offer.pieces if piece.assumed}
    assert assumed == {"option", "usd_per_gpu_hour"}  # neither a kind nor a unit is said


def test_a_number_alone_is_a_price_on_demand() -> None:
    (offer,) = _read(" 2.30 ").offers
    assert _fields(offer) == {"option": "on-demand", "usd_per_gpu_hour": 2.3}
    assert not _read("230").offers, "it may be GPUs, a price or a term"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("DGX H100 (new, 8 GPU) $265k each", {"usd_per_node": 265_000}),
        ("4x H100 servers $130k each", {"node_gpus": 4, "price": 130_000, "per": "node"}),
    ],
)
def test_a_price_of_a_machine_is_one_of_its_gpus(text: str, fields: dict[str, Any]) -> None:
    """Eight are those of the book's node, which need not be said; of four the machine is another."""
    offer = _read(text).offers[0]
    assert _fields(offer) == {"option": "buy", "gpu": "H100-SXM", **fields}
    assert offer.missing == ()
    Quote.model_validate(offer.table())


def test_a_foreign_currency_needs_its_rate() -> None:
    text = "8x H200 SXM nodes, 24-month reserved, €19.40/node-hr, 2 months free, net 30"
    mail = _read(text)
    (offer,) = mail.offers
    assert _fields(offer) == {
        "option": "reserved",
        "gpu": "H200-SXM",
        "node_gpus": 8,
        "price": 19.4,
        "per": "node-hour",
        "currency": "EUR",
        "months": 24,
        "free_months": 2,
    }
    assert mail.unread == ("net 30",)
    assert offer.missing == ("a rate of exchange: `EUR/USD 1.08`",)
    (offer,) = _read(f"{text}, 1 EUR = 1.08 USD").offers
    assert offer.value("usd_per_currency") == 1.08
    assert not offer.missing


SAID_OF_CLAUSES: list[tuple[str, str, object]] = [
    ("price drops 10% from month 13", "step_down", ((12, 0.1),)),
    ("10% off after month 12", "step_down", ((12, 0.1),)),
    ("two months free", "free_months", 2),
    ("first month free", "free_months", 1),
    ("free first month", "free_months", 1),
    ("month 1 is free", "free_months", 1),
    ("2 free months", "free_months", 2),
    ("free first 2 months", "free_months", 2),
    ("rate reset every 6 months", "rerate_months", 6),
    ("quarterly re-rating", "rerate_months", 3),
    ("50% indexed to the market", "indexed", 0.5),
    ("early termination fee of 30%", "termination_fee_share", 0.3),
    ("non-cancellable", "termination_fee_share", 1.0),
    ("3 months notice", "notice_months", 3),
    ("prepayment non-refundable", "refund_share", 0.0),
    ("refund of 50% of the prepayment", "refund_share", 0.5),
    ("option to extend 12 months at the same rate", "extension_months", 12),
    ("no subletting", "may_sublet", False),
    ("billed monthly in advance", "prepaid", 0.0),
    ("you may resell", "may_sublet", True),
    ("hardware refresh after 24 months", "refresh_month", None),
    ("upgrade to B200 after 24 months at the same rate, 2x as fast", "refresh_gain_share", 1.0),
    ("hardware refresh in 24 months, 30% faster", "refresh_month", 24),
    ("5% per month of delay", "delay_credit_share_per_month", 0.05),
    ("10% service credits", "sla_credit_share", 0.1),
    ("most favored customer clause", "most_favored", True),
    ("minimum utilization 70%", "least_use_share", 0.7),
    ("down payment of $50,000", "upfront", 50_000.0),
    ("starts in 2 months", "start_month", 2),
    ("valid for 30 days", "valid_until", date(2026, 12, 29)),
]


@pytest.mark.parametrize(("words", "field", "value"), SAID_OF_CLAUSES)
def test_clauses_are_no_part_of_the_term(words: str, field: str, value: object) -> None:
    (offer,) = _read(f"64 H100, 36 months, $2.00/GPU-hr, {words}").offers
    fields = _fields(offer)
    assert fields["months"] == 36
    assert fields.get(field) == value


def test_every_clause_of_an_offer_can_be_read_from_a_mail() -> None:
    assert {field for _, field, _ in SAID_OF_CLAUSES} >= set(CLAUSES)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "Lease: 13 H100 nodes, 48 months, $49,700 per month, hardware value $1,820,000",
            {"option": "lease", "nodes": 13, "months": 48, "price": 1_820_000.0, "per": "total", "payments": 49_700.0},
        ),
        (
            "Loan: 2 H100 nodes at $250,000 per node, 36 months, $17,000 per month",
            {"option": "loan", "nodes": 2, "months": 36, "usd_per_node": 250_000.0, "payments": 17_000.0},
        ),
        (
            "1 year all upfront: 8x H100 at $2.51/GPU-hr",
            {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.51, "prepaid": 1.0},
        ),
        (
            "1x H100, 1 year, all upfront, $21,987.60 in total",
            {"option": "reserved", "gpus": 1, "months": 12, "price": 21_987.6, "per": "total", "prepaid": 1.0},
        ),
    ],
)
def test_what_an_offer_begins_with_is_not_its_seller(text: str, fields: dict[str, Any]) -> None:
    mail = _read(text)
    (offer,) = mail.offers
    assert _fields(offer) == {"gpu": "H100-SXM", **fields}
    assert not mail.unread
    assert not offer.missing


def test_a_refresh_needs_its_month_and_what_the_newer_hardware_does_more() -> None:
    mail = _read("64 H100, 36 months, $2.00/GPU-hr, hardware refresh after 24 months")
    assert mail.unread == (
        "hardware refresh after 24 months (not calculated: how much faster it is, such as `2x as fast`, is not said)",
    )


def test_a_column_of_bare_numbers_has_the_unit_of_its_head() -> None:
    head = "| Vendor | Nodes | Term (months) | $/GPU-hr | Upfront |"
    table = f"{head}\n|---|---|---|---|---|\n| Acme | 64 | 12 | 2.45 | 25% |"
    (offer,) = _read(table).offers
    wanted = {
        "from": "Acme",
        "nodes": 64,
        "months": 12,
        "usd_per_gpu_hour": 2.45,
        "prepaid": 0.25,
        "option": "reserved",
    }
    assert _fields(offer) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H100 at CA$2.30/GPU-hr", "2.30/GPU-hr"),  # another dollar is not taken for US$
        ("H100 12 months $2.45/GPU-hr, storage $0.06/GB/month", "$0.06/GB/month"),
        ("H100 12 months and 24 months $2.45/GPU-hr", "24 months (beside 12 months)"),
        ("H100 12 months $2.45/GPU-hr, list price $3.20", "list price $3.20"),
    ],
)
def test_what_could_be_read_two_ways_is_not_read(text: str, words: str) -> None:
    assert any(words in part for part in _read(text).unread)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\x1b[2J\u202e$2.30/GPU-hr 12 months",
        "$" * 5000,
        "1" * 5000,
        "1," * 4900 + "$2",
        ("$2.30 12 months, " * 1100)[:9_900],
        "|" * 9000,
        "a b c " * 1600,
        "$1e999/GPU-hr",
        "$" + "9" * 300 + "/GPU-hr for 99999999999999999999 months",
        "[[quote]]\noption = 'buy'\nusd_per_node = 1\n",
        "from month month month month " * 300,
    ],
)
def test_a_hostile_text_is_data(text: str) -> None:
    mail = _read(text)
    for piece in (piece for offer in mail.offers for piece in offer.pieces):
        assert piece.text.isprintable()
    assert all(words.isprintable() for words in mail.unread)


def test_a_text_that_is_too_long_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="10,001 characters; allowed: at most 10,000"):
        _read("x" * 10_001)


@pytest.mark.parametrize("kind", ["Hosted hardware", "Sale and leaseback", "Lease"])
def test_a_price_per_node_beside_payments_is_one_of_a_node(kind: str) -> None:
    text = f"{kind} of 8 H100 nodes at $280,000 per node, then $16,000 per month, 24 months"
    (offer,) = _read(text).offers
    fields = offer.table()
    assert (fields["usd_per_node"], fields["payments"]) == (280_000, 16_000)
    assert (fields["nodes"], fields["months"]) == (8, 24)
    assert not offer.missing


def test_a_long_paragraph_is_read_to_its_end() -> None:
    """What stood behind its first 500 characters was lost without a word."""
    text = f"64 H100 for 12 months at $2.40/GPU-hr. {'We are glad to help you. ' * 20}25% upfront, no subletting."
    (offer,) = _read(text).offers
    fields = _fields(offer)
    assert (fields["usd_per_gpu_hour"], fields["prepaid"], fields["may_sublet"]) == (2.4, 0.25, False)
