"""From a number to its sources: what it is, how it is computed, its parts, its inputs, and their source lines."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain

from advisor.costing.lineage import leaves
from advisor.decision.advise import Advice
from advisor.decision.confidence import shipped_record
from advisor.explain.input_sources import InputSource, source_of
from advisor.explain.number import RECORD, Number, option_named
from advisor.explain.number_id import CONFIDENCE, CONTENTS, GAP, NODE_PRICE, RUNWAY, TIPPING, NumberId
from advisor.explain.numbers import number_of, verdict_numbers
from advisor.explain.option_numbers import option_numbers
from advisor.formatting import age_phrase, capitalized, figure_range, figure_text, usd_exact
from advisor.input_id import InputId
from advisor.market.provenance import Provenance
from advisor.profiles.field_notes import input_in_force
from advisor.profiles.offers.quote import offer_ids
from advisor.profiles.schema import FieldPath
from advisor.values.quick_dataclass import dataclass, replace

_HEADLINE = ("expected_usd", "band", "upfront_usd", "peak_outlay_usd", "usd_per_used_gpu_hour")


@dataclass(frozen=True)
class NumberRow:
    """One number that can be opened in turn. evidence: range, sample and date of an input, or that it is the user's
    own; source: of an input, the title of its source."""

    number: NumberId
    label: str
    amount: str
    evidence: str = ""
    source: str = ""


@dataclass(frozen=True)
class NumberDetail:
    """A number with all that leads to its sources.

    Attributes:
        parts: Add up to it, to the cent.
        inputs: What it depends on.
        source: Of an input, its source line as (name, text), with which the way ends.
    """

    number: NumberId
    title: str
    amount: str
    meaning: str
    formula: str
    parts: tuple[NumberRow, ...] = ()
    inputs: tuple[NumberRow, ...] = ()
    source: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> tuple[NumberRow, ...]:
        """All that can be opened from here."""
        return (*self.parts, *self.inputs)


def number_detail(number: NumberId, advice: Advice, today: date) -> NumberDetail:
    """A number of an answer or one of its inputs, with its parts, inputs and sources."""
    if number.family == "input":
        return _of_input(number, advice, today)
    found = number_of(number, advice)
    ids = leaves(found.inputs, advice.profile, advice.book)
    first = 1 if number.can_be_tried else 0  # the input that is moved
    ids = (*ids[:first], *sorted(ids[first:], key=partial(_rank, advice)))
    rows = tuple(_row(one, advice, today) for one in ids)
    return NumberDetail(number, found.title, found.amount, found.meaning, found.formula, _parts(found), rows)


_LAST = ("api", "rental", "facility", "debt", "money", "plan", "history", "forecast", "experts")


def _rank(advice: Advice, input_id: InputId) -> int:
    """Where an input stands: the user's own values, prices, then what all answers share."""
    section = input_id.section
    if input_id.owner == "profile":
        return 0
    if section in advice.book.gpus:
        return 1
    return 2 + _LAST.index(section) if section in _LAST else 0


def contents(advice: Advice, today: date, first: Sequence[NumberId] = ()) -> NumberDetail:
    """The numbers of a verdict as a list to open them from, in the order in which a verdict is read: the pick's, what
    it is better than and by how much, the prices at which that changes, then the other options. first: those that stand
    at its head."""
    pick, rival, evens = advice.verdict.pick, advice.verdict.rival, advice.break_evens
    numbers = list(first)
    if pick is not None:
        wanted = [NumberId.option(pick.id, figure) for figure in _HEADLINE]
        wanted += [] if rival is None else [NumberId.option(rival.id, "expected_usd")]
        wanted += [GAP, CONFIDENCE, NumberId.class_best(pick.option_class), RUNWAY, TIPPING, _list_price(advice)]
        wanted += [NODE_PRICE, *(NumberId.term(term) for term in evens.terms if term.option == pick.id)]
        ways = [pick] if rival is None else [pick, rival]
        known = {_list_price(advice), *chain.from_iterable(map(option_numbers, ways)), *verdict_numbers(advice)}
        numbers += [number for number in wanted if number in known]
    numbers.append(_list_price(advice))
    numbers += [NumberId.option(o.id, "expected_usd") for o in advice.verdict.ranked if o.cost.option.priced]
    rows = tuple(_entry(number, advice, today) for number in dict.fromkeys(numbers))
    return NumberDetail(
        CONTENTS, "Numbers of this verdict", "", "Enter shows what a number is made of.", "", inputs=rows
    )


def field_number(path: FieldPath, advice: Advice) -> NumberId | None:
    """The number behind a value of the form, the user's own or the book's; None for a choice of words."""
    family, name, profile = str(path[0]), str(path[-1]), advice.profile
    if family == "quote":
        months = path[2] if len(path) > 3 else None
        ids = zip(profile.quote, offer_ids(profile.quote), strict=True)
        held = next((name for q, name in ids if q.option == path[1] and q.months == months), None)
        return _book_price(path, advice) if held is None else NumberId.of_input(InputId.of_profile("quote", held))
    if family in ("credit", "commitment", "owned"):
        return NumberId.of_input(InputId.of_profile(family, 1)) if getattr(profile, family) else None
    if family in ("facility", "gpu"):
        return NumberId.of_input(InputId.of_book(advice.gpu.id if family == "gpu" else family, name))
    if name == "discount_rate":
        return NumberId.of_input(InputId.of_book("money", name))
    part = profile.workload[int(path[1])] if family == "workload" else getattr(profile, family)
    if isinstance(getattr(part, name), str):
        return None
    found = input_in_force(profile, path)
    return None if found is None else NumberId.of_input(found)


