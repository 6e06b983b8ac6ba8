"""RDMs of rsatoolbox as an array: every descriptor that tells them apart is a dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import CONDITION_FIELDS, NAMES_FROM, NUMBERS
from neurouniv.schema import InputError, pair_indices, with_pair_labels
from neurouniv.systems.recordings.formats.rsatoolbox_descriptors import OURS, descriptors_told, own_note

if TYPE_CHECKING:
    from rsatoolbox.rdm import RDMs

METRICS = {"euclidean": "sqeuclidean", "squared euclidean": "sqeuclidean", "squared mahalanobis": "mahalanobis"}
"""rsatoolbox's names of measures that are called otherwise here; its "euclidean" is squared."""
NUMBERED = "rdm"
"""The dimension of RDMs that no descriptor tells apart."""
DIVIDED = ("sqeuclidean", "mahalanobis", "crossnobis", "poisson", "poisson_cv")


def unstacked(rdms: RDMs, n_channels: int | None, time_attrs: Mapping[str, str], has_names: bool = False) -> xr.Dataset:
    """`h` (..., pair) of RDMs, every descriptor that tells them apart a dimension; `time` the last, where there is one.

    RDMs that no descriptor tells apart are numbered along `rdm`; conditions are, where names come by another way
    (`has_names`), or there are none.
    """
    with descriptors_told("these RDMs"):
        return _unstacked(rdms, n_channels, time_attrs, has_names)


def _unstacked(rdms: RDMs, n_channels: int | None, time_attrs: Mapping[str, str], has_names: bool) -> xr.Dataset:
    descriptors = {str(name): np.asarray(values) for name, values in rdms.rdm_descriptors.items()}
    descriptors = {name: values for name, values in descriptors.items() if values.shape == (rdms.n_rdm,)}
    number = descriptors.pop("index", np.arange(rdms.n_rdm))
    ours = _ours(rdms, descriptors)
    dims = [dim for dim in ours.get("dims", []) if dim in descriptors]
    if not dims and not ("dims" in ours and rdms.n_rdm == 1):
        dims = _dims(descriptors)
    if not dims and rdms.n_rdm > 1:
        dims, descriptors = [NUMBERED], descriptors | {NUMBERED: number}
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
    called = "index" if has_names else _name_of_conditions(rdms)
    movie = xr.Dataset({"h": ((*dims, "pair"), h, attrs)}, _scalars(rdms) | coords | _named(rdms, descriptors, called))
    movie.attrs |= {NAMES_FROM: NUMBERS} if called == "index" and not has_names else {}
    for name, attrs_of in ours.get("attrs", {"time": dict(time_attrs)}).items():
        if name in movie.coords:
            movie[name].attrs.update(attrs_of)
    movie = with_pair_labels(movie)
    return movie.sortby("time") if "time" in dims else movie


def _ours(rdms: RDMs, descriptors: dict[str, np.ndarray]) -> dict[str, Any]:
    """What `to_rsatoolbox` noted; RDMs joined from several movies keep what all their notes agree on."""
    notes = [rdms.descriptors[OURS]] if OURS in rdms.descriptors else np.unique(descriptors.pop(OURS, [])).tolist()
    own_notes = [note for note in map(own_note, notes) if "dims" in note]  # others are those of data sets
    return _agreed(own_notes) if own_notes else {}


def _agreed(notes: list[dict[str, Any]]) -> dict[str, Any]:
    """What all notes say alike, entry by entry."""
    agreed = {}
    for name, value in notes[0].items():
        others = [note.get(name) for note in notes]
        inner = [other for other in others if isinstance(other, dict)]
        if len(inner) == len(notes):
            agreed[name] = _agreed(inner)
        elif all(other == value for other in others):
            agreed[name] = value
    return agreed


def _attrs(rdms: RDMs, n_channels: int | None) -> dict[str, Any]:
    attrs: dict[str, Any] = {"units": "unknown"}
    measure = str(rdms.dissimilarity_measure or "").lower()
    metric = METRICS.get(measure, measure)
    attrs |= {"metric": metric} if metric else {}
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


def _name_of_conditions(rdms: RDMs) -> str:
    """The pattern descriptor that names the conditions, "index" where none does."""
    patterns = {str(name): np.asarray(values) for name, values in rdms.pattern_descriptors.items()}
    unique = [name for name in patterns if len(np.unique(patterns[name].astype(str))) == rdms.n_cond]
    usual = [name for name in CONDITION_FIELDS if name in unique]
    texts = [name for name in unique if patterns[name].dtype.kind in "OU"]
    if not usual and len(texts) > 1:
        raise InputError(
            f"Which descriptor names the conditions is not clear: {texts} all could. Say it: "
            f"rdms.pattern_descriptors['condition'] = rdms.pattern_descriptors['{texts[0]}']."
        )
    return [*usual, *texts, "index"][0]


def _named(rdms: RDMs, of_rdms: dict[str, np.ndarray], called: str) -> dict[str, Any]:
    """The coordinates of conditions and pairs, but those in `of_rdms` (rsatoolbox repeats `time` there)."""
    patterns = {str(name): np.asarray(values) for name, values in rdms.pattern_descriptors.items()}
    names = patterns[called].astype(str)
    i, j = pair_indices(rdms.n_cond)
    others = {name for name in patterns if patterns[name].ndim == 1} - {called, "index", "first", "second", *of_rdms}
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
            f"{sizes}. {int((counts == 0).sum())} are missing and {int((counts > 1).sum())} come more than once. Add "
            "the descriptor in which they differ to `rdms.rdm_descriptors`, or drop some."
        )
