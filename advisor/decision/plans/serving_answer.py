"""The answer in the units of a service: dollars per million tokens or per thousand requests for each option, and the
volume above which the API costs more.

Source: docs/model.md#units-of-a-service
"""

import math
from collections.abc import Sequence

import numpy as np

from advisor.array_types import Amount, Floats, of_one
from advisor.costing.build_case import with_plans
from advisor.costing.case import Case
from advisor.costing.option import Action
from advisor.costing.options.hosted_api import usd_per_gpu_hour
from advisor.costing.options.hourly_rental import on_demand_multiple_at_start
from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.plans.menu import PlanMenu, menu_of_plans
from advisor.formatting import usd_rate
from advisor.market.assumptions import Assumptions
from advisor.profiles.amount_of_work import need_of_workload, open_share, service_at
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.schema import Profile, Workload
from advisor.profiles.serving.need import ServingNeed
from advisor.values.quick_dataclass import dataclass, replace

_THOUSAND, _MILLION = 1_000, 1_000_000
_LEAST_USD = 0.1  # of a thousand: a price below has one digit left
_MEAN_GPUS = (0.005, 5_000.0)  # volumes that are tried, in GPUs that work all the time
_POINTS = 24  # in each of two rounds


@dataclass(frozen=True)
class UnitCost:
    """What a million tokens or a thousand requests cost one way, USD, not discounted: at today's volume, and over the
    plan as it grows."""

    option: str
    action: Action
    label: str
    today_usd: float | None
    plan_usd: float


@dataclass(frozen=True)
class BreakEvenUse:
    """The utilization above which an hour at an option's rate costs less than what it serves from the API, by
    rates alone; with the range of throughput and of the API's price. Never reached if above 1."""

    option: str
    label: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ServingAnswer:
    """A service in its own units.

    Attributes:
        api: What the API is called; empty where none serves as well.
        counted: What is counted: tokens, or requests in the user's word for them.
        many: How many of them the costs are of: a million or a thousand.
        need: The service in GPUs.
        costs: Of the best option of each class and of the API, in the order of the ranking; not where the work costs
            less than nothing.
        api_usd: Today's price of as many, of tokens read and written together; None without an API.
        leaves_at, low, high: Volume a day from which another way costs less than the API, with the range of throughput
            and of the API's price; 0 where it does at any volume, None where it never does.
        then: What to do from there on, a command.
        month: The month of the plan in which growth gets there, from 1; None where it does not.
        use: Break-even utilizations.
        idle_share, idle_usd_per_month: Of the replicas that the first month needs, at the rent on demand.
    """

    api: str
    counted: str
    many: int
    need: ServingNeed
    costs: tuple[UnitCost, ...]
    api_usd: float | None
    leaves_at: float | None
    low: float | None
    high: float | None
    then: str
    month: int | None
    use: tuple[BreakEvenUse, ...]
    idle_share: float
    idle_usd_per_month: float

    @property
    def many_of_them(self) -> str:
        """`a million tokens`, `1,000 images`."""
        return f"{'a million' if self.many == _MILLION else f'{self.many:,}'} {self.counted}"


def serving_answer(profile: Profile, costing: Costing) -> ServingAnswer | None:
    """The answer in its own units, for a profile with one service; None for other work."""
    case = costing.case
    if profile.service is None:
        return None
    need = need_of_workload(profile.workload[0], case.assumptions)
    opened = of_one(open_share(profile.workload[0], case.assumptions.plan))
    idle_gpus = math.ceil(need.gpus / need.gpus_per_replica - 1e-9) * need.gpus_per_replica * opened - need.mean_gpus
    found = [_leaves_at(profile, costing, need, *factors) for factors in _factors(costing, need)]
    at, then = found[0] if found else (None, "")
    ends = [volume for volume, _ in found if volume is not None]
    many, costs = _costs(profile, costing, need)
    return ServingAnswer(
        api="" if case.api is None else case.api.name,
        counted=profile.service.volume_unit,
        many=many,
        need=need,
        costs=costs,
        api_usd=_api_usd(case, need, many),
        leaves_at=at,
        low=min(ends) if at is not None else None,
        high=max(ends) if at is not None and len(ends) == len(found) else None,
        then=then,
        month=None if at is None else _month(profile, need, at),
        use=tuple(_use(costing, need)),
        idle_share=idle_gpus / (idle_gpus + need.mean_gpus),
        idle_usd_per_month=idle_gpus * of_one(case.assumptions.rental.hours_per_month) * _on_demand_rate(case),
    )


