"""What a picture of RDMs is made of: an array over `pair`. Of anything else, what it is and which call comes first."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, some

NEEDED = "A picture of RDMs needs a trajectory, or any DataArray over `pair` with the names `first` and `second`"
OTHERS = (
    (("similarity",), "a result of RSA", "Draw it: neurouniv.figures.rsa(result)."),
    (("dynamics",), "a comparison of laws", "Draw it: neurouniv.figures.comparison(result)."),
    (("change_r2",), "an answer about systems", "Draw it: neurouniv.figures.alike(result)."),
    (("eta_h",), "a law's constants", "Draw the trajectory, neurouniv.figures.rdm(traj), or what the law makes of it, "
     "neurouniv.figures.rdm(law.predict(traj))."),
    (("converged",), "a law's constants", "Draw the trajectory the law was fitted to: neurouniv.figures.rdm(traj)."),
    (("activity",), "activity", "Make a trajectory first: traj = neurouniv.trajectory(activity, metric=...)."),
    (("hidden",), "activity of networks", "Make a trajectory first: traj = neurouniv.trajectory(runs)."),
    (("stimuli", "targets"), "a task", "Its RDM of stimuli is traj.dx2 of a trajectory made with it."),
)  # fmt: skip
"""Variables by which other objects are told, what they are, and what to do with them."""


def rdms_of(rdms: Any) -> xr.DataArray:
    """The array (..., pair) of a trajectory, of RDMs without time, or `rdms` itself where it is one.

    Raises
    ------
    InputError : it is something else; the message says what, and the call to make.

    Examples
    --------
    >>> rdms_of(xr.Dataset({"activity": (("trial", "channel"), [[1.0]])}))
    Traceback (most recent call last):
    neurouniv.schema.InputError: A picture of RDMs needs a trajectory, or any DataArray over `pair` with the names \
`first` and `second`; got activity. Make a trajectory first: traj = neurouniv.trajectory(activity, metric=...).
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
    if not h.size:
        raise InputError(f"{NEEDED}; got none, for its sizes are {dict(h.sizes)}. Is something selected that is empty?")
    _need_each_once(h)
    return h.compute().astype(float)


def _of_dataset(rdms: xr.Dataset) -> xr.DataArray:
    if "h" in rdms:
        return rdms["h"]
    arrays = [str(name) for name, array in rdms.data_vars.items() if "pair" in array.dims]
    if arrays:
        raise InputError(
            f"{NEEDED}; of a Dataset `h` is drawn, which is absent. Give one of {some(arrays)}: rdms.{arrays[0]}."
        )
    for variables, what, remedy in OTHERS:
        if set(variables) <= set(rdms.variables):
            raise InputError(f"{NEEDED}; got {what}. {remedy}")
    raise InputError(
        f"{NEEDED}; got a Dataset of {some(sorted(map(str, rdms.variables)), 8)}. Make a trajectory first: "
        "traj = neurouniv.trajectory(activity)."
    )


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


def _need_each_once(h: xr.DataArray) -> None:
    """Raise `InputError` where a pair comes twice: which of its values would be drawn?"""
    keys = Pairs.of(h).keys
    if len(set(keys)) < len(keys) or any(len(key) < 2 for key in keys):
        pair = next(key for key in keys if keys.count(key) > 1 or len(key) < 2)
        raise InputError(
            f"A picture of RDMs needs two conditions in a pair and every pair once; {sorted(pair)} is otherwise. "
            "Leave one out: .isel(pair=...)."
        )
