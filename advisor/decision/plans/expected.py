"""The verdict on many profiles by expected cost alone: what `cost_options` says of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.costing.option import Action
from advisor.decision.cost_options import cost_options
from advisor.decision.ranking import Verdict
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile


@dataclass(frozen=True)
class ExpectedVerdict:
    """The verdict on one profile, without what needs sampled futures.

    Attributes:
        option, action: The pick and its class; None when nothing is feasible.
        close_call, rival, gap_share: As in `Verdict`; the rival by its id.
        expected_usd: Expected net present cost of the pick, USD.
        rent_usd, reserve_usd, buy_usd: Of the cheapest feasible option of each class; None where there is none.
    """

    option: str | None
    action: Action | None
    close_call: bool
    rival: str | None
    gap_share: float | None
    expected_usd: float | None
    rent_usd: float | None
    reserve_usd: float | None
    buy_usd: float | None


def expected_verdicts(profiles: Sequence[Profile], book: PriceBook) -> list[ExpectedVerdict]:
    """The verdicts on profiles, in their order.

    Args:
        profiles: Of one product or of many; checked with this book.
        book: The price book.

    Source: docs/model.md#ranking.
    """
    return [_of(cost_options(profile, book).verdict) for profile in profiles]


def cheapest_usd(verdict: Verdict, action: Action) -> float | None:
    """The expected cost of the cheapest feasible option of a class, USD."""
    return min((o.cost.expected_usd for o in verdict.ranked if o.feasible and o.action == action), default=None)


def _of(verdict: Verdict) -> ExpectedVerdict:
    pick, rival = verdict.pick, verdict.rival
    return ExpectedVerdict(
        None if pick is None else pick.id,
        None if pick is None else pick.action,
        verdict.close_call,
        None if rival is None else rival.id,
        verdict.gap_share,
        None if pick is None else pick.cost.expected_usd,
        cheapest_usd(verdict, "rent"),
        cheapest_usd(verdict, "reserve"),
        cheapest_usd(verdict, "buy"),
    )
