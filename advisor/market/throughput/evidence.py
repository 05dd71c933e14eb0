"""Throughput from evidence: what lies between the measurements of the table, and the gate for figures that cannot be.

A row reaches a share of the roofline. Between rows the logarithm of that share is interpolated, each row weighted by
the inverse square of its distance in model size, tokens in and out, precision and GPU (Shepard, 1968).

Source: docs/model.md#serving-throughput
"""

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.errors import InputError
from advisor.market.assumptions import Assumptions, GpuPrices, Sizing
from advisor.market.data_files import data_table
from advisor.market.throughput.measurements import Row, TokenLimits, latency_words, rows
from advisor.market.throughput.roofline import (
    PRECISIONS,
    Chip,
    Precision,
    Request,
    ServedModel,
    least_next_token_seconds,
    least_seconds,
    peak_of,
)
from advisor.values.quick_dataclass import dataclass

_REFERENCE = "H100-SXM"
_RANGE = 1.28  # standard deviations on each side: nine in ten, less the tenth on either side, are within
_NO_DISTANCE = 1e-9


@dataclass(frozen=True)
class Throughput:
    """What one GPU serves at full load, in written tokens a second, with its range.

    Attributes:
        output_tokens_per_second, low, high: Of one GPU.
        roofline_share: Share of the roofline reached.
        rows: The rows it is from: one where the need was measured, else all, nearest first; none for one's own.
        limits: How soon tokens come; of one's own measurement it is taken to be as soon as asked for.
        own: Whether it is the user's own measurement, which has no range.
    """

    output_tokens_per_second: float
    low: float
    high: float
    roofline_share: float
    rows: tuple[Row, ...]
    limits: TokenLimits
    own: bool = False

    @property
    def latency(self) -> str:
        """How soon tokens come, in words, and whether that is known of the nearest row; empty without a limit."""
        words = latency_words(self.limits.first_token_seconds, self.limits.next_token_seconds)
        unknown = words and self.rows and not self.rows[0].latency_known
        return f"{words}, which the nearest row does not say of itself" if unknown else words

    @property
    def measured(self) -> bool:
        """Whether this very need was measured, rather than interpolated."""
        return self.own or len(self.rows) == 1


def usual_limits(figures: Sizing) -> TokenLimits:
    """How soon an interactive service answers where the user does not say."""
    return TokenLimits(of_one(figures.serving_first_token_seconds), of_one(figures.serving_next_token_seconds))


def refuse_too_fast(limits: TokenLimits, chip: Chip, model: ServedModel, gpus: int, where: str) -> None:
    """Raise InputError for a time to each token in which a replica cannot even read the weights that one is computed
    with. gpus: of the replica."""
    least = least_next_token_seconds(chip, model, gpus)
    if limits.next_token_seconds is not None and limits.own and limits.next_token_seconds < least:
        what = f"{limits.next_token_seconds * 1e3:.3g} ms to each token"
        raise InputError(where, what, f"at least {least * 1e3:.3g} ms, in which {gpus} GPUs read the weights once")


def chip_of(gpu: GpuPrices, where: str) -> Chip:
    """What a GPU can do at most. One that the table lacks is taken to have the reference's bandwidth times its ratio of
    throughput, and no units for less than BF16.

    Raises:
        InputError: Its peak performance is unknown. where: For this error.
    """
    peak, chips = peak_of(gpu, where), data_table("throughput")["chip"]
    if gpu.id in chips:
        return _chip(gpu.id, peak, chips[gpu.id])
    bandwidth = chips[_REFERENCE]["memory_bytes_per_second"] * of_one(gpu.throughput_inference)
    return _chip(gpu.id, peak, {"memory_bytes_per_second": bandwidth})


def bandwidth_is_listed(gpu: str) -> bool:
    """Whether the table knows the memory bandwidth of a GPU, by its id."""
    return gpu in data_table("throughput")["chip"]


def _chip(gpu: str, peak: float, raw: Mapping[str, float]) -> Chip:
    """A GPU by its id, its dense peak performance in FLOP/s, and its row of the table."""
    best = 1.0
    flops: dict[Precision, float] = {}
    for precision in PRECISIONS:  # from the slowest: what has no units of its own is computed as the one before
        best = raw.get(precision, best)
        flops[precision] = peak * best
    return Chip(gpu, flops, raw["memory_bytes_per_second"])


def throughput(
    figures: Assumptions, model: ServedModel, request: Request, limits: TokenLimits, where: str
) -> Throughput:
    """What one GPU serves at full load: measured, or interpolated between the rows of the table within the limits.

    Args:
        figures: of the GPU, for its peak performance and that of those that were measured.
        model: what is served.
        request: tokens read and written.
        limits: how soon tokens must come.
        where: for errors.

    Raises:
        InputError: No row is as fast, or the GPU's peak performance is unknown.

    Source: docs/model.md#serving-throughput
    """
    accepted = _accepted(limits)
    if not accepted:
        raise InputError(where, latency_words(limits.first_token_seconds, limits.next_token_seconds), _fastest())
    gpu, flops = figures.gpu, of_one(figures.sizing.serving_flops_per_parameter_token)
    shares = _log_shares(limits, flops, tuple({**figures.peaks, gpu.id: gpu.peak_flops_per_second}.items()))
    distances = np.array([_distance(row, gpu.id, model, request) for row in accepted])
    log_share = _between(np.array(shares), distances)
    spread = math.exp(_RANGE * _error(limits, shares))
    reached = math.exp(log_share)
    best = request.tokens_out / least_seconds(chip_of(gpu, where), model, request, flops)
    order = np.argsort(distances, kind="stable")
    used = [accepted[int(at)] for at in order if distances[order[0]] > _NO_DISTANCE or distances[at] <= _NO_DISTANCE]
    return Throughput(
        best * reached, best * reached / spread, best * min(reached * spread, 1.0), reached, tuple(used), limits
    )


