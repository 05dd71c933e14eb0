"""When the terminal may move lines by itself: only where that saves, and what it then shows is known."""

import random

from hypothesis import given
from hypothesis import strategies as st

from screens.terminal.scroll_detection import LEAST_SAVED, best_scroll
from tests.support.present import present

_ROWS = st.lists(st.text("ab ", min_size=60, max_size=60).map(list), min_size=2, max_size=12)


def differing(shown: list[list[str]], wanted: list[list[str]]) -> int:
    return sum(a != b for line, other in zip(shown, wanted, strict=True) for a, b in zip(line, other, strict=True))


@given(_ROWS, st.booleans(), st.integers(0, 5))
def test_a_scroll_saves_what_it_says_it_must(rows: list[list[str]], up: bool, chance: int) -> None:
    new = list("ab" * 30)
    wanted = [*rows[1:], new] if up else [new, *rows[:-1]]
    random.Random(chance).shuffle(wanted[0])
    found = best_scroll(rows, wanted, " ")
    if found is None:
        return
    after = [*rows[: found.top], *found.shown, *rows[found.bottom + 1 :]]
    assert len(after) == len(rows)
    assert differing(rows, wanted) - differing(after, wanted) >= LEAST_SAVED


def test_lines_that_stay_are_left_where_they_are() -> None:
    chance = random.Random(2)
    lines = [[chance.choice("abcdef") for _ in range(40)] for _ in range(12)]
    still, moving = lines[:3], lines[3:]
    found = present(best_scroll([*still, *moving], [*still, *moving[1:], [" "] * 40], " "))
    assert (found.top, found.bottom, found.up) == (3, 11, True)
    assert found.shown == [*moving[1:], [" "] * 40]
    assert best_scroll(lines, lines, " ") is None
