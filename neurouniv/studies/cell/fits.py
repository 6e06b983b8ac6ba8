"""The constants of several laws, fitted to one trajectory, in one table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.studies.cell.laws import Told, driven, is_driven, law_of

TOLD = ("r2", "loss", "converged", "identified", "message")
"""What every fit tells beside its constants."""
NO_INPUT = {"converged": False, "identified": False, "message": "Not fitted: the layer below is not recorded."}
"""What is told of a layer without input, of a law that is driven by it."""


def fitted(laws: Sequence[Told], traj: xr.Dataset) -> xr.Dataset:
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
    tables = [_table(_constants(spec, traj)) for spec in laws]
    law = xr.DataArray([law_of(spec)[0] for spec in laws], dims="law", name="law")
    table = xr.concat(tables, law, join="outer", coords="minimal", compat="override", combine_attrs="drop_conflicts")
    return traj.assign_coords({n: c for n, c in table.coords.items() if n not in traj.coords}).assign(table.data_vars)


def _constants(spec: Told, traj: xr.Dataset) -> xr.Dataset:
    """The constants of a law; of one that is driven by the layer below, NaN for layers without one."""
    law = law_of(spec)[1]
    if not is_driven(spec):
        return law.fit(traj).constants_
    constants = law.fit(driven(traj)).constants_
    has_input = traj["layer"].isin(constants["layer"])
    whole = constants.reindex(layer=traj["layer"], fill_value={n: v for n, v in NO_INPUT.items() if n in constants})
    message = whole["message"].where(has_input, NO_INPUT["message"]).astype(str)
    return whole.assign(message=message)


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
