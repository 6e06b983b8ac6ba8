"""Other members as a predictor: the movie of every seed or subject by the mean movie of the others.

No ceiling: members that share nothing but the task agree less than a law that starts from each one's own first frame.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.scores.dynamics import r2, r2_of_change
from neurouniv.universality.scores.member_ceiling import means
from neurouniv.universality.scores.noise_ceiling import member_dim


def by_others(h: xr.DataArray) -> xr.DataArray:
    """R2 of every member's movie, predicted by the mean movie of the others (...); NaN where there are none.

    Parameters
    ----------
    h : (..., time, pair), a dimension of which is seed, subject, member or system; without the start.

    Examples
    --------
    >>> h = xr.DataArray([[[2.0, 2.0], [3.0, 4.0]], [[3.0, 2.0], [4.0, 8.0]]], dims=("seed", "time", "pair"))
    >>> by_others(h).values.round(2)
    array([-5.55,  0.13])
    """
    dim = member_dim(h)
    return _alone(h) if dim is None else r2(h, means(h, dim)[1])


def change_by_others(h: xr.DataArray, start: xr.DataArray) -> xr.DataArray:
    """R2 of the change of every member's movie (...), predicted from its own start by the others' mean change.

    It is set against the same total as a law's, which is given the start too. NaN where there are no others.

    Parameters
    ----------
    h : as of `by_others`.
    start : (..., pair), the first frame.
    """
    dim = member_dim(h)
    return _alone(h) if dim is None else r2_of_change(h, start + means(h - start, dim)[1])


def _alone(h: xr.DataArray) -> xr.DataArray:
    return np.nan * h.isel(time=0, pair=0, drop=True).astype(float)


def rows(result: xr.Dataset) -> xr.Dataset:
    """`others_r2` and `change_others_r2` (system): means over members of what `neurouniv.compare` tells."""
    return xr.Dataset({f"{name}_r2": result[name].mean("member") for name in ("others", "change_others")})
