"""The verdict for screen readers and dumb terminals (`--plain`): one sentence or label on a line, in reading order,
nothing drawn."""

import re
from collections.abc import Iterator
from datetime import date

from advisor.decision.advise import Advice
from advisor.formatting import capitalized, usd
from advisor.reports.cards.card_table import card_sentences
from advisor.reports.charts_view import waterfall_steps
from advisor.reports.deeper_view import deeper_view
from advisor.reports.source_view import source_lines
from advisor.reports.verdict_view import profile_line, verdict_view
from advisor.reports.view_models import VerdictView

_SPOKEN = (
    (" · ", "; "), (" -> ", " to "), ("·", ","), ("…", "..."), ("×", "x"), ("→", "to"), ("_", " "),
)  # fmt: skip


def linear_report(advice: Advice, today: date) -> str:
    """Return the verdict and its reasons without bars, boxes, columns or symbols."""
    return "".join(f"{spoken(line)}\n" for line in _lines(advice, verdict_view(advice, today)))


def spoken(line: str) -> str:
    """Return a line without the symbols that are noise when read aloud, ended by a full stop unless it is a heading."""
    for sign, words in _SPOKEN:
        line = line.replace(sign, words)
    line = re.sub(r"\s{2,}", " ", line).strip()
    return line if not line or line[-1] in ".:!?" else f"{line}."


def _lines(advice: Advice, view: VerdictView) -> Iterator[str]:
    yield f"Profile: {view.name}"
    yield f"Need: {profile_line(advice)}"
    yield f"Market: {view.market}"
    yield from ("", f"Verdict: {view.headline}")
    if view.confidence:
        yield f"Confidence: {view.confidence}"
    yield from (line for line in (view.conclusion, *card_sentences(view.cards), *view.summary) if line)
    yield from (hint.text for hint in view.hints)
    if view.warnings:
        yield from ("", "Warnings:", *view.warnings)
    first = "the pick first, then " if any(row.is_pick for row in view.rows) else ""
    yield from ("", f"What each option costs, {first}by cost:")
    yield from (_option(number, view) for number in range(len(view.rows)))
    yield from ("", "Why:")
    yield from (f"{number}. {sentence}" for number, sentence in enumerate(view.sentences, 1))
    yield from _steps(advice)
    yield from _break_evens(view)
    yield from _deeper(advice)
    yield from ("", "Depends on, with range, sample size, date and source:", *source_lines(advice))


def _option(number: int, view: VerdictView) -> str:
    row = view.rows[number]
    pick = ", the pick" if row.is_pick else ""
    why_not = f", not feasible: {row.why_not}" if row.why_not else ""
    return f"{number + 1}. {row.label}{pick}: {row.cost if row.cost != '-' else 'no price'}{why_not}"


def _steps(advice: Advice) -> Iterator[str]:
    """The waterfall as a sum in sentences."""
    verdict = advice.verdict
    if verdict.pick is None or verdict.rival is None:
        return
    pick, rival = verdict.pick.cost, verdict.rival.cost
    yield from ("", f"From the cost of {pick.option.subject} to the cost of {rival.option.subject}:")
    yield f"{pick.option.label}: {usd(pick.expected_usd)}"
    for name, amount in waterfall_steps(advice):
        yield f"{name}: {usd(abs(amount))} {'more' if amount > 0 else 'less'}"
    yield f"{rival.option.label}: {usd(rival.expected_usd)}"


def _break_evens(view: VerdictView) -> Iterator[str]:
    if view.terms:
        yield from ("", "Utilization at which a term beats on-demand, all costs counted, and by the rates alone:")
    yield from (
        f"{term.label}: {term.busy_share}, by the rates alone {term.rate_ratio}"
        + (f"; all of it has paid off after {term.paid_off}" if term.paid_off else "")
        for term in view.terms
    )
    yield from ("", "Cheapest by plan length:")
    yield from (f"{row.months}: {row.option}" for row in view.months)
    if view.scenarios:
        yield from ("", "Cheapest if rents move differently, and how much more the pick costs then:")
    for row in view.scenarios:
        extra = row.extra_cost
        extra = extra.replace("+", "") + " less than the pick" if extra != "the pick" else extra
        yield f"{row.label}: {row.best}, {extra}"
    yield from ("", "Over the months:", *(crossing.text for crossing in view.crossings), view.payback.text)


def _deeper(advice: Advice) -> Iterator[str]:
    """Sensitivity, value of waiting and of information, and the balance sheet."""
    view = deeper_view(advice)
    if view.service is not None:
        yield from ("", f"{view.service.title}:", view.service.answer.text)
        yield from [f"{capitalized(view.service.many)} cost today, and over the plan:"] if view.service.rows else []
        yield from (f"{row.way}: {row.today or 'not known'}, {row.plan}" for row in view.service.rows)
        yield from (note.text for note in view.service.notes)
    yield from ("", "What would change the answer:", *(change.text for change in view.changes))
    if view.tornado:
        yield from ("", "Saving when one input moves by a typical amount, lower and higher:")
    for bar in view.widest:
        yield f"{bar.label}, {bar.span}: {usd(bar.lead_at_low_usd)}, {usd(bar.lead_at_high_usd)}"
    if view.worth:
        yield from ("", "Value of waiting, of capacity and of a perfect forecast:", *(one.text for one in view.worth))
    if view.balance:
        yield from ("", f"Balance sheet of {view.owning}:")
    for row in view.balance:
        yield f"{row.month}: book value {row.book}, market value {row.market}, owed {row.owed}"
