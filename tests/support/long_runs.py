"""How far a test goes: a few examples in the default run, all of them in a long run (`pytest -m long`).

LONG_SHARE is the share of the examples of a long run: 1 is all of them, 0.1 a tenth, 3 three times as many. With it the
default run has that share of the long one too, which saves a second start.
"""

import os
from collections.abc import Container, Iterable, Sequence
from typing import Any

import pytest

_SHARE = "LONG_SHARE"

# A test with both: it is in the default run with its quick count, and in the long run with its full count.
quick_and_long = pytest.mark.long(quick=True)
# A test that takes a long time and cannot be divided: a run that takes a share of the long tests leaves it out.
only_in_whole_runs = pytest.mark.long(whole=True)


def set_up(marks: str) -> None:
    """Let a run that selects the long tests use their full counts, unless the environment says which share."""
    if "long" in marks.split() and "not" not in marks.split():
        os.environ.setdefault(_SHARE, "1")


def examples(quick: int, full: int) -> int:
    """How many examples this run tries: the quick count by default, else that share of the full one.

    Args:
        quick: examples in the default run; also the least of a long run.
        full: examples in the whole long run.
    """
    share = float(os.environ.get(_SHARE, "0"))
    return max(quick, round(full * share))


def every(quick: int) -> int:
    """The step of a test that tries every n-th case: the quick step by default, 1 in the whole long run."""
    share = float(os.environ.get(_SHARE, "0"))
    return max(1, min(quick, round(1 / share))) if share else quick


def long_unless(quick: Container[Any], cases: Iterable[Any]) -> list[Any]:
    """Cases for `parametrize`, only the quick ones run by default."""
    marked = []
    for case in cases:
        values = case if isinstance(case, tuple) else (case,)
        marked.append(pytest.param(*values, marks=() if case in quick else pytest.mark.long))
    return marked


def not_meant(items: Sequence[pytest.Item], marks: str) -> list[pytest.Item]:
    """The tests that this run leaves out: where marks select tests, only what its share does not reach; else those in
    a browser, and the long ones but for a share that is asked for."""
    if marks:
        return _beyond_the_share(items)
    long_ones = [item for item in items if _only_long(item)] if _SHARE not in os.environ else _beyond_the_share(items)
    return [*long_ones, *filter(_in_browser, items)]


def _beyond_the_share(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """All but that share of the cases of each test that is in the long run only, spread evenly; at least one of a test
    that no case of the default run stands for."""
    share = min(1.0, float(os.environ.get(_SHARE, "1")))
    cases: dict[str, list[pytest.Item]] = {}
    seen = set()
    for item in items:
        if _only_long(item):
            cases.setdefault(_test_of(item), []).append(item)
        else:
            seen.add(_test_of(item))
    out: list[pytest.Item] = []
    for test, of_one_test in cases.items():
        least = 0 if test in seen or (share < 1 and _of_long(of_one_test[0], "whole")) else 1
        count = max(least, round(share * len(of_one_test)))
        kept = {place * len(of_one_test) // count for place in range(count)}
        out += [item for place, item in enumerate(of_one_test) if place not in kept]
    return out


def _test_of(item: pytest.Item) -> str:
    """The test that an item is a case of."""
    return item.nodeid.partition("[")[0]


def _only_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None and not _of_long(item, "quick")


def _of_long(item: pytest.Item, name: str) -> bool:
    """Whether the mark of a long test says so."""
    mark = item.get_closest_marker("long")
    return mark is not None and bool(mark.kwargs.get(name, False))


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None
