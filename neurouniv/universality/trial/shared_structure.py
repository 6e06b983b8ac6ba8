"""Structure that systems share: one curve in the law's own units, and one set of constants or one each."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.laws import FreeModel, PairwiseModel
from neurouniv.laws.collapse import dimensionless
from neurouniv.laws.shared_constants import fit_shared
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import NeurounivWarning, batch_dims
from neurouniv.universality.collapse_test import collapse_test
from neurouniv.universality.held_out.condition_order import canonical_pairs
from neurouniv.universality.held_out.predictions import fitted_quietly
from neurouniv.universality.scores.dynamics import after_start, r2_of_change
from neurouniv.universality.trial.cross_prediction import mean_movie
from neurouniv.universality.trial.learners import NETWORK, POOLED, Learner

LINES = 12
"""Pairs of a system that a figure of the collapse shows."""
OWN, ONE, FREE = "own constants", "one set for all", "free curves"


def collapsed(systems: Mapping[str, Learner], folds: int, permutations: int, seed: int) -> tuple[xr.Dataset, list[str]]:
    """`neurouniv.collapse_test` of every system's mean movie, and some pairs of each in the law's own units.

    `collapse_overall` is of the systems that count.

    Returns the Dataset and, in words, which systems are left out and why.
    """
    movies = {name: mean_movie(learner.traj) for name, learner in systems.items() if _has_all_pairs(learner)}
    reasons = [f"{name} has no data collapse: this needs all pairs, and conditions to hold out" for name in systems]
    reasons = [reason for name, reason in zip(systems, reasons, strict=True) if name not in movies]
    if not movies:
        return xr.Dataset(), reasons
    law = PairwiseModel(variables=("h",))
    counting = [name for name in movies if systems[name].role == POOLED]
    groups = [counting] if counting else []
    groups += [uncounted] if (uncounted := [name for name in movies if name not in counting]) else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # the form of the law that is meant to fit is told elsewhere
        tests = [collapse_test({n: movies[n] for n in group}, law, folds, permutations, seed) for group in groups]
    collapse = (
        xr.concat([test[["collapse", "p"]] for test in tests], "system").rename(p="collapse_p").sel(system=list(movies))
    )
    together = {f"collapse_{name}": tests[0][name] for name in ("overall", "overall_p")} if counting else {}
    lines = [_lines(movie, dimensionless(movie, fitted_quietly(law, movie).constants_)) for movie in movies.values()]
    table = collapse.assign(together).drop_attrs()
    return table.merge(xr.concat(lines, xr.Variable("system", list(movies)), join="outer")), reasons


def _has_all_pairs(learner: Learner) -> bool:
    """Whether conditions can be held out and exchanged, which needs all pairs of them."""
    count = len(condition_names(learner.traj))
    return learner.split == "conditions" and learner.traj.sizes["pair"] == count * (count - 1) // 2


def _lines(movie: xr.Dataset, scaled: xr.Dataset) -> xr.Dataset:
    """h/H and age of a few pairs (line, moment), evenly spread over those that have a scale, whatever their order."""
    order = np.lexsort(np.sort(canonical_pairs(movie).ends, axis=0))
    h, age = (scaled[name].transpose("pair", "time").values[order] for name in ("h", "age"))
    finite = np.flatnonzero(np.isfinite(age).all(-1))
    chosen = finite[np.unique(np.linspace(0, len(finite) - 1, LINES).astype(int))] if len(finite) else finite
    lines = {"line_height": (("line", "moment"), h[chosen]), "line_age": (("line", "moment"), age[chosen])}
    return xr.Dataset(lines, {"line": np.arange(len(chosen)), "moment": np.arange(h.shape[1])})


def shared_constants(systems: Mapping[str, Learner], fits: Mapping[str, Any]) -> tuple[xr.Dataset, list[str]]:
    """R2 of change with constants of a system's own, with one set for all, and of free curves (level, level_system).

    Of networks that are measured alike: constants have units, and a recording's hold the gain of its instrument. In
    sample, for few constants are fitted to many distances. `one_set` (constant_name) is fitted to all members of all
    of them at once, each variable of each member counting by its range.
    """
    comparable = _measured_alike(systems, fits)
    if len(comparable) < 2:
        return xr.Dataset(), [
            "Whether one set of constants is enough was not asked: it needs two or more networks measured in the "
            "same units."
        ]
    one_set = _one_set(fits[comparable[0]], [systems[name].traj for name in comparable])
    shared_r2 = [_r2_with(fits[name], one_set, systems[name].traj) for name in comparable]
    free_r2 = [_r2_of_free_curves(systems[name].traj) for name in comparable]
    own_r2 = [_r2_with(fits[name], None, systems[name].traj) for name in comparable]
    levels = xr.Dataset(
        {
            "level_r2": (("level", "level_system"), np.array([own_r2, shared_r2, free_r2])),
            "one_set": ("constant_name", list(one_set.values())),
        },
        {"level": [OWN, ONE, FREE], "level_system": comparable, "constant_name": list(one_set)},
    )
    return levels, []


def _measured_alike(systems: Mapping[str, Learner], fits: Mapping[str, Any]) -> list[str]:
    """The largest group of networks whose distances and times have the same units, and fits the same constants."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, learner in systems.items():
        if learner.kind == NETWORK:
            h, time = learner.traj["h"].attrs, learner.traj["time"].attrs
            key: tuple[str, ...] = (str(h.get("units")), str(h.get("metric")), str(time.get("units")))
            key += tuple(constant_names(fits[name].constants_))
            groups.setdefault(key, []).append(name)
    return max(groups.values(), key=len, default=[])


def _one_set(fit: Any, trajectories: Sequence[xr.Dataset]) -> dict[str, float]:
    """The constants that fit every member of all `trajectories` best."""
    law = fit.clone()
    law.weighting = "range"
    members = [member for traj in trajectories for member in _members(traj)]
    constants = fit_shared(law, members).constants_
    return {name: float(constants[name]) for name in constant_names(constants)}


def _members(traj: xr.Dataset) -> list[xr.Dataset]:
    """Every member alone; a learner has at most one dimension of them."""
    dims = batch_dims(traj["h"])
    return [traj.isel({dim: i}) for dim in dims for i in range(traj.sizes[dim])] or [traj]


def _r2_with(fit: Any, values: Mapping[str, float] | None, traj: xr.Dataset) -> float:
    """R2 of change of the law with these constants, or with its own."""
    law = fit.clone()
    law.constants_ = fit.constants_
    if values is not None:
        law.constants_ = fit.constants_.assign({n: xr.full_like(fit.constants_[n], v) for n, v in values.items()})
    return _r2_of_law(law, traj)


def _r2_of_free_curves(traj: xr.Dataset) -> float:
    return _r2_of_law(fitted_quietly(FreeModel(), traj[["h"]]), traj)


def _r2_of_law(law: Any, traj: xr.Dataset) -> float:
    predicted = law.predict(traj)["h"].transpose(*traj["h"].dims)
    return float(r2_of_change(*(after_start(h, traj) for h in (traj["h"], predicted))).mean())
