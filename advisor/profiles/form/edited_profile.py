"""An edit of a profile: how what is typed into a field, or a step of its value, becomes a new profile."""

import math
import re
from collections.abc import Mapping
from typing import Any

from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.market.token_prices import SAME_SIZE, models_of_size
from advisor.profiles.amount_of_work import with_amount
from advisor.profiles.defaults import resolve
from advisor.profiles.field_notes import field_note
from advisor.profiles.form.beside_amount import ALWAYS, split_behind, with_behind
from advisor.profiles.form.credit_fields import with_credit
from advisor.profiles.form.dates import day_of_start, months_before, months_later, months_until
from advisor.profiles.form.everyday_words import A_POINT_OR_THOUSANDS, in_everyday_words
from advisor.profiles.form.figure_field import number_text
from advisor.profiles.form.form_field import FormField, choice_from
from advisor.profiles.form.form_fields import ELSEWHERE, form_fields
from advisor.profiles.form.in_hand.in_hand_fields import CONTRACTS, HARDWARE, LABELS, in_hand_from
from advisor.profiles.form.in_words import growth_from, with_digits
from advisor.profiles.form.named_gpus import with_gpus_named
from advisor.profiles.form.offer_fields import with_offer
from advisor.profiles.form.other_gpus import OTHER_GPUS, other_gpus_from
from advisor.profiles.form.plan_clauses import work_said
from advisor.profiles.form.training_on_gpus import training_and_gpus, with_months_on
from advisor.profiles.form.typed_amount import USE, amount_from, service_from, with_what_is_missing
from advisor.profiles.form.typed_number import number_from, without_commas
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.limits import HOURS_A_WEEK
from advisor.profiles.model_text import WITHOUT_A_MODEL, training_from
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import TYPED_FIELDS, FieldPath, Profile, Workload
from advisor.profiles.serving.service import OF_TOKENS
from advisor.profiles.validation import own_book, parse_profile
from advisor.values.quick_dataclass import replace
from advisor.values.validated import Validated

_LEADING = re.compile(r"([-\d.,]*)(.*)")  # a number, and what it is a number of
_HOURS = re.compile(
    r"(\d+(?:\.\d+)?|\.\d+) ?h(?:(?:ou)?rs?)?(?: ?/ ?| an? | per | )(mo(?:nth(?:ly)?)?|w(?:ee)?k(?:ly)?|day|daily)"
)
_SHARE = re.compile(r"-?(?:0?\.\d+|1\.0+)")  # who types 0.85 where a percentage is wanted means 85 %
_SHARE_DECIMALS = 5  # as small as a share of the time may be
_FIRST_STEPS = {"USD": 1e7, "USD/month": 1e6, "credit": 1e5}
# What the text of an amount says of a service; of one in GPU-seconds it leaves nothing that is about tokens.
_SERVICE_FIELDS = (
    "model", "parameters", "active_parameters", "tokens_per_day", "requests_per_day", "gpu_seconds_per_request",
    "counted", "api_usd_per_request", "requests_per_user_day",
)  # fmt: skip
_TABLES: Mapping[str, tuple[str, type[Validated]]] = {  # what the form calls what has no field for each part
    "commitment": (LABELS["commitment"], Commitment), "owned": (LABELS["owned"], Owned), "quote": ("Offers", Quote),
}  # fmt: skip
_ONE = ("quote", 0)  # the path of all of one of them
_TRAINING_FIELDS = ("parameters", "active_parameters", "tokens", "flops", "adapters")


def with_text(profile: Profile, path: FieldPath, text: str, book: PriceBook, label: str = "") -> Profile:
    """Return the profile with one value replaced by typed text; empty text restores the default.

    Args:
        profile: As it is.
        path: Of the value.
        text: As it is typed.
        book: The price book.
        label: What errors call the value; left out: as the form does.

    Raises:
        InputError: Naming the field, when the text cannot be read or the value is not allowed.
    """
    field = _field_at(profile, path, book)
    field = replace(field, label=label or field.label)
    if path == ELSEWHERE:
        raise InputError(field.label, repr(text.strip())[1:-1], field.allowed)
    word = text.strip().rstrip("%").replace("_", "").replace(",", "").strip()
    if path == OTHER_GPUS:
        value: object = other_gpus_from(text, field, book)
    elif path in (CONTRACTS, HARDWARE):
        value = in_hand_from(text, field, profile, book)
    elif field.choices and (word or not field.default):
        value = choice_from(word, field, book if path[-1] == "gpu" else None)
    else:
        value = _amount_or_number(profile, field, text, book) if word else None
    return _with_value(profile, field, value, text, book)


