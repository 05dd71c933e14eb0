"""The figures of one option, explained: expected cost and its components, spread, cash, cost of a busy hour."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from advisor.array_types import of_one
from advisor.costing.components import COMPONENTS
from advisor.costing.lineage import Inputs, first_day_inputs, option_inputs, undiscounted
from advisor.costing.valuation import OptionCost
from advisor.decision.advise import Advice
from advisor.decision.ranking import RankedOption
from advisor.explain.number import RENT_SPREAD, Number, Part, option_named
from advisor.explain.number_id import NumberId
from advisor.formatting import percent, usd, usd_exact, usd_rate
from advisor.input_id import InputId
from advisor.values.quick_dataclass import dataclass


def option_numbers(option: RankedOption) -> Iterator[NumberId]:
    """The ids of an option's figures, its components among them; nothing where no price is known."""
    if option.cost.option.priced:
        none = () if option.cost.usd_per_used_gpu_hour is not None else ("usd_per_used_gpu_hour",)
        yield from (NumberId.option(option.id, figure) for figure in _FIGURES if figure not in none)
        spent = (name for name, amount in option.cost.components.items() if round(amount, 2))
        yield from (NumberId.component(option.id, name) for name in spent)


def option_number(number: NumberId, advice: Advice) -> Number:
    """A figure or component of an option."""
    option_id, _, figure = number.rest.partition("/")
    name, _, component = figure.partition("/")
    (option,) = option_named(option_id, advice)
    subject = _Subject(option, advice)
    return _component(subject, component) if name == "component" else _FIGURES[name](subject)


@dataclass(frozen=True)
class _Subject:
    """An option and the answer that it is part of."""

    option: RankedOption
    advice: Advice

    @property
    def label(self) -> str:
        return self.option.cost.option.label

    def inputs(self) -> Inputs:
        return option_inputs(self.option.cost, self.advice.depends_on[self.option.id])

    def component_inputs(self, component: str) -> Inputs:
        return self.advice.depends_on[self.option.id].get(component, ())

    def parts(self) -> tuple[Part, ...]:
        return tuple(
            Part(NumberId.component(self.option.id, name), COMPONENTS[name].label, amount)
            for name, amount in self.option.cost.components.items()
            if round(amount, 2)
        )


def _component(subject: _Subject, component: str) -> Number:
    known = COMPONENTS[component]
    cost = subject.option.cost
    present, plain = cost.components[component], cost.undiscounted_components[component]
    return Number(
        f"{known.label}, {subject.label}",
        usd_exact(present),
        f"One part of the cost of {subject.label}, present value.",
        f"{known.formula}; {usd_exact(plain)} over the months, {usd_exact(present)} discounted to today",
        subject.component_inputs(component),
    )


def _expected(subject: _Subject) -> Number:
    cost = subject.option.cost
    demand = cost.demand
    return Number(
        f"Expected cost of {subject.label}",
        usd_exact(cost.expected_usd),
        "The present value of serving all of your work this way; what it cannot serve is rented on demand.",
        f"the sum of the parts below; each month's payments discounted at "
        f"{percent(of_one(cost.case.assumptions.money.discount_rate))} a year and weighted by the chance of "
        f"{percent(1 - demand.chance_of_change)} that the plan lasts",
        subject.inputs(),
        subject.parts(),
    )


def _undiscounted(subject: _Subject) -> Number:
    cost = subject.option.cost
    return Number(
        f"Cost of {subject.label}, not discounted",
        usd_exact(cost.undiscounted_usd),
        "The plain sum of all expected payments and receipts, whenever they come.",
        "the sum of the expected flows of all months",
        undiscounted(subject.inputs()),
    )


def work_words(cost: OptionCost) -> str:
    """`$167,123, not discounted`: the cost of the work alone, and how it comes from that of all."""
    alone = f"{usd_exact(cost.work_usd)}, not discounted"
    if not round(cost.apart_usd, 2):
        return alone
    return (
        f"{alone}, for the work alone: {usd_exact(cost.undiscounted_usd)} less {usd_exact(cost.apart_usd)} for what in "
        "hand is let, sold or left, or would sell for today"
    )


