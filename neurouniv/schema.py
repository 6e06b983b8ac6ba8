"""The words of the toolkit: dims, variables and units, and the checks at the door.

A **task** holds `stimuli` (condition, feature) and `targets` (condition, output).
**Activity** of networks holds `hidden` (..., layer, time, condition, unit), `output` (..., time, condition,
output) and `loss` (..., time); of recordings `activity` (trial, channel[, latency]) with the trial
coordinates `condition`, `session`, `run`.
A **trajectory** holds `h` (..., time, pair), the RDM movie in condensed form, and where outputs are known
`y` and `w` (..., time, pair); its coordinates are `time`, `first` and `second` (pair), `dx2` and `dy2` (pair), and the
index `pair`, both names in one label, by which xarray joins RDMs whatever the order of their conditions. That order is
the task's, without a task that of first appearance.
Of recordings, `trials` (..., condition) counts them, and where behaviour is known `choices` and `choices_w` are to mean
choices what y and w are to outputs.
Every other dimension (seed, layer, subject, latency, ...) is a batch.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from neurouniv.errors import InputError as InputError
from neurouniv.errors import NeurounivWarning as NeurounivWarning
from neurouniv.errors import some as some
from neurouniv.errors import warn as warn
from neurouniv.got import got, way
from neurouniv.steps import recorded
from neurouniv.task_parts import need_task_parts
from neurouniv.trajectory_parts import need_distances as need_distances
from neurouniv.trajectory_parts import need_pairs as need_pairs
from neurouniv.trajectory_parts import need_parts as need_parts
from neurouniv.trajectory_parts import need_real as need_real
from neurouniv.version import __version__ as __version__
from neurouniv.version import package_version as package_version

LEARNING, WITHIN_TRIAL = "learning", "within_trial"
ONE_FRAME = "one_frame"
"""The axis of a movie of one session without latencies: a single time, and so neither of the two."""
TRAJECTORY_DIMS = ("time", "pair")
NO_TIME = (
    "These RDMs have no time axis, which a change over time needs. `neurouniv.rsa(rdms, models)` compares them with "
    "model RDMs, `neurouniv.noise_ceiling(rdms)` tells their ceiling; RDMs at several times are a movie: "
    "`neurouniv.read_rdms(..., dims='time', time=[...])`."
)
"""What can be done with RDMs without a time axis, and how they get one."""
OBSERVED = ("h", "y", "w")
CHOICES = {"choices": "y", "choices_w": "w"}
"""What is of mean choices, not of a learner's outputs, and what it is called of outputs."""
BAR = "|"
"""Between the two names of a pair; a bar or a backslash within a name has a backslash before it, so that labels differ.
"""
Labelled = TypeVar("Labelled", xr.Dataset, xr.DataArray)


def batch_dims(array: xr.DataArray, core: Iterable[Hashable] = TRAJECTORY_DIMS) -> tuple[Hashable, ...]:
    """The dimensions of `array` that are not `core`: each is a batch."""
    return tuple(dim for dim in array.dims if dim not in set(core))


def pair_indices(n_conditions: int) -> tuple[np.ndarray, np.ndarray]:
    """First and second condition of every pair, in the order of `scipy.spatial.distance.pdist`."""
    return np.triu_indices(n_conditions, k=1)