def with_amount_of_work(profile: Profile, text: str, book: PriceBook) -> tuple[Profile, Mapping[str, Any]]:
    """The profile with the amount of work of its first workload replaced by typed text, and the fields that the text
    gives. Raises InputError as `with_text` does."""
    field = _field_at(profile, ("workload", 0, "nodes"), book)
    found = _amount_or_number(profile, field, text, book)
    amount = found if isinstance(found, Mapping) else {"nodes": found}
    return _with_value(profile, field, amount, text, book), amount


def _field_at(profile: Profile, path: FieldPath, book: PriceBook) -> FormField:
    return next(field for field in form_fields(profile, book) if field.path == path)


def _with_value(profile: Profile, field: FormField, value: object, text: str, book: PriceBook) -> Profile:
    """The profile with a value that was read. text: that was typed, for an error."""
    path = field.path
    try:
        return parse_profile(_replaced(profile, path, value), book, where=field.label)
    except InputError as error:
        if (error.field[:1], error.field[-1:]) == (path[:1], path[-1:]):
            raise InputError(field.label, repr(text.strip())[1:-1], f"{field.allowed}{field.in_unit}") from None
        raise _named_as_in_form(error, field) from None


def value_in_words(profile: Profile, path: FieldPath, text: str, book: PriceBook) -> Mapping[str, Any] | float | str:
    """The number that a text gives for a value of the form, or the fields of an amount of work or of other GPUs; the
    text itself where the form has no such value, and for a GPU.

    Raises:
        InputError: Naming the field, when the text cannot be read.
    """
    field = next((field for field in form_fields(profile, book) if field.path == path), None)
    if path == OTHER_GPUS and field is not None:
        return {str(OTHER_GPUS[-1]): other_gpus_from(text, field, book)}
    if field is None or field.is_text or path[-1] == "gpu":  # whose names the book finds
        return text
    if field.choices:
        return choice_from(text, field, None)
    return _amount_or_number(profile, field, text, book)


def _amount_or_number(profile: Profile, field: FormField, text: str, book: PriceBook) -> Mapping[str, Any] | float:
    """An amount of work, or a number in the unit of the field."""
    name, said = field.path[-1], with_digits(text)
    if name == "nodes" and not said.strip().isdecimal():
        amount = _amount_from(profile.workload[int(field.path[1])], text, field, book)
        return number_from(said, field) if amount is None else amount
    found = _in_another_unit(profile, field, said, book)
    return number_from(said, field) if found is None else found


def _in_another_unit(profile: Profile, field: FormField, said: str, book: PriceBook) -> float | None:
    """A utilization in hours, a share as a decimal fraction, a change of another period than a month, or months by a
    day; None where the text is in the unit of the field."""
    name, words = field.path[-1], without_commas(said.strip().lower())
    if field.path[0] == "workload" and name in ("months", "start_month"):
        return _months_by_date(profile.workload[int(field.path[1])], field, said, book)
    if name == "busy" and (hours := _HOURS.fullmatch(words.replace("24/7", "24 h a day"))):
        return _share_of_the_hours(hours, profile, profile.workload[int(field.path[1])], book)
    if field.percent and _SHARE.fullmatch(words) and words != field.text:
        if field.unit.endswith("/month"):  # as small a percentage is as likely
            percentages = f"{100 * float(words):g}% or {float(words):g}%"
            raise InputError(
                field.label, f"{said.strip()!r}, which may be {percentages}", f"{percentages}, with the sign"
            )
        return float(words)
    if name == "growth_per_month":
        return growth_from(said)
    left = growth_from(words if words.isalpha() else f"-{words}") if name == "plan_change_per_month" else None
    return None if left is None else -left or 0.0


def _months_by_date(workload: Workload, field: FormField, said: str, book: PriceBook) -> float | None:
    """The start of a workload by a day, or its length by its last one; None for another text."""
    if field.path[-1] == "start_month":
        day = day_of_start(said, field.label, book.asked_on)
        return None if day is None else months_before(day, book.asked_on)
    return months_until(said, field.label, months_later(book.asked_on, workload.start_month), book.asked_on)


