"""What would change the answer: every input alone over its plausible range (docs/model.md#sensitivity).

Each input is moved, and the same options are built and valued again; see `switching_values` for where the pick flips.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.costing.build_case import Alteration, demand_with
from advisor.costing.case import Case
from advisor.costing.option import Action, Option
from advisor.costing.valuation import OptionCost, cost_of, expected_usd
from advisor.decision.plans.field import Field
from advisor.decision.plans.waiting import waiting_plans
from advisor.decision.ranking import RankedOption, Verdict, is_waiting, preference_usd
from advisor.decision.switching_values import costs_over_range, gap_usd, switching_values
from advisor.input_id import InputId
from advisor.market.assumptions import Assumptions, GpuPrices, Tier
from advisor.market.figures import Figure
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import resolve
from advisor.profiles.field_notes import input_in_force
from advisor.profiles.schema import MAX_PLAN_MONTHS, Profile

_SDS_IN_RANGE = 4.0  # a plausible range holds two standard deviations on either side
_OWNING_ONLY = {"facility", "debt"}
_OWNERS_PRICES = {"node_usd", "used_node_usd", "node_kw", "lead_months"}
_NEAREST = 3  # of the pick's own class, evaluated first
_MOVES_RENTS = {"forecast", "experts", "gpu", "term_discount"}


@dataclass(frozen=True)
class Flip:
    """A switching value: a value of one input at which the pick changes class.

    Attributes:
        input: The input.
        unit: Of the input.
        current: Today's value.
        flips_at: The switching value.
        sds_away: Its distance from today's value, in plausible standard deviations.
        to_option: Id of the option that is cheapest beyond it.
        to_action: Class of that option.
    """

    input: InputId
    unit: str
    current: float
    flips_at: float
    sds_away: float
    to_option: str
    to_action: Action


@dataclass(frozen=True)
class Swing:
    """What one input does to the gap between the pick and the best of another class, for the tornado chart.

    Attributes:
        input: The input.
        unit: Of the input.
        low: A plausible standard deviation below today's value.
        high: A plausible standard deviation above it.
        gap_at_low_usd: The gap at `low`, USD; negative where the other class is cheaper.
        gap_at_high_usd: The gap at `high`.
    """

    input: InputId
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
    """The result.

    Attributes:
        flips: Switching values, nearest first.
        swings: Of all inputs that move the gap, widest first.
        steady: The inputs that change no answer within their range.
    """

    flips: tuple[Flip, ...]
    swings: tuple[Swing, ...]
    steady: tuple[InputId, ...]


@dataclass(frozen=True)
class _Input:
    """One input: its range, and what the options cost at some of its values; see `switching_values.CostCurve`."""

    id: InputId
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
    profile: Profile, book: PriceBook, case: Case, verdict: Verdict, forecast_for: Callable[[Case], Forecast]
) -> Sensitivity:
    """Switching values and swings of a verdict; empty when there is no pick or no other class.

    Args:
        profile: The question.
        book: The price book with the profile's own figures laid over.
        case: Demand and assumptions.
        verdict: The ranking.
        forecast_for: The forecast in a changed case.

    Source: docs/model.md#sensitivity.
    """
    contenders, pick = _contenders(verdict), verdict.pick
    mine = [option for option in contenders if pick and option.option_class == pick.option_class]
    others = [option for option in contenders if option not in mine]
    if pick is None or not mine or not others:
        return Sensitivity((), (), ())
    nearest = sorted(mine, key=lambda option: option is not pick)[:_NEAREST]
    money = case.assumptions.money
    near, all_ = Field(pick, [*nearest, *others], money), Field(pick, [*mine, *others], money)
    flips, swings, steady = [], [], []
    for make_input in _inputs(profile, book, case, forecast_for):
        field = _with_its_term(near, mine[_NEAREST:], make_input(near).id)
        one = make_input(field)
        values, costs = costs_over_range(one, field.mine)
        if len(mine) > _NEAREST and (gap_usd(costs, field.mine) < 0).any():
            # another option of the pick's class may still win where these lose
            one, field = make_input(all_), all_
            values, costs = costs_over_range(one, field.mine)
        found = list(_flips(one, values, costs, field))
        flips += found
        if not found:
            steady.append(one.id)
        swings.append(_swing(one, values, gap_usd(field.without_ties(costs), field.mine)))
    return Sensitivity(
        tuple(sorted(flips, key=lambda flip: flip.sds_away)),
        tuple(sorted((swing for swing in swings if swing.width_usd >= 1), key=lambda swing: -swing.width_usd)),
        tuple(steady),
    )


def _with_its_term(near: Field, further: list[RankedOption], moved: InputId) -> Field:
    """The nearest options, and with a term's discount those of the pick's class that are reserved for that term."""
    _, is_term, months = moved.name.partition("term_discount.")
    of_term = [option for option in further if is_term and option.cost.option.term_months == int(months)]
    return replace(near, options=[*near.options, *of_term]) if of_term else near


def _flips(one: _Input, values: Floats, costs: Floats, field: Field) -> Iterator[Flip]:
    """The switching values of an input, with the option that is the cheapest beyond each."""
    for place, there in switching_values(one, values, costs, field.mine):
        sds = float(abs(place - one.current) / one.sd) if one.sd else 0.0
        winner = field.options[int(there.argmin())]
        yield Flip(one.id, one.unit, one.current, place, sds, winner.id, winner.action)


def _swing(one: _Input, values: Floats, gaps: Floats) -> Swing:
    """The gap one standard deviation either way, in whole steps of what is counted, as far as both classes have a
    feasible option."""
    known = np.isfinite(gaps)
    values, gaps = values[known], gaps[known]
    low, high = one.current - one.sd, one.current + one.sd
    if one.whole:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(one.low, low, float(values[0])), min(one.high, high, float(values[-1]))
    at_low, at_high = (float(np.interp(value, values, gaps)) for value in (low, high))
    return Swing(one.id, one.unit, low, high, at_low, at_high)


def _contenders(verdict: Verdict) -> list[RankedOption]:
    """The competitors that are settled today, and renting first where it is offered."""
    return [o for o in verdict.competitors if o.cost.option.choice is None or is_waiting(o.cost)]


MakeInput = Callable[[Field], _Input]


def _inputs(
    profile: Profile, book: PriceBook, case: Case, forecast_for: Callable[[Case], Forecast]
) -> Iterator[MakeInput]:
    """The user's own answers first, then every figure of the book with a range; each is evaluated for some options."""
    yield from _plan_inputs(profile, book, case)
    question = _Question(profile, case, forecast_for)
    for path, figure in _figures(book, case):
        if figure.high > figure.low and figure.role == "input":
            yield partial(_figure_input, path, figure, question)


