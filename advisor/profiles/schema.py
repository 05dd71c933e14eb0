"""What the founder needs: the Profile, checked at the door. Units are in the names or beside the field.

A profile holds only what differs from the defaults; what it leaves out comes from the price book. Every field is
declared once, here, with its unit, allowed range and meaning; forms and messages are drawn from it.
"""

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from advisor.errors import InputError, nearest
from advisor.market.price_book import Book, Tier

Kind = Literal["fine-tune", "pre-train", "inference"]
Stage = Literal["seed", "series-a", "series-b", "later"]
QuoteOption = Literal["on-demand", "reserved", "buy"]
Depreciation = Literal["straight-line", "macrs", "bonus"]

FieldPath = tuple[str | int, ...]  # of a field of a profile: ("workload", 0, "nodes")
MAX_PLAN_MONTHS = 60
LONGEST_TERM_MONTHS = 36
MAX_NODES = 65_536  # three switch layers; the fabric has no rule beyond


def _printable(text: str) -> str:
    """Text from a profile is data: no control, formatting or bidirectional characters may ride along."""
    for character in text:
        if not character.isprintable():
            raise ValueError(f"the character U+{ord(character):04X}; allowed: printable text on one line")
    return text


def _printable_lines(text: str) -> str:
    for line in text.split("\n"):
        _printable(line.replace("\t", " "))
    return text


Text = Annotated[str, Field(max_length=120), AfterValidator(_printable)]
RentPoint = Annotated[tuple[float, float], Strict(strict=False)]  # TOML has lists and no tuples