def _share_of_the_hours(hours: re.Match[str], profile: Profile, workload: Workload, book: PriceBook) -> float:
    """Hours of work of a month, a week or a day as a share of those that there are in it, or of the office hours."""
    figures = own_book(profile, book).assumptions_for(workload.gpu)
    per_day = HOURS_A_WEEK / 7 if hours[2].startswith("da") else HOURS_A_WEEK
    there = float(figures.rental.hours_per_month) if hours[2].startswith("m") else per_day
    open_share = float(resolve(workload, profile.company, figures).open_share)
    return round(float(hours[1]) / (there * open_share), _SHARE_DECIMALS)


def _named_as_in_form(error: InputError, field: FormField) -> InputError:
    """The error of an edit, in the form's words where it is about something else: `GPU: Contracts held: GPU`."""
    table, name = str(error.field[0] if error.field else ""), str(error.field[-1] if error.field else "")
    if table not in _TABLES or len(error.field) <= len(_ONE):
        return error
    label, part = _TABLES[table]
    parts = (field.label, *([] if label == field.label else [label]), field_note(part, name).label)
    return InputError(": ".join(parts), error.found, error.allowed, error.field)


def nudged(profile: Profile, path: FieldPath, steps: int, book: PriceBook) -> Profile:
    """Return the profile with one value moved by `steps`: the next choice, or about a tenth more or less.

    It is unchanged when the next amount is not allowed, and where the value is a line of words.

    Raises:
        InputError: Saying why the next choice is not allowed.
    """
    field = next(field for field in form_fields(profile, book) if field.path == path)
    if field.is_text:
        return profile
    try:
        return with_text(profile, path, nudged_text(field, steps), book)
    except InputError:
        if field.choices:
            raise
        return profile


def nudged_text(field: FormField, steps: int) -> str:
    """Return the text of a field after `steps`."""
    if field.choices:
        at = field.choices.index(field.shown) if field.shown in field.choices else 0
        return field.choices[(at + steps) % len(field.choices)]
    number, rest = _LEADING.fullmatch(field.shown).groups()  # type: ignore[union-attr] # matches any text
    value = float(number.replace(",", "") or 0)
    size = (
        10 ** math.floor(math.log10(abs(value)))
        if value
        else _FIRST_STEPS.get(str(field.path[0]), _FIRST_STEPS.get(field.unit, 1.0))
    )
    step = max(1.0, size / 2 if abs(value) >= 2 * size else size / 10) if field.whole else size / 10
    if field.percent:
        step = 5.0 if abs(value) >= 20 else 1.0 if abs(value) >= 5 else 0.5
    moved = round((value + steps * step) / step) * step
    return number_text(round(moved, 6)) + (rest or "%" * field.percent)


def _amount_from(workload: Workload, text: str, field: FormField, book: PriceBook) -> Mapping[str, Any] | None:
    """An amount of work in words, of the GPU that they name, for as long and as busy as they say; None for a number,
    which is of nodes."""
    said, kind = work_said(" ".join(text.split()))
    if kind not in (None, workload.kind) and (kind, workload.kind) != ("pre-train", "fine-tune"):  # both are trained
        raise InputError(
            field.label, repr(text.strip()), f"an amount for {workload.kind}, or another kind of work first"
        )
    words = in_everyday_words(said)
    if (unclear := A_POINT_OR_THOUSANDS.search(words)) and text != field.text:
        thousands = unclear[0].replace(".", "")
        raise InputError(
            field.label, f"{unclear[0]!r}, which may be {thousands}", f"{thousands} or {unclear[0].rstrip('0')}"
        )
    words, behind = split_behind(words, book.asked_on, workload.start_month, field.label)
    words, gpu = with_gpus_named(words, book, field.label)
    if gpu is not None:  # the rest may stand before it: `7B 1T in 3 months on B200`
        words, before = split_behind(words, book.asked_on, workload.start_month, field.label)
        behind = before | behind
    amount, on_gpus = amount_from(words), None
    if amount is None and any(letter.isalpha() for letter in words):
        if missing := with_what_is_missing(words):
            raise InputError(field.label, repr(text.strip()), missing)
        on_gpus = None if workload.kind == "inference" else training_and_gpus(words)
        amount = _work_from_model(workload, on_gpus.training if on_gpus else words, field, book, text.strip())
    if workload.kind == "inference":
        behind.pop(ALWAYS, None)  # as it is
    if behind:
        amount = with_behind(amount or {"nodes": number_from(words, field)}, behind, field.label, text.strip())
    if amount is not None and on_gpus is not None:
        amount = with_months_on(on_gpus, amount, workload, book.assumptions_for(gpu or workload.gpu), field.label)
    return amount if amount is None or gpu is None else {**amount, "gpu": gpu}


