"""Guesses for fits of the universal law: the rates of the two-point law, and the best of a scan about them.

The scan follows some of the conditions alone, as a sample of all. Each rate of change is a sum over conditions, so that
n of N conditions learn as the N do with rates N/n times as high.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from neurouniv.fitting.guesses import starts
from neurouniv.fitting.observed import Observed, places
from neurouniv.fitting.problem import SOME_PAIRS, Problem
from neurouniv.laws.all_conditions import AllConditionsLaw
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.rate_law import scale_of

RATIO_SCAN = np.array([0.1, 1.0, 10.0])
SPEED_SCAN = 2.0 ** np.arange(-5.0, 0.01, 0.5)
DECODER_SCAN = np.array([1.0, 10.0])
SCANNED_TIMES, SCANNED_CONDITIONS = 12, 40
FASTEST = 30.0
"""The most learning between two frames, in units of the law's own time, that a fit starts from. By hand:
faster starts could not be solved."""


class Grid(NamedTuple):
    """Where guesses are looked for: multiples of the two-point law's ratio and speed, and of other constants' centers.

    `unit` is that of the law's eta_h in those of the two-point law's; `summed` names the constants that multiply sums
    over `conditions`, of which so many are looked at.
    """

    ratios: np.ndarray = RATIO_SCAN
    speeds: np.ndarray = SPEED_SCAN
    others: np.ndarray = DECODER_SCAN
    unit: np.ndarray | float = 1.0
    summed: tuple[str, ...] = ("eta_h", "eta_y")
    conditions: int = SCANNED_CONDITIONS


def scan(law: AllConditionsLaw, seen: Observed, encoded: Observed, grid: Grid) -> np.ndarray:
    """Starting points (candidate, system, parameter), the best first; `encoded` is seen with its kernel's dx2.

    Where the law cannot be solved anywhere about the two-point law's rates, the ratio is that which leads small starts
    to the distances at the end.
    """
    ratio, speed = _rates(encoded)
    points, solved = _scanned(law, seen, ratio, speed, grid)
    if solved.all():
        return points
    other_points, _ = _scanned(law, seen, scale_of(encoded)[0], speed, grid)
    return np.where(solved[:, None], points, other_points)


def _scanned(
    law: AllConditionsLaw, seen: Observed, ratio: np.ndarray, speed: np.ndarray, grid: Grid
) -> tuple[np.ndarray, np.ndarray]:
    """A scan (candidate, system, parameter), the best first, and which systems it solved.

    Time is rescaled for speeds.
    """
    parameters = law.parameters(seen)
    times = places(seen.elapsed.shape[1], SCANNED_TIMES)
    slower = grid.speeds[:, None] / grid.speeds[-1] * seen.elapsed[:, None, times]
    scanned = grid.ratios**0.5, *[grid.others for _ in parameters[2:]]
    factor, *others = (axis.reshape(-1, 1) for axis in np.meshgrid(*scanned))
    rates = {"eta_h": grid.unit * grid.speeds[-1] * speed * np.sqrt(ratio) * factor}
    rates["eta_y"] = grid.speeds[-1] * speed / np.sqrt(ratio) / factor
    rates |= {p.name: p.center * axis for p, axis in zip(parameters[2:], others, strict=True)}
    constants = {name: value[..., None] for name, value in rates.items()}
    law, sample, gain = _sampled(law, seen, grid.conditions)
    constants |= {name: gain * constants[name] for name in grid.summed}
    state = constants, sample.start, sample.dx2, sample.dy2, slower.reshape(len(ratio), 1, -1)
    h = law.curves_of(("h",), *state, rtol=1e-3)["h"]
    h = h.reshape(*h.shape[:-1], *slower.shape[1:])
    misfit = np.nansum((h - sample.values[:, 0][..., None, times]) ** 2, axis=(-3, -1))
    misfit = np.where(np.isfinite(h).all((-3, -1)), misfit, np.inf)
    best = misfit.argmin(-1)
    least = np.take_along_axis(misfit, best[..., None], -1)[..., 0]
    order = np.argsort(least, axis=0)
    pace = grid.speeds[best] / grid.speeds[-1]
    rates |= {p.name: rates[p.name] * pace for p in parameters if p.rate}
    chosen = [rates[p.name] for p in parameters]
    return np.stack([np.take_along_axis(part, order, 0) for part in chosen], -1), np.isfinite(least).any(0)


def _sampled(law: AllConditionsLaw, seen: Observed, most: int) -> tuple[AllConditionsLaw, Observed, float]:
    """The law and the data of at most so many conditions, and how much higher their rates are.

    The conditions are well observed ones, evenly spread over their order.
    """
    n = int(seen.ends.max()) + 1
    if n <= most:
        return law, seen, 1.0
    observed = np.isfinite(seen.values[:, 0]).sum((0, 2))
    count = np.bincount(seen.ends[0], observed, n) + np.bincount(seen.ends[1], observed, n)
    good = np.flatnonzero(2 * count >= count.max())
    chosen = good[places(len(good), most)]
    sampled_law = law.between(chosen)
    return sampled_law, sampled_law.settled(seen.between(chosen), fixed=seen.variance is None), n / len(chosen)


class _Movies:
    """Movies that are equal where what the two-point law sees of them is."""

    def __init__(self, seen: Observed) -> None:
        self.seen = seen
        numbers = [
            seen.values[:, 0],
            seen.elapsed,
            seen.dx2,
            seen.dy2,
            *seen.start.values(),
            seen.variance,
            seen.weights,
        ]
        parts = [np.ascontiguousarray(array).tobytes() for array in numbers if array is not None]
        self.digest = sha256(b"|".join([*parts, *(name.encode() for name in seen.start)])).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Movies) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def _rates(seen: Observed) -> tuple[np.ndarray, np.ndarray]:
    """The ratio and the speed of the two-point law's rates (system,), the speed no faster than frames can show."""
    return _rates_of(_Movies(seen))


@lru_cache(maxsize=4)
def _rates_of(movies: _Movies) -> tuple[np.ndarray, np.ndarray]:
    """`_rates`, remembered: laws of many rules are fitted to the same movies."""
    seen = movies.seen
    law = PairwiseModel(variables=("h",), start=None if "y" in seen.start else "fitted", restarts=1)
    thinned = replace(seen.thinned(SOME_PAIRS), values=seen.thinned(SOME_PAIRS).values[:, :1], variables=("h",))
    problem = Problem.of(law, law.fit_settings, thinned)
    theta = problem.minimised(starts(problem), max_iterations=15).theta
    steps = np.diff(seen.elapsed, axis=-1)
    shortest = np.where(steps > 0, steps, np.inf).min(-1)
    most = FASTEST * seen.elapsed[:, -1] / shortest * scale_of(seen)[1]
    return np.exp(theta[:, 0] - theta[:, 1]), np.minimum(np.exp((theta[:, 0] + theta[:, 1]) / 2), most)