def own_throughput(
    output_tokens_per_second: float,
    figures: Assumptions,
    model: ServedModel,
    request: Request,
    limits: TokenLimits,
    where: str,
    *,
    believed: bool = False,
) -> Throughput:
    """The user's own measurement, which replaces the table. Raises InputError for one that cannot be, unless it is
    believed: see `refuse`; that of a GPU whose peak performance is unknown always is."""
    share, figure = math.nan, output_tokens_per_second
    if figures.gpu.peak_flops_per_second is not None and not believed:
        flops = of_one(figures.sizing.serving_flops_per_parameter_token)
        share = refuse(figure, chip_of(figures.gpu, where), model, request, flops, where)
    return Throughput(figure, figure, figure, share, (), limits, own=True)


def refuse(
    output_tokens_per_second: float,
    chip: Chip,
    model: ServedModel,
    request: Request,
    flops_per_parameter_token: float,
    where: str,
) -> float:
    """Raise InputError for a throughput that cannot be, else return its share of the roofline.

    It may not be above the roofline of memory bandwidth and FLOP/s, nor below the share of it that any accepted row
    reaches by far: then it is of another unit, of all GPUs together, or of a tool without data for this GPU.
    """
    best = request.tokens_out / least_seconds(chip, model, request, flops_per_parameter_token)
    share, least = output_tokens_per_second / best, float(data_table("throughput")["range"]["least_share"]["value"])
    if not least <= share <= 1:
        what = f"{output_tokens_per_second:,.6g} written tokens a second for each GPU"
        why = (
            "more than its FLOP/s and memory bandwidth allow"
            if share > 1
            else f"{share:.1%} of what its FLOP/s and memory bandwidth allow"
        )
        raise InputError(
            where, f"{what}, {why}", f"{least * best:,.0f} to {best:,.0f} for this model, precision and GPU"
        )
    return share


@lru_cache(maxsize=16)
def _log_shares(limits: TokenLimits, flops: float, peaks: tuple[tuple[str, float | None], ...]) -> tuple[float, ...]:
    """The logarithms of the shares of the roofline that the rows within the limits reach.

    Args:
        limits: how soon tokens must come.
        flops: floating-point operations a parameter and token.
        peaks: dense peak performance of the GPUs, FLOP/s by id.
    """
    known, chips = dict(peaks), data_table("throughput")["chip"]

    def share(row: Row) -> float:
        least = least_seconds(_chip(row.gpu, known[row.gpu] or 0.0, chips[row.gpu]), row.model, row.request, flops)
        return row.output_tokens_per_second * least / row.request.tokens_out

    return tuple(math.log(share(row)) for row in _accepted(limits))


def _distance(row: Row, gpu: str, model: ServedModel, request: Request) -> float:
    """How far a row is from a need: in logarithms of sizes and tokens, 1 for another precision and for another GPU."""
    pairs = (
        (row.model.active, model.active),
        (row.model.parameters, model.parameters),
        (row.request.tokens_in, request.tokens_in),
        (row.request.tokens_out, request.tokens_out),
    )
    other = (row.model.precision != model.precision) + (row.gpu != gpu)
    return math.hypot(*(math.log(mine / theirs) for mine, theirs in pairs), math.sqrt(other))


def _between(values: Floats, distances: Floats) -> float:
    """The mean of values by the inverse square of their distances; the value itself where one has none."""
    exact = distances <= _NO_DISTANCE
    return float(np.average(values, weights=exact if exact.any() else distances**-2.0))


@lru_cache(maxsize=16)
def _accepted(limits: TokenLimits) -> tuple[Row, ...]:
    """The rows to interpolate between, each with the most that it writes within the limits."""
    within = (row.within(limits) for row in rows() if not row.rejected)
    return tuple(row for row in within if row is not None)


def _fastest() -> str:
    """What the table knows at best, as what is allowed."""
    known = [point for row in rows() if not row.rejected for point in (row, *row.faster)]
    first = min(point.first_token_seconds for point in known if point.first_token_seconds is not None)
    after = min(point.next_token_seconds for point in known if point.next_token_seconds is not None)
    return f"a limit that was measured, {latency_words(first, after)} at best, or your own measurement"


@lru_cache(maxsize=16)
def _error(limits: TokenLimits, shares: tuple[float, ...]) -> float:
    """The root mean square error with which each row is found from the others, in logarithms."""
    accepted, values = _accepted(limits), np.array(shares)
    apart = np.array([[_distance(one, row.gpu, row.model, row.request) for one in accepted] for row in accepted])
    kept = [np.arange(len(accepted)) != at for at in range(len(accepted))]
    if len(accepted) == 1:
        return float(data_table("throughput")["range"]["lone_log_error"]["value"])
    found = [_between(values[keep], apart[at][keep]) for at, keep in enumerate(kept)]
    return float(np.sqrt(np.mean((np.array(found) - values) ** 2)))
