"""Numbers of a service, explained: what a million tokens or a thousand requests cost each way, the volume that leaves
the API, idle time."""

from collections.abc import Callable, Mapping

from advisor.costing.lineage import Inputs, undiscounted
from advisor.costing.options.hosted_api import prices_of
from advisor.decision.advise import Advice
from advisor.decision.plans.serving_answer import BreakEvenUse, ServingAnswer, UnitCost, served_per_gpu_hour
from advisor.explain.number import Number, Part, contender_inputs, inputs_of, option_named, thing_of
from advisor.explain.number_id import IDLE, LEAVES_API, NumberId
from advisor.explain.option_numbers import work_words
from advisor.formatting import capitalized, percent, short_count, usd, usd_rate
from advisor.input_id import InputId


def _answer(advice: Advice) -> ServingAnswer:
    assert advice.serving is not None
    return advice.serving


def _throughput_words(found: ServingAnswer) -> str:
    """`12.2M tokens an hour by one GPU at full load (8.6M to 17.2M), measured: ...`, `600 images an hour by ...`"""
    need = found.need
    if need.throughput is None:
        return f"{short_count(need.volume_per_gpu_hour)} {found.counted} an hour by one GPU at full load"
    rows = need.throughput.rows
    spread = "" if need.low == need.high else f" ({short_count(need.low)} to {short_count(need.high)})"
    if not rows:
        source = "your own measurement"
    else:
        near = rows[0]
        row = f"{near.model_name} {near.model.precision.upper()} on {near.gpu}, {near.engine}, {near.date}"
        source = f"{near.kind}: {row}" if need.throughput.measured else f"between {len(rows)} rows, the nearest {row}"
    return f"{short_count(need.volume_per_gpu_hour)} tokens an hour by one GPU at full load{spread}, {source}"


def _cost(number: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    one: UnitCost = thing_of(number, found.costs, NumberId.unit_cost)
    (option,) = option_named(one.option, advice)
    cost = option.cost
    hours, per_hour = cost.case.whole_demand.expected_used_gpu_hours, cost.usd_per_used_gpu_hour
    assert per_hour is not None  # else it has no unit cost
    now = "" if one.today_usd is None else f"; {usd_rate(one.today_usd)} if today's volume stayed, costed again"
    gpu, there = cost.case.assumptions.gpu, served_per_gpu_hour(cost, advice.costing, found.need)
    inputs = undiscounted(inputs_of([option], advice))
    elsewhere = "" if gpu.id == advice.gpu.id else f"; one {gpu.label} serves {short_count(there)} an hour"
    return Number(
        capitalized(f"{found.many_of_them}, {one.label}"),
        usd_rate(one.plan_usd),
        f"What {found.many_of_them} cost{_together(found)}, over the plan as it grows; not discounted.",
        f"{work_words(cost)}, over {float(hours):,.0f} GPU-hours of work expected is "
        f"{usd_rate(per_hour)} an hour, over {_throughput_words(found)}{elsewhere}{now}",
        _with_api(inputs, advice) if option.action == "api" else inputs,
        (Part(NumberId.option(option.id, "usd_per_used_gpu_hour"), "cost of a busy GPU-hour", per_hour),),
    )


def _together(found: ServingAnswer) -> str:
    return "" if found.need.throughput is None else ", read and written together"


def _prices_of_api(advice: Advice) -> tuple[InputId, ...]:
    """The book's prices of the API; none for requests, whose price is the user's."""
    api = advice.costing.case.api
    return () if api is None else tuple(InputId.of_book("api", name) for name in prices_of(api))


def _with_api(inputs: Inputs, advice: Advice) -> Inputs:
    """Inputs with the prices of the API in front."""
    return tuple(dict.fromkeys((*_prices_of_api(advice), *inputs)))


def _leaves(_: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    ends = [short_count(float(f"{end:.2g}")) for end in (found.low, found.high) if end is not None]
    reach = " to ".join(ends) + ("" if found.high is not None else " or more, or never")
    ranges = f"; {reach} with throughput and API price at the ends of their ranges" if found.need.throughput else ""
    return Number(
        f"{capitalized(found.counted)} a day at which the API is left",
        f"{short_count(float(f'{found.leaves_at or 0:.2g}'))} a day",
        "From here on another way always costs less than the API alone, at a volume that stays.",
        f"every option is costed again at many volumes, and at more where the answer changes{ranges}; "
        f"{_throughput_words(found)}",
        _with_api(contender_inputs(advice), advice),
    )


def _use(number: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    one: BreakEvenUse = thing_of(number, found.use, NumberId.use)
    api_usd = found.api_usd or 0.0
    hour = api_usd * found.need.volume_per_gpu_hour / found.many
    return Number(
        f"Utilization at which {one.label} costs as much as the API",
        percent(one.share) if one.share <= 1 else "never",
        f"How busy a GPU must be for its hour to cost less than its {found.counted} from the API, by rates alone.",
        f"{usd_rate(one.share * hour)} an hour over {usd_rate(hour)}, the API's price of what a GPU serves in it: "
        f"{usd_rate(api_usd)} for {found.many_of_them} x {_throughput_words(found)}",
        _with_api(inputs_of(option_named(one.option, advice), advice), advice),
    )


def _idle(_: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    need = found.need
    return Number(
        "Idle GPUs of today's volume",
        f"{usd(found.idle_usd_per_month)} a month",
        f"What the idle {percent(found.idle_share)} of the replicas cost that the first month needs.",
        f"replicas for {need.gpus:,.3g} GPUs at the peak, less {need.mean_gpus:,.3g} at work in the mean, at the rent "
        f"on demand; {_throughput_words(found)}",
        inputs_of(option_named("on-demand", advice), advice),
    )


SERVICE_NUMBERS: Mapping[str, Callable[[NumberId, Advice], Number]] = {
    "unit-cost": _cost,
    "use": _use,
    LEAVES_API: _leaves,
    IDLE: _idle,
}
