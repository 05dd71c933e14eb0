"""Every assumption of an answer: the values of the profile, then the figures of the book, each with its source."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from advisor.costing.options.hosted_api import is_used
from advisor.decision.advise import Advice
from advisor.market.figures import Figure
from advisor.market.throughput.measurements import model_named
from advisor.profiles.amount_of_work import figures_behind
from advisor.profiles.defaults import applies, mode_of
from advisor.profiles.field_notes import FieldNote, field_note
from advisor.profiles.form.form_fields import default_figure
from advisor.profiles.schema import Company, FieldPath, Market, Workload
from advisor.profiles.serving.service import OF_TOKENS, Serving
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass
from advisor.values.validated import Validated

_USER, _DEFAULT = "your profile", "default of a profile"
_UNUSED = ("evidence", "negotiation")  # for evaluating offers and catalogs


@dataclass(frozen=True)
class Assumption:
    """One assumption.

    Attributes:
        id: Its place in the profile or the book.
        label: What a sentence calls it.
        low, high, n, date: None or empty for what has no sample.
        source, where: Of the value.
        own: The user's.
        thin: From too few sources.
    """

    id: str
    label: str
    meaning: str
    value: float | str | bool
    unit: str
    low: float | None
    high: float | None
    n: int | None
    date: str
    source: str
    where: str
    own: bool
    thin: bool


def assumptions(advice: Advice) -> tuple[Assumption, ...]:
    """The profile's values, its defaults among them, then the book's figures for the GPUs that were costed."""
    return (*_of_profile(advice), *_figures(advice))


def _of_profile(advice: Advice) -> Iterator[Assumption]:
    profile = advice.profile
    for index, workload in enumerate(profile.workload):
        yield from _part(advice, workload, ("workload", index))
    yield from _part(advice, profile.company, ("company",))
    yield from _part(advice, profile.market, ("market",))
    for index, quote in enumerate(profile.quote):
        yield from _part(advice, quote, ("quote", index))
    for index, commitment in enumerate(profile.commitment):
        yield from _part(advice, commitment, ("commitment", index))
    for index, owned in enumerate(profile.owned):
        yield from _part(advice, owned, ("owned", index))


def _part(advice: Advice, part: Validated, path: FieldPath) -> Iterator[Assumption]:
    for name, info in type(part).model_fields.items():
        note, value, place = field_note(type(part), name), getattr(part, name), (*path, info.alias or name)
        own = info.is_required() or value != info.default
        if isinstance(part, Workload):
            if not applies(name, part):
                continue
            value = mode_of(part) if name == "mode" else value
        if isinstance(part, Serving) and not part.in_tokens and name in OF_TOKENS:
            continue
        if isinstance(value, Validated):
            yield from _part(advice, value, place)
        elif value is None:
            figure = None if path[0] == "quote" else _default(advice, place, note)
            if figure is not None:
                yield _of_figure(_id(place), note.label, figure, advice, note.meaning)
        elif value not in ("", ()):
            source, meaning = _USER if own else _DEFAULT, note.meaning
            if isinstance(part, Serving) and name == "model":
                meaning = f"{meaning}: {model_named(str(value), _id(place)).words}"
            yield Assumption(
                _id(place), note.label, meaning, _plain(value), note.unit, None, None, None, "", source, "", own,
                thin=False,
            )  # fmt: skip


def _default(advice: Advice, path: FieldPath, note: FieldNote) -> Figure | None:
    return default_figure(advice.profile, advice.book, path, note)


def _id(path: FieldPath) -> str:
    """`workload.1.nodes`: lists count from 1, as error messages do."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _plain(value: object) -> float | str | bool:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return ", ".join(":".join(f"{x:g}" for x in one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)


def _figures(advice: Advice) -> Iterator[Assumption]:
    """The book's figures that the answer used: not those of other GPUs and tiers, nor the defaults listed above; of
    those for sizing, the ones that the work was sized with."""
    listed = [note.book.format(kind="*", stage="*") for note in _notes() if note.book]
    gpus, tier = set(advice.costing.forecasts), advice.profile.market.tier
    api = advice.costing.case.api
    sized_with = {path for work in advice.profile.workload for path in figures_behind(work, advice.gpu.id)}
    for path, figure in advice.book.figures():
        section, _, name = path.partition(".")
        gpu = advice.book.gpus.get(section)
        if gpu is not None:
            used = section in gpus and ("_term_discount." not in name or name.startswith(tier))
        else:
            used = section not in _UNUSED and not any(fnmatchcase(path, one) for one in listed)
            used = used and (section != "sizing" or path in sized_with) and (section != "api" or is_used(name, api))
        if used:
            label = figure.label if gpu is None else f"{gpu.label}, {figure.label}"
            yield _of_figure(path, label, figure, advice, figure.note)


def _notes() -> Iterator[FieldNote]:
    for model in (Workload, Serving, Training, Company, Market):
        yield from (field_note(model, name) for name in model.model_fields)


def _of_figure(figure_id: str, label: str, figure: Figure, advice: Advice, meaning: str) -> Assumption:
    source = advice.book.sources.get(figure.source)
    return Assumption(
        id=figure_id,
        label=label,
        meaning=meaning,
        value=figure.value,
        unit=figure.unit,
        low=None if figure.own else figure.low,
        high=None if figure.own else figure.high,
        n=None if figure.own else figure.n,
        date=figure.date,
        source=figure.source if source is None else source.title,
        where="" if source is None else source.where,
        own=figure.own,
        thin=figure.is_thin,
    )
