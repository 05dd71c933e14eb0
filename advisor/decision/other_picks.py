"""Picks for other tastes: less commitment, or a better worst case, at close to the least cost
(docs/model.md#other-picks)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.risk import Risk


@dataclass(frozen=True)
class OtherPick:
    """A pick for another taste: what it costs more than the cheapest, as a share, and how much less it costs in the
    mean of the worst 5%, as a share."""

    option: str
    extra_share: float
    tail_saving_share: float


def short_list(verdict: Verdict, risk: Risk, close_share: float) -> tuple[RankedOption, ...]:
    """The feasible options that cost at most `close_share` more than the cheapest, less those that another one of them
    beats in mean, worst 5% and regret alike. Empty without a pick."""
    pick = verdict.pick
    if pick is None or pick.cost.expected_usd <= 0:
        return ()
    near = [o for o in verdict.ranked if o.feasible and 0 <= _extra_share(o, pick) <= close_share]

    def merits(option: RankedOption) -> tuple[float, float, float]:
        spread = risk.spreads[option.id]
        return option.cost.expected_usd, spread.cvar95_usd, spread.p95_regret_usd

    def beaten(option: RankedOption) -> bool:
        mine = merits(option)
        others = (merits(other) for other in near if other is not option)
        return any(all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine for other in others)

    return tuple(option for option in near if not beaten(option))


def flexible_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The least commitment on the short list; None when that is the pick itself. Rent commits to nothing, a term to its
    months, buying to most."""
    return _other_pick(verdict, risk, close_share, commitment_months)


def insured_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The smallest mean of the worst 5% on the short list; None when that is the pick itself."""
    return _other_pick(verdict, risk, close_share, lambda option: risk.spreads[option.id].cvar95_usd)


def _other_pick(
    verdict: Verdict, risk: Risk, close_share: float, taste: Callable[[RankedOption], float]
) -> OtherPick | None:
    pick, near = verdict.pick, short_list(verdict, risk, close_share)
    if pick is None or not near:
        return None
    chosen = min(near, key=lambda option: (taste(option), option.cost.expected_usd))
    if chosen.id == pick.id:
        return None
    saving = 1 - risk.spreads[chosen.id].cvar95_usd / risk.spreads[pick.id].cvar95_usd
    return OtherPick(chosen.id, _extra_share(chosen, pick), saving)


def _extra_share(option: RankedOption, pick: RankedOption) -> float:
    return option.cost.expected_usd / pick.cost.expected_usd - 1


def commitment_months(option: RankedOption) -> float:
    """How long an option binds: nothing for renting, a term's months, no end for buying."""
    if option.action == "buy":
        return math.inf
    return option.cost.option.term_months or 0
