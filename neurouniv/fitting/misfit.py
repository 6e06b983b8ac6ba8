"""The misfit that the optimiser makes small: errors of the observed variables, weighted as asked for.

`Weighting` turns errors (..., system, variable, pair, time) into residuals; it knows three ways: as they are (the
published objective), by the range of every variable, and by the noise, which is the likelihood where the sampling
variance of h is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from neurouniv.fitting.noise import MOST_PAIRS, noise_line, pair_covariance, whitener
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.whiteners import ByConditions, ByFrames, ByMatrix, ByPair, BySystems, Whitener, whole

AT_ONCE = 2**21
"""Entries of covariances held at once."""


@dataclass(frozen=True)
class Weighting:
    """Weights of every variable and, for h with known noise, the map that makes its errors white."""

    variable: np.ndarray  # (system, variable)
    whitener: Whitener | None = None
    h_at: int = 0  # the place of h among the variables

    def __call__(self, error: np.ndarray, system: np.ndarray) -> np.ndarray:
        """Residuals of the shape of `error` (..., problem, variable, pair, time); `system` (problem,) says whose."""
        weighted = error * self.variable[system][..., None, None]
        if self.whitener is not None:
            weighted[..., self.h_at, :, :] = self.whitener.taken(system).white(error[..., self.h_at, :, :])
        return weighted

    def taken(self, systems: np.ndarray) -> Self:
        """The weights of the systems at these places, repeated where a place is."""
        whitener = self.whitener and self.whitener.taken(systems)
        return replace(self, variable=self.variable[systems], whitener=whitener)

    def seldom(self, frames: np.ndarray) -> Self:
        """The weights of the frames at these places."""
        return replace(self, whitener=self.whitener and self.whitener.seldom(frames))

    def back(self, residual: np.ndarray) -> np.ndarray:
        """The transpose applied to residuals (system, variable, pair, time): errors times the inverse covariance."""
        weighted = residual * self.variable[..., None, None]
        if self.whitener is not None:
            weighted[:, self.h_at] = self.whitener.back(residual[:, self.h_at])
        return weighted


def weighting_of(
    kind: str,
    seen: Observed,
    names: list[str],
    predicted: np.ndarray | None = None,
    floor: np.ndarray | float = 0.0,
) -> Weighting:
    """The weighting of `kind` ("none", "range" or "noise") for the variables in `names`.

    Parameters
    ----------
    predicted : (system, variable, pair, time), where a first fit is there: noise is then taken about it. Without it,
        distances as observed give the covariances, and variables of unknown noise count by their range.
    floor : (system, 1), what noise adds to every distance, which makes none of them noisier.
    """
    observed = seen.values[:, [seen.variables.index(name) for name in names]]
    if kind == "none":
        return Weighting(np.ones(observed.shape[:2]))
    if kind == "range":
        return Weighting(_inverse(_range(observed)))
    if predicted is None:
        scale = _range(observed)
    else:
        scale = np.sqrt(np.nanmean((observed - predicted) ** 2, axis=(-2, -1)))
        scale = np.maximum(scale, 1e-9 * _range(observed))
    variable = _inverse(scale)
    if seen.variance is None or "h" not in names:
        return Weighting(variable)
    place = names.index("h")
    expected = observed[:, place] if predicted is None else predicted[:, place]
    expected = expected - np.expand_dims(floor, -1)
    return Weighting(variable, _known_noise(seen.variance, seen.ends, observed[:, place], expected), place)


def _known_noise(variance: np.ndarray, ends: np.ndarray, h: np.ndarray, expected: np.ndarray) -> Whitener:
    """One whitener for all frames in which the same pairs are observed."""
    observed = np.isfinite(h)
    expected = np.where(np.isfinite(expected), expected, np.nanmean(h, axis=(-2, -1), keepdims=True))
    a, b = noise_line(variance, expected)
    frames = _alike(observed.reshape(-1, h.shape[2]).T)
    parts = [(t, _of_frames(ends, a[:, t], b[:, t], expected[..., t], observed[..., t[0]])) for t in frames]
    return ByFrames(parts) if len(parts) > 1 else parts[0][1]


def _alike(rows: np.ndarray) -> list[np.ndarray]:
    """The places, in ascending order, of every set of equal rows."""
    kind = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    return [np.flatnonzero(kind == k) for k in range(kind.max() + 1)]


def _of_frames(ends: np.ndarray, a: np.ndarray, b: np.ndarray, expected: np.ndarray, observed: np.ndarray) -> Whitener:
    """The whitener of the pairs `observed` (system, pair); a, b (system, time), expected (system, pair, time)."""
    mask = observed[0]
    if expected.shape[1] > MOST_PAIRS and not (observed == mask).all():
        groups = _alike(observed)
        of_group = [ends if ends.ndim == 2 else ends[:, s] for s in groups]
        parts = [_of_frames(e, a[s], b[s], expected[s], observed[s]) for e, s in zip(of_group, groups, strict=True)]
        return BySystems(list(zip(groups, parts, strict=True)))
    expected = np.swapaxes(expected, 1, 2)
    if ends.ndim == 2 and mask.any() and (observed == mask).all():
        own_ends = np.unique(ends[:, mask], return_inverse=True)[1].reshape(2, -1)
        if whole(own_ends):
            return ByConditions.of(a, b, expected[..., mask], own_ends, mask)
    if expected.shape[-1] > MOST_PAIRS:
        spread = np.sqrt(a[..., None] + b[..., None] * np.maximum(expected, 0.0))
        return ByPair(np.swapaxes(np.where(observed[:, None], 1 / spread, 0.0), 1, 2))
    of_system = [ends if ends.ndim == 2 else ends[:, s] for s in range(len(a))]  # groups of pairs may differ by system
    return ByMatrix([_matrices(*noise) for noise in zip(a, b, expected, of_system, observed, strict=True)])


def _matrices(a: np.ndarray, b: np.ndarray, expected: np.ndarray, ends: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """The whitening matrices of one system (time, pair, pair), made some frames at a time."""
    pairs = expected.shape[-1]
    white = np.empty((len(a), pairs, pairs))
    at_once = max(1, AT_ONCE // pairs**2)
    for first in range(0, len(a), at_once):
        frames = slice(first, first + at_once)
        white[frames] = whitener(pair_covariance(a[frames], b[frames], expected[frames], ends), observed)
    return white


def _range(observed: np.ndarray) -> np.ndarray:
    return np.nanmax(observed, axis=(-2, -1)) - np.nanmin(observed, axis=(-2, -1))


def _inverse(scale: np.ndarray) -> np.ndarray:
    return 1 / np.where(scale > 0, scale, 1.0)
