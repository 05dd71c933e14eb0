"""Credits in the form: what is left of the first of them, and when they expire."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from advisor.profiles.field_notes import field_note
from advisor.profiles.form.form_field import FormField
from advisor.profiles.offers.quote import Credit

_MEANING = "credits that a cloud gave you, which pay for hours on demand until they are used up or expire"


def credit_fields(held: Sequence[Credit]) -> Iterator[FormField]:
    """The sum, and the month in which the credits expire where there are some. Of several only the first are shown."""
    first = held[0] if held else None
    others = f"; {len(held) - 1} more in the file" if len(held) > 1 else ""
    text = "" if first is None else f"{first.usd:,.10g}"
    note = field_note(Credit, "usd")
    yield FormField(("credit", "usd"), "Credits", note.unit, text, "", "", _MEANING + others, note.allowed())
    if first is None:
        return
    note = field_note(Credit, "expires_month")
    text = "" if first.expires_month is None else str(first.expires_month)
    day = "" if first.expires is None else f"; now on {first.expires}"
    yield FormField(
        ("credit", "expires_month"),
        "Credits end in",
        note.unit,
        text,
        "",
        "",
        f"{note.meaning}; empty: never{day}",
        note.allowed(),
        whole=True,
    )


def with_credit(held: Sequence[Mapping[str, Any]], name: str, value: object) -> list[dict[str, Any]]:
    """Credits as raw data with one value of the first set; without the first where its sum is taken away
    or nothing."""
    first, rest = dict(held[0] if held else {}), [dict(credit) for credit in held[1:]]
    if not value and name == "usd":
        return rest
    if name == "expires_month":
        first.pop("expires", None)
    if value is None:
        first.pop(name, None)
    else:
        first[name] = value
    return [first, *rest]
