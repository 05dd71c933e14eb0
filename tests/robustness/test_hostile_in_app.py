"""Text from hostile files and names appears in the app without control characters."""

from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from screens.app import AdvisorApp
from screens.dialogs.questions import NameDialog
from tests.robustness.hostile_files import ESCAPES
from tests.support.app_driver import press, request, running, screen_text
from tests.support.long_runs import every, quick_and_long

GOOD = 'schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'
NAMES = [text.replace("/", "_") for text in ESCAPES if text.startswith(("\x1b", "\x9b", "\u202e"))] + [
    "x" * 250,
    "new\nline",
]


def assert_printable(app: AdvisorApp, folder: Path) -> None:
    text = screen_text(app).replace("\n", "")
    assert [letter for letter in text if not letter.isprintable()] == [], folder


@quick_and_long
@pytest.mark.parametrize(
    "content", [GOOD, "broken", GOOD + '[facility]\n"\\u001b[2J" = 1\n'], ids=["good", "broken", "odd"]
)
async def test_file_names_are_printable_on_every_screen(content: str, tmp_path: Path) -> None:
    names = NAMES if content is GOOD else NAMES[:: every(4)]
    for name in names:
        (tmp_path / f"{name}.toml").write_text(content)
    async with running(request(folder=tmp_path), (100, 30)) as (app, pilot):  # narrow: no reasons to compute
        assert_printable(app, tmp_path)
        for _ in names:
            await press(app, pilot, "enter")
            assert_printable(app, tmp_path)
            await press(app, pilot, "right", "s")
            assert_printable(app, tmp_path)
            await press(app, pilot, "escape", "escape", "down")
            assert_printable(app, tmp_path)


async def test_pasted_text_is_printable(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(GOOD)
    async with running(request(folder=tmp_path)) as (app, pilot):
        for field in ("ctrl+p", "slash", "D"):
            await press(app, pilot, field)
            for text in ESCAPES:
                app.post_message(Paste(text))
                await pilot.pause()
                assert_printable(app, tmp_path)
            value = app.screen.query_one(Input).value
            assert "[red]x[/red]" in value, "text is taken as it is"
            assert "2J" not in value, "a sequence is left out whole"
            await press(app, pilot, "escape")
        await press(app, pilot, "D", "end", "x")
        app.post_message(Paste("one line\nand another"))
        await pilot.pause()
        assert isinstance(app.screen, NameDialog)
        assert app.screen.query_one(Input).value.endswith("xone line")
