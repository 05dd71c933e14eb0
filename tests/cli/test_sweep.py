"""`gpu-advisor sweep`: every combination in order, with the figures of `advise`, on several cores, ended cleanly."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from advisor.cli.process_pool import _AHEAD, in_order
from advisor.cli.sweep_table import SweepTable
from advisor.cli.variants import chunks, combinations, count_of, parse_axes, rows_maker, with_values
from advisor.decision.advise import advise
from advisor.errors import AdvisorError, InputError
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.summary_row import EXPECTED_FIELDS
from tests.support.app_driver import TODAY
from tests.support.folders import ROOT
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.processes import HANGS_AFTER_S, PROGRAM, clean_environment, run, run_here, run_in_terminal
from tests.support.profile_builder import BOOK, a_profile, changed, sample

QUICK = ["--paths", "200", "--jobs", "1"]
TWO = ["sweep", "lora-one-node", "--paths", "200", "--jobs", "2"]


def values_of(*texts: str, profile: Profile | None = None) -> list[tuple[Any, ...]]:
    return [axis.values for axis in parse_axes(texts, profile or a_profile(), BOOK)]


# Fields and values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("nodes=8,16,32", (8, 16, 32)),
        ("months=6..9", (6, 7, 8, 9)),
        ("months=6..36:12", (6, 18, 30)),
        ("busy=0.2..0.8:0.2", (0.2, 0.4, 0.6, 0.8)),
        ("busy = 0.5, 0.75", (0.5, 0.75)),
        ("months=1..3,12", (1, 2, 3, 12)),
        ("gpu=H100,H200-SXM", ("H100", "H200-SXM")),
        ("always_on=true,false", (True, False)),
        ("company.cash_usd=40_000_000,1e8", (40_000_000, 1e8)),
        ("company.cash_usd=$40M,1B,750k", (40e6, 1e9, 750_000)),
        ("company.cash_usd=1,000,000", (1_000_000,)),  # never 1, 0 and 0
        ("company.cash_usd=$1,500,000,$2,500,000", (1.5e6, 2.5e6)),
        ("nodes=1,024", (1024,)),  # never 1 and 24
        ("nodes=100,200,300", (100, 200, 300)),
        ("nodes=2k", (2000,)),
        ("nodes=8-10", (8, 9, 10)),
        ("nodes=8 to 32 by 8", (8, 16, 24, 32)),
        ("nodes=8..24 step 8", (8, 16, 24)),
        ("months=1y..3y", (12.0, 24.0, 36.0)),
        ("months=6m,12m", (6.0, 12.0)),  # of months, not millions
        ("months=6 to 8 months", (6.0, 7.0, 8.0)),
        ("busy=50%..70%:10%", (0.5, 0.6, 0.7)),
        ("company.cash_usd=$2M..$6M:$2M", (2e6, 4e6, 6e6)),
        ("start_month=March 2027", (4,)),
        ("company.stage=seed,later", ("seed", "later")),
        ("company.stage=Series A", ("series-a",)),
        ("market.tier=neocloud,hyperscaler", ("neocloud", "hyperscaler")),
        ("market.rents_change_per_year=-0.4..0:0.2", (-0.4, -0.2, 0.0)),
        ("facility.pue=1.2", (1.2,)),
        ("gpu.node_usd=250000,300000", (250_000, 300_000)),
        ("gpu.neocloud_term_discount.12=0.1", (0.1,)),
        ("workload.1.nodes=4", (4,)),
        ("months=two years,6", (24.0, 6)),
        ("company.cash_usd=$0", (0.0,)),
        ("busy=85%", (0.85,)),
        ("facility.electricity_usd_per_kwh=$0.19/kWh", (0.19,)),
    ],
)
def test_values_are_parsed(text: str, values: tuple[Any, ...]) -> None:
    (found,) = values_of(text)
    assert found == pytest.approx(values) if isinstance(values[0], float) else found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_other_gpus_are_named_as_in_the_form() -> None:
    """They were refused as `a list`, in every form."""
    with_others = with_values(["market.other_gpus=H200 and B200"], a_profile(), BOOK)
    assert with_others.market.other_gpus == ("H200-SXM", "B200-SXM")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nodes", "such as nodes=8,16"),
        ("=8", "such as nodes=8,16"),
        ("nodes=", "such as nodes=8,16"),
        ("nodes=8,,9", "an empty value"),
        ("nods=8", "did you mean nodes"),
        ("nodes=0", "--set nodes: workload 1, nodes: found 0; allowed: a whole number at least 1"),
        ("nodes=8.5", "found 8.5; allowed: a whole number"),
        ("nodes=many", "found 'many'"),
        ("nodes=nan", "found 'nan'"),
        ("nodes=" + "9" * 5000, "values separated by commas"),
        ("months=6..61", "found 61"),
        ("months=9..6", "which does not increase"),
        ("months=6..9:0", "which does not increase"),
        ("months=1..9e99", "too many values"),
        ("busy=0.1..0.9", "without a step"),
        ("gpu=H300", "the unknown GPU 'H300'"),
        ("compny.cash_usd=1", "did you mean company"),
        ("company.csh_usd=1", "did you mean cash_usd"),
        ("facility.pe=1", "did you mean pue"),
        ("company.cash_usd=-2M", "found -2e+06; allowed: a number at least 0"),
        ("company.cash_usd=2,5M", "found '2,5M', of which some have a magnitude"),
        ("months=1y..3y:6m", "found 1y..3y:6m, in several units; allowed: a range such as 6..36, 1y..3y"),
        ("cash=2M", "--set cash: workload 1, cash: found an unknown key; allowed: company.cash_usd"),
        ("cash_usd=1e6", "--set cash_usd: workload 1, cash_usd: found an unknown key; allowed: company.cash_usd"),
        ("pue=1.2", "allowed: facility.pue"),
        ("node_usd=2e5", "allowed: gpu.node_usd"),
        ("tokens_per_day=1e9", "allowed: serving.tokens_per_day"),
        ("facility.pue=0.5", "found 0.5"),
        ("workload.2.nodes=4", "workload.1 to workload.1, and a field"),
        ("quote.1.months=4", "a profile with a quote"),
        ("name=x", "unknown key"),
        ("\x1b[2Jnodes=1", "unknown key"),
    ],
)
def test_an_invalid_set_is_one_error_line(text: str, words: str) -> None:
    found = run_here(["sweep", "cluster-64", "--set", text, *QUICK])
    assert (found.code, found.out) == (1, "")
    assert len(found.err.splitlines()) == 1
    assert words in found.err
    assert "\x1b" not in found.err


def test_an_amount_of_work_in_words_is_that_of_the_form() -> None:
    """`128 H100` are 16 nodes, `16 H200` two of another GPU; the row says what was typed."""
    found = run_here(["sweep", "cluster-64", "--set", "nodes=128 H100,16 H200,17", *QUICK])
    assert [line.split(",")[0] for line in found.out.splitlines()[1:]] == ["128 H100", "16 H200", "17"]
    profile = with_values(["nodes=16 H200"], a_profile(), BOOK)
    assert (profile.workload[0].gpus, profile.workload[0].nodes, profile.workload[0].gpu) == (16, None, "H200-SXM")


def test_too_many_variants_are_refused() -> None:
    with pytest.raises(InputError, match="variants; allowed: at most"):
        values_of("nodes=1..1000", "months=1..60:0.05", "busy=0.1..0.9:0.0005")
    with pytest.raises(InputError, match="nodes twice"):
        values_of("nodes=1", "nodes=2")


def test_several_workloads_are_told_apart() -> None:
    profile = sample("cluster-64")
    two = changed(profile, workload=[*profile.model_dump(exclude_none=True)["workload"]] * 2)
    with pytest.raises(InputError, match=r"workload\.1\.nodes to workload\.2\.nodes"):
        values_of("nodes=8", profile=two)
    assert values_of("workload.2.nodes=8,9", "gpu=H200", profile=two) == [(8, 9), ("H200",)]


def test_every_combination_comes_once_the_last_field_fastest() -> None:
    axes = parse_axes(["nodes=1,2", "months=6..8"], a_profile(), BOOK)
    assert count_of(axes) == 6
    assert list(combinations(axes)) == [(1, 6), (1, 7), (1, 8), (2, 6), (2, 7), (2, 8)]


def test_chunks_start_small_and_have_every_combination_once() -> None:
    axes = parse_axes(["nodes=1,2", "months=1..6"], a_profile(), BOOK)
    found = list(chunks(axes, 5))
    assert [len(chunk) for chunk in found] == [1, 2, 4, 5]
    assert [values for chunk in found for values in chunk] == list(combinations(axes))


# Rows


def test_a_row_has_the_figures_of_advise() -> None:
    asked = ["sweep", "cluster-64", "--set", "nodes=16,64", "--set", "company.cash_usd=6e7", *QUICK, "--json"]
    rows = [json.loads(line) for line in run_here(asked).out.splitlines()]
    for row, nodes in zip(rows, (16, 64), strict=True):
        assert row["set"] == {"nodes": nodes, "company.cash_usd": 6e7}
        base = sample("cluster-64").model_dump(by_alias=True, exclude_none=True)
        work, company = {**base["workload"][0], "nodes": nodes}, {**base["company"], "cash_usd": 6e7}
        advice = advise(changed(sample("cluster-64"), workload=[work], company=company), BOOK, 200)
        report = advise_json(advice, None, TODAY)
        verdict, even = report["verdict"], report["break_even"]
        for name in ("action", "option", "rival", "close_call", "runway_with_months"):
            assert row[name] == verdict[name]
        assert row["gap_share"] == pytest.approx(verdict["gap_share"], rel=1e-9)
        assert row["confidence"] == verdict["confidence"]["word"]
        for name in ("break_even_usd_per_gpu_hour", "node_usd"):
            assert row[name] == pytest.approx(even[name], rel=1e-9)
        pick = next(option for option in report["options"] if option["id"] == row["option"])
        for name in ("expected_usd", "p5_usd", "p95_usd", "cvar95_usd", "probability_best", "peak_outlay_usd"):
            assert row[name] == pick[name]


def test_prices_of_an_api_and_the_volume_of_a_service_are_varied() -> None:
    """In requests the volume replaces that in tokens; expensive tokens, and many of them, leave the API."""
    sets = ["--set", "serving.requests_per_day=25000,100000", "--set", "serving.api_input_usd=0.2,0.8"]
    asked = ["sweep", "serve-70b", *sets, "--set", "serving.api_output_usd=0.8", "--expected"]
    rows = list(csv.DictReader(StringIO(run_here(asked).out)))
    usd = [float(row["api_usd"]) for row in rows]
    assert [row["action"] for row in rows] == ["api", "api", "api", "rent"]
    assert usd[1] / usd[0] == pytest.approx(0.8 / 0.35)  # three of four tokens are read
    assert usd[3] / usd[2] == pytest.approx(0.8 / 0.35)
    wrong = run_here(["sweep", "cluster-64", "--set", "serving.tokens_per_day=1e8"])
    assert (wrong.code, wrong.out) == (1, "")
    assert "allowed: a profile with one workload, a service" in wrong.err


def test_csv_and_json_have_the_same_values() -> None:
    asked = ["sweep", "lora-one-node", "--set", "gpu=H100,A100", "--set", "months=0.5,1", *QUICK]
    table = list(csv.DictReader(StringIO(run_here(asked).out)))
    rows = [json.loads(line) for line in run_here([*asked, "--json"]).out.splitlines()]
    assert len(table) == len(rows) == 4
    for line, row in zip(table, rows, strict=True):
        flat = {**row["set"], **{name: value for name, value in row.items() if name not in ("schema", "set")}}
        assert list(line) == list(flat)
        for name, value in flat.items():
            text = line[name]
            assert text == "" if value is None else text.lower() == str(value).lower()


def test_a_combination_that_is_not_allowed_is_a_row_that_says_why() -> None:
    asked = ["sweep", "lora-one-node", "--set", "months=1,50", "--set", "start_month=0,20", *QUICK, "--json"]
    found = run_here(asked)
    rows = [json.loads(line) for line in found.out.splitlines()]
    assert [row["error"] is None for row in rows] == [True, True, True, False]
    assert "start_month 20 + months 50" in rows[3]["error"]
    assert rows[3]["option"] is None
    assert found.code == 1
    assert (
        found.err == "gpu-advisor: --set: found 1 of 4 variants not allowed; allowed: what `error` in their rows says\n"
    )


@pytest.mark.parametrize("only", [[], ["--expected"]], ids=["bands", "expected"])
def test_two_cores_give_the_same_rows_as_one(only: list[str], tmp_path: Path) -> None:
    asked = ["--set", "nodes=1,2,3", "--set", "months=0.5..2:0.5", "--paths", "200", *only]
    one = run_here(["sweep", "lora-one-node", *asked, "--jobs", "1"])
    two = run(["sweep", "lora-one-node", *asked, "--jobs", "2"], tmp_path)
    assert one.out.count("\n") == 13
    assert one == two


def test_expected_figures_alone_are_those_of_the_whole_row() -> None:
    asked = [
        "sweep",
        "lora-one-node",
        "--set",
        "nodes=1,6",
        "--set",
        "months=1,50",
        "--set",
        "start_month=0,20",
        *QUICK,
    ]
    whole = list(csv.DictReader(StringIO(run_here(asked).out)))
    found = run_here([*asked, "--expected"])
    rows = list(csv.DictReader(StringIO(found.out)))
    assert tuple(rows[0]) == ("nodes", "months", "start_month", *EXPECTED_FIELDS, "error")
    assert len(rows) == len(whole) == 8
    assert found.code == 1
    for row, all_of_it in zip(rows, whole, strict=True):
        assert {**row, "gap_share": ""} == {name: all_of_it[name] for name in row} | {"gap_share": ""}
        assert float(row["gap_share"] or -1) == pytest.approx(float(all_of_it["gap_share"] or -1), rel=1e-9)
    lines = [json.loads(line) for line in run_here([*asked, "--expected", "--json"]).out.splitlines()]
    assert [line["option"] or "" for line in lines] == [row["option"] for row in rows]


# Streams and ends


def workers_of(pid: int) -> list[int]:
    """The child processes of a running process."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text("ascii").split()]


