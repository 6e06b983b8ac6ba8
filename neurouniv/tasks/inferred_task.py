"""The task behind a recording: stimuli and targets for conditions that its file only names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, with_history
from neurouniv.tasks.tasks import from_arrays

STIMULI, TARGETS = ("names", "first"), ("names", "angles")
SEPARATORS = "/|:;,_- "
"""What parts of names are joined by; the first of these that all names have, or else that any has."""


def recorded_task(rec: xr.Dataset, stimuli: str | xr.Dataset = "names", targets: str = "names") -> xr.Dataset:
    """A task for the conditions of a recording.

    Parameters
    ----------
    rec : recording with `activity` (trial, channel[, latency]) and the trial coordinate `condition`.
    stimuli : what the conditions are to the senses. "names" reads every name as parts ("car_lower", "animal/cat",
        "left-hand", "trained 1") and gives each part that differs the same weight; "first" takes the mean activity
        of the earliest session or latency; another recording of the same conditions gives its mean activity.
    targets : what the conditions ask for. "names" sets apart the first part of the names that differs ("car");
        "angles" reads names as directions in degrees and puts them on the unit circle.

    Returns
    -------
    Task with the coordinate `label` (condition), the first part of the name that differs.

    Raises
    ------
    InputError : unknown choices, names that are no angles, conditions that the other recording lacks.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(3))}, {"condition": ("trial", ["0", "90", "180"])})
    >>> recorded_task(rec, targets="angles").targets.round(6).values.tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    """
    names = _in_order(np.unique(rec["condition"].values.astype(str)))
    label = _labels(names)
    task = from_arrays(_stimuli(rec, stimuli, names), _targets(targets, names, label), names)
    how = stimuli if isinstance(stimuli, str) else "another recording"
    task = task.assign_coords(label=("condition", label)).assign_attrs(name="recorded", stimuli=how, targets=targets)
    return with_history(task, "recorded_task", source=rec, stimuli=how, targets=targets)


def _in_order(names: np.ndarray) -> list[str]:
    """Numbers by size, names by alphabet."""
    return sorted(map(str, names), key=float if _are_numbers(names) else None)


def _parts(names: list[str]) -> list[list[str]]:
    """The parts of every name; numbers have none.

    Examples
    --------
    >>> _parts(["animal/house cat", "tool/saw"]), _parts(["trained 1", "new 1"]), _parts(["-0.5", "0.5"])
    ([['animal', 'house cat'], ['tool', 'saw']], [['trained', '1'], ['new', '1']], [['-0.5'], ['0.5']])
    """
    if _are_numbers(names):
        return [[name] for name in names]
    patterns = [rf"(?<=\S)\s*{re.escape(separator)}+\s*(?=\S)" for separator in SEPARATORS]
    matching = [pattern for pattern in patterns if all(re.search(pattern, name) for name in names)]
    matching += [pattern for pattern in patterns if any(re.search(pattern, name) for name in names)]
    return [re.split(matching[0], name) if matching else [name] for name in names]


def _labels(names: list[str]) -> list[str]:
    """The first part of every name that differs between names; whole names where there is none.

    Examples
    --------
    >>> _labels(["car_left", "car_right"]), _labels(["animal/cat", "animal/dog/big", "tool"]), _labels(["a", "a 1"])
    (['left', 'right'], ['animal', 'animal', 'tool'], ['a', 'a 1'])
    """
    columns = list(zip(*_parts(names), strict=False))
    return next((list(column) for column in columns if len(set(column)) > 1), names)


def _are_numbers(names: Iterable[str]) -> bool:
    try:
        return all(float(name) is not None for name in names)
    except ValueError:
        return False


def _stimuli(rec: xr.Dataset, stimuli: str | xr.Dataset, names: list[str]) -> np.ndarray:
    if isinstance(stimuli, xr.Dataset):
        return _mean_activity(stimuli, names)
    if stimuli == "first":
        return _mean_activity(_earliest(rec), names)
    if stimuli == "names":
        parts = _parts(names)
        if len({len(p) for p in parts}) > 1:
            parts = [[name] for name in names]
        return np.concatenate([_one_hot(column) for column in zip(*parts, strict=True)], axis=1)
    raise InputError(f"stimuli is one of {STIMULI} or a recording; got {stimuli!r}.")


def _targets(targets: str, names: list[str], label: list[str]) -> np.ndarray:
    if targets == "names":
        return _one_hot(label)
    if targets != "angles":
        raise InputError(f"targets is one of {TARGETS}; got {targets!r}. For others: `neurouniv.tasks.from_arrays`.")
    try:
        angle = np.deg2rad([float(name) for name in names])
    except ValueError as error:
        raise InputError(f"targets='angles' reads condition names as degrees; found {names[:6]}.") from error
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _one_hot(labels: Sequence[str]) -> np.ndarray:
    kinds = sorted(set(labels))
    return np.array([[float(label == kind) for kind in kinds] for label in labels])


def _earliest(rec: xr.Dataset) -> xr.Dataset:
    if "session" in rec.coords and len(np.unique(rec["session"])) > 1:
        return rec.isel(trial=np.flatnonzero(rec["session"].values == rec["session"].values.min()))
    return rec.isel(latency=0) if "latency" in rec["activity"].dims else rec


def _mean_activity(rec: xr.Dataset, names: list[str]) -> np.ndarray:
    activity = rec["activity"]
    if "latency" in activity.dims:
        activity = activity.mean("latency")
    mean = activity.groupby(rec["condition"].astype(str)).mean("trial")
    absent = [name for name in names if name not in mean["condition"].values]
    if absent:
        raise InputError(f"The recording that describes the stimuli lacks the conditions {absent}.")
    return mean.sel(condition=names).transpose("condition", "channel").values
