"""The square form of an RDM in the order of its classes, and how well they stand apart in it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.pairs import Pairs


def square(values: np.ndarray, trajectory: xr.Dataset, names: np.ndarray) -> np.ndarray:
    """Distances (..., pair) as (..., condition, condition_) in the order of `names`; NaN where no pair is given."""
    return Pairs.of(trajectory).in_order(names.astype(str)).square(values)


def silhouette(squared: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette of the classes `labels` (condition,) in a square RDM of squared distances.

    Computed on distances, the square roots, as on points themselves; noise below 0 counts as 0. NaN where a
    distance is missing.

    Examples
    --------
    >>> apart = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]])
    >>> silhouette(apart, np.array([0, 0, 1, 1]))
    1.0
    """
    from sklearn.metrics import silhouette_score

    if not np.isfinite(squared).all():
        return float("nan")
    return float(silhouette_score(np.sqrt(np.clip(squared, 0, None)), labels, metric="precomputed"))
