"""The verdict on many profiles by expected cost alone: what `cost_options` says of each, priced in few calls."""

from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Floats
from advisor.costing.option import Action
from advisor.decision.cost_options import cost_options
from advisor.decision.plans.alike import AlikeProfiles, groups_of_alike
from advisor.decision.plans.built_options import built_options
from advisor.decision.plans.cash_limits import within_cash
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.plans.priced import priced_plans
from advisor.decision.ranking import Verdict
from advisor.market.assumptions import Money
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace

_CLASSES: tuple[Action, ...] = ("api", "rent", "reserve", "buy")


@dataclass(frozen=True)
class ExpectedVerdict:
    """The verdict on one profile, without what needs sampled futures.

    Attributes:
        option, action: The pick and its class; None when nothing is feasible.
        close_call, rival, gap_share: As in `Verdict`; the rival by its id.
        expected_usd: Expected net present cost of the pick, USD.
        without_cash_limit: As in `Verdict`, by its id.
        nothing_fits: See `why_nothing_fits`.
        api_usd, rent_usd, reserve_usd, buy_usd: Of the cheapest feasible option of each class; None where there is
            none.
    """

    option: str | None
    action: Action | None
    close_call: bool
    rival: str | None
    gap_share: float | None
    expected_usd: float | None
    without_cash_limit: str | None
    nothing_fits: str | None
    api_usd: float | None
    rent_usd: float | None
    reserve_usd: float | None
    buy_usd: float | None


def why_nothing_fits(pick: object, without_cash_limit: object) -> str | None:
    """Why there is no pick, in words; None where there is one.

    Args:
        pick: The pick, or None.
        without_cash_limit: What would be picked if cash were not a constraint, or None.
    """
    if pick is not None:
        return None
    return "no option can serve the plan" if without_cash_limit is None else "cash pays for no option"


def expected_verdicts(profiles: Sequence[Profile], book: PriceBook) -> list[ExpectedVerdict]:
    """The verdicts on profiles, in their order: those that are alike together, the others one by one. profiles: checked
    with this book.

    Source: docs/model.md#ranking.
    """
    found: dict[int, ExpectedVerdict] = {}
    for group in groups_of_alike(profiles, book):
        found.update(_of_group(group, book))
    return [
        found[place] if place in found else _of(cost_options(profile, book).verdict)
        for place, profile in enumerate(profiles)
    ]


def cheapest_usd(verdict: Verdict, action: Action) -> float | None:
    """The expected cost of the cheapest feasible option of a class, USD."""
    return min((o.cost.expected_usd for o in verdict.ranked if o.feasible and o.action == action), default=None)


def _of(verdict: Verdict) -> ExpectedVerdict:
    pick, rival, free = verdict.pick, verdict.rival, verdict.without_cash_limit
    return ExpectedVerdict(
        None if pick is None else pick.id,
        None if pick is None else pick.action,
        verdict.close_call,
        None if rival is None else rival.id,
        verdict.gap_share,
        None if pick is None else pick.cost.expected_usd,
        None if free is None else free.id,
        why_nothing_fits(pick, free),
        *(cheapest_usd(verdict, action) for action in _CLASSES),
    )


def _of_group(group: AlikeProfiles, book: PriceBook) -> Iterator[tuple[int, ExpectedVerdict]]:
    """The places and verdicts of profiles that are alike."""
    limited = [plan for plan, profile in enumerate(group.profiles) if profile.company.cash_usd is not None]
    priced = priced_plans(group)
    menu = market = priced.with_waiting()
    if limited:
        usd = market.usd.copy()
        usd[:, limited] = within_cash(group, built_options(group, priced, limited), limited, book).usd[:, limited]
        menu = replace(market, usd=usd)
    return zip(group.places, _verdicts(menu, market, group.case.assumptions.money), strict=True)


def _verdicts(menu: PlanMenu, market: PlanMenu, money: Money) -> Iterator[ExpectedVerdict]:
    """The verdict on each plan. market: what the options cost when cash is not a constraint."""
    decided, least = menu.decided(money), {action: _least(menu, action) for action in _CLASSES}
    free = decided if menu is market else market.decided(money)
    for at in range(menu.usd.shape[1]):
        pick, rival, gap = int(decided.pick[at]), int(decided.rival[at]), float(decided.gap_share[at])
        known = pick >= 0 and rival >= 0 and not np.isnan(gap)
        free_id = market.options[int(free.pick[at])].id if free.pick[at] >= 0 else None
        pick_id = menu.options[pick].id if pick >= 0 else None
        aside = free_id if free_id != pick_id else None
        of_market = free.pick[at] >= 0 and free.rival[at] >= 0 and free.gap_share[at] <= money.close_call_share
        yield ExpectedVerdict(
            pick_id,
            menu.options[pick].action if pick >= 0 else None,
            bool(of_market and pick >= 0),
            menu.options[rival].id if rival >= 0 else None,
            gap if known else None,
            float(menu.usd[pick, at]) if pick >= 0 else None,
            aside,
            why_nothing_fits(pick_id, aside),
            *(float(usd[at]) if np.isfinite(usd[at]) else None for usd in least.values()),
        )


def _least(menu: PlanMenu, action: Action) -> Floats:
    """What the cheapest feasible option of a class costs in each plan, USD (P); infinite where there is none."""
    usd = np.where([[option.action == action] for option in menu.options], menu.usd, np.inf)
    return np.asarray(usd.min(axis=0))
