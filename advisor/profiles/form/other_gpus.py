"""Other GPUs in the form: those that could do the same work, in one line."""

import re
from collections.abc import Iterator

from advisor.market.price_book import PriceBook
from advisor.profiles.form.form_field import FormField
from advisor.profiles.limits import MOST_OTHER_GPUS
from advisor.profiles.schema import FieldPath, Profile

OTHER_GPUS: FieldPath = ("market", "other_gpus")
_BETWEEN = re.compile(r"\s*(?:[,;/+&]|\b(?:or|and|versus)\b|\bvs\b\.?|\bagainst\b)\s*", re.IGNORECASE)
_MEANING = "other GPUs that could do the same work, such as H200, B200"


def other_gpus_field(profile: Profile, book: PriceBook) -> FormField:
    """The GPUs that a profile allows beside its own."""
    named = ", ".join(book.gpu(name).id for name in profile.market.other_gpus)
    allowed, gpus = f"up to {MOST_OTHER_GPUS} GPUs of the book", tuple(book.gpus)
    return FormField(OTHER_GPUS, "Other GPUs", "", named, "", "", _MEANING, allowed, gpus, is_text=True)


def other_gpus_from(text: str, field: FormField, book: PriceBook) -> list[str] | None:
    """The ids of the GPUs that a text names: `H200, B200`, `H200 or B200`, `h200 b200`; None where it names none.

    Raises:
        InputError: Naming the field, for a GPU that the book does not have.
    """
    return list(dict.fromkeys(_gpus(text, field, book))) or None


def _gpus(text: str, field: FormField, book: PriceBook) -> Iterator[str]:
    for part in filter(None, _BETWEEN.split(text.strip())):
        names = [part] if book.find_gpu(part) is not None else part.split()  # names may have spaces
        yield from (book.gpu(name, field.label).id for name in names)
