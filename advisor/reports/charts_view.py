"""The data of the pictures: curves, waterfall, tornado and map, with their labels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np

from advisor.array_types import of_one
from advisor.costing.option import Action, OptionClass
from advisor.decision.advise import Advice
from advisor.decision.break_even import cumulative_usd
from advisor.decision.ranking import RankedOption
from advisor.explain.input_sources import label_of
from advisor.explain.number_id import GAP, NumberId
from advisor.formatting import (
    amount_range,
    amount_words,
    fine_percent,
    month_text,
    percent,
    plural,
    short_count,
    usd,
    usd_rate,
)
from advisor.reports.timeline.growth_view import size_words
from advisor.reports.view_models import Curve, MapCell, MapView, Mark, Plot, TornadoBar, WaterfallBar

if TYPE_CHECKING:
    from advisor.decision.decision_map import Cell, DecisionMap
    from advisor.decision.utilization_curve import UseCurves

_MOST_SWINGS = 10
_NOTHING = "-"  # the letter of a cell where nothing is available
_TIMES_THE_LEAST = 0.75, 2.5  # of the cheapest: where a picture of hourly costs begins and ends
_LEAST_STEP_SHARE = 0.005  # of the pick's cost: smaller steps of the waterfall are folded into one
_OTHER_STEPS = "other"
_CLEAR_LEAD_SHARE = 0.15  # from it on a cell of the map is filled in full
_DASHES: dict[Action, tuple[int, int]] = {"api": (1, 2), "rent": (1, 0), "reserve": (6, 2), "buy": (2, 2)}
LETTERS: dict[OptionClass, str] = {"api": "A", "rent": "R", "reserve_short": "S", "reserve_long": "L", "buy": "B"}


def cost_plot(advice: Advice) -> Plot:
    """The cumulative present cost of the best of each class by month, their crossings marked."""
    curves = [(option.action, cumulative_usd(option.cost).tolist()) for option in advice.break_evens.contenders]
    months = max(len(values) for _, values in curves) - 1
    lines = tuple(
        Curve(action, action, (*values, *[values[-1]] * (months + 1 - len(values))), _DASHES[action])
        for action, values in curves
    )
    crossings = tuple(Mark(crossing.month / months, crossing.usd, "×") for crossing in advice.break_evens.crossings)
    return Plot(
        title="Cumulative cost by month" + ("  × crossing" if crossings else ""),
        lines=lines,
        lowest=min(min(line.values) for line in lines),  # 0, or less where hardware in hand is sold
        highest=max(max(line.values) for line in lines),
        amount=usd,
        axis="month",
        ticks=tuple(month_text(months * part / 4, months) for part in range(5)),
        marks=crossings,
    )


def use_plot(advice: Advice, found: "UseCurves") -> Plot:
    """The cost of a busy GPU-hour by utilization: on demand, buying, and of the reserved terms the shortest, the
    longest and the cheapest for the user; more curves could not be told apart."""
    least, most = float(found.shares[0]), float(found.shares[-1])
    share = advice.costing.case.whole_demand.busy_share
    terms = [curve for curve in found.curves if curve.option.term_months is not None]
    cheapest_term = min(
        terms, key=lambda curve: float(np.interp(share, found.shares, curve.usd_per_used_gpu_hour)), default=None
    )
    drawn = [
        curve
        for curve in found.curves
        if curve.option.term_months is None or curve is cheapest_term or curve is terms[0] or curve is terms[-1]
    ]
    lines = tuple(
        Curve(
            curve.option.action if curve.option.term_months is None else f"{curve.option.term_months} m",
            curve.option.action,
            tuple(curve.usd_per_used_gpu_hour.tolist()),
            _DASHES[curve.option.action],
        )
        for curve in drawn
    )
    cheapest = min(min(line.values) for line in lines)
    most_expensive = max(max(line.values) for line in lines)
    own = (share - least) / (most - least)
    begins, ends = (times * cheapest for times in _TIMES_THE_LEAST)
    return Plot(
        title="Cost per busy GPU-hour by use  ┊ you",
        lines=lines,
        lowest=begins,
        highest=min(most_expensive, ends),
        amount=usd_rate,
        axis="busy",
        ticks=tuple(percent(least + (most - least) * part / 4) for part in range(5)),
        own=own if 0 <= own <= 1 else None,
    )


def waterfall_bars(advice: Advice) -> Iterator[WaterfallBar]:
    """From the pick's cost to the rival's: a total, the steps by group, the other total; nothing without a rival."""
    verdict = advice.verdict
    if verdict.pick is None or verdict.rival is None:
        return
    pick, rival = verdict.pick, verdict.rival
    at = pick.cost.expected_usd
    yield WaterfallBar(pick.cost.option.label, usd(at), 0.0, at, "total", pick.action, _total(pick))
    for name, difference in waterfall_steps(advice):
        amount = usd(difference) if difference < 0 else "+" + usd(difference)
        kind: Literal["less", "more"] = "less" if difference < 0 else "more"
        number = GAP if name == _OTHER_STEPS else NumberId.step(name)
        yield WaterfallBar(name, amount, at, at + difference, kind, None, number)
        at += difference
    total = rival.cost.expected_usd
    yield WaterfallBar(rival.cost.option.label, usd(total), 0.0, total, "total", rival.action, _total(rival))


def waterfall_steps(advice: Advice) -> list[tuple[str, float]]:
    """The steps of the waterfall that can be seen, largest groups as they come; the small ones folded into `other`."""
    pick = advice.verdict.pick
    least = 0.5 if pick is None else max(0.5, _LEAST_STEP_SHARE * abs(pick.cost.expected_usd))
    steps = [(step.group, step.usd) for step in advice.reasons.waterfall]
    other = sum(usd for _, usd in steps if abs(usd) < least)
    seen = [(name, usd) for name, usd in steps if abs(usd) >= least]
    return [*seen, *([(_OTHER_STEPS, other)] if abs(other) >= 0.5 else [])]


def _total(option: RankedOption) -> NumberId:
    return NumberId.option(option.id, "expected_usd")


def tornado_bars(advice: Advice) -> Iterator[TornadoBar]:
    """The inputs that move the lead of the pick most, widest first."""
    for swing in advice.sensitivity.swings[:_MOST_SWINGS]:
        low, high = amount_words(swing.low, swing.unit), amount_words(swing.high, swing.unit)
        yield TornadoBar(
            label=label_of(swing.input, advice),
            lead_at_low_usd=swing.gap_at_low_usd,
            lead_at_high_usd=swing.gap_at_high_usd,
            low=low,
            high=high,
            span=amount_range(swing.low, swing.high, swing.unit),
            number=NumberId.swing(swing),
        )


def map_view(advice: Advice, found: "DecisionMap") -> MapView:
    """The decision map with the text of every cell."""
    names, api = _sizes_of_map(found, advice), "A API  " if advice.costing.case.api is not None else ""
    without = "" if advice.costing.commitments is None else " without what is in hand"
    cells = tuple(
        tuple(_map_cell(cell, name, months, without) for cell, name in zip(row, names, strict=True))
        for row, months in zip(found.cells, found.months, strict=True)
    )
    service = advice.profile.service
    what = "size" if service is None else f"{service.volume_unit} a day"
    nothing = f"{_NOTHING} nothing available  " if any(cell.letter == _NOTHING for row in cells for cell in row) else ""
    return MapView(
        title="; ".join((f"Cheapest by {what} and length, cash ignored", *_nowhere(advice, cells))),
        nodes=found.nodes,
        months=found.months,
        cells=cells,
        own=found.own,
        legend=f"{api}R rent  S reserve to 11 m  L 12 m+  B buy  {nothing}small: close",
        columns=tuple(map(_short_volume, found.volumes)) or tuple(map(str, found.nodes)),
        across="nodes" if service is None else "a day",
    )


def _nowhere(advice: Advice, cells: tuple[tuple[MapCell, ...], ...]) -> Iterator[str]:
    """Which action wins in no cell, and the price that would bring it at the user's own plan."""
    seen = {cell.action for row in cells for cell in row}
    evens = advice.break_evens
    if "buy" not in seen:
        price = evens.node_price.usd
        yield "buying nowhere" if price is None else f"buying only under {usd(price)} a node"
    if "rent" not in seen:
        rate = evens.tipping.usd
        yield "renting nowhere" if rate is None else f"renting only under {usd_rate(rate)}/GPU-h"
    if "reserve" not in seen:
        yield "reserving nowhere"


