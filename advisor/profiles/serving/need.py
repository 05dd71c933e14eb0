"""What a service needs in GPUs: replicas, their utilization, and how both change over the months."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from advisor.array_types import Amount, as_amount, by_month, either, of_one
from advisor.errors import InputError
from advisor.market.assumptions import Assumptions, Sizing
from advisor.market.figures import Figure
from advisor.market.throughput.roofline import BYTES, Request, ServedModel, peak_of
from advisor.market.token_prices import SAME_SIZE, prices_of_model, prices_of_size
from advisor.profiles.serving.service import Serving
from advisor.profiles.sizing import gpus_for, replica_gpus
from advisor.values.many_points import for_distinct, one_by_one
from advisor.values.quick_dataclass import dataclass, replace

if TYPE_CHECKING:
    from advisor.market.throughput.evidence import Throughput
    from advisor.market.throughput.measurements import TokenLimits

_MONTHS = 60  # the longest plan: a plan of many lengths is costed at once
_SECONDS_PER_DAY = 86_400
_BYTES_PER_GB = 1e9


@dataclass(frozen=True)
class ServiceLoad:
    """A service in GPUs at the start, for one point or many.

    Attributes:
        peak_gpus, mean_gpus: At work, at the peak and in the mean of all hours; not rounded.
        least_gpus: Of the replicas that are always up.
        gpus_per_replica: Of one copy of the model.
        read_per_gpu_hour, written_per_gpu_hour: Tokens of one GPU at full load; 0 of a service in GPU-seconds.
    """

    peak_gpus: Amount
    mean_gpus: Amount
    least_gpus: Amount
    gpus_per_replica: Amount
    read_per_gpu_hour: Amount
    written_per_gpu_hour: Amount

    @property
    def gpus(self) -> Amount:
        """Those of the peak, and of the least replicas; not rounded to replicas."""
        return either(self.peak_gpus > self.least_gpus, self.peak_gpus, self.least_gpus)


@dataclass(frozen=True)
class ServingNeed:
    """A service in GPUs, with where its throughput is from.

    Attributes:
        request: Tokens read and written in a request; None of a service in GPU-seconds.
        volume_per_day: Tokens read and written at the start, or requests of a service in GPU-seconds.
        volume_per_gpu_hour, low, high: What one GPU serves of them at full load, with the range.
        load: Its GPUs.
        throughput: Of one GPU, with where it is from; None of a service in GPU-seconds, which the user gives.
    """

    request: Request | None
    volume_per_day: float
    volume_per_gpu_hour: float
    low: float
    high: float
    load: ServiceLoad
    throughput: "Throughput | None"

    @property
    def gpus(self) -> float:
        """At the start: those of the peak, and of the least replicas; not rounded to replicas."""
        return of_one(self.load.gpus)

    @property
    def mean_gpus(self) -> float:
        """At work at the start, in the mean of all hours."""
        return of_one(self.load.mean_gpus)

    @property
    def gpus_per_replica(self) -> int:
        """Of one copy of the model."""
        return round(of_one(self.load.gpus_per_replica))


@lru_cache(maxsize=64)
def need_of_service(serving: Serving, figures: Assumptions, where: str = "serving") -> ServingNeed:
    """A service in GPUs at the start. See `ServingNeed`.

    peak GPUs = tokens a day / 86,400 x (24 / hours of service) x peak to mean / tokens that one GPU serves in a second.

    Args:
        serving: the service.
        figures: of its GPU, single numbers; one whose peak performance is unknown needs a measurement.
        where: for errors.

    Raises:
        InputError: An unknown model, a GPU without measurement, or a measurement that cannot be.

    Source: docs/model.md#serving
    """
    return _need(serving, figures, where) if serving.in_tokens else _need_in_requests(serving, figures)


def _need_in_requests(serving: Serving, figures: Assumptions) -> ServingNeed:
    load, hourly = load_of_service(serving, figures), 3600 / serving.gpu_seconds
    volume = volume_per_day(serving, figures)
    return ServingNeed(None, volume, hourly, low=hourly, high=hourly, load=load, throughput=None)


def _need(serving: Serving, figures: Assumptions, where: str, *, believed: bool = False) -> ServingNeed:
    request = _request(serving, figures.sizing)
    found, replica = _of_gpu(serving, figures, request, where, believed=believed)
    tokens_per_day = volume_per_day(serving, figures)
    per_written = request.tokens / request.tokens_out
    mean = tokens_per_day / _SECONDS_PER_DAY / (found.output_tokens_per_second * per_written)
    peak_to_mean = serving.peak_to_mean or 1 / of_one(figures.plan.busy_inference_share)
    hourly = 3600 * per_written
    volume = found.output_tokens_per_second * hourly
    written = volume * request.tokens_out / request.tokens
    peak, least = mean * 24 / serving.hours_per_day * peak_to_mean, float(serving.replicas * replica)
    return ServingNeed(
        request=request,
        volume_per_day=tokens_per_day,
        volume_per_gpu_hour=volume,
        low=found.low * hourly,
        high=found.high * hourly,
        load=ServiceLoad(peak, mean, least, float(replica), volume - written, written),
        throughput=found,
    )


def load_of_service(serving: Serving, figures: Assumptions) -> ServiceLoad:
    """A service in GPUs at the start, for one point or many. figures: of its GPU.

    mean GPUs in GPU-seconds = requests a day x GPU-seconds of one x GPUs of a replica / 86,400.

    Source: docs/model.md#serving
    """
    if not serving.in_tokens:
        replica = float(serving.gpus_per_replica or 1)
        mean = (serving.requests_per_day or 0.0) * serving.gpu_seconds / _SECONDS_PER_DAY
        peak_to_mean = serving.peak_to_mean or 1 / figures.plan.busy_inference_share
        peak = mean * 24 / serving.hours_per_day * peak_to_mean
        return ServiceLoad(peak, mean, serving.replicas * replica, replica, 0.0, 0.0)
    behind = figures.sizing, figures.plan.busy_inference_share, figures.gpu.throughput_inference

    def load(behind: tuple[Sizing, Amount, Amount]) -> ServiceLoad:
        alone = one_by_one(behind)
        if alone[0] is behind:
            return need_of_service(serving, figures).load
        # What the user measured or asks for was checked by the figures as they are; here these are moved.
        loads = [_need(serving, _with(figures, *one), "serving", believed=True).load for one in alone]
        return ServiceLoad(*np.array([list(vars(one).values()) for one in loads]).T[..., None])

    return for_distinct(load, behind)


def _with(figures: Assumptions, sizing: Sizing, busy: Amount, throughput: Amount) -> Assumptions:
    """The figures with others in place of those that a service follows from."""
    plan = replace(figures.plan, busy_inference_share=busy)
    return replace(figures, sizing=sizing, plan=plan, gpu=replace(figures.gpu, throughput_inference=throughput))


def figures_behind_service(serving: Serving, gpu: str) -> Iterator[str]:
    """The paths of the book's figures that the GPUs of a service follow from: those that it does not give itself."""
    from advisor.market.throughput.evidence import bandwidth_is_listed

    if serving.peak_to_mean is None:
        yield "plan.busy_inference_share"
    if not serving.in_tokens:
        return
    yield from (f"sizing.serving_{name}" for name in ("tokens_in", "tokens_out") if getattr(serving, name) is None)
    if serving.gpus_per_replica is None:
        yield from (f"{gpu}.gpu_memory_gb", "sizing.memory_headroom_share")
    if serving.output_tokens_per_second is not None:
        return
    yield from (f"{gpu}.peak_flops_per_second", "sizing.serving_flops_per_parameter_token")
    if not bandwidth_is_listed(gpu):
        yield f"{gpu}.throughput_inference"
    if serving.latency != "batch" and serving.first_token_seconds is serving.next_token_seconds is None:
        yield from ("sizing.serving_first_token_seconds", "sizing.serving_next_token_seconds")


