"""The start of every pair: the first frame of its system, and how much of a noisy one to believe."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import OBSERVED, InputError, batch_dims, check_trajectory, choices_as_outputs
from neurouniv.tasks.origin import need_task

LEAST = 1e-4
"""Distances grow with dx2 by at least this share of the largest over the mean dx2, where a start has to be guessed.
By hand: small beside any distance that is seen."""
FLAT = 1e-9
"""dx2 that vary by less than this share of their squares do not vary. A convention: rounding."""


def start_of(traj: xr.Dataset, floor: bool = False) -> xr.Dataset:
    """The state every pair starts from.

    Parameters
    ----------
    floor : whether a constant adds to every distance, about which the first frame then scatters too.

    Returns
    -------
    Dataset with `h` (> 0), `y` and `w` where seen, `dx2`, `dy2` (..., pair): the first frame in which the system has
    a distance at all. A pair that lacks one there gets what its dx2 leads to expect, and where there is one, `unseen`
    (..., pair) is 1 for those. `begin` (...) is the time of
    that frame, and `kept` (...) the share of the scatter of h about its regression on dx2 that is not noise
    (James & Stein 1961), 0 where noise alone explains the scatter (chi-square test, 5 %): 1 where the system has no
    sampling variance `h_var`.

    Raises
    ------
    InputError : the trajectory is none, or has no dx2, dy2 or no distances.
    """
    traj = choices_as_outputs(check_trajectory(traj, ("h",)).compute())
    need_task(traj)
    dx2, dy2 = (traj[name].reset_coords(drop=True) for name in ("dx2", "dy2"))
    _check_geometry(traj, dx2, dy2)
    place = traj["h"].notnull().any("pair").argmax("time")
    first = traj[[name for name in (*OBSERVED, "h_var") if name in traj]].isel(time=place)
    first = first.drop_vars(["time", "dx2", "dy2"])
    observed = first["h"].notnull()
    level, per_dx2 = _line(first["h"], dx2, floor)
    least = LEAST * abs(traj["h"]).max(("time", "pair")) / dx2.mean("pair")
    expected = level + per_dx2.where(per_dx2 > least, least) * dx2
    h = first["h"].fillna(expected)
    start = {"h": h, "dx2": dx2.clip(min=1e-9 * dx2.mean("pair")), "dy2": dy2}
    if "y" in traj and "w" in traj:
        start |= {"y": first["y"], "w": first["w"]}
    noisy = _has_variance(traj)
    start["h"] = h.where(noisy, h.clip(min=1e-12 * abs(traj["h"]).max(("time", "pair")).clip(min=1e-300)))
    if not bool(observed.all()):
        start["unseen"] = 1.0 - observed
    template = traj["h"].isel(time=0, drop=True).drop_vars(["dx2", "dy2"])
    dims = (*batch_dims(traj["h"]), "pair")
    arrays = {name: array.broadcast_like(template).transpose(*dims) for name, array in start.items()}
    whole = template.isel(pair=0, drop=True)
    arrays |= {
        "begin": traj["time"][place].drop_vars("time").broadcast_like(whole),
        "kept": _kept_share(first, expected).where(noisy, 1.0) if "h_var" in traj else xr.DataArray(1.0),
    }
    arrays["kept"] = arrays["kept"].broadcast_like(whole)
    return xr.Dataset(arrays)


def line_of(h: np.ndarray, dx2: np.ndarray, floor: bool) -> tuple[np.ndarray, np.ndarray]:
    """The line level + slope dx2 nearest the distances h (..., pair): both (...,), without a floor through the origin.

    A floor is one where distances grow with dx2, and none where the line meets the origin or goes below it.

    Examples
    --------
    >>> dx2 = np.array([1.0, 2.0, 3.0])
    >>> [part.round(6).tolist() for part in line_of(2 + 0.5 * dx2, dx2, floor=True)]
    [2.0, 0.5]
    >>> [part.round(6).tolist() for part in line_of(0.5 * dx2, dx2, floor=False)]
    [0.0, 0.5]
    """
    mask = np.isfinite(h)
    h, x = np.where(mask, h, 0.0), np.where(mask, dx2, 0.0)
    count = np.maximum(mask.sum(-1), 1)
    through = (h * x).sum(-1) / np.maximum((x**2).sum(-1), 1e-300)
    if not floor:
        return 0 * through, through
    mean_h, mean_x = h.sum(-1) / count, x.sum(-1) / count
    deviation = np.where(mask, x - mean_x[..., None], 0.0)
    squares = (deviation**2).sum(-1)
    slope = (h * deviation).sum(-1) / np.where(squares > 0, squares, 1.0)
    level = mean_h - slope * mean_x
    good = (squares > FLAT * (x**2).sum(-1)) & (slope > 0) & (level > 0)
    return np.where(good, level, 0.0), np.where(good, slope, through)


def without_floor(h: np.ndarray, floor: np.ndarray | float) -> np.ndarray:
    """The distances `h` of a start without noise less a `floor`, kept above 0, where laws are singular."""
    return np.maximum(h - floor, 1e-9 * np.abs(h))


def _line(h: xr.DataArray, dx2: xr.DataArray, floor: bool) -> tuple[xr.DataArray, xr.DataArray]:
    return xr.apply_ufunc(
        line_of,
        h,
        dx2,
        input_core_dims=[["pair"], ["pair"]],
        output_core_dims=[[], []],
        kwargs={"floor": floor},
        dask="allowed",
    )


def _has_variance(traj: xr.Dataset) -> xr.DataArray:
    """Which systems (...) have a sampling variance."""
    return traj["h_var"].notnull().any(("time", "pair")) if "h_var" in traj else xr.DataArray(False)


def _kept_share(first: xr.Dataset, expected: xr.DataArray) -> xr.DataArray:
    scatter, noise = ((first["h"] - expected) ** 2).mean("pair"), first["h_var"].mean("pair")
    share = (1 - noise / scatter.where(scatter > 0)).clip(0, 1).fillna(0)
    return share.where(scatter > noise * _chance(first.sizes["pair"]), 0.0)


def _chance(pairs: int) -> float:
    """How much larger than its mean the mean square of `pairs` noisy distances is in one of 20 cases.

    Distances of N conditions that share one correlate by 1/4, so they tell as much as pairs/(1 + (N - 2)/8) would.
    """
    from scipy import special  # slow to import, and help texts need the laws' names

    conditions = (1 + np.sqrt(1 + 8 * pairs)) / 2
    freedom = pairs / (1 + max(conditions - 2, 0) / 8)
    return float(special.chdtri(freedom, 0.05) / freedom)


def _check_geometry(traj: xr.Dataset, dx2: xr.DataArray, dy2: xr.DataArray) -> None:
    if not float(dx2.max()) > 0 or not float(dy2.max()) > 0:
        raise InputError(
            "A law needs at least one pair with different stimuli and one with different targets; the largest "
            f"dx2 is {float(dx2.max()):g} and the largest dy2 {float(dy2.max()):g}. Check the task's arrays."
        )
    if not np.isfinite(traj["h"]).any():
        raise InputError("A law needs observed distances; every h of this trajectory is NaN.")
