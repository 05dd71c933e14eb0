"""The program as users and scripts run it: real processes, files and terminals."""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from advisor import __version__
from advisor.decision.advise import advise
from advisor.profiles.schema import Profile
from tests.support.json_contracts import advise_json, strict_json, validator
from tests.support.long_runs import long_unless
from tests.support.present import present
from tests.support.processes import (
    CONTROL,
    HANGS_AFTER_S,
    PROGRAM,
    Run,
    assert_one_error_line,
    clean_environment,
    run,
    run_here,
    run_in_terminal,
)
from tests.support.profile_builder import ALL_SAMPLES, BOOK, SAMPLES, a_profile, sample

VALIDATOR = validator("advise")


# Quick answers


def test_version(tmp_path: Path) -> None:
    assert run(["--version"], tmp_path) == Run(0, f"gpu-advisor {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["advise", "--help"], ["report", "--help"]])
def test_help(arguments: list[str], tmp_path: Path) -> None:
    found = run_here(arguments, tmp_path)
    assert found.code == 0
    assert found.err == ""
    assert "PROFILE" in found.out
    assert "--book" in found.out
    assert [line for line in found.out.splitlines() if len(line) > 80] == []


def test_the_installed_command_is_the_same_program(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "gpu-advisor"
    assert run(["--version"], tmp_path, program=[str(command)]) == run(["--version"], tmp_path)


HEAVY = ["numpy", "numpy_financial", "pydantic", "pydantic_core", "textual", "rich", "tomlkit"]
_WHAT_IS_LOADED = """
import sys
from screens.__main__ import main
try:
    main(sys.argv[2:])
except SystemExit:
    pass
print([name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)
"""


def test_an_answer_imports_no_part_of_numpy_that_it_does_not_use(tmp_path: Path) -> None:
    """Some take a fifteenth of the time of the answer: `np.unique` imports numpy.ma, annotations numpy.typing."""
    unused = "numpy.ma numpy.typing numpy.random numpy.polynomial numpy.fft"
    found = run([unused, "advise", "cluster-64"], tmp_path, program=[sys.executable, "-c", _WHAT_IS_LOADED])
    assert found.code == 0
    assert found.err == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--version"], ["--help"], ["advise", "--help"], ["size", "--help"], ["sweep", "--help"]),
        *(["report", "--help"], ["completion", "bash"], ["man"], ["schema", "--help"], ["profiles", "--names"]),
    ],
)
def test_quick_answers_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    found = run([" ".join(HEAVY), *arguments], tmp_path, program=[sys.executable, "-c", _WHAT_IS_LOADED])
    assert found.code == 0
    assert found.err == "[]\n"


def test_a_command_does_not_import_the_app(tmp_path: Path) -> None:
    found = run(
        [" ".join([*HEAVY, "screens.app"]), "advise", "lora-one-node"],
        tmp_path,
        program=[sys.executable, "-c", _WHAT_IS_LOADED],
    )
    assert found.code == 0
    assert found.err == "['numpy', 'numpy_financial', 'pydantic_core']\n"


# The verdict


@pytest.mark.parametrize("name", SAMPLES)
def test_advise_prints_the_verdict_on_a_sample(name: str, tmp_path: Path) -> None:
    """Name, need and verdict, in 79 columns, with separated columns."""
    found = run_here(["advise", name], tmp_path)
    pick = present(advise(sample(name), BOOK).verdict.pick)
    verb, _, rest = pick.cost.option.command.partition(" ")
    assert found.code == 0
    assert found.err == ""
    lines = found.out.splitlines()
    assert lines[0] == sample(name).name
    assert any(line.startswith(f"{verb.upper()} {rest}") for line in lines[:6])
    assert not CONTROL.search(found.out.replace("\n", ""))
    assert [line for line in lines if len(line) > 79] == []
    option = r"(\d|on-demand|prepaid|marketplace|renting|reserving|buying|leasing)"
    found_rows = (line for line in lines if re.search(rf"^ {{4}}{option}.* {{2,}}.*\d months?$", line))
    rows = [line for line in found_rows if not re.search(" after |%", line)]  # those are about terms
    assert rows, "which way is cheapest by length of the plan"
    assert [row for row in rows if not re.search(r"[a-z] {2,}\d+( to \d+)? months?$", row)] == []
    named = [line for line in lines if re.search(r"(the pick|\+\$[0-9.,]+[kMB]?)$", line) and line.startswith("    ")]
    assert len(named) >= 5, "what is cheapest if rents go another way"
    assert [row for row in named if not re.search(r"\S {2,}\S.*\S {2,}\S+( pick)?$", row)] == []


