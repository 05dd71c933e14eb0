"""One answer of the engine for all tests of a process that ask the same question.

Most tests ask about the same few samples. An answer cannot be changed, and its slow parts are computed once.
"""

from collections.abc import Callable
from functools import update_wrapper
from inspect import signature
from typing import Any

from advisor.decision import cost_options as expected_answer
from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.schema import Profile

_KEPT = 100  # half a megabyte each


class _Remembered:
    """A function of a profile and the built-in book, among others, that is computed once for each question."""

    def __init__(self, compute: Callable[..., Any]) -> None:
        update_wrapper(self, compute)
        self.compute = compute
        self._parameters = signature(compute)
        self._known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, profile: Profile, book: PriceBook, *more: Any, **named: Any) -> Any:
        if book != built_in_book():
            return self.compute(profile, book, *more, **named)
        asked = self._parameters.bind(profile, book, *more, **named)
        asked.apply_defaults()
        written = (profile.model_dump_json(exclude_unset=own) for own in (False, True))  # what is set is shown as own
        key = (*written, *asked.args[2:])
        answer = self._known.pop(key, None)
        if answer is None:
            answer = self.compute(profile, book, *more, **named)
            if len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
        self._known[key] = answer  # the last: what was asked longest ago is forgotten first
        return answer

    def cache_clear(self) -> None:
        """Forget all answers, as every cache of the engine is told when the book changes."""
        self._known.clear()


def install() -> None:
    """Remember answers from now on: for the commands and the app, and for tests imported later."""
    if isinstance(expected_answer.cost_options, _Remembered):
        return
    expected_answer.cost_options = _Remembered(expected_answer.cost_options)
    from advisor.decision import advise as full_answer  # only now: it takes the other as it is

    full_answer.advise = _Remembered(full_answer.advise)