def _field(default: Any, unit: str, meaning: str, *, book: str = "", **bounds: Any) -> Any:
    """A profile field: its default, unit, meaning and, when the book supplies the default, the figure's path."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "book": book}, **bounds)


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True, serialize_by_alias=True
    )


class Workload(_Part):
    """One need for GPUs over some months."""

    kind: Kind = _field(..., "", "what the GPUs do: fine-tune, pre-train or inference")
    gpu: Text = _field("H100-SXM", "", "the GPU, by the book's name or an alias")
    nodes: int = _field(..., "nodes", "servers of 8 GPUs needed at the start", ge=1, le=MAX_NODES)
    months: float = _field(..., "months", "how long the work lasts", ge=0.1, le=MAX_PLAN_MONTHS)
    busy: float | None = _field(
        None, "share", "share of the time the GPUs really work", book="plan.busy_{kind}_share", ge=0.001, le=1
    )
    base_share: float | None = _field(
        None, "share", "inference: share of the nodes that always run", book="plan.base_inference_share", ge=0, le=1
    )
    base_busy: float | None = _field(
        None, "share", "inference: busy share of those nodes", book="plan.base_busy_inference_share", ge=0.001, le=1
    )
    always_on: bool | None = _field(None, "", "must never be interrupted; inference is unless you say otherwise")
    growth_per_month: float = _field(0.0, "share/month", "growth of the nodes", ge=-0.5, le=0.5)
    start_month: int = _field(0, "months", "months from now until the work starts", ge=0, lt=MAX_PLAN_MONTHS)
    plan_change_per_month: float | None = _field(
        None,
        "share/month",
        "chance in a month that the plan changes",
        book="plan.hazard_{stage}_per_month",
        ge=0,
        le=0.5,
    )
    residual_share: float | None = _field(
        None, "share", "demand left after a change of plan", book="plan.residual_{kind}_share", ge=0, le=1
    )

    memory_gb_per_gpu: float | None = _field(
        None, "GB", "memory each GPU must have; rules out other GPUs with less", gt=0, le=10_000
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.start_month + self.months > MAX_PLAN_MONTHS:
            raise ValueError(
                f"start_month {self.start_month} + months {self.months:g}; allowed: at most {MAX_PLAN_MONTHS} together"
            )
        if self.kind != "inference" and (self.base_share is not None or self.base_busy is not None):
            raise ValueError(f"base_share or base_busy with kind {self.kind!r}; allowed: only with kind 'inference'")
        last = self.nodes * (1 + self.growth_per_month) ** max(0, math.ceil(self.months) - 1)
        if last > MAX_NODES:
            raise ValueError(f"growth to {last:,.0f} nodes; allowed: at most {MAX_NODES:,}")
        return self


class Company(_Part):
    """Who decides: stage, money and rules."""

    stage: Stage = _field("series-a", "", "sets the chance that the plan changes: seed, series-a, series-b or later")
    cash_usd: float | None = _field(None, "USD", "cash at hand; left out, cash is not checked", ge=0, le=1e12)
    committed_funding_usd: float = _field(0.0, "USD", "funding signed and still to come", ge=0, le=1e12)
    burn_usd_per_month: float = _field(0.0, "USD/month", "spending besides this compute", ge=0, le=1e11)
    discount_rate: float | None = _field(
        None, "1/year", "what money costs you, failure not included", book="money.discount_rate", ge=0, le=1
    )
    tax_rate: float = _field(0.0, "share", "tax on income; 0 for a company that makes losses", ge=0, lt=1)
    taxable_from_month: int = _field(
        0, "months", "months from now until there is taxable income; deductions before it are lost", ge=0, le=120
    )
    depreciation: Depreciation = _field("macrs", "", "how hardware is deducted: straight-line, macrs or bonus")
    rental_forbidden_because: Text | None = _field(None, "", "a rule that forbids rented GPUs, in your own words")


class Market(_Part):
    """Which market the founder buys in, and their own view of rents if they have one."""

    tier: Tier = _field("neocloud", "", "whose price list: neocloud or hyperscaler")
    rents_change_per_year: float | None = _field(
        None,
        "1/year",
        "your own view of rents, a fall is negative; left out: the book's view",
        gt=-1,
        le=2,
    )
    rents_path: tuple[RentPoint, ...] = _field(
        (),
        "",
        "a path of rents of your own beside the named scenarios: [months from now, multiple of today]",
        max_length=60,
        strict=False,
    )
    other_gpus: tuple[Text, ...] = _field((), "", "other GPUs that could do the same work", max_length=10, strict=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        months = [month for month, _ in self.rents_path]
        if months != sorted(set(months)) or any(month < 0 or multiple <= 0 for month, multiple in self.rents_path):
            raise ValueError("a rents_path out of order; allowed: rising months and multiples above 0")
        return self


class Quote(_Part):
    """An offer the founder holds; it beats the book."""

    option: QuoteOption = _field(..., "", "what is offered: on-demand, reserved or buy")
    months: int | None = _field(None, "months", "term of a reserved offer", ge=1, le=LONGEST_TERM_MONTHS)
    usd_per_gpu_hour: float | None = _field(None, "USD/GPU-h", "rate of a rental offer", gt=0, le=1000)
    usd_per_node: float | None = _field(None, "USD/node", "price of a node", gt=0, le=1e8)
    prepaid: float | None = _field(None, "share", "prepaid share", book="rental.prepaid_share", ge=0, le=1)
    from_: Text = Field(
        default="", alias="from", description="who made the offer", json_schema_extra={"unit": "", "book": ""}
    )
    date: datetime.date | None = _field(None, "", "day of the offer")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        rate, node = self.usd_per_gpu_hour is not None, self.usd_per_node is not None
        if self.option == "buy" and (rate or not node or self.months or self.prepaid is not None):
            raise ValueError("a quote to buy; allowed: usd_per_node and no rate, months or prepaid")
        if self.option != "buy" and (node or not rate):
            raise ValueError(f"a quote {self.option!r}; allowed: usd_per_gpu_hour and no usd_per_node")
        if (self.option == "reserved") != (self.months is not None):
            raise ValueError(f"a quote {self.option!r}; allowed: months with reserved quotes, and only there")
        if self.option == "on-demand" and self.prepaid is not None:
            raise ValueError("prepaid in an on-demand quote; allowed: prepaid only with reserved quotes")
        return self


class Commitment(_Part):
    """A reservation the founder already holds; what has been prepaid is spent and does not count."""

    nodes: int = _field(..., "nodes", "servers under contract", ge=1, le=MAX_NODES)
    months_left: int = _field(..., "months", "months the contract still runs", ge=1, le=MAX_PLAN_MONTHS)
    usd_per_gpu_hour: float = _field(..., "USD/GPU-h", "what is still to be paid for each GPU-hour", ge=0, le=1000)
    termination_fee_share: float | None = _field(
        None, "share", "share of the payments left that leaving costs", book="rental.termination_fee_share", ge=0, le=1
    )
    may_be_resold: bool = _field(True, "", "whether the contract lets you sublet")
    from_: Text = Field(
        default="", alias="from", description="who it is with", json_schema_extra={"unit": "", "book": ""}
    )


class Profile(_Part):
    """A founder's question: the workloads, the company, and what they know better than the book."""

    schema_: Literal[1] = Field(1, alias="schema", description="version of this file format")
    name: Annotated[Text, Field(min_length=1)] = _field(..., "", "what you call this profile")
    notes: Annotated[str, Field(max_length=4000), AfterValidator(_printable_lines)] = _field("", "", "your own notes")
    workload: tuple[Workload, ...] = Field(min_length=1, max_length=20, strict=False, description="the work to be done")
    company: Company = Company()
    market: Market = Market()
    facility: Mapping[str, float] = Field({}, description="your own ownership figures, by the book's names")
    rental: Mapping[str, float] = Field({}, description="your own rental figures, by the book's names")
    forecast: Mapping[str, float] = Field({}, description="your own forecast figures, by the book's names")
    gpu: Mapping[str, float] = Field({}, description="your own figures of the GPU, by the book's names")
    quote: tuple[Quote, ...] = Field((), max_length=50, strict=False, description="offers you hold")
    commitment: tuple[Commitment, ...] = Field(
        (), max_length=3, strict=False, description="contracts you are already in"
    )

    @model_validator(mode="after")
    def _one_gpu(self) -> Self:
        gpus = sorted({workload.gpu for workload in self.workload})
        if len(gpus) > 1:
            raise ValueError(f"workloads on {' and '.join(gpus)}; allowed: one GPU in a profile, so make one for each")
        taken = [(quote.option, quote.months) for quote in self.quote]
        for option, months in taken:
            if taken.count((option, months)) > 1:
                term = f" for {months} months" if months else ""
                raise ValueError(f"two quotes {option!r}{term}; allowed: one each, so keep the better")
        return self


