"""A number opened: what it is, how it was reckoned, its parts, the inputs it rests on, and in the end their sources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from advisor.costing.lineage import leaves
from advisor.decision.advise import Advice
from advisor.decision.confidence import shipped_record
from advisor.explain.input_sources import Source, source_of
from advisor.explain.numbers import RECORD, Stated, deeper_numbers, option_numbers, stated, verdict_numbers
from advisor.explain.what_if import can_be_tried
from advisor.formatting import age_phrase
from advisor.market.provenance import Provenance
from advisor.profiles.schema import FieldPath
from advisor.profiles.validation import book_path

_INPUT = "input/"
CONTENTS = "contents"
_HEADLINE = ("expected_usd", "band", "upfront_usd", "peak_outlay_usd", "usd_per_used_gpu_hour")


@dataclass(frozen=True)
class AccountRow:
    """One thing that can be opened in turn. number: its id; evidence: range, sample and date of an input, or that it is
    the founder's own; source: of an input, the first words of its source line."""

    number: str
    label: str
    amount: str
    evidence: str = ""
    source: str = ""

    @property
    def can_be_tried(self) -> bool:
        """Whether it is a value that an input could take."""
        return can_be_tried(self.number)


@dataclass(frozen=True)
class Account:
    """A number opened. parts add up to it, to the cent; inputs: what it rests on; source: of an input, its source line
    as (what, words), after which nothing more is to be opened."""

    number: str
    title: str
    amount: str
    what: str
    formula: str
    parts: tuple[AccountRow, ...] = ()
    inputs: tuple[AccountRow, ...] = ()
    source: tuple[tuple[str, str], ...] = ()

    @property
    def can_be_tried(self) -> bool:
        """Whether it is a value that an input could take."""
        return can_be_tried(self.number)

    @property
    def rows(self) -> tuple[AccountRow, ...]:
        """All that can be opened from here."""
        return (*self.parts, *self.inputs)


def all_numbers(advice: Advice) -> Iterator[str]:
    """The ids of all numbers of an answer: the options', the verdict's, and what would change it."""
    for option in advice.verdict.ranked:
        yield from option_numbers(option)
    yield from verdict_numbers(advice)
    yield from deeper_numbers(advice)


def account(number: str, advice: Advice, today: date) -> Account:
    """A number of an answer, or one of the inputs, opened."""
    if number.startswith(_INPUT):
        return _of_input(number, advice, today)
    found = stated(number, advice)
    ids = leaves(found.inputs, advice.profile, advice.book)
    first = 1 if can_be_tried(number) else 0  # the input that is moved
    rows = (*(_row(one, advice, today) for one in (*ids[:first], *sorted(ids[first:], key=partial(_rank, advice)))),)
    return Account(
        number,
        found.title,
        found.amount,
        found.what,
        found.formula,
        parts=_parts(found),
        inputs=rows,
    )


_LAST = ("rental", "facility", "debt", "money", "plan", "history", "forecast", "experts")


def _rank(advice: Advice, figure_id: str) -> int:
    """Where an input stands: the founder's own answers, prices, then what all answers share."""
    section = figure_id.partition(".")[0]
    if section in advice.book.gpus:
        return 1
    return 2 + _LAST.index(section) if section in _LAST else 0


def contents(advice: Advice, today: date, first: Sequence[str] = ()) -> Account:
    """The numbers of a verdict as a list to open them from. first: those that stand at its head."""
    pick, evens = advice.verdict.pick, advice.break_evens
    numbers = list(first)
    if pick is not None:
        numbers += [f"option/{pick.id}/{figure}" for figure in _HEADLINE]
        wanted = ("gap", "confidence", f"best/{pick.action}", "runway", "tipping", "node")
        there = [*verdict_numbers(advice)]
        numbers += [number for number in wanted if number in there]
        numbers += [f"term/{at}" for at, term in enumerate(evens.terms) if term.option == pick.id]
    numbers.append(f"{_INPUT}{advice.gpu.id}.{advice.profile.market.tier}_usd_per_gpu_hour")
    others = (o for o in advice.verdict.ranked if o is not pick and o.cost.option.priced)
    numbers += [f"option/{option.id}/expected_usd" for option in others]
    rows = tuple(_entry(number, advice, today) for number in dict.fromkeys(numbers))
    return Account(CONTENTS, "Numbers of this verdict", "", "Enter opens what a number is made of.", "", inputs=rows)


