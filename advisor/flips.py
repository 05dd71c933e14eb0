"""What would change the answer: every input alone over its plausible range (model section 8).

The gap is what the cheapest option of another class costs more than the cheapest of the pick's class. Where it changes
sign the answer flips. Each input is moved and the same options are made and valued again; where the gap is a straight
line through both ends of the range and today's value, two evaluations say everything, else more are made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from advisor.cases import Alteration, demand_with
from advisor.demand import Floats, resolve
from advisor.market.book import Assumptions, Book, Figure, GpuPrices, Tier
from advisor.market.forecast import Forecast
from advisor.options.table import Case
from advisor.profile import MAX_PLAN_MONTHS, Profile
from advisor.valuation import OptionCost, expected_usd
from advisor.verdict import RankedOption, Verdict

_MOST_STEPS, _CLOSE_ENOUGH = 8, 1e-4  # of a standard deviation: how well the place of a flip is known
_CURVE_SHARE = 0.1  # a bend of less than this share of the smallest gap hides no change of sign
_FINER_POINTS = 9
_SDS_IN_RANGE = 4.0  # a plausible range holds two standard deviations on either side
_NOT_INPUTS = {  # conventions, and rules about what is offered, which move no cost
    "hours_per_month", "gpus_per_node", "close_call_share", "cash_safety_share", "prepaid_must_save_share",
    "on_demand_max_nodes", "marketplace_max_nodes", "minimum_term_from_64_nodes_months", "gpu_memory_gb",
    "minimum_term_from_128_nodes_months", "minimum_term_from_256_nodes_months", "fabric_max_nodes",
    "peak_flops_per_second", "throughput_fine_tune", "throughput_pre_train", "throughput_inference", "wait_months",
    "reversion_log_sd", "volatility_log_sd", "termination_fee_share", "straight_line_months",
}  # fmt: skip
_OWNING_ONLY = {"facility", "debt"}
_OWNERS_PRICES = {"node_usd", "used_node_usd", "node_kw", "lead_months"}
_MOVES_RENTS = {"forecast", "experts", "gpu", "term_discount"}


@dataclass(frozen=True)
class Flip:
    """One value of one input at which the answer changes. sds_away: how far from today's value, in plausible standard
    deviations; to_option, to_action: what is cheapest beyond it."""

    input: str
    unit: str
    current: float
    flips_at: float
    sds_away: float
    to_option: str
    to_action: str


@dataclass(frozen=True)
class Swing:
    """What one input does to the gap between the pick and the best of another class, when it is a standard deviation
    lower and higher. USD; negative where the other class is cheaper."""

    input: str
    unit: str
    low: float
    high: float
    gap_at_low_usd: float
    gap_at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How much the input matters."""
        return abs(self.gap_at_high_usd - self.gap_at_low_usd)


@dataclass(frozen=True)
class Sensitivity:
    """flips: nearest first; swings: widest first; steady: the inputs that flip nothing within their range."""

    flips: tuple[Flip, ...]
    swings: tuple[Swing, ...]
    steady: tuple[str, ...]


@dataclass(frozen=True)
class _Input:
    """One input: its range, and what the options cost at some of its values (options x values); cheap: many values cost
    little more than one."""

    name: str
    unit: str
    current: float
    low: float
    high: float
    whole: bool
    cheap: bool
    costs: Callable[[Floats], Floats]

    def usable(self, values: Floats) -> Floats:
        """Values within the range, whole where the input is."""
        inside = np.clip(values, self.low, self.high)
        return np.unique(np.round(inside)) if self.whole else np.unique(inside)

    @property
    def sd(self) -> float:
        """A plausible standard deviation."""
        return (self.high - self.low) / _SDS_IN_RANGE