@dataclass(frozen=True)
class FieldNote:
    """What a form shows beside a field: unit, meaning, choices or bounds, and where its default comes from.

    bounds: words and limits, such as ("at least", 1)."""

    name: str
    unit: str
    meaning: str
    choices: tuple[str, ...]
    bounds: tuple[tuple[str, float], ...]
    book: str

    @property
    def may_be_negative(self) -> bool:
        """Whether a minus sign makes sense."""
        return any(limit < 0 for word, limit in self.bounds if word in ("at least", "more than"))

    def allowed(self, factor: float = 1.0) -> str:
        """The allowed values in words; limits are multiplied with `factor`, 100 for percentages."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return " and ".join(f"{word} {_limit(limit * factor)}" for word, limit in self.bounds)


def field_note(model: type[BaseModel], name: str) -> FieldNote:
    """The note of one field of a profile part."""
    info = model.model_fields[name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit, book = str(extra.get("unit", "")), str(extra.get("book", ""))
    return FieldNote(name, unit, info.description or "", _choices(info), tuple(_bounds(info)), book)


def book_path(profile: Profile, path: FieldPath) -> str:
    """The figure of the book that holds when a field of a profile's part is left out; empty where none
    does."""
    parts: Mapping[str, type[BaseModel]] = {
        "workload": Workload, "company": Company, "market": Market, "commitment": Commitment,
    }  # fmt: skip
    words = {"kind": "", "stage": profile.company.stage.replace("-", "_")}
    if path[0] == "workload":
        kind = profile.workload[int(path[1])].kind.replace("-", "_")
        residual = "training" if kind == "pre_train" else "other"
        words["kind"] = residual if path[-1] == "residual_share" else kind
    return field_note(parts[str(path[0])], str(path[-1])).book.format(**words)


def _limit(limit: float) -> str:
    return f"{limit:,.0f}" if limit == int(limit) else f"{limit:g}"


def _choices(info: FieldInfo) -> tuple[str, ...]:
    """The only values of a field, from its own declaration; empty when it has no such list."""
    parts = (info.annotation, *get_args(info.annotation))
    return tuple(choice for part in parts for choice in get_args(part) if isinstance(choice, str))


def _bounds(info: FieldInfo) -> Iterator[tuple[str, float]]:
    for bound in info.metadata:
        match bound:
            case Gt(gt=limit):
                yield "more than", float(str(limit))
            case Ge(ge=limit):
                yield "at least", float(str(limit))
            case Lt(lt=limit):
                yield "less than", float(str(limit))
            case Le(le=limit):
                yield "at most", float(str(limit))


_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "string": "text",
    "date": "a date such as 2026-11-02",
    "tuple": "a list of tables",
    "model": "a table",
    "dict": "a table",
    "mapping": "a table",
    "dataclass": "a table",
}


def parse_profile(raw: Mapping[str, Any], book: Book, where: str = "profile") -> Profile:
    """A checked Profile from the content of a TOML file. Raises InputError with one clear line: the first wrong
    field (`where` in front), what was found there, what is allowed, and how many more are wrong."""
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        first, *others = faults_of(error, where)
        more = f" (and {len(others)} more)" if others else ""
        raise InputError(first.where, first.found, first.allowed + more, first.field) from None
    own_book(profile, book, where)
    return profile


def own_book(profile: Profile, book: Book, where: str = "profile") -> Book:
    """The book with the profile's own figures laid over it. Raises InputError for an unknown GPU or figure."""
    gpu = book.gpu(profile.workload[0].gpu, f"{where}: workload 1, gpu", ("workload", 0, "gpu"))
    own = {"facility": profile.facility, "rental": profile.rental, "forecast": profile.forecast}
    if profile.company.discount_rate is not None:
        own["money"] = {"discount_rate": profile.company.discount_rate}
    book = book.overlaid({name: values for name, values in own.items() if values}, "your profile", f"{where}: ")
    if profile.gpu:
        book = book.with_gpu_figures(gpu.id, profile.gpu, "your profile", f"{where}: ")
    for index, name in enumerate(profile.market.other_gpus):
        book.gpu(name, f"{where}: market, other_gpus {index + 1}", ("market", "other_gpus", index))
    if profile.market.tier == "hyperscaler" and gpu.value("hyperscaler_usd_per_gpu_hour") is None:
        raise InputError(f"{where}: market, tier", f"hyperscaler with {gpu.id}", "a GPU that hyperscalers list")
    return book


