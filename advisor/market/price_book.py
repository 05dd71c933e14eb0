"""The price book: every figure with its value, unit, range, date, source and sample size.

The figures live in `data/*.toml`; this file reads, checks and overlays them. Nothing else in the program holds a price.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from advisor.errors import InputError, nearest
from advisor.files.toml_document import read_toml

Tier = Literal["neocloud", "hyperscaler"]


class Figure(BaseModel):
    """One number of the book: what it is, how sure, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    unit: str
    low: float
    high: float
    n: int
    date: str
    source: str
    note: str = ""
    thin: bool = False
    own: bool = False

    @property
    def is_thin(self) -> bool:
        """Whether the value needs a warning: fewer than three independent observations, or called thin for another
        reason. A founder's own figure does not."""
        return not self.own and (self.thin or self.n < 3)


class Source(BaseModel):
    """Where figures come from, and of what kind the evidence is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    where: str
    kind: str


class Scenario(BaseModel):
    """A named path of rents: a yearly change that compounds, or multiples of today's price by month."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str
    change_per_year: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    source: str
    note: str


@dataclass(frozen=True)
class Rental:
    """Rules and costs of renting and reserving; units and sources in `data/terms.toml`."""

    hours_per_month: float
    gpus_per_node: float
    storage_egress_usd_per_node_month: float
    support_share: float
    goodput_loss_share: float
    setup_usd_per_node: float
    setup_from_nodes: float
    cluster_premium_per_doubling: float
    release_doublings: float
    on_demand_max_nodes: float
    volume_discount_per_doubling: float
    volume_discount_from_nodes: float
    volume_discount_max_share: float
    idle_fill_share: float
    freed_fill_share: float
    sublet_fee_share: float
    prepaid_share: float
    prepay_bonus_max_share: float
    prepay_bonus_from_share: float
    provider_default_per_month: float
    termination_fee_share: float
    wait_months: float
    minimum_term_from_64_nodes_months: float
    minimum_term_from_128_nodes_months: float
    minimum_term_from_256_nodes_months: float
    marketplace_max_nodes: float
    marketplace_interruptions_per_node_hour: float
    marketplace_restart_hours: float
    marketplace_checkpoint_hours: float


@dataclass(frozen=True)
class ForecastFigures:
    """How rents and used prices move; units and sources in `data/terms.toml`."""

    decline_shift_per_year: float
    decline_sd_per_year: float
    level_sd: float
    reversion_per_year: float
    volatility_per_sqrt_year: float
    reversion_log_sd: float
    volatility_log_sd: float
    resale_rent_elasticity: float
    resale_ageing_per_year: float
    resale_sd_per_sqrt_year: float
    resale_floor_share: float
    resale_cap_share: float


@dataclass(frozen=True)
class ExpertFigures:
    """What the three experts on rents believe before the data, and how they are weighed; in `data/terms.toml`."""

    level_prior_sd: float
    decline_prior_per_year: float
    decline_prior_sd_per_year: float
    commitment_discount_prior: float
    commitment_discount_prior_sd: float
    quote_noise: float
    min_term_quotes: float
    pooled_quote_months: float
    pooled_quote_noise: float
    trend_prior_decline_per_year: float
    trend_prior_months: float
    short_history_months: float
    score_months: float
    score_temper: float
    weight_floor: float
    owner_return_per_year: float
    owner_life_years: float
    owner_utilisation_share: float
    owner_residual_share: float
    owner_fabric_usd_per_node: float
    owner_staff_fte_per_node: float
    owner_pue: float
    cost_decline_per_year: float
    cost_level_sd: float


@dataclass(frozen=True)
class Money:
    """Discounting and what counts as too close; units and sources in `data/terms.toml`."""

    discount_rate: float
    cash_safety_share: float
    close_call_share: float
    prepaid_must_save_share: float
    straight_line_months: float


@dataclass(frozen=True)
class Debt:
    """What lenders and lessors ask of a start-up; units and sources in `data/ownership.toml`."""

    cost_of_debt_per_year: float
    loan_apr: float
    loan_to_value_share: float
    loan_months: float
    loan_fee_share: float
    lease_apr: float
    lease_months: float
    lease_residual_share: float
    lease_exit_share: float


