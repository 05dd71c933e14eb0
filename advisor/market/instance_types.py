"""Instance types of clouds, and which GPUs they have."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from advisor.market.data_files import SHIPPED


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return tomllib.loads((SHIPPED / "instances.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def instance_pattern() -> re.Pattern[str]:
    """A pattern that finds the instance types in a text in small letters."""
    names = sorted(_data()["instance"], key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9_])(?:{'|'.join(map(re.escape, names))})(?![a-z0-9_])")


@lru_cache(maxsize=1 << 14)
def instance_in(text: str) -> tuple[int, str] | None:
    """The GPUs and the model of the first instance type that a text names; None where it names none."""
    found = instance_pattern().search(text.lower())
    if found is None:
        return None
    gpus, model = _data()["instance"][found[0]]
    return int(gpus), str(model)
