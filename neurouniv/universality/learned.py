"""Is anything learned at all: whether distances change over time by more than their noise.

Where the sampling variance of distances is known, the entries of the conditions' Gram matrix, made independent
(`neurouniv.fitting.white.ByConditions`), are set against their own mean over time: n (n - 1)/2 (T - 1) squares in units
of their mean noise. It is an F test, since the size of the noise is an estimate as well. Where it is not known, members
stand in for it: a change that all of several have in common is tested by random signs of each member's change. What no
noise is known of, a noise-free network, changes if it changes at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy import optimize, stats

from neurouniv.fitting.noise import noise_line
from neurouniv.fitting.observed import ends_of
from neurouniv.fitting.white import ByConditions, whole
from neurouniv.universality.ceiling import has_variance, member_dim
from neurouniv.universality.learners import NETWORK, kind_of

BOUND = 0.05
"""What a change larger than the bound would leave of the distribution of what was seen."""
LEAST_MEMBERS = 5
"""With fewer, no pattern of signs is rare enough."""
FLIPS = 2000
STILL = 1e-9
"""Of the mean distance: a noise-free movie that changes less does not change."""
FRAME = ["pair", "time"]


class Change(NamedTuple):
    """The p value of no change, and the most that distances change (root mean square), as a share of their mean."""

    p: float
    most: float


def change_test(traj: xr.Dataset) -> xr.Dataset:
    """`learned_p` (...), the p value of no change at all, and `learned_most` (...), the most that distances change.

    That bound is one-sided, 95 %: the root mean square of changes about every pair's own mean over time, as a share of
    the mean distance, in whatever direction distances change. NaN where neither the noise is known nor members are
    enough; members that are tested together have one of each. Attribute `how`: what the test rests on.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> from neurouniv.universality.studies import simulated_studies
    >>> made = simulated_studies(tasks.digits(per_class=1), "universal", studies=1, snr=1.0)
    >>> bool(change_test(made).learned_p.item() < 0.001)
    True
    """
    h, members = traj["h"], member_dim(traj["h"])
    if has_variance(traj):
        movies, ends = (h, traj["h_var"].broadcast_like(h)), ends_of(traj)
        return _each(
            "squared changes over time in units of their sampling variance, an F test", _known, *movies, ends=ends
        )
    if kind_of(traj) == NETWORK:
        return _each("distances without noise", _without_noise, h)
    if members is not None and h.sizes[members] >= LEAST_MEMBERS:
        how = f"what the changes of {h.sizes[members]} members have in common, by random signs"
        return _each(how, _by_members, h, core=[members, *FRAME])
    how = f"not known: the noise of distances is not, nor are there {LEAST_MEMBERS} members"
    return _each(how, lambda movie: Change(np.nan, np.nan), h)


def _each(
    how: str, test: Callable[..., Change], *movies: xr.DataArray, core: Sequence[Hashable] = FRAME, **settings: Any
) -> xr.Dataset:
    """`test` of every movie."""
    found = xr.apply_ufunc(
        test, *movies, kwargs=settings, input_core_dims=[core] * len(movies), output_core_dims=[[], []], vectorize=True
    )
    return xr.Dataset(dict(zip(("learned_p", "learned_most"), found, strict=True)), attrs={"how": how})


def _known(h: np.ndarray, variance: np.ndarray, ends: np.ndarray) -> Change:
    """Of one movie (pair, time) with the sampling variance of every distance."""
    among = _complete(h, ends)
    if among is None:
        return Change(np.nan, np.nan)
    times = np.isfinite(h[among]).all(0)
    h, variance = h[among][:, times], variance[among][:, times]
    if not (variance > 0).all():
        return Change(np.nan, np.nan)
    own = np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)
    mean = np.maximum(h.mean(1), 0.0)  # if nothing changes, all frames have one geometry
    a, b = noise_line(variance.mean(1, keepdims=True), mean[:, None])
    made = ByConditions.of(a[None], b[None], mean[None, None], own)
    white = made.white(h[None])[0]
    seen = float(((white - white.mean(1, keepdims=True)) ** 2).sum())
    freedom, estimated = white.shape[0] * (white.shape[1] - 1), _freedom_of_noise(variance)
    most = np.sqrt(_most(seen, freedom, estimated) / white.size * made.largest.item())
    return Change(float(stats.f.sf(seen / freedom, freedom, estimated)), _of_mean(most, h))


def _of_mean(size: float, h: np.ndarray) -> float:
    """As a share of the mean distance; NaN where noise leaves none."""
    return float(size / np.nanmean(h)) if np.nanmean(h) > 0 else np.nan


def _freedom_of_noise(variance: np.ndarray) -> float:
    """The degrees of freedom of the noise's size, told by how much it differs from frame to frame (pair, time).

    Sampling variances are themselves estimates; noise that does change over time makes the test careful.
    """
    spread = np.log(variance.mean(0)).var(ddof=1)
    return float(2 * variance.shape[1] / max(spread, 1e-6))


def _complete(h: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Which pairs (pair,) are all those of conditions that are there in every frame; None where some are missing."""
    frames = np.isfinite(h).any(0)
    there = np.isfinite(h[:, frames])
    present = [bool(there[(ends == one).any(0)].any(0).all()) for one in range(int(ends.max()) + 1)]
    some = np.flatnonzero(present)
    among = np.isin(ends, some).all(0)
    good = len(some) > 1 and among.any() and there[among].all() and frames.sum() > 1
    return among if good and whole(np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)) else None


def _most(seen: float, freedom: int, estimated: float) -> float:
    """The largest noncentrality with which the statistic is no larger than `seen` in 5 % of cases."""

    def left(size: float) -> float:
        return float(stats.ncf.cdf(seen / freedom, freedom, estimated, size)) - BOUND

    if left(1e-9) <= 0:
        return 0.0
    high = seen + freedom
    while left(high) > 0:
        high *= 2
    return float(optimize.brentq(left, 1e-9, high))


def _without_noise(h: np.ndarray) -> Change:
    """Of one movie (pair, time) that noise has no part in."""
    changed = np.sqrt(np.nanmean((h - np.nanmean(h, 1, keepdims=True)) ** 2)) / np.nanmean(np.abs(h))
    return Change(float(not changed > STILL), float(changed))


def _by_members(h: np.ndarray) -> Change:
    """Of movies (member, pair, time) whose noise is not known, by the products of different members' changes."""
    change = np.nan_to_num(h - np.nanmean(h, axis=-1, keepdims=True))
    flat = change.reshape(len(h), -1)
    products = flat @ flat.T
    np.fill_diagonal(products, 0.0)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (FLIPS, len(h)))
    drawn = np.einsum("fm,mn,fn->f", signs, products, signs)
    seen, count = products.sum(), len(h) * (len(h) - 1)
    p = (1 + (drawn >= seen * (1 - 1e-12)).sum()) / (1 + FLIPS)
    without = np.array(
        [np.delete(np.delete(products, m, 0), m, 1).sum() / (count - 2 * (len(h) - 1)) for m in range(len(h))]
    )
    error = np.sqrt((len(h) - 1) / len(h) * ((without - without.mean()) ** 2).sum())
    most = max(seen / count + stats.norm.isf(BOUND) * error, 0.0) / flat.shape[1]
    return Change(float(p), _of_mean(np.sqrt(most), h))
