"""Files that are channels of one session lie side by side: one population, its trials matched over the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import is_chunked
from neurouniv.systems.recordings.several.bids import ENTITY
from neurouniv.systems.recordings.several.concatenate import Part, need_alike
from neurouniv.systems.recordings.several.matched_trials import matched
from neurouniv.systems.recordings.several.meaning import of_one_session, places_of

SIDE_BY_SIDE = ("files_are", "trials_matched")
"""Attributes that say so."""
MAY_BE_TIMES = 10
"""Fewer nameless channels in every file are units of a tetrode; this many may be times. By hand."""


def populations(parts: Sequence[Part], match_channels: object = None) -> list[Part]:
    """One recording for the files of each subject, session and run, their channels side by side.

    Raises
    ------
    InputError : no two files are of one session; files differ in latencies or units, or share no condition; channels
        of different sessions have the same names, which may be other cells.
    """
    groups = of_one_session(parts)
    if len(groups) == len(parts) > 1:
        raise InputError(
            f"Files as channels need to be of one session; each of these {len(parts)} ({some(names_of(parts), 3)}) is "
            "of another subject, session or run. To make them one session, give one number for all files, `session=1`."
        )
    _tell_if_times(parts)
    populations = [_population(group) for group in groups]
    if match_channels is None and len(populations) > 1:
        _need_other_names(populations)
    how = " and ".join(dict.fromkeys(part.rec.attrs["trials_matched"] for part in populations))
    return [Part(part.name, part.rec.assign_attrs(trials_matched=how)) for part in populations]


def _tell_if_times(parts: Sequence[Part]) -> None:
    """Tell where the channels of every file may be times: as many in each, without names, and no latency."""
    recs = [part.rec for part in parts]
    count = recs[0].sizes["channel"]
    alike = all(rec.sizes["channel"] == count and _nameless(rec) and "latency" not in rec.dims for rec in recs)
    if alike and count >= MAY_BE_TIMES:
        warn(
            f"Each file holds {count} channels without names, {count * len(parts)} together. If they are times within "
            "the trial of one neuron, give these times in s: latency=[...]."
        )


def _nameless(rec: xr.Dataset) -> bool:
    """Whether channels are only counted."""
    return np.array_equal(rec.channel.values.astype(str), np.arange(rec.sizes["channel"]).astype(str))


def names_of(parts: Sequence[Part]) -> list[str]:
    """The files without their folders, for messages."""
    return [Path(part.name).name for part in parts]


def _population(parts: list[Part]) -> Part:
    """The files of one session as one part."""
    for other in parts[1:]:
        need_alike(parts[0], other)
    match = matched(parts)
    recs = [part.rec.isel(trial=rows) for part, rows in zip(parts, match.rows, strict=True)]
    shared = set.intersection(*({n for n, c in rec.coords.items() if c.dims == ("channel",)} for rec in recs))
    labels = sorted(map(str, shared - {"channel"}))
    coords: dict[str, Any] = {n: ("channel", np.concatenate([rec[n].values for rec in recs])) for n in labels}
    coords["channel"] = ("channel", _channels(parts))
    if any("recorded" in rec.coords for rec in recs):
        coords["recorded"] = (("trial", "channel"), np.concatenate([_recorded(rec) for rec in recs], axis=1))
    if not match.by_number:
        coords["trial"] = ("trial", np.arange(recs[0].sizes["trial"]))
    rec = recs[0].drop_dims("channel")
    rec = rec.drop_vars([name for name in rec.variables if not _is_same(str(name), recs)])
    rec = rec.assign(activity=_beside([rec.activity.variable for rec in recs])).assign_coords(coords)
    alike = {name: value for name, value in recs[0].attrs.items() if all(r.attrs.get(name) == value for r in recs)}
    rec.attrs = alike | {"files_are": "channels", "trials_matched": match.said}
    return Part(parts[0].name, rec)


def _is_same(name: str, recs: Sequence[xr.Dataset]) -> bool:
    """Whether a label of trials (or latencies) is the same in all files, once trials are matched."""
    return all(name in rec.variables and recs[0][name].variable.equals(rec[name].variable) for rec in recs[1:])


def _recorded(rec: xr.Dataset) -> np.ndarray:
    """Where (trial, channel) activity was recorded."""
    if "recorded" in rec.coords:
        return rec.recorded.values
    return np.ones((rec.sizes["trial"], rec.sizes["channel"]), dtype=bool)


def _beside(arrays: Sequence[xr.Variable]) -> xr.Variable:
    """Activity of several files, channel after channel."""
    if any(is_chunked(array.data) for array in arrays):
        import dask.array as da

        return xr.Variable(arrays[0].dims, da.concatenate([array.data for array in arrays], axis=1), arrays[0].attrs)
    return xr.Variable(arrays[0].dims, np.concatenate([array.values for array in arrays], axis=1), arrays[0].attrs)


def _channels(parts: Sequence[Part]) -> np.ndarray:
    """Names of the channels of all files: their own where these differ, else the file's before them."""
    own = [part.rec.channel.values for part in parts]
    together = np.concatenate([names.astype(str) for names in own])
    if np.unique(together).size == together.size:
        return np.concatenate(own) if len({names.dtype.kind for names in own}) == 1 else together
    files = called(parts)
    names = [
        [file] if len(channels) == 1 else [f"{file}/{channel}" for channel in channels.astype(str)]
        for file, channels in zip(files, own, strict=True)
    ]
    return np.concatenate(names)


def called(parts: Sequence[Part]) -> list[str]:
    """What each file is called: its name without subject, session and run, as far as this tells it from the others.

    Examples
    --------
    >>> rec = xr.Dataset()
    >>> called([Part("sub-m1_ses-3_unit1.mat", rec), Part("sub-m1_ses-3_unit2.mat", rec)])
    ['unit1', 'unit2']
    """
    stems = [Path(part.name).stem.removeprefix("the ") for part in parts]
    short = [ENTITY.sub("", stem).strip("_") for stem in stems]
    paths = [part.name for part in parts]
    return next(names for names in (short, stems, paths) if names is paths or (all(names) and not _twice(names)))


def _twice(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _need_other_names(parts: Sequence[Part]) -> None:
    """Raise `InputError` where channels of different subjects or sessions have the same names, by their files."""
    sessions: dict[str, set[frozenset[tuple[str, ...]]]] = {}
    for part in parts:
        held = frozenset(places_of(part))
        for name in part.rec.channel.values.astype(str).tolist():
            sessions.setdefault(name, set()).add(held)
    again = [name for name, of_name in sessions.items() if len(of_name) > 1]
    if again:
        raise InputError(
            f"{len(again)} channels of different sessions have the same names ({some(again, 3)}). If the same name is "
            'the same cell in all sessions: match_channels="name"; if it is not: match_channels="never".'
        )
