"""One editable value of a form, as plain values: light to import."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath


@dataclass(frozen=True)
class FormField:
    """One editable value. text: what stands in the field, empty when the default holds; default: what holds then and
    `source` where it comes from; percent: shown and typed as a percentage; choices: the only values, if it has some;
    whole: no fractions."""

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
        """Meaning and allowed values in one line; for a default in force, where it comes from."""
        parts = [self.meaning, self.allowed if not self.choices else ""]
        told = "; ".join(part for part in parts if part)
        return f"{told}. {self.source}" if self.source and not self.text else told

    @property
    def shown(self) -> str:
        """The value in force: the founder's own or the default."""
        return self.text or self.default
