"""The task behind a recording: stimuli and targets for conditions that its file only names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.inputs import need_recording
from neurouniv.names import public
from neurouniv.schema import InputError, some, with_history
from neurouniv.tasks.origin import GUESS, ORIGIN
from neurouniv.tasks.tables import by_condition, named, numbers_or_words
from neurouniv.tasks.tasks import from_arrays

STIMULI, TARGETS = ("names", "first"), ("names", "angles")
SEPARATORS = "/|:;,_- "
"""What parts of names are joined by; the first of these that all names have, or else that any has."""
TARGET = "target"
"""The trial coordinate that `read_recording(..., targets=FIELD)` keeps."""
FROM_NAMES = f"{GUESS} the conditions' names"
FROM_START = f"{GUESS} the earliest activity"


@public
def recorded_task(rec: xr.Dataset, stimuli: Any = None, targets: Any = None) -> xr.Dataset:
    """A task for the conditions of a recording, which are in the order of their first appearance.

    Parameters
    ----------
    rec : recording with `activity` (trial, channel[, latency]) and the trial coordinate `condition`.
    stimuli : what the conditions are to the senses. By the names of conditions: the path of a table (a row a
        condition), a dict name -> vector, a pandas DataFrame indexed by condition, a DataArray (condition, feature),
        see `neurouniv.tasks.tables.by_condition`. Or the name of a trial coordinate; or another recording of the same
        conditions, for its mean activity. A guess, where that is not known: "names" (default) reads every name as parts
        ("car_lower", "animal/cat", "left-hand", "trained 1") and gives each part that differs the same weight; "first"
        takes the mean activity of the earliest session or latency.
    targets : what the conditions ask for. As above by the names of conditions, or the name of a trial coordinate or of
        the field that `read_recording(..., targets="rewarded")` kept; that one is the default where there is one. One
        value per condition: numbers are a numeric target, words one-hot. "angles" reads names as directions in degrees
        and puts them on the unit circle. A guess: "names" sets apart the first part of the names that differs ("car").

    Returns
    -------
    Task whose attribute `task_from` says where it is from, a guess or not; trajectories, fits, comparisons and pages
    repeat it. With targets from names the coordinate `label` (condition), the first part that differs.

    Raises
    ------
    InputError : a condition has several values or none; unknown choices, names that are no angles.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(3))}, {"condition": ("trial", ["0", "90", "180"])})
    >>> recorded_task(rec, targets="angles").targets.round(6).values.tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    >>> rec = rec.assign_coords(rewarded=("trial", [1, 0, 1]))
    >>> task = recorded_task(rec, stimuli={"0": [1, 0], "90": [0, 1], "180": [-1, 0]}, targets="rewarded")
    >>> task.targets.values.ravel().tolist(), task.attrs["task_from"]
    ([1.0, 0.0, 1.0], 'stimuli: a table given; targets: `rewarded` of the trials')
    """
    need_recording(rec, "A task of a recording", ("condition",))
    names = _appearing(rec)
    label = _labels(names)
    stimuli = "names" if stimuli is None else stimuli
    targets = (TARGET if TARGET in rec.coords else "names") if targets is None else targets
    inputs, stimuli_from = _stimuli(rec, stimuli, names)
    outputs, targets_from = _targets(rec, targets, names, label)
    origin = f"stimuli: {stimuli_from}; targets: {targets_from}"
    task = from_arrays(inputs, outputs, names).assign_attrs(
        {"name": "recorded", ORIGIN: stimuli_from if stimuli_from == targets_from else origin}
    )
    if isinstance(targets, str) and targets in TARGETS:
        task = task.assign_coords(label=("condition", label))
    return with_history(task, "recorded_task", source=rec, stimuli=stimuli_from, targets=targets_from)


def _appearing(rec: xr.Dataset) -> list[str]:
    """The conditions in the order of their first appearance."""
    return list(dict.fromkeys(rec["condition"].values.astype(str).tolist()))


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


def _stimuli(rec: xr.Dataset, stimuli: Any, names: list[str]) -> tuple[np.ndarray, str]:
    """Stimuli (condition, feature), and where they are from."""
    if isinstance(stimuli, xr.Dataset) and "activity" in stimuli:
        return _mean_activity(stimuli, names), "the mean activity of another recording"
    if isinstance(stimuli, str) and stimuli == "first":
        return _mean_activity(_earliest(rec), names), FROM_START
    if isinstance(stimuli, str) and stimuli == "names":
        parts = _parts(names)
        if len({len(p) for p in parts}) > 1:
            parts = [[name] for name in names]
        return np.concatenate([_one_hot(column) for column in zip(*parts, strict=True)], axis=1), FROM_NAMES
    return _values_and_name(rec, stimuli, names, "stimuli", STIMULI)


def _targets(rec: xr.Dataset, targets: Any, names: list[str], label: list[str]) -> tuple[np.ndarray, str]:
    """Targets (condition, output), and where they are from."""
    if not isinstance(targets, str) or targets not in TARGETS:
        return _values_and_name(rec, targets, names, "targets", TARGETS)
    if targets == "names":
        return _one_hot(label), FROM_NAMES
    try:
        angle = np.deg2rad([float(name) for name in names])
    except ValueError as error:
        raise InputError(f"targets='angles' reads condition names as degrees; found {names[:6]}.") from error
    return np.stack([np.cos(angle), np.sin(angle)], axis=1), "the conditions' names as angles"


def _values_and_name(
    rec: xr.Dataset, source: Any, names: list[str], what: str, choices: tuple[str, ...]
) -> tuple[np.ndarray, str]:
    """What a trial coordinate, a table or a file tells of the conditions, and what it is called."""
    field = _coordinate(rec, source, what)
    if field is not None:
        return _one_each(rec, field, names, what), f"`{rec[field].attrs.get('field', field)}` of the trials"
    if isinstance(source, str) and not Path(source).suffix and not os.path.exists(source):
        fields = [str(name) for name, c in rec.coords.items() if c.dims == ("trial",) and name != "trial"]
        raise InputError(
            f"{what} is one of {', '.join(choices)}, a trial coordinate of the recording, a table by condition or its "
            f"file; got {source!r}, and the recording has {', '.join(fields)}. A field of the file is kept by "
            f"`read_recording(..., targets={source!r})`, at the command line --map targets={source}."
        )
    return by_condition(source, names, what), named(source)


def _coordinate(rec: xr.Dataset, source: Any, what: str) -> str | None:
    """The trial coordinate of that name, or the one that keeps the field of that name."""
    if not isinstance(source, str):
        return None
    if source in rec.coords and rec[source].dims == ("trial",):
        return source
    return TARGET if what == "targets" and TARGET in rec.coords and rec[TARGET].attrs.get("field") == source else None


def _one_each(rec: xr.Dataset, field: str, names: list[str], what: str) -> np.ndarray:
    """The value of every condition (condition, column) of a trial coordinate.

    Raises
    ------
    InputError : a condition has several values, or none.
    """
    values, condition = rec[field].values.astype(str), rec["condition"].values.astype(str)
    called = rec[field].attrs.get("field", field)
    kinds_of = {name: list(dict.fromkeys(values[condition == name].tolist())) for name in names}
    several = [f"'{name}' ({some(kinds, 3)})" for name, kinds in kinds_of.items() if len(kinds) > 1]
    if several:
        raise InputError(
            f"{what} need one value for each condition; `{called}` has several in {len(several)} of {len(names)}: "
            f"{some(several)}. Make conditions of both fields, --map condition=FIELD,{called} (in Python "
            f'condition=["FIELD", "{called}"]), or take a field with one value per condition.'
        )
    return numbers_or_words([kinds[0] for kinds in kinds_of.values()], names, f"`{called}`")


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
