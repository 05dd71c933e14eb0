"""An offer judged: against the prices of its day, by the seller's return, and by what it does for a profile."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.market.price_history import built_in_history
from advisor.offers.evaluate import Judgment, judge
from advisor.offers.for_profile import ProfileView, profile_view
from advisor.offers.quotes_file import read_quotes, with_quotes_of
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.frozen_book import frozen_prices
from tests.support.json_contracts import strict_json
from tests.support.present import present
from tests.support.processes import assert_one_error_line, run_here
from tests.support.profile_builder import BOOK, a_profile, sample, with_quote

HISTORY = built_in_history()
TODAY = date(2026, 10, 20)
HELD = """[[quote]]
option = "reserved"
months = 12
usd_per_gpu_hour = 2.45
prepaid = 0.25
from = "vendor A"
date = 2026-11-02

[[quote]]
option = "on-demand"
usd_per_gpu_hour = 2.90
"""

FROZEN_PRICES = frozen_prices()


def offer(usd: float, months: int | None = 12, **rest: Any) -> Quote:
    option = "on-demand" if months is None else "reserved"
    return Quote.model_validate({"option": option, "months": months, "usd_per_gpu_hour": usd, **rest})


def judged(quote: Quote, on: date = TODAY, nodes: int = 64) -> Judgment:
    return judge(quote, "H100-SXM", nodes, FROZEN_PRICES, HISTORY, on)


def viewed(quote: Quote, profile: Profile, book: PriceBook) -> ProfileView:
    """What an offer does for a profile, which has an option that takes it."""
    return present(profile_view(quote, profile, book))


def test_a_reservation_is_held_against_list_term_and_index_of_its_day() -> None:
    by_id = {reference.id: reference for reference in judged(offer(2.45)).references if reference.low is not None}
    listed = by_id["H100-SXM.neocloud_usd_per_gpu_hour"]
    assert listed.above_share == pytest.approx(2.45 / 3.43 - 1)
    assert listed.standing == "below the lowest of 6 posted offers"
    assert listed.percentile is None
    term = by_id["H100-SXM.neocloud_term_discount.12"]
    assert term.usd_per_gpu_hour == pytest.approx(3.43 * 0.8)
    assert (term.low, term.high) == pytest.approx((3.43 * 0.56, 3.43 * 0.99))
    assert term.percentile == pytest.approx(50 * (2.45 - 3.43 * 0.56) / (3.43 * 0.24))
    index = by_id["history.H100-SXM.reserved_1y_semianalysis.2026-06"]
    assert index.usd_per_gpu_hour == 2.65
    assert index.percentile is None, "one source is not a distribution"
    assert index.age_days == (TODAY - date(2026, 6, 30)).days


def test_what_was_not_known_on_the_day_is_not_shown() -> None:
    """An offer of March 2026 meets the index of March, not that of June, and no figure of the book."""
    references = judged(offer(2.2), date(2026, 3, 15)).references
    assert references
    assert all(reference.id.startswith("history.H100-SXM.") for reference in references)
    assert max(reference.date or "" for reference in references) <= "2026-03"
    assert {r.date: r.usd_per_gpu_hour for r in references if "semianalysis" in r.id} == {"2026-03": 2.35}


def test_a_day_before_all_history_has_nothing_to_show() -> None:
    assert judged(offer(2.2), date(2015, 1, 1)).references == ()


def test_an_hour_on_demand_is_held_against_every_tier() -> None:
    labels = [reference.id for reference in judged(offer(3.0, None)).references]
    assert labels == [f"H100-SXM.{tier}_usd_per_gpu_hour" for tier in ("neocloud", "hyperscaler", "marketplace")]


@pytest.mark.parametrize(
    ("usd", "standing"),
    [
        (3.43, "cheaper than about 3 of 6 posted offers"),
        (3.30, "cheaper than about 5 of 6 posted offers"),
        (6.10, "cheaper than almost none of 6 posted offers"),
        (7.0, "above the highest of 6 posted offers"),
    ],
)
def test_the_percentile_runs_over_low_middle_and_high(usd: float, standing: str) -> None:
    assert judged(offer(usd, None)).references[0].standing == standing


@pytest.mark.parametrize("months", [None, 1, 12, 36])
def test_the_room_is_what_lies_above_the_sellers_target(months: int | None) -> None:
    seller = present(judged(offer(4.0, months)).seller)
    assert seller.room_usd_per_gpu_hour == pytest.approx(4.0 - seller.target_usd_per_gpu_hour)
    at_target = present(judged(offer(seller.target_usd_per_gpu_hour, months)).seller)
    assert at_target.irr_per_year == pytest.approx(seller.target_return_per_year, abs=1e-6)
    assert at_target.present_usd == pytest.approx(0, abs=0.01)
    assert at_target.annualised_multiple < seller.target_return_per_year, (
        "the latent.space article uses another measure"
    )
    assert seller.cash_floor_usd_per_gpu_hour < seller.target_usd_per_gpu_hour


def test_prepaid_money_is_worth_something_to_the_seller() -> None:
    early, late = present(judged(offer(3.0, prepaid=1.0)).seller), present(judged(offer(3.0, prepaid=0.0)).seller)
    assert early.target_usd_per_gpu_hour < late.target_usd_per_gpu_hour


@pytest.mark.parametrize("name", ["cluster-64", "pre-train-16", "inference-8"])
@pytest.mark.parametrize("months", [None, 12])
def test_below_the_price_that_is_needed_the_offer_is_the_best_and_above_it_is_not(
    name: str, months: int | None
) -> None:
    profile = sample(name)
    view = viewed(offer(2.8, months), profile, BOOK)
    assert view.must_be.usd is not None, view.must_be.reason
    aim = best_usd(profile)
    assert view.otherwise_usd == pytest.approx(aim)
    for share, wins in ((0.99, True), (1.01, False)):
        raw = offer(view.must_be.usd * share, months).model_dump(by_alias=True, exclude_none=True)
        costing = cost_options(with_quote(profile, **raw), BOOK)
        taken = next(o for o in costing.verdict.ranked if o.id == view.option)
        assert (taken.cost.expected_usd < aim) is wins


def test_nodes_are_taken_up_to_the_price_below_which_buying_is_picked() -> None:
    """Beside a contract they were to be taken up to $40.4k, and the verdict bought them below $38.3k: a tie goes to the
    contract, which commits less."""
    nodes = Quote.model_validate({"option": "buy", "usd_per_node": 270_000.0, "from": "vendor B"})
    contract = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.6, "prepaid": 0.25, "from": "vendor A"}
    profile = a_profile({"nodes": 24, "months": 12}, quote=[contract])
    view = viewed(nodes, profile, BOOK)
    for share, wins in ((0.995, True), (1.005, False)):
        at = with_quote(profile, option="buy", usd_per_node=present(view.must_be.usd) * share)
        pick = present(cost_options(at, BOOK).verdict.pick)
        assert (pick.action == "buy") is wins


def best_usd(profile: Any) -> float:
    pick = present(cost_options(profile, BOOK).verdict.pick)
    return pick.cost.expected_usd


def test_an_expensive_offer_leaves_the_verdict_alone_and_a_cheap_one_becomes_it() -> None:
    profile = sample("cluster-64")
    expensive, cheap = (viewed(offer(usd, 24), profile, BOOK) for usd in (9.0, 1.0))
    assert expensive.pick == expensive.otherwise
    assert cheap.pick == "reserved-24m-offer"
    assert cheap.usd < expensive.usd
    assert expensive.must_be.usd == pytest.approx(cheap.must_be.usd or 0, rel=1e-5)


def test_an_offer_that_cannot_be_had_says_why() -> None:
    poor = a_profile(company={"stage": "seed", "cash_usd": 100_000})
    view = viewed(offer(2.4), poor, BOOK)
    assert any("cash" in why for why in view.infeasible_because)


def test_the_profile_must_be_about_the_same_gpu() -> None:
    with pytest.raises(InputError, match=r"--gpu: found H200-SXM; allowed: H100-SXM"):
        judge(offer(2.4), "H200-SXM", 8, BOOK, HISTORY, TODAY, sample("cluster-64"))
    with pytest.raises(InputError, match="an offer to buy"):
        judge(Quote(option="buy", usd_per_node=250_000.0), "H100-SXM", 8, BOOK, HISTORY, TODAY)


# Quotes files


def test_a_file_of_quotes_stands_beside_the_profiles_own(tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(HELD, encoding="utf-8")
    profile = with_quote(sample("cluster-64"), option="buy", usd_per_node=280_000.0)
    both = with_quotes_of(path, profile, BOOK)
    assert [quote.option for quote in both.quote] == ["buy", "reserved", "on-demand"]
    assert both.quote[1].from_ == "vendor A"
    assert both.model_copy(update={"quote": profile.quote}) == profile


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("", ("no quote", "[[quote]]")),
        ("[[quotes]]\n", ("quotes", "unknown key", "did you mean quote")),
        ('[[quote]]\noption = "reserved"\nmonths = 99\nusd_per_gpu_hour = 2\n', ("quote 1", "months", "99")),
        ('[[quote]]\noption = "rent"\nusd_per_gpu_hour = 2\n', ("quote 1", "option", "rent", "on-demand")),
        ('[[quote]]\noption = "on-demand"\nusd_per_gpu_hour = 2\nfrom = "a\\u001b[31mb"\n', ("quote 1", "U+001B")),
        ("quote = 3\n", ("quote", "3")),
        ("quote = [", ("broken TOML",)),
    ],
)
def test_a_wrong_file_of_quotes_is_one_clear_line(text: str, texts: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_quotes(path, sample("cluster-64"), BOOK)
    for word in ("offers.toml", *texts):
        assert word in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_advise_takes_a_file_of_quotes(tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text('[[quote]]\noption = "reserved"\nmonths = 24\nusd_per_gpu_hour = 1.00\n', encoding="utf-8")
    found = strict_json(run_here(["advise", "cluster-64", "--quotes", path, "--json", "--paths", "100"], tmp_path).out)
    assert found["verdict"]["option"] == "reserved-24m-offer"
    assert_one_error_line(run_here(["advise", "cluster-64", "--quotes", tmp_path / "none.toml"], tmp_path), "none.toml")


def test_an_offer_that_is_too_small_alone_is_judged_beside_another() -> None:
    """Ten nodes of sixteen: what taking it costs is that of both offers, which are the verdict."""
    raw = {"name": "two", "workload": [{"kind": "fine-tune", "nodes": 16, "months": 12, "busy": 0.9}]}
    offers = [
        {"option": "reserved", "months": 12, "usd_per_gpu_hour": usd, "nodes": nodes, "from": seller}
        for usd, nodes, seller in ((1.9, 10, "A"), (2.0, 6, "B"))
    ]
    profile = parse_profile({**raw, "quote": offers}, BOOK)
    for quote in profile.quote:
        view = present(profile_view(quote, profile, BOOK))
        assert view.option == view.pick == "reserved-12m-a-and-reserved-12m-b"
        assert not view.infeasible_because
        assert present(view.must_be.usd) > (quote.usd_per_gpu_hour or 0)


def test_an_offer_for_fewer_nodes_does_not_cost_what_all_of_the_plan_would() -> None:
    """Sixteen nodes of 64: what the price would mean for the plan is said as such, not as what taking it costs."""
    offer = "16 H100 nodes, 12 months, $2.35/GPU/hr"
    said = run_here(["offers", "cluster-64", "--add", offer, "--paths", "100", "--quiet"]).out
    assert "Not available: the offer is for 16 nodes\n  all of the plan at its price would cost $" in said
    assert "taking it" not in said
