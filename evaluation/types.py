"""Names for the NumPy arrays that the package computes with; docstrings give their shapes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Scores, probabilities and other real numbers."""

Integers = NDArray[np.int64]
"""Counts, ranks and indices."""

Booleans = NDArray[np.bool_]
"""Masks."""