def sensitivity(
    profile: Profile, book: Book, case: Case, verdict: Verdict, forecast_for: Callable[[Case], Forecast]
) -> Sensitivity:
    """Flips and swings of a verdict; nothing when there is no pick or no other class. `book` with the profile's figures
    laid over it; forecast_for: what is believed of rents in a changed case."""
    contenders = _contenders(verdict)
    if verdict.pick is None or len({option.action for option in contenders}) < 2:
        return Sensitivity((), (), ())
    mine = np.array([option.action == verdict.pick.action for option in contenders])
    must_save = np.array([option.cost.option.must_save_share for option in contenders])[:, None]
    flips, swings, steady = [], [], []
    for one in _inputs(profile, book, case, contenders, forecast_for):
        ranked_by = replace(one, costs=_preferred(one.costs, must_save))
        values, costs = _evaluated(ranked_by, mine)
        gaps = _gap(costs, mine)
        found = list(_crossings(ranked_by, values, costs, mine, contenders))
        flips += found
        if not found:
            steady.append(one.name)
        swings.append(_swing(one, values, gaps))
    return Sensitivity(
        tuple(sorted(flips, key=lambda flip: flip.sds_away)),
        tuple(sorted((swing for swing in swings if swing.width_usd >= 1), key=lambda swing: -swing.width_usd)),
        tuple(steady),
    )


def _swing(one: _Input, values: Floats, gaps: Floats) -> Swing:
    """One standard deviation either way, as far as both classes can be had at all."""
    known = np.isfinite(gaps)
    values, gaps = values[known], gaps[known]
    low = max(one.low, one.current - one.sd, float(values[0]))
    high = min(one.high, one.current + one.sd, float(values[-1]))
    at_low, at_high = (float(np.interp(value, values, gaps)) for value in (low, high))
    return Swing(one.name, one.unit, low, high, at_low, at_high)


def _contenders(verdict: Verdict) -> list[RankedOption]:
    """All feasible options that are settled today. What is decided later is never far from the plain ones."""
    return [option for option in verdict.ranked if option.feasible and option.cost.option.choice is None]


def _preferred(costs: Callable[[Floats], Floats], must_save_share: Floats) -> Callable[[Floats], Floats]:
    """What the options are ranked by, as in `verdict.py`."""

    def preferred(values: Floats) -> Floats:
        usd = costs(values)
        return np.where(np.isfinite(usd), usd + must_save_share * np.where(np.isfinite(usd), np.abs(usd), 0.0), usd)

    return preferred


def _gap(costs: Floats, mine: "np.typing.NDArray[np.bool_]") -> Floats:
    """The cheapest of the other classes less the cheapest of the pick's, for each value; infinite where one of the two
    cannot be had, not a number where neither can."""
    with np.errstate(invalid="ignore"):
        return np.asarray(costs[~mine].min(axis=0) - costs[mine].min(axis=0))


def _evaluated(one: _Input, mine: "np.typing.NDArray[np.bool_]") -> tuple[Floats, Floats]:
    """Values over the range, and what the options cost there: few where the gap is straight, more where it is not."""
    values = one.usable(np.array([one.low, one.current, one.high]))
    costs = one.costs(values)
    gaps = _gap(costs, mine)
    bend = abs(float(np.interp(one.current, values[[0, -1]], gaps[[0, -1]]) - gaps[values == one.current][0]))
    flips = bool((gaps < 0).any() and (gaps >= 0).any())
    straight = bend <= 1e-6 * max(1.0, float(abs(gaps).max()))
    if not one.cheap and (straight or (not flips and bend <= _CURVE_SHARE * float(abs(gaps).min()))):
        return values, costs
    count = int(one.high - one.low) + 1 if one.cheap and one.whole else _FINER_POINTS
    finer = one.usable(np.concatenate([np.linspace(one.low, one.high, min(count, MAX_PLAN_MONTHS)), [one.current]]))
    return finer, one.costs(finer)


