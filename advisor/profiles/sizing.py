"""Sizing: from model size and tokens to GPU-hours, memory, nodes and months.

GPU-hours = FLOP a parameter and token x parameters x tokens / (share of peak x peak FLOP/s) / 3600: 6 FLOP to train, 4
for adapters on frozen weights. Serving takes tokens / throughput instead, from measurements. Memory = bytes a parameter
x parameters / (1 - headroom).

Source: docs/model.md#sizing.
"""

import math
from typing import TYPE_CHECKING, Literal

from advisor.array_types import Amount, of_one, whole_units
from advisor.errors import InputError
from advisor.market.assumptions import Assumptions, Sizing
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.market.throughput.roofline import BYTES, Precision, Request, ServedModel, peak_of
from advisor.profiles.limits import MAX_NODES, MAX_PLAN_MONTHS
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.market.throughput.evidence import Throughput
    from advisor.market.throughput.measurements import TokenLimits

ModelWork = Literal["train", "adapt", "serve"]

_BYTES_PER_GB = 1e9
_HOURS_PER_DAY = 24
_SHORTEST_DAYS = 1.0
_MOST_PLANS = 8


@dataclass(frozen=True)
class Model:
    """What to do with a model.

    Attributes:
        work: Train all of it, adapt it (LoRA: small adapters on frozen weights), or serve it.
        parameters: How many it has.
        tokens: Trained on in all, or served in a month, read and written together.
        busy: Share of the time the GPUs work.
        active: Parameters used for a token, of a mixture of experts; None for a dense model, which uses all.
        precision: Of the weights that are served.
        request: Tokens read and written in a request; None for those of the book, whose range then counts.
        measured: Written tokens a second of one GPU at full load, measured by the user.
        limits: How soon tokens must come; None for the book's.
    """

    work: ModelWork
    parameters: float
    tokens: float
    busy: float
    active: float | None = None
    precision: Precision = "bf16"
    request: Request | None = None
    measured: float | None = None
    limits: "TokenLimits | None" = None

    @property
    def used_parameters(self) -> float:
        """Parameters that each token is computed with."""
        return self.parameters if self.active is None else self.active


@dataclass(frozen=True)
class SizedPlan:
    """The plan for one number of nodes. months, days: length of the training; None for serving, which does not end;
    busy: share of the time the GPUs work."""

    nodes: int
    gpus: int
    months: float | None
    days: float | None
    busy: float


@dataclass(frozen=True)
class Size:
    """What a model needs of one kind of GPU.

    Attributes:
        gpu_hours, gpu_hours_low, gpu_hours_high: In all, or in a month of serving, with the range from the share of
            peak performance reached.
        memory_gb: Weights and what must be in memory with them, headroom not counted.
        gpus, least_nodes: The fewest that hold it.
        needed_nodes: Nodes to finish within the requested months, or to serve at the busy share; None without either.
        plans: Different numbers of nodes.
        depends_on: Paths of the figures of the book behind it.
        serving: Throughput and replicas; None unless it serves.
    """

    gpu_hours: float
    gpu_hours_low: float
    gpu_hours_high: float
    memory_gb: float
    gpus: int
    least_nodes: int
    needed_nodes: int | None
    plans: tuple[SizedPlan, ...]
    depends_on: tuple[str, ...]
    serving: "ServingSize | None" = None


@dataclass(frozen=True)
class ServingSize:
    """What serving takes in GPUs rather than nodes.

    Attributes:
        throughput: Of one GPU, and the tokens of the request that it holds for.
        request: Those tokens.
        gpus_at_full_load: GPUs that would do the work if they were never idle; not rounded.
        replica_gpus: GPUs that one copy of the model takes.
        replicas: Copies that serve the load at the utilization asked for.
        busy, peak_busy: Utilization of their GPUs: the mean, and at the peak that the utilization leaves room for.
    """

    throughput: "Throughput"
    request: Request
    gpus_at_full_load: float
    replica_gpus: int
    replicas: int
    busy: float
    peak_busy: float


