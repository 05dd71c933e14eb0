"""The folders of the user: profiles, drafts, logs and downloaded catalogs."""

import os
import sys
from pathlib import Path

_APP = "gpu-advisor"
_ON_A_MAC = "Library/Application Support"


def data_folder() -> Path:
    """`$XDG_DATA_HOME/gpu-advisor`: profiles of this account."""
    return _folder("XDG_DATA_HOME", ".local/share", _ON_A_MAC)


def state_folder() -> Path:
    """`$XDG_STATE_HOME/gpu-advisor`: drafts, the logs of saved verdicts and of errors, the copied verdict."""
    return _folder("XDG_STATE_HOME", ".local/state", _ON_A_MAC)


def drafts_folder() -> Path:
    """Drafts of unsaved edits, in the state folder."""
    return state_folder() / "drafts"


def catalogs_folder() -> Path:
    """`$XDG_CACHE_HOME/gpu-advisor/catalogs`: downloaded price catalogs."""
    return _folder("XDG_CACHE_HOME", ".cache", "Library/Caches") / "catalogs"


def _folder(variable: str, usual: str, on_a_mac: str) -> Path:
    """The program's folder of one kind: where the environment says, else where the system has them, below the home.

    Relative paths in the environment do not count. A package for this would take 15 ms of each start.

    Source: XDG Base Directory Specification 0.8.
    """
    named, home = Path(os.environ.get(variable, "")), Path(os.environ.get("HOME", ""))
    if named.is_absolute():
        return named / _APP
    if not home.is_absolute():
        import pwd

        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    return home / (on_a_mac if sys.platform == "darwin" else usual) / _APP
