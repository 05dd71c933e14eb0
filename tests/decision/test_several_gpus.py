"""Workloads on several GPUs: each group is decided as one, and one company pays for all."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.decision.advise import advise
from advisor.decision.cash.limit import cash_needed_usd
from advisor.decision.joint.joint_advice import JointAdvice, advise_jointly, cost_jointly
from advisor.decision.joint.joint_cash import joint_cash
from advisor.decision.sampled_costs import SampledCosts
from advisor.errors import InputError
from advisor.profiles.gpu_groups import groups_of, with_group
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.board_memo import RunOptions
from advisor.reports.formats.text import text_report
from advisor.reports.joint.joint_text import joint_report, linear_joint_report
from advisor.reports.joint.joint_view import joint_view
from advisor.reports.write_as import advice_as
from tests.support.app_driver import TODAY
from tests.support.json_contracts import keeps_contract
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, sample

TRAINING = {"kind": "pre-train", "gpu": "H100-SXM", "nodes": 16, "months": 12}
SERVING = {"kind": "inference", "gpu": "L40S", "nodes": 6, "months": 24}
PATHS = 200


def both(**company: Any) -> Profile:
    return parse_profile({"name": "Both", "workload": [TRAINING, SERVING], "company": company}, BOOK)


def answered(**company: Any) -> JointAdvice:
    return advise_jointly(both(**company), BOOK, PATHS)


def test_a_profile_of_one_gpu_is_answered_as_before() -> None:
    profile = sample("pre-train-16")
    joint, alone = advise_jointly(profile, BOOK, PATHS), advise(profile, BOOK, PATHS)
    assert joint.is_of_one_gpu
    assert joint.parts[0].profile is profile
    assert joint_report(joint, TODAY) == text_report(alone, TODAY)
    pick = present(alone.verdict.pick)
    assert present(joint.spread).p95_usd == pytest.approx(alone.risk.spreads[pick.id].p95_usd, rel=1e-12)
    assert joint.choice.expected_usd == pick.cost.expected_usd


def test_two_names_of_one_gpu_are_one_group() -> None:
    profile = parse_profile({"name": "One", "workload": [TRAINING, {**TRAINING, "gpu": "h100"}]}, BOOK)
    assert groups_of(profile, BOOK) == (profile,)


def test_each_group_is_decided_as_a_profile_of_its_own() -> None:
    joint = answered(cash_usd=1e9, burn_usd_per_month=1e5)
    for part, work in zip(joint.parts, (TRAINING, SERVING), strict=True):
        company = {"cash_usd": 1e9, "burn_usd_per_month": 1e5}
        alone = advise(parse_profile({"name": "One", "workload": [work], "company": company}, BOOK), BOOK, PATHS)
        assert [(o.id, o.cost.expected_usd) for o in part.verdict.ranked] == [
            (o.id, o.cost.expected_usd) for o in alone.verdict.ranked
        ]
    assert joint.choice.choices == joint.choice.picks
    assert joint.choice.expected_usd == pytest.approx(sum(cost.expected_usd for cost in joint.choice.costs), rel=1e-12)


def test_the_cash_of_one_option_is_its_own() -> None:
    profile = sample("cluster-64")
    (costing,), choice = cost_jointly(profile, BOOK)
    cost = choice.costs[0]
    assert joint_cash([cost]).needed_usd(profile.company) == pytest.approx(
        cash_needed_usd(cost, profile.company), rel=1e-9
    )
    assert joint_cash([cost]).peak_outlay_usd == pytest.approx(cost.peak_outlay_usd, rel=1e-9)
    assert costing.verdict.pick is choice.choices[0]


def test_cash_flows_add_up_on_the_same_cases() -> None:
    """The mean of the joint flows is the sum of the means, and the worst case the sum of the worst."""
    costs = answered().choice.costs
    joint = joint_cash(costs)
    weights, flows = joint.cash.weights, joint.cash.flows_usd
    assert weights.sum() == pytest.approx(1)
    mean, summed = np.tensordot(weights, flows, 2), np.zeros(flows.shape[-1])
    for cost in costs:
        own = np.tensordot(cost.cash.weights, cost.cash.flows_usd, 2)
        summed[: own.size] += own
    assert mean == pytest.approx(summed, rel=1e-9, abs=1e-3)


def test_the_total_spreads_as_the_sum_on_each_path() -> None:
    joint = answered()
    total = np.zeros(PATHS)
    for part, cost in zip(joint.parts, joint.choice.costs, strict=True):
        total += SampledCosts([cost], part.costing.forecast, PATHS, 0).costs_by_path()[0]
    assert present(joint.spread).p5_usd == pytest.approx(np.sort(total)[10])
    assert present(joint.spread).p95_usd == pytest.approx(np.sort(total)[-11])
    assert joint.choice.expected_usd == pytest.approx(total.mean(), rel=0.02)


def test_the_cheapest_combination_that_the_cash_pays_for_is_taken() -> None:
    """As found by trying all combinations, for amounts of cash between those that pay for all and for nothing."""
    rich = answered(cash_usd=1e9, burn_usd_per_month=300_000)
    need = present(rich.choice.picks_need_usd)
    seen = set()
    for share in (1.001, 0.999, 0.93, 0.88):
        joint = answered(cash_usd=share * need, burn_usd_per_month=300_000)
        company, menus = joint.profile.company, [part.verdict.ranked for part in joint.parts]
        payable = [
            sum(option.preference_usd for option in options)
            for options in product(*([one for one in menu if one.feasible] for menu in menus))
            if joint_cash([option.cost for option in options]).needed_usd(company) <= share * need
        ]
        taken = [one.preference_usd for one in joint.choice.choices if one is not None]
        picks_fit = joint.choice.picks_need_usd is not None and joint.choice.picks_need_usd <= share * need
        seen.add((picks_fit, bool(payable)))
        if picks_fit:
            assert joint.choice.choices == joint.choice.picks
        elif payable:
            assert sum(taken) == pytest.approx(min(payable))
            assert any("since the cash does not pay for" in one for one in joint_view(joint).sentences)
            assert "pays for all" in joint_view(joint).cash[0]
        else:
            assert joint.choice.short_usd > 0
            assert "short" in joint_view(joint).cash[0]
    assert len(seen) > 1, "not every amount of cash has the same outcome"


def test_cash_that_pays_for_no_combination_is_said() -> None:
    alone = [cash_needed_usd(cost, both().company) for cost in answered().choice.costs]
    joint = answered(cash_usd=1.02 * max(alone))
    assert joint.choice.short_usd > 0 or joint.choice.changed or not joint.choice.complete


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"quote": [{"option": "on-demand", "usd_per_gpu_hour": 3.0}]}, "quote 1, gpu: found nothing; allowed: one of"),
        ({"quote": [{"option": "on-demand", "usd_per_gpu_hour": 3.0, "gpu": "B200-SXM"}]}, "quote 1, gpu"),
        ({"commitment": [{"nodes": 1, "months_left": 2, "usd_per_gpu_hour": 1}]}, "commitment 1, gpu: found nothing"),
        ({"gpu": {"node_usd": 1e5}}, "gpu: found figures of one GPU with H100-SXM and L40S; allowed: [gpu.NAME]"),
    ],
)
def test_what_is_about_one_gpu_says_which(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        parse_profile({"name": "Both", "workload": [TRAINING, SERVING], **more}, BOOK)
    assert said in str(error.value)


def test_an_offer_is_used_for_its_gpu_alone() -> None:
    offer = {"option": "on-demand", "usd_per_gpu_hour": 0.5, "gpu": "l40s"}
    profile = parse_profile({"name": "Both", "workload": [TRAINING, SERVING], "quote": [offer]}, BOOK)
    groups = groups_of(profile, BOOK)
    assert [len(group.quote) for group in groups] == [0, 1]
    edited = groups[0].model_copy(update={"workload": (groups[0].workload[0].model_copy(update={"nodes": 3}),)})
    whole = with_group(profile, "H100-SXM", edited, BOOK)
    assert [work.nodes for work in whole.workload] == [3, 6]
    assert whole.quote == profile.quote


def test_one_answer_for_one_gpu_refuses_several() -> None:
    with pytest.raises(InputError, match="workloads on H100-SXM and L40S"):
        advise(both(), BOOK, PATHS)


def test_reports_say_what_is_taken_on_each_gpu_and_together() -> None:
    joint = answered(cash_usd=50e6, burn_usd_per_month=1e5)
    view = joint_view(joint)
    plain, aloud = joint_report(joint, TODAY), linear_joint_report(joint, TODAY)
    assert max(map(len, plain.splitlines())) <= 79
    for text in (plain.replace("\n  ", " "), aloud, advice_as("md", joint, RunOptions(TODAY, PATHS, 0), None)):
        for part, row in zip(joint.parts, view.rows, strict=False):
            assert part.gpu.label in text
            assert row.cost in text
    assert "L40S: What each option costs" in advice_as("html", joint, RunOptions(TODAY, PATHS, 0), None)
    table = advice_as("csv", joint, RunOptions(TODAY, PATHS, 0), None).splitlines()
    assert {line.split(",")[0] for line in table[1:]} == {"H100-SXM", "L40S"}


def test_json_has_the_answer_on_each_gpu() -> None:
    joint = answered(cash_usd=50e6)
    text = advice_as("json", joint, RunOptions(TODAY, PATHS, 0), Path("both.toml"))
    keeps_contract("report", text)
    told = json.loads(text)
    groups = told["several_gpus"]["groups"]
    assert [group["gpu"] for group in groups] == ["H100-SXM", "L40S"]
    assert [group["answer"]["market"]["gpu"] for group in groups] == ["H100-SXM", "L40S"]
    assert told["several_gpus"]["expected_usd"] == pytest.approx(sum(group["expected_usd"] for group in groups))
    assert told["market"]["gpu"] == "H100-SXM", "the costliest"


def test_an_offer_is_judged_for_the_work_on_its_gpu() -> None:
    asked = ["offers", "train-and-serve", "--add"]
    done = run_here([*asked, "12 months L40S $1.00/gpu-hour"])
    assert done.code == 0, done.err
    assert "L40S" in done.out
    unclear = run_here([*asked, "12 months $1.00/gpu-hour"])
    assert unclear.code == 1
    assert "H100-SXM" in unclear.err
    assert "L40S" in unclear.err


def test_a_case_is_of_one_gpu() -> None:
    with pytest.raises(InputError, match="workloads on H100-SXM and L40S; allowed: one GPU here"):
        case_of(sample("train-and-serve"), BOOK)


def a_month_on(*gpus: str, **tables: Any) -> Profile:
    """A node of each for six months, half of the time, in a plan that nothing changes."""
    work = {"kind": "fine-tune", "nodes": 1, "months": 6, "busy": 0.5, "plan_change_per_month": 0}
    return parse_profile({"name": "Credits", "workload": [{**work, "gpu": gpu} for gpu in gpus], **tables}, BOOK)


def total_usd(profile: Profile) -> float:
    return cost_jointly(profile, BOOK)[1].expected_usd


@pytest.mark.parametrize("usd", [20_000, 40_000, 70_000, 200_000])
def test_credits_pay_for_the_hours_of_one_gpu_once(usd: float) -> None:
    """On either GPU first, what it leaves of them then on the other; they were counted in full on both."""
    gpus, ways = ("H100-SXM", "L40S"), []
    for first, second in (gpus, gpus[::-1]):
        (costing,), choice = cost_jointly(a_month_on(first, credit=[{"usd": usd}]), BOOK)
        undiscounted = choice.costs[0].undiscounted_components.get("credits", 0.0)
        left = usd + undiscounted
        rest = a_month_on(second, **({"credit": [{"usd": left}]} if left > 0.01 else {}))
        ways.append(costing.verdict.pick.cost.expected_usd + total_usd(rest))  # type: ignore[union-attr]  # a pick
    found = total_usd(a_month_on(*gpus, credit=[{"usd": usd}]))
    assert found == pytest.approx(min(ways), rel=1e-9)
    assert found > total_usd(a_month_on(*gpus)) - usd


def test_credits_pay_once_where_the_cash_pays_for_something_else_than_the_picks() -> None:
    """Nodes are bought in place of the marketplace and rented until they come; the pick had left all to the other GPU,
    so that $60,000 of $30,000 were paid with."""
    works = [
        {"kind": "fine-tune", "gpu": gpu, "nodes": 1, "months": months, "busy": busy, "plan_change_per_month": 0}
        for gpu, months, busy in (("H100-SXM", 36, 0.7), ("L40S", 6, 0.9))
    ]
    raw = {"name": "Credits", "workload": works, "credit": [{"usd": 30_000}]}
    _, choice = cost_jointly(parse_profile({**raw, "company": {"cash_usd": 650_000}}, BOOK), BOOK)
    assert choice.changed == (0,)
    used = -sum(cost.undiscounted_components.get("credits", 0.0) for cost in choice.costs)
    assert used == pytest.approx(30_000, rel=1e-6)


def test_an_edit_on_one_gpu_leaves_the_credits_as_they_are() -> None:
    profile = a_month_on("H100-SXM", "L40S", credit=[{"usd": 20_000}])
    part = advise_jointly(profile, BOOK, PATHS).parts[0]
    assert with_group(profile, "H100-SXM", part.profile, BOOK).credit == profile.credit
