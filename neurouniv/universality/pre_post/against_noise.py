"""Whether a change goes along a model RDM by more than noise brings about."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.change import FEWEST_RUNS
from neurouniv.fitting.noise import noise_line
from neurouniv.universality.verdict.learned import LEAST_MEMBERS


def against_noise(
    h: np.ndarray, variance: np.ndarray | None, models: np.ndarray, ends: np.ndarray, runs: int = FEWEST_RUNS
) -> np.ndarray:
    """Two-sided p (model,) that the change of h (member, time, pair) has nothing along models (model, pair) but noise.

    Five or more members are asked by a t test over them; fewer by the sampling `variance` of distances, whose pairs are
    as in `neurouniv.fitting.noise`. NaN where neither is there.

    Examples
    --------
    >>> ends, rng = np.stack(np.triu_indices(5, 1)), np.random.default_rng(0)
    >>> h = 5 + rng.normal(size=(8, 2, 10)) + 3 * np.array([0, 1])[:, None] * np.arange(10)
    >>> bool(against_noise(h, None, np.arange(10.0)[None], ends)[0] < 1e-6)
    True
    """
    from scipy import stats

    there = np.isfinite(h).all((0, 1))
    unknown = np.full(len(models), np.nan)
    if not h[..., there].size:
        return unknown
    h, models, ends = h[..., there], models[:, there], ends[:, there]
    products = (h[:, -1] - h[:, 0]) @ models.T  # (member, model)
    members = len(h)
    if members >= LEAST_MEMBERS:
        error, freedom = products.std(0, ddof=1) / np.sqrt(members), members - 1
    elif variance is not None and (variance[..., there] > 0).all():
        squares = [_variance_along(one, own[..., there], models, ends) for one, own in zip(h, variance, strict=True)]
        conditions = int(ends.max()) + 1
        error, freedom = np.sqrt(np.sum(squares, axis=0)) / members, 2 * members * (runs - 1) * (conditions - 1)
    else:
        return unknown
    with np.errstate(invalid="ignore", divide="ignore"):
        return 2 * stats.t.sf(np.abs(products.mean(0)) / error, freedom)


def _variance_along(h: np.ndarray, variance: np.ndarray, models: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The sampling variance (model,) of the sum over pairs of model times change, of h (time, pair).

    With the covariance of two pairs (c.c')(c.A c') it is tr(L A L) in each frame, L the sum of every pair's model value
    times c c', and A = a/4 + b/2 G, where nothing changes.
    """
    mean = np.maximum(h.mean(0), 0.0)
    a, b = (float(part[0]) for part in noise_line(variance.mean(0)[:, None], mean[:, None]))
    n, (first, second) = int(ends.max()) + 1, ends
    distances = np.full((n, n), mean.mean()) * (1 - np.eye(n))
    distances[first, second] = distances[second, first] = mean
    centre = np.eye(n) - 1 / n
    matrix = a / 4 * np.eye(n) - b / 4 * centre @ distances @ centre
    weights = np.zeros((len(models), n, n))
    weights[:, first, second] = weights[:, second, first] = models
    laplacian = np.eye(n) * weights.sum(-1)[:, None] - weights
    return len(h) * np.einsum("mij,jk,mki->m", laplacian, matrix, laplacian, optimize=True)
