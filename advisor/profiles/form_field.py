"""One editable value of a form, as plain values; fast to import."""

from typing import TYPE_CHECKING

from advisor.formatting import typed_value
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath


@dataclass(frozen=True)
class FormField:
    """One editable value.

    Attributes:
        path: Of the value in the profile.
        label, unit, meaning, allowed: What to show beside it.
        text: The user's own value; empty when the default applies.
        default, source: The default and where it comes from.
        choices: The only values, if it has such a list.
        percent: Whether it is shown and typed as a percentage.
        whole: Whether it has no fractions.
        may_be_negative: Whether a minus sign makes sense.
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

    @property
    def note(self) -> str:
        """Meaning and allowed values in one line, and the source of a default that applies."""
        parts = [self.meaning, self.allowed if not self.choices else ""]
        note = "; ".join(part for part in parts if part)
        return f"{note}. {self.source}" if self.source and not self.text else note

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
