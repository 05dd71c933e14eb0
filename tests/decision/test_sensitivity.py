"""Flips and swings are true: the profile is decided again with the input moved, by the whole engine."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings

from advisor.costing.option import OptionClass
from advisor.decision.advise import Advice, advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.flips.moved_inputs import moved_inputs
from advisor.decision.flips.priced_points import PricedPoints
from advisor.input_id import InputId
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import size_of
from advisor.profiles.schema import Profile, Workload
from advisor.profiles.serving.need import need_of_service
from advisor.profiles.serving.service import Serving
from advisor.profiles.validation import parse_profile
from advisor.reports.deeper_view import deeper_view
from tests.oracle.random_profiles import profiles
from tests.support.long_runs import every, examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, option_of, sample

OTHERS: dict[str, dict[str, Any]] = {
    "a year of sixteen": {"nodes": 16, "months": 12},
    "four years, likely bought": {"gpu": "H200-SXM", "nodes": 100, "months": 48, "plan_change_per_month": 0.005},
    "a training in tokens": {
        "kind": "pre-train",
        "months": 6,
        "training": {"parameters": 70e9, "tokens": 2e12},
    },
    "an A100 service": {"kind": "inference", "gpu": "A100-80-SXM", "nodes": 6, "months": 20},
}
ALL = [*SAMPLES, *OTHERS]


def profile_of(name: str) -> Profile:
    if name in SAMPLES:
        return sample(name)
    if "training" in OTHERS[name]:
        return parse_profile({"name": name, "workload": [OTHERS[name]]}, BOOK)
    return a_profile(OTHERS[name])


def plan_input(moved: InputId) -> str | None:
    """The field of the workload that an input is, the profile's own or the book's in its place; None for others."""
    if moved.owner == "profile":
        return moved.path.rpartition(".")[2]
    if moved.section != "plan" or moved.name.startswith("busy_pre_train"):
        return None  # no sample leaves the utilization of a pre-train to the book, but for a training, which it sizes
    return "busy" if moved.name.startswith("busy") else "plan_change_per_month"


def at_value(advice: Advice, moved: InputId, value: float) -> Costing:
    """The profile decided again with one input at another value."""
    raw = advice.profile.model_dump(by_alias=True, exclude_none=True)
    name = plan_input(moved)
    if name is not None:
        return cost_options(parse_profile({**raw, "workload": replanned(raw["workload"], name, value)}, BOOK), BOOK)
    return cost_options(advice.profile, with_figure(advice, moved, value))


def replanned(workloads: list[dict[str, Any]], name: str, value: float) -> list[dict[str, Any]]:
    longest = max(work["months"] for work in workloads)
    if name == "nodes" and "serving" in workloads[0]:
        return [of_gpus(workloads[0], value)]
    most = sum(work.get("nodes", 0) for work in workloads)
    moved: dict[str, Callable[[dict[str, Any]], Any]] = {
        "months": lambda work: float(work["months"] / longest * value),
        "nodes": lambda work: round(work["nodes"] / most * value),
        "training": lambda work: trained_on(work, value),
        "busy": lambda _: value,
        "plan_change_per_month": lambda _: value,
    }
    return [{**work, name: moved[name](work)} for work in workloads]


def trained_on(work: dict[str, Any], gpus: float) -> dict[str, Any]:
    """The training with as many tokens as take these GPUs."""
    now = float(size_of(Workload.model_validate(work), BOOK.assumptions("H100-SXM")).nodes) * 8
    return {**work["training"], "tokens": work["training"]["tokens"] * gpus / now}


def of_gpus(work: dict[str, Any], gpus: float) -> dict[str, Any]:
    """A service with as many tokens as take these GPUs at the peak."""
    now = need_of_service(Serving.model_validate(work["serving"]), work["gpu"]).gpus
    return {**work, "serving": work["serving"] | {"tokens_per_day": work["serving"]["tokens_per_day"] * gpus / now}}


def with_figure(advice: Advice, moved: InputId, value: float) -> PriceBook:
    gpu, name = advice.book.gpus[advice.gpu.id], moved.name
    tier, is_term, months = name.partition("_term_discount.")
    if moved.section != gpu.id:
        figures = advice.book.sections[moved.section]
        one = {**figures, name: figures[name].model_copy(update={"value": value})}
        return replace(advice.book, sections={**advice.book.sections, moved.section: one})
    if is_term:
        terms = dict(gpu.term_discounts[advice.profile.market.tier])
        assert tier == advice.profile.market.tier
        terms[int(months)] = terms[int(months)].model_copy(update={"value": value})
        changed = replace(gpu, term_discounts={**gpu.term_discounts, advice.profile.market.tier: terms})
    else:
        changed = replace(gpu, figures={**gpu.figures, name: gpu.figures[name].model_copy(update={"value": value})})
    return replace(advice.book, gpus={**advice.book.gpus, gpu.id: changed})


@dataclass(frozen=True)
class Competitor:
    """An option with what it is ranked by."""

    option_class: OptionClass
    usd: float
    simplicity: tuple[int, int, bool]


Competitors = dict[str, Competitor]


def competitors(advice: Advice, costing: Costing) -> Competitors:
    """The options that competed in the advice, as they are now, as far as cash does not matter. A hybrid keeps its
    contract, and its base is sized anew."""
    found = {}
    for option in advice.verdict.competitors:
        if option.cost.option.choice is not None:
            continue
        made = option.cost.option
        if made.usd_of_best_size is not None:
            usd = made.usd_of_best_size(costing.case.over(1), costing.forecast).item()
            if np.isinf(usd):
                continue
        else:
            ranked = next(o for o in costing.verdict.ranked if o.id == option.id)
            if ranked.cost.option.infeasible_because:
                continue
            usd = ranked.preference_usd
        found[option.id] = Competitor(made.option_class, usd, made.simplicity)
    return found


def picked(costs: Competitors) -> str:
    """The simplest of those within half a percent of the cheapest."""
    least = min(one.usd for one in costs.values())
    tied = [name for name, one in costs.items() if one.usd <= least + 0.005 * abs(least)]
    return min(tied, key=lambda name: costs[name].simplicity)


def is_on_the_edge(costs: Competitors, mine: OptionClass) -> bool:
    """Whether the pick's class is hardly inside or outside a tie."""
    ours, theirs = (min(o.usd for o in costs.values() if (o.option_class == mine) is own) for own in (True, False))
    return abs(abs(ours / theirs - 1) - 0.005) < 2e-4