def test_a_path_a_saved_name_and_a_sample_are_all_found(tmp_path: Path) -> None:
    text = SAMPLES["lora-one-node"].read_text("utf-8").replace("Fine-tune on 1 node, 2 weeks", "Mine")
    saved = tmp_path / "data" / "gpu-advisor" / "profiles" / "mine.toml"
    saved.parent.mkdir(parents=True)
    saved.write_text(text)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "ours.toml").write_text(text)
    assert run_here(["advise", str(saved)], tmp_path).out.startswith("Mine\n")
    assert run_here(["advise", "mine"], tmp_path).out.startswith("Mine\n")
    assert run_here(["advise", "--profiles", str(shared), "ours"], tmp_path).out.startswith("Mine\n")
    in_environment = run_here(["advise", "ours"], tmp_path, environment={"GPU_ADVISOR_PROFILES": str(shared)})
    assert in_environment.out.startswith("Mine\n")
    assert_one_error_line(run_here(["advise", "ours"], tmp_path), "'ours'")


def test_a_book_of_your_own_changes_the_answer(tmp_path: Path) -> None:
    book = tmp_path / "mine.toml"
    book.write_text("[gpu.H100-SXM]\nnode_usd = 150_000\n")
    assert "\nRESERVE 12 months" in run_here(["advise", "cluster-64"], tmp_path).out
    assert "\nBUY with a loan" in run_here(["advise", "cluster-64", "--book", str(book)], tmp_path).out


def test_other_values_of_a_profile_are_answered_and_not_saved(tmp_path: Path) -> None:
    """As the same values in a file are; the name says that it is another plan."""
    original = ALL_SAMPLES["cluster-64"].read_text()
    lab, other = tmp_path / "lab.toml", tmp_path / "other.toml"
    lab.write_text(original)
    told = "Train on 64 nodes, 2 years (nodes=32, company.cash_usd=2e7)"
    changed_text = original.replace("Train on 64 nodes, 2 years", told).replace("nodes = 64", "nodes = 32")
    other.write_text(changed_text.replace("cash_usd = 60_000_000", "cash_usd = 20_000_000"))
    values = ["--set", "nodes=32", "--set", "company.cash_usd=2e7"]
    found = run_here(["advise", str(lab), *values], tmp_path)
    assert found.out == run_here(["advise", str(other)], tmp_path).out
    assert found.out.startswith(told)
    assert run_here(["report", str(lab), *values], tmp_path).out.startswith(f"# {told}")
    assert lab.read_text() == original


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nodes=16,32", "--set nodes: found 2 values; allowed: one; `sweep` takes several"),
        ("nodes=16..18", "--set nodes: found 3 values; allowed: one; `sweep` takes several"),
        ("noeds=16", "--set noeds: workload 1, noeds: found an unknown key; allowed: did you mean nodes"),
        ("months=900", "--set months: workload 1, months: found 900; allowed: a number at least 0.03 and at most 60"),
        ("nodes", "--set nodes: found not a field with values; allowed: such as nodes=8,16 or months=6..36"),
    ],
)
def test_other_values_that_are_not_allowed(value: str, said: str, tmp_path: Path) -> None:
    assert_one_error_line(run_here(["advise", "cluster-64", "--set", value], tmp_path), said)


# JSON


@pytest.mark.parametrize("name", SAMPLES)
def test_json_keeps_the_contract(name: str, tmp_path: Path) -> None:
    found = run_here(["advise", name, "--json"], tmp_path)
    assert found.code == 0
    assert found.err == ""
    report = strict_json(found.out)
    VALIDATOR.validate(report)
    told = report["profile"]
    assert (told["name"], told["path"]) == (sample(name).name, None)
    assert report["verdict"]["option"] == next(option["id"] for option in report["options"] if option["feasible"])
    for option in report["options"]:
        cents = 0.01 * (len(option["components"]) + 1)
        assert sum(option["components"].values()) == pytest.approx(option["expected_usd"], abs=cents)
        assert sum(option["monthly_usd"]) == pytest.approx(option["undiscounted_usd"], abs=0.01 * 100)
        assert bool(option["why_not"]) is not option["feasible"]


