"""Offers that cannot be meant: one clear line in a file, in the form, in a pasted mail and in the command."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.profiles.form.edited_profile import with_text
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.offers.reading import offers_read
from tests.support.frozen_book import frozen_prices
from tests.support.present import present
from tests.support.processes import assert_one_error_line, run_here

BOOK, DAY = frozen_prices(), date(2026, 11, 29)
RENT: dict[str, Any] = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.0, "prepaid": 0.25}
LEASE: dict[str, Any] = {
    "option": "lease", "months": 48, "price": 1_820_000.0, "per": "total", "nodes": 13, "payments": 49_700.0,
}  # fmt: skip
HOST: dict[str, Any] = {"option": "hosted", "months": 24, "usd_per_node": 280_000.0, "nodes": 8, "payments": 16_000.0}
BLOCK: dict[str, Any] = {"option": "block", "days": 7, "usd_per_gpu_hour": 2.0}

FIELDS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (RENT, {"free_months": 12}, "free_months 12 of a term of 12 months; allowed: fewer than the term"),
    (RENT, {"step_down": [[2, -0.1]]}, "[2, -0.1] in step_down; allowed: months from 1 to 11 and shares from 0 to 1"),
    (RENT, {"step_down": [[12, 0.1]]}, "[12, 0.1] in step_down; allowed: months from 1 to 11"),
    (RENT, {"step_down": [[2, 0.3], [4, 0.1]]}, "a step_down to a higher price; allowed: shares that rise"),
    (RENT, {"step_down": [[4, 0.1], [2, 0.3]]}, "step_down out of order; allowed: rising months"),
    (RENT, {"refund_share": 0.5, "prepaid": 0.0}, "refund_share with nothing prepaid; allowed: also prepaid"),
    (RENT, {"notice_months": 13}, "notice_months 13 of a term of 12 months; allowed: at most the term"),
    (RENT, {"notice_months": 3, "termination_fee_share": 1.0}, "notice_months where all that is left is due"),
    (RENT, {"least_nodes": 8, "nodes": 4}, "least_nodes beside an exact size; allowed: one of"),
    (RENT, {"gpus": 32, "nodes": 4}, "nodes and gpus in a quote; allowed: one of the two"),
    (RENT, {"indexed": 0.5, "rerate_months": 3}, "allowed: one way to follow the market"),
    (RENT, {"indexed": 0.5, "most_favored": True}, "allowed: one way to follow the market"),
    (RENT, {"rerate_months": 3, "most_favored": True}, "rerate_months with most_favored; allowed: one of the two"),
    (RENT, {"rerate_months": 12}, "rerate_months 12 of a term of 12 months; allowed: fewer than the term"),
    (RENT, {"refresh_month": 6}, "refresh_month alone; allowed: refresh_month and refresh_gain_share together"),
    (RENT, {"refresh_month": 12, "refresh_gain_share": 1.0}, "refresh_month 12 of a term of 12 months"),
    (RENT, {"upfront": 1e4, "nodes": 4}, "prepaid and upfront in a quote; allowed: one of the two"),
    (RENT, {"days": 7}, "months and days in a quote; allowed: one of the two"),
    (RENT, {"start_month": 1, "starts": date(2027, 1, 1), "date": DAY}, "start_month and starts in a quote"),
    (RENT, {"starts": date(2026, 10, 1), "date": DAY}, "starts 2026-10-01 before the offer of 2026-11-29"),
    (RENT, {"valid_until": date(2026, 10, 1), "date": DAY}, "valid_until 2026-10-01 before the offer of 2026-11-29"),
    (BLOCK, {"least_use_share": 0.5}, "least_use_share in a block, which is paid when it is booked"),
    (BLOCK, {"prepaid": 0.5}, "a block that is not paid when it is booked"),
    (BLOCK, {"extension_months": 6}, "extension_months of a term of 7 days; allowed: a term of 30 days or more"),
    ({"option": "spot", "usd_per_gpu_hour": 2.0}, {"extension_months": 6}, "extension_months in a quote 'spot'"),
    ({"option": "on-demand", "usd_per_gpu_hour": 2.0}, {"termination_fee_share": 0.3}, "in a quote 'on-demand'"),
    ({"option": "buy", "usd_per_node": 2e5}, {"may_sublet": True}, "may_sublet in a quote 'buy'; allowed: only with"),
    (RENT, {"usd_per_gpu_hour": None, "price": 2.0, "per": "gpu-hour", "currency": "EUR"}, "EUR without usd_per_curr"),
    (RENT, {"currency": "EUR"}, "currency EUR with an amount in USD; allowed: price and per"),
    (RENT, {"usd_per_currency": 1.1}, "usd_per_currency in USD; allowed: only with another currency"),
    (RENT, {"usd_per_gpu_hour": 0.0}, "usd_per_gpu_hour: found 0; allowed: a number at least 0.01"),
    (RENT, {"usd_per_gpu_hour": 1e9}, "usd_per_gpu_hour: found 1e+09; allowed: a number at least 0.01 and at most 1,0"),
    (RENT, {"prepaid": None, "upfront": 1e9, "nodes": 4}, "upfront: found 1e+09 USD and the price, $3,569.35 per GPU-"),
    ({"option": "buy"}, {"usd_per_node": 0.0}, "usd_per_node: found 0; allowed: a number at least 1"),
    ({"option": "buy"}, {"usd_per_node": 1e9}, "usd_per_node: found 1e+09; allowed: a number at least 1 and at most"),
    (LEASE, {"payments": 0.0}, "payments: found 0; allowed: a number more than 0"),
    (
        LEASE,
        {"payments": 1e9},
        "payments: found 1,000,000,000 USD a month for 48 months against 1,820,000; allowed: fro",
    ),
    (LEASE, {"payments": 30_000.0}, "allowed: from 37,916.67 to 827,272.73 a month, or another residual_share"),
    (LEASE, {"price": 1e9}, "payments: found 49,700 USD a month for 48 months against 1,000,000,000"),
    (LEASE, {"option": "loan", "payments": 1e9}, "allowed: from 37,916.67 to 1,516,666.67 a month"),
    (
        HOST,
        {"payments": 1e9},
        "payments: found 1,000,000,000 USD a month, $21,404.11 per GPU-hour; allowed: at most 1,0",
    ),
]


def profile(*offers: dict[str, Any]) -> Profile:
    work = {"kind": "pre-train", "nodes": 8, "months": 12}
    return parse_profile({"name": "bad", "workload": [work], "quote": list(offers)}, BOOK)


def is_one_line(error: str, words: str) -> bool:
    """Whether an error is one line that says these words, and what is allowed."""
    return words in error and "allowed: " in error and "\n" not in error and len(error) < 300


@pytest.mark.parametrize(("offer", "wrong", "words"), FIELDS, ids=[words[:50] for _, _, words in FIELDS])
def test_a_file_says_what_is_wrong(offer: dict[str, Any], wrong: dict[str, Any], words: str) -> None:
    table = {name: value for name, value in {**offer, **wrong}.items() if value is not None}
    with pytest.raises(InputError) as caught:
        profile(table)
    assert is_one_line(str(caught.value), words), str(caught.value)
    assert str(caught.value).startswith("profile: quote 1")


TEXTS = [
    ("H100 12 months $2.30/GPU-hr, 12 months free", "found '12 months' beside '12 months free'; allowed: fewer than"),
    ("H100 12 months $2.30/GPU-hr, valid until 2026-11-28", "an offer that expired on 2026-11-28; allowed: one that"),
    ("H100 12 months €2.30/GPU-hr", "an offer without a rate of exchange; allowed: also `EUR/USD"),
    (
        "64 H100 nodes 12 months €2.30/GPU-hr, 1 EUR = 1.1 USD, $50,000 deposit",
        "an offer without one currency for all its sums; allowed: EUR or USD",
    ),
    (
        "lease of 13 H100 nodes, 48 months, €49,700 per month, $1,820,000 in total, 1 EUR = 1.1 USD",
        "an offer without one currency for all its sums; allowed: EUR or USD",
    ),
    (
        "H100 12 months $2.30/GPU-hr, no prepayment, refund of 50%",
        "found 'no prepayment' beside 'refund of 50%'; allowed: also",
    ),
    (
        "H100 12 months $2.30/GPU-hr, non-cancellable, 2 months notice",
        "found 'non-cancellable' beside '2 months notice'; allowed: one",
    ),
    ("H100 12 months $2.30/GPU-hr, 50% indexed to the market, quarterly re-rating", "one way to follow the market"),
    ("H100 12 months $0/GPU-hr", "found 0 in '$0/GPU-hr'; allowed: a number at least 0.01"),
    ("H100 12 months $1000000000/GPU-hr", "found 1e+09 in '$1000000000/GPU-hr'; allowed: a number"),
    (
        "4 H100 nodes 12 months $2.30/GPU-hr, $1,000,000,000 deposit",
        "in '$1,000,000,000 deposit'; allowed: from 0.01 to",
    ),
    (
        "lease of 13 H100 nodes, 48 months, $400 per month, $1,820,000 in total",
        "1,820,000 in '$400 per month'; allowed: from",
    ),
    (
        "64 H100, 12 months: $2.30 in year 1, $2.00 in year 2",
        "found '12 months' beside '$2.00 in year 2'; allowed: prices that change, and fall, within the term",
    ),
    ("H100 12 months $2.30/GPU-hr, 14 months notice", "found '12 months' beside '14 months notice'; allowed: at most"),
]


@pytest.mark.parametrize(("text", "words"), TEXTS, ids=[words[:50] for _, words in TEXTS])
def test_a_pasted_mail_says_what_is_wrong(text: str, words: str) -> None:
    found = offers_read(text, profile(), BOOK, DAY)
    assert found.profile is None
    assert is_one_line(found.problem, words), found.problem
    assert "_" not in found.problem, "the user wrote no names of fields"


def test_of_several_offers_those_with_a_fault_are_named_and_the_others_added() -> None:
    """One offer without a term refused the whole mail."""
    text = (
        "64 H100 for 12 months at $2.30/GPU-hr\nLease of 64 H100, $8,000 per month\nH100 6 months $2.60, 7 months free"
    )
    found = offers_read(text, profile(), BOOK, DAY)
    assert [quote.usd_per_gpu_hour for quote in present(found.profile).quote] == [2.3]
    assert found.unread == (
        "Left out: 'Lease of 64 H100, $8,000 per month': found an offer without a term and a price of the hardware; "
        "allowed: also `12 months` or `7 days` and `$240,000 per node`",
        "Left out: 'H100 6 months $2.60, 7 months free': found '6 months' beside '7 months free'; allowed: fewer than "
        "the term",
    )
    command = run_here(["offers", "cluster-64", "--date", str(DAY), "--json", "--add", text])
    assert len(json.loads(command.out)["read"][0]["left_out"]) == 2


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (("quote", "on-demand", "usd_per_gpu_hour"), "0", "found 0; allowed: at least 0.01"),
        (("quote", "on-demand", "usd_per_gpu_hour"), "1e9", "found 1e9; allowed: at least 0.01"),
        (("quote", "reserved", 12, "usd_per_gpu_hour"), "0", "found 0; allowed: at least 0.01"),
        (("quote", "buy", "usd_per_node"), "1000000000", "found 1000000000; allowed: at least 1"),
        (("quote", "buy-used", "usd_per_node"), "€40000", "allowed: a sum of US"),
    ],
)
def test_the_form_says_what_is_wrong(path: tuple[str | int, ...], text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        with_text(profile(), path, text, BOOK)
    assert is_one_line(str(caught.value), words), str(caught.value)


def test_the_command_says_what_is_wrong_with_a_text_and_with_a_file(tmp_path: Path) -> None:
    command = ["offers", "cluster-64", "--date", str(DAY)]
    for text, words in (TEXTS[3], TEXTS[6]):
        assert_one_error_line(run_here([*command, "--add", text]), "--add", words)
    for wrong in ({"free_months": 12}, {"notice_months": 3, "termination_fee_share": 1.0}):
        table = "\n".join(f"{name} = {json.dumps(value)}" for name, value in {**RENT, **wrong}.items())
        (tmp_path / "bad.toml").write_text(f"[[quote]]\n{table}\n", encoding="utf-8")
        assert_one_error_line(run_here([*command, "--file", str(tmp_path / "bad.toml")]), "bad.toml", next(iter(wrong)))


def test_an_offer_of_a_file_that_has_expired_is_judged_and_said_to_have_expired(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text(
        '[[quote]]\noption = "reserved"\nmonths = 12\nusd_per_gpu_hour = 2.3\nvalid_until = 2026-11-01\n', "utf-8"
    )
    found = run_here(["offers", "cluster-64", "--date", str(DAY), "--file", str(tmp_path / "old.toml")])
    assert found.code == 0, found.err
    assert "Expired: it could be accepted until 2026-11-01" in found.out
