"""Variants of a profile: one with other values of some fields, or every combination of values such as `nodes=8,16,32`
and `months=6..36`, one row each."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.formatting import cut, one_line
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import with_amount
from advisor.profiles.model_text import parse_amount
from advisor.profiles.schema import AMOUNT_FIELDS, TYPED_FIELDS, Profile, Workload
from advisor.profiles.validation import parse_profile
from advisor.values.printable_text import MAX_TEXT
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.reports.summary_row import Row

Value = str | int | float | bool
Values = tuple[Value, ...]

MAX_VALUES = 10_000
MAX_VARIANTS = 1_000_000_000
_SIZED_BY = {"serving": "a service", "training": "a training"}  # the tables within a workload, and what has one
_LISTS = ("workload", "quote", "credit", "commitment", "owned")
_NUMBER = r"-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?"
_UNIT = r" ?[a-z%]*"
_RANGE = re.compile(  # 6..36:6, 1y..3y, $2M..$10M:$2M, 8 to 64 by 8, 64..256:64 H100
    rf"(?P<sign>\$?)(?P<first>{_NUMBER})(?P<unit>{_UNIT}?)(?: ?\.\.\.? ?| to |(?P<dash> ?[-\u2013] ?))"
    rf"\$?(?P<last>{_NUMBER})(?P<units>(?:(?! ?(?:by|step)\b) ?[a-z%]+)?)"
    rf"(?:(?: ?: ?| by | step )\$?(?P<step>{_NUMBER})(?P<of_step>{_UNIT}))?(?P<rest>(?: .*)?)",
    re.IGNORECASE,
)
_WITH_COMMAS = re.compile(r"\$\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\d.,])\d{1,3}(?:,\d{3})*,0\d\d(?:,\d{3})*(?![\d.])")
_BARE, _SCALED = re.compile(r"\d{1,3}(?:\.\d+)?"), re.compile(r"\$?\d+(?:\.\d+)?[kmbt]", re.IGNORECASE)


@dataclass(frozen=True)
class Axis:
    """One field and its values.

    Attributes:
        name: the field as given.
        paths: its places in the profile; several for the GPU of several workloads.
        values: the values in the order given.
        amounts: the fields of those that are an amount of work, or other GPUs, in words.
    """

    name: str
    paths: tuple[tuple[str | int, ...], ...]
    values: Values
    amounts: Mapping[str, Mapping[str, Any]]


def parse_axes(texts: Sequence[str], profile: Profile, book: PriceBook) -> tuple[Axis, ...]:
    """The fields and values of `--set` options. Raises InputError for an unknown field, a value out of its range, and
    too many variants."""
    axes = tuple(_axis(text, profile, book) for text in texts)
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise InputError("--set", f"{name} twice", "each field once, with all its values")
    if (count := count_of(axes)) > MAX_VARIANTS:
        raise InputError("--set", f"{count:,} variants", f"at most {MAX_VARIANTS:,}")
    raw = _raw(profile)
    for axis in axes:
        for value in axis.values:
            _check(raw, axis, value, book)
    return axes


def with_values(texts: Sequence[str], profile: Profile, book: PriceBook) -> Profile:
    """The profile with the values of `--set` options, one for each field; its name tells them. Raises InputError."""
    axes = parse_axes(texts, profile, book)
    for axis in axes:
        if len(axis.values) > 1:
            raise InputError(f"--set {axis.name}", f"{len(axis.values):,} values", "one; `sweep` takes several")
    values = [axis.values[0] for axis in axes]
    name = cut(f"{profile.name} ({one_line(', '.join(texts))})", MAX_TEXT)
    changed = _with(_raw(profile), axes, values) | {"name": name}
    return parse_profile(changed, book, "--set")


def count_of(axes: Sequence[Axis]) -> int:
    """The number of variants."""
    return prod(len(axis.values) for axis in axes)


def combinations(axes: Sequence[Axis]) -> Iterator[Values]:
    """Every combination of values; the last field changes fastest."""
    return product(*(axis.values for axis in axes))


def chunks(axes: Sequence[Axis], most: int) -> Iterator[tuple[Values, ...]]:
    """The combinations in chunks that grow to `most`, so that the first rows are soon there.

    Chunks do not depend on where they are worked on: neither do the last digits of their rows.
    """
    following, size = combinations(axes), 1
    while chunk := tuple(islice(following, size)):
        yield chunk
        size = min(2 * size, most)


def rows_maker(
    profile: Profile, axes: Sequence[Axis], book: PriceBook, sampled: tuple[int, int] | None
) -> "Callable[[Sequence[Values]], list[Row]]":
    """The function from a chunk of combinations to their rows, one each.

    Args:
        profile: what is varied.
        axes: the fields and their values.
        book: the price book.
        sampled: how many price paths are simulated, and their seed; None for the figures that need none.

    Returns:
        A function whose rows have the fields of the summary and `error`, the reason why a combination is not allowed,
        or None.
    """
    from advisor.reports.summary_row import EXPECTED_FIELDS, FIELDS, expected_rows, rows_of  # for the workers only

    raw, fields = _raw(profile), EXPECTED_FIELDS if sampled is None else FIELDS

    def rows(chunk: "Sequence[Values]") -> "list[Row]":
        allowed: list[Profile] = []
        errors: list[str | None] = []
        for values in chunk:
            try:
                allowed.append(parse_profile(_with(raw, axes, values), book, "variant"))
                errors.append(None)
            except InputError as error:
                errors.append(str(error))
        made = iter(expected_rows(allowed, book) if sampled is None else rows_of(allowed, book, *sampled))
        return [{**(next(made) if error is None else dict.fromkeys(fields)), "error": error} for error in errors]

    return rows


def _axis(text: str, profile: Profile, book: PriceBook) -> Axis:
    name, equals, values = text.partition("=")
    if not (equals and name.strip() and values.strip()):
        raise InputError(
            f"--set {repr(text[:60])[1:-1]}", "not a field with values", "such as nodes=8,16 or months=6..36"
        )
    name = name.strip()
    where = f"--set {repr(name[:60])[1:-1]}"
    parts = [part.strip() for part in _WITH_COMMAS.sub(lambda found: found[0].replace(",", ""), values).split(",")]
    if any(map(_BARE.fullmatch, parts)) and any(map(_SCALED.fullmatch, parts)):
        raise InputError(
            where, f"{values.strip()!r}, of which some have a magnitude", "each with its own, such as 2M,5M or 2.5M"
        )
    found: list[Value] = [value for part in parts for value in _parsed(part, where)]
    if len(found) > MAX_VALUES:
        raise InputError(where, f"{len(found):,} values", f"at most {MAX_VALUES:,}")
    paths, amounts = tuple(_paths(name, where, profile)), {}
    for at, value in enumerate(found):
        read = _in_words(value, paths[0], where, profile, book) if isinstance(value, str) else value
        if isinstance(read, Mapping):
            amounts[str(value)] = read
        else:
            found[at] = read
    return Axis(name, paths, tuple(found), amounts)


def _in_words(
    value: str, path: tuple[str | int, ...], where: str, profile: Profile, book: PriceBook
) -> "Value | Mapping[str, Any]":
    """A value as the form reads it: `2 years` in months, `128 H100` as an amount of work; where the form has no such
    value, `100M` as a number."""
    from advisor.profiles.form.edited_profile import value_in_words  # for words only: its patterns take milliseconds

    try:
        read = value_in_words(profile, path, value, book)
    except InputError as error:
        raise InputError(where, error.found, error.allowed) from None
    with suppress(ValueError):
        return parse_amount(value.removeprefix("$")) if read == value else read
    return value


def _parsed(word: str, where: str) -> list[Value]:
    """`8`, `0.5`, `2k`, `true`, words, or the values of a range `6..36:6`, whose step is 1 when it is left out."""
    if not word or len(word) > 200:
        raise InputError(where, repr(word[:60]) if word else "an empty value", "values separated by commas")
    match = _RANGE.fullmatch(word)
    if match is not None and not (match["dash"] and Decimal(match["last"]) <= Decimal(match["first"])):  # 2027-03
        return [value for one in _range(word, where, match) for value in _parsed(one, where)]
    if re.fullmatch(_NUMBER, word):
        return [int(word) if re.fullmatch(r"-?[\d_]+", word) else float(word)]
    if re.fullmatch(r"\d+(?:\.\d+)?k", word, re.IGNORECASE):
        thousands = parse_amount(word)
        return [int(thousands) if thousands.is_integer() else thousands]
    return [{"true": True, "false": False}.get(word, word)]


def _range(word: str, where: str, match: re.Match[str]) -> list[str]:
    """The values of a range, each as it would be typed alone."""
    first, last, step = (Decimal(match[name] or "1") for name in ("first", "last", "step"))
    allowed, unit = "a range such as 6..36, 1y..3y or 0.2..0.8:0.1", match["units"]
    if any(match[name] and match[name].lower() != unit.lower() for name in ("unit", "of_step")) or (
        match["step"] and unit and not match["of_step"]
    ):
        raise InputError(where, f"{word}, in several units", allowed)
    if match["step"] is None and first != first.to_integral_value():
        raise InputError(where, f"{word}, without a step", allowed)
    if step <= 0 or last < first:
        raise InputError(where, f"{word}, which does not increase", allowed)
    if (last - first) / step >= MAX_VALUES:
        raise InputError(where, f"{word}, too many values", f"at most {MAX_VALUES:,}")
    numbers = (first + step * index for index in range(int((last - first) / step) + 1))
    fraction = any(number != number.to_integral_value() for number in (first, step))
    beside = f"{unit}{match['rest']}"
    return [f"{match['sign']}{float(number) if fraction else int(number)}{beside}" for number in numbers]


def _paths(name: str, where: str, profile: Profile) -> Iterator[tuple[str | int, ...]]:
    """The places of a field: a bare name is the workload's, `company.cash_usd` that of a table, `quote.2.months` that
    of one of several, counted from 1, `serving.tokens_per_day` that of the service, `training.tokens` that of the
    training."""
    table, _, rest = name.partition(".")
    works = len(profile.workload)
    if table in _SIZED_BY and rest:
        if works > 1 or getattr(profile.workload[0], table) is None:
            allowed = f"a profile with one workload, {_SIZED_BY[table]}; else workload.1.{name}"
            raise InputError(where, "no such field", allowed)
        yield ("workload", 0, table, rest)
    elif not rest:
        if works > 1 and table != "gpu" and table in Workload.model_fields:
            raise InputError(where, f"a field of {works} workloads", f"workload.1.{table} to workload.{works}.{table}")
        yield from (("workload", index, table) for index in range(works))
    elif table in _LISTS:
        number, _, key = rest.partition(".")
        there = len(getattr(profile, table))
        if not (key and number.isdecimal() and len(number) < 4 and 1 <= int(number) <= there):
            allowed = f"{table}.1 to {table}.{there}, and a field" if there else f"a profile with a {table}"
            raise InputError(where, "no such field", allowed)
        yield (table, int(number) - 1, *_within(key))
    else:
        yield (table, rest)


def _within(key: str) -> tuple[str, ...]:
    """`serving.tokens_per_day` in its two parts, any other field as it is."""
    table, _, name = key.partition(".")
    return (table, name) if table in _SIZED_BY and name else (key,)


def _check(raw: Mapping[str, Any], axis: Axis, value: Value, book: PriceBook) -> None:
    """Raise InputError for a value that its field never allows; a forbidden combination is its row's error."""
    try:
        parse_profile(_with(raw, [axis], (value,)), book, f"--set {axis.name}")
    except InputError as error:
        if error.field in axis.paths or error.field in [path[:1] for path in axis.paths]:
            raise


