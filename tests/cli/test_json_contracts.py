"""Every command's JSON satisfies its schema, every schema is strict, and docs/json.md is current."""

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from advisor.backtest.scoring import SyntheticResult
from advisor.backtest.verdict_log import log_verdicts
from advisor.cli.parser import parser_tree
from advisor.costing.components import COMPONENTS, GROUPS
from advisor.decision.advise import advise
from advisor.reports.json_models import schema_names, schema_text
from advisor.reports.summary_row import EXPECTED_FIELDS, FIELDS
from tests.support.folders import CATALOGS, ROOT
from tests.support.json_contracts import keeps_contract, validator
from tests.support.json_docs import PAGE, page
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, a_profile

FEW = ["--paths", "200"]
OFFERS = ["offers", "cluster-64", "--date", "2026-11-29", "--add"]
ASKED: dict[str, list[list[str]]] = {
    "compare": [["compare", "cluster-64", "lora-one-node", *FEW]],
    "market": [
        ["market"],
        ["market", "--gpu", "MI300X"],
        ["market", "--as-of", "2025-06"],
        ["market", "--catalog", str(CATALOGS / "gpuhunt")],
    ],
    "figure": [
        ["market", "--figure", figure]
        for figure in (
            *("H100-SXM.node_usd", "facility.pue", "outlook.H100-SXM.12", "expert.H100-SXM.trend"),
            *("history.H100-SXM.on_demand_neocloud.2025-06", "scenario.flat", "sizing.model_flops_utilisation"),
        )
    ],
    "offers": [
        [*OFFERS, "H100 12 months $2.45/GPU-hr, 25% prepaid", "--add", "buy 64 H100 nodes at $240,000 each"],
        [*OFFERS, "Beta: 7 days capacity block, $5.19 per GPU-hour, valid until Dec 15"],
    ],
    "report": [
        ["report", "cluster-64", *FEW],
        ["report", "inference-8", *FEW, "--prices-from", str(CATALOGS / "gpuhunt"), "--seed", "3"],
    ],
    "seller": [["seller"], ["seller", "--gpu", "MI300X", "--price", "2.85"], ["seller", "--price", "0.2"]],
    "profiles": [["profiles"]],
    "names": [["profiles", "--names"]],
    "check": [["check", "cluster-64", "nobody"]],
    "cluster": [["size", "--pflops", "40000", "--headroom", "0.25"], ["size", "--pflops", "3", "--gpu", "B200-SXM"]],
    "size": [
        ["size", "--params", "7B", "--tokens", "1T", "--months", "2"],
        ["size", "--params", "671B", "--active", "37B", "--tokens", "14.8T", "--months", "3"],
        ["size", "--params", "70B", "--tokens", "1T", "--kind", "inference", "--busy", "0.4"],
        ["size", "--params", "70B", "--tokens", "1B", "--kind", "fine-tune", "--lora", "--gpu", "MI300X"],
    ],
}
NOT_HERE = {
    "advise": "tests/cli/test_cli.py",
    "backtest": "tests/backtest/test_walk_forward.py",
    "comparison": "tests/reports/test_reports.py",
    "expected": "below",
    "record": "below",
    "sweep": "below",
    "usage": "tests/cli/test_usage.py",
}


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema, itself included."""
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from parts(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from parts(part)


@pytest.mark.parametrize("asked", [(name, line) for name, lines in ASKED.items() for line in lines], ids=str)
def test_what_is_printed_keeps_its_contract(asked: tuple[str, list[str]]) -> None:
    name, line = asked
    found = run_here([*line, "--json"])
    assert found.code == (1 if name == "check" else 0), found.err
    keeps_contract(name, found.out)


def test_every_line_of_a_sweep_keeps_its_contract() -> None:
    asked = ["--set", "months=1,50", "--set", "start_month=0,20", "--set", "gpu=H100", "--set", "always_on=true"]
    for command in (["sweep", "lora-one-node", *asked], ["sweep", "cluster-64", "--set", "company.cash_usd=1,1e9"]):
        lines = run_here([*command, *FEW, "--jobs", "1", "--json"]).out.splitlines()
        assert len(lines) in (2, 4)
        for line in lines:
            keeps_contract("sweep", line)
    for line in run_here(["sweep", "lora-one-node", *asked, "--expected", "--jobs", "1", "--json"]).out.splitlines():
        keeps_contract("expected", line)


def test_the_record_keeps_its_contract() -> None:
    assert keeps_contract("record", run_here(["record", "--json"]).out)["verdicts"] == []
    for name, cash_usd in (("rich", 1e9), ("poor", 1.0)):
        log_verdicts([advise(a_profile(name=name, company={"cash_usd": cash_usd}), BOOK, 200)], date(2026, 11, 1))
    assert len(keeps_contract("record", run_here(["record", "--json"]).out)["verdicts"]) == 2


def test_profiles_that_cannot_be_read_keep_the_contract(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("schema = ")
    found = keeps_contract("profiles", run_here(["profiles", "--profiles", tmp_path, "--json"]).out)
    assert found["profiles"][0]["error"]


def test_a_file_whose_name_is_not_utf8_is_named_in_every_report(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.toml"))
    path.write_text('schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = 2\nmonths = 3\n')
    expected = f"{tmp_path}/\\xff.toml"
    assert (
        keeps_contract("advise", run_here(["advise", path, "--json", "--paths", "100"]).out)["profile"]["path"]
        == expected
    )
    assert (
        keeps_contract("compare", run_here(["compare", path, "lora-one-node", "--json"]).out)["profiles"][0]["path"]
        == expected
    )
    assert keeps_contract("check", run_here(["check", path, "--json"]).out)["files"][0]["path"] == expected
    listed = keeps_contract("profiles", run_here(["profiles", "--profiles", tmp_path, "--json"]).out)
    assert listed["profiles"][0]["path"] == expected


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_strict(name: str) -> None:
    """Every object lists all of its fields as required and allows no other, unless it is a map."""
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"].startswith("gpu-advisor ")
    assert schema["properties"]["schema"]["const"] == 2
    for part in parts(schema):
        if part.get("type") == "object":
            assert "additionalProperties" in part
            if "properties" in part:
                assert part["additionalProperties"] is False
                assert set(part["required"]) == set(part["properties"])
    assert set(schema["required"]) == set(schema["properties"])


def test_a_schema_notices_what_it_should() -> None:
    good = json.loads(run_here([*ASKED["size"][0], "--json"]).out)
    check = validator("size")
    assert check.is_valid(good)
    wrong: list[dict[str, Any]] = [{**good, "extra": 1}, {**good, "schema": 1}, {**good, "kind": "training"}]
    wrong.append({key: value for key, value in good.items() if key != "memory_gb"})
    wrong.append(copy.deepcopy(good))
    wrong[-1]["plans"][0]["nodes"] = 1.5
    assert [check.is_valid(report) for report in wrong] == [False] * 5


def test_every_command_with_json_has_a_schema_and_every_schema_a_test() -> None:
    _, by_command = parser_tree()
    takes_json = {
        name for name, one in by_command.items() if any("--json" in arg.option_strings for arg in one.arguments)
    }
    assert len(takes_json) > 10
    assert takes_json <= set(schema_names())
    assert set(schema_names()) == {*ASKED, *NOT_HERE}


def test_a_row_of_a_sweep_has_the_fields_of_its_schema() -> None:
    properties = json.loads(schema_text("sweep"))["properties"]
    assert set(properties) == {"schema", "set", "error", *FIELDS}
    assert set(json.loads(schema_text("expected"))["properties"]) == {"schema", "set", "error", *EXPECTED_FIELDS}


def test_a_report_is_the_answer_of_advise_and_two_fields_more() -> None:
    report, answer = (json.loads(schema_text(name)) for name in ("report", "advise"))
    more = {name: report["properties"][name] for name in ("assumptions", "repeat")}
    assert report["properties"] == answer["properties"] | more
    assert report["$defs"].items() >= answer["$defs"].items()


def test_every_figure_of_synthetic_markets_is_in_the_json() -> None:
    result = json.loads(schema_text("backtest"))["$defs"]["SyntheticResultJson"]
    assert set(result["properties"]) == {field.name for field in fields(SyntheticResult)}


def test_every_component_of_a_cost_and_every_group_is_in_the_schema() -> None:
    definitions = json.loads(schema_text("advise"))["$defs"]
    components = definitions["OptionJson"]["properties"]["components"]["propertyNames"]
    groups = definitions["WaterfallStepJson"]["properties"]["component"]
    assert (components["enum"], groups["enum"]) == (list(COMPONENTS), list(GROUPS))


def test_the_documentation_is_current_and_gives_every_field_a_meaning() -> None:
    current = page()
    assert PAGE.read_text(encoding="utf-8") == current, "make it again: python -m tests.support.json_docs"
    assert "|  |" not in current
    assert set(re.findall(r"^## (\w+)$", current, flags=re.M)) == set(schema_names())


def test_the_models_are_loaded_only_for_json() -> None:
    code = (
        "import sys; from screens.__main__ import main\n"
        "main(['size', '--params', '7B', '--tokens', '1T']); main(['profiles', '--names'])\n"
        "assert 'advisor.reports.json_models.base' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_the_command_prints_the_schema_of_the_models() -> None:
    for name in schema_names():
        assert run_here(["schema", name]).out == schema_text(name)
    unknown = run_here(["schema", "nothing"])
    assert unknown.code == 2
    assert "invalid choice: 'nothing'" in unknown.err
