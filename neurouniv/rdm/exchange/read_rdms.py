"""`read_rdms`: dissimilarities that somebody else computed become a trajectory, or a set of RDMs without time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from neurouniv.rdm.exchange.condensed import condensed, pair_at
from neurouniv.rdm.exchange.labelled_rdms import Stack, labelled_rdms, names_of_items, with_conditions
from neurouniv.rdm.exchange.rdm_arrays import leading_dims, own_labels, rdms_of
from neurouniv.rdm.exchange.rdm_files import found_rdms, opened, reach
from neurouniv.rdm.exchange.unstacked import unstacked
from neurouniv.rdm.labels import CONDITION_FIELDS, NAMES_FROM, NUMBERS, joined, labelled
from neurouniv.schema import LEARNING, WITHIN_TRIAL, InputError, check_trajectory, pair_indices, with_history
from neurouniv.systems.recordings.assembly.fields import Fields

SQUARED = ("sqeuclidean", "mahalanobis", "crossnobis", "correlation", "cosine", "poisson", "poisson_cv")
"""Measures that are squared distances: 1 - r and 1 - cosine are half those of patterns of unit length."""


def read_rdms(
    source: Any,
    rdms: str | None = None,
    dims: str | Sequence[str] | None = None,
    *,
    condition: Any = None,
    time: Any = None,
    squared: bool | None = None,
    metric: str | None = None,
    units: str | None = None,
    axis: str | None = None,
    time_units: str | None = None,
    missing: str = "raise",
    between: bool = False,
    n_channels: int | None = None,
    task: xr.Dataset | None = None,
    **labels: Any,
) -> xr.Dataset:
    """Read RDMs that are computed already: from a file, an array, or `rsatoolbox.rdm.RDMs`.

    Parameters
    ----------
    source : path of a MATLAB .mat, .npz, .npy, netCDF, zarr or rsatoolbox HDF5 file, told by its content; an array
        (..., condition, condition) or (..., pair) in the order of scipy's pdist; a dict of arrays; an xarray object;
        rsatoolbox RDMs.
    rdms : the field that holds them, by a dotted name, "RDMs.RDM"; default: the only one of fitting shape. A list
        (cell) of structs is gone through, and its shape gives the leading dimensions.
    dims : the names of the dimensions before the conditions: "subject", ("subject", "session"), "time"; default: as
        labelled objects have them, else none.
    condition : the names of the conditions, or the field that holds them. Default: the object's own, a field called
        condition, conditions, conds, stimulus, stimuli or stim, else "0", "1", ..., by which two such objects would be
        joined by place; the attribute `names_from` says which, where nobody gave them.
    time : the times along the dimension `time`. Without such a dimension, the RDM's items are conditions at times:
        `time` and `condition` have one value per item, or items are blocks of equally many conditions, block after
        block, and `time` has one value per block. Pairs of the same time become the movie.
    squared : whether values are squared distances, as the law has them; those that are not are squared. Need not be
        told where `metric`, or that of the source, is one of "sqeuclidean", "mahalanobis", "crossnobis",
        "correlation", "cosine", "poisson", "poisson_cv".
    metric, units : the measure and the unit of the values, to be kept with them.
    axis, time_units : what time is, "learning" or "within_trial", and its unit; default as the source says, else
        learning over sessions, but within the trial in s for RDMs of rsatoolbox.
    missing : "raise" (default) or "keep" where a dissimilarity is NaN.
    between : with items at several times, keep the dissimilarities between times too, as `between` (..., time, time_,
        condition, condition_).
    n_channels : the number of channels, to undo a division by it, such as rsatoolbox's.
    task : the conditions' `stimuli` and `targets`, joined by name, which gives `dx2` and `dy2`; conditions are then in
        the task's order.
    labels : for any other dimension its labels, or the field that holds them: `subject="sn"`.

    Returns
    -------
    A trajectory, `h` (..., time, pair) with the coordinates `time`, `first`, `second`. Without a time axis `h`
    (..., pair): a reference geometry to look at and compare with (`to_square`); a law needs a time axis.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : no RDMs are found, they are no RDMs (not symmetric, wrong length), a dissimilarity is missing, or it
        is not told whether they are squared.

    Examples
    --------
    >>> days = np.array([[[0, 1, 4], [1, 0, 1], [4, 1, 0]], [[0, 2, 8], [2, 0, 2], [8, 2, 0]]])
    >>> traj = read_rdms(days, dims="time", time=[1, 5], time_units="days", condition=["a", "b", "c"], squared=True)
    >>> traj.h.sel(time=5).values.tolist(), traj.time.attrs["units"]
    ([2.0, 8.0, 2.0], 'days')
    """
    held = opened(source)
    _need_choices(axis, missing, n_channels)
    clock = {name: value for name, value in {"units": time_units, "axis": axis}.items() if value is not None}
    if hasattr(held, "dissimilarities"):
        movie = _of_rsatoolbox(held, condition, clock, dims, {"time": time, **labels})
    else:
        labels = {"condition": condition, "time": time, **labels}
        movie = _of_arrays(held, rdms, dims, labels, clock, between)
    movie = _described(movie, squared, metric, units, n_channels)
    _need_whole(movie["h"], missing)
    movie = _with_task(movie, task)
    settings = {"metric": metric, "units": units, "n_channels": n_channels, "squared": squared}
    settings = {name: value for name, value in settings.items() if value is not None}
    movie = with_history(movie, "read_rdms", None, **settings, **_file(source))
    return check_trajectory(movie) if "time" in movie["h"].dims else movie


def _of_rsatoolbox(
    held: Any, condition: Any, clock: Mapping[str, str], dims: Any, labels: Mapping[str, Any]
) -> xr.Dataset:
    refused = [name for name, value in {"dims": dims, **labels}.items() if value is not None]
    if refused:
        raise InputError(
            f"RDMs of rsatoolbox bring their dimensions as descriptors; got {refused} beside them. Set "
            "rdms.rdm_descriptors[...] = [...] instead, one value per RDM."
        )
    movie = unstacked(held, None, {"units": "s", "axis": WITHIN_TRIAL}, has_names=condition is not None)
    if "time" in movie.coords:
        movie["time"].attrs.update(clock)
    if condition is None:
        return movie
    return with_conditions(movie, names_of_items(condition, movie.sizes["condition"], "the RDMs"))


def _of_arrays(
    held: Any, rdms: str | None, dims: Any, labels: Mapping[str, Any], clock: Mapping[str, str], between: bool
) -> xr.Dataset:
    """RDMs of a file's fields or of a labelled object, with their labels."""
    file_labels: dict[str, Any] = {}
    attrs: dict[str, Any] = {}
    usual = {"units": "sessions", "axis": LEARNING} if clock.get("axis") != WITHIN_TRIAL else {"units": "s"}
    if isinstance(held, xr.Dataset):
        array = rdms_of(held, rdms)
        values, attrs, file_labels = array.values, dict(array.attrs), own_labels(array)
        dims = leading_dims(array) if dims is None else dims
        usual |= array["time"].attrs if "time" in array.coords else {}
        held = Fields({str(n): v.values for n, v in held.variables.items()}, "the Dataset", "Its variables", given={})
    else:
        values = found_rdms(held, rdms)
    dims = (dims,) if isinstance(dims, str) else tuple(dims or ())
    flat = condensed(values, len(dims) or None, held.source)
    user_labels = {name: reach(held, v) if isinstance(v, str) else v for name, v in labels.items() if v is not None}
    stack, labels = Stack(flat, dims, attrs, held.source), file_labels | user_labels
    origin: dict[str, str] = {}
    if "condition" not in labels:
        labels, origin = _with_names(labels, held, stack)
    return labelled_rdms(stack, labels, {**usual, **clock}, between).assign_attrs(origin)


