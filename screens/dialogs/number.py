"""The details of a number: what it is, its formula and its parts; Enter goes a step deeper, to the source line."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from advisor.formatting import cut
from screens.commands import LIST, NUMBER, bindings
from screens.dialogs.dialog import Dialog
from screens.widgets.choices import ChoiceList

if TYPE_CHECKING:
    from advisor.explain.drilldown import NumberDetail, NumberRow

_AROUND, _WIDEST = 7, 116  # border, padding and scroll bar; beyond it a line is hard to follow
_LABEL_CELLS, _AMOUNT_CELLS, _EVIDENCE_CELLS, _WORD_CELLS = 38, 14, 30, 12
_LEAST_LABEL_CELLS = 16  # of a label that stands beside evidence


class NumberDialog(Dialog[str | None]):
    """Steps down from a number to its sources and back. Answers with the number to be tried, or nothing."""

    CSS_PATH = "number.tcss"
    PLACES: ClassVar = (NUMBER, LIST)
    BINDINGS: ClassVar = bindings(NUMBER)

    head = query_one("#head", Static)
    rows = query_one("#rows", ChoiceList)
    keys = query_one("#keys", Static)

    def __init__(
        self, first: "NumberDetail", detail_of: "Callable[[str], NumberDetail]", can_try: Callable[[str], bool]
    ) -> None:
        """detail_of: opens a number by its id; can_try: whether it is a value that the profile can have."""
        super().__init__()
        self._detail_of, self._can_try = detail_of, can_try
        self._way: list[tuple[NumberDetail, int]] = [(first, 0)]

    @property
    def shown(self) -> "NumberDetail":
        """The number that is open."""
        return self._way[-1][0]

    def compose(self) -> ComposeResult:
        """What it is, what can be opened from here, and the keys."""
        with Vertical(id="number"):
            yield Static("", id="head", markup=False)
            yield ChoiceList(id="rows", markup=False)
            yield Static("", id="keys", classes="muted", markup=False)

    def on_mount(self) -> None:
        """The list takes the keys."""
        self.rows.focus()
        self._show()

    def on_resize(self) -> None:
        """As much evidence as fits."""
        self._way[-1] = self.shown, self.rows.highlighted or 0
        self._show()

    @property
    def _cells(self) -> int:
        return min(self.app.size.width - 2, _WIDEST) - _AROUND

    def _show(self) -> None:
        found, at = self._way[-1]
        cells, rows = self._cells, self.rows
        self.head.update(head_content(found, cells))
        rows.clear_options()
        rows.add_options(options_of(found, cells))
        rows.highlighted = next(
            (i for i in range(at, rows.option_count) if not rows.get_option_at_index(i).disabled), 0
        )
        rows.scroll_to_highlight(top=False)
        tries = "t tries it · " if self._can_try(found.number) else ""
        back = "Esc back · q closes" if len(self._way) > 1 else "Esc closes"
        opens = "Enter opens · " if found.rows else ""
        self.keys.update(f"{opens}{tries}{back}")

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        number = event.option.id
        if number is not None:
            self._way[-1] = self.shown, event.option_index
            self._way.append((self._detail_of(number), 0))
            self._show()

    def action_back(self) -> None:
        """A step back; from the first one out."""
        if len(self._way) == 1:
            self.dismiss(None)
        else:
            self._way.pop()
            self._show()

    def action_close(self) -> None:
        """Out at once."""
        self.dismiss(None)

    def action_try(self) -> None:
        """Try the value under the cursor, or the one that is open."""
        chosen = self.rows.highlighted_option.id if self.rows.highlighted_option else None
        offered = next((row for row in self.shown.rows if row.number == chosen), None)
        if offered is not None and self._can_try(offered.number):
            self.dismiss(offered.number)
        elif self._can_try(self.shown.number):
            self.dismiss(self.shown.number)


def head_content(found: "NumberDetail", cells: int) -> Content:
    """Title and amount, the sentence, the formula."""
    room = cells - len(found.amount) - 1
    title = cut(found.title, room)
    gap = " " * max(1, cells - len(title) - len(found.amount))
    lines = [Content.assemble((title, "bold"), gap, (found.amount, "bold")), Content(found.meaning)]
    return Content("\n").join(
        [*lines, *([Content.styled(f"= {found.formula}", "$text-muted")] if found.formula else [])]
    )


def options_of(found: "NumberDetail", cells: int) -> list[Option]:
    """A line for each part, input, or piece of the source line."""
    options: list[Option] = []
    for title, rows in ("Parts", found.parts), (_inputs_title(found), found.inputs):
        if rows:
            options.append(Option(Content.styled(title, "bold"), disabled=True))
            options += [Option(row_content(row, cells), id=row.number) for row in rows]
    for what, text in found.source:
        options.append(Option(Content.assemble((f"{what:<{_WORD_CELLS}}", "$text-muted"), text)))
    return options


def _inputs_title(found: "NumberDetail") -> str:
    return "Depends on" if found.formula else "Numbers"


def row_content(row: "NumberRow", cells: int) -> Content:
    """Label, amount, evidence, and where there is room the source."""
    room = cells - max(_AMOUNT_CELLS, len(row.amount)) - 2
    evidence = _EVIDENCE_CELLS if row.evidence and room >= _LEAST_LABEL_CELLS + _EVIDENCE_CELLS else 0
    label = max(1, min(_LABEL_CELLS, room - evidence) if row.evidence else room)
    head = f"{cut(row.label, label):<{label}} {row.amount:>{_AMOUNT_CELLS}} "
    if not evidence:
        return Content(head)
    rest = cells - len(head) - evidence - 1
    source = cut(row.source, rest) if rest > _WORD_CELLS else ""
    return Content.assemble(head, (f"{cut(row.evidence, evidence):<{evidence}} {source}".rstrip(), "$text-muted"))