@dataclass(frozen=True)
class Plan:
    """Plan risk and the defaults of a workload; units and sources in `data/terms.toml`."""

    hazard_seed_per_month: float
    hazard_series_a_per_month: float
    hazard_series_b_per_month: float
    hazard_later_per_month: float
    residual_training_share: float
    residual_other_share: float
    busy_fine_tune_share: float
    busy_pre_train_share: float
    busy_inference_share: float
    base_inference_share: float
    base_busy_inference_share: float
    fine_tune_max_nodes: float
    pre_train_min_nodes: float
    plan_length_spread: float
    plan_size_spread: float


@dataclass(frozen=True)
class Sizing:
    """From model size and tokens to GPUs; units and sources in `data/terms.toml`."""

    model_flops_utilisation: float
    training_flops_per_parameter_token: float
    adapter_flops_per_parameter_token: float
    adapter_share: float
    serving_flops_utilisation: float
    serving_flops_per_parameter_token: float
    training_bytes_per_parameter: float
    frozen_bytes_per_parameter: float
    memory_headroom_share: float


@dataclass(frozen=True)
class Facility:
    """What owning costs around the GPUs; units and sources in `data/ownership.toml`."""

    switch_usd: float
    cable_usd_per_gpu_no_layer: float
    cable_usd_per_gpu_one_layer: float
    cable_usd_per_gpu_two_layers: float
    cable_usd_per_gpu_three_layers: float
    max_nodes_no_layer: float
    max_nodes_one_layer: float
    max_nodes_two_layers: float
    switches_per_64_nodes_one_layer: float
    switches_per_64_nodes_two_layers: float
    switches_per_64_nodes_three_layers: float
    storage_usd_per_node: float
    setup_usd_per_node: float
    deposit_share: float
    colocation_usd_per_kw_month: float
    colocation_min_months: float
    colocation_exit_share: float
    electricity_usd_per_kwh: float
    pue: float
    idle_power_share: float
    maintenance_share_per_year: float
    insurance_share_per_year: float
    staff_small_fte_per_node: float
    staff_fixed_fte: float
    staff_fte_per_node: float
    staff_usd_per_fte_year: float
    availability_share: float
    failure_share_per_gpu_year: float
    exit_months: float
    selling_cost_share: float


@dataclass(frozen=True)
class Evidence:
    """When a price is old, what a catalogue may say, and the owner of the article; units and sources in
    `data/terms.toml`."""

    stale_days: float
    catalogue_least_usd_per_gpu_hour: float
    catalogue_most_usd_per_gpu_hour: float
    catalogue_unreadable_share: float
    article_capex_usd_per_gpu: float
    article_running_usd_per_gpu_year: float
    article_life_years: float
    article_utilisation_share: float
    article_mean_rent_share: float
    article_high_usd_per_gpu_hour: float
    article_middle_usd_per_gpu_hour: float
    article_low_usd_per_gpu_hour: float


@dataclass(frozen=True)
class Gpu:
    """One GPU of the book. Prices that nobody publishes are None, and say so where they are missed."""

    id: str
    label: str
    aliases: tuple[str, ...]
    thin: str
    figures: Mapping[str, Figure]
    term_discounts: Mapping[Tier, Mapping[int, Figure]]

    def value(self, name: str) -> float | None:
        """The value of one of the GPU's figures, or None when the book has none."""
        figure = self.figures.get(name)
        return None if figure is None else figure.value


@dataclass(frozen=True)
class GpuPrices:
    """What the engine needs to know of one GPU, after overrides. USD; hours are GPU-hours."""

    id: str
    label: str
    neocloud_usd_per_gpu_hour: float
    hyperscaler_usd_per_gpu_hour: float | None
    marketplace_usd_per_gpu_hour: float | None
    sublet_discount_share: float
    node_usd: float | None
    used_node_usd: float | None
    node_kw: float
    lead_months: float
    gpu_memory_gb: float
    peak_flops_per_second: float
    throughput_fine_tune: float
    throughput_pre_train: float
    throughput_inference: float
    fabric_max_nodes: float
    term_discounts: Mapping[Tier, Mapping[int, float]]


