"""The options that a switching value is searched among, with what each must save to be picked in place of the pick."""

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.decision.ranking import RankedOption, is_waiting
from advisor.market.assumptions import Money
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Field:
    """The options that are compared: the pick's class first."""

    pick: RankedOption
    options: list[RankedOption]
    money: Money

    @property
    def mine(self) -> Bools:
        """Which are of the pick's class."""
        return np.array([option.option_class == self.pick.option_class for option in self.options])

    @property
    def hurdle(self) -> Floats:
        """What each must save to be picked in place of the pick, as a share (options, 1): its own hurdle and ties."""
        own = [option.cost.option.hurdle_share for option in self.options]
        return np.array(own)[:, None] + self._ties

    @property
    def _ties(self) -> Floats:
        """What an option of another class must save because it is less simple than the pick, and loses ties with it;
        negative for a simpler one, which wins them; and what renting first must gain. (options, 1)."""
        pick, tie = self.pick, self.money.tie_share
        found = []
        for ranked in self.options:
            simpler = ranked.cost.option.simplicity < pick.cost.option.simplicity
            ties = ranked.option_class != pick.option_class and not is_waiting(pick.cost)
            found.append((-tie / (1 + tie) if simpler else tie) if ties else 0.0)
            if is_waiting(ranked.cost):
                found[-1] = self.money.waiting_edge_share
        return np.array(found)[:, None]

    def without_ties(self, costs: Floats) -> Floats:
        """What the options cost with their own hurdles alone, from what they are ranked by, USD (options, values)."""
        own, all_ = np.sign(costs) * (self.hurdle - self._ties), np.sign(costs) * self.hurdle
        return np.asarray(costs * (1 + own) / (1 + all_))
