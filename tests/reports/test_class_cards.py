"""Rent, reserve and buy side by side: the figures are those of the answer, and the table fits every width."""

from datetime import date

import pytest

from advisor.decision.advise import Advice, advise
from advisor.formatting import usd
from advisor.profiles.validation import parse_profile
from advisor.reports.cards.card_table import card_sentences, card_table
from advisor.reports.cards.class_cards import class_cards
from advisor.reports.formats.text import text_report
from advisor.reports.hints import hints
from advisor.reports.verdict_view import verdict_view
from advisor.values.quick_dataclass import replace
from tests.support.present import present
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, sample

TODAY = date(2026, 11, 1)


def places_of(advice: Advice) -> list[tuple[str, float, float]]:
    """The ends of each feasible card's range, by label."""
    spreads = advice.risk.spreads
    shown = {option.cost.option.label: spreads[option.id] for option in advice.verdict.ranked if option.feasible}
    cards = class_cards(advice)
    return [(c.label, shown[c.label].p5_usd, shown[c.label].p95_usd) for c in cards if not c.why_not]


@pytest.mark.parametrize("name", SAMPLES)
def test_cards_have_the_figures_of_the_best_option_of_each_action(name: str) -> None:
    advice = advise(sample(name), BOOK, 500)
    cards = class_cards(advice)
    assert [card.action for card in cards] == ["rent", "reserve", "buy"]
    pick = advice.verdict.pick
    assert pick
    assert [card.label for card in cards if card.is_pick] == [pick.cost.option.label]
    for card in cards:
        feasible = [one for one in advice.verdict.competitors if one.action == card.action]
        assert bool(card.why_not) == (not feasible)
        if feasible and not card.is_pick:
            assert card.expected == usd(min(one.cost.expected_usd for one in feasible))
        if feasible:
            assert all(0 <= place <= 1 for place in card.places)
            assert card.places[0] <= card.places[2]


@pytest.mark.parametrize("name", SAMPLES)
def test_ranges_are_on_one_axis(name: str) -> None:
    """The ends of the ranges are as far from each other in the picture as in dollars."""
    advice = advise(sample(name), BOOK, 500)
    ends = places_of(advice)
    cards = {card.label: card for card in class_cards(advice)}
    lowest, highest = min(low for _, low, _ in ends), max(high for _, _, high in ends)
    for label, low, high in ends:
        left, _, right = cards[label].places
        assert left == pytest.approx((low - lowest) / (highest - lowest))
        assert right == pytest.approx((high - lowest) / (highest - lowest))


@pytest.mark.parametrize("width", [40, 56, 60, 78, 79, 100, 138, 198])
def test_the_table_fits_and_the_range_is_drawn_where_there_is_room(width: int) -> None:
    table = card_table(class_cards(advise(sample("cluster-64"), BOOK, 200)), width)
    assert all(len(line) <= width for line in table.lines)
    assert len(table.rows) == 3
    drawn = [row for row in table.rows if "●" in row.band]
    assert bool(drawn) is (width >= 56)
    assert all(row.band.count("●") == 1 for row in drawn)


def test_an_infeasible_action_says_why() -> None:
    advice = advise(a_profile({"nodes": 300, "months": 36}), BOOK, 200)
    rent = class_cards(advice)[0]
    assert "on-demand market" in rent.why_not
    assert "not feasible" in card_table(class_cards(advice), 78).rows[0].text
    assert "not feasible" in card_sentences((rent,))[0]


def test_the_card_of_buying_is_about_new_nodes_where_used_ones_are_too_few() -> None:
    """Used modules for 70 nodes are cheaper, but not to be had at all: what rules buying out is the cash that new
    ones take."""
    company = {"stage": "series-b", "cash_usd": 6e7, "burn_usd_per_month": 9e5}
    advice = advise(a_profile({"nodes": 70, "months": 24}, company=company), BOOK, 200)
    assert advice.verdict.pick is not None
    buying = class_cards(advice)[-1]
    assert buying.label == "buying and colocating"
    assert buying.why_not.startswith("cash is $"), "what is read first where the line is cut"


def test_where_nothing_fits_each_class_says_what_rules_out_its_nearest_option() -> None:
    """300 nodes are not sold for less than 12 months, but for 12 months they are: what reserving takes is cash."""
    advice = advise(a_profile({"nodes": 300, "months": 36}, company={"cash_usd": 1e8}), BOOK, 200)
    assert advice.verdict.pick is None
    said = verdict_view(advice, TODAY).summary
    assert next(line for line in said if line.startswith("reserve: ")).startswith("reserve: cash is $")
    assert next(line for line in said if line.startswith("buy: ")).startswith("buy: cash is $")
    assert "\n\n\n" not in text_report(advice, TODAY)


def test_where_nothing_is_feasible_there_are_no_cards() -> None:
    advice = advise(a_profile({}, company={"cash_usd": 1.0}), BOOK, 200)
    assert class_cards(advice) == ()
    assert card_table((), 78).lines == ()


def test_a_range_of_one_amount_is_that_amount() -> None:
    """The axis said `$70 9 in 10 $70`."""
    card = next(card for card in class_cards(advise(sample("cluster-64"), BOOK, 200)) if not card.why_not)
    header = card_table((replace(card, low="$70", high="$70"),), 100).header
    assert header.endswith("  $70")
    assert "9 in 10" not in header


def test_a_price_of_a_node_that_nobody_would_ask_for_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """An offer left buying a node for $97 as the alternative, which the answer named as a price."""
    advice = advise(sample("cluster-64"), BOOK, 500)
    price = present(advice.break_evens.node_price.usd)
    assert any(f"Buy instead with a node under {usd(price)}" in one.text for one in hints(advice))
    monkeypatch.setattr("advisor.reports.hints._LEAST_PRICE_SHARE", price)
    assert "Buying cannot win: even almost free servers would cost more to run" in [one.text for one in hints(advice)]


@pytest.mark.parametrize(
    ("work", "told"),
    [
        # 589,821 GPU-hours on 128 nodes of 8 GPUs that work 85% of the time take 0.93 months: a third of a day longer
        # than the 130 nodes that nobody rents out on demand, at a fifth of the cost
        (
            {"months": 0.92, "training": {"parameters": 70e9, "tokens": 2e12, "busy": 0.85}},
            "; 128 nodes do the work in 0.93 months",
        ),
        ({"months": 0.92, "nodes": 130}, "above 128 nodes"),
    ],
)
def test_a_training_that_is_too_short_for_the_market_is_told_how_long_is_enough(
    work: dict[str, object], told: str
) -> None:
    raw = {"kind": "pre-train", **work}
    advice = advise(parse_profile({"name": "x", "workload": [raw]}, BOOK), BOOK, 100)
    (line,) = [one.text for one in hints(advice) if one.text.startswith("Renting is out")]
    assert told in line
    assert ("do the work in" in line) == ("training" in work)
