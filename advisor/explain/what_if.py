"""Try what would change the verdict: the profile with one input moved just beyond where the answer changes."""

import math
from typing import Any

from advisor.decision.advise import Advice
from advisor.errors import InputError
from advisor.explain.break_even_numbers import price_points
from advisor.explain.input_sources import label_of, model_field, workload_field
from advisor.explain.number import thing_of
from advisor.explain.number_id import TIPPING, NumberId
from advisor.formatting import amount_words, usd, usd_rate
from advisor.input_id import InputId
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import nodes_at_start
from advisor.profiles.scaled_plan import scaled_plan
from advisor.profiles.schema import Profile, Workload
from advisor.profiles.validation import parse_profile

_OWN_SECTIONS = ("facility", "rental", "forecast")
_DIGITS = 4


def tried(number: NumberId, advice: Advice, book: PriceBook) -> tuple[Profile, str]:
    """Move an input of the profile to the value of a number.

    Args:
        number: a flip, a swing, a price or a plan length.
        advice: the answer that the number is of.
        book: without the profile's own figures.

    Returns:
        The profile with the value as its own, and what was tried, as text.

    Raises:
        InputError: where a profile cannot hold the value, or where the number is not a value of an input.
    """
    if not number.can_be_tried:
        raise InputError("Try", "a line without a value to try", "a switching value, a swing, a price or a length")
    profile, evens = advice.profile, advice.break_evens
    if number.family == "flip":
        flip = thing_of(number, advice.sensitivity.flips, NumberId.flip)
        return _moved(advice, flip.input, flip.unit, _beyond(flip.flips_at, flip.current), book)
    if number.family == "swing":
        swing = thing_of(number, advice.sensitivity.swings, NumberId.swing)
        worse = swing.low if swing.gap_at_low_usd < swing.gap_at_high_usd else swing.high
        return _moved(advice, swing.input, swing.unit, float(f"{worse:.{_DIGITS}g}"), book)
    if number.family == "length":
        found = thing_of(number, evens.months, NumberId.length)
        longest = max(workload.months for workload in profile.workload)
        months = min(max(longest, found.from_month), found.to_month)
        return scaled_plan(profile, 1.0, months, book), f"a plan of {months:g} months"
    point, of_renting = price_points(advice)[number], number == TIPPING
    if point.usd is None:
        raise InputError("Try", "no such price", point.reason)
    price = math.floor(point.usd * 100 - 1) / 100 if of_renting else math.floor(point.usd / 100 - 1) * 100.0
    offer = {"option": "on-demand", "usd_per_gpu_hour": price} if of_renting else _node(price)
    text = f"{usd_rate(price)} per GPU-hour on demand" if of_renting else f"a node for {usd(price)}"
    return _with_offer(profile, offer, book), text


def _beyond(flips_at: float, current: float) -> float:
    """The place of a flip in a few digits, rounded away from today's value, so that it stays beyond."""
    if not flips_at or flips_at == int(flips_at):
        return flips_at
    step = 10.0 ** (math.floor(math.log10(abs(flips_at))) - _DIGITS + 1)
    whole = math.floor if flips_at < current else math.ceil
    return float(f"{whole(flips_at / step) * step:.{_DIGITS}g}")


def _moved(advice: Advice, input_id: InputId, unit: str, value: float, book: PriceBook) -> tuple[Profile, str]:
    """One input moved: for all workloads alike, or as a figure of the profile's own laid over the book."""
    profile, text = advice.profile, f"{label_of(input_id, advice)} {amount_words(value, unit)}"
    field, section = workload_field(input_id, profile), input_id.section
    if field == "months":
        return scaled_plan(profile, 1.0, value, book), text
    if field == "nodes":
        longest = max(workload.months for workload in profile.workload)
        figures = advice.costing.case.assumptions
        now = nodes_at_start(profile, figures) * (1.0 if profile.in_nodes else float(figures.rental.gpus_per_node))
        return scaled_plan(profile, round(value) / now, longest, book), text
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    if any(model_field(input_id, workload) for workload in profile.workload):
        raw["workload"] = [
            _with_model_figure(work, raw_work, input_id, value)
            for work, raw_work in zip(profile.workload, raw["workload"], strict=True)
        ]
    elif field is not None:
        raw["workload"] = [dict(workload) | {field: value} for workload in raw["workload"]]
    elif input_id == InputId.of_book("money.discount_rate"):
        raw["company"] = dict(raw["company"]) | {"discount_rate": value}
    elif input_id == InputId.of_book(advice.gpu.id, "node_usd"):
        return _with_offer(profile, _node(value), book), text
    elif section == advice.gpu.id:
        raw["gpu"] = dict(raw["gpu"]) | {input_id.name: value}
    elif section in _OWN_SECTIONS:
        raw[section] = dict(raw[section]) | {input_id.name: value}
    else:
        raise InputError(label_of(input_id, advice), amount_words(value, unit), "in a book of your own only (--book)")
    return parse_profile(raw, book, where="Try"), text


def _with_model_figure(workload: Workload, raw: dict[str, Any], input_id: InputId, value: float) -> dict[str, Any]:
    """The table of a workload with a figure of its own that its model or service is sized with, if it uses it."""
    found = model_field(input_id, workload)
    if found is None:
        return raw
    table, name = found
    return {**raw, table: {**raw[table], name: value}}


def _node(price: float) -> dict[str, object]:
    return {"option": "buy", "usd_per_node": price}


def _with_offer(profile: Profile, offer: dict[str, object], book: PriceBook) -> Profile:
    """The profile with an offer in hand, in place of one of its kind."""
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["quote"] = [*(quote for quote in raw["quote"] if quote["option"] != offer["option"]), offer]
    return parse_profile(raw, book, where="Try")
