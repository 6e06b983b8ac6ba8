"""Paired differences between laws on held-out data, with errors over conditions and subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.got import did_you_mean
from neurouniv.quantities import is_whole, shown
from neurouniv.schema import InputError, batch_dims
from neurouniv.universality.held_out.predictions import Prediction
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.inference import corrections
from neurouniv.universality.inference.bootstrap import Fold, Resamples, Scores, bootstrap_scores
from neurouniv.universality.inference.error_design import Design
from neurouniv.universality.inference.error_units import KINDS
from neurouniv.universality.inference.own_r2 import OwnR2, own_r2
from neurouniv.universality.inference.p_values import NO_DIFFERENCE, infer, warn_if_few
from neurouniv.universality.scores import outputs
from neurouniv.universality.scores.dynamics import outputs_of
from neurouniv.universality.scores.noise_ceiling import BOUND

CORRECTIONS = ("max", "cluster")


def differences(
    parts: list[Part],
    predicted: Mapping[str, list[Prediction]],
    *,
    reference: str,
    comparator: str = "corr",
    resamples: int = 1000,
    subjects: str | None = None,
    errors: str = "jackknife",
    correction: str = "max",
    unit: str | None = None,
    classes: Mapping[str, Any] | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> xr.Dataset:
    """Every law's score less the reference's, paired within resamples. The parameters are those of `neurouniv.compare`.

    `classes` is the class of every condition by its name, where conditions are in classes.

    Returns
    -------
    Dataset over the batch dimensions but for the subjects': `geometry_difference`, `geometry_p`,
    `geometry_p_corrected` (law, ..., time) and `geometry_difference_interval` (law, ..., time, bound); the same of
    `dynamics`, without time; and of `error_ratio`, the law's root-mean-square error over the reference's (a geometric
    mean over subjects; 1 where they are equal). `error_ratio_p_by_class` (law, ...) is its p with classes left out,
    whatever the unit, NaN where there are fewer than three. `dynamics_interval` (law, ..., bound) is that of every
    law's own R2, `dynamics_log_error` and `dynamics_freedom` (law, ...) the standard error of log(1 - R2) and its
    degrees of freedom, for `p_below`; the same of `change`, and of `outputs` where they are known. Attributes say the
    reference, how many conditions and subjects, the methods, `errors_unit` ("conditions" or "classes") and, in words,
    what errors are about (`errors_about`).

    Raises
    ------
    InputError : where pairs have no names, or an argument is none of its choices.

    Warns
    -----
    NeurounivWarning : with so few conditions or subjects that error rates are off.
    """
    names = list(predicted)
    check_inference(names, resamples, reference, correction, unit)
    design = Design.of(parts, resamples, subjects, errors, unit, classes, seed)
    warn_if_few(design.conditions, design.subjects)
    drawn, by_classes, how = design.drawn, design.by_classes, design.how
    score = partial(bootstrap_scores, reference=names.index(reference), device=device)
    clusters = correction == "cluster"
    results = []
    for member, place in design.places():
        folds = _folds([part.test["h"] for part in parts], [[e.h for e in law] for law in predicted.values()], **place)
        late = _after_start(folds, parts)
        similarities = score(folds, drawn, comparator)
        corrected = _by_clusters(similarities, seed) if clusters else None
        tables = [_differences_with_p(similarities, drawn, how, "geometry", corrected)]
        tables.append(_differences_with_p(score(late, drawn, "r2"), drawn, how, "dynamics").isel(time=0))
        tables.append(_ratio(score(late, drawn, "log_error"), drawn, how))
        tables.append(_ratio_p_by_class(late, by_classes, score, how))
        tables.append(own_r2(late, drawn, how, device).to_dataset("dynamics"))
        tables.append(own_r2([_change(fold) for fold in late], drawn, how, device).to_dataset("change"))
        if outputs.seen(parts):
            tables.append(_own_r2_of_outputs(parts, predicted, place, drawn, how, device).to_dataset("outputs"))
        results.append((member, xr.merge(tables)))
    table = _with_batch_dims(results, design).assign_coords(law=names, time=parts[0].test["time"])
    attributes = {"reference": reference, "errors": errors, "correction": correction, "resamples": resamples}
    about = f"{'other subjects and ' if design.subjects > 1 else ''}{design.unit.about}"
    attributes |= {"errors_unit": design.unit.kind, "errors_about": about}
    return table.assign_attrs(attributes | {"n_conditions": design.conditions, "n_subjects": design.subjects})


def error_ratios(
    parts: list[Part],
    predicted: Mapping[str, list[Prediction]],
    reference: str,
    *,
    resamples: int,
    subjects: str | None,
    errors: str,
    unit: str | None,
    classes: Mapping[str, Any] | None,
    seed: int,
    device: str,
) -> xr.Dataset:
    """`error_ratio`, its interval and p (law, ...) alone, as in `differences`."""
    design = Design.of(parts, resamples, subjects, errors, unit, classes, seed)
    position, expected = list(predicted).index(reference), [[e.h for e in law] for law in predicted.values()]
    results = []
    for member, place in design.places():
        late = _after_start(_folds([part.test["h"] for part in parts], expected, **place), parts)
        scores = bootstrap_scores(late, design.drawn, "log_error", reference=position, device=device)
        results.append((member, _ratio(scores, design.drawn, design.how)))
    return _with_batch_dims(results, design).assign_coords(law=list(predicted))


def check_inference(
    names: list[str], resamples: int, reference: str | None, correction: str, unit: str | None = None
) -> None:
    """Raise `InputError` unless differences between laws of these names can be asked for so."""
    if not is_whole(resamples) or resamples < 0 or resamples == 1:
        raise InputError(f"resamples is at least 2, such as 1000, or 0 for none; got {shown(resamples)}.")
    if reference is not None and reference not in names:
        raise InputError(
            f"reference is the name of a law that is compared, one of {names}; got {reference!r}."
            f"{did_you_mean(reference, names)}"
        )
    if correction not in CORRECTIONS:
        raise InputError(
            f"correction is one of {list(CORRECTIONS)}; got {correction!r}.{did_you_mean(correction, CORRECTIONS)}"
        )
    if unit not in KINDS:
        raise InputError(f"unit is one of {list(KINDS)}; got {unit!r}.")


def _differences_with_p(
    scores: Scores, drawn: Resamples, how: dict[str, Any], name: str, corrected: np.ndarray | None = None
) -> xr.Dataset:
    """The differences of one score with their intervals and p values (law, time)."""
    inference = infer(scores, drawn, **how)
    dims = ("law", "time")
    data = {
        f"{name}_difference": (dims, inference.estimate),
        f"{name}_difference_interval": ((*dims, "bound"), np.stack([inference.lower, inference.upper], -1)),
        f"{name}_p": (dims, inference.p),
        f"{name}_p_corrected": (dims, inference.p_corrected if corrected is None else corrected),
    }
    return xr.Dataset(data)


def _ratio(scores: Scores, drawn: Resamples, how: dict[str, Any]) -> xr.Dataset:
    """Ratios of root-mean-square errors (law), from differences of -log mean squares."""
    differences_of_logs = _differences_with_p(scores, drawn, how, "error").isel(time=0)
    ends = np.exp(-0.5 * differences_of_logs["error_difference_interval"].isel(bound=[1, 0]))
    return xr.Dataset(
        {
            "error_ratio": np.exp(-0.5 * differences_of_logs["error_difference"]),
            "error_ratio_interval": ends,
            "error_ratio_p": differences_of_logs["error_p"],
            "error_ratio_p_corrected": differences_of_logs["error_p_corrected"],
        }
    )


def _own_r2_of_outputs(
    parts: list[Part], predicted: Mapping[str, list[Prediction]], place: dict[str, Any], drawn: Resamples,
    how: dict[str, Any], device: str,
) -> OwnR2:  # fmt: skip
    """The errors of every law's R2 of outputs; NaN for laws that do not predict them."""
    has_outputs = np.array([law[0].y is not None for law in predicted.values()])
    if not has_outputs.any():
        return OwnR2.unknown(has_outputs)
    expected = [[e.y for e in law if e.y is not None] for law in predicted.values() if law[0].y is not None]
    folds = _folds([outputs_of(part.test) for part in parts], expected, **place)
    return own_r2(_after_start(folds, parts), drawn, how, device).among(has_outputs)


