"""The price book: every figure with its label, value, unit, range, date, source and sample size.

The figures are in `data/*.toml`; this file reads, checks and overlays them. No other file holds a price.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from functools import cache, cached_property
from typing import Any

from advisor.array_types import Amount
from advisor.errors import UNKNOWN_KEY, InputError, nearest
from advisor.formatting import listed, months_phrase
from advisor.market import data_files
from advisor.market.assumptions import SECTION_TYPES, Assumptions, GpuPrices, Tier
from advisor.market.data_files import data_table
from advisor.market.figures import Figure, Scenario, Source
from advisor.market.gpu_names import name_parts
from advisor.market.node_size import ONE_NODE_SIZE, in_nodes_of
from advisor.values.quick_dataclass import dataclass, replace

_TIERS: tuple[Tier, ...] = ("neocloud", "hyperscaler")
_TERM_DISCOUNT = "term_discount"
NEEDED_OF_A_GPU = ("neocloud_usd_per_gpu_hour", "gpu_memory_gb")  # what no other GPU can lend to one of the user's own
_ALIKE = 0.6  # a name below this is not a slip of the pen: another GPU would not help


@dataclass(frozen=True)
class Gpu:
    """One GPU of the book. Unpublished prices are absent from `figures`; thin: a warning about its data, or empty."""

    id: str
    label: str
    aliases: tuple[str, ...]
    thin: str
    figures: Mapping[str, Figure]
    term_discounts: Mapping[Tier, Mapping[int, Figure]]

    def figure(self, name: str) -> Figure | None:
        """One of the GPU's figures, `node_usd` or `neocloud_term_discount.12`; None when the book has none."""
        tier, _, months = name.partition(f"_{_TERM_DISCOUNT}.")
        if (term := _term_months(months)) is not None:
            return next((self.term_discounts[one].get(term) for one in _TIERS if one == tier), None)
        return self.figures.get(name)

    def value(self, name: str) -> float | None:
        """The value of one of the GPU's figures; None when the book has none."""
        figure = self.figures.get(name)
        return None if figure is None else figure.value


_GPU_FIELDS = {field.name: field.type for field in fields(GpuPrices)}
GPU_FIGURES = tuple(name for name, kind in _GPU_FIELDS.items() if kind in (float, float | None, Amount, Amount | None))