@dataclass(frozen=True)
class Assumptions:
    """Every number one decision rests on: the book's, with the founder's own laid over it."""

    gpu: GpuPrices
    rental: Rental
    forecast: ForecastFigures
    experts: ExpertFigures
    money: Money
    plan: Plan
    sizing: Sizing
    facility: Facility
    debt: Debt
    evidence: Evidence


SECTION_TYPES: Mapping[str, type] = {
    "rental": Rental,
    "forecast": ForecastFigures,
    "experts": ExpertFigures,
    "money": Money,
    "plan": Plan,
    "sizing": Sizing,
    "facility": Facility,
    "debt": Debt,
    "evidence": Evidence,
}
_SECTION_FILES = {
    "rental": "terms",
    "forecast": "terms",
    "experts": "terms",
    "money": "terms",
    "plan": "terms",
    "sizing": "terms",
    "facility": "ownership",
    "debt": "ownership",
    "evidence": "terms",
}
_GPU_FIGURES = tuple(field.name for field in fields(GpuPrices) if field.name not in ("id", "label", "term_discounts"))
_OPTIONAL_GPU_FIGURES = ("hyperscaler_usd_per_gpu_hour", "marketplace_usd_per_gpu_hour", "node_usd", "used_node_usd")
_WHOLE_UNITS = {"months", "months from 1", "nodes", "GPU/node", "switches"}


