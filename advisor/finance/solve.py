"""Numerical routines that numpy lacks: root finding, grid refinement, the error function and the normal quantile."""

import math
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np

from advisor.array_types import Floats

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Result = TypeVar("Result")
Key = TypeVar("Key")
Number = TypeVar("Number", float, Floats)

_CLOSE = 1e-14  # relative: two points so near are one
_ROUNDS = 40  # the most steps of Newton's method; most functions need five
_NEAR_SHARES = (1e-1, 2e-2, 4e-3, 1e-3)  # of a bracket: proposals around the crossing of a straight line


def bisect(is_below: Callable[[float], bool], low: float, high: float, tolerance: float = 0.0) -> tuple[float, float]:
    """Halve a bracket around the point where a condition stops to hold.

    Args:
        is_below: Whether a point lies below the one that is sought; it holds at `low` and not at `high`.
        low: Lower end of the bracket.
        high: Upper end of the bracket.
        tolerance: Width at which to stop; 0 stops at neighboring floats.

    Returns:
        The two ends of the last bracket.

    >>> low, high = bisect(lambda x: x * x < 2, 1.0, 2.0)
    >>> low < 2**0.5 <= high
    True
    """
    while high - low > tolerance and low < (middle := (low + high) / 2) < high:
        if is_below(middle):
            low = middle
        else:
            high = middle
    return low, high


