"""RDM movies to rsatoolbox and back: one RDM per time and batch element, told apart by descriptors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.rdm.square import to_square
from neurouniv.schema import WITHIN_TRIAL, InputError, check_trajectory, pair_indices, with_history

if TYPE_CHECKING:
    from rsatoolbox.rdm import RDMs

OURS = "neurouniv"
"""The descriptor that keeps what rsatoolbox has no place for: the order of dimensions, and attributes with units."""
NAMES = ("condition", "conditions")


def to_rsatoolbox(traj: xr.Dataset) -> RDMs:
    """The distances `h` of a trajectory as `rsatoolbox.rdm.RDMs`, one RDM per batch element and time.

    Descriptors of the RDMs are `time` and every batch dimension with what is known along it; of the patterns,
    `condition` and what is known of conditions (`label`). Values are as in `traj`: sums over channels, which
    rsatoolbox's own "euclidean" and "crossnobis" divide by the number of channels.

    Examples
    --------
    >>> import neurouniv as nu
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(6))},
    ...     {"condition": ("trial", list("abcabc")), "session": ("trial", [1, 1, 1, 2, 2, 2])})
    >>> rdms = to_rsatoolbox(nu.trajectory(rec))
    >>> rdms.n_rdm, rdms.n_cond, list(rdms.rdm_descriptors["time"])
    (2, 3, [1, 2])
    """
    from rsatoolbox.rdm import RDMs

    h = check_trajectory(traj)["h"].transpose(..., "time", "pair")
    square = to_square(h)
    names = square["condition"].values
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
        descriptors={OURS: json.dumps(ours, default=_plain)},
        rdm_descriptors={name: values.tolist() for name, values in along.items()},
        pattern_descriptors=_patterns(traj, names),
    )


def from_rsatoolbox(
    rdms: RDMs, n_channels: int | None = None, units: str = "s", axis: str = WITHIN_TRIAL
) -> xr.Dataset:
    """A trajectory from RDMs that carry the descriptor `time`, such as those of `to_rsatoolbox` or `calc_rdm_movie`.

    Descriptors that vary over RDMs at one time become batch dimensions, or coordinates of one where they follow from
    it. Conditions are named by the pattern descriptor "condition" or "conditions", else by "index". What
    `to_rsatoolbox` made comes back exactly: `h`, batch dimensions, coordinates, units.

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
    descriptors = {name: np.asarray(values) for name, values in rdms.rdm_descriptors.items() if name != "index"}
    if "time" not in descriptors:
        raise InputError(
            f"RDMs need the descriptor `time` to become a trajectory; found {sorted(rdms.rdm_descriptors)}. Set it, "
            "one value per RDM: `rdms.rdm_descriptors['time'] = [...]`."
        )
    ours = json.loads(rdms.descriptors.get(OURS, "{}"))
    dims = [dim for dim in ours.get("dims", []) if dim in descriptors] or _dims(descriptors)
    coords = _coords(descriptors, dims, ours.get("along", {}))
    at = tuple(_codes(descriptors[dim])[1] for dim in dims)
    shape = [int(codes.max()) + 1 for codes in at]
    _need_grid(at, shape, dims)
    h = np.empty((*shape, rdms.dissimilarities.shape[1]))
    h[at] = rdms.dissimilarities * (n_channels or 1)
    for bare in set(dims) - set(ours.get("indexed", dims)):
        del coords[bare]
    attrs = ours.get("h", {"metric": str(rdms.dissimilarity_measure), "units": "unknown"})
    made = xr.Dataset({"h": ((*dims, "pair"), h, attrs)}, coords | _named(rdms, descriptors)).sortby("time")
    for name, known in ours.get("attrs", {"time": {"units": units, "axis": axis}}).items():
        made[name].attrs.update(known)
    return check_trajectory(with_history(made, "from_rsatoolbox", n_channels=n_channels))


