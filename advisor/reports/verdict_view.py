"""The verdict as rows, labels and sentences, shared by commands, reports and screens."""

from collections.abc import Iterator
from datetime import date

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.costing.options.hourly_rental import no_on_demand_market
from advisor.costing.options.ownership import owned_cluster
from advisor.decision.advise import Advice
from advisor.decision.cash.limit import cash_needed_usd, shortfall
from advisor.decision.confidence import confidence_in
from advisor.decision.plans.serving_answer import unit_cost
from advisor.decision.price_break_even import SERVED, out_at_any_price
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.value_of_waiting import Waiting
from advisor.decision.why.renting import idle_service
from advisor.explain.number_id import PAYBACK, NumberId
from advisor.formatting import (
    age_phrase,
    capitalized,
    fine_percent,
    listed,
    months_phrase,
    percent,
    plural,
    usd,
    usd_rate,
)
from advisor.market.provenance import age_days
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.reports.cards.class_cards import class_cards
from advisor.reports.cards.cost_axis import cost_axis
from advisor.reports.charts_view import cost_plot, waterfall_bars
from advisor.reports.hints import hints, share_text
from advisor.reports.in_hand_view import in_hand_lines
from advisor.reports.timeline.growth_view import growth_headline, growth_line, size_words
from advisor.reports.timeline.steps_view import timeline_of
from advisor.reports.view_models import CostRow, LengthRow, ScenarioRow, Statement, TermRow, VerdictView

_LEAST_CHANCE = 0.005  # of a change of plan, to be worth a line
TIER_WORDS = {"neocloud": "GPU cloud list", "hyperscaler": "hyperscaler list"}


def verdict_view(advice: Advice, today: date) -> VerdictView:
    """Everything that the Verdict screen and the reports say, but for what takes a moment longer."""
    verdict = advice.verdict
    return VerdictView(
        name=advice.profile.name,
        market=market_line(advice, today),
        market_short=market_line(advice, today, short=True),
        headline=headline(advice),
        confidence=confidence_text(verdict),
        action=verdict.pick.action if verdict.pick else None,
        close_call=verdict.close_call,
        conclusion=_conclusion(advice),
        cards=class_cards(advice),
        summary=tuple(_summary(advice)),
        in_hand=() if verdict.pick is None else tuple(in_hand_lines(advice)),
        hints=tuple(hints(advice)),
        rows=cost_rows(advice),
        sentences=advice.reasons.sentences,
        warnings=warning_lines(advice, today),
        costs=cost_plot(advice),
        timeline=timeline_of(advice),
        crossings=tuple(_crossings(advice)),
        waterfall=tuple(waterfall_bars(advice)),
        terms=tuple(_term_rows(advice)),
        months=tuple(_length_rows(advice)),
        scenarios=tuple(_scenario_rows(advice)),
        payback=_payback(advice),
    )


def warning_lines(advice: Advice, today: date) -> tuple[str, ...]:
    """What to look at: an old book first, then what does not count, the size that was computed, and what the engine
    found."""
    old, reasons = advice.book.age_warning(today), advice.reasons
    owned = "What you paid for your hardware is not counted; it still costs its upkeep and the value it loses."
    first = [*([f"{capitalized(old)}."] if old else []), *([owned] if advice.profile.owned else [])]
    return (*first, *reasons.sizes, *reasons.warnings)


def market_line(advice: Advice, today: date, *, short: bool = False) -> str:
    """`H100 SXM · GPU cloud list $3.43/GPU-h (n=6) · prices of 2026-10, 6 weeks old`, or without sample and list;
    it says where the book is too old, and where the price is the user's own."""
    figure = advice.gpu.figures[f"{advice.profile.market.tier}_usd_per_gpu_hour"]
    tier = TIER_WORDS[advice.profile.market.tier]
    rate = f"{usd_rate(figure.value)}/GPU-h"
    if figure.own:
        return f"{advice.gpu.label} · {rate} · your own" if short else f"{advice.gpu.label} · {tier} {rate} (your own)"
    days = age_days(figure.date, today, advice.book.read_on)
    age, old = age_phrase(days), ": too old" if advice.book.is_stale(today) else ""
    if short and old:  # the warning stands before what a narrow line leaves out
        return f"{advice.gpu.label} · {figure.date}{old} · {rate}, {age}"
    if short:
        return f"{advice.gpu.label} · {rate} · {figure.date}, {age}"
    return f"{advice.gpu.label} · {tier} {rate} (n={figure.n}) · prices of {figure.date}, {age}{old}"


def headline(advice: Advice) -> str:
    """What to do, the action in capitals."""
    pick, bet = advice.verdict.pick, advice.costing.bet
    if pick is None:
        return "NOTHING FITS as it stands"
    return what_to_do(pick) + ("" if bet is None else f", {bet.condition}")


