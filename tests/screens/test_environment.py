"""What Textual reads of the environment does not reach the app, except its theme."""

import os
from pathlib import Path

import pytest

from tests.support.terminals import Program, app, left_on


@pytest.mark.parametrize(
    "environment",
    [
        {"TEXTUAL_THEME": "nope", "TEXTUAL_FPS": "x", "TEXTUAL": "devtools,debug", "TEXTUAL_LOG": "/nonexistent/x"},
        {
            "TEXTUAL_FPS": "0",
            "TEXTUAL_ANIMATIONS": "zzz",
            "TEXTUAL_COLOR_SYSTEM": "zzz",
            "TEXTUAL_DRIVER": "nope:Nope",
            "TEXTUAL_PRESS": "q",
        },
    ],
    ids=str,
)
def test_a_wrong_value_for_textual_does_no_harm(environment: dict[str, str], tmp_path: Path) -> None:
    program = Program(app("cluster-64"), tmp_path, {"TERM": "xterm-256color", **environment})
    try:
        program.read_until("64 nodes")
        os.write(program.master, b"q")
        program.ends_well()
        assert not left_on(program.sent)
        assert b"Traceback" not in program.sent
    finally:
        program.process.kill()
        program.process.wait()
