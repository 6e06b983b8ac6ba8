"""pynapple: groups of spike trains and series in memory, and its .npz files."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.arrays.numpy_files import read_npz
from neurouniv.systems.recordings.formats.series.align import SETTINGS, aligned
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.series.spikes import Spikes, sorted_spikes, unit_by_unit
from neurouniv.systems.recordings.formats.timing.frames import Frames, increasing

__all__ = ["SETTINGS", "from_pynapple", "is_pynapple", "is_pynapple_file", "read_pynapple"]
SPIKES, SERIES, INTERVALS = ("TsGroup", "Ts"), ("Tsd", "TsdFrame", "TsdTensor"), "IntervalSet"
KINDS = (*SPIKES, *SERIES, INTERVALS)
MEMBERS = {"type.npy", "start.npy", "end.npy"}
NUMBERS = {"start", "end", "t", "index", "keys"}
TAKEN = ("rate", "channel", "trial", "condition", "latency", "session", "run", "subject")


def is_pynapple(obj: Any) -> bool:
    """Whether `obj` is a time series of pynapple, without importing pynapple."""
    return type(obj).__module__.split(".")[0] == "pynapple" and type(obj).__name__ in KINDS


def is_pynapple_file(path: Path, start: bytes) -> bool:
    """Whether an .npz file was saved by pynapple."""
    if not start.startswith(b"PK\x03\x04") or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist()) >= MEMBERS


def from_pynapple(obj: Any, source: str, **settings: Any) -> Fields:
    """Activity around onsets from a TsGroup (spikes of its units) or a Tsd, TsdFrame or TsdTensor (series).

    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`; `trials` may be an IntervalSet.
    """
    kind = type(obj).__name__
    _need_recording(kind, source)
    spans = np.stack([np.asarray(obj.time_support.start), np.asarray(obj.time_support.end)], axis=1).astype(float)
    if kind == "TsGroup":
        keys = list(obj.keys())
        ids, trains = np.asarray(keys), [np.asarray(obj[key].t) for key in keys]
        table = getattr(obj, "metadata", getattr(obj, "_metadata", {}))
        return aligned(
            _open_ended(unit_by_unit(trains, ids, about=_about(table), how="pynapple, all units"), spans),
            source,
            settings,
        )
    if kind == "Ts":
        return aligned(_open_ended(unit_by_unit([obj.t], how="pynapple, one unit"), spans), source, settings)
    columns = np.asarray(obj.columns) if kind == "TsdFrame" else None
    return aligned(_series(np.asarray(obj.t), np.asarray(obj.d), columns, spans, source), source, settings)


def read_pynapple(path: Path, source: str, **settings: Any) -> Fields:
    """The same from a file of pynapple; what it pickles (metadata, names of columns) is not read."""
    arrays = read_npz(path, source).tree
    kind = str(np.ravel(arrays.get("type", ""))[0])
    _need_recording(kind, source)
    needed = ("start", "end", *{"TsGroup": ("t", "index"), "Ts": ("t",)}.get(kind, ("t", "d")))
    absent = [name for name in needed if name not in arrays]
    if kind not in KINDS or absent:
        raise InputError(f"'{path}' is a file of pynapple ({kind}) without {absent or 'data'}. Save it again.")
    _need_numbers(arrays, path)
    spans = np.stack([np.ravel(arrays["start"]), np.ravel(arrays["end"])], axis=1).astype(float)
    if kind == "TsGroup":
        keep = np.ravel(arrays["keys"]) if "keys" in arrays else None
        spikes = sorted_spikes(
            arrays["t"], arrays["index"], None if keep is None else np.sort(keep), how="pynapple, all units"
        )
        return aligned(_open_ended(spikes, spans), source, settings, path.parent)
    if kind == "Ts":
        return aligned(
            _open_ended(unit_by_unit([arrays["t"]], how="pynapple, one unit"), spans), source, settings, path.parent
        )
    series = _series(arrays["t"], arrays["d"], arrays.get("columns"), spans, source)
    return aligned(series, source, settings, path.parent)


def _need_numbers(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    for name in NUMBERS & arrays.keys():
        if (dtype := np.asarray(arrays[name]).dtype).kind not in "iufb":
            raise InputError(f"'{path}', a file of pynapple, needs numbers as its {name}; got {dtype}. Save it again.")
    starts, ends = (np.size(arrays[name]) for name in ("start", "end"))
    if starts != ends:
        raise InputError(f"'{path}', a file of pynapple, has {starts} starts of spans and {ends} ends. Save it again.")


def _need_recording(kind: str, source: str) -> None:
    if kind == INTERVALS:
        raise InputError(
            f"{source} is a table of intervals (pynapple's IntervalSet), not a recording. Give it as the trials: "
            'read_recording(SPIKES, trials=INTERVALS, onset="start", window=(0, 1)).'
        )


def _open_ended(spikes: Spikes, spans: np.ndarray) -> Spikes:
    """Spikes with the spans of the recording; a span that ends with the last spike may have gone on, and is open."""
    first, last = spikes.span()
    spans = spans.copy()
    spans[spans[:, 0] == first, 0], spans[spans[:, 1] == last, 1] = -np.inf, np.inf
    return replace(spikes, spans=spans)


def _series(times: np.ndarray, data: np.ndarray, columns: Any, spans: np.ndarray, source: str) -> Samples:
    if data.dtype.kind not in "iufb":
        raise InputError(f"Series of pynapple need real numbers; got {data.dtype}.")
    table = data.reshape(len(data), -1)
    clock = Frames(increasing(times, len(table), "its series", source), len(table))
    spans = np.where(np.isin(spans, times[-1:]) & np.array([False, True]), spans + clock.period, spans)
    ids = np.arange(table.shape[1]) if columns is None or len(columns) != table.shape[1] else np.asarray(columns)
    if ids.dtype == object:
        ids = tidy_labels(ids)
    return Samples(
        lambda first, last: table[:, first:last].T, len(table), clock, ids, how="pynapple, all series", spans=spans
    )


def _about(metadata: Any) -> Mapping[str, np.ndarray]:
    """The columns of a group's metadata with one number or text for each unit."""
    about = {}
    for name in getattr(metadata, "columns", ()):
        values = np.asarray(metadata[name])
        if str(name) not in TAKEN and values.ndim == 1:
            about[str(name)] = values if values.dtype.kind in "iufb" else tidy_labels(values)
    return about