@dataclass(frozen=True)
class _Hours:
    """GPU-hours with their range, and the throughput behind them when they serve."""

    value: float
    low: float
    high: float
    throughput: "Throughput | None" = None
    request: Request | None = None


@dataclass(frozen=True)
class _Rates:
    """The figures of [sizing] that hold for one kind of work."""

    flops: str
    bytes_per_parameter: tuple[str, ...]


_UTILIZATION = "model_flops_utilisation"
_REQUEST = ("serving_tokens_in", "serving_tokens_out")
_LIMITS = ("serving_first_token_seconds", "serving_next_token_seconds")
_SERVING = ("serving_flops_per_parameter_token", *_REQUEST)
_RATES: dict[ModelWork, _Rates] = {
    "train": _Rates("training_flops_per_parameter_token", ("training_bytes_per_parameter",)),
    "adapt": _Rates(
        "adapter_flops_per_parameter_token",
        ("frozen_bytes_per_parameter", "training_bytes_per_parameter", "adapter_share"),
    ),
}


def gpus_for_flops(flops_per_second: float, headroom_share: float, peak_flops_per_second: float) -> int:
    """Return the GPUs whose dense peak performance is this much and a share more."""
    return math.ceil(flops_per_second * (1 + headroom_share) / peak_flops_per_second - 1e-9)


def _hours(model: Model, book: PriceBook, gpu_id: str) -> _Hours:
    """The GPU-hours of a model's work, in all or in a month of serving."""
    if model.work == "serve":
        return _serving_hours(model, book, gpu_id)
    utilization, figures = book.figure(f"sizing.{_UTILIZATION}"), book.assumptions(gpu_id)
    flops = training_flops(model.work, model.used_parameters, model.tokens, figures.sizing)
    hours = of_one(gpu_hours(flops, utilization.value, peak_of(figures.gpu, "--gpu")))
    return _Hours(hours, *spread_by_share_of_peak(hours, utilization))


def training_flops(work: ModelWork, parameters: float, tokens: float, figures: Sizing) -> Amount:
    """Floating-point operations of a training in all. parameters: those that each token is computed with."""
    each: Amount = getattr(figures, _RATES[work].flops)
    return each * parameters * tokens


def gpu_hours(flops: Amount, share_of_peak: Amount, peak_flops_per_second: float) -> Amount:
    """GPU-hours of operations on GPUs that reach a share of their peak performance."""
    return flops / (share_of_peak * peak_flops_per_second) / 3600


def _serving_hours(model: Model, book: PriceBook, gpu_id: str) -> _Hours:
    """Tokens of a month / tokens that one GPU reads and writes in an hour at full load.

    Where the tokens of a request are not given, those of the book are used, and the range also covers the corners of
    theirs.

    Source: docs/model.md#serving-throughput
    """
    figures = [book.figure(f"sizing.{name}") for name in _REQUEST]
    request = model.request or Request(*(figure.value for figure in figures))
    found = throughput_of(model, request, book, gpu_id)

    def hours(of: Request, written_per_second: float) -> float:
        return model.tokens / (written_per_second * of.tokens / of.tokens_out) / 3600

    value = hours(request, found.output_tokens_per_second)
    ends = [hours(request, rate) for rate in (found.high, found.low)]
    if model.request is None and model.measured is None:
        corners = [Request(i, o) for i in (figures[0].low, figures[0].high) for o in (figures[1].low, figures[1].high)]
        ends += [
            hours(corner, throughput_of(model, corner, book, gpu_id).output_tokens_per_second) for corner in corners
        ]
    return _Hours(value, min(ends), max(ends), found, request)


