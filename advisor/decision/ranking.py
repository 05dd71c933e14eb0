"""Feasibility, ranking, the pick and its rival: the decision rule, written once (docs/model.md#ranking)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import compress

import numpy as np

from advisor.array_types import Amount, ArrayLike, Bools, Floats, Months, of_one
from advisor.costing.option import Action, Competitor, OptionClass
from advisor.costing.valuation import OptionCost
from advisor.decision.cash.limit import NOTHING_SETTLED, each_suffices, shortfall
from advisor.formatting import action_word
from advisor.market.assumptions import Money
from advisor.profiles.schema import Company
from advisor.values.quick_dataclass import dataclass, replace


def preference_usd(expected_usd: ArrayLike, hurdle_share: ArrayLike) -> Floats:
    """What options are ranked by: expected cost, raised by the hurdle that a variant with more at stake must save.

        preference = expected + hurdle * |expected|

    Args:
        expected_usd: Expected net present cost, USD (..., options); infinite where an option is not available.
        hurdle_share: Share of its cost that an option must save to be preferred; broadcast against `expected_usd`.

    Returns:
        The cost to rank by, USD (..., options), infinite where the expected cost is.

    >>> preference_usd([100.0, -100.0, np.inf], 0.02).tolist()
    [102.0, -98.0, inf]
    """
    cost = np.asarray(expected_usd, dtype=float)
    return np.asarray(cost + hurdle_share * np.where(np.isfinite(cost), np.abs(cost), 0.0))


def pick_and_rival(preference_usd: Floats, options: Sequence[Competitor], tie_share: float) -> tuple[Months, Months]:
    """The pick of each plan, and its rival: the cheapest option of any other class.

    Options within `tie_share` of the cheapest count as equal: the simplest of them, which commits least, is taken. A
    prepaid contract is another way to pay and not another way to get the compute: it may be the pick, never the rival.

    Args:
        preference_usd: What the options are ranked by, USD (..., options); infinite where one is not available.
        options: The options (options).
        tie_share: Share of the least cost within which options are equal.

    Returns:
        Two arrays (...) of positions in the last axis; -1 where there is none. Of equal options the first is taken.
    """
    each = [option.simplicity for option in options]
    order = {one: at for at, one in enumerate(sorted(set(each)))}
    simplicity = np.array([order[one] for one in each])
    least = preference_usd.min(axis=-1, keepdims=True)
    tied = preference_usd <= tied_up_to(least, tie_share)
    simplest = np.where(tied, simplicity, len(order)).min(axis=-1, keepdims=True)
    pick = np.where(tied & (simplicity == simplest), preference_usd, np.inf).argmin(axis=-1)
    classes = np.array([option.option_class for option in options])
    prepaid = np.array([option.prepaid_base is not None for option in options])
    mine = (classes == np.asarray(classes[pick])[..., None]) | prepaid
    others = np.where(mine, np.inf, preference_usd)
    return _where_finite(least[..., 0], pick), _where_finite(others.min(axis=-1), others.argmin(axis=-1))


def class_lead_usd(
    preference_usd: Floats, options: Sequence[Competitor], option_class: OptionClass, tie_share: float
) -> Floats:
    """By how much a class leads under the rule of `pick_and_rival`: not negative where the pick is of that class.

    It is the smaller of two margins, of whichever option of the class does best: what the others cost more than it,
    ties included, and what every simpler option of another class that ties with the cheapest of the others costs more
    than what would still tie with the class.

    Args:
        preference_usd: What the options are ranked by, USD (..., options); infinite where one is not available.
        options: The options (options).
        option_class: The class.
        tie_share: Share of the least cost within which options are equal.

    Returns:
        USD (...): infinite where only one of the two sides has an option, NaN where neither has one.
    """
    mine = np.array([option.option_class == option_class for option in options])
    ours, theirs = preference_usd[..., mine], preference_usd[..., ~mine]
    up_to_ours, up_to_theirs = (
        tied_up_to(side.min(axis=-1, initial=np.inf, keepdims=True), tie_share) for side in (ours, theirs)
    )
    with np.errstate(invalid="ignore"):
        margins = np.where(ours <= up_to_ours, up_to_theirs - ours, -np.inf)
        blocking = np.where(theirs <= up_to_theirs, theirs - up_to_ours, np.inf)
    simplicity = [option.simplicity for option in options]
    for at, own in enumerate(np.flatnonzero(mine).tolist()):
        simpler = [simplicity[other] < simplicity[own] for other in np.flatnonzero(~mine).tolist()]
        if any(simpler):
            margins[..., at] = np.minimum(margins[..., at], blocking[..., simpler].min(axis=-1))
    return np.asarray(margins.max(axis=-1, initial=-np.inf))


def tied_up_to(least_usd: ArrayLike, tie_share: float) -> Floats:
    """The cost up to which an option counts as equal to the cheapest, USD (...).

    >>> tied_up_to([100.0, -100.0], 0.5).tolist()
    [150.0, -50.0]
    """
    least = np.asarray(least_usd, dtype=float)
    return np.asarray(least + tie_share * np.where(np.isfinite(least), np.abs(least), 0.0))


def _where_finite(least_usd: Floats, at: Months) -> Months:
    return np.where(np.isfinite(least_usd), at, -1)


def gap_share(pick_usd: ArrayLike, rival_usd: ArrayLike) -> Floats:
    """The rival's extra cost as a share of the size of the pick's cost, which may be income.

    Args:
        pick_usd: Cost of the pick, USD (...).
        rival_usd: Cost of the rival, USD (...); NaN where there is none.

    Returns:
        (rival - pick) / |pick| (...), 0 where the rival is cheaper by less than a tie; NaN without a rival and where
        the pick costs nothing.

    >>> gap_share([100.0, -100.0, 0.0, 100.0], [110.0, -80.0, 5.0, 99.9]).tolist()
    [0.1, 0.2, nan, 0.0]
    """
    pick = np.asarray(pick_usd, dtype=float)
    more = np.asarray(rival_usd, dtype=float) - pick
    return np.asarray(np.maximum(0.0, more) / np.where(pick == 0, np.nan, np.abs(pick)))


@dataclass(frozen=True)
class RankedOption:
    """One option with its place in the ranking.

    Attributes:
        cost: What it costs.
        preference_usd: What it is ranked by.
        feasible: Whether no constraint rules it out.
        company: Whose cash was a constraint.
        folded_under: For a prepaid contract that saves too little to be advised, the id of the same contract paid
            monthly, under which it is shown.
    """

    cost: OptionCost
    preference_usd: float
    feasible: bool
    company: Company
    folded_under: str | None = None

    @property
    def id(self) -> str:
        """The option's id, for example `reserved-12m`."""
        return self.cost.option.id

    @property
    def action(self) -> Action:
        """What is done: rent, reserve or buy."""
        return self.cost.option.action

    @property
    def action_word(self) -> str:
        """The same as it is read: API for a hosted one."""
        return action_word(self.action)

    @property
    def option_class(self) -> OptionClass:
        """The class by which verdicts are compared: a short reservation is another one than a long one."""
        return self.cost.option.option_class

    @cached_property
    def infeasible_because(self) -> tuple[str, ...]:
        """Why it is infeasible, if it is; what cash it takes is only known once it is asked for."""
        market = self.cost.option.infeasible_because
        return market if self.feasible or market else (shortfall(self.cost, self.company),)


