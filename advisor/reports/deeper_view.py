"""What takes longer to compute than the verdict: what would change it, tornado, waiting, balance sheet."""

from collections.abc import Iterator, Mapping

from advisor.costing.option import subject_of
from advisor.decision.advise import Advice
from advisor.decision.capacity import Capacity
from advisor.decision.plans.serving_answer import ServingAnswer
from advisor.decision.sensitivity import Flip
from advisor.explain.input_sources import label_of
from advisor.explain.number_id import CAPACITY, IDLE, INFORMATION, LEAVES_API, WAITING, NumberId
from advisor.formatting import amounts_apart, capitalized, percent, short_count, usd, usd_rate
from advisor.reports.charts_view import tornado_bars
from advisor.reports.verdict_view import plan_text, what_would_fit
from advisor.reports.view_models import BalanceRow, DeeperView, ServiceView, Statement, UnitCostRow

_STOPS = (3, 6, 12, 24)  # months that people ask about
_USE_TOLD = ("on-demand", "reserved-12m")


def deeper_view(advice: Advice) -> DeeperView:
    """What the Why screen and the reports say beyond the verdict. Takes a fraction of a second."""
    return DeeperView(
        changes=tuple(_changes(advice)),
        tornado=tuple(tornado_bars(advice)),
        worth=tuple(_worth(advice)),
        balance=tuple(_balance_rows(advice)),
        owning="" if advice.owner is None else advice.owner.cost.option.label,
        stops=tuple(_stops(advice)),
        service=_service(advice),
    )


def _service(advice: Advice) -> ServiceView | None:
    """The answer of a service in its own units; None for other work."""
    found = advice.serving
    if found is None:
        return None
    rows = tuple(
        UnitCostRow(
            one.label,
            "" if one.today_usd is None else usd_rate(one.today_usd),
            usd_rate(one.plan_usd),
            NumberId.unit_cost(one),
        )
        for one in found.costs
    )
    answer = Statement(_stay_or_leave(found), LEAVES_API if found.leaves_at else None)
    return ServiceView(f"In {found.counted}", answer, found.many_of_them, rows, tuple(_service_notes(found)))


def _stay_or_leave(found: ServingAnswer) -> str:
    """`Stay on the API until about 640M tokens a day (month 18 at your growth), then rent on demand.`"""
    volume, throughput = found.need.volume_per_day, found.need.throughput
    now = f"{short_count(volume)} {found.counted} a day"
    if found.api_usd is None:
        missing = "price of an API is given (`api_usd_per_request`)"
        missing = "API is named as good enough (`good_enough`)" if throughput is not None else missing
        return f"{now}. No {missing}, so none is compared."
    if found.leaves_at is None:
        return f"{now}. No volume makes GPUs of your own cheaper than the API."
    if not found.leaves_at:
        return f"{now}. At any volume another way costs less than the API."
    about = _rounded(found.leaves_at)
    reach = " to ".join(_rounded(end) for end in (found.low, found.high) if end is not None)
    reach = reach if found.high is not None else f"{reach} or more, or never"
    spread = "" if throughput is None else f", {reach} by throughput and API price"
    if volume >= found.leaves_at:
        return f"{now} are above the {about} at which the API stops being the cheapest{spread}."
    when = "not reached in this plan" if found.month is None else f"month {found.month} at your growth"
    return f"Stay on the API until about {about} {found.counted} a day ({when}{spread}), then {found.then}."


def _rounded(volume: float) -> str:
    return short_count(float(f"{volume:.2g}"))


def _service_notes(found: ServingAnswer) -> Iterator[Statement]:
    if found.need.throughput is not None and found.need.throughput.latency:
        yield Statement(f"At the throughput used, tokens come soon enough: {found.need.throughput.latency}.")
    for use in found.use:
        if use.option in _USE_TOLD:
            high = "never" if use.high > 1 else percent(use.high)
            reach = "" if use.low == use.high else f" ({percent(use.low)} to {high})"
            share = f"{percent(use.share)}{reach}" if use.share <= 1 else "never"
            cheaper = f"{subject_of(use.label)} costs less than the API's {found.counted}"
            yield Statement(f"By rates alone {cheaper} above this utilization: {share}.", NumberId.use(use))
    yield Statement(
        f"{percent(found.idle_share)} of the GPUs that today's volume needs would be idle, "
        f"{usd(found.idle_usd_per_month)} a month at the rent on demand.",
        IDLE,
    )


