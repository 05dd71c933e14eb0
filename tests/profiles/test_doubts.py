"""A price that is likely in another unit is questioned, and lowers the confidence; an unusual one is not."""

from datetime import date
from pathlib import Path

import pytest

from advisor.decision.advise import advise
from advisor.decision.confidence import confidence
from advisor.formatting import percent
from advisor.market.assumptions import Tier
from advisor.profiles.doubts import doubts, offer_doubt
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import offer_of
from advisor.profiles.store import load_profile
from advisor.profiles.validation import own_book
from advisor.reports.verdict_view import confidence_text, verdict_view
from tests.support.app_driver import TODAY
from tests.support.folders import BUYER_CASES
from tests.support.frozen_book import frozen_prices
from tests.support.json_contracts import strict_json
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import a_profile

BOOK = frozen_prices()
RENTAL = BOOK.assumptions("H100-SXM").rental

MACHINE = BUYER_CASES / "whole_machine.toml"


def rate(usd: float, months: int | None = None) -> Quote:
    option = "on-demand" if months is None else "reserved"
    return Quote.model_validate({"option": option, "months": months, "usd_per_gpu_hour": usd})


@pytest.mark.parametrize(
    ("gpu", "quote", "words"),
    [
        ("H100-SXM", rate(49.24), "14 times the posted $3.43. If it is for a machine of 8 GPUs, enter 6.155."),
        ("B200-SXM", rate(68.80), "If it is for a machine of 8 GPUs, enter 8.6."),
        ("H100-SXM", rate(16.0, 12), "Offer for 12 months: $16.00 per GPU-hour is 6 times the posted $2.74."),
        ("H100-SXM", Quote(option="buy", usd_per_node=30_000.0), "If it is for one GPU, enter 240,000 for the node."),
    ],
)
def test_the_likely_unit_is_named(gpu: str, quote: Quote, words: str) -> None:
    assert words in offer_doubt(offer_of(quote, RENTAL), BOOK.gpus[gpu], "neocloud", BOOK)


@pytest.mark.parametrize(
    ("quote", "tier"),
    [
        (rate(3.43), "neocloud"),
        (rate(0.5), "neocloud"),
        (rate(11.0), "neocloud"),  # what a hyperscaler posts
        (rate(12.5), "hyperscaler"),
        (rate(1.2, 36), "neocloud"),
        (Quote(option="buy", usd_per_node=172_000.0), "neocloud"),
        (Quote(option="buy", usd_per_node=430_000.0), "neocloud"),
    ],
)
def test_a_price_that_is_only_unusual_is_not_questioned(quote: Quote, tier: Tier) -> None:
    assert offer_doubt(offer_of(quote, RENTAL), BOOK.gpus["H100-SXM"], tier, BOOK) == ""


@pytest.mark.parametrize(
    ("price", "per", "likely"),
    [
        (49.24, "gpu-hour", "node-hour"),
        (14_600.0, "gpu-month", "node-month"),
        (1825.0, "node-month", "gpu-month"),
        (2.4, "gpu-day", "gpu-hour"),
        (58_400.0, "total", "month"),
        (2.5, "gpu-hour", None),
    ],
)
def test_a_price_outside_the_posted_ones_is_questioned_with_the_likely_unit(
    price: float, per: str, likely: str | None
) -> None:
    raw = {"option": "reserved", "months": 12, "price": price, "per": per, "nodes": 4}
    words = offer_doubt(offer_of(Quote.model_validate(raw), RENTAL), BOOK.gpus["H100-SXM"], "neocloud", BOOK)
    assert (f"If it is per {likely}," in words) if likely else words == ""


def test_an_offer_that_has_expired_is_questioned() -> None:
    late = rate(2.4, 12).model_copy(update={"valid_until": date(2026, 10, 1)})
    assert "it was valid until 2026-10-01" in offer_doubt(
        offer_of(late, RENTAL), BOOK.gpus["H100-SXM"], "neocloud", BOOK
    )


@pytest.mark.parametrize(
    ("day", "words"), [(date(2025, 8, 15), "months old. Ask whether it stands."), (date(2026, 10, 20), "")]
)
def test_an_old_offer_is_questioned_as_old_prices_are(day: date, words: str) -> None:
    """An offer of 15 months ago was the verdict with high confidence; one that says until when it is valid is young
    enough until then."""
    old = rate(2.4, 12).model_copy(update={"date": day})
    found = offer_doubt(offer_of(old, RENTAL), BOOK.gpus["H100-SXM"], "neocloud", BOOK)
    assert words in found if words else found == ""
    standing = old.model_copy(update={"valid_until": date(2027, 1, 31)})
    assert offer_doubt(offer_of(standing, RENTAL), BOOK.gpus["H100-SXM"], "neocloud", BOOK) == ""


def test_a_list_price_of_a_whole_machine_is_questioned_too() -> None:
    profile = a_profile(gpu={"neocloud_usd_per_gpu_hour": 27.44})
    (line,) = doubts(profile, own_book(profile, BOOK))
    assert line.startswith("List price: $27.44 per GPU-hour is above the book's $3.20 to $6.16.")
    assert line.endswith("enter 3.43.")


def test_the_check_and_the_verdict_say_so_and_the_confidence_is_lower() -> None:
    found = run_here(["check", str(MACHINE)])
    assert found.code == 0, "it is allowed"
    assert found.out.count("warning:") == 2
    assert strict_json(run_here(["check", str(MACHINE), "--json"]).out)["files"][0]["warnings"]
    advice = advise(load_profile(MACHINE, BOOK), BOOK, paths=100)
    assert len([line for line in verdict_view(advice, TODAY).warnings if "If it is for" in line]) == 2
    lowered = present(confidence(advice.verdict.gap_share, advice.verdict.close_call, questioned=True))
    assert lowered.word == "too close to call", "as a verdict with a smaller gap, which this one does not have"
    assert confidence_text(advice.verdict).startswith(f"low confidence, right in {percent(lowered.right_share)}")


@pytest.mark.parametrize(
    ("gap", "word", "lower"),
    [(0.3, "high", "medium"), (0.1, "medium", "too close to call"), (0.01,) + 2 * ("too close to call",)],
)
def test_a_questioned_figure_takes_one_level_of_confidence(gap: float, word: str, lower: str) -> None:
    plain, questioned = (present(confidence(gap, close_call=False, questioned=one)) for one in (False, True))
    assert (plain.word, questioned.word) == (word, lower)


def test_the_offers_command_questions_it_before_it_answers(tmp_path: Path) -> None:
    for rate, doubted in ((49.24, True), (3.20, False)):
        found = run_here(["offers", "cluster-64", "--add", f"12 months ${rate}/gpu-hour"])
        assert ("enter 6.155" in found.out) is doubted
