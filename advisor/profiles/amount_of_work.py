"""How much work a workload is: given in nodes, GPUs, GPU-hours, runs, tokens, petaFLOP/s or by month, in nodes."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from advisor.array_types import ROUNDING_TOLERANCE, Amount, either, of_one, whole_units
from advisor.errors import InputError
from advisor.formatting import percent, plural, short_count
from advisor.market.assumptions import Assumptions, Plan, Rental
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.profiles.limits import HOURS_A_WEEK, MAX_NODES, WEEKS_A_YEAR
from advisor.profiles.load_points import Load, load_of, scaled_curve
from advisor.profiles.schema import AMOUNT_FIELDS, Profile, Workload
from advisor.profiles.serving.need import (
    ServingNeed,
    busy_of_service,
    figures_behind_service,
    in_open_hours,
    load_of_service,
    need_of_service,
    needs_by_month,
    volume_per_day,
)
from advisor.profiles.serving.service import Serving
from advisor.profiles.sizing import spread_by_share_of_peak
from advisor.profiles.training.need import figures_behind_training, gpus_of_pflops, need_of_training
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass, replace

_BESIDE = frozenset({"gpus", "gpu_hours_per_month", "runs_per_week", "hours_per_run"})  # these may stand together


@dataclass(frozen=True)
class WorkSize:
    """A workload in nodes.

    Attributes:
        nodes: At the start, not rounded.
        busy: Utilization of them, where it follows from the hours or was given.
        unit: The smallest part of a node that jobs within a node rent: a GPU where the work was given in GPUs; a
            replica of a service, which may be several nodes.
        ramp: The nodes of each month as multiples of those at the start; empty where they follow `growth_per_month`.
        job: The nodes that one job takes, unless the kind of work says all.
        least: The nodes that are up at the least, where that follows from the work.
        load: The load curve, where the work was given as one: see `ResolvedWorkload`.
    """

    nodes: Amount
    busy: Amount | None
    unit: Amount = 1.0
    ramp: tuple[Amount, ...] = ()
    job: Amount = 1.0
    least: Amount = 0.0
    load: Load = ()


def size_of(workload: Workload, figures: Assumptions, own: Assumptions | None = None) -> WorkSize:
    """The size of a workload in nodes, whichever way it was given.

    GPUs are divided by the GPUs of a node. GPU-hours are spread over the GPUs that are given, else over the fewest that
    can do them, and the utilization follows. Runs are done one after another, or side by side where the week has too
    few hours; their GPUs are busy for the hours of the runs. In office hours, a week and a month have only those. A
    training is done on the fewest GPUs that end it within its months at its utilization, and that hold the model.

    Args:
        workload: In one of the ways of `AMOUNT_FIELDS`.
        figures: Of the GPU whose nodes are counted.
        own: Of the workload's GPU, where that is another one: a model or a service is sized for it.

    Source: docs/model.md#demand
    """
    rental, own = figures.rental, figures if own is None else own
    unit = 1.0 / rental.gpus_per_node
    if workload.nodes is not None:
        return WorkSize(workload.nodes, workload.busy)
    if workload.nodes_by_month:
        return WorkSize(workload.nodes_by_month[0], workload.busy, ramp=_ramp(workload.nodes_by_month))
    if workload.gpus_by_month:
        return WorkSize(workload.gpus_by_month[0] * unit, workload.busy, unit, _ramp(workload.gpus_by_month))
    if workload.load:
        load = load_of(workload.load)
        return WorkSize(workload.load[-1][0] * unit, sum(of_gpus * share for of_gpus, share in load), unit, load=load)
    if workload.serving is not None:
        return _size_of_service(workload, workload.serving, own, unit)
    gpus, busy = _gpus_and_busy(workload, rental, own)
    return WorkSize(gpus * unit, busy, unit)


def _size_of_service(workload: Workload, serving: Serving, own: Assumptions, unit: Amount) -> WorkSize:
    """The size of a service, rented replica by replica. unit: a GPU as part of a node."""
    gpus = service_at(workload, own, 1.0, workload.months)
    replica = gpus.unit * unit
    job = either(replica < 1, 1.0, replica)
    return replace(gpus, nodes=gpus.nodes * unit, unit=replica, job=job, least=gpus.least * unit)


def service_at(workload: Workload, own: Assumptions, times: Amount, months: Amount) -> WorkSize:
    """The size of a service in GPUs in place of nodes: those of its peak, and of its least replicas, which have room to
    spare where they are more.

    Args:
        workload: The service.
        own: The figures of its GPU.
        times: Multiples of its volume.
        months: How long it lasts.
    """
    assert workload.serving is not None
    opened, growth = open_share(workload, own.plan), workload.growth_per_month
    load = load_of_service(workload.serving, own)
    load = replace(load, peak_gpus=load.peak_gpus * times, mean_gpus=load.mean_gpus * times)
    need = in_open_hours(load, workload.serving, opened)
    ramp = needs_by_month(need, workload.serving, growth)
    busy = busy_of_service(need, ramp, workload.serving, growth, months) / opened
    return WorkSize(need.gpus, busy, need.gpus_per_replica, ramp, least=need.least_gpus)


def figures_behind(workload: Workload, gpu: str) -> Iterator[str]:
    """The paths of the book's figures that the GPUs of a model or a service follow from; none for other work."""
    if workload.serving is not None:
        yield from figures_behind_service(workload.serving, gpu)
    elif workload.training is not None:
        yield from figures_behind_training(workload.training, workload.kind, gpu)
    elif workload.pflops is not None:
        yield f"{gpu}.peak_flops_per_second"


