"""A model RDM in the forms that people have it: values by condition, a square table, or an RDM over pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError

FORMS = (
    "a value for every condition name (dict, pandas.Series), a square pandas.DataFrame with the names on both sides, "
    "or "
    "an RDM over `pair` with first and second"
)


def candidate_rdm(name: str, model: Any, pairs: Pairs) -> np.ndarray:
    """One model RDM (pair,) in the order of `pairs`.

    Raises
    ------
    InputError : it has none of the forms, lacks conditions or pairs, or a value is not finite.

    Examples
    --------
    >>> traj = xr.Dataset(coords={"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])})
    >>> candidate_rdm("kind", {"a": "cat", "b": "cat", "c": "dog"}, Pairs.of(traj)).tolist()
    [0.0, 1.0, 1.0]
    """
    if isinstance(model, xr.DataArray) and are_named(model):
        values = _from_pairs(name, model, pairs)
    elif getattr(model, "ndim", 0) == 2 and hasattr(model, "columns"):
        values = _from_square(name, model, pairs)
    elif isinstance(model, Mapping) or hasattr(model, "items"):
        values = _from_conditions(name, dict(model.items()), pairs)
    else:
        raise InputError(f"The model RDM '{name}' is {FORMS}; got {_what(model)}, which names no conditions.")
    if not np.isfinite(values).all():
        raise InputError(f"The model RDM '{name}' has pairs without a number. Give every condition a value.")
    return values


def _from_conditions(name: str, values: Mapping[Any, Any], pairs: Pairs) -> np.ndarray:
    by_name = {str(condition): value for condition, value in values.items()}
    _need(name, pairs, by_name)
    column = np.array([by_name[condition] for condition in pairs.names])
    first, second = pairs.ends
    if column.dtype.kind in "biuf":
        return (column.astype(float)[first] - column.astype(float)[second]) ** 2
    return (column[first] != column[second]).astype(float)


def _from_square(name: str, square: Any, pairs: Pairs) -> np.ndarray:
    rows, columns = (list(map(str, side)) for side in (square.index, square.columns))
    for side in (rows, columns):
        _need(name, pairs, side)
    values = np.asarray(square, dtype=float)
    values = values[np.ix_(*([side.index(condition) for condition in pairs.names] for side in (rows, columns)))]
    if not np.allclose(values, values.T, equal_nan=True):
        raise InputError(f"The model RDM '{name}' is not symmetric: a distance is the same both ways.")
    return values[tuple(pairs.ends)]


def _from_pairs(name: str, rdm: xr.DataArray, pairs: Pairs) -> np.ndarray:
    if rdm.dims != ("pair",):
        raise InputError(f"The model RDM '{name}' has the one dimension `pair`; got {rdm.dims}. Select one of them.")
    known = dict(zip(Pairs.of(rdm).keys, rdm.values.astype(float).tolist(), strict=True))
    absent = [" and ".join(sorted(pair)) for pair in pairs.keys if pair not in known]
    if absent:
        raise InputError(f"The model RDM '{name}' lacks {len(absent)} pairs of the trajectory: {listed(absent)}.")
    return np.array([known[pair] for pair in pairs.keys])


def _need(name: str, pairs: Pairs, there: Any) -> None:
    absent = [condition for condition in pairs.names if condition not in there]
    if absent:
        raise InputError(
            f"The model RDM '{name}' lacks {len(absent)} conditions of the trajectory: {listed(absent)}; it has "
            f"{listed(list(there))}. Name conditions as the trajectory does."
        )


def _what(model: Any) -> str:
    shape = getattr(model, "shape", None)
    return type(model).__name__ + (f" of shape {tuple(shape)}" if shape is not None else "")
