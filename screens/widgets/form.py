"""The form: every value beside its unit, edited in place. Typing replaces a value, left and right nudge it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from advisor.formatting import cut
from screens.commands import EVERYWHERE, FIND, FORM, PROFILE, bindings, commands_of
from screens.messages import FieldChosen, FormFinished, LineWanted, TypingDropped, ValueNudged, ValueTyped

if TYPE_CHECKING:
    from advisor.profiles.form.form_field import FormField
    from advisor.profiles.schema import FieldPath

_LABEL_CELLS = 15
_VALUE_CELLS = 13
_ACTIONS = {key: command.action for command in commands_of(FORM) for key in command.keys.split(",")}
_COMMAND_KEYS = {key for one in commands_of(EVERYWHERE, FIND, FORM, PROFILE) for key in one.keys.split(",")}
_MOST_PASTED = 1000  # characters


class ProfileForm(ScrollView, can_focus=True, inherit_bindings=False):
    """A list of values with a cursor. Posts ValueTyped, ValueNudged, LineWanted, FieldChosen and FormFinished.

    What can begin a value of the row begins it: a digit a number, a letter one of the choices or a date. So does a
    letter that no command has, as every letter in the questions of a new profile; those that have one are commands.
    Whatever is typed then is the value's, until Enter, Esc or another row. A line of words has a dialog of its own.
    """

    BINDINGS: ClassVar = bindings(FORM)
    COMPONENT_CLASSES: ClassVar = {
        "form--label", "form--own", "form--default", "form--cursor", "form--unit", "form--typing",
    }  # fmt: skip

    cursor: reactive[int] = reactive(0)
    typed: reactive[str | None] = reactive(None)

    def __init__(self, *, finishes: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.fields: tuple[FormField, ...] = ()
        self._entered: dict[FieldPath, str] = {}  # typed, and not in the fields yet: an answer takes a moment
        self._finishes = finishes
        self._height = 0
        self._confirmed: FieldPath | None = None  # the field that the cursor has just left by confirming it

    def show(self, fields: "tuple[FormField, ...]") -> None:
        """Show these values; the cursor stays on its field."""
        if self._entered:
            self._entered.clear()
            self.refresh()
        here = self.field.path if self.field else None
        paths = [field.path for field in fields]
        if fields == self.fields:
            return
        before = [field.path for field in self.fields[: self.cursor]]
        if before and before[-1] == self._confirmed in paths:  # a field that its value brought is the next one
            follows = paths.index(self._confirmed) + 1
            here = paths[follows] if follows < len(paths) else here
        self._confirmed = None
        begins = not self.fields
        self.fields = fields
        if begins:
            self.cursor = self.begins_at
        self.virtual_size = Size(0, len(fields))
        if here in paths:
            self.cursor = paths.index(here)
        elif self.cursor >= len(fields):
            self.cursor = 0
        self.refresh()
        self.post_message(FieldChosen(self.cursor))

    @property
    def field(self) -> "FormField | None":
        """The field under the cursor."""
        return self.fields[self.cursor] if self.cursor < len(self.fields) else None

    @property
    def begins_at(self) -> int:
        """The row on which the cursor begins: a number's, where no letter is taken from the commands."""
        return next((row for row, field in enumerate(self.fields) if field.is_number), 0)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """What is typed is the value's: no command."""
        return character is not None and self._takes(character)

    def _takes(self, character: str) -> bool:
        if not character.isprintable():
            return False
        if self.typed is not None or (self._finishes and character.isalpha()):
            return True
        if self.field is None:
            return False
        return self.field.may_begin_with(character) or (character.isalpha() and character not in _COMMAND_KEYS)

    async def on_key(self, event: events.Key) -> None:
        """Typing and the form's own commands, in the order in which the keys came: a binding alone would run after the
        digits that follow it, when a slow line delivers many keys at once."""
        if event.character is not None and self._takes(event.character):
            self._take(event.character)
        elif event.key == "backspace" and self.field and (self.typed is not None or self.field.is_number):
            self.typed = (self._text_of(self.field) if self.typed is None else self.typed)[:-1]
        elif (action := _ACTIONS.get(event.key)) and self.check_action(action, ()):
            await self.run_action(action)
        else:
            return
        event.stop()
        event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Esc has something to drop while a value is typed: else it is the screen's."""
        return action != "drop" or self.typed is not None

    def idle_commands(self) -> Iterator[str]:
        """The commands that the footer leaves out: until a value is typed, Enter only goes on."""
        if self.typed is None:
            yield "form.confirm"

    def _take(self, character: str) -> None:
        if self.field is not None and self.field.is_text:
            self.post_message(LineWanted(self.field, character))
        else:
            self.typed = (self.typed or "") + character

    def on_paste(self, event: events.Paste) -> None:
        """A pasted number, or a pasted choice, replaces the value; a line of words is shown as it is read."""
        if self.field is not None and self.field.is_text:
            self.post_message(LineWanted(self.field, event.text))
        elif self.field is not None:
            words = " ".join(event.text.split())[:_MOST_PASTED]  # of all lines
            self.typed = "".join(character for character in words if character.isprintable())
        event.stop()

    def on_blur(self) -> None:
        """Take what was typed when the form is left."""
        self._commit()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row."""
        row = event.y + self.scroll_offset.y
        if row < len(self.fields):
            self._commit()
            self.cursor = row

    def action_next_field(self) -> None:
        """Down one field."""
        self._move(1)

    def action_previous_field(self) -> None:
        """Up one field."""
        self._move(-1)

    def action_nudge(self, steps: int) -> None:
        """Move the value under the cursor; what was typed before is taken first."""
        self._commit()
        if self.field is not None:
            self.post_message(ValueNudged(self.field.path, steps))

    def action_edit(self) -> None:
        """Begin to type with the value as it is; of choices one is typed anew."""
        if self.field is not None and self.field.is_text:
            self.post_message(LineWanted(self.field, self._text_of(self.field)))
        elif self.field is not None and self.typed is None:
            self.typed = "" if self.field.is_chosen else self._text_of(self.field)

    def action_drop(self) -> None:
        """Drop what is being typed."""
        self.typed = None
        self.post_message(TypingDropped())

    def action_clear_value(self) -> None:
        """Back to the default."""
        self.typed = None
        if self.field is not None and self.field.text and not self.field.is_chosen:
            self.post_message(ValueTyped(self.field.path, "", self.field.label))

    def action_confirm(self) -> None:
        """Confirm, then the next field; after the last one the form is finished."""
        last = self.cursor == len(self.fields) - 1
        self._confirmed = self.field.path if self.field else None
        self._commit()
        if last and self._finishes:
            self.post_message(FormFinished())
        elif not last:
            self.cursor += 1

    def action_page(self, pages: int) -> None:
        """As many fields down as are in sight, or up; the first and the last one end it."""
        self._commit()
        if self.fields:
            self.cursor = min(max(0, self.cursor + pages * max(1, self.size.height - 1)), len(self.fields) - 1)

    def action_first(self) -> None:
        """The first field."""
        self._commit()
        self.cursor = 0

    def action_last(self) -> None:
        """The last field."""
        self._commit()
        self.cursor = max(0, len(self.fields) - 1)

    def _move(self, rows: int) -> None:
        self._commit()
        if self.fields:
            self.cursor = (self.cursor + rows) % len(self.fields)

    def _commit(self) -> None:
        typed = self.take_typed()
        if typed is not None:
            self.post_message(typed)

    def take_typed(self) -> ValueTyped | None:
        """What is being typed, as if it had been confirmed; None when nothing new is. Typing ends."""
        typed, self.typed = self.typed, None
        if typed is None or self.field is None or typed == self._text_of(self.field):
            return None
        if self.field.is_chosen and not typed.strip():
            return None
        self._entered[self.field.path] = typed
        return ValueTyped(self.field.path, typed, self.field.label)

    def _text_of(self, field: "FormField") -> str:
        """The user's own value of a field, also before its answer is there."""
        return self._entered.get(field.path, field.text)

    def retype(self, path: "FieldPath", text: str) -> str | None:
        """Put a refused value back as it was typed, to be corrected. Returns the value that Esc keeps; None where
        another one is typed already."""
        row = next((row for row, field in enumerate(self.fields) if field.path == path), None)
        self._entered.pop(path, None)
        if row is None or self.typed is not None:
            return None
        self.cursor, self.typed = row, text
        return "".join(self.fields[row].words)

    def watch_cursor(self, cursor: int) -> None:
        """Keep the cursor in sight and report which field it is on."""
        self._show_cursor()
        self.refresh()
        self.post_message(FieldChosen(cursor))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight where there is less room: a longer verdict takes some. Where there is more, what was
        scrolled away comes back."""
        more, self._height = event.size.height - self._height, event.size.height
        if more > 0:
            self.scroll_to(y=max(0, self.scroll_offset.y - more), animate=False, immediate=True)
        self._show_cursor()

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)

    def watch_typed(self, before: str | None, now: str | None) -> None:
        """Show what is being typed; the footer shows other keys meanwhile."""
        self.refresh()
        if (before is None) != (now is None):
            self.screen.refresh_bindings()

    def render_line(self, y: int) -> Strip:
        """One row: label, value, unit; the cursor's row reversed, own values bold, defaults dim."""
        row = y + self.scroll_offset.y
        width = self.size.width
        room = self.scrollable_content_region.width - _LABEL_CELLS - _VALUE_CELLS - 1  # for the unit
        if row >= len(self.fields):
            return Strip.blank(width, self.rich_style)
        field = self.fields[row]
        here = row == self.cursor and self.has_focus
        typing = here and self.typed is not None
        value, unit = field.words
        if typing or field.path in self._entered:
            value = f"{self.typed}▏" if typing else self._entered[field.path]
            unit = "" if field.is_chosen or _is_in_words(value.rstrip("▏")) else unit
            if field.is_chosen and typing:
                value += f" {', '.join(field.beginning_with(self.typed or ''))}"
        mark = ">" if here else " "
        kind = "form--typing" if typing else "form--own" if field.text else "form--default"
        arrows = f"‹{value}›" if here and field.is_chosen and not typing else value or "-"
        fits = room + _VALUE_CELLS  # of a longer one its beginning is in sight, where it is being typed its end
        if len(arrows) > fits:
            arrows = f"…{arrows[1 - fits :]}" if typing and not field.is_chosen else cut(arrows, fits)
        parts = [
            (f"{mark}{field.label:<{_LABEL_CELLS}}"[: _LABEL_CELLS + 1], "form--label"),
            (f"{arrows:>{_VALUE_CELLS}}", kind),
            (_unit_in(unit, room), "form--unit"),
        ]
        cursor_style = self.get_component_rich_style("form--cursor", partial=True) if here else None
        segments = []
        for text, name in parts:
            style = self.get_component_rich_style(name)
            segments.append(Segment(text, style + cursor_style if cursor_style else style))
        rest = self.rich_style + cursor_style if cursor_style else self.rich_style
        return Strip(segments).adjust_cell_length(width, rest)


def _is_in_words(typed: str) -> bool:
    """Whether words follow a number: after a space or a stroke, or letters that are more than a suffix."""
    return bool({" ", "/"} & {*typed}) or sum(map(str.isalpha, typed)) > 1 or typed[-1:] in ("y", "Y")


def _unit_in(unit: str, cells: int) -> str:
    """A unit as it is displayed, shorter where it would be cut."""
    return unit if len(unit) <= cells else unit.replace("month", "mo").replace("year", "yr")
