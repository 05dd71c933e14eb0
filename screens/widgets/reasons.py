"""Reasons as text: what stands beside the verdict on a wide terminal, and the blocks of the Why screen."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.words import cut, usd

if TYPE_CHECKING:
    from screens.session import Answer


def beside_verdict(answer: "Answer") -> Content:
    """Reasons, warnings, what would change it, and the break-evens, as lines."""
    view = answer.view
    lines = [*reasons(answer), Content(""), *changes(answer)]
    if answer.deeper is not None and answer.deeper.swings:
        lines.append(_title("Lead of the pick, input a deviation down, up"))
        lines += [
            Content(f"{cut(name, 21):<21}{usd(low):>8}{usd(high):>8}") for name, low, high, _ in answer.deeper.swings
        ]
    lines += [Content(""), _title(f"From {view.waterfall_title}")] if view.waterfall else []
    lines += [Content(f"{label:<24}{amount:>10}") for label, amount in view.waterfall]
    lines += [Content(""), *terms(answer), Content(""), *lengths(answer), Content(""), *scenarios(answer)]
    lines += [Content(""), *(Content(line) for line in view.crossings), Content(view.payback)]
    return Content("\n").join([*lines, *balance(answer)])


def reasons(answer: "Answer") -> Iterator[Content]:
    """The sentences, numbered, and the warnings."""
    yield _title("Why")
    yield from (Content(f"{number} {sentence}") for number, sentence in enumerate(answer.view.sentences, 1))
    yield from (Content.styled(f"! {warning}", "$text-warning") for warning in answer.view.warnings)


def changes(answer: "Answer") -> Iterator[Content]:
    """What would flip the answer, nearest first."""
    yield _title("What would change it")
    if answer.deeper is None:
        yield Content.styled("reckoning ...", "$text-muted")
    else:
        yield from map(Content, answer.deeper.changes)


def worth(answer: "Answer") -> Iterator[Content]:
    """What waiting and knowing are worth."""
    if answer.deeper is not None and answer.deeper.worth:
        yield _title("What waiting and knowing are worth")
        yield from map(Content, answer.deeper.worth)


def balance(answer: "Answer") -> Iterator[Content]:
    """What owning leaves."""
    if answer.deeper is not None and answer.deeper.balance:
        yield Content("")
        yield _title("What owning leaves (book, market, owed)")
        yield from (Content(f"{m:<10}{book:>9}{market:>9}{owed:>9}") for m, book, market, owed in answer.deeper.balance)


def terms(answer: "Answer") -> Iterator[Content]:
    """The busy share at which each term pays."""
    yield _title("Busy share at which a term pays (rates alone)")
    yield from (Content(f"{label:<18} {share} ({ratio})") for label, ratio, share in answer.view.terms)


def lengths(answer: "Answer") -> Iterator[Content]:
    """The cheapest option for every length of the plan."""
    yield _title("Cheapest by length of the plan")
    yield from (Content(f"{months:<16}{label}") for months, label in answer.view.months)


def scenarios(answer: "Answer") -> Iterator[Content]:
    """The cheapest option under each named path of rents."""
    yield _title("Cheapest if rents go another way")
    yield from (Content(f"{label:<19}{best:<17} {more}") for label, best, more in answer.view.scenarios)


def _title(text: str) -> Content:
    return Content.styled(text, "bold")