def what_to_do(taken: RankedOption) -> str:
    """What to do to take an option, the action in capitals: `RESERVE 12 months, then renew`."""
    option = taken.cost.option
    growing = growth_headline(taken)
    if growing is not None:
        return growing
    action, _, rest = option.command.partition(" ")
    then = f"; {option.term_months}-month terms" if option.term_months and option.rents_peaks else option.then
    return f"{action.upper()} {rest}{then}"


def confidence_text(verdict: Verdict) -> str:
    """`medium confidence, right in 89% of simulated markets (a blind guess: 57%)`, as counted for such a gap;
    that it is the only way where no other class is feasible."""
    earned = confidence_in(verdict)
    if earned is None:
        return "no other class is feasible" if verdict.only_way else ""
    word = f"{earned.word} confidence"
    if earned.word == "too close to call":  # by its gap, or one level lower than that: a figure is questioned
        word = earned.word if verdict.close_call else "low confidence"
    right, base = percent(earned.right_share), percent(earned.base_share)
    return f"{word}, right in {right} of simulated markets (a blind guess: {base})"


def verdict_text(verdict: Verdict) -> str:
    """The headline in short, for a list: `RESERVE 12 months`, `BUY or reserve (close)`."""
    if verdict.pick is None:
        return "NOTHING FITS"
    action, _, rest = verdict.pick.cost.option.command.partition(" ")
    if verdict.close_call and verdict.rival is not None:
        rival = verdict.rival
        if rival.action == verdict.pick.action:
            other = rival.cost.option.command.partition(" ")[2]
            if all(words.endswith((" month", " months")) for words in (rest, other)):  # a list has room for both so
                rest, other = rest.rpartition(" ")[0], f"{other.rpartition(' ')[0]} m"
            return f"{action.upper()} {rest} or {other} (close)"
        return f"{action.upper()} or {rival.action_word} (close)"
    return f"{action.upper()} {rest}"


def _conclusion(advice: Advice) -> str:
    """What the rival costs more, or that there is none, unless `confidence_text` says so."""
    verdict = advice.verdict
    pick, rival, gap = verdict.pick, verdict.rival, verdict.gap_share
    if pick is None:
        return ""
    if rival is None or gap is None:
        return "" if confidence_in(verdict) is None else "No other class is feasible"
    if verdict.close_call and gap <= advice.costing.case.assumptions.money.close_call_share:
        more = f"costs only {fine_percent(gap)} more" if gap > 0 else "costs the same within half a percent"
        subject = rival.cost.option.subject
        return f"{capitalized(subject)} {more}"
    more = usd(rival.cost.expected_usd - pick.cost.expected_usd)
    share = f" ({percent(gap)})" if pick.cost.expected_usd > 0 else ""  # else it is a share of income
    return f"{capitalized(rival.cost.option.subject)} costs {more}{share} more"


def _summary(advice: Advice) -> Iterator[str]:
    pick = advice.verdict.pick
    if pick is None:
        yield from _nearest_miss(advice)
        return
    if (bet := advice.costing.bet) is not None:
        lead = f"{usd(bet.credit_usd)} of {' and '.join(bet.kinds)}"
        without = f"this costs {usd(bet.pick_usd)}, {bet.without_label} {usd(bet.without_usd)}"
        yield f"Depends on {lead}; without it {without}"
    if pick.cost.case.assumptions.gpu.id != advice.gpu.id:
        sizes = (
            f"{_size(case, advice)} of {case.assumptions.gpu.label}" for case in (pick.cost.case, advice.costing.case)
        )
        yield capitalized(" do the work of ".join(sizes))
    safe = percent(of_one(pick.cost.case.assumptions.money.cash_safety_share))
    most = f"Takes up to {usd(pick.cost.peak_outlay_usd)} of your cash in {safe} of cases"
    idle = percent(1 - pick.cost.case.whole_demand.busy_share_as_rented)
    idle = f" ({idle} idle)" if idle_service(advice.profile, pick) else ""
    rate = pick.cost.usd_per_used_gpu_hour
    hourly = "" if rate is None else f"{usd_rate(rate)} per busy GPU-hour{idle}"
    tokens = unit_cost(advice.profile, pick.cost, advice.costing)
    yield " · ".join(filter(None, [most, hourly, tokens, *_certainty(advice, pick)]))
    yield from _cheaper_with_more_cash(advice, pick)
    yield from () if advice.reasons.smaller is None else (advice.reasons.smaller.sentence,)
    growing = growth_line(pick)
    yield from (growing,) if growing is not None else ()
    yield from in_hand_lines(advice)
    yield from _later(advice)