def nodes_at_start(profile: Profile, figures: Assumptions) -> float:
    """The nodes of all workloads at their starts, not rounded. figures: of their GPU."""
    return sum(float(size_of(workload, figures).nodes) for workload in profile.workload)


def largest_nodes(profile: Profile, figures: Assumptions) -> float:
    """The nodes of the largest workload at its start: whole nodes, or less than one. figures: of its GPU."""
    sizes = [size_of(workload, figures) for workload in profile.workload]
    units = [max(of_one(size.unit), 1.0) for size in sizes]
    most = max(of_one(size.nodes) for size in sizes)
    if most < 1:
        return most
    return max(of_one(whole_units(size.nodes / unit)) * unit for size, unit in zip(sizes, units, strict=True))


def _gpus_and_busy(workload: Workload, rental: Rental, own: Assumptions) -> tuple[Amount, Amount | None]:
    """The GPUs of a workload in GPUs, GPU-hours, runs, petaFLOP/s or a training; their utilization if it is known."""
    if workload.pflops is not None:
        return whole_units(gpus_of_pflops(workload.pflops, own)), workload.busy
    if workload.training is not None:
        need = need_of_training(workload.training, workload.kind, own)
        always = need.gpu_hours / (rental.hours_per_month * workload.months)
        enough = whole_units(always / need.busy)
        gpus = either(enough >= need.least_gpus, enough, need.least_gpus)
        return gpus, always / gpus
    if workload.gpu_hours_per_month is not None:
        always = workload.gpu_hours_per_month / (rental.hours_per_month * open_share(workload, own.plan))
        gpus = whole_units(always) if workload.gpus is None else float(workload.gpus)
        return gpus, always / gpus
    assert workload.gpus is not None  # the other ways name them
    if workload.runs_per_week is None or workload.hours_per_run is None:
        return float(workload.gpus), workload.busy
    at_once = workload.runs_per_week * workload.hours_per_run / (HOURS_A_WEEK * open_share(workload, own.plan))
    return workload.gpus * whole_units(at_once), at_once / whole_units(at_once)


def open_share(workload: Workload, plan: Plan) -> Amount:
    """The share of the hours in which there may be work: all, the office hours, or those of the weeks of work."""
    if workload.weeks_per_year is not None:
        return workload.weeks_per_year / WEEKS_A_YEAR
    if workload.mode != "office-hours":
        return 1.0
    return (plan.office_hours_per_week if workload.hours_per_week is None else workload.hours_per_week) / HOURS_A_WEEK


def need_of_workload(workload: Workload, figures: Assumptions, where: str = "serving") -> ServingNeed:
    """The need of a workload that is a service, in the hours in which it is open. figures: of its GPU."""
    assert workload.serving is not None
    need = need_of_service(workload.serving, figures, where)
    return replace(need, load=in_open_hours(need.load, workload.serving, open_share(workload, figures.plan)))