WAITS = a_profile({"kind": "inference", "nodes": 8}, forecast={"decline_sd_per_year": 0.6})
UNUSUAL: dict[str, Profile] = {
    "nothing fits": a_profile(company={"cash_usd": 1.0}),
    "renting forbidden": a_profile(company={"rental_forbidden_because": "a rule"}),
    "renting forbidden, too short to buy": a_profile({"months": 3}, company={"rental_forbidden_because": "a rule"}),
    "thin data": a_profile({"gpu": "MI300X"}),
    "a hyperscaler": a_profile(market={"tier": "hyperscaler"}),
    "a hyperscaler without terms": a_profile({"gpu": "MI300X"}, market={"tier": "hyperscaler"}),
    "a runway": a_profile(company={"cash_usd": 9e7, "burn_usd_per_month": 1e6}),
    "an offer of an unlisted term": a_profile(quote=[{"option": "reserved", "months": 18, "usd_per_gpu_hour": 2.1}]),
    "a late start": a_profile({"start_month": 30}),
    "a contract in hand": a_profile(commitment=[{"nodes": 16, "months_left": 9, "usd_per_gpu_hour": 2.9}]),
    "a contract for all of it": a_profile(commitment=[{"nodes": 64, "months_left": 30, "usd_per_gpu_hour": 1.5}]),
    "a contract to be terminated": a_profile(
        commitment=[
            {"nodes": 8, "months_left": 9, "usd_per_gpu_hour": 9, "termination_fee_share": 0, "may_be_resold": False},
            {"nodes": 2, "months_left": 60, "usd_per_gpu_hour": 2.9, "from": "vendor A"},
        ]
    ),
    "contracts and nothing fits": a_profile(
        company={"cash_usd": 1.0}, commitment=[{"nodes": 16, "months_left": 9, "usd_per_gpu_hour": 2.9}]
    ),
    "other GPUs": a_profile(market={"other_gpus": sorted(BOOK.gpus)[:10]}),  # the most that may be named
    "other GPUs, one too small": a_profile(
        {"memory_gb_per_gpu": 141}, market={"other_gpus": ["A100-80-SXM", "B200-SXM"], "tier": "hyperscaler"}
    ),
    "taxes": a_profile(company={"tax_rate": 0.21, "taxable_from_month": 12}),
    "taxes, a loss now": a_profile({"months": 36}, company={"tax_rate": 0.3, "depreciation": "bonus"}),
    "a path of rents of your own": a_profile(market={"rents_path": [[0, 1], [6, 0.5], [24, 1.4]]}),
    "a pick that waits": WAITS,
    "peaks to rent": a_profile({"kind": "inference", "nodes": 8}),
    "at the size where renting ends": a_profile({"nodes": 128, "months": 2}),
    "all of it at once": a_profile(
        {"memory_gb_per_gpu": 100},
        company={"tax_rate": 0.21, "cash_usd": 9e7, "burn_usd_per_month": 1e6, "depreciation": "straight-line"},
        market={"other_gpus": ["B200-SXM"], "rents_path": [[12, 0.6]]},
        commitment=[{"nodes": 8, "months_left": 4, "usd_per_gpu_hour": 2.0}],
    ),
}


QUICK = {"nothing fits", "thin data", "a pick that waits", "all of it at once"}


@pytest.mark.parametrize("case", long_unless(QUICK, UNUSUAL))
def test_json_keeps_the_contract_in_unusual_cases(case: str) -> None:
    report = advise_json(advise(UNUSUAL[case], BOOK, 200), Path("mine.toml"), date(2026, 11, 1))
    text = json.dumps(report, allow_nan=False)
    VALIDATOR.validate(strict_json(text))
    assert report["profile"]["path"] == "mine.toml"


def test_the_contract_rejects_other_reports() -> None:
    report = advise_json(advise(sample("cluster-64"), BOOK), None, date(2026, 11, 1))
    good = json.loads(json.dumps(report))
    VALIDATOR.validate(good)
    for broken in (
        {**good, "extra": 1},
        {key: value for key, value in good.items() if key != "waterfall"},
        {**good, "schema": 1},
        {**good, "verdict": {**good["verdict"], "action": "lease"}},
        {**good, "options": [{**good["options"][0], "components": {"magic": 1.0}}]},
        {**good, "break_even": {**good["break_even"], "months": [[1, "x", "buy"]]}},
    ):
        assert not VALIDATOR.is_valid(broken)


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """Independent of the order of hashes, of the number of threads and of the time of day."""
    for _ in range(2):
        before = date.today()
        each = ({"PYTHONHASHSEED": number, "OPENBLAS_NUM_THREADS": number} for number in ("1", "2"))
        texts = {run(["advise", "pre-train-16", "--json"], tmp_path, environment=own).out for own in each}
        if date.today() == before:  # otherwise midnight fell between them: the age of the prices changed
            break
    assert len(texts) == 1


