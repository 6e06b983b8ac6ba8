"""Whether an RDM changed between two times beyond its noise, and how far, with the noise taken away."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.scores.noise_ceiling import has_variance
from neurouniv.universality.trial.learners import NETWORK, kind_of
from neurouniv.universality.verdict.learned import LEAST_MEMBERS, change_test

FROM_MEAN = 2.0
"""Two frames differ by twice as much as each does from their mean."""


def whether(traj: xr.Dataset, member: str | None) -> xr.Dataset:
    """`changed_p` (...), p of no change, `change_most` and `change_size` (...), root mean squares of the change.

    Both as a share of the mean distance: what a change may be at most (95 %), and what is left of it without noise;
    NaN where the noise is not known. Members (five or more) are asked what their changes have in common; fewer are
    averaged first. Attribute `how`: what it rests on.
    """
    traj = traj[[name for name in ("h", "h_var") if name in traj]].assign_attrs(traj.attrs)
    size = _size(traj, member)
    if member is not None and (traj.sizes[member] < LEAST_MEMBERS or kind_of(traj) == NETWORK):
        traj = _averaged(traj, member)
    elif member is not None:
        traj = traj.drop_vars("h_var", errors="ignore")
    test = change_test(traj)
    variables = {"changed_p": test["learned_p"], "change_most": FROM_MEAN * test["learned_most"], "change_size": size}
    return xr.Dataset(variables, attrs={"how": test.attrs["how"]})


def _averaged(traj: xr.Dataset, member: str) -> xr.Dataset:
    averaged = traj[["h"]].mean(member).assign_attrs(traj.attrs)
    if has_variance(traj):
        averaged["h_var"] = traj["h_var"].mean(member) / traj.sizes[member]
    return averaged


def _size(traj: xr.Dataset, member: str | None) -> xr.DataArray:
    """The root mean square of the true change as a share of the mean distance, NaN where its noise is not known."""
    h = traj["h"]
    change = h.isel(time=-1) - h.isel(time=0)
    if member is not None:
        count = change.notnull().sum(member)
        total, squares = change.sum(member), (change**2).sum(member)
        square = ((total**2 - squares) / (count * (count - 1)).where(count > 1)).mean("pair")
    elif has_variance(traj):
        square = (change**2 - traj["h_var"].sum("time")).mean("pair")
    elif kind_of(traj) == NETWORK:
        square = (change**2).mean("pair")
    else:
        square = np.nan * change.mean("pair")
    mean = h.mean([dim for dim in ("time", "pair", member) if dim])
    return square.clip(min=0) ** 0.5 / mean.where(mean > 0)
