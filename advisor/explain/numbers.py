"""Every number of an answer by an id: what it is, how it is reckoned with the figures at hand, and what it rests on.

Ids are paths: `option/buy/expected_usd`, `option/buy/component/hardware`, `gap`, `gap/capex`, `tipping`, `flip/0`. A
number's parts are numbers too; no part has parts of its own, so that whoever opens a number is at a source line in
three steps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from advisor.costing.components import component_group
from advisor.costing.lineage import (
    Inputs,
    first_day_inputs,
    option_inputs,
    undiscounted,
)
from advisor.decision.advise import Advice
from advisor.decision.confidence import confidence
from advisor.decision.price_break_even import PricePoint
from advisor.decision.ranking import RankedOption
from advisor.decision.sensitivity import Flip, Swing
from advisor.formatting import amount_words, input_words, months_phrase, percent, usd, usd_rate
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.validation import book_path

_SPREAD = ("forecast.reversion_log_sd", "forecast.volatility_log_sd")  # how unsure the law of rents is itself
_MONEY = ("profile.company.cash_usd", "profile.company.committed_funding_usd", "profile.company.burn_usd_per_month")
RECORD = "record"


@dataclass(frozen=True)
class Stated:
    """One number. amount: as it is shown; what: a sentence; formula: in words, with the figures it is reckoned from;
    inputs: the ids it rests on; parts: (id, label, USD) that add up to it."""

    title: str
    amount: str
    what: str
    formula: str
    inputs: Inputs
    parts: tuple[tuple[str, str, float], ...] = ()


def component_words(component: str) -> str:
    """A component as a person calls it."""
    return _COMPONENTS[component][0]


def stated(number: str, advice: Advice) -> Stated:
    """A number of an answer. Raises KeyError for an id that names none."""
    family, _, rest = number.partition("/")
    if family == "option":
        name, _, figure = rest.partition("/")
        option = next(option for option in advice.verdict.ranked if option.id == name)
        return _of_option(option, figure, advice)
    return _OF[family](rest, advice)


def option_numbers(option: RankedOption) -> Iterator[str]:
    """The ids of an option's figures, its components among them; nothing where no price is known."""
    if option.cost.option.priced:
        yield from (f"option/{option.id}/{figure}" for figure in _FIGURES)
        spent = (name for name, amount in option.cost.components.items() if round(amount, 2))
        yield from (f"option/{option.id}/component/{name}" for name in spent)


def verdict_numbers(advice: Advice) -> Iterator[str]:
    """The ids of all numbers beyond the options' own."""
    verdict, evens = advice.verdict, advice.break_evens
    if verdict.pick is None:
        return
    if verdict.rival is not None:
        yield from ("gap", "confidence", *(f"gap/{step.group}" for step in advice.reasons.waterfall))
    yield from (f"best/{action}" for action in advice.risk.class_best)
    if advice.runway is not None:
        yield "runway"
    yield from (name for name, point in _points(advice).items() if point.usd is not None)
    yield from (f"term/{index}" for index, _ in enumerate(evens.terms))
    yield from (f"length/{index}" for index, one in enumerate(evens.months) if one.option is not None)
    yield from (f"crossing/{index}" for index, _ in enumerate(evens.crossings))
    if evens.payback is not None:
        yield "payback"
    yield from (f"scenario/{index}" for index, _ in enumerate(advice.scenarios))
    yield from ("waiting", "knowing") if advice.waiting is not None else ("knowing",)


def deeper_numbers(advice: Advice) -> Iterator[str]:
    """The ids of the numbers that take a moment longer: flips, the tornado, the balance sheet."""
    yield from (f"flip/{index}" for index, _ in enumerate(advice.sensitivity.flips))
    yield from (f"swing/{index}" for index, _ in enumerate(advice.sensitivity.swings))
    yield from (f"balance/{index}" for index, _ in enumerate(advice.balance_sheets))


def _points(advice: Advice) -> Mapping[str, PricePoint]:
    return {"tipping": advice.break_evens.tipping, "node": advice.break_evens.node_price}


