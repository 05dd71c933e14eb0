"""Every sentence of the reasons and hints is read back and compared with the figures beside it."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from advisor.array_types import of_one
from advisor.costing.components import COMPONENTS
from advisor.costing.options.ownership import owned_cluster
from advisor.decision.advise import Advice, advise
from advisor.decision.confidence import CLASS_WORDS, confidence_in
from advisor.decision.scenarios import Outcome, worst_regret_share
from advisor.formatting import months_phrase, usd
from advisor.market.book_file import with_own_gpu
from advisor.market.forecast.term_structure import implied_forward_usd
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.board_memo import RunOptions, memo
from advisor.reports.cards.card_table import card_sentences
from advisor.reports.formats.markdown import markdown
from advisor.reports.verdict_view import verdict_view
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, changed, option_of, profiles, sample

TODAY = date(2026, 11, 1)
SCALES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9}
USD, PERCENT = r"(-?\$[\d,]+(?:\.\d+)?[kMB]?)", r"(-?[\d.,]+%|under 0\.1%)"


def is_near(text: str, value: float) -> bool:
    """Whether a number in a text is this value, to half of its last digit."""
    if text.startswith("under "):
        return 0 < abs(value) < 0.001
    found = re.fullmatch(r"(-?)\$?([\d,]+(?:\.(\d+))?)([kMB%]?)", text)
    assert found, text
    sign, digits, decimals, unit = found.groups()
    scale = 0.01 if unit == "%" else SCALES[unit]
    number = float(digits.replace(",", "")) * scale * (-1 if sign else 1)
    half = 0.5 * scale * 10 ** -len(decimals or "")
    return bool(abs(number - value) <= half * 1.001 + 1e-12)


Check = Callable[..., bool]


def groups(advice: Advice, option: str) -> dict[str, float]:
    return option_of(advice.verdict, option).cost.by_group()


def by_label(advice: Advice, label: str) -> str:
    return next(o.id for o in advice.verdict.ranked if o.cost.option.subject.lower() == label.lower())


def keeps_busy(a: Advice, busy: str, side: str, share: str, pays: str) -> bool:
    term = next(t for t in a.break_evens.terms if a.verdict.pick and t.option == a.verdict.pick.id)
    actual = a.costing.demand.busy_share
    right = (actual >= present(term.busy_share)) is (side == "above") and pays == term.pays
    return is_near(busy, actual) and is_near(share, present(term.busy_share)) and right


def rate_ratio(a: Advice, saving: str, change: str, reason: str, idle: str | None) -> bool:
    term = next(t for t in a.break_evens.terms if a.verdict.pick and t.option == a.verdict.pick.id)
    less = 1 - term.rate_ratio
    alive = a.costing.case.whole_demand.alive
    idles = float(alive.billed_gpu_hours.sum()) > 1.01 * float(alive.used_gpu_hours.sum())
    assert idle is None or idles
    return is_near(saving, abs(less)) and (change == "less") is (less > 0) and reason == term.reason


def commits(a: Advice, committed: str, idle: str, rent: str) -> bool:
    assert a.verdict.pick
    mine = groups(a, a.verdict.pick.id)
    return is_near(committed, mine["committed"]) and is_near(idle, -mine["idle resale"]) and is_near(rent, mine["rent"])


def marketplace(a: Advice, price: str, listed: str, lasting: str) -> bool:
    gpu, rental = a.costing.case.assumptions.gpu, a.costing.case.assumptions.rental
    lost = rental.marketplace_restart_hours + rental.marketplace_checkpoint_hours / 2
    job = float(a.costing.case.demand.largest_job)
    share = 1 / (1 + rental.marketplace_interruptions_per_node_hour * job * lost)
    posted = gpu.marketplace_usd_per_gpu_hour
    return (
        posted is not None
        and is_near(price, of_one(posted))
        and is_near(listed, of_one(gpu.neocloud_usd_per_gpu_hour))
        and is_near(lasting, of_one(share))
    )


def serverless(a: Advice, price: str, listed: str, billed: str, used: str) -> bool:
    gpu = a.costing.case.assumptions.gpu
    posted = gpu.serverless_usd_per_gpu_hour
    assert posted is not None
    return (
        is_near(price, of_one(posted))
        and is_near(listed, of_one(gpu.neocloud_usd_per_gpu_hour))
        and bills(a, billed, used, None)
    )


def bills(a: Advice, billed: str, used: str, own: str | None) -> bool:
    alive = a.costing.demand.alive
    hours = of_one(a.costing.demand.node_hours) * alive.nodes * alive.active_share
    wanted, unrounded = float(hours.sum()), float((hours * a.costing.demand.alive_shape.wanted_share).sum())
    assert own is None or is_near(own, float(alive.used_gpu_hours.sum()) / unrounded)
    return is_near(billed, float(alive.billed_gpu_hours.sum()) / wanted) and is_near(
        used, float(alive.used_gpu_hours.sum()) / wanted
    )


def owns(a: Advice, price: str, running: str) -> bool:
    assert a.verdict.pick
    mine = groups(a, a.verdict.pick.id)
    return is_near(price, mine["capex"] + mine["financing"]) and is_near(running, mine["running"])


def rival(a: Advice, label: str, more: str, share: str | None, group: str, most: str) -> bool:
    assert a.verdict.pick
    assert a.verdict.rival
    compared = option_of(a.verdict, by_label(a, label))
    group, _, component = group.partition(", mostly ")
    of_group = [name for name, one in COMPONENTS.items() if one.group == group]
    part = {
        name: compared.cost.components.get(name, 0.0) - a.verdict.pick.cost.components.get(name, 0.0)
        for name in of_group
    }
    if component:
        (named,) = (name for name in of_group if COMPONENTS[name].label == component)
        assert 2 * part[named] > sum(part.values()) > 0
    mine, theirs = groups(a, a.verdict.pick.id), groups(a, by_label(a, label))
    bill = ("rent", "committed", "idle resale")
    steps = {name: theirs[name] - mine[name] for name in mine if name not in bill}
    steps["the GPU bill"] = sum(theirs[name] - mine[name] for name in bill)
    pick, other = a.verdict.pick.cost.expected_usd, compared.cost.expected_usd
    of_cost = pick <= 0 if share is None else is_near(share, (other - pick) / pick)
    figures = is_near(more, other - pick) and of_cost and is_near(most, steps[group])
    is_meant = compared.id == a.verdict.rival.id or compared.action == "buy" != a.verdict.pick.action
    return figures and steps[group] == pytest.approx(max(steps.values())) and is_meant


def other_offer(a: Advice, label: str, more: str, share: str, component: str, largest: str) -> bool:
    pick = a.verdict.pick
    assert pick
    other = option_of(a.verdict, by_label(a, label))
    bill = ("rent", "tokens", "credits", "committed", "held", "idle_resale")
    found = [name for name, one in COMPONENTS.items() if one.label == component] or bill
    difference = other.cost.expected_usd - pick.cost.expected_usd
    right = sum(other.cost.components.get(name, 0.0) - pick.cost.components.get(name, 0.0) for name in found)
    return is_near(more, difference) and is_near(share, difference / pick.cost.expected_usd) and is_near(largest, right)


def other_gpu(
    a: Advice, gpu: str, hours: str, way: str, own: str, price: str, own_price: str, best: str, more: str, share: str
) -> bool:
    assert a.verdict.pick
    pick, case = a.verdict.pick.cost, a.costing.case
    mine, its_own = pick.case.assumptions.gpu, case.assumptions.gpu
    assert (gpu, own) == (mine.label, its_own.label)
    work = float(pick.case.whole_demand.alive.used_gpu_hours.sum() / case.whole_demand.alive.used_gpu_hours.sum()) - 1
    usd_more = option_of(a.verdict, by_label(a, best)).cost.expected_usd - pick.expected_usd
    prices = (
        is_near(price, of_one(mine.neocloud_usd_per_gpu_hour)),
        is_near(own_price, of_one(its_own.neocloud_usd_per_gpu_hour)),
    )
    extra = is_near(more, usd_more) and is_near(share, usd_more / pick.expected_usd)
    return is_near(hours, abs(work)) and (way == "fewer") is (work < 0) and all(prices) and extra


def out(a: Advice, label: str, reason: str) -> bool:
    """A way to buy that is not feasible, where the verdict is between other classes."""
    one = option_of(a.verdict, by_label(a, label))
    return one.action == "buy" and not one.feasible and reason == one.infeasible_because[0]


def rents(a: Advice, way: str, share: str) -> bool:
    assert a.verdict.pick
    path, months = a.verdict.pick.cost.forecast.usd_per_gpu_hour, a.costing.demand.months
    change = float((path[months] / path[0]) ** (12 / months) - 1)
    return (change < 0) is (way == "fall") and is_near(share, abs(change))


def steady_rents(a: Advice) -> bool:
    assert a.verdict.pick
    path, months = a.verdict.pick.cost.forecast.usd_per_gpu_hour, a.costing.demand.months
    return abs(float((path[months] / path[0]) ** (12 / months) - 1)) <= 0.005 + 1e-9


def scenarios(a: Advice, winner: str, agree: str | None, count: str, others: str | None, regret: str = "0%") -> bool:
    assert a.verdict.pick
    pick, tie = a.verdict.pick, a.costing.case.assumptions.money.tie_share
    mine = [s for s in a.scenarios if s.best_class == pick.option_class or is_tied(s, pick.id, tie)]
    labels = {option.id: option.cost.option.label for option in a.verdict.ranked}
    rest = [f"{s.label} ({labels[s.best_option or '']})" for s in a.scenarios if s not in mine]
    worst = worst_regret_share(a.verdict.pick.id, a.scenarios)
    named = all(label in (others or "") for label in rest) and bool(rest) is bool(others)
    counts = (int(agree or count), int(count)) == (len(mine), len(a.scenarios))
    worded = winner.lower() == CLASS_WORDS[a.verdict.pick.option_class]
    return counts and worded and named and worst is not None and is_near(regret, worst)


def is_tied(outcome: Outcome, option: str, tie: float) -> bool:
    assert outcome.best_option
    least = outcome.usd[outcome.best_option]
    return outcome.usd[option] <= least + tie * abs(least)


def cheapest_in_all(a: Advice, winner: str, count: str) -> bool:
    assert a.verdict.pick
    worst = worst_regret_share(a.verdict.pick.id, a.scenarios)
    return worst is not None and worst <= 0 and scenarios(a, winner, None, count, None)


def equal_in_futures(a: Advice, words: str, share: str) -> bool:
    assert a.verdict.pick
    words_of_pick = CLASS_WORDS[a.verdict.pick.option_class]
    return a.verdict.rival_is_cheaper and words.lower() == words_of_pick and is_near(share, a.risk.pick_equal)


def ties(a: Advice, label: str, less: str) -> bool:
    assert a.verdict.pick
    assert a.verdict.rival
    saved = a.verdict.pick.cost.expected_usd - a.verdict.rival.cost.expected_usd
    return saved > 0 and is_near(less, saved) and by_label(a, label) == a.verdict.rival.id


def on_record(a: Advice, mean: str, tail: str) -> bool:
    earned = confidence_in(a.verdict)
    return earned is not None and is_near(mean, earned.mean_regret) and is_near(tail, earned.p95_regret)


def apart(a: Advice, right: str, words: str, share: str) -> bool:
    earned, pick = confidence_in(a.verdict), a.verdict.pick
    assert pick
    assert earned
    best = a.risk.class_best[pick.option_class]
    figures = is_near(right, earned.right_share) and is_near(share, best)
    return figures and words == CLASS_WORDS[pick.option_class] and abs(best - earned.right_share) > 0.25


def outside(a: Advice, side: str, extreme: str) -> bool:
    assert a.verdict.pick
    spread, mean = a.risk.spreads[a.verdict.pick.id], a.verdict.pick.cost.expected_usd
    below = side == "below"
    return below is (extreme == "less") and (mean < spread.p5_usd if below else mean > spread.p95_usd)


def prepaid(a: Advice, saved: str, share: str, first: str) -> bool:
    assert a.verdict.pick
    mine, twin = a.verdict.pick.cost, option_of(a.verdict, f"{a.verdict.pick.id}-prepaid").cost
    less = mine.expected_usd - twin.expected_usd
    return is_near(saved, less) and is_near(share, less / abs(mine.expected_usd)) and is_near(first, twin.upfront_usd)


def paid_by_month(a: Advice, why: str) -> bool:
    assert a.verdict.pick
    monthly = option_of(a.verdict, a.verdict.pick.id.removesuffix("-prepaid"))
    return monthly.infeasible_because[0] == why and monthly.cost.upfront_usd < a.verdict.pick.cost.upfront_usd


def paid_at_once(a: Advice, first: str, share: str) -> bool:
    assert a.verdict.pick
    cost = a.verdict.pick.cost
    monthly = of_one(cost.case.assumptions.rental.provider_default_per_month)
    survives = math.prod([1 - monthly] * (cost.option.term_months or 0))
    return is_near(first, cost.upfront_usd) and is_near(share, 1 - survives)


def per_busy_hour(a: Advice, rate: str, total: str, share: str, hours: str) -> bool:
    assert a.verdict.pick
    cost, demand = a.verdict.pick.cost, a.verdict.pick.cost.case.whole_demand
    all_hours = float(demand.alive.used_gpu_hours.sum())
    expected = float(demand.expected_used_gpu_hours)
    whole = is_near(rate, cost.undiscounted_usd / expected) and is_near(total, cost.undiscounted_usd)
    return whole and is_near(share, expected / all_hours) and is_near(hours, all_hours)


def plan_risk(a: Advice, chance: str) -> bool:
    return is_near(chance, 1 - (1 - float(a.costing.demand.hazard_per_month)) ** (a.costing.demand.months - 1))


def waits(a: Advice, kind: str, months: str, rent: str) -> bool:
    option = "buy-used" if kind == "Used" else "buy"
    cluster = owned_cluster(a.costing.case, used=option == "buy-used")
    wait, buying = cluster.schedule.delivery - a.costing.demand.start_month, groups(a, option)
    return int(months) == wait and is_near(rent, buying["rent"] + buying["committed"])


def buying_wins(a: Advice, phrase: str) -> bool:
    wins = a.break_evens.buying_months
    return bool(wins) and phrase == months_phrase(wins)


def buying_never(a: Advice, longest: str) -> bool:
    last = a.break_evens.months[-1].to_month
    return int(longest) == last and not a.break_evens.buying_months


def other_pick(a: Advice, label: str, more: str, share: str) -> bool:
    other, pick = by_label(a, label), a.verdict.pick
    assert pick
    costs, least = option_of(a.verdict, other).cost.expected_usd, pick.cost.expected_usd
    return is_near(more, costs - least) and is_near(share, costs / least - 1)


def insured(a: Advice, label: str, more: str, share: str, saved: str, saved_share: str) -> bool:
    assert a.verdict.pick
    tails = a.risk.spreads
    its, of_pick = tails[by_label(a, label)].cvar95_usd, tails[a.verdict.pick.id].cvar95_usd
    saves = is_near(saved, of_pick - its) and is_near(saved_share, 1 - its / of_pick)
    return saves and other_pick(a, label, more, share)


def posted(a: Advice, one: str, three: str, later: str) -> bool:
    assert a.verdict.pick
    case = a.verdict.pick.cost.case
    price = of_one(case.tier_factor * case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    terms = case.assumptions.gpu.term_discounts[case.tier]
    first, third = (price * (1 - of_one(terms[months])) for months in (12, 36))
    mean = implied_forward_usd(1, first, 3, third)
    assert 3 * third == pytest.approx(first + 2 * mean)
    return is_near(one, first) and is_near(three, third) and is_near(later, mean)


def out_of_market(a: Advice, most: str, label: str) -> bool:
    assert a.verdict.pick
    case, pick = a.costing.case, a.verdict.pick
    limit = of_one(case.assumptions.rental.on_demand_max_nodes)
    beyond = bool(case.demand.largest_job > limit) and math.floor(limit) == int(most)
    return beyond and pick.cost.option.label == label


def ruled_out(a: Advice, label: str, difference: str, way: str) -> bool:
    assert a.verdict.pick
    other = next(one for one in a.verdict.ranked if one.cost.option.subject == label)
    more = other.cost.expected_usd - a.verdict.pick.cost.expected_usd
    return not other.feasible and is_near(difference, abs(more)) and (way == "more") == (more > 0)


def cash_aside(a: Advice, label: str, more: str) -> bool:
    assert a.verdict.pick
    rival = next(one for one in a.verdict.ranked if one.cost.option.subject == label)
    difference = rival.cost.expected_usd / a.verdict.pick.cost.expected_usd - 1
    return not rival.feasible and rival.option_class != a.verdict.pick.option_class and is_near(more, difference)


SENTENCES: dict[str, Check] = {
    rf"Your utilization of {PERCENT} is (above|below) the break-even of {PERCENT}: this term beats on demand "
    rf"(above|below) it\.": keeps_busy,
    rf"Reserving costs {PERCENT} (less|more) an hour than on demand at this size, all discounts and premiums counted"
    rf"(?:: |\. With all other costs counted, it (?:is )?)([^,]+)"
    rf"(, since on demand bills idle hours as well)?\.": rate_ratio,
    r"There is no on-demand market above (\d+) nodes; of what can be signed, the (.+) costs least\.": out_of_market,
    rf"{USD} per busy GPU-hour is {USD}, not discounted, over the {PERCENT} of ([\d,.]+[kMB]?) busy GPU-hours that are "
    rf"expected\.": per_busy_hour,
    rf"The commitment costs {USD}; subletting idle hours returns {USD}, "
    rf"extra renting at peaks costs {USD}\.": commits,
    rf"A marketplace charges {USD} per GPU-hour, the on-demand list price is {USD}; {PERCENT} of "
    rf"its hours do useful work\.": marketplace,
    rf"Serverless charges {USD} per GPU-hour, only while it runs; nodes at {USD} on demand would be billed for "
    rf"{PERCENT} of the hours at {PERCENT} utilization\.": serverless,
    rf"On demand bills {PERCENT} of the hours at {PERCENT} utilization(?: \({PERCENT} before what is rented is rounded "
    rf"up\))?; a commitment bills all of them\.": bills,
    rf"Owning costs {USD} to buy and {USD} to run \(present value\)\.": owns,
    rf"(.+) costs {USD}(?: \({PERCENT}\))? more; the largest difference is (.+) \(\+?{USD}\)\.": rival,
    rf"The (.+) takes {PERCENT} (fewer|more) GPU-hours than the (.+) for the same work, at {USD} instead of {USD} on "
    rf"demand(?:; on the .+ the best option, (.+), costs {USD} \({PERCENT}\) more)?\.": other_gpu,
    rf"(.+) costs {USD} \({PERCENT}\) more; the largest difference: (.+) \(\+{USD}\)\.": other_offer,
    r"(.+) is out: (.+)\.": out,
    rf"Rents are expected to (fall|rise) {PERCENT} a year over the plan, so .+ are worth more\.": rents,
    r"Rents are expected to stay about level, .+\.": steady_rents,
    rf"([\w ]+) (?:wins in (\d+) of|also wins in all) (\d+) price scenarios(?:; not in )?(.*)\. This pick "
    rf"costs at most {PERCENT} more than the best in any of them\.": scenarios,
    r"([\w ]+) also wins in all (\d+) price scenarios\. This pick is the cheapest in all of them\.":
        cheapest_in_all,
    rf"(.+) is cheapest, or within the half percent that counts as equal, in {PERCENT} of this plan's own futures\.":
        equal_in_futures,
    rf"(.+) costs {USD} less, which counts as equal: what commits least is advised\.": ties,
    rf"Picks with such a lead cost {PERCENT} more than the best option in hindsight on average, and {PERCENT} in the "
    rf"worst 1 of 20 cases: the price of a wrong class or term\.": on_record,
    rf"The record says right {PERCENT} for a lead of this size; of this plan's own futures (.+) is cheapest in "
    rf"{PERCENT}: .+\.": apart,
    r"The expected cost lies (below|above) the range of 9 in 10 cases: a few of the others cost far (less|more)\.":
        outside,
    rf"Prepaying the term would save only {USD} \({PERCENT}\); the {USD} due on day one would be lost if the provider "
    rf"fails\.": prepaid,
    rf"Your cash rules out (.+), which would cost {USD} (less|more); the confidence is that of the market, cash "
    rf"aside\.": ruled_out,
    r"The term cannot be paid by month: (.+)\. Prepaying costs less\.": paid_by_month,
    rf"The {USD} due on day one is lost in part if the provider fails, in {PERCENT} of cases over the term; the check "
    rf"of cash leaves that out\.": paid_at_once,
    rf"The chance that the plan changes early is {PERCENT}; "
    r"(?:you would still pay for, or sublet, what you signed|what you no longer need, you stop renting)\.": plan_risk,
    rf"(Bought|Used) servers take (\d+) months? to arrive; renting until then \(and during failures\) costs {USD}\.":
        waits,
    rf"(Bought|Used) servers take (\d+) months? to arrive; the rent that stands for waiting until then is {USD}\.":
        waits,
    rf"(Bought) servers start after the shortest contract, (\d+) months?; it and renting in failures cost {USD}\.":
        waits,
    r"Buying is cheapest for plans of (.+)\.": buying_wins,
    r"Buying is not cheapest for any plan from 1 to (\d+) months\.": buying_never,
    rf"For less commitment: (.+) costs {USD} \({PERCENT}\) more\.": other_pick,
    rf"For a better worst case: (.+) costs {USD} \({PERCENT}\) more on average, {USD} \({PERCENT}\) less in the "
    rf"worst 1 of 20 cases\.": insured,
    rf"List prices less the usual discounts, {USD} for one year and {USD} for three, imply {USD} in years two and "
    rf"three\.": posted,
    rf"Cash aside, (.+) would cost only {PERCENT} more: the confidence is that of this lead\.": cash_aside,
}  # fmt: skip


def is_true(advice: Advice, sentence: str) -> bool:
    """Whether a sentence is one of those that are known, and its figures are those of the advice."""
    for pattern, check in SENTENCES.items():
        found = re.fullmatch(pattern, sentence)
        if found:
            return check(advice, *found.groups())
    return False


def assert_true(advice: Advice) -> None:
    if advice.verdict.pick is None:
        return
    for sentence in advice.reasons.sentences:
        assert is_true(advice, sentence), sentence


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sentence_of_a_sample_is_true(name: str) -> None:
    assert_true(advise(sample(name), BOOK, 500))


@quick_and_long
@settings(max_examples=examples(8, 100), deadline=None, derandomize=True)
@given(profiles())
def test_every_sentence_is_true(profile: Profile) -> None:
    assert_true(advise(profile, BOOK, 200))


def test_the_utilization_before_rounding_is_of_the_hours_of_the_sentence() -> None:
    """Of all hours, also where a part of the work is open in office hours: 4 % and 4.3 %, of which none was said."""
    office = {"kind": "inference", "gpu": "GB300-NVL72", "nodes": 14, "months": 13, "busy": 0.05, "base_share": 0.25}
    office |= {"base_busy": 0.05, "growth_per_month": 0.1775, "mode": "office-hours"}
    training = {"kind": "pre-train", "gpu": "GB300-NVL72", "nodes": 4, "months": 34, "growth_per_month": -0.2}
    works = [{**work, "plan_change_per_month": 0.0} for work in (office, training)]
    advice = advise(parse_profile({"name": "office hours", "workload": works}, BOOK), BOOK, 200)
    told = next(sentence for sentence in advice.reasons.sentences if "On demand bills" in sentence)
    assert is_true(advice, told), told
    assert told.startswith("On demand bills 11% of the hours at 4% utilization; a commitment")


def test_another_gpu_is_the_pick_and_it_is_said_why() -> None:
    """c15b of the real cases: nothing said why the H200, and the H100 was to be rented below more than it costs."""
    service = {"kind": "inference", "nodes": 1, "months": 6, "busy": 0.5, "base_share": 0}
    raw = {"name": "H100 or H200", "workload": [service], "market": {"other_gpus": ["H200-SXM"]}}
    advice = advise(parse_profile(raw, BOOK), BOOK, 200)
    told = advice.reasons.sentences[1]
    assert is_true(advice, told)
    assert told.startswith("The H200 SXM takes 29% fewer GPU-hours than the H100 SXM for the same work"), told
    assert "on the H100 SXM the best option, on-demand rent, costs $" in told
    assert not [hint.text for hint in verdict_view(advice, TODAY).hints if hint.text.startswith("Rent")]


TWO_YEARS = (
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.45, "nodes": 64, "prepaid": 0.0, "from": "A"},
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.30, "nodes": 64, "prepaid": 1.0, "from": "B"},
)


def test_of_two_offers_it_is_said_why_not_the_other() -> None:
    """x2 of the real cases: B asks less an hour, and nothing said why A is taken."""
    advice = advise(a_profile({"months": 12}, company={}, quote=list(TWO_YEARS)), BOOK, 200)
    assert_true(advice)
    assert advice.verdict.pick
    assert advice.verdict.pick.id == "reserved-12m-a"
    (told,) = [sentence for sentence in advice.reasons.sentences if "from B costs" in sentence]
    assert "the largest difference: loss if the provider fails (+$" in told


def test_what_makes_the_running_cost_is_named() -> None:
    """c10 of the real cases: seven cards in a basement, looked after by their owner; `running` did not say staff."""
    figures = {"neocloud_usd_per_gpu_hour": 0.65, "gpu_memory_gb": 32, "like": "L40S", "node_usd": 35_000}
    book = with_own_gpu("RTX-5090", {**figures, "node_kw": 4, "gpus_per_node": 7}, BOOK, "a test")
    service = {"kind": "inference", "gpu": "RTX-5090", "gpus": 7, "months": 36}
    raw = {"name": "own room", "workload": [service], "company": {"hosting": "on-premises"}}
    told = advise(parse_profile(raw, book), book, 200).reasons.sentences
    assert any("the largest difference is running, mostly staff (+$" in sentence for sentence in told), told


IDLE_ON_AN_API = {
    "kind": "inference",
    "months": 12,
    "serving": {"parameters": 8e9, "tokens_per_day": 4e8, "good_enough": "same-size"},
}


@pytest.mark.parametrize(
    ("workload", "hours", "idle"),
    [
        ({"kind": "inference", "nodes": 1, "months": 12, "busy": 0.1}, "all hours, and at work in 10%", "(90% idle)"),
        (
            {"kind": "inference", "gpu_hours_per_month": 122, "months": 12},
            "all hours, and at work in 17%",
            "(83% idle)",
        ),
        ({"kind": "inference", "nodes": 1, "months": 12, "busy": 0.1, "mode": "batch"}, "", ""),
        ({"kind": "inference", "nodes": 1, "months": 12, "busy": 0.7}, "", ""),
        ({"kind": "fine-tune", "nodes": 1, "months": 12, "busy": 0.1}, "", ""),
        (IDLE_ON_AN_API, "", ""),
    ],
)
def test_a_service_that_is_mostly_idle_is_told_that_it_need_not_be_up(
    workload: dict[str, Any], hours: str, idle: str
) -> None:
    """A user who says 122 GPU-hours a month was billed for 730 and read only that a term is cheaper at any use."""
    advice = advise(parse_profile({"name": "a service", "workload": [workload]}, BOOK), BOOK, 200)
    told = [line for line in advice.reasons.warnings if "set Runs to" in line]
    assert [hours in line for line in told] == ([True] if hours else [])
    summary = verdict_view(advice, TODAY).summary[0]
    assert idle in summary
    assert ("idle)" in summary) is bool(idle)


def test_a_figure_that_is_off_by_one_is_found() -> None:
    """Each number of each sentence, changed in its last digit."""
    advice = advise(sample("cluster-64"), BOOK, 500)
    tampered = 0
    for sentence in advice.reasons.sentences:
        for number in re.finditer(r"\$[\d,.]*\d|\b[\d.]*\d%", sentence):
            at = number.end() - 1 - number.group().endswith("%")
            digit = str((int(sentence[at]) + 5) % 10)
            assert not is_true(advice, sentence[:at] + digit + sentence[at + 1 :]), sentence
            tampered += 1
    assert tampered >= 8


def test_what_is_prepaid_for_want_of_cash_is_told_with_what_is_at_stake() -> None:
    """$55M of cash prepay $13.3M, since a term that is paid by month lacks $158k: neither was said."""
    company = sample("cluster-64").company.model_dump(exclude_none=True) | {"cash_usd": 55e6}
    advice = advise(changed(sample("cluster-64"), company=company), BOOK, 200)
    assert advice.verdict.pick
    assert advice.verdict.pick.id == "reserved-12m-prepaid"
    found = [one for one in advice.reasons.sentences if one.startswith(("The term cannot", "The $"))]
    assert len(found) == 2
    assert_true(advice)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_hint_and_total_is_true(name: str) -> None:
    advice = advise(sample(name), BOOK, 500)
    view, pick, evens = verdict_view(advice, TODAY), advice.verdict.pick, advice.break_evens
    assert pick
    cost, spread = pick.cost, advice.risk.spreads[pick.id]
    classes = {option.option_class for option in advice.verdict.ranked if option.action == pick.action}
    best_in = sum(advice.risk.class_best.get(one, 0.0) for one in classes)
    card = next(card for card in view.cards if card.is_pick)
    text = "\n".join((*card_sentences((card,)), view.conclusion, *view.summary, *(hint.text for hint in view.hints)))
    known: dict[str, tuple[float | None, ...]] = {
        rf"expected cost {USD}, {USD} if the plan holds": (cost.expected_usd, cost.plan_holds_present_usd),
        rf"{USD} to {USD} in 9 of 10 simulated futures": (spread.p5_usd, spread.p95_usd),
        rf"{USD} on day one": (cost.upfront_usd,),
        rf"cheapest in {PERCENT}": (best_in,),
        rf"^Takes up to {USD} of your cash in {PERCENT} of cases · {USD} per busy GPU-hour": (
            cost.peak_outlay_usd, 0.95, cost.usd_per_used_gpu_hour,
        ),
        rf"(?:Rent up to|rent on demand up to|Rent instead if offered below) {USD}/GPU-h": (
            evens.payable_rate_usd,
        ),
        rf"the most that cash pays for \(cheaper below {USD}": (evens.tipping.usd,),
        rf"node under {USD}": (evens.node_price.usd,),
        rf" costs {USD} \({PERCENT}\) more": (
            advice.verdict.rival.cost.expected_usd - cost.expected_usd if advice.verdict.rival else None,
            advice.verdict.gap_share,
        ),
    }  # fmt: skip
    found = 0
    for pattern, values in known.items():
        for match in re.finditer(pattern, text, re.MULTILINE):
            for number, value in zip(match.groups(), values, strict=True):
                assert value is not None
                assert is_near(number, value), match.group()
                found += 1
    assert found >= 5


# Nothing fits


def least_cash(advice: Advice) -> tuple[float, float]:
    """The cash that is said to be enough, and how much more than there is."""
    line = next(line for line in verdict_view(advice, TODAY).summary if "least cash" in line)
    found = re.search(rf", {USD}, {USD} more than you have$", line)
    assert found, line
    enough, more = (
        float(word.strip("$kMB").replace(",", "")) * SCALES[word[-1] if word[-1] in "kMB" else ""]
        for word in found.groups()
    )
    return enough, more


@pytest.mark.parametrize("workload", [{}, {"kind": "fine-tune", "nodes": 2, "months": 6}, {"nodes": 300, "months": 40}])
def test_the_least_cash_that_is_named_is_enough_and_less_is_not(workload: dict[str, Any]) -> None:
    profile = a_profile(workload, company={"cash_usd": 5_000.0, "committed_funding_usd": 1_000.0})
    nothing = advise(profile, BOOK, 200)
    assert nothing.verdict.pick is None
    assert verdict_view(nothing, TODAY).summary[0].startswith("Your cash "), "what would fit is said first"
    enough, more = least_cash(nothing)
    assert more == pytest.approx(enough - 6_000, rel=0.01)
    for share, fits in ((1.01, True), (0.98, False)):
        again = advise(changed(profile, company={"cash_usd": share * enough}), BOOK, 200)
        assert (again.verdict.pick is not None) is fits


@pytest.mark.parametrize(
    ("gpu", "why"), [("B200-SXM", "delivery takes 7 months"), ("H100-SXM", "too few used modules are sold")]
)
def test_where_cash_is_not_what_is_missing_that_is_said(gpu: str, why: str) -> None:
    """Renting is forbidden and hardware comes too late, or is not sold used for this size: both bars are named, and
    lifting the rule helps."""
    company = {"rental_forbidden_because": "data must stay", "cash_usd": 1e9}
    nothing = advise(a_profile({"gpu": gpu, "months": 4}, company=company), BOOK, 200)
    assert nothing.verdict.pick is None
    said = "\n".join(verdict_view(nothing, TODAY).summary)
    assert said.startswith("More cash does not help"), "what would fit is said before why nothing does"
    assert "data must stay" in said
    assert why in said
    lifted = a_profile({"gpu": gpu, "months": 4}, company={"cash_usd": 1e9})
    assert advise(lifted, BOOK, 200).verdict.pick is not None


def test_a_tie_is_told_as_one_on_every_line() -> None:
    """An offer just below the tipping price: renting is picked, a reservation cheaper by less than half a percent."""
    plan = a_profile({"nodes": 16, "months": 12})
    tipping = advise(plan, BOOK, 200).break_evens.tipping.usd
    assert tipping
    offer = {"option": "on-demand", "usd_per_gpu_hour": 0.9998 * tipping}
    advice = advise(changed(plan, quote=[offer]), BOOK, 200)
    assert advice.verdict.pick
    assert advice.verdict.pick.id == "on-demand"
    assert advice.verdict.rival_is_cheaper
    assert_true(advice)
    view = verdict_view(advice, TODAY)
    lines = "\n".join((view.conclusion, *view.summary, *advice.reasons.sentences))
    assert "costs the same within half a percent" in lines
    assert "cheapest or equal in" in lines
    assert "Renting is cheapest, or within the half percent that counts as equal" in lines
    assert "The record says" not in lines
    assert "% (or equal)" in markdown(memo(advice, RunOptions(TODAY, 200, 0)))


def test_eight_fine_tunes_of_a_node_cost_eight_times_one() -> None:
    fine_tune = {"kind": "fine-tune", "months": 12, "busy": 0.5}
    one, eight = (advise(a_profile({**fine_tune, "nodes": nodes}), BOOK, 200) for nodes in (1, 8))
    assert (one.verdict.pick and one.verdict.pick.id) == (eight.verdict.pick and eight.verdict.pick.id) == "marketplace"
    for option in ("marketplace", "on-demand"):
        usd = [option_of(advice.verdict, option).cost.expected_usd for advice in (one, eight)]
        assert usd[1] == pytest.approx(8 * usd[0])
    assert "99% of its hours do useful work" in eight.reasons.sentences[0]
    assert any("separate jobs of one node each" in warning for warning in eight.reasons.warnings)
    whole = advise(a_profile({**fine_tune, "nodes": 8, "job_nodes": 8}), BOOK, 200)
    assert any("8 nodes for one fine-tune" in warning for warning in whole.reasons.warnings)


EXPENSIVE = {"option": "on-demand", "usd_per_gpu_hour": 7.0, "from": "Acme"}
FINE_TUNE = {"kind": "fine-tune", "nodes": 8, "job_nodes": 8, "months": 12, "busy": 0.5}


def test_an_offer_by_the_hour_that_hides_a_better_list_price_is_told() -> None:
    """At $7.00 on demand a reservation is the pick; at the list price renting is, for less. Both figures are those of
    the answers."""
    bare, taken = (advise(a_profile(FINE_TUNE, quote=quotes), BOOK, 200) for quotes in ([], [EXPENSIVE]))
    assert bare.verdict.pick
    assert taken.verdict.pick
    assert (bare.verdict.pick.action, taken.verdict.pick.action) == ("rent", "reserve")
    (said,) = (line for line in taken.reasons.warnings if "without that offer" in line)
    usual, mine = (found.verdict.pick.cost.expected_usd for found in (bare, taken) if found.verdict.pick)
    assert said == (
        f"Acme asks $7.00 per GPU-hour on demand, where the price list has $3.89: without that offer the answer is to "
        f"{bare.verdict.pick.cost.option.command}, for {usd(usual)}, {usd(mine - usual)} less."
    )
    for fine in ({**EXPENSIVE, "usd_per_gpu_hour": 3.0}, {**EXPENSIVE, "option": "reserved", "months": 12}):
        found = advise(a_profile(FINE_TUNE, quote=[fine]), BOOK, 200)
        assert not any("without that offer" in line for line in found.reasons.warnings)


def test_expensive_spot_is_told_too() -> None:
    """Spot at $4.50, above marketplaces and on demand; and of a GPU without a marketplace price nothing is hidden."""
    spot = {"option": "spot", "usd_per_gpu_hour": 4.5}
    found = advise(a_profile({**FINE_TUNE, "job_nodes": 1}, quote=[spot]), BOOK, 200)
    assert any(line.startswith("Your offer asks $4.50 per GPU-hour for spot") for line in found.reasons.warnings)
    unlisted = advise(a_profile({**FINE_TUNE, "gpu": "MI355X", "job_nodes": 1}, quote=[spot]), BOOK, 200)
    assert not any("without that offer" in line for line in unlisted.reasons.warnings)


@pytest.mark.parametrize(("gpu", "seller", "who"), [("H100-SXM", "Acme", "Acme"), ("MI355X", None, "Your offer")])
def test_spot_that_is_offered_is_told_at_its_price(gpu: str, seller: str | None, who: str) -> None:
    """Also of a GPU that the book has no marketplace price of."""
    offer = {"option": "spot", "usd_per_gpu_hour": 0.5} | ({"from": seller} if seller else {})
    fine_tune = {"kind": "fine-tune", "gpu": gpu, "nodes": 1, "months": 6, "busy": 0.6}
    found = advise(changed(a_profile(fine_tune), quote=[offer]), BOOK, 200)
    assert found.verdict.pick
    assert found.verdict.pick.id == "marketplace"
    assert f"{who} charges $0.50 per GPU-hour, the on-demand list price is " in found.reasons.sentences[0]


def test_a_node_of_another_size_is_asked_its_price() -> None:
    small = a_profile({"nodes": 1, "busy": 0.2}, rental={"gpus_per_node": 1})
    asked = "A node of 1 GPU: what one costs to buy and to power is still the book's. Enter node_usd and node_kw."
    assert asked in advise(small, BOOK, 200).reasons.warnings
    assert asked not in advise(changed(small, gpu={"node_usd": 40000, "node_kw": 1.5}), BOOK, 200).reasons.warnings


def test_renting_owes_nothing_after_a_change_of_plan() -> None:
    renting = advise(a_profile({"kind": "fine-tune", "nodes": 1, "months": 12, "busy": 0.5}), BOOK, 200)
    assert any(line.endswith("what you no longer need, you stop renting.") for line in renting.reasons.sentences)


def test_the_wait_for_hardware_is_that_of_the_way_to_buy_that_is_told_of() -> None:
    """6 of 8 nodes are owned: used nodes were the cheapest to buy, and the wait was that of new ones, 5 months."""
    work = {"kind": "fine-tune", "nodes": 8, "months": 18, "busy": 0.7}
    owned = {"nodes": 6, "age_months": 22, "hosting_paid": True}
    found = advise(a_profile(work, owned=[owned]), BOOK)
    assert any(sentence.startswith("Buying used and colocating costs ") for sentence in found.reasons.sentences)
    waits = [sentence for sentence in found.reasons.sentences if " to arrive; " in sentence]
    assert [sentence.partition(" to arrive")[0] for sentence in waits] == ["Used servers take 2 months"]
    assert is_true(found, waits[0])


def test_what_costs_more_than_an_income_is_no_share_of_it() -> None:
    """Six owned nodes are sold for more than the work costs: `costs $179k (498%) more` than -$36.1k."""
    owned = {"nodes": 6, "age_months": 22}
    found = advise(a_profile({"kind": "fine-tune", "nodes": 4, "months": 12, "busy": 0.7}, owned=[owned]), BOOK)
    assert present(found.verdict.pick).cost.expected_usd < 0
    sentence = next(one for one in found.reasons.sentences if " more; the largest difference is " in one)
    assert re.search(r" costs \$[\d.]+k more; ", sentence)
    assert is_true(found, sentence)
    assert "%" not in verdict_view(found, TODAY).conclusion


def test_what_is_owned_is_no_contract() -> None:
    """`Your contracts cover all of the work`, of hardware."""
    owned = {"nodes": 8, "age_months": 22, "hosting_paid": True}
    found = advise(a_profile({"kind": "fine-tune", "nodes": 8, "months": 18, "busy": 0.7}, owned=[owned]), BOOK)
    assert found.reasons.sentences[0] == "What you have covers all of the work: there is nothing more to sign or buy."
