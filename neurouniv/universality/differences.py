"""Paired differences between laws on held-out data, with errors over conditions and subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, batch_dims
from neurouniv.universality import outputs, permutation
from neurouniv.universality.bootstrap import Fold, Resamples, Scores, bootstrap_scores, draw
from neurouniv.universality.ceiling import BOUND, MEMBERS
from neurouniv.universality.dynamics import outputs_of
from neurouniv.universality.held_out import Prediction
from neurouniv.universality.inference import NO_DIFFERENCE, infer, warn_if_few
from neurouniv.universality.splits import Part

CORRECTIONS = ("max", "cluster")


def differences(
    parts: list[Part],
    predicted: Mapping[str, list[Prediction]],
    *,
    reference: str | None = None,
    comparator: str = "corr",
    resamples: int = 1000,
    subjects: str | None = None,
    errors: str = "jackknife",
    correction: str = "max",
    seed: int = 0,
    device: str = "cpu",
) -> xr.Dataset:
    """Every law's score less the reference's, paired within resamples. The parameters are those of `neurouniv.compare`.

    Returns
    -------
    Dataset over the batch dimensions but for the subjects': `geometry_difference`, `geometry_p`,
    `geometry_p_corrected` (law, ..., time) and `geometry_difference_interval` (law, ..., time, bound); the same of
    `dynamics`, without time; and of `error_ratio`, the law's root-mean-square error over the reference's (a geometric
    mean over subjects; 1 where they are equal). `dynamics_interval`, and where outputs are known `outputs_interval`
    (law, ..., bound), are those of every law's own R2. Attributes say the reference, how many conditions and subjects,
    and the methods.

    Raises
    ------
    InputError : where pairs have no names, or an argument is none of its choices.

    Warns
    -----
    NeurounivWarning : with so few conditions or subjects that error rates are off.
    """
    names = list(predicted)
    check_inference(names, resamples, reference, correction)
    reference = reference or default_reference(names)
    h = parts[0].test["h"]
    subjects = _subjects(h, subjects)
    places = [_ends(part.test) for part in parts]
    conditions = np.unique(np.concatenate(places, axis=-1))
    ends = [np.searchsorted(conditions, place) for place in places]
    drawn = draw(len(conditions), h.sizes[subjects] if subjects else 1, resamples, seed)
    warn_if_few(len(conditions), drawn.subjects.shape[1])
    settings, clusters = {"reference": names.index(reference), "device": device}, correction == "cluster"
    found = []
    for member, chosen in _batches(h, subjects):
        place = {"chosen": chosen, "subjects": subjects, "ends": ends}
        folds = _folds([part.test["h"] for part in parts], [[e.h for e in law] for law in predicted.values()], **place)
        late = _after_start(folds, parts)
        similar = bootstrap_scores(folds, drawn, comparator, **settings)
        one = [_tested(similar, drawn, errors, "geometry", _by_clusters(similar, seed) if clusters else None)]
        one.append(_tested(bootstrap_scores(late, drawn, "r2", **settings), drawn, errors, "dynamics").isel(time=0))
        one.append(_ratio(bootstrap_scores(late, drawn, "log_error", **settings), drawn, errors))
        own = {"dynamics_interval": _limits(late, drawn, errors, device)}
        if outputs.seen(parts):
            own["outputs_interval"] = _limits_of_outputs(parts, predicted, place, drawn, errors, device)
        one.append(xr.Dataset({name: (("law", "bound"), bounds) for name, bounds in own.items()}))
        found.append((member, xr.merge(one)))
    made = _together(found, h, subjects).assign_coords(law=names, time=parts[0].test["time"])
    told = {"reference": reference, "errors": errors, "correction": correction, "resamples": resamples}
    return made.assign_attrs(told | {"n_conditions": len(conditions), "n_subjects": drawn.subjects.shape[1]})


def default_reference(names: list[str]) -> str:
    """The law on trial where none is named: the universal law, else the first."""
    return "universal" if "universal" in names else names[0]


def check_inference(names: list[str], resamples: int, reference: str | None, correction: str) -> None:
    """Raise `InputError` unless differences between laws of these names can be asked for so."""
    if resamples < 0 or resamples == 1:
        raise InputError(f"bootstrap is a number of resamples, such as 1000, or 0 for none; {resamples} came.")
    if reference is not None and reference not in names:
        raise InputError(f"reference is the name of a law that is compared, one of {names}; {reference!r} came.")
    if correction not in CORRECTIONS:
        raise InputError(f"correction is one of {list(CORRECTIONS)}; {correction!r} came.")


def _tested(
    scores: Scores, drawn: Resamples, errors: str, name: str, corrected: np.ndarray | None = None
) -> xr.Dataset:
    """The differences of one score with their intervals and p values (law, time)."""
    found = infer(scores, drawn, errors)
    dims = ("law", "time")
    data = {
        f"{name}_difference": (dims, found.estimate),
        f"{name}_difference_interval": ((*dims, "bound"), np.stack([found.lower, found.upper], -1)),
        f"{name}_p": (dims, found.p),
        f"{name}_p_corrected": (dims, found.p_corrected if corrected is None else corrected),
    }
    return xr.Dataset(data)


def _ratio(scores: Scores, drawn: Resamples, errors: str) -> xr.Dataset:
    """Ratios of root-mean-square errors (law), from differences of -log mean squares."""
    found = _tested(scores, drawn, errors, "error").isel(time=0)
    ends = np.exp(-0.5 * found["error_difference_interval"].isel(bound=[1, 0]))
    return xr.Dataset(
        {
            "error_ratio": np.exp(-0.5 * found["error_difference"]),
            "error_ratio_interval": ends,
            "error_ratio_p": found["error_p"],
            "error_ratio_p_corrected": found["error_p_corrected"],
        }
    )


def _limits(late: list[Fold], drawn: Resamples, errors: str, device: str) -> np.ndarray:
    """The interval of every law's own R2 (law, bound), even in log(1 - R2), so that it ends below 1.

    R2 itself is too skewed: an interval even about it can hold 1 where a law explains nothing.
    """
    found = infer(bootstrap_scores(late, drawn, "r2", device=device), drawn, errors)
    left = np.maximum(1 - found.estimate[:, 0], NO_DIFFERENCE)
    factor = np.exp((found.upper - found.lower)[:, 0] / 2 / left)
    return np.stack([1 - left * factor, 1 - left / factor], -1)


def _limits_of_outputs(
    parts: list[Part], predicted: Mapping[str, list[Prediction]], place: dict[str, Any], drawn: Resamples, errors: str,
    device: str,
) -> np.ndarray:  # fmt: skip
    """The interval of R2 of every law's outputs (law, bound); NaN for laws that do not tell them."""
    tells = [law[0].y is not None for law in predicted.values()]
    bounds = np.full((len(tells), 2), np.nan)
    if any(tells):
        expected = [[e.y for e in law] for law, told in zip(predicted.values(), tells, strict=True) if told]
        folds = _folds([outputs_of(part.test) for part in parts], expected, **place)
        bounds[tells] = _limits(_after_start(folds, parts), drawn, errors, device)
    return bounds


