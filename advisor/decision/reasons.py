"""Reasons: the waterfall of pick against rival, sentences and warnings, from the figures (docs/model.md#reasons)."""

from collections.abc import Iterator, Mapping

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.costing.components import COMPONENTS, GROUPS
from advisor.costing.options.ownership import owned_cluster
from advisor.decision.break_even import BreakEvens
from advisor.decision.cash.runway import runway_months
from advisor.decision.confidence import CLASS_WORDS
from advisor.decision.cost_options import Costing
from advisor.decision.offer_values import credit_ends, whose_credits
from advisor.decision.other_picks import OtherPick
from advisor.decision.plans.smaller_job import SmallerJob
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.scenarios import Outcome, worst_regret_share
from advisor.decision.why.expensive_offers import expensive_offers
from advisor.decision.why.large_job import LargeJob, large_job
from advisor.decision.why.other_gpus import why_this_gpu
from advisor.decision.why.other_offers import why_not_other_offer
from advisor.decision.why.renting import idle_service, mostly_storage, on_marketplace, why_rent
from advisor.decision.why.reserving import why_term
from advisor.decision.why.thin_data import thin_data
from advisor.formatting import capitalized, count, fine_percent, listed, months_phrase, percent, plural, usd, usd_rate
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.term_structure import implied_forward_usd
from advisor.market.price_book import Gpu
from advisor.profiles.schema import Profile
from advisor.profiles.size_notes import size_note, unusual_size
from advisor.values.quick_dataclass import dataclass