def _sizes_of_map(found: "DecisionMap", advice: Advice) -> tuple[str, ...]:
    """The size of each column in words; the user's own in GPUs where it was given so, which may be a part of a node."""
    if (service := advice.profile.service) is not None:
        return tuple(f"{_short_volume(one)} {service.volume_unit} a day" for one in found.volumes)
    names = [f"{nodes:,} {plural('node', nodes)}" for nodes in found.nodes]
    if not advice.profile.in_nodes:
        case = advice.costing.case
        names[found.own[1]] = size_words(case.demand, of_one(case.assumptions.rental.gpus_per_node), in_nodes=False)
    return tuple(names)


def _more(share: float) -> str:
    return f"{fine_percent(share)} more" if share else "as much"


def _short_volume(amount: float) -> str:
    return short_count(float(f"{amount:.2g}"))


def _map_cell(cell: "Cell", size: str, months: float, without: str) -> MapCell:
    """The letter and the text of a cell. without: what its costs leave out, which those of the verdict count."""
    plan = f"{size} for {months:g} {plural('month', months)}"
    if cell.option is None:
        return MapCell(_NOTHING, None, 0, f"{plan}: nothing is available")
    more = "" if cell.gap_share is None else f"costs {_more(cell.gap_share)}{without}"
    gap = "" if cell.rival is None or not more else f"; {cell.rival.label} {more}"
    letter = LETTERS[cell.option.option_class]
    clear = cell.gap_share is None or cell.gap_share >= _CLEAR_LEAD_SHARE
    return MapCell(
        letter.lower() if cell.close else letter,
        cell.option.action,
        0 if cell.close else 2 if clear else 1,
        f"{plan}: {cell.option.label}{gap}{', too close to call' if cell.close else ''}",
    )