@dataclass(frozen=True)
class Verdict:
    """What to do.

    Attributes:
        ranked: All options: the feasible ones first, each part by `preference_usd`.
        pick: The simplest of the cheapest feasible options; None when nothing is feasible.
        rival: The cheapest feasible option of another class; None when the pick's class is the only way.
        gap_share: The extra expected cost of the rival, see `gap_share`; None without one or if the pick costs nothing.
        market_gap_share: The same when cash is not a constraint, which the confidence goes by: it says how clear the
            market is, and does not move with the company's cash.
        close_call: Whether `market_gap_share` lies within the share that the inputs cannot tell apart.
        market_rival: The rival when cash is not a constraint; None where there is none.
        without_cash_limit: What would be picked if cash were not a constraint; None where that is the pick.
        questioned: A sentence for each figure behind it that is questioned, which lowers the confidence in it.
    """

    ranked: tuple[RankedOption, ...]
    pick: RankedOption | None
    rival: RankedOption | None
    gap_share: float | None
    close_call: bool
    market_gap_share: float | None = None
    market_rival: RankedOption | None = None
    without_cash_limit: RankedOption | None = None
    questioned: tuple[str, ...] = ()

    @property
    def competitors(self) -> tuple[RankedOption, ...]:
        """The options that map, break-evens, flips and sampled futures compare: the feasible ones, and of contracts
        that can be prepaid the one paid monthly, unless the prepaid one is the pick."""
        return tuple(o for o in self.ranked if o.feasible and (o is self.pick or o.cost.option.prepaid_base is None))

    @property
    def rival_is_cheaper(self) -> bool:
        """Whether the pick won a tie against a rival that costs a little less."""
        pick, rival = self.pick, self.rival
        return pick is not None and rival is not None and rival.cost.expected_usd < pick.cost.expected_usd

    @property
    def only_way(self) -> bool:
        """Whether every feasible option is of the pick's class."""
        return self.pick is not None and self.rival is None


def worth_offering(costs: list[OptionCost], money: Money, feasible: list[bool]) -> list[bool]:
    """Which options are offered: to rent and decide later only where that saves enough."""
    settled: dict[str, list[float]] = {}
    for cost, possible in zip(costs, feasible, strict=True):
        if possible and not is_waiting(cost):
            settled.setdefault(cost.case.assumptions.gpu.id, []).append(cost.expected_usd)

    def offered(cost: OptionCost) -> bool:
        others = settled.get(cost.case.assumptions.gpu.id, [])
        return not is_waiting(cost) or bool(worth_waiting(cost.expected_usd, others, money))

    return list(map(offered, costs))


