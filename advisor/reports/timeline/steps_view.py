"""What to sign and when, with what is paid and the cash that is left by month: the timeline of a plan, as values."""

from advisor.decision.advise import Advice
from advisor.decision.cash.runway import cash_left_usd
from advisor.decision.plan_steps import Step, stages, steps
from advisor.decision.ranking import RankedOption
from advisor.formatting import plural, usd
from advisor.reports.timeline.growth_view import unit_word
from advisor.reports.timeline.timeline import Timeline, TimelineSeries, TimelineStep


def timeline_of(advice: Advice) -> Timeline | None:
    """The timeline of the pick; None where all there is to do is done at once."""
    pick = advice.verdict.pick
    found = plan_steps(advice)
    if pick is None or len(found) < 2:
        return None
    months, paid = pick.cost.demand.months, pick.cost.plan_holds_usd
    nodes, word = _nodes_by_month(pick), unit_word(pick)
    series = [TimelineSeries("paid", tuple(paid[:months].tolist()), usd(float(paid[:months].max())))]
    if min(nodes) < max(nodes):
        series.insert(0, TimelineSeries(plural(word, 2), nodes, f"{max(nodes):,.0f}"))
    if advice.profile.company.cash_usd is not None:
        left = cash_left_usd(advice.profile.company, paid[:months])
        series.append(TimelineSeries("cash", tuple(left.tolist()), usd(float(left.max()))))
    return Timeline(pick.cost.option.action, found, tuple(series), advice.profile.company.tax_rate > 0)


def plan_steps(advice: Advice) -> tuple[TimelineStep, ...]:
    """What to do for the pick while the plan holds, in order; nothing where nothing is feasible."""
    pick = advice.verdict.pick
    if pick is None:
        return ()
    paid, word, found = pick.cost.plan_holds_usd, unit_word(pick), steps(pick.cost)
    months = [step.month for step in found]
    return tuple(
        TimelineStep(
            step.month + 1,
            _text(pick, step, word),
            step.kind,
            step.nodes,
            step.term_months,
            step.owed_usd,
            float(paid[step.month]),
            first_of_month=step.month not in months[:at],
            renewed=_goes_on(step),
        )
        for at, step in enumerate(found)
    )


def step_rows(timeline: Timeline) -> tuple[tuple[str, str, str], ...]:
    """The month, what to do with what it comes to, and what is paid in that month."""
    return tuple((f"{step.month}", step.text + step.in_all, step.paid) for step in timeline.steps)


def _nodes_by_month(pick: RankedOption) -> tuple[float, ...]:
    """What is signed and rented in each month of the plan."""
    found: list[float] = []
    for stage in stages(pick.cost):
        found += [found[-1] if found else 0.0] * (stage.month - len(found))
        found.append(float(stage.nodes))
    return tuple(found + found[-1:] * (pick.cost.demand.months - len(found)))


def _text(pick: RankedOption, step: Step, word: str) -> str:
    """`reserve 5 nodes, 12 months`, `renew 5, add 7 nodes, 12 months`, `order 64 nodes`; `reserve 5 nodes, 1 month,
    renewed to month 4`."""
    option, counted = pick.cost.option, f"{step.nodes:,} {plural(word, step.nodes)}"
    if step.kind == "order":
        return f"order {counted}"
    if step.kind == "decide":
        return "decide: rent on, or sign"
    if step.kind == "rent":
        where = option.command.partition(" ")[2] if option.choice is None else "on demand"
        return f"rent {counted} {where}"
    verb = option.command.partition(" ")[0] if option.action == "reserve" else "reserve"
    what = f"{verb} {counted}"
    if step.renewed and step.added:
        what = f"renew {step.renewed:,}, add {step.added:,} {plural(word, step.added)}"
    elif step.renewed:
        what = f"renew {counted}"
    until = f", renewed to month {step.last_month}" if _goes_on(step) else ""
    return f"{what}, {step.term_months} {plural('month', step.term_months)}{until}"


def _goes_on(step: Step) -> bool:
    """Whether what is signed for a month is signed again for as many nodes."""
    return step.term_months == 1 and step.last_month > step.month + 1
