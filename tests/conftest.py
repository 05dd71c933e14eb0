"""Fixtures and settings of all tests: an empty state directory, no SSH or theme settings, no process left running."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import long_runs
from tests.support.folders import ROOT
from tests.support.terminals import Programs

# As the program does for itself, and before numpy is imported: on small arrays threads only cost processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Else every worker, and every program that a test starts, compiles all modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# In the background of a shell Ctrl+C and Ctrl+\ are ignored, and every program under test would inherit that.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)


def pytest_xdist_auto_num_workers() -> int:
    """Run one more test than there are cores: those on terminals often wait."""
    return 1 + (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Before tests are imported: let `-m long` try all examples, and compute every answer of the engine only once."""
    long_runs.set_up(config.option.markexpr)
    settings.register_profile("any machine", deadline=None)  # a test that a slow machine fails is a defect
    settings.load_profile("any machine")
    if hasattr(config, "workerinput") or not config.option.numprocesses:  # else no test runs in this process
        from tests.support import remembered_answers

        remembered_answers.install()
    if hasattr(config, "workerinput") and config.args == config.getini("testpaths"):
        _compile_a_part(config.workerinput)


def _compile_a_part(worker: dict[str, Any]) -> None:
    """Import this worker's part of all tests before the others: in a fresh checkout each would compile all of them, at
    the same time."""
    modules = sorted((ROOT / "tests").rglob("test_*.py"))
    first = int(worker["workerid"].removeprefix("gw"))
    for path in modules[first :: worker["workercount"]]:
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, or take a share of them, unless a test is named. Tests on terminals come first: they
    mostly wait, so one worker does them beside the others; left for the end they would let the cores wait too."""
    if any("::" in argument for argument in config.args):
        return
    if out := set(long_runs.not_meant(items, config.option.markexpr)):
        config.hook.pytest_deselected(items=[*out])
        items[:] = [item for item in items if item not in out]
    items.sort(key=lambda item: not isinstance(item, pytest.Function) or "programs" not in item.fixturenames)


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests out of every garbage collection."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_unconfigure() -> None:
    """Collect garbage once, which finds what was not closed: pytest would go through all answers five times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def state_paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of state directories, which the program makes when it needs one: few tests of thousands do."""
    folder = tmp_path_factory.mktemp("states")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_state(state_paths: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty state directory, and none of the settings of the terminal it runs in."""
    folder = next(state_paths)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="module")
def prices_that_stay() -> Iterator[None]:
    """The frozen price book for all tests of a module: a new price changes no right answer and rewrites no snapshot."""
    from tests.support.frozen_book import frozen_book

    with frozen_book():
        yield


@pytest.fixture
def programs() -> Iterator[Programs]:
    """What a test starts programs with; they are stopped when it ends."""
    started = Programs()
    yield started
    started.stop()