@dataclass(frozen=True)
class Book:
    """All figures and their sources, as of the day the prices were read."""

    gpus: Mapping[str, Gpu]
    sections: Mapping[str, Mapping[str, Figure]]
    sources: Mapping[str, Source]
    scenarios: Mapping[str, Scenario]
    read_on: date

    def gpu(self, name: str, where: str = "gpu", field: tuple[int | str, ...] = ()) -> Gpu:
        """The GPU called `name` (an alias will do). Raises InputError with the nearest names."""
        wanted = name.strip().lower()
        for gpu in self.gpus.values():
            if wanted in (gpu.id.lower(), *(alias.lower() for alias in gpu.aliases)):
                return gpu
        names = [*self.gpus, *(alias for gpu in self.gpus.values() for alias in gpu.aliases)]
        raise InputError(where, f"the unknown GPU {name!r}", nearest(name, names) + f" ({', '.join(self.gpus)})", field)

    def figure(self, path: str) -> Figure:
        """The figure at `section.name`, for example `facility.pue`, or `GPU-ID.name`."""
        section, _, name = path.partition(".")
        if section in self.gpus:
            return self.gpus[section].figures[name]
        return self.sections[section][name]

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure with its path, in the order of the files."""
        for gpu in self.gpus.values():
            yield from ((f"{gpu.id}.{name}", figure) for name, figure in gpu.figures.items())
            for tier, terms in gpu.term_discounts.items():
                yield from ((f"{gpu.id}.{tier}_term_discount.{months}", f) for months, f in terms.items())
        for section, named in self.sections.items():
            yield from ((f"{section}.{name}", figure) for name, figure in named.items())

    def overlaid(self, overrides: Mapping[str, Mapping[str, float]], source: str, where: str = "") -> "Book":
        """This book with the figures of `overrides` (section -> name -> value) laid over it.

        Raises InputError naming the key when a section or name is unknown or a value is out of bounds.
        """
        sections = dict(self.sections)
        for section, values in overrides.items():
            if section not in sections:
                raise InputError(f"{where}{section}", "an unknown section", nearest(section, sections), (section,))
            named = dict(sections[section])
            for name, value in values.items():
                place = f"{where}{section}, {ascii(name)[1:-1]}"
                if name not in named:
                    raise InputError(place, "an unknown key", nearest(name, named), (section, name))
                named[name] = _own_figure(named[name], value, source, place, (section, name))
            sections[section] = named
        return replace(self, sections=sections)

    def with_gpu_figures(self, gpu_id: str, values: Mapping[str, float], source: str, where: str = "") -> "Book":
        """This book with some figures of one GPU replaced. Raises InputError as `overlaid` does."""
        gpu = self.gpus[gpu_id]
        figures = dict(gpu.figures)
        terms = {tier: dict(named) for tier, named in gpu.term_discounts.items()}
        for name, value in values.items():
            place, field = f"{where}gpu, {ascii(name)[1:-1]}", ("gpu", name)
            tier, _, months = name.partition("_term_discount.")
            if months and tier in terms and months.isdigit() and int(months) in terms[tier]:
                terms[tier][int(months)] = _own_figure(terms[tier][int(months)], value, source, place, field)
            elif name in _GPU_FIGURES:
                base = figures.get(name) or next(
                    other.figures[name] for other in self.gpus.values() if name in other.figures
                )
                figures[name] = _own_figure(base, value, source, place, field)
            else:
                raise InputError(place, "an unknown key", nearest(name, _GPU_FIGURES), field)
        return replace(self, gpus={**self.gpus, gpu_id: replace(gpu, figures=figures, term_discounts=terms)})

    def with_level(self, gpu_id: str, level: Figure, source: Source) -> "Book":
        """This book with another list price on demand for one GPU, and where it comes from."""
        gpu = self.gpus[gpu_id]
        figures = {**gpu.figures, "neocloud_usd_per_gpu_hour": level}
        gpus = {**self.gpus, gpu_id: replace(gpu, figures=figures)}
        return replace(self, gpus=gpus, sources={**self.sources, level.source: source})

    def assumptions(self, gpu_id: str) -> Assumptions:
        """The numbers of this book for one GPU, typed, without their provenance."""
        gpu = self.gpus[gpu_id]
        prices = GpuPrices(
            id=gpu.id,
            label=gpu.label,
            term_discounts={
                tier: {months: figure.value for months, figure in terms.items()}
                for tier, terms in gpu.term_discounts.items()
            },
            **{name: gpu.value(name) for name in _GPU_FIGURES},  # type: ignore[arg-type]  # None only where allowed: checked on load
        )
        typed = {
            section: SECTION_TYPES[section](**{name: figure.value for name, figure in named.items()})
            for section, named in self.sections.items()
        }
        return Assumptions(gpu=prices, **typed)

    def age_days(self, today: date) -> int:
        """Days since the prices were read."""
        return (today - self.read_on).days

    def age_warning(self, today: date) -> str | None:
        """One sentence for whoever shows a price of a book that has grown old; None while it is fresh."""
        days, stale = self.age_days(today), self.sections["evidence"]["stale_days"].value
        if days <= stale:
            return None
        return (
            f"the prices are {days} days old, read on {self.read_on}; after {stale:.0f} days they may mislead: "
            "lay your own quotes or a newer book over them"
        )


_BOUNDS_BY_UNIT = {
    "share/month": (0.0, 0.5),
    "months": (0.0, 36.0),
    "months from 1": (1.0, 36.0),
    "years": (1.0, 20.0),
    "log (sd)": (0.001, 2.0),
    "log/year (sd)": (0.001, 2.0),
    "share (sd)": (0.001, 1.0),
    "share of hours": (0.01, 1.0),
    "share of peak": (0.01, 1.0),
    "share of memory": (0.0, 0.9),
    "USD/GPU-h": (0.01, 1000.0),
    "nodes": (1.0, 1e6),
    "doublings": (1.0, 1e9),
    "GPU/node": (1.0, 1000.0),
    "h/month": (1.0, 744.0),
    "FLOP/s": (1e9, 1e20),
    "ratio": (0.0, 10.0),
    "ratio/H100": (0.01, 100.0),
    "1/year": (0.0, 100.0),
}
_MOST_USD = 1e9
_MOST = 1e6


def allowed_range(figure: Figure) -> tuple[float, float]:
    """The hard bounds of a figure by its unit, within which every formula holds; its plausible range is narrower."""
    unit = figure.unit
    if unit == "ratio" and figure.low >= 1:
        return (1.0, _BOUNDS_BY_UNIT[unit][1])
    if unit in _BOUNDS_BY_UNIT:
        return _BOUNDS_BY_UNIT[unit]
    if unit.startswith("share"):
        return (-1.0, 0.99) if figure.low < 0 else (0.0, 1.0)
    if unit.startswith("log"):
        return (-2.0, 2.0)
    return (0.0, _MOST_USD if unit.startswith("USD") else _MOST)


def _own_figure(figure: Figure, value: object, source: str, where: str, field: tuple[int | str, ...]) -> Figure:
    """`figure` with the founder's own value; InputError when it is not a number or out of bounds."""
    low, high = allowed_range(figure)
    bounds = f"a number from {low:,.10g} to {high:,.10g} [{figure.unit}]"
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(where, repr(value)[:60], bounds, field)
    if not low <= number <= high or (figure.unit in _WHOLE_UNITS and number != int(number)):
        whole = "whole: " if figure.unit in _WHOLE_UNITS else ""
        raise InputError(where, f"{number:g}", whole + bounds, field)
    return figure.model_copy(update={"value": number, "source": source, "note": "your own figure", "own": True})


