"""The task behind a recording, as options of the command line say it, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.tasks.inferred_task import STIMULI, TARGETS, recorded_task
from neurouniv.tasks.origin import GIVE, ORIGIN, note, says_nothing

ENDINGS = (".csv", ".tsv", ".txt", ".npz", ".nc", ".zarr")
BETTER = "If it is known: --targets FIELD or table.csv, --stimuli table.csv, or --task FILE; neurouniv rdm --help-all"


def with_targets(fields: dict[str, Any], targets: str | None) -> dict[str, Any]:
    """The mapping with the field that `--targets FIELD` names, where it is neither a choice nor a file.

    Raises
    ------
    InputError : the mapping names another field.
    """
    if targets is None or chosen_targets(targets) is not None:
        return fields
    if fields.get("targets", targets) != targets:
        raise InputError(f"--targets {targets} and --map targets={fields['targets']} differ. Leave one out.")
    return fields | {"targets": targets}


def chosen_targets(targets: str | None) -> str | None:
    """`--targets` where it is a choice or a file; None where it names a field, which the recording then keeps."""
    return targets if targets is not None and (targets in TARGETS or _is_file(targets)) else None


def task_in_recording(rec: xr.Dataset, stimuli: str | None, targets: str | None) -> xr.Dataset | None:
    """The task of a recording by its options; None where none is given and the names of the conditions say nothing.

    Raises
    ------
    InputError : see `neurouniv.tasks.recorded_task`; or `--stimuli` is neither a choice nor a file.
    """
    if stimuli is not None and stimuli not in STIMULI and not _is_file(stimuli):
        raise InputError(
            f"--stimuli is {' or '.join(STIMULI)}, or the file of a table with a row a condition; got {stimuli!r}."
        )
    is_given = stimuli is not None or targets is not None or "target" in rec.coords
    task = recorded_task(rec, stimuli, chosen_targets(targets))
    return task if is_given or not _is_empty(task) else None


def task_text(traj: xr.Dataset) -> str:
    """What is told of the task of a recording's trajectory that has just been made."""
    if "dx2" not in traj.coords:
        return f"task: not known; the names of the conditions say nothing of it, and a law needs one. {GIVE}"
    if not note(traj):
        return f"task: {traj.attrs[ORIGIN]}"
    empty = ", and it says nothing: all pairs are equally far apart" if says_nothing(traj["dx2"], traj["dy2"]) else ""
    return f"task: {traj.attrs[ORIGIN]}{empty}. {BETTER}"


def _is_file(text: str) -> bool:
    """Whether a word is the name of a file: it exists, or ends as those of tables and arrays do."""
    return Path(text).suffix.lower() in ENDINGS or Path(text).is_file()


def _is_empty(task: xr.Dataset) -> bool:
    from scipy.spatial.distance import pdist

    distances = [pdist(task[name].values, "sqeuclidean") for name in ("stimuli", "targets")]
    return bool(note(task)) and says_nothing(*distances)