def gap_of(costs: Competitors, mine: OptionClass) -> float:
    """The cheapest of the other classes less the cheapest of the pick's."""
    ours, theirs = ([one.usd for one in costs.values() if (one.option_class == mine) is own] for own in (True, False))
    return min(theirs, default=np.inf) - min(ours, default=np.inf)


@pytest.fixture(scope="module", params=ALL)
def advice(request: pytest.FixtureRequest) -> Advice:
    found = advise(profile_of(request.param), BOOK, 100)
    assert found.verdict.pick is not None
    return found


@quick_and_long
def test_the_answer_changes_where_it_is_said_to_and_as_it_is_said(advice: Advice) -> None:
    """A hair before a flip the class is on one side, a hair beyond it on the other, with the option that is named."""
    pick = present(advice.verdict.pick)
    for flip in advice.sensitivity.flips[:: every(6)]:
        up = flip.flips_at > flip.current
        if flip.unit in ("months", "nodes", "GPUs"):
            before, beyond = flip.flips_at - (1 if up else -1), flip.flips_at
        else:
            hair = 2e-3 * max(abs(flip.flips_at), abs(flip.flips_at - flip.current), 1e-6) * (1 if up else -1)
            before, beyond = flip.flips_at - hair, flip.flips_at + hair
        near, far = (competitors(advice, at_value(advice, flip.input, value)) for value in (before, beyond))
        sides = [costs[picked(costs)].option_class == pick.option_class for costs in (near, far)]
        if sides[0] is sides[1] and all(is_on_the_edge(costs, pick.option_class) for costs in (near, far)):
            continue  # the gap hardly moves with the input
        assert sides in ([True, False], [False, True]), flip
        beyond_it = far[picked(far)]
        assert far[flip.to_option].option_class == beyond_it.option_class, flip
        assert far[flip.to_option].usd == pytest.approx(beyond_it.usd, rel=6e-3), flip


