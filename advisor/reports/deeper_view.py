"""What takes longer to compute than the verdict: what would change it, tornado, waiting, balance sheet."""

from collections.abc import Iterator, Mapping

from advisor.decision.advise import Advice
from advisor.decision.sensitivity import Flip
from advisor.explain.input_sources import label_of
from advisor.explain.number_id import INFORMATION, WAITING, NumberId
from advisor.formatting import amount_words, usd
from advisor.reports.charts_view import tornado_bars
from advisor.reports.verdict_view import plan_text
from advisor.reports.view_models import BalanceRow, DeeperView, Statement


def deeper_view(advice: Advice) -> DeeperView:
    """What the Why screen and the reports say beyond the verdict. Takes a fraction of a second."""
    return DeeperView(
        changes=tuple(_changes(advice)),
        tornado=tuple(tornado_bars(advice)),
        worth=tuple(_worth(advice)),
        balance=tuple(_balance_rows(advice)),
    )


def _changes(advice: Advice) -> Iterator[Statement]:
    """What would change the answer, nearest first, and how many inputs would not."""
    found, labels = advice.sensitivity, {o.id: o.cost.option.label for o in advice.verdict.ranked}
    if advice.verdict.pick is None or not (found.flips or found.swings):
        yield Statement("There is no other class of option to change to.")
    elif not found.flips:
        yield Statement("No single input changes the answer within its plausible range.")
    else:
        yield from (Statement(_flip_text(flip, labels, advice), NumberId.flip(flip)) for flip in found.flips)
        yield Statement(f"{len(found.steady)} other inputs do not change the answer anywhere in their plausible range.")


def _flip_text(flip: Flip, labels: Mapping[str, str], advice: Advice) -> str:
    """`price of a node below $214k (now $300k, 2.1 sd): buy and colocate`."""
    lower = flip.flips_at < flip.current
    side = "below" if lower else "above"
    if flip.unit in ("months", "nodes", "GPUs"):
        side = "down to" if lower else "from"
    at, now = amount_words(flip.flips_at, flip.unit), amount_words(flip.current, flip.unit)
    what = f"{label_of(flip.input, advice)} {side} {at}"
    return f"{what} (now {now}, {flip.sds_away:.1f} sd away): {labels[flip.to_option]}"


def _worth(advice: Advice) -> Iterator[Statement]:
    """The value of waiting, or that it costs; then the most that waiting or better forecasts can bring."""
    waiting, known = advice.waiting, advice.risk.information
    if waiting is not None:
        what = "saves" if waiting.edge_usd > 0 else "costs"
        yield Statement(
            f"Renting {waiting.months} months on demand and then choosing {what} {usd(abs(waiting.edge_usd))} "
            f"compared with the best choice today; then: {plan_text(waiting)}.",
            WAITING,
        )
    yield Statement(
        f"A perfect forecast would be worth {usd(known.total_usd)} on average: "
        f"of rents alone {usd(known.rents_usd)}, of changes of the plan alone {usd(known.plan_usd)}.",
        INFORMATION,
    )


def _balance_rows(advice: Advice) -> Iterator[BalanceRow]:
    """PriceBook value, expected market value and debt of what buying would own."""
    for sheet in advice.balance_sheets:
        amounts = (usd(sheet.book_usd), usd(sheet.market_usd), usd(sheet.owed_usd))
        yield BalanceRow(f"month {sheet.month}", *amounts, NumberId.balance(sheet))
