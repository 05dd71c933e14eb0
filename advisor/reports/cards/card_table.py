"""The cards of a verdict as a table of text with pictures of their ranges, and as sentences."""

from advisor.formatting import action_word, capitalized, cut, cut_label
from advisor.reports.view_models import CardRow, CardTable, ClassCard
from advisor.values.quick_dataclass import dataclass

_FIGURES = {"expected": 9, "plan holds": 11, "day one": 9, "best in": 8}  # the columns and their cells
_GIVEN_UP_FIRST = ("plan holds", "best in")
_LEAST_LABEL_CELLS, _MOST_LABEL_CELLS = 20, 40
_LEAST_BAND_CELLS, _MOST_BAND_CELLS = 14, 48
_WAYS = {"api": "a hosted API", "rent": "renting", "reserve": "reserving for any term", "buy": "buying or leasing"}
_BAND_NAMES = ("9 in 10 simulated futures", "9 in 10 futures", "9 in 10", "")


def card_sentences(cards: tuple[ClassCard, ...]) -> tuple[str, ...]:
    """The cards as sentences, for memos and screen readers."""
    return tuple(_sentence(card) for card in cards)


def _sentence(card: ClassCard) -> str:
    name = f"{capitalized(action_word(card.action))} ({card.label}{', the pick' if card.is_pick else ''})"
    if card.why_not:
        return f"{name}: not feasible, {card.why_not}"
    same = card.low == card.high
    holds = "" if card.holds == card.expected else f", {card.holds} if the plan holds"
    likely = "" if same else f", {card.low} to {card.high} in 9 of 10 simulated futures"
    futures = "the simulated futures" if same else "them"
    return (
        f"{name}: expected cost {card.expected}{holds}{likely}; {card.day_one} on day one; "
        f"{_WAYS[card.action]} is the cheapest in {card.best_in} of {futures}"
    )


@dataclass(frozen=True)
class _Columns:
    """The columns of figures that fit, and the cells left for labels and ranges."""

    names: tuple[str, ...]
    label: int
    band: int


def card_table(cards: tuple[ClassCard, ...], width: int) -> CardTable:
    """The cards as a table of `width` columns: a header, and for each card its figures and a picture of its range."""
    if not cards:
        return CardTable("", ())
    columns = _columns(cards, width)
    can = [card for card in cards if not card.why_not]
    low = min(can, key=lambda card: card.places[0]).low
    high = max(can, key=lambda card: card.places[2]).high
    room = columns.band - len(low) - len(high)
    name = next((name for name in _BAND_NAMES if len(name) + 2 <= room), "")
    both = low if low == high else f"{low}{name:^{max(1, room)}}{high}"
    axis = both if columns.band else ""
    figures = "".join(f"{name:>{_FIGURES[name]}}" for name in columns.names)
    header = f"  {'':<{columns.label}}{figures}  {axis}".rstrip()
    return CardTable(header, tuple(_row(card, columns, width) for card in cards))


def _columns(cards: tuple[ClassCard, ...], width: int) -> _Columns:
    wanted = min(_MOST_LABEL_CELLS, max(len(card.label) for card in cards))
    names = tuple(_FIGURES)
    for given_up in ("", *_GIVEN_UP_FIRST):
        names = tuple(name for name in names if name != given_up)
        rest = width - 4 - sum(_FIGURES[name] for name in names)
        if rest >= _LEAST_LABEL_CELLS + _LEAST_BAND_CELLS:
            break
    label = max(_LEAST_LABEL_CELLS, min(wanted, rest - _LEAST_BAND_CELLS))
    band = min(_MOST_BAND_CELLS, rest - label)
    return _Columns(names, label, band if band >= _LEAST_BAND_CELLS else 0)


def _row(card: ClassCard, columns: _Columns, width: int) -> CardRow:
    head = f"{'>' if card.is_pick else ' '} {cut_label(card.label, columns.label):<{columns.label}}"
    if card.why_not:
        return CardRow(card, head, cut(f"  not feasible: {card.why_not}", max(0, width - len(head))), "")
    values = {
        "expected": card.expected, "plan holds": card.holds, "day one": card.day_one, "best in": card.best_in,
    }  # fmt: skip
    figures = "".join(f"{values[name]:>{_FIGURES[name]}}" for name in columns.names)
    return CardRow(card, head, figures + "  ", _band(card.places, columns.band))


def _band(places: tuple[float, float, float], cells: int) -> str:
    """A range as `├──●───┤`, its mean marked."""
    if not cells:
        return ""
    low, mean, high = (round(place * (cells - 1)) for place in places)
    line = [" "] * low + ["─"] * (high - low + 1)
    line[low], line[high] = "├", "┤"
    line[min(max(mean, low), high)] = "●"
    return "".join(line)
