"""What every test runs in: no drafts of the tester's own, and no line of theirs that would calm the app."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory of the test's own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    return folder
