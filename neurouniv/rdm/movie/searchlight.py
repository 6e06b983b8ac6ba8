"""Searchlights: about every channel (a voxel, a vertex) the channels within a radius."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.inputs import RECORDING, need_dataset
from neurouniv.names import public
from neurouniv.schema import InputError

AXES = ("x", "y", "z")
SLACK = 1e-3
"""Coordinates are rounded; a channel just as far away as the radius is inside. In the unit of coordinates, mm."""
NONE = -1


@public
def searchlight(rec: xr.Dataset, radius: float) -> xr.DataArray:
    """The channels within `radius` of every channel, for `regions` of `neurouniv.trajectory`.

    Parameters
    ----------
    rec : recording whose channels have the coordinates x, y and z, in mm.
    radius : in mm; a channel just that far away is inside.

    Returns
    -------
    Integers (searchlight, neighbour): the places of the channels among those of `rec`, the centre's own first, and -1
    where a searchlight has fewer than the largest. Its coordinates over `searchlight` are the centres' x, y, z, their
    names (`centre`) and what else is known of them (region).

    Raises
    ------
    InputError : channels have no coordinates, or the radius is not positive or reaches no neighbour.

    Examples
    --------
    >>> place = ("channel", [0.0, 2.0, 4.0])
    >>> zero = ("channel", [0.0] * 3)
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(3))}, {"x": place, "y": zero, "z": zero})
    >>> searchlight(rec, radius=2.0).values.tolist()
    [[0, 1, -1], [1, 0, 2], [2, 1, -1]]
    """
    from scipy.spatial import cKDTree

    points = _points(rec)
    if not (isinstance(radius, (int, float, np.number)) and np.isfinite(radius) and radius > 0):
        raise InputError(f"A searchlight needs a positive radius in mm; got {radius!r}.")
    tree = cKDTree(points)
    near = tree.query_ball_point(points, radius + SLACK, return_sorted=True)
    sizes = np.array([len(members) for members in near])
    if sizes.max() == 1:
        nearest = tree.query(points, k=2)[0][:, 1].min()
        raise InputError(
            f"A searchlight of radius {radius:g} mm holds one channel alone; the nearest two are {nearest:.3g} mm "
            f"apart. Take a larger radius, such as {3 * nearest:.3g}."
        )
    members = np.full((len(near), sizes.max()), NONE, dtype=np.int32)
    members[np.arange(sizes.max()) < sizes[:, None]] = np.concatenate(near)
    return xr.DataArray(
        _centre_first(members), dims=("searchlight", "neighbour"), coords=_coords(rec), attrs={"radius": float(radius)}
    )


def _points(rec: xr.Dataset) -> np.ndarray:
    need_dataset(rec, "A searchlight", RECORDING)
    absent = [name for name in AXES if name not in rec.coords or rec[name].dims != ("channel",)]
    if absent:
        raise InputError(
            f"A searchlight needs the coordinates x, y and z of channels, in mm; {', '.join(absent)} "
            f"{'is' if len(absent) == 1 else 'are'} absent. Images (NIfTI) have them; of others: "
            "`rec.assign_coords(x=('channel', values), ...)`."
        )
    points = np.stack([rec[name].values.astype(float) for name in AXES], axis=1)
    if not np.isfinite(points).all() or len(points) < 2:
        raise InputError("A searchlight needs finite coordinates x, y and z of two channels or more.")
    return points


def _centre_first(members: np.ndarray) -> np.ndarray:
    """`members` (searchlight, neighbour), ascending but for the centre, which comes first."""
    centre = np.arange(len(members))[:, None]
    key = np.where(members == NONE, members.shape[0] + 1, np.where(members == centre, -1, members))
    return np.take_along_axis(members, np.argsort(key, axis=1, kind="stable"), axis=1)


def _coords(rec: xr.Dataset) -> dict[str, tuple[str, np.ndarray]]:
    """What is known of channels, as of the searchlights about them."""
    names = rec["channel"].values if "channel" in rec.coords else np.arange(rec.sizes["channel"])
    known = {str(name): coord.values for name, coord in rec.coords.items() if coord.dims == ("channel",)}
    return {name: ("searchlight", values) for name, values in (known | {"centre": names}).items() if name != "channel"}
