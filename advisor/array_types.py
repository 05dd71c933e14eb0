"""Names for the numpy arrays that the engine passes around."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
