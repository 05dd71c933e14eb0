"""The verdict, what would change it and the memo name the offers with their sellers."""

import re
from datetime import date

import pytest

from advisor.decision.advise import advise
from advisor.decision.cost_options import cost_options
from advisor.formatting import usd
from advisor.market.price_history import built_in_history
from advisor.offers.judged import judge_offers
from advisor.reports.board_memo import RunOptions, memo
from advisor.reports.deeper_view import deeper_view
from advisor.reports.formats.markdown import markdown
from advisor.reports.formats.text import text_report
from advisor.reports.hints import hints
from advisor.reports.offers.text import judgment_lines
from advisor.reports.offers.view import offer_views
from advisor.reports.verdict_view import headline
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile

TODAY = date(2026, 11, 29)
OFFERS = [
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.3, "prepaid": 0.25, "from": "Acme"},
    {"option": "reserved", "months": 24, "usd_per_gpu_hour": 2.05, "from": "Beta", "valid_until": date(2026, 12, 15)},
    {"option": "buy", "usd_per_node": 210_000, "from": "Gamma"},
]


def test_the_verdict_and_the_memo_name_the_sellers() -> None:
    advice = advise(a_profile(quote=OFFERS), BOOK, paths=100)
    said = text_report(advice, TODAY)
    assert "from Acme" in said.split("What each option costs")[0]
    assert "(Gamma offers $210k)" in said
    text = markdown(memo(advice, RunOptions(TODAY, 100, 0)))
    (table,) = (part for part in text.split("\n## ") if part.startswith("Offers"))
    for words in ("| Acme |", "| Beta |", "| Gamma |", "2026-12-15", "Take up to", "Acme, reserved 12 months: "):
        assert words in table.replace("**", "")


def test_what_would_change_the_answer_names_the_seller() -> None:
    """Nodes at half their price are the answer; at a higher price on demand Acme's contract would be."""
    offers = [{**OFFERS[0], "usd_per_gpu_hour": 3.0}, {**OFFERS[2], "usd_per_node": 150_000}]
    advice = advise(a_profile(quote=offers), BOOK, paths=100)
    assert present(advice.verdict.pick).action == "buy"
    changes = [change.text for change in deeper_view(advice).changes]
    assert any(text.startswith("On-demand price above") and text.endswith("from Acme") for text in changes), changes


@pytest.mark.parametrize(("said", "prepaid"), [({}, 0.2), ({"prepaid": 0.2}, 0.2), ({"prepaid": 0.0}, 0.0)])
def test_an_offer_from_some_size_on_is_paid_for_that_size(said: dict[str, float], prepaid: float) -> None:
    """32 machines for $14,500 a month, for a plan of 8 nodes: 32 x 14,500 = $464,000 a month, $5,568,000 in a year, of
    which a share is paid at once. Where the offer names no share the book's is said to be assumed."""
    offer = {"option": "reserved", "months": 12, "price": 14_500.0, "per": "node-month", "least_nodes": 32, **said}
    profile = a_profile({"nodes": 8}, quote=[offer])
    (found,) = judge_offers(profile, cost_options(profile, BOOK), BOOK, built_in_history(), TODAY)
    assert found.rental is not None
    assert found.nodes == 32
    assert found.rental.payments_usd[0] == pytest.approx(prepaid * 5_568_000 + (1 - prepaid) * 464_000)
    assert sum(found.rental.payments_usd) == pytest.approx(5_568_000)
    lines = judgment_lines(found.rental, "H100 SXM")
    assert any("the offer does not say" in line for line in lines) is (not said)


def test_a_memo_without_offers_has_no_section_of_them() -> None:
    advice = advise(a_profile(), BOOK, paths=100)
    assert all(section.title != "Offers" for section in memo(advice, RunOptions(TODAY, 100, 0)).sections)


@pytest.mark.parametrize("option", ["lease", "loan", "hosted", "sale-leaseback"])
def test_hardware_for_payments_is_named_as_the_offer_that_it_is(option: str) -> None:
    """As the only offer of a small plan: the JSON named an offer to buy, which there is not, and failed."""
    offer = {"option": option, "months": 36, "usd_per_node": 300_000, "nodes": 1, "payments": 10_000, "from": "A"}
    profile = a_profile({"kind": "fine-tune", "nodes": 1, "months": 36}, quote=[offer])
    report = advise_json(advise(profile, BOOK, 200), None, TODAY)
    (found,) = (one for one in report["options"] if one["id"] == f"{option}-a")
    named = {name for group in found["depends_on"] for name in group["inputs"]}
    assert f"profile.quote.{option}-a" in named
    assert {name for name in named if name.startswith("debt.l")} <= {"debt.lease_exit_share"}


