"""The options that a switching value is searched among, with what each must save to be picked in place of the pick."""

from dataclasses import dataclass

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.decision.ranking import RankedOption, is_waiting, preference_usd
from advisor.market.assumptions import Money


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

    def contest_usd(self, usd: Floats) -> Floats:
        """What decides which class is picked: the pick's class is, where its least is below the least of the others.

        An option of another class that is less simple than the pick loses ties with it, so that it counts as more
        expensive; a simpler one wins ties, so that it counts as cheaper. But it ties with the cheapest of all: where a
        third option is cheaper than the pick and tied with it, a simpler one must come near that third option.

        Args:
            usd: Expected cost, USD (options, values); infinite where an option is not available.

        Returns:
            USD (options, values).

        Source: docs/model.md#sensitivity.
        """
        wanted = preference_usd(usd, self._own_hurdle)
        found = preference_usd(wanted, self._ties)
        return np.where(self._wins_ties, found + self._below_the_pick(wanted), found)

    def without_ties(self, contest_usd: Floats) -> Floats:
        """What the options are ranked by, from what decides the contest, USD (options, values)."""
        alone = contest_usd / (1 + np.sign(contest_usd) * self._ties)
        lowered = contest_usd - self._below_the_pick(alone)
        return np.where(self._wins_ties, lowered / (1 + np.sign(lowered) * self._ties), alone)

    def _below_the_pick(self, wanted: Floats) -> Floats:
        """How far the least of those that lose ties with the pick lies below the pick's class, USD (values)."""
        least = wanted[~self._wins_ties[:, 0]].min(axis=0)
        own = wanted[self.mine].min(axis=0)
        return np.where(np.isfinite(own), own, 0.0) - np.where(np.isfinite(own), least, 0.0)

    @property
    def _own_hurdle(self) -> Floats:
        """What a variant that puts more at stake must save, as a share (options, 1)."""
        return np.array([option.cost.option.hurdle_share for option in self.options])[:, None]

    @property
    def _wins_ties(self) -> Bools:
        """Which are simpler than the pick and of another class. (options, 1)."""
        return self._ties < 0

    @property
    def _ties(self) -> Floats:
        """What an option of another class must save because it is less simple than the pick, and loses ties with it;
        negative for a simpler one, which wins them; and what renting first must gain. As a share (options, 1)."""
        pick, tie = self.pick, self.money.tie_share
        found = []
        for ranked in self.options:
            simpler = ranked.cost.option.simplicity < pick.cost.option.simplicity
            ties = ranked.option_class != pick.option_class and not is_waiting(pick.cost)
            found.append((-tie / (1 + tie) if simpler else tie) if ties else 0.0)
            if is_waiting(ranked.cost):
                found[-1] = self.money.waiting_edge_share
        return np.array(found)[:, None]