def _ratio_p_by_class(
    late: list[Fold], by_classes: Resamples | None, score: Callable[..., Scores], how: dict[str, Any]
) -> xr.Dataset:
    """p of the ratio of errors (law) with classes left out; NaN without classes enough."""
    laws = len(late[0].predicted)
    if by_classes is None:
        return xr.Dataset({"error_ratio_p_by_class": ("law", np.full(laws, np.nan))})
    ratios = _ratio(score(late, by_classes, "log_error"), by_classes, how)
    return ratios[["error_ratio_p"]].rename(error_ratio_p="error_ratio_p_by_class")


def _by_clusters(scores: Scores, seed: int) -> np.ndarray:
    """p of clusters of times, corrected over rivals; 1 for laws that do not differ from the reference."""
    each = np.nan_to_num(np.moveaxis(scores.each, 1, 0))
    differs = (np.abs(each) > NO_DIFFERENCE).any((0, 2))
    p = np.ones(each.shape[1:])
    if differs.any():
        p[differs] = corrections.holm(corrections.cluster_p(each[:, differs], seed=seed))
    return p


def _folds(
    observed: list[xr.DataArray],
    expected: list[list[xr.DataArray]],
    chosen: dict[Any, int],
    subjects: str | None,
    ends: list[np.ndarray],
) -> list[Fold]:
    """The observed and predicted distances of every part, in one place of the batch."""
    folds = []
    for observed_part, laws, pairs in zip(observed, zip(*expected, strict=True), ends, strict=True):
        observed_values, *predicted_values = (_values(array.isel(chosen), subjects) for array in (observed_part, *laws))
        folds.append(Fold(observed_values, np.stack(predicted_values), pairs))
    return folds


