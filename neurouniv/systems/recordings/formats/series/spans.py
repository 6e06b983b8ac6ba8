"""When a recording went on: spans of time with pauses between them."""

from __future__ import annotations

import numpy as np


def within(spans: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Which trials, from `first` to `last` (s), lie in one of the spans (span, 2).

    Examples
    --------
    >>> within(np.array([[0.0, 5.0], [8.0, 9.0]]), np.array([1.0, 4.5]), np.array([2.0, 8.5])).tolist()
    [True, False]
    """
    inside = (spans[:, 0] <= first[:, None]) & (last[:, None] <= spans[:, 1])
    return np.asarray(inside.any(axis=1))