def _size(case: Case, advice: Advice) -> str:
    """How much of its GPU does all of the work."""
    per_node = of_one(case.assumptions.rental.gpus_per_node)
    return size_words(case.whole_demand, per_node, in_nodes=advice.profile.in_nodes)


def _cheaper_with_more_cash(advice: Advice, pick: RankedOption) -> Iterator[str]:
    """What cash rules out though it would cost less, and for how long the cash would pay for it."""
    other = advice.verdict.without_cash_limit
    if other is not None and (less := pick.cost.expected_usd - other.cost.expected_usd) > 0:
        short = shortfall(other.cost, advice.profile.company)
        yield f"{capitalized(other.cost.option.subject)} would cost {usd(less)} less, but {short}"


def _certainty(advice: Advice, pick: RankedOption) -> Iterator[str]:
    """The chance that the plan ends early, the runway, and what explains a range that looks odd."""
    chance, company = pick.cost.demand.chance_of_change, advice.profile.company
    if chance >= _LEAST_CHANCE:
        own = any(workload.plan_change_per_month is not None for workload in advice.profile.workload)
        assumed = "" if "stage" in company.model_fields_set else ", assumed"
        because = "your own figure" if own else f"stage {company.stage}{assumed}"
        yield f"{percent(chance)} chance it ends early ({because})"
    if company.cash_usd is None:
        yield "cash not checked"
    if advice.runway is not None:
        yield f"runway {advice.runway.words}"
    spread = advice.risk.spreads[pick.id]
    inside = spread.p5_usd <= pick.cost.expected_usd <= spread.p95_usd
    if usd(spread.p5_usd) != usd(spread.p95_usd) and not inside:
        yield "the expected cost is pulled out of the range by rare cases"
    if advice.verdict.rival_is_cheaper:
        yield f"cheapest or equal in {percent(advice.risk.pick_equal)} of futures"


def _later(advice: Advice) -> Iterator[str]:
    """What to do afterwards, when the pick is to wait; else nothing: waiting is a row of its own."""
    waiting, pick = advice.waiting, advice.verdict.pick
    if waiting is None or pick is None or waiting.option != pick.id:
        return
    yield f"Then: {plan_text(waiting)}; waiting saves {usd(waiting.edge_usd)} compared with deciding today"


def plan_text(waiting: Waiting) -> str:
    """`rent on up to $2.80, else reserve 12 months`: what to do at which rent on demand."""
    if len(waiting.plan) == 1:
        return f"{waiting.plan[0][1]} at any rent"
    steps = [f"{what} up to {usd_rate(rent)}" for rent, what in waiting.plan[:-1]]
    return f"{', '.join(steps)}, else {waiting.plan[-1][1]}"


def _nearest_miss(advice: Advice) -> Iterator[str]:
    """What would fit: what cash does pay for, or that cash is not what is missing; then why the best of each class is
    infeasible."""
    yield from () if advice.reasons.smaller is None else (advice.reasons.smaller.sentence,)
    yield from what_would_fit(advice)
    used = next((o for o in advice.verdict.ranked if o.id == "buy-used" and o.cost.option.priced), None)
    for option in advice.break_evens.contenders:
        beside = "" if option.action != "buy" or used is None else f"; used: {'; '.join(used.infeasible_because)}"
        yield f"{option.action_word}: {'; '.join(option.infeasible_because)}{beside}"


def what_would_fit(advice: Advice) -> Iterator[str]:
    """The largest plan that cash pays for, and the least cash that is enough."""
    company = advice.profile.company
    have, months = company.available_usd, advice.costing.case.demand.months
    possible = [option for option in advice.verdict.ranked if not option.cost.option.infeasible_because]
    if not possible:
        yield "More cash does not help: what rules out each option has to change first"
        return
    if advice.payable is not None:
        yield advice.payable.sentence
    if (other := company.burn_usd_per_month * months) > have:
        yield (
            f"Your other spending alone takes {usd(other)} in {months} months, {usd(other - have)} more than you have: "
            "no compute can be paid for to the end"
        )
    least = min(possible, key=lambda option: cash_needed_usd(option.cost, company))
    needs = cash_needed_usd(least.cost, company)
    label, missing = least.cost.option.label, usd(needs - have)
    yield f"The option that needs the least cash: {label}, {usd(needs)}, {missing} more than you have"


def by_cost(verdict: Verdict) -> tuple[RankedOption, ...]:
    """The pick, the other feasible options by expected cost, then those that are not feasible; folded ones left out."""
    order = sorted(verdict.ranked, key=lambda one: (one is not verdict.pick, not one.feasible, one.cost.expected_usd))
    return tuple(one for one in order if one.folded_under is None)


