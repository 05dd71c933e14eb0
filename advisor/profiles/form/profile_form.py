"""The profile as a form: which values can be edited, in which unit, and how typed text becomes a new profile.

Labels and order are set here; unit, range, meaning and default come from the Profile's fields and the book.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from advisor.errors import InputError
from advisor.formatting import fine_percent
from advisor.market.assumptions import Assumptions
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook, used_node_price
from advisor.market.terms import TERMS_MONTHS
from advisor.market.token_prices import SAME_SIZE, models_of_size
from advisor.profiles.amount_of_work import in_gpus, nodes_at_start, scaled, size_of, with_amount
from advisor.profiles.defaults import applies, mode_of
from advisor.profiles.field_notes import FieldNote, book_path, field_note
from advisor.profiles.form.amount_text import EXAMPLES, amount_from, amount_text, service_from
from advisor.profiles.form.credit_fields import credit_fields, with_credit
from advisor.profiles.form.form_field import FormField, choice_from, number_from
from advisor.profiles.form.other_gpus import OTHER_GPUS, other_gpus_field, other_gpus_from
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.model_text import WITHOUT_A_MODEL, training_from
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import AMOUNT_FIELDS, FieldPath, Profile, Workload
from advisor.profiles.validation import hosted_book, own_book, parse_profile
from advisor.values.quick_dataclass import replace
from advisor.values.validated import Validated

_WORKLOAD: tuple[tuple[str, str], ...] = (
    ("kind", "Work"), ("gpu", "GPU"), ("nodes", "Nodes"), ("months", "Months"), ("busy", "Utilization"),
    ("mode", "Runs"), ("hours_per_week", "Hours a week"), ("base_share", "Always on"),
    ("base_busy", "Always-on util."), ("job_nodes", "Nodes a job"), ("start_month", "Starts in"),
    ("growth_per_month", "Growth"), ("plan_change_per_month", "Plan changes"), ("residual_share", "Demand left"),
)  # fmt: skip
_COMPANY: tuple[tuple[str, str], ...] = (
    ("stage", "Stage"), ("cash_usd", "Cash"), ("committed_funding_usd", "Funding signed"),
    ("burn_usd_per_month", "Other burn"), ("discount_rate", "Discount rate"),
)  # fmt: skip
_MARKET: tuple[tuple[str, str], ...] = (("tier", "Market"), ("rents_change_per_year", "Rent trend"))
_FACILITY: tuple[tuple[str, str], ...] = (
    ("electricity_usd_per_kwh", "Electricity"), ("colocation_usd_per_kw_month", "Colocation"), ("pue", "PUE"),
    ("staff_fixed_fte", "Staff, fixed"), ("staff_usd_per_fte_year", "Cost of staff"),
)  # fmt: skip
_LEADING = re.compile(r"([-\d.,]*)(.*)")  # a number, and what it is a number of
_ELSEWHERE: FieldPath = ("quote",)
_ON_THEIR_SCREEN = "Of several GPUs: press O to add, judge and answer them", "the Offers screen: press O"
_FIRST_STEPS = {"USD": 1e7, "USD/month": 1e6, "credit": 1e5}
_SERVICE_FIELDS = ("model", "parameters", "active_parameters", "tokens_per_day", "requests_per_day")
_TRAINING_FIELDS = ("parameters", "active_parameters", "tokens", "flops", "adapters")
_TRAINED = "What you know of it: a model and the tokens it is trained on (7B 1T), GPUs (64 gpus), nodes of 8 GPUs (16)"
_SERVED = "What you know of it: a model and its tokens a day (70B 400M) or its users (70B 20k users), or GPUs (16 gpus)"
_QUESTIONS = (
    ("nodes", "How much", ""),
    ("months", "How long", "How long you need the GPUs. The verdict asks for the rest, such as your cash"),
)


def form_fields(profile: Profile, book: PriceBook) -> tuple[FormField, ...]:
    """Return every editable value of a profile, in the order of the form."""
    return tuple(_fields(profile, book))


def question_fields(profile: Profile, book: PriceBook) -> tuple[FormField, ...]:
    """Return the values that a new user is asked for, in the user's words: how much, and for how long."""
    fields = {str(field.path[-1]): field for field in form_fields(profile, book)}
    how_much = _SERVED if profile.workload[0].kind == "inference" else _TRAINED
    return tuple(
        replace(fields[name], label=label, meaning=meaning or how_much, allowed="", source="")
        for name, label, meaning in _QUESTIONS
    )


