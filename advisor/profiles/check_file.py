"""Check of a file written for the program: every fault of a profile, a book of figures or a file of quotes."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic_core import ValidationError

from advisor.errors import UNKNOWN_KEY, InputError, nearest
from advisor.files.atomic import read_file, read_file_in_folder
from advisor.files.toml_document import parse_toml
from advisor.market.book_file import bare_gpu, flat_figures, is_own, own_gpus
from advisor.market.price_book import PriceBook
from advisor.profiles.doubts import doubts
from advisor.profiles.error_lines import FieldLines, with_line
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.schema import Profile
from advisor.profiles.store import empty_file
from advisor.profiles.validation import faults_of, in_its_table, own_book, parse_profile
from advisor.values.quick_dataclass import dataclass

FileKind = Literal["profile", "book", "quotes"]
MAX_FAULTS = 200  # each costs time, and a file of hundreds of kB can have tens of thousands

_WHAT: Mapping[FileKind, str] = {
    "profile": "a profile in TOML",
    "book": "a TOML file of figures",
    "quotes": "a TOML file of [[quote]] tables",
}
_ANY = "a profile, figures or quotes in TOML"
_OF_PROFILES = ("workload", "name", "schema", "company", "market", "commitment", "owned", "notes")
_OWN_SECTIONS = ("facility", "rental", "forecast")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one place.

    Attributes:
        line: Counted from 1; None when the fault has no line.
        field: As text; empty for the whole file.
        found, allowed: What is there and what would be right.
        message: All of it in one line that begins with the file's name.
    """

    line: int | None
    field: str
    found: str
    allowed: str
    message: str


@dataclass(frozen=True)
class Checked:
    """Result of a check. kind: what the file was taken for; None when it could not be read; doubts: what is allowed
    and questioned, a sentence each."""

    kind: FileKind | None
    faults: tuple[Fault, ...]
    doubts: tuple[str, ...] = ()


def check_file(path: Path, book: PriceBook, kind: FileKind | None = None) -> Checked:
    """Return the faults of a file in the order of its lines, at most `MAX_FAULTS`; none when the program accepts it.

    Args:
        path: The file.
        book: Checks names and figures.
        kind: What the file should be; None: its tables decide.
    """
    try:
        what = _ANY if kind is None else _WHAT[kind]
        text, raw = parse_toml(read_file(path, what), path, what)
        if not raw and kind in (None, "profile"):
            raise empty_file(path)
        kind = kind or _kind_of(raw, book)
        if kind == "profile":
            read_file_in_folder(path, _WHAT[kind])  # refuses links in a folder where several people write
    except InputError as error:
        return Checked(kind, (_fault(error, error, path),))
    lines, errors = FieldLines(text), _ERRORS[kind](raw, book, str(path))
    found = {str(fault): _fault(fault, with_line(fault, lines, path), path) for fault in islice(errors, MAX_FAULTS)}
    faults = sorted(found.values(), key=lambda fault: fault.line or 0)
    if next(errors, None) is not None:
        more = InputError(str(path), f"more than {MAX_FAULTS} errors", "none; correct those listed first")
        faults.append(_fault(more, more, path))
    questioned = () if faults else _doubts(kind, raw, book, str(path))
    return Checked(kind, tuple(faults), questioned)


def _doubts(kind: FileKind, raw: dict[str, Any], book: PriceBook, where: str) -> tuple[str, ...]:
    if kind != "profile":
        return tuple(own_gpus(_table(raw, "gpu"), book))
    profile = parse_profile(raw, book, where)
    return tuple(line for group in groups_of(profile, book, where) for line in doubts(group, own_book(group, book)))


def fault_of(error: InputError) -> Fault:
    """Return the fault of an error that came up before a file was found."""
    return Fault(None, "", error.found, error.allowed, str(error))


def _fault(error: InputError, placed: InputError, path: Path) -> Fault:
    place = placed.where.removeprefix(str(path))
    line = re.match(r":(\d+)", place)
    field = re.sub(r"^[:\d]*:? ?", "", error.where.removeprefix(str(path)))
    return Fault(int(line[1]) if line else None, field, error.found, error.allowed, str(placed))


def _kind_of(raw: Mapping[str, Any], book: PriceBook) -> FileKind:
    """What a file is by its tables; a profile when they do not decide."""
    if any(name in raw for name in _OF_PROFILES):
        return "profile"
    if "quote" in raw:
        return "quotes"
    return "book" if any(name in book.sections or name == "gpu" for name in raw) else "profile"


def _profile_errors(raw: Mapping[str, Any], book: PriceBook, where: str) -> Iterator[InputError]:
    """Errors of the profile's declaration, then of its figures against the book; each field once."""
    seen, checks = set(), [*_book_checks(raw, book, f"{where}: ")]
    try:
        checks.append(partial(groups_of, Profile.model_validate(raw), book, where))
    except ValidationError as error:
        for fault in faults_of(error, where):
            seen.add(fault.field)
            yield in_its_table(fault, book)
    for check in checks:
        for fault in _caught(check):
            if fault.field not in seen:
                seen.add(fault.field)
                yield in_its_table(fault, book)


