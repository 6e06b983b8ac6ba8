"""Splits of pairs, times or members into those that a law is fitted to and those that it has to predict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.quantities import is_whole, shown
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import OBSERVED, InputError, batch_dims, some
from neurouniv.tasks.origin import drop_origin
from neurouniv.universality.held_out.condition_order import canonical_order

SPLITS = ("conditions", "times", "systems", None)
LEAST_TIMES = 3
"""A law is fitted to at least this many times."""


class Part(NamedTuple):
    """One fold, three trajectories. Laws see `train`, and of `given` the first frame; they are scored on `test`.

    `hidden`, where conditions are held out, is for laws that couple all pairs: the whole trajectory, of which pairs
    with a held-out condition show their first frame only. Parts do not say where the task is from: whether a guess says
    anything is asked of the whole.
    """

    train: xr.Dataset
    given: xr.Dataset
    test: xr.Dataset
    hidden: xr.Dataset | None = None


def partition(
    traj: xr.Dataset,
    split: str | None,
    folds: int,
    partitions: int,
    train_fraction: float,
    seed: int,
    across: str | None = None,
    constants_from: Any = None,
) -> list[Part]:
    """The folds of `traj`, all partitions in one list. For the parameters see `neurouniv.compare`.

    Examples
    --------
    >>> h = xr.DataArray(np.ones((4, 1)), dims=("time", "pair"), coords={"time": [0, 1, 2, 3]}, name="h")
    >>> [part] = partition(h.to_dataset(), "times", 2, 4, train_fraction=0.75, seed=0)
    >>> part.test.time.values
    array([3])
    """
    if split == "conditions":
        return split_conditions(traj, folds, partitions, seed)
    if split == "times":
        return [split_times(traj, train_fraction)]
    if split == "systems":
        return split_systems(traj, across, constants_from)
    if split is None:
        return [Part(traj, traj, traj)]
    raise InputError(f"split is 'conditions', 'times', 'systems' or None (in sample); got {split!r}.")


def split_systems(traj: xr.Dataset, across: str | None, constants_from: Any) -> list[Part]:
    """Fit to one member of the dimension `across`, apply its constants to the others: every member in turn.

    `test` keeps all members, the fitted one without distances, so that results have the trajectory's dimensions.
    With `constants_from`, the label of a member, constants come from that one only.

    Raises
    ------
    InputError : where `across` is no batch dimension of two or more members, or `constants_from` none of its labels.
    """
    traj = drop_origin(traj)
    across = across if across is not None else _only_batch(traj)
    if across not in batch_dims(traj["h"]) or traj.sizes[across] < 2:
        sizes = {str(dim): traj.sizes[dim] for dim in batch_dims(traj["h"])}
        raise InputError(
            f"split='systems' needs the name of a batch dimension of two or more members; got across={across!r}, and "
            f"the trajectory has {sizes or 'none'}. Join systems with `xr.concat`, or use split='conditions'."
        )
    labels = traj[across].values if across in traj.coords else np.arange(traj.sizes[across])
    chosen = np.arange(len(labels)) if constants_from is None else np.flatnonzero(labels == constants_from)
    if not len(chosen):
        raise InputError(
            f"constants_from is one of the labels of {across!r}, {labels.tolist()}; got {constants_from!r}."
        )
    observed = traj["h"].notnull().any([dim for dim in traj["h"].dims if dim != across]).values
    if empty := [str(labels[place]) for place in chosen if not observed[place]]:
        raise InputError(
            f"split='systems' needs distances of every member that it fits to; {across} {some(empty)} has none. Leave "
            f"it out: `traj.sel({across}=[...])`."
        )
    parts = []
    for place in chosen:
        others = xr.DataArray(np.arange(len(labels)) != place, dims=across)
        parts.append(Part(traj.isel({across: place}, drop=True), traj, traj.assign(h=traj["h"].where(others))))
    return parts


def _only_batch(traj: xr.Dataset) -> str:
    """The batch dimension there is; InputError where there are none or several."""
    dims = [str(dim) for dim in batch_dims(traj["h"])]
    if len(dims) != 1:
        raise InputError(
            f"split='systems' needs across=..., the dimension whose members stand for systems, one of {dims}."
            if dims
            else "split='systems' needs a batch dimension (layer, session, subject, ...); the trajectory has none. "
            "Join systems with `xr.concat`, or use split='conditions'."
        )
    return dims[0]


def split_times(traj: xr.Dataset, train_fraction: float) -> Part:
    """Fit to the first `train_fraction` of the times (at least 3), predict the rest from the first frame.

    Raises
    ------
    InputError : where fewer than 4 times are there, or `train_fraction` leaves none to predict.
    """
    traj, times = drop_origin(traj), traj.sizes["time"]
    if not 0 < train_fraction < 1:
        raise InputError(f"train_fraction is a share of the times between 0 and 1; got {train_fraction!r}.")
    count = max(LEAST_TIMES, round(train_fraction * times))
    if count >= times:
        raise InputError(
            f"split='times' fits to at least {LEAST_TIMES} times and predicts at least one later; got {times} times, "
            "and "
            f"train_fraction={train_fraction:g} takes {count} of them. Use more or shorter windows, a smaller "
            "train_fraction, or split=None."
        )
    train = traj.isel(time=slice(None, count))
    return Part(train, train, traj.isel(time=slice(count, None)))


def split_conditions(traj: xr.Dataset, folds: int, partitions: int, seed: int) -> list[Part]:
    """Random partitions of the conditions: fit to pairs outside a fold, predict the pairs inside it.

    No test pair shares a condition with a training pair; pairs across the border are used by neither. Partitions
    depend on `seed` and on what conditions are (see `canonical_order`), not on their names, the order of pairs or the
    units of distances. Where fewer than `partitions` different partitions exist, or are found in which every fold has
    different stimuli and targets on both sides, all of those are used.

    Conditions are held out, also where they are in classes: a law fitted without a class would know too little of its
    target. What is certain of other classes is told by errors (`neurouniv.universality.inference.error_units`).

    Raises
    ------
    InputError : where a fold would hold fewer than two conditions, or no partition can be used.
    """
    traj, names = drop_origin(traj), _conditions(traj)
    if not (is_whole(folds) and folds >= 2 and is_whole(partitions) and partitions >= 1):
        raise InputError(
            f"split='conditions' needs whole numbers, folds >= 2 and partitions >= 1; got folds={shown(folds)}, "
            f"partitions={shown(partitions)}."
        )
    if len(names) < 2 * folds:
        raise InputError(
            f"split='conditions' with {folds} folds needs at least {2 * folds} conditions, two in each fold; "
            f"got {len(names)} ({', '.join(names[:5])}). Use split='times' or split=None."
        )
    rng = np.random.default_rng(seed)
    keys: set[frozenset[frozenset[str]]] = set()
    parts: list[Part] = []
    for _ in range(20 * partitions + 20):
        groups = np.array_split(rng.permutation(names), folds)
        key = frozenset(frozenset(group.tolist()) for group in groups)
        if key not in keys:
            fold = [_fold(traj, group, np.setdiff1d(names, group)) for group in groups]
            parts += fold if all(_can_be_fitted(side) for part in fold for side in (part.train, part.test)) else []
        keys.add(key)
        if len(parts) == partitions * folds:
            break
    if not parts:
        raise InputError(
            f"split='conditions' needs different stimuli, different targets and observed distances in every fold; "
            f"none of {len(keys)} partitions of {len(names)} conditions into {folds} has them. Use fewer folds, "
            "split='times' or split=None."
        )
    return parts


def among(traj: xr.Dataset, names: Iterable[str]) -> xr.Dataset:
    """`traj` with the pairs both of whose conditions are in `names`; the task, where there, is cut with them."""
    names = list(names)
    cut = traj.isel(pair=np.flatnonzero(Pairs.of(traj).among(names)))
    if "condition" not in traj.dims:
        return cut
    if "condition" not in traj.coords:
        raise InputError(
            "The task of a trajectory is cut by the names of its conditions; the coordinate 'condition' is absent. "
            "Add it with `.assign_coords(condition=names)`."
        )
    return cut.isel(condition=np.flatnonzero(np.isin(traj["condition"].values.astype(str), names)))


def _conditions(traj: xr.Dataset) -> np.ndarray:
    """The names of all conditions that are in a pair, in an order that does not depend on them."""
    if not are_named(traj):
        raise InputError(
            "split='conditions' needs the coordinates first and second (pair), the names of the two conditions of "
            "every pair; add them with `.assign_coords`, or use split='times' or split=None."
        )
    return canonical_order(traj)


def _fold(traj: xr.Dataset, inside: np.ndarray, outside: np.ndarray) -> Part:
    test = among(traj, inside)
    return Part(among(traj, outside), test, test, _with_starts_alone(traj, outside))


def _with_starts_alone(traj: xr.Dataset, outside: np.ndarray) -> xr.Dataset:
    """`traj` with the first frame alone of pairs whose conditions are not all in `outside`; later frames are tested."""
    shown = xr.DataArray(Pairs.of(traj).among(outside), dims="pair")
    start = xr.DataArray(np.arange(traj.sizes["time"]), dims="time") == traj["h"].notnull().any("pair").argmax("time")
    return traj.assign({name: traj[name].where(shown | start) for name in OBSERVED if name in traj})


def _can_be_fitted(traj: xr.Dataset) -> bool:
    """Whether a law can be fitted to `traj` and predict it."""
    if not traj.sizes["pair"] or not np.isfinite(traj["h"].values).any():
        return False
    return all(bool((traj[name] > 0).any()) for name in ("dx2", "dy2") if name in traj.coords)
