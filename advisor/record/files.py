"""The only file access of the record: the summary that ships, and the log of saved verdicts."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def shipped_table() -> dict[str, Any]:
    """The content of `market/data/record.toml`."""
    return tomllib.loads((files("advisor.market") / "data" / "record.toml").read_text(encoding="utf-8"))
