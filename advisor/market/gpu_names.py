"""GPU names: the ids of the built-in book (fast enough for shell completion), and when two names mean the same."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

_WITHOUT_MEANING = re.compile(r"nvidia|amd|tesla|instinct|gpu|oam|hbm\d?e?|")


@cache
def gpu_names() -> tuple[str, ...]:
    """The ids of the GPUs of the built-in book."""
    path = Path(__file__).parent / "data" / "gpus.toml"
    return tuple(
        name
        for name, value in tomllib.loads(path.read_text("utf-8")).items()
        if isinstance(value, dict) and "label" in value
    )


@lru_cache(maxsize=4096)
def name_parts(name: str) -> frozenset[str]:
    """What a GPU's name says, however it is written: `H100_SXM5`, `h100-sxm` and `NVIDIA H100 SXM` are the same.

    Case, separators, order, the maker, the generation of SXM, and the unit and kind of memory do not count.
    """
    words = re.split(r"[\s_/-]+", name.strip().lower())
    words = [re.sub(r"^sxm\d$", "sxm", re.sub(r"^(\d+)gb?$", r"\1", word)) for word in words]
    return frozenset(word for word in words if not _WITHOUT_MEANING.fullmatch(word))
