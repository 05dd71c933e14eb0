"""The wheel, built from a checkout and installed elsewhere: the commands, the data and the samples come along."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.reports.json_models import schema_text
from tests.support.app_driver import SIZES
from tests.support.folders import ROOT

SAMPLES = sorted(path.stem for path in (ROOT / "profiles").glob("*.toml"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the freshly built wheel has been installed, away from the checkout."""
    built, target = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", built, ROOT], check=True)
    (wheel,) = built.glob("gpu_advisor-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", target, wheel], check=True)
    return target


def run_installed(site: Path, *arguments: str) -> str:
    """The output of the installed program, run from its own folder."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    program = [sys.executable, "-m", "screens", *arguments]
    return subprocess.run(program, env=environment, cwd=site, check=True, capture_output=True, text=True).stdout


def test_the_installed_package_is_the_one_that_runs(site: Path) -> None:
    script = "import advisor, screens; print(advisor.__file__); print(screens.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    found = subprocess.run([sys.executable, "-c", script], env=environment, cwd=site, check=True, capture_output=True)
    assert [line.startswith(str(site)) for line in found.stdout.decode().splitlines()] == [True, True]


def test_every_sample_gives_its_verdict_from_the_wheel(site: Path) -> None:
    listed = json.loads(run_installed(site, "profiles", "--json", "--profiles", "none"))["profiles"]
    actions = {Path(one["path"]).stem: one["action"] for one in listed if one["sample"]}
    assert sorted(actions) == SAMPLES
    assert set(actions.values()) <= {"api", "rent", "reserve", "buy"}
    answer = json.loads(run_installed(site, "advise", "lora-one-node", "--json"))
    assert answer["verdict"]["action"] == actions["lora-one-node"]


def test_a_page_from_the_wheel_has_its_style_sheet(site: Path) -> None:
    page = run_installed(site, "report", "lora-one-node", "--format", "html", "--paths", "100")
    assert "prefers-color-scheme: dark" in page


def test_the_manual_and_the_schemas_are_in_the_wheel(site: Path) -> None:
    manual = site / "share" / "man" / "man1" / "gpu-advisor.1"
    assert manual.read_bytes() == (ROOT / "man" / "gpu-advisor.1").read_bytes()
    assert run_installed(site, "schema", "sweep") == schema_text("sweep")
    assert json.loads(run_installed(site, "profiles", "--names", "--json"))["names"]


def test_the_app_starts_from_the_wheel_with_its_style_sheets(site: Path, tmp_path: Path) -> None:
    script = f"""
import asyncio, datetime
from pathlib import Path
from advisor.cli.parser import Request
from screens.app import AdvisorApp

async def main():
    for size in {list(SIZES.values())!r}:
        asked = Request(None, None, False, False, False, None, Path({str(tmp_path)!r}), 1000, 0)
        app = AdvisorApp(asked, datetime.date.today())
        async with app.run_test(size=size) as pilot:
            await app.workers.wait_for_complete()
            await pilot.press("n", "enter")
            await pilot.pause()
            print(type(app.screen).__name__)

asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, cwd=site, check=True, capture_output=True)
    assert done.stdout.decode().split() == ["NewScreen", "NewScreen"]
