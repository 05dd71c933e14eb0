"""The price book: every figure with its value, unit, range, date, source and sample size.

The figures live in `data/*.toml`; this file reads, checks and overlays them. Nothing else in the program holds a price.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from advisor.errors import InputError, nearest
from advisor.files.toml_document import read_toml
from advisor.market.assumptions import SECTION_TYPES, Assumptions, GpuPrices, Tier
from advisor.market.data_files import data_text
from advisor.market.figures import Figure, Scenario, Source, own_figure


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
                named[name] = own_figure(named[name], value, source, place, (section, name))
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
                terms[tier][int(months)] = own_figure(terms[tier][int(months)], value, source, place, field)
            elif name in _GPU_FIGURES:
                base = figures.get(name) or next(
                    other.figures[name] for other in self.gpus.values() if name in other.figures
                )
                figures[name] = own_figure(base, value, source, place, field)
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


def _read_table(name: str) -> dict[str, Any]:
    return tomllib.loads(data_text(f"{name}.toml"))


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
