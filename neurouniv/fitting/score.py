"""R2: the share of variation that is explained."""

from __future__ import annotations

import numpy as np


def r_squared(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """1 - SSE/SST over the last two axes (time, pair), SST about the mean; NaN is left out."""
    mask = np.isfinite(observed) & np.isfinite(predicted)
    count = mask.sum((-2, -1), keepdims=True)
    clean = np.where(mask, observed, 0.0)
    mean = clean.sum((-2, -1), keepdims=True) / np.maximum(count, 1)
    error = np.where(mask, clean - np.where(mask, predicted, 0.0), 0.0)
    total = np.where(mask, clean - mean, 0.0)
    sse, sst = (error**2).sum((-2, -1)), (total**2).sum((-2, -1))
    return np.where((sst > 0) & (count[..., 0, 0] > 1), 1 - sse / np.where(sst > 0, sst, 1.0), np.nan)
