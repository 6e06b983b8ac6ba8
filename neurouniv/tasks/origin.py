"""The origin of a task: which data rest on a guess, how that is said, and the refusal of a guess that says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.exploratory import note as exploratory_note
from neurouniv.schema import InputError

ORIGIN = "task_from"
"""Attribute of tasks, trajectories, fits and comparisons; of several systems a coordinate (system)."""
GUESS = "a guess from"
"""What an origin says of what nobody gave."""
ALIKE = 1e-9
"""Distances that differ by less than this share of the largest are equal. A convention: rounding."""
GIVE = (
    "To give the task at the command line: `neurouniv rdm ... --map condition=FIELD targets=FIELD` (a field of the "
    "recording), `--stimuli table.csv`, `--targets table.csv` (one row per condition), or `--task FILE`; `neurouniv "
    "rdm "
    "--help` shows such files. In Python: `task = neurouniv.tasks.recorded_task(rec, stimuli=table, targets='FIELD')`, "
    "or `neurouniv.tasks.from_arrays(stimuli, targets, names)`; then `neurouniv.trajectory(rec, task)`."
)


def guesses(data: xr.Dataset) -> dict[str, str]:
    """The systems of a trajectory, a fit or a comparison whose task is a guess, and from what; "" for one without name.

    Examples
    --------
    >>> guesses(xr.Dataset(attrs={"task_from": "a guess from the conditions' names"}))
    {'': "a guess from the conditions' names"}
    >>> guesses(xr.Dataset())
    {}
    """
    if ORIGIN in data.coords:
        names, origins = (np.atleast_1d(data[name].values).astype(str).tolist() for name in ("system", ORIGIN))
    else:
        names, origins = [""], [str(data.attrs.get(ORIGIN, ""))]
    return {name: origin for name, origin in zip(names, origins, strict=True) if GUESS in origin}


def note(data: xr.Dataset) -> str:
    """A line on the guesses that `data` rest on; empty where there is none.

    Examples
    --------
    >>> note(xr.Dataset(attrs={"task_from": "a guess from the conditions' names"}))
    "The task is not known, but a guess from the conditions' names."
    """
    by_name = guesses(data)
    if not by_name:
        return ""
    origins = {origin: ", ".join(name for name in by_name if by_name[name] == origin) for origin in by_name.values()}
    parts = [f"{remark(origin)}{f' (in {names})' if names else ''}" for origin, names in origins.items()]
    return f"{parts[0][0].upper()}{'; '.join(parts)[1:]}."


def remark(origin: str) -> str:
    """A guess in a few words.

    Examples
    --------
    >>> remark("a guess from the conditions' names")
    "the task is not known, but a guess from the conditions' names"
    >>> remark("stimuli: a guess from the earliest activity; targets: table.csv")
    'the task is in part a guess (stimuli: a guess from the earliest activity; targets: table.csv)'
    """
    if origin.startswith(GUESS):
        return f"the task is not known, but {origin}"
    return f"the task is {'' if origin.count(GUESS) == 2 else 'in part '}a guess ({origin})"


def notes(data: xr.Dataset) -> str:
    """The lines that come before all that is told of `data`: of time within a trial, and of a guessed task."""
    return "\n".join(filter(None, [exploratory_note(data), note(data)]))


def says_nothing(dx2: Any, dy2: Any) -> bool:
    """Whether stimuli are all equally far apart, and targets too: a law then says the same of all pairs.

    Examples
    --------
    >>> says_nothing([2.0, 2.0, 2.0], [2.0, 2.0, 2.0]), says_nothing([2.0, 2.0, 2.0], [2.0, 0.0, 2.0])
    (True, False)
    """
    return all(_alike(np.asarray(distances, dtype=float)) for distances in (dx2, dy2))


def need_task(traj: xr.Dataset, name: str = "") -> None:
    """Raise `InputError` unless the trajectory has the distances of stimuli and targets that laws start from.

    Parameters
    ----------
    name : of the system, for the message.
    """
    if not {"dx2", "dy2"} <= set(traj.coords):
        raise InputError(
            f"{_whose(name)}A law starts from how far apart stimuli (dx2) and targets (dy2) are, and this trajectory "
            f"has no task. {GIVE}"
        )


def refuse_empty_guess(traj: xr.Dataset, name: str = "") -> None:
    """Raise `InputError` where the task of a whole trajectory is a guess that says nothing of its pairs.

    Parameters
    ----------
    name : of the system, for the message.
    """
    if guesses(traj) and {"dx2", "dy2"} <= set(traj.coords) and says_nothing(traj["dx2"], traj["dy2"]):
        raise InputError(
            f"{_whose(name)}The task of this trajectory is {traj.attrs[ORIGIN]}, and the guess says nothing. All pairs "
            f"are equally far apart in stimuli and in targets, so a law would predict the same for all. {GIVE}"
        )


def drop_origin(traj: xr.Dataset) -> xr.Dataset:
    """`traj` without the attribute that says where its task is from."""
    return traj.drop_attrs(deep=False).assign_attrs(without_origin(traj.attrs))


def without_origin(attrs: Mapping[Any, Any]) -> dict[Any, Any]:
    """Attributes but for the origin of a task."""
    return {name: value for name, value in attrs.items() if name != ORIGIN}


def origin_of(data: xr.Dataset) -> dict[str, Any]:
    """The attribute that tells the origin of the task of `data`, where it has one."""
    return {ORIGIN: data.attrs[ORIGIN]} if ORIGIN in data.attrs else {}


def _whose(name: str) -> str:
    return f"{name!r}: " if name else ""


def _alike(distances: np.ndarray) -> bool:
    finite = distances[np.isfinite(distances)]
    return not finite.size or bool(np.ptp(finite) <= ALIKE * np.abs(finite).max())
