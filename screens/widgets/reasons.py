"""Reasons as lines: beside the verdict on a wide terminal, and as the blocks of the Why and Break-even screens, whose
numbers can be opened."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.formatting import cut, usd
from screens.widgets.lines import Line

if TYPE_CHECKING:
    from screens.answer import AnswerView


def beside_verdict(answer: "AnswerView") -> Content:
    """Reasons, warnings, what would change it, and the break-evens, as lines."""
    view = answer.view
    lines = [*reasons(answer), EMPTY, *changes(answer)]
    if answer.deeper is not None and answer.deeper.swings:
        lines.append(heading("Saving when one input moves down, up"))
        lines += [
            Line(Content(f"{cut(name, 21):<21}{usd(low):>8}{usd(high):>8}"))
            for name, low, high, _ in answer.deeper.swings
        ]
    lines += [EMPTY, heading(f"From {view.waterfall_title}")] if view.waterfall else []
    lines += [Line(Content(f"{label:<24}{amount:>10}")) for label, amount in view.waterfall]
    lines += [EMPTY, *terms(answer), EMPTY, *lengths(answer), EMPTY, *scenarios(answer)]
    lines += [EMPTY, *crossings(answer), *balance(answer)]
    return Content("\n").join([line.content for line in lines])


def reasons(answer: "AnswerView") -> Iterator[Line]:
    """The sentences, numbered, and the warnings."""
    yield heading("Why")
    yield from (Line(Content(f"{number} {sentence}")) for number, sentence in enumerate(answer.view.sentences, 1))
    yield from (Line(Content.styled(f"! {warning}", "$text-warning")) for warning in answer.view.warnings)


def changes(answer: "AnswerView") -> Iterator[Line]:
    """What would flip the answer, nearest first."""
    yield heading("What would change it")
    if answer.deeper is None:
        yield Line(Content.styled("calculating ...", "$text-muted"), heading=True)
    else:
        both = zip(answer.deeper.changes, answer.deeper.change_numbers, strict=True)
        yield from (Line(Content(words), number) for words, number in both)


def hints(answer: "AnswerView") -> Iterator[Line]:
    """The break-even prices of the verdict."""
    yield heading("Prices")
    both = zip(answer.view.hints, answer.view.hint_numbers, strict=True)
    yield from (Line(Content(words), number) for words, number in both)


def worth(answer: "AnswerView") -> Iterator[Line]:
    """The value of waiting, and of a perfect forecast."""
    if answer.deeper is not None and answer.deeper.worth:
        numbers = ("waiting", "knowing")[-len(answer.deeper.worth) :]
        yield heading("Value of waiting and of a perfect forecast")
        both = zip(answer.deeper.worth, numbers, strict=True)
        yield from (Line(Content(words), number) for words, number in both)


def balance(answer: "AnswerView") -> Iterator[Line]:
    """What owning leaves."""
    if answer.deeper is not None and answer.deeper.balance:
        yield from (EMPTY, heading("What owning leaves (book, market, owed)"))
        for at, (month, book, market, owed) in enumerate(answer.deeper.balance):
            yield Line(Content(f"{month:<10}{book:>9}{market:>9}{owed:>9}"), f"balance/{at}")


def terms(answer: "AnswerView") -> Iterator[Line]:
    """The utilization at which each term pays."""
    yield heading("Utilisation at which a term pays (rates alone)")
    for at, (label, ratio, share) in enumerate(answer.view.terms):
        yield Line(Content(f"{label:<18} {share} ({ratio})"), f"term/{at}")


def lengths(answer: "AnswerView") -> Iterator[Line]:
    """The cheapest option for every length of the plan."""
    yield heading("Cheapest by length of the plan")
    for at, (months, label) in enumerate(answer.view.months):
        yield Line(Content(f"{months:<16}{label}"), f"length/{at}")


def scenarios(answer: "AnswerView") -> Iterator[Line]:
    """The cheapest option under each named path of rents."""
    yield heading("Cheapest if rents move differently")
    for at, (label, best, more) in enumerate(answer.view.scenarios):
        yield Line(Content(f"{label:<19}{best:<17} {more}"), f"scenario/{at}")


def crossings(answer: "AnswerView") -> Iterator[Line]:
    """Where the cumulative costs cross, and the simple payback."""
    yield from (Line(Content(words), f"crossing/{at}") for at, words in enumerate(answer.view.crossings))
    yield Line(Content(answer.view.payback), answer.view.payback_number)


def heading(text: str) -> Line:
    """A line over others, which the cursor passes."""
    return Line(Content.styled(text, "bold"), heading=True)


EMPTY = Line(Content(""), heading=True)
