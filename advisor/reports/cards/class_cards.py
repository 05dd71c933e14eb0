"""A hosted API, renting, reserving and buying side by side: the best option of each, its cost and range."""

from advisor.costing.option import OptionClass
from advisor.decision.advise import Advice
from advisor.decision.ranking import RankedOption, nearest_to_feasible
from advisor.formatting import percent, usd
from advisor.reports.view_models import ClassCard

_ORDER = ("api", "rent", "reserve", "buy")


def class_cards(advice: Advice) -> tuple[ClassCard, ...]:
    """The best option of each action, in the order API, rent, reserve, buy; empty where nothing is feasible.

    The ranges lie on one axis, from the lowest to the highest of them, so that they can be compared by eye. An action
    without a feasible option has the one that is nearest to it, with the reason.
    """
    if advice.verdict.pick is None:
        return ()
    best = {option.action: option for option in advice.break_evens.contenders}
    for option in nearest_to_feasible(advice.verdict):
        best.setdefault(option.action, option)
    chosen = [best[action] for action in _ORDER if action in best]
    spreads = [advice.risk.spreads[option.id] for option in chosen if option.feasible]
    lowest = min(spread.p5_usd for spread in spreads)
    width = max(spread.p95_usd for spread in spreads) - lowest or 1.0
    return tuple(_card(advice, option, lowest, width) for option in chosen)


def _card(advice: Advice, option: RankedOption, lowest: float, width: float) -> ClassCard:
    cost, spread = option.cost, advice.risk.spreads[option.id]
    best_in = sum(advice.risk.class_best.get(one, 0.0) for one in _classes_of(advice, option))
    return ClassCard(
        action=option.action,
        label=cost.option.label,
        expected=usd(cost.expected_usd) if cost.option.priced else "-",
        holds=usd(cost.plan_holds_present_usd) if cost.option.priced else "-",
        day_one=usd(cost.upfront_usd) if cost.option.priced else "-",
        low=usd(spread.p5_usd),
        high=usd(spread.p95_usd),
        places=(
            (spread.p5_usd - lowest) / width,
            min(1.0, max(0.0, (cost.expected_usd - lowest) / width)),
            (spread.p95_usd - lowest) / width,
        ),
        best_in=percent(best_in),
        is_pick=option is advice.verdict.pick,
        why_not="; ".join(option.infeasible_because),
    )


def _classes_of(advice: Advice, option: RankedOption) -> set[OptionClass]:
    """The classes of an action: reserving has two, by the length of the term."""
    return {one.option_class for one in advice.verdict.ranked if one.action == option.action}
