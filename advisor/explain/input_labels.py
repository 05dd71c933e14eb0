"""What a sentence calls an input: the label of its row in the book, or of its field in the profile."""

from advisor.market.price_book import built_in_book
from advisor.profiles.field_notes import field_note
from advisor.profiles.schema import Company, Market, Workload

_PARTS = (Workload, Company, Market)


def field_label(name: str) -> str:
    """Return what a sentence calls a field of a workload, the company or the market."""
    return next(field_note(part, name).label for part in _PARTS if name in part.model_fields)


def figure_label(path: str) -> str:
    """Return what a sentence calls a figure of the book (`H100-SXM.node_usd`) or a scenario (`scenario.flat`)."""
    section, _, name = path.partition(".")
    book = built_in_book()
    if section == "scenario":
        return name
    return book.figure(path).label if section in book.sections else book.gpu_figure(name).label