_TWO_TERMS = [
    {"option": "reserved", "from": "Alpha", "months": 12, "nodes": 8, "usd_per_gpu_hour": 1.5},
    {"option": "reserved", "from": "Beta", "months": 24, "nodes": 8, "usd_per_gpu_hour": 1.6},
]


def test_all_that_is_signed_in_the_first_month_is_in_the_amount_of_the_memo() -> None:
    """The contract of 24 months alone was what is signed."""
    work = {"kind": "inference", "nodes": 16, "months": 24, "plan_change_per_month": 0.0}
    advice = advise(a_profile(work, quote=_TWO_TERMS), BOOK, paths=100)
    steps = [one for one in advise_json(advice, None, TODAY)["steps"] if one["month"] == 1]
    assert {one["term_months"] for one in steps} == {12, 24}
    amounts = {one["term_months"]: usd(one["owed_usd"]) for one in steps}
    in_all = usd(sum(one["owed_usd"] for one in steps))
    said = f"signed now comes to {in_all}: {amounts[24]} over 24 months and {amounts[12]} over 12 months. "
    assert said in markdown(memo(advice, RunOptions(TODAY, 100, 0)))


def test_a_contract_until_hardware_arrives_is_signed_beside_it() -> None:
    """It was left out, since the order comes first."""
    work = {"kind": "inference", "nodes": 8, "months": 36, "busy": 0.9, "plan_change_per_month": 0.0}
    offer = {"option": "buy", "usd_per_node": 100_000}
    advice = advise(a_profile(work, quote=[offer]), BOOK, paths=100)
    order, sign = advise_json(advice, None, TODAY)["steps"]
    assert (order["kind"], sign["kind"], order["month"], sign["month"]) == ("order", "sign", 1, 1)
    said = f"Beside the hardware, what is signed now comes to {usd(sign['owed_usd'])} over 1 month. "
    assert said in markdown(memo(advice, RunOptions(TODAY, 100, 0)))


def test_the_headline_of_a_growing_plan_names_contracts_of_several_terms() -> None:
    """It read `RESERVE 16 nodes for 24 months now, rent what you need beyond`: 8 are for 12, and none is rented."""
    work = {"kind": "inference", "nodes": 12, "months": 24, "growth_per_month": 0.012, "plan_change_per_month": 0.0}
    advice = advise(a_profile(work, quote=_TWO_TERMS), BOOK, paths=100)
    assert headline(advice) == "RESERVE 8 nodes from Alpha and 8 nodes from Beta now"


def test_two_offers_of_one_seller_are_told_apart() -> None:
    """Both were `12-month reservation from Acme`."""
    offer = {"option": "reserved", "months": 12, "from": "Acme"}
    quotes = [{**offer, "usd_per_gpu_hour": 2.15}, {**offer, "usd_per_gpu_hour": 2.10}]
    advice = advise(a_profile(quote=quotes), BOOK, 200)
    labels = {option.id: option.cost.option.label for option in advice.verdict.ranked}
    assert labels["reserved-12m-acme"].endswith("-month reservation from Acme")
    assert labels["reserved-12m-acme-2"].endswith("-month reservation from Acme (2)")
    assert headline(advice).endswith("from Acme (2), then renew")


def test_a_loan_is_taken_up_to_payments_of_a_month_and_names_its_bank_once() -> None:
    """It said `take it up to $195k` beside a price of $310k, and `nodes from Bank from Bank`; where its nodes cost less
    than the posted price, buying outright needs another price than the loan that wins already."""
    work = {"kind": "inference", "gpu": "H200-SXM", "nodes": 17, "months": 36, "busy": 0.8, "base_share": 1.0}
    loan = {"option": "loan", "months": 36, "nodes": 17, "price": 310_000, "per": "node", "payments": 150_000}
    company = {"stage": "later", "tax_rate": 0.25, "depreciation": "bonus"}
    profile = a_profile(work | {"plan_change_per_month": 0.005}, company=company, quote=[loan | {"from": "Bank"}])
    advice = advise(profile, BOOK, 200)
    assert headline(advice).startswith("BUY with a loan from Bank")
    assert any("or outright with a node under $" in hint.text for hint in hints(advice))
    (offered,) = offer_views(profile, advice.costing, BOOK, built_in_history(), TODAY)
    assert re.fullmatch(r"Good: take it up to \$\d+k a month", offered.sentence)
    assert re.fullmatch(r"\$\d+k/mo", offered.up_to)