def _crossings(
    one: _Input, values: Floats, costs: Floats, mine: "np.typing.NDArray[np.bool_]", contenders: list[RankedOption]
) -> Iterator[Flip]:
    """Every change of sign of the gap; for whole inputs the first value beyond."""
    gaps = _gap(costs, mine)
    for at in np.flatnonzero((gaps[1:] < 0) != (gaps[:-1] < 0)).tolist():
        ends = (float(values[at]), float(values[at + 1]))
        if one.whole and ends[1] - ends[0] > 1:
            between = np.arange(ends[0], ends[1] + 1)
            yield from _crossings(one, between, one.costs(between), mine, contenders)
            continue
        beyond = int(one.current <= ends[0])
        place, there = ends[beyond], costs[:, at + beyond]
        if np.isinf(there.min()):
            continue
        if not one.whole and bool(np.isfinite(gaps[at : at + 2]).all()):
            place, there = _narrowed(one, mine, ends, (float(gaps[at]), float(gaps[at + 1])), beyond, there)
        sds = float(abs(place - one.current) / one.sd) if one.sd else 0.0
        winner = contenders[int(there.argmin())]
        yield Flip(one.name, one.unit, one.current, place, sds, winner.id, winner.action)


def _narrowed(
    one: _Input,
    mine: "np.typing.NDArray[np.bool_]",
    ends: tuple[float, float],
    gaps: tuple[float, float],
    beyond: int,
    there: Floats,
) -> tuple[float, Floats]:
    """Where the gap changes sign between two values, and what the options cost just beyond: straight lines between the
    ends, the gap of an end that stays being halved so that it moves too (the Illinois rule)."""
    where, gap, last = list(ends), list(gaps), -1
    for _ in range(_MOST_STEPS):
        if abs(where[1] - where[0]) <= _CLOSE_ENOUGH * one.sd:
            break
        share = gap[0] / (gap[0] - gap[1])
        middle = where[0] + min(max(share, _CLOSE_ENOUGH), 1 - _CLOSE_ENOUGH) * (where[1] - where[0])
        costs = one.costs(np.array([middle]))
        found = float(_gap(costs, mine)[0])
        side = int((found < 0) == (gap[1] < 0))
        where[side], gap[side] = middle, found
        if side == last:
            gap[1 - side] /= 2
        last = side
        if side == beyond:
            there = costs[:, 0]
    return where[beyond], there


def _inputs(
    profile: Profile, book: Book, case: Case, contenders: list[RankedOption], forecast_for: Callable[[Case], Forecast]
) -> Iterator[_Input]:
    """The founder's own answers first, then every figure of the book with a range."""
    costs = [option.cost for option in contenders]
    yield from _plan_inputs(profile, book, case, costs)
    for path, figure in _figures(book, case):
        if figure.high > figure.low and path[-1] not in _NOT_INPUTS:
            yield _figure_input(path, figure, _Asked(profile, case, costs, forecast_for))


def _figures(book: Book, case: Case) -> Iterator[tuple[tuple[str, str], Figure]]:
    """Every figure of the book that may matter, by section and name: the GPU's and its terms' first."""
    gpu = book.gpus[case.assumptions.gpu.id]
    yield from ((("gpu", name), figure) for name, figure in gpu.figures.items())
    yield from ((("term_discount", str(term)), figure) for term, figure in gpu.term_discounts[case.tier].items())
    for section in ("rental", "facility", "debt", "forecast", "experts", "money"):
        yield from (((section, name), figure) for name, figure in book.sections[section].items())


@dataclass(frozen=True)
class _Asked:
    """What stays the same while a figure is moved."""

    profile: Profile
    case: Case
    costs: list[OptionCost]
    forecast_for: Callable[[Case], Forecast]


def _figure_input(path: tuple[str, str], figure: Figure, asked: _Asked) -> _Input:
    whole = figure.unit in ("months", "nodes")

    def at(values: Floats) -> Floats:
        return np.array(
            [
                [
                    cost.expected_usd if value == figure.value else _cost_at(cost, path, value, asked)
                    for value in values.tolist()
                ]
                for cost in asked.costs
            ]
        )

    low, high = min(figure.low, figure.value), max(figure.high, figure.value)
    return _Input(".".join(path), figure.unit, figure.value, low, high, whole, cheap=False, costs=at)


