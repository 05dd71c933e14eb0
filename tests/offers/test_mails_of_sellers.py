"""What a mail of a seller comes to: fees in the rate, what is left out, what is not counted, what is asked for."""

from datetime import date

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.offers.added import with_text
from advisor.offers.mail.read import read_mail
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import offer_of, payments_usd
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.offers.reading import offers_read, unread_lines

_ON = date(2026, 11, 30)
_BOOK = built_in_book()
_RENTAL = _BOOK.assumptions("H100-SXM").rental


def _profile() -> Profile:
    return parse_profile({"name": "one", "workload": [{"kind": "pre-train", "nodes": 64, "months": 24}]}, _BOOK)


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


def test_a_profile_takes_the_offers_for_its_own_gpu() -> None:
    text = "32 H100 nodes at $2.40/GPU-hr and 8 B200 nodes at $4.10/GPU-hr, both 12 months, 25% prepaid"
    profile = _profile()
    assert [quote.usd_per_gpu_hour for quote in with_text(text, profile, _BOOK, _ON).profile.quote] == [2.4]
    read = offers_read(text, profile, _BOOK, _ON)
    assert any("B200-SXM, which is left out" in line for line in read.lines)
    assert read.unread == ("Left out, since the profile is not about it: B200-SXM",)


@pytest.mark.parametrize(
    ("words", "unread"),
    [
        ("3-year warranty $18,000 per node", "3-year warranty $18,000 per node"),
        ("Support 3 yr NBD: $14,000 per server", "Support 3 yr NBD: $14,000 per server"),
        ("refundable security deposit of $100,000", "refundable security deposit of $100,000"),
        ("Deposit: $50,000 (refundable)", "Deposit: $50,000 (refundable)"),
        ("bandwidth $500/month", "bandwidth $500/month"),
        ("minimum spend $50,000 per month", "minimum spend $50,000 per month"),
        ("total contract value $1,289,472", "total contract value $1,289,472 (follows from the price)"),
    ],
)
def test_a_sum_that_is_not_counted_is_said_first_in_one_line(words: str, unread: str) -> None:
    """A warranty was an offer of a node for $18,000, and a deposit that comes back a cost."""
    mail = read_mail(f"64 H100, net 30, 12 months, $2.30/GPU-hr, {words}", _BOOK, _ON)
    (offer,) = mail.offers
    read = {piece.field: piece.value for piece in offer.pieces}
    assert read == {"option": "reserved", "gpu": "H100-SXM", "gpus": 64, "months": 12, "usd_per_gpu_hour": 2.3}
    assert list(unread_lines(mail, ("H100-SXM",))) == [f"Not counted: {unread}", "Not understood: net 30"]


def test_a_fee_without_a_size_is_named_where_the_size_is_asked_for() -> None:
    """It asked for the size without saying what for."""
    text = "H100 12 months $2.40/GPU-hr, setup fee: $1,500 per node"
    (offer,) = read_mail(text, _BOOK, _ON).offers
    assert offer.missing == ("a size for 'setup fee $1,500 per node': `64 nodes` or `512 GPUs`",)
    with pytest.raises(
        InputError, match=r"found an offer without a size for 'setup fee \$1,500 per node'; allowed: also"
    ):
        with_text(text, _profile(), _BOOK, _ON)
