"""From resampled scores to errors, intervals and p values of paired differences, corrected for many comparisons.

Two estimates of the variance that scores have over other conditions *and* other subjects:

- "dual": the dual bootstrap with its correction (Schütt et al. 2023, eLife 82566, eq. 9 with factors for small
  samples), as `rsatoolbox.inference.eval_dual_bootstrap`: V_s + V_c - (V_both - V_s - V_c), where V_s, V_c, V_both come
  from resamples of subjects, of conditions and of both.
- "jackknife": V_s + J_c - J_sc, where J_c leaves out one condition at a time and J_sc does so within subjects. What
  pairs do on their own, over what their conditions do, counts twice in J_c and three times in V_c, so that the dual
  bootstrap is too wide where conditions hardly matter. See `benchmarks/inference.py` for the error rates of both.

Conditions may come in units, classes, that are left out and drawn together: see
`neurouniv.universality.inference.error_units`.

Degrees of freedom follow Welch and Satterthwaite from the two variances, and are no fewer than the smaller number of
conditions or subjects less one, which rsatoolbox takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from neurouniv.got import did_you_mean
from neurouniv.schema import InputError, warn
from neurouniv.universality.inference.bootstrap import Resamples, Scores, mean_over_subjects, variance_over

ERRORS = ("jackknife", "dual")
LEAST_CONDITIONS, LEAST_CONDITIONS_OF_ONE, LEAST_SUBJECTS = 10, 20, 6
"""Below these, false positive rates at a nominal 5 % leave 3.5 to 6 % (`benchmarks/inference.py`): 2.8 % with 8
conditions, 2.2 % with 12 of one subject alone, 12 % with 3 subjects."""
NO_DIFFERENCE = 1e-9
"""Differences of scores below this are rounding errors."""


class Inference(NamedTuple):
    """Estimates (law, time), ends of 95 % intervals, p that there is no difference, and p corrected (law, time)."""

    estimate: np.ndarray
    error: np.ndarray
    freedom: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p: np.ndarray
    p_corrected: np.ndarray


def infer(
    scores: Scores, drawn: Resamples, errors: str = "jackknife", level: float = 0.95, fits: float = 0.0
) -> Inference:
    """Intervals and two-sided p values of scores, or of their differences, from their resamples.

    `p_corrected` is corrected for all laws and times at once: see `max_corrected`. `fits` is what the spread of fits
    adds to the variance over conditions, as a share of it; see `neurouniv.universality.inference.error_units`.
    """
    units, subjects = len(drawn.without), drawn.subjects.shape[1]
    estimate = mean_over_subjects(scores.each[None], np.ones((1, subjects)))[0]
    variance, freedom = variance_of(scores, units, subjects, errors, fits)
    error = np.sqrt(variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(estimate) / error
    half = stats.t.isf((1 - level) / 2, freedom) * error
    nothing = (np.abs(estimate) < NO_DIFFERENCE) & ~(error > NO_DIFFERENCE)
    p = np.where(nothing, 1.0, 2 * stats.t.sf(t, freedom))
    return Inference(estimate, error, freedom, estimate - half, estimate + half, p, max_corrected(p, scores))


def variance_of(
    scores: Scores, units: int, subjects: int, errors: str, fits: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The variance of the mean score (law, time), and its degrees of freedom.

    With one subject, it is the variance over units of conditions, given that subject.
    """
    if errors not in ERRORS:
        raise InputError(
            f"errors is one of {', '.join(map(repr, ERRORS))}; got {errors!r}.{did_you_mean(errors, ERRORS)}"
        )
    by_conditions, by_subjects, both = (
        variance_over(part) for part in (scores.conditions, scores.subjects, scores.both)
    )
    count = np.isfinite(scores.without).sum(0)
    jackknife = variance_over(scores.without) * (count - 1) ** 2 / np.maximum(count, 1)
    of_conditions = jackknife if errors == "jackknife" else by_conditions * units / (units - 1)
    if subjects == 1:
        return (1 + fits) * of_conditions, np.full(of_conditions.shape, units - 1.0)
    of_subjects = by_subjects * subjects / (subjects - 1)
    if errors == "dual":
        variance = dual_variance(both, by_subjects, by_conditions, subjects, units)
    else:
        shared = of_conditions - scores.jackknife_each / subjects
        variance = np.maximum(of_subjects + shared, np.maximum(of_subjects, shared))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = of_subjects**2 / (subjects - 1) + of_conditions**2 / (units - 1)
        freedom = (of_subjects + of_conditions) ** 2 / parts
    return variance + fits * of_conditions, np.fmax(freedom, min(units, subjects) - 1)


