"""What options cost at many points at once, each of which moves one input away from today's value
(docs/model.md#points)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.costing.build_case import Alteration, demand_with
from advisor.costing.case import STRUCTURAL_FIGURES, Case
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.decision.moved_inputs import MovedInput
from advisor.decision.plans.menu import worth_waiting
from advisor.decision.plans.waiting import waiting_plans
from advisor.decision.ranking import RankedOption, is_waiting, preference_usd
from advisor.decision.switching_values import Points
from advisor.market.assumptions import Assumptions, Tier
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.schema import Profile

_LENGTHS = ("workload", "months")
_PRICES_ONLY = {"forecast", "experts"}  # move expected prices and nothing else
_MOVES_RENTS = {"gpu", "term_discount"}  # move them beside the costs of the options
_OWNING_ONLY = {"facility", "debt"}
_OWNERS_PRICES = {"node_usd", "used_node_usd", "used_chassis_usd", "node_kw", "lead_months"}


class PricedPoints:
    """Prices the options of a verdict at points; a call builds each option once for many of them.

    Args:
        profile: The question.
        case: Its demand and assumptions.
        options: What is priced.
    """

    def __init__(self, profile: Profile, case: Case, options: Sequence[RankedOption]) -> None:
        self._profile, self._case, self._options = profile, case, options
        self._hurdle = np.array([option.cost.option.hurdle_share for option in options])[:, None]
        self._today = np.array([option.cost.expected_usd for option in options])
        self._waiting = np.array([is_waiting(option.cost) for option in options])
        self._beside = [_beside_usd(option.cost) for option in options]

    def __call__(self, points: Points) -> list[Floats]:
        """What the options are ranked by.

        Args:
            points: Values of some inputs, each moved alone.

        Returns:
            For each input USD (options, values); infinite where an option is infeasible.
        """
        if not points:
            return []
        moves = _Moves.of(points)
        usd = np.repeat(self._today[:, None], moves.count, axis=1)
        for columns in moves.of_plans():
            usd[:, columns] = self._at_plans(moves.at(columns))
        self._add_figures(usd, moves)
        if self._waiting.any():
            offered = worth_waiting(usd[self._waiting], usd[~self._waiting], self._case.assumptions.money)
            usd[self._waiting] = np.where(offered, usd[self._waiting], np.inf)
        ends = np.cumsum([values.size for _, values in points])[:-1]
        return np.split(preference_usd(usd, self._hurdle), ends, axis=1)

    def _at_plans(self, moves: "_Moves") -> Floats:
        """What the options cost in other plans, USD (options, P)."""
        own, usd = self._case.assumptions.gpu, []
        for option, beside in zip(self._options, self._beside, strict=True):
            case = option.cost.case
            works = [
                resolve(workload, self._profile.company, case.assumptions.plan) for workload in self._profile.workload
            ]
            demand = demand_with(self._profile, case.assumptions, moves.plans(works), own)
            usd.append(_usd(option.cost, case.with_demand(demand), option.cost.forecast) + beside)
        return np.array(usd)

    def _add_figures(self, usd: Floats, moves: "_Moves") -> None:
        """Fill in what the options cost with other figures."""
        cases: dict[tuple[int, bytes], tuple[Case, Forecast | None]] = {}
        for at, option in enumerate(self._options):
            base = option.cost.case
            own_gpu = base.assumptions.gpu.id == self._case.assumptions.gpu.id
            for columns in moves.batches_for(option.cost, own_gpu=own_gpu):
                here, key = moves.at(columns), (id(base), columns.tobytes())
                if key not in cases:
                    cases[key] = self._moved(base, here)
                case, prices = cases[key]
                if here.prices_only and prices is not None and not self._waiting[at]:
                    usd[at, columns] = option.cost.at_prices_usd(prices)
                else:
                    usd[at, columns] = _usd(option.cost, case, prices or option.cost.forecast) + self._beside[at]

    def _moved(self, base: Case, moves: "_Moves") -> tuple[Case, Forecast | None]:
        """A case with other figures, and its forecast where rents move."""
        case = replace(base, assumptions=moves.figures(base))
        demand = demand_with(self._profile, case.assumptions, moves.same_plans, self._case.assumptions.gpu)
        prices = forecast_for(case, self._profile) if moves.moves_rents else None
        return case.with_demand(demand), prices


def _usd(cost: OptionCost, case: Case, forecast: Forecast) -> Floats:
    """What one option is expected to cost at the points of a case, USD (P); infinite where it is infeasible."""
    if is_waiting(cost):
        waiting = waiting_plans(case, forecast)
        return np.full(case.demand.peak.shape, np.inf) if waiting is None else waiting.expected_usd()
    option = cost.option.remake(case) if cost.option.remake else None
    if option is None:
        return np.full(case.demand.peak.shape, np.inf)
    return np.where(option.infeasible, np.inf, expected_usd(option, case, forecast))


def _beside_usd(cost: OptionCost) -> float:
    """The cost of contracts in hand, which is in every option's and is not built again with it."""
    if cost.case.committed_nodes is None or cost.option.remake is None or is_waiting(cost):
        return 0.0
    option = cost.option.remake(cost.case)
    return 0.0 if option is None else cost.expected_usd - float(expected_usd(option, cost.case, cost.forecast))


