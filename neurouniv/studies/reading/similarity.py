"""How alike the RDMs of all systems of a study are at the end: second-order similarity, over conditions both have."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.inputs import need_study
from neurouniv.names import public
from neurouniv.schema import InputError

LEAST = 6
"""Pairs that two systems must share, those of four conditions."""
PER_GROUP = ("name", "kind", "cell", "architecture", "rule", "world", "task", "layer", "width", "nonlinearity", "file")


@public
def similarity_of_systems(study: xr.DataTree, frame: int = -1) -> xr.Dataset:
    """Correlation of the last RDMs of every two groups of systems, a group being the seeds of a cell at one layer.

    Distances are averaged over the seeds (or subjects) of a group, and correlated over the pairs of conditions that
    both have by name. Noise of recordings makes correlations smaller.

    Parameters
    ----------
    study : of `neurouniv.open_study`.
    frame : which time, by its place: -1 the last, 0 the first.

    Returns
    -------
    Dataset of `similarity` (group, group_), symmetric, NaN where fewer than six pairs are shared or distances do not
    differ; `pairs` (group, group_), how many are shared; labels of groups.

    Raises
    ------
    InputError : the study has no result yet.

    Source: Kriegeskorte, Mur & Bandettini (2008).
    """
    need_study(study, "A table of similarities")
    if "trajectories" not in study.children:
        raise InputError(f"This study has no result yet, so there are no RDMs to compare. {study.attrs['text']}")
    tables = [_last_rdms(node.to_dataset(), frame) for node in study["trajectories"].leaves]
    pairs = np.array(list(dict.fromkeys(str(pair) for table in tables for pair in table["pair"].values)), dtype=str)
    rdms = np.full((sum(table.sizes["group"] for table in tables), len(pairs)), np.nan)
    places = {pair: place for place, pair in enumerate(pairs.tolist())}
    first = 0
    for table in tables:
        rows = slice(first, first := first + table.sizes["group"])
        rdms[rows, [places[str(pair)] for pair in table["pair"].values]] = table["h"].values
    similarity, shared = correlations(rdms)
    labels: dict[str, Any] = {"group": np.concatenate([table["group"].values for table in tables])}
    for name in PER_GROUP:
        if any(name in table.coords for table in tables):
            columns = [_column(table, name) for table in tables]
            labels[name] = ("group", np.concatenate(columns))
    both = ("group", "group_")
    data = xr.Dataset({"similarity": (both, similarity), "pairs": (both, shared)}, labels)
    return data.assign_coords(group_=("group_", labels["group"]))


def correlations(rdms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlations (row, row) of rows (row, pair) over the pairs that both have, and how many these are.

    Examples
    --------
    >>> rows = np.array([[1.0, 2, 3, 4, 5, 6], [2.0, 4, 6, 8, 10, 12], [np.nan, 6, 5, 4, 3, 2]])
    >>> coefficients, shared = correlations(rows)
    >>> coefficients[0].round(2).tolist(), shared[0].tolist()
    ([1.0, 1.0, nan], [6, 6, 5])
    """
    known = np.isfinite(rdms).astype(float)
    finite = np.where(known > 0, rdms, 0.0)
    centred = (finite - finite.sum(1, keepdims=True) / np.maximum(known.sum(1, keepdims=True), 1)) * known
    values = centred / np.maximum(np.abs(centred).max(1, keepdims=True), 1e-300)
    count = known @ known.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (values @ known.T) / count
        square = (values**2 @ known.T) / count
        variance = square - mean**2
        covariance = (values @ values.T) / count - mean * mean.T
        varies = (variance > 1e-12 * square) & (np.abs(centred).max(1) > 1e-12 * np.abs(finite).max(1))[:, None]
        coefficients = covariance / np.sqrt(variance * variance.T)
    usable = (count >= LEAST) & varies & varies.T
    return np.where(usable, np.clip(coefficients, -1.0, 1.0), np.nan), count.astype(int)


def _last_rdms(movies: xr.Dataset, frame: int) -> xr.Dataset:
    """The mean RDM (group, pair) of every group at that time."""
    last = movies["h"].isel(time=frame).compute()
    keys = [f"{cell}{group}" for cell, group in zip(movies["cell"].values, movies["group"].values, strict=True)]
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.argsort(order)[which]
    means = np.stack([_mean(last.values[rank == row]) for row in range(len(first))])
    rows = movies.isel(system=first[order])
    labels = {str(name): ("group", coord.values) for name, coord in rows.coords.items()
              if coord.dims == ("system",) and name not in ("system", "group")}  # fmt: skip
    coords = {"group": rows["group"].values, "pair": movies["pair"].values, **labels}
    return xr.Dataset({"h": (("group", "pair"), means)}, coords)


def _mean(rdms: np.ndarray) -> np.ndarray:
    """The mean over members (member, pair), of those that are known."""
    known = np.isfinite(rdms)
    count = known.sum(0)
    return np.where(count > 0, np.where(known, rdms, 0.0).sum(0) / np.maximum(count, 1), np.nan)


def _column(table: xr.Dataset, name: str) -> np.ndarray:
    if name in table.coords:
        return table[name].values.astype(str)
    return np.full(table.sizes["group"], "")
