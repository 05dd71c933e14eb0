"""The calm driver: the terminal shows, cell for cell, what Textual's own driver would have it show."""

import json
import random
import signal
import sys
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens.terminal.cell_diff import Frames
from tests.support.long_runs import examples, long_unless, quick_and_long
from tests.support.terminals import SSH, Programs, Screen, app, without_foreign

_TEXTS = st.text("ab c─█⣿·é日本́👩‍🚀️ ", min_size=1, max_size=9)
_CODES = ["0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29", "31", "39", "42", "49", "94", "107"]
_CODES += ["38;5;208", "48;5;17", "38;2;1;2;3", "0;1;33", "1;2", "22;2"]
_STEPS = st.one_of(
    st.tuples(st.integers(1, 6), st.integers(1, 14)).map(lambda at: f"\x1b[{at[0]};{at[1]}H"),
    st.sampled_from(_CODES).map(lambda code: f"\x1b[{code}m"),
    _TEXTS,
    _TEXTS,
    st.just("          "),
    st.sampled_from(["\x1b[?25l", "\x1b[2K", "\x1b[?2026h", "\x07"]),
)
_FRAMES = st.lists(st.lists(_STEPS, max_size=12).map(lambda steps: "\x1b[1;1H" + "".join(steps)), max_size=8)


class Pair:
    """Two terminals: one is sent the frames, the other what the driver makes of them."""

    def __init__(self, width: int, height: int) -> None:
        self.plain, self.calm = Screen(width, height), Screen(width, height)
        self._streams = pyte.Stream(self.plain), pyte.Stream(self.calm)
        for screen in (self.plain, self.calm):
            screen.reset_mode(7, private=True)  # Textual switches line wrap off

    def feed(self, frame: str, sent: str) -> None:
        for stream, text in zip(self._streams, (frame, sent), strict=True):
            stream.feed(without_foreign(text).replace("\n", "\r\n"))

    def resize(self, width: int, height: int) -> None:
        for screen in (self.plain, self.calm):
            screen.resize(height, width)

    def assert_same(self, after: str) -> None:
        if self.plain.cells() == self.calm.cells():
            return
        for row, (line, other) in enumerate(zip(self.plain.cells(), self.calm.cells(), strict=True)):
            for column, (cell, found) in enumerate(zip(line, other, strict=True)):
                assert cell == found, f"row {row}, column {column}, after {after!r}"


@quick_and_long
@settings(max_examples=examples(60, 300), deadline=None)
@given(_FRAMES)
def test_any_frames_show_the_same_cells(frames: list[str]) -> None:
    pair, driver = Pair(14, 6), Frames(14, 6)
    for frame in frames:
        pair.feed(frame, driver.send(frame))
        pair.assert_same(frame)


def test_a_frame_that_changes_nothing_sends_nothing() -> None:
    frame = "\x1b[1;1H\x1b[1;31mred\x1b[0m text\x1b[2;1H\x1b[1;1H"
    driver = Frames(20, 3)
    assert "red" in driver.send(frame)
    assert driver.send(frame) == ""


def test_only_what_changed_is_sent() -> None:
    driver = Frames(40, 3)
    driver.send("\x1b[1;1Hone two three\x1b[1;1H")
    sent = driver.send("\x1b[1;1Hone TWO three\x1b[1;1H")
    assert "TWO" in sent
    assert "one" not in sent
    assert "three" not in sent


def test_what_is_known_survives_the_first_whole_frame() -> None:
    pair, driver = Pair(8, 2), Frames(8, 2)
    whole = "\x1b[1;1H\x1b[32mgreen\x1b[0m   \x1b[2;1H        \x1b[1;1H"
    for frame in ("\x1b[1;1H\x1b[32mgre\x1b[0m", whole, whole):
        pair.feed(frame, driver.send(frame))
        pair.assert_same(frame)


_LINES = st.lists(st.sampled_from(["a" * 30, "bc" * 15, "", "x y z " * 5, "-" * 29]), min_size=14, max_size=14)


def painted(lines: list[str], width: int = 30) -> str:
    """A frame of whole lines, each in one color of its own."""
    rows = (f"\x1b[{row};1H\x1b[{31 + len(line) % 5}m{line:<{width}}" for row, line in enumerate(lines, start=1))
    return "".join(rows) + "\x1b[0m\x1b[1;1H"


@quick_and_long
@settings(max_examples=examples(40, 200), deadline=None)
@given(_LINES, st.lists(st.tuples(st.integers(0, 6), st.integers(7, 13), st.booleans(), st.text("qr", max_size=30))))
def test_lines_that_move_show_the_same_cells(lines: list[str], moves: list[tuple[int, int, bool, str]]) -> None:
    pair, driver = Pair(30, 14), Frames(30, 14)
    for top, bottom, up, new in [(0, 7, True, ""), *moves]:
        part = lines[top : bottom + 1]
        lines = [*lines[:top], *([*part[1:], new] if up else [new, *part[:-1]]), *lines[bottom + 1 :]]
        pair.feed(painted(lines), driver.send(painted(lines)))
        pair.assert_same(painted(lines))


