"""Models and services are sized with the book of the answer: by hand, wherever nodes are shown, and at many points."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of, other_cases, resized
from advisor.costing.case import Case
from advisor.costing.lineage import component_inputs
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import expected_usd
from advisor.decision.advise import advise
from advisor.decision.cost_options import cost_options
from advisor.decision.flips.moved_inputs import moved_inputs
from advisor.decision.flips.priced_points import PricedPoints
from advisor.explain.number_id import NumberId
from advisor.explain.what_if import tried
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import expected_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import figures_behind, size_of
from advisor.profiles.defaults import resolve
from advisor.profiles.form.edited_profile import nudged
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

Work = dict[str, Any]
TRAINING: Work = {"kind": "pre-train", "months": 12, "training": {"parameters": 70e9, "tokens": 2e12, "busy": 0.5}}
ADAPTING: Work = {"kind": "fine-tune", "months": 3, "training": {"parameters": 70e9, "tokens": 2e10, "adapters": True}}
SERVICE: Work = {"kind": "inference", "months": 12, "serving": {"model": "Llama-3-70B", "tokens_per_day": 4e9}}
PFLOPS: Work = {"kind": "fine-tune", "months": 12, "pflops": 40.0}
WORK: Mapping[str, Work] = {"training": TRAINING, "adapters": ADAPTING, "service": SERVICE, "pflops": PFLOPS}
SLOWER = {"sizing": {"model_flops_utilisation": 0.2}}


def profile_of(work: Mapping[str, Any], book: PriceBook = BOOK, **other: Any) -> Profile:
    return parse_profile({"name": "x", "workload": [{"gpu": "h100", **work}], **other}, book)


def book_with(figures: Mapping[str, Mapping[str, float]]) -> PriceBook:
    """The book with figures of sections, and those of the H100 under "gpu"."""
    sections = {name: values for name, values in figures.items() if name != "gpu"}
    return BOOK.overlaid(sections, "a test").with_gpu_figures("H100-SXM", figures.get("gpu", {}), "a test")


def gpus(profile: Profile, book: PriceBook) -> float:
    """The GPUs of the one workload of a profile."""
    own = own_book(profile, book)
    return float(size_of(profile.workload[0], own.assumptions("H100-SXM")).nodes) * 8


@pytest.mark.parametrize(
    ("work", "figures", "before", "after"),
    [
        # 6 x 70e9 x 2e12 / (0.40 x 989e12) / 3600 = 589,821 GPU-hours / (730 x 12 x 0.5) = 134.7 GPUs, twice the hours
        (TRAINING, SLOWER, 135, 270),
        (TRAINING, {"sizing": {"training_flops_per_parameter_token": 8.0}}, 135, 180),
        (TRAINING, {"gpu": {"peak_flops_per_second": 494.5e12}}, 135, 270),
        (TRAINING, {"rental": {"hours_per_month": 500.0}}, 135, 197),
        # 70 GB x (2 + 0.01 x 16) = 151 GB on GPUs of 60 usable GB, then of 16
        (ADAPTING, {"sizing": {"memory_headroom_share": 0.8}}, 4, 10),
        (ADAPTING, {"gpu": {"gpu_memory_gb": 40.0}}, 4, 6),
        (PFLOPS, {"gpu": {"peak_flops_per_second": 500e12}}, 41, 80),
    ],
)
def test_a_figure_of_the_book_changes_the_gpus(
    work: dict[str, Any], figures: dict[str, dict[str, float]], before: float, after: float
) -> None:
    was, now = (gpus(profile_of(work, book), book) for book in (BOOK, book_with(figures)))
    assert (round(was, 6), round(now, 6)) == (before, after)


def test_a_service_is_sized_with_the_figures_of_the_book() -> None:
    """Its peak is the mean over the utilization of a service, and its requests are those of a profile that says so."""
    busier, usual = book_with({"plan": {"busy_inference_share": 0.9}}), BOOK.figure("plan.busy_inference_share").value
    assert gpus(profile_of(SERVICE), busier) / gpus(profile_of(SERVICE), BOOK) == pytest.approx(usual / 0.9)
    book = book_with({"sizing": {"serving_tokens_in": 3000.0}})
    said = {**SERVICE, "serving": {**SERVICE["serving"], "tokens_in": 3000.0}}
    assert gpus(profile_of(SERVICE, book), book) == pytest.approx(gpus(profile_of(said), BOOK))
    assert gpus(profile_of(SERVICE), BOOK) != pytest.approx(gpus(profile_of(said), BOOK))


def test_what_the_profile_says_wins_over_the_book() -> None:
    own = {**TRAINING, "training": {**TRAINING["training"], "share_of_peak": 0.4}}
    assert gpus(profile_of(own), book_with(SLOWER)) == gpus(profile_of(own), BOOK) == 135
    peak = {"peak_flops_per_second": 494.5e12}
    assert gpus(profile_of(PFLOPS, BOOK, gpu=peak), book_with({"gpu": {"peak_flops_per_second": 5e14}})) == 81
    teraflops = {**own, "training": {**own["training"], "gpu_teraflops": 989.0}}
    assert gpus(profile_of(teraflops), book_with({"gpu": peak})) == 135


def written(tmp_path: Path, work: str) -> tuple[str, str]:
    """A profile with a training and a book in which it takes twice the GPUs, as files."""
    profile, book = tmp_path / "model.toml", tmp_path / "book.toml"
    profile.write_text(f'name = "model"\n[[workload]]\nkind = "pre-train"\nmonths = 12\n{work}')
    book.write_text("[sizing]\nmodel_flops_utilisation = 0.2\n")
    return str(profile), str(book)


def test_every_command_sizes_with_the_same_book(tmp_path: Path) -> None:
    """Twice the GPUs in the answer, the memo and its JSON, a sweep and `size`."""
    profile, book = written(tmp_path, "[workload.training]\nparameters = 70e9\ntokens = 2e12\nbusy = 0.5\n")
    with_book = ["--book", book]
    assert run_here(["advise", profile, *with_book]).out.splitlines()[1].startswith("272 GPUs (34 nodes)")  # whole ones
    report = json.loads(run_here(["report", profile, "--json", *with_book]).out)
    assert "1,179,643 GPU-hours" in json.dumps(report)
    table = run_here(["sweep", profile, "--set", "months=6,12", *with_book]).out.splitlines()
    assert table[2] == run_here(["sweep", profile, "--set", "months=12", *with_book]).out.splitlines()[1]
    assert table[2] != run_here(["sweep", profile, "--set", "months=12"]).out.splitlines()[1]
    sized = run_here(
        ["size", "--params", "70e9", "--tokens", "2e12", "--months", "12", "--busy", "0.5", *with_book]
    ).out
    assert "1,179,643 GPU-hours" in sized


def test_the_form_shows_and_moves_what_the_book_gives() -> None:
    """The utilization follows from the hours; more tokens are typed as tokens, whatever the book says."""
    book = book_with(SLOWER)
    few = {**ADAPTING, "training": {**ADAPTING["training"], "tokens": 1e9}}  # on the GPUs that hold the model
    profile = profile_of(few, book)

    def busy(book: PriceBook) -> str:
        return next(field.shown for field in form_fields(profile, book) if field.path[-1] == "busy")

    assert float(busy(book)) == pytest.approx(2 * float(busy(BOOK)), abs=0.02)
    assert nudged(profile, ("workload", 0, "nodes"), 1, book) == nudged(profile, ("workload", 0, "nodes"), 1, BOOK)


def at_points(profile: Profile, case: Case, own: Assumptions, figures: Mapping[tuple[str, str], Any]) -> Case:
    """A case with figures moved, and its work sized again."""

    def moved(assumptions: Assumptions) -> Assumptions:
        for (section, name), value in figures.items():
            assumptions = replace(assumptions, **{section: replace(getattr(assumptions, section), **{name: value})})
        return assumptions

    there, of_own = case.with_assumptions(moved(case.assumptions)), moved(own)
    works = [resolve(workload, profile.company, there.assumptions, of_own) for workload in profile.workload]
    return resized(profile, there, works, of_own)


MOVED = {  # five points, more than one value changed at a time in the last two
    ("sizing", "model_flops_utilisation"): (0.4, 0.3, 0.4, 0.2, 0.5),
    ("sizing", "memory_headroom_share"): (0.25, 0.25, 0.7, 0.6, 0.1),
    ("sizing", "training_flops_per_parameter_token"): (6.0, 6.0, 6.0, 8.0, 7.0),
    ("sizing", "serving_tokens_in"): (1024.0, 3000.0, 1024.0, 128.0, 2000.0),
    ("sizing", "serving_flops_per_parameter_token"): (2.0, 2.0, 2.5, 2.5, 2.2),
    ("plan", "busy_inference_share"): (0.5, 0.5, 0.5, 0.3, 0.9),
    ("rental", "hours_per_month"): (730.0, 730.0, 730.0, 700.0, 740.0),
}


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("own_gpu", [True, False], ids=["on its GPU", "on another"])
def test_each_point_of_a_batch_is_sized_and_costs_as_alone(name: str, own_gpu: bool) -> None:
    growing = {"growth_per_month": 0.02} if name == "service" else {}
    profile = profile_of({**WORK[name], **growing}, market={"other_gpus": ["B200-SXM"]})
    base, own = case_of(profile, BOOK), BOOK.assumptions("H100-SXM")
    case = base if own_gpu else next(other_cases(profile, BOOK))
    batch = at_points(profile, case, own, {path: np.array(values)[:, None] for path, values in MOVED.items()})
    options, forecast = plain_options(batch), expected_forecast(case.assumptions, None)
    for point in range(5):
        alone = at_points(profile, case, own, {path: values[point] for path, values in MOVED.items()})
        assert batch.demand.alive.nodes[point, : alone.demand.months] == pytest.approx(alone.demand.alive.nodes)
        found = {option.id: option for option in plain_options(alone)}
        for option in options:
            usd = expected_usd(option, batch, forecast)[point]
            assert usd == pytest.approx(float(expected_usd(found[option.id], alone, forecast)), rel=1e-9), option.id
    assert np.unique(batch.demand.alive.nodes[:, 0]).size > 1 or name == "pflops"


@pytest.mark.parametrize("name", WORK)
def test_a_size_moves_with_the_figures_it_names_and_with_no_others(name: str) -> None:
    """Each figure for sizing, of the H100 and of utilization, twice as much or half: where GPUs or their utilization
    move, it is named; what is named moves one of them, but for memory and limits, which bind or do not."""
    profile = profile_of(WORK[name])
    named = set(figures_behind(profile.workload[0], "H100-SXM"))
    loose = {"H100-SXM.gpu_memory_gb", "sizing.memory_headroom_share", "sizing.serving_flops_per_parameter_token"}
    loose |= {"sizing.training_bytes_per_parameter", "sizing.adapter_share"}
    tried_paths = [f"sizing.{one}" for one in BOOK.sections["sizing"]]
    tried_paths += [f"plan.{one}" for one in BOOK.sections["plan"] if one.startswith("busy_")]
    tried_paths += [f"H100-SXM.{one}" for one in ("peak_flops_per_second", "gpu_memory_gb", "throughput_inference")]

    def size(book: PriceBook) -> tuple[float, float | None]:
        found = size_of(profile.workload[0], book.assumptions("H100-SXM"))
        return float(found.nodes), None if found.busy is None else float(found.busy)

    moved = set()
    for path in tried_paths:
        section, _, figure = path.partition(".")
        for times in (0.6, 1.9):
            value = BOOK.figure(path).value * times
            low, high = BOOK.figure(path).bounds
            if low <= value <= high:
                book = book_with({"gpu" if section == "H100-SXM" else section: {figure: value}})
                moved |= {path} if size(book) != size(BOOK) else set()
    assert moved <= named
    assert named - moved <= loose | {path for path in named if "token_seconds" in path}


def test_flips_and_swings_name_the_figures_of_sizing_and_can_be_tried() -> None:
    """The share of peak is moved like any other figure, on the GPU and on others, and tried as the profile's own."""
    advice = advise(profile_of(TRAINING, market={"other_gpus": ["B200-SXM"]}), BOOK, 100)
    swing = next(one for one in advice.sensitivity.swings if one.input.path == "sizing.model_flops_utilisation")
    moved, text = tried(NumberId.swing(swing), advice, BOOK)
    training = present(moved.workload[0].training)
    assert training.share_of_peak in (pytest.approx(swing.low), pytest.approx(swing.high))
    assert text.startswith("FLOPs utilization, training")
    inputs = [one for one in moved_inputs(advice.profile, advice.book, advice.costing.case) if one.section == "sizing"]
    options = [one for one in advice.verdict.competitors if one.cost.option.choice is None]
    price = PricedPoints(advice.profile, advice.costing.case, options)
    for one, usd in zip(inputs, price([(one, np.array([one.low, one.high])) for one in inputs]), strict=True):
        for column, value in enumerate((one.low, one.high)):
            again = cost_options(advice.profile, book_with({"sizing": {one.name: value}})).verdict.ranked
            found = {option.id: option.preference_usd for option in again if option.cost.option.choice is None}
            for option, cost in zip(options, usd[:, column], strict=True):
                if option.id in found and np.isfinite(cost) and not option.id.startswith("hybrid"):
                    assert cost == pytest.approx(found[option.id], rel=1e-9), (one.id, option.id)


def test_the_costs_of_an_answer_name_what_the_size_follows_from() -> None:
    profile = profile_of(SERVICE)
    costing = cost_options(profile, BOOK)
    rent = next(cost for cost in costing.costs if cost.option.id == "on-demand")
    inputs = {str(one) for one in component_inputs(rent, profile, costing.book)["rent"]}
    assert {"sizing.serving_tokens_in", "plan.busy_inference_share", "H100-SXM.peak_flops_per_second"} <= inputs
