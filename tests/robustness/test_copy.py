"""Copy of the verdict to the clipboard in a real terminal, with and without tmux."""

import base64
import re
import stat
import time
from pathlib import Path

from tests.support.processes import HANGS_AFTER_S, run_here
from tests.support.terminals import SSH, Program, Programs, app

_TAKES = '#!/bin/sh\necho "$@" > "$HOME/arguments"\ncat > "$HOME/buffer"\n'
_REFUSES = "#!/bin/sh\ncat > /dev/null\nexit 1\n"  # as an old tmux without -w


def copied(programs: Programs, home: Path, tmux: str = "") -> tuple[Program, str]:
    """The program after `y`, and the text of the file it writes; tmux: a script in place of that program."""
    own = {}
    if tmux:
        (home / "bin").mkdir()
        stand_in = home / "bin" / "tmux"
        stand_in.write_text(tmux)
        stand_in.chmod(0o755)
        own = {"TMUX": "/tmp/tmux-0/default,1,0", "PATH": f"{home / 'bin'}:/usr/bin:/bin"}
    program = programs.start(app("cluster-64"), home, {**SSH, **own}, until="64 nodes")
    program.press_until("y", "Copied the verdict")
    path = home / ".local/state/gpu-advisor/verdict.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    notice = "".join(line.partition("▌")[2] for line in program.text().splitlines())  # beside what is on the left of it
    assert "verdict.txt" in re.sub(r"[\s▌]", "", notice)
    return program, path.read_text(encoding="utf-8")


def clipboard(sent: bytes) -> str:
    """The clipboard of a terminal that supports OSC 52."""
    found = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sent)
    return base64.b64decode(found[-1]).decode() if found else ""


def test_outside_tmux_the_text_goes_to_the_terminal(tmp_path: Path, programs: Programs) -> None:
    program, text = copied(programs, tmp_path)
    assert text == run_here(["advise", "cluster-64"], tmp_path).out
    assert clipboard(program.sent) == text
    assert "Sent to the terminal" in program.text()


def test_in_tmux_the_text_goes_to_its_buffer(tmp_path: Path, programs: Programs) -> None:
    program, text = copied(programs, tmp_path, _TAKES)
    assert (tmp_path / "buffer").read_text(encoding="utf-8") == text
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert clipboard(program.sent) == ""
    assert "Sent to tmux" in program.text()


def test_when_tmux_refuses_the_text_goes_to_the_terminal(tmp_path: Path, programs: Programs) -> None:
    program, text = copied(programs, tmp_path, _REFUSES)
    assert clipboard(program.sent) == text


def test_copying_again_replaces_the_file(tmp_path: Path, programs: Programs) -> None:
    program, text = copied(programs, tmp_path)
    program.press_until("\x1b[C", "(edited)")
    program.press("y")
    began = time.monotonic()
    while clipboard(program.sent) == text:
        assert time.monotonic() - began < HANGS_AFTER_S, "the second copy never came"
        program.read_until_quiet()
    assert clipboard(program.sent) == (tmp_path / ".local/state/gpu-advisor/verdict.txt").read_text(encoding="utf-8")
