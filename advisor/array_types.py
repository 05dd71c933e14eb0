"""Names for the numpy arrays that the engine passes around."""

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    ArrayLike = npt.ArrayLike
else:
    ArrayLike = Any  # importing numpy.typing takes a fiftieth of the time of an answer

Floats = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]  # as numpy.typing.NDArray, which is not imported: see above
Months = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Bools = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]
Row = TypeVar("Row", Floats, Months)
ROUNDING_TOLERANCE = 1e-9  # a quotient or a sum of shares may exceed a whole number by this much
Amount = float | Floats  # one number, or one for each of P points, written (P, 1) so that it multiplies (P, months)


def as_amount(of_plans: Floats | np.float64) -> Amount:
    """Values of plans (P,) as an amount (P, 1), the inverse of `of_plan`; a single value as a number."""
    return of_plans[..., None] if isinstance(of_plans, np.ndarray) and of_plans.ndim else float(of_plans)


def either(condition: Bools | bool, yes: Amount, no: Amount) -> Amount:
    """One amount where a condition holds, else the other; a number where all are numbers, which is quicker."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, yes, no)
    return yes if condition else no


def of_plan(amount: Amount) -> Amount:
    """An amount (P, 1) as (P,), beside arrays without months such as `Demand.peak`; a number as it is."""
    return amount[..., 0] if isinstance(amount, np.ndarray) and amount.ndim else amount


def of_one(amount: Amount) -> float:
    """The amount of a single plan, where no other can be."""
    return float(amount)


def of_row(values: Row, point: int) -> Row:
    """Values by month (..., n) of one of many points, (n,)."""
    return values[point] if values.ndim > 1 else values


def as_one(amount: Amount, point: int) -> float:
    """The amount of one of many points."""
    return float(amount[point, 0]) if isinstance(amount, np.ndarray) and amount.ndim else float(amount)


def among(amount: Amount, points: Months) -> Amount:
    """An amount (P, 1) at some of its points; a number as it is."""
    return amount[points] if isinstance(amount, np.ndarray) and amount.ndim else amount


def by_month(amounts: tuple[Amount, ...]) -> Floats:
    """One amount for each month as an array (..., months)."""
    return np.concatenate(amounts, axis=1) if isinstance(amounts[0], np.ndarray) else np.array(amounts)


def whole_units(amount: Amount) -> Amount:
    """How many whole units an amount of them needs, but for a rounding error: at least 1.

    >>> [whole_units(amount) for amount in (0.2, 3.0000000001, 3.1)]
    [1.0, 3.0, 4.0]
    """
    if isinstance(amount, np.ndarray):
        return np.maximum(np.ceil(amount - ROUNDING_TOLERANCE), 1.0)
    return float(max(math.ceil(amount - ROUNDING_TOLERANCE), 1))


def at_months(values: Floats, months: Months) -> Floats:
    """Values by month (..., H) in the months (..., n) of each point; either may lack axes in front."""
    if values.ndim == 1:
        return values.take(months)
    if months.ndim == 1:
        return values.take(months, axis=-1)
    row = np.arange(0, values.size, values.shape[-1])  # numpy takes twice as long for a pair of indices
    return values.ravel().take(row.reshape(*values.shape[:-1], 1) + months)


def whole(amount: Amount) -> int | Months:
    """An amount that is a whole number, such as months: one number, or (P, 1)."""
    return amount.astype(np.int64) if isinstance(amount, np.ndarray) else int(amount)


def whole_of_plan(amount: Amount) -> int | Months:
    """The same as (P,): see `of_plan`."""
    found = whole(amount)
    return found[..., 0] if isinstance(found, np.ndarray) and found.ndim else found
