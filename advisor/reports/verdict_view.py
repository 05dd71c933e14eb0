"""Advice -> the rows, labels and sentences a person reads; shared by commands, reports and screens."""

from collections.abc import Iterator, Mapping
from datetime import date

from advisor.costing.options.ownership import owned_capex
from advisor.decision.advise import Advice
from advisor.decision.break_even import TermBreakEven
from advisor.decision.confidence import confidence
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.sensitivity import Flip
from advisor.decision.waiting import Waiting
from advisor.formatting import age_phrase, amount_words, input_words, listed, months_phrase, percent, usd, usd_rate
from advisor.profiles.schema import Quote
from advisor.reports.charts_view import cost_plot, tornado_bars, waterfall_bars
from advisor.reports.view_models import CostRow, DeeperView, VerdictView

TIER_WORDS = {"neocloud": "neocloud list", "hyperscaler": "hyperscaler list"}


def deeper_view(advice: Advice) -> DeeperView:
    """Everything the Verdict screen and the plain report say beyond the verdict itself."""
    changes, flips = _change_lines(advice), len(advice.sensitivity.flips)
    return DeeperView(
        changes=tuple(changes),
        change_numbers=tuple(f"flip/{at}" if at < flips else None for at, _ in enumerate(changes)),
        swings=tuple(_swing_rows(advice)),
        tornado=tuple(tornado_bars(advice)),
        worth=tuple(line for line in (_waiting_line(advice), _information_line(advice)) if line),
        balance=tuple(_balance_rows(advice)),
    )


def verdict_view(advice: Advice, today: date) -> VerdictView:
    """Everything the Verdict screen and the plain report say."""
    verdict = advice.verdict
    return VerdictView(
        name=advice.profile.name,
        market=market_line(advice, today),
        market_short=market_line(advice, today, short=True),
        headline=headline(advice),
        confidence=confidence_words(verdict),
        action=verdict.pick.action if verdict.pick else None,
        close_call=verdict.close_call,
        summary=tuple(_summary(advice)),
        hints=tuple(words for words, _ in _hints(advice)),
        hint_numbers=tuple(number for _, number in _hints(advice)),
        rows=cost_rows(advice),
        sentences=advice.reasons.sentences,
        warnings=warning_lines(advice, today),
        costs=cost_plot(advice),
        crossings=tuple(_crossing_words(advice)),
        bars=tuple(waterfall_bars(advice)),
        waterfall=tuple(_waterfall_rows(advice)),
        terms=tuple(_term_rows(advice)),
        months=tuple(_month_rows(advice)),
        scenarios=tuple(_scenario_rows(advice)),
        payback=_payback_words(advice),
        payback_number=None if advice.break_evens.payback is None else "payback",
    )


def warning_lines(advice: Advice, today: date) -> tuple[str, ...]:
    """What to look at: an old book first, then what the engine found."""
    old = advice.book.age_warning(today)
    return (*([f"{old[0].upper()}{old[1:]}."] if old else []), *advice.reasons.warnings)


def market_line(advice: Advice, today: date, *, short: bool = False) -> str:
    """`H100 SXM · neocloud list $3.43/GPU-h (n=6) · prices of 2026-10, 6 weeks old`, or without sample and wording; an
    old book is called so."""
    figure = advice.gpu.figures[f"{advice.profile.market.tier}_usd_per_gpu_hour"]
    tier = TIER_WORDS[advice.profile.market.tier]
    age = age_phrase(advice.book.age_days(today)) + (": too old" if advice.book.age_warning(today) else "")
    rate = f"{usd_rate(figure.value)}/GPU-h"
    if short:
        return f"{advice.gpu.label} · {rate} · {figure.date}, {age}"
    return f"{advice.gpu.label} · {tier} {rate} (n={figure.n}) · prices of {figure.date}, {age}"