def gone(pids: list[int]) -> bool:
    """Whether all the processes end within some seconds."""
    end = time.monotonic() + HANGS_AFTER_S
    while time.monotonic() < end:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("ended_by", ["reader", signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_streams_and_leaves_nothing_behind(ended_by: str | signal.Signals, tmp_path: Path) -> None:
    """A long sweep gives its first row at once; when its reader closes the pipe, at Ctrl+C, SIGTERM or SIGKILL its
    workers end too, and stderr stays empty."""
    with subprocess.Popen(
        [*PROGRAM, *TWO, "--set", "nodes=1..4", "--set", "months=0.5..55:0.01"],
        env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        head, row = process.stdout.readline(), process.stdout.readline()
        assert head.startswith(b"nodes,months,action,")
        assert row.startswith(b"1,0.5,rent,")
        workers = workers_of(process.pid)
        assert len(workers) == 2
        if isinstance(ended_by, signal.Signals):
            os.killpg(process.pid, ended_by) if ended_by == signal.SIGINT else process.send_signal(ended_by)
        process.stdout.close()
        said = present(process.stderr).read()
        code = process.wait(HANGS_AFTER_S)
    assert gone(workers)
    assert said == b""
    expected = {"reader": 0, signal.SIGINT: 130, signal.SIGTERM: -signal.SIGTERM, signal.SIGKILL: -signal.SIGKILL}
    assert code == expected[ended_by]


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    asked = ["sweep", "lora-one-node", "--set", "months=1,2", *QUICK]
    seen = run_in_terminal(asked, tmp_path, {"TERM": "xterm"})
    assert seen.code == 0
    assert seen.err == "", "the rows on the terminal are progress enough"
    shell = f"{' '.join(PROGRAM)} {' '.join(asked)}"
    looked = _stderr_on_a_terminal(shell, tmp_path)
    assert "1 of 2" in looked
    assert looked.endswith("\r\x1b[K")
    assert _stderr_on_a_terminal(shell + " --quiet", tmp_path) == ""


def test_a_terminal_gets_a_table_of_its_width(tmp_path: Path) -> None:
    """It was sent the 26 columns of the CSV."""
    asked = ["sweep", "cluster-64", "--set", "nodes=8,4000", "--set", "months=12,24", *QUICK]
    seen = run_in_terminal(asked, tmp_path, {"TERM": "xterm"}).out.splitlines()
    assert seen[0].split() == ["nodes", "months", "verdict", "option", "rent", "reserve", "buy", "gap"]
    assert seen[2].split()[:4] == ["8", "24", "RESERVE", "(close)"]
    assert seen[4].split(maxsplit=2)[2] == "NOTHING FITS: cash pays for no option"
    assert max(map(len, seen)) == 80


def test_the_table_fits_what_is_swept() -> None:
    profile = sample("serve-70b")
    axes = parse_axes(["company.cash_usd=$5M,1e12", "busy=0.25,0.5", "gpu=H100,H200"], profile, BOOK)
    rows: list[Any] = rows_maker(profile, axes, BOOK, None)(list(combinations(axes)))
    rows[0] |= {"api_usd": 512_000.0}
    rows[1] |= {"error": "months: found 70; allowed: at most 60"}
    for width in (60, 80, 140):
        table = SweepTable(axes, rows, width)
        head, lines = table.head(), list(table.lines(list(combinations(axes)), rows))
        assert "API" in head
        assert ("option" in head) == (width > 80)
        assert {len(line.rstrip()) <= width for line in (head, *lines)} == {True}
        assert "not allowed: mo" in lines[1]
        assert lines[-1].split()[:3] == ["1T", "0.5", "H200"]


def _stderr_on_a_terminal(shell: str, home: Path) -> str:
    """The stderr of a command when that is a terminal and stdout is not."""
    screen, its = os.openpty()
    with subprocess.Popen(
        ["sh", "-c", f"{shell} | cat"], env=clean_environment(home), stdout=subprocess.DEVNULL, stderr=its
    ) as process:
        os.close(its)
        said = b""
        while True:
            try:
                part = os.read(screen, 4096)
            except OSError:  # Linux says "input/output error" at the end
                part = b""
            if not part:
                break
            said += part
        process.wait(HANGS_AFTER_S)
    os.close(screen)
    return said.decode()


# Many cores, by themselves


def slow_first(offset: int) -> Callable[[int], int]:
    """A function whose first task takes longest."""

    def work(task: int) -> int:
        time.sleep(0.2 if task == 0 else 0)
        return task + offset

    return work


def failing(_: int) -> Callable[[int], int]:
    """A function that raises at three and exits at five."""

    def work(task: int) -> int:
        if task == 5:
            os._exit(7)
        if task == 3:
            raise ValueError("three")
        return task

    return work


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert list(in_order(slow_first, (10,), range(20), jobs)) == list(range(10, 30))
    assert list(in_order(slow_first, (10,), [], jobs)) == []


def test_an_exception_in_a_worker_is_raised_with_its_message() -> None:
    with pytest.raises(RuntimeError, match="ValueError: three"):
        list(in_order(failing, (0,), range(4), 2))


def test_a_worker_that_exits_is_an_error() -> None:
    with pytest.raises(AdvisorError, match="ended with code 7"):
        list(in_order(failing, (0,), [0, 1, 5, 2], 2))


def test_few_results_wait_for_an_earlier_one() -> None:
    """However long that one takes, so that memory does not grow with the number of tasks."""
    tasks = count()
    results = in_order(slow_first, (0,), tasks, 2)
    assert next(results) == 0
    assert next(tasks) <= 2 * _AHEAD
    results.close()


# Variants of a sweep through workers that write 100 copies of each chunk: its memory without that of the engine.
_STREAMED = """
import resource, sys
from advisor.cli.process_pool import in_order
from advisor.cli.variants import Axis, chunks

axes = [Axis(name, (), tuple(range(int(count))), {}) for name, count in zip(("nodes", "months"), sys.argv[1:])]
read = [len(chunk) for chunk in chunks(axes, 64)]
made = sum(1 for text in in_order(getattr, ("{0}" * 100, "format"), chunks(axes, 64), 2) if text)
print(sum(read), len(read) - made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_ten_times_the_variants_take_no_more_memory() -> None:
    def streamed(variants: int) -> int:
        command = [sys.executable, "-c", _STREAMED, "20", str(variants // 20)]
        done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
        count, lost, peak = map(int, done.stdout.split())
        assert (count, lost) == (variants, 0)
        return peak

    assert streamed(20_000) < 1.1 * streamed(2_000)


def test_closing_the_generator_ends_the_workers() -> None:
    """However many tasks are left."""
    results = in_order(slow_first, (0,), iter(range(10**9)), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    workers = workers_of(os.getpid())
    results.close()
    assert gone([pid for pid in workers if pid not in workers_of(os.getpid())])


def test_credits_are_varied_as_offers_are() -> None:
    """`credit.1.usd` was taken for a table of credits."""
    profile = a_profile({"nodes": 2, "months": 12}, credit=[{"usd": 250_000, "seller": "AWS"}])
    (axis,) = parse_axes(["credit.1.usd=1e5,1e6"], profile, BOOK)
    assert (axis.paths, axis.values) == ((("credit", 0, "usd"),), (1e5, 1e6))


def test_what_is_trained_is_varied() -> None:
    """`training.tokens` was an unknown key, of a profile that gives its work so."""
    work = {"kind": "pre-train", "months": 3, "training": {"parameters": 13e9, "tokens": 1e12}}
    profile = parse_profile({"name": "a test", "workload": [work]}, BOOK)
    axes = parse_axes(["training.tokens=1e12,2e12"], profile, BOOK)
    one, two = rows_maker(profile, axes, BOOK, None)([(1e12,), (2e12,)])
    assert one["error"] is two["error"] is None
    assert isinstance(one["expected_usd"], float)
    assert isinstance(two["expected_usd"], float)
    assert two["expected_usd"] > 1.5 * one["expected_usd"]
    with pytest.raises(InputError, match="a profile with one workload, a training"):
        parse_axes(["training.tokens=1e12"], a_profile(), BOOK)