def unit_cost(profile: Profile, cost: OptionCost, costing: Costing) -> str:
    """`$0.80 per million tokens` or `$1.20 per 1,000 images`, of the work alone over the plan, not discounted; empty
    unless it is about one service that costs something."""
    service = profile.service
    if service is None:
        return ""
    need = need_of_workload(profile.workload[0], costing.case.assumptions)
    usd = _usd_each(cost, costing, need)
    if usd is None:
        return ""
    many = _many(usd, need)
    return f"{usd_rate(usd * many)} per {'million' if many == _MILLION else f'{many:,}'} {service.volume_unit}"


def _many(usd_each: float, need: ServingNeed) -> int:
    """How many of what a service counts a price is told of: a million tokens, a thousand requests or, where these cost
    too little, a million."""
    return _THOUSAND if need.throughput is None and usd_each * _THOUSAND >= _LEAST_USD else _MILLION


def _costs(profile: Profile, costing: Costing, need: ServingNeed) -> tuple[int, tuple[UnitCost, ...]]:
    """Of how many the costs are, and those of the leading option of each class."""
    now = profile.model_copy(update={"workload": (_as_today(profile),)})
    at_today = cost_options(now, costing.book)
    today = {o.id: o.cost for o in at_today.verdict.ranked}
    leaders: dict[str, OptionCost] = {}
    for ranked in costing.verdict.ranked:
        if ranked.feasible:
            leaders.setdefault(ranked.option_class, ranked.cost)
    plan = {option_class: _usd_each(cost, costing, need) for option_class, cost in leaders.items()}
    many = _many(next((usd for usd in plan.values() if usd is not None), 1.0), need)
    costs = []
    for option_class, cost in leaders.items():
        option, usd = cost.option, plan[option_class]
        today_usd = _usd_each(today[option.id], at_today, need) if option.id in today else None
        if usd is not None:
            today_usd = None if today_usd is None else today_usd * many
            costs.append(UnitCost(option.id, option.action, option.label, today_usd, usd * many))
    return many, tuple(costs)


def _as_today(profile: Profile) -> Workload:
    """The service at today's volume and with today's model for the whole plan."""
    first = profile.workload[0]
    assert first.serving is not None
    same = first.serving.model_copy(update={"model_change_per_month": 0.0})
    return first.model_copy(update={"growth_per_month": 0.0, "serving": same})


def _usd_each(cost: OptionCost, costing: Costing, need: ServingNeed) -> float | None:
    hourly = cost.usd_per_used_gpu_hour
    return None if hourly is None else hourly / served_per_gpu_hour(cost, costing, need)


def served_per_gpu_hour(cost: OptionCost, costing: Costing, need: ServingNeed) -> float:
    """What one GPU of an option serves in an hour at full load: on another GPU than the service's the same work takes
    more or fewer hours."""
    there, own = (case.whole_demand.expected_used_gpu_hours for case in (cost.case, costing.case))
    return need.volume_per_gpu_hour / (float(there) / float(own))


def _api_usd(case: Case, need: ServingNeed, many: int) -> float | None:
    if case.api is None:
        return None
    return of_one(usd_per_gpu_hour(case.api, case.assumptions.api)) / need.volume_per_gpu_hour * many


def _on_demand_rate(case: Case) -> float:
    """An hour on demand, as offered if there is an offer, at the size of the plan."""
    return on_demand_multiple_at_start(case) * of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)


def _factors(costing: Costing, need: ServingNeed) -> list[tuple[float, float]]:
    """Throughput and API price as multiples of the assumed ones: both as assumed, then both in favor of either side;
    of requests both are the user's."""
    if costing.case.api is None:
        return []
    if need.throughput is None:
        return [(1.0, 1.0)]
    figures = [costing.book.figure(f"api.{side}_usd_per_mtok") for side in ("input", "output")]
    ends = [[getattr(f, end) / f.value for f in figures if f.value and not f.own] for end in ("low", "high")]
    cheap, expensive = (float(np.mean(one)) if one else 1.0 for one in ends)
    slow, fast = need.low / need.volume_per_gpu_hour, need.high / need.volume_per_gpu_hour
    return [(1.0, 1.0), (fast, expensive), (slow, cheap)]


