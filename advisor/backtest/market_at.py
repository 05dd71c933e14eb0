"""A market as it was known at the end of a month: price, terms, options, forecast (docs/model.md#track-record)."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, of_one
from advisor.costing.case import Case
from advisor.costing.combined_demand import combined_demand
from advisor.costing.option import Option, PlanOption, plan_option
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.menu import PlanMenu
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast, forecast_of, weighted_processes
from advisor.market.forecast.price_process import HORIZON_MONTHS, certain_component
from advisor.market.price_history import LEVEL, POOLED, RESTATED_CARDS, TERM_SERIES, History, month_name, month_number
from advisor.profiles.defaults import ResolvedWorkload
from advisor.values.quick_dataclass import dataclass, replace

NODES = (1, 4, 16, 64, 256, 1000)
PLAN_MONTHS = (3, 6, 12, 18, 24, 36)
BIG_NODES = 16  # headline results are for plans of this size and more


@dataclass(frozen=True)
class Plans:
    """The P plans decided on in every month: each number of nodes for each length.

    Attributes:
        nodes: Number of nodes (P).
        months: Length (P).
        busy: Utilization as a share (P).
    """

    nodes: Floats
    months: Months
    busy: Floats

    @property
    def big(self) -> Bools:
        """Plans of `BIG_NODES` or more."""
        return np.asarray(self.nodes >= BIG_NODES)


def plans_of(assumptions: Assumptions) -> Plans:
    """The plans: those of 16 nodes and more are as busy as the book's pre-training, smaller ones as its fine-tuning."""
    nodes, months = (grid.ravel() for grid in np.meshgrid(NODES, PLAN_MONTHS, indexing="ij"))
    plan = assumptions.plan
    busy = np.where(nodes >= plan.pre_train_min_nodes, plan.busy_pre_train_share, plan.busy_fine_tune_share)
    return Plans(nodes.astype(float), months, busy)


@dataclass(frozen=True, eq=False)
class BacktestMarket:
    """One series to walk through.

    Attributes:
        name: Short id.
        title: For reading.
        gpu: Id of the GPU.
        history: What may be known; it is cut at the month of each decision.
        rents: USD per GPU-hour by month number, posted months only.
    """

    name: str
    title: str
    gpu: str
    history: History
    rents: Mapping[int, float]

    def until(self, month: str) -> "BacktestMarket":
        """The same market with nothing after the end of a month."""
        last = month_number(month)
        kept = {number: usd for number, usd in self.rents.items() if number <= last}
        return replace(self, history=self.history.until(month), rents=kept)


class SearchedOption(Protocol):
    """An option that is made of others for each plan; see `searched`."""

    @property
    def option(self) -> PlanOption:
        """What the rule needs to know of it."""

    def usd(self, forecast: Forecast) -> Floats:
        """Expected net present cost by a forecast, USD (P); infinite where a plan has none."""


@dataclass(frozen=True, eq=False)
class DecisionProblem:
    """What can be done in a month, for P plans at once.

    Attributes:
        plans: The plans (P).
        case: Demand and assumptions of all plans.
        options: The options that need no search (O).
        barred: Which options are infeasible for which plans (O, P).
        searched: The options made of others, by the forecast of the month; empty until `with_searched`.
    """

    plans: Plans
    case: Case
    options: tuple[Option, ...]
    barred: Bools
    searched: tuple[SearchedOption, ...] = ()

    @property
    def spot_usd_per_gpu_hour(self) -> float:
        """The list price of the month."""
        return of_one(self.case.assumptions.gpu.neocloud_usd_per_gpu_hour)

    def menu(self, forecast: Forecast) -> PlanMenu:
        """What each option costs each plan by a forecast: the options that need no search, then those made of others.

        What was searched or will be chosen by the forecast of the month (the size of a base, what to do after renting
        first) stays as it is: a forecast without uncertainty says what that turns out to cost.
        """
        costs = np.array([expected_usd(option, self.case, forecast) for option in self.options])
        rows = [np.where(self.barred, math.inf, costs), *(one.usd(forecast)[None] for one in self.searched)]
        options = (*(plan_option(option) for option in self.options), *(one.option for one in self.searched))
        hurdle = [*(of_one(option.hurdle_share) for option in self.options), *(0.0 for _ in self.searched)]
        return PlanMenu(options, np.vstack(rows), np.array(hurdle)[:, None])

    def costs_usd(self, forecast: Forecast) -> Floats:
        """Expected net present cost of each option for each plan, USD (O, P); infinite where it is infeasible."""
        return self.menu(forecast).usd


