"""The constants of several laws, fitted to one trajectory, in one table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names

TOLD = ("r2", "loss", "converged", "identified", "message")
"""What every fit tells beside its constants."""


def fitted(laws: Sequence[str], traj: xr.Dataset) -> xr.Dataset:
    """`traj` with the constants of each of `laws`.

    Returns
    -------
    The trajectory with `constants` (law, constant, ...) and `constants_interval` (law, constant, ..., bound), NaN where
    a law has no such constant; `r2` (law, ..., variable), NaN for what a law does not tell; `loss`, `converged`,
    `identified`, `message` (law, ...).

    Raises
    ------
    InputError : a law cannot be fitted to this trajectory.
    """
    from neurouniv.laws import LAWS

    found = [LAWS[name]().fit(traj).constants_ for name in laws]
    tables = [_table(constants) for constants in found]
    law = xr.DataArray(list(laws), dims="law", name="law")
    table = xr.concat(tables, law, join="outer", coords="minimal", compat="override", combine_attrs="drop_conflicts")
    return traj.assign_coords({n: c for n, c in table.coords.items() if n not in traj.coords}).assign(table.data_vars)


def _table(constants: xr.Dataset) -> xr.Dataset:
    """The constants of one law (constant, ...), and what its fit tells."""
    names = constant_names(constants)
    table = constants[[name for name in TOLD if name in constants]].drop_attrs()
    if not names:
        return table
    dim = xr.DataArray(np.array(names, dtype=str), dims="constant", name="constant")
    values = xr.concat([constants[name].drop_attrs() for name in names], dim, coords="minimal", compat="override")
    ends = [constants[f"{name}_interval"].drop_attrs() for name in names]
    intervals = xr.concat(ends, dim, coords="minimal", compat="override")
    return table.assign(constants=values, constants_interval=intervals)