def _values(h: xr.DataArray, subjects: str | None) -> np.ndarray:
    """(subject, time, pair)."""
    if subjects is None:
        return h.transpose("time", "pair").values[None]
    return h.transpose(subjects, "time", "pair").values


def _change(fold: Fold) -> Fold:
    """A fold about every pair's own mean over time, so that R2 is that of the change."""
    mask = np.isfinite(fold.observed)
    total = np.where(mask, fold.observed, 0.0).sum(1, keepdims=True)
    mean = total / np.maximum(mask.sum(1, keepdims=True), 1)
    return fold._replace(observed=fold.observed - mean, predicted=fold.predicted - mean)


def _after_start(folds: list[Fold], parts: list[Part]) -> list[Fold]:
    late = [part.test["time"].values > part.given["time"].values[0] for part in parts]
    return [Fold(f.observed[:, t], f.predicted[:, :, t], f.ends) for f, t in zip(folds, late, strict=True)]


def _with_batch_dims(results: list[tuple[tuple[int, ...], xr.Dataset]], design: Design) -> xr.Dataset:
    """The results of all batches as one Dataset with their dimensions and labels."""
    h, subjects = design.h, design.dim
    dims = [dim for dim in batch_dims(h) if dim != subjects]
    sizes = [h.sizes[dim] for dim in dims]
    data = {}
    for name, first in results[0][1].data_vars.items():
        values = np.stack([result[name].values for _, result in results]).reshape(*sizes, *first.shape)
        data[name] = xr.DataArray(values, dims=(*dims, *first.dims)).transpose("law", *dims, ...)
    labels = {dim: h[dim] for dim in dims if dim in h.coords}
    return xr.Dataset(data, coords=labels | {"bound": BOUND})
