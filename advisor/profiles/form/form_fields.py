"""The profile as a form: which values can be edited, and in which unit.

Labels and order are set here; unit, range, meaning and default come from the Profile's fields and the book.
"""

from collections.abc import Iterable, Iterator

from advisor.formatting import fine_percent
from advisor.market.assumptions import Assumptions
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import in_gpus, size_of
from advisor.profiles.defaults import applies, mode_of
from advisor.profiles.field_notes import FieldNote, book_path, field_note
from advisor.profiles.form.amount_text import amount_examples, amount_text
from advisor.profiles.form.credit_fields import credit_fields
from advisor.profiles.form.figure_field import figure_field, source_words, value_text
from advisor.profiles.form.form_field import FormField
from advisor.profiles.form.in_hand.in_hand_fields import in_hand_fields
from advisor.profiles.form.offer_fields import offer_fields
from advisor.profiles.form.other_gpus import other_gpus_field
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.schema import FieldPath, Profile, Workload
from advisor.profiles.validation import hosted_book, own_book
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
ELSEWHERE: FieldPath = ("quote",)
_ON_THEIR_SCREEN = "Of several GPUs: press O to add, judge and answer them", "the Offers screen: press O"
_TRAINED = (
    "What you know of it: a model and the tokens it is trained on (7B 1T), GPUs (64 gpus), nodes of 8 GPUs (16), "
    "GPU-hours a month (4000 gpu-h), or runs (38 runs a week of 20 min on 4 gpus)"
)
_SERVED = (
    "What you know of it: a model and its tokens a day (70B 400M) or its users (70B 20k users), images or calls a day "
    "and GPU time (50k images/day 4 s), GPUs (16 gpus), or GPU-hours a month (4000 gpu-h)"
)
_ALSO = {
    "busy": "28 h a week or 122 hours a month", "growth_per_month": "2x a year or 30% a quarter",
    "months": "until March 2028", "start_month": "March 2027",
}  # fmt: skip
_BEGINS = {"months": "u", "start_month": "JFMASONDQ"}  # of the words there: until, months, quarters
_QUESTIONS = (
    ("nodes", "How much", ""),
    ("months", "How long", "How long you need the GPUs. The verdict asks for the rest, such as your cash"),
)


def form_fields(profile: Profile, book: PriceBook) -> tuple[FormField, ...]:
    """Return every editable value of a profile, in the order of the form."""
    return tuple(_fields(profile, book))


def question_fields(profile: Profile, fields: Iterable[FormField]) -> tuple[FormField, ...]:
    """Return the values that a new user is asked for, in the user's words: how much, and for how long.

    Args:
        profile: It says whether something is trained or served.
        fields: All of its form.
    """
    named = {str(field.path[-1]): field for field in fields}
    how_much = _SERVED if profile.workload[0].kind == "inference" else _TRAINED
    return tuple(
        replace(named[name], label=label, meaning=meaning or how_much, allowed="", source="")
        for name, label, meaning in _QUESTIONS
    )


def default_figure(profile: Profile, book: PriceBook, path: FieldPath, note: FieldNote) -> Figure | None:
    """Return the figure of the book that is the field's default, or None."""
    return book.figure(book_path(profile, path)) if note.book else None


def _fields(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    yield from _workload_fields(profile, book)
    for name, label in _COMPANY:
        yield _model_field(profile, book, profile.company, ("company", name), label)
    yield from credit_fields(profile.credit)
    yield from in_hand_fields(profile, book)
    for name, label in _MARKET:
        yield _model_field(profile, book, profile.market, ("market", name), label)
    yield other_gpus_field(profile, book)
    if one_gpu := len(groups_of(profile, book)) == 1:  # else each offer names its GPU, which the form has no field for
        yield from offer_fields(profile, book)
    else:
        yield FormField(ELSEWHERE, "Offers", "", f"{len(profile.quote)}", "", "", *_ON_THEIR_SCREEN, ())
    yield _model_field(profile, book, profile.company, ("company", "hosting"), "Hosting")
    facility = hosted_book(profile, book).sections["facility"]
    for name, label in _FACILITY:
        yield figure_field(facility[name], profile.facility, ("facility", name), label, book)
    if one_gpu:
        gpu = book.gpu(profile.workload[0].gpu)
        yield figure_field(gpu.figures["lead_months"], profile.gpu, ("gpu", "lead_months"), "Delivery", book)


def _workload_fields(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    """The values of each workload, numbered where there are several."""
    in_words = any(work.nodes is None for work in profile.workload)  # its size follows from the profile's own figures
    own = own_book(profile, book) if in_words else book
    for index, workload in enumerate(profile.workload):
        figures = own.assumptions_for(workload.gpu)
        number = f" {index + 1}" if len(profile.workload) > 1 else ""
        for name, label in _WORKLOAD:
            if applies(name, workload) and (name != "mode" or workload.kind == "inference"):
                field = _model_field(profile, book, workload, ("workload", index, name), label + number)
                yield _of_workload(field, workload, figures, book)


def _of_workload(field: FormField, workload: Workload, figures: Assumptions, book: PriceBook) -> FormField:
    """A field of a workload with what follows from its other values. figures: of its GPU."""
    match field.path[-1]:
        case "gpu":
            gpu = book.gpu(workload.gpu).id
            return replace(field, text=gpu, choices=tuple(book.gpus))
        case "mode":
            usual = mode_of(workload.model_copy(update={"mode": None}))
            return replace(field, default=usual, source="by the kind of work")
        case "busy" if workload.said_by("busy") != "busy":
            busy = fine_percent(float(size_of(workload, figures).busy or 0.0)).removeprefix("under ").rstrip("%")
            return replace(
                field,
                default=busy,
                source=f"by the {workload.serving.volume_unit if workload.serving else 'hours of the work'}",
            )
        case "busy" | "growth_per_month" | "months" | "start_month" as name:
            return replace(field, meaning=f"{field.meaning}; also {_ALSO[name]}", begins=_BEGINS.get(name, ""))
        case "nodes":
            size = in_gpus(workload, figures)
            meaning = f"{size}; may be nodes," if size else f"{field.meaning}, or"
            field = replace(field, meaning=f"{meaning} {amount_examples(workload.kind)}")
            amount = replace(field, text=amount_text(workload), unit="", label=field.label.replace("Nodes", "Amount"))
            return amount if workload.nodes is None else field
        case _:
            return field


def _model_field(profile: Profile, book: PriceBook, part: Validated, path: FieldPath, label: str) -> FormField:
    name = str(path[-1])
    note = field_note(type(part), name)
    figure = default_figure(profile, book, path, note)
    percent = note.unit in ("share", "share/month", "1/year")
    default = "" if figure is None else value_text(figure.value, percent)
    source = "" if figure is None else f"book: {source_words(figure, book)}"
    unit = "%" + note.unit.removeprefix("share") if percent and note.unit != "1/year" else note.unit
    return FormField(
        path,
        label,
        "%/year" if note.unit == "1/year" else unit,
        value_text(getattr(part, name), percent),
        default,
        source,
        note.meaning,
        note.allowed(100 if percent else 1),
        note.choices,
        percent,
        name in ("nodes", "job_nodes", "start_month"),
        note.may_be_negative,
    )