@dataclass(frozen=True)
class _Question:
    """One figure of one option, and the answer it belongs to."""

    option: RankedOption
    advice: Advice

    @property
    def label(self) -> str:
        return self.option.cost.option.label

    def inputs(self) -> Inputs:
        return option_inputs(self.option.cost, self.advice.depends_on[self.option.id])

    def of(self, component: str) -> Inputs:
        return self.advice.depends_on[self.option.id].get(component, ())

    def parts(self, undiscounted_: bool = False) -> tuple[tuple[str, str, float], ...]:
        cost = self.option.cost
        amounts = cost.undiscounted_components if undiscounted_ else cost.components
        return tuple(
            (f"option/{self.option.id}/component/{name}", component_words(name), amount)
            for name, amount in amounts.items()
            if round(amount, 2)
        )


def _of_option(option: RankedOption, figure: str, advice: Advice) -> Stated:
    name, _, component = figure.partition("/")
    asked = _Question(option, advice)
    return _component(asked, component) if name == "component" else _FIGURES[name](asked)


def _component(asked: _Question, component: str) -> Stated:
    words, formula = _COMPONENTS[component]
    cost = asked.option.cost
    present, plain = cost.components[component], cost.undiscounted_components[component]
    return Stated(
        f"{words}, to {asked.label}",
        _cents(present),
        f"One part of what it costs to {asked.label}, in today's money.",
        f"{formula}; {_cents(plain)} over the months, {_cents(present)} discounted to today",
        asked.of(component),
    )


def _expected(asked: _Question) -> Stated:
    cost = asked.option.cost
    demand = cost.demand
    return Stated(
        f"Expected cost to {asked.label}",
        _cents(cost.expected_usd),
        "What it costs in today's money to serve all of your work this way, what it cannot serve rented on demand.",
        f"the sum of the parts below; each month's payments discounted at "
        f"{percent(cost.case.assumptions.money.discount_rate)} a year and weighed by the chance of "
        f"{percent(1 - demand.chance_of_change)} that the plan lasts",
        asked.inputs(),
        asked.parts(),
    )


def _undiscounted(asked: _Question) -> Stated:
    cost = asked.option.cost
    return Stated(
        f"Cost to {asked.label}, not discounted",
        _cents(cost.undiscounted_usd),
        "The plain sum of all expected payments and receipts, whenever they come.",
        "the sum of the expected flows of all months",
        undiscounted(asked.inputs()),
    )


def _per_hour(asked: _Question) -> Stated:
    cost = asked.option.cost
    hours = cost.case.whole_demand.expected_used_gpu_hours
    return Stated(
        f"Cost of a used GPU-hour, to {asked.label}",
        usd_rate(cost.usd_per_used_gpu_hour),
        "What each hour costs in which a GPU does work.",
        f"{_cents(cost.undiscounted_usd)}, not discounted, over {hours:,.0f} GPU-hours of work expected",
        undiscounted(asked.inputs()),
    )


def _upfront(asked: _Question) -> Stated:
    cost = asked.option.cost
    return Stated(
        f"Due on day one, to {asked.label}",
        _cents(cost.upfront_usd),
        "What has to be paid on the day of the decision.",
        "all that is due in advance in the first month: prepayments and first instalments, deposits, setting up",
        first_day_inputs(cost, asked.advice.profile, asked.advice.book) or undiscounted(asked.inputs()),
    )


def _peak(asked: _Question) -> Stated:
    cost = asked.option.cost
    safe = percent(cost.case.assumptions.money.cash_safety_share)
    return Stated(
        f"Paid out at most, to {asked.label}",
        _cents(cost.peak_outlay_usd),
        "The most that will have been paid out, less what came back, at any time.",
        f"the running sum of the payments at its highest, not exceeded in {safe} of the cases of rents and plan",
        ("money.cash_safety_share", *undiscounted(asked.inputs())),
    )


def _end_asset(asked: _Question) -> Stated:
    cost = asked.option.cost
    return Stated(
        f"Hardware in the end, to {asked.label}",
        _cents(cost.end_asset_usd),
        "What the hardware is expected to fetch when it is sold, not discounted.",
        "price of the nodes x share of it that used hardware brings by then x (1 - cost of selling)",
        undiscounted(asked.of("hardware_resale")) or undiscounted(asked.inputs()),
    )


