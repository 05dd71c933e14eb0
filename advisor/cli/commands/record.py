"""`gpu-advisor record`: how each saved verdict would look at today's prices."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from advisor.cli.parser import Request, Tell, load_book
from advisor.files.json_text import as_json

if TYPE_CHECKING:
    from advisor.backtest.verdict_log import Review


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: the shared options are all it takes."""


def answer(request: Request, tell: Tell) -> str:
    """One paragraph for each saved verdict, oldest first. Raises InputError when the log or the book cannot be read."""
    from advisor.backtest.verdict_log import logged_verdicts, review
    from advisor.files.append_log import log_path
    from advisor.reports.track_record_view import review_lines, saved_words

    book = load_book(request)
    verdicts, broken = logged_verdicts()
    if broken:
        tell(f"{log_path()}: {broken} line{'s' if broken > 1 else ''} left out: not a logged verdict")
    reviews = [review(one, book) for one in verdicts]
    if request.as_json:
        return as_json({"schema": 1, "verdicts": [_table(one) for one in reviews]})
    lines = [line for one in reviews for line in review_lines(one)]
    return "\n".join([saved_words(reviews, book), *(["", *lines] if lines else [])]) + "\n"


def _table(one: "Review") -> dict[str, Any]:
    """A verdict for a script: as it was logged, without the profile, and today."""
    return {
        **one.logged.model_dump(mode="json", by_alias=True, exclude={"profile", "schema_"}),
        "today": {
            "option": one.now,
            "expected_usd": one.best_usd,
            "option_then_usd": one.kept_usd,
            "usd_per_gpu_hour": one.spot_now,
            "stands": one.stands,
            "error": one.error,
        },
    }
