"""A recording as rsatoolbox's `Dataset` or `TemporalDataset`, and back without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import need_dims, need_variables, with_history
from neurouniv.storage import jsonable
from neurouniv.systems.recordings.assembly.assemble import assemble
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import REMEDY
from neurouniv.systems.recordings.formats.rsatoolbox import (
    OURS,
    descriptors_told,
    from_dataset,
    own_note,
    trial_columns,
)

AXES = {"trial": "obs_descriptors", "channel": "channel_descriptors", "latency": "time_descriptors"}


def to_dataset(rec: xr.Dataset) -> Any:
    """A recording as `rsatoolbox.data.Dataset`, or `TemporalDataset` where it has latencies.

    Coordinates of trials, channels and latencies become descriptors under their names, but `latency` "time". Where
    trials differ in the channels that were recorded (`recorded`), a list: one set for each group of channels.
    Behaviour (`output`) has no place in it.

    Raises
    ------
    InputError : `rec` is no recording.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(2))}, {"condition": ("trial", ["a", "b"])})
    >>> data = to_dataset(rec)
    >>> data.n_obs, data.obs_descriptors["condition"].tolist()
    (2, ['a', 'b'])
    """
    need_variables(rec, ("activity", "condition"), "A recording", REMEDY)
    need_dims(rec["activity"], ("trial", "channel"), "A recording's activity", REMEDY)
    if "recorded" not in rec.coords:
        return _dataset(rec)
    recorded = rec["recorded"].transpose("trial", "channel").values
    _, first, group = np.unique(recorded, axis=0, return_index=True, return_inverse=True)
    rec = rec.drop_vars("recorded")
    parts = [
        rec.isel(trial=np.flatnonzero(group.ravel() == k), channel=np.flatnonzero(recorded[first[k]]))
        for k in np.argsort(first)
    ]
    sets = [_dataset(part) for part in parts]
    return sets if len(sets) > 1 else sets[0]


def from_datasets(obj: Any) -> xr.Dataset:
    """The recording in rsatoolbox's data set or list of data sets, with every descriptor.

    What `to_dataset` made comes back as it was, channels and trials of a list in the order of the list.

    Raises
    ------
    InputError : it cannot be told which descriptor is the condition, or see `read_recording`.
    """
    fields, columns = from_dataset(obj, "the data set"), trial_columns(obj)
    columns = {name: values for name, values in columns.items() if values.ndim == 1}
    first = obj[0] if isinstance(obj, (list, tuple)) else obj
    if OURS not in first.descriptors:
        return with_history(_with_all(assemble(fields, {}), fields, columns), "from_rsatoolbox")
    ours = own_note(first.descriptors[OURS], ("attrs", "scalars", "of", "indexed"))
    with descriptors_told("the data set"):
        return with_history(_restored(fields, columns, first, ours), "from_rsatoolbox")


def _dataset(rec: xr.Dataset) -> Any:
    from rsatoolbox.data import Dataset, TemporalDataset

    latency = [dim for dim in rec["activity"].dims if dim == "latency"]
    activity = rec["activity"].transpose("trial", "channel", *latency)
    scalars = {str(name): c.values.item() for name, c in rec.coords.items() if c.ndim == 0}
    notes = {
        "attrs": rec.attrs,
        "scalars": list(scalars),
        "of": {str(n): rec[n].attrs for n in ("activity", *rec.coords)},
    }
    notes["indexed"] = [dim for dim in activity.dims if dim in rec.coords]
    descriptors = {axis: _along(rec, dim) for dim, axis in AXES.items()}
    if not latency:
        del descriptors["time_descriptors"]
    kind = TemporalDataset if latency else Dataset
    return kind(activity.values, descriptors=scalars | {OURS: json.dumps(notes, default=jsonable)}, **descriptors)


def _along(rec: xr.Dataset, dim: str) -> dict[str, np.ndarray]:
    """The coordinates along a dimension; of channels without names, their numbers."""
    descriptors = {str(name): c.values for name, c in rec.coords.items() if c.dims == (dim,)}
    if dim == "latency" and dim in rec.dims:
        descriptors = {"time": descriptors.pop("latency", np.arange(rec.sizes[dim]))} | descriptors
    if dim == "channel":
        descriptors = {"channel": np.arange(rec.sizes[dim])} | descriptors
    return descriptors


def _restored(fields: Fields, columns: Mapping[str, np.ndarray], first: Any, ours: Mapping[str, Any]) -> xr.Dataset:
    given = fields.given
    dims = ("trial", "channel", "latency")[: given["activity"].ndim]
    coords: dict[str, Any] = {name: ("trial", values) for name, values in columns.items()}
    coords |= {name: ("channel", values) for name, values in fields.channel_coords.items()}
    coords |= {name: ((), coords[name][1][0]) for name in ours["scalars"]} | {"channel": given["channel"]}
    if "latency" in given:
        others = {name: ("latency", np.asarray(v)) for name, v in first.time_descriptors.items() if name != "time"}
        coords |= {"latency": np.asarray(given["latency"])} | others
    if "recorded" in given:
        coords["recorded"] = (("trial", "channel"), given["recorded"])
    coords = {name: value for name, value in coords.items() if name not in dims or name in ours["indexed"]}
    rec = xr.Dataset({"activity": (dims, given["activity"])}, coords, ours["attrs"])
    for name, attrs in ours["of"].items():
        if name in rec.variables:
            rec[name].attrs.update(attrs)
    return rec


def _with_all(rec: xr.Dataset, fields: Fields, columns: Mapping[str, np.ndarray]) -> xr.Dataset:
    """`rec` with the descriptors that it has not as coordinates yet, where trials are as they were."""
    if rec.sizes["trial"] == len(fields.given["activity"]):
        rec = rec.assign_coords({name: ("trial", v) for name, v in columns.items() if name not in rec.coords})
    others = {name: ("channel", v) for name, v in fields.channel_coords.items() if name not in rec.coords}
    return rec.assign_coords(others) if rec.sizes["channel"] == len(fields.given["channel"]) else rec
