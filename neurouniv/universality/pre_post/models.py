"""Model RDMs by name, in the order of a trajectory's pairs: those of its task, and those of a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.candidate import candidate_rdm
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError
from neurouniv.universality.scores.baselines import baseline_rdms


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
    pairs = Pairs.of(traj)
    of_task = baseline_rdms(traj).rename(baseline="model")
    given = {
        str(name): candidate_rdm(str(name), model, pairs) for name, model in ({} if models is None else models).items()
    }
    twice = sorted(set(given) & set(of_task["model"].values.tolist()))
    if twice:
        raise InputError(
            f"{listed(twice)} is already the name of a model RDM of the task. Give the model another name."
        )
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