def _figures(book: PriceBook, case: Case) -> Iterator[tuple[tuple[str, str], Figure]]:
    """Every figure of the book that may matter, by section and name: the GPU's and its terms' first."""
    gpu = book.gpus[case.assumptions.gpu.id]
    yield from ((("gpu", name), figure) for name, figure in gpu.figures.items())
    yield from ((("term_discount", str(term)), figure) for term, figure in gpu.term_discounts[case.tier].items())
    for section in ("rental", "facility", "debt", "forecast", "experts", "money"):
        yield from (((section, name), figure) for name, figure in book.sections[section].items())


@dataclass(frozen=True)
class _Question:
    """What stays the same while a figure moves."""

    profile: Profile
    case: Case
    forecast_for: Callable[[Case], Forecast]


def _figure_id(path: tuple[str, str], case: Case) -> InputId:
    """The id of a figure that `_figures` yields."""
    section, name = path
    gpu = case.assumptions.gpu.id
    if section == "term_discount":
        return InputId.of_book(gpu, f"{case.tier}_term_discount", name)
    return InputId.of_book(gpu if section == "gpu" else section, name)


def _figure_input(path: tuple[str, str], figure: Figure, question: _Question, field: Field) -> _Input:
    def at(values: Floats) -> Floats:
        columns = [_costs_at(path, value, figure.value, question, field) for value in values.tolist()]
        return preference_usd(np.array(columns).T, field.hurdle)

    low, high = min(figure.low, figure.value), max(figure.high, figure.value)
    return _Input(
        _figure_id(path, question.case), figure.unit, figure.value, low, high, figure.is_whole, cheap=False, costs=at
    )


def _costs_at(path: tuple[str, str], value: float, current: float, question: _Question, field: Field) -> list[float]:
    """What the options cost with one figure changed."""
    if value == current:
        return [option.cost.expected_usd for option in field.options]
    cases: dict[int, _Moved] = {}
    for case in {id(option.cost.case): option.cost.case for option in field.options}.values():
        cases[id(case)] = _moved(case, path, value, question)
    return [_cost_at(option.cost, path, cases[id(option.cost.case)], question) for option in field.options]


@dataclass(frozen=True)
class _Moved:
    """A case with one figure changed, and its forecast (None: unchanged)."""

    case: Case
    prices: Forecast | None


def _moved(case: Case, path: tuple[str, str], value: float, question: _Question) -> _Moved:
    moved = replace(case, assumptions=_with_figure(case.assumptions, *path, value, case_tier=case.tier))
    if path[1] == "release_doublings":
        moved = moved.with_demand(
            demand_with(question.profile, moved.assumptions, lambda w: w, question.case.assumptions.gpu)
        )
    return _Moved(moved, question.forecast_for(moved) if path[0] in _MOVES_RENTS else None)