def _with_names(labels: dict[str, Any], held: Fields, stack: Stack) -> tuple[dict[str, Any], dict[str, str]]:
    """`labels` with the names of a field that is called so (Meadows: `stimuli`), and where the names are from."""
    for field in CONDITION_FIELDS:
        if field in held.tree and np.ndim(held.tree[field]) == 1 and np.size(held.tree[field]) == stack.items:
            return labels | {"condition": held.tree[field]}, {NAMES_FROM: f"the field '{field}'"}
    return labels, {NAMES_FROM: NUMBERS}


def _described(
    movie: xr.Dataset, squared: bool | None, metric: str | None, units: str | None, n_channels: int | None
) -> xr.Dataset:
    """`h` squared where it was not, summed over channels where their number is given, and told."""
    h = movie["h"]
    metric = metric or h.attrs.get("metric")
    if squared is None and metric not in SQUARED:
        raise InputError(
            "The law needs squared distances, and these dissimilarities do not say whether they are squared; found "
            f"metric {metric!r}. Give squared=True if they are; squared=False to square them here; or metric=..., "
            "one of "
            f"{SQUARED}, which are all squared."
        )
    if squared is False and (h < 0).any():
        raise InputError("Distances that are not squared cannot be negative; got negative ones. Give squared=True?")
    power = 2 if squared is False else 1
    movie = movie.assign({str(n): v**power * (n_channels or 1) for n, v in movie.data_vars.items()})
    attrs = {"long_name": "squared representational distance", "units": "unknown"} | h.attrs
    attrs |= {"metric": metric or "unknown"} | ({"units": units} if units else {})
    if n_channels:
        attrs |= {"long_name": "squared representational distance", "n_channels": n_channels}
    if "time" not in h.dims:
        attrs["time_axis"] = "none: for a trajectory, name `time` among dims and give time=[...]"
    movie["h"].attrs = attrs
    return movie