def worth_waiting(waiting_usd: Amount, settled_usd: ArrayLike, money: Money) -> Bools:
    """Where renting first and deciding later saves enough to be offered. (...).

    Args:
        waiting_usd: What it costs, USD (...); infinite where a plan cannot wait.
        settled_usd: What the options cost that are settled today, USD (options, ...); infinite where infeasible.
        money: With the least saving from waiting, as a share of the cheapest of these.

    Source: docs/model.md#waiting.
    """
    least = np.min(settled_usd, axis=0, initial=np.inf)
    return np.isfinite(waiting_usd) & (waiting_usd <= tied_up_to(least, -money.waiting_edge_share))


def is_waiting(cost: OptionCost) -> bool:
    """Whether it is to rent first and decide later."""
    return cost.option.choice is not None


def decide(
    costs: list[OptionCost], company: Company, money: Money, settled: Mapping[str, bool | None] = NOTHING_SETTLED
) -> Verdict:
    """Rank the options of one plan and take the pick and its rival: with the company's cash, and without that limit.

    Args:
        costs: All options, costed.
        company: Whose cash is a constraint, when it is given.
        money: The gap up to which two classes are too close to call, the margin of a tie, the least gain from waiting.
        settled: What is known of the cash, see `each_suffices`.

    Source: docs/model.md#ranking and docs/model.md#feasibility.
    """
    market = [not cost.option.infeasible_because for cost in costs]
    suffices = iter(each_suffices(list(compress(costs, market)), company, settled))
    feasible = [possible and next(suffices) for possible in market]
    here = _ranked(costs, feasible, company, money)
    there = here if feasible == market else _ranked(costs, market, company, money)
    close = there.gap_share is not None and there.gap_share <= money.close_call_share
    aside = there.pick if here.pick is None or there.pick is None or here.pick.id != there.pick.id else None
    return replace(
        here,
        market_gap_share=there.gap_share,
        market_rival=next((one for one in here.ranked if there.rival is not None and one.id == there.rival.id), None),
        close_call=close and here.pick is not None,
        without_cash_limit=aside,
    )


def _ranked(costs: list[OptionCost], feasible: list[bool], company: Company, money: Money) -> Verdict:
    """The ranking, the pick, its rival and their gap, given which options are feasible."""
    offered = worth_offering(costs, money, feasible)
    costs = [cost for cost, here in zip(costs, offered, strict=True) if here]
    feasible = [possible for possible, here in zip(feasible, offered, strict=True) if here]
    preference = preference_usd(
        [cost.expected_usd for cost in costs], [of_one(cost.option.hurdle_share) for cost in costs]
    )
    infeasible = ~np.array(feasible, dtype=bool)
    order = np.lexsort((preference, infeasible)).tolist()  # stable: of equal options the first stays first
    wanted = np.where(infeasible, np.inf, preference)[order]
    options = [costs[at].option for at in order]
    pick, rival = (int(at) for at in pick_and_rival(wanted, options, money.tie_share))
    paid_monthly = dict(zip((option.id for option in options), wanted.tolist(), strict=True))
    ranked = tuple(
        RankedOption(
            cost=costs[at],
            preference_usd=float(preference[at]),
            feasible=feasible[at],
            company=company,
            folded_under=_folded_under(costs[at], wanted[place], paid_monthly),
        )
        for place, at in enumerate(order)
    )
    if pick < 0 or rival < 0:
        return Verdict(ranked, None if pick < 0 else ranked[pick], None, None, close_call=False)
    gap = float(gap_share(ranked[pick].cost.expected_usd, ranked[rival].cost.expected_usd))
    return Verdict(ranked, ranked[pick], ranked[rival], None if np.isnan(gap) else gap, close_call=False)


def _folded_under(cost: OptionCost, preference_usd: float, by_id: Mapping[str, float]) -> str | None:
    """The id of the same contract paid monthly, where prepaying does not save more than its hurdle."""
    base = cost.option.prepaid_base
    return base if base is not None and by_id.get(base, np.inf) <= preference_usd < np.inf else None


def best_of_each_class(verdict: Verdict) -> tuple[RankedOption, ...]:
    """The cheapest competitor of rent, reserve and buy, the pick first; when nothing is feasible, of each the option
    that is nearest to it."""
    best: dict[Action, RankedOption] = {} if verdict.pick is None else {verdict.pick.action: verdict.pick}
    for option in verdict.competitors if verdict.pick else nearest_to_feasible(verdict):
        best.setdefault(option.action, option)
    return tuple(best.values())


def nearest_to_feasible(verdict: Verdict) -> tuple[RankedOption, ...]:
    """The infeasible options, sorted by what rules them out.

    1. Only cash rules it out; it is for sale.
    2. New hardware before used, which is scarce.
    3. A contract paid monthly before the same one prepaid.
    4. The cheaper one.
    """

    def hindrance(option: RankedOption) -> tuple[bool, ...]:
        offered = option.cost.option
        return (
            not offered.priced,
            bool(offered.infeasible_because),
            option.id == "buy-used",
            offered.prepaid_base is not None,
        )

    return tuple(sorted((option for option in verdict.ranked if not option.feasible), key=hindrance))