def newton_each(function: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Where a rising function is 0 in each of many brackets, by Newton's method; by halves where that leaves a bracket.

    Args:
        function: Values and slopes (...) at a point of each bracket.
        low: Lower ends (...); the function is not above 0 there.
        high: Upper ends (...); the function is not below 0 there.

    Returns:
        The points (...), to the last digits.

    >>> newton_each(lambda x: (x**2 - np.array([4.0, 9.0]), 2 * x), np.zeros(2), np.full(2, 8.0)).tolist()
    [2.0, 3.0]
    """
    found = (low + high) / 2
    for _ in range(_ROUNDS):
        value, slope = function(found)
        low, high = np.where(value < 0, found, low), np.where(value > 0, found, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = found - value / slope
        inside = (step >= low) & (step <= high)
        new = np.where(inside, step, (low + high) / 2)
        close = np.abs(new - found) <= _CLOSE * np.maximum(np.abs(new), 1.0)
        found = new
        if close.all():
            break
    return np.asarray(found)


def around_crossing(low: Floats, high: Floats, crossing: Floats, tolerance: Floats) -> Floats:
    """Where to look for a change of sign between two points: around where it is expected, ever more closely.

    A change is bracketed within `tolerance` by the two nearest proposals in one round, if it is where it is expected.

    Args:
        low: Lower end of each bracket (...).
        high: Its upper end (...).
        crossing: Where the change is expected (...), see `line_crossing`.
        tolerance: How precisely the change is wanted (...).

    Returns:
        Points within each bracket, ascending (..., 10).

    >>> around_crossing(*np.array([0.0, 1.0, 0.25, 0.02])).round(3).tolist()
    [0.15, 0.23, 0.243, 0.246, 0.249, 0.251, 0.254, 0.257, 0.27, 0.35]
    """
    steps = np.stack([*(share * (high - low) for share in _NEAR_SHARES), tolerance / 3], axis=-1)
    near = np.concatenate([-steps, steps[..., ::-1]], axis=-1) + crossing[..., None]
    return np.asarray(np.clip(np.sort(near, axis=-1), low[..., None], high[..., None]))


def line_crossing(low: Number, high: Number, at_low: Number, at_high: Number) -> Number:
    """Where a straight line crosses zero between two points (...), from its values there, which differ in sign.

    >>> line_crossing(0.0, 1.0, -1.0, 3.0)
    0.25
    """
    return low + (high - low) * at_low / (at_low - at_high)


def answered(steps: Generator[Asked, Answer, Result], answer: Callable[[Asked], Answer]) -> Result:
    """The result of a search that asks for values on its way, given what answers it. steps: yields what it asks for and
    is sent the answer."""
    return answered_together({None: steps}, lambda asked: {None: answer(asked[None])})[None]


def answered_together(
    searches: Mapping[Key, Generator[Asked, Answer, Result]],
    answers: Callable[[Mapping[Key, Asked]], Mapping[Key, Answer]],
) -> dict[Key, Result]:
    """The results of several searches, each as if alone, which are answered in the same rounds. answers: what is sent
    to those that ask for something in the same round."""
    found: dict[Key, Result] = {}
    steps: list[tuple[Key, Callable[[], Asked]]] = [(key, partial(next, one)) for key, one in searches.items()]
    while steps:
        asked: dict[Key, Asked] = {}
        for key, step in steps:
            try:
                asked[key] = step()
            except StopIteration as done:
                found[key] = done.value
        steps = [(key, partial(searches[key].send, answer)) for key, answer in answers(asked).items()] if asked else []
    return found


def in_a_row(
    values: Mapping[Key, Floats],
) -> tuple[np.ndarray[tuple[Any, ...], np.dtype[Any]], Floats, dict[Key, slice]]:
    """Several arrays in a row: whose each value is (N), the values (N), and where those of each stand.

    >>> in_a_row({"a": np.array([1.0, 2.0]), "b": np.array([3.0])})
    (array(['a', 'a', 'b'], dtype='<U1'), array([1., 2., 3.]), {'a': slice(0, 2, None), 'b': slice(2, 3, None)})
    """
    whose = np.repeat(list(values), [each.size for each in values.values()])
    ends = np.cumsum([0, *(each.size for each in values.values())]).tolist()
    return whose, np.concatenate(list(values.values())), dict(zip(values, map(slice, ends, ends[1:]), strict=False))


def crossing_steps(
    points: Floats, values: Floats, *, near: float, tolerance: float, straight_share: float = 0.0
) -> Generator[Floats, Floats, float | None]:
    """The search for a change of sign, which asks for the function at further points.

    Args:
        points: Some points, ascending (points).
        values: The function there (points).
        near: Of several places the one nearest to this point is sought.
        tolerance: Width of a bracket at which to stop, and to take the crossing of a straight line.
        straight_share: Bend, as a share of the largest value, up to which the points lie on such a line already.

    Returns:
        The place; None where the sign does not change between the points.

    >>> steps = crossing_steps(np.array([0.0, 2.0]), np.array([-2.0, 2.0]), near=0.0, tolerance=1e-6)
    >>> round(answered(steps, lambda x: x**2 - 2), 6)
    1.414214
    """
    while True:
        changes = np.flatnonzero((values[1:] < 0) != (values[:-1] < 0))
        if not changes.size:
            return None
        left = int(changes[np.abs(points[changes] - near).argmin()])
        low, high, at_low, at_high = (float(one[left + side]) for one in (points, values) for side in (0, 1))
        if high - low <= tolerance or (straight_share and _is_straight(points, values, straight_share)):
            return line_crossing(low, high, at_low, at_high)
        inner = around_crossing(*np.array([low, high, line_crossing(low, high, at_low, at_high), tolerance]))
        between = yield inner
        points, values = np.array([low, *inner, high]), np.array([at_low, *between, at_high])


def _is_straight(points: Floats, values: Floats, share: float) -> bool:
    """Whether values lie on the straight line between the first and the last."""
    line = values[0] + (values[-1] - values[0]) * (points - points[0]) / (points[-1] - points[0])
    return bool((np.abs(values - line) <= share * np.abs(values).max()).all())


def false_position_each(
    function: Callable[[Floats], Floats], low: Floats, high: Floats, at_low: Floats, at_high: Floats, rounds: int
) -> Floats:
    """Where a function changes its sign in each of many brackets, by false position: an end that stays counts half.

    Args:
        function: Values at a point of each bracket (n).
        low: Lower ends (n).
        high: Upper ends (n).
        at_low: The function at the lower ends (n).
        at_high: At the upper ends, of the other sign (n).
        rounds: How often it is asked for.

    Returns:
        The points (n).

    Source: Dowell and Jarratt (1971), the Illinois algorithm.

    >>> low, high = np.array([1.0, 1.0]), np.array([2.0, 3.0])
    >>> false_position_each(lambda x: x * x - 2, low, high, low**2 - 2, high**2 - 2, 7).round(6).tolist()
    [1.414214, 1.414214]
    """
    moved = np.zeros(low.shape)
    for _ in range(rounds):
        middle = line_crossing(low, high, at_low, at_high)
        value = function(middle)
        below = (value < 0) == (at_low < 0)
        at_high = np.where(below, np.where(moved < 0, at_high / 2, at_high), value)
        at_low = np.where(below, value, np.where(moved > 0, at_low / 2, at_low))
        low, high, moved = np.where(below, middle, low), np.where(below, high, middle), np.where(below, -1.0, 1.0)
    return line_crossing(low, high, at_low, at_high)


def erf(values: Floats) -> Floats:
    """The error function of each value (...).

    >>> erf(np.array([0.0, 1.0])).round(6).tolist()
    [0.0, 0.842701]
    """
    return np.fromiter(map(math.erf, values.ravel().tolist()), np.float64, values.size).reshape(values.shape)


def normal_quantile(shares: Floats) -> Floats:
    """The quantile of the standard normal distribution, to seven digits; the same shape as `shares`, in (0, 1).

    Source: Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution, function PPND7.

    >>> normal_quantile(np.array([0.5, 0.95, 1e-9])).round(4).tolist()
    [0.0, 1.6449, -5.9978]
    """
    middle = shares - 0.5
    square = 0.180625 - middle * middle
    above = ((59.109374720 * square + 159.29113202) * square + 50.434271938) * square + 3.3871327179
    below = ((67.187563600 * square + 78.757757664) * square + 17.895169469) * square + 1.0
    found = middle * above / below
    outside = np.abs(middle) > 0.425
    share, sign = np.minimum(shares, 1 - shares)[outside], np.sign(middle[outside])
    far = np.sqrt(-np.log(share))
    near = far - 1.6
    tail = ((0.17023821103 * near + 1.3067284816) * near + 2.7568153900) * near + 1.4234372777
    tail /= (0.12021132975 * near + 0.73700164250) * near + 1.0
    far -= 5.0
    end = ((0.017337203997 * far + 0.42868294337) * far + 3.0812263860) * far + 6.6579051150
    end /= (0.012258202635 * far + 0.24197894225) * far + 1.0
    found[outside] = sign * np.where(far > 0, end, tail)
    return np.asarray(found)
