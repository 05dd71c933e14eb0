"""The ten questions of docs/ten_questions.md: the keys it names lead from the verdict to the words it names."""

import re
from pathlib import Path

import pytest

from advisor.profiles.store import sample_entries
from screens.commands import COMMANDS
from tests.screens.test_app import shown
from tests.support.app_driver import answer_of, press, request, running
from tests.support.folders import ROOT
from tests.support.frozen_book import frozen_book

_ROW = re.compile(r"^\| ([A-Z][^|]+\?) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
QUESTIONS = _ROW.findall((ROOT / "docs" / "ten_questions.md").read_text("utf-8"))
_TEXTUAL = {"PgDn": "pagedown", "Enter": "enter"}
OFFER = """
[[quote]]
option = "reserved"
from = "Acme"
months = 12
usd_per_gpu_hour = 2.30
prepaid = 0.25
"""


def test_there_are_ten_each_at_most_three_keys_away() -> None:
    assert len(QUESTIONS) == 10
    assert all(len(_ticked(keys)) <= 3 for _, keys, _ in QUESTIONS)


@pytest.mark.parametrize(("question", "keys", "where"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
async def test_the_answer_is_on_the_screen(question: str, keys: str, where: str, tmp_path: Path) -> None:
    entry = next(entry for entry in sample_entries() if entry.name == "cluster-64")
    (tmp_path / "ours.toml").write_text(entry.path.read_text("utf-8") + OFFER, encoding="utf-8")
    letters = {command.keys for command in COMMANDS}
    with frozen_book():  # the document names prices, which a new one must not change
        async with running(request("ours", tmp_path)) as (app, pilot):
            for key in _ticked(keys):
                await press(app, pilot, _TEXTUAL.get(key, key))
            text = shown(app).lower()
        missing = [words for words in _ticked(where) if words not in letters and words.lower() not in text]
        assert not missing, question


async def test_a_price_is_judged_without_an_offer(tmp_path: Path) -> None:
    """Its place among posted prices with their number, the price up to which it wins, and the verdict with it."""
    with frozen_book():
        async with running(request("cluster-64", tmp_path)) as (app, pilot):
            for key in ("O", "2", "full_stop", "3", "0", "enter"):
                await press(app, pilot, key)
            text = shown(app)
    assert "below the lowest of 6" in text
    assert re.search(r"take it up to \$\d\.\d\d", text)
    assert "with this offer the verdict is: on-demand rent" in text


async def test_a_flip_is_two_keys_away(tmp_path: Path) -> None:
    async with running(request("pre-train-16", tmp_path)) as (app, pilot):
        before = answer_of(app).view.headline
        await press(app, pilot, "w")
        await press(app, pilot, "t")
        assert answer_of(app).view.headline != before
        assert "tried" in app.note
        await press(app, pilot, "z")
        assert answer_of(app).view.headline == before


def _ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)
