"""docs/screens.md sketches every screen, and names keys that work there."""

import re

import pytest

from screens.commands import commands_of
from screens.views.home import HomeScreen
from screens.views.new import NewScreen
from screens.views.registry import VIEWS
from tests.support.folders import ROOT

_SECTIONS = re.compile(r"^## (\w[\w-]*): [^\n]+\?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_SKETCH = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COLUMNS, _LINES = 80, 24


def _sections() -> dict[str, str]:
    """The text of each section by the name of its screen."""
    return dict(_SECTIONS.findall((ROOT / "docs" / "screens.md").read_text("utf-8")))


def _places() -> dict[str, tuple[str, ...]]:
    """Where each screen's keys are declared, by the name of the screen."""
    named = {view.TITLE_WORD or "Verdict": view.PLACES for view in VIEWS.values()}
    return {"Home": HomeScreen.PLACES, "New": NewScreen.PLACES} | named


def test_every_screen_has_a_section() -> None:
    assert set(_sections()) == set(_places())


@pytest.mark.parametrize("name", _places())
def test_a_section_has_a_sketch_that_fits_and_keys_that_work(name: str) -> None:
    section = _sections()[name]
    lines = _SKETCH.findall(section)[0].splitlines()
    assert len(lines) <= _LINES
    assert max(map(len, lines)) <= _COLUMNS
    work = {key for command in commands_of(*_places()[name]) for key in command.key_names.split()}
    keys = re.findall(r"`([^`]+)`", section.partition("\nKeys: ")[2])
    assert keys
    assert set(keys) <= work
