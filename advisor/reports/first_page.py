"""The first half page of the memo: the decision asked, amount, date, why, what would change it, risks, next steps."""

from collections.abc import Iterator, Sequence
from datetime import date

from advisor.array_types import of_one
from advisor.costing.options.in_hand.hardware_in_hand import worth_of_a_node
from advisor.decision.advise import Advice
from advisor.decision.reasons import early_change
from advisor.formatting import listed, percent, plural, usd
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.schema import Company
from advisor.reports.assumptions_view import Assumption
from advisor.reports.document import Facts, Points, Section
from advisor.reports.in_hand_view import in_hand_text
from advisor.reports.timeline.steps_view import plan_steps
from advisor.reports.verdict_view import profile_line
from advisor.reports.view_models import ClassCard, DeeperView, VerdictView

_MOST_POINTS = 3
_BEFORE_SIGNING = {
    "api": "limits on requests and tokens, and how long the price is fixed",
    "rent": "that all of the GPUs can be had on the day they are needed",
    "reserve": "price, prepaid share, delivery date, credits for downtime, and the rights to sublet and to leave early",
    "buy": "price, delivery date, warranty, and the contract for power and space",
}


def first_page(
    advice: Advice, view: VerdictView, deeper: DeeperView, assumed: Sequence[Assumption], today: date
) -> tuple[Section, ...]:
    """What a board reads before anything else; the figures are those of the cards on the Verdict screen. assumed: all
    figures that the answer uses."""
    hints = (*view.hints[: _MOST_POINTS - 1], *deeper.changes[:1])
    return (
        Section("The decision", (Facts(tuple(_decision(advice, view, today))),), wide=True),
        Section("Why, in short", (Points(view.sentences[:_MOST_POINTS], numbered=True),), wide=True),
        Section("What would change the answer", (Points(tuple(hint.text for hint in hints)),)),
        Section("Risks", (Points(tuple(_risks(advice, view, assumed))),)),
        Section("Next steps", (Points(tuple(_next_steps(advice, view)), numbered=True),)),
    )


def _decision(advice: Advice, view: VerdictView, today: date) -> Iterator[tuple[str, str]]:
    yield "Company", _company(advice)
    yield "Question", f"{profile_line(advice)}: rent the GPUs, reserve them, or buy? {view.market}."
    if sizes := advice.reasons.sizes:
        yield "Size", " ".join(sizes)
    contracts, hardware = in_hand(advice.profile, advice.book)
    if running := [one.words for one in contracts if one.months]:
        yield "Under contract", f"{listed(running)}."
    if hardware:
        owned = listed([one.words for one in hardware])
        yield (
            "Owned",
            f"{owned}. What they cost is spent and not counted; from here on hardware costs its upkeep and the value "
            "that it loses.",
        )
    card = _picked(view)
    if card is None or advice.verdict.pick is None:
        yield "Decision asked", "None yet: no option fits as it stands."
        return
    action, _, rest = view.headline.partition(" ")
    to_do = in_hand_text(advice, to_do=True)
    yield "Decision asked", f"Approve: {f'{to_do}, and ' if to_do else ''}{action.lower()} {rest}."
    most = usd(advice.verdict.pick.cost.peak_outlay_usd)
    holds = "" if card.holds == card.expected else f", {card.holds} if the plan holds"
    safe = percent(of_one(advice.costing.case.assumptions.money.cash_safety_share))
    yield (
        "Amount",
        f"{_signed_first(advice)}{card.day_one} is due on day one; what is paid at any time is at most {most} in "
        f"{safe} of cases. Expected cost {card.expected} (present value){holds}.",
    )
    yield "Date", _date(advice, today)


def _signed_first(advice: Advice) -> str:
    """What all that is signed first comes to, of whichever terms; empty where nothing is signed."""
    steps = plan_steps(advice)
    signed = [step for step in steps if step.kind == "sign"]
    first = [step for step in signed if step.month == signed[0].month]
    if not first:
        return ""
    when = "now" if first[0].month == 1 else f"for month {first[0].month}"
    what = "What" if all(step.kind != "order" for step in steps) else "Beside the hardware, what"
    each = [f"{usd(step.owed_usd)} over {step.term_months} {plural('month', step.term_months)}" for step in first]
    in_all = f"{usd(sum(step.owed_usd for step in first))}: " if len(first) > 1 else ""
    return f"{what} is signed {when} comes to {in_all}{listed(each)}. "


