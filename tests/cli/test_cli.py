"""The program as a person or a script meets it: real processes, real files, real terminals."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from advisor import __version__
from advisor.decision.advise import advise
from advisor.profiles.schema import Profile
from advisor.reports.formats.json_report import json_report
from tests.support.json_contracts import strict_json, validator
from tests.support.processes import (
    HANGS_AFTER_S,
    PROGRAM,
    Run,
    bound_by_permissions,
    clean_environment,
    run,
    run_here,
    run_in_terminal,
)
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, sample

VALIDATOR = validator("advise")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def assert_one_error_line(found: Run, *words: str, code: int = 1) -> None:
    """What a wrong input is met with: nothing on stdout, one line on stderr that says what, no control characters."""
    assert found.code == code, found
    assert found.out == ""
    assert "Traceback" not in found.err
    assert found.err.startswith("gpu-advisor: ")
    assert found.err.endswith("\n")
    assert len(found.err.splitlines()) == 1
    assert not CONTROL.search(found.err)
    assert len(found.err) < 1000
    for word in words:
        assert word.lower() in found.err.lower(), found.err


# Quick answers


def test_version(tmp_path: Path) -> None:
    assert run(["--version"], tmp_path) == Run(0, f"gpu-advisor {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["advise", "--help"], ["report", "--help"]])
def test_help(arguments: list[str], tmp_path: Path) -> None:
    found = run(arguments, tmp_path)
    assert found.code == 0
    assert found.err == ""
    assert "PROFILE" in found.out
    assert "--book" in found.out
    assert [line for line in found.out.splitlines() if len(line) > 80] == []


def test_the_installed_command_is_the_same_program(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "gpu-advisor"
    assert run(["--version"], tmp_path, program=[str(command)]) == run(["--version"], tmp_path)


HEAVY = ["numpy", "numpy_financial", "pydantic", "textual", "rich", "tomlkit"]
_WHAT_IS_LOADED = """
import sys
from screens.__main__ import main
try:
    main(sys.argv[2:])
except SystemExit:
    pass
