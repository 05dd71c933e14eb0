"""`gpu-advisor record`: how each saved verdict would look at today's prices."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book

if TYPE_CHECKING:
    from advisor.backtest.verdict_log import Review
    from advisor.reports.json_models.track_record import LoggedVerdictJson


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: the shared options are all it takes."""


def answer(request: Request, tell: Tell) -> str:
    """One paragraph for each saved verdict, oldest first. Raises InputError when the log or the book cannot be read."""
    from advisor.backtest.verdict_log import logged_verdicts, review
    from advisor.files.append_log import log_path
    from advisor.reports.track_record_view import review_lines, saved_text

    book = load_book(request)
    verdicts, broken = logged_verdicts()
    if broken:
        tell(f"{log_path()}: {broken} line{'s' if broken > 1 else ''} left out: not a logged verdict")
    reviews = [review(one, book) for one in verdicts]
    if request.as_json:
        return _json(reviews)
    lines = [line for one in reviews for line in review_lines(one)]
    return "\n".join([saved_text(reviews, book), *(["", *lines] if lines else [])]) + "\n"


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