@pytest.mark.parametrize("up", [True, False])
def test_a_text_that_moves_by_a_line_is_moved_by_the_terminal(up: bool) -> None:
    chance = random.Random(1)
    lines = ["".join(chance.choice("abcdefg ") for _ in range(60)) for _ in range(21)]
    shown = [["title", *lines[start : start + 20], "keys"] for start in ((0, 1) if up else (1, 0))]
    pair, driver = Pair(60, 22), Frames(60, 22)
    first, second = (driver.send(painted(part, 60)) for part in shown)
    for part, sent in zip(shown, (first, second), strict=True):
        pair.feed(painted(part, 60), sent)
    pair.assert_same("the move")
    assert len(second) < 120 < len(first)


# Down the list into a verdict, help, the palette and a wide name typed: keys, and what they show.
_FIRST = [
    ("\x1b[B\x1b[B\r", "Nodes a job"),  # the verdict is there, and words to explain
    ("?", "Words on this screen"),
    ("q", "Nodes a job"),
    ("\x10", "Compare: pinned"),
    ("日本", "Open 日本"),
    ("\x1b", "Nodes a job"),
    ("S", "Save this profile as"),
    ("日本é", "日本é"),
    ("\x1b", "Nodes a job"),
]
_KEYS = [
    *["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\t", "\r", "\x1b", "w", "?", "T", "\x10", "\x0c", "S", "u", "y", "n"],
    *["m", "M", "c", "r", "0", "\x1b[6~", "\x1b[5~", "\x7f", "日本", "é", "é", "👩‍🚀", "x"],
]
_SIZES = [(80, 24), (100, 30), (60, 20), (140, 45), (80, 24), (40, 10)]


@pytest.fixture
def wide_names(tmp_path: Path) -> Path:
    folder = tmp_path / "profiles"
    folder.mkdir()
    for number, name in enumerate(["日本語のクラスタ", "éclair naïve", "🚀 rocket 🛰 lab", "한국 GPU ✓"]):
        (folder / f"{number}.toml").write_text(
            f'schema = 1\nname = "{name}"\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 6\n', encoding="utf-8"
        )
    return folder


@pytest.mark.parametrize("seed", long_unless([5], [1, 3, 5]))
def test_the_app_shows_the_same_cells_whatever_is_typed(
    seed: int, wide_names: Path, tmp_path: Path, programs: Programs
) -> None:
    chance, log = random.Random(seed), tmp_path / "log"
    recorded = [sys.executable, "-m", "tests.support.recorded_app", str(log), "--profiles", str(wide_names)]
    program = programs.start(recorded, tmp_path, SSH, until="rocket")
    for keys, answer in _FIRST:
        program.press_until(keys, answer)
    for _ in range(35):
        if chance.random() < 0.15:
            program.resize(*chance.choice(_SIZES))
            program.read_until_quiet(0.15)
        program.press(chance.choice(_KEYS), 0.12)
    program.resize(80, 24)
    program.press("\x0c")
    pair, frame, frames, sizes = Pair(80, 24), "", 0, 0
    for line in log.read_text(encoding="utf-8").splitlines():
        kind, *what = json.loads(line)
        if kind == "frame":
            pair.feed(frame, "")
            pair.assert_same(frame)
            frame, frames = what[0], frames + 1
        elif kind == "sent":
            pair.feed("", what[0])
        else:
            pair.feed(frame, "")
            frame, sizes = "", sizes + 1
            pair.resize(*what)
    assert frames > 60
    assert sizes > 1


def test_a_terminal_that_is_back_at_its_size_is_drawn_again(tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, SSH, until="64 nodes")
    program.read_until_quiet(1.0)
    program.sent = b""  # a terminal may lose its cells on the way to another size and back
    program.signal(signal.SIGWINCH)
    program.read_until("64 nodes")


def test_a_window_too_small_for_anything_says_so_and_all_is_back_when_it_grows(
    tmp_path: Path, programs: Programs
) -> None:
    """Textual fails on a few cells: the notice is shown in place of a screen, with and without cell differences."""
    for line in (SSH, {"TERM": "xterm-256color"}):
        program = programs.start(app("cluster-64"), tmp_path, line, until="64 nodes")
        for width, height in ((20, 4), (4, 2), (1, 1)):
            program.sent = b""
            program.resize(width, height)
            program.read_until("needs 30x6"[:width])
            program.press("pwbmMOcr\x1b[6~", 0.3)
        program.sent = b""
        program.resize(80, 24)
        program.read_until("· Record")
