"""How many GPUs to commit to: the cost of a plan by the GPUs reserved for all of it (docs/model.md#usage)."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from advisor.array_types import Floats
from advisor.costing.build_case import with_plans
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_options
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import Costing, cost_options
from advisor.market.forecast.forecast import Forecast, scenario_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import nodes_at_start
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace

_LEAST_SHARE = 0.001  # a plan without any work is another plan
_SHARES = np.append(0.0, np.linspace(_LEAST_SHARE, 1.0, 40))
_MOST_RANKS = 2000


@dataclass(frozen=True)
class PriceCase:
    """Where the least cost lies if rents follow one path. gpus: to commit to; usd: what that costs."""

    label: str
    gpus: int
    usd: float


@dataclass(frozen=True)
class CommitmentCurve:
    """Expected cost by the GPUs committed to, the rest rented by the hour.

    Attributes:
        option: id of the reservation.
        label: its name.
        months: length of the plan.
        gpus: committed, ascending from 0 (G).
        usd: expected net present cost of the plan (G).
        best: GPUs at the least cost.
        gpus_per_node: of one server, the least that is sold for a term.
        flat_from, flat_to: GPUs between which the cost is within the close-call margin of the least.
        margin: that margin, a share.
        as_seen: GPUs at the least cost if the plan's load is exactly what was seen.
        prices: the least cost under each named path of rents.
    """

    option: str
    label: str
    months: float
    gpus: Floats
    usd: Floats
    best: int
    gpus_per_node: int
    flat_from: int
    flat_to: int
    margin: float
    as_seen: int
    prices: tuple[PriceCase, ...]

    @property
    def least_usd(self) -> float:
        """The cost at the best commitment."""
        return float(self.usd.min())

    @property
    def best_in_servers(self) -> int:
        """GPUs of whole servers at the least cost: of those just below and just above the best."""
        below = self.best // self.gpus_per_node * self.gpus_per_node
        return min(below, below + self.gpus_per_node, key=self.usd_at) if below < self.best else below

    def usd_at(self, gpus: float) -> float:
        """The cost at a commitment, between two points in proportion."""
        return float(np.interp(gpus, self.gpus, self.usd))


def rank_shares(load: Floats, ranks: Floats, step: float) -> Floats:
    """The share of the time in which each GPU is in use, if those in use are always the first.

    Args:
        load: GPUs in use by the hour (H).
        ranks: the highest of `step` GPUs each, ascending (G).
        step: GPUs that are looked at together.

    Returns:
        Shares (G), falling; their sum times `step` is the mean load.

    >>> rank_shares(np.array([0.0, 2.0, 1.0, 1.5]), np.array([1.0, 2.0]), 1.0).tolist()
    [0.75, 0.375]
    """
    ordered = np.sort(load)
    after = np.concatenate([np.cumsum(ordered[::-1])[::-1], [0.0]])

    def above(level: Floats) -> Floats:  # the mean of what exceeds a level
        at = np.searchsorted(ordered, level, side="right")
        return np.asarray((after[at] - level * (ordered.size - at)) / ordered.size)

    return np.asarray(np.clip((above(ranks - step) - above(ranks)) / step, 0.0, 1.0))


def commitment_curve(profile: Profile, book: PriceBook, load: Floats, multiples: Floats) -> CommitmentCurve | None:
    """The cost of a plan by the GPUs committed to, at expected prices and with the chance that the plan changes.

    The load-duration curve says how busy each further GPU is; each is costed as a plan of its own that is as busy, at
    the prices of the whole cluster, reserved and by the hour, and the costs add up. What a cluster costs that does
    nothing, its storage, counts once.

    Args:
        profile: the plan, of one workload.
        book: the price book.
        load: GPUs in use by the hour, as seen (H).
        multiples: equally likely sizes of the plan's load over the one seen.

    Returns:
        The curve of the reservation whose least cost is the lowest; None where none is offered for the plan.

    Source: docs/model.md#usage
    """
    costing = cost_options(profile, book)
    per_node = int(costing.case.assumptions.rental.gpus_per_node)
    peak = np.ceil(float(load.max()) * float(multiples.max()) / per_node) * per_node
    step = float(max(1, np.ceil(peak / _MOST_RANKS)))
    ranks = np.arange(step, np.ceil(peak / step) * step + step / 2, step)
    expected = np.mean([rank_shares(multiple * load, ranks, step) for multiple in multiples], axis=0)
    seen = rank_shares(load, ranks, step)
    case = _case_by_share(costing, profile)
    curve = partial(_usd_by_commitment, case, step / (nodes_at_start(profile, case.assumptions) * per_node))
    found = [(curve(option, costing.forecast, expected), option) for option in _reservations(case)]
    if not found:
        return None
    usd, option = min(found, key=lambda one: (float(one[0].min()), float(one[0][1:].min())))
    gpus, margin = np.concatenate([[0.0], ranks]), case.assumptions.money.close_call_share
    flat = np.flatnonzero(usd <= usd.min() + margin * abs(usd.min()))
    return CommitmentCurve(
        option=option.id,
        label=option.label,
        months=profile.workload[0].months,
        gpus=gpus,
        usd=usd,
        best=_least(gpus, usd),
        gpus_per_node=per_node,
        flat_from=int(gpus[flat[0]]),
        flat_to=int(gpus[flat[-1]]),
        margin=margin,
        as_seen=_least(gpus, curve(option, costing.forecast, seen)),
        prices=tuple(
            PriceCase(label, _least(gpus, cost), float(cost.min()))
            for label, forecast in _paths(costing)
            for cost in (curve(option, forecast, expected),)
        ),
    )


def _least(gpus: Floats, usd: Floats) -> int:
    return int(gpus[int(usd.argmin())])


def _usd_by_commitment(case: Case, ranks: float, option: Option, forecast: Forecast, busy: Floats) -> Floats:
    """The cost of a plan by the ranks that are reserved, from none to all.

    Args:
        case: the whole cluster at each of `_SHARES`.
        ranks: GPUs of a rank over those of the cluster.
        option: the reservation.
        forecast: prices.
        busy: the share of the time in which each rank is in use (G).

    Returns:
        USD (G + 1).
    """

    def usd(made: Option, shares: Floats) -> Floats:
        costs = np.broadcast_to(expected_usd(made, case, forecast), _SHARES.shape)
        return np.asarray(np.interp(shares, _SHARES, costs))

    renting = on_demand(case)
    idle = float(usd(renting, np.zeros(1))[0])
    hourly = (usd(renting, busy) - idle) * ranks
    kept = (usd(option, np.maximum(busy, _LEAST_SHARE)) - idle) * ranks
    return idle + np.concatenate([[hourly.sum()], hourly.sum() + np.cumsum(kept - hourly)])


def _case_by_share(costing: Costing, profile: Profile) -> Case:
    """The plan with each share of its time in use, a plan each; a GPU that is not in use is handed back at once."""
    busy = _SHARES[:, None]
    return with_plans(
        profile,
        costing.case,
        lambda w: replace(w, busy=busy, load=(), base_share=0.0, base_busy=0.0, growth_per_month=0.0, job_nodes=1),
    )


def _reservations(case: Case) -> Iterator[Option]:
    return (option for option in reserved_options(case) if not np.any(option.infeasible))


def _paths(costing: Costing) -> Iterator[tuple[str, Forecast]]:
    assumptions = costing.case.assumptions
    for scenario in costing.book.scenarios.values():
        spot = assumptions.gpu.neocloud_usd_per_gpu_hour
        yield scenario.label, scenario_forecast(spot, assumptions.forecast, scenario)
