"""Every model as one RDM at each time: similarities, their intervals and tests, differences, ceilings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.rdm.classes import named_classes
from neurouniv.similarity.candidates import Candidates
from neurouniv.similarity.held_out import doubts_of_weights, folds_of, parts_of, weights_of
from neurouniv.similarity.orders import permuted_scores
from neurouniv.similarity.partial import doubt_of_same
from neurouniv.similarity.sample import Frames
from neurouniv.similarity.scores import Control, Found, in_data, scored
from neurouniv.similarity.settings import Settings
from neurouniv.similarity.significance import (
    BOOTSTRAP,
    CLUSTER,
    MAX,
    PERMUTATION,
    SUBJECTS,
    Tested,
    below,
    check_tests,
    permuted,
    tested,
)
from neurouniv.similarity.variance_partition import VariancePartition, variance_partition
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.inference.bootstrap import Fold
from neurouniv.universality.inference.error_design import Design
from neurouniv.universality.scores import noise_ceiling
from neurouniv.universality.scores.noise_ceiling import BOUND


class Trial(NamedTuple):
    """What is scored: names of models in their order, folds of pairs, the parts these come from, and the design."""

    names: list[str]
    folds: list[Fold]
    parts: list[Part]
    design: Design
    frames: Frames


def similarities(
    data: xr.Dataset, models: Candidates, settings: Settings, progress: bool | None
) -> tuple[xr.Dataset, list[str]]:
    """All variables of `neurouniv.rsa` with model="one", what errors are about as attributes, and doubts."""
    frames = Frames.of(data["h"])
    members = data.sizes[frames.member] if frames.member else 1
    check_tests(settings.test, settings.correction, members, settings.resamples)  # before laws are fitted
    trial = _trial(data, models, settings, frames, progress)
    control = _control(trial.names, settings)
    scores = scored(trial.folds, trial.design.drawn, settings.comparator, control, settings.partition, settings.device)
    result = _of_models(scores, trial, settings)
    result = result.assign(_of_differences(scores, trial, settings).data_vars)
    result = result.assign(_ceilings(data, trial, scores, settings))
    doubts = doubts_of_weights(data, models.rdms, settings)
    if settings.partition or control is not None:
        once = in_data(trial.folds[0], settings.comparator)
        doubts += filter(None, [doubt_of_same(once.between, trial.names)])
        result = result.assign(_parts(scores, variance_partition(*once), trial, settings) if settings.partition else {})
    if settings.mixtures:
        result["weight"] = weights_of(data, models.rdms, settings)
    return result.assign_attrs(_about(trial, settings, members)), doubts


def _trial(data: xr.Dataset, models: Candidates, settings: Settings, frames: Frames, progress: bool | None) -> Trial:
    names = [*models.rdms, *models.laws, *settings.mixtures]
    fitted = bool(models.laws or settings.mixtures)
    parts = parts_of(data, settings, bool(models.laws)) if fitted else [Part(data, data, data)]
    classes = named_classes(data)
    design = Design.of(parts, settings.resamples, frames.member, settings.errors, settings.unit, classes, settings.seed)
    folds = folds_of(data, parts, names, models.rdms, models.laws, settings, progress)
    # conditions as the design numbers them, which are the same in all folds
    folds = [fold._replace(ends=ends) for fold, ends in zip(folds, design.ends, strict=True)]
    return Trial(names, folds, parts, design, frames)


def _control(names: list[str], settings: Settings) -> Control:
    return "others" if settings.control == "others" else [names.index(name) for name in settings.controls] or None


def _scored_models(trial: Trial, settings: Settings) -> list[str]:
    """The models that are scored: all but those held fixed."""
    return [name for name in trial.names if name not in settings.controls]


def _of_models(scores: Found, trial: Trial, settings: Settings) -> xr.Dataset:
    names, times = _scored_models(trial, settings), trial.frames.shape[-1]
    result = _tested(scores.models, trial, settings)
    low, high = _even_in_z(result)
    arrays = {
        "similarity": trial.frames.labelled(result.estimate, ["model"]),
        "similarity_interval": trial.frames.labelled(np.stack([low, high], -1), ["model"], ["bound"]),
    }
    p, p_corrected = result.p, result.p_corrected
    if settings.test == PERMUTATION:
        other = permuted_scores(trial.folds[0], settings.comparator, settings.resamples, settings.seed)
        p, p_corrected = permuted(other, settings.correction, times)
    arrays |= {
        "similarity_p": trial.frames.labelled(p, ["model"]),
        "similarity_p_corrected": trial.frames.labelled(p_corrected, ["model"]),
    }
    if trial.frames.member:
        each = trial.frames.labelled(np.swapaxes(scores.models.each, 1, 2), ["model"], [trial.frames.member])
        member = trial.frames.h.coords.get(trial.frames.member)
        arrays["similarity_each"] = each if member is None else each.assign_coords({trial.frames.member: member})
    return xr.Dataset(arrays).assign_coords(model=names, bound=BOUND.values)


def _of_differences(scores: Found, trial: Trial, settings: Settings) -> xr.Dataset:
    """Of every two models (model, model_, ..., time), the second with the first the other way round."""
    names, (first, second) = _scored_models(trial, settings), scores.pairs
    frames = scores.models.each.shape[-1]
    values = np.full((5, len(names), len(names), frames), np.nan)
    if len(first):
        result = _tested(scores.differences, trial, settings)
        values[:, first, second] = np.stack(result)
        values[:3, second, first] = -np.stack([result.estimate, result.upper, result.lower])
        values[3:, second, first] = np.stack([result.p, result.p_corrected])
    values[0, range(len(names)), range(len(names))] = 0.0
    dims = ["model", "model_"]
    estimate, low, high, p, corrected = values
    label = trial.frames.labelled
    arrays = {
        "difference": label(estimate, dims),
        "difference_interval": label(np.stack([low, high], -1), dims, ["bound"]),
        "difference_p": label(p, dims),
        "difference_p_corrected": label(corrected, dims),
    }
    return xr.Dataset(arrays).assign_coords(model=names, model_=names, bound=BOUND.values)


def _tested(scores: Any, trial: Trial, settings: Settings) -> Tested:
    test, correction = settings.test, settings.correction
    if test == PERMUTATION:  # orders of conditions say nothing of the difference of two models, nor of clusters of it
        test, correction = BOOTSTRAP, MAX if correction == CLUSTER else correction
    times = trial.frames.shape[-1]
    return tested(scores, trial.design.drawn, trial.design.how, test, correction, times, settings.seed)


def _even_in_z(result: Tested) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of similarities, even in Fisher's z, so that they end before 1."""
    value = np.clip(result.estimate, -1 + 1e-9, 1 - 1e-9)
    half = (result.upper - result.estimate) / (1 - value**2)
    z = np.arctanh(value)
    return np.tanh(z - half), np.tanh(z + half)