def _changes(advice: Advice) -> Iterator[Statement]:
    """What would change the answer, nearest first, and how many inputs would not."""
    found, labels = advice.sensitivity, _labels(advice)
    if advice.verdict.pick is None:
        yield from map(Statement, what_would_fit(advice))
    elif not (found.flips or found.swings):
        yield Statement("No option of another class is feasible, so no input changes the answer; an offer may.")
    elif not found.flips:
        yield Statement("No single input changes the answer within its plausible range.")
    else:
        yield from (Statement(_flip_text(flip, labels, advice), NumberId.flip(flip)) for flip in found.flips)
        yield Statement(f"{len(found.steady)} other inputs do not change the answer anywhere in their plausible range.")


def _labels(advice: Advice) -> Mapping[str, str]:
    return {option.id: option.cost.option.label for option in advice.verdict.ranked}


def _flip_text(flip: Flip, labels: Mapping[str, str], advice: Advice) -> str:
    """`Price of a node below $214k (now $300k): buy and colocate`; `again` where the pick's class returns."""
    lower = flip.flips_at < flip.current
    side = "below" if lower else "above"
    if flip.unit in ("months", "nodes", "GPUs"):
        side = "down to" if lower else "from"
    label = label_of(flip.input, advice)
    unit = "" if flip.unit == label else flip.unit  # "nodes down to 10", not "10 nodes"
    at, now = (text.strip() for text in amounts_apart(flip.flips_at, flip.current, unit))
    what = f"{label} {at}" if lower and at.startswith("under ") else f"{label} {side} {at}"
    pick = advice.verdict.pick
    again = " again" if pick is not None and flip.to_class == pick.option_class else ""
    return f"{capitalized(what)} (now {now}): {labels[flip.to_option]}{again}"


def _worth(advice: Advice) -> Iterator[Statement]:
    """The value of waiting, or that it costs; what a shortage would cost; then the most that waiting or better
    forecasts can bring."""
    waiting, known = advice.waiting, advice.risk.information
    if waiting is not None:
        what = "saves" if waiting.edge_usd > 0 else "costs"
        yield Statement(
            f"Renting {waiting.months} months on demand and then choosing {what} {usd(abs(waiting.edge_usd))} "
            f"compared with the best choice today; then: {plan_text(waiting)}.",
            WAITING,
        )
    if advice.capacity is not None:
        yield Statement(_capacity_text(advice.capacity, advice), CAPACITY)
    if advice.verdict.pick is None:
        return
    worth = (
        f"be worth {usd(known.total_usd)} on average: of rents alone {usd(known.rents_usd)}, of changes of the plan "
        f"alone {usd(known.plan_usd)}."
    )
    never = "change the answer in no simulated future, so it would be worth nothing."
    yield Statement(f"A perfect forecast would {worth if known.total_usd >= 1 else never}", INFORMATION)


def _stops(advice: Advice) -> Iterator[str]:
    """What the best of each class costs in all if the plan changes in some month, and what demand is left then."""
    ways = [one.cost for one in advice.break_evens.contenders if one.feasible and one.cost.option.priced]
    months = advice.costing.case.demand.months
    for month in (month for month in _STOPS if month < months and ways):
        costs = " · ".join(f"{cost.option.label} {usd(cost.if_it_changes_usd(month))}" for cost in ways)
        yield f"in month {month}: {costs}"


_NOT_POLLED = {
    "marketplace": "No marketplace was polled.",
    "serverless": "No serverless provider was polled.",
    "spot": "Spot was not polled.",
}


def _capacity_text(found: Capacity, advice: Advice) -> str:
    """How often a seller could not deliver, how thin that is, and what is insured against it."""
    figure = advice.book.gpu(found.gpu).figures["neocloud_available_share"]
    labels = {option.id: option.cost.option.subject for option in advice.verdict.ranked}
    known = "your own figure" if figure.own else f"one machine, {figure.n} sellers, one week of {figure.date}: thin"
    away = f"A seller could not deliver on demand in {percent(found.turned_away_share)} of polls ({known})."
    away += f" {_NOT_POLLED[found.hourly]}" if found.hourly in _NOT_POLLED else ""
    if found.saves_usd <= 0:
        return f"{away} Nothing is at risk: {labels[found.assured]} costs less and does not depend on it."
    instead = f"{labels[found.assured]} instead of {labels[found.hourly]}"
    return f"{away} If all sellers turn you away, {instead} costs {usd(found.saves_usd)} more."


def _balance_rows(advice: Advice) -> Iterator[BalanceRow]:
    """Book value, expected market value and debt of what buying would own."""
    for sheet in advice.balance_sheets:
        amounts = (usd(sheet.book_usd), usd(sheet.market_usd), usd(sheet.owed_usd))
        yield BalanceRow(f"month {sheet.month}", *amounts, NumberId.balance(sheet))
