"""`gpu-advisor backtest`: the rule walked through past rents, scored against hindsight and naive rules."""

import json
import sys
import textwrap
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from advisor.cli import Request, Tell, load_book

if TYPE_CHECKING:
    from advisor.record.summary import Band, Bucket, SeriesResult

_BAR = 30
_WIDTH = 80


def add_arguments(parser: ArgumentParser) -> None:
    """What may stand on the command line."""
    parser.add_argument(
        "--plan-change",
        type=_chance,
        default=0.0,
        metavar="SHARE",
        help="chance in a month that a plan ends early, for the rule and for the outcome (0: plans survive)",
    )


def answer(request: Request, tell: Tell) -> str:
    """The real-history part of the record, as text or JSON. Raises InputError."""
    from advisor.record.series import real_markets
    from advisor.record.summary import bands, buckets, series_result
    from advisor.record.walk import walk

    book = load_book(request)
    markets = real_markets(book)
    scores = walk(markets, book, request.options.plan_change, _progress(request.quiet))
    results = [series_result(market, scores) for market in markets]
    right, inside = buckets(scores), bands(scores)
    if request.as_json:
        return json.dumps(_record(results, right, inside, request.options.plan_change), indent=2) + "\n"
    return _text(results, right, inside)


def _chance(text: str) -> float:
    try:
        chance = float(text)
    except ValueError:
        chance = -1.0
    if not 0 <= chance <= 0.5:
        raise ArgumentTypeError(f"{text!a} is no share from 0 to 0.5")
    return chance


def _progress(quiet: bool) -> Callable[[int, int], None] | None:
    """A bar on stderr, drawn only where somebody looks at it."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        full = _BAR * done // total
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done} of {total} months{end}")
        sys.stderr.flush()

    return show


def _record(
    results: "Sequence[SeriesResult]", right: "Sequence[Bucket]", inside: "Sequence[Band]", plan_change: float
) -> dict[str, Any]:
    """The same for a script; shares of the least cost. to_gap is null in the last bucket."""
    from advisor.record.confidence import shipped_record
    from advisor.record.rules import NAIVE_RULES

    shipped = shipped_record()
    return {
        "schema": 1,
        "plan_change_per_month": plan_change,
        "naive_rules": dict(NAIVE_RULES),
        "series": [asdict(result) for result in results],
        "right_calls": [{**asdict(one), "to_gap": None if one.to_gap > 1 else one.to_gap} for one in right],
        "band": [asdict(one) for one in inside],
        "limits": list(shipped.limits),
        "synthetic": shipped.synthetic,
        "shipped_on": shipped.date,
    }


def _text(results: "Sequence[SeriesResult]", right: "Sequence[Bucket]", inside: "Sequence[Band]") -> str:
    from advisor.record.confidence import shipped_record
    from advisor.record.past import BIG_NODES, NODES, PLAN_MONTHS
    from advisor.record.rules import NAIVE_RULES
    from advisor.words import percent

    lines = [
        "What each rule's pick cost more than the best in hindsight, mean, on past rents.",
        f"Plans of {BIG_NODES} to {NODES[-1]:,} nodes, {PLAN_MONTHS[0]} to {PLAN_MONTHS[-1]} months, that have ended.",
        "",
        f"{'':<11}{''.join(f'{name:>7}' for name in (*_HEADS, 'mean', 'worst'))}",
    ]
    rules = sorted(results[0].regret, key=lambda rule: sum(one.regret[rule] for one in results))
    for rule in rules:
        each = [one.regret[rule] for one in results]
        cells = [*each, sum(each) / len(each), max(each)]
        lines.append(f"{rule:<11}{''.join(f'{percent(cell, 1):>7}' for cell in cells)}")
    described = zip(_HEADS, results, strict=True)
    lines += ["", *(line for head, one in described for line in _wrapped(f"{head:<8}{_described(one)}", 8))]
    lines += ["", *(line for rule, what in NAIVE_RULES.items() for line in _wrapped(f"{rule:<13}{what}", 13))]
    lines += ["", "Calls of the right class, by how far the best of another class lay off:"]
    lines += [f"  {gap_words(one.from_gap, one.to_gap):<10} {_share(one.right_share):>5}  n={one.n:,}" for one in right]
    lines += ["", "Rents that came out within the stated 5-95% band:"]
    lines += [f"  {one.months:>2} months ahead  {percent(one.inside_share):>5}  n={one.n:,}" for one in inside]
    lines += ["", "Limits:", *(line for limit in shipped_record().limits for line in _wrapped(f"- {limit}", 2))]
    return "\n".join(lines) + "\n"


_HEADS = ("mix", "level", "A100", "deals", "mix*", "level*", "A100*")


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=" " * indent)


def _described(one: "SeriesResult") -> str:
    years = f"{one.independent_years} independent year{'s' if one.independent_years != 1 else ''}"
    return f"{one.title}: {one.first} to {one.last}, {one.decisions} months, {one.plans:,} plans, {years}"


def gap_words(from_gap: float, to_gap: float) -> str:
    """Under 5% · 5-15% · from 15%."""
    if from_gap == 0:
        return f"under {to_gap:.0%}"
    return f"from {from_gap:.0%}" if to_gap > 1 else f"{100 * from_gap:.0f}-{to_gap:.0%}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
