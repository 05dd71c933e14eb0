"""Where the locale is not UTF-8, the app and the commands send ASCII alone; a pipe gets the answer as it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from advisor.cli.ascii_text import ascii_only, shows_utf8
from tests.support.processes import run
from tests.support.terminals import SSH, Programs, app

_LOCAL = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environment", "utf8"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, False),
        ({"LC_CTYPE": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "", "LANG": "C"}, False),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "vt100"}, False),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, True),
    ],
)
def test_the_locale_decides_and_without_one_the_terminal(environment: dict[str, str], utf8: bool) -> None:
    assert shows_utf8(environment) is utf8


@given(st.text(st.sampled_from("a 1─│┌█▏░●·…×‹→⣀⠛⣿é日€")))
def test_text_stays_as_wide_and_becomes_ascii(text: str) -> None:
    plain = ascii_only(text)
    assert plain.isascii()
    assert len(plain) == cell_len(text)


@pytest.mark.parametrize("line", [_LOCAL, SSH], ids=["local", "ssh"])
def test_the_app_sends_ascii_alone(line: dict[str, str], tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, {**line, "LC_ALL": "POSIX"}, until="64 nodes")
    assert "|--" in program.text()
    program.press_until("m", "[ ] node")
    assert program.sent.isascii()


def test_each_kind_of_curve_has_a_sign_of_its_own_in_ascii(tmp_path: Path, programs: Programs) -> None:
    program = programs.start(
        app("cluster-64", "--screen", "market"), tmp_path, {**_LOCAL, "LC_ALL": "POSIX"}, until="5-95%"
    )
    assert "-- list of the same providers  == median of all lists  :: 1-year contracts" in program.text()
    assert "-- expected .. 5-95%" in program.text()
    picture = program.text().partition("list today")[2].partition("2023-10")[0]
    assert all(sign in picture for sign in ("---", "===", ":::", ". ."))


def test_a_command_sends_ascii_to_such_a_terminal_and_the_whole_text_to_a_pipe(
    tmp_path: Path, programs: Programs
) -> None:
    program = programs.start(
        app("advise", "cluster-64", "--quiet"), tmp_path, {**_LOCAL, "LC_ALL": "POSIX"}, (100, 200)
    )
    program.ends_well()
    assert program.sent.isascii()
    assert b"H100 SXM | GPU cloud list" in program.sent
    assert "H100 SXM · GPU cloud list" in run(["advise", "cluster-64"], tmp_path, environment={"LC_ALL": "POSIX"}).out