def headline(advice: Advice) -> str:
    """What to do, the action in capitals."""
    pick, demand = advice.verdict.pick, advice.costing.demand
    if pick is None:
        return "NOTHING FITS as it stands"
    action, _, rest = pick.cost.option.label.partition(" ")
    text, term = f"{action.upper()} {rest}", pick.cost.option.term_months
    if term is not None and pick.cost.option.rents_peaks:
        return f"{text}; {term}-month terms"
    if term is not None and demand.months - demand.start_month >= 2 * term:
        text += ", then renew"
    return text


def confidence_words(verdict: Verdict) -> str:
    """`medium confidence, right 89%`: how often verdicts with such a gap named the right class; empty without a
    rival."""
    earned = confidence(verdict.gap_share, verdict.close_call)
    if earned is None:
        return ""
    word = earned.word if verdict.close_call else f"{earned.word} confidence"
    return f"{word}, right {percent(earned.right_share)}"


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
        yield from _nearest_miss(advice)
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
        f"{usd(cost.upfront_usd)} due on day one · up to {usd(cost.peak_outlay_usd)} paid out · "
        f"{usd_rate(cost.usd_per_used_gpu_hour)} per GPU-hour used"
    )
    yield from _how_surely(advice, pick)
    yield from _held(advice)
    yield from _later(advice)


def _how_surely(advice: Advice, pick: RankedOption) -> Iterator[str]:
    """The band of nine paths in ten, how often the pick's class is the cheapest, and the runway."""
    spread, parts = advice.risk.spreads[pick.id], []
    if usd(spread.p5_usd) != usd(spread.p95_usd):
        parts.append(f"9 in 10 cases {usd(spread.p5_usd)} to {usd(spread.p95_usd)}")
        parts.append(f"{pick.action} best in {percent(advice.risk.class_best[pick.action])}")
    if advice.runway is not None:
        parts.append(f"runway {advice.runway.without_months:.0f} -> {advice.runway.with_months:.0f} months")
    if parts:
        yield " · ".join(parts)


def _held(advice: Advice) -> Iterator[str]:
    """What to do with the contracts in hand, and what each fate costs with the best way to serve the rest."""
    held = advice.costing.commitments
    if held is None:
        return
    names = [c.from_ or f"{c.nodes} nodes for {c.months_left} months" for c in advice.profile.commitment]
    what = listed([f"{disposition} {name}" for disposition, name in zip(held.dispositions, names, strict=True)])
    each = [f"{listed(dispositions)} {usd(amount)}" for dispositions, amount in held.usd[:3] if amount is not None]
    yield f"What you hold: {what} (in all: {', '.join(each)})"


def _later(advice: Advice) -> Iterator[str]:
    """What will be done by then, when the pick is to wait; else nothing: waiting is a row of its own."""
    waiting, pick = advice.waiting, advice.verdict.pick
    if waiting is None or pick is None or waiting.option != pick.id:
        return
    yield f"Then: {plan_words(waiting)}; waiting saves {usd(waiting.edge_usd)} against deciding today"


def plan_words(waiting: Waiting) -> str:
    """`rent on up to $2.80, else reserve 12 months`: what to do at which rent on demand."""
    if len(waiting.plan) == 1:
        return f"{waiting.plan[0][1]} at any rent"
    steps = [f"{what} up to {usd_rate(rent)}" for rent, what in waiting.plan[:-1]]
    return f"{', '.join(steps)}, else {waiting.plan[-1][1]}"


def _change_lines(advice: Advice) -> list[str]:
    """What would change the answer, nearest first, and how many inputs would not."""
    found, labels = advice.sensitivity, {o.id: o.cost.option.label for o in advice.verdict.ranked}
    if advice.verdict.pick is None or not (found.flips or found.swings):
        return ["There is no other class of option to change to."]
    lines = [_flip_words(flip, labels) for flip in found.flips]
    none = f"{len(found.steady)} other inputs change nothing anywhere in their plausible range."
    return [*lines, none] if lines else ["No single input flips the answer within its plausible range."]