def _spread(asked: _Question, figure: str) -> Stated:
    spread, paths = asked.advice.risk.spreads[asked.option.id], f"{asked.advice.risk.paths:,}"
    band = f"{usd(spread.p5_usd)} to {usd(spread.p95_usd)}"
    title, amount, what, formula = {
        "band": ("Nine cases in ten", band, "Nine cases in ten lie between.", "the 5 and the 95% point"),
        "cvar95_usd": ("The worst cases", _cents(spread.cvar95_usd), "The mean of the worst case in twenty.", "mean"),
        "p95_regret_usd": (
            "Regret", _cents(spread.p95_regret_usd),
            "What it costs more than the best of the case, exceeded in one case in twenty.", "the 95% point",
        ),
        "probability_best": (
            "How often the cheapest", percent(spread.probability_best),
            "The share of the cases in which nothing that can be had costs less.", "count",
        ),
    }[figure]  # fmt: skip
    return Stated(
        f"{title}, to {asked.label}",
        amount,
        what,
        f"{formula} of the costs on {paths} sampled paths of rents, used prices and months of a change of plan",
        (*asked.inputs(), *_SPREAD),
    )


def _worst_regret(asked: _Question) -> Stated:
    from_book = tuple(f"scenario.{o.name}" for o in asked.advice.scenarios if o.name in asked.advice.book.scenarios)
    return Stated(
        f"Worst regret, to {asked.label}",
        "",
        "What it costs more than the best of a named path of rents, as a share, where that is most.",
        "its cost over the cheapest option's of each path, less one; the highest of them",
        (*from_book, *asked.inputs()),
    )


_FIGURES: Mapping[str, Callable[[_Question], Stated]] = {
    "expected_usd": _expected,
    **{name: partial(_spread, figure=name) for name in ("band", "cvar95_usd", "p95_regret_usd", "probability_best")},
    "worst_regret": _worst_regret,
    "undiscounted_usd": _undiscounted,
    "upfront_usd": _upfront,
    "peak_outlay_usd": _peak,
    "end_asset_usd": _end_asset,
    "usd_per_used_gpu_hour": _per_hour,
}


def _gap(group: str, advice: Advice) -> Stated:
    """The gap between pick and rival, or the step of one group of components."""
    pick, rival = advice.verdict.pick, advice.verdict.rival
    assert pick is not None
    assert rival is not None
    both, mine, theirs = _inputs_of([pick, rival], advice), pick.cost, rival.cost
    names = f"to {theirs.option.label} rather than to {mine.option.label}"
    if not group:
        share = advice.verdict.gap_share or 0.0
        steps = tuple((f"gap/{step.group}", step.group, step.usd) for step in advice.reasons.waterfall)
        total = theirs.expected_usd - mine.expected_usd
        return Stated(
            "What the pick saves",
            f"{_cents(total)} ({percent(share, 1)})",
            f"What it costs more {names}.",
            f"{_cents(theirs.expected_usd)} less {_cents(mine.expected_usd)}; over {usd(mine.expected_usd)} as a share",
            both,
            steps,
        )
    one, other = (cost.by_group()[group] for cost in (theirs, mine))
    inputs = dict.fromkeys(
        one
        for option in (rival, pick)
        for name, ids in advice.depends_on[option.id].items()
        if component_group(name) == group and option.cost.components[name]
        for one in ids
    )
    return Stated(
        f"Step of the waterfall: {group}",
        _cents(one - other),
        f"What {group} costs more or less {names}.",
        f"{_cents(one)} to {theirs.option.label}, less {_cents(other)} to {mine.option.label}",
        tuple(inputs),
    )


def _inputs_of(options: Iterable[RankedOption], advice: Advice) -> Inputs:
    """What some options together rest on."""
    each = (option_inputs(option.cost, advice.depends_on[option.id]) for option in options)
    return tuple(dict.fromkeys(one for inputs in each for one in inputs))


