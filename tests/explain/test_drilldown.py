"""Any number of the 64-node verdict leads to a source line in at most three steps, in the app and in the JSON."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.advise import Advice, advise
from advisor.explain.drilldown import NumberDetail, contents, number_detail, rounded_to_add_up
from advisor.explain.input_sources import source_of
from advisor.explain.json_provenance import ALL_COMPONENTS
from advisor.explain.number_id import GAP, NumberId
from advisor.explain.numbers import verdict_numbers
from advisor.explain.option_numbers import option_numbers
from advisor.formatting import usd_rate
from advisor.input_id import InputId
from advisor.profiles.validation import parse_profile
from advisor.reports.deeper_view import deeper_view
from tests.support.app_driver import TODAY
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample, with_quote

STEPS = 3
NOT_FIGURES = re.compile(  # what the user or the calendar says, and places in a list, are not figures to be traced
    r"^(schema|profile|market\.(as_of|age_days|sources)|options\[\d+\]\.(depends_on|feasible)|depends_on|verdict\.close_call"
    r"|verdict\.(flexible|insured)_pick|commitments)"
)


@pytest.fixture(scope="module")
def advice() -> Advice:
    offers = with_quote(sample("cluster-64"), option="reserved", months=12, usd_per_gpu_hour=2.45)
    return advise(offers, BOOK, 400)


@pytest.fixture(scope="module")
def opened() -> dict[NumberId, NumberDetail]:
    """The numbers of the advice that a test here has opened."""
    return {}


@pytest.fixture(scope="module")
def report(advice: Advice) -> dict[str, Any]:
    return advise_json(advice, None, TODAY)


def all_numbers(advice: Advice) -> Iterator[NumberId]:
    """The ids of all numbers of an answer: the options', the verdict's, and what would change it."""
    for option in advice.verdict.ranked:
        yield from option_numbers(option)
    yield from verdict_numbers(advice)
    yield from map(NumberId.flip, advice.sensitivity.flips)
    yield from map(NumberId.swing, advice.sensitivity.swings)
    yield from map(NumberId.balance, advice.balance_sheets)


def dollars(amount: str) -> int:
    """`-$1,234` or `-$234.56` in cents."""
    found = re.match(r"(-?)\$([\d,]+)(?:\.(\d\d))?", amount)
    assert found, amount
    return int(f"{found[1]}{found[2].replace(',', '')}{found[3] or '00'}")


def longest_way(number: NumberId, advice: Advice, opened: dict[NumberId, NumberDetail]) -> int:
    """Steps to a source line by the longest way there is."""
    if number not in opened:
        opened[number] = number_detail(number, advice, TODAY)
    found = opened[number]
    if found.source:
        assert dict(found.source)["source"]
        assert found.rows == ()
        return 1
    assert found.rows, f"{number} leads nowhere"
    return 1 + max(longest_way(row.number, advice, opened) for row in found.rows)


def test_every_number_of_the_app_reaches_a_source_line_in_three_steps(
    advice: Advice, opened: dict[NumberId, NumberDetail]
) -> None:
    numbers = list(all_numbers(advice))
    assert len(set(numbers)) == len(numbers), "no two numbers have the same id"
    assert len(numbers) > 250
    assert {number: steps for number in numbers if (steps := longest_way(number, advice, opened)) > STEPS} == {}
    own = [found for found in opened.values() if dict(found.source).get("owner") == "you"]
    assert own
    assert all(dict(found.source)["source"].startswith("your profile") for found in own)
    assert any("2.45" in dict(found.source).get("value", "") for found in own), "the offer in hand is among them"


def test_what_an_account_says_is_made_of_words_and_figures(
    advice: Advice, opened: dict[NumberId, NumberDetail]
) -> None:
    for number in all_numbers(advice):
        found = opened.get(number) or number_detail(number, advice, TODAY)
        assert found.title
        assert found.meaning.endswith(".")
        assert found.formula


def test_parts_add_up_to_their_number(advice: Advice) -> None:
    for option in advice.verdict.ranked:
        found = number_detail(NumberId.option(option.id, "expected_usd"), advice, TODAY)
        assert sum(dollars(part.amount) for part in found.parts) == dollars(found.amount)
    found = number_detail(GAP, advice, TODAY)
    assert sum(dollars(part.amount) for part in found.parts) == dollars(found.amount)


def test_every_number_opens_where_what_is_in_hand_serves_all_of_the_work() -> None:
    """A contract for all four nodes, and an offer with a clause that is not an option then."""
    work = {"kind": "fine-tune", "nodes": 4, "months": 3}
    offer = {"option": "reserved", "months": 2, "usd_per_gpu_hour": 3.3, "extension_months": 6}
    contract = {"nodes": 4, "months_left": 3, "usd_per_gpu_hour": 0.1}
    held = advise(a_profile(work, quote=[offer], commitment=[contract]), BOOK, 200)
    assert [option.id for option in held.verdict.ranked] == ["held"]
    assert held.clauses == ()
    opened: dict[NumberId, NumberDetail] = {}
    assert all(longest_way(number, held, opened) <= STEPS for number in all_numbers(held))
    assert advise_json(held, None, TODAY)["verdict"]["option"] == "held"


def test_the_list_of_numbers_reads_as_the_verdict_does() -> None:
    """The rival stood among all others, and what is not feasible looked as if it could be had."""
    advice = advise(sample("cluster-64"), BOOK)
    pick, rival = present(advice.verdict.pick), present(advice.verdict.rival)
    rows = contents(advice, TODAY).rows
    numbers = [row.number for row in rows]
    assert numbers[0] == NumberId.option(pick.id, "expected_usd")
    assert numbers[numbers.index(GAP) - 1] == NumberId.option(rival.id, "expected_usd")
    assert len(numbers) == len({*numbers})
    named = {row.number: row.label.startswith("Not feasible: ") for row in rows}
    for option in advice.verdict.ranked:
        assert named[NumberId.option(option.id, "expected_usd")] == (not option.feasible)


def test_the_figures_in_tokens_open_to_their_formula_and_inputs() -> None:
    """A million tokens over the plan are the cost of a busy GPU-hour over the tokens that a GPU serves in it."""
    advice = advise(sample("serve-70b"), BOOK, 400)
    found = present(advice.serving)
    opened: dict[NumberId, NumberDetail] = {}
    view = present(deeper_view(advice).service)
    numbers = (view.answer.number, *(row.number for row in view.rows), *(note.number for note in view.notes))
    shown = [number for number in numbers if number is not None]
    assert len(shown) >= len(found.costs) + 3
    for number in shown:
        assert longest_way(number, advice, opened) <= STEPS
        assert "848" in opened[number].formula or "12.21M tokens an hour" in opened[number].formula
    for one in found.costs:
        detail = opened[NumberId.unit_cost(one)]
        (per_hour,) = detail.parts
        hour = float(per_hour.amount.replace("$", "").replace(",", ""))
        assert one.plan_usd == pytest.approx(hour / (found.need.volume_per_gpu_hour / 1e6), rel=0.01)
        assert detail.amount == usd_rate(one.plan_usd)
    api = {row.number.rest for row in opened[NumberId("unit-cost/api")].inputs}
    assert {"api.input_usd_per_mtok", "api.output_usd_per_mtok"} <= api


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ({"serving": {"model": "Llama-3-70B", "tokens_per_day": 4e8}}, "400M tokens/day Llama-3-70B"),
        ({"training": {"parameters": 7e9, "tokens": 1e12}}, "7B 1T"),
        ({"nodes_by_month": [1, 2, 4]}, "1 2 4"),
        ({"load": [[4, 1.0], [8, 0.5]]}, "4 gpus 100% 8 gpus 50%"),
        ({"gpus": 12}, "12 GPUs"),
    ],
)
def test_the_amount_of_work_is_opened_as_it_is_typed(work: dict[str, Any], said: str) -> None:
    kind = "pre-train" if "training" in work else "inference"
    rents = {"rents_path": [[0, 1.0], [12, 0.5]]}
    raw = {"name": "a test", "workload": [{"kind": kind, "months": 6, **work}], "market": rents}
    advice = advise(parse_profile(raw, BOOK), BOOK, 200)
    way = advice.profile.workload[0].way
    assert source_of(InputId.of_profile(f"workload.1.{way}"), advice, TODAY).amount == said
    path = source_of(InputId.of_profile("market.rents_path"), advice, TODAY)
    assert path.amount == "1 times in month 0, 0.5 times in month 12"


@given(st.lists(st.floats(-1e8, 1e8), max_size=12))
def test_cents_add_up_whatever_the_amounts(amounts: list[float]) -> None:
    cents = rounded_to_add_up(amounts)
    assert sum(cents) == round(100 * sum(amounts))
    assert all(abs(whole - 100 * amount) <= len(amounts) for whole, amount in zip(cents, amounts, strict=True))


def figures(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in the JSON with its path."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from figures(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from figures(part, f"{path}[{index}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def named_in(path: str, groups: list[dict[str, list[str]]]) -> list[str]:
    """The inputs of the group that names a path or one above it."""
    return next(
        (
            group["inputs"]
            for group in groups
            for of in group["of"]
            if path == of or path.startswith((f"{of}.", f"{of}["))
        ),
        [],
    )


def test_every_number_of_the_json_reaches_a_source_line_in_three_steps(report: dict[str, Any]) -> None:
    sources = {entry["id"]: entry for entry in report["market"]["sources"]}
    checked = 0
    for path, value in figures(report):
        if NOT_FIGURES.match(path) or not value:
            continue
        option = re.match(r"options\[(\d+)\]\.(.*)", path)
        groups = report["options"][int(option[1])]["depends_on"] if option else report["depends_on"]
        inputs = named_in(option[2] if option else path, groups)
        assert inputs, f"{path} names no inputs"
        ids = [one for one in inputs if one != ALL_COMPONENTS]  # whose parts are named one step further down
        for one in ids:
            ends = [sources[one], *(sources[made] for made in sources[one]["made_of"])]
            assert all(end["source"] and end["source_id"] for end in ends)
        checked += 1
    assert checked > 800


def test_own_figures_of_the_json_end_at_your_profile(report: dict[str, Any]) -> None:
    own = [entry for entry in report["market"]["sources"] if entry["own"]]
    assert {"profile.workload.1.nodes", "profile.quote.reserved-12m-offer"} <= {entry["id"] for entry in own}
    assert all(entry["source"].startswith("your profile") for entry in own)
    booked = [entry for entry in report["market"]["sources"] if not entry["own"]]
    assert {entry["source_id"] for entry in booked if entry["id"] in dict(BOOK.figures())} <= set(BOOK.sources)
