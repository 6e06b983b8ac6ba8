"""Levels of sharing: a law with constants of each system's own, with one set for all, and free curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.laws import FreeModel, UniversalModel
from neurouniv.laws.constructor import call_of
from neurouniv.laws.shared_constants import fit_shared
from neurouniv.names import public
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, batch_dims, check_trajectory, with_history
from neurouniv.universality.compare import compare, scores_of_law
from neurouniv.universality.held_out.predictions import Prediction, expected_of, named_laws, training
from neurouniv.universality.held_out.side_by_side import named_systems
from neurouniv.universality.held_out.splits import Part, partition
from neurouniv.universality.scores.outputs import without_choices

OWN, SHARED, FREE = "own constants", "one set for all", "free curves"


@renamed(repeats="partitions")
@public
def levels(
    trajectories: Mapping[str, xr.Dataset],
    law: Any = None,
    rivals: Any = (),
    *,
    folds: int = 2,
    partitions: int = 4,
    comparator: str = "corr",
    seed: int = 0,
) -> xr.Dataset:
    """One law at several levels of sharing, on held-out conditions of several systems.

    (a) `law` with constants of each system's own; (b) with one set of constants for all; (c) free curves of every pair,
    in sample, which no law can pass; (d) `rivals`, with constants of each system's own. If (b) does as well as (a),
    the implementation does not matter at all in these systems; if (a) does as well as (c), it matters only by its
    constants. Constants have units: "one set for all" is a claim about systems measured alike.

    Parameters
    ----------
    trajectories : dict name -> trajectory; every batch element is a system of its own.
    law : a law of the toolkit; default `neurouniv.UniversalModel()`.
    rivals : estimators, a list or a dict.
    folds, partitions, comparator, seed : see `neurouniv.compare`.

    Returns
    -------
    Dataset over `level` and `system`: `dynamics`, R2 of held-out time courses, `log_score` in nats per distance (NaN
    for free curves), `n_constants` of a system (of all together, for one set). The one set of the first fold is given
    by the attributes `shared_NAME`.

    Raises
    ------
    InputError : fewer than two systems, or systems that need different constants.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> task = tasks.from_arrays(np.random.default_rng(0).normal(size=(6, 3)), np.repeat(np.eye(3), 2, axis=0))
    >>> runs = train(task, width=30, gain=0.3, nonlinearity="linear", lr=0.1, epochs=300, seeds=range(2), record=7)
    >>> found = levels({"net": trajectory(runs)[["h"]]}, partitions=1)
    >>> found.level.values.tolist(), found.sizes["system"]
    (['own constants', 'one set for all', 'free curves'], 2)
    """
    systems = _single_systems(trajectories)
    law = UniversalModel() if law is None else next(iter(named_laws(law).values()))
    rivals = named_laws(rivals) if rivals else {}
    settings: dict[str, Any] = {"folds": folds, "partitions": partitions, "comparator": comparator, "seed": seed}
    own_scores = compare({OWN: law, **rivals}, systems, progress=False, **settings)
    own_scores = own_scores.isel(member=0, drop=True).rename(law="level")
    parts = {name: partition(traj, "conditions", folds, partitions, 0.5, seed) for name, traj in systems.items()}
    shared_scores, constants = _scores_with_one_set(law, parts, comparator)
    free_scores = compare({FREE: FreeModel()}, systems, split=None, comparator=comparator, progress=False)
    free_scores = free_scores.isel(member=0, drop=True).rename(law="level")
    names = ["dynamics", "log_score", "n_constants"]
    free_scores["log_score"] = free_scores["log_score"] * np.nan
    scores = (own_scores.sel(level=[OWN]), shared_scores, free_scores, own_scores.sel(level=list(rivals)))
    result = xr.concat(
        [table[names].reset_coords(drop=True) for table in scores],
        "level",
        coords="minimal",
        compat="override",
        join="outer",
    )
    result = result.drop_vars([name for name in result.coords if name not in ("level", "system")])
    result = result.assign_attrs({f"shared_{name}": float(value) for name, value in constants.items()})
    return with_history(result, "levels", law=call_of(law), **settings)


def _single_systems(trajectories: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Every batch element by itself, named "name, seed 3"."""
    systems = {}
    for name, traj in named_systems(trajectories).items():
        traj = without_choices(check_trajectory(traj, ("h", "first", "second")).compute())
        dims = batch_dims(traj["h"])
        for place in np.ndindex(*(traj.sizes[dim] for dim in dims)):
            system = traj.isel(dict(zip(dims, place, strict=True)))
            labels = [
                f"{dim} {system[dim].item() if dim in system.coords else i}" for dim, i in zip(dims, place, strict=True)
            ]
            systems[", ".join(filter(None, (str(name), *labels)))] = system.drop_vars(dims, errors="ignore")
    if len(systems) < 2:
        raise InputError(f"Sharing needs at least two systems; got {len(systems)}. Give {{name: trajectory, ...}}.")
    return systems


def _scores_with_one_set(
    law: Any, parts_of: Mapping[str, list[Part]], comparator: str
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Scores (level, system) of the law fitted to all systems at once, fold by fold."""
    fits = [fit_shared(law, [training(law, parts[i]) for parts in parts_of.values()]) for i in range(_folds(parts_of))]
    results = []
    for parts in parts_of.values():
        expected = [_expected(fit, part) for fit, part in zip(fits, parts, strict=False)]
        results.append(scores_of_law(expected, parts[: len(fits)], comparator))
    named = xr.Variable("system", list(parts_of))
    table = xr.concat(results, named, coords="minimal", compat="override", join="outer")
    fitted = fits[0].constants_
    constants = {name: fitted[name] for name in constant_names(fitted)}
    return table.expand_dims(level=[SHARED]), constants


def _folds(split: Mapping[str, list[Part]]) -> int:
    return min(map(len, split.values()))


def _expected(law: Any, part: Part) -> Prediction:
    h = expected_of(law, part)["h"].transpose(*part.test["h"].dims)
    return Prediction(part.test["h"].copy(data=h.values), law.constants_, None)
