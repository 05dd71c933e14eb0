"""What a sentence calls an input: the label of its row in the book, or of its field in the profile."""

from advisor.market.price_book import built_in_book
from advisor.profiles.field_notes import field_note
from advisor.profiles.schema import Company, Market, Workload

_PARTS = (Workload, Company, Market)


def input_label(path: str) -> str:
    """Return what an input is called in a sentence.

    Args:
        path: A figure of the book (`facility.pue`, `gpu.node_usd` or `H100-SXM.node_usd`, `term_discount.12` or
            `H100-SXM.neocloud_term_discount.12`), a scenario (`scenario.flat`), or a profile's field (`months`).
    """
    book = built_in_book()
    section, dot, name = path.partition(".")
    if not dot:
        return next(field_note(part, path).label for part in _PARTS if path in part.model_fields)
    if section == "scenario":
        return name
    if section == "term_discount":
        return book.gpu_figure(f"neocloud_{path}").label
    return (book.gpu_figure(name) if section == "gpu" else book.figure(path)).label