def _along(h: xr.DataArray) -> dict[str, np.ndarray]:
    """Of every RDM, what is known about it: its place on each dimension, and the coordinates there."""
    dims, shape = h.dims[:-1], h.shape[:-1]
    place = dict(zip(dims, np.unravel_index(np.arange(int(np.prod(shape))), shape), strict=True))
    known = {dim: h[dim].values[place[dim]] for dim in dims}
    for name, c in h.coords.items():
        if c.ndim == 0:
            known[name] = np.full(int(np.prod(shape)), c.values)
        elif c.ndim == 1 and c.dims[0] in dims:
            known[name] = c.values[place[c.dims[0]]]
    return known


def _patterns(traj: xr.Dataset, names: np.ndarray) -> dict[str, list]:
    """Of every condition, its name and the other coordinates along `condition`."""
    patterns = {"condition": names.tolist()}
    if "condition" in traj.coords:
        at = traj["condition"].to_index().get_indexer(names)
        others = {name: c for name, c in traj.coords.items() if c.dims == ("condition",) and name != "condition"}
        patterns |= {name: c.values[at].tolist() for name, c in others.items()}
    return patterns


def _named(rdms: RDMs, taken: dict[str, np.ndarray]) -> dict[str, Any]:
    """The coordinates of conditions and pairs, but those whose name is `taken` (rsatoolbox repeats `time` there)."""
    patterns = {name: np.asarray(values) for name, values in rdms.pattern_descriptors.items()}
    names = next((patterns[name] for name in NAMES if name in patterns), patterns["index"]).astype(str)
    i, j = pair_indices(rdms.n_cond)
    others = set(patterns) - {*NAMES, "index", *taken}
    pairs = {"first": ("pair", names[i]), "second": ("pair", names[j])}
    return {name: ("condition", patterns[name]) for name in others} | {"condition": names} | pairs


def _dims(descriptors: dict[str, np.ndarray]) -> list[str]:
    """The dimensions, time last: descriptors that vary and do not follow from one that is already a dimension."""
    dims = ["time"]
    for name, values in descriptors.items():
        if len(np.unique(values)) > 1 and not any(_follows(values, descriptors[dim]) for dim in dims):
            dims.insert(-1, name)
    return dims


def _coords(descriptors: dict[str, np.ndarray], dims: list[str], given: dict[str, list[str]]) -> dict[str, Any]:
    """The coordinates along `dims`: `given` says along which, else what follows from a dimension is along it."""
    coords = {}
    for name, values in descriptors.items():
        if name in dims or name in given:
            owner = [name] if name in dims else given[name]
        elif len(np.unique(values)) == 1:
            owner = []
        else:
            owner = [dim for dim in dims if _follows(values, descriptors[dim])][:1]
            if not owner:
                continue
        coords[name] = (owner[0], values[_codes(descriptors[owner[0]])[2]]) if owner else values[0]
    return coords


def _follows(values: np.ndarray, dim: np.ndarray) -> bool:
    """Whether the value of `dim` tells that of `values`."""
    _, code, first = _codes(dim)
    return np.array_equal(values, values[first][code])


def _codes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different values in order of appearance, the code of every value, and where each comes first."""
    _, first, code = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return values[first[order]], np.argsort(order)[code], first[order]


def _need_grid(at: tuple[np.ndarray, ...], shape: list[int], dims: list[str]) -> None:
    counts = np.bincount(np.ravel_multi_index(at, shape), minlength=int(np.prod(shape)))
    if (counts != 1).any():
        sizes = ", ".join(f"{n} {dim}" for n, dim in zip(shape, dims, strict=True))
        raise InputError(
            f"RDMs need to make a full grid of times and batch elements, each once; {int(counts.sum())} RDMs came for "
            f"{sizes}, of which {int((counts == 0).sum())} are missing and {int((counts > 1).sum())} come more than "
            "once. Add the descriptor that tells them apart to `rdms.rdm_descriptors`, or drop some."
        )


def _plain(value: Any) -> Any:
    """What JSON cannot hold, as what it can."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
