"""Picks for other tastes: less commitment, or a better worst case, at close to the least cost
(docs/model.md#other-picks)."""

import math
from collections.abc import Callable

from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.risk import Risk
from advisor.values.quick_dataclass import dataclass

_LEAST_SAVING = 0.01  # of the CVaR: less is not a better worst case


@dataclass(frozen=True)
class OtherPick:
    """A pick for another preference.

    Attributes:
        option: Id of the option.
        extra_share: Expected cost beyond the pick's, as a share.
        tail_saving_share: How much less its CVaR (mean of the worst 5 %) is, as a share.
        tail_saving_usd: The same in USD.
    """

    option: str
    extra_share: float
    tail_saving_share: float
    tail_saving_usd: float


def short_list(verdict: Verdict, risk: Risk, close_share: float) -> tuple[RankedOption, ...]:
    """The feasible options close to the cheapest, without those that another of them dominates.

    Args:
        verdict: The ranking.
        risk: Its spreads.
        close_share: How much more than the cheapest an option may cost, as a share.

    Returns:
        The options that no other one on the list beats in mean, CVaR and 95 % regret; empty without a pick.
    """
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


def other_picks(verdict: Verdict, risk: Risk, close_share: float) -> tuple[OtherPick | None, OtherPick | None]:
    """On the short list the option with the least commitment, and that with the smallest CVaR: the flexible and the
    insured pick; None for one that is the pick itself, and for an insured one that saves next to nothing. They cost at
    most `close_share` more than the cheapest."""
    near = short_list(verdict, risk, close_share)
    if verdict.pick is None or not near:
        return None, None
    flexible = _best(near, verdict.pick, risk, _commitment_months)
    insured = _best(near, verdict.pick, risk, lambda option: risk.spreads[option.id].cvar95_usd)
    return flexible, None if insured is None or insured.tail_saving_share < _LEAST_SAVING else insured


def _best(
    near: tuple[RankedOption, ...], pick: RankedOption, risk: Risk, taste: Callable[[RankedOption], float]
) -> OtherPick | None:
    chosen = min(near, key=lambda option: (taste(option), option.cost.expected_usd))
    if chosen.id == pick.id:
        return None
    its, of_pick = risk.spreads[chosen.id].cvar95_usd, risk.spreads[pick.id].cvar95_usd
    return OtherPick(chosen.id, _extra_share(chosen, pick), 1 - its / of_pick, of_pick - its)


def _extra_share(option: RankedOption, pick: RankedOption) -> float:
    return option.cost.expected_usd / pick.cost.expected_usd - 1


def _commitment_months(option: RankedOption) -> float:
    """How long an option commits: 0 for renting, the months of a term, infinity for buying."""
    if option.action == "buy":
        return math.inf
    return option.cost.option.term_months or 0
