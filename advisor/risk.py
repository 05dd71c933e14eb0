"""How surely: what each option costs on every sampled path of prices and month in which the plan changes.

Every option is bilinear in rents, used prices and the month tau of the change (model section 3):

    C[p] = A[tau_p] + sum_t B[tau_p, t] S[p, t] - Q[tau_p] V[p, sale(tau_p)]

A, B and Q are the option's one CostTable, discounted and summed over its lines. Paths are grouped by tau, so a group
costs one matrix product for all options together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from advisor.demand import Demand
from advisor.finance import discount_factors
from advisor.market.book import Assumptions
from advisor.market.forecast import Forecast, Paths, sample_paths
from advisor.options.table import Action, Basis, CostTable
from advisor.valuation import OptionCost
from advisor.verdict import RankedOption, Verdict

Floats = npt.NDArray[np.float64]
TAIL_SHARE = 0.05


@dataclass(frozen=True)
class Spread:
    """How one option's net present cost is spread over the paths, USD: the 5 and 95% points, the mean of the worst 5%,
    and the share of the paths on which it is the cheapest feasible option."""

    p5_usd: float
    p95_usd: float
    cvar95_usd: float
    probability_best: float


@dataclass(frozen=True)
class Risk:
    """The spreads by option id, how often each class holds the cheapest feasible option, and on how many paths."""

    spreads: Mapping[str, Spread]
    class_best: Mapping[Action, float]
    paths: int


@dataclass(frozen=True)
class _Collapsed:
    """A, B, Q and the month of sale of one option, by tau = 1..T; B has T x H months."""

    a: Floats
    b: Floats
    q: Floats
    sale: npt.NDArray[np.int64]


def risk_of(
    verdict: Verdict, demand: Demand, assumptions: Assumptions, forecast: Forecast, paths: int, seed: int
) -> Risk:
    """The spread of every option of a verdict over the same sampled prices and plan changes."""
    tables = [option.cost.option.table for option in verdict.ranked]
    horizon = max(table.months for table in tables) + 1
    prices = sample_paths(forecast, assumptions.forecast, paths, horizon, seed)
    costs = path_costs([o.cost for o in verdict.ranked], demand, prices, assumptions.money.discount_rate, seed)
    feasible = np.array([option.feasible for option in verdict.ranked])
    best = np.where(feasible, costs, np.inf).argmin(axis=1)
    shares = np.bincount(best, minlength=len(tables)) / paths if feasible.any() else np.zeros(len(tables))
    ranked = np.sort(costs, axis=0)
    tail = max(1, round(TAIL_SHARE * paths))
    spreads = {
        option.id: Spread(
            float(ranked[tail, index]),
            float(ranked[-tail - 1, index]),
            float(ranked[-tail:, index].mean()),
            float(shares[index]),
        )
        for index, option in enumerate(verdict.ranked)
    }
    by_class: dict[Action, float] = {}
    for option, share in zip(verdict.ranked, shares.tolist(), strict=True):
        by_class[option.action] = by_class.get(option.action, 0.0) + share
    return Risk(spreads, by_class, paths)


@dataclass(frozen=True)
class OtherPick:
    """A pick for another taste: what it costs more than the cheapest, as a share, and how much less it costs in the
    mean of the worst 5%, as a share."""

    option: str
    extra_share: float
    tail_saving_share: float


def flexible_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The least commitment among the options that cost at most `close_share` more than the cheapest; None when that is
    the pick itself. Rent commits to nothing, a term to its months, buying to most."""
    return _other_pick(verdict, risk, close_share, _commitment_months)


def insured_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The smallest mean of the worst 5% among the options that cost at most `close_share` more than the cheapest; None
    when that is the pick itself."""
    return _other_pick(verdict, risk, close_share, lambda option: risk.spreads[option.id].cvar95_usd)


def _other_pick(
    verdict: Verdict, risk: Risk, close_share: float, taste: Callable[[RankedOption], float]
) -> OtherPick | None:
    pick = verdict.pick
    if pick is None or pick.cost.expected_usd <= 0:
        return None
    near = [o for o in verdict.ranked if o.feasible and _extra_share(o, pick) <= close_share]
    chosen = min(near, key=lambda option: (taste(option), option.cost.expected_usd))
    if chosen.id == pick.id:
        return None
    saving = 1 - risk.spreads[chosen.id].cvar95_usd / risk.spreads[pick.id].cvar95_usd
    return OtherPick(chosen.id, _extra_share(chosen, pick), saving)


def _extra_share(option: RankedOption, pick: RankedOption) -> float:
    return option.cost.expected_usd / pick.cost.expected_usd - 1


def _commitment_months(option: RankedOption) -> float:
    if option.action == "buy":
        return math.inf
    return option.cost.option.term_months or 0


def path_costs(costs: Sequence[OptionCost], demand: Demand, prices: Paths, discount_rate: float, seed: int) -> Floats:
    """Net present cost of each option on each path, USD. Paths x options."""
    paths, horizon = prices.usd_per_gpu_hour.shape
    tau = changes_by_path(demand, paths, seed)
    tables = [_collapsed(cost.option.table, demand, discount_rate, horizon) for cost in costs]
    a, q = (np.stack([getattr(table, name) for table in tables], axis=1) for name in ("a", "q"))
    b = np.stack([table.b for table in tables], axis=2)
    sale = np.stack([table.sale for table in tables], axis=1)
    found = np.empty((paths, len(tables)))
    for change in np.unique(tau):
        group = np.flatnonzero(tau == change)
        row = change - 1
        found[group] = (
            a[row] + prices.usd_per_gpu_hour[group] @ b[row] - q[row] * prices.resale_share[group][:, sale[row]]
        )
    return found


def changes_by_path(demand: Demand, paths: int, seed: int) -> npt.NDArray[np.int64]:
    """The month tau = 1..T in which the plan changes on each path: stratified, so that every month has its exact share,
    and shuffled against the prices. Array of paths."""
    points = (np.arange(paths) + 0.5) / paths
    tau = np.searchsorted(demand.change_month_law().cumsum(), points) + 1
    return np.random.default_rng([seed, 1]).permutation(np.minimum(tau, demand.months))


def _collapsed(table: CostTable, demand: Demand, discount_rate: float, horizon: int) -> _Collapsed:
    weighted = table.coefficients * (table.weights[:, None] * table.discounts(discount_rate))[:, None, :]
    fixed, spot, signed = (
        table.by_change(weighted[table.basis == basis].sum(axis=0), demand.months) for basis in Basis
    )
    b = np.zeros((demand.months, horizon))
    b[:, : table.months] = spot
    np.add.at(b.T, table.signed_in, signed.T)
    a, q, sale = fixed.sum(axis=1), np.zeros(demand.months), np.zeros(demand.months, dtype=np.int64)
    if table.exit is not None:
        sale = table.exit.month
        discount = discount_factors(discount_rate, table.months + 1, mid_month=False)[sale]
        a = a + table.exit.owed_usd * discount
        q = table.exit.sold * table.exit.hardware_usd * discount
    return _Collapsed(a, b, q, sale)
