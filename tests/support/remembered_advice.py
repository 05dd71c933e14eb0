"""One answer of the engine for all tests of a process that ask the same question.

Most tests ask about the same few samples. An `Advice` cannot be changed, and its slow parts are computed once.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from advisor.decision import advise as engine
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.schema import Profile

_KEPT = 100  # half a megabyte each


class _Remembered:
    """The engine's `advise`, which computes an answer by the built-in book only once."""

    def __init__(self, compute: Callable[..., engine.Advice]) -> None:
        update_wrapper(self, compute)
        self.compute = compute
        self._known: dict[tuple[Any, ...], engine.Advice] = {}

    def __call__(self, profile: Profile, book: PriceBook, paths: int = DEFAULT_PATHS, seed: int = 0) -> engine.Advice:
        if book != built_in_book():
            return self.compute(profile, book, paths, seed)
        written = (profile.model_dump_json(exclude_unset=own) for own in (False, True))  # what is set is shown as own
        key = (*written, paths, seed)
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = self.compute(profile, book, paths, seed)
        return self._known[key]

    def cache_clear(self) -> None:
        """Forget all answers, as every cache of the engine is told when the book changes."""
        self._known.clear()


def install() -> None:
    """Remember answers from now on: for the commands and the app, and for tests imported later."""
    if not isinstance(engine.advise, _Remembered):
        engine.advise = _Remembered(engine.advise)
