"""`gpu-advisor record`: how each saved verdict would look at today's prices."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.cli.catalog_prices import add_prices_from, with_catalog_prices
from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import ChangedError

if TYPE_CHECKING:
    from advisor.backtest.verdict_log import Review
    from advisor.reports.json_models.track_record import LoggedVerdictJson


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_prices_from(parser)
    parser.add_argument(
        "--changed",
        action="store_true",
        help="only the last verdict on each profile, where it does not hold today; exit code 4 if there is one",
    )


def answer(request: Request, tell: Tell) -> Iterator[str]:
    """One paragraph for each saved verdict, oldest first.

    Raises:
        InputError: when the log, the book or the catalogs cannot be read.
        ChangedError: with `--changed`, after the last line, if a verdict does not hold.
    """
    from advisor.backtest.verdict_log import last_of_each, logged_verdicts, review
    from advisor.files.append_log import log_path
    from advisor.reports.track_record_view import review_lines, saved_text

    book = load_book(request)
    verdicts, broken = logged_verdicts()
    if broken:
        tell(f"{log_path()}: {broken} line{'s' if broken > 1 else ''} left out: not a logged verdict")
    if request.options.changed:
        verdicts = last_of_each(verdicts)
    if request.options.prices_from is not None and verdicts:
        gpus = [one.gpu for one in verdicts if one.gpu in book.gpus]
        book = with_catalog_prices(request.options.prices_from, gpus, book, tell, all_needed=False)
    reviews = [review(one, book) for one in verdicts]
    changed = [one for one in reviews if not one.stands]
    shown = changed if request.options.changed else reviews
    if request.as_json:
        yield _json(shown)
    else:
        lines = [line for one in shown for line in review_lines(one)]
        yield "\n".join([saved_text(reviews, book), *(["", *lines] if lines else [])]) + "\n"
    if request.options.changed and changed:
        raise ChangedError(f"saved verdicts that do not hold today: {len(changed)} of {len(reviews)}")


def _json(reviews: "list[Review]") -> str:
    from advisor.reports.json_models.track_record import RecordReport

    return RecordReport(verdicts=tuple(_verdict(one) for one in reviews)).to_json()


def _verdict(one: "Review") -> "LoggedVerdictJson":
    """A verdict as it was logged, without the profile, and the same question at today's prices."""
    from advisor.reports.json_models.track_record import LoggedVerdictJson, TodayJson

    today = TodayJson(
        option=one.now,
        expected_usd=one.best_usd,
        option_then_usd=one.kept_usd,
        usd_per_gpu_hour=one.spot_now,
        stands=one.stands,
        error=one.error,
    )
    logged = one.logged.model_dump(mode="json", by_alias=True, exclude={"profile", "schema_"})
    return LoggedVerdictJson.model_validate({**logged, "today": today})