def field_number(path: FieldPath, advice: Advice) -> str | None:
    """The number behind a value of the form, the founder's own or the book's; None for a choice of words."""
    family, name, profile = str(path[0]), str(path[-1]), advice.profile
    if family == "quote":
        held = any(q.option == path[1] and q.months == (path[2] if len(path) > 3 else None) for q in profile.quote)
        where = ".".join(str(part) for part in path[1:-1])
        return f"{_INPUT}profile.quote.{where}" if held else _listed(path, advice)
    if family in ("facility", "gpu"):
        return f"{_INPUT}{advice.gpu.id if family == 'gpu' else family}.{name}"
    part = profile.workload[int(path[1])] if family == "workload" else getattr(profile, family)
    value = getattr(part, name)
    if isinstance(value, str):
        return None
    if name == "discount_rate":
        return f"{_INPUT}money.discount_rate"
    if value is None:
        book = book_path(profile, path)
        return f"{_INPUT}{book}" if book else None
    place = f"workload.{int(path[1]) + 1}" if family == "workload" else family
    return f"{_INPUT}profile.{place}.{name}"


def _listed(path: FieldPath, advice: Advice) -> str | None:
    """The book's figure in place of an offer that is not held."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    if path[1] == "buy":
        return f"{_INPUT}{gpu.id}.node_usd" if "node_usd" in gpu.figures else None
    if path[1] == "on-demand":
        return f"{_INPUT}{gpu.id}.{tier}_usd_per_gpu_hour"
    return f"{_INPUT}{gpu.id}.{tier}_term_discount.{path[2]}" if path[2] in gpu.term_discounts[tier] else None


def _entry(number: str, advice: Advice, today: date) -> AccountRow:
    if number.startswith(_INPUT):
        return _row(number.removeprefix(_INPUT), advice, today)
    found = stated(number, advice)
    return AccountRow(number, found.title, found.amount)


def _parts(found: Stated) -> tuple[AccountRow, ...]:
    """The parts with their cents rounded so that they add up to the rounded whole."""
    cents = rounded_to_add_up([amount for _, _, amount in found.parts])
    return tuple(
        AccountRow(number, label, f"{'-' if amount < 0 else ''}${abs(amount) / 100:,.2f}")
        for (number, label, _), amount in zip(found.parts, cents, strict=True)
    )


def rounded_to_add_up(usd_amounts: Sequence[float]) -> list[int]:
    """Amounts in whole cents whose sum is the rounded sum: the largest takes what rounding left over."""
    cents = [round(100 * amount) for amount in usd_amounts]
    if cents:
        largest = max(range(len(cents)), key=lambda at: abs(cents[at]))
        cents[largest] += round(100 * sum(usd_amounts)) - sum(cents)
    return cents


def _row(figure_id: str, advice: Advice, today: date) -> AccountRow:
    if figure_id == RECORD:
        record = shipped_record()
        return AccountRow(f"{_INPUT}{RECORD}", "the track record", "", record.date, "synthetic markets and past rents")
    source = source_of(figure_id, advice, today)
    return AccountRow(f"{_INPUT}{figure_id}", source.label, source.amount, source.evidence, source.provenance.title)


def _of_input(number: str, advice: Advice, today: date) -> Account:
    """An input with its source line."""
    figure_id = number.removeprefix(_INPUT)
    if figure_id == RECORD:
        return _of_record(number)
    source = source_of(figure_id, advice, today)
    provenance = source.provenance
    return Account(
        number, source.label, source.amount, _sentence(provenance), provenance.formula, source=tuple(_lines(source))
    )


def _of_record(number: str) -> Account:
    record = shipped_record()
    lines = [("source", "the track record that ships with this version"), ("date", record.date)]
    lines += [("repeat it", command) for command in record.commands.values()]
    what = "How often verdicts were right, by the gap between the pick and its rival."
    return Account(
        number, "The track record", "", what, "", source=(*lines, *(("limit", one) for one in record.limits))
    )


def _sentence(provenance: Provenance) -> str:
    if provenance.own:
        return "Your own figure: it beats the book."
    return (
        "A figure of the price book." if provenance.kind != "reckoned" else "Reckoned from figures of the price book."
    )


def _lines(source: Source) -> Iterator[tuple[str, str]]:
    """The source line, a word in front of each part of it."""
    provenance = source.provenance
    yield "source", provenance.title or provenance.source or "this book"
    if provenance.where:
        yield "where", provenance.where
    yield "kind", provenance.kind
    if provenance.value is not None:
        yield "value", f"{provenance.value:,.10g} {provenance.unit}".rstrip()
    if provenance.low is not None and provenance.high is not None:
        yield "range", f"{provenance.low:,.10g} to {provenance.high:,.10g}"
    if provenance.n or not provenance.own:
        yield "sample", f"n={provenance.n}{', thin' if provenance.thin else ''}"
    yield "date", f"{provenance.date}, {age_phrase(provenance.age_days)}"
    yield "whose", "yours" if provenance.own else "the book's"
    if provenance.note:
        yield "note", provenance.note
    yield "id", provenance.id
