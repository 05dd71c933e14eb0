"""What is taken for each group of workloads when one company pays for all of them (docs/model.md#several-gpus)."""

import heapq
from collections.abc import Sequence

from advisor.costing.valuation import OptionCost
from advisor.decision.joint.joint_cash import JointCash, joint_cash
from advisor.decision.ranking import RankedOption, Verdict
from advisor.profiles.schema import Company
from advisor.values.quick_dataclass import dataclass

_MOST_TRIED = 2_000  # combinations, cheapest first


@dataclass(frozen=True)
class JointChoice:
    """One option for each group.

    Attributes:
        choices: What is taken for each group; None where nothing is feasible for it.
        picks: What would be taken for each if it were the only one.
        cash: Of what is taken; None when that is nothing, and for one group, whose own answer has it.
        picks_need_usd: The cash that the picks need together, the company's burn included; None when cash is not given.
        have_usd: Cash and signed funding; None when cash is not given.
    """

    choices: tuple[RankedOption | None, ...]
    picks: tuple[RankedOption | None, ...]
    cash: JointCash | None
    picks_need_usd: float | None
    have_usd: float | None

    @property
    def costs(self) -> list[OptionCost]:
        """The costs of what is taken."""
        return [one.cost for one in self.choices if one is not None]

    @property
    def expected_usd(self) -> float:
        """The expected total cost, USD."""
        return sum(cost.expected_usd for cost in self.costs)

    @property
    def complete(self) -> bool:
        """Whether something is taken for every group."""
        return None not in self.choices

    @property
    def fits(self) -> bool:
        """Whether that is so, and the cash pays for all of it."""
        return self.complete and not self.short_usd

    @property
    def changed(self) -> tuple[int, ...]:
        """The groups for which something else is taken than the pick, because the cash does not pay for all picks."""
        pairs = zip(self.choices, self.picks, strict=True)
        return tuple(at for at, (taken, pick) in enumerate(pairs) if taken is not pick)

    @property
    def extra_usd(self) -> float:
        """What that costs more."""
        return self.expected_usd - sum(one.cost.expected_usd for one in self.picks if one is not None)

    @property
    def short_usd(self) -> float:
        """By how much the cash falls short of what is taken; 0 when it suffices or is not given."""
        if self.have_usd is None or self.picks_need_usd is None or self.changed:
            return 0.0
        return max(0.0, self.picks_need_usd - self.have_usd)


def choose_jointly(verdicts: Sequence[Verdict], company: Company) -> JointChoice:
    """The cheapest combination of one feasible option for each group that the cash pays for.

    The picks, if they can be paid for together; else the combination that the rule prefers among those that can. The
    picks stay, and the cash falls short, where no combination can be paid for. Options that the cash does not even pay
    for alone are infeasible in the verdicts.
    """
    picks = tuple(verdict.pick for verdict in verdicts)
    if not any(picks) or len(picks) == 1:
        return JointChoice(picks, picks, None, None, None)
    cash = joint_cash([pick.cost for pick in picks if pick is not None])
    if company.cash_usd is None:
        return JointChoice(picks, picks, cash, None, None)
    have, need = company.available_usd, cash.needed_usd(company)
    payable = _payable(verdicts, company, have) if need > have else None
    choices, cash = (picks, cash) if payable is None else payable
    return JointChoice(choices, picks, cash, need, have)


def _payable(
    verdicts: Sequence[Verdict], company: Company, have_usd: float
) -> tuple[tuple[RankedOption | None, ...], JointCash] | None:
    """The combination that is preferred among those that the cash pays for, and its cash; None where it pays for none.

    Combinations are tried in the order of their cost to rank by.
    """
    menus: list[list[RankedOption | None]] = []
    for verdict in verdicts:
        feasible = sorted((one for one in verdict.ranked if one.feasible), key=lambda one: one.preference_usd)
        menus.append([*feasible] or [None])
    first = (0,) * len(menus)
    waiting, seen = [(0.0, first)], {first}
    for _ in range(_MOST_TRIED):
        if not waiting:
            return None
        _, at = heapq.heappop(waiting)
        options = tuple(menu[place] for menu, place in zip(menus, at, strict=True))
        cash = joint_cash([one.cost for one in options if one is not None])
        if cash.needed_usd(company) <= have_usd:
            return options, cash
        for group, menu in enumerate(menus):
            later = (*at[:group], at[group] + 1, *at[group + 1 :])
            if later[group] < len(menu) and later not in seen:
                seen.add(later)
                options_then = (menu[place] for menu, place in zip(menus, later, strict=True))
                usd = sum(one.preference_usd for one in options_then if one is not None)
                heapq.heappush(waiting, (usd, later))
    return None
