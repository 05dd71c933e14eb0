"""The rule as it ships and the naive rules beside it: which option each takes on what was known at the time
(docs/model.md#track-record)."""

import math
from collections.abc import Mapping

import numpy as np

from advisor.array_types import Floats, Months
from advisor.backtest.market_at import DecisionProblem, certain_path
from advisor.costing.options.hourly_rental import on_demand_multiple
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_as
from advisor.costing.valuation import expected_usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

NAIVE_RULES: Mapping[str, str] = {
    "rent": "always rent on demand",
    "reserve-12m": "always reserve a year",
    "reserve-36m": "always reserve three years",
    "year-or-fit": "reserve a year, or the longest term that fits the plan",
    "buy": "always buy",
    "break-even": "reserve the longest term that fits when busier than its rate over the on-demand rate, else rent",
    "flat": "the cheapest if rents stay as they are",
    "last-year": "the cheapest if rents go on as in the last year",
    "falling-40": "the cheapest if rents fall 40% a year",
    "ski-rental": "rent until the bills equal a one-year reservation, then reserve a year if as many months are left",
}
FALL_PER_YEAR = 0.40
_YEAR = 12


@dataclass(frozen=True)
class Decision:
    """What the rule does for each of P plans.

    Attributes:
        picks: Position of the option (P).
        gap_share: Extra expected cost of the rival of another class as a share (P); NaN where there is none.
    """

    picks: Months
    gap_share: Floats


def apply_rule(problem: DecisionProblem, forecast: Forecast) -> Decision:
    """The decision rule of `ranking`, for all plans at once and without a cash limit."""
    found = problem.menu(forecast).decided(problem.case.assumptions.money)
    return Decision(found.pick, found.gap_share)


def last_year(rents: Mapping[int, float], month: int) -> float:
    """The monthly change of the log rent over the last year up to `month`, or over as much of it as is known; 0 when
    that is less than half a year."""
    known = [number for number in rents if month - _YEAR <= number <= month]
    since = min(known)
    return math.log(rents[month] / rents[since]) / (month - since) if month - since >= _YEAR // 2 else 0.0


def naive_costs(problem: DecisionProblem, trend: float, truth: Forecast, realized_usd: Floats) -> dict[str, Floats]:
    """What each naive rule turned out to cost each plan. Where its option is infeasible a rule takes on demand instead,
    then the shortest reservation that is sold.

    Args:
        problem: The options of the month.
        trend: Monthly change of the log rent, see `last_year`.
        truth: What rents did from then on.
        realized_usd: What each option turned out to cost, USD (O, P).

    Returns:
        By rule, USD (P).
    """
    plan = np.arange(problem.plans.nodes.size)
    months = np.arange(HORIZON_MONTHS)
    spot, like = problem.spot_usd_per_gpu_hour, problem.case.assumptions
    falling = math.log1p(-FALL_PER_YEAR) / _YEAR
    views = {"flat": 0.0 * months, "last-year": trend * months, "falling-40": falling * months}
    picks = {name: _or_next(problem, name) for name in ("on-demand", "reserved-12m", "reserved-36m", "buy")}
    found = {
        "rent": picks["on-demand"],
        "reserve-12m": picks["reserved-12m"],
        "reserve-36m": picks["reserved-36m"],
        "buy": picks["buy"],
        "year-or-fit": _year_or_fit(problem),
        "break-even": _break_even(problem),
        **{name: apply_rule(problem, certain_path(spot * np.exp(log), like)).picks for name, log in views.items()},
    }
    usd = {name: realized_usd[pick, plan] for name, pick in found.items()}
    return {**usd, "ski-rental": _ski_rental_usd(problem, truth, usd["rent"])}


def _named(problem: DecisionProblem, name: str) -> int | None:
    return next((at for at, option in enumerate(problem.options) if option.id == name), None)


def _or_next(problem: DecisionProblem, name: str) -> Months:
    """An option by name, or what is taken instead where it is infeasible (P)."""
    terms = sorted(
        (option.term_months, at)
        for at, option in enumerate(problem.options)
        if option.action == "reserve" and option.term_months is not None and option.prepaid_base is None
    )
    order = [_named(problem, name), _named(problem, "on-demand"), *(at for _, at in terms)]
    wanted = [at for at in order if at is not None]
    return np.asarray(np.array(wanted)[(~problem.barred[wanted]).argmax(axis=0)])


def _rate_ratio(problem: DecisionProblem, at: int) -> Floats:
    """Rate of a reserved node-month over a fully used one on demand (P)."""
    rate, demand = problem.options[at].rate_share, problem.case.demand
    assert rate is not None
    return np.asarray(rate / on_demand_multiple(problem.case, demand.alive)[..., 0])


def _break_even(problem: DecisionProblem) -> Months:
    picks, taken = _or_next(problem, "on-demand"), np.zeros(problem.plans.nodes.size, dtype=np.int64)
    for at, option in enumerate(problem.options):
        if option.action != "reserve" or option.term_months is None or option.prepaid_base is not None:
            continue
        fits = (option.term_months <= problem.plans.months) & ~problem.barred[at] & (option.term_months > taken)
        pays = fits & (problem.plans.busy >= _rate_ratio(problem, at))
        picks, taken = np.where(pays, at, picks), np.where(pays, option.term_months, taken)
    return picks


def _year_or_fit(problem: DecisionProblem) -> Months:
    """A year where the plan is as long and that is sold, else the longest term within the plan, else on demand."""
    picks, taken = _or_next(problem, "on-demand"), np.zeros(problem.plans.nodes.size, dtype=np.int64)
    for at, option in enumerate(problem.options):
        term = option.term_months
        if option.action != "reserve" or term is None or term > _YEAR or option.prepaid_base is not None:
            continue
        fits = (term <= problem.plans.months) & ~problem.barred[at] & (term > taken)
        picks, taken = np.where(fits, at, picks), np.where(fits, term, taken)
    return picks


def _ski_rental_usd(problem: DecisionProblem, truth: Forecast, rent_usd: Floats) -> Floats:
    """Rent, and once the bills have reached the price of a year take a one-year reservation at the price of that month.
    Where on demand is infeasible, the same as the rule that always rents."""
    at, case, plans = _named(problem, "reserved-12m"), problem.case, problem.plans
    rented = _named(problem, "on-demand")
    if at is None or rented is None:
        return rent_usd
    billed = case.demand.alive.billed_gpu_hours[:, 0] / (case.demand.node_hours * plans.nodes)
    months = np.ceil(_YEAR * _rate_ratio(problem, at) / billed).astype(np.int64)
    turns = ~problem.barred[rented] & ~problem.barred[at] & (plans.months >= 2 * months)
    usd = rent_usd.copy()
    for month in distinct(months[turns]).tolist():
        rest = replace(case, demand=case.demand.between(month, case.demand.months))
        later = reserved_as(rest, f"reserved-{_YEAR}m")
        assert later is not None
        saved = expected_usd(on_demand(rest), rest, truth) - expected_usd(later, rest, truth)
        usd = np.where(turns & (months == month), rent_usd - saved, usd)
    return usd
