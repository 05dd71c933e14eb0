"""Profile and book -> the cases to be costed: the work on the profile's GPU, and the same work on other GPUs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from advisor.array_types import Amount, either, whole_units
from advisor.costing.case import Case, CreditLeft, HostedApi, Tax
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
from advisor.profiles.gpu_groups import of_one_gpu
from advisor.profiles.schema import Company, Kind, Profile, Workload
from advisor.profiles.serving.need import api_figures, api_name, load_of_service
from advisor.profiles.serving.service import Serving
from advisor.values.quick_dataclass import replace

THROUGHPUTS: Mapping[Kind, str] = {
    "fine-tune": "throughput_fine_tune",
    "pre-train": "throughput_pre_train",
    "inference": "throughput_inference",
}
_MILLION, _SECONDS_PER_HOUR = 1e6, 3600
NEVER_MONTH = 10_000  # when credits that do not expire would expire
Alteration = Callable[[ResolvedWorkload], ResolvedWorkload]


def case_of(profile: Profile, book: PriceBook, demand: Demand | None = None) -> Case:
    """The case on the profile's own GPU. book: with the profile's own figures laid over it; demand: if it is known
    already.

    Raises:
        InputError: For workloads on several GPUs: each group of them is a case of its own.
    """
    if len(profile.workload) > 1:
        of_one_gpu(profile, book)
    own = book.gpu(profile.workload[0].gpu).id
    return _case(profile, book, own, own, demand)


def demand_with(profile: Profile, assumptions: Assumptions, alter: Alteration, own: Assumptions) -> Demand:
    """The demand when every workload is altered in the same way, for one plan or many at once.

    assumptions: of the GPU that does the work; own: of the profile's GPU, in whose nodes the workloads are given.
    """
    resolved = [resolve(workload, profile.company, assumptions, own) for workload in profile.workload]
    return demand_of(profile, assumptions, [alter(work) for work in resolved], own.gpu)


def demand_of(profile: Profile, assumptions: Assumptions, works: Sequence[ResolvedWorkload], own: GpuPrices) -> Demand:
    """The demand of some workloads, whose kinds the profile gives, for one plan or many at once.

    assumptions: of the GPU on which the work is done; works: in nodes of `own`, the profile's GPU.
    """
    there = [
        _in_nodes_of_another(work, workload, own, assumptions.gpu)
        for work, workload in zip(works, profile.workload, strict=True)
    ]
    demand, points = combined_demand(there, assumptions.rental), assumptions.points
    return demand if points is None else demand.over(points)


def with_plans(profile: Profile, case: Case, alter: Alteration, own: Assumptions | None = None) -> Case:
    """A case when every workload is altered in the same way: see `demand_with`. own: None for the profile's own GPU."""
    return case.with_demand(demand_with(profile, case.assumptions, alter, own or case.assumptions))


def resized(profile: Profile, case: Case, works: Sequence[ResolvedWorkload], own: Assumptions) -> Case:
    """A case of other workloads, whose figures may have moved with those that their size follows from, see
    `demand_of`."""
    found = case.with_demand(demand_of(profile, case.assumptions, works, own.gpu))
    serving = profile.workload[0].serving
    if case.api is None or serving is None:
        return found
    return replace(found, api=_hosted_api(serving, own, case.assumptions.gpu))


def other_cases(profile: Profile, book: PriceBook) -> Iterator[Case]:
    """The same work on each of the other GPUs that the profile allows.

    Each case has as many nodes as do the work in the same time; see also `constraints_of_another_gpu`.
    The user's quotes are for the profile's own GPU and are left out.

    Source: docs/model.md#other-gpus
    """
    own = book.gpu(profile.workload[0].gpu).id
    for other in dict.fromkeys(book.gpu(name).id for name in profile.market.other_gpus):
        if other != own:
            yield case_on(profile, book, other)


def case_on(profile: Profile, book: PriceBook, gpu_id: str) -> Case:
    """The same work on another GPU: see `other_cases`."""
    case = _case(profile, book, gpu_id, book.gpu(profile.workload[0].gpu).id)
    tier = "neocloud" if case.assumptions.gpu.hyperscaler_usd_per_gpu_hour is None else profile.market.tier
    return replace(case, tier=tier, quotes=())