def with_text(profile: Profile, path: FieldPath, text: str, book: PriceBook) -> Profile:
    """Return the profile with one value replaced by typed text; empty text restores the default.

    Raises:
        InputError: Naming the field, when the text cannot be read or the value is not allowed.
    """
    field = next(field for field in form_fields(profile, book) if field.path == path)
    if path == _ELSEWHERE:
        raise InputError(field.label, repr(text.strip())[1:-1], field.allowed)
    word = text.strip().rstrip("%").replace("_", "").replace(",", "").strip()
    amount = amount_from(text) if path[-1] == "nodes" else None
    if amount is not None:
        value: object = amount
    elif path[-1] == "nodes" and any(letter.isalpha() for letter in word):
        requests = book.sections["sizing"]["requests_per_user_day"].value
        value = _work_from_model(profile.workload[int(path[1])], text, field, requests)
    elif path == OTHER_GPUS:
        value = other_gpus_from(text, field, book)
    elif field.choices and (word or not field.default):
        value = choice_from(word, field, book if path[-1] == "gpu" else None)
    elif not word:
        value = None
    else:
        value = number_from(text, field)
    try:
        return parse_profile(_replaced(profile, path, value), book, where=field.label)
    except InputError as error:
        if error.field[-1:] != path[-1:]:
            raise
        raise InputError(field.label, repr(text.strip())[1:-1], f"{field.allowed}{field.in_unit}") from None


def at_plan(profile: Profile, nodes: float, months: float, book: PriceBook) -> Profile:
    """Return the profile with its plan scaled to `nodes` and `months` in all; its own nodes may be a part of a node.

    Raises:
        InputError: A workload would be too large or too long.
    """
    own = nodes_at_start(profile, _figures_of(profile, book))
    whole = profile.workload[0].serving is None and nodes == math.ceil(own)
    return scaled_plan(profile, 1.0 if whole else nodes / own, months, book)


def scaled_plan(profile: Profile, share: float, months: float, book: PriceBook) -> Profile:
    """Return the profile with this share of its nodes, and with `months` in all.

    Several workloads keep their proportions, each with at least one of what it is counted in.

    Raises:
        InputError: A workload would be too large or too long.
    """
    longest, figures = max(workload.months for workload in profile.workload), _figures_of(profile, book)
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["workload"] = [
        scaled(workload, share, figures, months / longest) | {"months": workload.months / longest * months}
        for workload in profile.workload
    ]
    return parse_profile(raw, book, where="Plan")


def _figures_of(profile: Profile, book: PriceBook, gpu: str = "") -> Assumptions:
    """The figures that hold for a profile. gpu: of its workload; by default the first one's."""
    own = own_book(profile, book)
    return own.assumptions_for(gpu or profile.workload[0].gpu)


def nudged(profile: Profile, path: FieldPath, steps: int, book: PriceBook) -> Profile:
    """Return the profile with one value moved by `steps`: the next choice, or about a tenth more or less.

    It is unchanged when the next value is not allowed.
    """
    field = next(field for field in form_fields(profile, book) if field.path == path)
    try:
        return with_text(profile, path, nudged_text(field, steps), book)
    except InputError:
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
    return _plain(round(moved, 6)) + rest


