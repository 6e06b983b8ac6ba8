"""rsatoolbox: `Dataset` and `TemporalDataset` objects, lists of them, and the HDF5 files it writes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import need_room_in_hdf5
from neurouniv.systems.recordings.formats.rsatoolbox_descriptors import OURS, descriptors_told
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.sound_hdf5 import need_sound_hdf5

CONDITIONS = ("condition", "conditions", "conds", "cond", "stimulus", "stimuli", "stim", "events", "event")
SUBJECTS = ("subject", "subj", "participant")
CHANNELS = ("channel", "channels", "name", "names", "unit", "units", "voxel", "voxels")
MARK = "rsatoolbox_version"
DESCRIPTORS = ("descriptors", "obs_descriptors", "channel_descriptors", "time_descriptors")
KIND = "Its observation descriptors"


def is_dataset(obj: Any) -> bool:
    """Whether `obj` is a data set of rsatoolbox, or a list of them, without importing rsatoolbox."""
    if isinstance(obj, (list, tuple)):
        return len(obj) > 0 and all(map(is_dataset, obj))
    return type(obj).__module__.startswith("rsatoolbox.data.") and hasattr(obj, "obs_descriptors")


def is_file(path: Path) -> bool:
    """Whether `path` is an HDF5 file that rsatoolbox wrote, of data or of RDMs."""
    import h5py

    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    with told_plainly(path, "an HDF5 file"), h5py.File(path, "r") as file:
        return MARK in file.attrs


def from_dataset(obj: Any, source: str) -> Fields:
    """The fields of a data set: every descriptor of its observations and of itself, one value per trial.

    The sets of a list are put one after the other: channels are joined by their names (those without names by their
    number), and `recorded` (trial, channel) says which a trial's set had. A list whose sets tell neither session nor
    subject is one session each, 1, 2, 3, ...

    Raises
    ------
    InputError : the sets of a list differ in their times.

    Examples
    --------
    >>> from rsatoolbox.data import Dataset
    >>> data = Dataset(np.eye(2), obs_descriptors={"stim": ["a", "b"]}, channel_descriptors={"name": ["u", "v"]})
    >>> fields = from_dataset(data, "the data set")
    >>> fields.given["condition"].tolist(), fields.given["channel"].tolist()
    (['a', 'b'], ['u', 'v'])
    """
    with descriptors_told(source):
        return _joined(_parts(obj), source)


def trial_columns(obj: Any) -> dict[str, np.ndarray]:
    """Every descriptor of a data set, or of a list of them, as one value per trial; `session` of a list numbered."""
    return _columns(_parts(obj))


def _parts(obj: Any) -> list[dict[str, Any]]:
    """Every data set as its file would hold it."""
    sets = list(obj) if isinstance(obj, (list, tuple)) else [obj]
    names = ("measurements", *DESCRIPTORS)
    return [{name: getattr(data, name, {}) for name in names} for data in sets]


def read_file(path: Path, source: str) -> Fields:
    """The fields of a data set in an HDF5 file of rsatoolbox, see `from_dataset`.

    Raises
    ------
    InputError : the file holds RDMs, or cannot be read.
    """
    held = read_hdf5(path)
    if "dissimilarities" in held:
        raise InputError(
            f'{source} holds RDMs of rsatoolbox, not activity. Read them with `neurouniv.read_rdms("{source}")`; in a '
            f"shell: neurouniv rdms {source} traj.nc."
        )
    if "measurements" not in held:
        raise InputError(f"{source} was written by rsatoolbox but holds no measurements; found {sorted(held)}.")
    held = {name: {} for name in DESCRIPTORS[:3]} | {name: part for name, part in held.items() if part is not None}
    _need_parts(held, source)
    with descriptors_told(source):
        return _joined([held], source)


def _need_parts(held: Mapping[str, Any], source: str) -> None:
    """Raise `InputError` where the parts of a data set are not what rsatoolbox writes."""
    values = held["measurements"]
    if not isinstance(values, np.ndarray) or values.ndim < 2 or values.dtype.kind not in "biuf":
        raise InputError(f"The measurements of {source} need to be a table of numbers. Save it again: data.save(FILE).")
    amiss = [name for name in DESCRIPTORS[:3] if not isinstance(held[name], Mapping)]
    if amiss:
        raise InputError(f"{amiss} of {source} need to be groups of arrays. Save it again: data.save(FILE).")
    for axis, name in enumerate(DESCRIPTORS[1:3]):
        short = [key for key, entry in held[name].items() if not np.ndim(entry) or len(entry) != values.shape[axis]]
        if short:
            raise InputError(
                f"{name} of {source} need {values.shape[axis]} values each, as the measurements have; {short} "
                f"{'has' if len(short) == 1 else 'have'} not. The file is damaged: save it again."
            )


def read_hdf5(path: Path) -> dict[str, Any]:
    """What rsatoolbox's `save` wrote, as nested dicts of arrays and text; nothing in it is run."""
    import h5py

    need_sound_hdf5(path, "tree")
    with told_plainly(path, "an HDF5 file of rsatoolbox"), h5py.File(path, "r") as file:
        need_room_in_hdf5(file)
        return _read_group(file)