_GPU_BILL = ("rent", "committed", "idle resale", "API tokens", "API requests")  # one bill, however it is paid
_WHOLE_PERCENT = 0.01  # below it a share is given with a decimal


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
        sizes: How many nodes each workload is that was given in another unit.
        warnings: What to check.
        smaller: The same work on fewer nodes for longer, where that costs notably less; None elsewhere.
    """

    waterfall: tuple[WaterfallStep, ...]
    sentences: tuple[str, ...]
    sizes: tuple[str, ...]
    warnings: tuple[str, ...]
    smaller: SmallerJob | None


@dataclass(frozen=True)
class Findings:
    """What reasons are computed from: the question, its costs, and the other results of the engine."""

    profile: Profile
    costing: Costing
    break_evens: BreakEvens
    scenarios: tuple[Outcome, ...]
    flexible_pick: OtherPick | None
    insured_pick: OtherPick | None


def reasons_for(found: Findings) -> Reasons:
    """Waterfall, sentences and warnings for a verdict, from its own figures."""
    verdict = found.costing.verdict
    waterfall: tuple[WaterfallStep, ...] = ()
    if verdict.pick and verdict.rival:
        mine, theirs = verdict.pick.cost.by_group(), verdict.rival.cost.by_group()
        steps = (WaterfallStep(group, theirs[group] - mine[group]) for group in GROUPS)
        waterfall = tuple(step for step in steps if step.usd)
    sizes = (size_note(workload, found.costing.book) for workload in found.profile.workload)
    large, noted = large_job(found.profile, found.costing), tuple(size for size in sizes if size)
    warnings, smaller = tuple(_warnings(found, large)), None if large is None else large.smaller
    return Reasons(waterfall, tuple(_sentences(found)), noted, warnings, smaller)


def _sentences(found: Findings) -> Iterator[str]:
    verdict, case, pick = found.costing.verdict, found.costing.case, found.costing.verdict.pick
    if pick is None:
        for option in verdict.ranked[:4]:
            yield f"{capitalized(option.cost.option.label)}: {option.infeasible_because[0]}"
        return
    if not case.demand.alive.nodes.any():
        yield "What you have covers all of the work: there is nothing more to sign or buy."
        return
    yield _why_pick(pick, case, found.break_evens)
    yield from why_this_gpu(pick, case, verdict)
    if verdict.rival is not None and verdict.gap_share is not None:
        yield _why_not_rival(pick, verdict.rival, verdict.gap_share)
    yield from why_not_other_offer(pick, verdict, found.profile)
    bridging = _bridging(case, verdict)
    decisive = "buy" in (pick.action, verdict.rival.action if verdict.rival else None)
    yield from bridging if decisive else ()
    other_gpu = pick.cost.case.assumptions.gpu.id != case.assumptions.gpu.id
    if case.demand.months > 1:
        yield _rents(case, pick.cost.forecast if other_gpu else found.costing.forecast)
    if not verdict.only_way:
        yield _other_rents(pick, found.scenarios, {option.id: option.cost.option.label for option in verdict.ranked})
    yield from _plan_risk(pick)
    yield from () if decisive else bridging
    yield from _against_buying(pick, verdict)
    if any(option.action == "buy" and option.cost.option.priced for option in verdict.ranked):
        yield _buying(found.break_evens)
    yield from _other_picks(found)
    yield from _posted_terms(pick.cost.case if other_gpu else case)


def _why_pick(pick: RankedOption, case: Case, evens: BreakEvens) -> str:
    term = next((term for term in evens.terms if term.option == pick.id), None)
    if term is not None:
        return why_term(case, term)
    groups = pick.cost.by_group()
    if pick.action == "reserve":
        return (
            f"The commitment costs {usd(groups['committed'])}; subletting idle hours returns "
            f"{usd(-groups['idle resale'])}, extra renting at peaks costs {usd(groups['rent'])}."
        )
    if pick.action == "rent":
        return why_rent(pick)
    if pick.action == "api":
        what = "tokens" if case.api is None or case.api.in_tokens else "requests"
        return f"You pay for {what}, not for GPUs that are {percent(1 - case.whole_demand.busy_share)} idle."
    price = usd(groups["capex"] + groups["financing"])
    return f"Owning costs {price} to buy and {usd(groups['running'])} to run (present value)."


def _why_not_rival(pick: RankedOption, rival: RankedOption, gap_share: float) -> str:
    difference = rival.cost.expected_usd - pick.cost.expected_usd
    mine, theirs = pick.cost.by_group(), rival.cost.by_group()
    more = {group: theirs[group] - mine[group] for group in GROUPS if group not in _GPU_BILL}
    more["the GPU bill"] = sum(theirs[group] - mine[group] for group in _GPU_BILL)
    group = max(more, key=lambda name: more[name])
    subject, sign = capitalized(rival.cost.option.subject), "+" if more[group] >= 0 else ""
    share = f" ({fine_percent(gap_share)})" if pick.cost.expected_usd > 0 else ""  # else it is a share of income
    if difference < 0:
        return f"{subject} costs {usd(-difference)} less, which counts as equal: what commits least is advised."
    return (
        f"{subject} costs {usd(difference)}{share} more; "
        f"the largest difference is {group}{_mostly(group, pick, rival)} ({sign}{usd(more[group])})."
    )


def _mostly(group: str, pick: RankedOption, rival: RankedOption) -> str:
    """`, mostly staff`: the component that makes more than half of a difference in running costs, since that says
    what to look at."""
    names = [name for name, one in COMPONENTS.items() if one.group == group == "running"]
    mine, theirs = pick.cost.components, rival.cost.components
    more = {name: theirs.get(name, 0.0) - mine.get(name, 0.0) for name in names}
    largest = max(more, key=lambda name: more[name], default="")
    return f", mostly {COMPONENTS[largest].label}" if largest and 2 * more[largest] > sum(more.values()) > 0 else ""


def _rents(case: Case, forecast: Forecast) -> str:
    change = forecast.change_per_year(case.demand.months)
    if round(100 * change) == 0:
        return "Rents are expected to stay about level, which favors neither waiting nor committing early."
    way = "fall" if change < 0 else "rise"
    effect = "short terms and waiting" if change < 0 else "long terms and owning"
    return f"Rents are expected to {way} {percent(abs(change))} a year over the plan, so {effect} are worth more."


def _other_rents(pick: RankedOption, scenarios: tuple[Outcome, ...], labels: Mapping[str, str]) -> str:
    """How many of the named scenarios keep the class of the pick, which wins ties, and the worst regret of the pick."""
    tie = pick.cost.case.assumptions.money.tie_share
    more = [worst_regret_share(pick.id, (outcome,)) or 0.0 for outcome in scenarios]
    agree = [o for o, share in zip(scenarios, more, strict=True) if o.best_class == pick.option_class or share <= tie]
    regret = worst_regret_share(pick.id, scenarios)
    others = [f"{outcome.label} ({labels[outcome.best_option or '']})" for outcome in scenarios if outcome not in agree]
    most = "" if regret is None else " This pick is the cheapest in all of them."
    if regret is not None and regret > 0:
        worst = percent(regret, 1 if regret < _WHOLE_PERCENT else 0)
        most = f" This pick costs at most {worst} more than the best in any of them."
    wins = f"also wins in all {len(scenarios)} price scenarios"
    if others:
        wins = f"wins in {len(agree)} of {len(scenarios)} price scenarios; not in {listed(others)}"
    return f"{capitalized(CLASS_WORDS[pick.option_class])} {wins}.{most}"


def early_change(pick: RankedOption) -> str:
    """The chance that the plan changes early and what the pick then means, a sentence; empty if the chance is 0."""
    chance = pick.cost.case.whole_demand.chance_of_change
    if chance < 0.005:
        return ""
    then = "you would still pay for, or sublet, what you signed"
    if pick.action in ("api", "rent") and pick.cost.option.choice is None:
        then = f"what you no longer need, you stop {'paying for' if pick.action == 'api' else 'renting'}"
    return f"The chance that the plan changes early is {percent(chance)}; {then}."


def _plan_risk(pick: RankedOption) -> Iterator[str]:
    """What a change of plan means, and over which hours the cost of a busy GPU-hour is counted."""
    demand, cost = pick.cost.case.whole_demand, pick.cost
    if changed := early_change(pick):
        yield changed
        all_hours = float(demand.alive.used_gpu_hours.sum())
        share = float(demand.expected_used_gpu_hours) / all_hours
        alone = " for the work alone" if round(cost.apart_usd, 2) else ""
        if cost.usd_per_used_gpu_hour is not None:
            yield (
                f"{usd_rate(cost.usd_per_used_gpu_hour)} per busy GPU-hour is {usd(cost.work_usd)}{alone}, not "
                f"discounted, over the {percent(share)} of {count(all_hours)} busy GPU-hours that are expected."
            )


def _bridging(case: Case, verdict: Verdict) -> list[str]:
    """What the way to buy that is told of pays for GPUs until its own are delivered; nothing of one whose peaks are
    rented anyway."""
    option = _way_to_buy(verdict)
    if option is None or not option.feasible or option.cost.option.rents_peaks or option.cost.case is not case:
        return []
    cluster = owned_cluster(case, used=option.id == "buy-used")
    wait, hardware = int(cluster.schedule.delivery) - case.demand.start_month, cluster.hardware
    if wait <= 0:
        return []
    groups, months = option.cost.by_group(), f"{wait} month{'s' if wait > 1 else ''}"
    if groups["rent"] + groups["committed"] < 1:
        return []  # credits pay for it
    rent = usd(groups["rent"] + groups["committed"])
    if wait > hardware.lead_months:
        return [f"Bought servers start after the shortest contract, {months}; it and renting in failures cost {rent}."]
    servers = "Used" if hardware.used else "Bought"
    if case.rental_forbidden_because is not None:
        return [f"{servers} servers take {months} to arrive; the rent that stands for waiting until then is {rent}."]
    return [f"{servers} servers take {months} to arrive; renting until then (and during failures) costs {rent}."]


def _way_to_buy(verdict: Verdict) -> RankedOption | None:
    """The way to buy that the reasons are about: the pick or its rival, else the best one, else new nodes."""
    ways = [option for option in (verdict.pick, verdict.rival, *verdict.ranked) if option and option.action == "buy"]
    return next((one for one in ways if one.feasible or one.id == "buy"), None)


def _against_buying(pick: RankedOption, verdict: Verdict) -> Iterator[str]:
    """What the best way to buy costs more than the pick, or why it is out, where neither pick nor rival is bought."""
    rival, buying = verdict.rival, _way_to_buy(verdict)
    if buying is None or "buy" in (pick.action, rival.action if rival else None):
        return
    if buying.feasible:
        more = buying.cost.expected_usd - pick.cost.expected_usd
        yield _why_not_rival(pick, buying, more / abs(pick.cost.expected_usd))
    else:
        yield f"{capitalized(buying.cost.option.subject)} is out: {buying.infeasible_because[0]}."


def _buying(evens: BreakEvens) -> str:
    wins = evens.buying_months
    if wins:
        return f"Buying is cheapest for plans of {months_phrase(wins)}."
    return f"Buying is not cheapest for any plan from 1 to {evens.longest_months} months."


def _other_picks(found: Findings) -> Iterator[str]:
    """The picks for other preferences, when they are not the pick."""
    if flexible := found.flexible_pick:
        yield f"For less commitment: {_at_its_price(flexible, found)}."
    if insured := found.insured_pick:
        price, saved = _at_its_price(insured, found), f"{usd(insured.tail_saving_usd)}"
        saved += f" ({percent(insured.tail_saving_share)}) less in the worst 1 of 20 cases"
        yield f"For a better worst case: {price} on average, {saved}."


def _at_its_price(other: OtherPick, found: Findings) -> str:
    """`the 24-month reservation costs $1.06M (4.7%) more`."""
    verdict = found.costing.verdict
    option = next(option for option in verdict.ranked if option.id == other.option)
    more = 0.0 if verdict.pick is None else option.cost.expected_usd - verdict.pick.cost.expected_usd
    return f"{option.cost.option.subject} costs {usd(more)} ({fine_percent(other.extra_share)}) more"


def _posted_terms(case: Case) -> Iterator[str]:
    """The rents that the posted one- and three-year rates imply for the years between."""
    terms = case.assumptions.gpu.term_discounts[case.tier]
    if not {12, 36} <= set(terms):
        return
    price = of_one(case.tier_factor * case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    one, three = (price * (1 - of_one(terms[months])) for months in (12, 36))
    later = implied_forward_usd(1, one, 3, three)
    yield (
        f"List prices less the usual discounts, {usd_rate(one)} for one year and {usd_rate(three)} for three, "
        f"imply {usd_rate(later)} in years two and three."
    )


def _warnings(found: Findings, large: LargeJob | None) -> list[str]:
    profile, costing = found.profile, found.costing
    case, verdict = costing.case, costing.verdict
    warnings = [line for workload in profile.workload for line in unusual_size(workload, costing.book)]
    warnings += [] if verdict.pick is None else filter(None, [idle_service(profile, verdict.pick)])
    bridge = owned_cluster(case).schedule.bridge
    waiting = bridge.waits
    if bridge.deal is not None and case.demand.largest_job > case.assumptions.rental.on_demand_max_nodes:
        term = bridge.deal.runs[0].contract.term_months
        warnings.append(f"Buying includes a contract of {term} month{'s' if term > 1 else ''} until the nodes arrive.")
    warnings += [] if large is None else [large.sentence]
    if case.rental_forbidden_because is not None and waiting:
        warnings.append(
            "Renting is forbidden, so the work waits for delivery; "
            "the rent included until then stands for the cost of waiting."
        )
    warnings += [*_growing(case), *credit_ends(case), *whose_credits(case)]
    lasts = runway_months(profile.company, verdict.pick.cost.plan_holds_usd) if verdict.pick else None
    if lasts is not None and lasts < case.demand.months:
        warnings.append(f"With your other burn, cash lasts {lasts:.0f} months; the plan takes {case.demand.months}.")
    warnings += (
        [] if verdict.pick is None else [*on_marketplace(verdict.pick, costing.gpu), *mostly_storage(verdict.pick)]
    )
    hidden = () if verdict.pick is None else expensive_offers(profile, case, costing.book, verdict.pick)
    return [
        *verdict.questioned,
        *hidden,
        *warnings,
        *_node_size(profile, costing.gpu),
        *_power_on_premises(case),
        *thin_data(costing),
    ]


def _node_size(profile: Profile, gpu: Gpu) -> list[str]:
    """That a node of another size is bought at the book's price, where the user gives none."""
    gpus, node = profile.rental.get("gpus_per_node"), gpu.figures.get("node_usd")
    if gpus is None or node is None or node.own or any(quote.option == "buy" for quote in profile.quote):
        return []
    what = f"{gpus:g} {plural('GPU', gpus)}"
    return [f"A node of {what}: what one costs to buy and to power is still the book's. Enter node_usd and node_kw."]


def _power_on_premises(case: Case) -> list[str]:
    """That nodes draw more than rooms of a company's own supply, where that is where they would stand."""
    if case.hosting == "colocation":
        return []
    kw, most = float(owned_cluster(case).kw), float(case.assumptions.on_premises.most_kw)
    if kw <= most:
        return []
    return [
        f"Bought nodes draw {kw:,.0f} kW at full load; rooms on premises seldom supply and cool more than {most:g} kW. "
        "Ask what the building has before you order."
    ]


def _growing(case: Case) -> list[str]:
    """Buying is sized for the peak from the first day, which a demand that grows or shrinks does not use."""
    nodes = case.whole_demand.alive.nodes
    least = nodes[nodes > 0].min()
    if least > nodes.max() / 2:
        return []
    return [
        f"The plan needs {least:,.6g} to {nodes.max():,.6g} nodes: buying is costed for the most, from the first day."
    ]
