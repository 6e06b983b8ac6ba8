"""Several recordings are concatenated: trials in order, channels matched by name or kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import is_chunked
from neurouniv.systems.recordings.checks.check import check_recording, tidy_labels
from neurouniv.systems.recordings.several.residuals import joined_residuals

MATCH = ("name", "never")


@dataclass(frozen=True)
class Part:
    """One of several recordings: its name in messages, and the recording with all labels of its own."""

    name: str
    rec: xr.Dataset


def joined(parts: list[Part], match_channels: str | None = None) -> xr.Dataset:
    """One recording of the trials of all `parts`, in their order; `parts` lose their activity while it is copied.

    Its channels are those of all parts. Where a part lacks some, `recorded` (trial, channel) says so and activity is
    NaN there. Channels of one subject and session are always matched by name.

    Parameters
    ----------
    match_channels : "name", the same name means the same channel in every session and subject; "never", it does
        not, as with neurons sorted anew every day: names get their subject and session before them. Default: by name
        where names are text, or where all parts have the very same ones; numbers that differ are never matched.

    Raises
    ------
    InputError : parts differ in latencies, units or dimensions; the message names the two.

    Examples
    --------
    >>> def part(session, units):
    ...     coords = {"condition": ("trial", ["a", "b"]), "session": ("trial", [session] * 2), "channel": units}
    ...     return Part(f"day{session}", xr.Dataset({"activity": (("trial", "channel"), np.ones((2, 2)))}, coords))
    >>> rec = joined([part(1, ["u1", "u2"]), part(2, ["u2", "u3"])])
    >>> rec.channel.values.tolist(), rec.recorded.values.astype(int).tolist()
    (['u1', 'u2', 'u3'], [[1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1]])
    """
    if match_channels not in (None, *MATCH):
        raise InputError(
            f"`match_channels` is one of {MATCH}, a table, or None, to decide by names; got {match_channels!r}."
        )
    for other in parts[1:]:
        need_alike(parts[0], other)
    how = "name" if len(parts) == 1 else match_channels or _how(parts)
    names = [_names(part.rec, how) for part in parts]
    channel, where = _union(names)
    rows = _rows([part.rec for part in parts])
    recorded = _recorded(parts, where, channel.size)
    residuals = joined_residuals([(part.name, part.rec) for part in parts], where, channel.size)
    arrays = [part.rec.activity.variable for part in parts]
    parts[:] = [Part(part.name, part.rec.drop_vars("activity")) for part in parts]
    activity = _chunked(arrays, where, channel.size) if _any_chunked(arrays) else _filled(arrays, where, channel.size)
    rec = rows.assign({"activity": activity} | residuals).assign_coords(channel=("channel", channel))
    rec = rec.assign_coords(_channel_coords(parts, where, channel.size))
    if not recorded.all():
        rec = rec.assign_coords(recorded=(("trial", "channel"), recorded))
    rec = rec.assign_attrs(_notes(parts), channels_matched=how) if len(parts) > 1 else rec
    return check_recording(_with_own_trials(rec))


def need_alike(first: Part, other: Part) -> None:
    """Raise `InputError` unless two parts have the same dimensions, units and latencies."""
    a, b = first.rec.activity, other.rec.activity
    if a.dims != b.dims:
        raise InputError(
            f"Recordings read together need the same dimensions; '{first.name}' has {a.dims} and '{other.name}' "
            f"{b.dims}. Give `latency`, or `window` and `bin`, for all or none."
        )
    units = [array.attrs.get("units", "arbitrary") for array in (a, b)]
    if units[0] != units[1]:
        raise InputError(
            f"Recordings read together need the same units; '{first.name}' is in {units[0]} and '{other.name}' in "
            f"{units[1]}. Convert one of them, or give `units` if only the name differs."
        )
    if "latency" in a.dims:
        _need_same_latencies(first, other)


def _need_same_latencies(first: Part, other: Part) -> None:
    a, b = (part.rec.latency.values for part in (first, other))
    step = np.diff(a).min() if a.size > 1 else 1.0
    if a.shape == b.shape and np.abs(a - b).max() < step / 100:
        return
    times = [f"{t.size} from {t[0]:g} to {t[-1]:g} s" for t in (a, b)]
    raise InputError(
        f"Recordings read together need the same latencies; '{first.name}' has {times[0]} and '{other.name}' "
        f"{times[1]}. Cut or resample them alike, for example with one `window` for all."
    )


def _how(parts: Sequence[Part]) -> str:
    """How channels are matched: "name" where names are text or the same in all parts, else "never"."""
    channels = [part.rec.channel.values for part in parts]
    if any(part.rec.attrs.get("channels_of") == "session" for part in parts):
        return "never"  # numbers that the software gives anew in every session
    if all(names.dtype.kind not in "biuf" for names in channels):
        return "name"
    same = all(np.array_equal(np.sort(names.astype(str)), np.sort(channels[0].astype(str))) for names in channels[1:])
    return "name" if same else "never"


def _names(rec: xr.Dataset, how: str) -> np.ndarray:
    names = rec.channel.values
    twice = names.size - len(np.unique(names))
    if twice:
        raise InputError(f"Channels need different names to be matched; {twice} of {names.size} come twice.")
    if how == "name":
        return names
    labels = [("sub", _only(rec, "subject")), ("ses", _only(rec, "session"))]
    before = "_".join(f"{key}-{tidy_labels(value)[0]}" for key, value in labels if value is not None)
    return np.array([f"{before}/{name}" for name in names.astype(str)])


def _only(rec: xr.Dataset, name: str) -> Any:
    """The one subject or session of a part; of several, the first and the last."""
    if name not in rec.variables:
        return rec.attrs.get(name)
    values = np.unique(rec[name].values)
    return values[0] if values.size == 1 else f"{values[0]}to{values[-1]}"


def _union(names: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """All names in the order they first come, and where those of each part are among them."""
    if any(part.dtype.kind != names[0].dtype.kind for part in names):
        names = [part.astype(str) for part in names]
    labels, first, inverse = np.unique(np.concatenate(names), return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    ends = np.cumsum([part.size for part in names])[:-1]
    return labels[order], np.split(rank[inverse], ends)


def _rows(recs: Sequence[xr.Dataset]) -> xr.Dataset:
    """Labels of trials (all but activity) that all parts have, concatenated."""
    slim = [rec.drop_dims("channel") for rec in recs]
    shared = set.intersection(*({n for n, v in rec.variables.items() if "trial" in v.dims} for rec in slim))
    shared |= {"latency"} & set(recs[0].dims)
    slim = [rec.drop_vars(set(rec.variables) - shared) for rec in slim]
    return xr.concat(
        slim, "trial", combine_attrs="drop_conflicts", data_vars="minimal", coords="minimal", compat="override",
        join="override",
    )  # fmt: skip


def _recorded(parts: Sequence[Part], where: Sequence[np.ndarray], channels: int) -> np.ndarray:
    """Where (trial, channel) activity was recorded."""
    recorded = np.zeros((sum(part.rec.sizes["trial"] for part in parts), channels), dtype=bool)
    start = 0
    for part, columns in zip(parts, where, strict=True):
        rows = slice(start, start := start + part.rec.sizes["trial"])
        recorded[rows, columns] = part.rec.recorded.values if "recorded" in part.rec.coords else True
    return recorded


def _filled(arrays: list[xr.Variable], where: Sequence[np.ndarray], channels: int) -> xr.Variable:
    """Activity of all trials and channels, allocated once; every array is let go as soon as it is copied."""
    dims, attrs, rest = arrays[0].dims, arrays[0].attrs, arrays[0].shape[2:]
    dtype = np.result_type(*(array.dtype for array in arrays))
    activity = np.empty((sum(len(array) for array in arrays), channels, *rest), dtype=dtype)
    start = 0
    for columns in where:
        array = arrays.pop(0).values
        rows = slice(start, start := start + len(array))
        if columns.size < channels:
            activity[rows] = np.nan
        activity[rows, columns] = array
        del array
    return xr.Variable(dims, activity, attrs)


def _any_chunked(arrays: Sequence[xr.Variable]) -> bool:
    return any(is_chunked(array.data) for array in arrays)


def _chunked(arrays: list[xr.Variable], where: Sequence[np.ndarray], channels: int) -> xr.Variable:
    """The same as a dask array: no value is read."""
    import dask.array as da

    blocks = []
    for array, columns in zip(arrays, where, strict=True):
        block = da.asarray(array.data)
        source = np.full(channels, columns.size)  # the place of a gap, for channels that this one lacks
        source[columns] = np.arange(columns.size)
        if columns.size < channels:
            block = da.concatenate([block, da.full_like(block[:, :1], np.nan)], axis=1)
        blocks.append(block if np.array_equal(source, np.arange(channels)) else block[:, source])
    return xr.Variable(arrays[0].dims, da.concatenate(blocks), arrays[0].attrs)


def _notes(parts: Sequence[Part]) -> dict[str, str]:
    """What the readers of all parts say, each once."""
    lines = dict.fromkeys(line for part in parts for line in str(part.rec.attrs.get("notes", "")).splitlines())
    return {"notes": "\n".join(lines)} if lines else {}


def _channel_coords(parts: Sequence[Part], where: Sequence[np.ndarray], channels: int) -> Mapping[str, Any]:
    """Labels of channels (roi, channel_type) that all parts have and agree on."""
    shared = set.intersection(*({n for n, c in p.rec.coords.items() if c.dims == ("channel",)} for p in parts))
    coords = {}
    for name in sorted(map(str, shared - {"channel"})):
        values = np.empty(channels, dtype=np.result_type(*(part.rec[name].values for part in parts)))
        for part, places in zip(parts, where, strict=True):
            values[places] = part.rec[name].values
        for part, places in zip(parts, where, strict=True):
            differ = np.flatnonzero(values[places] != part.rec[name].values)
            if differ.size:
                raise InputError(
                    f"Channel {part.rec.channel.values[differ[0]]} has the {name} "
                    f"'{part.rec[name].values[differ[0]]}' in '{part.name}' and '{values[places][differ[0]]}' in "
                    'another recording. If the same name is not the same channel, give match_channels="never".'
                )
        coords[name] = ("channel", values)
    return coords


def _with_own_trials(rec: xr.Dataset) -> xr.Dataset:
    """Trials numbered anew where the parts' own numbers come twice in a subject's session and run."""
    keys = [rec[n].values for n in ("subject", "session", "run", "trial") if n in rec.coords and rec[n].ndim == 1]
    codes = [np.unique(key, return_inverse=True)[1] for key in keys]
    if not codes or len(np.unique(np.stack(codes), axis=1).T) < rec.sizes["trial"]:
        return rec.assign_coords(trial=np.arange(rec.sizes["trial"]))
    return rec