def test_flips_are_sorted_by_how_far_they_are(advice: Advice) -> None:
    away = [flip.sds_away for flip in advice.sensitivity.flips]
    assert away == sorted(away)
    assert not {flip.input for flip in advice.sensitivity.flips} & set(advice.sensitivity.steady)
    for flip in advice.sensitivity.flips:
        if plan_input(flip.input) is None:
            figure = figure_at(advice, flip.input)
            low, high = min(figure[0], figure[1]), max(figure[2], figure[1])
            assert low <= flip.flips_at <= high
            assert flip.sds_away == pytest.approx(abs(flip.flips_at - flip.current) / ((high - low) / 4))


def figure_at(advice: Advice, moved: InputId) -> tuple[float, float, float]:
    """Low, value and high of a figure."""
    figure = dict(advice.book.figures())[moved.path]
    return figure.low, figure.value, figure.high


@quick_and_long
def test_what_is_steady_flips_at_neither_end_of_its_range(advice: Advice) -> None:
    """A part of them each, another part for another profile."""
    pick = present(advice.verdict.pick)
    figures = [one for one in advice.sensitivity.steady if plan_input(one) is None]
    step = every(18)
    for name in figures[len(advice.profile.name) % step :: step]:
        low, value, high = figure_at(advice, name)
        for end in (min(low, value), max(high, value)):
            costs = competitors(advice, at_value(advice, name, end))
            assert costs[picked(costs)].option_class == pick.option_class, f"{name} at {end}"


@quick_and_long
def test_the_tornado_is_what_deciding_again_gives(advice: Advice) -> None:
    """Read off straight lines between a few points: within a seventh of the swing."""
    pick = present(advice.verdict.pick)
    widths = [round(swing.width_usd, 3) for swing in advice.sensitivity.swings]
    assert widths == sorted(widths, reverse=True)
    for swing in advice.sensitivity.swings[: examples(2, 6)]:
        if plan_input(swing.input) in ("months", "nodes", "training"):
            continue
        for value, said in ((swing.low, swing.gap_at_low_usd), (swing.high, swing.gap_at_high_usd)):
            gap = gap_of(competitors(advice, at_value(advice, swing.input, value)), pick.option_class)
            assert said == pytest.approx(gap, abs=0.15 * swing.width_usd + 1), swing


TWO_WORKLOADS = parse_profile(
    {
        "name": "two that differ",
        "workload": [
            {
                "kind": "fine-tune",
                "gpu": "A100-80-SXM",
                "nodes": 22,
                "months": 16,
                "busy": 0.5,
                "plan_change_per_month": 0.1,
            },
            {
                "kind": "pre-train",
                "gpu": "A100-80-SXM",
                "nodes": 8,
                "months": 20,
                "busy": 0.9,
                "plan_change_per_month": 0.0,
            },
        ],
        "market": {"other_gpus": ["RTX-PRO-6000"]},
    },
    BOOK,
)


def test_at_todays_value_of_an_input_every_option_costs_what_it_costs_today() -> None:
    """Of two workloads that differ only the first is moved by its own fields: as a hair's breadth more shows."""
    costing = cost_options(TWO_WORKLOADS, BOOK)
    options = [option for option in costing.verdict.competitors if option.cost.option.choice is None]
    inputs = moved_inputs(TWO_WORKLOADS, costing.book, costing.case)
    today = [option.preference_usd for option in options]
    priced = PricedPoints(TWO_WORKLOADS, costing.case, options)(
        [(one, np.array([one.current * (1 if one.whole else 1 + 1e-9)])) for one in inputs]
    )
    for one, usd in zip(inputs, priced, strict=True):
        assert usd[:, 0] == pytest.approx(today, rel=1e-6), one.id


