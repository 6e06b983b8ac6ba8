"""Groups of pairs whose distances are averaged together: within and between classes, near and far targets."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.classes import same_class
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import batch_dims, need_dims, need_variables


def pair_groups(trajectory: xr.Dataset) -> dict[str, np.ndarray]:
    """Masks (pair,) of the pairs that are averaged together.

    Within and between classes where there are classes; else the third of pairs with the nearest and the third with
    the farthest targets; else all pairs.

    Examples
    --------
    >>> traj = xr.Dataset(coords={"dy2": ("pair", [1.0, 2.0, 9.0]), "first": ("pair", list("aab")), "second": ("pair", list("bcc"))})
    >>> [(name, mask.tolist()) for name, mask in pair_groups(traj).items()]
    [('nearest targets', [True, False, False]), ('farthest targets', [False, False, True])]
    """  # noqa: E501
    same = same_class(trajectory)
    if same is not None and same.any():
        return {"between classes": ~same, "within class": same}
    if "dy2" in trajectory.coords and np.ptp(trajectory["dy2"].values) > 0:
        dy2 = trajectory["dy2"].values
        low, high = np.quantile(dy2, [1 / 3, 2 / 3])
        near = dy2 <= low if low < high else dy2 < dy2.max()
        return {"nearest targets": near, "farthest targets": dy2 >= high}
    return {"all pairs": np.ones(trajectory.sizes["pair"], dtype=bool)}


@public
def group_means(trajectory: xr.Dataset, groups: dict[str, np.ndarray] | None = None) -> xr.Dataset:
    """Mean h of every group of pairs over time, and the standard error of that mean where `h_var` is known.

    `h` and `error` (group, time); batch dimensions are averaged, missing distances left out. Distances that share
    a condition share its noise: their errors are taken as correlated by one half, the most that the noise of
    squared distances between independent conditions allows, so the band is rather too wide than too narrow.
    """
    need_variables(trajectory, ("h",), "A trajectory", "`neurouniv.trajectory` makes one from activity.")
    need_dims(trajectory["h"], ("pair",), "A trajectory", "`neurouniv.trajectory` makes one from activity.")
    groups = pair_groups(trajectory) if groups is None else groups
    means = []
    for mask in groups.values():
        part = trajectory.isel(pair=np.flatnonzero(mask))
        mean = xr.Dataset({"h": part["h"].mean((*batch_dims(part["h"]), "pair"))})
        means.append(mean.assign(error=_error(part)) if "h_var" in part else mean)
    return xr.concat(means, dim="group", coords="minimal", compat="override").assign_coords(group=list(groups))


def _error(part: xr.Dataset) -> xr.DataArray:
    """Standard error (time,) of the mean over pairs: half of sum over conditions of (sum of their pairs' errors)^2."""
    touches = xr.DataArray(Pairs.of(part, "alphabet").touches.astype(float), dims=("pair", "condition"))
    deviation = (part["h_var"].reset_coords(drop=True) ** 0.5).fillna(0.0)
    count = part["h"].notnull().sum("pair")
    variance = 0.5 * ((deviation * touches).sum("pair") ** 2).sum("condition") / count**2
    dims = batch_dims(variance, ("time",))
    members = int(np.prod([variance.sizes[dim] for dim in dims]))
    return (variance.mean(dims) / members) ** 0.5