def _flip_words(flip: Flip, labels: Mapping[str, str]) -> str:
    """`price of a node below $214k (now $300k, 2.1 sd): buy and colocate`."""
    side = "below" if flip.flips_at < flip.current else "above"
    if flip.unit in ("months", "nodes"):
        side = "down to" if flip.flips_at < flip.current else "from"
    at, now = amount_words(flip.flips_at, flip.unit), amount_words(flip.current, flip.unit)
    return f"{input_words(flip.input)} {side} {at} (now {now}, {flip.sds_away:.1f} sd away): {labels[flip.to_option]}"


def _swing_rows(advice: Advice, most: int = 8) -> list[tuple[str, float, float, str]]:
    """The tornado: input, the lead of the pick over the other class when the input is a standard deviation lower and
    higher (USD), and the two values in words."""
    return [
        (
            input_words(swing.input),
            swing.gap_at_low_usd,
            swing.gap_at_high_usd,
            _range_words(swing.low, swing.high, swing.unit),
        )
        for swing in advice.sensitivity.swings[:most]
    ]


def _range_words(low: float, high: float, unit: str) -> str:
    """`40 to 88 nodes`: the unit is said once."""
    first, last = amount_words(low, unit), amount_words(high, unit)
    return f"{first.removesuffix(f' {unit}')} to {last}"


def _information_line(advice: Advice) -> str:
    """What knowing the future would be worth: the most that waiting or asking can bring."""
    known = advice.risk.information
    return (
        f"Knowing all of the future would save {usd(known.total_usd)} on average: "
        f"the rents alone {usd(known.rents_usd)}, when the plan changes alone {usd(known.plan_usd)}."
    )


def _waiting_line(advice: Advice) -> str:
    """The value of waiting, or that it costs."""
    waiting = advice.waiting
    if waiting is None:
        return ""
    what = "saves" if waiting.edge_usd > 0 else "costs"
    return (
        f"To rent {waiting.months} months on demand and decide then {what} {usd(abs(waiting.edge_usd))} "
        f"against the best that is settled today; then: {plan_words(waiting)}."
    )


def _balance_rows(advice: Advice) -> list[tuple[str, str, str, str]]:
    """Month, book value, expected market value and debt of what buying would own."""
    return [
        (f"month {sheet.month}", usd(sheet.book_usd), usd(sheet.market_usd), usd(sheet.owed_usd))
        for sheet in advice.balance_sheets
    ]


def _nearest_miss(advice: Advice) -> Iterator[str]:
    """What stands in the way of the best of each class, and what would make one feasible: the least cash that any way
    takes, or that cash is not what is missing."""
    for option in advice.break_evens.contenders:
        yield f"{option.action}: {'; '.join(option.infeasible_because)}"
    company = advice.profile.company
    have = (company.cash_usd or 0.0) + company.committed_funding_usd
    possible = [option for option in advice.verdict.ranked if not option.cost.option.infeasible_because]
    if not possible:
        yield "No amount of cash helps: one of these has to change first"
        return
    least = min(possible, key=lambda option: option.cost.peak_outlay_usd)
    needs = least.cost.peak_outlay_usd
    yield f"The least cash is for: {least.cost.option.label}, {usd(needs)}, {usd(needs - have)} more than you have"


def _hints(advice: Advice) -> Iterator[tuple[str, str | None]]:
    """What would change the verdict, led by the tipping price, each with the id of its number."""
    evens, verdict = advice.break_evens, advice.verdict
    if verdict.pick is None:
        return
    renting = verdict.pick.action == "rent"
    if evens.tipping.usd is not None:
        words = "Rent up to" if renting else "Rent instead if you find it below"
        yield f"{words} {usd_rate(evens.tipping.usd)} per GPU-hour on demand", "tipping"
    elif not renting:
        yield f"Renting is out: {evens.tipping.reason}", None
    yield _buy_hint(advice), _buy_number(advice)
    term = next((term for term in evens.terms if term.option == verdict.pick.id), None)
    if term is None and renting:
        found = [term for term in evens.terms if term.busy_share is not None and term.pays == "above"]
        term = min(found, key=lambda t: t.busy_share or 1.0) if found else None
    if term is not None and term.busy_share is not None:
        words = f"To {term.label} pays {_share_words(term)} busy (rates alone: {percent(term.rate_ratio)})"
        yield words, f"term/{evens.terms.index(term)}"


