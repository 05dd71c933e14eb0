"""Model size and tokens -> GPU-hours, nodes and months, for founders who know the model and not the nodes.

GPU-hours = 6 x parameters x tokens / (MFU x peak FLOP/s) / 3600 (model section 1).
"""

import math

from advisor.market.book import Assumptions


def training_gpu_hours(parameters: float, tokens: float, assumptions: Assumptions) -> float:
    """GPU-hours to train a dense model once on so many tokens."""
    plan = assumptions.plan
    flops = plan.training_flops_per_parameter_token * parameters * tokens
    return flops / (plan.model_flops_utilisation * assumptions.gpu.peak_flops_per_second) / 3600


def nodes_for(parameters: float, tokens: float, months: float, busy: float, assumptions: Assumptions) -> int:
    """Whole nodes that finish the training within `months` when they work `busy` of the time; at least one."""
    rental = assumptions.rental
    hours_per_node = rental.gpus_per_node * rental.hours_per_month * months * busy
    return max(1, math.ceil(training_gpu_hours(parameters, tokens, assumptions) / hours_per_node - 1e-9))


def parse_amount(text: str) -> float:
    """`7B` as 7e9, `1.5T` as 1.5e12, `300M`, `2e12`. Raises ValueError for anything else."""
    scales = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
    word = text.strip().lower()
    scale = scales.get(word[-1:], 1.0)
    amount = float(word[:-1] if word[-1:] in scales else word) * scale
    if not 0 < amount < math.inf:
        raise ValueError(text)
    return amount
