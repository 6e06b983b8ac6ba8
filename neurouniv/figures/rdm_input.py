"""What a picture of RDMs is made of: an array over `pair`. Of anything else, what it is and which call comes first."""

from __future__ import annotations

from typing import Any, NamedTuple

import xarray as xr

from neurouniv.rdm.pairs import are_named
from neurouniv.schema import InputError, check_trajectory, need_distances, need_increasing, some
from neurouniv.trajectory_parts import REAL

NEEDED = "A picture of RDMs needs a trajectory, or any DataArray over `pair` with the names `first` and `second`"


class Other(NamedTuple):
    """Something that holds no RDMs: by which variables it is told, what it is, and what to do with it."""

    variables: tuple[str, ...]
    what: str
    call: str
    command: str


OTHERS = (
    Other(("similarity",), "a result of RSA", "neurouniv.figures.rsa(result) draws it.",
          "Its page: neurouniv report {file} page.html"),
    Other(("probability", "alike"), "learning rules set beside each other",
          "neurouniv.figures.rule_probabilities(result) draws it.",
          "neurouniv figure rule_probabilities {file} rules.png"),
    Other(("confusion",), "counts of rules that were taken for each other",
          "neurouniv.figures.rule_confusion(counts) draws it.", "neurouniv figure rule_confusion {file} confusion.png"),
    Other(("change_r2",), "an answer about systems", 'neurouniv.report(result, "page.html") shows it.',
          "Its page: neurouniv report {file} page.html"),
    Other(("dynamics",), "a comparison of laws", "neurouniv.figures.comparison(result) draws it.",
          "Its page: neurouniv report {file} page.html"),
    Other(("loss", "converged"), "a law's constants", "Draw the trajectory it was fitted to, or what the law makes of "
          "that: neurouniv.figures.rdm(law.predict(traj)).", "Draw the trajectory it was fitted to."),
    Other(("activity",), "activity", "Make a trajectory first: traj = neurouniv.trajectory(activity, metric=...).",
          "Make a trajectory first: neurouniv rdm {file} --out traj.nc"),
    Other(("hidden",), "activity of networks", "Make a trajectory first: traj = neurouniv.trajectory(runs).",
          "Make a trajectory first: neurouniv rdm {file} --out traj.nc"),
    Other(("stimuli", "targets"), "a task", "The RDM of its stimuli is traj.dx2 of a trajectory made with it.",
          "Make a trajectory with it: neurouniv rdm recording.nwb --out traj.nc --task {file}"),
)  # fmt: skip
UNKNOWN = Other((), "a Dataset of other things", "Make a trajectory first: traj = neurouniv.trajectory(activity).",
                "Make a trajectory first: neurouniv rdm activity.nwb --out traj.nc")  # fmt: skip


def other_of(dataset: xr.Dataset) -> Other:
    """What a Dataset is that holds no RDMs."""
    return next((other for other in OTHERS if set(other.variables) <= set(dataset.variables)), UNKNOWN)


def rdms_of(rdms: Any) -> xr.DataArray:
    """The array (..., pair) of a trajectory, of RDMs without time, or `rdms` itself where it is one.

    Raises
    ------
    InputError : it is something else; the message says what, and the call to make.

    Examples
    --------
    >>> rdms_of(xr.Dataset({"activity": (("trial", "channel"), [[1.0]])}))
    Traceback (most recent call last):
    neurouniv.errors.InputError: A picture of RDMs needs a trajectory, or any DataArray over `pair` with the names \
`first` and `second`; got activity (activity). Make a trajectory first: \
traj = neurouniv.trajectory(activity, metric=...).
    """
    if isinstance(rdms, xr.Dataset):
        h = _of_dataset(rdms)
    elif isinstance(rdms, xr.DataArray):
        h = rdms
    else:
        raise InputError(f"{NEEDED}; {_other(rdms)}")
    if "pair" not in h.dims:
        square = "Square ones become such RDMs: neurouniv.read_rdms(array, squared=True)."
        raise InputError(f"{NEEDED}; got an array over {h.dims}. {square}")
    if not are_named(h):
        raise InputError(
            f'{NEEDED}; the names are absent. Add them: .assign_coords(first=("pair", [...]), second=("pair", [...])).'
        )
    need_distances(h, "A picture of RDMs")
    if "time" in h.dims and "time" in h.coords and h["time"].dtype.kind in REAL:
        need_increasing(h["time"], "A picture of RDMs")
    return h


def _of_dataset(rdms: xr.Dataset) -> xr.DataArray:
    if "h" in rdms:
        return check_trajectory(rdms)["h"] if {"time", "pair"} <= set(rdms["h"].dims) else rdms["h"]
    arrays = [str(name) for name, array in rdms.data_vars.items() if "pair" in array.dims]
    if arrays:
        raise InputError(
            f"{NEEDED}; of a Dataset `h` is drawn, which is absent. Give one of {some(arrays)}: rdms.{arrays[0]}."
        )
    other = other_of(rdms)
    raise InputError(f"{NEEDED}; got {other.what} ({some(sorted(map(str, rdms.variables)), 6)}). {other.call}")


def _other(rdms: Any) -> str:
    """What something that is no xarray object is, and what makes RDMs of it."""
    if hasattr(rdms, "dissimilarities"):
        return "got RDMs of rsatoolbox. Read them first: neurouniv.read_rdms(rdms)."
    if isinstance(rdms, str) or hasattr(rdms, "__fspath__"):
        return f"got the name '{rdms}'. Load it first: neurouniv.load('{rdms}')."
    if hasattr(rdms, "constants_") or hasattr(rdms, "predict"):
        return "got a law. Draw what it makes of a trajectory: law.predict(traj)."
    if hasattr(rdms, "shape"):
        return "got a plain array. Name its conditions: neurouniv.read_rdms(array, condition=[...], squared=True)."
    return f"got a {type(rdms).__name__}. Make a trajectory first: traj = neurouniv.trajectory(activity)."
