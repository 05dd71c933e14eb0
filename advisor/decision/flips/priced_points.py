"""What options cost at many points at once, each of which moves one input away from today's value
(docs/model.md#points)."""

from collections.abc import Callable, Sequence, Set
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, of_one
from advisor.costing.build_case import resized
from advisor.costing.case import STRUCTURAL_FIGURES, Case
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.decision.flips.moved_inputs import MovedInput
from advisor.decision.flips.switching_values import Points
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.plans.serving_answer import at_volume
from advisor.decision.plans.waiting_plans import waiting_plans
from advisor.decision.ranking import RankedOption, is_waiting, preference_usd, worth_waiting
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast
from advisor.market.node_size import ONE_NODE_SIZE, for_node_of
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.field_notes import input_in_force
from advisor.profiles.schema import Profile
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import replace

_PRICES_ONLY = {"forecast", "experts"}  # move expected prices and nothing else
_MOVES_RENTS = {"gpu", "term_discount"}  # move them beside the costs of the options
_MOVES_DEMAND = {"release_doublings", "hours_per_month", "gpus_per_node"}
_SIZES_WORK = {"sizing", "plan"}  # how many GPUs a model or a service takes
_LETS_LEAVE = "termination_fee_share"
_OWNING_ONLY = {"facility", "debt"}
_OWNERS_PRICES = {"node_usd", "used_node_usd", "used_chassis_usd", "node_kw", "lead_months"}
_PAID_BY = {"marketplace": {"marketplace", "spot"}, "serverless": {"serverless"}, "spot": {"spot"}}  # by first word


class _Payer(NamedTuple):
    """A kind of options that are priced at the same points, since the same figures can matter to them: on the profile's
    GPU or not, those that wait, that are served by the hosted API, that own."""

    own_gpu: bool
    waits: bool
    by_api: bool
    owns: bool


