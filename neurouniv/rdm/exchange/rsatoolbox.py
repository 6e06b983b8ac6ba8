"""RDM movies to rsatoolbox and back: one RDM per time and batch element, told apart by descriptors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.rdm.exchange.square import pairs_of, square_of
from neurouniv.schema import WITHIN_TRIAL, InputError, check_trajectory, pair_indices, with_history, with_pair_labels
from neurouniv.storage import jsonable
from neurouniv.systems.recordings.formats.rsatoolbox import OURS, is_dataset
from neurouniv.systems.recordings.formats.rsatoolbox_objects import from_datasets, to_dataset

if TYPE_CHECKING:
    from rsatoolbox.rdm import RDMs

NAMES = ("condition", "conditions", "stimulus", "stimuli", "stim")
METRICS = {"euclidean": "sqeuclidean", "squared euclidean": "sqeuclidean", "squared mahalanobis": "mahalanobis"}
"""rsatoolbox's names of measures that are called otherwise here; its "euclidean" is squared."""
DIVIDED = ("sqeuclidean", "mahalanobis", "crossnobis", "poisson", "poisson_cv")


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
        dissimilarity_measure=h.attrs.get("metric", "sqeuclidean"),
        descriptors={OURS: json.dumps(ours, default=jsonable)},
        rdm_descriptors={name: values.tolist() for name, values in along.items()},
        pattern_descriptors=_patterns(traj, names),
    )


def from_rsatoolbox(
    rdms: RDMs | Any, n_channels: int | None = None, units: str = "s", axis: str = WITHIN_TRIAL
) -> xr.Dataset:
    """A trajectory from RDMs that carry the descriptor `time`, such as those of `to_rsatoolbox` or `calc_rdm_movie`.

    Descriptors that vary over RDMs at one time become batch dimensions, or coordinates of one where they follow from
    it. Conditions are named by the pattern descriptor "condition", "conditions", "stimulus", ..., else by "index".
    What `to_rsatoolbox` made comes back exactly: `h`, batch dimensions, coordinates, units. A `Dataset` or
    `TemporalDataset`, or a list of them, becomes a recording.

    Parameters
    ----------
    rdms : `rsatoolbox.rdm.RDMs`.
    n_channels : the number of channels, to undo rsatoolbox's division by it; default: values stay as they are.
    units, axis : of the time of RDMs that rsatoolbox made, "within_trial" or "learning"; others bring their own.

    Raises
    ------
    InputError : no descriptor `time`, or the RDMs do not make a full grid of times and batch elements, each once.

    Examples
    --------
    >>> from rsatoolbox.rdm import RDMs
    >>> rdms = RDMs(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), rdm_descriptors={"time": [0.0, 0.1]})
    >>> from_rsatoolbox(rdms).h.sel(time=0.1).values.tolist()
    [2.0, 4.0, 6.0]
    """
    if is_dataset(rdms):
        return from_datasets(rdms)
    if "time" not in rdms.rdm_descriptors:
        raise InputError(
            f"RDMs need the descriptor `time` to become a trajectory; found {sorted(rdms.rdm_descriptors)}. Set it, "
            "one value per RDM: `rdms.rdm_descriptors['time'] = [...]`. RDMs without a time axis are read by "
            "`neurouniv.read_rdms`."
        )
    movie = unstacked(rdms, n_channels, {"units": units, "axis": axis})
    return check_trajectory(with_history(movie, "from_rsatoolbox", n_channels=n_channels))


def unstacked(rdms: RDMs, n_channels: int | None, time_attrs: Mapping[str, str]) -> xr.Dataset:
    """`h` (..., pair) of RDMs, every descriptor that tells them apart a dimension; `time` the last, where there is one.

    RDMs that no descriptor tells apart are numbered along `rdm`.
    """
    descriptors = {str(name): np.asarray(values) for name, values in rdms.rdm_descriptors.items()}
    number = descriptors.pop("index", np.arange(rdms.n_rdm))
    ours = _ours(rdms, descriptors)
    dims = [dim for dim in ours.get("dims", []) if dim in descriptors] or _dims(descriptors)
    if not dims and rdms.n_rdm > 1:
        dims, descriptors = ["rdm"], descriptors | {"rdm": number}
    coords = _coords(descriptors, dims, ours.get("along", {}))
    places = tuple(_codes(descriptors[dim])[1] for dim in dims)
    shape = [int(codes.max()) + 1 for codes in places]
    if dims:
        _need_grid(places, shape, dims)
    h = np.empty((*shape, rdms.dissimilarities.shape[1]))
    h[places] = rdms.dissimilarities[0 if not dims else slice(None)] * (n_channels or 1)
    for bare in set(dims) - set(ours.get("indexed", dims)):
        del coords[bare]
    attrs = ours.get("h") or _attrs(rdms, n_channels)
    movie = xr.Dataset({"h": ((*dims, "pair"), h, attrs)}, _scalars(rdms) | coords | _named(rdms, descriptors))
    for name, attrs_of in ours.get("attrs", {"time": dict(time_attrs)}).items():
        if name in movie.coords:
            movie[name].attrs.update(attrs_of)
    movie = with_pair_labels(movie)
    return movie.sortby("time") if "time" in dims else movie


