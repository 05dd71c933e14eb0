"""Feasibility, ranking, the pick and its rival: the decision rule, written once (docs/model.md#ranking)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats, Months
from advisor.costing.option import Action
from advisor.costing.valuation import OptionCost
from advisor.formatting import usd
from advisor.market.assumptions import Money
from advisor.profiles.schema import Company


def preference_usd(expected_usd: npt.ArrayLike, hurdle_share: npt.ArrayLike) -> Floats:
    """What options are ranked by: expected cost, raised by the hurdle that a variant with more at stake must save.

        preference = expected + hurdle * |expected|

    Args:
        expected_usd: Expected net present cost, USD (..., options); infinite where an option is not available.
        hurdle_share: Share of its cost that an option must save to be preferred; broadcast against `expected_usd`.

    Returns:
        The cost to rank by, USD (..., options), infinite where the expected cost is.

    Source: docs/model.md#ranking.

    >>> preference_usd([100.0, -100.0, np.inf], 0.02).tolist()
    [102.0, -98.0, inf]
    """
    cost = np.asarray(expected_usd, dtype=float)
    return np.asarray(cost + hurdle_share * np.where(np.isfinite(cost), np.abs(cost), 0.0))


def pick_and_rival(preference_usd: Floats, actions: Sequence[str]) -> tuple[Months, Months]:
    """The cheapest option of each plan, and the cheapest option of any other class.

    Args:
        preference_usd: What the options are ranked by, USD (..., options); infinite where one is not available.
        actions: The class of each option: rent, reserve or buy (options).

    Returns:
        Two arrays (...) of positions in the last axis; -1 where there is none. Of equal options the first is taken.

    Source: docs/model.md#ranking.

    >>> pick_and_rival(np.array([[3.0, 2.0, 1.0], [1.0, np.inf, np.inf]]), ["rent", "buy", "buy"])
    (array([2, 0]), array([ 0, -1]))
    """
    classes = np.asarray(actions)
    pick = preference_usd.argmin(axis=-1)
    others = np.where(classes == np.asarray(classes[pick])[..., None], np.inf, preference_usd)
    return _where_finite(preference_usd, pick), _where_finite(others, others.argmin(axis=-1))


def _where_finite(preference_usd: Floats, at: Months) -> Months:
    found = np.take_along_axis(preference_usd, at[..., None], axis=-1)[..., 0]
    return np.where(np.isfinite(found), at, -1)


def gap_share(pick_usd: npt.ArrayLike, rival_usd: npt.ArrayLike) -> Floats:
    """The rival's extra cost as a share of the size of the pick's cost, which may be income.

    Args:
        pick_usd: Cost of the pick, USD (...).
        rival_usd: Cost of the rival, USD (...); NaN where there is none.

    Returns:
        (rival - pick) / |pick| (...); NaN without a rival and where the pick costs nothing.

    >>> gap_share([100.0, -100.0, 0.0], [110.0, -80.0, 5.0]).tolist()
    [0.1, 0.2, nan]
    """
    pick = np.asarray(pick_usd, dtype=float)
    return np.asarray((np.asarray(rival_usd, dtype=float) - pick) / np.where(pick == 0, np.nan, np.abs(pick)))


@dataclass(frozen=True)
class RankedOption:
    """One option with its cost, what it is ranked by (USD), and the reasons why it is infeasible, if it is."""

    cost: OptionCost
    preference_usd: float
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
    def feasible(self) -> bool:
        """Whether no constraint rules it out."""
        return not self.infeasible_because


@dataclass(frozen=True)
class Verdict:
    """What to do.

    Attributes:
        ranked: All options: the feasible ones first, each part by `preference_usd`.
        pick: The first feasible option; None when nothing is feasible.
        rival: The cheapest feasible option of another class, else the second best of the same class.
        gap_share: The extra expected cost of the rival, see `gap_share`; None without one or if the pick costs nothing.
        close_call: Whether a rival of another class lies within the share that the inputs cannot tell apart.
        questioned: A sentence for each figure behind it that is questioned, which lowers the confidence in it.
    """

    ranked: tuple[RankedOption, ...]
    pick: RankedOption | None
    rival: RankedOption | None
    gap_share: float | None
    close_call: bool
    questioned: tuple[str, ...] = ()


def worth_offering(costs: list[OptionCost], least_edge_share: float, feasible: list[bool]) -> list[bool]:
    """Which options are offered: to rent and decide later only where that saves enough.

    Args:
        costs: All options, costed.
        least_edge_share: Share of the cheapest feasible option that is settled today, on the same GPU, which waiting
            must save at least.
        feasible: Whether each option is feasible.

    Source: docs/model.md#waiting.
    """
    least: dict[str, float] = {}
    for cost, possible in zip(costs, feasible, strict=True):
        if possible and not is_waiting(cost):
            gpu = cost.case.assumptions.gpu.id
            least[gpu] = min(cost.expected_usd, least.get(gpu, np.inf))
    found = []
    for cost in costs:
        settled = least.get(cost.case.assumptions.gpu.id)
        edge = np.inf if settled is None else settled - cost.expected_usd
        found.append(not is_waiting(cost) or edge >= least_edge_share * abs(settled or 0.0))
    return found


def is_waiting(cost: OptionCost) -> bool:
    """Whether it is to rent first and decide later."""
    return cost.option.choice is not None and cost.option.action == "rent"


def decide(costs: list[OptionCost], company: Company, money: Money) -> Verdict:
    """Rank the options of one plan and take the pick and its rival.

    Args:
        costs: All options, costed.
        company: Whose cash is a constraint, when it is given.
        money: The gap up to which two classes are too close to call, and the least gain from waiting.

    Source: docs/model.md#ranking and docs/model.md#feasibility.
    """
    reasons = [(*cost.option.infeasible_because, *_cash_constraints(cost, company)) for cost in costs]
    offered = worth_offering(costs, money.waiting_edge_share, [not why for why in reasons])
    costs = [cost for cost, here in zip(costs, offered, strict=True) if here]
    because = [why for why, here in zip(reasons, offered, strict=True) if here]
    preference = preference_usd([cost.expected_usd for cost in costs], [cost.option.hurdle_share for cost in costs])
    infeasible = np.array([bool(reasons) for reasons in because])
    order = np.lexsort((preference, infeasible)).tolist()  # stable: of equal options the first stays first
    ranked = tuple(RankedOption(costs[at], float(preference[at]), because[at]) for at in order)
    wanted = np.where(infeasible, np.inf, preference)[order]
    pick, other = (int(at) for at in pick_and_rival(wanted, [option.action for option in ranked]))
    if pick < 0:
        return Verdict(ranked, None, None, None, close_call=False)
    second = next((option for option in ranked[1:] if option.feasible), None)
    rival = second if other < 0 else ranked[other]
    gap = None if rival is None else float(gap_share(ranked[pick].cost.expected_usd, rival.cost.expected_usd))
    known = None if gap is None or np.isnan(gap) else gap
    close = other >= 0 and known is not None and known <= money.close_call_share
    return Verdict(ranked, ranked[pick], rival, known, close)


def _cash_constraints(cost: OptionCost, company: Company) -> tuple[str, ...]:
    """Whether the outlay exceeds cash and committed funding in more than one in twenty cases of rents and plan; not
    evaluated for an option that is infeasible anyway."""
    if company.cash_usd is None or cost.option.infeasible_because:
        return ()
    have = company.cash_usd + company.committed_funding_usd
    if cost.most_outlay_usd <= have or cost.peak_outlay_usd <= have:
        return ()
    gone = cost.plan_holds_usd.cumsum() > have
    when = f", gone in month {int(gone.argmax()) + 1}" if gone.any() else ""
    return (f"it takes {usd(cost.peak_outlay_usd)} of cash, you have {usd(have)}{when}",)
