"""What the optimiser makes small: errors of the observed variables, weighted as asked for.

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
from neurouniv.fitting.white import ByConditions, ByMatrix, ByPair, Whitener, whole
from neurouniv.schema import InputError

WEIGHTINGS = ("none", "range", "noise")
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
        own = self.whitener and self.whitener.taken(systems)
        return replace(self, variable=self.variable[systems], whitener=own)

    def seldom(self, kept: np.ndarray) -> Self:
        """The weights of the frames at these places."""
        return replace(self, whitener=self.whitener and self.whitener.seldom(kept))

    def back(self, residual: np.ndarray) -> np.ndarray:
        """The transpose applied to residuals (system, variable, pair, time): errors times the inverse covariance."""
        weighted = residual * self.variable[..., None, None]
        if self.whitener is not None:
            weighted[:, self.h_at] = self.whitener.back(residual[:, self.h_at])
        return weighted


def weighting_of(kind: str, seen: Observed, names: list[str], predicted: np.ndarray | None = None) -> Weighting:
    """The weighting of `kind` for the variables in `names`.

    Parameters
    ----------
    predicted : (system, variable, pair, time), where a first fit is there: noise is then taken about it. Without it,
        distances as observed give the covariances, and variables of unknown noise count by their range.
    """
    observed = seen.values[:, [seen.variables.index(name) for name in names]]
    if kind == "none":
        return Weighting(np.ones(observed.shape[:2]))
    if kind == "range":
        return Weighting(_inverse(_range(observed)))
    if kind != "noise":
        raise InputError(f"weighting is one of {', '.join(map(repr, WEIGHTINGS))}; {kind!r} came.")
    if predicted is None:
        scale = _range(observed)
    else:
        scale = np.sqrt(np.nanmean((observed - predicted) ** 2, axis=(-2, -1)))
        scale = np.maximum(scale, 1e-9 * _range(observed))
    variable = _inverse(scale)
    if seen.variance is None or "h" not in names:
        return Weighting(variable)
    at = names.index("h")
    expected = None if predicted is None else predicted[:, at]
    return Weighting(variable, _known_noise(seen, observed[:, at], expected), at)


def _known_noise(seen: Observed, h: np.ndarray, predicted: np.ndarray | None) -> Whitener:
    expected = h if predicted is None else predicted
    observed = np.isfinite(h)
    expected = np.where(np.isfinite(expected), expected, np.nanmean(h, axis=(-2, -1), keepdims=True))
    a, b = noise_line(seen.variance, expected)
    if (of := _all_pairs(seen.ends, observed)) is not None:
        ends, among = of
        return ByConditions.of(a, b, np.swapaxes(expected[:, among], 1, 2), ends, among)
    if h.shape[1] > MOST_PAIRS:
        spread = np.sqrt(a[:, None] + b[:, None] * np.maximum(expected, 0.0))
        return ByPair(np.where(observed, 1 / spread, 0.0))
    white = np.empty((len(h), h.shape[2], h.shape[1], h.shape[1]))
    at_once = max(1, AT_ONCE // h.shape[1] ** 2)
    for s in range(len(h)):  # groups of pairs may differ by system
        ends = seen.ends if seen.ends.ndim == 2 else seen.ends[:, s]
        for first in range(0, h.shape[2], at_once):
            some = slice(first, first + at_once)
            covariance = pair_covariance(a[s, some], b[s, some], expected[s, :, some].T, ends)
            white[s, some] = whitener(covariance, observed[s, :, some].T)
    return ByMatrix(list(white))


def _all_pairs(ends: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The conditions (2, pair) of the pairs that are observed, counted from 0, and which pairs of all these are.

    None unless they are the same in all systems and frames, and all pairs of some conditions.
    """
    among = observed[0, :, 0]
    if ends.ndim == 3 or not among.any() or (observed != among[:, None]).any():
        return None
    own = np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)
    return (own, among) if whole(own) else None


def _range(observed: np.ndarray) -> np.ndarray:
    return np.nanmax(observed, axis=(-2, -1)) - np.nanmin(observed, axis=(-2, -1))


def _inverse(scale: np.ndarray) -> np.ndarray:
    return 1 / np.where(scale > 0, scale, 1.0)
