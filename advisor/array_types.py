"""Names for the numpy arrays that the engine passes around."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Amount = float | Floats  # one number, or one for each of P points, written (P, 1) so that it multiplies (P, months)


def of_plan(amount: Amount) -> Amount:
    """An amount (P, 1) as (P,), beside arrays without months such as `Demand.peak`; a number as it is."""
    return amount[..., 0] if isinstance(amount, np.ndarray) and amount.ndim else amount


def whole(amount: Amount) -> Months:
    """An amount that is a whole number, such as months: () or (P, 1)."""
    return np.asarray(amount).astype(np.int64)
