"""What the company has already in the form: contracts that still run and hardware that it owns, a line each."""

from collections.abc import Iterator
from typing import Any

from advisor.market.price_book import PriceBook
from advisor.profiles.form.form_field import FormField
from advisor.profiles.form.in_hand.contract_text import CONTRACT, CONTRACT_DETAILS, contract_from, contract_text
from advisor.profiles.form.in_hand.hardware_text import DETAILS, LOT, hardware_from, hardware_text
from advisor.profiles.form.in_hand.words import parts_of
from advisor.profiles.schema import FieldPath, Profile

CONTRACTS: FieldPath = ("commitment",)
HARDWARE: FieldPath = ("owned",)
LABELS = {"commitment": "Contracts held", "owned": "Hardware owned"}  # by table of the profile
_BETWEEN = "; "


def in_hand_fields(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    """The contracts and the hardware of a profile, with all that it says of them."""
    held = _BETWEEN.join(contract_text(one, book) for one in profile.commitment)
    yield _field(
        CONTRACTS, LABELS["commitment"], held, f"what you have reserved already, such as {CONTRACT}", CONTRACT_DETAILS
    )
    owned = _BETWEEN.join(hardware_text(one, book) for one in profile.owned)
    meaning = f"what you own already, such as {LOT}; what it cost does not count"
    yield _field(HARDWARE, LABELS["owned"], owned, meaning, DETAILS)


def _field(path: FieldPath, label: str, text: str, meaning: str, more: str) -> FormField:
    most = Profile.model_fields[str(path[0])].limits["max_length"]
    allowed = f"up to {most}, a semicolon between two; also {more}"
    return FormField(path, label, "", text, "", "", meaning, allowed, is_text=True)


def in_hand_from(text: str, field: FormField, profile: Profile, book: PriceBook) -> list[dict[str, Any]]:
    """The contracts or the hardware of a text, as raw data; an empty text has none. Raises InputError."""
    read = contract_from if field.path == CONTRACTS else hardware_from
    return [read(part, field.label, profile, book) for part in parts_of(text)]
