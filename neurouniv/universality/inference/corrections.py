"""Corrections for many comparisons: sign flips of subjects (largest statistic, clusters of times) and Holm's.

Flipping the signs of whole subjects' differences asks whether the mean over *these* conditions differs from 0 in the
population of subjects. Read as a statement about other conditions too, 16 to 20 % of such tests are false at a nominal
5 % (`benchmarks/inference.py`); for that, use the bootstrap's correction in
`neurouniv.universality.inference.p_values`.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from neurouniv.schema import InputError

FLIPS = 2000
LEAST_SUBJECTS = 6
"""With fewer subjects there are fewer than 32 sign flips, and no p below .05 could be trusted."""


def sign_flips(subjects: int, count: int = FLIPS, seed: int = 0) -> np.ndarray:
    """Signs (flip, subject), the first of which flips nothing; where at most `count` differ, all of them.

    Examples
    --------
    >>> sign_flips(3)
    array([[ 1.,  1.,  1.],
           [ 1.,  1., -1.],
           [ 1., -1.,  1.],
           [ 1., -1., -1.]])
    """
    if subjects - 1 <= np.log2(count):
        bits = np.arange(2 ** (subjects - 1))[:, None] >> np.arange(subjects)[::-1] & 1
        return 1.0 - 2 * bits
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, subjects))
    signs[0] = 1.0
    return signs


def flipped_t(differences: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Student's t of the mean over subjects, for every flip: (subject, ...) to (flip, ...); 0 where nothing varies."""
    subjects = len(differences)
    flat = differences.reshape(subjects, -1)
    mean = signs @ flat / subjects
    spread = (flat**2).mean(0) - mean**2  # a flip leaves squares as they are
    with np.errstate(invalid="ignore", divide="ignore"):
        t = mean / np.sqrt(np.maximum(spread, 0.0) / (subjects - 1))
    return np.where(np.isfinite(t), t, 0.0).reshape(len(signs), *differences.shape[1:])


def max_flip_p(differences: np.ndarray, count: int = FLIPS, seed: int = 0) -> np.ndarray:
    """p of every time against the largest |t| over times and flips: (subject, ..., time) to (..., time)."""
    t = np.abs(flipped_t(differences, sign_flips(_enough(differences), count, seed)))
    return _share(t[0], t.max(-1, keepdims=True))


def cluster_p(differences: np.ndarray, count: int = FLIPS, seed: int = 0, threshold: float | None = None) -> np.ndarray:
    """p of every time's cluster, (subject, ..., time) to (..., time); 1 outside clusters.

    A cluster is a stretch of times whose t passes `threshold` (default: two-sided 5 %) with one sign; its mass, the
    sum of |t|, is set against the largest in every flip (Maris & Oostenveld 2007), as
    `mne.stats.permutation_cluster_1samp_test` does.
    """
    subjects = _enough(differences)
    t = flipped_t(differences, sign_flips(subjects, count, seed))
    mass = cluster_mass(t, stats.t.isf(0.025, subjects - 1) if threshold is None else threshold)
    return np.where(mass[0] > 0, _share(mass[0], mass.max(-1, keepdims=True)), 1.0)


def cluster_mass(t: np.ndarray, threshold: float) -> np.ndarray:
    """The mass of the cluster that each time is in, 0 outside: (..., time) to (..., time).

    Examples
    --------
    >>> cluster_mass(np.array([0.0, 3.0, 4.0, -5.0, 0.0]), 2.0)
    array([0., 7., 7., 5., 0.])
    """
    sign = np.where(np.abs(t) > threshold, np.sign(t), 0.0)
    forward, whole = np.abs(t) * (sign != 0), np.zeros(t.shape)
    for i in range(1, t.shape[-1]):
        forward[..., i] += np.where((sign[..., i] != 0) & (sign[..., i] == sign[..., i - 1]), forward[..., i - 1], 0.0)
    for i in reversed(range(t.shape[-1])):
        last = i == t.shape[-1] - 1
        goes_on = np.zeros(t.shape[:-1], bool) if last else (sign[..., i] == sign[..., i + 1])
        whole[..., i] = np.where(goes_on, whole[..., min(i + 1, t.shape[-1] - 1)], forward[..., i])
    return np.where(sign != 0, whole, 0.0)


def holm(p: np.ndarray) -> np.ndarray:
    """p corrected over the first axis (Holm 1979); NaN counts as no comparison.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    order = np.argsort(p, axis=0)
    rank = np.arange(len(p)).reshape(-1, *[1] * (p.ndim - 1))
    remaining = np.isfinite(p).sum(0) - rank
    stepped = np.fmax.accumulate(np.take_along_axis(p, order, 0) * remaining, axis=0)
    corrected = np.empty(p.shape)
    np.put_along_axis(corrected, order, np.minimum(stepped, 1.0), 0)
    return np.where(np.isfinite(p), corrected, np.nan)


def _share(observed: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """The share of flips whose largest statistic is at least as large, the data themselves among them."""
    slack = 1e-12 * np.abs(observed)
    return np.mean([top >= observed - slack for top in largest], axis=0)


def _enough(differences: np.ndarray) -> int:
    if len(differences) < LEAST_SUBJECTS:
        raise InputError(
            f"Sign flips need at least {LEAST_SUBJECTS} subjects; got {len(differences)}. Use the bootstrap's "
            "correction: correction='max'."
        )
    return len(differences)
