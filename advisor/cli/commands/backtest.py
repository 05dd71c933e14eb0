"""`gpu-advisor backtest`: the rule walked through past rents, scored against hindsight and naive rules."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import closing
from typing import TYPE_CHECKING

from advisor.cli import workers
from advisor.cli.argument_types import number
from advisor.cli.parser import Request, Tell, load_book
from advisor.cli.progress import Progress, progress_bar

if TYPE_CHECKING:
    from advisor.backtest.scoring import SyntheticResult
    from advisor.backtest.walk_forward import Score
    from advisor.market.price_book import PriceBook

_MAX_SYNTHETIC_MARKETS = 10_000


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--plan-change",
        type=number(0, 0.5, "a share"),
        default=0.0,
        metavar="SHARE",
        help="chance in a month that a plan ends early, for the rule and for the outcome (0: plans survive)",
    )
    parser.add_argument(
        "--synthetic",
        type=_count,
        default=0,
        metavar="N",
        help="also score this many synthetic markets, five per second on each core (0); seeded by --seed",
    )
    workers.add_arguments(parser)


def answer(request: Request, tell: Tell) -> str:
    """The real-history part of the record, as text or JSON, and synthetic markets on request. Raises InputError."""
    from advisor.backtest.markets import real_markets
    from advisor.backtest.rules import NAIVE_RULES
    from advisor.backtest.scoring import bands, buckets, series_result
    from advisor.backtest.walk_forward import walk
    from advisor.decision.confidence import shipped_record
    from advisor.reports.backtest_text import earned_lines, real_lines, synthetic_lines

    book, progress, shipped = load_book(request), progress_bar(request.quiet), shipped_record()
    markets = real_markets(book)
    scores = walk(markets, book, request.options.plan_change, progress)
    results = [series_result(market, scores) for market in markets]
    right, inside = buckets(scores), bands(scores)
    made = _synthetic(book, request, progress, tell)
    if not request.as_json:
        past = real_lines(results, right, inside, request.options.plan_change)
        parts = [past, *([synthetic_lines(made)] if made else []), earned_lines(shipped)]
        return "\n\n".join("\n".join(lines) for lines in parts) + "\n"
    from advisor.reports.json_models import track_record as models

    return models.BacktestReport(
        plan_change_per_month=request.options.plan_change,
        naive_rules=dict(NAIVE_RULES),
        series=tuple(models.SeriesResultJson.model_validate(result) for result in results),
        right_calls=tuple(models.RightCallsJson.model_validate(one) for one in right),
        band=tuple(models.BandJson.model_validate(one) for one in inside),
        synthetic=models.SyntheticResultJson.or_null(made),
        shipped=models.ShippedRecordJson.model_validate(shipped),
    ).to_json()


def _synthetic(book: "PriceBook", request: Request, progress: Progress | None, tell: Tell) -> "SyntheticResult | None":
    from advisor.backtest.scoring import synthetic_result

    count, seed = request.options.synthetic, request.seed
    return (
        synthetic_result(synthetic_scores(book, count, seed, request.options, progress, tell), seed) if count else None
    )


def synthetic_scores(
    book: "PriceBook", count: int, seed: int, options: Namespace, progress: Progress | None, tell: Tell
) -> "list[Score]":
    """The scores of the first `count` markets of a seed, in their order.

    Args:
        book: the price book.
        count: how many markets.
        seed: of their generators.
        options: where they are scored: see `workers.in_order`.
        progress: is called with the markets done and their number.
        tell: prints a note.
    """
    from advisor.backtest.synthetic_markets import market_scorer

    scores: list[Score] = []
    with closing(workers.in_order(options, market_scorer, (book, seed), range(count), count, tell)) as made:
        for score in made:
            scores.append(score)
            if progress:
                progress(len(scores), count)
    return scores


def _count(text: str) -> int:
    """No market, or at least two: an interval needs two."""
    count = int(text) if text.isdecimal() and len(text) < 6 else 1
    if count == 1 or count > _MAX_SYNTHETIC_MARKETS:
        raise ArgumentTypeError(f"{text!r} is not a number of markets: 0, or from 2 to {_MAX_SYNTHETIC_MARKETS:,}")
    return count
