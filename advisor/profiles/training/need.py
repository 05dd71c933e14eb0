"""What a training needs in GPU-hours, and the GPUs of a peak performance."""

from functools import lru_cache

from advisor.errors import InputError
from advisor.market.price_book import Gpu, built_in_book
from advisor.profiles.sizing import Model, ModelWork, gpu_hours, least_gpus, spread_by_share_of_peak, training_flops
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class TrainingNeed:
    """A training in GPU-hours.

    Attributes:
        gpu_hours, low, high: In all, with the range from the share of the peak performance that is reached.
        least_gpus: The fewest that hold the model.
        busy: Share of the time that they are to work.
    """

    gpu_hours: float
    low: float
    high: float
    least_gpus: int
    busy: float


@lru_cache(maxsize=64)
def need_of_training(training: Training, gpu: str, kind: str, where: str = "training") -> TrainingNeed:
    """A training in GPU-hours, with the figures of the built-in book where it has none of its own.

    Args:
        training: What is trained.
        gpu: Name of the GPU.
        kind: Of the workload.
        where: For errors.

    Raises:
        InputError: A GPU whose peak performance is unknown.

    Source: docs/model.md#sizing
    """
    book = built_in_book()
    found = book.find_gpu(gpu)
    peak = _peak(found, training.gpu_teraflops, where, "also gpu_teraflops, its dense peak")
    usual = book.figure(f"plan.busy_{kind.replace('-', '_')}_share").value
    model = model_of_training(training, training.busy or usual)
    flops = training.flops or 0.0 if model is None else training_flops(model, book)
    share = book.figure("sizing.model_flops_utilisation")
    hours = gpu_hours(flops, training.share_of_peak or share.value, peak)
    low, high = (hours, hours) if training.share_of_peak else spread_by_share_of_peak(hours, share)
    least = 1 if model is None or found is None else least_gpus(model, book.assumptions(found.id))
    return TrainingNeed(hours, low, high, least, training.busy or usual)


def model_of_training(training: Training, busy: float) -> Model | None:
    """The model that is trained; None where only its operations are known."""
    if training.parameters is None or training.tokens is None:
        return None
    work: ModelWork = "adapt" if training.adapters else "train"
    return Model(work, training.parameters, training.tokens, busy, training.active_parameters)


def gpus_of_pflops(pflops: float, gpu: str, where: str = "pflops") -> float:
    """The GPUs with this dense peak performance together, not rounded. Raises InputError for an unknown peak."""
    return pflops * 1e15 / _peak(built_in_book().find_gpu(gpu), None, where, "gpus instead")


def _peak(gpu: Gpu | None, own_teraflops: float | None, where: str, allowed: str) -> float:
    """FLOP/s of one GPU."""
    if own_teraflops is not None:
        return own_teraflops * 1e12
    if gpu is None:
        raise InputError(where, "a GPU that the book has no peak performance of", allowed)
    return float(gpu.figures["peak_flops_per_second"].value)
