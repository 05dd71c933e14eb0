"""Advice -> the rows, labels and sentences a person reads; shared by commands, reports and screens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from advisor.advice import Advice
from advisor.breakeven import Crossing, cumulative_usd
from advisor.options.table import Action
from advisor.verdict import RankedOption, Verdict
from advisor.words import age_phrase, listed, months_phrase, percent, usd, usd_rate

ACTION_LETTERS: dict[Action, str] = {"rent": "R", "reserve": "V", "buy": "B"}
TIER_WORDS = {"neocloud": "neocloud list", "hyperscaler": "hyperscaler list"}


@dataclass(frozen=True)
class CostRow:
    """One option in the comparison: share is its cost over the dearest shown, 0..1."""

    id: str
    action: Action
    label: str
    usd: float
    cost: str
    share: float
    is_pick: bool
    why_not: str


@dataclass(frozen=True)
class Curve:
    """The cumulative present cost of one option, from month 0 on."""

    label: str
    action: Action
    usd: tuple[float, ...]


@dataclass(frozen=True)
class VerdictView:
    """A verdict in words. headline: what to do; summary: the cost and what it saves; hints: what would change it."""

    name: str
    market: str
    headline: str
    action: Action | None
    close_call: bool
    summary: tuple[str, ...]
    hints: tuple[str, ...]
    rows: tuple[CostRow, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    curves: tuple[Curve, ...]
    crossings: tuple[str, ...]
    crossing_points: tuple[Crossing, ...]


def verdict_view(advice: Advice, today: date) -> VerdictView:
    """Everything the Verdict screen and the plain report say."""
    verdict = advice.verdict
    contenders = advice.break_evens.contenders
    return VerdictView(
        name=advice.profile.name,
        market=market_line(advice, today),
        headline=headline(advice),
        action=verdict.pick.action if verdict.pick else None,
        close_call=verdict.close_call,
        summary=tuple(_summary(advice)),
        hints=tuple(_hints(advice)),
        rows=cost_rows(advice),
        sentences=advice.reasons.sentences,
        warnings=advice.reasons.warnings,
        curves=tuple(Curve(o.cost.option.label, o.action, tuple(cumulative_usd(o.cost).tolist())) for o in contenders),
        crossings=tuple(_crossing_words(advice)),
        crossing_points=advice.break_evens.crossings,
    )


def market_line(advice: Advice, today: date) -> str:
    """`H100 SXM · neocloud list $3.43/GPU-h (n=6) · prices of 2026-10, 6 weeks old`."""
    figure = advice.gpu.figures[f"{advice.profile.market.tier}_usd_per_gpu_hour"]
    tier = TIER_WORDS[advice.profile.market.tier]
    age = age_phrase(advice.book.age_days(today))
    rate = f"{usd_rate(figure.value)}/GPU-h"
    return f"{advice.gpu.label} · {tier} {rate} (n={figure.n}) · prices of {figure.date}, {age}"


def headline(advice: Advice) -> str:
    """What to do, the action in capitals."""
    pick, demand = advice.verdict.pick, advice.costing.demand
    if pick is None:
        return "NOTHING FITS as it stands"
    action, _, rest = pick.cost.option.label.partition(" ")
    text = f"{action.upper()} {rest}"
    term = pick.cost.option.term_months
    if term is not None and demand.months - demand.start_month >= 2 * term:
        text += ", then renew"
    return text


def verdict_words(verdict: Verdict) -> str:
    """The headline in a few words, for a list: `RESERVE 12 months`, `BUY or reserve (close)`."""
    if verdict.pick is None:
        return "NOTHING FITS"
    action, _, rest = verdict.pick.cost.option.label.partition(" ")
    if verdict.close_call and verdict.rival is not None:
        return f"{action.upper()} or {verdict.rival.action} (close)"
    return f"{action.upper()} {rest}"


def _summary(advice: Advice) -> Iterator[str]:
    verdict = advice.verdict
    pick, rival, gap = verdict.pick, verdict.rival, verdict.gap_share
    if pick is None:
        yield "No option can be had: " + "; ".join(_nearest_miss(advice))
        return
    cost = pick.cost
    if verdict.close_call and rival is not None and gap is not None:
        yield f"Too close to call: to {rival.cost.option.label} costs only {percent(gap, 1)} more"
    line = f"{usd(cost.expected_usd)} in today's money"
    if rival is not None and gap is not None and not verdict.close_call:
        saved = usd(rival.cost.expected_usd - cost.expected_usd)
        line += f" · {saved} ({percent(gap)}) less than to {rival.cost.option.label}"
    yield line
    yield (
        f"{usd(cost.upfront_usd)} due on day one · at most {usd(cost.peak_outlay_usd)} paid out · "
        f"{usd_rate(cost.usd_per_used_gpu_hour)} per GPU-hour used"
    )
    if advice.runway_without_months is not None and advice.runway_with_months is not None:
        yield f"Runway {advice.runway_without_months:.0f} -> {advice.runway_with_months:.0f} months with this compute"


def _nearest_miss(advice: Advice) -> Iterator[str]:
    """What stands in the way of the cheapest option of each class."""
    for option in advice.break_evens.contenders:
        yield f"{option.action}: {option.obstacles[0]}"


def _hints(advice: Advice) -> Iterator[str]:
    """What would change the verdict, led by the tipping price."""
    evens, verdict = advice.break_evens, advice.verdict
    if verdict.pick is None:
        return
    renting = verdict.pick.action == "rent"
    if evens.tipping.usd is not None:
        word = "Keep renting" if renting else "Rent instead"
        yield f"{word} if you find it below {usd_rate(evens.tipping.usd)} per GPU-hour on demand"
    elif not renting:
        yield f"Rent instead: no, {evens.tipping.reason}"
    yield _buy_hint(advice)
    term = next((term for term in evens.terms if term.option == verdict.pick.id), None)
    if term is None and renting:
        found = [term for term in evens.terms if term.busy_share is not None]
        term = min(found, key=lambda t: t.busy_share or 1.0) if found else None
    if term is not None and term.busy_share is not None:
        yield f"To {term.label} pays from {percent(term.busy_share)} busy on (rate ratio {percent(term.rate_ratio)})"


def _buy_hint(advice: Advice) -> str:
    evens, verdict = advice.break_evens, advice.verdict
    wins, price = evens.months_of("buy"), evens.node_price
    buying = verdict.pick is not None and verdict.pick.action == "buy"
    parts = []
    if wins:
        parts.append(f"if you need it for {months_phrase(wins)}")
    if price.usd is not None:
        parts.append(f"{'while' if buying else 'if'} the node costs under {usd(price.usd)}")
    if not parts:
        return f"Buy instead: no, {price.reason}"
    return ("Buy " if buying else "Buy instead ") + " or ".join(parts)


def cost_rows(advice: Advice) -> tuple[CostRow, ...]:
    """All options, feasible first; shares are relative to the dearest feasible one, capped at 1."""
    verdict = advice.verdict
    shown = [option for option in verdict.ranked if option.feasible] or list(verdict.ranked)
    dearest = max(abs(option.cost.expected_usd) for option in shown) or 1.0
    return tuple(_cost_row(option, dearest, option is verdict.pick) for option in verdict.ranked)


def _cost_row(option: RankedOption, dearest: float, is_pick: bool) -> CostRow:
    cost = option.cost.expected_usd
    share = min(1.0, max(0.0, cost / dearest))
    why_not = "; ".join(option.obstacles)
    return CostRow(option.id, option.action, option.cost.option.label, cost, usd(cost), share, is_pick, why_not)


def _crossing_words(advice: Advice) -> Iterator[str]:
    """`month 24.5: buy overtakes on-demand at $25.4M`."""
    labels = {option.id: option.cost.option.label for option in advice.break_evens.contenders}
    for crossing in advice.break_evens.crossings:
        yield (
            f"month {crossing.month:.1f}: to {labels[crossing.cheaper_after]} gets cheaper than to "
            f"{labels[crossing.cheaper_before]}, {usd(crossing.usd)} each"
        )


def waterfall_rows(advice: Advice) -> list[tuple[str, float]]:
    """From the pick's cost to the rival's: (label, USD), first and last the two totals, between them the steps."""
    verdict = advice.verdict
    if verdict.pick is None or verdict.rival is None:
        return []
    steps = [(step.group, step.usd) for step in advice.reasons.waterfall]
    pick, rival = verdict.pick.cost, verdict.rival.cost
    return [(pick.option.label, pick.expected_usd), *steps, (rival.option.label, rival.expected_usd)]


def term_rows(advice: Advice) -> list[tuple[str, str, str]]:
    """Break-even use of each reserved term: label, ratio of the rates, share of the time with everything counted."""
    return [
        (term.label, percent(term.rate_ratio), percent(term.busy_share) if term.busy_share is not None else term.reason)
        for term in advice.break_evens.terms
    ]


def month_rows(advice: Advice) -> list[tuple[str, str]]:
    """The pick for every plan length: `1 to 10 months`, `reserve 3 months`."""
    labels = {option.id: option.cost.option.label for option in advice.verdict.ranked}
    return [
        (months_phrase([(i.from_month, i.to_month)]), labels.get(i.option, i.option) if i.option else "nothing fits")
        for i in advice.break_evens.months
    ]


def payback_words(advice: Advice) -> str:
    """The simple payback, under that name and with what it leaves out."""
    payback = advice.break_evens.payback
    if payback is None:
        return "Simple undiscounted payback: none, the hardware arrives too late or has no price"
    if payback.months is None:
        return "Simple undiscounted payback: never, owning saves no cash against on demand"
    return (
        f"Simple undiscounted payback: {payback.months:.1f} months ({usd(payback.capex_usd)} over "
        f"{usd(payback.saving_usd_per_month)} a month saved at today's on-demand price)"
    )


def source_lines(advice: Advice) -> list[str]:
    """The sources of the figures that weigh most, thin ones marked."""
    gpu = advice.gpu
    tier = advice.profile.market.tier
    wanted = [f"{tier}_usd_per_gpu_hour", "node_usd", "sublet_discount_share"]
    figures = [(name, gpu.figures[name]) for name in wanted if name in gpu.figures]
    terms = gpu.term_discounts[tier]
    figures += [(f"term discount {months} m", figure) for months, figure in terms.items()]
    lines = []
    for name, figure in figures:
        source = advice.book.sources.get(figure.source)
        thin = "  THIN" if figure.thin else ""
        title = source.title if source else figure.source
        spread = f"{figure.low:g} to {figure.high:g}, n={figure.n}, {figure.date}"
        lines.append(f"{name}: {figure.value:g} {figure.unit} ({spread}){thin} - {title}")
    return lines


def profile_line(advice: Advice) -> str:
    """The need in one line: `64 nodes, 24 months, 85 % busy, pre-train`."""
    demand, kinds = advice.costing.demand, sorted({workload.kind for workload in advice.profile.workload})
    nodes = f"{demand.peak_nodes:,} node" + ("s" if demand.peak_nodes > 1 else "")
    longest = max(w.start_month + w.months for w in advice.profile.workload)
    months = f"{longest:g} month" + ("s" if longest != 1 else "")
    return f"{nodes} · {months} · {percent(demand.busy_share)} busy · {listed(kinds)}"
