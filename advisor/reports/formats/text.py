"""Advice -> plain text of 79 columns, for pipes, scripts and dumb terminals."""

import textwrap
from collections.abc import Iterator
from datetime import date

from advisor.decision.advise import Advice
from advisor.formatting import cut, cut_label, usd
from advisor.reports.cards.card_table import card_table
from advisor.reports.cards.cost_bar import cost_bar
from advisor.reports.deeper_view import deeper_view
from advisor.reports.source_view import source_lines
from advisor.reports.timeline.picture import timeline_lines
from advisor.reports.verdict_view import profile_line, verdict_view
from advisor.reports.view_models import DeeperView, VerdictView

WIDTH = 79
BAR_CELLS = 34
OPTION_CELLS = 32
_LEAST_BREAK_EVEN_CELLS, _MOST_BREAK_EVEN_CELLS = 33, 45
_MOST_FLIPS = 10


def text_report(advice: Advice, today: date) -> str:
    """Return the verdict and its reasons as plain text of 79 columns."""
    return "\n".join(_text_lines(advice, verdict_view(advice, today))) + "\n"


def _text_lines(advice: Advice, view: VerdictView) -> Iterator[str]:
    yield from wrapped((view.name, profile_line(advice), view.market), "")
    yield from ("", view.headline)
    if view.confidence:
        record = "" if advice.verdict.only_way else " (`gpu-advisor backtest` shows the track record)"
        yield from wrapped([f"{view.confidence}{record}"], "  ")
    if view.cards:
        yield from wrapped([view.conclusion], "  ")
        yield from ("", *card_table(view.cards, WIDTH).lines)
    yield ""
    yield from wrapped(view.summary, "  ")
    yield from wrapped([hint.text for hint in view.hints], "  ")
    if view.timeline is not None:
        yield from ("", *(line.text for line in timeline_lines(view.timeline, WIDTH)))
    if view.warnings:
        yield from ("", "Warnings")
        yield from wrapped([f"! {warning}" for warning in view.warnings], "  ", "    ")
    yield from _cost_heads(view)
    for row in view.rows:
        mark, label = ">" if row.is_pick else " ", _option_cell(row.label)
        if row.why_not:
            yield from wrapped([f"{label}{row.cost:>8}  not feasible: {row.why_not}"], "  ", "      ")
        else:
            yield f"{mark} {label}{row.cost:>8}  {cost_bar(row, BAR_CELLS)}"
    yield from ("", "Why")
    yield from wrapped([f"{number} {sentence}" for number, sentence in enumerate(view.sentences, 1)], "  ", "    ")
    yield from _waterfall_lines(view)
    yield from _break_even_lines(view)
    deeper = deeper_view(advice)
    yield from _service_lines(deeper)
    yield from _change_lines(deeper)
    yield from ("", "Depends on (value, range, sample size, date, source)")
    yield from wrapped(source_lines(advice), "  ", "    ")


def _cost_heads(view: VerdictView) -> Iterator[str]:
    """What the list of costs shows, and how its bars are read."""
    barred = [row for row in view.rows if not row.why_not]
    first = "the pick first, then " if any(row.is_pick for row in view.rows) else ""
    yield from ("", f"What each option costs (net present cost; {first}by cost)")
    if barred:
        yield "  Bars: █ to the low end of 9 in 10 cases, ▓ to the cost, ░ to the high end."
    if any(row.cut for row in barred):
        yield "  ≈ stands where a bar does not begin at zero."


def _service_lines(view: DeeperView) -> Iterator[str]:
    """A service in its own units: until when to stay on the API, and what many cost each way."""
    found = view.service
    if found is None:
        return
    yield from ("", found.title)
    yield from wrapped([found.answer.text], "  ", "    ")
    if found.rows:
        yield f"  {f'{found.many} cost':<48}{'today':>9}{'over the plan':>15}"
    yield from (f"    {cut(row.way, 44):<46}{row.today or '-':>9}{row.plan:>15}" for row in found.rows)
    yield from wrapped([note.text for note in found.notes], "  ", "    ")


def _change_lines(view: DeeperView) -> Iterator[str]:
    """Switching values, tornado, value of waiting and of information, and the balance sheet."""
    yield from ("", "What would change the answer")
    *flips, steady = view.changes
    yield from wrapped([flip.text for flip in flips[:_MOST_FLIPS]], "  ", "    ")
    if (more := len(flips) - _MOST_FLIPS) > 0:
        yield f"  {more} more are further away: see `gpu-advisor report` and the screen Why."
    yield from wrapped([steady.text], "  ", "    ")
    if view.tornado:
        yield "  saving when one input moves by a typical amount: lower, higher"
    for bar in view.widest:
        leads = f"{usd(bar.lead_at_low_usd):>9} {usd(bar.lead_at_high_usd):>9}"
        yield f"    {cut(f'{bar.label}, {bar.span}', 53):<54}{leads}"
    if view.worth:
        yield from ("", "Value of waiting, of capacity and of a perfect forecast")
    yield from wrapped([one.text for one in view.worth], "  ", "    ")
    if view.balance:
        yield ""
        yield from wrapped([f"Balance sheet of {view.owning} (book value, market value, loan owed)"], "")
        yield from (f"  {row.month:<12}{row.book:>10}{row.market:>10}{row.owed:>10}" for row in view.balance)


def _waterfall_lines(view: VerdictView) -> Iterator[str]:
    if view.waterfall:
        yield from ("", f"From {view.waterfall_title}")
        yield from (f"  {_option_cell(bar.label)}{bar.amount:>10}" for bar in view.waterfall)


def _option_cell(label: str) -> str:
    """The label of an option as a column."""
    return f"{cut_label(label, OPTION_CELLS - 2):<{OPTION_CELLS}}"


def _break_even_lines(view: VerdictView) -> Iterator[str]:
    longest = max(len(label) for label in (*(one.label for one in view.terms), *(one.option for one in view.months)))
    cells = min(max(longest + 1, _LEAST_BREAK_EVEN_CELLS), _MOST_BREAK_EVEN_CELLS)
    yield from ("", "Break-evens")
    if view.terms:
        yield "  utilization at which a term beats on-demand: by rates alone, all costs"
    yield from (
        f"    {cut_label(term.label, cells - 1):<{cells}}{term.rate_ratio:>6}   {term.busy_share}"
        for term in view.terms
    )
    if any(term.paid_off for term in view.terms):
        yield "  when all of a term has paid off against on demand, by rates alone"
    yield from (
        f"    {cut_label(term.label, cells - 1):<{cells}}after {term.paid_off}" for term in view.terms if term.paid_off
    )
    yield "  cheapest by plan length"
    yield from (f"    {cut_label(row.option, cells - 1):<{cells}}{row.months}" for row in view.months)
    if view.scenarios:
        yield "  cheapest if rents move differently, and how much more the pick costs"
        yield from (f"    {row.label:<24}{_option_cell(row.best)}{row.extra_cost:>8}" for row in view.scenarios)
    if view.crossings:
        yield "  where the cumulative costs cross"
        yield from wrapped([crossing.text for crossing in view.crossings], "    ", "      ")
    yield from wrapped([view.payback.text], "  ", "    ")


def wrapped(paragraphs: "tuple[str, ...] | list[str]", indent: str, hanging: str | None = None) -> Iterator[str]:
    """Yield paragraphs as lines of at most 79 columns. indent, hanging: before the first line and before the others."""
    for paragraph in paragraphs:
        following = indent if hanging is None else hanging
        yield from textwrap.wrap(
            paragraph, WIDTH, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False
        )
