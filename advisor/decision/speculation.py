"""Whether the lead of a pick depends on subletting or on selling hardware, and what is best without that bet
(docs/model.md#bets)."""

import math
from collections.abc import Mapping, Sequence

from advisor.costing.valuation import OptionCost
from advisor.decision.ranking import RankedOption, Verdict
from advisor.formatting import usd
from advisor.values.quick_dataclass import dataclass

CREDITS: Mapping[str, str] = {"idle_resale": "subletting", "hardware_resale": "resale"}


@dataclass(frozen=True)
class Bet:
    """The income that a pick's lead depends on.

    Attributes:
        kinds: Subletting, resale or both: the income without which another option is best.
        credit_usd: What the pick expects to earn from it, present value.
        pick_usd: What the pick costs without it.
        without: Id of the best option when no option gets such income.
        without_label, without_usd: What it is called, and what it costs then.
    """

    kinds: tuple[str, ...]
    credit_usd: float
    pick_usd: float
    without: str
    without_label: str
    without_usd: float

    @property
    def condition(self) -> str:
        """The condition of the advice, for a headline."""
        if self.kinds == ("subletting",):
            return "if idle hours can be sublet"
        if self.kinds == ("resale",):
            return "if it can be resold"
        return "if it can be sublet and resold"

    @property
    def sentence(self) -> str:
        """The bet in full."""
        return (
            f"The lead depends on {' and '.join(self.kinds)}, worth {usd(self.credit_usd)}. Without it the pick costs "
            f"{usd(self.pick_usd)}, and the cheapest way ({self.without_label}) {usd(self.without_usd)}."
        )


def bet_of(verdict: Verdict, least_edge_share: float) -> Bet | None:
    """The bet that the pick makes; None where its class leads without income from subletting and resale too.

    Options are ranked again by what they are ranked by plus what they expect of such income. Taxes on it are not taken
    back. An option of another class must then be cheaper by at least `least_edge_share` of its cost.
    """
    pick = verdict.pick
    if pick is None or not _credit(pick.cost, *CREDITS):
        return None
    feasible = [option for option in verdict.ranked if option.feasible]
    mine = [option for option in feasible if option.option_class == pick.option_class]
    others = [option for option in feasible if option.option_class != pick.option_class]
    own = _least_without(mine)
    alone = math.inf if own is None else _without(own, *CREDITS)
    best = _least_without(others, below=alone)
    if own is None or best is None:
        return None
    least = _without(best, *CREDITS)
    if alone - least <= least_edge_share * abs(least):
        return None
    needed = tuple(kind for kind in CREDITS if min(_without(o, kind) for o in mine) > _without(best, kind))
    kinds = needed or tuple(CREDITS)
    return Bet(
        kinds=tuple(CREDITS[kind] for kind in kinds if _credit(pick.cost, kind)),
        credit_usd=_credit(pick.cost, *kinds),
        pick_usd=pick.cost.expected_usd + _credit(pick.cost, *CREDITS),
        without=best.id,
        without_label=best.cost.option.label,
        without_usd=best.cost.expected_usd + _credit(best.cost, *CREDITS),
    )


def _least_without(options: Sequence[RankedOption], below: float = math.inf) -> RankedOption | None:
    """The cheapest without income from subletting and resale; the first of equal ones, None where none costs less than
    `below`."""
    best, least = None, below
    for option in options:
        if option.preference_usd < least:  # what it is ranked by is the least that it costs without such income
            cost = _without(option, *CREDITS)
            if cost < least:
                best, least = option, cost
    return best


def _without(option: RankedOption, *kinds: str) -> float:
    return option.preference_usd + _credit(option.cost, *kinds)


def _credit(cost: OptionCost, *kinds: str) -> float:
    """What an option expects of some kinds of income, present value in USD."""
    tables = (*cost.option.tables, *(right.table for right in cost.option.rights))
    if not any(part.exit is not None or {*kinds} & {*part.components} for table in tables for part in table.parts):
        return 0.0  # hours on demand, for which no breakdown is needed
    return -sum(cost.components.get(kind, 0.0) for kind in kinds)
