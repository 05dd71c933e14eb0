"""Reasons: the waterfall of pick against rival, sentences and warnings, from the figures (docs/model.md#reasons)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from advisor.costing.case import Case
from advisor.costing.components import GROUPS
from advisor.costing.options.marketplace import goodput_share
from advisor.costing.options.ownership import owned_cluster
from advisor.decision.break_even import BreakEvens
from advisor.decision.other_picks import OtherPick
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.runway import runway_months
from advisor.decision.scenarios import Outcome, worst_regret_share
from advisor.formatting import listed, months_phrase, percent, usd, usd_rate
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.term_structure import implied_forward_usd
from advisor.market.price_book import Gpu
from advisor.profiles.schema import Profile

_GPU_BILL = ("rent", "committed", "idle resale")  # one bill, however it is paid
_WINNING = {"rent": "Renting", "reserve": "Reserving", "buy": "Buying"}
_PRICES = {"marketplace": "marketplace_usd_per_gpu_hour", "node": "node_usd"}


@dataclass(frozen=True)
class WaterfallStep:
    """One step from the pick's cost to the rival's: the rival's extra cost in one group, USD, or negative."""

    group: str
    usd: float


@dataclass(frozen=True)
class Reasons:
    """Why.

    Attributes:
        waterfall: Steps that add up to the gap exactly.
        sentences: The strongest first.
        warnings: What to check.
    """

    waterfall: tuple[WaterfallStep, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What reasons are computed from: the question, its costs, and the other results of the engine."""

    profile: Profile
    case: Case
    gpu: Gpu
    forecast: Forecast
    verdict: Verdict
    break_evens: BreakEvens
    scenarios: tuple[Outcome, ...]
    flexible_pick: OtherPick | None
    insured_pick: OtherPick | None


def reasons_for(found: Findings) -> Reasons:
    """Waterfall, sentences and warnings for a verdict, from its own figures.

    Args:
        found: The results.

    Source: docs/model.md#reasons.
    """
    verdict = found.verdict
    waterfall: tuple[WaterfallStep, ...] = ()
    if verdict.pick and verdict.rival:
        mine, theirs = verdict.pick.cost.by_group(), verdict.rival.cost.by_group()
        steps = (WaterfallStep(group, theirs[group] - mine[group]) for group in GROUPS)
        waterfall = tuple(step for step in steps if step.usd)
    return Reasons(waterfall, tuple(_sentences(found)), tuple(_warnings(found)))


def _sentences(found: Findings) -> Iterator[str]:
    verdict, case, pick = found.verdict, found.case, found.verdict.pick
    if pick is None:
        yield from (f"{option.cost.option.label}: {option.infeasible_because[0]}" for option in verdict.ranked[:4])
        return
    if not case.demand.alive.nodes.any():
        yield "Your contracts cover all of the work: there is nothing more to sign or buy."
        return
    yield _why_pick(pick, case, found.break_evens)
    if verdict.rival is not None and verdict.gap_share is not None:
        yield _why_not_rival(pick, verdict.rival, verdict.gap_share)
    yield _rents(case, found.forecast)
    yield _other_rents(pick, found.scenarios)
    yield from _plan_risk(case)
    yield from _buying(case, verdict, found.break_evens)
    yield from _other_picks(found)
    yield from _posted_terms(case)


def _why_pick(pick: RankedOption, case: Case, evens: BreakEvens) -> str:
    busy = case.demand.busy_share
    term = next((term for term in evens.terms if term.option == pick.id), None)
    if term is not None and term.busy_share is not None:
        relation = "above" if busy >= term.busy_share else "below"
        return (
            f"Your utilization of {percent(busy)} is {relation} the break-even of {percent(term.busy_share)}: "
            f"this term beats on demand {term.pays} it."
        )
    if term is not None:
        change = "less" if term.rate_ratio < 1 else "more"
        return f"Reserving costs {percent(abs(1 - term.rate_ratio))} {change} an hour than on demand: {term.reason}."
    groups = pick.cost.by_group()
    if pick.action == "reserve":
        return (
            f"The commitment costs {usd(groups['committed'])}; subletting idle hours returns "
            f"{usd(-groups['idle resale'])}, extra renting at peaks costs {usd(groups['rent'])}."
        )
    if pick.cost.option.id.endswith("marketplace"):
        return _marketplace(pick.cost.case)
    if pick.cost.option.id.endswith("serverless"):
        return _serverless(pick.cost.case)
    if pick.action == "rent":
        billed, used = _billed_share(pick.cost.case)
        return (
            f"On demand bills {percent(billed)} of the hours at {percent(used)} utilization; "
            "a commitment bills all of them."
        )
    price = usd(groups["capex"] + groups["financing"])
    return f"Owning costs {price} to buy and {usd(groups['running'])} to run (present value)."


def _marketplace(case: Case) -> str:
    gpu, nodes = case.assumptions.gpu, case.demand.peak_nodes
    price = gpu.marketplace_usd_per_gpu_hour
    assert price is not None
    lasting = float(goodput_share(np.array([nodes]), case.assumptions.rental)[0])
    return (
        f"A marketplace charges {usd_rate(price)} per GPU-hour, the on-demand list price is "
        f"{usd_rate(gpu.neocloud_usd_per_gpu_hour)}; {percent(lasting, 1)} of its hours do useful work."
    )


def _serverless(case: Case) -> str:
    gpu = case.assumptions.gpu
    price, (billed, used) = gpu.serverless_usd_per_gpu_hour, _billed_share(case)
    assert price is not None
    return (
        f"Serverless charges {usd_rate(price)} per GPU-hour, only while it runs; nodes at "
        f"{usd_rate(gpu.neocloud_usd_per_gpu_hour)} on demand would be billed for {percent(billed)} of the hours "
        f"at {percent(used)} utilization."
    )


def _billed_share(case: Case) -> tuple[float, float]:
    """Billed and used share of the time of whole nodes while the plan is alive."""
    alive = case.demand.alive
    wanted = case.demand.node_hours * float(alive.nodes @ alive.active_share)
    return float(alive.billed_gpu_hours.sum()) / wanted, float(alive.used_gpu_hours.sum()) / wanted


def _why_not_rival(pick: RankedOption, rival: RankedOption, gap_share: float) -> str:
    difference = rival.cost.expected_usd - pick.cost.expected_usd
    mine, theirs = pick.cost.by_group(), rival.cost.by_group()
    more = {group: theirs[group] - mine[group] for group in GROUPS if group not in _GPU_BILL}
    more["the GPU bill"] = sum(theirs[group] - mine[group] for group in _GPU_BILL)
    group = max(more, key=lambda name: more[name])
    label, sign = rival.cost.option.label, "+" if more[group] >= 0 else ""
    return (
        f"To {label} costs {usd(difference)} ({percent(gap_share, 1)}) more; "
        f"the largest difference is {group} ({sign}{usd(more[group])})."
    )


def _rents(case: Case, forecast: Forecast) -> str:
    change = forecast.change_per_year(case.demand.months)
    if round(100 * change) == 0:
        return "Rents are expected to stay about level, which favours neither waiting nor committing early."
    way = "fall" if change < 0 else "rise"
    effect = "short terms and waiting" if change < 0 else "long terms and owning"
    return f"Rents are expected to {way} {percent(abs(change))} a year over the plan, so {effect} are worth more."


def _other_rents(pick: RankedOption, scenarios: tuple[Outcome, ...]) -> str:
    """How many of the named scenarios keep the class of the pick, and the worst regret of the pick."""
    agree = [outcome for outcome in scenarios if outcome.best_action == pick.action]
    regret = worst_regret_share(pick.id, scenarios)
    others = [f"{outcome.label} ({outcome.best_action})" for outcome in scenarios if outcome not in agree]
    but = f"; not in {listed(others)}" if others else ""
    most = "" if regret is None else f" This pick costs at most {percent(regret)} more than the best in any of them."
    return f"{_WINNING[pick.action]} also wins in {len(agree)} of {len(scenarios)} price scenarios{but}.{most}"


def _plan_risk(case: Case) -> list[str]:
    chance = case.demand.chance_of_change
    if chance < 0.005:
        return []
    return [
        f"The chance that the plan changes early is {percent(chance)}; "
        "you would still pay for, or sublet, what you signed."
    ]


def _buying(case: Case, verdict: Verdict, evens: BreakEvens) -> list[str]:
    option = next((option for option in verdict.ranked if option.id == "buy"), None)
    wins = evens.months_of("buy")
    sentences = []
    if option is not None and option.feasible:
        wait = owned_cluster(case).schedule.delivery - case.demand.start_month
        rent = option.cost.by_group()["rent"]
        if wait > 0:
            sentences.append(
                f"Servers take {wait} month{'s' if wait > 1 else ''} to arrive; renting until then "
                f"(and during failures) costs {usd(rent)}."
            )
    if wins:
        sentences.append(f"Buying is cheapest for plans of {months_phrase(wins)}.")
    else:
        sentences.append(f"Buying is not cheapest for any plan from 1 to {evens.longest_months} months.")
    return sentences


def _other_picks(found: Findings) -> Iterator[str]:
    """The picks for other preferences, when they are not the pick."""
    labels = {option.id: option.cost.option.label for option in found.verdict.ranked}
    if flexible := found.flexible_pick:
        label, more = labels[flexible.option], percent(flexible.extra_share, 1)
        yield f"For less commitment: to {label} costs {more} more."
    if insured := found.insured_pick:
        label, more = labels[insured.option], percent(insured.extra_share, 1)
        saved = percent(insured.tail_saving_share)
        yield f"For a better worst case: to {label} costs {more} more and saves {saved} in the worst 1 of 20 cases."


def _posted_terms(case: Case) -> Iterator[str]:
    """The rents that the posted one- and three-year rates imply for the years between."""
    terms = case.assumptions.gpu.term_discounts[case.tier]
    if not {12, 36} <= set(terms):
        return
    price = case.tier_factor * case.assumptions.gpu.neocloud_usd_per_gpu_hour
    one, three = (price * (1 - terms[months]) for months in (12, 36))
    later = implied_forward_usd(1, one, 3, three)
    yield (
        f"Posted rates of {usd_rate(one)} for one year and {usd_rate(three)} for three "
        f"imply {usd_rate(later)} in years two and three."
    )


def _warnings(found: Findings) -> list[str]:
    profile, case, verdict = found.profile, found.case, found.verdict
    plan, warnings = case.assumptions.plan, []
    for workload in profile.workload:
        nodes = f"{workload.nodes:,} node" + ("s" if workload.nodes > 1 else "")
        if workload.kind == "fine-tune" and workload.nodes > plan.fine_tune_max_nodes:
            warnings.append(
                f"{nodes} for fine-tuning: one is usual, {plan.fine_tune_max_nodes:.0f} is the most that is reported. "
                "Check the model size, or choose pre-training."
            )
        if workload.kind == "pre-train" and workload.nodes < plan.pre_train_min_nodes:
            warnings.append(
                f"{nodes} for pre-training: {plan.pre_train_min_nodes:.0f} nodes or more are usual. "
                "Consider fine-tuning an existing model, or more nodes for a shorter time."
            )
    nodes_now, most = case.demand.peak_nodes, int(case.assumptions.rental.on_demand_max_nodes)
    waiting = owned_cluster(case).schedule.delivery > case.demand.start_month
    if nodes_now > most and waiting:
        warnings.append(
            f"Buying includes on-demand rent until delivery, but above {most} nodes none is offered: plan for the wait."
        )
    if case.rental_forbidden_because is not None and waiting:
        warnings.append(
            "Renting is forbidden, so the work waits for delivery; "
            "the rent included until then stands for the cost of waiting."
        )
    warnings += _growing(case)
    lasts = runway_months(profile.company, verdict.pick.cost) if verdict.pick else None
    if lasts is not None and lasts < case.demand.months:
        warnings.append(f"With your other burn, cash lasts {lasts:.0f} months; the plan takes {case.demand.months}.")
    if verdict.pick is not None and verdict.pick.id == "marketplace":
        warnings.append(
            "Marketplace hosts are interruptible and run by third parties: save checkpoints, keep secrets off them."
        )
    return [*verdict.questioned, *warnings, *_used_nodes(verdict, found.gpu), *_thin_data(found.gpu)]


def _used_nodes(verdict: Verdict, gpu: Gpu) -> list[str]:
    """How little the price of used nodes is known by, where they are the pick or its rival."""
    near = {option.id for option in (verdict.pick, verdict.rival) if option is not None}
    modules = gpu.figures.get("used_node_usd")
    if "buy-used" not in near or modules is None:
        return []
    sales = "your own figure" if modules.own else f"{modules.n} sales in {modules.date}"
    return [
        f"Used nodes: modules priced from {sales}, {usd(modules.low)} to {usd(modules.high)} a node; "
        "chassis, life and failures are estimates."
    ]


def _growing(case: Case) -> list[str]:
    """Buying is sized for the peak from the first day, which a demand that grows or shrinks does not use."""
    nodes = case.whole_demand.alive.nodes
    least = nodes[nodes > 0].min()
    if least > nodes.max() / 2:
        return []
    return [
        f"The plan needs {least:,.0f} to {nodes.max():,.0f} nodes: buying is costed for the most, from the first day."
    ]


def _thin_data(gpu: Gpu) -> list[str]:
    missing = [kind for kind, name in _PRICES.items() if name not in gpu.figures]
    lines = [f"The price book has no {listed(missing)} price for the {gpu.label}."] if missing else []
    return [*lines, *([gpu.thin] if gpu.thin else [])]