def _fields(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    several = len(profile.workload) > 1
    for index, workload in enumerate(profile.workload):
        for name, label in _WORKLOAD:
            if not applies(name, workload) or (name == "mode" and workload.kind != "inference"):
                continue
            suffix = f" {index + 1}" if several else ""
            yield _model_field(profile, book, workload, ("workload", index, name), label + suffix)
    for name, label in _COMPANY:
        yield _model_field(profile, book, profile.company, ("company", name), label)
    yield from credit_fields(profile.credit)
    for name, label in _MARKET:
        yield _model_field(profile, book, profile.market, ("market", name), label)
    yield other_gpus_field(profile, book)
    if one_gpu := len(groups_of(profile, book)) == 1:  # else each offer names its GPU, which the form has no field for
        yield from _offers(profile, book)
    else:
        yield FormField(_ELSEWHERE, "Offers", "", f"{len(profile.quote)}", "", "", *_ON_THEIR_SCREEN, ())
    yield _model_field(profile, book, profile.company, ("company", "hosting"), "Hosting")
    facility = hosted_book(profile, book).sections["facility"]
    for name, label in _FACILITY:
        yield _figure_field(facility[name], profile.facility, ("facility", name), label, book)
    if one_gpu:
        gpu = book.gpu(profile.workload[0].gpu)
        yield _figure_field(gpu.figures["lead_months"], profile.gpu, ("gpu", "lead_months"), "Delivery", book)


def _model_field(profile: Profile, book: PriceBook, part: Validated, path: FieldPath, label: str) -> FormField:
    name = str(path[-1])
    note = field_note(type(part), name)
    value = getattr(part, name)
    figure = default_figure(profile, book, path, note)
    percent = note.unit in ("share", "share/month", "1/year")
    default, source = "", ""
    if figure is not None:
        default, source = _shown(figure.value, percent), f"book: {_source_words(figure, book)}"
    if isinstance(part, Workload) and name == "mode":
        default, source = mode_of(part.model_copy(update={"mode": None})), "by the kind of work"
    if isinstance(part, Workload) and name == "busy" and part.said_by(name) != name:
        busy = float(size_of(part, _figures_of(profile, book, part.gpu)).busy or 0.0)
        default = fine_percent(busy).removeprefix("under ").rstrip("%")
        source = "by the tokens" if part.serving else "by the hours of the work"
    choices = tuple(book.gpus) if name == "gpu" else note.choices
    text = book.gpu(value).id if name == "gpu" else _shown(value, percent)
    unit = "%" + note.unit.removeprefix("share") if percent and note.unit != "1/year" else note.unit
    whole = name in ("nodes", "job_nodes", "start_month")
    unit = "%/year" if note.unit == "1/year" else unit
    if isinstance(part, Workload) and name == "nodes" and part.nodes is None:
        text, unit, label = amount_text(part), "", label.replace("Nodes", "Amount")
    meaning = f"{note.meaning}; e types it" if name == "gpu" else note.meaning
    if isinstance(part, Workload) and name == "nodes":
        size = in_gpus(part, _figures_of(profile, book, part.gpu))
        meaning = "; ".join(filter(None, [size, f"{meaning}, {EXAMPLES}"]))
    return FormField(
        path,
        label,
        unit,
        text,
        default,
        source,
        meaning,
        note.allowed(100 if percent else 1),
        choices,
        percent,
        whole,
        note.may_be_negative,
    )


def default_figure(profile: Profile, book: PriceBook, path: FieldPath, note: FieldNote) -> Figure | None:
    """Return the figure of the book that is the field's default, or None."""
    return book.figure(book_path(profile, path)) if note.book else None


def _offers(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    """Offers in hand, one field each: on demand, each term and a node; the default is the book's price."""
    gpu = book.gpu(profile.workload[0].gpu)
    tier = profile.market.tier
    list_price = gpu.figures[f"{tier}_usd_per_gpu_hour"]
    plain = [quote for quote in profile.quote if quote.price is None]  # others are in units that the form does not have
    held = {(quote.option, quote.months): quote for quote in reversed(plain)}
    yield _offer(
        held.get(("on-demand", None)), ("quote", "on-demand", "usd_per_gpu_hour"), "Offer on demand", list_price, book
    )
    for months in TERMS_MONTHS:
        discount = gpu.term_discounts[tier].get(months)
        default = list_price.model_copy(update={"value": list_price.value * (1 - discount.value)}) if discount else None
        path: FieldPath = ("quote", "reserved", months, "usd_per_gpu_hour")
        yield _offer(held.get(("reserved", months)), path, f"Offer {months} m", default, book)
    path = ("quote", "buy", "usd_per_node")
    yield _offer(held.get(("buy", None)), path, "Offer for node", gpu.figures.get("node_usd"), book)
    path = ("quote", "buy-used", "usd_per_node")
    yield _offer(held.get(("buy-used", None)), path, "Offer used node", used_node_price(gpu), book)
    name = f"sublet_right_{tier}"
    figure = book.sections["rental"][name]
    yield _figure_field(figure, profile.rental, ("rental", name), "May be sublet", book)


def _offer(quote: Quote | None, path: FieldPath, label: str, default: Figure | None, book: PriceBook) -> FormField:
    note = field_note(Quote, str(path[-1]))
    value = None if quote is None else getattr(quote, str(path[-1]))
    shown = "" if default is None else _shown(round(default.value, 2), percent=False)
    source = "book: no price" if default is None else f"book, list: {_source_words(default, book)}"
    return FormField(
        path,
        label,
        note.unit,
        _shown(value, percent=False),
        shown,
        source,
        "your offer",
        note.allowed(),
    )


def _figure_field(figure: Figure, own: Mapping[str, float], path: FieldPath, label: str, book: PriceBook) -> FormField:
    value, percent = own.get(str(path[-1])), figure.unit.startswith("share")
    scale = 100 if percent else 1
    return FormField(
        path, label, figure.unit.replace("share", "%").removeprefix("ratio"), _shown(value, percent),
        _shown(figure.value, percent), f"book: {_source_words(figure, book)}", figure.note or "from the price book",
        f"plausible {scale * figure.low:g} to {scale * figure.high:g}", percent=percent, whole=figure.is_whole,
    )  # fmt: skip


def _source_words(figure: Figure, book: PriceBook) -> str:
    if figure.own:
        return figure.source
    source = book.sources.get(figure.source)
    thin = ", thin" if figure.is_thin else ""
    return f"{figure.date}, n={figure.n}{thin}, {source.title if source else figure.source}"


def _shown(value: object, percent: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return _plain(round(value * 100 if percent else value, 6))


def _plain(value: float) -> str:
    """A number without exponent or trailing zeros; with thousands separators from 10,000 on."""
    text = f"{value:,.6f}" if abs(value) >= 10_000 else f"{value:.6f}"
    return text.rstrip("0").rstrip(".")


def _work_from_model(workload: Workload, text: str, field: FormField, requests_per_user: float) -> dict[str, Any]:
    """The training of `7B 1T` at the utilization that the workload has; for inference the service of `70B 400M`, in
    tokens a day."""
    if workload.kind == "inference":
        return _service_from(workload, text, field, requests_per_user)
    given = training_from(text, workload.kind, field.label)
    old: dict[str, Any] = {} if workload.training is None else workload.training.model_dump(exclude_none=True)
    kept = {name: value for name, value in old.items() if name not in _TRAINING_FIELDS}
    busy = {} if workload.busy is None else {"busy": workload.busy}
    return {"training": {**busy, **kept, **given}}


def _service_from(workload: Workload, text: str, field: FormField, requests_per_user: float) -> dict[str, Any]:
    """A model and its use in a day in place of those there are; the rest of a service stays."""
    given = service_from(text, field.label, requests_per_user)
    if given is None:
        allowed = f"{WITHOUT_A_MODEL}, or a model and its use: 70B 400M tokens a day, 70B 20k users"
        raise InputError(field.label, repr(text.strip()), allowed)
    old: dict[str, Any] = {} if workload.serving is None else workload.serving.model_dump(exclude_none=True)
    kept = {name: value for name, value in old.items() if name not in _SERVICE_FIELDS}
    size = given.get("parameters")
    if size is not None and not old and models_of_size(size, size):
        given["good_enough"] = SAME_SIZE  # who names a size says that open models of that size serve as well
    return {"serving": {**kept, **given}}


def _replaced(profile: Profile, path: FieldPath, value: object) -> dict[str, Any]:
    """The profile as raw data with one value set, or removed when it is None."""
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["workload"] = [dict(workload) for workload in raw["workload"]]
    if path[0] == "workload":
        target = raw["workload"][int(path[1])]
        if path[-1] == "nodes" and value is not None:
            _set_amount(target, value if isinstance(value, Mapping) else {"nodes": value})
        else:
            _set(target, str(path[-1]), value)
        if path[-1] == "kind" and value != "inference":
            target.pop("mode", None)
        if target.get("mode") != "office-hours":
            target.pop("hours_per_week", None)
        if value == "batch" or (path[-1] == "kind" and value != "inference"):
            target.pop("base_share", None)
            target.pop("base_busy", None)
    elif path[0] == "credit":
        raw["credit"] = with_credit(raw["credit"], str(path[-1]), value)
    elif path[0] == "quote":
        raw["quote"] = [dict(quote) for quote in _quotes(list(raw["quote"]), path, value)]
    else:
        raw[str(path[0])] = dict(raw[str(path[0])])
        _set(raw[str(path[0])], str(path[-1]), value)
    return raw


def _set_amount(target: dict[str, Any], amount: Mapping[str, Any]) -> None:
    """Another amount of work, in place of the one there is."""
    kept = with_amount({name: one for name, one in target.items() if name not in AMOUNT_FIELDS}, amount)
    target.clear()
    target.update(kept)


def _set(target: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value


def _quotes(quotes: list[dict[str, Any]], path: FieldPath, value: object) -> list[dict[str, Any]]:
    """The quotes with the one at `path` changed, added or removed."""
    months = path[2] if path[1] == "reserved" else None
    places = (
        place
        for place, quote in enumerate(quotes)
        if quote["option"] == path[1] and quote.get("months") == months and str(path[-1]) in quote
    )
    at = next(places, len(quotes))
    mine: dict[str, Any] = {"option": path[1]} | ({"months": months} if months else {})
    mine = mine if at == len(quotes) else quotes[at]
    changed = [] if value is None else [{**mine, str(path[-1]): value}]
    return [*quotes[:at], *changed, *quotes[at + 1 :]]
