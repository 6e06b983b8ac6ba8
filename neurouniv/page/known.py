"""What a result says of the trajectories that it was computed of: their histories, conditions and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.page.rsa import is_rsa
from neurouniv.page.steps import Steps, settings_of
from neurouniv.schema import history

DATA = "the data"
"""The system of a result without names."""


class Known(NamedTuple):
    """What a result says of the trajectory of one of its systems; None or nothing where it says nothing."""

    steps: Steps
    conditions: int | None
    times: np.ndarray
    some: bool = False
    """Whether these are the conditions that data and models have in common, and the trajectory may have more."""


def systems_of(result: xr.Dataset) -> dict[str, Known]:
    """What a result says of its systems, by name; of one without a name as "the data"."""
    steps = history(result)
    histories: Mapping[str, Steps] = settings_of(steps[-1]).get("systems") or {} if steps else {}
    names = [str(name) for name in np.atleast_1d(result["system"])] if "system" in result.coords else list(histories)
    conditions = int(result.attrs["n_conditions"]) if "n_conditions" in result.attrs else None
    if not names:
        return {DATA: Known(steps[:-1], conditions, _times(result), is_rsa(result))}
    counts = dict(zip(names, _counts(result, conditions, len(names)), strict=True))
    return {name: Known(histories.get(name, ()), counts[name], _times(result, name)) for name in names}


def _counts(result: xr.Dataset, conditions: int | None, systems: int) -> list[int | None]:
    """How many conditions every system has."""
    if "what" not in result:
        return [conditions] * systems
    words = [what.partition("; ")[2].partition(" conditions")[0] for what in result["what"].values.astype(str)]
    return [int(word) if word.isdigit() else None for word in words]


def _times(result: xr.Dataset, system: str | None = None) -> np.ndarray:
    """The times of a result, or of one of its systems: all of the trajectory, or the later ones that were held out."""
    one = result if system is None or "system" not in result.dims else result.sel(system=system)
    if "course_time" in one:
        return one["course_time"].dropna("moment").values.astype(float)
    if "time" not in one.coords:
        return np.array([])
    if system is None or "geometry" not in one:
        return np.atleast_1d(one["time"].values).astype(float)
    scores = one["geometry"]
    seen = scores.notnull().any([dim for dim in scores.dims if dim != "time"])
    return one["time"].values[seen.values].astype(float)