def cost_rows(advice: Advice) -> tuple[CostRow, ...]:
    """All options as `by_cost`, with their ranges on one axis."""
    verdict = advice.verdict
    leaders = {option.id for option in advice.break_evens.contenders}
    axis = cost_axis([advice.risk.spreads[one.id] for one in verdict.ranked if one.feasible])
    return tuple(
        CostRow(
            id=option.id,
            action=option.action,
            label=option.cost.option.label,
            usd=option.cost.expected_usd,
            cost=usd(option.cost.expected_usd) if option.cost.option.priced else "-",
            places=axis.places(advice.risk.spreads[option.id], option.cost.expected_usd),
            cut=axis.cut,
            is_pick=option is verdict.pick,
            leads_class=option.id in leaders,
            why_not="; ".join(option.infeasible_because),
        )
        for option in by_cost(verdict)
    )


def _crossings(advice: Advice) -> Iterator[Statement]:
    """`Month 24.5: buying and colocating becomes cheaper than on-demand rent, $25.4M each`."""
    labels = {option.id: option.cost.option.subject for option in advice.break_evens.contenders}
    last = advice.costing.demand.months - 1
    for crossing in advice.break_evens.crossings:
        when = "at the end, when the hardware is sold" if crossing.month > last else f"month {crossing.month:.1f}"
        yield Statement(
            f"{capitalized(when)}: {labels[crossing.cheaper_after]} becomes cheaper than "
            f"{labels[crossing.cheaper_before]}, {usd(crossing.usd)} each",
            NumberId.crossing(crossing),
        )


def _term_rows(advice: Advice) -> Iterator[TermRow]:
    """The break-even utilization of each reserved term, and when all of it has paid off."""
    for term in advice.break_evens.terms:
        of_months = f"{term.term_months} {plural('month', term.term_months)}"
        paid = "" if term.paid_months is None else f"{term.paid_months:.1f} of {of_months}"
        yield TermRow(term.label, percent(term.rate_ratio), share_text(term), paid, NumberId.term(term))


def _length_rows(advice: Advice) -> Iterator[LengthRow]:
    """The cheapest option for every plan length: `1 to 10 months`, `reserve 3 months`."""
    for one in advice.break_evens.months:
        option = "nothing fits" if one.option is None else one.option.label
        yield LengthRow(months_phrase([(one.from_month, one.to_month)]), option, NumberId.length(one))


def _scenario_rows(advice: Advice) -> Iterator[ScenarioRow]:
    """What is cheapest under each named path of rents, and what the pick costs more."""
    labels = {option.id: option.cost.option.label for option in advice.verdict.ranked}
    pick = advice.verdict.pick
    for outcome in advice.scenarios:
        if pick is None or outcome.best_option is None:
            continue
        more = outcome.usd[pick.id] - outcome.usd[outcome.best_option]
        extra = "the pick" if outcome.best_option == pick.id else f"+{usd(more)}"
        yield ScenarioRow(outcome.label, labels[outcome.best_option], extra, NumberId.scenario(outcome))


def _payback(advice: Advice) -> Statement:
    """The simple payback, under that name and with what it leaves out."""
    name = "Simple undiscounted payback"
    payback = advice.break_evens.payback
    if payback is None:
        case = advice.costing.case
        reason = out_at_any_price(owned_cluster(case)) or no_on_demand_market(case) or "there is no node price"
        reason = SERVED if not case.demand.alive.nodes.any() else reason
        return Statement(f"{name}: none, {reason}")
    if payback.months is None:
        return Statement(f"{name}: never, owning saves no cash against on demand", PAYBACK)
    months = f"{payback.months:.1f}" if payback.months <= MAX_PLAN_MONTHS else f"over {MAX_PLAN_MONTHS}"
    return Statement(
        f"{name}: {months} months ({usd(payback.capex_usd)} over "
        f"{usd(payback.saving_usd_per_month)} a month saved at today's on-demand price)",
        PAYBACK,
    )


def profile_line(advice: Advice) -> str:
    """The need in one line: `64 nodes, 24 months, 85% busy, pre-train`; GPUs and utilization of a service are those of
    its whole replicas."""
    demand, kinds = advice.costing.case.whole_demand, sorted({workload.kind for workload in advice.profile.workload})
    start, works = demand.start_month, advice.profile.workload
    length = max(w.start_month + w.months for w in works) - start
    months = f"{length:g} {plural('month', length)}" + (f" from month {start + 1}" if start else "")
    of_services = all(workload.serving is not None for workload in works)
    share = demand.busy_share_as_rented if of_services else demand.busy_share
    whens = {work.busy_when for work in works}
    busy = f"{percent(share)} busy{whens.pop() if len(whens) == 1 else ''}"
    return f"{_size(advice.costing.case, advice)} · {months} · {busy} · {listed(kinds)}"
