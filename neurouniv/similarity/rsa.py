"""`rsa`: which candidate explains these RDMs, when, and how certain that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.kinds import EACH as EACH_FRAME
from neurouniv.kinds import SIMILAR
from neurouniv.names import public
from neurouniv.rdm.comparators import comparator_of, long_name_of
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, batch_dims, need_free_names, with_history
from neurouniv.similarity.asked import need_each, need_one
from neurouniv.similarity.candidates import models_given, one_each
from neurouniv.similarity.data import data_of
from neurouniv.similarity.doubts import doubts_of
from neurouniv.similarity.each import every_frame, need_times, one_system
from neurouniv.similarity.joined import joined, without_missing
from neurouniv.similarity.mixtures import fitted_by
from neurouniv.similarity.one import similarities
from neurouniv.similarity.settings import MIXTURES, Settings
from neurouniv.similarity.words import in_words
from neurouniv.statement import sealed
from neurouniv.universality.inference.bootstrap import device_for
from neurouniv.universality.scores import noise_ceiling

ONE, EACH = "one", "each"
OF_MIXTURES = {"mixture", "term", "weight", "combination", "shared", "r2", "coefficient"}
"""Names in results of mixtures and of parted variance alone."""
Terms = Mapping[str, Sequence[str]] | Sequence[str] | None


@public
def rsa(
    data: Any,
    models: Any,
    *,
    model: str = ONE,
    comparator: str = "corr",
    control: str | Sequence[str] | None = None,
    partition: bool = False,
    weighted: Terms = None,
    selected: Terms = None,
    interpolated: Terms = None,
    folds: int = 2,
    partitions: int | None = None,
    test: str = "bootstrap",
    correction: str = "max",
    errors: str = "jackknife",
    unit: str | None = None,
    resamples: int = 1000,
    join: str = "exact",
    times: str = "all",
    seed: int = 0,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """Which candidate is similar to these RDMs: at every time, beside the noise ceiling, with intervals and tests.

    Candidates are RDMs of any kind, layers of networks, other regions, values of conditions, laws, and mixtures of
    these. Everything is joined by the names of conditions, never by their order.

    Parameters
    ----------
    data : a trajectory, RDMs of one or several subjects without time, activity (whose RDMs are made by
        `neurouniv.trajectory` with its defaults), `rsatoolbox.rdm.RDMs`, or a square pandas.DataFrame; or several by
        name, {"V1": RDMs, ...}, which become the dimension `data`.
    models : {name: any of these, or a value of every condition (dict, Series: numbers give squared differences, texts 0
        or 1), or a law}; or one object that holds several: its dimensions (layer, region) or the columns of a table
        with a row a condition. Members of a model (seeds, subjects) are averaged. A law is fitted to some conditions
        and asked for others, from the data's own first frame.
    model : "one": every candidate is one RDM at each time of the data; a movie that has the data's times is taken time
        by time, another one by its last frame. "each": every frame of the models (layer, training step) against every
        frame of the data (region, session, latency).
    comparator : "corr", "cosine", "spearman", "rho-a", "tau-a", "tau-b", "corr_cov" or "cosine_cov", as rsatoolbox's.
    control : name or names of models whose similarity is taken out of all others' (partial RSA); "others": each
        model's, with all others held fixed.
    partition : whether to part the variance that models explain together: unique and shared parts.
    weighted, selected, interpolated : mixtures of models: {name: names of models}, or names alone. Non-negative weights
        at every time, the best of them, or the best point between neighbours of the list, chosen on other conditions
        (and, of several members, on others) than they are scored on.
    folds, partitions : of conditions, where laws or mixtures are fitted: all models are then scored on held-out
        conditions, and pairs across folds are not used. Partitions are random; default 10, with laws 2.
    test : "bootstrap": about other conditions and subjects, by the jackknife or the dual bootstrap; "subjects": about
        other subjects with these conditions, six or more; "permutation": against conditions in other orders, which one
        subject and few conditions are enough for; of differences it says nothing, which stay with the bootstrap.
    correction : of p for all models, times and places together: "max", the largest deviation; "cluster", of times (with
        test="subjects" or "permutation"); "holm"; "fdr"; "none".
    errors, unit : see `neurouniv.compare`.
    resamples : of conditions and subjects, or other orders of conditions; 0: no largest deviations.
    join : "exact": data and models have the same conditions; "inner": what all have is kept.
    times : with model="each" of two movies with the same times: "all", each with each; "same", each with its own.
    seed : of resamples, orders and partitions.
    device : "cuda" runs the bootstrap's products on a GPU; "auto" does where there is one.
    progress : show a progress bar of fits; default at a terminal.

    Returns
    -------
    With model="one", a Dataset over `model`, the data's batch dimensions but its members (region, latency), and `time`:
        `similarity` (model, ..., time), mean over members, with `similarity_interval` (..., bound), 95 %;
        `similarity_each` (..., member); `similarity_p`, two-sided against 0, and `similarity_p_corrected`;
        `difference` (model, model_, ..., time), of the first less the second, with interval, p and corrected p;
        `ceiling` (..., time, bound), see `neurouniv.noise_ceiling`, and `below_ceiling_p`, one-sided, by a t test over
        members against the lower one; `best` (..., time), the name of the most similar model;
        `weight` (mixture, term, ..., time), fitted to all data, where mixtures were asked for;
        `r2` (..., time), `unique` (model, ..., time) with its interval, `shared` (combination, ..., time) and
        `coefficient` (model, ..., time), standardised, with its interval, with partition=True; a shared part may be
        negative, where models suppress one another. Parts are in sample: the unique one of a model that says nothing is
        a little above 0, and control="others" tests it.
    With model="each", over the models' dimensions with "_model" behind their names and the data's:
        `similarity`, `ceiling`, `ceiling_model`; for every dimension of the models `best_layer` (..., time), in which
        share of resamples each is the best (`best_layer_share`), and of numbers an interval; of time `best_step` with
        its interval and, of learners, what the last and the best step are better than the untrained one, as
        `neurouniv.rsa_between`.
    Attributes: `text`, the answer in words; `doubts`; `models_from`, what was taken of each model; `errors_about`;
    `noise`, where the ceiling is from; settings.

    Raises
    ------
    InputError : data or models have no form that is known, names of conditions do not match, or arguments do not go
        together.

    Examples
    --------
    >>> import pandas as pd
    >>> names = ["cat", "dog", "car", "bus"]
    >>> brain = pd.DataFrame([[0, 1, 4, 4], [1, 0, 5, 4], [4, 5, 0, 1], [4, 4, 1, 0]], names, names)
    >>> alive, size = dict(zip(names, "aabb")), dict(zip(names, [1, 2, 3, 9]))
    >>> found = rsa(brain, {"alive": alive, "size": size}, test="permutation")
    >>> found.similarity.isel(time=0).round(2).values.tolist(), found.best.item()
    ([0.97, 0.08], 'alive')

    Source: Kriegeskorte, Mur & Bandettini (2008); tests and errors as Schütt et al. (2023), eLife 82566; ceilings as
    Nili et al. (2014); weighted models as Khaligh-Razavi & Kriegeskorte (2014).
    """
    comparator_of(comparator)
    settings = Settings(
        comparator, control, partition, _mixtures(weighted, selected, interpolated), folds, partitions, test,
        correction, errors, unit, resamples, seed, device_for(device, comparator),
    )  # fmt: skip
    if model not in (ONE, EACH):
        raise InputError(f"model is {ONE!r} or {EACH!r}; got {model!r}.")
    rdms, doubts = data_of(data)
    own = EACH_FRAME.names | {"time_model"} if model == EACH else SIMILAR.names | OF_MIXTURES
    need_free_names(batch_dims(rdms["h"]), own, "A result of RSA")
    given = models_given(models)
    rdms, given, left_out = joined(rdms, given, join)
    if model == EACH:
        need_each(settings)
        theirs = one_system(given)
        need_times(times, rdms, theirs)
        result, more = every_frame(rdms, theirs, settings, times)
        origins = {name or "models": "every frame" for name in given.rdms}
    else:
        candidates = one_each(given, rdms)
        rdms, kept, absent = without_missing(rdms, candidates.rdms)
        candidates = candidates._replace(rdms=kept)
        need_one(candidates, settings, times)
        result, same = similarities(rdms, candidates, settings, progress)
        more = [*absent, *same]
        result["best"] = _best(result["similarity"])
        origins = candidates.origins | {
            name: f"{kind} mixture of {', '.join(terms)}" for name, (kind, terms) in settings.mixtures.items()
        }
    doubts = [*doubts, *given.doubts, *left_out, *more]
    return _described(result, rdms, settings, model, origins, doubts)


def _described(
    result: xr.Dataset, data: xr.Dataset, settings: Settings, model: str, origins: Mapping[str, str], doubts: list[str]
) -> xr.Dataset:
    """The result with its words."""
    member = noise_ceiling.member_dim(data["h"])
    attrs: dict[str, Any] = {
        "kind": "rsa", "model": model, "comparator": settings.comparator, "test": settings.test,
        "correction": settings.correction, "n_conditions": len(Pairs.of(data).names),
        "n_members": data.sizes[member] if member else 1, "members": member or "",
        "noise": noise_ceiling.describe_geometry(data),
        "control": ", ".join(settings.controls) or str(settings.control or ""), "models_from": dict(origins),
    }  # fmt: skip
    result = result.assign_attrs(attrs | result.attrs)
    result["time"].attrs = dict(data["time"].attrs)
    result["similarity"].attrs = {"long_name": "similarity of RDMs", "comparator": settings.comparator}
    result.attrs["doubts"] = [*doubts, *doubts_of(result)]
    result.attrs["text"] = in_words(result)
    order = ("model", "model_", "mixture", "term", "combination")
    result = result.transpose(*order, ..., "time", "bound", missing_dims="ignore")
    return sealed(with_history(result, "rsa", source=data, model=model, models=list(origins), **settings.record()))


def _mixtures(weighted: Terms, selected: Terms, interpolated: Terms) -> dict[str, tuple[str, Sequence[str]]]:
    """The mixtures by name; one that has none is called as its kind."""
    found: dict[str, tuple[str, Sequence[str]]] = {}
    for kind, terms in zip(MIXTURES, (weighted, selected, interpolated), strict=True):
        named = {} if terms is None else terms if isinstance(terms, Mapping) else {kind: terms}
        for name, models in named.items():
            if isinstance(models, str) or len(models) < 2 or name in found:
                raise InputError(
                    f"{kind}={{'name': ['model', 'model', ...]}} takes two models or more; got {models!r}."
                )
            found[str(name)] = kind, list(map(str, models))
    return found


def _origins(settings: Settings) -> dict[str, str]:
    """What every mixture is, in words."""
    fitted = {name: fitted_by(kind, settings.comparator) for name, (kind, _) in settings.mixtures.items()}
    by = {
        name: "" if one == settings.comparator else f", fitted by {long_name_of(one)}" for name, one in fitted.items()
    }
    return {
        name: f"{kind} mixture of {', '.join(terms)}{by[name]}" for name, (kind, terms) in settings.mixtures.items()
    }


def _best(similar: xr.DataArray) -> xr.DataArray:
    """The name of the most similar model at every frame, "" where none is known."""
    known = similar.notnull().any("model")
    top = similar.fillna(-np.inf).argmax("model")
    names = similar["model"].values.astype(str)
    return xr.where(known, xr.DataArray(names[top.values], dims=top.dims, coords=top.coords), "").astype(str)
