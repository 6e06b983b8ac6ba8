"""What people have RDMs in: trajectories, RDMs without time, activity, rsatoolbox RDMs, square tables."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.exchange.unstacked import unstacked
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import (
    WITHIN_TRIAL,
    InputError,
    history,
    need_increasing,
    need_parts,
    pair_indices,
    with_pair_labels,
)

MADE = "squared Euclidean distances, computed here from "
NUMBERED = "conditions have numbers, not names, so they are joined by their order"


def rdms_of(source: Any, what: str) -> tuple[xr.Dataset, list[str]]:
    """RDMs as a Dataset with `h` (..., pair) or (..., time, pair), and doubts about what was taken for granted.

    Parameters
    ----------
    source : a trajectory, RDMs without time, activity of networks or a recording (whose squared Euclidean distances
        are made), `rsatoolbox.rdm.RDMs`, a DataArray over `pair` or in square form, or a square pandas.DataFrame.
    what : what messages call it.

    Raises
    ------
    InputError : it is none of these, or its conditions have no names.

    Examples
    --------
    >>> import pandas as pd
    >>> square = pd.DataFrame([[0, 1, 2], [1, 0, 3], [2, 3, 0]], index=list("abc"), columns=list("abc"))
    >>> rdms_of(square, "the data")[0].h.values
    array([1., 2., 3.])
    """
    if type(source).__module__.startswith("rsatoolbox.rdm"):
        return _of_rsatoolbox(source, what)
    if getattr(source, "ndim", 0) == 2 and hasattr(source, "columns"):
        return _with_doubt(_of_table(source, what), what)
    if isinstance(source, xr.DataArray):
        return _with_doubt(_of_array(source, what), what)
    if not isinstance(source, xr.Dataset):
        raise InputError(_unknown(source, what))
    if {"hidden", "activity"} & set(source.variables) and "h" not in source:
        return _of_activity(source, what)
    if "h" not in source or "pair" not in source["h"].dims:
        names = ", ".join(sorted(map(str, source.variables))[:8])
        raise InputError(
            f"{what} needs RDMs, the variable h (..., pair); found {names}. `neurouniv.trajectory` makes RDMs of "
            "activity, `neurouniv.read_rdms` reads those that are computed already."
        )
    return _with_doubt(_named(source, what), what)


def is_table_of_conditions(source: Any) -> bool:
    """Whether it is a pandas.DataFrame with a row a condition and a column a model, not a square one."""
    two = getattr(source, "ndim", 0) == 2 and hasattr(source, "columns")
    return two and list(map(str, source.index)) != list(map(str, source.columns))


def _named(rdms: xr.Dataset, what: str) -> xr.Dataset:
    """The distances and what belongs to them, labels of pairs as text."""
    if not are_named(rdms):
        raise InputError(
            f"{what} is joined by the names of its conditions, and its pairs have none (coordinates first and second). "
            "Name them: `neurouniv.read_rdms(array, condition=[...], squared=True)`, or `.assign_coords(first=..., "
            "second=...)`."
        )
    need_parts(rdms, what)
    if "time" in rdms["h"].dims:
        need_increasing(rdms["time"], what)
    if not np.isfinite(rdms["h"].values).any():
        raise InputError(f"{what} has no distance that is a number. Look at its `h`.")
    ends = {end: ("pair", rdms[end].values.astype(str)) for end in ("first", "second")}
    return with_pair_labels(rdms.compute().assign_coords(ends))


def _with_doubt(rdms: xr.Dataset, what: str) -> tuple[xr.Dataset, list[str]]:
    """`rdms`, and a doubt where the names of conditions are the numbers that stand for names nobody gave."""
    names = conditions_of(rdms)
    numbered = set(names) == set(map(str, range(len(names))))
    return rdms, [f"{what}: its {NUMBERED}."] if numbered else []


def _of_rsatoolbox(rdms: Any, what: str) -> tuple[xr.Dataset, list[str]]:
    return _with_doubt(_named(unstacked(rdms, None, {"units": "s", "axis": WITHIN_TRIAL}), what), what)


def _of_table(table: Any, what: str) -> xr.Dataset:
    rows, columns = (list(map(str, side)) for side in (table.index, table.columns))
    if rows != columns:
        raise InputError(
            f"{what} is a table with the same conditions as rows and columns; its rows are {rows[:4]}, its columns "
            f"{columns[:4]}. Bring both into one order: `table.loc[names, names]`."
        )
    return _of_square(np.asarray(table, dtype=float), np.array(rows), what)


def _of_array(array: xr.DataArray, what: str) -> xr.Dataset:
    if "pair" in array.dims:
        return _named(array.to_dataset(name="h"), what)
    if array.ndim == 2 and array.dims[0] in array.coords and array.shape[0] == array.shape[1]:
        return _of_square(array.values.astype(float), array[array.dims[0]].values.astype(str), what)
    raise InputError(
        f"{what} is an array over `pair` with the coordinates first and second, or a square one whose first dimension "
        f"has the names of conditions; got the dimensions {array.dims} of sizes {array.shape}."
    )


def _of_square(square: np.ndarray, names: np.ndarray, what: str) -> xr.Dataset:
    if not np.allclose(square, square.T, equal_nan=True):
        raise InputError(f"{what} is not symmetric. A distance is the same in both directions.")
    i, j = pair_indices(len(names))
    ends = {"first": ("pair", names[i]), "second": ("pair", names[j])}
    return _named(xr.Dataset({"h": ("pair", square[i, j])}, {**ends, "condition": names}), what)


def _of_activity(activity: xr.Dataset, what: str) -> tuple[xr.Dataset, list[str]]:
    """The trajectory of activity, by its defaults; of a recording these hold its noise, which is told."""
    traj = trajectory(activity)
    network = "hidden" in activity or any(step.get("step") == "train" for step in history(activity))
    noisy = f"{what}: {MADE}a recording, contain its noise. Crossvalidated distances do not: "
    remedy = '`neurouniv.trajectory(rec, metric="crossnobis")`.'
    return _named(traj, what), [] if network else [noisy + remedy]


def _unknown(source: Any, what: str) -> str:
    if isinstance(source, (str, os.PathLike)):
        return f"{what} is read from its file first: `neurouniv.load('{source}')` or `neurouniv.read_rdms('{source}')`."
    shape = getattr(source, "shape", None)
    shown = type(source).__name__ + (f" of shape {tuple(shape)}" if shape is not None else "")
    remedy = "`pandas.DataFrame(array, names, names)` or `neurouniv.read_rdms(array, condition=names, squared=True)`"
    return (
        f"{what} needs RDMs whose conditions have names: a trajectory, RDMs, activity, rsatoolbox RDMs or a square "
        f"table; got {shown}. For an array: {remedy}; for activity with a row for each condition: "
        '`neurouniv.read_recording({"activity": array, "condition": names})`.'
    )


def conditions_of(rdms: xr.Dataset) -> list[str]:
    """The names of the conditions of RDMs, in the order of their task, else as pairs name them."""
    return Pairs.of(rdms).names.tolist()