def _picked(view: VerdictView) -> ClassCard | None:
    return next((card for card in view.cards if card.is_pick), None)


def cash_words(company: Company) -> str:
    """`$40M of cash and $5M of signed funding`."""
    signed = company.committed_funding_usd
    return f"{usd(company.cash_usd or 0.0)} of cash{f' and {usd(signed)} of signed funding' if signed else ''}"


def _company(advice: Advice) -> str:
    company, runway = advice.profile.company, advice.runway
    stage = company.stage.replace("-", " ").title()
    parts = [stage if "stage" in company.model_fields_set else f"{stage} (assumed)"]
    if company.cash_usd is not None:
        parts.append(cash_words(company))
    if company.burn_usd_per_month:
        parts.append(f"{usd(company.burn_usd_per_month)} of other spending a month")
    if runway is not None:
        parts.append(
            f"the cash lasts {runway.without_months:.0f} months without this compute, {runway.with_months:.0f} with it"
        )
    return f"{', '.join(parts)}."


def _date(advice: Advice, today: date) -> str:
    """When the first offer in hand ends, or when the work starts."""
    ends = [(quote.valid_until, quote.from_) for quote in advice.profile.quote if quote.valid_until is not None]
    still_open = sorted((day, seller) for day, seller in ends if day >= today)
    if still_open:
        day, seller = still_open[0]
        return f"By {day}: then the offer{f' of {seller}' if seller else ''} ends."
    start = advice.costing.case.whole_demand.start_month
    return f"The work starts {f'in month {start + 1}' if start else 'now'}; no offer in hand sets a date."


def _risks(advice: Advice, view: VerdictView, assumed: Sequence[Assumption]) -> Iterator[str]:
    card = _picked(view)
    if card is not None and card.low != card.high:
        yield f"The cost is not certain: {card.low} to {card.high} in 9 of 10 simulated futures."
    if advice.verdict.pick is not None and (changed := early_change(advice.verdict.pick)):
        yield changed
    if advice.verdict.only_way:
        yield "No other class is feasible: if this one falls through, there is no other to switch to."
    elif view.confidence:
        yield f"The advice may be wrong: {view.confidence}."
    yield from (warning for warning in view.warnings if warning not in advice.reasons.sizes)
    thin = [one for one in assumed if one.thin]
    judged = sum(not one.n for one in thin)
    yield (
        f"Of the {len(assumed)} figures used, {len(thin) - judged} have fewer than three sources or weak ones, and "
        f"{judged} are judgments without a source: the list of assumptions marks them."
    )


def _next_steps(advice: Advice, view: VerdictView) -> Iterator[str]:
    if view.action is None:
        yield "Change what is missing below, then ask again."
        return
    yield from _leave_or_sell(advice)
    if advice.profile.quote:
        yield "Answer the sellers: the table of offers below has what to ask each of them for."
    elif view.action != "api":
        yield "Ask three sellers for a written offer; the prices here are posted ones."
    yield f"Before signing, confirm {_BEFORE_SIGNING[view.action]}."
    yield "Ask again when a price moves past one of the limits above, or the plan changes."


def _leave_or_sell(advice: Advice) -> Iterator[str]:
    """Which contracts to leave, and at which price the hardware in hand is counted that is to be sold."""
    held = advice.costing.commitments
    if held is None:
        return
    for contract, disposition in zip(held.contracts, held.dispositions, strict=False):
        if disposition == "terminate":
            seller = contract.from_ or f"the seller of the {contract.words}"
            yield f"Give notice to {seller}, once what follows is signed."
    for one, disposition in zip(held.hardware, held.dispositions[len(held.contracts) :], strict=True):
        if disposition == "sell":
            worth, _ = worth_of_a_node(held.by_gpu[one.gpu].case, one, "")
            yield f"Get bids for what you own: it is counted at {usd(of_one(worth))} a node, before what selling costs."
