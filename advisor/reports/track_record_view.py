"""The track record as the Record screen shows it, and the user's own saved verdicts, also for `gpu-advisor record`."""

from collections.abc import Iterator, Sequence

from advisor.backtest.market_at import BIG_NODES, NODES, PLAN_MONTHS
from advisor.backtest.rules import NAIVE_RULES
from advisor.backtest.scoring import Band, SeriesResult, rule_losses
from advisor.backtest.verdict_log import Review
from advisor.backtest.walk_forward import RULE
from advisor.decision.confidence import Record
from advisor.formatting import one_line, percent, usd, usd_rate
from advisor.market.price_book import PriceBook
from advisor.reports.backtest_text import band_table, earned_head, earned_table, series_text
from advisor.values.quick_dataclass import dataclass

_LONGEST_BAR = 0.30  # of the cost: longer bars are cut off and marked


@dataclass(frozen=True)
class RuleBar:
    """What a rule lost against hindsight on past rents.

    Attributes:
        mean, worst: Over the series, as text.
        mean_share, worst_share: Lengths of the bars, 0..1.
        cut: Whether the worst is longer than the picture.
        ours: The advisor.
    """

    rule: str
    mean: str
    worst: str
    mean_share: float
    worst_share: float
    cut: bool
    ours: bool


@dataclass(frozen=True)
class TextBlock:
    """A heading with its lines: laid out already, or sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class RecordView:
    """The record that ships.

    Attributes:
        about: What the bars show.
        scale: Their length.
        tables: Confidence and coverage.
        notes: Limits, rules, series, how to repeat it.
    """

    title: str
    about: str
    scale: str
    bars: tuple[RuleBar, ...]
    tables: tuple[TextBlock, ...]
    notes: tuple[TextBlock, ...]


@dataclass(frozen=True)
class SavedView:
    """The user's saved verdicts at today's prices. head: how many still hold; lines: two for each, the newest first."""

    head: str
    lines: tuple[str, ...]


def record_view(record: Record) -> RecordView:
    """The record that ships, as a screen shows it."""
    results = [SeriesResult(**one) for one in record.real["series"]]
    return RecordView(
        title=f"Track record of {record.date}: the rule walked through past rents, using only what was known then",
        about=(
            "What each rule's pick cost more than the best in hindsight, mean and worst of "
            f"{len(results)} series. Plans of {BIG_NODES} to {NODES[-1]:,} nodes, {PLAN_MONTHS[0]} to "
            f"{PLAN_MONTHS[-1]} months."
        ),
        scale=f"█ mean  ░ to the worst series  » more than {percent(_LONGEST_BAR)}",
        bars=tuple(_bars(results)),
        tables=tuple(_tables(record)),
        notes=tuple(_notes(record, results)),
    )


def _bars(results: Sequence[SeriesResult]) -> Iterator[RuleBar]:
    for lost in rule_losses(results):
        yield RuleBar(
            rule=lost.rule,
            mean=percent(lost.mean, 1),
            worst=percent(lost.worst, 1),
            mean_share=min(1.0, lost.mean / _LONGEST_BAR),
            worst_share=min(1.0, lost.worst / _LONGEST_BAR),
            cut=lost.worst > _LONGEST_BAR,
            ours=lost.rule == RULE,
        )


def _tables(record: Record) -> Iterator[TextBlock]:
    yield TextBlock("The rules", tuple(f"{rule}: {what}" for rule, what in NAIVE_RULES.items()))
    yield TextBlock("How often each confidence level was right", (earned_head(record), *earned_table(record)))
    real, made = ([Band(**one) for one in found["band"]] for found in (record.real, record.synthetic["held_out"]))
    yield TextBlock("How often rents were within the 5 to 95% band", tuple(band_table(real, made)))


def _notes(record: Record, results: Sequence[SeriesResult]) -> Iterator[TextBlock]:
    yield TextBlock("Limits", tuple(f"- {limit}" for limit in record.limits))
    yield TextBlock("The series", tuple(map(series_text, results)))
    yield TextBlock("What was tried", tuple(f"- {one}" for one in record.tried))
    repeat = (f"{command}   ({kind} markets)" for kind, command in record.commands.items())
    yield TextBlock(f"Record of {record.date}; repeat it with", tuple(repeat))


def saved_view(reviews: Sequence[Review], broken: int, book: PriceBook) -> SavedView:
    """The user's saved verdicts at the prices of a book. broken: how many lines of the log cannot be read."""
    left_out = (f"{broken} line{'s' if broken > 1 else ''} of the log left out: not a saved verdict",) if broken else ()
    lines = tuple(line for one in reversed(reviews) for line in review_lines(one))
    return SavedView(saved_text(reviews, book), (*lines, *left_out))


def saved_text(reviews: Sequence[Review], book: PriceBook) -> str:
    """At prices of 2026-10-10, 3 of 4 saved verdicts still hold."""
    if not reviews:
        return "No verdict is logged yet: each one you save will be."
    same = sum(one.stands is True for one in reviews)
    compared = sum(one.stands is not None for one in reviews)
    return f"At prices of {book.read_on:%Y-%m-%d}, {same} of {compared} saved verdicts still hold."


def review_lines(one: Review) -> list[str]:
    """A saved verdict as it was, and how it looks today."""
    logged = one.logged
    first = logged.contenders[0] if logged.contenders else None
    then = f"{first.option}, {usd(first.expected_usd)}" if first else "nothing feasible"
    of = f"{logged.name}, {logged.gpu}" if logged.parts > 1 else logged.name
    lines = [f"{logged.day}  {of}: {then} at {usd_rate(logged.prices.usd_per_gpu_hour)} per GPU-hour"]
    if one.error is not None:
        lines.append(f"    cannot be evaluated again: {one.error}")
    elif one.spot_now is not None:
        lines.append(f"    at {usd_rate(one.spot_now)} today: {_today_text(one)}")
    return [one_line(line) for line in lines]


def _today_text(one: Review) -> str:
    if one.best_usd is None:
        return "nothing is feasible"
    if one.stands:
        return f"still the pick, {usd(one.best_usd)}"
    if one.kept_usd is None:
        return f"{one.now}, {usd(one.best_usd)}; {one.then or 'the earlier pick'} is not available"
    more = one.kept_usd - one.best_usd
    share = f" ({percent(abs(more / one.best_usd), 1)})" if one.best_usd else ""
    than = "more" if more >= 0 else "less"
    equal = "" if more >= 0 else ", which counts as equal: what commits least is picked"
    return f"{one.now}, {usd(one.best_usd)}; {one.then} would cost {usd(abs(more))} {than}{share}{equal}"