def _cost_at(cost: OptionCost, path: tuple[str, str], moved: _Moved, question: _Question) -> float:
    """One option with one figure changed."""
    section, name = path
    if is_waiting(cost):
        made = cost.option.remake(moved.case) if cost.option.remake else None
        return np.inf if made is None else cost_of(made, moved.case, moved.prices or cost.forecast).expected_usd
    option, other_gpu = cost.option, cost.case.assumptions.gpu.id != question.case.assumptions.gpu.id
    if not _notices(option, section, name) or (section in ("gpu", "term_discount") and other_gpu):
        return cost.expected_usd
    if section in ("forecast", "experts") and moved.prices is not None:
        return cost.at_prices_usd(moved.prices)
    same_terms = section == "term_discount" and not _names(option, str(_figure_id(path, cost.case)))
    if section != "money" and not same_terms and option.remake is not None:
        option = option.remake(moved.case) or option
    return float(expected_usd(option, moved.case, moved.prices or cost.forecast))


def _notices(option: Option, section: str, name: str) -> bool:
    """Whether a figure can matter to an option at all: costs of owning matter to owners only."""
    if section in _OWNING_ONLY or name in _OWNERS_PRICES:
        return option.action == "buy" and not (section == "debt" and option.id in ("buy", "buy-used"))
    seller = name.partition("_")[0]
    return seller not in ("marketplace", "serverless") or option.id == seller


def _names(option: Option, figure: str) -> bool:
    """Whether any cost line names a figure: a term may also serve the rest of a plan, or the wait for hardware."""
    return any(figure in line for table in option.tables for part in table.parts for line in part.depends_on)


def _with_figure(assumptions: Assumptions, section: str, name: str, value: float, case_tier: Tier) -> Assumptions:
    """The assumptions with one figure changed."""
    if section == "term_discount":
        discounts = assumptions.gpu.term_discounts
        terms = {**discounts[case_tier], int(name): value}
        return replace(assumptions, gpu=replace(assumptions.gpu, term_discounts={**discounts, case_tier: terms}))
    return replace(assumptions, **{section: replace(getattr(assumptions, section), **{name: value})})


def _plan_inputs(profile: Profile, book: PriceBook, case: Case) -> Iterator[MakeInput]:
    """The user's answers, moved for all workloads alike."""
    plan = case.assumptions.plan
    works = [resolve(workload, profile.company, plan) for workload in profile.workload]
    first, kind = works[0], profile.workload[0].kind.replace("-", "_")
    stage = profile.company.stage.replace("-", "_")
    last = MAX_PLAN_MONTHS - max(work.start_month for work in works)
    longest, most = max(float(w.months) for w in works), sum(float(w.nodes) for w in works)
    spread, size = of_one(plan.plan_length_spread), of_one(plan.plan_size_spread)
    hazard, busy = book.sections["plan"][f"hazard_{stage}_per_month"], book.sections["plan"][f"busy_{kind}_share"]
    moved = partial(_plan_input, profile, case.assumptions.gpu)
    yield moved(
        "months", "months", longest, (max(1.0, np.ceil(longest / spread)), min(last, np.floor(longest * spread))),
        lambda v: lambda w: replace(w, months=float(w.months) / longest * v), whole=longest == int(longest),
    )  # fmt: skip
    yield moved(
        "nodes", "nodes", most, (max(1.0, np.ceil(most / size)), np.floor(most * size)),
        lambda v: lambda w: replace(w, nodes=float(w.nodes) / most * v), whole=True,
    )  # fmt: skip
    yield moved("busy", "share", float(first.busy), (busy.low, busy.high), lambda v: lambda w: replace(w, busy=v))
    yield moved(
        "plan_change_per_month", "share/month", float(first.hazard_per_month), (hazard.low, hazard.high),
        lambda v: lambda w: replace(w, hazard_per_month=v),
    )  # fmt: skip


def _plan_input(
    profile: Profile,
    own: GpuPrices,
    name: str,
    unit: str,
    current: float,
    bounds: tuple[float, float],
    alter: Callable[[Floats], Alteration],
    *,
    whole: bool = False,
) -> MakeInput:
    """One field of the workloads as an input. alter: from values (P, 1) to the change they make in a workload."""
    field_id = input_in_force(profile, ("workload", 0, name))
    assert field_id is not None  # a value that the profile leaves out has its figure in the book
    low, high = min(bounds[0], current), max(bounds[1], current)

    def make(field: Field) -> _Input:
        def at(values: Floats) -> Floats:
            plans = alter(values[:, None])
            usd = [_replanned(option.cost, profile, own, plans) for option in field.options]
            return preference_usd(usd, field.hurdle)

        return _Input(field_id, unit, current, low, high, whole, cheap=True, costs=at)

    return make


def _replanned(cost: OptionCost, profile: Profile, own: GpuPrices, alteration: Alteration) -> Floats:
    """Expected cost of one option for P altered plans, USD (P); infinite where it is infeasible."""
    case = cost.case.with_demand(demand_with(profile, cost.case.assumptions, alteration, own))
    if is_waiting(cost):
        waiting = waiting_plans(case, cost.forecast)
        return np.full(case.demand.peak.shape, np.inf) if waiting is None else waiting.expected_usd()
    option = cost.option.remake(case) if cost.option.remake else None
    if option is None:
        return np.full(case.demand.peak.shape, np.inf)
    return np.where(option.infeasible, np.inf, expected_usd(option, case, cost.forecast))