def _cost_at(cost: OptionCost, path: tuple[str, str], value: float, asked: _Asked) -> float:
    """One option with one figure changed. Options that do not own do not notice what owning costs."""
    section, name = path
    option, a = cost.option, cost.case.assumptions
    owner = option.action == "buy"
    other_gpu = a.gpu.id != asked.case.assumptions.gpu.id
    if (section in _OWNING_ONLY and not owner) or (section in ("gpu", "term_discount") and other_gpu):
        return cost.expected_usd
    if name in _OWNERS_PRICES and not owner:
        return cost.expected_usd
    if (section == "debt" and option.id == "buy") or (name.startswith("marketplace") and option.id != "marketplace"):
        return cost.expected_usd
    case = replace(cost.case, assumptions=_with_figure(a, section, name, value, case_tier=cost.case.tier))
    if name == "release_doublings":
        case = case.asking(demand_with(asked.profile, case.assumptions, lambda w: w, asked.case.assumptions.gpu))
    same_terms = section == "term_discount" and option.term_months != int(name)
    if section not in ("forecast", "experts", "money") and not same_terms and option.remake is not None:
        option = option.remake(case) or option
    prices = asked.forecast_for(case) if section in _MOVES_RENTS else cost.forecast
    return float(expected_usd(option, case, prices, cost.policy))


def _with_figure(assumptions: Assumptions, section: str, name: str, value: float, case_tier: Tier) -> Assumptions:
    """The assumptions with one figure changed."""
    if section == "term_discount":
        discounts = assumptions.gpu.term_discounts
        terms = {**discounts[case_tier], int(name): value}
        return replace(assumptions, gpu=replace(assumptions.gpu, term_discounts={**discounts, case_tier: terms}))
    return replace(assumptions, **{section: replace(getattr(assumptions, section), **{name: value})})


def _plan_inputs(profile: Profile, book: Book, case: Case, costs: list[OptionCost]) -> Iterator[_Input]:
    """What the founder answers, moved for all workloads alike."""
    plan, own = case.assumptions.plan, case.assumptions.gpu
    works = [resolve(workload, profile.company, plan) for workload in profile.workload]
    first, kind = works[0], profile.workload[0].kind.replace("-", "_")
    stage = profile.company.stage.replace("-", "_")
    last = MAX_PLAN_MONTHS - max(work.start_month for work in works)
    longest, most = max(float(w.months) for w in works), sum(float(w.nodes) for w in works)
    spread, size = plan.plan_length_spread, plan.plan_size_spread
    hazard, busy = book.sections["plan"][f"hazard_{stage}_per_month"], book.sections["plan"][f"busy_{kind}_share"]

    def moved(
        name: str,
        unit: str,
        current: float,
        low: float,
        high: float,
        alter: Callable[[Floats], Alteration],
        *,
        whole: bool = False,
    ) -> _Input:
        def at(values: Floats) -> Floats:
            return np.array([_replanned(cost, profile, own, alter(values[:, None])) for cost in costs])

        return _Input(name, unit, current, min(low, current), max(high, current), whole, cheap=True, costs=at)

    yield moved(
        "months", "months", longest, max(1.0, np.ceil(longest / spread)), min(float(last), np.floor(longest * spread)),
        lambda v: lambda w: replace(w, months=float(w.months) / longest * v), whole=longest == int(longest),
    )  # fmt: skip
    yield moved(
        "nodes", "nodes", most, max(1.0, np.ceil(most / size)), np.floor(most * size),
        lambda v: lambda w: replace(w, nodes=float(w.nodes) / most * v), whole=True,
    )  # fmt: skip
    yield moved("busy", "share", float(first.busy), busy.low, busy.high, lambda v: lambda w: replace(w, busy=v))
    yield moved(
        "plan_change_per_month", "share/month", float(first.hazard_per_month), hazard.low, hazard.high,
        lambda v: lambda w: replace(w, hazard_per_month=v),
    )  # fmt: skip


def _replanned(cost: OptionCost, profile: Profile, own: GpuPrices, alteration: Alteration) -> Floats:
    """One option for many altered plans at once; infinite where it cannot be had. P."""
    case = cost.case.asking(demand_with(profile, cost.case.assumptions, alteration, own))
    option = cost.option.remake(case) if cost.option.remake else None
    if option is None:
        return np.full(case.demand.peak.shape, np.inf)
    return np.where(option.barred, np.inf, expected_usd(option, case, cost.forecast))
