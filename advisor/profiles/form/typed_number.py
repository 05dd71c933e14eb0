"""A number as it is typed into a field of the form, in the field's unit: `2 years`, `$5M`, `85%`, `300k a month`."""

import math
import re

from advisor.errors import InputError
from advisor.profiles.form.form_field import FormField
from advisor.profiles.form.in_words import IN_DOLLARS, in_other_currency, with_periods
from advisor.profiles.form.lengths import months_in
from advisor.profiles.spelled_numbers import MAGNITUDES

_NUMBER = re.compile(r"(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(.*)")
_ABOUT = re.compile(r"^(?:[~\u2248]|(?:about|around|approx(?:\.|imately)?|roughly|circa|ca\.)\s)\s*")
_DOLLAR_SIGN = re.compile(r"^(?:us\s?\$|usd\s?\$?|\$)\s*")
_THOUSANDS = re.compile(r"(?<=\d),(?=(?:\d\d,)*\d{3}(?!\d))|_")  # also 1,50,000
_POINTS = re.compile(r"(-?\d{1,3}(?:\.\d{3}){2,})(?!\d)")  # 1.500.000
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_A_POINT_OR_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_IN_WHOLE_UNITS = {"months", "USD", "USD/month", "USD/node", "USD/FTE-year"}  # whose thousandths nobody types
_A_MONTH = {"year": 1 / 12, "quarter": 1 / 3, "week": 365 / 12 / 7, "day": 365 / 12}
_CENTS = 2  # decimals of a sum of another period
_PER = re.compile(r"\s*/\s*|\s*\b(?:per|an?)\s+")
_HOURS = re.compile(r"\bh(?:ou)?rs?\b")
_NODE = re.compile(r"\b(?:server|machine|box)\b")
_DOLLARS = re.compile(r"\s*(?:usd|us ?\$|\$|(?:us )?dollars?)\s*$")
_IN_CENTS = re.compile(r"(?:us )?(?:cents?|ct)")
_ONLY_IN_DOLLARS = ("lakh", "crore")  # alone they are rupees
_SUMS = "a sum of US$ such as 750000, 200k or $5M"
_LENGTHS = "a length such as 24, 2 years or 6 weeks"  # without a unit in months


def number_from(text: str, field: FormField) -> float | int:
    """Return the number that a text gives for a field, in the field's unit: `2 years` are 24 months, `$5M` 5,000,000
    USD, `85%` a share of 0.85.

    Raises:
        InputError: Naming the field, when the text is not a number in a unit of the field.
    """
    typed = text.strip()
    words = with_periods(_ABOUT.sub("", typed.lower()))
    if field.unit == "months" and (months := months_in(words)) is not None:
        return _checked(months, typed, field)
    found = _NUMBER.fullmatch(without_commas(_DOLLAR_SIGN.sub("", words)))
    scale = None if found is None else _scale(found[2], field, in_dollars="$" in words or "usd" in words)
    if found is None or scale is None:
        raise InputError(field.label, repr(typed), _allowed(words, field))
    if scale == 1 and (field.whole or field.unit in _IN_WHOLE_UNITS) and _A_POINT_OR_THOUSANDS.fullmatch(found[1]):
        thousands = found[1].replace(".", "")
        raise InputError(field.label, f"{typed!r}, which may be {thousands}", f"{thousands} or {float(found[1]):g}")
    value = float(found[1]) * scale
    return _checked(round(value, _CENTS) if field.unit == "USD/month" else value, typed, field)


def _checked(value: float, typed: str, field: FormField) -> float | int:
    """A number as the field keeps it. Raises InputError for one that it cannot be."""
    if not math.isfinite(value):
        raise InputError(field.label, typed, f"a finite number{field.in_unit}")
    if field.percent:
        return value / 100
    if field.whole and value != int(value):
        raise InputError(field.label, typed, f"a whole number{field.in_unit}")
    return int(value) if field.whole else value


def _allowed(words: str, field: FormField) -> str:
    if field.unit.startswith("USD") and in_other_currency(words):
        unit = "" if field.unit == "USD" else field.in_unit
        return f"a sum of US${unit}, {IN_DOLLARS}"
    return _LENGTHS if field.unit == "months" else _SUMS if field.unit == "USD" else f"a number{field.in_unit}"


def without_commas(text: str) -> str:
    """A number without separators of thousands, and with a point for a decimal comma: `1,500` as 1500, `1,5` as 1.5,
    `1.500.000` as 1500000."""
    plain = _POINTS.sub(lambda match: match[1].replace(".", ""), _THOUSANDS.sub("", text))
    return plain if "." in plain else _DECIMAL_COMMA.sub(".", plain, count=1)


def _scale(words: str, field: FormField, *, in_dollars: bool) -> float | None:
    """What a number is multiplied by for the words after it; None where the field cannot have them. in_dollars: whether
    the text says so."""
    if field.unit == "months":
        return None if words else 1.0
    amount, _, per = _NODE.sub("node", _HOURS.sub("h", _PER.sub("/", words))).partition("/")
    unit, _, unit_per = field.unit.lower().partition("/")
    magnitude = _DOLLARS.sub("", amount).strip()
    in_usd = None if magnitude in _ONLY_IN_DOLLARS and not in_dollars else MAGNITUDES.get(magnitude)
    if (unit, unit_per) == ("usd", "month") and per in _A_MONTH:
        return None if in_usd is None else in_usd * _A_MONTH[per]
    if frozenset(filter(None, re.split("[/ -]+", per))) not in _pers(unit_per):
        return None
    if unit == "usd":
        return 0.01 if _IN_CENTS.fullmatch(amount.strip()) else in_usd
    return 1.0 if amount.strip() in ("", "%", "percent", unit) else None


def _pers(unit_per: str) -> list[frozenset[str]]:
    """What a number may be said to be for: `gpu-h`, also `h`; `kw-month`, also `kw`; or nothing."""
    ways = ("", unit_per, unit_per.removeprefix("gpu-").removeprefix("fte-"), unit_per.removesuffix("-month"))
    return [frozenset(filter(None, way.split("-"))) for way in ways]
