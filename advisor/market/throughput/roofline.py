"""The roofline of serving: the least time that a GPU can take for a request, by its arithmetic and its memory."""

from collections.abc import Mapping
from typing import Literal

from advisor.errors import InputError
from advisor.market.assumptions import GpuPrices
from advisor.values.quick_dataclass import dataclass

Precision = Literal["bf16", "fp8", "fp4"]
PRECISIONS: tuple[Precision, ...] = ("bf16", "fp8", "fp4")
BYTES: Mapping[Precision, float] = {"bf16": 2.0, "fp8": 1.0, "fp4": 0.5}  # of a weight
_LEAST_CACHE_BYTES = 1.0  # keys and values are kept in 8 bits at the least


@dataclass(frozen=True)
class Chip:
    """What a GPU can do at most. flops_per_second: by precision; memory_bytes_per_second: its bandwidth."""

    id: str
    flops_per_second: Mapping[Precision, float]
    memory_bytes_per_second: float


def peak_of(gpu: GpuPrices, where: str, instead: str = "") -> float:
    """The dense peak performance of one GPU, FLOP/s.

    Args:
        gpu: The GPU.
        where: For the error.
        instead: What the user may say instead, for the error.

    Raises:
        InputError: It is unknown, as that of a GPU of one's own may be.
    """
    if gpu.peak_flops_per_second is None:
        allowed = f"{instead}peak_flops_per_second in the table [gpu.{gpu.id}] of your book"
        raise InputError(where, f"{gpu.label}, whose peak performance is unknown", allowed)
    return gpu.peak_flops_per_second


@dataclass(frozen=True)
class ServedModel:
    """A model as it is served.

    Attributes:
        parameters, active: In all, and those used for a token.
        precision: Of its weights.
        cache_bytes: Keys and values of a token, in BF16.
    """

    parameters: float
    active: float
    precision: Precision
    cache_bytes: float

    @property
    def cache_bytes_as_served(self) -> float:
        """Keys and values of a token in the precision of the weights, but in 8 bits at the least."""
        return self.cache_bytes * max(BYTES[self.precision], _LEAST_CACHE_BYTES) / BYTES["bf16"]


@dataclass(frozen=True)
class Request:
    """The tokens of a request: read, and written."""

    tokens_in: float
    tokens_out: float

    @property
    def tokens(self) -> float:
        """Both together."""
        return self.tokens_in + self.tokens_out


def least_seconds(chip: Chip, model: ServedModel, request: Request, flops_per_parameter_token: float) -> float:
    """The least time of one GPU for a request, at any batch size.

    seconds = F x active x (in + out) / peak + out x (in + out / 2) x cache / bandwidth: every token is computed, and
    each written token reads the keys and values of all before it. Reading the weights is shared by the batch and left
    out, so that the bound holds.

    Args:
        chip: the GPU.
        model: what it serves.
        request: tokens read and written.
        flops_per_parameter_token: F, `sizing.serving_flops_per_parameter_token`.

    Source: docs/model.md#serving-throughput

    >>> h100 = Chip("H100-SXM", {"bf16": 989e12, "fp8": 1978e12, "fp4": 1978e12}, 3.35e12)
    >>> round(least_seconds(h100, ServedModel(8.2e9, 8.2e9, "bf16", 147456), Request(128, 1024), 2) * 1000, 1)
    47.9
    """
    compute = flops_per_parameter_token * model.active * request.tokens / chip.flops_per_second[model.precision]
    read = request.tokens_out * (request.tokens_in + request.tokens_out / 2) * model.cache_bytes_as_served
    return compute + read / chip.memory_bytes_per_second


def least_next_token_seconds(chip: Chip, model: ServedModel, gpus: int) -> float:
    """The least time to each further token of a replica: it reads the weights that a token is computed with.

    >>> h100 = Chip("H100-SXM", {"bf16": 989e12, "fp8": 1978e12, "fp4": 1978e12}, 3.35e12)
    >>> round(least_next_token_seconds(h100, ServedModel(70.6e9, 70.6e9, "fp8", 327680), 2) * 1000, 1)
    10.5
    """
    return model.active * BYTES[model.precision] / (gpus * chip.memory_bytes_per_second)