def test_the_path_of_a_profile_of_your_own_is_in_the_json(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes(SAMPLES["lora-one-node"].read_bytes())
    assert strict_json(run_here(["advise", str(mine), "--json"], tmp_path).out)["profile"]["path"] == str(mine)


# Where no app can be shown


def test_without_a_terminal_the_verdict_is_plain(tmp_path: Path) -> None:
    plain = run(["cluster-64"], tmp_path)
    assert plain.code == 0
    assert plain.out == run_here(["advise", "cluster-64"], tmp_path).out
    assert len(plain.err.splitlines()) == 1
    assert run_here(["cluster-64", "--quiet"], tmp_path).err == ""


def test_without_a_terminal_and_a_profile_all_are_listed(tmp_path: Path) -> None:
    listing = run([], tmp_path)
    assert listing.code == 0
    head, *lines = listing.out.splitlines()
    assert head.split() == ["name", "what", "it", "is", "verdict", "cost"]
    assert [line.split()[0] for line in lines] == list(ALL_SAMPLES)
    for line in lines:  # one below the other
        assert line[head.index("verdict") :].startswith(("RENT", "RESERVE", "BUY", "USE"))
        assert len(line) == len(head) <= 80
    assert len(listing.err.splitlines()) == 1


def test_a_broken_profile_does_not_hide_the_others_in_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "bad.toml").write_text("schema = ")
    listing = run_here(["--profiles", str(folder)], tmp_path)
    assert listing.code == 0
    _, first, *rest = listing.out.splitlines()
    assert first.startswith("bad ")
    assert "broken TOML" in first
    assert len(rest) == len(ALL_SAMPLES)


@pytest.mark.parametrize(
    ("environment", "the_same"),
    [
        ({"TERM": "dumb"}, ["cluster-64", "--plain"]),
        ({"TERM": "xterm-256color", "CI": "1"}, ["advise", "cluster-64"]),
        ({"TERM": ""}, ["advise", "cluster-64"]),
    ],
)
def test_a_terminal_that_cannot_show_the_app_gets_the_plain_verdict(
    environment: dict[str, str], the_same: list[str], tmp_path: Path
) -> None:
    found = run_in_terminal(["cluster-64"], tmp_path, environment)
    assert found.code == 0
    assert "RESERVE 12 months" in found.out
    assert "\x1b" not in found.out + found.err
    assert "Traceback" not in found.err
    assert found.out == run_here(the_same, tmp_path).out


def test_a_capable_terminal_gets_the_app(tmp_path: Path) -> None:
    """The counterpart of the test above: without those settings the app takes the alternate screen (`CSI ? 1049 h`)."""
    found = run_in_terminal(["cluster-64"], tmp_path, {"TERM": "xterm-256color"}, until="\x1b[?1049h")
    assert "\x1b[?1049h" in found.out + found.err
    assert "Traceback" not in found.out + found.err


@pytest.mark.parametrize(
    "arguments", [["lora-one-node"], ["advise", "lora-one-node"], ["advise", "lora-one-node", "--json"], []]
)
def test_a_closed_pipe_is_not_an_error(arguments: list[str], tmp_path: Path) -> None:
    """As in `gpu-advisor advise lab | head -1`, but with the pipe closed from the start."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*PROGRAM, *arguments],
        env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=write_end,
        stderr=subprocess.PIPE,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    os.close(write_end)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_head_gets_its_line(tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m screens advise cluster-64 | head -1"
    done = subprocess.run(
        ["sh", "-c", shell], env=clean_environment(tmp_path), capture_output=True, timeout=HANGS_AFTER_S, check=False
    )
    assert done.stdout == b"Train on 64 nodes, 2 years\n"
    assert done.stderr == b""


_CLOSED = """
import os, sys
os.close(int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-m", "screens", *sys.argv[2:]])
"""


@pytest.mark.parametrize("stream", [0, 1])
def test_a_closed_stream_is_not_an_internal_error(stream: int, tmp_path: Path) -> None:
    """Started by a daemon that closed stdin or stdout."""
    found = run([str(stream), "cluster-64"], tmp_path, program=[sys.executable, "-c", _CLOSED])
    assert "internal error" not in found.err
    assert "Traceback" not in found.err
    assert found.code in (0, 1)


def test_a_terminal_without_unicode_gets_the_verdict(tmp_path: Path) -> None:
    found = run(["advise", "cluster-64"], tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert found.code == 0
    assert "RESERVE 12 months" in found.out


# Exit codes; wrong input is in test_wrong_input.py


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["advise", "lora-one-node"], 0),
        (["advise", "lora-one-node", "--quiet", "--no-color"], 0),
        (["advise", "no-such-profile"], 1),
        (["no-such-profile"], 1),
        (["advise"], 2),
        (["advise", "one", "two"], 2),
        (["--no-such-option"], 2),
        (["--json", "lora-one-node"], 2),
        (["advise", "lora-one-node", "--book"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int, tmp_path: Path) -> None:
    found = run_here(arguments, tmp_path)
    assert found.code == code
    assert bool(found.out) is (code == 0)
    assert bool(found.err) is (code != 0)
    assert "Traceback" not in found.err
    if code == 2:
        assert "see gpu-advisor" in found.err
