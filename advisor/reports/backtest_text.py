"""The track record as text of 80 columns."""

import textwrap
from collections.abc import Iterable, Sequence

from advisor.backtest.market_at import BIG_NODES, NODES, PLAN_MONTHS
from advisor.backtest.rules import NAIVE_RULES
from advisor.backtest.scoring import Band, Bucket, SeriesResult, SyntheticResult, rule_losses
from advisor.backtest.walk_forward import ORACLE, RULE
from advisor.decision.confidence import Earned, Record
from advisor.formatting import fine_percent, percent

_WIDTH = 80
_HEADS = ("mix", "level", "A100", "deals", "mix*", "level*", "A100*")


def real_lines(
    results: Sequence[SeriesResult], right: Sequence[Bucket], inside: Sequence[Band], plan_change: float = 0.0
) -> list[str]:
    """Results on past rents: the rules compared, the series, right calls, the band. plan_change: the chance in a month
    that a plan ends early."""
    change = f", or ended early (a chance of {fine_percent(plan_change)} a month)" if plan_change else ""
    lines = [
        "What each rule's pick cost more than the best in hindsight, mean, on past rents.",
        *_wrapped(
            f"Plans of {BIG_NODES} to {NODES[-1]:,} nodes, {PLAN_MONTHS[0]} to {PLAN_MONTHS[-1]} months, that have "
            f"ended{change}."
        ),
        "",
        f"{'':<11}{''.join(f'{name:>7}' for name in (*_HEADS, 'mean', 'worst'))}",
    ]
    for lost in rule_losses(results):
        cells = [*(one.regret[lost.rule] for one in results), lost.mean, lost.worst]
        lines.append(f"{lost.rule:<11}{''.join(f'{percent(cell, 1):>7}' for cell in cells)}")
    described = zip(_HEADS, results, strict=True)
    lines += ["", *(line for head, one in described for line in _wrapped(f"{head:<8}{series_text(one)}", 8))]
    lines += ["", *(line for rule, what in NAIVE_RULES.items() for line in _wrapped(f"{rule:<13}{what}", 13))]
    named = (
        "How often the right class was named, by the gap to the best of another class, in plans of all sizes that have "
        "one:"
    )
    lines += ["", *_wrapped(named)]
    lines += [f"  {gap_text(one.from_gap, one.to_gap):<10}{_share(one.right_share):>5}  n={one.n:,}" for one in right]
    return [*lines, "", "Rents within the forecast 5-95% band:", *_band_lines(inside)]


def synthetic_lines(made: SyntheticResult) -> list[str]:
    """What synthetic markets gave: the rules beside the oracle."""
    edges = {one.rule: f"{100 * one.mean:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})" for one in made.lost_edges}
    lines = [
        *_wrapped(
            f"On {made.markets:,} synthetic markets of five kinds that do not follow the advisor's price process, "
            "beside an oracle that knows how each is made: what was lost for each dollar that had to be spent, all "
            f"sizes and {BIG_NODES} nodes and more; what each rule loses more than the advisor, in points, with its "
            "95% interval over the markets; and the mean regret, mostly from a few plans that cost next to nothing at "
            "best."
        ),
        "",
        f"{'':<11}{'all':>8}{f'{BIG_NODES}+':>8}   {'loses more':<23}{'mean regret':>12}",
    ]
    for rule in sorted(made.lost_all, key=lambda rule: made.lost_all[rule]):
        cells = "".join(f"{percent(share, 1):>8}" for share in (made.lost_all[rule], made.lost[rule]))
        lines.append(f"{rule:<11}{cells}   {edges.get(rule, ''):<23}{percent(made.regret_all[rule], 1):>12}")
    kinds = (
        f"{kind} {percent(each[RULE], 1)} ({percent(each[ORACLE], 1)})" for kind, each in made.lost_by_kind.items()
    )
    times = (
        f"{BIG_NODES} nodes and more, the advisor and (the oracle): {', '.join(kinds)}; {made.over_oracle:.2f} times "
        "in all. Cycles and generations are almost certain to an oracle that knows them."
    )
    return [*lines, "", *_wrapped(times), "", "Rents within the forecast 5-95% band:", *_band_lines(made.band)]


def earned_lines(record: Record) -> list[str]:
    """How often each level of confidence was right, and the limits of the record."""
    lines = [*_wrapped(earned_head(record)), "", *(f"  {line}" for line in earned_table(record)), "", "Limits:"]
    return [*lines, *(line for limit in record.limits for line in _wrapped(f"- {limit}", 2))]


def earned_head(record: Record) -> str:
    """What the table of confidence counts."""
    return (
        "How often a verdict names the class that turns out cheapest, by how far the best of another class lies "
        "off (the gap): on the markets that set the levels, on synthetic markets held out, and on past rents "
        f"(as of {record.date})."
    )


def earned_table(record: Record) -> list[str]:
    """A line for each level of confidence."""
    head = f"{'gap':<10}{'':<19}{'shown':<16}{'held out':<16}past rents"
    return [head, *map(_earned_line, record.earned), *map(_beside_line, record.earned)]


def band_table(real: Sequence[Band], made: Sequence[Band]) -> list[str]:
    """Past rents and synthetic markets beside each other, a line for each horizon both have."""
    beside = {one.months: one for one in made}
    head = f"{'':<18}{'past rents':<16}synthetic markets"
    rows = [(one, beside[one.months]) for one in real if one.months in beside]
    return [head, *(f"{one.months:>2} months ahead   {_inside_text(one):<16}{_inside_text(two)}" for one, two in rows)]


def _inside_text(one: Band) -> str:
    return f"{percent(one.inside_share):<4} n={one.n:,}"


def gap_text(from_gap: float, to_gap: float | None) -> str:
    """Under 5% · 5-15% · from 15%."""
    if to_gap is None:
        return f"from {from_gap:.0%}"
    return f"{100 * from_gap:.0f}-{to_gap:.0%}" if from_gap else f"under {to_gap:.0%}"


def _earned_line(one: Earned) -> str:
    shares = ((one.right_share, one.n), (one.held_out_share, one.held_out_n), (one.real_share, one.real_n))
    cells = "".join(f"{share:<4.0%} n={n:<9,}" for share, n in shares)
    return f"{gap_text(one.from_gap, one.to_gap):<10}{one.word:<19}{cells}".rstrip()


def _beside_line(one: Earned) -> str:
    """The base rate, and what a wrong class or term costs."""
    base, mean, tail = percent(one.base_share), fine_percent(one.mean_regret), percent(one.p95_regret)
    gap = gap_text(one.from_gap, one.to_gap)
    return f"{gap:<10}commonest class right {base}; above hindsight {mean}, worst 1 of 20 {tail}"


def _band_lines(inside: Iterable[Band]) -> list[str]:
    return [f"  {one.months:>2} months ahead {percent(one.inside_share):>5}  n={one.n:,}" for one in inside]


def series_text(one: SeriesResult) -> str:
    """What a series is, and how much evidence it gives."""
    years = f"{one.independent_years} independent year{'s' if one.independent_years != 1 else ''}"
    return f"{one.title}: {one.first} to {one.last}, {one.decisions} months, {one.plans:,} plans, {years}"


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=" " * indent)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
