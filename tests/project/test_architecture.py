"""The code lies where the architecture says: questions lead to files, and files and functions stay small."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.architecture_picture import layers
from tests.support.code_reading import code_files, defined_in, functions, name_of
from tests.support.folders import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
QUESTIONS = re.findall(r"^\| (.+?) \| `([\w/]+\.py)` \| `(\w+)` \|$", TEXT, flags=re.MULTILINE)
FOLDERS = sorted({path.parent for path in code_files("advisor", "screens", "tests")})
FILES = code_files("advisor", "screens")
MOST_FILES, MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_LAYERS = 20, 400, 40, 8
MOST_OF_ITS_OWN = 6  # files of advisor/ beside its folders


def test_at_least_35_questions_are_asked() -> None:
    assert len(QUESTIONS) >= 35
    assert len({question for question, _, _ in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize(("question", "file", "name"), QUESTIONS, ids=[question for question, _, _ in QUESTIONS])
def test_the_answer_is_where_the_table_says(question: str, file: str, name: str) -> None:
    assert (ROOT / file).is_file(), f"{question}: {file}"
    assert name in defined_in(ROOT / file), f"{question}: {file} defines no {name}"


def test_the_engine_has_few_layers_and_few_files_of_its_own() -> None:
    assert len(layers()) - 1 <= MOST_LAYERS  # screens stand above
    own = [path.name for path in (ROOT / "advisor").glob("*.py")]
    assert len(own) <= MOST_OF_ITS_OWN, sorted(own)


def test_the_styles_of_a_view_are_for_that_view_alone() -> None:
    """Textual keeps the rules of every screen that was shown, and two screens may call a widget alike."""
    views = sorted((ROOT / "screens" / "views").glob("*.tcss"))
    rules = [
        (path, rule) for path in views for rule in re.findall(r"^([^/\s{][^{]*) \{", path.read_text("utf-8"), re.M)
    ]
    loose = [
        f"{path.name}: {one}"
        for path, rule in rules
        for one in rule.split(", ")
        if not re.match(r"\w+Screen\b|\.map--|#help$", one)
    ]
    assert rules
    assert loose == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_no_folder_holds_too_many_files(folder: Path) -> None:
    own = [path.name for path in folder.iterdir() if path.suffix == ".py" and path.name != "__init__.py"]
    assert len(own) <= MOST_FILES, sorted(own)


def test_no_file_is_too_long() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_function_is_too_long_without_a_reason() -> None:
    """A reason is a comment `# long: why` in the function or on the line above it. Docstrings do not count."""
    assert [fault for path in FILES for fault in long_functions(path)] == []


def long_functions(path: Path) -> Iterator[str]:
    """The functions of a file that are too long without a reason."""
    lines = path.read_text("utf-8").splitlines()
    for function in functions(path):
        first, last = function.lineno, function.end_lineno or function.lineno
        docstring = function.body[0].end_lineno or first if _has_docstring(function) else first
        counted = last - first + 1 - (docstring - function.body[0].lineno + 1 if docstring > first else 0)
        reasoned = any("# long: " in line for line in lines[max(0, first - 2) : last])
        if counted > MOST_LINES_OF_A_FUNCTION and not reasoned:
            yield f"{name_of(path)}, {function.name}: {counted} lines"


def _has_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return ast.get_docstring(function) is not None


def test_every_file_says_what_is_in_it() -> None:
    """A folder in its `__init__.py`. A name alone says nothing."""
    first = {name_of(path): path.read_text("utf-8").partition("\n")[0] for path in FILES}
    assert [name for name, line in first.items() if not re.match(r'""".*\s', line)] == []