def _work_from_model(workload: Workload, words: str, field: FormField, book: PriceBook, typed: str) -> dict[str, Any]:
    """The training of `7B 1T` at the utilization that the workload has; for inference the service of `70B 400M`, in
    tokens a day. typed: all of the text, for an error."""
    if workload.kind == "inference":
        return _service_from(workload, words, field, book, typed)
    given = training_from(words, workload.kind, field.label, typed)
    old: dict[str, Any] = {} if workload.training is None else workload.training.model_dump(exclude_none=True)
    kept = {name: value for name, value in old.items() if name not in _TRAINING_FIELDS}
    busy = {} if workload.busy is None else {"busy": workload.busy}
    return {"training": {**busy, **kept, **given}}


def _service_from(workload: Workload, words: str, field: FormField, book: PriceBook, typed: str) -> dict[str, Any]:
    """A model and its use in a day in place of those there are; the rest of a service stays."""
    sizing, own = book.sections["sizing"], workload.serving
    requests, written = sizing["requests_per_user_day"].value, sizing["serving_tokens_out"].value
    if own is not None:  # the profile's own, or the book's of then
        requests, written = own.requests_per_user_day or requests, own.tokens_out or written
    try:
        given = service_from(words, field.label, requests, written)
    except ValueError:  # none of it
        given = None
    if given is None:
        raise InputError(field.label, repr(typed), f"{WITHOUT_A_MODEL}, or a model and its use: {USE}")
    old: dict[str, Any] = {} if workload.serving is None else workload.serving.model_dump(exclude_none=True)
    by_time = "gpu_seconds_per_request" in given
    lost = {*_SERVICE_FIELDS, *(("gpus_per_replica", "good_enough", *OF_TOKENS) if by_time else ())}
    kept = {name: value for name, value in old.items() if name not in lost}
    size = None if "good_enough" in given else given.get("parameters")
    if size is not None and not old and models_of_size(size, given.get("active_parameters", size)):
        given["good_enough"] = SAME_SIZE  # who names a size says that open models of that size serve as well
    return {"serving": {**kept, **given}}


def _replaced(profile: Profile, path: FieldPath, value: object) -> dict[str, Any]:
    """The profile as raw data with one value set, or removed when it is None."""
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["workload"] = [dict(workload) for workload in raw["workload"]]
    if path[0] == "workload":
        _set_in_workload(raw["workload"][int(path[1])], str(path[-1]), value)
    elif path[0] == "credit":
        raw["credit"] = with_credit(raw["credit"], str(path[-1]), value)
    elif path in (CONTRACTS, HARDWARE):
        raw[str(path[0])] = value
    elif path[0] == "quote":
        raw["quote"] = with_offer(raw["quote"], path, value)
    else:
        raw[str(path[0])] = dict(raw[str(path[0])])
        _set(raw[str(path[0])], str(path[-1]), value)
    return raw


def _set_in_workload(target: dict[str, Any], name: str, value: object) -> None:
    """One value of a workload set, or removed; without the values that have no meaning beside it."""
    if name == "nodes" and value is not None:
        _set_amount(target, value if isinstance(value, Mapping) else {"nodes": value})
    else:
        _set(target, name, value)
    if name == "kind" and value != "inference":
        target.pop("mode", None)
    if target.get("mode") != "office-hours":
        target.pop("hours_per_week", None)
    if target.get("mode") != "batch" and target["kind"] == "inference":
        target.pop("weeks_per_year", None)
    if target.get("mode") == "batch" or (name == "kind" and value != "inference"):
        target.pop("base_share", None)
        target.pop("base_busy", None)


def _set_amount(target: dict[str, Any], amount: Mapping[str, Any]) -> None:
    """Another amount of work, in place of the one there is."""
    kept = with_amount({name: one for name, one in target.items() if name not in TYPED_FIELDS}, amount)
    target.clear()
    target.update(kept)
    if "weeks_per_year" in target and target["kind"] == "inference":  # a service that runs in bursts is not up
        target["mode"] = "batch"


def _set(target: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value