def _read_table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("advisor.market") / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def _gpu(gpu_id: str, raw: dict[str, Any], check: TypeAdapter[dict[str, Figure]]) -> Gpu:
    terms: dict[Tier, Mapping[int, Figure]] = {}
    tiers: tuple[Tier, ...] = ("neocloud", "hyperscaler")
    for tier in tiers:
        figures = check.validate_python(raw.pop(f"{tier}_term_discount"))
        terms[tier] = {int(months): figure for months, figure in figures.items()}
    label, aliases, thin = raw.pop("label"), tuple(raw.pop("aliases")), raw.pop("thin", "")
    figures = check.validate_python(raw)
    missing = set(_GPU_FIGURES) - set(figures) - set(_OPTIONAL_GPU_FIGURES)
    if missing or set(figures) - set(_GPU_FIGURES):
        raise ValueError(f"price book: {gpu_id} misses or does not know {sorted(missing) or sorted(figures)}")
    return Gpu(gpu_id, label, aliases, thin, figures, terms)


@cache
def built_in_book() -> Book:
    """The book that ships with the program. Raises ValueError if its files do not fit together."""
    check = TypeAdapter(dict[str, Figure])
    raw_gpus = _read_table("gpus")
    read_on = raw_gpus.pop("read_on")
    raw_sections = {name: _read_table(name) for name in set(_SECTION_FILES.values())}
    sections = {section: check.validate_python(raw_sections[file][section]) for section, file in _SECTION_FILES.items()}
    for section, named in sections.items():
        expected = {field.name for field in fields(SECTION_TYPES[section])}
        if set(named) != expected:
            raise ValueError(f"price book: [{section}] differs in {sorted(set(named) ^ expected)}")
    sources = TypeAdapter(dict[str, Source]).validate_python(_read_table("sources"))
    scenarios = TypeAdapter(dict[str, Scenario]).validate_python(_read_table("scenarios"))
    gpus = {name: _gpu(name, raw, check) for name, raw in raw_gpus.items()}
    return Book(gpus, sections, sources, scenarios, read_on)


def read_overrides(path: Path, book: Book) -> Book:
    """`book` with the figures of a TOML file laid over it: `[facility] pue = 1.2`, `[gpu.H100-SXM] node_usd = 250000`.

    Raises InputError when the file cannot be read or names an unknown figure.
    """
    _, raw = read_toml(path, "a TOML file of figures")
    where, source = f"{path}: ", f"your book {path.name}"
    gpus = raw.pop("gpu", {})
    for section, values in {"gpu": gpus, **raw, **(gpus if isinstance(gpus, dict) else {})}.items():
        if not isinstance(values, dict):
            raise InputError(f"{where}{ascii(section)[1:-1]}", repr(values)[:60], "a table of figures")
    book = book.overlaid(raw, source, where)
    for name, values in gpus.items():
        book = book.with_gpu_figures(book.gpu(name, f"{where}gpu").id, flat_figures(values), source, where)
    return book


def flat_figures(values: Mapping[str, Any]) -> dict[str, float]:
    """`{"neocloud_term_discount": {"12": 0.2}}` as `{"neocloud_term_discount.12": 0.2}`."""
    flat: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": number for inner, number in value.items()})
        else:
            flat[name] = value
    return flat