def test_an_input_that_two_workloads_take_from_the_book_moves_both() -> None:
    """A chance of a change that only the first workload leaves to the book moves without the second one's."""
    raw = TWO_WORKLOADS.model_dump(by_alias=True, exclude_none=True)
    first, second = ({name: work[name] for name in work if name != "plan_change_per_month"} for work in raw["workload"])
    both, one = (
        parse_profile({**raw, "workload": works}, BOOK) for works in ([first, second], [first, raw["workload"][1]])
    )
    for profile, moves_second in ((both, True), (one, False)):
        costing = cost_options(profile, BOOK)
        (moved,) = (m for m in moved_inputs(profile, costing.book, costing.case) if m.name == "plan_change_per_month")
        found = PricedPoints(profile, costing.case, costing.verdict.competitors)([(moved, np.array([0.2]))])[0][:, 0]
        works = [{**first, moved.name: 0.2}, {**second, moved.name: 0.2} if moves_second else raw["workload"][1]]
        again = cost_options(parse_profile({**raw, "workload": works}, BOOK), BOOK).verdict
        rented = [usd for usd, o in zip(found, costing.verdict.competitors, strict=True) if o.id == "on-demand"]
        assert rented == [pytest.approx(option_of(again, "on-demand").preference_usd)]


def test_a_workload_may_be_longer_than_a_plan_whose_last_one_starts_late_can_be() -> None:
    """Break-even has plans of up to 11 months here, beside a workload of 12."""
    work = {"kind": "fine-tune", "gpu": "A100-80-SXM", "nodes": 1}
    late = {**work, "months": 1, "start_month": 49}
    raw = {"name": "a gap", "workload": [{**work, "months": 1}, {**work, "months": 12}, late]}
    advice = advise(parse_profile(raw, BOOK), BOOK, paths=100)
    moved = [swing.input for swing in advice.sensitivity.swings]
    assert any("months" in str(one) for one in moved), moved


def test_figures_of_ones_own_gpu_move_no_option_on_another_also_where_it_rents_first_and_decides_later() -> None:
    """The RTX PRO 6000 has neither the A100's discount for three years nor a price of a node."""
    first = {"kind": "fine-tune", "gpu": "A100-80-SXM", "gpus": 1, "months": 1}
    service = {"kind": "inference", "gpu": "A100-80-SXM", "nodes": 8, "months": 52, "busy": 0.3, "mode": "always-on"}
    rest = {"job_nodes": 7, "start_month": 8, "plan_change_per_month": 0.0, "residual_share": 0.0, "base_busy": 0.01}
    market = {"rents_change_per_year": 0.0, "other_gpus": ["RTX-PRO-6000"], "tier": "hyperscaler"}
    raw = {"name": "elsewhere", "workload": [first, {**service, **rest, "base_share": 0.0}], "market": market}
    profile = parse_profile(raw, BOOK)
    costing = cost_options(profile, BOOK)
    options = [one for one in costing.verdict.competitors if one.id.startswith("RTX-PRO-6000:")]
    assert any(one.cost.option.choice for one in options)
    moved = [
        one for one in moved_inputs(profile, costing.book, costing.case) if one.section in ("gpu", "term_discount")
    ]
    points = [(one, np.array([0.9 * one.current])) for one in moved]
    for usd in PricedPoints(profile, costing.case, options)(points):
        assert usd[:, 0].tolist() == pytest.approx([option.preference_usd for option in options])


def test_a_whole_figure_is_never_moved_beyond_its_range() -> None:
    """Ranges in racks of 72 end between whole numbers: a volume discount from 0 racks on has no meaning."""
    own = {"volume_discount_from_nodes": 1.0, "volume_discount_per_doubling": 0.0}
    profile = a_profile({"kind": "fine-tune", "gpu": "GB300-NVL72", "nodes": 7, "months": 22}, rental=own)
    costing = cost_options(profile, BOOK)
    for one in moved_inputs(profile, costing.book, costing.case):
        for values in (one.first_values, one.spread(9)):
            assert one.low <= values.min() <= one.current <= values.max() <= one.high, one.id
    assert advise(profile, BOOK, 100).sensitivity.swings


