"""GPUs by their name in an amount of work: `128 H100` or `3 runs 10 h 8 H100` also say which GPU the plan is of."""

import re

from advisor.market.price_book import PriceBook

_NAMED = re.compile(
    r"(?P<before>(?:.*\s)?)(?P<count>\d[\d,]*) ?(?:[x\u00d7] ?)?(?P<nodes>(?:nodes?|servers?) (?:of )?)?"
    r"(?P<name>[a-z][\w -]*?)(?P<unit> (?:gpus?|cards?|nodes?|servers?))?",
    re.IGNORECASE,
)
_LIKE_A_GPU = re.compile(r"[a-z]{1,4}[ -]?\d{1,4}[a-z]{0,2}", re.IGNORECASE)  # RTX 4090, V100, A10G


def with_gpus_named(text: str, book: PriceBook, where: str) -> tuple[str, str | None]:
    """The text with `gpus` or `nodes` for the name of a GPU at its end, and that GPU; None where it names none.

    Args:
        text: As it is typed.
        book: With the names of the GPUs.
        where: Name of the value, for the error.

    Raises:
        InputError: Naming the GPUs of the book, for a number of GPUs that it does not have.
    """
    match = _NAMED.fullmatch(" ".join(text.split()))
    if match is None:
        return text, None
    name = match["name"]
    gpu = book.find_gpu(name) or book.find_gpu(name.removesuffix("s"))
    if gpu is None and not match["before"] and _LIKE_A_GPU.fullmatch(name):
        gpu = book.gpu(name, where)
    if gpu is None:
        return text, None
    in_nodes = match["nodes"] or (match["unit"] or "").strip().lower().startswith(("node", "server"))
    return f"{match['before']}{match['count']} {'nodes' if in_nodes else 'gpus'}", gpu.id
