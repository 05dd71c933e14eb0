"""Figures of many points: what they share is computed once, and results are remembered by their content.

Figures are frozen dataclasses, or tuples of them, in which an amount is a number, or an array (P, 1) with one for each
point.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.values.quick_dataclass import replace

Call = ParamSpec("Call")
Figures = TypeVar("Figures")
Result = TypeVar("Result")
Number = TypeVar("Number", Floats, Months)
_Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]


def with_arrays(figures: Figures, change: Callable[[_Array], object]) -> Figures:
    """The same figures with every array in them changed; the same object if nothing changes."""
    given: Any = figures
    if isinstance(given, np.ndarray):
        return change(given)  # type: ignore[return-value]  # what stands for an array is the caller's affair
    if isinstance(given, tuple):
        changed = tuple(with_arrays(one, change) for one in given)
        same = all(new is old for new, old in zip(changed, given, strict=True))
        return figures if same else changed  # type: ignore[return-value]  # a tuple as before
    if not (names := _fields_of(given.__class__)):  # most of them
        return figures
    new = {name: got for name in names if (got := with_arrays(old := getattr(given, name), change)) is not old}
    return replace(given, **new) if new else figures


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def for_distinct(function: Callable[[Figures], Result], figures: Figures) -> Result:
    """What a function gives for each point, computed once for points that have the same figures.

    Args:
        function: Of the figures of points; what it returns are figures again, or arrays (P, ...).
        figures: The figures; arrays of one axis, such as months, are the same for all points.
    """
    some, place = distinct_points(figures)
    found = function(some)
    return found if place is None else with_arrays(found, lambda array: array[place])


def distinct_points(figures: Figures) -> tuple[Figures, Months | None]:
    """The figures of the points that differ, and the place of each point among them; None if none is left out."""
    arrays = _arrays(figures)
    if not arrays:
        return figures, None
    first, place = distinct_rows(np.concatenate(arrays, axis=1))
    if first.size == place.size:
        return figures, None
    return with_arrays(figures, lambda array: array[first] if array.ndim > 1 else array), place


def one_by_one(figures: Figures) -> list[Figures]:
    """The figures of each point, as single numbers; the figures as they are where all of them are."""
    points = max((len(array) for array in _arrays(figures)), default=0)

    def at(point: int) -> Figures:
        return with_arrays(figures, lambda array: float(array[point, 0]) if array.ndim > 1 else array)

    return [at(point) for point in range(points)] or [figures]


def _arrays(figures: object) -> list[_Array]:
    """The arrays (P, ...) in figures."""
    found: list[_Array] = []
    with_arrays(figures, lambda array: found.append(array) or array)  # type: ignore[func-returns-value]  # collects
    return [array for array in found if array.ndim > 1]


def last_column(amount: Amount) -> Amount:
    """The last of values (..., n): a number, or (P, 1)."""
    if not isinstance(amount, np.ndarray):
        return amount
    return amount[..., -1:] if amount.ndim > 1 else float(amount[-1])


def distinct(values: Number) -> Number:
    """The different values of an array, ascending.

    >>> distinct(np.array([2.0, 1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    return np.unique(values, return_index=True)[0]  # without return_index it would import all of numpy.ma


def distinct_rows(table: Floats) -> tuple[Months, Months]:
    """The first of each different row of a table (rows, columns), and for each row the place of its like among them.

    Rows are told apart by a sum with weights, and by their bytes where that is the same for different rows.
    `np.unique(axis=0)` compares number by number and takes ten times as long.
    """
    sums = np.vecdot(table, np.sqrt(np.arange(2.0, 2 + table.shape[1])))
    _, first, place = np.unique(sums, return_index=True, return_inverse=True)
    if (table[first[place]] == table).all():
        order = first.argsort()
        return first[order], order.argsort()[place]
    seen: dict[bytes, int] = {}
    place = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in table], dtype=np.int64)
    first = np.empty(len(seen), dtype=np.int64)
    first[place[::-1]] = np.arange(place.size)[::-1]
    return first, place


def remembered(one: int, many: int) -> "Callable[[Callable[Call, Result]], Remembered[Call, Result]]":
    """`lru_cache` for functions of figures: a call with the same numbers is the same call, arrays included.

    Args:
        one: How many results of calls without arrays are kept.
        many: How many of calls with arrays are kept; they may be large.
    """
    return lambda function: Remembered(function, one, many)


class Remembered(Generic[Call, Result]):
    """A function that keeps its last results; see `remembered`. Arguments are given by position."""

    def __init__(self, function: Callable[Call, Result], one: int, many: int) -> None:
        self._of_numbers = lru_cache(maxsize=one)(function)
        self._of_arrays = lru_cache(maxsize=many)(self._computed)
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *given: Call.args, **_: Call.kwargs) -> Result:
        """The result, computed or kept."""
        try:
            hash(given)
        except TypeError:  # an array has no hash
            return self._of_arrays(_Content(given))
        return self._of_numbers(*given)

    def _computed(self, content: "_Content") -> Result:
        call: Callable[..., Result] = self._function
        return call(*content.given)

    def cache_clear(self) -> None:
        """Drop every result."""
        self._of_numbers.cache_clear()
        self._of_arrays.cache_clear()


class _Content:
    """Arguments as a key: equal where the numbers in them are."""

    def __init__(self, given: tuple[object, ...]) -> None:
        self.given = given
        self.key = with_arrays(given, lambda array: (array.shape, array.tobytes()))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.key == other.key
