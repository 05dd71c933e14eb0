"""`gpu-advisor offers`: offers from text and from files, evaluated and answered."""

import re
from io import StringIO
from pathlib import Path

import pytest

from advisor.decision.advise import advise
from tests.support.json_contracts import strict_json
from tests.support.processes import assert_one_error_line, run_here
from tests.support.profile_builder import BOOK, sample

DAY = ["--date", "2026-11-29"]
ACME = "64 H100 nodes 12 months $2.45/GPU-hr 25% upfront from Acme"
PLAN = 'schema = 1\nname = "mine"\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'
BETA = "Beta: H100 24 months $2.10/gpu/hr, valid until Dec 15"


def test_each_offer_is_read_judged_and_answered() -> None:
    found = run_here(["offers", "cluster-64", *DAY, "--add", ACME, "--add", BETA])
    assert found.code == 0, found.err
    for words in (
        'prepaid            0.25         "25% upfront"',
        'option             reserved     "12 months"  assumed: it has a term',
        "2 offers of H100 SXM on 2026-11-29",
        "64 nodes of H100 SXM, reserved for 12 months, 25% prepaid",
        "contract index, 12 months",
        "a provider buying servers today would need",
        "Hello Acme team,",
        "We could sign before your offer ends on 2026-12-15",
    ):
        assert words in found.out


def test_the_json_holds_what_the_text_says() -> None:
    command = ["offers", "cluster-64", *DAY, "--add", ACME]
    record = strict_json(run_here([*command, "--json"]).out)
    text = run_here(command).out
    (offer,) = record["offers"]
    assert offer["quote"]["usd_per_gpu_hour"] == 2.45
    assert offer["quote"]["clauses"] == {"prepaid": 0.25}
    assert f"${offer['seller']['target_usd_per_gpu_hour']:.2f}" in text
    assert f"${offer['plan']['must_be']['usd']:.2f}" in text
    assert offer["counter_offer"] in text
    assert [reference["id"] for reference in offer["references"]] == re.findall(r", n=[^;]*;\s+(\S+)", text)
    letter = text.index("Hello Acme")
    assert max(map(len, text[:letter].splitlines())) < 80
    assert {piece["field"] for piece in record["read"][0]["offers"][0] if piece["assumed"]} == {"option"}


def test_the_answer_to_a_seller_does_not_say_what_would_be_paid_at_most() -> None:
    command = ["offers", "cluster-64", *DAY, "--add", BETA.replace("2.10", "1.50"), "--json"]
    (offer,) = strict_json(run_here(command).out)["offers"]
    most = offer["plan"]["must_be"]["usd"]
    assert most > 1.5
    assert f"{most:.2f}" not in offer["counter_offer"]


@pytest.mark.parametrize(("profile", "when"), [("lora-one-node", "failing that"), ("cluster-64", "without it")])
def test_renting_on_demand_is_not_said_to_win_where_renting_elsewhere_does(profile: str, when: str) -> None:
    """Without the offer the plan of one node rents on a marketplace, that of 64 nodes reserves."""
    text = run_here(["offers", profile, *DAY, "--add", "1 node of H100 3 months $3.00/GPU-h from Acme"]).out
    assert f"  {when}, renting on demand wins below $" in text


def test_write_adds_the_offers_to_the_file_of_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"# our plan\n{PLAN}", encoding="utf-8")
    first = run_here(["offers", path, *DAY, "--add", ACME, "--write"])
    assert first.code == 0, first.err
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# our plan")
    assert 'from = "Acme"' in text
    again = strict_json(run_here(["offers", path, *DAY, "--json"]).out)
    assert [offer["quote"]["seller"] for offer in again["offers"]] == ["Acme"]


def test_offers_come_from_stdin_and_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(ACME))
    path = tmp_path / "offers.toml"
    path.write_text('[[quote]]\noption = "reserved"\nmonths = 24\nusd_per_gpu_hour = 2.1\n', encoding="utf-8")
    found = run_here(["offers", "cluster-64", *DAY, "--file", path, "--add", "-", "--json"])
    assert [offer["quote"]["months"] for offer in strict_json(found.out)["offers"]] == [24, 12]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("no offer", "--add TEXT")),
        (["--add", "hello"], ("--add", "no price in 'hello'")),
        (["--add", "H200 12 months $2"], ("H200-SXM", "H100-SXM, which the profile is about")),
        (["--add", "H100 reserved $2.30"], ("an offer without a term", "`12 months`")),
        (["--add", "H100 12 months €2.30/GPU-hr"], ("without a rate of exchange", "EUR/USD")),
        (["--add", "H100 12 months $0/GPU-hr"], ("found 0 in '$0/GPU-hr'", "at least 0.01")),
        (["--add", "H100 12 months $1000000000/GPU-hr"], ("in '$1000000000/GPU-hr'", "at most 1,000")),
        (["--add", "H100 12 months $2.30/GPU-hr, 14 months free"], ("'12 months' beside '14 months free'",)),
        (["--add", "H100 12 months $2.30/GPU-hr, valid until 2026-11-01"], ("expired on 2026-11-01", "2026-11-29")),
        (["--add", ACME, "--write"], ("--write", "the sample cluster-64")),
        (["--write"], ("no offer",)),
        (["--file", "none.toml"], ("none.toml",)),
    ],
)
def test_what_is_wrong_is_one_clear_line(arguments: list[str], words: tuple[str, ...], tmp_path: Path) -> None:
    assert_one_error_line(run_here(["offers", "cluster-64", *DAY, *arguments], tmp_path), *words)


def test_a_text_that_means_harm_is_printed_without_its_escapes() -> None:
    found = run_here(["offers", "cluster-64", *DAY, "--add", f"{ACME}, \x1b[31mred\x1b[0m"])
    assert found.code == 0, found.err
    assert "\x1b" not in found.out


def test_the_price_at_which_renting_wins_is_one_that_cash_pays_for() -> None:
    """It was $3.51 beside a verdict that said $3.22."""
    found = strict_json(run_here(["offers", "cluster-64", *DAY, "--add", ACME, "--json"]).out)
    evens = advise(sample("cluster-64"), BOOK, 200).break_evens
    assert found["offers"][0]["plan"]["break_even"]["usd"] == pytest.approx(evens.payable_rate_usd, rel=1e-9)
    assert evens.tipping.usd != evens.payable_rate_usd


def test_what_clauses_of_an_offer_that_is_too_small_are_worth_is_said_to_be_for_all_of_the_plan() -> None:
    """Prepaying $264k of a contract for 8 nodes was told to cost $395k, which is what it costs on 64."""
    text = "8 H100 nodes, 12 months, $2.35/GPU-hr, 20% prepaid"
    for size, said in ((text, True), (text.replace("8 H100", "64 H100"), False)):
        printed = run_here(["offers", "cluster-64", *DAY, "--add", size]).out
        assert ("Its clauses (sums for all of the plan)" in printed) == said
        assert ("Ask for (sums for all of the plan)" in printed) == said