def _list_price(advice: Advice) -> NumberId:
    return NumberId.of_input(InputId.of_book(advice.gpu.id, f"{advice.profile.market.tier}_usd_per_gpu_hour"))


def _book_price(path: FieldPath, advice: Advice) -> NumberId | None:
    """The book's figure that holds while there is no offer of a kind."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    if path[1] in ("buy", "buy-used"):
        name = "node_usd" if path[1] == "buy" else "used_node_usd"
        return NumberId.of_input(InputId.of_book(gpu.id, name)) if name in gpu.figures else None
    if path[1] == "on-demand":
        return _list_price(advice)
    if path[2] not in gpu.term_discounts[tier]:
        return None
    return NumberId.of_input(InputId.of_book(gpu.id, f"{tier}_term_discount", path[2]))


def _entry(number: NumberId, advice: Advice, today: date) -> NumberRow:
    if number.family == "input":
        row = _row(InputId.parse(number.rest), advice, today)
        return replace(row, label=capitalized(row.label))
    found = number_of(number, advice)
    ways = option_named(number.rest.partition("/")[0], advice) if number.family == "option" else ()
    feasible = all(option.feasible for option in ways)
    title = found.title if feasible else f"Not feasible: {found.title[:1].lower()}{found.title[1:]}"
    return NumberRow(number, title, found.amount)


def _parts(found: Number) -> tuple[NumberRow, ...]:
    """The parts rounded as their sum is, to dollars or to cents, so that they add up to it."""
    amounts = [part.usd for part in found.parts]
    units = 1 if abs(sum(amounts)) >= 1000 else 100
    return tuple(
        NumberRow(part.number, part.label, usd_exact(amount / units))
        for part, amount in zip(found.parts, rounded_to_add_up(amounts, units), strict=True)
    )


def rounded_to_add_up(usd_amounts: Sequence[float], units: int = 100) -> list[int]:
    """Amounts in whole cents whose sum is the rounded sum: the largest takes what rounding left over.

    Args:
        usd_amounts: the amounts.
        units: of one dollar: 100 for cents, 1 for dollars.
    """
    cents = [round(units * amount) for amount in usd_amounts]
    if cents:
        largest = max(range(len(cents)), key=lambda at: abs(cents[at]))
        cents[largest] += round(units * sum(usd_amounts)) - sum(cents)
    return cents


def _row(input_id: InputId, advice: Advice, today: date) -> NumberRow:
    number = NumberId.of_input(input_id)
    if input_id == RECORD:
        record = shipped_record()
        return NumberRow(number, "the track record", "", record.date, "simulated markets and past rents")
    source = source_of(input_id, advice, today)
    return NumberRow(number, source.label, source.amount, source.evidence, source.provenance.title)


def _of_input(number: NumberId, advice: Advice, today: date) -> NumberDetail:
    """An input with its source line."""
    input_id = InputId.parse(number.rest)
    if input_id == RECORD:
        return _of_record(number)
    source = source_of(input_id, advice, today)
    provenance = source.provenance
    lines = tuple(_lines(source))
    return NumberDetail(number, source.label, source.amount, _sentence(provenance), provenance.formula, source=lines)


def _of_record(number: NumberId) -> NumberDetail:
    record = shipped_record()
    lines = [("source", "the track record that ships with this version"), ("date", record.date)]
    lines += [("repeat it", command) for command in record.commands.values()]
    lines += [("limit", one) for one in record.limits]
    meaning = "How often verdicts were right, by the gap between the pick and its rival."
    return NumberDetail(number, "The track record", "", meaning, "", source=tuple(lines))


def _sentence(provenance: Provenance) -> str:
    if provenance.own:
        return "Your own figure, used in place of the book's."
    return (
        "A figure of the price book." if provenance.kind != "computed" else "Computed from figures of the price book."
    )


def _lines(source: InputSource) -> Iterator[tuple[str, str]]:
    """The source line in parts, each with its name."""
    provenance = source.provenance
    yield "source", provenance.title or provenance.source or "this book"
    if provenance.where:
        yield "where", provenance.where
    yield "kind", provenance.kind
    if provenance.value is not None:
        yield "value", figure_text(provenance.value, provenance.unit)
    spread = figure_range(provenance.low, provenance.high, provenance.unit)
    if spread:
        yield "range", spread
    if provenance.n is not None:
        yield "sample", f"n={provenance.n}{', thin' if provenance.thin else ''}"
    if provenance.age_days is not None:
        yield "date", f"{provenance.date}, {age_phrase(provenance.age_days)}"
    yield "owner", "you" if provenance.own else "the book"
    if provenance.note:
        yield "note", provenance.note
    yield "id", provenance.id
