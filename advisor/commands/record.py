"""`gpu-advisor record`: how each verdict you saved would look at the prices of today."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from advisor.cli import Request, Tell, as_json, load_book
from advisor.words import one_line

if TYPE_CHECKING:
    from advisor.record.log import Review


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing of its own."""


def answer(request: Request, tell: Tell) -> str:
    """One paragraph a saved verdict, oldest first. Raises InputError when the log or the book cannot be read."""
    from advisor.record.files import log_path
    from advisor.record.log import logged_verdicts, review

    book = load_book(request)
    verdicts, broken = logged_verdicts()
    if broken:
        tell(f"{log_path()}: {broken} line{'s' if broken > 1 else ''} left out: not a logged verdict")
    reviews = [review(one, book) for one in verdicts]
    if request.as_json:
        return as_json({"schema": 1, "verdicts": [_table(one) for one in reviews]})
    if not reviews:
        return "No verdict is logged yet: each one you save will be.\n"
    same = sum(one.stands is True for one in reviews)
    asked = sum(one.stands is not None for one in reviews)
    head = f"At prices of {book.read_on:%Y-%m-%d}, {same} of {asked} saved verdicts stand.\n"
    return "\n".join([head, *(line for one in reviews for line in _lines(one))]) + "\n"


def _lines(one: "Review") -> list[str]:
    from advisor.words import usd, usd_rate

    logged = one.logged
    first = logged.contenders[0] if logged.contenders else None
    then = f"{first.option}, {usd(first.expected_usd)}" if first else "nothing feasible"
    lines = [f"{logged.day}  {logged.name}: {then} at {usd_rate(logged.prices.usd_per_gpu_hour)} per GPU-hour"]
    if one.error is not None:
        lines.append(f"    cannot be asked again: {one.error}")
    elif one.spot_now is not None:
        lines.append(f"    at {usd_rate(one.spot_now)} today: {_today(one)}")
    return [one_line(line) for line in lines]


def _today(one: "Review") -> str:
    from advisor.words import percent, usd

    if one.best_usd is None:
        return "nothing is feasible"
    if one.stands:
        return f"still the pick, {usd(one.best_usd)}"
    if one.kept_usd is None:
        return f"{one.now}, {usd(one.best_usd)}; {one.then or 'what there was then'} cannot be had"
    more = one.kept_usd - one.best_usd
    share = f" ({percent(more / abs(one.best_usd), 1)})" if one.best_usd else ""
    return f"{one.now}, {usd(one.best_usd)}; {one.then} would cost {usd(more)} more{share}"


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
