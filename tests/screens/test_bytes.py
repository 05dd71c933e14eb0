"""How little is sent over SSH: at 80x24, in 256 colors, byte counts are exact, so they are held."""

import re
from pathlib import Path

import pytest

from tests.support.terminals import SSH, Program, Programs, app, left_on, used_before

START, ARROW, MAP_ARROW, BEGUN, TYPED, SCREEN = 8_000, 1_000, 300, 150, 100, 6_000
DOWN, UP, RIGHT, ESCAPE, HELP, PALETTE, PAGE_DOWN = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b", "?", "\x10", "\x1b[6~"
_COLORS = {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}


def started(programs: Programs, home: Path, *arguments: str, until: str, **environment: str) -> Program:
    """The program over SSH of a user who has used it before, its first screen complete."""
    used_before(home)
    return programs.start(app(*arguments), home, {**SSH, **environment}, until=until)


def test_home_over_ssh(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, until="Train on 1,000 nodes")
    assert len(program.sent) <= START
    assert len(program.press(DOWN)) <= ARROW
    assert len(program.press(UP)) <= ARROW
    assert len(program.press_until(HELP, "Keys on this screen")) <= SCREEN
    assert len(program.press(DOWN)) <= SCREEN
    assert len(program.press(ESCAPE)) <= SCREEN
    assert len(program.press_until(PALETTE, "Read the profiles again")) <= SCREEN
    assert len(program.press("q")) <= SCREEN
    assert len(program.press(ESCAPE)) <= SCREEN
    assert len(program.press_until("n", "Train from scratch")) <= SCREEN
    assert len(program.press_until("\r", "Enter accepts")) <= SCREEN


def test_the_verdict_over_ssh(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, "cluster-64", until="64 nodes")
    assert len(program.sent) <= START
    for arrow in (DOWN, DOWN, UP, DOWN, "\t", UP):
        assert len(program.press(arrow)) <= ARROW
    assert 0 < len(program.answer_to("7")) <= BEGUN, "the keys in the footer are others"
    for digit in "2", "\x7f":
        assert 0 < len(program.answer_to(digit)) <= TYPED
    assert len(program.press(ESCAPE)) <= 2 * BEGUN
    assert len(program.press_until(RIGHT, "(edited)")) <= SCREEN
    assert len(program.press_until(HELP, "Words on this screen")) <= SCREEN
    assert len(program.press(ESCAPE)) <= SCREEN
    assert len(program.press_until(PALETTE, "Compare: pinned")) <= SCREEN
    assert len(program.press(DOWN)) <= ARROW
    assert len(program.press(ESCAPE)) <= SCREEN
    for key, words in (
        ("w", "What would change it"),
        ("b", "Cost per busy"),
        ("m", "R rent"),
        ("M", "$2.96 to"),
        ("c", "Nothing is"),
        ("r", "mean"),
    ):
        assert len(program.press_until(key, words)) <= SCREEN
        assert len(program.press(PAGE_DOWN)) <= SCREEN
    for key, words in ("w", "Cost in all if"), ("r", "How often each confidence level"):
        program.press_until(key, words)
        program.press("g")  # it comes back where the page was turned to
        for arrow in (DOWN, "j", "j", UP):
            assert 0 < len(program.answer_to(arrow)) <= ARROW
    program.press_until("m", "R rent")
    for arrow in (DOWN, RIGHT, UP):
        assert 0 < len(program.answer_to(arrow)) <= MAP_ARROW
    program.press_until("v", "Nodes")
    assert len(program.press_until("S", "Save this profile as")) <= SCREEN
    assert program.read_until_quiet(3.0) == b"", "something is sent without a key: the cursor blinks"
    assert len(program.press("x")) <= TYPED
    assert len(program.press(ESCAPE)) <= SCREEN
    assert len(program.press_until("x", "Export the memo to")) <= SCREEN
    assert len(program.press(DOWN)) <= ARROW
    assert len(program.press(ESCAPE)) <= SCREEN
    assert len(program.press_until(ESCAPE, "unsaved edits")) <= SCREEN
    assert len(program.press_until("d", "sample")) <= SCREEN


def test_the_market_over_ssh(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, "cluster-64", "--screen", "market", until="$2.96 to")
    assert len(program.sent) <= START
    for arrow in (*[DOWN] * 12, UP, "j", "k"):  # past the end of what is seen, so that the list scrolls
        assert 0 < len(program.answer_to(arrow)) <= ARROW
    for page in ("\x1b[6~", "\x1b[5~", "G", "g"):
        assert 0 < len(program.answer_to(page)) <= ARROW
    for key, words in (RIGHT, "2 of 24"), (RIGHT, "3 of 24"), ("\r", "Esc back"):
        assert 0 < len(program.press_until(key, words)) <= SCREEN
    assert 0 < len(program.answer_to(ESCAPE)) <= SCREEN
    for letter in "/no":
        assert 0 < len(program.answer_to(letter)) <= SCREEN
    assert 0 < len(program.answer_to(ESCAPE)) <= SCREEN


def test_an_opened_number_over_ssh(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, "cluster-64", until="64 nodes")
    program.press(DOWN)
    assert len(program.press_until("o", "Numbers of this verdict")) <= SCREEN
    for arrow in (DOWN, DOWN, UP, *[DOWN] * 12):
        assert len(program.press(arrow)) <= ARROW
    assert len(program.press(ESCAPE)) <= SCREEN
    program.press_until("w", "What would change it")
    program.press_until(PAGE_DOWN, "From 12-month reservation")
    for arrow in [DOWN] * 7:  # from the reasons to the first bar
        assert 0 < len(program.answer_to(arrow)) <= ARROW
    for key, words in ("\r", "Parts"), ("\r", "One part of the cost"), ("\r", "your profile"):
        assert len(program.press_until(key, words)) <= SCREEN
    assert len(program.press(ESCAPE)) <= SCREEN
    for arrow in [DOWN] * 14:
        assert len(program.press(arrow)) <= ARROW
    assert len(program.press("q")) <= SCREEN


@pytest.mark.parametrize("switch", [[], ["--no-calm"], ["--calm"]], ids=["ssh", "--no-calm", "--calm"])
def test_the_mouse_is_heard_when_it_clicks_but_not_when_it_moves(
    switch: list[str], tmp_path: Path, programs: Programs
) -> None:
    line = {"SSH_CONNECTION": "", "SSH_TTY": ""} if switch == ["--calm"] else {}
    program = started(programs, tmp_path, *switch, until="Train on 1,000 nodes", **line)
    mouse = left_on(program.sent) & {"1000", "1002", "1003", "1006", "1015", "1016"}
    assert mouse == ({"1000", "1003", "1006", "1015"} if switch == ["--no-calm"] else {"1000", "1002", "1006"})


@pytest.mark.parametrize("arguments", [[], ["cluster-64"]], ids=["home", "verdict"])
def test_no_color_means_no_color_over_ssh_either(arguments: list[str], tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, *arguments, until="64", NO_COLOR="1")
    views = (
        ("w", "b", "m", RIGHT, "M", RIGHT, "\r", ESCAPE, "c", "p", RIGHT, "r", "v") if arguments else ("/", "6", ESCAPE)
    )
    for keys in (DOWN, HELP, ESCAPE, PALETTE, ESCAPE, "w", *views):
        program.press(keys)
    codes = re.findall(rb"\x1b\[([0-9;]*)m", program.sent)
    numbers = {int(number) for code in codes for number in code.split(b";") if number}
    assert numbers
    assert not numbers & _COLORS


def test_a_click_still_opens_what_it_hits(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, until="Train on 1,000 nodes")
    row = (
        program.text()
        .splitlines()
        .index(next(line for line in program.text().splitlines() if "Train on 64 nodes" in line))
        + 1
    )
    program.press_until(f"\x1b[<0;5;{row}M\x1b[<0;5;{row}m", "64 nodes")


def test_ctrl_l_draws_everything_again(tmp_path: Path, programs: Programs) -> None:
    program = started(programs, tmp_path, "cluster-64", until="64 nodes")
    before = program.text()
    program.sent += b"\x1b[5;1Ha line of another program\x1b[12;3Hand more"
    assert program.text() != before
    program.press("\x0c")
    assert program.text() == before
