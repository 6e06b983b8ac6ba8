"""The start a law is solved from: the first frame, a floor taken off, drawn towards the stimuli's where it is noisy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.fitting.start import LEAST, line_of, without_floor

MOST_FLOOR = 2.0
"""A floor under a noisy start is at most so many times the mean of the first frame. By hand: noise of the first frame
may hide as much."""
LEAST_SHARE = 0.1
"""A modelled start keeps at least this share of what its stimuli predict, so that no distance starts at or below 0. By
hand: laws are singular at 0."""
KEPT = 0.8
"""A start that keeps more than this share of its own is at the level that it shows, which is not fitted. By hand."""


def start_parameters(seen: Observed, floor: bool, starts_from_h: bool) -> list[Parameter]:
    """The parameters of the start: its level where it is noisy, and a floor if asked for."""
    parameters, first = [], seen.start["h"]
    noisy = seen.variance is not None and starts_from_h
    slope = line_of(first, seen.dx2, floor)[1]
    if noisy:
        least = LEAST * np.nanmax(np.abs(seen.values[:, 0]), axis=(-2, -1)) / seen.dx2.mean(-1)
        reach = np.where(seen.kept > KEPT, 0.0, 9.0)
        parameters.append(Parameter("h0_per_dx2", "positive", np.maximum(slope, least), reach=reach, nuisance=True))
    if floor:
        size = np.abs(first).mean(-1)
        most = MOST_FLOOR * size if noisy else np.maximum(first.min(-1), 0.1 * size)
        if noisy:
            parameters.append(Parameter("floor", "real", most / 2, reach=1.0))
        else:
            parameters.append(Parameter("floor", "part", most / 2, most=most))
    return parameters


def begun(
    start: dict[str, np.ndarray], constants: Mapping[str, np.ndarray], kept: np.ndarray, dx2: np.ndarray
) -> dict[str, np.ndarray]:
    """The start the law is solved from: a floor taken off, a noisy first frame drawn towards `h0_per_dx2` dx2.

    No distance starts below `LEAST_SHARE` of what its stimuli predict, by the fit or, if that is less, by the first
    frame alone: else a fit could lift distances that it keeps by a prediction that it does not use. A start without
    noise, where `h0_per_dx2` is NaN, is the first frame.
    """
    h, floor = start["h"], constants.get("floor", 0.0)
    own = without_floor(h, floor) if "floor" in constants else h
    if "h0_per_dx2" not in constants:
        return start | {"h": own}
    h, per_dx2 = h - floor, constants["h0_per_dx2"]
    slope = (h * dx2).sum(-1, keepdims=True) / (dx2**2).sum(-1, keepdims=True)
    least = LEAST_SHARE * np.clip(slope, LEAST * per_dx2, per_dx2)
    drawn = np.maximum((1 - kept) * per_dx2 * dx2 + kept * h, least * dx2)
    return start | {"h": np.where(np.isnan(per_dx2), own, drawn)}