def _ramp(by_month: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(number / by_month[0] for number in by_month)


def refuse_too_large(profile: Profile, figures: Assumptions, where: str) -> None:
    """Raise InputError for GPU-hours that the GPUs cannot do, or for more nodes than are computed. figures: of its
    GPU."""
    rental = figures.rental
    for index, workload in enumerate(profile.workload):
        if workload.nodes is not None:
            continue
        place = f"{where}: workload {index + 1}"
        if workload.serving is not None and workload.serving.in_tokens:
            need_of_workload(workload, figures, f"{place}, serving")
        if workload.training is not None:
            need_of_training(workload.training, workload.kind, figures, f"{place}, training")
        if workload.pflops is not None:
            gpus_of_pflops(workload.pflops, figures, f"{place}, pflops")
        size = size_of(workload, figures)
        hours, gpus = workload.gpu_hours_per_month, workload.gpus
        open_hours = float(rental.hours_per_month) * of_one(open_share(workload, figures.plan))
        if hours is not None and gpus is not None and hours > gpus * open_hours * (1 + ROUNDING_TOLERANCE):
            most = f"at most {gpus * open_hours:,.0f} on {_gpus(gpus)}, or more gpus"
            raise InputError(
                f"{place}, gpu_hours_per_month", f"{hours:,g}", most, ("workload", index, "gpu_hours_per_month")
            )
        growth = max((1 + workload.growth_per_month) ** workload.last_month, 1.0)
        largest = float(size.nodes) * max((*map(of_one, size.ramp[: workload.last_month + 1]), 1.0)) * growth
        if largest > MAX_NODES:
            raise InputError(place, f"{largest:,.0f} nodes", f"at most {MAX_NODES:,}", ("workload", index))


def scaled(workload: Workload, share: float, figures: Assumptions, longer: float = 1.0) -> dict[str, Any]:
    """The table of a workload with this share of its GPUs, which are as busy as before, in the unit it is given in.

    Args:
        workload: As it is.
        share: Of its GPUs.
        figures: Of its GPU.
        longer: Its new length as a multiple of the old, over which a training gets as many times the work.
    """
    found = workload.model_dump(exclude_none=True)
    if workload.gpu_hours_per_month is not None:
        gpus = of_one(size_of(workload, figures).nodes * figures.rental.gpus_per_node)
        found |= {"gpus": round(gpus), "gpu_hours_per_month": workload.gpu_hours_per_month * share}
    if workload.serving is not None:
        amount = {name: found["serving"].get(name) for name in ("tokens_per_day", "requests_per_day")}
        found["serving"] = found["serving"] | {name: one * share for name, one in amount.items() if one is not None}
    if workload.training is not None:
        amount = {name: found["training"].get(name) for name in ("tokens", "flops")}
        more = share * longer
        found["training"] = found["training"] | {name: one * more for name, one in amount.items() if one is not None}
    if workload.pflops is not None:
        found["pflops"] = workload.pflops * share
    for name in ("nodes", "gpus"):
        if name in found:
            found[name] = max(1, round(found[name] * share))
    if workload.load:
        found["load"] = scaled_curve(workload.load, share)
    for name in ("nodes_by_month", "gpus_by_month"):
        found[name] = tuple(max(1, round(number * share)) for number in found[name])
    return found


def with_amount(raw: Mapping[str, Any], amount: Mapping[str, Any]) -> dict[str, Any]:
    """A workload as a table with another amount of work, without the ways to say it and the fields that contradict it.

    GPUs stay beside hours and runs, and these beside GPUs.
    """
    beside = _BESIDE if amount.keys() <= set(_BESIDE) else frozenset(amount)
    hours = {"gpu_hours_per_month"} if {"runs_per_week", "hours_per_run"} & amount.keys() else set()
    hours |= {"runs_per_week", "hours_per_run"} if "gpu_hours_per_month" in amount else set()
    found = {name: value for name, value in raw.items() if name not in AMOUNT_FIELDS or name in beside - hours}
    found |= amount
    if {"gpu_hours_per_month", "runs_per_week", "serving", "training", "load"} & found.keys():
        found.pop("busy", None)
    if "load" in found:
        found.pop("base_busy", None)
    if {"nodes_by_month", "gpus_by_month", "training"} & amount.keys():
        found.pop("growth_per_month", None)
    return found


def conversion(workload: Workload, book: PriceBook) -> str:
    """How many nodes a workload is that was not given in nodes, as a sentence; empty for one in nodes."""
    if workload.nodes is not None or workload.nodes_by_month:
        return ""
    figures = book.assumptions_for(workload.gpu)
    per_node = of_one(figures.rental.gpus_per_node)
    if workload.gpus_by_month:
        first, most = workload.gpus_by_month[0], max(workload.gpus_by_month)
        return f"{first:,} to {most:,} GPUs by month are {first / per_node:,.4g} to {_nodes(most / per_node)}"
    if workload.serving is not None:
        return _service_in_nodes(workload, workload.serving, figures, per_node)
    if workload.training is not None:
        share = book.figure("sizing.model_flops_utilisation")
        return _training_in_nodes(workload, workload.training, figures, share)
    if workload.load:
        most = workload.load[-1][0]
        mean = most * sum(of_gpus * share for of_gpus, share in load_of(workload.load))
        return f"The load is {mean:,.4g} of at most {_gpus(most)} in the mean, {_nodes(most / per_node)}"
    return _hours_in_nodes(workload, figures, per_node)


def in_gpus(workload: Workload, figures: Assumptions) -> str:
    """How many GPUs and nodes a workload is at the start, in short; empty for one in nodes or GPUs."""
    if workload.way in ("nodes", "gpus", "nodes_by_month", "gpus_by_month", "load"):
        return ""
    size = size_of(workload, figures)
    unit = of_one(size.unit)
    nodes = math.ceil(of_one(size.nodes) / unit - ROUNDING_TOLERANCE) * unit
    return f"{_gpus(nodes * of_one(figures.rental.gpus_per_node))}, {_nodes(nodes)}"


def _hours_in_nodes(workload: Workload, figures: Assumptions, per_node: float) -> str:
    """The same for GPUs, GPU-hours, runs and petaFLOP/s."""
    size = size_of(workload, figures)
    gpus, busy = of_one(size.nodes) * per_node, None if size.busy is None else of_one(size.busy)
    are = f"{'is' if gpus == 1 else 'are'} {_nodes(gpus / per_node)}"
    if workload.gpu_hours_per_month is not None and busy is not None:
        hours = f"{workload.gpu_hours_per_month:,g} GPU-hours a month are {_gpus(gpus)}"
        return f"{hours} {percent(busy)} busy, {_nodes(gpus / per_node)}"
    if workload.runs_per_week is not None and workload.gpus is not None and busy is not None:
        at_once = round(gpus / workload.gpus)
        order = "one at a time" if at_once == 1 else f"{at_once:,} side by side"
        runs = f"{workload.runs_per_week:,g} runs a week of {workload.hours_per_run:g} hours"
        return f"{runs}, {order}, keep {_gpus(gpus)} {percent(busy)} busy, {_nodes(gpus / per_node)}"
    if workload.pflops is not None:
        return f"{workload.pflops:,g} petaFLOP/s of dense peak are {_gpus(gpus)}, {_nodes(gpus / per_node)}"
    return f"{_gpus(gpus)} {are}"


def _service_in_nodes(workload: Workload, serving: Serving, figures: Assumptions, per_node: float) -> str:
    opened = of_one(open_share(workload, figures.plan))
    load = in_open_hours(load_of_service(serving, figures), serving, opened)
    each_gpus = of_one(load.gpus_per_replica)
    replicas = math.ceil(of_one(load.gpus) / each_gpus - ROUNDING_TOLERANCE)
    gpus = replicas * each_gpus
    each = "" if each_gpus == 1 else f" of {_gpus(each_gpus)}"
    busy = f"{percent(of_one(load.mean_gpus) / gpus / opened)} busy at the start"
    in_office_hours = "" if opened == 1 else " in office hours"
    return (
        f"{_daily_volume(serving, figures)} take {replicas:,} {plural('replica', replicas)}{each} at the peak, "
        f"{_nodes(gpus / per_node)}, {busy}{in_office_hours}"
    )


def _daily_volume(serving: Serving, figures: Assumptions) -> str:
    """`400M tokens a day`, or `50,000 requests a day` of a service in GPU-seconds."""
    return f"{short_count(volume_per_day(serving, figures))} {serving.volume_unit} a day"


def _training_in_nodes(workload: Workload, training: Training, figures: Assumptions, share: Figure) -> str:
    """The same for a training. share: of the peak performance, with its range."""
    hours, per_node = of_one(need_of_training(training, workload.kind, figures).gpu_hours), figures.rental.gpus_per_node
    size = size_of(workload, figures)
    gpus, busy = of_one(size.nodes * per_node), of_one(size.busy or 0.0)
    if training.flops is None:
        work = f"{short_count(training.parameters or 0)} parameters on {short_count(training.tokens or 0)} tokens"
    else:
        work = f"{training.flops:.3g} floating-point operations"
    low, high = (hours, hours) if training.share_of_peak else spread_by_share_of_peak(hours, share)
    spread = "" if low == high else f" ({low:,.0f} to {high:,.0f} by the share of peak reached)"
    return (
        f"{work} take {hours:,.0f} GPU-hours{spread}, in {workload.months:g} months {_gpus(gpus)} "
        f"{percent(busy)} busy, {_nodes(of_one(size.nodes))}"
    )


def _nodes(number: float) -> str:
    return f"{number:,.4g} {plural('node', number)}"


def _gpus(number: float) -> str:
    return f"{number:,.0f} {plural('GPU', number)}"
