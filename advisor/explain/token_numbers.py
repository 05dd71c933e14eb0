"""Numbers of a service in tokens, explained: a million tokens each way, the volume that leaves the API, idle time."""

from collections.abc import Callable, Mapping

from advisor.costing.lineage import Inputs, undiscounted
from advisor.decision.advise import Advice
from advisor.decision.plans.serving_answer import BreakEvenUse, ServingAnswer, TokenCost, tokens_per_gpu_hour
from advisor.explain.number import Number, Part, contender_inputs, inputs_of, option_named, thing_of
from advisor.explain.number_id import IDLE, LEAVES_API, NumberId
from advisor.explain.option_numbers import work_words
from advisor.formatting import percent, short_count, usd, usd_rate
from advisor.input_id import InputId

_API = tuple(InputId.of_book("api", f"{side}_usd_per_mtok") for side in ("input", "output"))


def _answer(advice: Advice) -> ServingAnswer:
    assert advice.serving is not None
    return advice.serving


def _throughput_words(found: ServingAnswer) -> str:
    """`12.2M tokens an hour by one GPU at full load (8.6M to 17.2M), measured: ...`"""
    need, rows = found.need, found.need.throughput.rows
    spread = "" if need.low == need.high else f" ({short_count(need.low)} to {short_count(need.high)})"
    if not rows:
        source = "your own measurement"
    else:
        near = rows[0]
        row = f"{near.model_name} {near.model.precision.upper()} on {near.gpu}, {near.engine}, {near.date}"
        source = f"{near.kind}: {row}" if need.throughput.measured else f"between {len(rows)} rows, the nearest {row}"
    return f"{short_count(need.tokens_per_gpu_hour)} tokens an hour by one GPU at full load{spread}, {source}"


def _cost(number: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    one: TokenCost = thing_of(number, found.costs, NumberId.tokens)
    (option,) = option_named(one.option, advice)
    cost = option.cost
    hours, per_hour = cost.case.whole_demand.expected_used_gpu_hours, cost.usd_per_used_gpu_hour
    assert per_hour is not None  # else it has no cost of a million tokens
    now = "" if one.today_usd is None else f"; {usd_rate(one.today_usd)} if today's volume stayed, costed again"
    gpu, there = cost.case.assumptions.gpu, tokens_per_gpu_hour(cost, advice.costing, found.need)
    elsewhere = "" if gpu.id == advice.gpu.id else f"; one {gpu.label} serves {short_count(there)} an hour"
    return Number(
        f"A million tokens, {one.label}",
        usd_rate(one.plan_usd),
        "What a million tokens cost, read and written together, over the plan as it grows; not discounted.",
        f"{work_words(cost)}, over {float(hours):,.0f} GPU-hours of work expected is "
        f"{usd_rate(per_hour)} an hour, over {_throughput_words(found)}{elsewhere}{now}",
        _inputs_of_api(option.action, undiscounted(inputs_of([option], advice))),
        (Part(NumberId.option(option.id, "usd_per_used_gpu_hour"), "cost of a busy GPU-hour", per_hour),),
    )


def _inputs_of_api(action: str, inputs: Inputs) -> Inputs:
    return tuple(dict.fromkeys((*_API, *inputs))) if action == "api" else inputs


def _leaves(_: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    ends = [short_count(float(f"{end:.2g}")) for end in (found.low, found.high) if end is not None]
    reach = " to ".join(ends) + ("" if found.high is not None else " or more, or never")
    return Number(
        "Tokens a day at which the API is left",
        f"{short_count(float(f'{found.leaves_at or 0:.2g}'))} a day",
        "From here on another way always costs less than the API alone, at a volume that stays.",
        f"every option is costed again at many volumes, and at more where the answer changes; {reach} with throughput "
        f"and API price at the ends of their ranges; {_throughput_words(found)}",
        tuple(dict.fromkeys((*_API, *contender_inputs(advice)))),
    )


def _use(number: NumberId, advice: Advice) -> Number:
    found = _answer(advice)
    one: BreakEvenUse = thing_of(number, found.use, NumberId.use)
    hour = (found.api_usd_per_mtok or 0.0) * found.need.tokens_per_gpu_hour / 1e6
    return Number(
        f"Utilization at which {one.label} costs as much as the API",
        percent(one.share) if one.share <= 1 else "never",
        "How busy a GPU must be for its hour to cost less than its tokens from the API, by rates alone.",
        f"{usd_rate(one.share * hour)} an hour over {usd_rate(hour)}, the API's price of what a GPU serves in it: "
        f"{usd_rate(found.api_usd_per_mtok or 0.0)} for a million tokens x {_throughput_words(found)}",
        tuple(dict.fromkeys((*_API, *inputs_of(option_named(one.option, advice), advice)))),
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


TOKEN_NUMBERS: Mapping[str, Callable[[NumberId, Advice], Number]] = {
    "tokens": _cost,
    "use": _use,
    LEAVES_API: _leaves,
    IDLE: _idle,
}
