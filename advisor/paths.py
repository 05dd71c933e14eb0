"""The folders of the user: profiles, drafts, logs and downloaded catalogs."""

from pathlib import Path

_APP = "gpu-advisor"


def data_folder() -> Path:
    """`$XDG_DATA_HOME/gpu-advisor`: profiles of this account."""
    from platformdirs import user_data_path  # 15 ms that --version need not pay

    return user_data_path(_APP, appauthor=False)


def state_folder() -> Path:
    """`$XDG_STATE_HOME/gpu-advisor`: drafts, the logs of saved verdicts and of errors, the copied verdict."""
    from platformdirs import user_state_path

    return user_state_path(_APP, appauthor=False)


def drafts_folder() -> Path:
    """Drafts of unsaved edits, in the state folder."""
    return state_folder() / "drafts"


def catalogs_folder() -> Path:
    """`$XDG_CACHE_HOME/gpu-advisor/catalogues`: downloaded price catalogs."""
    from platformdirs import user_cache_path

    return user_cache_path(_APP, appauthor=False) / "catalogues"
