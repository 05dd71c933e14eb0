"""Profile and book -> the cases to be costed: the work on the profile's GPU, and the same work on other GPUs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from advisor.array_types import Amount
from advisor.costing.case import Case, CreditLeft, Tax
from advisor.costing.combined_demand import combined_demand
from advisor.costing.demand import Demand
from advisor.costing.option import Constraint, constraint
from advisor.finance.depreciation import (
    bonus_deductions_usd,
    macrs_five_year_deductions_usd,
    straight_line_deductions_usd,
)
from advisor.market.assumptions import Assumptions, GpuPrices
from advisor.market.forecast.forecast import expected_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.schema import Company, Kind, Profile

THROUGHPUTS: Mapping[Kind, str] = {
    "fine-tune": "throughput_fine_tune",
    "pre-train": "throughput_pre_train",
    "inference": "throughput_inference",
}
NEVER_MONTH = 10_000  # of credits that do not expire
Alteration = Callable[[ResolvedWorkload], ResolvedWorkload]


def case_of(profile: Profile, book: PriceBook) -> Case:
    """The case on the profile's own GPU. `book`: with the profile's own figures laid over it."""
    return _case(profile, book, book.gpu(profile.workload[0].gpu).id, 1.0)


def demand_with(profile: Profile, assumptions: Assumptions, alter: Alteration, own: GpuPrices) -> Demand:
    """The demand when every workload is altered in the same way, for one plan or many at once.

    Args:
        profile: the user's plan.
        assumptions: of the GPU on which the work is done.
        alter: the change to each workload.
        own: the profile's GPU, in whose nodes the workloads are given.

    """
    resolved = [resolve(workload, profile.company, assumptions) for workload in profile.workload]
    kinds = [workload.kind for workload in profile.workload]
    altered = [
        _in_nodes_of_another(changed, throughput(own, kind) / throughput(assumptions.gpu, kind))
        for changed, kind in zip(map(alter, resolved), kinds, strict=True)
    ]
    demand, points = combined_demand(altered, assumptions.rental), assumptions.points
    return demand if points is None else demand.over(points)


def other_cases(profile: Profile, book: PriceBook) -> tuple[tuple[Case, tuple[Constraint, ...]], ...]:
    """The same work on each of the other GPUs that the profile allows, with the constraints on that GPU.

    Each case has as many nodes as do the work in the same time; the constraints are memory and the size of one fabric.
    The user's quotes are for the profile's own GPU and are left out.

    Source: docs/model.md#other-gpus
    """
    own = book.gpu(profile.workload[0].gpu).id
    ids = dict.fromkeys(book.gpu(name).id for name in profile.market.other_gpus)
    return tuple(_on_other_gpu(profile, book, own, other) for other in ids if other != own)


def _on_other_gpu(profile: Profile, book: PriceBook, own: str, other: str) -> tuple[Case, tuple[Constraint, ...]]:
    mine, theirs = book.assumptions(own), book.assumptions(other)
    kinds = [workload.kind for workload in profile.workload]
    ratios = [throughput(mine.gpu, kind) / throughput(theirs.gpu, kind) for kind in kinds]
    case = _case(profile, book, other, *ratios)
    tier = profile.market.tier if profile.market.tier in _tiers(theirs.gpu) else "neocloud"
    need = max((w.memory_gb_per_gpu or 0.0 for w in profile.workload), default=0.0)
    most = int(theirs.gpu.fabric_max_nodes)
    memory = f"{theirs.gpu.label} has {theirs.gpu.gpu_memory_gb:g} GB, the work needs {need:g}"
    fabric = f"no cluster of more than {most} nodes of {theirs.gpu.label} on one fabric"
    constraints = (
        constraint(theirs.gpu.gpu_memory_gb < need, memory),
        constraint(case.demand.alive_shape.fabric_nodes.max() > most, fabric),
    )
    return replace(case, tier=tier, quotes=()), constraints


def _in_nodes_of_another(workload: ResolvedWorkload, ratio: Amount) -> ResolvedWorkload:
    """The same work in the nodes of another GPU, not rounded; a job that fits one node still does."""
    job = np.where(np.asarray(workload.job_nodes) > 1, workload.job_nodes * ratio, workload.job_nodes)
    return replace(workload, nodes=workload.nodes * ratio, job_nodes=job)


def throughput(gpu: GpuPrices, kind: Kind) -> Amount:
    """Work done in an hour as a multiple of an H100's."""
    found: Amount = getattr(gpu, THROUGHPUTS[kind])
    return found


def _tiers(gpu: GpuPrices) -> tuple[str, ...]:
    return ("neocloud",) if gpu.hyperscaler_usd_per_gpu_hour is None else ("neocloud", "hyperscaler")


def _case(profile: Profile, book: PriceBook, gpu_id: str, *node_ratios: Amount) -> Case:
    assumptions = book.assumptions(gpu_id)
    resolved = [resolve(workload, profile.company, assumptions) for workload in profile.workload]
    ratios = node_ratios if len(node_ratios) == len(resolved) else node_ratios * len(resolved)
    scaled = [_in_nodes_of_another(w, ratio) for w, ratio in zip(resolved, ratios, strict=True)]
    points, demand = assumptions.points, combined_demand(scaled, assumptions.rental)
    return Case(
        demand=demand if points is None else demand.over(points),
        assumptions=assumptions,
        tier=profile.market.tier,
        quotes=profile.quote,
        rental_forbidden_because=profile.company.rental_forbidden_because,
        tax=tax_of(profile.company, assumptions),
        credits=_credits(profile, book.read_on),
        outlook=expected_forecast(assumptions, profile.market.rents_change_per_year).multiples,
    )


def _credits(profile: Profile, today: date) -> tuple[CreditLeft, ...]:
    """The credits of a profile, the first to expire first. today: the day of the prices, from which a date counts."""
    found = []
    for credit in profile.credit:
        until = NEVER_MONTH if credit.expires_month is None else credit.expires_month
        if credit.expires is not None:
            until = max(0, (credit.expires.year - today.year) * 12 + credit.expires.month - today.month)
        found.append(CreditLeft(credit.usd, credit.seller, credit.options, until))
    return tuple(sorted(found, key=lambda credit: credit.until_month))


def tax_of(company: Company, assumptions: Assumptions) -> Tax | None:
    """The taxes of a company; None while it pays none."""
    if company.tax_rate <= 0:
        return None
    deductions = {
        "straight-line": straight_line_deductions_usd(1.0, int(assumptions.money.straight_line_months)),
        "macrs": macrs_five_year_deductions_usd(1.0),
        "bonus": bonus_deductions_usd(1.0),
    }[company.depreciation]
    return Tax(company.tax_rate, company.taxable_from_month, np.asarray(deductions))