def pair_labels(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The labels of pairs (pair,): both names, the one that is first by the alphabet before the other.

    Examples
    --------
    >>> pair_labels(np.array(["a", "c"]), np.array(["b", "a"])).tolist()
    ['a | b', 'a | c']
    """
    one, other = (_escaped(np.asarray(names).astype(str)) for names in (first, second))
    return np.array([f" {BAR} ".join((a, b) if a <= b else (b, a)) for a, b in zip(one, other, strict=True)], dtype=str)


def with_pair_labels(traj: Labelled) -> Labelled:
    """`traj` with the coordinate `pair`, an index, of what `first` and `second` (pair) say; as it is without these.

    Examples
    --------
    >>> ends = {"first": ("pair", ["b"]), "second": ("pair", ["a"])}
    >>> with_pair_labels(xr.Dataset(coords=ends)).pair.values.tolist()
    ['a | b']
    """
    if not all(name in traj.coords and traj[name].dims == ("pair",) for name in ("first", "second")):
        return traj
    return traj.assign_coords(pair=pair_labels(*(traj[name].values for name in ("first", "second"))))


def _escaped(names: np.ndarray) -> list[str]:
    texts = names.ravel().tolist()
    together = "".join(texts)
    for mark in ("\\", BAR):
        if mark in together:
            texts = [text.replace(mark, f"\\{mark}") for text in texts]
    return texts


def need_dims(array: xr.DataArray, dims: Sequence[str], what: str, remedy: str) -> None:
    """Raise `InputError` unless `array` has every one of `dims`."""
    absent = [str(dim) for dim in dims if dim not in array.dims]
    if absent:
        needed = f"{_verb(what)} the dimension{'s' if len(dims) > 1 else ''} {', '.join(map(repr, dims))}"
        lacks = f"{', '.join(map(repr, absent))} {'are' if len(absent) > 1 else 'is'} absent from {array.dims}"
        raise InputError(f"{what} {needed}; {lacks}. {remedy}")


def _verb(what: str) -> str:
    """What `what` does: a window needs, windows need; of a phrase the word before " of " counts.

    Examples
    --------
    >>> [_verb(what) for what in ("A task's stimuli", "Sliding windows", "The activity of networks", "A class")]
    ['need', 'need', 'needs', 'needs']
    """
    head = what.split(" of ")[0]
    return "need" if head.endswith(("s", "stimuli")) and not head.endswith("ss") else "needs"


def need_free_names(names: Iterable[Hashable], taken: Iterable[str], what: str) -> None:
    """Raise `InputError` where data have a dimension or coordinate with a name that is `taken` by results of `what`.

    Examples
    --------
    >>> need_free_names(("seed", "bound"), {"bound", "law"}, "A comparison")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A comparison uses the name 'bound' itself, and the data have it too, for a dimension \
or coordinate. Rename it: `.rename({'bound': 'bound_of_data'})`.
    """
    both = sorted(set(map(str, names)) & set(taken))
    if both:
        raise InputError(
            f"{what} uses the name {both[0]!r} itself, and the data have it too, for a dimension or coordinate. Rename "
            f"it: `.rename({{{both[0]!r}: '{both[0]}_of_data'}})`."
        )


def need_variables(dataset: xr.Dataset, names: Sequence[str], what: str, remedy: str) -> None:
    """Raise `InputError` unless `dataset` is a Dataset that has every one of `names`."""
    if not isinstance(dataset, xr.Dataset):
        first = f"{way(dataset)} " if way(dataset) else ""
        raise InputError(f"{what} is an xarray.Dataset; got {got(dataset)}. {first}{remedy}")
    absent = [name for name in names if name not in dataset.variables]
    if absent:
        present = some(sorted(map(str, dataset.variables)), 12)
        raise InputError(f"{what} needs {list(names)}; {absent} is absent, found {present or 'nothing'}. {remedy}")


def need_increasing(time: xr.DataArray, what: str) -> None:
    """Raise `InputError` unless `time` is finite real numbers that strictly increase."""
    if time.dtype.kind in "Mm":
        unit = "(time - time[0])" if time.dtype.kind == "M" else "time"
        raise InputError(
            f"{what} needs times as numbers, since rates are per unit of time; got {time.dtype}. In days: "
            f"`.assign_coords(time={unit} / np.timedelta64(1, 'D'))`."
        )
    need_real(time, f"{what} needs times as real numbers")
    values = np.asarray(time.values, dtype=float)
    if not np.isfinite(values).all():
        raise InputError(
            f"{what} needs a finite time for every frame; {int((~np.isfinite(values)).sum())} of {values.size} are NaN "
            "or infinite. Leave these frames out: `.isel(time=...)`."
        )
    steps = np.diff(values)
    if (steps <= 0).any():
        step = int(np.argmax(steps <= 0))
        raise InputError(
            f"{what} needs strictly increasing times; time {values[step + 1]:g} follows {values[step]:g}. "
            "Sort with `.sortby('time')` and drop repeated times."
        )


def finite(array: xr.DataArray) -> xr.DataArray:
    """`np.isfinite` of a labelled array, which type checkers take for a plain one."""
    return xr.apply_ufunc(np.isfinite, array, dask="allowed", keep_attrs=True)


def check_task(task: xr.Dataset) -> xr.Dataset:
    """Return `task` if it is one: finite `stimuli` (condition, feature) and `targets` (condition, output)."""
    remedy = "`neurouniv.tasks.digits()` makes a ready task, `neurouniv.tasks.from_arrays(stimuli, targets)` yours."
    need_variables(task, ("stimuli", "targets"), "A task", remedy)
    need_dims(task.stimuli, ("condition", "feature"), "A task's stimuli", remedy)
    need_dims(task.targets, ("condition", "output"), "A task's targets", remedy)
    need_task_parts(task)
    for name in ("stimuli", "targets"):
        bad = ~finite(task[name]).all([dim for dim in task[name].dims if dim != "condition"])
        if bad.any():
            who = list(map(str, task.condition.values[bad.values])) if "condition" in task.coords else "some"
            raise InputError(f"A task needs finite {name}; conditions {who} hold NaN or infinity.")
    return task


def check_trajectory(traj: xr.Dataset, needs: Sequence[str] = ("h",)) -> xr.Dataset:
    """Return `traj` if it is a trajectory that holds the variables or coordinates in `needs`.

    It is the door of all calls that take one, in Python and at the command line, so that each says the same of what
    is amiss.

    Raises
    ------
    InputError : something of it is absent, or not as `neurouniv.trajectory_parts` says; times do not increase.
    """
    remedy = "`neurouniv.trajectory` makes one from activity."
    need_variables(traj, needs[:1], "A trajectory", remedy)
    if needs[0] == "h" and "pair" in traj["h"].dims and "time" not in traj["h"].dims:
        remedy = NO_TIME
    need_dims(traj[needs[0]], TRAJECTORY_DIMS, "A trajectory", remedy)
    if "h" in traj:
        need_parts(traj)
    need_increasing(_times(traj), "A trajectory")
    need_variables(traj, needs, "A trajectory", remedy)
    return traj


def _times(traj: xr.Dataset) -> xr.DataArray:
    """The coordinate `time`; frames without one have no times, and their numbers are none."""
    if "time" not in traj.coords:
        raise InputError(
            f"A trajectory needs the times of its {traj.sizes['time']} frames, the coordinate `time`; it is absent. "
            "Add it, in the unit that rates are to have: `.assign_coords(time=[...])`."
        )
    return traj["time"]


def framed(rdms: xr.Dataset) -> xr.Dataset:
    """RDMs without a time axis, `h` (..., pair), as a movie of one frame (..., time, pair); a movie stays as it is.

    The axis of this time is "one_frame"; one frame that was taken of a movie (`traj.isel(time=0)`) keeps its time.

    Examples
    --------
    >>> movie = framed(xr.Dataset({"h": (("subject", "pair"), [[1.0, 2.0, 3.0]])}))
    >>> dict(movie.h.sizes), movie.time.attrs["axis"]
    ({'subject': 1, 'time': 1, 'pair': 3}, 'one_frame')
    """
    is_static = isinstance(rdms, xr.Dataset) and "h" in rdms and "pair" in rdms["h"].dims and "time" not in rdms.dims
    if not is_static or ("time" in rdms.coords and rdms["time"].ndim):
        return rdms
    attrs = {"axis": ONE_FRAME, "long_name": "one frame without a time axis"}
    time = rdms["time"].variable if "time" in rdms.coords else xr.Variable((), 0, attrs)
    over_pairs = {name: array for name, array in rdms.data_vars.items() if "pair" in array.dims}
    frames = {
        name: array.drop_vars("time", errors="ignore").expand_dims("time").transpose(..., "time", "pair")
        for name, array in over_pairs.items()
    }
    return rdms.drop_vars("time", errors="ignore").assign(frames).assign_coords(time=time.expand_dims("time"))


def choices_apart(traj: xr.Dataset) -> xr.Dataset:
    """`traj` with mean choices by their own names; older files call them y and w, with an attribute `source`.

    Examples
    --------
    >>> list(choices_apart(xr.Dataset({"h": 1.0, "y": ((), 1.0, {"source": "behaviour"})})))
    ['h', 'choices']
    """
    older = {of: name for name, of in CHOICES.items() if of in traj and traj[of].attrs.get("source") == "behaviour"}
    return traj.rename(older) if "h" in traj else traj


def choices_as_outputs(traj: xr.Dataset) -> xr.Dataset:
    """`traj` with mean choices in place of outputs that are not there, for fits and figures.

    Examples
    --------
    >>> list(choices_as_outputs(xr.Dataset({"h": 1.0, "choices": 1.0})))
    ['h', 'y']
    """
    has_outputs = set(CHOICES.values()) & set(traj)
    return traj if has_outputs else traj.rename({name: of for name, of in CHOICES.items() if name in traj})


def with_history(dataset: xr.Dataset, step: str, source: xr.Dataset | None = None, **settings: Any) -> xr.Dataset:
    """`dataset` with one more line in its attribute `history`: the step, its settings and our version.

    `history` is JSON text, a list of steps, so it survives netCDF and zarr; `source`, if given, is the
    object whose history goes before.
    """
    earlier = history(source if source is not None else dataset)
    line = {"step": step, "version": __version__, "settings": settings}
    return dataset.assign_attrs(history=json.dumps([*earlier, line], default=str))


def history(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """The steps that made `dataset`, oldest first, each with `step`, `version` and `settings`; what of it is damaged is
    left out, as if it were not recorded."""
    return recorded(dataset.attrs.get("history", "[]"))
