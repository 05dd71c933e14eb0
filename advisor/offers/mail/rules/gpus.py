"""GPU names in a text: those of the price book however they are written, and others, which are named as they stand."""

import re
from functools import lru_cache

from advisor.market.gpu_names import name_parts
from advisor.market.price_book import Gpu, PriceBook

_FORM = r"(?:SXM\d?|PCI-?e|NVL\d{0,3}|NVLink|HGX|DGX|OAM|\d{2,3}\s?GB?|HBM\d\w?|VRAM)"
_OTHERS = r"(?:GB|GH|MI|[ABHLVT])\d{1,3}[A-Z]?|RTX\s?(?:PRO\s?)?\w{2,6}"
_NEUTRAL = {
    "hgx",
    "dgx",
    "oam",
    "vram",
    "nvlink",
    "nvl8",
    "hbm2",
    "hbm2e",
    "hbm3",
    "hbm3e",
}  # said of all that the book has
_SAME_MEMORY = 0.1  # share within which two sizes of memory are those of the same GPU: makers and drivers round them


def gpu_pattern(book: PriceBook) -> str:
    """A pattern that finds the names of GPUs, with what follows on form and memory; without groups."""
    return _pattern(tuple(name for gpu in book.gpus.values() for name in (gpu.id, *gpu.aliases)))


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> str:
    spelled = {r"[\s_-]*".join(map(re.escape, re.split(r"[\s_/-]+", name))) for name in names}
    known = "|".join(sorted(spelled, key=len, reverse=True))
    form = rf"(?:[\s_/(-]{{1,2}}{_FORM}\b\)?){{0,4}}(?![A-Za-z0-9])"
    begins = r"(?:\b|(?<=\d[x×]))"  # 8xH100
    return rf"(?:(?:NVIDIA|AMD|HGX|DGX|TESLA)\s+){{0,3}}{begins}(?:{known}|{_OTHERS})s?{form}"


def gpu_named(text: str, book: PriceBook) -> Gpu | None:
    """The GPU of the book that a matched name stands for; None if the book does not have it."""
    parts = {
        part.removesuffix("s") if part not in _NEUTRAL else part
        for part in name_parts(text.replace("(", " ").replace(")", " "))
    }
    parts = {re.sub(r"^(\d+)gb?$", r"\1", part) for part in parts - _NEUTRAL - {"gb", "tesla"}}
    found = [gpu for gpu in book.gpus.values() if _is(parts, gpu)]
    return found[0] if len(found) == 1 else None


def _is(parts: set[str], gpu: Gpu) -> bool:
    names = [name_parts(name) for name in (gpu.id, *gpu.aliases)]
    known = {part.removesuffix("s") for name in names for part in name}
    memory = gpu.value("gpu_memory_gb")
    if not any({part.removesuffix("s") for part in name} <= parts for name in names):
        return False
    return all(part in known or _is_memory(part, memory) for part in parts)


def _is_memory(part: str, memory_gb: float | None) -> bool:
    return part.isdecimal() and memory_gb is not None and abs(int(part[:6]) / memory_gb - 1) <= _SAME_MEMORY