def dual_variance(both: np.ndarray, subjects: np.ndarray, conditions: np.ndarray, n: int, m: int) -> np.ndarray:
    """The corrected variance from bootstraps of both, of n subjects and of m conditions (Schütt et al. 2023).

    Examples
    --------
    >>> round(float(dual_variance(np.array(3.0), np.array(1.0), np.array(1.0), 10, 10)), 4)
    1.1111
    """
    of_subjects, of_conditions = n / (n - 1) * subjects, m / (m - 1) * conditions
    variance = of_subjects + of_conditions - n * m / ((n - 1) * (m - 1)) * (both - subjects - conditions)
    return np.minimum(np.maximum(variance, np.maximum(of_subjects, of_conditions)), both)


def crossvalidated_variance(runs: np.ndarray) -> np.ndarray:
    """The variance over resamples if all crossvalidations were averaged, from a few (partition, resample, ...).

    What random folds add falls with the number of partitions R: (R V(mean over partitions) - mean V(one partition)) /
    (R - 1), as rsatoolbox corrects its `bootstrap_crossval`. One partition tells nothing of it and is left as it is.
    """
    partitions = len(runs)
    if partitions == 1:
        return variance_over(runs[0])
    return (partitions * variance_over(runs.mean(0)) - np.mean([variance_over(run) for run in runs], axis=0)) / (
        partitions - 1
    )


def max_corrected(p: np.ndarray, scores: Scores) -> np.ndarray:
    """p corrected for all laws and times by the largest deviation in resamples (Westfall & Young 1993).

    Every p is turned into the size of a normal deviate, and set against the largest standardised deviation from their
    mean that differences show in resamples of conditions and subjects: how strongly laws and times go together is
    thus taken from the data. Where there is nothing to compare, p stays 1 or NaN.
    """
    resampled = scores.both if np.isfinite(scores.both).any() else scores.conditions
    mask = np.isfinite(p) & (p < 1)
    if not mask.any():
        return p.copy()
    there = np.isfinite(resampled)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, resampled, 0.0).sum(0) / there.sum(0)
        deviations = (resampled - mean) / np.sqrt(variance_over(resampled))
    largest = np.nanmax(np.where(mask, np.abs(np.where(np.isfinite(deviations), deviations, 0.0)), 0.0), axis=(1, 2))
    z = stats.norm.isf(np.where(mask, p, 1.0) / 2)
    above = len(largest) - np.searchsorted(np.sort(largest), z, "left")
    return np.where(mask, np.maximum((1 + above) / (1 + len(largest)), p), p)


def warn_if_few(conditions: int, subjects: int) -> None:
    """Warn where p values and intervals are known to be off."""
    message = too_few(conditions, subjects)
    if message:
        warn(message)


def too_few(conditions: int, subjects: int) -> str:
    """The warning that p values and intervals over so few are off; "" where they are not.

    Examples
    --------
    >>> too_few(30, 1), too_few(30, 2)[:17]
    ('', 'With 2 subjects, ')
    """
    enough = LEAST_CONDITIONS if subjects > 1 else LEAST_CONDITIONS_OF_ONE
    few = [f"With {conditions} conditions, fewer than {enough}, p values are too large."] if conditions < enough else []
    few += [f"With {subjects} subjects, fewer than {LEAST_SUBJECTS}, p values are too small."] * (
        1 < subjects < LEAST_SUBJECTS
    )
    return " ".join([*few, "Take p values and intervals as a rough guide."]) if few else ""
