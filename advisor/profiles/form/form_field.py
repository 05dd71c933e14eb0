"""One editable value of a form, as plain values; fast to import."""

from contextlib import suppress
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.formatting import typed_value
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import FieldPath


@dataclass(frozen=True)
class FormField:
    """One editable value.

    Attributes:
        path: Of the value in the profile.
        label, unit, meaning, allowed: What to show beside it.
        text: The user's own value; empty when the default applies.
        default, source: The default and where it comes from.
        choices: The only values, if it has such a list; of a line of words, what it is made of.
        percent: Whether it is shown and typed as a percentage.
        whole: Whether it has no fractions.
        may_be_negative: Whether a minus sign makes sense.
        is_text: Whether it is a line of words, typed in a dialog of its own.
        begins: The letters with which its value may begin beside a digit: `u`, of a length `until March 2028`.
    """

    path: "FieldPath"
    label: str
    unit: str
    text: str
    default: str
    source: str
    meaning: str
    allowed: str
    choices: tuple[str, ...] = ()
    percent: bool = False
    whole: bool = False
    may_be_negative: bool = False
    is_text: bool = False
    begins: str = ""

    @property
    def note(self) -> str:
        """Meaning and allowed values in one line, and the source of a default that applies. A line of words comes
        first: its row may be too narrow."""
        words, key = (self.text, "e types it") if self.is_text else ("", "")
        parts = [words, self.meaning, key, "" if self.is_chosen else self.allowed]
        note = "; ".join(part for part in parts if part)
        return f"{note}. {self.source}" if self.source and not self.text else note

    @property
    def is_chosen(self) -> bool:
        """Whether it is one of its choices."""
        return bool(self.choices) and not self.is_text

    def beginning_with(self, typed: str) -> tuple[str, ...]:
        """The choices that begin with what was typed: `series b` with spaces."""
        begin = "-".join(typed.lower().split())
        return tuple(choice for choice in self.choices if choice.lower().startswith(begin))

    @property
    def is_number(self) -> bool:
        """Whether it is neither one of some choices nor a line of words."""
        return not self.choices and not self.is_text

    def may_begin_with(self, character: str) -> bool:
        """Whether a value can begin with a character: with a letter one of the choices, with a digit other values,
        and with a letter those in words that its note tells."""
        if character.isalnum() and self.beginning_with(character):
            return True
        if self.is_chosen:
            return False
        signs = "." + ("-" if self.may_be_negative else "") + ("$" if self.unit.startswith("USD") else "")
        return character in self.begins + "0123456789" + ("" if self.is_text else signs)

    @property
    def in_unit(self) -> str:
        """Its unit in brackets, behind what is allowed; empty without one."""
        return f" [{self.unit}]" if self.unit else ""

    @property
    def shown(self) -> str:
        """The value that applies, as it is typed: the user's own or the default."""
        return self.text or self.default

    @property
    def words(self) -> tuple[str, str]:
        """The value that applies as it is read, and what follows it: ("$60M", "") · ("85%", "") · ("24", " months");
        nothing where the label has said it."""
        value, unit = typed_value(self.shown, self.unit) if self.shown else ("", "")
        return value, "" if unit.strip() == self.label.lower() else unit


def choice_from(word: str, field: FormField, book: "PriceBook | None") -> str:
    """One of the choices of a field as it is typed: in small letters, or its beginning; of GPUs also another name.

    Args:
        word: As it is typed.
        field: With its choices.
        book: Of a field of GPUs, with their names; None for other fields.

    Raises:
        InputError: Naming the field, when no choice or several could be meant.
    """
    if book is not None:
        with suppress(InputError):
            return book.gpu(word).id
    begin = field.beginning_with(word) if word.split() else ()
    found = [choice for choice in begin if len(choice) == len(word.strip())] or begin  # the whole of one: L4, L40S
    if len(found) != 1:
        own = "a GPU of your own in a file for --book, or " if book is not None and not begin else ""
        raise InputError(field.label, repr(word)[1:-1], f"{own}one of {', '.join(begin or field.choices)}")
    return found[0]
