"""What the JSON says of its figures: the inputs each depends on, and every input with its source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from advisor.costing.lineage import Inputs, leaves, option_inputs
from advisor.decision.advise import Advice
from advisor.decision.confidence import shipped_record
from advisor.decision.ranking import RankedOption
from advisor.explain.input_sources import source_of
from advisor.explain.number import RECORD, contender_inputs
from advisor.explain.number_id import (
    CAPACITY,
    CONFIDENCE,
    GAP,
    INFORMATION,
    NODE_PRICE,
    PAYBACK,
    RUNWAY,
    TIPPING,
    WAITING,
    NumberId,
)
from advisor.explain.numbers import number_of, verdict_numbers
from advisor.explain.option_numbers import option_numbers
from advisor.input_id import InputId

ALL_COMPONENTS = "components"
Grouped = list[dict[str, list[str]]]
_FIELDS: Mapping[str, tuple[str, ...]] = {  # fields of the JSON by the number they show
    GAP: ("verdict.gap_share", "verdict.market_gap_share"),
    CONFIDENCE: ("verdict.confidence",),
    RUNWAY: ("verdict.runway_without_months", "verdict.runway_with_months", "verdict.runway_safe_months"),
    TIPPING: ("break_even.break_even_usd_per_gpu_hour",),
    NODE_PRICE: ("break_even.node_usd",),
    PAYBACK: ("break_even.simple_payback_months",),
    WAITING: ("waiting",),
    CAPACITY: ("capacity",),
    INFORMATION: ("information_usd", "gap_error_share", "verdict.flexible_pick", "verdict.insured_pick", "commitments"),
    "band": ("p5_usd", "p95_usd"),
    "undiscounted_usd": ("undiscounted_usd", "monthly_usd"),
}


def option_depends_on(option: RankedOption, advice: Advice) -> Grouped:
    """The inputs of each of an option's figures and components."""
    prefix, whole = NumberId.option(option.id, ""), option_inputs(option.cost, advice.depends_on[option.id])
    found = [(number.removeprefix(prefix), number_of(number, advice).inputs) for number in option_numbers(option)]
    return _grouped((_option_fields(figure), _shortened(figure, inputs, whole)) for figure, inputs in found)


def _shortened(figure: str, inputs: Inputs, whole: Inputs) -> list[str]:
    """`components` in place of the inputs of all of an option's components."""
    if figure.startswith("component/") or not set(whole) <= set(inputs):
        return [*map(str, inputs)]
    return [ALL_COMPONENTS, *(str(one) for one in inputs if one not in whole)]


def advice_depends_on(advice: Advice) -> Grouped:
    """The inputs of each figure beyond the options' own."""
    price = InputId.of_book(advice.gpu.id, f"{advice.profile.market.tier}_usd_per_gpu_hour")
    found: list[tuple[tuple[str, ...], Inputs]] = [(("market.usd_per_gpu_hour",), (price,))]
    found += [(tuple(_fields(one, advice)), number_of(one, advice).inputs) for one in verdict_numbers(advice)]
    if advice.verdict.pick is not None:
        found.append((("flips", "tornado", "verdict.now", "verdict.later", "steps"), contender_inputs(advice)))
    for sheet in advice.balance_sheets[:1]:  # all of them depend on the same inputs
        found.append((("balance_sheet",), number_of(NumberId.balance(sheet), advice).inputs))
    return _grouped((fields, map(str, inputs)) for fields, inputs in found)


def inputs_with_sources(advice: Advice, named: Iterable[str], today: date) -> list[dict[str, Any]]:
    """The inputs that figures name, and those of the expected rents, each with its source. named: their ids."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    found = {InputId.of_book(gpu.id, name): name for name in gpu.figures}
    found |= {
        InputId.of_book(gpu.id, f"{tier}_term_discount", months): f"term_discount_{months}m"
        for months in gpu.term_discounts[tier]
    }
    moved = [*(flip.input for flip in advice.sensitivity.flips), *(swing.input for swing in advice.sensitivity.swings)]
    ids = dict.fromkeys((*(InputId.parse(text) for text in named if text != ALL_COMPONENTS), *moved))
    forecast = leaves(ids, advice.profile, advice.book)
    return [_entry(one, found.get(one, str(one)), advice, today) for one in dict.fromkeys((*found, *ids, *forecast))]


def _entry(input_id: InputId, name: str, advice: Advice, today: date) -> dict[str, Any]:
    if input_id == RECORD:
        return _entry_of_record()
    provenance = source_of(input_id, advice, today).provenance
    made_of = leaves([input_id], advice.profile, advice.book) if input_id.section == "outlook" else ()
    return {
        "id": str(input_id),
        "figure": name,
        "value": provenance.value,
        "unit": provenance.unit,
        "low": provenance.low,
        "high": provenance.high,
        "n": provenance.n,
        "date": provenance.date,
        "own": provenance.own,
        "source": provenance.title or "this book",
        "source_id": provenance.source or "book",
        "where": provenance.where,
        "kind": provenance.kind,
        "note": provenance.note or provenance.formula,
        "made_of": [*map(str, made_of)],
    }


def _entry_of_record() -> dict[str, Any]:
    record = shipped_record()
    return {
        "id": str(RECORD),
        "figure": str(RECORD),
        "value": None,
        "unit": "",
        "low": None,
        "high": None,
        "n": 0,
        "date": record.date,
        "own": False,
        "source": "the track record that ships with this version",
        "source_id": str(RECORD),
        "where": next(iter(record.commands.values())),
        "kind": "computed",
        "note": "",
        "made_of": [],
    }


def _option_fields(figure: str) -> tuple[str, ...]:
    name, _, component = figure.partition("/")
    return (f"components.{component}",) if component else _FIELDS.get(name, (name,))


def _fields(number: NumberId, advice: Advice) -> Iterator[str]:
    """The JSON fields in which a number stands."""
    match number.family:
        case "gap" if number.rest:
            groups = [step.group for step in advice.reasons.waterfall]
            yield f"waterfall[{groups.index(number.rest)}]"
        case "best":
            yield f"verdict.class_best.{number.rest}"
        case "scenario":
            yield f"scenarios[{[*map(NumberId.scenario, advice.scenarios)].index(number)}]"
        case "term":
            terms, pick = advice.break_evens.terms, advice.verdict.pick
            at = [*map(NumberId.term, terms)].index(number)
            yield f"break_even.utilisation_by_term[{at}]"
            if pick is not None and terms[at].option == pick.id:
                yield "break_even.utilisation"
        case "length":
            yield from ("break_even.months", "break_even.buying_wins_months")
        case _:
            yield from _FIELDS.get(number, ())


def _grouped(found: Iterable[tuple[tuple[str, ...], Iterable[str]]]) -> Grouped:
    """Fields with the same inputs together."""
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for fields, inputs in found:
        key = tuple(sorted(inputs))
        if fields and key:
            groups.setdefault(key, {}).update(dict.fromkeys(fields))
    return [{"of": list(fields), "inputs": list(inputs)} for inputs, fields in groups.items()]