@dataclass(frozen=True)
class PriceBook:
    """All figures and their sources, as of the day the prices were read. sections: figures by section and name; groups:
    the heading over the figures of each section; day: that of the question, from which dates in a profile are counted,
    None for the day the prices were read."""

    gpus: Mapping[str, Gpu]
    sections: Mapping[str, Mapping[str, Figure]]
    groups: Mapping[str, str]
    sources: Mapping[str, Source]
    scenarios: Mapping[str, Scenario]
    read_on: date
    day: date | None = None

    @property
    def asked_on(self) -> date:
        """The day of the question: month 1 of a plan begins on it."""
        return self.read_on if self.day is None else max(self.day, self.read_on)

    def find_gpu(self, name: str) -> Gpu | None:
        """The GPU with this name or alias, however it is written, or with several at once, as `H100 SXM 80GB`; None
        for one that the book does not have."""
        wanted = name_parts(name)
        known = [(gpu, [name_parts(one) for one in (gpu.id, *gpu.aliases)]) for gpu in self.gpus.values()]
        exact = (gpu for gpu, names in known if wanted in names)
        several = (
            gpu for gpu, names in known if wanted <= frozenset().union(*names) and any(one <= wanted for one in names)
        )
        return next(exact, None) or next(several, None)

    def gpu(self, name: str, where: str = "gpu", field: tuple[int | str, ...] = ()) -> Gpu:
        """The GPU with this name or alias, however it is written. Raises InputError with the nearest names."""
        if (found := self.find_gpu(name)) is not None:
            return found
        names = [*self.gpus, *(alias for gpu in self.gpus.values() for alias in gpu.aliases)]
        known, alike = ", ".join(self.gpus), nearest(name, names, least_alike=_ALIKE)
        allowed = f"{alike} ({known})" if alike.endswith("?") else f"one of {known}"
        own = f"or a GPU of your own in a file for --book, with {listed(NEEDED_OF_A_GPU)}"
        raise InputError(where, f"the unknown GPU {name!r}", f"{allowed}; {own}", field)

    def figure(self, path: str) -> Figure:
        """The figure at `section.name`, for example `facility.pue`, or `GPU-ID.name`. Raises KeyError."""
        section, _, name = path.partition(".")
        figure = self.gpus[section].figure(name) if section in self.gpus else self.sections[section][name]
        if figure is None:
            raise KeyError(path)
        return figure

    def gpu_figure(self, name: str) -> Figure:
        """A figure of the first GPU that has it: `node_usd`, `neocloud_term_discount.12`. All GPUs agree on its
        label, unit and bounds. Raises KeyError."""
        figure = next((found for gpu in self.gpus.values() if (found := gpu.figure(name)) is not None), None)
        if figure is None:
            raise KeyError(name)
        return figure

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure with its path, in the order of the files."""
        for gpu in self.gpus.values():
            yield from ((f"{gpu.id}.{name}", figure) for name, figure in gpu.figures.items())
            for tier, terms in gpu.term_discounts.items():
                yield from ((f"{gpu.id}.{tier}_term_discount.{months}", f) for months, f in terms.items())
        for section, named in self.sections.items():
            yield from ((f"{section}.{name}", figure) for name, figure in named.items())

    def overlaid(self, overrides: Mapping[str, Mapping[str, float]], source: str, where: str = "") -> "PriceBook":
        """Return this book with some figures replaced.

        Args:
            overrides: Values by section and name.
            source: What the new figures name as their source.
            where: File, put in front of the place in error messages.

        Raises:
            InputError: Naming the key, when a section or name is unknown or a value is out of bounds.
        """
        if not overrides:
            return self  # whose assumptions are known, and the contracts that were made of them
        sections = dict(self.sections)
        for section, values in overrides.items():
            if section not in sections:
                raise InputError(f"{where}{section}", "an unknown section", nearest(section, sections), (section,))
            named = dict(sections[section])
            for name, value in values.items():
                place = f"{where}{section}, {repr(name)[1:-1][:60]}"
                if name not in named:
                    raise InputError(place, UNKNOWN_KEY, nearest(name, named), (section, name))
                named[name] = named[name].with_own_value(value, source, place, (section, name))
            sections[section] = named
        return replace(self, sections=sections)

    def with_gpu_figures(self, gpu_id: str, values: Mapping[str, float], source: str, where: str = "") -> "PriceBook":
        """Return this book with some figures of one GPU replaced. Arguments and errors are those of `overlaid`."""
        gpu = self.gpus[gpu_id]
        figures = dict(gpu.figures)
        terms = {tier: dict(named) for tier, named in gpu.term_discounts.items()}
        for name, value in values.items():
            place, field = f"{where}gpu, {repr(name)[1:-1][:60]}", ("gpu", name)
            tier, _, months = name.partition("_term_discount.")
            term = _term_months(months)
            try:
                own = (gpu.figure(name) or self.gpu_figure(name)).with_own_value(value, source, place, field)
            except KeyError:
                raise InputError(place, UNKNOWN_KEY, nearest(name, GPU_FIGURES), field) from None
            if term is None:
                figures[name] = own
            else:
                terms[tier][term] = own  # type: ignore[index]  # a tier, for it has a figure
        if "gpus_per_node" in values:
            ratio = figures["gpus_per_node"].value / self._gpus_per_node(gpu).value
            theirs = {name: figure for name, figure in figures.items() if name not in (*values, "gpus_per_node")}
            figures |= in_nodes_of(theirs, ratio)
        return replace(self, gpus={**self.gpus, gpu_id: replace(gpu, figures=figures, term_discounts=terms)})

    def with_section(self, section: str, figures: Mapping[str, Figure]) -> "PriceBook":
        """Return this book with some figures of a section replaced by others, with their own sources."""
        changed = {**self.sections[section], **figures}
        return replace(self, sections={**self.sections, section: changed}) if figures else self

    def _gpus_per_node(self, gpu: Gpu) -> Figure:
        """How many GPUs a node of one GPU has: its own figure, else the usual one."""
        return gpu.figures.get("gpus_per_node", self.sections["rental"]["gpus_per_node"])

    def in_nodes_of(self, gpu_id: str) -> "PriceBook":
        """This book with all figures by node for the node of one GPU; the nodes of the other GPUs keep their size.

        Source: docs/model.md#size-of-a-node
        """
        usual, own = self.sections["rental"]["gpus_per_node"], self._gpus_per_node(self.gpus[gpu_id])
        if own.value == usual.value:
            return self
        ratio = own.value / usual.value
        sections = {
            section: dict(named) if section in ONE_NODE_SIZE else in_nodes_of(named, ratio)
            for section, named in self.sections.items()
        }
        sections["rental"]["gpus_per_node"] = own
        gpus = {
            name: replace(gpu, figures={**gpu.figures, "gpus_per_node": self._gpus_per_node(gpu)})
            for name, gpu in self.gpus.items()
        }
        return replace(self, sections=sections, gpus=gpus)

    def with_level(self, gpu_id: str, level: Figure, source: Source) -> "PriceBook":
        """Return this book with another on-demand list price for one GPU, and its source."""
        gpu = self.gpus[gpu_id]
        figures = {**gpu.figures, "neocloud_usd_per_gpu_hour": level}
        gpus = {**self.gpus, gpu_id: replace(gpu, figures=figures)}
        return replace(self, gpus=gpus, sources={**self.sources, level.source: source})

    def assumptions(self, gpu_id: str) -> Assumptions:
        """The numbers of this book for one GPU, typed, without their provenance; the same object when asked again."""
        if gpu_id not in self._assumptions:
            self._assumptions[gpu_id] = self.in_nodes_of(gpu_id)._assumptions_of(self.gpus[gpu_id])
        return self._assumptions[gpu_id]

    def assumptions_for(self, name: str) -> Assumptions:
        """The numbers for the GPU with this name or alias. Raises InputError as `gpu` does."""
        return self.assumptions(self.gpu(name).id)

    @cached_property
    def _assumptions(self) -> dict[str, Assumptions]:
        return {}

    def _assumptions_of(self, gpu: Gpu) -> Assumptions:
        values = {name: gpu.value(name) for name in GPU_FIGURES}
        values["gpus_per_node"] = self._gpus_per_node(gpu).value
        prices = GpuPrices(
            id=gpu.id,
            label=gpu.label,
            term_discounts={
                tier: {months: figure.value for months, figure in terms.items()}
                for tier, terms in gpu.term_discounts.items()
            },
            **values,  # type: ignore[arg-type]  # None only where allowed: checked on load
        )
        typed = {
            section: SECTION_TYPES[section](**{name: figure.value for name, figure in named.items()})
            for section, named in self.sections.items()
        }
        peaks = {
            name: peak for name, one in self.gpus.items() if (peak := one.value("peak_flops_per_second")) is not None
        }
        return Assumptions(gpu=prices, peaks=peaks, **typed)

    def age_days(self, today: date) -> int:
        """Days since the prices were read; 0 before that day, which only a wrong clock can show."""
        return max(0, (today - self.read_on).days)

    def is_stale(self, today: date) -> bool:
        """Whether the prices are so old that they may mislead."""
        return self.age_days(today) > self.sections["evidence"]["stale_days"].value

    def age_warning(self, today: date) -> str | None:
        """A warning to show with the prices when the book is old or the clock is wrong; None while it is fresh."""
        if today < self.read_on:
            return f"the clock says {today}, before the prices were read on {self.read_on}: their age counts as 0"
        if not self.is_stale(today):
            return None
        days, stale = self.age_days(today), self.sections["evidence"]["stale_days"].value
        return (
            f"the prices are {days} days old, read on {self.read_on}; after {stale:.0f} days they may mislead: "
            "use your own quotes or a newer book"
        )


def _term_months(text: str) -> int | None:
    """The months in the name of a term discount; None for other text, such as a superscript or many digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def _check_rows(table: str, rows: Iterable[str], wanted: Iterable[str], declared: type) -> None:
    """Raise ValueError unless a table of the book has exactly the rows that its type in assumptions.py has fields."""
    rows, wanted = set(rows), set(wanted)
    wrong = [f"no row {name}, a field of {declared.__name__}" for name in sorted(wanted - rows)]
    wrong += [f"a row {name} that is not a field of {declared.__name__}" for name in sorted(rows - wanted)]
    if wrong:
        raise ValueError(f"{data_files.FOLDER}: [{table}] has {'; '.join(wrong)} (advisor/market/assumptions.py)")


