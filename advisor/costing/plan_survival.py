"""How likely a plan is still unchanged in a month, and in which month it changes: a constant monthly hazard.

tau is the month in which the plan changes, 1 to T; a plan that never changes ends in its last month, tau = T.
"""

import numpy as np

from advisor.array_types import Floats, Months


def chance_unchanged(hazard_per_month: Floats, lengths: Months, months: int) -> Floats:
    """P(tau > t) for t = 0..months-1: (1 - h)^t while the plan lasts, 0 from its end on.

    Args:
        hazard_per_month: h, chance that the plan changes in a month (...).
        lengths: length of each plan in months (...).
        months: how many months to return.

    Returns:
        (..., months).

    Source: docs/model.md#plan-survival

    """
    month = np.arange(months)
    lasting = month < lengths[..., None]
    return np.asarray(np.where(lasting, (1 - hazard_per_month[..., None]) ** month, 0.0))


def change_month_probabilities(hazard_per_month: Floats, lengths: Months, months: int) -> Floats:
    """P(tau = 1..T): h (1 - h)^(tau - 1) before the last month; the last month takes the rest (the plan survives).

    Args:
        hazard_per_month: h, chance that the plan changes in a month (...).
        lengths: length of each plan in months (...).
        months: T, the length of the longest plan.

    Returns:
        (..., T), each plan's sum is 1.

    Source: docs/model.md#plan-survival

    """
    tau = np.arange(1, months + 1)
    hazard, length = hazard_per_month[..., None], lengths[..., None]
    probabilities = (1 - hazard) ** (tau - 1.0) * np.where(tau < length, hazard, 1.0)
    return np.asarray(np.where(tau <= length, probabilities, 0.0))
