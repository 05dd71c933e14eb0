"""What comes from hostile files and names reaches the app's screen as plain letters."""

from pathlib import Path

import pytest

from screens.app import AdvisorApp
from tests.app_driver import press, request, running, screen_text
from tests.hostile import ESCAPES

GOOD = 'schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'
NAMES = [text.replace("/", "_") for text in ESCAPES if text.startswith(("\x1b", "\x9b", "\u202e"))] + [
    "x" * 250,
    "new\nline",
]


def assert_plain(app: AdvisorApp, folder: Path) -> None:
    text = screen_text(app).replace("\n", "")
    assert [letter for letter in text if not letter.isprintable()] == [], folder


@pytest.mark.parametrize(
    "content", [GOOD, "broken", GOOD + '[facility]\n"\\u001b[2J" = 1\n'], ids=["good", "broken", "odd"]
)
async def test_file_names_are_plain_letters_wherever_they_are_shown(content: str, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.toml").write_text(content)
    async with running(request(folder=tmp_path), (140, 45)) as (app, pilot):
        assert_plain(app, tmp_path)
        for _ in NAMES:
            await press(app, pilot, "enter")
            assert_plain(app, tmp_path)
            await press(app, pilot, "right", "s")
            assert_plain(app, tmp_path)
            await press(app, pilot, "escape", "escape", "down")
            assert_plain(app, tmp_path)