def term_discounts(known: History, gpu: str, month: str, assumptions: Assumptions) -> Mapping[int, float]:
    """Discounts on list for a commitment made in a month, by months of term.

    As posted when at least `min_term_quotes` terms are. Else the pooled commitment price of the month stands for a term
    of `pooled_quote_months`; shorter terms lie between it and list in the log as they do in the book, and longer ones
    cost the same, because the pool contains terms of up to three years. Else those of the book, which are of 2026."""
    listed_terms = assumptions.gpu.term_discounts["neocloud"]
    figures, book = assumptions.experts, {months: of_one(share) for months, share in listed_terms.items()}
    level = known.value(gpu, LEVEL, month)
    posted = {k: usd for k, name in TERM_SERIES.items() if (usd := known.value(gpu, name, month)) is not None}
    if level is not None and len(posted) >= figures.min_term_quotes:
        return {months: 1 - usd / level for months, usd in posted.items()}
    pooled = known.value(gpu, POOLED, month)
    listed = known.value(gpu, RESTATED_CARDS, month) or level
    if pooled is None or listed is None:
        return book
    stretch = math.log(pooled / listed) / math.log(1 - book[int(figures.pooled_quote_months)])
    return {months: 1 - max(pooled / listed, (1 - share) ** stretch) for months, share in book.items()}


def assumptions_at(market: BacktestMarket, month: str, book: Assumptions) -> Assumptions:
    """The book's figures with the price and the terms of a month; the other tiers keep their ratio to list."""
    spot, gpu = market.rents[month_number(month)], book.gpu
    ratio = spot / gpu.neocloud_usd_per_gpu_hour
    terms = term_discounts(market.history, market.gpu, month, book)

    def scaled(usd: Amount | None) -> Amount | None:
        return None if usd is None else ratio * usd

    prices = replace(
        gpu,
        neocloud_usd_per_gpu_hour=spot,
        marketplace_usd_per_gpu_hour=scaled(gpu.marketplace_usd_per_gpu_hour),
        serverless_usd_per_gpu_hour=scaled(gpu.serverless_usd_per_gpu_hour),
        hyperscaler_usd_per_gpu_hour=scaled(gpu.hyperscaler_usd_per_gpu_hour),
        term_discounts={**gpu.term_discounts, "neocloud": terms},
    )
    return replace(book, gpu=prices)


def _work(nodes: Floats, months: Months, busy: Floats, hazard_per_month: float) -> ResolvedWorkload:
    """The work of some plans (plans, 1) or of one (1,): big ones are one job, smaller ones jobs of one node."""
    job: Any = np.where(nodes >= BIG_NODES, nodes, 1.0)  # by plan, where a profile has one figure
    return ResolvedWorkload(
        nodes=nodes,
        months=months.astype(float),
        start_month=0,
        growth_per_month=0.0,
        busy=busy,
        base_share=0.0,
        base_busy=0.0,
        hazard_per_month=np.full(nodes.shape, hazard_per_month),
        residual_share=0.0,
        always_on=False,
        job_nodes=job,
    )


def decision_problem(
    market: BacktestMarket, month: str, book: Assumptions, hazard_per_month: float = 0.0
) -> DecisionProblem:
    """All plans in a month. Plans survive unless a hazard is given, since the record is about prices."""
    known = market.until(month)
    assumptions, plans = assumptions_at(known, month, book), plans_of(book)
    work = _work(plans.nodes[:, None], plans.months[:, None], plans.busy[:, None], hazard_per_month)
    case = Case(combined_demand([work], assumptions.rental), assumptions)
    options = tuple(option for option in plain_options(case) if option.priced)
    barred = np.array([np.broadcast_to(option.infeasible, plans.nodes.shape) for option in options])
    return DecisionProblem(plans, case, options, barred)


def one_plan(problem: DecisionProblem, at: int) -> Case:
    """The case of one of the plans."""
    plans, case = problem.plans, problem.case
    work = _work(plans.nodes[[at]], plans.months[[at]], plans.busy[[at]], float(case.demand.hazard_per_month.flat[at]))
    return replace(case, demand=combined_demand([work], case.assumptions.rental))


def forecast_at(market: BacktestMarket, month: str, book: Assumptions) -> Forecast:
    """The forecast as of the end of a month: experts and their weights on what was known."""
    known = market.until(month)
    assumptions = assumptions_at(known, month, book)
    processes = weighted_processes(assumptions, month, known.history)
    return forecast_of(of_one(assumptions.gpu.neocloud_usd_per_gpu_hour), assumptions.forecast, processes)


def certain_path(usd_per_gpu_hour: Floats, like: Forecast | Assumptions) -> Forecast:
    """A forecast without uncertainty: rents (months) from the month of the decision on, the last kept to the horizon.
    Used prices follow the book's process."""
    path = np.pad(usd_per_gpu_hour, (0, max(0, HORIZON_MONTHS - usd_per_gpu_hour.size)), mode="edge")[:HORIZON_MONTHS]
    figures = like.figures if isinstance(like, Forecast) else like.forecast
    return Forecast(float(path[0]), (certain_component(np.log(path / path[0])),), (), figures)


def rents_from(market: BacktestMarket, month: str, longest_gap: int = 1) -> Floats:
    """The posted rents from a month on, until a gap of more than `longest_gap` months; a shorter gap keeps the price
    before it."""
    at = month_number(month)
    found: list[float] = []
    while any(at + ahead in market.rents for ahead in range(longest_gap + 1)):
        found.append(market.rents.get(at, found[-1] if found else math.nan))
        at += 1
    return np.array(found)


def months_of(market: BacktestMarket) -> list[str]:
    """The months with a price, in order."""
    return [month_name(number) for number in sorted(market.rents)]
