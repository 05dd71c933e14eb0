"""The numbers of the verdict, explained: gap, confidence, runway, scenarios, waiting, information, balance sheet."""

from collections.abc import Callable, Mapping

from advisor.costing.components import COMPONENTS
from advisor.costing.lineage import undiscounted
from advisor.decision.advise import Advice
from advisor.decision.confidence import CLASS_WORDS, confidence_in
from advisor.explain.number import (
    RECORD,
    RENT_SPREAD,
    Number,
    Part,
    contender_inputs,
    inputs_of,
    option_named,
    thing_of,
)
from advisor.explain.number_id import CAPACITY, CONFIDENCE, GAP, INFORMATION, RUNWAY, WAITING, NumberId
from advisor.formatting import fine_percent, percent, usd, usd_exact
from advisor.input_id import InputId
from advisor.market.forecast_inputs import rents_id
from advisor.profiles.schema import CASH_FIELDS


def _gap(number: NumberId, advice: Advice) -> Number:
    """The gap between pick and rival, or the step of one group of components."""
    group, pick, rival = number.rest, advice.verdict.pick, advice.verdict.rival
    assert pick is not None
    assert rival is not None
    both, mine, theirs = inputs_of([pick, rival], advice), pick.cost, rival.cost
    names = f"{theirs.option.label} rather than {mine.option.label}"
    if not group:
        share = advice.verdict.gap_share or 0.0
        steps = tuple(Part(NumberId.step(step.group), step.group, step.usd) for step in advice.reasons.waterfall)
        total = theirs.expected_usd - mine.expected_usd
        return Number(
            "What the pick saves",
            f"{usd_exact(total)} ({fine_percent(share)})",
            f"The extra cost of {names}.",
            f"{usd_exact(theirs.expected_usd)} less {usd_exact(mine.expected_usd)}; "
            f"over {usd(mine.expected_usd)} as a share",
            both,
            steps,
        )
    one, other = (cost.by_group()[group] for cost in (theirs, mine))
    inputs = dict.fromkeys(
        one
        for option in (rival, pick)
        for name, ids in advice.depends_on[option.id].items()
        if COMPONENTS[name].group == group and option.cost.components[name]
        for one in ids
    )
    return Number(
        f"Step of the waterfall: {group}",
        usd_exact(one - other),
        f"The difference in {group}: {names}.",
        f"{usd_exact(one)} for {theirs.option.label}, less {usd_exact(other)} for {mine.option.label}",
        tuple(inputs),
    )


def _confidence(_: NumberId, advice: Advice) -> Number:
    verdict = advice.verdict
    earned = confidence_in(verdict)
    assert earned is not None
    return Number(
        "Confidence",
        f"{earned.word}, right in {percent(earned.right_share)} of simulated markets",
        "How often verdicts with such a gap named the class that turned out cheapest.",
        f"counted on {earned.n:,} verdicts on simulated markets, of four classes (rent, reserve up to 11 months, "
        f"reserve 12 and more, buy); the commonest class for plans of their size is right in "
        f"{percent(earned.base_share)} of them; the track record shows past rents beside them"
        + ("; one level lower, since a figure behind it is questioned" if verdict.questioned else ""),
        (RECORD, InputId.of_book("money.close_call_share"), InputId.of_book("money.tie_share")),
    )


def _best(number: NumberId, advice: Advice) -> Number:
    words = {str(name): text for name, text in CLASS_WORDS.items()}[number.rest]
    shares = {str(name): share for name, share in advice.risk.class_best.items()}
    return Number(
        f"How often {words} is cheapest",
        percent(shares[number.rest]),
        f"The share of the sampled futures in which {words} costs least; terms of one class count together.",
        f"counted on {advice.risk.paths:,} sampled paths of rents, used prices and months of a change of plan",
        (*contender_inputs(advice), *RENT_SPREAD),
    )