_RUNS = {"kind": "fine-tune", "gpu": "MI325X", "runs_per_week": 1.5}
_LATER_RUNS = _RUNS | {"gpus": 24, "hours_per_run": 46.40214073674612, "months": 22, "start_month": 9}
A_PRICE_THAT_FALLS_WITH_RENTS = {  # what a sublet brings rises with rents by more than the contract costs
    "name": "a price that falls with rents",
    "workload": [
        _LATER_RUNS,
        _RUNS | {"gpus": 1, "hours_per_run": 1, "months": 7},
        _RUNS | {"gpus": 1, "hours_per_run": 1, "months": 1},
    ],
    "rental": {
        "idle_fill_share": 0.6755520856537939,
        "sublet_right_neocloud": 0.15591595840159836,
        "prepaid_share": 0.059211075275051664,
        "termination_fee_share": 0.0,
    },
    "quote": [{"option": "reserved", "months": 2, "usd_per_gpu_hour": 3.2261186008105263, "from": "S2"}],
}
A_LEAD_WITHOUT_END = {  # at one end of a range no other class is feasible
    "name": "a lead without end",
    "workload": [_LATER_RUNS, {"kind": "fine-tune", "gpu": "MI325X", "gpus": 1, "months": 1}],
    "quote": [{"option": "buy-used", "usd_per_node": 20_000}],
}

_SERVICE = {"kind": "inference", "gpu": "L40S", "gpus": 1}
A_GAP_AT_THE_DECISION = {  # in today's plan, where renting first is picked, and not in longer ones
    "name": "a gap at the decision",
    "workload": [_SERVICE | {"months": 2.2973}, _SERVICE | {"months": 14, "start_month": 5}],
    "quote": [{"option": "reserved", "months": 36, "usd_per_gpu_hour": 0.5}],
}


@quick_and_long
@settings(max_examples=examples(3, 500), deadline=None, derandomize=True)
@given(profiles())
@example(parse_profile(A_PRICE_THAT_FALLS_WITH_RENTS, BOOK))
@example(parse_profile(A_LEAD_WITHOUT_END, BOOK))
@example(parse_profile(A_GAP_AT_THE_DECISION, BOOK))
def test_a_flip_leads_to_another_class_or_back_from_one(profile: Profile) -> None:
    advice = advise(profile, BOOK, 100)
    classes = {option.id: option.option_class for option in advice.verdict.competitors}
    for flip in advice.sensitivity.flips:
        told = flip.input, flip.current, flip.flips_at, flip.to_option  # not the verdict, whose text is megabytes
        now = advice.verdict.pick and advice.verdict.pick.option_class
        assert flip.to_class == classes[flip.to_option], told
        nearer = [
            one
            for one in advice.sensitivity.flips
            if one.input == flip.input
            and one.sds_away < flip.sds_away
            and (one.flips_at < one.current) == (flip.flips_at < flip.current)
            and one.to_class != now
        ]
        assert flip.to_class != now or nearer, told
        assert flip.flips_at != flip.current, told


# Renting first is offered: its cost is a mean over moves of rents, by which another way to go on becomes the cheapest.
RENTS_FIRST = {
    "name": "rents first",
    "workload": [{"kind": "fine-tune", "gpu": "B200-SXM", "nodes": 1, "months": 7}],
    "gpu": {"lead_months": 0},
    "market": {"tier": "hyperscaler"},
}
BESIDE_A_NODE = RENTS_FIRST | {
    "workload": [{"kind": "fine-tune", "gpu": "B200-SXM", "nodes": 2, "months": 7}],
    "owned": [{"nodes": 1, "sells_for_usd_per_node": 300_000}],
}
BESIDE_A_CHEAPER_GPU = {
    "name": "rents first, beside a cheaper GPU",
    "workload": [
        {"kind": "fine-tune", "gpu": "GB300-NVL72", "gpus": 1, "months": 1},
        {"kind": "inference", "gpu": "GB300-NVL72", "gpus": 1, "months": 3, "start_month": 1},
    ],
    "market": {"other_gpus": ["A100-80-SXM"]},
}


