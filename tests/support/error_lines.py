"""The check that a wrong input gives one clear line on stderr."""

import re

from tests.support.processes import (
    Run,
)

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def assert_one_error_line(found: Run, *words: str, code: int = 1) -> None:
    """A wrong input gives nothing on stdout and one line on stderr with these words, without control characters."""
    assert found.code == code, found
    assert found.out == ""
    assert "Traceback" not in found.err
    assert found.err.startswith("gpu-advisor: ")
    assert found.err.endswith("\n")
    assert len(found.err.splitlines()) == 1
    assert not CONTROL.search(found.err)
    assert len(found.err) < 1000
    for word in words:
        assert word.lower() in found.err.lower(), found.err