def _runway(_: NumberId, advice: Advice) -> Number:
    runway, pick, company = advice.runway, advice.verdict.pick, advice.profile.company
    assert runway is not None
    assert pick is not None
    return Number(
        "Runway",
        runway.words,
        f"Months until the cash is gone: with {pick.cost.option.subject}, and without this compute.",
        f"{usd(company.available_usd)} of cash and funding, "
        f"{usd(company.burn_usd_per_month)} a month of other spending, and the payments of the pick if the plan holds; "
        f"in {percent(pick.cost.case.assumptions.money.cash_safety_share)} of all cases it lasts "
        f"{runway.safe_months:.0f} months",
        (
            *(InputId.of_profile("company", name) for name in CASH_FIELDS if getattr(company, name)),
            *undiscounted(inputs_of([pick], advice)),
        ),
    )


def _scenario(number: NumberId, advice: Advice) -> Number:
    outcome = thing_of(number, advice.scenarios, NumberId.scenario)
    best = option_named(outcome.best_option, advice)
    of_book = outcome.name in advice.book.scenarios
    path = InputId.of_book("scenario", outcome.name) if of_book else InputId.of_profile("market.rents_path")
    rents = InputId.of_book(rents_id(advice.gpu.id))
    return Number(
        f"If rents move differently: {outcome.label}",
        "" if outcome.best_option is None else usd(outcome.usd[outcome.best_option]),
        f"What is cheapest then: {best[0].cost.option.label if best else 'nothing is available'}.",
        "every option is costed again with rents on this path",
        (path, *(one for one in inputs_of(best, advice) if one != rents)),
    )


def _waiting(_: NumberId, advice: Advice) -> Number:
    waiting = advice.waiting
    assert waiting is not None
    return Number(
        "What waiting is worth",
        usd_exact(waiting.edge_usd),
        f"What renting for {waiting.months} months and choosing then saves; negative when waiting costs.",
        "the cost of the best choice today, less that of renting first and choosing by the rents of that month",
        inputs_of([*option_named(waiting.option, advice)], advice),
    )


def _capacity(_: NumberId, advice: Advice) -> Number:
    found = advice.capacity
    assert found is not None
    ways = [one for name in (found.hourly, found.assured) for one in option_named(name, advice)]
    hourly, assured = (one.cost.option for one in ways)
    return Number(
        "What is insured against a shortage",
        usd_exact(found.insured_usd),
        f"The part of what {hourly.subject} saves against {assured.subject} that a shortage of hours on demand is "
        "expected to cost: it is in no option's cost.",
        f"{percent(found.turned_away_share)} of polls in which a seller could not deliver x "
        f"{usd_exact(max(0.0, found.saves_usd))} that is saved where it could",
        (InputId.of_book(found.gpu, "neocloud_available_share"), *inputs_of(ways, advice)),
    )


def _knowing(_: NumberId, advice: Advice) -> Number:
    known = advice.risk.information
    return Number(
        "What a perfect forecast would be worth",
        usd_exact(known.total_usd),
        "The most that waiting or better information can bring.",
        f"mean cost of the best option less the mean of the least cost, on {advice.risk.paths:,} sampled paths; the "
        f"rents alone {usd(known.rents_usd)}, the plan alone {usd(known.plan_usd)}",
        (*contender_inputs(advice), *RENT_SPREAD),
    )


def _balance(number: NumberId, advice: Advice) -> Number:
    sheet = thing_of(number, advice.balance_sheets, NumberId.balance)
    owner = next(option for option in advice.verdict.ranked if option.action == "buy" and option.feasible)
    return Number(
        f"What owning leaves, month {sheet.month}",
        f"{usd(sheet.book_usd)} / {usd(sheet.market_usd)} / {usd(sheet.owed_usd)}",
        "Book value, market value of the hardware, and what is still owed for it.",
        "straight-line depreciation; share of today's price that used hardware brings; balance of the loan",
        (*undiscounted(inputs_of([owner], advice)), InputId.of_book("money.straight_line_months")),
    )


VERDICT_NUMBERS: Mapping[str, Callable[[NumberId, Advice], Number]] = {
    GAP: _gap,
    CONFIDENCE: _confidence,
    "best": _best,
    RUNWAY: _runway,
    "scenario": _scenario,
    WAITING: _waiting,
    CAPACITY: _capacity,
    INFORMATION: _knowing,
    "balance": _balance,
}
