"""The folders of the user are where the environment or the system has them."""

import os
import pwd
import sys
from pathlib import Path

import pytest

from advisor.paths import catalogs_folder, data_folder, state_folder


def test_folders_are_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", f"/of/{kind}")
    assert data_folder() == Path("/of/DATA/gpu-advisor")
    assert state_folder() == Path("/of/STATE/gpu-advisor")
    assert catalogs_folder() == Path("/of/CACHE/gpu-advisor/catalogs")


@pytest.mark.parametrize("named", ["", "relative/folder", None])
@pytest.mark.parametrize("home", ["/home/of/me", "relative/home", None])
@pytest.mark.parametrize(("system", "below"), [("linux", ".local/share"), ("darwin", "Library/Application Support")])
def test_else_they_are_where_the_system_has_them(
    named: str | None, home: str | None, system: str, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("XDG_DATA_HOME", named), ("HOME", home)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    own = home if home == "/home/of/me" else pwd.getpwuid(os.getuid()).pw_dir
    assert data_folder() == Path(own) / below / "gpu-advisor"