def _buy_number(advice: Advice) -> str | None:
    """The price of a node that tips, or the first length of the plan at which buying wins."""
    evens = advice.break_evens
    if evens.node_price.usd is not None:
        return "node"
    return next((f"length/{at}" for at, one in enumerate(evens.months) if one.action == "buy"), None)


def _buy_hint(advice: Advice) -> str:
    evens, verdict = advice.break_evens, advice.verdict
    wins, price = evens.months_of("buy"), evens.node_price
    buying = verdict.pick is not None and verdict.pick.action == "buy"
    parts = []
    if wins:
        parts.append(f"for plans of {months_phrase(wins)}")
    if price.usd is not None:
        parts.append(f"{'a' if parts else 'with a'} node under {usd(price.usd)}{_node_price_now(advice)}")
    if not parts:
        return f"Buying is out: {price.reason}"
    return ("Buying wins " if buying else "Buy instead ") + ", or ".join(parts)


def _node_price_now(advice: Advice) -> str:
    """`(now $287k)`: what a node costs after the volume discount, or by the quote."""
    payback = owned_capex(advice.costing.case)
    return "" if payback is None else f" (now {usd(float(payback.hardware_usd) / advice.costing.demand.peak_nodes)})"


def cost_rows(advice: Advice) -> tuple[CostRow, ...]:
    """All options, feasible first; shares are relative to the dearest feasible one, capped at 1."""
    verdict = advice.verdict
    shown = [option for option in verdict.ranked if option.feasible] or list(verdict.ranked)
    most_expensive = max(abs(option.cost.expected_usd) for option in shown) or 1.0
    leaders = {option.id for option in advice.break_evens.contenders}
    return tuple(
        CostRow(
            id=option.id,
            action=option.action,
            label=option.cost.option.label,
            usd=option.cost.expected_usd,
            cost=usd(option.cost.expected_usd) if option.cost.option.priced else "-",
            share=min(1.0, max(0.0, option.cost.expected_usd / most_expensive)),
            is_pick=option is verdict.pick,
            leads_class=option.id in leaders,
            why_not="; ".join(option.infeasible_because),
        )
        for option in verdict.ranked
    )


def _crossing_words(advice: Advice) -> Iterator[str]:
    """`month 24.5: buy overtakes on-demand at $25.4M`."""
    labels = {option.id: option.cost.option.label for option in advice.break_evens.contenders}
    last = advice.costing.demand.months - 1
    for crossing in advice.break_evens.crossings:
        when = "at the end, when the hardware is sold" if crossing.month > last else f"month {crossing.month:.1f}"
        yield (
            f"{when}: to {labels[crossing.cheaper_after]} gets cheaper than to "
            f"{labels[crossing.cheaper_before]}, {usd(crossing.usd)} each"
        )


def _waterfall_rows(advice: Advice) -> Iterator[tuple[str, str]]:
    """From the pick's cost to the rival's: first and last the two totals, between them the steps with their sign."""
    verdict = advice.verdict
    if verdict.pick is None or verdict.rival is None:
        return
    pick, rival = verdict.pick.cost, verdict.rival.cost
    yield pick.option.label, usd(pick.expected_usd)
    for step in (step for step in advice.reasons.waterfall if abs(step.usd) >= 0.5):
        yield step.group, usd(step.usd) if step.usd < 0 else "+" + usd(step.usd)
    yield rival.option.label, usd(rival.expected_usd)


def _term_rows(advice: Advice) -> list[tuple[str, str, str]]:
    """Break-even use of each reserved term: label, ratio of the rates, share of the time with everything counted."""
    return [(term.label, percent(term.rate_ratio), _share_words(term)) for term in advice.break_evens.terms]


def _share_words(term: TermBreakEven) -> str:
    return term.reason if term.busy_share is None else f"{term.pays} {percent(term.busy_share)}"


