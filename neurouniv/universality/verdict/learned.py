"""Test of learning: whether distances change over time by more than their noise.

Where the sampling variance of distances is known, the test is that of `neurouniv.fitting.change`. Where it is not, the
change that several members have in common is tested by random signs of each member's change. A network without noise
changes if it changes at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.fitting.change import BOUND, FEWEST_RUNS, Change, of_mean, tested
from neurouniv.rdm.pairs import Pairs
from neurouniv.universality.scores.noise_ceiling import has_variance, member_dim
from neurouniv.universality.trial.learners import NETWORK, kind_of

LEAST_MEMBERS = 5
"""With fewer, no pattern of signs is rare enough."""
FLIPS = 2000
STILL = 1e-9
"""A movie without noise that changes by less than this share of its mean distance does not change."""
FRAME = ["pair", "time"]


def change_test(traj: xr.Dataset) -> xr.Dataset:
    """`learned_p` (...), the p value of no change at all, and `learned_most` (...), the most that distances change.

    That bound is one-sided, 95 %: the root mean square of changes about every pair's own mean over time, as a share of
    the mean distance, in whatever direction distances change. NaN where neither the noise is known nor members are
    enough; members that are tested together have one of each. Attribute `how`: what the test rests on.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> from neurouniv.universality.planning.simulated_studies import simulated_studies
    >>> made = simulated_studies(tasks.digits(per_class=1), "universal", studies=1, snr=1.0)
    >>> bool(change_test(made).learned_p.item() < 0.001)
    True
    """
    h, members = traj["h"], member_dim(traj["h"])
    if has_variance(traj):
        movies, ends = (h, traj["h_var"].broadcast_like(h)), Pairs.of(traj).ends
        how, runs = "squared changes over time in units of their sampling variance, an F test", runs_of(traj)
        return _each(how, tested, *movies, ends=ends, runs=runs)
    if kind_of(traj) == NETWORK:
        return _each("distances without noise", _without_noise, h)
    if members is not None and h.sizes[members] >= LEAST_MEMBERS:
        how = f"the change that {h.sizes[members]} members share, tested with random signs"
        return _each(how, _by_members, h, core=[members, *FRAME])
    how = f"not known: distances have no sampling variance, and there are fewer than {LEAST_MEMBERS} members"
    return _each(how, lambda movie: Change(np.nan, np.nan), h)


def runs_of(traj: xr.Dataset) -> int:
    """How many runs sampling variances were estimated from; the fewest there can be where that is not known."""
    attrs = traj["h_var"].attrs if "h_var" in traj else {}
    return max(int(attrs.get("runs", FEWEST_RUNS)), FEWEST_RUNS)


def _each(
    how: str, test: Callable[..., Change], *movies: xr.DataArray, core: Sequence[Hashable] = FRAME, **settings: Any
) -> xr.Dataset:
    """`test` of every movie."""
    results = xr.apply_ufunc(
        test, *movies, kwargs=settings, input_core_dims=[core] * len(movies), output_core_dims=[[], []], vectorize=True
    )
    return xr.Dataset(dict(zip(("learned_p", "learned_most"), results, strict=True)), attrs={"how": how})


def _without_noise(h: np.ndarray) -> Change:
    """The test of one movie (pair, time) without noise."""
    change = np.sqrt(np.nanmean((h - np.nanmean(h, 1, keepdims=True)) ** 2)) / np.nanmean(np.abs(h))
    return Change(float(not change > STILL), float(change))


def _by_members(h: np.ndarray) -> Change:
    """The test of movies (member, pair, time) with unknown noise, by the products of different members' changes."""
    change = np.nan_to_num(h - np.nanmean(h, axis=-1, keepdims=True))
    flat = change.reshape(len(h), -1)
    products = flat @ flat.T
    np.fill_diagonal(products, 0.0)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (FLIPS, len(h)))
    null = np.einsum("fm,mn,fn->f", signs, products, signs)
    total, count = products.sum(), len(h) * (len(h) - 1)
    p = (1 + (null >= total * (1 - 1e-12)).sum()) / (1 + FLIPS)
    left_out = np.array(
        [np.delete(np.delete(products, m, 0), m, 1).sum() / (count - 2 * (len(h) - 1)) for m in range(len(h))]
    )
    error = np.sqrt((len(h) - 1) / len(h) * ((left_out - left_out.mean()) ** 2).sum())
    most = max(total / count + stats.norm.isf(BOUND) * error, 0.0) / flat.shape[1]
    return Change(float(p), of_mean(np.sqrt(most), h))
