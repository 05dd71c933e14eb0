"""A training on a number of GPUs, `13B 1T on 64 gpus`: its months follow from them."""

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import ValidationError

from advisor.array_types import of_one
from advisor.errors import InputError
from advisor.market.assumptions import Assumptions
from advisor.profiles.schema import Workload
from advisor.profiles.training.need import need_of_training
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass

_ON_GPUS = re.compile(r"(?P<training>.+?),? (?:on|with|using) (?P<count>\d{1,9}) (?P<unit>gpu|node)s?")
_DECIMALS = range(2, 7)  # of months


@dataclass(frozen=True)
class TrainingOnGpus:
    """The words for a training, and what it runs on: a number of GPUs, or of nodes."""

    training: str
    count: int
    in_nodes: bool


def training_and_gpus(words: str) -> TrainingOnGpus | None:
    """Everyday words for a training and the GPUs that it runs on; None for others.

    >>> training_and_gpus("13b on 1t tokens with 64 gpus")
    TrainingOnGpus(training='13b on 1t tokens', count=64, in_nodes=False)
    """
    match = _ON_GPUS.fullmatch(words)
    return None if match is None else TrainingOnGpus(match["training"], int(match["count"]), match["unit"] == "node")


def with_months_on(
    said: TrainingOnGpus, amount: Mapping[str, Any], workload: Workload, figures: Assumptions, where: str
) -> dict[str, Any]:
    """The fields of a training with the months that it takes on some GPUs.

    Args:
        said: The GPUs.
        amount: The fields of the workload.
        workload: It says whether a model is trained or tuned.
        figures: Of the GPU.
        where: The field, for errors.

    Raises:
        InputError: Where the months are said too, or the GPUs do not hold the model.

    Source: docs/model.md#sizing
    """
    gpus = said.count * (int(of_one(figures.rental.gpus_per_node)) if said.in_nodes else 1)
    if "months" in amount:
        found = f"{said.training!r} on {gpus} GPUs, and {amount['months']:g} months"
        raise InputError(where, found, "the GPUs or the months: the one follows from the other")
    try:
        training = Training(**amount["training"])
    except ValidationError:  # the profile says what is wrong with it
        return dict(amount)
    need = need_of_training(training, workload.kind, figures, where)
    if gpus < (least := of_one(need.least_gpus)):
        raise InputError(where, f"{gpus} GPUs", f"at least {least:.0f}, which hold the model while it is trained")
    months = of_one(need.gpu_hours) / (gpus * of_one(need.busy) * of_one(figures.rental.hours_per_month))
    lengths = (math.ceil(months * 10**decimals) / 10**decimals for decimals in _DECIMALS)
    enough = (length for length in lengths if gpus * months / length > gpus - 1)  # no fewer GPUs would end it by then
    return {**amount, "months": next(enough, months)}
