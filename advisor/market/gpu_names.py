"""The names of the book's GPUs, without the book: fast enough for shell completion."""

import tomllib
from pathlib import Path


def gpu_names() -> list[str]:
    """The ids of the GPUs of the built-in book."""
    path = Path(__file__).parent / "data" / "gpus.toml"
    return [
        name
        for name, value in tomllib.loads(path.read_text("utf-8")).items()
        if isinstance(value, dict) and "label" in value
    ]