def throughput_of(model: Model, request: Request, book: PriceBook, gpu_id: str) -> "Throughput":
    """What one GPU serves of a model: the user's own measurement, else from the table of measurements.

    Raises:
        InputError: A measurement that cannot be.
    """
    from advisor.market.throughput import evidence
    from advisor.market.throughput.measurements import cache_bytes_like

    figures = book.assumptions(gpu_id)
    active, limits = model.used_parameters, model.limits or evidence.usual_limits(figures.sizing)
    served = ServedModel(model.parameters, active, model.precision, cache_bytes_like(active))
    replica = replica_gpus(_least_gpus(model, figures))
    evidence.refuse_too_fast(limits, evidence.chip_of(figures.gpu, "--gpu"), served, replica, "--next-token")
    if model.measured is not None:
        where = "the measured throughput"
        return evidence.own_throughput(model.measured, figures, served, request, limits, where)
    return evidence.throughput(figures, served, request, limits, "--first-token, --next-token")


def _nodes_needed(model: Model, hours: float, months: float, assumptions: Assumptions) -> int:
    within = 1.0 if model.work == "serve" else months
    return max(
        _least_nodes(_least_gpus(model, assumptions), assumptions), _nodes(hours, within, model.busy, assumptions)
    )


def _least_gpus(model: Model, assumptions: Assumptions) -> int:
    """The fewest GPUs that hold a model in memory."""
    return int(of_one(gpus_for(_memory_gb(model, assumptions), assumptions)))


def gpus_for(gb: Amount, assumptions: Assumptions) -> Amount:
    """The fewest GPUs with this memory, headroom kept free."""
    return whole_units(gb / (assumptions.gpu.gpu_memory_gb * (1 - assumptions.sizing.memory_headroom_share)))


def _memory_gb(model: Model, assumptions: Assumptions) -> float:
    """The memory of a model; weights that are served take what their precision takes, of the book's BF16."""
    return of_one(memory_gb(model.work, model.parameters, assumptions.sizing)) * (
        BYTES[model.precision] / BYTES["bf16"] if model.work == "serve" else 1.0
    )


def _least_nodes(gpus: int, assumptions: Assumptions) -> int:
    return math.ceil(gpus / assumptions.rental.gpus_per_node)


def memory_gb(work: ModelWork, parameters: float, figures: Sizing) -> Amount:
    """Return the memory of all GPUs together, in GB of 1e9 bytes, headroom not counted."""
    bytes_per_parameter = {
        "train": figures.training_bytes_per_parameter,
        "adapt": figures.frozen_bytes_per_parameter + figures.adapter_share * figures.training_bytes_per_parameter,
        "serve": figures.frozen_bytes_per_parameter,
    }
    return bytes_per_parameter[work] * parameters / _BYTES_PER_GB


def size_of_model(
    model: Model, book: PriceBook, gpu_id: str, months: float | None = None, nodes: int | None = None
) -> Size:
    """Return the memory and GPU-hours of a model on one GPU, and plans for different numbers of nodes.

    The plans are doublings, the requested number, and the number that finishes within `months`.

    Raises:
        InputError: No cluster is large enough, or `nodes` do not hold the model.
    """
    assumptions, found = book.assumptions(gpu_id), _hours(model, book, gpu_id)
    hours, memory = found.value, _memory_gb(model, assumptions)
    gpus = _least_gpus(model, assumptions)
    least, needed = _least_nodes(gpus, assumptions), None
    if model.work == "serve" or months is not None:
        needed = _nodes_needed(model, hours, 1.0 if months is None else months, assumptions)
    if nodes is not None and nodes < least:
        raise InputError("--nodes", f"{nodes:,}", f"at least {least:,}, to hold the model in memory")
    if model.work == "serve" and needed is not None:
        replica = math.ceil(replica_gpus(gpus) / of_one(assumptions.rental.gpus_per_node))  # nodes, one at the least
        needed = replica * math.ceil(needed / replica)
        counts = [replica * math.ceil(max(least, needed / 2) / replica), 2 * needed]
    else:
        counts = _doublings(model, hours, least, assumptions)
    counts = sorted({*counts, *(count for count in (nodes, needed) if count is not None)})
    if not counts or max(counts[0], needed or 0) > MAX_NODES:
        raise InputError("the model", f"{hours:,.3g} GPU-hours and {gpus:,} GPUs", f"what {MAX_NODES:,} nodes can do")
    plans = tuple(_plan(model, hours, count, assumptions) for count in counts if count <= MAX_NODES)
    depends_on = _figures(model, gpu_id)
    return Size(
        hours,
        found.low,
        found.high,
        memory,
        gpus,
        least,
        needed,
        plans,
        depends_on,
        _serving_size(model, found, gpus, assumptions),
    )