def _month_rows(advice: Advice) -> list[tuple[str, str]]:
    """The pick for every plan length: `1 to 10 months`, `reserve 3 months`."""
    labels = {option.id: option.cost.option.label for option in advice.verdict.ranked}
    return [
        (months_phrase([(i.from_month, i.to_month)]), labels.get(i.option, i.option) if i.option else "nothing fits")
        for i in advice.break_evens.months
    ]


def _scenario_rows(advice: Advice) -> Iterator[tuple[str, str, str]]:
    """What is cheapest under each named path of rents, and what the pick costs more: label, option, difference."""
    labels = {option.id: option.cost.option.label for option in advice.verdict.ranked}
    pick = advice.verdict.pick
    for outcome in advice.scenarios:
        if pick is None or outcome.best_option is None:
            continue
        more = outcome.usd[pick.id] - outcome.usd[outcome.best_option]
        yield (
            outcome.label,
            labels[outcome.best_option],
            "the pick" if outcome.best_option == pick.id else f"+{usd(more)}",
        )


def _payback_words(advice: Advice) -> str:
    """The simple payback, under that name and with what it leaves out."""
    payback = advice.break_evens.payback
    if payback is None:
        return f"Simple undiscounted payback: none, {advice.break_evens.node_price.reason or 'there is no node price'}"
    if payback.months is None:
        return "Simple undiscounted payback: never, owning saves no cash against on demand"
    return (
        f"Simple undiscounted payback: {payback.months:.1f} months ({usd(payback.capex_usd)} over "
        f"{usd(payback.saving_usd_per_month)} a month saved at today's on-demand price)"
    )


def source_lines(advice: Advice) -> list[str]:
    """The offers in hand, then the figures that weigh most with their sources, thin ones marked."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    lines = [_quote_line(quote) for quote in advice.profile.quote]
    wanted = [f"{tier}_usd_per_gpu_hour", "marketplace_usd_per_gpu_hour", "node_usd", "sublet_discount_share"]
    figures = [(name, gpu.figures[name]) for name in wanted if name in gpu.figures]
    figures += [(f"term discount {months} m", figure) for months, figure in gpu.term_discounts[tier].items()]
    titles: list[str] = []
    for name, figure in figures:
        source = advice.book.sources.get(figure.source)
        title = source.title if source else figure.source
        if title not in titles:
            titles.append(title)
        thin = " THIN" if figure.is_thin else ""
        spread = f"{figure.low:g} to {figure.high:g}, n={figure.n}, {figure.date}"
        lines.append(f"{name}: {figure.value:g} {figure.unit} ({spread}){thin} [{titles.index(title) + 1}]")
    return [*lines, *(f"[{number}] {title}" for number, title in enumerate(titles, 1))]


def _quote_line(quote: Quote) -> str:
    """An offer in hand: `your offer, reserved 12 months: 2.45 USD/GPU-h (vendor A, 2026-11-02)`."""
    term = f" {quote.months} months" if quote.months else ""
    price = f"{quote.usd_per_node:,g} USD/node" if quote.usd_per_node else f"{quote.usd_per_gpu_hour:g} USD/GPU-h"
    told = ", ".join(part for part in (quote.from_, quote.date.isoformat() if quote.date else "") if part)
    return f"your offer, {quote.option}{term}: {price}" + (f" ({told})" if told else "")


def profile_line(advice: Advice) -> str:
    """The need in one line: `64 nodes, 24 months, 85 % busy, pre-train`."""
    demand, kinds = advice.costing.case.whole_demand, sorted({workload.kind for workload in advice.profile.workload})
    nodes = f"{demand.peak_nodes:,} node" + ("s" if demand.peak_nodes > 1 else "")
    longest = max(w.months for w in advice.profile.workload)
    start = demand.start_month
    months = f"{longest:g} month" + ("s" if longest != 1 else "") + (f" from month {start + 1}" if start else "")
    return f"{nodes} · {months} · {percent(demand.busy_share)} busy · {listed(kinds)}"
