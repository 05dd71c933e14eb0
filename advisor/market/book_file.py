"""A user's file of figures: values in place of the price book's, and GPUs that the book does not have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from advisor.array_types import Amount
from advisor.errors import InputError
from advisor.files.toml_document import read_toml
from advisor.formatting import listed, one_line
from advisor.market.assumptions import GpuPrices
from advisor.market.figures import Figure
from advisor.market.gpu_names import name_parts
from advisor.market.price_book import NEEDED_OF_A_GPU, Gpu, PriceBook
from advisor.values.quick_dataclass import replace

_LENT = tuple(
    field.name for field in fields(GpuPrices) if field.type in (float, Amount) and field.name not in NEEDED_OF_A_GPU
)
_SIZES = ("gpus_per_node", "least_rented_gpus")  # the usual ones hold where a GPU has none of its own
_PRICES = tuple(f.name for f in fields(GpuPrices) if f.type == Amount | None and "_usd" in f.name)
_LENDER = "H100-SXM"
_LONGEST_LABEL = 40
_ID = re.compile(r"[A-Z][A-Z0-9_-]{0,39}")  # capitals: sections of the book are in small letters


def read_overrides(path: Path, book: PriceBook) -> PriceBook:
    """Return `book` with the figures of a TOML file in place of its own, and with the GPUs that only the file has.

    Args:
        path: A file such as `[facility] pue = 1.2` and `[gpu.H100-SXM] node_usd = 250000`.
        book: The book to overlay.

    Raises:
        InputError: The file cannot be read, names an unknown figure, or lacks what a GPU of one's own needs.
    """
    _, raw = read_toml(path, "a TOML file of figures")
    where, source = f"{path}: ", f"your book {path.name}"
    gpus = raw.pop("gpu", {})
    for section, values in {"gpu": gpus, **raw, **(gpus if isinstance(gpus, dict) else {})}.items():
        if not isinstance(values, dict):
            raise InputError(f"{where}{repr(section)[1:-1][:60]}", repr(values)[:60], "a table of figures")
    book = book.overlaid(raw, source, where)
    for name, values in gpus.items():
        if is_own(name, values, book):
            book = with_own_gpu(name, values, book, source, where)
        else:
            gpu_id = book.gpu(name, f"{where}gpu").id
            book = book.with_gpu_figures(gpu_id, flat_figures(values), source, where)
    return book


def is_own(name: str, values: Mapping[str, Any], book: PriceBook) -> bool:
    """Whether a table `[gpu.NAME]` describes a GPU that the book does not have."""
    parts = name_parts(name)
    known = any(parts == name_parts(one) for gpu in book.gpus.values() for one in (gpu.id, *gpu.aliases))
    return not known and all(figure in values for figure in NEEDED_OF_A_GPU)


def with_own_gpu(name: str, values: Mapping[str, Any], book: PriceBook, source: str, where: str = "") -> PriceBook:
    """Return the book with a GPU of the user's own. Its prices are those of the table and no others; what else is
    missing is lent by another GPU.

    Args:
        name: Of the table; its id in capitals.
        values: The figures, and `label` and `like`, the name of the GPU that lends what is missing.
        book: To add it to.
        source: What its figures name as their source.
        where: File, put in front of the place in error messages.

    Raises:
        InputError: A name, label or value is not allowed, or a figure unknown.
    """
    bare = bare_gpu(name, values, book, where)
    own = {key: value for key, value in flat_figures(values).items() if key not in ("label", "like")}
    book = replace(book, gpus={**book.gpus, bare.id: bare}).with_gpu_figures(bare.id, own, source, where)
    gpu = book.gpus[bare.id]
    figures = {key: _with_range(figure) if figure.own else figure for key, figure in gpu.figures.items()}
    return replace(book, gpus={**book.gpus, gpu.id: replace(gpu, figures=figures)})


def bare_gpu(name: str, values: Mapping[str, Any], book: PriceBook, where: str = "") -> Gpu:
    """A GPU of the user's own with the figures that are lent to it alone. Arguments and errors: see `with_own_gpu`."""
    place, table = f"{where}gpu", f"gpu.{name}"
    gpu_id = name.upper()
    if not _ID.fullmatch(gpu_id) or not name_parts(name):
        allowed = "letters, digits, dashes and underscores, at most 40, a letter first, and not only a maker's name"
        raise InputError(place, f"the name {name[:60]!r}", allowed, (table,))
    label = values.get("label", name)
    if not isinstance(label, str) or label != one_line(label) or not 0 < len(label.strip()) <= _LONGEST_LABEL:
        allowed = f"a text of 1 to {_LONGEST_LABEL} printable characters"
        raise InputError(f"{place}, label", repr(label)[:60], allowed, (table, "label"))
    like = values.get("like", _LENDER)
    if not isinstance(like, str):
        raise InputError(f"{place}, like", repr(like)[:60], "the name of a GPU of the book", (table, "like"))
    lender = book.gpu(like, f"{place}, like", (table, "like"))
    lent = [figure for figure in _LENT if figure not in values]
    borrowed = {
        figure: lender.figures[figure].model_copy(
            update={"n": 0, "own": False, "thin": True, "note": f"borrowed from the {lender.label}: none in your book"}
        )
        for figure in (*lent, *(size for size in _SIZES if size in lender.figures))
    }
    return Gpu(gpu_id, label, (), _assumed(label, lender, lent, book), borrowed, {"neocloud": {}, "hyperscaler": {}})


def _assumed(label: str, lender: Gpu, lent: list[str], book: PriceBook) -> str:
    """What was assumed of a GPU of the user's own, in one line; empty where its table is complete."""
    return f"{label} is a GPU of your own; taken from the {lender.label}: {_labels(lent, book)}." if lent else ""


def _labels(names: Sequence[str], book: PriceBook) -> str:
    """What figures are called; throughput once, not for each kind of work."""
    return listed(list(dict.fromkeys(book.gpu_figure(name).label.partition(",")[0] for name in names)))


def _with_range(figure: Figure) -> Figure:
    """A figure of the user's own GPU with a range as wide, as a ratio, as that of the GPU it was described after."""
    if not (figure.low > 0 and figure.value > 0):
        return figure
    middle = (figure.low * figure.high) ** 0.5
    least, most = figure.bounds
    low, high = (min(most, max(least, figure.value * end / middle)) for end in (figure.low, figure.high))
    return figure.model_copy(update={"low": low, "high": high})


def flat_figures(values: Mapping[str, Any]) -> dict[str, float]:
    """`{"neocloud_term_discount": {"12": 0.2}}` as `{"neocloud_term_discount.12": 0.2}`."""
    flat: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": number for inner, number in value.items()})
        else:
            flat[name] = value
    return flat


def own_gpus(tables: Mapping[str, Any], book: PriceBook) -> Iterator[str]:
    """One line for each GPU of the user's own in a valid file: what was assumed, and what is missing.

    Args:
        tables: Those below `gpu`.
        book: Without the file.
    """
    for name, values in tables.items():
        if is_own(name, values, book):
            gpu, missing = bare_gpu(name, values, book), [price for price in _PRICES if price not in values]
            told = gpu.thin or f"{gpu.label} is a GPU of your own, with everything that is needed."
            compared = [_labels(missing, book)] if missing else []
            compared += [] if values.get("neocloud_term_discount") else ["prices for a term"]
            yield f"{told} Not in the file, so not compared: {listed(compared)}." if compared else told
