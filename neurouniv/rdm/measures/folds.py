"""Means per fold and condition, some of them missing, made ready for crossvalidation.

Here folds lie side by side, (..., condition, fold, channel): the Gram matrix of a condition's folds in one row is then
the sum of the folds' Gram matrices. What is present is 1 or 0 (..., condition, fold); None says that all is.
"""

from __future__ import annotations

from array_api_compat import array_namespace, device

from neurouniv.rdm.measures.pairs import Array, whitened
from neurouniv.schema import InputError


def need_folds(folds: Array, least: int, what: str) -> None:
    """Raise `InputError` unless `folds` (..., fold, condition, channel) has at least `least` folds."""
    if folds.ndim < 3 or folds.shape[-3] < least:
        raise InputError(
            f"{what} needs folds (..., fold, condition, channel) with at least {least} folds; shape "
            f"got {tuple(folds.shape)}. Record more runs, or split the trials into more."
        )


def prepared(folds: Array, precision: Array | None) -> tuple[Array, Array | None]:
    """Folds (..., fold, condition, channel) side by side, less their means, whitened, 0 where missing; and presence."""
    xp = array_namespace(folds)
    rows = xp.moveaxis(folds, -3, -2)
    mean = xp.mean(rows, axis=-3, keepdims=True)
    if not bool(xp.any(xp.isnan(mean))):
        return whitened(rows - mean, precision), None
    rows, present = seen(folds)
    return whitened(without_fold_means(rows, present), precision), present


def seen(folds: Array) -> tuple[Array, Array | None]:
    """Folds (..., fold, condition, channel) side by side, 0 where a fold lacks a condition (NaN), and presence."""
    xp = array_namespace(folds)
    rows = xp.moveaxis(folds, -3, -2)
    if not bool(xp.isnan(xp.sum(folds))):  # sooner known than a look at every value
        return rows, None
    missing = xp.any(xp.isnan(rows), axis=-1)
    if not bool(xp.any(missing)):
        return rows, None
    return xp.where(missing[..., None], xp.zeros_like(rows), rows), xp.astype(~missing, folds.dtype)


def without_fold_means(rows: Array, present: Array | None) -> Array:
    """Each fold less its mean over the conditions it has, which differences within a fold do not see."""
    xp = array_namespace(rows)
    if present is None:
        return rows - xp.mean(rows, axis=-3, keepdims=True)
    there = present[..., None]
    mean = xp.sum(rows, axis=-3, keepdims=True) / xp.clip(xp.sum(there, axis=-3, keepdims=True), 1)
    return (rows - mean) * there


def without_common_mean(rows: Array, present: Array) -> Array:
    """All folds less one mean over folds and conditions."""
    xp = array_namespace(rows)
    there = present[..., None]
    axes = (-3, -2)
    mean = xp.sum(rows, axis=axes, keepdims=True) / xp.clip(xp.sum(there, axis=axes, keepdims=True), 1)
    return (rows - mean) * there


def trial_numbers(weights: Array, rows: Array, present: Array | None) -> Array:
    """Numbers of trials (..., fold, condition) side by side, 0 where missing."""
    xp = array_namespace(rows)
    numbers = xp.astype(xp.matrix_transpose(weights), rows.dtype)
    return numbers if present is None else numbers * present


def same_conditions(present: Array) -> bool:
    """Whether every fold has all conditions or none."""
    xp = array_namespace(present)
    return bool(xp.all(xp.min(present, axis=-2) == xp.max(present, axis=-2)))


def sum_of_folds(rows: Array) -> Array:
    """The sum over folds (..., condition, 1, channel) of (..., condition, fold, channel).

    It is a product with ones, which adds whole rows at a time and is three times as fast as a sum over that axis.
    """
    xp = array_namespace(rows)
    return xp.matmul(xp.ones((1, rows.shape[-2]), dtype=rows.dtype, device=device(rows)), rows)


def side_by_side(rows: Array) -> Array:
    """(..., condition, fold, channel) -> (..., condition, fold * channel)."""
    fold, channel = rows.shape[-2:]
    return array_namespace(rows).reshape(rows, (*rows.shape[:-2], fold * channel))
