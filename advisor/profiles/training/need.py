"""What a training needs in GPU-hours, and the GPUs of a peak performance."""

from collections.abc import Iterator

from advisor.array_types import Amount
from advisor.market.assumptions import Assumptions
from advisor.market.throughput.roofline import peak_of
from advisor.profiles.sizing import ModelWork, figures_of_training, gpu_hours, gpus_for, memory_gb, training_flops
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class TrainingNeed:
    """A training in GPU-hours.

    Attributes:
        gpu_hours: In all.
        least_gpus: The fewest that hold the model.
        busy: Share of the time that they are to work.
    """

    gpu_hours: Amount
    least_gpus: Amount
    busy: Amount


def need_of_training(training: Training, kind: str, figures: Assumptions, where: str = "training") -> TrainingNeed:
    """A training in GPU-hours, with the book's figures where it has none of its own.

    Args:
        training: What is trained.
        kind: Of the workload.
        figures: Of the GPU it is trained on.
        where: For errors.

    Raises:
        InputError: A GPU whose peak performance is unknown.

    Source: docs/model.md#sizing
    """
    if training.gpu_teraflops is None:
        peak = peak_of(figures.gpu, where, "gpu_teraflops, or ")
    else:
        peak = training.gpu_teraflops * 1e12
    flops, least = _flops_and_least_gpus(training, figures)
    hours = gpu_hours(flops, training.share_of_peak or figures.sizing.model_flops_utilisation, peak)
    return TrainingNeed(hours, least, training.busy or figures.plan.busy_share(kind))


def _flops_and_least_gpus(training: Training, figures: Assumptions) -> tuple[Amount, Amount]:
    """Floating-point operations in all, and the fewest GPUs that hold the model: 1 where only operations are known."""
    if training.parameters is None or training.tokens is None:
        return training.flops or 0.0, 1.0
    work, used = _work(training), training.active_parameters or training.parameters
    flops = training_flops(work, used, training.tokens, figures.sizing)
    return flops, gpus_for(memory_gb(work, training.parameters, figures.sizing), figures)


def _work(training: Training) -> ModelWork:
    return "adapt" if training.adapters else "train"


def figures_behind_training(training: Training, kind: str, gpu: str) -> Iterator[str]:
    """The paths of the book's figures that the GPUs of a training follow from: those that it does not give itself."""
    if training.gpu_teraflops is None:
        yield f"{gpu}.peak_flops_per_second"
    if training.busy is None:
        yield f"plan.busy_{kind.replace('-', '_')}_share"
    share = "model_flops_utilisation"
    if training.parameters is not None:
        yield f"{gpu}.gpu_memory_gb"
        yield from (f"sizing.{name}" for name in figures_of_training(_work(training)) if name != share)
    if training.share_of_peak is None:
        yield f"sizing.{share}"


def gpus_of_pflops(pflops: float, figures: Assumptions, where: str = "pflops") -> float:
    """The GPUs with this dense peak performance together, not rounded. Raises InputError for an unknown peak."""
    return pflops * 1e15 / peak_of(figures.gpu, where, "gpus, or ")