def _named(option_id: str | None, advice: Advice) -> tuple[RankedOption, ...]:
    return tuple(option for option in advice.verdict.ranked if option.id == option_id)


def contender_inputs(advice: Advice) -> Inputs:
    """What the best of rent, reserve and buy together rest on: the inputs of what sets one class against another."""
    return _inputs_of(advice.break_evens.contenders, advice)


def _confidence(_: str, advice: Advice) -> Stated:
    earned = confidence(advice.verdict.gap_share, advice.verdict.close_call)
    assert earned is not None
    return Stated(
        "Confidence",
        f"{earned.word}, right {percent(earned.right_share)}",
        "How often verdicts with such a gap named the class that turned out cheapest.",
        f"counted on {earned.n:,} verdicts of synthetic markets; past rents are shown beside them in the record",
        (RECORD, "money.close_call_share"),
    )


def _best(action: str, advice: Advice) -> Stated:
    shares = {str(name): share for name, share in advice.risk.class_best.items()}
    return Stated(
        f"How often {action} is the cheapest",
        percent(shares[action]),
        f"The share of the cases in which a way to {action} costs least.",
        f"counted on {advice.risk.paths:,} sampled paths of rents, used prices and months of a change of plan",
        (*contender_inputs(advice), *_SPREAD),
    )


def _runway(_: str, advice: Advice) -> Stated:
    runway, pick, company = advice.runway, advice.verdict.pick, advice.profile.company
    assert runway is not None
    assert pick is not None
    return Stated(
        "Runway",
        f"{runway.without_months:.0f} -> {runway.with_months:.0f} months",
        f"Months until the cash is gone: without this compute, and to {pick.cost.option.label}.",
        f"{usd((company.cash_usd or 0) + company.committed_funding_usd)} of cash and funding, "
        f"{usd(company.burn_usd_per_month)} a month of other burn, and the payments of the pick if the plan holds; "
        f"in {percent(pick.cost.case.assumptions.money.cash_safety_share)} of all cases it lasts "
        f"{runway.safe_months:.0f} months",
        (*(m for m in _MONEY if getattr(company, m.rpartition(".")[2])), *undiscounted(_inputs_of([pick], advice))),
    )


def _point(name: str, title: str, words: Callable[[float], str], what: str, _: str, advice: Advice) -> Stated:
    point = _points(advice)[name]
    rival = next(iter(_named(point.against, advice)), None)
    against = (
        "" if rival is None else f"; it is held against: to {rival.cost.option.label}, {usd(rival.preference_usd)}"
    )
    return Stated(
        title,
        "" if point.usd is None else words(point.usd),
        what,
        f"costs are straight lines in this price: where the two lines cross{against}",
        contender_inputs(advice),
    )


def _term(index: str, advice: Advice) -> Stated:
    term = advice.break_evens.terms[int(index)]
    share = term.reason if term.busy_share is None else f"{term.pays} {percent(term.busy_share)}"
    return Stated(
        f"Busy share at which to {term.label} pays",
        share,
        "How busy the GPUs must be for this term to beat renting on demand, everything counted.",
        f"both costs are straight lines in the busy share: where they cross; the rates alone say "
        f"{percent(term.rate_ratio)}, the reserved rate over the rate on demand",
        _inputs_of([*_named("on-demand", advice), *_named(term.option, advice)], advice) or contender_inputs(advice),
    )


def _length(index: str, advice: Advice) -> Stated:
    found = advice.break_evens.months[int(index)]
    label = next((option.cost.option.label for option in _named(found.option, advice)), found.option or "")
    return Stated(
        f"Cheapest for plans of {months_phrase([(found.from_month, found.to_month)])}",
        label,
        "What costs least for plans of these lengths, cash left aside.",
        "every option is costed again for every length of the plan",
        contender_inputs(advice),
    )


def _crossing(index: str, advice: Advice) -> Stated:
    found = advice.break_evens.crossings[int(index)]
    options = [*_named(found.cheaper_before, advice), *_named(found.cheaper_after, advice)]
    before, after = (option.cost.option.label for option in options)
    return Stated(
        f"Where to {after} gets cheaper than to {before}",
        f"month {found.month:.1f}, {usd(found.usd)} each",
        "The month in which the costs paid so far cross.",
        "both costs summed up month by month, discounted; a straight line within the month",
        _inputs_of(options, advice),
    )


