"""What commands print for a person has the figures that people read."""

import re
from datetime import date
from typing import Any

import pytest

from advisor.decision.advise import advise
from advisor.profiles.validation import parse_profile
from advisor.reports.deeper_view import deeper_view
from advisor.reports.formats.text import text_report
from advisor.reports.verdict_view import profile_line, verdict_view
from tests.reports.odd_figures import odd_figures
from tests.support.folders import CASES
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, a_profile

USAGE = CASES / "usage"
COMMANDS = {
    "one GPU by its petaFLOP/s": ["size", "--pflops", "0.9"],
    "a training within months": ["size", "--params", "671B", "--active", "37B", "--tokens", "14.8T", "--gpu", "GB200"],
    "a small service": ["size", "--params", "1B", "--tokens", "1M", "--kind", "inference", "--gpu", "L4"],
    "a bill of two hours": ["usage", str(USAGE / "focus.csv")],
    "samples with a broken row": ["usage", str(USAGE / "dcgm.csv")],
    "jobs": ["usage", str(USAGE / "slurm.txt")],
    "offers for one GPU": ["offers", "one-gpu-speech", "--add", "1 A100 GPU, 1 month, $1.5/GPU-hr, from Acme"],
    "one GPU beside one node": ["compare", "one-gpu-speech", "lora-one-node"],
    "profiles": ["profiles"],
    "prices": ["market"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_figures_that_people_read(name: str) -> None:
    printed = run_here(COMMANDS[name]).out
    assert printed
    assert list(odd_figures(printed)) == []


def test_a_plan_of_one_gpu_is_offered_a_gpu_and_not_a_node() -> None:
    """In the answer to its seller, in the table and in what is paid."""
    printed = run_here(COMMANDS["offers for one GPU"]).out
    assert "for 1 GPU of A100 80 GB SXM" in printed
    assert "$1,095" in printed  # 730 hours of one GPU


def text_of(workload: dict[str, object], **rest: object) -> str:
    """The report on a profile, as `advise` prints it."""
    return text_report(advise(a_profile(workload, **rest), BOOK), date(2026, 11, 30))


def test_a_long_name_of_an_offer_is_no_part_of_the_column_beside_it() -> None:
    """`12-month reservation from vendor A10 to 60 months`."""
    offer = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.6, "from": "vendor A"}
    printed = text_of({"nodes": 24, "months": 12}, quote=[offer])
    lines = [line for line in printed.splitlines() if line.startswith("    12-month reservation from vendor A")]
    assert len(lines) == 3
    assert {line[38] for line in lines} == {" "}


def test_an_option_on_another_gpu_is_cut_before_the_gpu() -> None:
    """Three rows read `reserving 2 nodes, renting pe…`, of three GPUs."""
    work = {"kind": "inference", "gpu": "MI300X", "nodes": 4, "months": 12, "busy": 0.65}
    printed = text_of(work, market={"other_gpus": ["H200-SXM"]})
    assert re.search(r"(?m)^  reserving \d nodes?,.*… \(H200 SXM\) +\$", printed)


def test_where_nothing_fits_nothing_is_said_about_its_answer() -> None:
    """It said that a perfect forecast would be worth nothing, that there was no other class to change to, and that
    the pick came first."""
    printed = text_of({"months": 12}, company={"cash_usd": 1e6, "burn_usd_per_month": 2e5})
    assert "NOTHING FITS" in printed
    changes = printed.partition("What would change the answer")[2]
    assert "The option that needs the least cash: " in changes, "what would let something fit"
    assert "Your other spending alone takes $2.40M in 12 months, $1.40M more than you" in printed
    for words in ("perfect forecast", "class of option", "the pick first", "Bars:"):
        assert words not in printed


def test_a_table_without_rows_has_no_head() -> None:
    """A rack of 72 has no price for a term."""
    assert "utilization at which a term" not in text_of({"gpu": "GB200-NVL72", "nodes": 2, "months": 12})


def test_a_plan_of_several_workloads_is_as_large_as_they_are_together() -> None:
    """16 nodes for half a year beside 6 that grow by 5 % a month: it said `22 to 24 nodes`, of 9 to 24."""
    train = {"kind": "pre-train", "nodes": 16, "months": 6}
    serve = {"kind": "inference", "nodes": 6, "months": 12, "growth_per_month": 0.05}
    profile = parse_profile({"name": "a test", "workload": [train, serve]}, BOOK)
    assert profile_line(advise(profile, BOOK)).startswith("9 to 24 nodes · 12 months · ")


def test_how_many_of_another_gpu_do_the_work_is_said() -> None:
    """A B200 trains twice as fast in the frozen book: which GPU was answered without how many."""
    work = {"kind": "pre-train", "gpus": 64, "months": 3}
    advice = advise(
        parse_profile({"name": "a test", "workload": [work], "market": {"other_gpus": ["B200-SXM"]}}, BOOK), BOOK, 50
    )
    summary = verdict_view(advice, date(2026, 11, 30)).summary
    assert summary[0] == "32 GPUs (4 nodes) of B200 do the work of 64 GPUs (8 nodes) of H100 SXM"


def test_usage_of_seconds_is_not_nothing() -> None:
    """`0.0 GPU-hours in use`, `From 0 to 0 GPUs the cost is within 5% of the least`."""
    printed = run_here(["usage", str(USAGE / "nvidia-smi_h200.csv")]).out
    assert "H200-SXM: 0.0031 GPU-hours in use" in printed
    assert "No other number of GPUs has a cost within 5% of the least" in printed


def test_a_workload_without_a_gpu_is_not_shown_as_one_that_can_be_pasted() -> None:
    """It had `gpu = ""`, which no profile may have."""
    printed = run_here(["usage", str(USAGE / "runai_workloads.csv")]).out
    assert "The workload for a profile, but for its GPU: --gpu names it" in printed
    assert 'gpu = ""' not in printed


def test_a_balance_sheet_is_of_the_way_to_buy_that_it_names() -> None:
    """It was called that of owned hardware; of used nodes of another GPU it was that of new ones."""
    work = {"kind": "fine-tune", "gpu": "MI300X", "nodes": 4, "months": 36, "busy": 0.9}
    advice = advise(a_profile(work, market={"other_gpus": ["H100-SXM"]}, company={"stage": "later"}), BOOK)
    assert present(advice.owner).id == "H100-SXM:buy-used"
    first = advice.balance_sheets[0]
    assert first.month == BOOK.assumptions("H100-SXM").facility.used_lead_months
    new = advise(a_profile({**work, "gpu": "H100-SXM"}), BOOK).costing.case.assumptions.gpu.node_usd
    assert first.book_usd < 4 * float(new or 0.0)
    printed = text_report(advice, date(2026, 11, 30))
    assert "\nBalance sheet of buying used and colocating (H100 SXM) (book value, market" in printed


def test_gpus_are_as_many_nodes_as_they_fill() -> None:
    """`9 GPUs (1.12 nodes)`, which are 8.96."""
    assert profile_line(advise(a_profile({"kind": "fine-tune", "nodes": None, "gpus": 9}), BOOK)).startswith(
        "9 GPUs (1.125 nodes) · "
    )


def test_a_plan_lasts_from_its_first_workload_to_its_last_in_gpus_as_in_nodes() -> None:
    """`13 GPUs (1.625 nodes) · 24 months`, of 3 to 13 GPUs and 30 months; an offer of 8 GPUs was one of a node."""
    works = [
        {"kind": "fine-tune", "gpus": 10, "months": 3},
        {"kind": "fine-tune", "gpus": 3, "months": 24, "start_month": 2},
    ]
    offer = {"option": "reserved", "months": 6, "usd_per_gpu_hour": 2.1, "gpus": 8, "from": "Lambda"}
    profile = parse_profile({"name": "a test", "workload": works, "quote": [offer]}, BOOK)
    advice = advise(profile, BOOK)
    assert profile_line(advice).startswith("3 to 13 GPUs (1.625 nodes) · 26 months · ")
    held = next(one for one in advice.verdict.ranked if one.id == "reserved-6m-lambda")
    assert held.infeasible_because == ("the offer is for 8 GPUs",)


def test_replicas_of_one_gpu_are_whole_gpus() -> None:
    """The header said 6.33324 GPUs of what the note said to be 7 replicas."""
    serving = {"parameters": 1e9, "output_tokens_per_second": 1000, "gpus_per_replica": 1, "peak_to_mean": 2.5}
    serving |= {"tokens_in": 3000, "tokens_out": 1000, "tokens_per_day": 2.5 * 4000 * 86_400}
    profile = a_profile({"kind": "inference", "nodes": None, "busy": None, "serving": serving, "months": 12})
    assert profile_line(advise(profile, BOOK)).startswith("7 GPUs · 12 months · ")


def test_the_posted_price_beside_an_offer_on_demand_is_called_so() -> None:
    """`On-demand price below $3.22 (now $3.89)`, of a company that is offered $3.00."""
    offer = {"option": "on-demand", "usd_per_gpu_hour": 3.0, "from": "Hyperstack"}
    printed = text_of({"nodes": 16, "months": 24, "busy": 0.9}, quote=[offer])
    assert "Posted on-demand price below $" in printed
    assert "posted" not in text_of({"nodes": 1, "months": 1}).split("Depends on")[0]


def test_what_is_taken_of_a_seller_is_said_with_the_seller() -> None:
    """`RENT on demand`, and `Approve: rent on demand`, of an offer without which something else was picked."""
    rent = {"option": "on-demand", "usd_per_gpu_hour": 3.0, "from": "Hyperstack"}
    assert "\nRENT on demand from Hyperstack\n" in text_of({"nodes": 16, "months": 24, "busy": 0.9}, quote=[rent])
    sold = {"option": "buy", "usd_per_node": 20_000, "from": "vendor B"}
    printed = text_of({"nodes": 24, "months": 24}, quote=[sold])
    assert re.search(r"\nBUY (and colocate|with a loan), nodes from vendor B\n", printed)


def test_rooms_of_a_company_are_no_colocation() -> None:
    """`Colocation above $90.77 (now $0)`, of hardware in rooms of its own."""
    work = {"kind": "pre-train", "nodes": 32, "months": 48, "busy": 0.9, "plan_change_per_month": 0.002}
    company = {"discount_rate": 0.1, "tax_rate": 0.25, "depreciation": "bonus", "hosting": "on-premises"}
    changes = [one.text for one in deeper_view(advise(a_profile(work, company=company), BOOK)).changes]
    assert any(one.startswith("Space on premises above $") for one in changes)
    assert not any(one.startswith("Colocation") for one in changes)


def test_the_utilization_of_a_service_is_that_of_its_whole_replicas() -> None:
    """One GPU reads and writes 6,000 tokens a second, 518.4M a day: 777.6M a day are 1.5 GPUs of 2, 75 % busy: it said
    `2 GPUs, 100% busy`. In office hours, 42 of 168 a week, 194.4M a day are as much, which is a quarter of it of all
    hours: `19% utilization (100% before what is rented is rounded up)`."""
    serving = {"parameters": 7e9, "precision": "fp8", "tokens_in": 750, "tokens_out": 250, "peak_to_mean": 1.0}
    serving |= {"output_tokens_per_second": 1500, "gpus_per_replica": 1}
    works: list[dict[str, Any]] = [
        {"serving": {**serving, "tokens_per_day": 777.6e6}},
        {"serving": {**serving, "tokens_per_day": 194.4e6}, "mode": "office-hours", "hours_per_week": 42},
    ]
    advices = [advise(a_profile({"kind": "inference", "nodes": None, "busy": None, **work}), BOOK) for work in works]
    lines = [profile_line(advice).split(" · ") for advice in advices]
    assert [(line[0], line[2]) for line in lines] == [("2 GPUs", "75% busy"), ("2 GPUs", "75% busy in office hours")]
    assert "at 19% utilization (25% before what is rented is rounded up)" not in advices[0].reasons.sentences[0]
    assert "at 19% utilization (25% before what is rented is rounded up)" in advices[1].reasons.sentences[0]
