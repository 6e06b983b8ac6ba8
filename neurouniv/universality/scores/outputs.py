"""Scores of outputs: R2 of the time courses of y, where a trajectory has them and a law predicts them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import CHOICES, choices_apart
from neurouniv.universality.held_out.predictions import Prediction
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.scores.dynamics import after_start, outputs_of, r2, side_by_side
from neurouniv.universality.scores.noise_ceiling import unknown


def without_choices(traj: xr.Dataset) -> xr.Dataset:
    """`traj` with the outputs of a learner, if they are known, but not with means of its choices.

    Choices are squashed, and noise adds to their distances: no law of outputs describes them.

    Examples
    --------
    >>> traj = xr.Dataset({"h": ("pair", [1.0]), "choices": ("pair", [1.0])})
    >>> list(without_choices(traj))
    ['h']
    """
    return choices_apart(traj).drop_vars(list(CHOICES), errors="ignore")


def seen(parts: list[Part]) -> bool:
    """Whether what was held out has outputs."""
    return "y" in parts[0].test


def score(expected: list[Prediction], parts: list[Part]) -> xr.DataArray:
    """R2 of one law's y over all held-out pairs and times of all folds (...); NaN for a law that does not tell y."""
    observed = _held_out(parts)
    predicted = [e.y for e in expected if e.y is not None]
    if not predicted:
        return np.nan * observed.isel(time=0, pair=0, drop=True)
    late = [after_start(y, part.given) for y, part in zip(predicted, parts, strict=True)]
    return r2(observed, side_by_side(late))


def ceiling(parts: list[Part]) -> xr.DataArray:
    """The ceiling of `score` (..., bound): not known, since the noise of outputs is not."""
    return unknown(_held_out(parts))


def _held_out(parts: list[Part]) -> xr.DataArray:
    return side_by_side([after_start(outputs_of(part.test), part.given) for part in parts])
