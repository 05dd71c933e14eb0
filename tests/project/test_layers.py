"""Who may import whom, held by the contracts in pyproject.toml, and who may touch files, held by reading the code."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.code_reading import code_files, name_of, nodes_of
from tests.support.folders import ROOT
from tests.support.processes import HANGS_AFTER_S, clean_environment

ENGINE = code_files("advisor")
MAY_TOUCH_FILES = (
    "advisor/profiles/store.py",
    "advisor/files/",
    "advisor/profiles/trash.py",
    "advisor/market/",
)
TOUCHES_FILES = {
    "open", "fdopen", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "iterdir", "glob",
    "rglob", "touch", "rename", "listdir", "scandir", "fsync", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory",
}  # fmt: skip
NO_FILES = [path for path in ENGINE if not name_of(path).startswith(MAY_TOUCH_FILES)]


def file_calls(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The calls in a file that reach for the file system: `open(...)`, `path.read_text(...)` and their kin."""
    for node in nodes:
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name) if name in TOUCHES_FILES:
                    yield f"line {node.lineno}: {name}()"
                case _:
                    pass


def test_there_is_code_to_read() -> None:
    assert len(ENGINE) > 20


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


def test_only_the_library_and_the_market_touch_files() -> None:
    allowed_in = {
        "advisor/cli/parser.py": "open()",  # the null device, when the reader of a pipe has gone
        "advisor/decision/confidence.py": "read_text()",  # the track record that ships
        "advisor/usage/gpu_of_name.py": "read_text()",  # the instance types that ship
        "advisor/reports/formats/html.py": "read_text()",  # the style sheet that comes along
    }
    for path in NO_FILES:
        allowed, calls = allowed_in.get(name_of(path)), file_calls(nodes_of(path))
        assert [call for call in calls if allowed is None or not call.endswith(allowed)] == [], name_of(path)


def test_the_check_on_files_sees_what_it_should() -> None:
    assert any(file_calls(nodes_of(ROOT / "advisor/files/atomic.py")))
    assert list(file_calls(ast.walk(ast.parse("import os\nopen('x')\nPath('y').read_text()\n")))) == [
        "line 2: open()",
        "line 3: read_text()",
    ]
