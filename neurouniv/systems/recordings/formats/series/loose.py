"""Spikes or series among the fields of a laboratory's own file or dict: spike times and their units, frames x units."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.series import alf, phy, suite2p
from neurouniv.systems.recordings.formats.series.align import CLOCK, aligned
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.frame_times import clock_of, positive_rate
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.series.spikes import Spikes, sorted_spikes, unit_by_unit
from neurouniv.systems.recordings.formats.series.trials import UNITS, Trials

OWN = (*CLOCK, "spike_times", "spike_clusters", "spike_unit", "series", "series_dims")
SETTINGS = (*ALIGN, *OWN, "activity")
TIMES = ("spike_times", "spiketimes", "spike_time", "spikes_times")
CLUSTERS = (
    "spike_clusters",
    "spike_cluster",
    "spike_units",
    "spike_unit_ids",
    "clusters",
    "cluster_ids",
    "unit_ids",
    "clu",
)
DIMS = ("frame", "unit")
PARTS = ("F.", "Fneu.", "spks.", "iscell.", "spike", "_", "clusters.", "trials.", "templates", "ops.", "stat.")
FEW = 20  # spikes; as many at whole seconds are no chance


def or_aligned(read: Callable[..., Fields], own: tuple[str, ...] = ()) -> Callable[..., Fields]:
    """A reader of named fields that also cuts trials from spikes or series among them, where these are meant.

    own : settings that `read` itself takes, of files that hold trials already (FieldTrip, SPM).
    """

    def reader(path: Any, source: str, **settings: Any) -> Fields:
        folder = path.parent if isinstance(path, Path) else None
        fields = read(path, source, **{name: value for name, value in settings.items() if name in own})
        if "activity" not in fields.given:
            return fields_or_aligned(fields, settings, folder)
        others = sorted({name for name in settings if settings[name] is not None} - {*own, "activity", "condition"})
        if others:
            raise InputError(f"{source} holds trials; {', '.join(others)} is for series without trials. Leave it out.")
        return fields

    return reader


def fields_or_aligned(fields: Fields, settings: Mapping[str, Any], folder: Path | None = None) -> Fields:
    """The fields as they stand; or activity around onsets, where they hold spikes or series without trials.

    Parameters
    ----------
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`, and
        `spike_times`, `spike_clusters`: the fields with the time of every spike and its unit, default by usual names;
        or `spike_times` alone, a list (cell) of one array of times for each unit. `spike_unit`: "s" (default), "ms" or
        "sample", by `rate`. `series`: the field of samples, frames x units, with `rate` (frames/s) or `times`;
        `series_dims`: "unit,frame" where units come first. `trials` may be the name of a field, a struct of columns;
        default, where the fields have an onset, are the fields as long as it.

    Raises
    ------
    InputError : spikes or series cannot be told, or something of the call is missing.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    meant = set(given) - {"activity", "condition"}
    has_spikes = _usual(fields, TIMES) is not None and _usual(fields, CLUSTERS) is not None
    if not meant and ("activity" in given or "activity" in fields or not has_spikes):
        return fields
    if "activity" in given:
        raise InputError(
            f"`activity` is of trials, and {', '.join(sorted(meant))} are for series or spikes without trials. Give "
            "`series` or `spike_times` instead, or leave the others out."
        )
    if "series" in given and "spike_times" in given:
        raise InputError("Give one of `series` and `spike_times`; got both.")
    recorded, used = _series(fields, given, folder) if "series" in given else _spikes(fields, given)
    align = {name: value for name, value in given.items() if name in ALIGN}
    own = {name: value for name, value in fields.tree.items() if name not in used}
    default = None if "trials" in given else _own_trials(own, given.get("onset"))
    return aligned(recorded, fields.source, align, folder, own, default)


def read_npy(path: Path, source: str, **settings: Any) -> Fields:
    """One array in a .npy file: frames x units; see `fields_or_aligned`."""
    _need_no_folder(path)
    array = plain_array(path, mmap=True)
    if array.dtype.names:
        return fields_or_aligned(Fields({n: array[n] for n in array.dtype.names}, source, "Its columns", {}), settings)
    if not set(settings) & {*ALIGN, *OWN} - {"condition"}:
        if "condition" in settings:
            return Fields({"activity": np.asarray(array)}, source, "Its array", {})
        raise InputError(
            f"'{source}' is one NumPy array without labels, of shape {array.shape}. Give the condition of each of its "
            f'trials, read_recording("{source}", condition=[...]), or np.savez(path, activity=..., condition=...). '
            f'If it is a series of frames x units: read_recording("{source}", rate=RATE, trials="trials.csv", '
            'onset="onset", condition="COLUMN", window=(0, 1)).'
        )
    fields = Fields({"series": array}, source, "Its array", {})
    return fields_or_aligned(fields, {"series": "series", **settings}, path.parent)


def _need_no_folder(path: Path) -> None:
    """Raise `InputError` where a file is a part of a folder that is read as a whole."""
    kinds = {"suite2p": suite2p.is_suite2p, "Kilosort/phy": phy.is_phy, "ALF": alf.is_alf}
    kind = next((name for name, is_kind in kinds.items() if is_kind(path.parent, b"")), None)
    if kind is not None and path.name.startswith(PARTS):
        raise InputError(
            f"'{path}' is one file of a folder of {kind}, which is read as a whole: "
            f'read_recording("{path.parent}"); in a shell: neurouniv read {shlex.quote(str(path.parent))}'
        )


def _usual(fields: Fields, names: tuple[str, ...]) -> str | None:
    """The field with one of the usual names, in any capitals."""
    return next((name for name in fields.tree if name.lower() in names), None)


def _series(fields: Fields, given: Mapping[str, Any], folder: Path | None) -> tuple[Samples, set[str]]:
    name = given["series"]
    array = fields[name] if isinstance(name, str) else as_array(name)
    array = np.asarray(array) if array.ndim != 1 else np.asarray(array)[:, None]
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise InputError(
            f"`series` needs numbers of shape frames x units; got {array.dtype} {array.shape} from {fields.source}."
        )
    frames_first = _frames_first(array, given, fields)
    table = array if frames_first else array.T
    times = given.get("times")
    times = fields[times] if isinstance(times, str) and times in fields.tree else times
    rate = given.get("rate", None if times is not None else _stored_rate(fields))
    clock = clock_of(len(table), rate, times, fields.source, folder)
    label = name if isinstance(name, str) else "series"
    how = f"'{label}', {'frames x units' if frames_first else 'units x frames'}"
    samples = Samples(lambda first, last: table[:, first:last].T, len(table), clock, np.arange(table.shape[1]), how=how)
    return samples, {name} if isinstance(name, str) else set()


def _frames_first(array: np.ndarray, given: Mapping[str, Any], fields: Fields) -> bool:
    """Whether the first axis is that of frames: as told, by the number of times, else where it is the longer one."""
    dims = given.get("series_dims")
    if dims is not None:
        parts = dims.split(",") if isinstance(dims, str) else dims if isinstance(dims, (list, tuple)) else [dims]
        words = tuple(str(word).strip() for word in parts)
        if sorted(words) != sorted(DIMS):
            raise InputError(f'`series_dims` is "frame,unit" or "unit,frame"; got {dims!r}.')
        return words == DIMS
    times = given.get("times")
    times = fields[times] if isinstance(times, str) and times in fields.tree else times
    if times is not None and not isinstance(times, (str, Path)) and len(set(array.shape)) == 2:
        return np.size(times) == array.shape[0]
    if array.shape[0] < array.shape[1]:
        raise InputError(
            f"`series` is read as frames x units, and in {fields.source} it has the shape {array.shape}: "
            f'{array.shape[0]} frames of {array.shape[1]} units? If units come first: series_dims="unit,frame"; if '
            'not: series_dims="frame,unit".'
        )
    return True


def _stored_rate(fields: Fields) -> Any:
    """The one number of a field with a usual name of a rate."""
    names = [name for name in fields.tree if name.lower() in ("rate", "fs", "frame_rate", "framerate", "sampling_rate")]
    values = [np.ravel(as_array(fields.tree[name])) for name in names]
    return next((value[0] for value in values if value.size == 1 and value.dtype.kind in "iuf"), None)


def _spikes(fields: Fields, given: Mapping[str, Any]) -> tuple[Spikes, set[str]]:
    times_name = given.get("spike_times", _usual(fields, TIMES))
    if times_name is None:
        raise InputError(
            f"To cut trials from {fields.source}, say what is recorded: spike_times=FIELD and spike_clusters=FIELD, or "
            f"series=FIELD (frames x units) and rate=. {fields.kind}: {fields.listing()}."
        )
    times = _unit_lists(fields.tree.get(times_name, None) if isinstance(times_name, str) else times_name)
    times = fields[times_name] if times is None and isinstance(times_name, str) else as_array(times)
    clusters_name = given.get("spike_clusters", _usual(fields, CLUSTERS))
    used = {name for name in (times_name, clusters_name) if isinstance(name, str)}
    rate = given.get("rate", _stored_rate(fields))
    if trains := _trains(times):
        factor = _seconds(np.concatenate([*map(np.ravel, trains), np.zeros(0)]), given, rate, fields.source)
        how = f"units of '{times_name}', in order" if isinstance(times_name, str) else "units in order"
        return unit_by_unit([np.asarray(t, dtype=float) * factor for t in trains], how=how, rate=_rate(rate)), used
    times = _numbers(times, "spike_times", fields.source)
    factor = _seconds(times, given, rate, fields.source)
    if clusters_name is None:
        _need_one_unit(fields, times, str(times_name))
        return unit_by_unit([times * factor], how="one unit", rate=_rate(rate)), used
    clusters = fields[clusters_name] if isinstance(clusters_name, str) else as_array(clusters_name)
    clusters = np.ravel(clusters)
    if clusters.size != times.size or clusters.dtype.kind not in "iufUS":
        raise InputError(
            f"Every spike needs its time and its unit; {fields.source} has {times.size} times and {clusters.size} "
            f"units ({clusters.dtype}). Name the two fields: spike_times=FIELD, spike_clusters=FIELD."
        )
    return sorted_spikes(times * factor, clusters, how="all units", rate=_rate(rate)), used


def _unit_lists(value: Any) -> Any:
    """A list of arrays as an array of objects, also where all units have as many spikes; any other value as it is."""
    if not isinstance(value, (list, tuple)) or not all(np.ndim(train) == 1 for train in value):
        return value
    trains = np.empty(len(value), dtype=object)
    trains[:] = [np.asarray(train) for train in value]
    return trains


def _rate(rate: Any) -> float | None:
    return None if rate is None else positive_rate(rate)


def _trains(times: np.ndarray) -> list[Any]:
    """The spike times of each unit, where a field is a list of them; else nothing."""
    if times.dtype != object or not times.size:
        return []
    trains = [np.ravel(train) for train in times.ravel()]
    return trains if all(train.dtype.kind in "iuf" or not train.size for train in trains) else []


def _numbers(values: np.ndarray, name: str, source: str) -> np.ndarray:
    if values.dtype.kind not in "iuf" or np.squeeze(values).ndim > 1:
        raise InputError(
            f"`{name}` needs one time for every spike, or a list of arrays, one per unit; got {values.dtype} of shape "
            f"{values.shape} from {source}."
        )
    return np.ravel(values).astype(float)


def _seconds(times: np.ndarray, given: Mapping[str, Any], rate: Any, source: str) -> float:
    """What spike times are multiplied by to be seconds.

    Raises
    ------
    InputError : they are whole numbers and nobody said of what, or samples without a rate.
    """
    unit = given.get("spike_unit")
    known = times[np.isfinite(times)]
    if unit is None and known.size > FEW and (known == np.round(known)).all():
        raise InputError(
            f"The spike times of {source} are whole numbers up to {known.max():g}. Are they samples: "
            'spike_unit="sample", rate=30000; or milliseconds: spike_unit="ms"? If they are seconds: spike_unit="s".'
        )
    if unit == "sample":
        if rate is None:
            raise InputError('`spike_unit="sample"` needs the number of samples per second: give `rate`.')
        return 1.0 / positive_rate(rate)
    if unit is not None and unit not in UNITS:
        raise InputError(f"`spike_unit` is one of {(*UNITS, 'sample')}; got {unit!r}.")
    return UNITS[unit or "s"]


def _need_one_unit(fields: Fields, times: np.ndarray, name: str) -> None:
    """Raise where another field has a value for every spike: it may tell the units apart."""
    others = [n for n, a in fields.leaves().items() if n != name and a.ndim == 1 and a.size == times.size]
    if others:
        raise InputError(
            f"The unit of each spike of {fields.source} is not known. {', '.join(map(repr, others[:6]))} "
            f'{"has" if len(others) == 1 else "have"} as many values as there are spikes: spike_clusters="{others[0]}".'
        )


def _own_trials(own: Mapping[str, Any], onset: Any) -> Trials | None:
    """The fields as long as the onsets, as the table of trials; None where no field is an onset."""
    arrays = {name: as_array(value) for name, value in own.items() if not isinstance(value, Mapping)}
    lists = {name: np.squeeze(array) for name, array in arrays.items() if array.size > 1}
    lists = {name: array for name, array in lists.items() if array.ndim >= 1}
    every = Trials(lists, "its fields")
    column = onset if isinstance(onset, str) and onset in lists else every.onset_column(None) if onset is None else None
    if column is None:
        return None
    return Trials({name: array for name, array in lists.items() if len(array) == len(lists[column])}, "its fields")