@quick_and_long
@settings(max_examples=examples(4, 500), deadline=None, derandomize=True)
@given(profiles())
@example(parse_profile(RENTS_FIRST, BOOK))
@example(parse_profile(BESIDE_A_NODE, BOOK))
@example(parse_profile(BESIDE_A_CHEAPER_GPU, BOOK))
def test_an_option_costs_hardly_more_where_a_figure_is_hardly_more(profile: Profile) -> None:
    """A hair from its value every figure is priced again: on other GPUs too, and beside what is in hand."""
    costing = cost_options(profile, BOOK)
    options = costing.verdict.competitors
    today = [option.preference_usd for option in options]
    inputs = [
        one for one in moved_inputs(profile, costing.book, costing.case) if not (one.is_plan or one.whole) and options
    ]
    hair = [(one, np.array([one.current * (1 + 1e-9)])) for one in inputs]
    for one, usd in zip(inputs, PricedPoints(profile, costing.case, options)(hair), strict=True):
        assert usd[:, 0] == pytest.approx(today, rel=1e-6, abs=1e-3), one.id


def test_an_answer_that_returns_beyond_a_flip_is_told_so() -> None:
    """A node more or less turns the size of the base of a service, and with it the class, more than once."""
    advice = advise(sample("inference-8"), BOOK, 100)
    pick = present(advice.verdict.pick)
    flips, told = advice.sensitivity.flips, deeper_view(advice).changes
    for flip, statement in zip(flips, told[: len(flips)], strict=True):
        assert statement.text.endswith(" again") == (flip.to_class == pick.option_class)


def test_a_flip_at_hardly_anything_is_told_in_words_that_fit() -> None:
    """`Premium under 0.1%`, not `below under 0.1%`."""
    work = {"nodes": None, "busy": None, "months": 6, "training": {"parameters": 7e10, "tokens": 2e12}}
    told = [statement.text for statement in deeper_view(advise(a_profile(work), BOOK, 100)).changes]
    assert not [text for text in told if "below under" in text]


def test_some_profiles_flip_and_some_do_not() -> None:
    """So that the tests above are about something."""
    counts = [
        len(advise(profile_of(name), BOOK, 100).sensitivity.flips) for name in ("cluster-64", "frontier-lab-1000")
    ]
    assert counts[0] == 0
    assert counts[1] >= 2


def test_nothing_flips_where_nothing_fits() -> None:
    nothing = advise(a_profile(company={"cash_usd": 1.0}), BOOK, 100).sensitivity
    assert (nothing.flips, nothing.swings, nothing.steady) == ((), (), ())


def test_a_limit_in_nodes_of_eight_is_a_fraction_of_a_rack_and_moves_within_its_range() -> None:
    """From 4 to 16 nodes of eight are 4/9 to 16/9 racks, of which the lower end is not none."""
    profile = a_profile({"nodes": 2, "gpu": "GB300-NVL72"})
    costing = cost_options(profile, BOOK)
    found = {one.name: one for one in moved_inputs(profile, costing.book, costing.case)}
    assert found["volume_discount_from_nodes"].first_values == pytest.approx([4 / 9, 8 / 9, 16 / 9])
    for one in found.values():
        assert one.low <= one.first_values.min() <= one.first_values.max() <= one.high, one


def test_no_flip_is_told_where_the_class_of_the_pick_leads_only_by_a_right_to_leave() -> None:
    """A contract of 18 months that 30 % of the rest buys out of is the cheapest for 10 months; this right is not priced
    at other inputs, and without it a contract of 3 months is cheaper than all that are as long as the pick."""
    offer = {
        "option": "reserved",
        "months": 18,
        "usd_per_gpu_hour": 8.0,
        "termination_fee_share": 0.3,
        "free_months": 9,
    }
    profile = a_profile({"gpu": "B300-SXM", "nodes": 84, "months": 10, "busy": 0.16}, quote=[offer])
    advice = advise(profile, BOOK, 100)
    pick = present(advice.verdict.pick)
    assert pick.cost.option.decides_later
    told = [(flip.input, flip.to_class) for flip in advice.sensitivity.flips]
    assert told == []
