"""The profile that PROFILE on a command line means: a file, a saved profile, a sample, or a plan in words."""

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import Tell
from advisor.errors import InputError
from advisor.profiles.store import find, load_to_edit
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import Profile

PROFILE_HELP = "a path, a saved name, a sample, or a plan such as 'train 128 H100 for 2 years'"


@dataclass(frozen=True)
class NamedProfile:
    """A profile with the name that it was called by. path: its own file, None for a sample and for a plan in words;
    content: of the file it was read from."""

    profile: "Profile"
    name: str
    path: Path | None
    content: bytes


def named_profile(name: str, folder: Path, book: "PriceBook", tell: Tell) -> NamedProfile:
    """The profile of an argument.

    Args:
        name: As it is given.
        folder: Of the saved profiles.
        book: With the names of the GPUs, and for the values that a profile leaves open.
        tell: Is told what a plan in words leaves open.

    Raises:
        InputError: When there is neither such a profile nor such a plan.
    """
    try:
        entry = find(name, folder)
    except InputError as unknown:
        from advisor.profiles.form.plan_in_words import plan_or

        plan, note = plan_or(unknown, name, book)
        if note:
            tell(note)
        return NamedProfile(plan, plan.name, None, b"")
    read = load_to_edit(entry.path, book)
    return NamedProfile(read.profile, entry.name, None if entry.sample else entry.path, read.content)
