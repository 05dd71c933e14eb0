"""What the JSON says of its figures: which inputs each rests on, and every input with its source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from advisor.costing.lineage import Inputs, leaves, option_inputs
from advisor.decision.advise import Advice
from advisor.decision.confidence import shipped_record
from advisor.decision.ranking import RankedOption
from advisor.explain.input_sources import source_of
from advisor.explain.numbers import RECORD, contender_inputs, input_id, option_numbers, stated, verdict_numbers

ALL_COMPONENTS = "components"
Grouped = list[dict[str, list[str]]]
_FIELDS: Mapping[str, tuple[str, ...]] = {  # fields of the JSON by the number they show
    "gap": ("verdict.gap_share",),
    "confidence": ("verdict.confidence",),
    "runway": ("verdict.runway_without_months", "verdict.runway_with_months", "verdict.runway_safe_months"),
    "tipping": ("break_even.break_even_usd_per_gpu_hour",),
    "node": ("break_even.node_usd",),
    "payback": ("break_even.simple_payback_months",),
    "waiting": ("waiting",),
    "knowing": ("information_usd", "gap_error_share", "verdict.flexible_pick", "verdict.insured_pick", "commitments"),
    "band": ("p5_usd", "p95_usd"),
    "undiscounted_usd": ("undiscounted_usd", "monthly_usd"),
}
_LISTS = {
    "best": "verdict.class_best",
    "term": "break_even.utilisation_by_term",
    "scenario": "scenarios",
}


def option_depends_on(option: RankedOption, advice: Advice) -> Grouped:
    """The inputs of each of an option's figures and components."""
    prefix, whole = f"option/{option.id}/", option_inputs(option.cost, advice.depends_on[option.id])
    found = [(number.removeprefix(prefix), stated(number, advice).inputs) for number in option_numbers(option)]
    return _grouped((_option_fields(figure), _shortened(figure, inputs, whole)) for figure, inputs in found)


def _shortened(figure: str, inputs: Inputs, whole: Inputs) -> Inputs:
    """`components` in place of what all of an option's components together rest on."""
    if figure.startswith("component/") or not set(whole) <= set(inputs):
        return inputs
    return (ALL_COMPONENTS, *(one for one in inputs if one not in whole))


def advice_depends_on(advice: Advice) -> Grouped:
    """The inputs of each figure beyond the options' own."""
    price = f"{advice.gpu.id}.{advice.profile.market.tier}_usd_per_gpu_hour"
    numbers = verdict_numbers(advice)
    found = [(tuple(_fields(number, advice)), stated(number, advice).inputs) for number in numbers]
    deeper = [(("flips", "tornado"), contender_inputs(advice))] if advice.verdict.pick is not None else []
    sheets = [(("balance_sheet",), stated("balance/0", advice).inputs)] if advice.balance_sheets else []
    return _grouped([(("market.usd_per_gpu_hour",), (price,)), *found, *deeper, *sheets])


def inputs_with_sources(advice: Advice, named: Iterable[str], today: date) -> list[dict[str, Any]]:
    """The inputs that figures name, and what the expected rents are made of, each with its source. named: their ids."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    found = {f"{gpu.id}.{name}": name for name in gpu.figures}
    found |= {
        f"{gpu.id}.{tier}_term_discount.{months}": f"term_discount_{months}m" for months in gpu.term_discounts[tier]
    }
    all_ = dict.fromkeys(named)
    found_by_moving = advice.sensitivity
    names = (*(flip.input for flip in found_by_moving.flips), *(swing.input for swing in found_by_moving.swings))
    moved = {input_id(name, advice): None for name in names}
    ids = [one for one in all_ | moved if one != ALL_COMPONENTS]
    spelt_out = leaves(ids, advice.profile, advice.book)
    return [_entry(one, found.get(one, one), advice, today) for one in dict.fromkeys((*found, *ids, *spelt_out))]


def _entry(figure_id: str, name: str, advice: Advice, today: date) -> dict[str, Any]:
    if figure_id == RECORD:
        record = shipped_record()
        title, where = "the track record that ships with this version", next(iter(record.commands.values()))
        return _of_words(figure_id, record.date, title, where)
    provenance = source_of(figure_id, advice, today).provenance
    made_of = leaves([figure_id], advice.profile, advice.book) if figure_id.startswith("outlook.") else ()
    return {
        "id": figure_id,
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
        "made_of": list(made_of),
    }


def _of_words(figure_id: str, day: str, title: str, where: str) -> dict[str, Any]:
    nothing = {"value": None, "unit": "", "low": None, "high": None, "n": 0}
    told = {"source": title, "source_id": figure_id, "where": where, "kind": "computed", "note": "", "made_of": []}
    return {"id": figure_id, "figure": figure_id, **nothing, "date": day, "own": False, **told}


def _option_fields(figure: str) -> tuple[str, ...]:
    name, _, component = figure.partition("/")
    return (f"components.{component}",) if component else _FIELDS.get(name, (name,))


def _fields(number: str, advice: Advice) -> Iterator[str]:
    """The JSON fields in which a number stands."""
    family, _, index = number.partition("/")
    if family == "gap" and index:
        groups = [step.group for step in advice.reasons.waterfall]
        yield f"waterfall[{groups.index(index)}]"
    elif family == "best":
        yield f"{_LISTS[family]}.{index}"
    elif family in _LISTS:
        yield f"{_LISTS[family]}[{index}]"
        pick = advice.verdict.pick
        if family == "term" and pick is not None and advice.break_evens.terms[int(index)].option == pick.id:
            yield "break_even.utilisation"
    elif family == "length":
        yield from ("break_even.months", "break_even.buying_wins_months")
    else:
        yield from _FIELDS.get(number, ())


def _grouped(found: Iterable[tuple[tuple[str, ...], Inputs]]) -> Grouped:
    """Fields with the same inputs together."""
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for fields, inputs in found:
        if fields and inputs:
            groups.setdefault(tuple(sorted(inputs)), {}).update(dict.fromkeys(fields))
    return [{"of": list(fields), "inputs": list(inputs)} for inputs, fields in groups.items()]
