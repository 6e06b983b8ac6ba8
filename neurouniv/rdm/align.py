"""Two trajectories joined by the names of their conditions, never by their order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.classes import condition_names
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, need_dims, need_distances, need_variables, with_pair_labels

JOINS = ("exact", "inner")
Keys = list[frozenset[str]]


@public
def align(
    a: xr.Dataset, b: xr.Dataset, join: str = "exact", names: Sequence[str] = ("the first", "the second")
) -> tuple[xr.Dataset, xr.Dataset]:
    """Both trajectories with the same pairs of conditions, in the order of `a`.

    Conditions are in the order of the task, without one in that of their first appearance, so two trajectories may
    differ in it. A pair is the two names, in either order: distances are the same both ways. The index `pair` holds
    both names, so xarray (`a.h - b.h`, `xr.align`, `xr.corr`) joins by name too, and leaves out without a word what one
    of them lacks. What goes by place (NumPy, scikit-learn, rsatoolbox) needs `align` first. Everything else (times,
    seeds, units) stays as it is.

    Parameters
    ----------
    a, b : trajectories, or RDMs without a time axis, with the coordinates `first` and `second` (pair).
    join : "exact": both must have the same pairs; "inner": the pairs that both have are kept.
    names : what errors call the two.

    Raises
    ------
    InputError : a name or pair is missing on one side (the message says which, where), none is shared, a pair comes
        twice, or pairs have no names.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 3.0]], dims=("time", "pair"), coords={"time": [0.0]}, name="h").to_dataset()
    >>> a = h.assign_coords(first=("pair", ["x", "x", "y"]), second=("pair", ["y", "z", "z"]))
    >>> b = h.assign_coords(first=("pair", ["z", "z", "y"]), second=("pair", ["y", "x", "x"]))
    >>> align(a, b)[1].h.values.tolist(), align(a, b)[1]["first"].values.tolist()
    ([[3.0, 2.0, 1.0]], ['x', 'x', 'y'])
    """
    if join not in JOINS:
        raise InputError(f"join is one of {', '.join(map(repr, JOINS))}; got {join!r}.")
    pairs = [_keys(traj, name) for traj, name in zip((a, b), names, strict=True)]
    places = [{pair: place for place, pair in enumerate(pairs_of_one)} for pairs_of_one in pairs]
    if join == "exact":
        _need_same((a, b), pairs, names)
    shared_pairs = [pair for pair in pairs[0] if pair in places[1]]
    if not shared_pairs:
        of_a, of_b = (listed(condition_names(traj)) for traj in (a, b))
        raise InputError(
            "Trajectories are joined by the names of their conditions, and no pair is in both: "
            f"{names[0]} has {of_a}; {names[1]} has {of_b}. Name conditions alike."
        )
    ours, theirs = (
        traj.isel(pair=[place[p] for p in shared_pairs]) for traj, place in zip((a, b), places, strict=True)
    )
    theirs = theirs.assign_coords({end: ("pair", ours[end].values.astype(str)) for end in ("first", "second")})
    ours, theirs = (with_pair_labels(traj) if "pair" in traj.coords else traj for traj in (ours, theirs))
    order = condition_names(ours).astype(str)
    return _with_task(ours, order), _with_task(theirs, order)


def shared_conditions(a: xr.Dataset, b: xr.Dataset) -> list[str]:
    """The names of the conditions that pairs of both trajectories have, in the order of `a`.

    Examples
    --------
    >>> ends = {"first": ("pair", ["x"]), "second": ("pair", ["y"])}
    >>> h = xr.Dataset({"h": (("time", "pair"), [[1.0]])}, {"time": [0.0], **ends})
    >>> shared_conditions(h, h)
    ['x', 'y']
    """
    _keys(a, "the first"), _keys(b, "the second")
    ours, theirs = (condition_names(traj).astype(str) for traj in (a, b))
    return [str(name) for name in ours if name in theirs]


def _keys(traj: xr.Dataset, name: str) -> Keys:
    remedy = "`neurouniv.trajectory` makes one from activity, `neurouniv.read_rdms` from RDMs."
    need_variables(traj, ("h",), "A trajectory", remedy)
    need_dims(traj["h"], ("pair",), "A trajectory", remedy)
    if not are_named(traj):
        raise InputError(
            f"Trajectories are joined by the names of conditions; {name} has pairs without the coordinates first and "
            "second (pair). Add them with `.assign_coords`, or make it with `neurouniv.trajectory`."
        )
    need_distances(traj["h"], f"A trajectory that is joined by the names of conditions ({name})")
    return Pairs.of(traj).keys


def _need_same(both: Sequence[xr.Dataset], pairs: Sequence[Keys], names: Sequence[str]) -> None:
    """Raise InputError that names what is missing, and on which side: conditions, or else pairs of them."""
    conditions = [list(condition_names(traj).astype(str)) for traj in both]
    lacks = []
    for name, conditions_here, other in zip(names, conditions, conditions[::-1], strict=True):
        absent = [condition for condition in other if condition not in conditions_here]
        lacks += [f"{name} lacks {listed(absent)}"] if absent else []
    if not lacks:
        for name, here, there in zip(names, map(set, pairs), pairs[::-1], strict=True):
            alone = [pair for pair in there if pair not in here]
            lacks += [f"{name} lacks the pairs {_spoken(alone)}"] if alone else []
    if lacks:
        raise InputError(
            f"Trajectories are joined by the names of their conditions; {'; '.join(lacks)}. Keep what both have with "
            "join='inner', or name conditions alike."
        )


def _spoken(pairs: Sequence[frozenset[str]]) -> str:
    return listed([" and ".join(sorted(pair)) for pair in pairs])


def _with_task(traj: xr.Dataset, order: np.ndarray) -> xr.Dataset:
    """`traj` with the conditions of its task in this order, where it has them by name."""
    if "condition" not in traj.dims or "condition" not in traj.coords:
        return traj
    task_names = list(traj["condition"].values.astype(str))
    return traj.isel(condition=np.array([task_names.index(name) for name in order if name in task_names], dtype=int))
