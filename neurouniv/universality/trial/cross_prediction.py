"""Cross-prediction: one system's movie as a predictor of another's, and RSA between systems."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.laws import TemplateModel
from neurouniv.rdm.align import align, shared_conditions
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import batch_dims
from neurouniv.universality.held_out.predictions import fitted_quietly
from neurouniv.universality.held_out.splits import split_conditions
from neurouniv.universality.rsa_between import LEAST_SHARED, rsa_between
from neurouniv.universality.scores.dynamics import after_start, r2, side_by_side
from neurouniv.universality.scores.geometry import similarity
from neurouniv.universality.trial.learners import BRAINS, CONTROL, Learner

MOST_TIMES = 40
"""Of each side in RSA between two systems; a longer movie is thinned evenly."""
MOST_PAIRS_OF_NETWORKS = 3


def cross_prediction(systems: Mapping[str, Learner], folds: int, seed: int) -> xr.DataArray:
    """R2 of every system's held-out conditions as another's movie predicts them (source, target).

    The source's mean movie is re-timed and re-scaled by two constants (`neurouniv.TemplateModel`), fitted to the other
    conditions; targets are mean movies too. NaN on the diagonal, and where the source lacks a pair or a distance.
    """
    names = list(systems)
    scores = xr.DataArray(np.full((len(names),) * 2, np.nan), {"source": names, "target": names}, ("source", "target"))
    movies = {name: mean_movie(learner.traj) for name, learner in systems.items()}
    for source, target in ((a, b) for a in names for b in names if a != b):
        if np.isfinite(movies[source]["h"]).all() and systems[target].split == "conditions":
            scores.loc[source, target] = _r2_by_template(movies[source], movies[target], folds, seed)
    scores.attrs = {"long_name": "R2 of held-out conditions, by another system's movie re-timed and re-scaled"}
    return scores


def mean_movie(traj: xr.Dataset) -> xr.Dataset:
    """h averaged over members, with names and distances of the task."""
    dims = batch_dims(traj["h"])
    variables = traj[["h", *(name for name in ("h_var",) if name in traj and not dims)]]
    movie = variables.mean(dims) if dims else variables
    return movie.assign_coords({name: traj[name] for name in ("first", "second", "dx2", "dy2", "time")})


def _r2_by_template(source: xr.Dataset, target: xr.Dataset, folds: int, seed: int) -> float:
    if not {*Pairs.of(target).keys} <= {*Pairs.of(source).keys} or source.sizes["time"] < 2:
        return np.nan
    law = TemplateModel(source)
    observed, expected = [], []
    for part in split_conditions(target, folds, 1, seed):
        fit = fitted_quietly(law, part.train)
        observed.append(after_start(part.test, part.given)["h"])
        expected.append(after_start(fit.predict(part.test), part.given)["h"].transpose(*observed[-1].dims))
    return float(r2(side_by_side(observed), side_by_side(expected)))


def rsa_pairs(systems: Mapping[str, Learner]) -> list[tuple[str, str]]:
    """The pairs of systems for RSA at all their times: every network with every recording, recordings with each other.

    Of networks alone, the first few pairs; controls with none. The one with more times comes first, so that a network's
    steps do.
    """
    brains = {name for name, learner in systems.items() if learner.kind in BRAINS}
    pairs = list(combinations([name for name, learner in systems.items() if learner.role != CONTROL], 2))
    chosen = [pair for pair in pairs if brains & set(pair)] or pairs[:MOST_PAIRS_OF_NETWORKS]
    ordered = [(b, a) if a in brains and b not in brains else (a, b) for a, b in chosen]
    return [pair for pair in ordered if _comparable(*(systems[name].traj for name in pair))]


def _comparable(a: xr.Dataset, b: xr.Dataset) -> bool:
    return len(shared_conditions(a, b)) >= LEAST_SHARED


def rsa_of(systems: Mapping[str, Learner], pair: tuple[str, str], comparator: str, resamples: int, seed: int) -> Any:
    """`rsa_between` of one pair, its times numbered: `rsa_similarity` (step, session), `rsa_time_a` (step), ..."""
    a, b = (_at_fewer_times(systems[name].traj) for name in pair)
    similarities = rsa_between(a, b, comparator=comparator, resamples=resamples, names=pair, seed=seed)
    scalars: dict[str, tuple[tuple[()], str | int]] = {
        f"rsa_{key}": ((), str(similarities.attrs[key])) for key in ("noise_a", "noise_b")
    }
    scalars["rsa_conditions"] = (), int(similarities.attrs["conditions"])
    times = {f"rsa_{end}": (end, similarities[end].values.astype(float)) for end in ("time_a", "time_b")}
    for end, traj in (("a", a), ("b", b)):
        scalars[f"rsa_unit_{end}"] = (), str(traj["time"].attrs.get("units", ""))
    similarities = similarities.drop_attrs().assign(scalars | times).drop_vars(["time_a", "time_b"])
    prefixed = {name: f"rsa_{name}" for name in similarities.data_vars if not str(name).startswith("rsa_")}
    similarities = similarities.rename(prefixed | {"time_a": "step", "time_b": "session"})
    return similarities.assign_coords(rsa_a=pair[0], rsa_b=pair[1])


def _at_fewer_times(traj: xr.Dataset) -> xr.Dataset:
    count = traj.sizes["time"]
    keep = np.unique(np.linspace(0, count - 1, min(count, MOST_TIMES)).round().astype(int))
    return traj.isel(time=keep)


def rsa_together(results: list[Any]) -> xr.Dataset:
    """All pairs of systems as one, (rsa_pair, step, session); NaN where a pair has fewer times."""
    numbered = [
        result.assign_coords(step=np.arange(result.sizes["step"]), session=np.arange(result.sizes["session"]))
        for result in results
    ]
    table = xr.concat(numbered, "rsa_pair", join="outer", data_vars="all", coords="minimal", compat="override")
    for end in ("a", "b"):
        table = table.assign_coords(
            {f"rsa_{end}": ("rsa_pair", [str(result[f"rsa_{end}"].item()) for result in results])}
        )
    return table


def similarity_at_ends(systems: Mapping[str, Learner], comparator: str) -> xr.Dataset:
    """How similar RDMs are between systems (source, target): `last_similarity` of last frames, `first_similarity`."""
    names = list(systems)
    movies = {name: mean_movie(learner.traj) for name, learner in systems.items()}
    variables = {}
    for name, place in (("first_similarity", 0), ("last_similarity", -1)):
        values = np.full((len(names),) * 2, np.nan)
        for (i, a), (j, b) in combinations(enumerate(names), 2):
            values[i, j] = values[j, i] = _similarity_at(movies[a], movies[b], place, comparator)
        variables[name] = (("source", "target"), values)
    return xr.Dataset(variables, {"source": names, "target": names})


def _similarity_at(a: xr.Dataset, b: xr.Dataset, place: int, comparator: str) -> float:
    if not _comparable(a, b):
        return np.nan
    ours, theirs = (traj["h"].isel(time=place, drop=True) for traj in align(a, b, join="inner"))
    return float(similarity(ours, theirs, comparator))
