"""Feasible, ranked, classed: the Verdict (model section 7, for expected costs)."""

from dataclasses import dataclass

from advisor.costing.option import Action
from advisor.costing.valuation import OptionCost
from advisor.formatting import usd
from advisor.profiles.schema import Company


@dataclass(frozen=True)
class RankedOption:
    """One option with what it costs and why it cannot be had, if it cannot."""

    cost: OptionCost
    infeasible_because: tuple[str, ...]

    @property
    def id(self) -> str:
        """The option's id, for example `reserved-12m`."""
        return self.cost.option.id

    @property
    def action(self) -> Action:
        """The class of the option: rent, reserve or buy."""
        return self.cost.option.action

    @property
    def preference_usd(self) -> float:
        """What it is ranked by: its expected cost, and what a variant that puts more at stake must save on top."""
        usd = self.cost.expected_usd
        return usd + self.cost.option.hurdle_share * abs(usd)

    @property
    def feasible(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.infeasible_because


@dataclass(frozen=True)
class Verdict:
    """What to do. ranked: all options, feasible ones first, cheapest first. pick is None when nothing is feasible.

    rival: the cheapest feasible option of another class, else the second best; gap_share: its extra cost over the size
    of the pick's, None when the pick costs nothing; close_call: a rival of another class lies within the share that the
    inputs cannot tell apart.
    """

    ranked: tuple[RankedOption, ...]
    pick: RankedOption | None
    rival: RankedOption | None
    gap_share: float | None
    close_call: bool


def decide(costs: list[OptionCost], company: Company, close_call_share: float) -> Verdict:
    """Rank by expected net present cost, the infeasible last; weigh the best against the best of another class."""
    judged = [
        RankedOption(cost, (*cost.option.infeasible_because, *_cash_constraints(cost, company))) for cost in costs
    ]
    ranked = tuple(sorted(judged, key=lambda option: (not option.feasible, option.preference_usd)))
    feasible = [option for option in ranked if option.feasible]
    if not feasible:
        return Verdict(ranked, None, None, None, close_call=False)
    pick, others = feasible[0], feasible[1:]
    other_class = next((option for option in others if option.action != pick.action), None)
    rival = other_class or next(iter(others), None)
    gap = None if rival is None else _gap_share(pick.cost.expected_usd, rival.cost.expected_usd)
    close = other_class is not None and gap is not None and gap <= close_call_share
    return Verdict(ranked, pick, rival, gap, close)


def _gap_share(pick_usd: float, rival_usd: float) -> float | None:
    """The rival's extra cost as a share; an option may earn money, so the size of the pick's cost counts."""
    return (rival_usd - pick_usd) / abs(pick_usd) if pick_usd else None


def _cash_constraints(cost: OptionCost, company: Company) -> tuple[str, ...]:
    """Whether the outlay exceeds cash and committed funding in more than one in twenty cases of rents and plan; not
    asked of what cannot be had anyway."""
    if company.cash_usd is None or cost.option.infeasible_because:
        return ()
    have = company.cash_usd + company.committed_funding_usd
    if cost.most_outlay_usd <= have or cost.peak_outlay_usd <= have:
        return ()
    gone = cost.plan_holds_usd.cumsum() > have
    when = f", gone in month {int(gone.argmax()) + 1}" if gone.any() else ""
    return (f"it takes {usd(cost.peak_outlay_usd)} of cash, you have {usd(have)}{when}",)