def _read_group(group: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {name: _python_value(value) for name, value in group.attrs.items()}
    for name, node in group.items():
        if hasattr(node, "items"):
            inside = _read_group(node)
            numbered = inside and all(key.isdigit() for key in inside)  # how it writes a list that makes no array
            tree[name] = [inside[key] for key in sorted(inside, key=int)] if numbered else inside
        else:
            tree[name] = None if node.shape is None else _python_value(node[()])
    return tree


def _python_value(value: Any) -> Any:
    """Text for bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        return np.array([_python_value(entry) for entry in value.ravel()]).reshape(value.shape)
    return value


def _joined(parts: Sequence[Mapping[str, Any]], source: str) -> Fields:
    names = [_channel_names(part) for part in parts]
    channel, code = _union(names)
    latency = _latency(parts, source)
    activity, recorded = _activity(parts, code, channel.size)
    tree = _columns(parts)
    given: dict[str, Any] = {"activity": activity, "channel": channel}
    condition = next((name for name in CONDITIONS if name in tree), None)
    if condition is not None:
        given["condition"] = tree[condition]
    subject = next((name for name in SUBJECTS if name in tree), None)
    if subject is not None:
        given["subject"] = tree[subject]
    if latency is not None:
        given["latency"] = latency
    if not recorded.all():
        given["recorded"] = np.repeat(recorded, [len(part["measurements"]) for part in parts], axis=0)
    of_channels = _of_channels(parts, code, channel.size)
    further = {name: values for name, values in of_channels.items() if name != "channel"}
    of_times = {name: np.asarray(values) for name, values in (parts[0].get("time_descriptors") or {}).items()}
    return Fields(of_times | of_channels | tree, source, KIND, given, channel_coords=further)


def _channel_names(part: Mapping[str, Any]) -> np.ndarray:
    """The names of the channels: a descriptor that is called so, or the only one without repeats, else numbers."""
    count = part["measurements"].shape[1]
    columns = {name: np.asarray(values) for name, values in (part["channel_descriptors"] or {}).items()}
    unique = {name: values for name, values in columns.items() if values.ndim == 1 and np.unique(values).size == count}
    name = next((name for name in CHANNELS if name in unique), next(iter(unique)) if len(unique) == 1 else None)
    return np.arange(count) if name is None else unique[name]


def _union(names: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The channels of all sets in the order of their appearance, and the place of every set's channels there."""
    together = np.concatenate(names)
    _, first, inverse = np.unique(together, return_index=True, return_inverse=True)
    order = np.argsort(first)
    code = np.argsort(order)[inverse]
    return together[first[order]], np.split(code, np.cumsum([part.size for part in names])[:-1])


def _activity(
    parts: Sequence[Mapping[str, Any]], code: list[np.ndarray], channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """The measurements on all channels, NaN where a set lacks one; and which set has which (set, channel)."""
    recorded = np.zeros((len(parts), channels), dtype=bool)
    for k, columns in enumerate(code):
        recorded[k, columns] = True
    if len(parts) == 1:
        return np.asarray(parts[0]["measurements"]), recorded
    values = [np.asarray(part["measurements"]) for part in parts]
    shape = (sum(map(len, values)), channels, *values[0].shape[2:])
    activity = np.full(shape, np.nan, dtype=np.result_type(*values, np.float32))
    starts = np.cumsum([0, *map(len, values)])
    for columns, block, start in zip(code, values, starts, strict=False):
        activity[start : start + len(block), columns] = block
    return activity, recorded


def _latency(parts: Sequence[Mapping[str, Any]], source: str) -> np.ndarray | None:
    """The times within the trial, the same in all sets."""
    times = [np.asarray(part["time_descriptors"]["time"]) if part.get("time_descriptors") else None for part in parts]
    for k, time in enumerate(times):
        if not _same(time, times[0]):
            shown = ["no time" if t is None else f"{len(t)} times from {t[0]:g} to {t[-1]:g}" for t in (times[0], time)]
            raise InputError(
                f"All data sets of {source} need the same times; the first has {shown[0]}, number {k + 1} has "
                f"{shown[1]}. Cut or bin them to one grid: `data.subset_time` or `data.bin_time`."
            )
    return times[0]


def _same(time: np.ndarray | None, other: np.ndarray | None) -> bool:
    if time is None or other is None:
        return time is other
    return np.array_equal(time, other)


def _columns(parts: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Every descriptor with one value per trial, over all sets; those of a set itself hold for all its trials."""
    columns = [_own_columns(part) for part in parts]
    names = dict.fromkeys(name for column in columns for name in column)
    table = {name: _stacked([column.get(name) for column in columns], parts) for name in names}
    tells_sets_apart = "subject" in table or any(
        len(set(table[name].tolist())) > 1 for name in SUBJECTS if name in table
    )
    if len(parts) > 1 and "session" not in table and not tells_sets_apart:
        table["session"] = np.repeat(np.arange(len(parts)) + 1, [len(part["measurements"]) for part in parts])
    return table


def _own_columns(part: Mapping[str, Any]) -> dict[str, np.ndarray]:
    trials = len(part["measurements"])
    scalars = {name: np.asarray(value) for name, value in (part["descriptors"] or {}).items() if np.ndim(value) == 0}
    return {name: np.full(trials, value) for name, value in scalars.items() if name != OURS} | {
        name: np.asarray(values) for name, values in (part["obs_descriptors"] or {}).items()
    }


def _stacked(values: list[np.ndarray | None], parts: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """One column of all sets; None where a set lacks it."""
    held = [value for value in values if value is not None]
    if len(held) == len(values) and len({value.dtype.kind in "US" for value in held}) == 1:
        return np.concatenate(held)
    lacking = [np.full(len(part["measurements"]), None) for part in parts]
    filled = [gap if value is None else value.astype(object) for value, gap in zip(values, lacking, strict=True)]
    return np.concatenate(filled)


def _of_channels(parts: Sequence[Mapping[str, Any]], code: list[np.ndarray], channels: int) -> dict[str, np.ndarray]:
    """The descriptors of channels that every set has, and that say the same of a channel in all."""
    names = set.intersection(*(set(part["channel_descriptors"] or {}) for part in parts))
    descriptors = {}
    for name in sorted(names):
        values = [np.asarray(part["channel_descriptors"][name]) for part in parts]
        together = np.concatenate(values)
        if together.ndim != 1:
            continue
        column = np.empty(channels, dtype=together.dtype)
        column[np.concatenate(code)] = together
        if np.array_equal(column[np.concatenate(code)], together):
            descriptors[name] = column
    return descriptors