def _payback(_: str, advice: Advice) -> Stated:
    payback = advice.break_evens.payback
    assert payback is not None
    return Stated(
        "Simple undiscounted payback",
        "never" if payback.months is None else f"{payback.months:.1f} months",
        "When what was paid for hardware has been saved in rent; falling rents and resale are not in it.",
        f"{usd(payback.capex_usd)} over {usd(payback.saving_usd_per_month)} saved in a month of owning",
        undiscounted(_inputs_of([*_named("buy", advice), *_named("on-demand", advice)], advice)),
    )


def _scenario(index: str, advice: Advice) -> Stated:
    outcome = advice.scenarios[int(index)]
    best = _named(outcome.best_option, advice)
    path = (f"scenario.{outcome.name}",) if outcome.name in advice.book.scenarios else ("profile.market.rents_path",)
    return Stated(
        f"If rents go another way: {outcome.label}",
        "" if outcome.best_option is None else usd(outcome.usd[outcome.best_option]),
        f"What is cheapest then: to {best[0].cost.option.label if best else 'nothing can be had'}.",
        "every option is costed again with rents on this path",
        (*path, *(one for one in _inputs_of(best, advice) if one != rents_id(advice.gpu.id))),
    )


def _waiting(_: str, advice: Advice) -> Stated:
    waiting = advice.waiting
    assert waiting is not None
    return Stated(
        "What waiting is worth",
        _cents(waiting.edge_usd),
        f"What it saves to rent {waiting.months} months and decide then; negative when waiting costs.",
        "the best option that is settled today, less renting first and choosing by the rents of that month",
        _inputs_of([*_named(waiting.option, advice)], advice),
    )


def _knowing(_: str, advice: Advice) -> Stated:
    known = advice.risk.information
    return Stated(
        "What knowing the future would be worth",
        _cents(known.total_usd),
        "The most that waiting, or asking, can bring.",
        f"mean cost of the best option less the mean of the least cost, on {advice.risk.paths:,} sampled paths; the "
        f"rents alone {usd(known.rents_usd)}, the plan alone {usd(known.plan_usd)}",
        (*contender_inputs(advice), *_SPREAD),
    )


def _flip(index: str, advice: Advice) -> Stated:
    flip: Flip = advice.sensitivity.flips[int(index)]
    to = _named(flip.to_option, advice)
    pick = [option for option in (advice.verdict.pick,) if option is not None]
    return Stated(
        f"What would change the answer: {input_words(flip.input)}",
        amount_words(flip.flips_at, flip.unit),
        f"Beyond this value it is cheaper to {to[0].cost.option.label if to else flip.to_option}.",
        f"all other inputs as they are; now {amount_words(flip.current, flip.unit)}, which is {flip.sds_away:.1f} "
        "standard deviations of its plausible range away",
        _moved_first(flip.input, _inputs_of([*pick, *to], advice), advice),
    )


def _swing(index: str, advice: Advice) -> Stated:
    swing: Swing = advice.sensitivity.swings[int(index)]
    low, high = amount_words(swing.low, swing.unit), amount_words(swing.high, swing.unit)
    return Stated(
        f"What the answer owes to: {input_words(swing.input)}",
        f"{usd(swing.gap_at_low_usd)} to {usd(swing.gap_at_high_usd)}",
        "The lead of the pick over the best of another class, this input a standard deviation lower and higher.",
        f"at {low} and at {high}, all other inputs as they are",
        _moved_first(swing.input, contender_inputs(advice), advice),
    )


def _moved_first(name: str, inputs: Inputs, advice: Advice) -> Inputs:
    """The input that is moved, then the others."""
    own = input_id(name, advice)
    return tuple(dict.fromkeys((*([own] if own in inputs or "." in name else []), *inputs)))


