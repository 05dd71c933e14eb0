"""Throughput from evidence: the table of measurements, what lies between them, and the gate for figures that cannot be.

A row reaches a share of the roofline. Between rows the logarithm of that share is interpolated, each row weighted by
the inverse square of its distance in model size, tokens in and out, precision and GPU (Shepard, 1968).

Source: docs/model.md#serving-throughput
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Literal, cast

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.errors import InputError, nearest
from advisor.formatting import short_count
from advisor.market.data_files import data_table
from advisor.market.price_book import Gpu, PriceBook
from advisor.market.throughput.roofline import (
    PRECISIONS,
    Chip,
    Precision,
    Request,
    ServedModel,
    least_next_token_seconds,
    least_seconds,
)
from advisor.values.quick_dataclass import dataclass

Kind = Literal["measured", "modelled", "cited"]
_REFERENCE = "H100-SXM"
_RANGE = 1.28  # standard deviations on each side: nine in ten, less the tenth on either side, are within
_NO_DISTANCE = 1e-9


@dataclass(frozen=True)
class OpenModel:
    """An open model of the table. cache_bytes: of a token's keys and values in BF16, None where no row needs it; card:
    where its developer publishes the figures."""

    name: str
    parameters: float
    active: float
    cache_bytes: float | None
    card: str

    @property
    def words(self) -> str:
        """Its size with the source: `671B parameters, 37B for a token (huggingface.co/deepseek-ai/DeepSeek-R1)`."""
        active = "" if self.active == self.parameters else f", {short_count(self.active)} for a token"
        return f"{short_count(self.parameters)} parameters{active} ({self.card})"


@dataclass(frozen=True)
class Row:
    """One measurement: what was served on which GPU, and the written tokens a second of one GPU.

    Attributes:
        first_token_seconds, next_token_seconds: Within which it wrote; None where the source does not say.
        load: What was asked of it.
        faster: The same with less to do, which writes less and sooner.
    """

    model_name: str
    gpu: str
    model: ServedModel
    request: Request
    output_tokens_per_second: float
    first_token_seconds: float | None
    next_token_seconds: float | None
    load: str
    engine: str
    kind: Kind
    date: str
    source: str
    rejected: str
    faster: tuple["Row", ...] = ()

    @property
    def target(self) -> str:
        """The latency and the load at which it was measured, in words."""
        latency = latency_words(self.first_token_seconds, self.next_token_seconds)
        return "; ".join(part for part in (latency, self.load) if part)

    @property
    def latency_known(self) -> bool:
        """Whether the source says how soon tokens came."""
        return self.next_token_seconds is not None

    def within(self, limits: "TokenLimits") -> "Row | None":
        """The most that it wrote within the limits; None where that is not known, or never."""
        keep = [row for row in (self, *self.faster) if limits.allow(row)]
        return max(keep, key=lambda row: row.output_tokens_per_second, default=None)


@dataclass(frozen=True)
class TokenLimits:
    """How soon tokens must come, which bounds how many requests a GPU serves at once.

    Attributes:
        first_token_seconds, next_token_seconds: At the most; None for no limit.
        own: Whether the user asks for them: then a row of which no latency is known is not used.
    """

    first_token_seconds: float | None = None
    next_token_seconds: float | None = None
    own: bool = False

    def allow(self, row: Row) -> bool:
        """Whether a row keeps to both."""
        pairs = (
            (row.first_token_seconds, self.first_token_seconds),
            (row.next_token_seconds, self.next_token_seconds),
        )
        return all(most is None or (not self.own if took is None else took <= most) for took, most in pairs)


def latency_words(first_token_seconds: float | None, next_token_seconds: float | None) -> str:
    """`first token within 2 s, next within 50 ms`; empty where nothing is known."""
    first = "" if first_token_seconds is None else f"first token within {first_token_seconds:.3g} s"
    after = "" if next_token_seconds is None else f"next within {next_token_seconds * 1e3:.3g} ms"
    return ", ".join(part for part in (first, after) if part)


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


@cache
def open_models() -> Mapping[str, OpenModel]:
    """The open models of the table, by name."""
    return {
        name: OpenModel(name, row["parameters"], row["active"], row.get("cache"), f"huggingface.co/{row['card']}")
        for name, row in data_table("throughput")["model"].items()
    }


@cache
def rows() -> tuple[Row, ...]:
    """All rows of the table, the rejected ones too."""
    return tuple(_row(raw) for raw in data_table("throughput")["row"])


def _row(raw: Mapping[str, Any]) -> Row:
    model = open_models()[raw["model"]]
    served = ServedModel(model.parameters, model.active, raw["precision"], cast("float", model.cache_bytes))
    request = Request(raw["tokens_in"], raw["tokens_out"])
    named = {name: raw[name] for name in ("engine", "kind", "date", "source")}
    at_loads = [
        Row(
            model.name,
            raw["gpu"],
            served,
            request,
            point["output_tokens_per_second"],
            point.get("first_token_seconds"),
            point.get("next_token_seconds"),
            point.get("load", ""),
            rejected=raw.get("rejected", ""),
            **named,
        )
        for point in (raw, *raw.get("faster", ()))
    ]
    return replace(at_loads[0], faster=tuple(at_loads[1:]))


def cache_bytes_like(parameters: float) -> float:
    """Keys and values of a token in BF16, of a model whose architecture is not given: interpolated, in logarithms,
    between the dense models of the table by their size; beyond them that of the nearest."""
    dense = sorted(
        (m.active, m.cache_bytes) for m in open_models().values() if m.active == m.parameters and m.cache_bytes
    )
    sizes, caches = np.log(np.array(dense).T)
    return float(np.exp(np.interp(math.log(parameters), sizes, caches)))


def usual_limits(book: PriceBook) -> TokenLimits:
    """How soon an interactive service answers where the user does not say."""
    figures = book.sections["sizing"]
    return TokenLimits(figures["serving_first_token_seconds"].value, figures["serving_next_token_seconds"].value)


def refuse_too_fast(limits: TokenLimits, chip: Chip, model: ServedModel, gpus: int, where: str) -> None:
    """Raise InputError for a time to each token in which a replica cannot even read the weights that one is computed
    with. gpus: of the replica."""
    least = least_next_token_seconds(chip, model, gpus)
    if limits.next_token_seconds is not None and limits.own and limits.next_token_seconds < least:
        what = f"{limits.next_token_seconds * 1e3:.3g} ms to each token"
        raise InputError(where, what, f"at least {least * 1e3:.3g} ms, in which {gpus} GPUs read the weights once")


def chip_of(gpu: Gpu, book: PriceBook) -> Chip:
    """What a GPU can do at most. One that the table lacks is taken to have the reference's bandwidth times its ratio of
    throughput, and no units for less than BF16."""
    raw = data_table("throughput")["chip"].get(gpu.id)
    prices = book.assumptions(gpu.id).gpu
    peak = of_one(prices.peak_flops_per_second)
    if raw is None:
        reference = data_table("throughput")["chip"][_REFERENCE]["memory_bytes_per_second"]
        raw = {"memory_bytes_per_second": reference * of_one(prices.throughput_inference)}
    best = 1.0
    flops: dict[Precision, float] = {}
    for precision in PRECISIONS:  # from the slowest: what has no units of its own is computed as the one before
        best = raw.get(precision, best)
        flops[precision] = peak * best
    return Chip(gpu.id, flops, raw["memory_bytes_per_second"])


def throughput(
    gpu: Gpu, model: ServedModel, request: Request, book: PriceBook, limits: TokenLimits, where: str
) -> Throughput:
    """What one GPU serves at full load: measured, or interpolated between the rows of the table within the limits.

    Args:
        gpu: of the book or of the user's own.
        model: what is served.
        request: tokens read and written.
        book: for peak performance.
        limits: how soon tokens must come.
        where: for errors.

    Raises:
        InputError: No row is as fast.

    Source: docs/model.md#serving-throughput
    """
    accepted = _accepted(limits)
    if not accepted:
        raise InputError(where, latency_words(limits.first_token_seconds, limits.next_token_seconds), _fastest())
    shares = tuple(math.log(_share(row, book)) for row in accepted)
    distances = np.array([_distance(row, gpu.id, model, request) for row in accepted])
    log_share = _between(np.array(shares), distances)
    spread = math.exp(_RANGE * _error(limits, shares))
    reached = math.exp(log_share)
    best = request.tokens_out / least_seconds(chip_of(gpu, book), model, request, _flops(book))
    order = np.argsort(distances, kind="stable")
    used = [accepted[int(at)] for at in order if distances[order[0]] > _NO_DISTANCE or distances[at] <= _NO_DISTANCE]
    return Throughput(
        best * reached, best * reached / spread, best * min(reached * spread, 1.0), reached, tuple(used), limits
    )


def own_throughput(
    output_tokens_per_second: float,
    gpu: Gpu,
    model: ServedModel,
    request: Request,
    book: PriceBook,
    limits: TokenLimits,
    where: str,
) -> Throughput:
    """The user's own measurement, which replaces the table. Raises InputError for one that cannot be: see `refuse`."""
    share = refuse(output_tokens_per_second, chip_of(gpu, book), model, request, book, where)
    figure = output_tokens_per_second
    return Throughput(figure, figure, figure, share, (), limits, own=True)


def refuse(
    output_tokens_per_second: float, chip: Chip, model: ServedModel, request: Request, book: PriceBook, where: str
) -> float:
    """Raise InputError for a throughput that cannot be, else return its share of the roofline.

    It may not be above the roofline of memory bandwidth and FLOP/s, nor below the share of it that any accepted row
    reaches by far: then it is of another unit, of all GPUs together, or of a tool without data for this GPU.
    """
    best = request.tokens_out / least_seconds(chip, model, request, _flops(book))
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


def model_named(name: str, where: str) -> OpenModel:
    """The open model with this name, however it is written. Raises InputError with the nearest names."""
    known = open_models()
    found = next((model for key, model in known.items() if _plain(key) == _plain(name)), None)
    if found is None:
        raise InputError(where, f"the unknown model {name!r}", nearest(name, known))
    return found


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _flops(book: PriceBook) -> float:
    return book.figure("sizing.serving_flops_per_parameter_token").value


def _share(row: Row, book: PriceBook) -> float:
    """The share of the roofline that a row reaches."""
    least = least_seconds(chip_of(book.gpus[row.gpu], book), row.model, row.request, _flops(book))
    return row.output_tokens_per_second * least / row.request.tokens_out


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