def _by_clusters(scores: Scores, seed: int) -> np.ndarray:
    """p of clusters of times, corrected over rivals; 1 for laws that do not differ from the reference."""
    each = np.nan_to_num(np.moveaxis(scores.each, 1, 0))
    apart = (np.abs(each) > NO_DIFFERENCE).any((0, 2))
    found = np.ones(each.shape[1:])
    if apart.any():
        found[apart] = permutation.holm(permutation.cluster_p(each[:, apart], seed=seed))
    return found


def _subjects(h: xr.DataArray, asked: str | None) -> str | None:
    """The dimension whose members are a sample of a population."""
    if asked is not None and asked not in batch_dims(h):
        found = [str(dim) for dim in batch_dims(h)]
        raise InputError(f"subjects is the name of a batch dimension, one of {found}; {asked!r} came.")
    return asked or next((dim for dim in MEMBERS if h.sizes.get(dim, 0) >= 2), None)


def _ends(test: xr.Dataset) -> np.ndarray:
    """The names of the two conditions of every pair (2, pair)."""
    if "first" not in test.coords or "second" not in test.coords:
        raise InputError(
            "A bootstrap over conditions needs the coordinates first and second (pair), the names of the two "
            "conditions of every pair; add them with `.assign_coords`, or use bootstrap=0."
        )
    return np.stack([test[name].values.astype(str) for name in ("first", "second")])


def _batches(h: xr.DataArray, subjects: str | None) -> Iterator[tuple[tuple[int, ...], dict[Any, int]]]:
    """Every place in the batch dimensions other than the subjects'."""
    dims = [dim for dim in batch_dims(h) if dim != subjects]
    for place in np.ndindex(*(h.sizes[dim] for dim in dims)):
        yield place, dict(zip(dims, place, strict=True))


def _folds(
    observed: list[xr.DataArray],
    expected: list[list[xr.DataArray]],
    chosen: dict[Any, int],
    subjects: str | None,
    ends: list[np.ndarray],
) -> list[Fold]:
    """What was observed in every part, and what every law expected of it (law, part), in one place of the batch."""
    found = []
    for seen, laws, pairs in zip(observed, zip(*expected, strict=True), ends, strict=True):
        one, *told = (_values(array.isel(chosen), subjects) for array in (seen, *laws))
        found.append(Fold(one, np.stack(told), pairs))
    return found


def _values(h: xr.DataArray, subjects: str | None) -> np.ndarray:
    """(subject, time, pair)."""
    if subjects is None:
        return h.transpose("time", "pair").values[None]
    return h.transpose(subjects, "time", "pair").values


def _after_start(folds: list[Fold], parts: list[Part]) -> list[Fold]:
    late = [part.test["time"].values > part.given["time"].values[0] for part in parts]
    return [Fold(f.observed[:, t], f.predicted[:, :, t], f.ends) for f, t in zip(folds, late, strict=True)]


def _together(found: list[tuple[tuple[int, ...], xr.Dataset]], h: xr.DataArray, subjects: str | None) -> xr.Dataset:
    """The results of all batches as one Dataset with their dimensions and labels."""
    dims = [dim for dim in batch_dims(h) if dim != subjects]
    sizes = [h.sizes[dim] for dim in dims]
    data = {}
    for name, first in found[0][1].data_vars.items():
        values = np.stack([one[name].values for _, one in found]).reshape(*sizes, *first.shape)
        data[name] = xr.DataArray(values, dims=(*dims, *first.dims)).transpose("law", *dims, ...)
    labels = {dim: h[dim] for dim in dims if dim in h.coords}
    return xr.Dataset(data, coords=labels | {"bound": BOUND})