def input_id(name: str, advice: Advice) -> str:
    """The id of an input as the flips name it: `gpu.node_usd`, `term_discount.12`, `facility.pue`, `nodes`."""
    section, _, rest = name.partition(".")
    if section == "gpu":
        return f"{advice.gpu.id}.{rest}"
    if section == "term_discount":
        return f"{advice.gpu.id}.{advice.profile.market.tier}_term_discount.{rest}"
    if rest:
        return name
    given = getattr(advice.profile.workload[0], name) is not None
    return f"profile.workload.1.{name}" if given else book_path(advice.profile, ("workload", 0, name))


def _balance(index: str, advice: Advice) -> Stated:
    sheet = advice.balance_sheets[int(index)]
    owner = next(option for option in advice.verdict.ranked if option.action == "buy" and option.feasible)
    return Stated(
        f"What owning leaves, month {sheet.month}",
        f"{usd(sheet.book_usd)} / {usd(sheet.market_usd)} / {usd(sheet.owed_usd)}",
        "Book value, what the hardware would fetch, and what is still owed for it.",
        "straight-line depreciation; share of today's price that used hardware brings; balance of the loan",
        (*undiscounted(_inputs_of([owner], advice)), "money.straight_line_months"),
    )


_OF: Mapping[str, Callable[[str, Advice], Stated]] = {
    "gap": _gap,
    "confidence": _confidence,
    "best": _best,
    "runway": _runway,
    "tipping": partial(
        _point, "tipping", "Tipping price", usd_rate, "The rate on demand below which renting is the cheapest."
    ),
    "node": partial(
        _point, "node", "Price of a node that tips", usd, "The price of a node below which buying is the cheapest."
    ),
    "term": _term,
    "length": _length,
    "crossing": _crossing,
    "payback": _payback,
    "scenario": _scenario,
    "waiting": _waiting,
    "knowing": _knowing,
    "flip": _flip,
    "swing": _swing,
    "balance": _balance,
}


def _cents(amount: float) -> str:
    """$1,234,567.89; negative with a minus sign in front."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


_COMPONENTS: Mapping[str, tuple[str, str]] = {
    "rent": ("rent on demand", "GPU-hours billed x the rent expected in their month x your rate over the list price"),
    "committed": ("commitments", "GPU-hours under contract x the list price at signing x the rate's share of it"),
    "provider_default": ("loss if the provider fails", "chance that it fails in a month x what is prepaid"),
    "termination": ("termination fees", "share of the instalments still to come that is owed on leaving"),
    "held": ("contracts in hand", "GPU-hours under contract x their own rate"),
    "idle_resale": ("idle hours sublet", "idle GPU-hours x share that finds a tenant x what a sublet hour brings"),
    "storage_egress": ("storage and egress", "rented nodes x months x cost of storage and egress"),
    "support": ("support", "share of the GPU bills"),
    "goodput_loss": ("lost goodput", "hours paid for and lost to faults, as a share of the GPU bills"),
    "setup": ("setting up", "nodes x cost of setting up a rented node, once"),
    "hardware": ("nodes", "nodes x price of a node less the volume discount; a deposit, the rest at delivery"),
    "fabric": ("fabric", "switches, cables and optics by the number of nodes"),
    "storage": ("storage servers", "nodes x cost of storage"),
    "installation": ("installation", "nodes x cost of installing one"),
    "colocation": ("colocation", "kW x rent of a kW a month, and what is left of the contract on leaving"),
    "electricity": ("electricity", "kW x PUE x hours x price of a kWh x load"),
    "maintenance": ("maintenance", "share of the price of the nodes a year"),
    "insurance": ("insurance", "share of all that was bought a year"),
    "staff": ("staff", "full-time staff for so many nodes x their cost"),
    "failures": ("failures", "share of the GPUs that fails in a year x price of a node"),
    "hardware_resale": ("hardware sold", "price of the nodes x share that used hardware brings by then, less selling"),
    "loan": ("loan", "drawn at delivery, paid back in level payments, the rest when the hardware is sold"),
    "lease": ("lease", "level rents for the term, then the residual value"),
    "tax": ("tax", "rate x what is taxed less what is deducted, once there is taxable income"),
}  # fmt: skip
