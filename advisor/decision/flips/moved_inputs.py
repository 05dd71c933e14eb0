"""The inputs that are moved alone to see what would change an answer, each over its plausible range
(docs/model.md#sensitivity)."""

from collections.abc import Iterator

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.options.hosted_api import is_used
from advisor.input_id import InputId
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import figures_behind
from advisor.profiles.defaults import resolve
from advisor.profiles.field_notes import input_in_force
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass

_OF_REPLICAS = "spot_"  # figures of the options that only services have
_SDS_IN_RANGE = 4.0  # a plausible range holds two standard deviations on either side
_PLAN_POINTS = 9  # of a share; lengths and sizes jump at renewals and limits, so that more of them are tried at once
_MOST_JUMPS = 60


@dataclass(frozen=True)
class MovedInput:
    """One input and its plausible range.

    Attributes:
        id: The input.
        unit: Of the input.
        current: Today's value.
        low: Lower end of its range, which holds today's value.
        high: Upper end.
        whole: Whether only whole values make sense.
        section: Of the book, or "gpu" and "term_discount" for the figures of the profile's GPU, or "workload".
        name: Of the figure, or of the field of the workloads.
    """

    id: InputId
    unit: str
    current: float
    low: float
    high: float
    whole: bool
    section: str
    name: str

    @property
    def is_plan(self) -> bool:
        """Whether it is a field of the workloads."""
        return self.section == "workload"

    @property
    def sd(self) -> float:
        """A plausible standard deviation."""
        return (self.high - self.low) / _SDS_IN_RANGE

    @property
    def first_values(self) -> Floats:
        """Where it is tried first: both ends and today's value, and fields of the plan in between."""
        if not self.is_plan:
            ends = (self.low, self.current, self.high)
            return np.array(sorted({float(round(one)) for one in ends} if self.whole else set(ends)))
        return self.spread(min(int(self.high - self.low) + 1, _MOST_JUMPS) if self.whole else _PLAN_POINTS)

    def spread(self, points: int) -> Floats:
        """Values over its range, today's among them."""
        values = np.append(np.linspace(self.low, self.high, points), self.current)
        return distinct(np.round(values) if self.whole else values)


def moved_inputs(profile: Profile, book: PriceBook, case: Case) -> list[MovedInput]:
    """The user's own answers first, then every figure of the book that has a range. book: with the profile's own
    figures laid over it."""
    figures = (
        _figure_input(path, figure, case) for path, figure in _figures(profile, book, case) if figure.role == "input"
    )
    return [*_plan_inputs(profile, book, case), *(one for one in figures if one.high > one.low)]


def _figures(profile: Profile, book: PriceBook, case: Case) -> Iterator[tuple[tuple[str, str], Figure]]:
    """Every figure of the book that may matter, by section and name: the GPU's and its terms' first, then those that
    the size of a model or a service follows from."""
    gpu = book.gpus[case.assumptions.gpu.id]
    yield from ((("gpu", name), figure) for name, figure in gpu.figures.items())
    yield from ((("term_discount", str(term)), figure) for term, figure in gpu.term_discounts[case.tier].items())
    behind = (InputId.of_book(path) for workload in profile.workload for path in figures_behind(workload, gpu.id))
    of_size = ((one.section, one.name) for one in dict.fromkeys(behind) if one.section != gpu.id)
    yield from ((path, book.figure(".".join(path))) for path in of_size)

    def used(section: str, name: str) -> bool:
        if section == "api":
            return is_used(name, case.api)
        return case.demand.replicated or not name.startswith(_OF_REPLICAS)

    for section in ("api", "rental", "facility", "debt", "forecast", "experts", "money"):
        yield from (((section, name), figure) for name, figure in book.sections[section].items() if used(section, name))


def _figure_input(path: tuple[str, str], figure: Figure, case: Case) -> MovedInput:
    low, high = min(figure.low, figure.value), max(figure.high, figure.value)
    if figure.is_whole:  # a range in nodes of another size has ends in between
        low, high = float(np.ceil(low)), float(np.floor(high))
    return MovedInput(figure_id(path, case), figure.unit, figure.value, low, high, figure.is_whole, *path)


def figure_id(path: tuple[str, str], case: Case) -> InputId:
    """The id of a figure of the book by its section and name, for the GPU of a case."""
    section, name = path
    gpu = case.assumptions.gpu.id
    if section == "term_discount":
        return InputId.of_book(gpu, f"{case.tier}_term_discount", name)
    return InputId.of_book(gpu if section == "gpu" else section, name)


def _plan_inputs(profile: Profile, book: PriceBook, case: Case) -> Iterator[MovedInput]:
    """The user's answers: lengths and sizes of all workloads together, the rest as the first one has it."""
    plan = case.assumptions.plan
    works = [resolve(workload, profile.company, case.assumptions) for workload in profile.workload]
    first, kind = works[0], profile.workload[0].kind.replace("-", "_")
    stage = profile.company.stage.replace("-", "_")
    last = MAX_PLAN_MONTHS - max(work.start_month for work in works)
    longest, most = max(float(w.months) for w in works), sum(float(w.nodes) for w in works)
    spread, size = float(plan.plan_length_spread), float(plan.plan_size_spread)
    hazard, busy = book.sections["plan"][f"hazard_{stage}_per_month"], book.sections["plan"][f"busy_{kind}_share"]
    whole, shortest, longer = longest == int(longest), longest / spread, min(float(last), longest * spread)
    lengths = (max(1.0, float(np.ceil(shortest))), float(np.floor(longer))) if whole else (shortest, longer)
    unit, per_node = ("nodes", 1.0) if profile.in_nodes else ("GPUs", float(case.assumptions.rental.gpus_per_node))
    most *= per_node
    sizes = max(1.0, float(np.ceil(most / size))), float(np.floor(most * size))
    yield _plan_input(profile, "months", "months", longest, lengths, whole=whole)
    yield _plan_input(profile, "nodes", unit, most, sizes, whole=True)
    if profile.workload[0].said_by("busy") == "busy":  # else it follows from the hours, which are moved by the nodes
        yield _plan_input(profile, "busy", "share", float(first.busy), (busy.low, busy.high))
    yield _plan_input(
        profile, "plan_change_per_month", "share/month", float(first.hazard_per_month), (hazard.low, hazard.high)
    )


def _plan_input(
    profile: Profile, field: str, unit: str, current: float, bounds: tuple[float, float], *, whole: bool = False
) -> MovedInput:
    field_id = input_in_force(profile, ("workload", 0, field))
    assert field_id is not None  # a value that the profile leaves out has its figure in the book
    low, high = min(bounds[0], current), max(bounds[1], current)
    return MovedInput(field_id, unit, current, low, high, whole, "workload", field)
