"""What every screen looks like, as plain text, at the two sizes the app is designed for."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from advisor.library import sample_entries
from tests.app_driver import SIZES, press, request, running, screen_text


class TextSnapshot(SingleFileSnapshotExtension):
    """One text file a screen, so that a change can be read in a diff."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def screen_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextSnapshot)


_JOURNEYS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "home": (None, ()),
    "new": (None, ("n",)),
    "new-questions": (None, ("n", "down", "enter", "enter", "4", "8")),
    "verdict": ("cluster-64", ()),
    "verdict-edited": ("cluster-64", ("down", "down", "down", "right")),
    "why": ("cluster-64", ("2",)),
    "why-next-page": ("cluster-64", ("2", "pagedown")),
    "why-flips": ("frontier-lab-1000", ("2",)),
    "break-even": ("cluster-64", ("3",)),
    "break-even-inference": ("inference-8", ("3",)),
    "map": ("cluster-64", ("4",)),
    "map-cell": ("frontier-lab-1000", ("4", *["left"] * 8, "down")),
    "market": ("cluster-64", ("5",)),
    "market-filter": ("cluster-64", ("5", "slash", *"node", "enter", "down")),
    "market-source": ("cluster-64", ("5", "slash", *"outlook", "enter", "enter")),
    "market-other": ("lora-one-node", ("5", *["right"] * 8)),
    "record": ("cluster-64", ("7",)),
    "record-next-page": ("cluster-64", ("7", "pagedown")),
    "compare-empty": ("cluster-64", ("6",)),
    "compare": ("cluster-64", ("p", *["down"] * 3, "right", "p", "right", "c", "right")),
    "home-filter": (None, ("slash", "n", "o", "d", "e")),
    "verdict-rent": ("lora-one-node", ()),
    "verdict-close-call": ("frontier-lab-1000", ()),
    "help": ("cluster-64", ("question_mark",)),
    "numbers": ("cluster-64", ("o",)),
    "account": ("cluster-64", ("o", "down", "enter")),
    "account-source": ("cluster-64", ("o", "down", "enter", "down", "enter", *["down"] * 4, "enter")),
    "account-flip": ("cluster-64", ("2", *["down"] * 9, "enter")),
    "save-as": ("cluster-64", ("s",)),
    "unsaved": ("cluster-64", ("right", "q")),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("journey", _JOURNEYS)
async def test_screen(
    journey: str, size: str, screen_snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    profile, keys = _JOURNEYS[journey]
    async with running(request(profile), SIZES[size]) as (app, pilot):
        for part in (keys[:1], keys[1:]) if journey == "why-next-page" else (keys,):  # its pages have to be there first
            await press(app, pilot, *part)
        assert screen_text(app) == screen_snapshot


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("journey", ["verdict", "why", "break-even", "map", "market", "compare", "record", "account"])
async def test_screen_without_colour(
    journey: str, size: str, screen_snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a colour says is said by letters, shades and signs too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    profile, keys = _JOURNEYS[journey]
    async with running(request(profile), SIZES[size]) as (app, pilot):
        await press(app, pilot, *keys)
        assert screen_text(app) == screen_snapshot


@pytest.mark.parametrize("name", [entry.name for entry in sample_entries()])
def test_plain_report(name: str, screen_snapshot: SnapshotAssertion) -> None:
    from advisor.advice import advise
    from advisor.library import find, open_profile
    from advisor.market.book import built_in_book
    from advisor.report import text_report
    from tests.app_driver import TODAY

    book = built_in_book()
    entry = find(name, Path("no-folder"))
    assert text_report(advise(open_profile(entry.path, book), book), TODAY) == screen_snapshot