def _gpu(gpu_id: str, raw: dict[str, Any], kinds: Mapping[str, dict[str, Any]]) -> Gpu:
    """One GPU of the book. kinds: what each of its figures is, whichever GPU has it."""
    terms: dict[Tier, Mapping[int, Figure]] = {}
    for tier in _TIERS:
        rows = {}
        for months, row in raw.pop(f"{tier}_{_TERM_DISCOUNT}").items():
            kind = kinds[_TERM_DISCOUNT]
            label = kind["label"].format(term=months_phrase([(int(months), int(months))]))
            rows[months] = {**kind, "label": label, **row}
        terms[tier] = {int(months): figure for months, figure in Figure.by_name(rows).items()}
    label, aliases, thin = raw.pop("label"), tuple(raw.pop("aliases")), raw.pop("thin", "")
    missing = [name for name, kind in _GPU_FIELDS.items() if kind in (float | None, Amount | None) and name not in raw]
    _check_rows(gpu_id, [*raw, *missing], GPU_FIGURES, GpuPrices)
    figures = Figure.by_name({name: {**kinds[name], **row} for name, row in raw.items()})
    return Gpu(gpu_id, label, aliases, thin, figures, terms)


@cache
def built_in_book() -> PriceBook:
    """The book that ships with the program. Raises ValueError if its files do not fit together."""
    raw_gpus, terms, ownership = data_table("gpus"), data_table("terms"), data_table("ownership")
    read_on, kinds = date.fromisoformat(str(raw_gpus.pop("read_on"))), raw_gpus.pop("figure")
    groups = {**terms.pop("group"), **ownership.pop("group")}
    raw_sections = {**terms, **ownership}
    _check_rows("sections", raw_sections, SECTION_TYPES, Assumptions)
    _check_rows("group", groups, SECTION_TYPES, Assumptions)
    for section, declared in SECTION_TYPES.items():
        _check_rows(section, raw_sections[section], (field.name for field in fields(declared)), declared)
    _check_rows("figure", kinds, (*GPU_FIGURES, _TERM_DISCOUNT), GpuPrices)
    return PriceBook(
        gpus={name: _gpu(name, raw, kinds) for name, raw in raw_gpus.items()},
        sections={section: Figure.by_name(raw_sections[section]) for section in SECTION_TYPES},
        groups=groups,
        sources=Source.by_name(data_table("sources")),
        scenarios=Scenario.by_name(data_table("scenarios")),
        read_on=read_on,
    )


def used_node_price(gpu: Gpu) -> Figure | None:
    """The book's price of a used node: its modules and a chassis for them; None without both."""
    modules, chassis = (gpu.figures.get(name) for name in ("used_node_usd", "used_chassis_usd"))
    if modules is None or chassis is None:
        return None
    amounts = {name: getattr(modules, name) + getattr(chassis, name) for name in ("value", "low", "high")}
    return modules.model_copy(update=amounts)
