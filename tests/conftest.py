"""What every test runs in: no drafts of the tester's own, no line of theirs that would calm the app, and no program
left running."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminals import Program

# As the program does for itself, and before numpy is imported: on small arrays threads only cost processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# In the background of a shell Ctrl+C is ignored, and every program under test would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many tests as there are cores: those on terminals wait for most of their time."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import never become garbage: do not look through them again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory of the test's own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Where a test lists the programs it starts, to be stopped at its end."""
    started: list[Program] = []
    yield started
    for program in started:
        program.stop()
