"""A number opened: what it is, how it was reckoned, its parts, the inputs it rests on, and in the end their sources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from advisor.advice import Advice
from advisor.figures import RECORD, Stated, deeper_numbers, option_numbers, stated, verdict_numbers
from advisor.inputs import leaves
from advisor.market.trace import Traced
from advisor.record.confidence import shipped_record
from advisor.sources import Source, source_of
from advisor.words import age_phrase

_INPUT = "input/"


@dataclass(frozen=True)
class AccountRow:
    """One thing that can be opened in turn. number: its id; evidence: range, sample and date of an input, or that it is
    the founder's own; source: of an input, the first words of its source line."""

    number: str
    label: str
    amount: str
    evidence: str = ""
    source: str = ""


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
    return Account(
        number,
        found.title,
        found.amount,
        found.what,
        found.formula,
        parts=_parts(found),
        inputs=tuple(_row(one, advice, today) for one in leaves(found.inputs, advice.profile, advice.book)),
    )


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
        return AccountRow(f"{_INPUT}{RECORD}", "the track record", "", record.date, "made-up markets and past rents")
    source = source_of(figure_id, advice, today)
    return AccountRow(f"{_INPUT}{figure_id}", source.label, source.amount, source.evidence, source.traced.title)


def _of_input(number: str, advice: Advice, today: date) -> Account:
    """An input with its source line."""
    figure_id = number.removeprefix(_INPUT)
    if figure_id == RECORD:
        return _of_record(number)
    source = source_of(figure_id, advice, today)
    traced = source.traced
    return Account(number, source.label, source.amount, _sentence(traced), traced.formula, source=tuple(_lines(source)))


def _of_record(number: str) -> Account:
    record = shipped_record()
    lines = [("source", "the track record that ships with this version"), ("date", record.date)]
    lines += [("repeat it", command) for command in record.commands.values()]
    what = "How often verdicts were right, by the gap between the pick and its rival."
    return Account(
        number, "The track record", "", what, "", source=(*lines, *(("limit", one) for one in record.limits))
    )


def _sentence(traced: Traced) -> str:
    if traced.own:
        return "Your own figure: it beats the book."
    return "A figure of the price book." if traced.kind != "reckoned" else "Reckoned from figures of the price book."


def _lines(source: Source) -> Iterator[tuple[str, str]]:
    """The source line, a word in front of each part of it."""
    traced = source.traced
    yield "source", traced.title or traced.source or "this book"
    if traced.where:
        yield "where", traced.where
    yield "kind", traced.kind
    if traced.value is not None:
        yield "value", f"{traced.value:,.10g} {traced.unit}".rstrip()
    if traced.low is not None and traced.high is not None:
        yield "range", f"{traced.low:,.10g} to {traced.high:,.10g}"
    if traced.n or not traced.own:
        yield "sample", f"n={traced.n}{', thin' if traced.thin else ''}"
    yield "date", f"{traced.date}, {age_phrase(traced.age_days)}"
    yield "whose", "yours" if traced.own else "the book's"
    if traced.note:
        yield "note", traced.note
    yield "id", traced.id
