"""RDM movies to rsatoolbox and back: one RDM per time and batch element, told apart by descriptors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.got import got
from neurouniv.names import public
from neurouniv.rdm.exchange.square import pairs_of, square_of
from neurouniv.rdm.exchange.unstacked import NUMBERED, unstacked
from neurouniv.schema import (
    WITHIN_TRIAL,
    InputError,
    check_trajectory,
    framed,
    pair_indices,
    with_history,
)
from neurouniv.storage import jsonable
from neurouniv.systems.recordings.formats.rsatoolbox import is_dataset
from neurouniv.systems.recordings.formats.rsatoolbox_descriptors import OURS
from neurouniv.systems.recordings.formats.rsatoolbox_objects import from_datasets, to_dataset

if TYPE_CHECKING:
    from rsatoolbox.rdm import RDMs


@public
def to_rsatoolbox(traj: xr.Dataset) -> RDMs | Any:
    """The distances `h` of a trajectory as `rsatoolbox.rdm.RDMs`, one RDM per batch element and time.

    Descriptors of the RDMs are `time` and every batch dimension with what is known along it; of the patterns,
    `condition` and what is known of conditions (`label`). Values are as in `traj`: sums over channels, which
    rsatoolbox's own "euclidean" and "crossnobis" divide by the number of channels. Predictions, the task and what it
    tells of pairs (`dx2`) have no place in them. Conditions stay in the order of the trajectory: of its task, else of
    their first appearance. rsatoolbox compares RDMs by place, not by name, so put two trajectories in one order first:
    `a, b = neurouniv.align(a, b)`. A recording becomes rsatoolbox's `Dataset` or `TemporalDataset`,
    every coordinate a descriptor; a list of them where trials differ in the channels that were recorded.

    Examples
    --------
    >>> import neurouniv as nu
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(6))},
    ...     {"condition": ("trial", list("abcabc")), "session": ("trial", [1, 1, 1, 2, 2, 2])})
    >>> rdms = to_rsatoolbox(nu.trajectory(rec))
    >>> rdms.n_rdm, rdms.n_cond, list(rdms.rdm_descriptors["time"])
    (2, 3, [1, 2])
    """
    if isinstance(traj, xr.Dataset) and "activity" in traj.variables:
        return to_dataset(traj)
    from rsatoolbox.rdm import RDMs

    h = _distances(traj)
    pairs = pairs_of(traj)
    square, names = square_of(h, pairs), pairs.names
    along = _along(h)
    ours = {
        "dims": h.dims[:-1],
        "indexed": [dim for dim in h.dims[:-1] if dim in h.coords],
        "along": {name: h[name].dims for name in along},
        "attrs": {name: h[name].attrs for name in along if name in h.coords},
        "h": h.attrs,
    }
    i, j = pair_indices(len(names))
    return RDMs(
        square.values[..., i, j].reshape(-1, len(i)),
        dissimilarity_measure=h.attrs.get("metric"),
        descriptors={OURS: json.dumps(ours, default=jsonable)},
        rdm_descriptors={name: values.tolist() for name, values in along.items()},
        pattern_descriptors=_patterns(traj, names),
    )


@public
def from_rsatoolbox(
    rdms: RDMs | Any, n_channels: int | None = None, units: str = "s", axis: str = WITHIN_TRIAL
) -> xr.Dataset:
    """A trajectory from RDMs with the descriptor `time`, such as those of `to_rsatoolbox` or `calc_rdm_movie`.

    RDMs without it are one frame, a single time whose `axis` is "one_frame". Descriptors that vary over RDMs at one
    time become batch dimensions, or coordinates of one where they follow from it. Conditions are named by the pattern
    descriptor "condition", "conditions", "conds", "stimulus", ..., else by the only text that separates all, else
    they are numbered, and the attribute `names_from` says so.
    What `to_rsatoolbox` made comes back exactly: `h`, batch dimensions, coordinates, units. A `Dataset` or
    `TemporalDataset`, or a list of them, becomes a recording.

    Parameters
    ----------
    rdms : `rsatoolbox.rdm.RDMs`.
    n_channels : the number of channels, to undo rsatoolbox's division by it; default: values stay as they are.
    units, axis : of the time of RDMs that rsatoolbox made, "within_trial" or "learning"; others bring their own.

    Raises
    ------
    InputError : no descriptor separates several RDMs, they do not make a full grid of times and batch elements,
        each once, or more than one text could be the names of conditions.

    Examples
    --------
    >>> from rsatoolbox.rdm import RDMs
    >>> rdms = RDMs(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), rdm_descriptors={"time": [0.0, 0.1]})
    >>> from_rsatoolbox(rdms).h.sel(time=0.1).values.tolist()
    [2.0, 4.0, 6.0]
    """
    if is_dataset(rdms):
        return from_datasets(rdms)
    if not hasattr(rdms, "rdm_descriptors"):
        raise InputError(
            f"from_rsatoolbox takes rsatoolbox.rdm.RDMs, or a Dataset of rsatoolbox, or a list of them; got "
            f"{got(rdms)}. `neurouniv.read_rdms` reads matrices, tables and files."
        )
    movie = unstacked(rdms, n_channels, {"units": units, "axis": axis})
    if NUMBERED in movie["h"].dims and NUMBERED not in rdms.rdm_descriptors:
        raise InputError(
            f"{rdms.n_rdm} RDMs need a descriptor in which they differ, one value per RDM; found "
            f"{sorted(rdms.rdm_descriptors)}. Are they times, subjects, regions? "
            "`rdms.rdm_descriptors['time'] = [...]` makes a movie, ['subject'] subjects of one frame. Numbered as they "
            "are, `neurouniv.read_rdms` reads them."
        )
    movie = with_history(movie, "from_rsatoolbox", n_channels=n_channels)
    return movie if OURS in rdms.descriptors and "time" not in movie["h"].dims else check_trajectory(framed(movie))


def _distances(traj: xr.Dataset) -> xr.DataArray:
    """`h` (..., time, pair), or (..., pair) of RDMs without a time axis."""
    if isinstance(traj, xr.Dataset) and "h" in traj and "pair" in traj["h"].dims and "time" not in traj["h"].dims:
        return traj["h"].transpose(..., "pair")
    return check_trajectory(traj)["h"].transpose(..., "time", "pair")


def _along(h: xr.DataArray) -> dict[str, np.ndarray]:
    """Of every RDM, what is known about it: its place on each dimension, and the coordinates there."""
    dims, shape = h.dims[:-1], h.shape[:-1]
    place = dict(zip(dims, np.indices(shape).reshape(len(shape), int(np.prod(shape))), strict=True))
    descriptors = {str(dim): h[dim].values[place[dim]] for dim in dims}
    for name, c in h.coords.items():
        if c.ndim == 0:
            descriptors[str(name)] = np.full(int(np.prod(shape)), c.values)
        elif set(c.dims) <= set(dims):
            descriptors[str(name)] = c.values[tuple(place[dim] for dim in c.dims)]
    return descriptors


def _patterns(traj: xr.Dataset, names: np.ndarray) -> dict[str, list]:
    """Of every condition, its name and the other coordinates along `condition`."""
    patterns = {"condition": names.tolist()}
    if "condition" in traj.coords:
        places = traj["condition"].to_index().get_indexer(names)
        others = {str(name): c for name, c in traj.coords.items() if c.dims == ("condition",) and name != "condition"}
        patterns |= {name: c.values[places].tolist() for name, c in others.items()}
    return patterns
