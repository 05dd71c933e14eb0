"""The offers of a profile as plain text of 79 columns: how added ones were read, a table, and a page for each."""

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

from advisor.decision.cost_options import Costing
from advisor.formatting import cut, plural
from advisor.offers.added import Added
from advisor.offers.judged import JudgedOffer
from advisor.profiles.schema import Profile
from advisor.reports.offers.reading import field_lines, left_out_lines, unread_lines
from advisor.reports.offers.view import OfferView, offer_view

_COLUMNS = (("offer", 22), ("price", 8), ("to posted", 11), ("saves", 8), ("take up to", 11), ("ask for", 17))
_WIDTH = 79
_HANGING = 2  # more cells before what goes on below


def offers_lines(
    profile: Profile,
    costing: Costing,
    found: Sequence[JudgedOffer],
    texts: Sequence[Added],
    own: Sequence[str],
    on: date,
) -> Iterator[str]:
    """Everything that `gpu-advisor offers` prints.

    Args:
        profile: With its offers.
        costing: What its options cost.
        found: The offers, evaluated.
        texts: How offers that were added as text were read.
        own: All GPUs that were asked about; offers on others are left out.
        on: The day.
    """
    number = 1
    for added in texts:
        mail = added.mail
        yield from (*field_lines(mail, own, number), *left_out_lines(added), *unread_lines(mail, own))
        yield ""
        number += len(mail.offers)
    views = [offer_view(one, costing.gpu) for one in found]
    pick = costing.verdict.pick
    yield f"{profile.name}: {len(views)} {plural('offer', len(views))} of {costing.gpu.label} on {on}"
    if pick is not None:
        yield f"Best with them: {pick.cost.option.command}{pick.cost.option.then}"
    yield ""
    yield from table_lines(views)
    for view in views:
        yield from ("", *_fitted(f"{'* ' if view.is_pick else ''}{view.id}: {view.sentence}"), "")
        for line in view.lines:
            yield from _fitted(line) if line.startswith(" ") else [line]  # the letter, whose lines are pasted


def _fitted(line: str) -> list[str]:
    """A line that goes on below where it is too long."""
    indent = " " * (len(line) - len(line.lstrip()))
    return wrap(line, _WIDTH, subsequent_indent=f"{indent}{' ' * _HANGING}", break_on_hyphens=False)


def table_lines(views: Sequence[OfferView]) -> Iterator[str]:
    """The offers beside each other; a star marks the one that is the verdict."""
    yield "  " + _row([name for name, _ in _COLUMNS])
    for view in views:
        cells = (view.id, view.price, view.market, view.saves, view.up_to, view.ask)
        yield f"{'*' if view.is_pick else ' '} {_row(cells)}"


def _row(cells: Sequence[str]) -> str:
    pairs = zip(cells, _COLUMNS, strict=True)
    return "".join(f"{cut(cell, width - 1):<{width}}" for cell, (_, width) in pairs).rstrip()
