"""Laws beside their rivals on data they were not fitted to: geometry, dynamics, and the noise ceiling."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from neurouniv.schema import InputError, NeurounivWarning, check_trajectory, history, with_history
from neurouniv.universality import ceiling, dynamics, geometry
from neurouniv.universality.splits import Part, partition
from neurouniv.universality.systems import side_by_side


def compare(
    laws: Any,
    trajectories: xr.Dataset | Mapping[str, xr.Dataset],
    split: str | None = "conditions",
    *,
    folds: int = 2,
    repeats: int = 4,
    comparator: str = "corr",
    train_fraction: float = 0.5,
    seed: int = 0,
    progress: bool = False,
) -> xr.Dataset:
    """Fit `laws` to one part of the data, let them predict the other, and score the predictions.

    Every prediction starts from the first frame of what it predicts, which is therefore *given* to every law and
    left out of `dynamics`; the first frame of `geometry` says how well the start is reproduced, nothing more.

    Parameters
    ----------
    laws : an estimator, a list of them, or a dict name -> estimator (classes are instantiated). They are cloned.
    trajectories : one trajectory, or a dict name -> trajectory. Results of several have the dimension `system`;
        all batch dimensions of a system become `member` (NaN where a system has fewer), times are joined, and the
        coordinates `time_units`, `time_axis` and `ceiling` (system) say what they are.
    split : "conditions": laws are fitted to pairs whose both conditions lie outside a fold of the conditions and
        predict the pairs whose both lie inside. "times": fitted to the first times, they predict the later ones.
        None: in sample.
    folds, repeats, seed : for "conditions": into how many folds, in how many different random partitions.
    comparator : "corr", "cosine", "spearman", "rho-a", "tau-a", "corr_cov" or "cosine_cov", as in rsatoolbox.
    train_fraction : for "times": the share of times that is fitted (at least 3 times).
    progress : show a progress bar.

    Returns
    -------
    Dataset, with the trajectory's batch dimensions for `...`:
        `geometry` (law, ..., time): similarity of predicted with observed RDM of the test pairs, by
        `rsatoolbox.rdm.compare`, averaged over folds; NaN at frames with fewer than three pairs in every fold or a
        constant RDM. For "times", at the predicted times only.
        `dynamics` (law, ...): R2 of the time courses, over all held-out pairs and times of all folds.
        `dynamics_error` (law, ...): their root-mean-square error, in units of h.
        `geometry_ceiling` (..., time, bound), `dynamics_ceiling` (..., bound): see `neurouniv.noise_ceiling`.
        `n_constants` (law): how many constants were fitted. `converged`, `message` (law, ...): the share of fits
        that may be used and, in words, the first reason why one may not. (Warnings of single fits are not shown.)
        Attributes: split, folds, repeats (as many as were found), comparator, seed, ceiling, history.

    Raises
    ------
    InputError : where conditions or times are too few to split, or an argument is none of the above.

    Examples
    --------
    >>> from neurouniv.laws.curves import StaticModel
    >>> h = xr.DataArray([[1.0, 2.0, 4.0], [1.0, 4.0, 2.0], [1.0, 5.0, 1.0]], dims=("time", "pair"))
    >>> coords = {"time": [0, 1, 2], "dx2": ("pair", [1.0, 2.0, 3.0]), "dy2": ("pair", [1.0, 1.0, 2.0])}
    >>> coords |= {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    >>> compare(StaticModel(), xr.Dataset({"h": h}, coords), split=None).geometry.sel(law="static").values.round(2)
    array([ 1.  ,  0.14, -0.19])
    """
    geometry.check_comparator(comparator)
    named = named_laws(laws)
    settings = {"split": split, "folds": folds, "repeats": repeats, "train_fraction": train_fraction, "seed": seed}
    systems = {"": trajectories} if isinstance(trajectories, xr.Dataset) else _named_systems(trajectories)
    systems = {name: check_trajectory(traj).compute() for name, traj in systems.items()}
    split_up = {name: partition(traj, **settings) for name, traj in systems.items()}
    with tqdm(total=len(named) * sum(map(len, split_up.values())), disable=not progress, desc="fits") as bar:
        results = {name: _compare_one(named, systems[name], parts, comparator, bar) for name, parts in split_up.items()}
    settings |= {"split": split or "none", "comparator": comparator}
    if isinstance(trajectories, xr.Dataset):
        parts = len(split_up[""])
        settings |= {"folds": folds, "repeats": parts // folds} if split == "conditions" else {"folds": 1, "repeats": 1}
        found = results[""].assign_attrs(settings)
        return with_history(found, "compare", source=trajectories, laws=list(named), **settings)
    sources = {name: history(traj) for name, traj in systems.items()}
    found = side_by_side(results, systems).assign_attrs(settings)
    return with_history(found, "compare", laws=list(named), systems=sources, **settings)


def named_laws(laws: Any) -> dict[str, Any]:
    """Estimators by name; classes are instantiated."""
    if isinstance(laws, Mapping):
        pairs = [(str(name), law) for name, law in laws.items()]
    else:
        listed = list(laws) if isinstance(laws, Iterable) and not isinstance(laws, str) else [laws]
        pairs = [(str(getattr(law, "name", law)), law) for law in listed]
    for name, law in pairs:
        if not (hasattr(law, "fit") and hasattr(law, "predict")):
            raise InputError(f"A law has `fit` and `predict`, as neurouniv.UniversalModel(); {name!r} came ({law!r}).")
    names = [name for name, _ in pairs]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f"compare needs at least one law, each with a name of its own; {names} came. "
            "Name them in a dict: {'first': law, 'second': other}."
        )
    return {name: law() if isinstance(law, type) else law for name, law in pairs}


def _named_systems(trajectories: Any) -> dict[str, xr.Dataset]:
    if not isinstance(trajectories, Mapping) or not trajectories:
        raise InputError(
            "compare needs a trajectory or a dict of at least one, name -> trajectory; "
            f"{type(trajectories).__name__} came. `neurouniv.trajectory` makes one from activity."
        )
    return {str(name): traj for name, traj in trajectories.items()}


def _compare_one(
    laws: Mapping[str, Any], traj: xr.Dataset, parts: list[Part], comparator: str, bar: tqdm
) -> xr.Dataset:
    """The scores of all laws on one trajectory, and its ceilings."""
    scores = [_score(law, parts, comparator, bar) for law in laws.values()]
    law_dim = xr.DataArray(list(laws), dims="law", name="law")
    found = xr.concat(scores, dim=law_dim, join="exact", coords="minimal", compat="override", combine_attrs="override")
    seen = [dynamics.after_start(part.test, part.given) for part in parts]
    found = found.assign(
        geometry_ceiling=_mean([ceiling.geometry_ceiling(part.test, comparator) for part in parts]),
        dynamics_ceiling=ceiling.dynamics_ceiling(_pool([test[_noisy(test)] for test in seen])),
    )
    found["geometry"].attrs = {"long_name": "similarity of predicted with observed RDM", "comparator": comparator}
    found["dynamics"].attrs = {"long_name": "R2 of time courses; the start is given and left out"}
    error = {"long_name": "root-mean-square error of time courses", "units": traj["h"].attrs.get("units", "")}
    found["dynamics_error"].attrs = error
    found["time"].attrs = dict(traj["time"].attrs)
    found = found.transpose("law", ..., "time", "bound", missing_dims="ignore")
    return found.assign_attrs(ceiling=ceiling.describe(traj))


def _score(law: Any, parts: list[Part], comparator: str, bar: tqdm) -> xr.Dataset:
    """One law on all folds of one trajectory."""
    similar, seen, predicted, fits = [], [], [], []
    for part in parts:
        fitted, expected = _predict(law, part)
        similar.append(geometry.similarity(part.test["h"], expected["h"], comparator))
        seen.append(dynamics.after_start(part.test, part.given)[["h"]])
        predicted.append(dynamics.after_start(expected, part.given)[["h"]])
        fits.append(fitted.constants_)
        bar.update()
    observed, expected = _pool(seen)["h"], _pool(predicted)["h"]
    member = observed.isel(time=0, pair=0, drop=True)
    converged = [fit["converged"].broadcast_like(member) for fit in fits]
    found = {
        "geometry": _mean(similar),
        "dynamics": dynamics.r2(observed, expected),
        "dynamics_error": dynamics.rms_error(observed, expected),
        "n_constants": ((), max(sum(f"{name}_interval" in fit for name in fit) for fit in fits)),
        "converged": sum(share.astype(float) for share in converged) / len(fits),
        "message": _first_fault(converged, [fit["message"].broadcast_like(member) for fit in fits]),
    }
    return xr.Dataset(found)


def _predict(law: Any, part: Part) -> tuple[Any, xr.Dataset]:
    """A copy of `law` fitted to the part's training data, and what it predicts for its test data."""
    law = law.clone() if hasattr(law, "clone") else copy.deepcopy(law)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # told by `converged` and `message`, not once a fold
        law = law.fit(part.train)
        expected = law.predict(part.given, time=part.test["time"])
    for end in {"first", "second"} & set(expected.coords) & set(part.test.coords):
        if not np.array_equal(expected[end], part.test[end]):
            raise InputError(f"A law predicts the pairs it is asked for, in their order; {law!r} changed {end!r}.")
    h = expected["h"].broadcast_like(part.test["h"]).transpose(*part.test["h"].dims)
    return law, part.test[["h"]].copy(data={"h": h.values})


def _first_fault(converged: list[xr.DataArray], messages: list[xr.DataArray]) -> xr.DataArray:
    """The message of the first fit that may not be used, else that of the last."""
    fault = messages[-1].astype(object)
    for good, message in zip(reversed(converged), reversed(messages), strict=True):
        fault = fault.where(good, message.astype(object))
    return fault.astype(str)


def _pool(tests: list[xr.Dataset]) -> xr.Dataset:
    """All folds' test pairs side by side."""
    return xr.concat(tests, dim="pair", data_vars="all", coords="minimal", compat="override", join="exact")


def _noisy(traj: xr.Dataset) -> list[str]:
    return [name for name in ("h", "h_var") if name in traj]


def _mean(folds: list[xr.DataArray]) -> xr.DataArray:
    """The mean over folds, leaving NaN out."""
    stacked = xr.concat(folds, dim="fold", coords="minimal", compat="override", join="exact")
    return stacked.mean("fold")
