"""PROFILE as a plan in words: what is read, that it answers as a profile of the same values, and what is refused."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.profiles.form.plan_in_words import plan_from
from advisor.values.quick_dataclass import replace
from screens.views.verdict import VerdictScreen
from tests.support.app_driver import press, request, running, screen_text
from tests.support.long_runs import examples, quick_and_long
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

ASKED_THEN = replace(BOOK, day=date(2026, 11, 30))
PLAN = "train 128 H100 for 2 years at 85%"
SAME = """schema = 1
name = "Lab"
[[workload]]
kind = "pre-train"
gpus = 128
months = 24
busy = 0.85
[company]
stage = "series-a"
"""


@pytest.mark.parametrize(
    ("text", "kind", "work"),
    [
        (PLAN, "pre-train", {"gpus": 128, "months": 24, "busy": 0.85}),
        ("Pre-training on 16 nodes for 3 months", "pre-train", {"nodes": 16, "months": 3}),
        ("fine-tune 8 B200 for a quarter", "fine-tune", {"gpus": 8, "gpu": "B200-SXM", "months": 3}),
        ("train a 7B model on 2T tokens in 2 months", "pre-train", {"months": 2}),
        ("fine-tune Llama-3.3-70B on 100M tokens", "fine-tune", {}),
        ("serve a 70B model to 20k users a day", "inference", {}),
        ("transcribe 3000 audio hours a day at 40x", "inference", {}),
        ("we need to rent 10k H100 for a year", "pre-train", {"gpus": 10_000, "months": 12}),
        ("32 GPUs, 18 months", "fine-tune", {"gpus": 32, "months": 18}),
        ("serving on 8 L40S for a year", "inference", {"gpus": 8, "gpu": "L40S", "months": 12}),
        # what is not said is what is most likely
        ("8 H100 for a year", "fine-tune", {"gpus": 8, "months": 12}),
        ("64 H100 for a year", "pre-train", {"gpus": 64, "months": 12}),
        ("3 runs a week of 10 h on 8 gpus", "fine-tune", {"runs_per_week": 3, "hours_per_run": 10, "gpus": 8}),
        ("we want to train 128 H100s\nfor two years\nat 85%", "pre-train", {"gpus": 128, "months": 24, "busy": 0.85}),
        ("7B 1T", "pre-train", {}),
        ("70B 1B lora", "fine-tune", {}),
        ("70B 400M tokens/day", "inference", {}),
        ("70B 20k users", "inference", {}),
        ("200k images/day 6 s on L40S", "inference", {"gpu": "L40S"}),
        # asked as people ask it, and in any order
        ("should we rent or buy 64 GPUs for 3 years?", "pre-train", {"gpus": 64, "months": 36}),
        ("is buying 64 H100 cheaper than renting for 2 years?", "pre-train", {"gpus": 64, "months": 24}),
        ("is it worth buying 64 GPUs instead of renting them for a year?", "pre-train", {"gpus": 64, "months": 12}),
        ("buy 8 nodes of H100 vs rent for 3 years", "pre-train", {"nodes": 8, "months": 36}),
        (
            "how many H200 do we need to train 7B on 1T tokens in 2 months?",
            "pre-train",
            {"gpu": "H200-SXM", "months": 2},
        ),
        ("we need 512 GPUs for a 6 month training run", "pre-train", {"gpus": 512, "months": 6}),
        ("64 H100 for inference for 2 years", "inference", {"gpus": 64, "months": 24}),
        ("inference for 3 years on 16 H100", "inference", {"gpus": 16, "months": 36}),
        ("32 nodes H100, pre-training, 2 years", "pre-train", {"nodes": 32, "months": 24}),
        ("RL training on 64 H200 for 9 months", "pre-train", {"gpus": 64, "gpu": "H200-SXM", "months": 9}),
        ("LoRA fine-tuning on 1 node, 3 months", "fine-tune", {"nodes": 1, "months": 3}),
        ("a 12 month contract for 64 H100s or buy?", "pre-train", {"gpus": 64, "months": 12}),
        ("training run of 3 months on 1024 H100", "pre-train", {"gpus": 1024, "months": 3}),
        ("rent vs buy: 8x H100 node, 3 years", "fine-tune", {"gpus": 8, "months": 36}),  # never eight nodes
        ("research cluster of 32 GPUs for 5 years", "fine-tune", {"gpus": 32, "months": 60}),
        ("inference for a chatbot with 50k users on a 13B model", "inference", {}),
        ("stable diffusion: 1M images a month, 4 s each", "inference", {}),
        ("serve a 70B model to 20k users a day growing to 100k users in a year", "inference", {"months": 12}),
        # the GPUs say how long a training takes
        ("train a 13B model on 1T tokens with 64 H100", "pre-train", {"months": 1.38}),
        ("how long to pre-train 7B on 2T tokens using 32 nodes of B200?", "pre-train", {"months": 0.1633}),
        ("LoRA fine-tune 70B on 1B tokens with 8 H100", "fine-tune", {"months": 0.07}),
        ("70B on 2T tokens within 4 months on B200", "pre-train", {"gpu": "B200-SXM", "months": 4}),
        ("fine-tune llama 70B on 8 H100s for a year", "fine-tune", {"gpus": 8, "months": 12}),
        ("64 H100 24/7 for 2 years", "pre-train", {"gpus": 64, "months": 24, "busy": 1.0}),
        ("serve on 16 H100 24/7 for 2 years", "inference", {"gpus": 16, "months": 24, "busy": 0.775}),  # up, not busy
        ("64 H100 from March 2027 for 2 years", "pre-train", {"gpus": 64, "months": 24, "start_month": 3}),
        ("64 H100 starting 1 March 2027 until February 2029", "pre-train", {"months": 24.03, "start_month": 3}),
        ("4 training runs a year of 64 H100 for 3 weeks each", "pre-train", {"gpus": 64, "weeks_per_year": 12}),
        ("fine-tune 8 GPUs 10 hours a week for a year", "fine-tune", {"gpus": 8, "gpu_hours_per_month": 347.619048}),
        ("can we afford 64 H100 on demand for a year?", "pre-train", {"gpus": 64, "months": 12}),
        ("64 H100 for 2 years. Is buying cheaper?", "pre-train", {"gpus": 64, "months": 24}),
        ("8 runs a week of 30 minutes on a machine of 4 L4", "fine-tune", {"gpus": 4, "gpu": "L4"}),
        ("sixty-four H100 for ten more months", "pre-train", {"gpus": 64, "months": 10}),
        ("two hundred H100 for a year", "pre-train", {"gpus": 200}),
        ("64 H100 until the end of next year", "pre-train", {"months": 13.05}),
        ("64 H100 from next year until the end of next year", "pre-train", {"months": 12.0, "start_month": 1}),
        ("64 H100 until year end", "pre-train", {"months": 1.05}),
        (
            "64 H100 for 3 months then 128 for a year",
            "pre-train",
            {"gpus_by_month": (64, 64, 64, 128), "months": 15},
        ),
        ("8 nodes of H100 for 1 month then 16 nodes for a year", "pre-train", {"nodes_by_month": (8, 16)}),
        (
            "training: 10 jobs a week, 4 hours each on 8 H100",
            "pre-train",
            {"runs_per_week": 10, "hours_per_run": 4, "gpus": 8},
        ),
        ("38 test runs a week, 15 minutes each on 4 L4", "fine-tune", {"runs_per_week": 38, "hours_per_run": 0.25}),
        (
            "one A100 for speech inference, 409 hours a month, for a year",
            "inference",
            {"gpu": "A100-80-SXM", "gpus": 1, "gpu_hours_per_month": 409, "months": 12},
        ),
        ("1000 GPU hours a month of H200 for a year", "fine-tune", {"gpu": "H200-SXM", "gpu_hours_per_month": 1000}),
        ("should we rent H200 for serving 70B 400M tokens a day?", "inference", {"gpu": "H200-SXM"}),
        ("100 A100s, 8 hours a day, for 3 years", "pre-train", {"gpus": 100, "gpu": "A100-80-SXM", "months": 36}),
    ],
)
def test_a_line_of_words_is_a_plan(text: str, kind: str, work: dict[str, Any]) -> None:
    workload = plan_from(text, ASKED_THEN)[0].workload[0]
    assert workload.kind == kind
    assert {name: getattr(workload, name) for name in work} == work


@pytest.mark.parametrize(
    ("text", "serving"),
    [
        ("serve 70B in fp8, 400M tokens a day", {"precision": "fp8", "tokens_per_day": 4e8}),
        ("20k users with 10 requests a day each on 70B", {"requests_per_day": 2e5, "requests_per_user_day": 10}),
        ("20k users a day, 10 requests each on 70B", {"requests_per_day": 2e5, "requests_per_user_day": 10}),
        # the bill of all tokens: 40,000 * 12 / 365 / 400
        ("serve 70B 400M tokens a day or $40k a month", {"api_output_usd": pytest.approx(3.287671)}),
        (
            "10k queries a day of 45 seconds each on 2 H100 or $0.007 each",
            {"gpu_seconds_per_request": 45, "gpus_per_replica": 2, "api_usd_per_request": 0.007},
        ),
    ],
)
def test_a_service_is_said_in_the_words_of_its_owner(text: str, serving: dict[str, Any]) -> None:
    found = plan_from(text, ASKED_THEN)[0].workload[0].serving
    assert {name: getattr(found, name) for name in serving} == serving


@pytest.mark.parametrize(
    ("said", "offers"),
    [
        (", on demand at $4 an hour", {("on-demand", None): 4.0}),
        (", rent at $4/hr or buy at $30k a GPU", {("on-demand", None): 4.0, ("buy", None): 240_000}),
        ("? We now pay $4/h on demand today", {("on-demand", None): 4.0}),
        (", 12 months reserved at $2.10", {("reserved", 12): 2.1}),  # never 36 months
        (" at $2.10/GPU-h reserved for a year", {("reserved", 12): 2.1}),
        (", $2.45/GPU/hr on a 12 month contract, series A", {("reserved", 12): 2.45}),
        (", reserve for 2 years at $1.95/h vs buy at $280k per node", {("reserved", 24): 1.95, ("buy", None): 280_000}),
        (
            ". On demand is $4.48/hr, one year reserved is $2.51. When is the reservation worth it?",
            {("on-demand", None): 4.48, ("reserved", 12): 2.51},
        ),
    ],
)
def test_prices_of_a_plan_are_offers(said: str, offers: dict[tuple[str, int | None], float]) -> None:
    plan = plan_from(f"We have $6M in the bank and need 64 H100 for 2 years{said}", BOOK)[0]
    found = {(one.option, one.months): one.usd_per_gpu_hour or one.usd_per_node for one in plan.quote}
    assert found == offers
    assert (plan.workload[0].gpus, plan.workload[0].months, plan.company.cash_usd) == (64, 24, 6e6)


def test_which_gpu_may_be_asked() -> None:
    """All that come in servers are compared where none is named; else those that are."""
    named = plan_from("should we use H100, H200 or B200 to train 7B on 2T tokens in 2 months?", BOOK)[0]
    assert (named.workload[0].gpu, named.market.other_gpus) == ("H100-SXM", ("H200-SXM", "B200-SXM"))
    asked = plan_from("which GPU should we use to train 7B on 2T tokens in 2 months?", BOOK)[0]
    assert {"H200-SXM", "B200-SXM", "MI300X"} <= {*asked.market.other_gpus}
    assert not {"H100-SXM", "GB200-NVL72"} & {*asked.market.other_gpus}


def test_credits_are_of_their_cloud() -> None:
    plan = plan_from("2 H100 nodes for a year, $200k AWS credits expiring in 12 months, $500k in the bank", BOOK)[0]
    assert [(credit.usd, credit.expires_month) for credit in plan.credit] == [(2e5, 12)]
    assert (plan.company.cash_usd, plan.market.tier, plan.workload[0].nodes) == (5e5, "hyperscaler", 2)


@pytest.mark.parametrize(
    ("said", "company"),
    [
        ("with $2.5M", {"cash_usd": 2.5e6}),
        ("with $2.5M cash", {"cash_usd": 2.5e6}),
        (", with $2.5 million in the bank", {"cash_usd": 2.5e6}),
        ("and $2,500,000 of cash", {"cash_usd": 2.5e6}),
        (", 2.5M in cash?", {"cash_usd": 2.5e6}),
        ("with a $2.5M budget", {"cash_usd": 2.5e6}),
        (", $3M in the bank, burning $200k a month", {"cash_usd": 3e6, "burn_usd_per_month": 2e5}),
        ("; cash $4M; burn $1.2M a year", {"cash_usd": 4e6, "burn_usd_per_month": 1e5}),
        (", we have raised 2.5M USD", {"cash_usd": 2.5e6}),
        ("$2.5M at 85%", {"cash_usd": 2.5e6}),
        ("with 2,5 Mio US$", {"cash_usd": 2.5e6}),
        (", burning $200k monthly", {"burn_usd_per_month": 2e5}),
        (", monthly burn $200k", {"burn_usd_per_month": 2e5}),
        (", seed stage", {"stage": "seed"}),
        ("? We have $3M. Seed stage!", {"cash_usd": 3e6, "stage": "seed"}),
        ("as a seed-stage startup", {"stage": "seed"}),
        (", series C, on-prem", {"stage": "later", "hosting": "on-premises"}),
        ("in our own data center", {"hosting": "on-premises"}),
        ("with $2M and series B", {"cash_usd": 2e6, "stage": "series-b"}),
    ],
)
def test_a_plan_may_say_what_the_company_has(said: str, company: dict[str, Any]) -> None:
    plan = plan_from(f"train 64 H100 for 18 months {said}", BOOK)[0]
    assert {name: getattr(plan.company, name) for name in company} == company
    assert (plan.workload[0].gpus, plan.workload[0].months) == (64, 18)


def test_all_of_it_may_be_said_at_once() -> None:
    """The A of a series belongs to it."""
    plan, note = plan_from(
        "should we rent or buy 64 B200 for 3 years from March 2027, 24/7, series A, $6M in the bank, burning $200k a "
        "month, we own 8 nodes of H100?",
        ASKED_THEN,
    )
    work, company = plan.workload[0], plan.company
    assert (work.gpus, work.gpu, work.months, work.start_month, work.busy) == (64, "B200-SXM", 36, 3, 1.0)
    assert (company.stage, company.cash_usd, company.burn_usd_per_month) == ("series-a", 6e6, 2e5)
    assert [(owned.nodes, owned.gpu) for owned in plan.owned] == [(8, "H100-SXM")]
    assert note.startswith(
        "read with utilization 100%, starts in 3 months, stage series-a, cash $6M, other burn $200k/month, "
        "hardware owned 8 nodes of H100-SXM; taken as training: say what it is for"
    )


def test_the_name_of_a_plan_of_several_lines_is_one_line() -> None:
    assert plan_from("train 128 H100s\nfor two years", BOOK)[0].name == "train 128 H100s for two years"


def test_a_plan_may_begin_with_the_company_and_name_its_cloud() -> None:
    text = "We're a Series A startup with $12M in the bank and we burn $400k/month. We need 64 H100 for 2 years on AWS."
    plan = plan_from(text, BOOK)[0]
    assert (plan.company.cash_usd, plan.company.burn_usd_per_month, plan.market.tier) == (12e6, 4e5, "hyperscaler")
    assert (plan.workload[0].gpus, plan.workload[0].months) == (64, 24)


def test_a_plan_may_say_what_is_in_hand() -> None:
    """In any place; other GPUs than those of the plan."""
    plan = plan_from("we own 2 nodes of A100 bought 2025-06 and need 64 B200 for 3 years", BOOK)[0]
    assert [(owned.nodes, owned.gpu) for owned in plan.owned] == [(2, "A100-80-SXM")]
    assert (plan.workload[0].gpus, plan.workload[0].gpu) == (64, "B200-SXM")
    plan = plan_from("64 H100 for 2 years with a contract for 16 H100 until March 2027 at $2.10", BOOK)[0]
    assert [(held.nodes, held.usd_per_gpu_hour) for held in plan.commitment] == [(2, 2.1)]
    assert (plan.workload[0].gpus, plan.workload[0].months) == (64, 24)
    plan = plan_from("64 H100 for 2 years with a contract for 16 H100 for another 10 weeks at $2, $6M cash", BOOK)[0]
    assert [(held.months_left, held.usd_per_gpu_hour) for held in plan.commitment] == [(2, 2.0)]
    assert plan.company.cash_usd == 6e6


SAID: "dict[str, dict[str, Any]]" = {
    "months": {"for 2 years": 24, "for 18 months": 18, "over 3 years": 36, "for a year": 12, "12 months": 12},
    "busy": {"at 80%": 0.8, "85% utilization": 0.85, "24/7": 1.0, "@70%": 0.7, "90% busy": 0.9},
    "cash_usd": {"$6M cash": 6e6, "with $5M": 5e6, "$3M in the bank": 3e6, "a $10M budget": 1e7, "cash of $2.5M": 2.5e6,
                 "we have $8M": 8e6, "we raised $4M": 4e6},
    "burn_usd_per_month": {"burning $200k a month": 2e5, "burn of $1.2M a year": 1e5, "we spend $50k/month": 5e4},
    "stage": {"seed stage": "seed", "series A": "series-a", "we are a series B company": "series-b",
              "series C": "later"},
    "start_month": {"starting in March 2027": 3, "from April 2027": 4, "starting next month": 1},
    "owned": {"we own 8 nodes of H100": 8, "we already own 2 H100 nodes": 2},
}  # fmt: skip
ASKED = ("", "we need ", "should we rent or buy ", "train ", "is it better to rent or buy ", "we want to train on ")
AMOUNTS = {"64 H100": ("gpus", 64), "16 nodes of H200": ("nodes", 16), "256 x H100": ("gpus", 256),
           "1,024 H100": ("gpus", 1024)}  # fmt: skip
FOLLOWS = ("for", "over", "at", "@", "with", "starting", "from")


@quick_and_long
def test_the_parts_of_a_question_are_read_in_any_order() -> None:
    """All that is said is taken, and nothing else."""
    for seed in range(examples(40, 3000)):
        assert_read_as_said(random.Random(seed))


def assert_read_as_said(chance: random.Random) -> None:
    amount = chance.choice([*AMOUNTS])
    said = {name: chance.choice([*SAID[name]]) for name in chance.sample([*SAID], chance.randint(0, len(SAID)))}
    text = chance.choice(ASKED) + amount
    for words in said.values():
        joined = (" ", ", ") if words.startswith(FOLLOWS) else (", ", " ", ", and ", " and ", "; ", ". ", "? ")
        text += chance.choice(joined) + words
    plan = plan_from(text + chance.choice(("", "?", ".")), ASKED_THEN)[0]
    work, company = plan.workload[0], plan.company
    name, count = AMOUNTS[amount]
    assert getattr(work, name) == count, text
    found = {
        "months": work.months, "busy": work.busy, "start_month": work.start_month, "cash_usd": company.cash_usd,
        "burn_usd_per_month": company.burn_usd_per_month, "stage": company.stage,
        "owned": sum(lot.nodes for lot in plan.owned),
    }  # fmt: skip
    assert {part: found[part] for part in said} == {part: SAID[part][words] for part, words in said.items()}, text
    assert (company.cash_usd is not None, bool(plan.owned)) == ("cash_usd" in said, "owned" in said), text


WORDS = """train serve fine-tune 64 H100 8x B200 nodes gpus for 2 years at 85% 24/7 $5M cash burning a month seed stage
series A we own from March 2027 growing to 128 in year tokens 70B 1T users day or each images 6 s , ; . ? ( [bold] $ % 0
1e999 9999999999999999 nan until Q1 2027-13-45 gpu-h runs week of 20 min on lora mfu 10^24 1,5 \x1b[2J \u20ac2M"""
BEGUN = (
    "7B on 2T tokens using 32 nodes of B200",
    "20k users a day growing to 100k in a year on 70B",
    "64 H100 for 2 years",
    "4 runs a year of 64 H100 for 3 weeks each",
    "10k images a day at 3 s or $0.01 each",
)


@quick_and_long
def test_whatever_is_typed_is_a_plan_or_one_printable_error() -> None:
    for seed in range(examples(100, 10_000)):
        chance = random.Random(seed)
        words = chance.choice(BEGUN).split()
        for _ in range(chance.randint(1, 3)):
            words.insert(chance.randint(0, len(words)), chance.choice(WORDS.split()))
            words.pop(chance.randrange(len(words)))
        assert error_of(" ".join(words)).isprintable(), words


def error_of(text: str) -> str:
    """What is wrong with a plan; empty where nothing is."""
    try:
        plan_from(text, ASKED_THEN)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "text", ["$" * 40_000, "64 H100 " + "with $1M " * 4_000, "we own " * 6_000, "for a year " * 4_000, "1 a " * 10_000]
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """In work that grows with its length: some such patterns take minutes."""
    with pytest.raises(InputError):
        plan_from(text, BOOK)


def test_what_a_plan_leaves_open_is_told() -> None:
    """Nothing where both are said; else the kind that was taken, and the months of the sample."""
    assert plan_from(PLAN, BOOK)[1] == ""
    assert plan_from("serve llama 70B on 8 H100s for a year", BOOK)[1] == "llama 70B changes nothing beside GPUs"
    assert plan_from("64 H100 for a year", BOOK)[1] == "taken as training: say what it is for (train, fine-tune, serve)"
    assert plan_from("fine-tune 8 H100", BOOK)[1] == "taken for 3 months: say how long"
    assert plan_from("train 8 H100 growing to 32 in a year", BOOK)[1] == "read with growth ~12.2%/month"
    assert plan_from("8 H100", BOOK)[1].endswith("serve) and how long")


def test_a_plan_is_answered_as_a_profile_of_the_same_values(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(SAME)
    saved, said = (json.loads(run_here(["advise", name, "--json"], tmp_path).out) for name in (str(path), PLAN))
    assert said["options"] == saved["options"]
    assert said["profile"]["name"] == PLAN
    assert said["profile"]["path"] is None


def test_every_command_on_a_profile_takes_a_plan(tmp_path: Path) -> None:
    offer = "64 H100 nodes, 12 months, $2.45/GPU-hr, from Acme"
    for arguments in (
        ["report", PLAN],
        ["compare", PLAN, "cluster-64", "--paths", "200"],
        ["sweep", PLAN, "--set", "months=6,12", "--expected"],
        ["offers", PLAN, "--add", offer],
    ):
        ran = run_here(arguments, tmp_path)
        assert (ran.code, ran.err) == (0, ""), arguments
        assert "not feasible: no" not in ran.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["advise", "cluster-46"],
            "found no profile 'cluster-46'; allowed: did you mean cluster-64?, or a plan",
        ),
        (["advise", "my lab"], "found no profile 'my lab'"),
        (["advise", "16"], "found no profile '16'"),
        (["advise", "16 RTX 4090 for a year"], "found the unknown GPU 'RTX 4090'"),
        (["advise", "8 H100 for 10 years"], "PROFILE: workload 1, months: found 120; allowed: a number at least"),
        (["advise", "64 H100 with \u20ac2M"], "PROFILE: Cash: found '\u20ac2M'; allowed: a sum of US$"),
        (["advise", "we have $5M"], "PROFILE: found no amount of work in 'we have $5M'; allowed: a plan such as"),
        (["advise", "train lots for 2 years 3"], "found 'lots for 2 years 3'; allowed: nodes"),
        (["advise", "train 64 H100 for a year with €5M"], "found '€5M'; allowed: a sum of US$, at the rate of the day"),
        (["advise", "train 64 H100 with $2M a year"], "found '64 H100 with $2M a year'"),  # never cash of $2
        (["advise", "train 64 H100 for a year, R$ 5M cash"], "found 'R$ 5M'; allowed: a sum of US$"),
        (
            ["advise", "train 64 H100 for a year at $2.10/GPU-hr"],
            "found '$2.10/GPU-hr'; allowed: `on demand at $2.10 per GPU-hour` or `12",
        ),
        (
            ["advise", "4 A100 for a year, on demand $4.48, one year $2.51"],
            "found '$2.51'; allowed: `on demand at",
        ),  # cash
        (
            ["advise", "64 H100 for 2 years, 15 months reserved at $2"],
            "allowed: a term of 1, 3, 6, 12, 24 and 36 months",
        ),
        (
            ["advise", "8 nodes for a year at $98 per node-hour"],
            "allowed: the price of a GPU and hour; other prices by",
        ),
        (
            ["advise", "64 H100 for 2 years, on demand \u20ac3/h"],
            "Offer on demand: found '\u20ac3'; allowed: a sum of US$",
        ),
        (["advise", "8 nodes of 64 H100"], "allowed: 64 H100-SXM in all, or 512 H100-SXM in all"),
        (["advise", "64 H100 + 16 L40S"], "found '64 h100 + 16 l40s'; allowed: one GPU: a plan for each"),
        (["advise", "16 GPUs, peak 64"], "such as 16 gpus 100% 64 gpus 20%"),
        (["advise", "64 H100 for 6 months then 128"], "allowed: how long then too"),
        (["advise", "fine tuning jobs: 10 a week, 4 hours each"], "allowed: the GPUs of each too"),
        (["advise", "64 H100 until next year"], "allowed: the start of next year, or the end of next year"),
        (["advise", "H200, 70B 400M tokens a day"], "found the unknown model 'h200 70b'"),  # never another GPU
        (["advise", "no/such.toml"], "no/such.toml: found no such file"),
        (["offers", PLAN, "--add", "64 H100, 12 months, $2.45", "--write"], f"found the plan in words {PLAN}"),
    ],
)
def test_what_is_neither_a_profile_nor_a_plan_is_one_error(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = run_here(arguments, tmp_path)
    assert ran.code == 1
    assert told in ran.err
    assert "Traceback" not in ran.err


async def test_the_app_opens_on_a_plan_and_saves_it(tmp_path: Path) -> None:
    async with running(request(PLAN, tmp_path)) as (app, pilot):
        assert isinstance(app.screen, VerdictScreen)
        assert "train 128 H100 for… (not saved)" in screen_text(app)
        assert "128 gpus" in screen_text(app)
        await press(app, pilot, "s", "enter")
        assert [path.name for path in tmp_path.glob("*.toml")] == ["train-128-h100-for-2-years-at-85.toml"]
