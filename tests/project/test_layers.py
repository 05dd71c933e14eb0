"""The house rules about who may import whom and who may touch files, held by reading the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import ROOT
from tests.support.processes import HANGS_AFTER_S, clean_environment

ENGINE = sorted((ROOT / "advisor").rglob("*.py"))
SCREENS = sorted((ROOT / "screens").rglob("*.py"))
MAY_TOUCH_FILES = (
    "advisor/profiles/store.py",
    "advisor/files/atomic.py",
    "advisor/profiles/trash.py",
    "advisor/market/",
    "advisor/files/append_log.py",
)
TOUCHES_FILES = {
    "open", "fdopen", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "iterdir", "glob",
    "rglob", "touch", "rename", "listdir", "scandir", "fsync", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory",
}  # fmt: skip
NOT_FOR_SCREENS = (
    "numpy",
    "numpy_financial",
    "advisor.costing.options",
    "advisor.costing.valuation",
    "advisor.costing.demand",
    "advisor.decision.break_even",
    "advisor.market.forecast.forecast",
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


NO_FILES = [path for path in ENGINE if not name_of(path).startswith(MAY_TOUCH_FILES)]


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules a file imports, wherever it does; `from a import b` counts as `a` and as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_calls(tree: ast.AST) -> Iterator[str]:
    """The calls in a file that reach for the file system: `open(...)`, `path.read_text(...)` and their kin."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name) if name in TOUCHES_FILES:
                    yield f"line {node.lineno}: {name}()"
                case _:
                    pass


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_there_is_code_to_read() -> None:
    assert len(ENGINE) > 20
    assert len(SCREENS) >= 3


def test_the_import_contracts_are_kept(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(command), "--no-cache"],
        cwd=ROOT,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
    assert " 0 kept" not in done.stdout


@pytest.mark.parametrize("path", NO_FILES, ids=name_of)
def test_only_the_library_and_the_market_touch_files(path: Path) -> None:
    allowed = {
        "advisor/cli/parser.py": "open()",  # the null device, when the reader of a pipe has gone
        "advisor/decision/confidence.py": "read_text()",  # the track record that ships
        "advisor/reports/formats/html.py": "read_text()",  # the style sheet that comes along
    }.get(name_of(path))
    calls = file_calls(ast.parse(path.read_text("utf-8")))
    assert [call for call in calls if allowed is None or not call.endswith(allowed)] == []


def test_the_check_on_files_sees_what_it_should() -> None:
    assert any(file_calls(ast.parse((ROOT / "advisor/files/atomic.py").read_text("utf-8"))))
    assert list(file_calls(ast.parse("import os\nopen('x')\nPath('y').read_text()\n"))) == [
        "line 2: open()",
        "line 3: read_text()",
    ]


@pytest.mark.parametrize("path", SCREENS, ids=name_of)
def test_screens_compute_nothing(path: Path) -> None:
    found = {
        module
        for module in imports(ast.parse(path.read_text("utf-8")))
        if any(within(module, package) for package in NOT_FOR_SCREENS)
    }
    assert not found


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_the_engine_knows_no_screen(path: Path) -> None:
    found = {
        module
        for module in imports(ast.parse(path.read_text("utf-8")))
        if any(within(module, package) for package in ("screens", "textual", "rich"))
    }
    assert not found


def test_the_check_on_imports_sees_what_it_should() -> None:
    tree = ast.parse("def f():\n    from advisor.costing import options\nimport numpy.linalg\n")
    assert set(imports(tree)) == {"advisor.costing", "advisor.costing.options", "numpy.linalg"}
    assert within("advisor.costing.options.buy", "advisor.costing.options")
    assert not within("advisor.optionsomething", "advisor.costing.options")
