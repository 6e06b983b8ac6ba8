"""Tests of scores: against 0 and against each other, over conditions, subjects or orders, and their corrections."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from neurouniv.got import did_you_mean
from neurouniv.schema import InputError
from neurouniv.universality.inference import corrections
from neurouniv.universality.inference.bootstrap import Resamples, Scores
from neurouniv.universality.inference.p_values import NO_DIFFERENCE, infer

BOOTSTRAP, SUBJECTS, PERMUTATION = "bootstrap", "subjects", "permutation"
TESTS = (BOOTSTRAP, SUBJECTS, PERMUTATION)
MAX, CLUSTER, HOLM, FDR, NONE = "max", "cluster", "holm", "fdr", "none"
CORRECTIONS = (MAX, CLUSTER, HOLM, FDR, NONE)
ALPHA, LEVEL = 0.05, 0.95


class Tested(NamedTuple):
    """Estimates (quantity, frame), ends of 95 % intervals, p, and p corrected for all quantities and frames."""

    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p: np.ndarray
    p_corrected: np.ndarray


class Permuted(NamedTuple):
    """Scores (quantity, frame), and the same with conditions in other orders (order, quantity, frame)."""

    observed: np.ndarray
    null: np.ndarray


def check_tests(test: str, correction: str, members: int, resamples: int) -> None:
    """Raise `InputError` unless a test and a correction can be asked for of so many members."""
    if test not in TESTS:
        raise InputError(f"test is one of {', '.join(map(repr, TESTS))}; got {test!r}.{did_you_mean(test, TESTS)}")
    if correction not in CORRECTIONS:
        raise InputError(
            f"correction is one of {', '.join(map(repr, CORRECTIONS))}; got {correction!r}."
            f"{did_you_mean(correction, CORRECTIONS)}"
        )
    if resamples < 0 or 0 < resamples < 20:
        raise InputError(f"resamples is a number such as 1000, or 0 for none; got {resamples}.")
    if test == SUBJECTS and members < corrections.LEAST_SUBJECTS:
        raise InputError(
            f"test='subjects' needs at least {corrections.LEAST_SUBJECTS} subjects; the data has {members}. Use "
            "test='bootstrap', or 'permutation' (of the conditions), which one subject is enough for."
        )
    if correction == CLUSTER and test == BOOTSTRAP:
        raise InputError(
            "correction='cluster' needs test='subjects' (six or more) or test='permutation'; got test='bootstrap'. "
            "Give one of these, or correction='max'."
        )
    if resamples == 0 and (correction == MAX or test == PERMUTATION) and test != SUBJECTS:
        raise InputError(
            f"correction={correction!r} with test={test!r} rests on resamples; got resamples=0. Give resamples=1000, "
            "or correction='holm' with test='bootstrap'."
        )


def tested(
    scores: Scores, drawn: Resamples, how: dict[str, Any], test: str, correction: str, times: int, seed: int
) -> Tested:
    """Scores of quantities (law in `Scores`) tested against 0, by the bootstrap or over subjects.

    `times` is how many neighbouring frames are one course of time, for clusters.
    """
    if test == SUBJECTS:
        return _over_subjects(scores, correction, times, seed)
    inference = infer(scores, drawn, **how)
    p = _corrected(inference.p, inference.p_corrected, correction)
    return Tested(inference.estimate, inference.lower, inference.upper, inference.p, p)


def permuted(scores: Permuted, correction: str, times: int) -> tuple[np.ndarray, np.ndarray]:
    """p (quantity, frame) against conditions in other orders (Mantel 1967), two-sided, and p corrected."""
    size, null = np.abs(scores.observed), np.abs(scores.null)
    p = _reached(size, null)
    if correction == CLUSTER:
        return p, _clusters_of_orders(scores, times)
    largest = np.where(np.isfinite(null), null, 0.0).max((1, 2))
    return p, _corrected(p, _reached(size, largest[:, None, None]), correction)


def below(each: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """One-sided p (model, frame) that models (model, member, frame) reach the lower ceiling (member, frame)."""
    limit = np.broadcast_to(ceiling, each.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of models without a similarity, whose p is NaN
        test = stats.ttest_rel(each, limit, axis=1, nan_policy="omit", alternative="less")
    return np.asarray(np.ma.filled(test.pvalue, np.nan))


def _over_subjects(scores: Scores, correction: str, times: int, seed: int) -> Tested:
    each = np.moveaxis(scores.each, 1, 0)  # (member, quantity, frame)
    count = np.isfinite(each).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(each, axis=0) / np.where(count > 0, count, np.nan)
        error = np.nanstd(each, axis=0, ddof=1) / np.sqrt(count) if count.any() else np.full(mean.shape, np.nan)
        half = stats.t.isf((1 - LEVEL) / 2, count - 1) * error
        p = 2 * stats.t.sf(np.abs(mean) / error, count - 1)
    p = np.where((np.abs(mean) < NO_DIFFERENCE) & ~(error > NO_DIFFERENCE), 1.0, p)
    whole = np.nan_to_num(each)
    by_max = corrections.max_flip_p(whole.reshape(len(each), -1), seed=seed).reshape(p.shape)
    if correction == CLUSTER:
        courses = whole.reshape(len(each), -1, times)
        by_clusters = corrections.holm(corrections.cluster_p(courses, seed=seed)).reshape(p.shape)
        return Tested(mean, mean - half, mean + half, p, np.where(np.isfinite(p), by_clusters, np.nan))
    return Tested(mean, mean - half, mean + half, p, _corrected(p, by_max, correction))


def _corrected(p: np.ndarray, by_max: np.ndarray, correction: str) -> np.ndarray:
    """p corrected for all quantities and frames; NaN counts as no test."""
    if correction == NONE:
        return p.copy()
    if correction == MAX:
        return np.where(np.isfinite(p), np.fmax(p, by_max), np.nan)
    if correction == HOLM:
        return corrections.holm(p.reshape(-1)).reshape(p.shape)
    p_corrected, there = np.full(p.shape, np.nan), np.isfinite(p)
    if there.any():
        p_corrected[there] = stats.false_discovery_control(p[there])
    return p_corrected


def _reached(size: np.ndarray, null: np.ndarray) -> np.ndarray:
    """The share of orders, the order as it is among them, in which a score is as large."""
    reached = (null >= size - 1e-12).sum(0)
    return np.where(np.isfinite(size), (1 + reached) / (1 + len(null)), np.nan)


def _clusters_of_orders(scores: Permuted, times: int) -> np.ndarray:
    """p of every frame's cluster of times, whose mass is set against the largest in every order."""
    spread = np.nanstd(scores.null, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        every = np.nan_to_num(np.concatenate([scores.observed[None], scores.null]) / spread)
    mass = corrections.cluster_mass(every.reshape(len(every), -1, times), stats.norm.isf(0.025))
    largest = mass[1:].max((1, 2))
    p = np.where(mass[0] > 0, _reached(mass[0], largest[:, None, None]), 1.0).reshape(scores.observed.shape)
    return np.where(np.isfinite(scores.observed), p, np.nan)