def faults_of(error: ValidationError, where: str) -> list[InputError]:
    """Each wrong field as one clear line, unknown keys first."""
    problems = [problem for problem in error.errors(include_url=False) if not _echo(problem)]
    unknown_first = sorted(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    return [_fault(problem, where) for problem in unknown_first]


def _fault(problem: Any, where: str) -> InputError:
    path = tuple(problem["loc"])
    model, shown = _model_at(path[:-1]), " ".join(_place(path))
    place = f"{where}: {shown}" if shown else where
    name = str(path[-1]) if path else ""
    match problem["type"]:
        case "extra_forbidden":
            names = [info.alias or key for key, info in model.model_fields.items()] if model else []
            return InputError(place, "an unknown key", nearest(name, names), path)
        case "missing":
            return InputError(place, "nothing", "this field is needed", path)
        case "value_error":
            found, _, allowed = str(problem["ctx"]["error"]).partition("; allowed: ")
            return InputError(place, found, allowed, path)
        case kind:
            return InputError(place, _shown(problem["input"]), _wanted(kind, model, name, problem), path)


def _echo(problem: Any) -> bool:
    """Whether a problem only repeats another: a list counts as too short when one of its items is wrong."""
    return bool(problem["type"] == "too_short" and len(problem["input"]) >= problem["ctx"]["min_length"])


def _wanted(kind: str, model: type[BaseModel] | None, name: str, problem: Any) -> str:
    """What a field allows, in words: its type and its range."""
    key = "from_" if name == "from" else name
    info = model.model_fields.get(key) if model else None
    allowed = field_note(model, key).allowed() if model and info else ""
    base = _TYPE_WORDS.get(kind.split("_", maxsplit=1)[0], "")
    if info is not None and not base:
        parts = get_args(info.annotation) or (info.annotation,)
        base = next((_TYPE_WORDS[part.__name__] for part in parts if getattr(part, "__name__", "") in _TYPE_WORDS), "")
    if kind in ("string_too_long", "too_long"):
        return f"at most {problem['ctx']['max_length']}" + (" characters" if kind.startswith("string") else "")
    if kind in ("string_too_short", "too_short"):
        return "at least one character" if kind.startswith("string") else "at least one"
    if kind == "tuple_type" and model is Market:
        return "[month, multiple]" if name.isdecimal() else "a list"
    if allowed.startswith("one of") or kind == "literal_error":
        return allowed or str(problem["ctx"]["expected"])
    return " ".join(part for part in (base, allowed) if part) or str(problem["msg"])


def _shown(value: object) -> str:
    """A wrong value as one short piece of text."""
    text = f"{value:g}" if isinstance(value, float) else ascii(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _place(path: tuple[int | str, ...]) -> list[str]:
    """`("workload", 0, "nodes")` as `["workload 1,", "nodes"]`; keys are shown without control characters."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int) and words:
            words[-1] = f"{words[-1].rstrip(',')} {part + 1},"
        else:
            words.append(ascii(str(part))[1:-1][:60] + ",")
    if words:
        words[-1] = words[-1].rstrip(",")
    return words


def _model_at(path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The profile part that a path of an error leads to."""
    parts: dict[str, type[BaseModel]] = {
        "workload": Workload,
        "company": Company,
        "market": Market,
        "quote": Quote,
        "commitment": Commitment,
    }
    return parts.get(str(path[0])) if path else Profile