def _request(serving: Serving, figures: Sizing) -> Request:
    return Request(
        serving.tokens_in or of_one(figures.serving_tokens_in), serving.tokens_out or of_one(figures.serving_tokens_out)
    )


def _token_limits(serving: Serving, figures: Sizing) -> "TokenLimits":
    """How soon tokens must come: as asked for, else as usual; any time for a batch."""
    from advisor.market.throughput.evidence import usual_limits
    from advisor.market.throughput.measurements import TokenLimits

    if serving.latency == "batch":
        return TokenLimits()
    first, after = serving.first_token_seconds, serving.next_token_seconds
    return usual_limits(figures) if first is None and after is None else TokenLimits(first, after, own=True)


def served_model(serving: Serving, where: str = "serving") -> ServedModel:
    """The model that is served. Raises InputError for an unknown name."""
    from advisor.market.throughput.measurements import cache_bytes_like, model_named

    if serving.model is not None:
        known = model_named(serving.model, f"{where}, model")
        cache = known.cache_bytes or cache_bytes_like(known.active)
        return ServedModel(known.parameters, known.active, serving.precision, cache)
    total = serving.parameters or 0.0
    active = serving.active_parameters or total
    return ServedModel(total, active, serving.precision, cache_bytes_like(active))


def _of_gpu(
    serving: Serving, figures: Assumptions, request: Request, where: str, *, believed: bool
) -> tuple["Throughput", int]:
    """Written tokens a second of one GPU, and the GPUs of a replica. believed: whether what the user says of them is
    not checked."""
    from advisor.market.throughput.evidence import chip_of, own_throughput, refuse_too_fast, throughput

    model, gpu, own = served_model(serving, where), figures.gpu, serving.output_tokens_per_second
    limits = _token_limits(serving, figures.sizing)
    if own is None:
        peak_of(gpu, where, "output_tokens_per_second, measured on one GPU, or ")
    gb = model.parameters * BYTES[model.precision] + (serving.context or 0.0) * model.cache_bytes_as_served
    replica = serving.gpus_per_replica or replica_gpus(of_one(gpus_for(gb / _BYTES_PER_GB, figures)))
    if gpu.peak_flops_per_second is not None and not believed:
        refuse_too_fast(limits, chip_of(gpu, where), model, replica, f"{where}, next_token_seconds")
    if own is not None:
        of_own = f"{where}, output_tokens_per_second"
        found = own_throughput(own, figures, model, request, limits, of_own, believed=believed)
    else:
        found = throughput(figures, model, request, limits, where)
    return found, replica