def _book_checks(raw: Mapping[str, Any], book: PriceBook, where: str) -> Iterator[Callable[[], object]]:
    """Each check of a profile against the book, separately."""
    market, company = _table(raw, "market"), _table(raw, "company")
    works = raw.get("workload")
    named = [work.get("gpu", "H100-SXM") for work in (works if isinstance(works, list) else []) if _is_table(work)]
    gpus = [(index, name) for index, name in enumerate(named) if isinstance(name, str)]
    for index, name in gpus:
        yield partial(book.gpu, name, f"{where}workload {index + 1}, gpu", ("workload", index, "gpu"))
    own = {name: _table(raw, name) for name in _OWN_SECTIONS}
    rate = company.get("discount_rate")
    own["money"] = {} if rate is None else {"discount_rate": rate}
    for section, values in own.items():
        for name, value in values.items():
            yield partial(book.overlaid, {section: {name: value}}, "", where)
    for name, value in _table(raw, "gpu").items():
        yield partial(book.with_gpu_figures, next(iter(book.gpus)), {name: value}, "", where)
    others = market.get("other_gpus")
    for index, name in enumerate(others if isinstance(others, list) else []):
        if isinstance(name, str):
            yield partial(book.gpu, name, f"{where}market, other_gpus {index + 1}", ("market", "other_gpus", index))
    if market.get("tier") == "hyperscaler":
        yield from (partial(_check_tier, name, book, where) for _, name in gpus)


def _check_tier(gpu_name: str, book: PriceBook, where: str) -> None:
    try:
        gpu = book.gpu(gpu_name)
    except InputError:
        return  # reported by another check
    if gpu.value("hyperscaler_usd_per_gpu_hour") is None:
        raise InputError(
            f"{where}market, tier", f"hyperscaler with {gpu.id}", "a GPU that hyperscalers list", ("market", "tier")
        )


def _book_errors(raw: Mapping[str, Any], book: PriceBook, where: str) -> Iterator[InputError]:
    """Errors of each section, GPU and figure of a book, separately."""
    place = f"{where}: "
    for section, values in raw.items():
        if not _is_table(values):
            name = repr(section)[1:-1][:60]
            yield InputError(f"{place}{name}", repr(values)[:60], "a table of figures", (section,))
        elif section == "gpu":
            for name, figures in values.items():
                yield from _gpu_errors(name, figures, book, place)
        elif section not in book.sections:
            yield from _caught(partial(book.overlaid, {section: {}}, "", place))
        else:
            for name, value in values.items():
                yield from _caught(partial(book.overlaid, {section: {name: value}}, "", place))


def _gpu_errors(name: str, figures: object, book: PriceBook, place: str) -> Iterator[InputError]:
    table = f"gpu.{name}"
    if not isinstance(figures, Mapping):
        yield InputError(f"{place}gpu", repr(figures)[:60], "a table of figures for each GPU", ("gpu", name))
        return
    own = is_own(name, figures, book)
    check = partial(bare_gpu, name, figures, book, place) if own else partial(book.gpu, name, f"{place}gpu", (table,))
    unknown = list(_caught(check))
    yield from unknown
    gpu_id = next(iter(book.gpus)) if own or unknown else book.gpu(name).id
    for key, value in flat_figures(figures).items():
        if own and key in ("label", "like"):
            continue
        inner, _, last = f"{table}.{key}".rpartition(".")
        for error in _caught(partial(book.with_gpu_figures, gpu_id, {key: value}, "", place)):
            yield InputError(error.where, error.found, error.allowed, (inner, last))


def _quote_errors(raw: Mapping[str, Any], book: PriceBook, where: str) -> Iterator[InputError]:
    """Errors of offers, checked as part of a profile."""
    for key in raw:
        if key != "quote":
            yield InputError(f"{where}: {repr(key)[1:-1][:60]}", UNKNOWN_KEY, nearest(key, ["quote"]), (key,))
    if not raw.get("quote"):
        yield InputError(where, "no quote", "one or more [[quote]] tables")
        return
    named = [one.get("gpu") for one in raw["quote"] if _is_table(one)] if isinstance(raw["quote"], list) else []
    gpus = [name for name in dict.fromkeys(named) if isinstance(name, str)] or ["H100-SXM"]
    works = [{"kind": "pre-train", "gpu": gpu, "nodes": 1, "months": 1} for gpu in gpus]
    yield from _profile_errors({"name": "quotes", "workload": works, "quote": raw["quote"]}, book, where)


_ERRORS: Mapping[FileKind, Callable[[Mapping[str, Any], PriceBook, str], Iterator[InputError]]] = {
    "profile": _profile_errors,
    "book": _book_errors,
    "quotes": _quote_errors,
}


def _caught(check: Callable[[], object]) -> Iterator[InputError]:
    try:
        check()
    except InputError as error:
        yield error


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of a file; empty when something else is in its place, which is reported separately."""
    value = raw.get(name, {})
    return value if isinstance(value, Mapping) else {}
