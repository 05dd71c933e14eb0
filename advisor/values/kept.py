"""Large results that are kept for the rest of an answer, and dropped together once it is given."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

Call = ParamSpec("Call")
Result = TypeVar("Result")
_caches: list[Callable[[], None]] = []


def kept(maxsize: int) -> Callable[[Callable[Call, Result]], Callable[Call, Result]]:
    """`lru_cache` for what is made of one case or forecast: no later question asks for it again.

    Args:
        maxsize: How many results are kept at most.
    """

    def keeping(function: Callable[Call, Result]) -> Callable[Call, Result]:
        cached = lru_cache(maxsize)(function)
        _caches.append(cached.cache_clear)
        return cached  # type: ignore[return-value]  # whose type does not say what it is called with

    return keeping


def forget() -> None:
    """Drop every result that is kept."""
    for clear in _caches:
        clear()