def constraints_of_another_gpu(profile: Profile, case: Case) -> tuple[Constraint, ...]:
    """What rules another GPU out: its memory, and the size of one fabric. case: on that GPU, of one plan or of many."""
    gpu = case.assumptions.gpu
    need = max((w.memory_gb_per_gpu or 0.0 for w in profile.workload), default=0.0)
    most = int(gpu.fabric_max_nodes)
    memory = f"{gpu.label} has {gpu.gpu_memory_gb:g} GB, the work needs {need:g}"
    fabric = f"no cluster of more than {most} nodes of {gpu.label} on one fabric"
    return (
        constraint(gpu.gpu_memory_gb < need, memory),
        constraint(case.demand.alive_shape.fabric_nodes.max(axis=-1) > most, fabric),
    )


def _in_nodes_of_another(
    resolved: ResolvedWorkload, workload: Workload, own: GpuPrices, theirs: GpuPrices
) -> ResolvedWorkload:
    """The same work in the nodes of another GPU, not rounded; a job that fits one node still does.

    resolved: with the figures of the other GPU, by which work given in GPUs is converted to nodes.
    """
    if own.id == theirs.id:
        return resolved
    assert own.gpus_per_node is not None  # the book fills both in
    assert theirs.gpus_per_node is not None
    work = throughput(own, workload.kind) / throughput(theirs, workload.kind)
    of_nodes = work * (own.gpus_per_node / theirs.gpus_per_node)
    job = np.where(np.asarray(resolved.job_nodes) > 1, resolved.job_nodes * of_nodes, resolved.job_nodes)
    more, unit = of_nodes if workload.in_nodes else work, resolved.unit
    if np.max(unit) > 1:  # a replica of several nodes, which are those of the other GPU
        unit = either(unit > 1, whole_units(unit * work), unit)
        job = np.where(resolved.unit > 1, unit, job) if workload.job_nodes is None else job
    nodes, least = resolved.nodes * more, resolved.least_nodes * more
    return replace(resolved, nodes=nodes, least_nodes=least, job_nodes=job, unit=unit)


def throughput(gpu: GpuPrices, kind: Kind) -> Amount:
    """Work that the GPU does in an hour, as a multiple of an H100's."""
    found: Amount = getattr(gpu, THROUGHPUTS[kind])
    return found


def _case(profile: Profile, book: PriceBook, gpu_id: str, own_id: str, demand: Demand | None = None) -> Case:
    assumptions, own = book.assumptions(gpu_id), book.assumptions(own_id)
    serving = profile.service  # compared with an API if the profile names one
    compared = serving is not None and (
        serving.api_usd_per_request is not None or api_figures(serving, book.sections["api"]) is not None
    )
    return Case(
        demand=demand_with(profile, assumptions, lambda work: work, own) if demand is None else demand,
        assumptions=assumptions,
        tier=profile.market.tier,
        quotes=profile.quote,
        hosting=profile.company.hosting,
        rental_forbidden_because=profile.company.rental_forbidden_because,
        tax=tax_of(profile.company, assumptions),
        credits=_credits(profile, book.asked_on),
        outlook=expected_forecast(assumptions, profile.market.rents_change_per_year).multiples,
        api=_hosted_api(serving, own, assumptions.gpu) if serving is not None and compared else None,
    )


def _hosted_api(serving: Serving, own: Assumptions, theirs: GpuPrices) -> HostedApi:
    """The API that serves as well as a service, which is sized for the profile's own GPU; the GPU of the case may do
    more or less work than that."""
    load = load_of_service(serving, own)
    ratio = throughput(theirs, "inference") / throughput(own.gpu, "inference")
    read, written = (ratio * tokens / _MILLION for tokens in (load.read_per_gpu_hour, load.written_per_gpu_hour))
    requests_usd: Amount = 0.0
    if serving.api_usd_per_request is not None:
        requests_usd = ratio * _SECONDS_PER_HOUR / serving.gpu_seconds * serving.api_usd_per_request
    return HostedApi(api_name(serving), read, written, serving.cached_share, serving.latency == "batch", requests_usd)


def _credits(profile: Profile, today: date) -> tuple[CreditLeft, ...]:
    """The credits of a profile, earliest expiry first. today: the day of the question, from which dates are counted."""
    found = []
    for number, credit in enumerate(profile.credit, start=1):
        until = NEVER_MONTH if credit.expires_month is None else credit.expires_month
        if credit.expires is not None:
            until = max(0, (credit.expires.year - today.year) * 12 + credit.expires.month - today.month)
        found.append(CreditLeft(number, credit.usd, credit.seller, credit.options, until))
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
