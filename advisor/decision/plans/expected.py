"""The verdict on many profiles by expected cost alone: what `cost_options` says of each, priced in few calls."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.costing.option import Action
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import cost_options
from advisor.decision.plans.alike import AlikeProfiles, groups_of_alike
from advisor.decision.plans.hybrids import hybrids_of_plans
from advisor.decision.plans.menu import PlanMenu, PlanOption, plan_option, waiting_option, worth_waiting
from advisor.decision.plans.waiting_plans import waiting_plans
from advisor.decision.ranking import Verdict
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

_WAITING_TOLERANCE = 1e-3  # of the cost of many plans that wait, which is integrated on a grid
_CLASSES: tuple[Action, ...] = ("rent", "reserve", "buy")


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
    """The verdicts on profiles, in their order: those that are alike together, the others one by one.

    Args:
        profiles: Checked with this book.
        book: The price book.

    Source: docs/model.md#ranking.
    """
    found: dict[int, ExpectedVerdict] = {}
    for group in groups_of_alike(profiles, book):
        found.update(_of_group(group))
    return [
        found[place] if place in found else _of(cost_options(profile, book).verdict)
        for place, profile in enumerate(profiles)
    ]


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
        *(cheapest_usd(verdict, action) for action in _CLASSES),
    )


def _of_group(group: AlikeProfiles) -> Iterator[tuple[int, ExpectedVerdict]]:
    """The places and verdicts of profiles that are alike."""
    money = group.case.assumptions.money
    menu = _with_waiting(group, _priced(group))
    decided, least = menu.decided(money), {action: _least(menu, action) for action in _CLASSES}
    for at, place in enumerate(group.places):
        pick, rival, gap = int(decided.pick[at]), int(decided.rival[at]), float(decided.gap_share[at])
        known = pick >= 0 and rival >= 0 and not np.isnan(gap)
        yield (
            place,
            ExpectedVerdict(
                menu.options[pick].id if pick >= 0 else None,
                menu.options[pick].action if pick >= 0 else None,
                known and gap <= money.close_call_share,
                menu.options[rival].id if rival >= 0 else None,
                gap if known else None,
                float(menu.usd[pick, at]) if pick >= 0 else None,
                *(float(usd[at]) if np.isfinite(usd[at]) else None for usd in least.values()),
            ),
        )


def _priced(group: AlikeProfiles) -> PlanMenu:
    """What every option but waiting costs in each plan."""
    case, forecast, count = group.case, group.forecast, len(group.places)
    found: list[tuple[PlanOption, Floats, Floats]] = []
    for option in plain_options(case):
        usd = np.where(option.infeasible, np.inf, expected_usd(option, case, forecast))
        found.append((plan_option(option), _of_each(option.hurdle_share, count), _of_each(usd, count)))
    found += [(one.option, _of_each(one.hurdle_share, count), one.usd) for one in hybrids_of_plans(group)]
    options, hurdles, costs = zip(*found, strict=True)
    return PlanMenu(options, np.array(costs), np.array(hurdles))


def _of_each(amount: Amount, count: int) -> Floats:
    """An amount of one point or of all, for each (P)."""
    return np.broadcast_to(amount, (count,))


def _with_waiting(group: AlikeProfiles, menu: PlanMenu) -> PlanMenu:
    """The menu with renting first, to the last digits in those plans that gain enough by it to be offered it."""
    waiting = waiting_plans(group.case, group.forecast)
    if waiting is None:
        return menu
    money, usd = group.case.assumptions.money, waiting.expected_usd()
    about = replace(money, waiting_edge_share=money.waiting_edge_share - _WAITING_TOLERANCE)
    near = worth_waiting(usd, menu.usd, about)
    exact = np.array([waiting.exact_usd(plan) if here else np.inf for plan, here in enumerate(near)])
    offered = worth_waiting(exact, menu.usd, money)
    return menu.with_option(waiting_option(waiting), np.where(offered, exact, np.inf))


def _least(menu: PlanMenu, action: Action) -> Floats:
    """What the cheapest feasible option of a class costs in each plan, USD (P); infinite where there is none."""
    usd = np.where([[option.action == action] for option in menu.options], menu.usd, np.inf)
    return np.asarray(usd.min(axis=0))
