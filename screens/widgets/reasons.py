"""Reasons as lines: beside the verdict on a wide terminal, and as the blocks of the Why and Break-even screens, whose
numbers can be opened."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.formatting import cut, usd
from advisor.reports.rents.fan_picture import fan_lines
from screens.widgets.lines import Line
from screens.widgets.timeline import timeline_content

if TYPE_CHECKING:
    from advisor.reports.view_models import ServiceView
    from screens.answer import AnswerView

_FAN_ROWS = 8


def beside_verdict(answer: "AnswerView") -> Content:
    """Reasons, warnings, what would change it, and the break-evens, as lines."""
    view = answer.view
    told = [*service(answer)]
    lines = [*reasons(answer), EMPTY, *told, *([EMPTY] if told else []), *changes(answer)]
    if answer.deeper is not None and answer.deeper.tornado:
        lines.append(heading("Saving when one input moves down, up"))
        lines += [
            Line(Content(f"{cut(bar.label, 21):<21}{usd(bar.lead_at_low_usd):>8}{usd(bar.lead_at_high_usd):>8}"))
            for bar in answer.deeper.widest
        ]
    lines += [EMPTY, heading(f"From {view.waterfall_title}")] if view.waterfall else []
    lines += [Line(Content(f"{bar.label:<24}{bar.amount:>10}")) for bar in view.waterfall]
    lines += [EMPTY, *terms(answer), EMPTY, *lengths(answer), EMPTY, *scenarios(answer)]
    lines += [EMPTY, *crossings(answer), *balance(answer)]
    return Content("\n").join([line.content for line in lines])


def reasons(answer: "AnswerView") -> Iterator[Line]:
    """The sentences, numbered, and the warnings."""
    yield heading("Why")
    yield from (Line(Content(f"{number} {sentence}")) for number, sentence in enumerate(answer.view.sentences, 1))
    yield from (Line(Content.styled(f"! {warning}", "$text-warning")) for warning in answer.view.warnings)


def to_do(answer: "AnswerView", width: int) -> Iterator[Line]:
    """What to sign and when, and what is paid by month; nothing where all is done at once."""
    if answer.view.timeline is not None:
        yield heading("What to sign and when")
        yield from (Line(line, heading=True) for line in timeline_content(answer.view.timeline, width))
        yield EMPTY


def changes(answer: "AnswerView") -> Iterator[Line]:
    """What would flip the answer, nearest first."""
    several = answer.deeper is not None and len([change for change in answer.deeper.changes if change.number]) > 1
    yield heading(f"What would change it{', likeliest first' if several else ''}")
    if answer.deeper is None:
        yield Line(Content.styled("calculating ...", "$text-muted"), heading=True)
    else:
        yield from (Line(Content(change.text), change.number) for change in answer.deeper.changes)


def hints(answer: "AnswerView") -> Iterator[Line]:
    """The break-even prices of the verdict."""
    yield heading("Prices")
    yield from (Line(Content(hint.text), hint.number) for hint in answer.view.hints)


def worth(answer: "AnswerView") -> Iterator[Line]:
    """The value of waiting, and of a perfect forecast."""
    if answer.deeper is not None and answer.deeper.worth:
        yield heading("Value of waiting, of capacity and of a perfect forecast")
        yield from (Line(Content(one.text), one.number) for one in answer.deeper.worth)


def stops(answer: "AnswerView") -> Iterator[Line]:
    """What each way costs if the plan changes early; nothing for a plan too short to."""
    found = () if answer.deeper is None else answer.deeper.stops
    if found:
        yield heading("Cost in all if the plan changes early")
        yield from map(Line, map(Content, found))


def service(answer: "AnswerView") -> Iterator[Line]:
    """A service in its own units: until when to stay on the API, and what many cost each way; nothing for other
    work."""
    found = None if answer.deeper is None else answer.deeper.service
    if found is None:
        return
    yield heading(f"{found.title}; {found.many} cost today, over the plan" if found.rows else found.title)
    yield _volume(found)
    yield from (Line(Content(f"{row.way}  {row.today or '-'}  {row.plan}"), row.number) for row in found.rows)
    yield from (Line(Content(note.text), note.number) for note in found.notes)


def volume(answer: "AnswerView") -> Iterator[Line]:
    """From which volume a day a service leaves its API; nothing for other work."""
    found = None if answer.deeper is None else answer.deeper.service
    if found is not None:
        yield from (EMPTY, heading(found.title), _volume(found))


def _volume(found: "ServiceView") -> Line:
    return Line(Content(found.answer.text), found.answer.number)


def balance(answer: "AnswerView") -> Iterator[Line]:
    """What owning leaves."""
    if answer.deeper is not None and answer.deeper.balance:
        yield from (EMPTY, heading("What owning leaves (book, market, owed)"))
        for row in answer.deeper.balance:
            yield Line(Content(f"{row.month:<10}{row.book:>9}{row.market:>9}{row.owed:>9}"), row.number)


def terms(answer: "AnswerView") -> Iterator[Line]:
    """The utilization at which each term pays, and when all of it has paid off; nothing where none is on sale."""
    if answer.view.terms:
        yield heading("Utilization at which a term pays (rates alone)")
    for term in answer.view.terms:
        yield Line(Content(f"{term.label:<18} {term.busy_share} ({term.rate_ratio})"), term.number)
    if any(term.paid_off for term in answer.view.terms):
        yield from (EMPTY, heading("When all of a term has paid off against on demand (rates alone)"))
    for term in answer.view.terms:
        if term.paid_off:
            yield Line(Content(f"{term.label:<18} after {term.paid_off}"), term.number)


def lengths(answer: "AnswerView") -> Iterator[Line]:
    """The cheapest option for every length of the plan."""
    yield heading("Cheapest by length of the plan")
    for row in answer.view.months:
        yield Line(Content(f"{row.months:<16}{row.option}"), row.number)


def rents(answer: "AnswerView", width: int) -> Iterator[Line]:
    """Where rents may go: the fan of their futures."""
    if answer.deeper is None or answer.deeper.fan is None:
        return
    yield heading("Rents on demand; half of all futures ▒, 9 in 10 ░")
    for line in fan_lines(answer.deeper.fan, width, _FAN_ROWS):
        axis, _, drawn = line.partition("│")
        yield Line(
            Content.assemble(axis, ("│", "$text-muted"), (drawn, "$rent")) if drawn else Content(line), heading=True
        )
    yield EMPTY


def scenarios(answer: "AnswerView") -> Iterator[Line]:
    """The cheapest option under each named path of rents; nothing where nothing fits."""
    if answer.view.scenarios:
        yield heading("Cheapest if rents move differently")
    for row in answer.view.scenarios:
        yield Line(Content(f"{row.label:<19}{row.best:<17} {row.extra_cost}"), row.number)


def crossings(answer: "AnswerView") -> Iterator[Line]:
    """Where the cumulative costs cross, and the simple payback."""
    yield from (Line(Content(one.text), one.number) for one in (*answer.view.crossings, answer.view.payback))


def heading(text: str) -> Line:
    """A line over others, which the cursor passes."""
    return Line(Content.styled(text, "bold"), heading=True)


EMPTY = Line(Content(""), heading=True)