class PricedPoints:
    """Prices the options of a verdict at points; a call builds each option once for many of them.

    Args:
        profile: The question.
        case: Its demand and assumptions.
        options: What is priced.
        at_lengths: What options of the case cost in plans of 1, 2, 3, ... months, which then is not computed again.
    """

    def __init__(
        self, profile: Profile, case: Case, options: Sequence[RankedOption], at_lengths: PlanMenu | None = None
    ) -> None:
        self._profile, self._case, self._options = profile, case, options
        self._at_lengths = {} if at_lengths is None else at_lengths.usd_by_id
        self._hurdle = np.array([option.cost.option.hurdle_share for option in options])[:, None]
        self._today = np.array([option.cost.expected_usd for option in options])
        waiting = np.array([is_waiting(option.cost) for option in options])
        gpus = np.array([option.cost.case.assumptions.gpu.id for option in options])
        self._rivals = {at: ~waiting & (gpus == gpus[at]) for at in waiting.nonzero()[0].tolist()}
        in_hand = case.committed_nodes is not None
        self._beside = [_beside_usd(option.cost) if in_hand else 0.0 for option in options]
        self._cases = {id(option.cost.case): option.cost.case for option in options}
        self._payers: dict[int, dict[_Payer, list[int]]] = {key: {} for key in self._cases}
        for at, option in enumerate(options):
            name, own_gpu = option.cost.option.id, bool(gpus[at] == case.assumptions.gpu.id)
            by_api = name == "api" or name.endswith("-api")
            payer = _Payer(own_gpu, is_waiting(option.cost), by_api, option.action == "buy")
            self._payers[id(option.cost.case)].setdefault(payer, []).append(at)

    def __call__(self, points: Points, wanted: Bools | None = None) -> list[Floats]:
        """What the options are ranked by.

        Args:
            points: Values of some inputs, each moved alone.
            wanted: Which options are priced at the values of each (options, inputs); all of them if not given. With
                renting first goes what is settled today on the same GPU, against which it must gain enough to be
                offered.

        Returns:
            For each input USD (options, values); infinite where an option is infeasible, and anything where it is not
            wanted.
        """
        if not points:
            return []
        moves, sizes = _Moves.of(points), [values.size for _, values in points]
        if wanted is None:
            wanted = np.ones((self._today.size, len(points)), dtype=bool)
        asked = np.repeat(wanted, sizes, axis=1)
        for at, rivals in self._rivals.items():
            asked[rivals] |= asked[at]
        usd = np.repeat(self._today[:, None], moves.count, axis=1)
        if (columns := moves.of_lengths).size:
            self._add_lengths(usd, asked, moves, columns)
        self._add_figures(usd, asked, moves)
        for at, rivals in self._rivals.items():
            offered = worth_waiting(usd[at], usd[rivals], self._case.assumptions.money)
            usd[at] = np.where(offered, usd[at], np.inf)
        return np.split(preference_usd(usd, self._hurdle), np.cumsum(sizes)[:-1], axis=1)

    def _add_lengths(self, usd: Floats, asked: Bools, moves: "_Moves", columns: Months) -> None:
        """Fill in the costs of the options in plans of other lengths. columns: the points."""
        here, there = moves.at(columns), dict[int, Case]()
        lengths = here.whole_lengths
        for at in np.flatnonzero(asked[:, columns].any(axis=1)).tolist():
            cost = self._options[at].cost
            known = self._at_lengths.get(self._options[at].id, np.empty(0))
            alike = cost.case is self._case and not is_waiting(cost) and cost.option.usd_of_best_size is None
            if lengths is not None and lengths.max() <= known.size and alike:
                usd[at, columns] = known[lengths - 1] + self._beside[at]
                continue
            if id(cost.case) not in there:
                there[id(cost.case)] = self._replanned(cost.case, here)
            usd[at, columns] = _usd(cost, there[id(cost.case)], cost.forecast) + self._beside[at]

    def _replanned(self, case: Case, moves: "_Moves", own: Assumptions | None = None) -> Case:
        """A case with other plans. own: the figures of the profile's GPU, where they move."""
        own, company = own or self._case.assumptions, self._profile.company
        works = [resolve(workload, company, case.assumptions, own) for workload in self._profile.workload]
        return resized(self._profile, case, moves.plans(self._profile, works, own), own)

    def _add_figures(self, usd: Floats, asked: Bools, moves: "_Moves") -> None:
        """Fill in what the options cost with other figures, or in other plans of the same length, priced with them:
        all to which the same figures can matter at the same points, for which a part is taken of what all share."""
        for key, kinds in self._payers.items():
            words = [{_first_word(self._options[at].id) for at in mine} for mine in kinds.values()]
            at_all = [
                np.asarray(asked[mine].any(axis=0) & moves.concerning(payer, named))
                for (payer, mine), named in zip(kinds.items(), words, strict=True)
            ]
            for together in moves.priced_together:
                columns = [np.flatnonzero(here & together) for here in at_all]
                every = distinct(np.concatenate(columns))
                if not every.size:
                    continue
                moved = self._moved(self._cases[key], moves.at(every), waits=any(payer.waits for payer in kinds))
                for mine, here in zip(kinds.values(), columns, strict=True):
                    if here.size:
                        there = moved if here.size == every.size else moved.among(np.searchsorted(every, here))
                        self._add_moved(usd, [at for at in mine if asked[at, here].any()], here, there)

    def _add_moved(self, usd: Floats, options: Sequence[int], columns: Months, moved: "_Moved") -> None:
        """Fill in the costs of some options at points whose case is built."""
        for at in options:
            cost = self._options[at].cost
            prices, sized = moved.prices or cost.forecast, cost.option.usd_of_best_size is not None
            if not sized and (moved.case is None or (moved.prices_only and not is_waiting(cost))):
                usd[at, columns] = cost.at_prices_usd(prices)
            else:
                usd[at, columns] = _usd(cost, moved.case or cost.case.over(columns.size), prices) + self._beside[at]

    def _moved(self, base: Case, moves: "_Moves", *, waits: bool) -> "_Moved":
        """A case with other figures and plans, and its forecast where rents move. waits: whether any option waits, to
        which other prices alone make another case."""
        per_node = self._case.assumptions.rental.gpus_per_node
        case = replace(base, assumptions=moves.figures(base, per_node))
        prices = forecast_for(case, self._profile) if moves.moves_rents else None
        if moves.moves_demand:
            own_gpu = base.assumptions.gpu.id == self._case.assumptions.gpu.id
            own = case.assumptions if own_gpu else moves.figures(self._case, per_node)
            return _Moved(self._replanned(case, moves, own), prices)
        if moves.prices_only and not waits:
            return _Moved(None, prices, prices_only=True)
        return _Moved(base.with_assumptions(case.assumptions), prices, moves.prices_only)


class _Moved(NamedTuple):
    """A case at some points, where it is another one, and its forecast where rents move."""

    case: Case | None
    prices: Forecast | None
    prices_only: bool = False

    def among(self, points: Months) -> "_Moved":
        """The same at some of the points; a case of one value of a structural figure is that of all of them."""
        case = self.case.among(points) if self.case is not None and self.case.plans else self.case
        return _Moved(case, None if self.prices is None else self.prices.among(points), self.prices_only)


def _usd(cost: OptionCost, case: Case, forecast: Forecast) -> Floats:
    """What one option is expected to cost at the points of a case, USD (P); infinite where it is infeasible."""
    if len(case.by_start) == 1:
        return _usd_together(cost, case, forecast)
    usd = np.empty(case.plans)
    for plans, there in case.by_start:
        usd[plans] = _usd_together(cost, there, forecast.among(plans))
    return usd