print([name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)
"""


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
    assert found.err == "['numpy', 'numpy_financial', 'pydantic']\n"


# The verdict


@pytest.mark.parametrize("name", SAMPLES)
def test_advise_prints_the_verdict_on_a_sample(name: str, tmp_path: Path) -> None:
    """Its name, its need, what to do; plain, in 79 columns, with the columns apart."""
    found = run(["advise", name], tmp_path)
    pick = advise(sample(name), BOOK).verdict.pick
    assert pick is not None
    verb, _, rest = pick.cost.option.label.partition(" ")
    assert found.code == 0
    assert found.err == ""
    lines = found.out.splitlines()
    assert lines[0] == sample(name).name
    assert any(line.startswith(f"{verb.upper()} {rest}") for line in lines[:6])
    assert not CONTROL.search(found.out.replace("\n", ""))
    assert [line for line in lines if len(line) > 79] == []
    rows = [line for line in lines if re.search(r"^ {4}(rent|reserve|prepay|buy|lease) .*\d months?$", line)]
    assert rows, "which way is cheapest by length of the plan"
    assert [row for row in rows if not re.search(r"[a-z] {2,}\d+( to \d+)? months?$", row)] == []
    named = [line for line in lines if re.search(r"(the pick|\+\$[0-9.]+[kMB]?)$", line) and line.startswith("    ")]
    assert len(named) >= 5, "what is cheapest if rents go another way"
    assert [row for row in named if not re.search(r"\S {2,}\S.*\S {2,}\S+( pick)?$", row)] == []


def test_a_path_a_saved_name_and_a_sample_are_all_found(tmp_path: Path) -> None:
    text = SAMPLES["lora-one-node"].read_text("utf-8").replace("One-node LoRA, two weeks", "Mine")
    saved = tmp_path / "data" / "gpu-advisor" / "profiles" / "mine.toml"
    saved.parent.mkdir(parents=True)
    saved.write_text(text)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "ours.toml").write_text(text)
    assert run(["advise", str(saved)], tmp_path).out.startswith("Mine\n")
    assert run(["advise", "mine"], tmp_path).out.startswith("Mine\n")
    assert run(["advise", "--profiles", str(shared), "ours"], tmp_path).out.startswith("Mine\n")
    in_environment = run(["advise", "ours"], tmp_path, environment={"GPU_ADVISOR_PROFILES": str(shared)})
    assert in_environment.out.startswith("Mine\n")
    assert_one_error_line(run(["advise", "ours"], tmp_path), "'ours'")


def test_a_book_of_your_own_changes_the_answer(tmp_path: Path) -> None:
    book = tmp_path / "mine.toml"
    book.write_text("[gpu.H100-SXM]\nnode_usd = 150_000\n")
    assert "\nRESERVE 12 months" in run(["advise", "cluster-64"], tmp_path).out
    assert "\nBUY and colocate" in run(["advise", "cluster-64", "--book", str(book)], tmp_path).out


# JSON


def schema_objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object, however deep."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from schema_objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from schema_objects(part)


def test_the_contract_is_strict() -> None:
    objects = list(schema_objects(VALIDATOR.schema))
    assert len(objects) >= 10
    for part in objects:
        assert part["additionalProperties"] is False
        optional = set(part["properties"]) - set(part["required"])
        assert not optional or part["title"] == "components", "an option has only the components it pays"


@pytest.mark.parametrize("name", SAMPLES)
def test_json_keeps_the_contract(name: str, tmp_path: Path) -> None:
    found = run(["advise", name, "--json"], tmp_path)
    assert found.code == 0
    assert found.err == ""
    report = strict_json(found.out)
    VALIDATOR.validate(report)
    assert report["profile"] == {"name": sample(name).name, "path": None}
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
    "a contract to be let go": a_profile(
        commitment=[
            {"nodes": 8, "months_left": 9, "usd_per_gpu_hour": 9, "termination_fee_share": 0, "may_be_resold": False},
            {"nodes": 2, "months_left": 60, "usd_per_gpu_hour": 2.9, "from": "vendor A"},
        ]
    ),
    "contracts and nothing fits": a_profile(
        company={"cash_usd": 1.0}, commitment=[{"nodes": 16, "months_left": 9, "usd_per_gpu_hour": 2.9}]
    ),
    "other GPUs": a_profile(market={"other_gpus": sorted(BOOK.gpus)}),
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


@pytest.mark.parametrize("case", UNUSUAL)
def test_json_keeps_the_contract_in_unusual_cases(case: str) -> None:
    report = json_report(advise(UNUSUAL[case], BOOK), Path("mine.toml"), date(2026, 11, 1))
    text = json.dumps(report, allow_nan=False)
    VALIDATOR.validate(strict_json(text))
    assert report["profile"]["path"] == "mine.toml"


def test_the_contract_notices_what_it_should() -> None:
    report = json_report(advise(sample("cluster-64"), BOOK), None, date(2026, 11, 1))
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
    """Whatever the order of hashes, and whatever is left of the day."""
    for _ in range(2):
        before = date.today()
        texts = {
            run(["advise", "inference-8", "--json"], tmp_path, environment={"PYTHONHASHSEED": seed}).out
            for seed in ("1", "2")
        }
        if date.today() == before:  # otherwise midnight fell between them: the age of the prices changed
            break
    assert len(texts) == 1


def test_the_path_of_a_profile_of_your_own_is_in_the_json(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes(SAMPLES["lora-one-node"].read_bytes())
    assert strict_json(run(["advise", str(mine), "--json"], tmp_path).out)["profile"]["path"] == str(mine)


# Where no app can be shown


def test_without_a_terminal_the_verdict_is_plain(tmp_path: Path) -> None:
    plain = run(["cluster-64"], tmp_path)
    assert plain.code == 0
    assert plain.out == run(["advise", "cluster-64"], tmp_path).out
    assert len(plain.err.splitlines()) == 1
    assert run(["cluster-64", "--quiet"], tmp_path).err == ""


def test_without_a_terminal_and_a_profile_all_are_listed(tmp_path: Path) -> None:
    listing = run([], tmp_path)
    assert listing.code == 0
    assert [line.split()[0] for line in listing.out.splitlines()] == list(SAMPLES)
    assert "RENT" in listing.out
    assert len(listing.err.splitlines()) == 1


def test_a_broken_profile_does_not_hide_the_others_in_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "bad.toml").write_text("schema = ")
    listing = run(["--profiles", str(folder)], tmp_path)
    assert listing.code == 0
    first, *rest = listing.out.splitlines()
    assert first.startswith("bad ")
    assert "broken TOML" in first
    assert len(rest) == len(SAMPLES)


@pytest.mark.parametrize(
    ("environment", "the_same"),
    [
        ({"TERM": "dumb"}, ["cluster-64", "--plain"]),
        ({"TERM": "xterm-256color", "CI": "1"}, ["advise", "cluster-64"]),
        ({"TERM": ""}, ["advise", "cluster-64"]),
    ],
)
def test_a_terminal_that_cannot_paint_gets_the_plain_verdict(
    environment: dict[str, str], the_same: list[str], tmp_path: Path
) -> None:
    found = run_in_terminal(["cluster-64"], tmp_path, environment)
    assert found.code == 0
    assert "RESERVE 12 months" in found.out
    assert "\x1b" not in found.out + found.err
    assert "Traceback" not in found.err
    assert found.out == run(the_same, tmp_path).out


def test_a_terminal_that_can_paint_gets_the_app(tmp_path: Path) -> None:
    """So that the test above is about the settings and not about the terminal: without them the screen is taken over
    (the alternate screen, `CSI ? 1049 h`)."""
    found = run_in_terminal(["cluster-64"], tmp_path, {"TERM": "xterm-256color"}, until="\x1b[?1049h")
    assert "\x1b[?1049h" in found.out + found.err
    assert "Traceback" not in found.out + found.err


@pytest.mark.parametrize(
    "arguments", [["cluster-64"], ["advise", "cluster-64"], ["advise", "cluster-64", "--json"], []]
)
def test_a_reader_that_has_gone_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    """As in `gpu-advisor advise lab | head -1`, except that the reader is gone from the start."""
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
    assert done.stdout == b"64-node cluster\n"
    assert done.stderr == b""


_CLOSED = """
import os, sys
os.close(int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-m", "screens", *sys.argv[2:]])
"""


@pytest.mark.parametrize("stream", [0, 1])
def test_a_closed_stream_is_no_internal_error(stream: int, tmp_path: Path) -> None:
    """Started by a daemon that closed stdin or stdout."""
    found = run([str(stream), "cluster-64"], tmp_path, program=[sys.executable, "-c", _CLOSED])
    assert "internal error" not in found.err
    assert "Traceback" not in found.err
    assert found.code in (0, 1)


def test_a_terminal_without_unicode_gets_the_verdict_all_the_same(tmp_path: Path) -> None:
    found = run(["advise", "cluster-64"], tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert found.code == 0
    assert "RESERVE 12 months" in found.out


# Exit codes and wrong input


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
    found = run(arguments, tmp_path)
    assert found.code == code
    assert bool(found.out) is (code == 0)
    assert bool(found.err) is (code != 0)
    assert "Traceback" not in found.err
    if code == 2:
        assert "usage: gpu-advisor" in found.err


def test_an_unknown_profile_is_met_with_the_nearest_names(tmp_path: Path) -> None:
    assert_one_error_line(run(["advise", "cluster-46"], tmp_path), "'cluster-46'", "did you mean cluster-64")


def profile_text(**workload: str) -> str:
    """A good profile as TOML, with the values of some workload fields replaced as they are."""
    fields = {"kind": '"pre-train"', "gpu": '"H100-SXM"', "nodes": "16", "months": "12", "busy": "0.85", **workload}
    lines = [f"{key} = {value}" for key, value in fields.items()]
    return "\n".join(["schema = 1", 'name = "x"', "[[workload]]", *lines]) + "\n"


def contract(**own: str) -> str:
    """A contract in hand as TOML, its header first, with the values of some fields replaced as they are."""
    fields = {"nodes": "8", "months_left": "6", "usd_per_gpu_hour": "2.5", **own}
    return "\n".join(["[[commitment]]", *(f"{key} = {value}" for key, value in fields.items())]) + "\n"


# In profile_text the workload's header is line 3; kind, gpu, nodes, months and busy are lines 4 to 8.
WRONG: dict[str, tuple[str, list[str]]] = {
    "unknown GPU": (profile_text(gpu='"H10"'), [":5:", "gpu", "'H10'", "did you mean", "H100"]),
    "no nodes": (profile_text(nodes="0"), [":6:", "workload 1, nodes", "found 0", "at least 1"]),
    "less than no nodes": (profile_text(nodes="-1"), [":6:", "nodes", "found -1", "at least 1"]),
    "a million million nodes": (profile_text(nodes="1e12"), [":6:", "nodes", "found 1e+12", "whole number"]),
    "the same, written out": (profile_text(nodes="1_000_000_000_000"), [":6:", "1000000000000", "at most 65,536"]),
    "half a node": (profile_text(nodes="0.5"), [":6:", "nodes", "found 0.5", "whole number"]),
    "no months": (profile_text(months="0"), [":7:", "months", "found 0", "at most 60"]),
    "too many months": (profile_text(months="61"), [":7:", "months", "found 61", "at most 60"]),
    "too late an end": (profile_text(start_month="50"), ["start_month 50 + months 12", "at most 60"]),
    "more than always busy": (profile_text(busy="1.2"), [":8:", "busy", "found 1.2", "at most 1"]),
    "nan": (profile_text(busy="nan"), [":8:", "busy", "found nan"]),
    "inf": (profile_text(busy="inf"), [":8:", "busy", "found inf"]),
    "text for a number": (profile_text(nodes='"16"'), [":6:", "nodes", "'16'", "whole number"]),
    "truth for a number": (profile_text(nodes="true"), [":6:", "nodes", "True", "whole number"]),
    "a list for a number": (profile_text(months="[12]"), [":7:", "months", "[12]", "number"]),
    "unknown kind": (profile_text(kind='"training"'), [":4:", "'training'", "fine-tune, pre-train, inference"]),
    "unknown key": (profile_text(nods="4"), [":9:", "workload 1, nods", "did you mean nodes"]),
    "unknown table": (profile_text() + "[compny]\nstage = 'seed'\n", [":9:", "compny", "did you mean company"]),
    "unknown figure": (profile_text() + "[facility]\npeu = 1.2\n", [":10:", "facility, peu", "did you mean pue"]),
    "figure out of bounds": (profile_text() + "[facility]\npue = 0.5\n", [":10:", "pue", "found 0.5", "1"]),
    "a figure that is nan": (profile_text() + "[facility]\npue = nan\n", [":10:", "pue", "found nan"]),
    "a future format": (profile_text().replace("schema = 1", "schema = 2"), [":1:", "schema", "found 2"]),
    "no name": (profile_text().replace('name = "x"\n', ""), ["name", "found nothing"]),
    "no work": ('schema = 1\nname = "x"\n', ["workload", "found nothing"]),
    "two GPUs": (profile_text() + profile_text(gpu='"B200"').split("\n", 2)[2], ["one GPU"]),
    "an offer without a price": (profile_text() + '[[quote]]\noption = "buy"\n', ["quote 1", "usd_per_node"]),
    "no memory": (profile_text(memory_gb_per_gpu="0"), [":9:", "memory_gb_per_gpu", "found 0", "more than 0"]),
    "a tax of all": (profile_text() + "[company]\ntax_rate = 1\n", [":10:", "tax_rate", "found 1", "less than 1"]),
    "a negative tax": (profile_text() + "[company]\ntax_rate = -0.1\n", [":10:", "tax_rate", "at least 0"]),
    "taxable too late": (
        profile_text() + "[company]\ntaxable_from_month = 121\n",
        [":10:", "taxable_from_month", "found 121", "at most 120"],
    ),
    "taxable from half a month": (profile_text() + "[company]\ntaxable_from_month = 1.5\n", [":10:", "whole number"]),
    "unknown depreciation": (
        profile_text() + "[company]\ndepreciation = 'double'\n",
        [":10:", "depreciation", "'double'", "straight-line, macrs, bonus"],
    ),
    "an unknown other GPU": (
        profile_text() + "[market]\nother_gpus = ['H200', 'B20']\n",
        [":10:", "other_gpus 2", "'B20'", "did you mean B200"],
    ),
    "one other GPU that is no list": (profile_text() + "[market]\nother_gpus = 'H200'\n", [":10:", "'H200'", "a list"]),
    "other GPUs by number": (profile_text() + "[market]\nother_gpus = [200]\n", [":10:", "found 200", "text"]),
    "a path out of order": (
        profile_text() + "[market]\nrents_path = [[6, 1], [3, 0.5]]\n",
        ["rents_path out of order", "rising months"],
    ),
    "a path to nothing": (profile_text() + "[market]\nrents_path = [[0, 1], [6, 0]]\n", ["multiples above 0"]),
    "a path that is no list": (
        profile_text() + "[market]\nrents_path = 0.5\n",
        [":10:", "rents_path", "0.5", "a list"],
    ),
    "a point that is no pair": (
        profile_text() + "[market]\nrents_path = [0, 1]\n",
        [":10:", "rents_path 1", "found 0", "[month, multiple]"],
    ),
    "half a point": (profile_text() + "[market]\nrents_path = [[0]]\n", [":10:", "rents_path 1", "found"]),
    "a point of words": (
        profile_text() + "[market]\nrents_path = [[0, 'x']]\n",
        [":10:", "rents_path 1", "'x'", "number"],
    ),
    "a point that is nan": (profile_text() + "[market]\nrents_path = [[0, nan]]\n", [":10:", "rents_path 1", "nan"]),
    "a contract of no nodes": (profile_text() + contract(nodes="0"), [":10:", "commitment 1, nodes", "at least 1"]),
    "a contract that is over": (profile_text() + contract(months_left="0"), [":11:", "months_left", "found 0"]),
    "a contract without an end": (profile_text() + contract(months_left="61"), [":11:", "found 61", "at most 60"]),
    "a contract that pays you": (profile_text() + contract(usd_per_gpu_hour="-1"), [":12:", "found -1", "at least 0"]),
    "a fee of more than is left": (
        profile_text() + contract(termination_fee_share="1.5"),
        [":13:", "termination_fee_share", "at most 1"],
    ),
    "a word for a right": (profile_text() + contract(may_be_resold="'no'"), [":13:", "may_be_resold", "true or false"]),
    "a contract of no length": (
        profile_text() + contract().replace("months_left = 6\n", ""),
        ["commitment 1, months_left", "found nothing"],
    ),
    "an unknown key of a contract": (profile_text() + contract(node="1"), [":13:", "node", "did you mean nodes"]),
    "an escape in a contract": (profile_text() + contract(**{"from": r'"\u001b[2J"'}), [":13:", "U+001B"]),
    "too many contracts": (profile_text() + 4 * contract(), ["commitment", "at most 3"]),
    "broken TOML": (profile_text(months="12 13"), [":7:13:", "broken TOML"]),
    "TOML that stops short": (profile_text() + "[company", [":9:", "broken TOML"]),
    "an empty file": ("", ["empty file"]),
    "only a comment": ("# nothing yet\n", ["empty file"]),
    "an escape sequence in the name": (
        profile_text().replace('"x"', r'"\u001b[31mred\u001b[0m"'),
        [":2:", "name", "U+001B"],
    ),
    "a raw escape in the name": (profile_text().replace('"x"', '"\x1b[31mred"'), [":2:", "broken TOML"]),
    "text that runs backwards": (profile_text().replace('"x"', r'"a\u202eb"'), [":2:", "name", "U+202E"]),
    "an escape sequence in a key": (profile_text() + '"\\u001b[2J" = 1\n', ["unknown key"]),
    "an escape sequence in a value": (profile_text(kind=r'"\u001b[2J"'), [":4:", "kind"]),
    "an endless line": (profile_text(gpu='"' + "H" * 5000 + '"'), [":5:", "gpu"]),
    "nested too deeply": ("a = " + "[" * 5000, ["nested too deeply"]),
    "a number of 5,000 digits": (profile_text(nodes="1" * 5000), ["wrong.toml"]),
    "a number of 400 digits": (profile_text(nodes="1" * 400), [":6:", "nodes", "at most 65,536"]),
}


# What might bring a process down meets one of its own; the others meet the same words in this one, without its start.
IN_A_PROCESS = {"nested too deeply", "a number of 5,000 digits", "an endless line", "an escape sequence in a value"}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_profile_is_one_line_on_stderr(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, words = WRONG[case]
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = ["advise", "wrong.toml"]
    found = run(asked, tmp_path) if case in IN_A_PROCESS else run_here(asked)
    assert_one_error_line(found, "wrong.toml", *words)


def test_those_for_a_process_are_there() -> None:
    assert set(WRONG) >= IN_A_PROCESS


IMPOSSIBLE = {
    "[rental]\nrelease_doublings = 0": "release_doublings",
    "[rental]\nhours_per_month = 0": "hours_per_month",
    "[rental]\ngpus_per_node = 0": "gpus_per_node",
    "[rental]\nvolume_discount_from_nodes = 0": "volume_discount_from_nodes",
    "[gpu]\nneocloud_usd_per_gpu_hour = 0": "neocloud_usd_per_gpu_hour",
    "[gpu]\nnode_usd = 1e308": "node_usd",
    "[gpu]\nlead_months = 120": "lead_months",
    "[forecast]\nresale_rent_elasticity = 1e300": "resale_rent_elasticity",
}


@pytest.mark.parametrize("figure", IMPOSSIBLE)
def test_a_figure_nobody_can_reckon_with_is_refused_or_reckoned_with(figure: str, tmp_path: Path) -> None:
    """Either it is met with one line that names it, or the answer is finite and nothing is muttered on stderr."""
    path = tmp_path / "wrong.toml"
    path.write_text(profile_text() + figure + "\n")
    found = run(["advise", "wrong.toml", "--json"], tmp_path)
    if found.code == 0:
        assert found.err == ""
        VALIDATOR.validate(strict_json(found.out))
    else:
        assert_one_error_line(found, IMPOSSIBLE[figure])


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    assert_one_error_line(run(["advise", "nowhere.toml"], tmp_path), "nowhere.toml", "no such file")


def test_a_profile_that_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    assert_one_error_line(run(["advise", "folder.toml"], tmp_path), "folder.toml", "directory")


def test_a_profile_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert_one_error_line(run(["advise", "pipe.toml"], tmp_path), "pipe.toml", "not a regular file")


def test_a_profile_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(profile_text())
    path.chmod(0)
    found = run(["advise", "secret.toml"], tmp_path, program=bound_by_permissions(PROGRAM))
    assert_one_error_line(found, "secret.toml", "permission denied")


def test_a_folder_of_profiles_that_may_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "secret"
    folder.mkdir(mode=0)
    found = run(["--profiles", "secret"], tmp_path, program=bound_by_permissions(PROGRAM))
    assert_one_error_line(found, "secret", "permission denied")


def test_a_profile_of_fifty_megabytes_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "huge.toml").write_bytes(b"# padding\n" * 5_000_000)
    assert_one_error_line(run(["advise", "huge.toml"], tmp_path), "huge.toml", "50,000,000 bytes", "at most")


def test_a_profile_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b'name = "\xff\xfe"')
    assert_one_error_line(run(["advise", "binary.toml"], tmp_path), "binary.toml", "position 8")


def test_a_profile_saved_by_an_editor_of_windows(tmp_path: Path) -> None:
    """With a byte order mark and carriage returns; the mark is no TOML, and may be refused as long as that is said."""
    (tmp_path / "crlf.toml").write_bytes(profile_text().replace("\n", "\r\n").encode())
    assert run(["advise", "crlf.toml"], tmp_path).code == 0


WRONG_BOOKS: dict[str, tuple[str, Sequence[str]]] = {
    "not a number": ("[facility]\npue = 'low'\n", ["facility, pue", "'low'"]),
    "out of bounds": ("[facility]\npue = 0.5\n", ["pue", "0.5", "1"]),
    "unknown figure": ("[facility]\npeu = 1.5\n", ["peu", "did you mean pue"]),
    "broken TOML": ("[facility\n", ["broken TOML"]),
    "gpu that is no table": ("gpu = 5\n", ["gpu"]),
    "nested too deeply": ("a = " + "[" * 5000, ["nested"]),
    "an escape sequence in a key": ('[facility]\n"\\u001b[2J" = 1\n', ["unknown key"]),
    "an escape sequence in a section": ('["\\u001b[2J"]\na = 1\n', ["unknown section"]),
}


@pytest.mark.parametrize("case", WRONG_BOOKS)
def test_a_wrong_book_is_one_line_on_stderr(case: str, tmp_path: Path) -> None:
    text, words = WRONG_BOOKS[case]
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    assert_one_error_line(run(["advise", "cluster-64", "--book", "book.toml"], tmp_path), "book.toml", *words)


def test_a_book_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert_one_error_line(run(["advise", "cluster-64", "--book", "pipe.toml"], tmp_path), "pipe.toml")


@pytest.mark.parametrize("name", ["\x1b[31mred.toml", "two\nlines.toml"])
def test_a_file_name_is_no_escape_sequence(name: str, tmp_path: Path) -> None:
    """Nor a second line of the listing."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / name).write_text(profile_text())
    listing = run(["--profiles", "shared"], tmp_path)
    assert listing.code == 0
    assert len(listing.out.splitlines()) == 1 + len(SAMPLES)
    assert not CONTROL.search(listing.out.replace("\n", ""))
    (folder / name).write_text("broken")
    assert_one_error_line(run(["advise", f"shared/{name}"], tmp_path), "broken TOML")


def test_nothing_is_written_by_asking(tmp_path: Path) -> None:
    """Advice leaves no trace: the data directory is not even made."""
    with TemporaryDirectory(dir=tmp_path) as home:
        run(["advise", "cluster-64"], Path(home))
        run([], Path(home))
        assert list(Path(home).iterdir()) == []


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "advise", "cluster-64"],
            env=clean_environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"no space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_name_at_all_is_no_profile(tmp_path: Path) -> None:
    assert_one_error_line(run(["advise", ""], tmp_path), "no profile")


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_text(profile_text(), encoding="utf-8-sig")
    assert run(["advise", "marked.toml"], tmp_path).code == 0


@pytest.mark.parametrize("character", ["\x0b", "\x1c", "\r", "\x85"])
def test_notes_hold_no_control_characters(character: str, tmp_path: Path) -> None:
    escaped = f"\\u{ord(character):04x}"
    (tmp_path / "p.toml").write_text(f'notes = "a{escaped}b"\n' + profile_text())
    assert_one_error_line(run(["advise", "p.toml"], tmp_path), "notes")


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    asked = ["advise", "cluster-64", "--json", "--paths", "1000"]
    first, again, other = (run([*asked, "--seed", seed], tmp_path).out for seed in ("5", "5", "6"))
    assert first == again
    assert first != other


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_number_of_threads_changes_no_byte(threads: str, tmp_path: Path) -> None:
    asked = ["advise", "cluster-64", "--json"]
    found = run(asked, tmp_path, environment={"OPENBLAS_NUM_THREADS": threads})
    assert found.out == run(asked, tmp_path).out


@pytest.mark.parametrize("option", [["--paths", "99"], ["--paths", "101"], ["--paths", "x"], ["--seed", "-1"]])
def test_paths_and_seeds_that_make_no_sense_are_usage_errors(option: list[str], tmp_path: Path) -> None:
    found = run(["advise", "cluster-64", *option], tmp_path)
    assert found.code == 2
    assert found.out == ""
