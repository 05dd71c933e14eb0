"""How the screen looks: the letters of every cell, its colors and attributes in several themes at once, and whether
that can be read."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from string import ascii_letters
from typing import NamedTuple

from rich.color import Color
from rich.style import Style
from textual.screen import ModalScreen

from screens.app import AdvisorApp


class Look(NamedTuple):
    """The colors and attributes of a cell; no color is the terminal's own."""

    color: str
    ground: str
    marks: tuple[str, ...]

    @property
    def words(self) -> str:
        """As a legend says it."""
        colors = f"{self.color or 'own'} on {self.ground or 'own'}" if self.color or self.ground else ""
        return " ".join(part for part in (colors, *self.marks) if part) or "plain"

    @property
    def of_a_blank(self) -> tuple[str, tuple[str, ...]]:
        """As much of it as is seen where there is no letter."""
        ground = self.color if "reverse" in self.marks else self.ground
        return ground, tuple(mark for mark in self.marks if mark in ("reverse", "underline", "strike"))

    @property
    def contrast(self) -> float:
        """The contrast of the letter with its ground, as WCAG 2.2 defines it: from 1 to 21."""
        light, dark = sorted((_luminance(self.color), _luminance(self.ground)), reverse=True)
        return (light + 0.05) / (dark + 0.05)


Rows = list[list[tuple[str, Look]]]


def _luminance(color: str) -> float:
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _hex(color: Color | None) -> str:
    return "" if color is None or color.is_default else color.get_truecolor().hex


@cache
def _look(style: Style | None) -> Look:
    if style is None:
        return Look("", "", ())
    marks = [name for name in ("bold", "italic", "underline", "reverse", "strike") if getattr(style, name)]
    if style.dim is not None:  # False once Textual has mixed the color with the ground instead
        marks.append("dim")
    return Look(_hex(style.color), _hex(style.bgcolor), tuple(marks))


def looks(app: AdvisorApp) -> Rows:
    """Every cell of the screen, row by row; what is behind a dialog is left blank: it is the screen before."""
    rows = [
        [(letter, look) for segment in strip for look in [_look(segment.style)] for letter in segment.text]
        for strip in app.screen._compositor.render_strips()
    ]
    if isinstance(app.screen, ModalScreen):
        colored = any(look.ground for row in rows for _, look in row)
        blank = " ", Look("", _hex(app.screen_stack[-2].rich_style.bgcolor) if colored else "", ())
        dialogs = [child.region for child in app.screen.displayed_children]
        rows = [
            [cell if any(dialog.contains(x, y) for dialog in dialogs) else blank for x, cell in enumerate(row)]
            for y, row in enumerate(rows)
        ]
    return rows


def text_of(rows: Rows) -> str:
    """The letters alone, without trailing blanks."""
    return "\n".join("".join(letter for letter, _ in row).rstrip() for row in rows)


def written(rows_by_theme: dict[str, Rows]) -> str:
    """A screen that says the same in all themes: its text, what each letter of the legend looks like in each of them,
    and where it holds, as in "3-5 a8 b", eight cells of a and the rest of the row b."""
    themes = list(rows_by_theme.values())
    letters: dict[tuple[Look, ...], str] = {}
    lines: list[str] = []
    for row in zip(*themes, strict=True):
        of_cells = [(cells[0][0], tuple(look for _, look in cells)) for cells in zip(*row, strict=True)]
        runs = [
            (letters.setdefault(key, ascii_letters[len(letters)]), len(list(run)))
            for key, run in groupby(_blanks_joined(of_cells))
        ]
        lines.append(" ".join([*(f"{letter}{length}" for letter, length in runs[:-1]), *(run[0] for run in runs[-1:])]))
    legend = [f"{letter}  " + " | ".join(look.words for look in key) for key, letter in letters.items()]
    where, at = [], 1
    for line, same in groupby(lines):
        last = at + len(list(same)) - 1
        where.append(f"{at if at == last else f'{at}-{last}'} {line}")
        at = last + 1
    return "\n".join([text_of(themes[0]), "", " | ".join(rows_by_theme), *legend, "", *where, ""])


def _blanks_joined(cells: Sequence[tuple[str, tuple[Look, ...]]]) -> list[tuple[Look, ...]]:
    """The looks of the cells; a blank has that of the letter before it where they look the same."""
    joined: list[tuple[Look, ...]] = []
    for letter, key in cells:
        if letter != " ":
            joined.append(key)
        elif joined and (joined[-1] is key or _seen_in_a_blank(joined[-1]) == _seen_in_a_blank(key)):
            joined.append(joined[-1])
        else:
            joined.append(_as_a_blank(key))
    return joined


@cache
def _seen_in_a_blank(key: tuple[Look, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(look.of_a_blank for look in key)


@cache
def _as_a_blank(key: tuple[Look, ...]) -> tuple[Look, ...]:
    """The looks of a blank without what only a letter has."""
    return tuple(look if look.of_a_blank[1] else Look("", look.ground, ()) for look in key)


def hard_to_read(rows: Rows) -> list[str]:
    """The runs with too little contrast: 4.5 for text, 3 for what is drawn and for what is dimmed on purpose."""
    found = []
    for row in rows:
        letters = (cell for cell in row if cell[0] != " ")
        for look, run in groupby(letters, key=lambda cell: cell[1]):
            text = "".join(letter for letter, _ in run)
            if not look.color or not look.ground:
                found.append(f"in colors of the terminal's own, {look.words}: {text}")
                continue
            least = 3.0 if "dim" in look.marks or all(_is_drawn(letter) for letter in text) else 4.5
            if look.contrast < least:
                found.append(f"{look.contrast:.2f} {look.words}: {text}")
    return found


def _is_drawn(letter: str) -> bool:
    """Whether it is a part of a picture: a line, block, shape or dot pattern."""
    return "\u2500" <= letter <= "\u25ff" or "\u2800" <= letter <= "\u28ff"
