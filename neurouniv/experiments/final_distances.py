"""Where learning ends, by theory and by experiment: final distances of the laws, their scores, and points to draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurouniv.experiments.experiment import fitted
from neurouniv.laws import Law
from neurouniv.theory.kernels import of_distances

KEPT = ("r2", "converged", "message")


def predicted(traj: xr.Dataset, laws: Mapping[str, Law]) -> xr.Dataset:
    """The predictions of h by every law, fitted to `traj`, and their scores.

    Returns
    -------
    Dataset over `law`: `h_law` (law, ..., time, pair) and `final_law` (law, ..., pair), its distances at infinite
    time, or of a law without a closed form at the last time; `r_final` and `r2_final` (law, ...), correlation and R2
    of those with the last RDM of `traj`, `r2_movie` (law, ...) with every frame; `eta_h`, `eta_y`, `r2`
    (..., variable), `converged` and `message` of the fit.
    """
    predictions = [_prediction(traj, law) for law in laws.values()]
    return xr.concat(predictions, dim="law", join="exact").assign_coords(law=list(laws))


def correlation(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Pearson's r over pairs, (..., pair) twice to (...); NaN where one of the two does not vary.

    Examples
    --------
    >>> h = xr.DataArray([1.0, 2.0, 4.0], dims="pair")
    >>> round(float(correlation(h, 3 * h + 1)), 12), float(correlation(h, 0 * h))
    (1.0, nan)
    """
    a, b = a - a.mean("pair"), b - b.mean("pair")
    squared = (a**2).sum("pair", skipna=False) * (b**2).sum("pair", skipna=False)
    return ((a * b).sum("pair", skipna=False) / np.sqrt(squared.where(squared > 0))).drop_attrs()


def explained(observed: xr.DataArray, expected: xr.DataArray, dims: tuple[str, ...] = ("pair",)) -> xr.DataArray:
    """R2 of `expected` over `dims`: 1 - SSE/SST about the mean of `observed`.

    Examples
    --------
    >>> h = xr.DataArray([1.0, 2.0, 3.0], dims="pair")
    >>> float(explained(h, h)), float(explained(h, h.mean("pair")))
    (1.0, 0.0)
    """
    spread = ((observed - observed.mean(dims)) ** 2).sum(dims)
    return (1 - ((observed - expected) ** 2).sum(dims, skipna=False) / spread.where(spread > 0)).drop_attrs()


def points(squared: np.ndarray, like: np.ndarray | None = None, dimensions: int = 2) -> np.ndarray:
    """The plane (condition, dimension) in which squared distances (condition, condition_) are kept best.

    Classical scaling (Torgerson 1952); with `like`, points are turned and mirrored, without scaling, to lie as near
    to it as they can.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])
    >>> squared = ((corners[:, None] - corners) ** 2).sum(-1)
    >>> bool(np.allclose(points(squared, like=corners - 1), corners - 1))
    True
    """
    values, vectors = np.linalg.eigh(of_distances(squared))
    plane = vectors[:, ::-1][:, :dimensions] * np.sqrt(np.maximum(values[::-1][:dimensions], 0.0))
    if like is None:
        return plane
    u, _, v = np.linalg.svd(plane.T @ like)
    return plane @ u @ v


def _prediction(traj: xr.Dataset, law: Law) -> xr.Dataset:
    law = fitted(law, traj)
    movie, last = law.predict(traj)["h"], traj["h"].isel(time=-1, drop=True)
    final = law.final_structure(traj) if law.form(traj).pairwise else movie.isel(time=-1, drop=True)
    result = xr.Dataset({"h_law": movie, "final_law": final, "r_final": correlation(final, last)})
    result = result.assign(r2_final=explained(last, final), r2_movie=explained(traj["h"], movie, ("time", "pair")))
    constants = law.constants_[[*("eta_h", "eta_y"), *KEPT]]
    return result.merge(constants.drop_attrs(deep=False)).drop_attrs(deep=False)