def _ours(rdms: RDMs, descriptors: dict[str, np.ndarray]) -> dict[str, Any]:
    """What `to_rsatoolbox` noted; RDMs joined from several movies keep what all their notes agree on."""
    notes = [rdms.descriptors[OURS]] if OURS in rdms.descriptors else np.unique(descriptors.pop(OURS, [])).tolist()
    own_notes = [note for note in map(json.loads, notes) if "dims" in note]  # others are those of data sets
    if len(own_notes) < 2:
        return own_notes[0] if own_notes else {}
    agreed = {
        name: value for name, value in own_notes[0].items() if all(other.get(name) == value for other in own_notes)
    }
    h = {
        name: value
        for name, value in own_notes[0]["h"].items()
        if all(other["h"].get(name) == value for other in own_notes)
    }
    return agreed | {"h": h}


def _attrs(rdms: RDMs, n_channels: int | None) -> dict[str, Any]:
    measure = str(rdms.dissimilarity_measure).lower()
    metric = METRICS.get(measure, measure)
    attrs: dict[str, Any] = {"metric": metric, "units": "unknown"}
    if n_channels:
        attrs["n_channels"] = n_channels
    elif metric in DIVIDED:
        attrs["long_name"] = "squared representational distance per channel"
    return attrs


def _scalars(rdms: RDMs) -> dict[str, Any]:
    """The descriptors of all RDMs together that are one number or text."""
    return {
        str(name): value
        for name, value in rdms.descriptors.items()
        if name != OURS and np.ndim(value) == 0 and value is not None
    }


def _distances(traj: xr.Dataset) -> xr.DataArray:
    """`h` (..., time, pair), or (..., pair) of RDMs without a time axis."""
    if isinstance(traj, xr.Dataset) and "h" in traj and "pair" in traj["h"].dims and "time" not in traj["h"].dims:
        return traj["h"].transpose(..., "pair")
    return check_trajectory(traj)["h"].transpose(..., "time", "pair")


def _along(h: xr.DataArray) -> dict[str, np.ndarray]:
    """Of every RDM, what is known about it: its place on each dimension, and the coordinates there."""
    dims, shape = h.dims[:-1], h.shape[:-1]
    place = dict(zip(dims, np.unravel_index(np.arange(int(np.prod(shape))), shape), strict=True))
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


def _named(rdms: RDMs, taken: dict[str, np.ndarray]) -> dict[str, Any]:
    """The coordinates of conditions and pairs, but those whose name is `taken` (rsatoolbox repeats `time` there)."""
    patterns = {str(name): np.asarray(values) for name, values in rdms.pattern_descriptors.items()}
    unique = [name for name in NAMES if name in patterns and len(np.unique(patterns[name])) == rdms.n_cond]
    called = unique[0] if unique else "index"
    names = patterns[called].astype(str)
    i, j = pair_indices(rdms.n_cond)
    others = {name for name in patterns if patterns[name].ndim == 1} - {called, "index", "first", "second", *taken}
    pairs = {"first": ("pair", names[i]), "second": ("pair", names[j])}
    return {name: ("condition", patterns[name]) for name in sorted(others)} | {"condition": names} | pairs


def _dims(descriptors: dict[str, np.ndarray]) -> list[str]:
    """The dimensions, time last: descriptors that vary and do not follow from one that is already a dimension."""
    time = [name for name in descriptors if name == "time"]
    dims: list[str] = []
    for name, values in descriptors.items():
        owners = [*dims, *time]
        if name != "time" and len(np.unique(values)) > 1 and not any(_follows(values, descriptors[d]) for d in owners):
            dims.append(name)
    return [*dims, *time]


def _coords(descriptors: dict[str, np.ndarray], dims: list[str], dims_of: dict[str, list[str]]) -> dict[str, Any]:
    """The coordinates along `dims`: `dims_of` says along which, else what follows from a dimension is along it."""
    coords = {}
    for name, values in descriptors.items():
        if name in dims:
            owners = [name]
        elif name in dims_of and set(dims_of[name]) <= set(dims):
            owners = dims_of[name]
        elif len(np.unique(values)) == 1:
            owners = []
        else:
            owners = [dim for dim in dims if _follows(values, descriptors[dim])][:1]
            if not owners:
                continue
        coords[name] = (owners, _gridded(values, [_codes(descriptors[dim])[1] for dim in owners]))
    return coords


def _gridded(values: np.ndarray, codes: list[np.ndarray]) -> np.ndarray:
    """One value for every combination of codes."""
    grid = np.empty([int(code.max()) + 1 for code in codes], dtype=values.dtype)
    grid[tuple(codes)] = values if codes else values[0]
    return grid


def _follows(values: np.ndarray, dim: np.ndarray) -> bool:
    """Whether the value of `dim` tells that of `values`."""
    _, code, first = _codes(dim)
    return np.array_equal(values, values[first][code], equal_nan=values.dtype.kind == "f")


def _codes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different values in order of appearance, the code of every value, and where each comes first."""
    _, first, code = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return values[first[order]], np.argsort(order)[code], first[order]


def _need_grid(places: tuple[np.ndarray, ...], shape: list[int], dims: list[str]) -> None:
    counts = np.bincount(np.ravel_multi_index(places, shape), minlength=int(np.prod(shape)))
    if (counts != 1).any():
        sizes = ", ".join(f"{n} {dim}" for n, dim in zip(shape, dims, strict=True))
        raise InputError(
            f"RDMs need to make a full grid of times and batch elements, each once; got {int(counts.sum())} RDMs for "
            f"{sizes}, of which {int((counts == 0).sum())} are missing and {int((counts > 1).sum())} come more than "
            "once. Add the descriptor that tells them apart to `rdms.rdm_descriptors`, or drop some."
        )