def _with_task(movie: xr.Dataset, task: xr.Dataset | None) -> xr.Dataset:
    """`movie` with its conditions in the order of a task, and what the task tells of pairs."""
    if task is None:
        return movie
    before = movie["condition"].values
    names, task = joined(before, task)
    place = pd.Index(before).get_indexer(names)
    i, j = pair_indices(len(names))
    movie = movie.isel(pair=pair_at(place[i], place[j], len(names)))
    if "between" in movie:
        movie = movie.isel(condition_=place)
    return labelled(movie.drop_vars(["first", "second"]).isel(condition=place), names, task)


def _need_whole(h: xr.DataArray, missing: str) -> None:
    """A finite value everywhere, but NaN where it was asked to keep it."""
    bad = ~np.isfinite(h.values) if missing == "raise" else np.isinf(h.values)
    if not bad.any():
        return
    place = dict(zip(h.dims, np.argwhere(bad)[0].tolist(), strict=True))
    pair = place.pop("pair")
    where = ", ".join(f"{dim} {h[dim].values[k] if dim in h.coords else k}" for dim, k in place.items())
    remedy = 'Mend them, or give missing="keep" to keep NaN.' if missing == "raise" else "Mend them."
    raise InputError(
        f"RDMs need a finite value everywhere; {int(bad.sum())} of {bad.size} are NaN or infinite, the first is the "
        f"pair '{h['first'].values[pair]}' and '{h['second'].values[pair]}'{f' at {where}' if where else ''}. {remedy}"
    )


def _need_choices(axis: str | None, missing: str, n_channels: int | None) -> None:
    if n_channels is not None and n_channels < 1:
        raise InputError(f"`n_channels` is at least 1; got {n_channels}.")
    if axis not in (None, LEARNING, WITHIN_TRIAL):
        raise InputError(f"`axis` says what time is, '{LEARNING}' or '{WITHIN_TRIAL}'; got {axis!r}.")
    if missing not in ("raise", "keep"):
        raise InputError(f'`missing` is "raise" or "keep"; got {missing!r}.')


def _file(source: Any) -> dict[str, str]:
    """The file and its checksum, for the history."""
    if not isinstance(source, (str, os.PathLike)):
        return {}
    path = Path(source).expanduser()
    if path.is_dir():
        return {"file": path.name}
    with path.open("rb") as file:
        return {"file": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