def _leaves_at(
    profile: Profile, costing: Costing, need: ServingNeed, throughput: float, price: float
) -> tuple[float | None, str]:
    """The volume a day at which another way than the API becomes the cheapest for good, and that way's command."""
    api = costing.case.api
    assert api is not None
    times = throughput * price
    case = replace(costing.case, api=replace(api, tokens_in=api.tokens_in * times, tokens_out=api.tokens_out * times))
    gpus = np.geomspace(*_MEAN_GPUS, _POINTS)
    menu = _menu(profile, case, costing, need, gpus)
    at = _first_without_api(menu)
    if at is None:
        return None, ""
    if at:
        gpus = np.geomspace(gpus[at - 1], gpus[at], _POINTS)
        menu = _menu(profile, case, costing, need, gpus)
    anywhere, at = at == 0, _first_without_api(menu) or 0
    own = np.array([option.action != "api" for option in menu.options])
    options = tuple(option for option in menu.options if option.action != "api")
    rest = PlanMenu(options, menu.usd[own], np.broadcast_to(menu.hurdle, menu.usd.shape)[own])
    picked = options[int(rest.decided(costing.case.assumptions.money).pick[at])]
    command = next((o.cost.option.command for o in costing.verdict.ranked if o.id == picked.id), picked.id)
    return 0.0 if anywhere else float(gpus[at]) * need.volume_per_gpu_hour * throughput * 24, command


def _menu(profile: Profile, case: Case, costing: Costing, need: ServingNeed, mean_gpus: Floats) -> PlanMenu:
    """What every option costs at volumes that stay the same over the plan."""
    service, times = _as_today(profile), mean_gpus[:, None] / need.mean_gpus

    def altered(work: ResolvedWorkload) -> ResolvedWorkload:
        return at_volume(replace(work, growth_per_month=0.0), service, case.assumptions, times)

    return menu_of_plans(with_plans(profile, case, altered), costing.forecast, costing.verdict)


def at_volume(work: ResolvedWorkload, service: Workload, figures: Assumptions, times: Amount) -> ResolvedWorkload:
    """A service at other volumes and as long as the work now lasts: no fewer GPUs than its least replicas, which are
    then less busy.

    Args:
        work: The service, in nodes of any GPU.
        service: The same in the profile.
        figures: Of the profile's GPU.
        times: Multiples of its volume a day.
    """
    now, there = (service_at(service, figures, one, work.months) for one in (1.0, times))
    assert there.busy is not None
    return replace(work, nodes=work.nodes * (there.nodes / now.nodes), busy=there.busy, ramp=there.ramp)


def _first_without_api(menu: PlanMenu) -> int | None:
    """The first volume from which another option always costs less than the API alone; None if there is none."""
    is_api = np.array([option.action == "api" for option in menu.options])
    cheaper = menu.usd[~is_api].min(axis=0) < menu.usd[is_api].min(axis=0)
    lasting = np.logical_and.accumulate(cheaper[::-1])[::-1]
    return int(lasting.argmax()) if lasting.any() else None


def _month(profile: Profile, need: ServingNeed, volume: float) -> int | None:
    """The month from now, counted from 1, in which the volume of a day is reached."""
    first = profile.workload[0]
    growth = (1 + first.growth_per_month) ** np.arange(first.last_month + 1)
    reached = np.flatnonzero(need.volume_per_day * growth >= volume)
    return first.start_month + int(reached[0]) + 1 if reached.size else None


def _use(costing: Costing, need: ServingNeed) -> list[BreakEvenUse]:
    case = costing.case
    if case.api is None:
        return []
    hour = of_one(usd_per_gpu_hour(case.api, case.assumptions.api))
    factors = [throughput * price for throughput, price in _factors(costing, need)]
    list_price = of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    terms = [o for o in costing.verdict.ranked if o.id.startswith("reserved-") and o.cost.option.prepaid_base is None]
    rates: Sequence[tuple[str, str, float]] = [
        ("on-demand", "on-demand rent", _on_demand_rate(case)),
        *(
            (o.id, o.cost.option.label, float(np.mean(o.cost.option.rate_share)) * list_price)
            for o in terms
            if o.cost.option.rate_share is not None
        ),
    ]
    return [
        BreakEvenUse(name, label, rate / hour, rate / hour / max(factors), rate / hour / min(factors))
        for name, label, rate in rates
    ]