def _serving_size(model: Model, hours: _Hours, gpus: int, assumptions: Assumptions) -> ServingSize | None:
    if hours.throughput is None or hours.request is None:
        return None
    full, replica = hours.value / of_one(assumptions.rental.hours_per_month), replica_gpus(gpus)
    replicas = max(1, math.ceil(full / model.busy / replica - 1e-9))
    busy = full / (replicas * replica)
    return ServingSize(hours.throughput, hours.request, full, replica, replicas, busy, busy / model.busy)


def replica_gpus(gpus: float) -> int:
    """The GPUs of one copy of a model that needs this many for its memory: a power of two, as models are split."""
    return int(2 ** math.ceil(math.log2(gpus)))


def _nodes(hours: float, months: float, busy: float, assumptions: Assumptions) -> int:
    rental = assumptions.rental
    return max(1, math.ceil(hours / (rental.gpus_per_node * rental.hours_per_month * months * busy) - 1e-9))


def _plan(model: Model, hours: float, nodes: int, assumptions: Assumptions) -> SizedPlan:
    rental = assumptions.rental
    gpus, hours_per_month = round(nodes * of_one(rental.gpus_per_node)), of_one(rental.hours_per_month)
    months = hours / (gpus * hours_per_month)  # if they were never idle
    if model.work == "serve":
        return SizedPlan(nodes, gpus, None, None, months)
    months /= model.busy
    return SizedPlan(nodes, gpus, months, months * hours_per_month / _HOURS_PER_DAY, model.busy)


def _doublings(model: Model, hours: float, least: int, assumptions: Assumptions) -> list[int]:
    """Doublings of the least number of nodes that neither take longer than any plan nor end within a day."""
    longest, shortest = MAX_PLAN_MONTHS, _SHORTEST_DAYS * _HOURS_PER_DAY / assumptions.rental.hours_per_month
    found: list[int] = []
    count = least
    while count <= MAX_NODES and len(found) < _MOST_PLANS:
        months = _plan(model, hours, count, assumptions).months or 0.0
        if months < shortest and found:
            break
        found += [count] if months <= longest else []
        count *= 2
    return found


def figures_of_training(work: ModelWork) -> tuple[str, ...]:
    """The names of the figures of [sizing] behind the GPU-hours and the memory of a training."""
    rates = _RATES[work]
    return (rates.flops, _UTILIZATION, *rates.bytes_per_parameter, "memory_headroom_share")


def spread_by_share_of_peak(hours: float, utilization: Figure) -> tuple[float, float]:
    """The GPU-hours at the highest and at the lowest share of peak; a user's own figure has no range."""
    if utilization.own:
        return hours, hours
    return hours * utilization.value / utilization.high, hours * utilization.value / utilization.low


def _figures(model: Model, gpu_id: str) -> tuple[str, ...]:
    if model.work == "serve":
        used = (*(_SERVING if model.request is None else _SERVING[:1]), *(_LIMITS if model.limits is None else ()))
        sizing: tuple[str, ...] = (*used, "frozen_bytes_per_parameter", "memory_headroom_share")
    else:
        sizing = figures_of_training(model.work)
    gpu = ("peak_flops_per_second", "gpu_memory_gb")
    return (*(f"{gpu_id}.{name}" for name in gpu), *(f"sizing.{name}" for name in sizing))
