"""Which GPU a name in an export means: a GRES type, a driver's name, or an instance type of a cloud."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from advisor.formatting import cut, one_line
from advisor.market.gpu_names import name_parts
from advisor.market.price_book import PriceBook

_LONGEST_NAME = 60
MOST_MODELS = 64  # of one run; further ones are put together
OTHERS = "other models"


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads((files("advisor.usage") / "data" / "instances.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _instance_pattern() -> re.Pattern[str]:
    names = sorted(_data()["instance"], key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9_])(?:{'|'.join(map(re.escape, names))})(?![a-z0-9_])")


@lru_cache(maxsize=1 << 14)
def instance_in(text: str) -> tuple[int, str] | None:
    """The GPUs and the model of the first instance type that a text names; None where it names none."""
    found = _instance_pattern().search(text.lower())
    if found is None:
        return None
    gpus, model = _data()["instance"][found[0]]
    return int(gpus), str(model)


class GpuNames:
    """The ids of GPUs by the names that rows give them. Text of the book where it knows the GPU, else the name itself,
    safe to print; empty where a row names none."""

    def __init__(self, book: PriceBook) -> None:
        self._ids = {self._words(name): gpu.id for gpu in book.gpus.values() for name in (*gpu.aliases, gpu.id) if name}
        self._known: dict[str, str] = {"": ""}
        self._found: set[str] = set()

    def id_of(self, name: str) -> str:
        """The id of a GPU."""
        found = self._known.get(name)
        if found is None:
            found = self._ids.get(self._words(name)) or cut(one_line(name.strip()), _LONGEST_NAME)
            if found not in self._found and len(self._found) >= MOST_MODELS:
                return OTHERS
            self._found.add(found)
            if len(self._known) < 1 << 14:
                self._known[name] = found
        return found

    @staticmethod
    def _words(name: str) -> frozenset[str]:
        return name_parts(name) - frozenset(_data()["without_meaning"])