def _ceilings(data: xr.Dataset, trial: Trial, scores: Found, settings: Settings) -> Mapping[str, xr.DataArray]:
    """The ceiling of similarities, and whether models stay below it; unknown of partial similarities."""
    every = [noise_ceiling.geometry_ceiling(part.test, settings.comparator) for part in trial.parts]
    ceiling = xr.concat(every, "fold", coords="minimal", compat="override", join="exact").mean("fold")
    ceiling = noise_ceiling.of_networks(data, {"geometry_ceiling": ceiling})["geometry_ceiling"]
    ceiling = ceiling.drop_vars([name for name in ceiling.coords if name not in ceiling.dims])
    member = trial.frames.member
    if settings.control is not None:
        ceiling = ceiling * np.nan
    if member is None or member not in ceiling.dims:
        return {"ceiling": ceiling}
    lower = ceiling.sel(bound="lower", drop=True).transpose(member, *trial.frames.dims, "time")
    values = lower.values.reshape(lower.sizes[member], -1)
    unknown = np.full(scores.models.each[:, 0].shape, np.nan)
    p = below(scores.models.each, values) if np.isfinite(values).any() else unknown
    return {"ceiling": ceiling.mean(member), "below_ceiling_p": trial.frames.labelled(p, ["model"])}


def _parts(scores: Found, whole: VariancePartition, trial: Trial, settings: Settings) -> Mapping[str, xr.DataArray]:
    """R2 of all models together, unique parts and coefficients with their intervals, and shared parts."""
    result, label = _tested(scores.parts, trial, settings), trial.frames.labelled
    there = np.isfinite(whole.shared[0])
    shared = np.where(there, whole.shared[0], 0.0).sum(1) / np.where(there.any(1), there.sum(1), np.nan)
    combinations = [" & ".join(trial.names[place] for place in some) for some in whole.combinations]
    ends, models = np.stack([result.lower, result.upper], -1), len(trial.names)
    found_of_models = {}
    for name, some in (("unique", slice(1, 1 + models)), ("coefficient", slice(1 + models, None))):
        found_of_models[name] = label(result.estimate[some], ["model"])
        found_of_models[f"{name}_interval"] = label(ends[some], ["model"], ["bound"])
    return {name: array.assign_coords(model=trial.names) for name, array in found_of_models.items()} | {
        "r2": label(result.estimate[0], []),
        "shared": label(shared, ["combination"]).assign_coords(combination=combinations),
    }


def _about(trial: Trial, settings: Settings, members: int) -> dict[str, Any]:
    other = "other subjects and " if members > 1 else ""
    about = f"{other}{trial.design.unit.about.removesuffix(', given these fits')}"
    if settings.test == SUBJECTS:
        about = "other subjects, with these conditions"
    counts = {"n_conditions": trial.design.conditions, "n_members": members}
    return counts | {"errors_about": about, "errors_unit": trial.design.unit.kind, "held_out": len(trial.parts) > 1}