class _Moves:
    """P points in a row, each of which moves one input: the input and the value of each."""

    def __init__(self, inputs: Sequence[MovedInput], values: Floats) -> None:
        self._inputs, self._values = inputs, values
        self.count = values.size

    @classmethod
    def of(cls, points: Points) -> "_Moves":
        return cls([one for one, values in points for _ in values], np.concatenate([values for _, values in points]))

    def at(self, columns: Months) -> "_Moves":
        return _Moves([self._inputs[column] for column in columns.tolist()], self._values[columns])

    def _where(self, section: str, name: str) -> Floats:
        """The values of one input where it is moved, NaN elsewhere. (P, 1)."""
        moved = np.array([(one.section, one.name) == (section, name) for one in self._inputs])
        return np.where(moved, self._values, np.nan)[:, None]

    def of_plans(self) -> Iterator[Months]:
        """The points in other plans: those of other lengths, and the rest, whose arrays have fewer months."""
        lengths = np.array([(one.section, one.name) == _LENGTHS for one in self._inputs])
        plans = np.array([one.is_plan for one in self._inputs])
        for chosen in (lengths, plans & ~lengths):
            if chosen.any():
                yield chosen.nonzero()[0]

    def batches_for(self, cost: OptionCost, *, own_gpu: bool) -> Iterator[Months]:
        """The points at which an option's cost may differ from today's, as they can be priced together."""
        concerning = [
            not one.is_plan and (is_waiting(cost) or _concerns(one, cost, own_gpu=own_gpu)) for one in self._inputs
        ]
        sections = np.array([one.section for one in self._inputs])
        names = np.array([f"{one.section}.{one.name}" for one in self._inputs])
        prices, single = np.isin(sections, list(_PRICES_ONLY)), np.isin(names, STRUCTURAL_FIGURES)
        for chosen in (prices, ~prices & ~single):
            if (chosen & concerning).any():
                yield (chosen & concerning).nonzero()[0]
        for name in np.unique(names[single & concerning]).tolist():
            of_name = (names == name) & concerning
            for value in np.unique(self._values[of_name]).tolist():
                yield (of_name & (self._values == value)).nonzero()[0]

    @property
    def prices_only(self) -> bool:
        """Whether nothing but expected prices moves."""
        return all(one.section in _PRICES_ONLY for one in self._inputs)

    @property
    def moves_rents(self) -> bool:
        """Whether expected prices move."""
        return any(one.section in _PRICES_ONLY | _MOVES_RENTS for one in self._inputs)

    def plans(self, works: Sequence[ResolvedWorkload]) -> Alteration:
        """The change of each workload at each point; lengths and sizes are moved for all workloads alike."""
        longest, most = max(float(work.months) for work in works), sum(float(work.nodes) for work in works)
        months, nodes, busy, hazard = (
            self._where("workload", field) for field in ("months", "nodes", "busy", "plan_change_per_month")
        )

        def altered(work: ResolvedWorkload) -> ResolvedWorkload:
            return replace(
                work,
                months=np.where(np.isnan(months), work.months, float(work.months) / longest * months),
                nodes=np.where(np.isnan(nodes), work.nodes, float(work.nodes) / most * nodes),
                busy=np.where(np.isnan(busy), work.busy, busy),
                hazard_per_month=np.where(np.isnan(hazard), work.hazard_per_month, hazard),
            )

        return altered

    def same_plans(self, work: ResolvedWorkload) -> ResolvedWorkload:
        """The same workload at each point."""
        return replace(work, nodes=np.full((self.count, 1), work.nodes))

    def figures(self, case: Case) -> Assumptions:
        """The assumptions of a case at each point."""
        found = case.assumptions
        for section, name in dict.fromkeys((one.section, one.name) for one in self._inputs):
            found = _with_figure(found, section, name, self._where(section, name), case.tier)
        return found


def _with_figure(assumptions: Assumptions, section: str, name: str, values: Floats, tier: Tier) -> Assumptions:
    """The assumptions with one figure at other values, (P, 1), where these are not NaN."""

    def column(current: Amount) -> Amount:
        here = np.where(np.isnan(values), current, values)
        return float(here[0, 0]) if (here == here[0, 0]).all() else here

    if section != "term_discount":
        part = getattr(assumptions, section)
        return replace(assumptions, **{section: replace(part, **{name: column(getattr(part, name))})})
    discounts, gpu = assumptions.gpu.term_discounts, assumptions.gpu
    terms = {**discounts[tier], int(name): column(discounts[tier][int(name)])}
    return replace(assumptions, gpu=replace(gpu, term_discounts={**discounts, tier: terms}))


def _concerns(moved: MovedInput, cost: OptionCost, *, own_gpu: bool) -> bool:
    """Whether a figure can matter to an option at all: costs of owning matter to owners only."""
    section, name = moved.section, moved.name
    if section in ("gpu", "term_discount") and not own_gpu:
        return False
    if section in _OWNING_ONLY or name in _OWNERS_PRICES:
        return cost.option.action == "buy" and not (section == "debt" and cost.option.id in ("buy", "buy-used"))
    seller = name.partition("_")[0]
    return seller not in ("marketplace", "serverless") or cost.option.id == seller