def _per_hour(subject: _Subject) -> Number:
    cost = subject.option.cost
    hours = cost.case.whole_demand.expected_used_gpu_hours
    assert cost.usd_per_used_gpu_hour is not None  # else it is not among the numbers
    return Number(
        f"Cost of a busy GPU-hour, {subject.label}",
        usd_rate(cost.usd_per_used_gpu_hour),
        "The cost of each hour in which a GPU does work.",
        f"{work_words(cost)}, over {hours:,.0f} GPU-hours of work expected",
        undiscounted(subject.inputs()),
    )


def _upfront(subject: _Subject) -> Number:
    cost = subject.option.cost
    return Number(
        f"Due on day one, {subject.label}",
        usd_exact(cost.upfront_usd),
        "What has to be paid on the day of the decision.",
        "all that is due in advance in the first month: prepayments and first installments, deposits, setting up",
        first_day_inputs(cost, subject.advice.profile, subject.advice.book) or undiscounted(subject.inputs()),
    )


def _peak(subject: _Subject) -> Number:
    cost = subject.option.cost
    safe = percent(cost.case.assumptions.money.cash_safety_share)
    return Number(
        f"Most paid out, {subject.label}",
        usd_exact(cost.peak_outlay_usd),
        "The most you will have paid out at any time, less what came back.",
        f"the running sum of the payments at its highest, not exceeded in {safe} of the cases of rents and plan",
        (InputId.of_book("money.cash_safety_share"), *undiscounted(subject.inputs())),
    )


def _end_asset(subject: _Subject) -> Number:
    cost = subject.option.cost
    return Number(
        f"Hardware at the end, {subject.label}",
        usd_exact(cost.end_asset_usd),
        "What the hardware is expected to fetch when it is sold, not discounted.",
        "price of the nodes x share of it that used hardware brings by then x (1 - cost of selling)",
        undiscounted(subject.component_inputs("hardware_resale")) or undiscounted(subject.inputs()),
    )


def _spread(subject: _Subject, figure: str) -> Number:
    spread, paths = subject.advice.risk.spreads[subject.option.id], f"{subject.advice.risk.paths:,}"
    band = f"{usd(spread.p5_usd)} to {usd(spread.p95_usd)}"
    title, amount, what, formula = {
        "band": ("Nine cases in ten", band, "Nine cases in ten lie between these.", "the 5 and the 95% point"),
        "cvar95_usd": (
            "The worst cases", usd_exact(spread.cvar95_usd), "The mean of the worst case in twenty.", "mean",
        ),
        "p95_regret_usd": (
            "Regret", usd_exact(spread.p95_regret_usd),
            "Its cost above the best option of the same case; exceeded in one case in twenty.", "the 95% point",
        ),
        "probability_best": (
            "How often the cheapest", percent(spread.probability_best),
            "The share of the cases in which no available option costs less.", "count",
        ),
    }[figure]  # fmt: skip
    return Number(
        f"{title}, {subject.label}",
        amount,
        what,
        f"{formula} of the costs on {paths} sampled paths of rents, used prices and months of a change of plan",
        (*subject.inputs(), *RENT_SPREAD),
    )


def _worst_regret(subject: _Subject) -> Number:
    from_book = tuple(
        InputId.of_book("scenario", o.name) for o in subject.advice.scenarios if o.name in subject.advice.book.scenarios
    )
    return Number(
        f"Worst regret, {subject.label}",
        "",
        "Its cost above the cheapest option on a named path of rents, as a share: the worst of the paths.",
        "its cost over the cheapest option's on each path, less one; the highest of these",
        (*from_book, *subject.inputs()),
    )


_FIGURES: Mapping[str, Callable[[_Subject], Number]] = {
    "expected_usd": _expected,
    **{name: partial(_spread, figure=name) for name in ("band", "cvar95_usd", "p95_regret_usd", "probability_best")},
    "worst_regret": _worst_regret,
    "undiscounted_usd": _undiscounted,
    "upfront_usd": _upfront,
    "peak_outlay_usd": _peak,
    "end_asset_usd": _end_asset,
    "usd_per_used_gpu_hour": _per_hour,
}
