"""The tables of docs/track-record.md, made from the shipped record."""

from collections.abc import Sequence

from advisor.backtest.walk_forward import ORACLE, RULE
from advisor.decision.confidence import shipped_record
from advisor.formatting import percent
from advisor.reports.backtest_text import gap_text

_RULES = {
    RULE: "gpu-advisor",
    "year-or-fit": "reserve a year, or the longest term that fits",
    "flat": "assume that rents stay flat",
    "falling-40": "assume that rents fall 40% a year",
    "rent": "always rent on demand",
    "reserve-12m": "always reserve a year",
    "buy": "always buy",
}


def past_rents() -> str:
    """The mean regret of the rules over the past series, and on the worst of them."""
    series = [one["regret"] for one in shipped_record().real["series"]]
    known = {rule: [one[rule] for one in series] for rule in _RULES}
    rows = sorted(known, key=lambda rule: sum(known[rule]))
    return _table(
        ("rule", "mean", "worst of the seven"),
        [(_RULES[rule], _share(sum(known[rule]) / len(series)), _share(max(known[rule]))) for rule in rows],
    )


def synthetic_markets() -> str:
    """What the rules lost on both sets of synthetic markets."""
    sets = [shipped_record().synthetic[name]["lost"] for name in ("tuning", "held_out")]
    names = {ORACLE: "an oracle that knows how each market is made", **_RULES}
    rows = sorted(names, key=lambda rule: sets[0][rule])
    return _table(("rule", "set 1", "set 2"), [(names[rule], *(_share(one[rule]) for one in sets)) for rule in rows])


def confidence_levels() -> str:
    """What each level of confidence is worth."""
    rows = [
        (
            gap_text(one.from_gap, one.to_gap),
            one.word,
            *map(percent, (one.right_share, one.base_share)),
            _share(one.mean_regret),
            percent(one.p95_regret),
            *map(percent, (one.held_out_share, one.real_share)),
        )
        for one in shipped_record().earned
    ]
    head = ("gap to another class", "word", "right", "commonest class right", "mean regret", "worst 1 of 20")
    return _table((*head, "right, held out", "right, past rents"), rows)


def _share(share: float) -> str:
    return percent(share, 1)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    line = "|" + "|".join("---" if at == 0 or name == "word" else "--:" for at, name in enumerate(head)) + "|"
    return "\n".join([f"| {' | '.join(head)} |", line, *(f"| {' | '.join(row)} |" for row in rows)])