def volume_per_day(serving: Serving, figures: Assumptions) -> float:
    """The tokens of a day at the start, or the requests of a service in GPU-seconds."""
    per_request = _request(serving, figures.sizing).tokens if serving.in_tokens else 1.0
    return serving.tokens_per_day or (serving.requests_per_day or 0.0) * per_request


def in_open_hours(load: ServiceLoad, serving: Serving, open_share: Amount) -> ServiceLoad:
    """The same tokens in fewer hours, where a service is open for less of a week than its hours of a day: its peak is
    higher. open_share: of all hours."""
    squeezed = serving.hours_per_day / 24 / open_share
    return replace(load, peak_gpus=load.peak_gpus * either(squeezed > 1, squeezed, 1.0))


def needs_by_month(load: ServiceLoad, serving: Serving, growth_per_month: float) -> tuple[Amount, ...]:
    """GPUs of each month beside the growth, as multiples of those at the start; empty where they are all 1.

    Another model takes the place of the first with a chance of h a month and needs m times the GPUs: what is expected
    is 1 + (m - 1) (1 - (1 - h)^t) times the need. The least replicas are up whatever the need is.

    Source: docs/model.md#serving
    """
    months = np.arange(_MONTHS)
    growth = (1 + growth_per_month) ** months
    changed = 1 - (1 - serving.model_change_per_month) ** months
    multiples = growth * (1 + (serving.model_change_need - 1) * changed)
    gpus = np.maximum(load.peak_gpus * multiples, load.least_gpus) / (load.gpus * growth)
    if np.allclose(gpus, 1.0, rtol=1e-12):
        return ()
    return tuple(gpus.tolist()) if gpus.ndim == 1 else tuple(gpus.T[..., None])


def busy_of_service(
    load: ServiceLoad, ramp: tuple[Amount, ...], serving: Serving, growth_per_month: float, months: Amount
) -> Amount:
    """The mean utilization over the first months: GPU-hours of work by all those of the GPUs that are there.

    A plan has one utilization, so where the least replicas have room to spare, work is spread evenly over its months.
    """
    at = np.arange(_MONTHS)
    growth = (1 + growth_per_month) ** at * (at < np.maximum(months, 1))
    changed = 1 - (1 - serving.model_change_per_month) ** at
    work = load.mean_gpus * growth * (1 + (serving.model_change_need - 1) * changed)
    there = load.gpus * growth * (by_month(ramp) if ramp else 1.0)
    return as_amount(work.sum(axis=-1) / there.sum(axis=-1))


def api_figures(serving: Serving, usual: Mapping[str, Figure], where: str = "serving") -> dict[str, Figure] | None:
    """The prices of the hosted API that serves as well; None where the user names none and none is posted.

    An open model's API is taken to serve as well as the same model of one's own. Any other is compared only where
    `good_enough` names it; a service in GPU-seconds is compared with none.

    Args:
        serving: the service.
        usual: the section `api` of the book.
        where: for errors.

    Raises:
        InputError: An API without a price.

    Source: docs/model.md#hosted-api
    """
    if not serving.in_tokens:
        return None
    named, model = serving.good_enough, served_model(serving, where)
    if serving.api_input_usd is not None and serving.api_output_usd is not None:
        return _own_prices(serving, usual, where)
    if named is None:
        return None if serving.model is None else prices_of_model(serving.model, usual, f"{where}, model")
    place = f"{where}, good_enough"
    if named.lower() == SAME_SIZE:
        return prices_of_size(model.parameters, model.active, usual, place)
    found = prices_of_model(named, usual, place)
    if found is None:
        raise InputError(place, f"{named!r}, for which no price is posted", "also api_input_usd and api_output_usd")
    return found


def _own_prices(serving: Serving, usual: Mapping[str, Figure], where: str) -> dict[str, Figure]:
    own = {"input_usd_per_mtok": serving.api_input_usd, "output_usd_per_mtok": serving.api_output_usd}
    if serving.api_cached_usd is not None and serving.api_input_usd:
        own["cached_price_share"] = serving.api_cached_usd / serving.api_input_usd
    return {
        name: usual[name].with_own_value(value, "your profile", where, ("api", name)) for name, value in own.items()
    }


def api_name(serving: Serving) -> str:
    """The name of the API that serves as well; empty without one."""
    if serving.good_enough is not None and serving.good_enough.lower() != SAME_SIZE:
        return serving.good_enough
    return serving.model or ("open models of this size" if serving.good_enough else "")
