"""Model RDMs by name, in the order of a trajectory's pairs: those of its task, and those of a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError
from neurouniv.universality.scores.baselines import baseline_rdms

FORMS = (
    "a value of every condition by its name (dict, pandas.Series), a square pandas.DataFrame with the conditions' "
    "names on both sides, or an RDM over `pair` with first and second"
)


def model_rdms(traj: xr.Dataset, models: Mapping[str, Any] | None = None) -> xr.DataArray:
    """Model RDMs (model, pair): what the task of `traj` suggests (see `baseline_rdms`), then those of the user.

    Values by condition become squared differences of numbers, and 0 or 1 of texts that are alike or not. What a later
    model says in other units (a user's category that is the targets) is left out.

    Raises
    ------
    InputError : a model has none of the forms, lacks conditions or pairs, or is called as one of the task's.

    Examples
    --------
    >>> traj = xr.Dataset(coords={"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])})
    >>> model_rdms(traj, {"size": {"a": 1, "b": 2, "c": 4}, "kind": {"a": "cat", "b": "cat", "c": "dog"}}).values
    array([[1., 9., 4.],
           [0., 1., 1.]])
    """
    of_task = baseline_rdms(traj).rename(baseline="model")
    given = {str(name): _rdm(str(name), model, traj) for name, model in ({} if models is None else models).items()}
    twice = sorted(set(given) & set(of_task["model"].values.tolist()))
    if twice:
        raise InputError(f"{listed(twice)} is what a model RDM of the task is called already. Give it another name.")
    values = np.concatenate([of_task.values, *(rdm[None] for rdm in given.values())])
    rdms = xr.DataArray(values, {"model": [*of_task["model"].values.tolist(), *given]}, ("model", "pair"))
    return rdms.isel(model=[place for place in range(len(values)) if not _repeated(values, place)])


def _repeated(values: np.ndarray, place: int) -> bool:
    """Whether a later model is the same RDM in other units, as that of the targets is of two classes' means."""
    own = _standard(values[place])
    return any(np.allclose(own, _standard(later), atol=1e-9) for later in values[place + 1 :])


def _standard(rdm: np.ndarray) -> np.ndarray:
    size = np.abs(rdm).max()
    return rdm / size if size > 0 else rdm


def _rdm(name: str, model: Any, traj: xr.Dataset) -> np.ndarray:
    """One model RDM (pair,)."""
    pairs = Pairs.of(traj)
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