def _raw(profile: Profile) -> dict[str, Any]:
    """The profile as tables that can be changed."""
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    return raw | {name: [dict(part) for part in raw[name]] for name in _LISTS}


def _with(raw: Mapping[str, Any], axes: Sequence[Axis], values: Sequence[Value]) -> dict[str, Any]:
    """The tables with one value for each field; what is not changed is shared."""
    changed = dict(raw)
    for axis, value in zip(axes, values, strict=True):
        for path in axis.paths:
            table = str(path[0])
            if len(path) > 2:
                parts = list(changed[table])
                old_part = parts[int(path[1])]
                given: dict[str, Any] = {str(path[2]): value}
                if len(path) == 4:
                    sized_by = str(path[2])
                    given = {sized_by: _in_table(old_part.get(sized_by) or {}, str(path[3]), value)}
                is_amount = table == "workload" and path[2] in AMOUNT_FIELDS and len(path) == 3
                if isinstance(value, str) and value in axis.amounts:
                    given = dict(axis.amounts[value])
                    old_part = {name: one for name, one in old_part.items() if name not in TYPED_FIELDS}
                parts[int(path[1])] = with_amount(old_part, given) if is_amount else {**old_part, **given}
                changed[table] = parts
            else:
                old = changed.get(table, {})
                words = axis.amounts.get(value) if isinstance(value, str) else None
                changed[table] = {**(old if isinstance(old, Mapping) else {}), **(words or {str(path[1]): value})}
    return changed


def _in_table(old: Mapping[str, Any], name: str, value: Value) -> dict[str, Any]:
    """A service or a training with another value; the volume of a service is in tokens or in requests."""
    volumes = ("tokens_per_day", "requests_per_day")
    kept = {key: one for key, one in old.items() if not (name in volumes and key in volumes)}
    return {**kept, name: value}