def _usd_together(cost: OptionCost, case: Case, forecast: Forecast) -> Floats:
    """What one option costs at points whose demand starts in the same month, see `_usd`."""
    if cost.option.usd_of_best_size is not None:
        return cost.option.usd_of_best_size(case, forecast)
    if is_waiting(cost):
        waiting = waiting_plans(case, forecast)
        return np.full(case.demand.peak.shape, np.inf) if waiting is None else waiting.expected_usd()
    option = cost.option.remake(case) if cost.option.remake else None
    if option is None:
        return np.full(case.demand.peak.shape, np.inf)
    return np.where(option.infeasible, np.inf, expected_usd(option, case, forecast))


def _beside_usd(cost: OptionCost) -> float:
    """The cost of what is in hand, which is in every option's, on another GPU too, and is not built again with it."""
    case = cost.case.over(1) if is_waiting(cost) or cost.option.usd_of_best_size else cost.case
    alone = _usd(cost, case, cost.forecast).item()
    return cost.expected_usd - alone if np.isfinite(alone) else 0.0


class _Moves:
    """P points in a row, each of which moves one input: the input and the value of each."""

    def __init__(self, inputs: Sequence[MovedInput], which: Months, values: Floats) -> None:
        self._inputs, self._which, self._values = inputs, which, values
        self.count = values.size

    @classmethod
    def of(cls, points: Points) -> "_Moves":
        place = {id(one): at for at, (one, _) in enumerate(points)}  # the last of each, if one is moved twice
        which = np.repeat([place[id(one)] for one, _ in points], [values.size for _, values in points])
        return cls([one for one, _ in points], which, np.concatenate([values for _, values in points]))

    def at(self, columns: Months) -> "_Moves":
        """Some of the points."""
        return _Moves(self._inputs, self._which[columns], self._values[columns])

    @cached_property
    def _moved(self) -> list[tuple[int, MovedInput]]:
        """The inputs that any of the points moves, by position."""
        return [(at, self._inputs[at]) for at in distinct(self._which).tolist()]

    def _are(self, condition: Callable[[MovedInput], bool]) -> Bools:
        """Which points move an input of some kind. (P,)."""
        return np.array([condition(one) for one in self._inputs])[self._which]

    def _column(self, at: int, current: Amount, values: Floats | None = None) -> Floats:
        """An input at the points: its values, or these, where it is moved, today's elsewhere. (P, 1)."""
        return np.where((self._which == at)[:, None], (self._values if values is None else values)[:, None], current)

    def _figure(self, at: int, current: Amount, ratio: float = 1.0) -> Amount:
        """The same of a figure; one that changes the structure of an option has the same value at all points.

        ratio: GPUs of a node of the case over those of the node for which the figure is moved.
        """
        one = self._inputs[at]
        values = self._values
        if ratio != 1 and one.section not in ONE_NODE_SIZE:
            values = np.array([for_node_of(value, one.unit, ratio) for value in values.tolist()])
        return float(values[0]) if _is_structural(one) else self._column(at, current, values)

    @property
    def of_lengths(self) -> Months:
        """The points in plans of other lengths, whose arrays have other months."""
        return self._are(_is_length).nonzero()[0]

    def concerning(self, payer: "_Payer", words: Set[str]) -> Bools:
        """The points at which the cost of options of a kind may differ from today's, but for other lengths. words: the
        first ones of their ids."""
        return self._moved_away & self._are(lambda one: not _is_length(one) and _concerns(one, payer, words))

    @cached_property
    def _moved_away(self) -> Bools:
        """Which points are not today's."""
        return np.asarray(self._values != np.array([one.current for one in self._inputs])[self._which])

    @cached_property
    def priced_together(self) -> list[Bools]:
        """Points that move prices alone, those at which contracts may be left, whose rights are not priced at the
        others, those with other figures or plans, and each value of a structural figure."""
        prices = self._are(lambda one: one.section in _PRICES_ONLY)
        leaving = self._are(lambda one: one.name == _LETS_LEAVE)
        single = self._are(_is_structural)
        alone = set(zip(self._which[single].tolist(), self._values[single].tolist(), strict=True))
        return [
            prices,
            leaving,
            ~prices & ~leaving & ~single,
            *((self._which == at) & (self._values == value) for at, value in sorted(alone)),
        ]

    @property
    def whole_lengths(self) -> Months | None:
        """The lengths of the plans where nothing else is moved and all are whole months. (P,)."""
        lengths = self._values.astype(np.int64)
        return (
            lengths if [one.name for _, one in self._moved] == ["months"] and (lengths == self._values).all() else None
        )

    @property
    def prices_only(self) -> bool:
        """Whether nothing but expected prices moves."""
        return all(one.section in _PRICES_ONLY for _, one in self._moved)

    @property
    def moves_rents(self) -> bool:
        """Whether expected prices move."""
        return any(one.section in _PRICES_ONLY | _MOVES_RENTS for _, one in self._moved)

    @property
    def moves_demand(self) -> bool:
        """Whether anything moves that the hours of the work depend on."""
        sections = {"workload", *_SIZES_WORK}
        return any(one.name in _MOVES_DEMAND or one.section in sections for _, one in self._moved)

    def plans(self, profile: Profile, works: Sequence[ResolvedWorkload], own: Assumptions) -> list[ResolvedWorkload]:
        """The workloads of a profile at each point. Lengths and sizes are moved for all of them alike, the size of a
        service by its tokens; utilization and the chance that the plan changes only where the workload has it from the
        input that is moved. own: the figures of the profile's GPU."""
        place, current = {one.name: at for at, one in self._moved}, {one.name: one.current for _, one in self._moved}
        times: Amount = 1.0
        found = [replace(work, nodes=np.full((self.count, 1), work.nodes)) for work in works]
        if "months" in place:
            longest = max(float(work.months) for work in works)
            months, pairs = self._column(place["months"], longest), zip(found, works, strict=True)
            found = [replace(new, months=work.months / longest * months) for new, work in pairs]
        if "nodes" in place:
            most = current["nodes"]  # of all workloads together, in the unit in which it is moved
            times = self._column(place["nodes"], most) / most
        if profile.service is not None and {"months", "nodes"} & place.keys():
            found = [at_volume(new, profile.workload[0], own, times) for new in found]
        elif "nodes" in place:
            found = [replace(new, nodes=work.nodes * times) for new, work in zip(found, works, strict=True)]
        for number, work in enumerate(works):
            if self._moves_one_of(profile, number, "busy"):
                found[number] = replace(found[number], busy=self._column(place["busy"], work.busy))
            if self._moves_one_of(profile, number, "plan_change_per_month"):
                hazard = self._column(place["plan_change_per_month"], work.hazard_per_month)
                found[number] = replace(found[number], hazard_per_month=hazard)
        return found

    def _moves_one_of(self, profile: Profile, workload: int, field: str) -> bool:
        """Whether any of the points moves the input that a field of one of the workloads comes from."""
        source = input_in_force(profile, ("workload", workload, field))
        return any(one.id == source and one.name == field for _, one in self._moved)

    def figures(self, case: Case, own_gpus_per_node: Amount) -> Assumptions:
        """The assumptions of a case at each point, of which those by node are moved in proportion to its nodes."""
        found, gpu = case.assumptions, case.assumptions.gpu
        ratio = of_one(found.rental.gpus_per_node) / of_one(own_gpus_per_node)
        parts: dict[str, dict[str, Any]] = {}
        for at, one in self._moved:
            if one.is_plan:
                continue
            if one.section == "term_discount":
                terms = parts.setdefault("gpu", {}).setdefault("term_discounts", dict(gpu.term_discounts))
                months = int(one.name)
                terms[case.tier] = {**terms[case.tier], months: self._figure(at, terms[case.tier][months])}
            else:
                current = getattr(getattr(found, one.section), one.name)
                parts.setdefault(one.section, {})[one.name] = self._figure(at, current, ratio)
        return replace(found, **{section: replace(getattr(found, section), **new) for section, new in parts.items()})


def _is_length(one: MovedInput) -> bool:
    return one.is_plan and one.name == "months"


def _is_structural(one: MovedInput) -> bool:
    return f"{one.section}.{one.name}" in STRUCTURAL_FIGURES


def _first_word(option_id: str) -> str:
    """The first word of an id, without a prefix for another GPU: `spot` of `H200-SXM:spot-replicas`."""
    return option_id.rpartition(":")[2].partition("-")[0]


def _concerns(moved: MovedInput, payer: _Payer, words: Set[str]) -> bool:
    """Whether an input can matter to a kind of options at all: costs of owning matter only to owners, and to those who
    rent first and may buy later. words: the first words of the options' ids."""
    section, name = moved.section, moved.name
    if section in ("gpu", "term_discount") and not payer.own_gpu:
        return False
    if payer.waits:
        return True
    if section == "api":
        return payer.by_api
    if section in _OWNING_ONLY or name in _OWNERS_PRICES:
        return payer.owns  # in cash as well, so that all owners share their points and what is built
    paid_by = _PAID_BY.get(name.partition("_")[0])
    return paid_by is None or not paid_by.isdisjoint(words)
