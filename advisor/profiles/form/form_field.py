"""One editable value of a form, as plain values, and what is typed into it; fast to import."""

import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.formatting import typed_value
from advisor.profiles.spelled_numbers import MAGNITUDES
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import FieldPath

_NUMBER = re.compile(r"(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(.*)")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))|_")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_MONTHS = {
    "m": 1.0, "mo": 1.0, "month": 1.0, "quarter": 3.0, "y": 12.0, "yr": 12.0, "year": 12.0, "week": 7 * 12 / 365,
    "day": 12 / 365,
}  # fmt: skip
_DAY_DECIMALS = 2  # a hundredth of a month is a third of a day
_A_MONTH = {"year": 1 / 12, "yr": 1 / 12, "y": 1 / 12, "quarter": 1 / 3, "week": 365 / 12 / 7, "day": 365 / 12}
_CENTS = 2  # decimals of a sum of another period
_PER = re.compile(r"\s*/\s*|\s*\b(?:per|an?)\s+")
_EVERY = re.compile(r"\s*\b(month|quarter|year|week)ly\b")
_HOURS = re.compile(r"\bh(?:ou)?rs?\b")
_DOLLARS = re.compile(r"\s*(?:usd|\$|(?:us )?dollars?)\s*$")
_IN_CENTS = re.compile(r"(?:us )?(?:cents?|ct)")
_SUMS = "a sum of US$ such as 750000, 200k or $5M"
_LENGTHS = "a length such as 24, 2 years or 6 weeks"  # without a unit in months


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


def number_from(text: str, field: FormField) -> float | int:
    """Return the number that a text gives for a field, in the field's unit: `2 years` are 24 months, `$5M` 5,000,000
    USD, `85%` a share of 0.85.

    Raises:
        InputError: Naming the field, when the text is not a number in a unit of the field.
    """
    typed = text.strip()
    found = _NUMBER.fullmatch(without_commas(typed.lower()).removeprefix("usd").strip().removeprefix("$").strip())
    scale = None if found is None else _scale(found[2], field)
    if found is None or scale is None:
        allowed = _LENGTHS if field.unit == "months" else _SUMS if field.unit == "USD" else f"a number{field.in_unit}"
        raise InputError(field.label, repr(typed), allowed)
    value = float(found[1]) * scale
    if field.unit == "months" and found[2]:
        value = round(value, _DAY_DECIMALS)
    if field.unit == "USD/month":
        value = round(value, _CENTS)
    if not math.isfinite(value):
        raise InputError(field.label, typed, f"a finite number{field.in_unit}")
    if field.percent:
        return value / 100
    if field.whole and value != int(value):
        raise InputError(field.label, typed, f"a whole number{field.in_unit}")
    return int(value) if field.whole else value


def without_commas(text: str) -> str:
    """A number without separators of thousands, and with a point for a decimal comma: `1,500` as 1500, `1,5` as 1.5."""
    plain = _THOUSANDS.sub("", text)
    return plain if "." in plain else _DECIMAL_COMMA.sub(".", plain, count=1)


def _scale(words: str, field: FormField) -> float | None:
    """What a number is multiplied by for the words after it; None where the field cannot have them."""
    if field.unit == "months":
        return _MONTHS.get(words if len(words) < 2 else words.removesuffix("s")) if words else 1.0
    amount, _, per = _HOURS.sub("h", _PER.sub("/", _EVERY.sub(r"/\1", words))).partition("/")
    unit, _, unit_per = field.unit.lower().partition("/")
    if (unit, unit_per) == ("usd", "month") and per in _A_MONTH:
        scale = MAGNITUDES.get(amount.strip())
        return None if scale is None else scale * _A_MONTH[per]
    if per.replace("/", "-") not in ("", unit_per, unit_per.removeprefix("gpu-"), unit_per.removesuffix("-month")):
        return None
    if unit == "usd":
        if _IN_CENTS.fullmatch(amount.strip()):
            return 0.01
        return MAGNITUDES.get(_DOLLARS.sub("", amount).strip())
    return 1.0 if amount.strip() in ("", "%", "percent", unit) else None
