"""The precision of noise across channels, estimated from what the conditions and runs leave of single trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError

RESIDUALS = "residuals"


def residual_precision(activity: np.ndarray, condition: np.ndarray, session: np.ndarray, run: np.ndarray) -> np.ndarray:
    """Precision matrix (channel, channel) of the noise of one trial, in 1 / squared units of activity.

    What is taken away in each session is a mean for every condition and a shift for every run. A shift common to
    all conditions of a run is no noise of their differences; what varies from run to run beyond it is, so one
    trial per condition and run suffices. The covariance divides by the degrees of freedom that these leave, and
    is shrunk towards a multiple of the identity by the intensity of Ledoit & Wolf (2004, J. Multivar. Anal.),
    with these degrees of freedom as the number of samples. Latencies share one matrix, the mean over them; they
    count as one sample, since neighbours are not independent. Sessions share it too, so distances stay comparable.

    Parameters
    ----------
    activity : (trial, channel) or (trial, channel, latency).
    condition, session, run : (trial,) integers from 0; zeros where there is but one.

    Raises
    ------
    InputError : conditions and runs leave no degree of freedom, or a channel never varies so that no precision exists.

    Examples
    --------
    >>> trials = np.random.default_rng(0).normal(scale=2.0, size=(4000, 1))
    >>> zeros = np.zeros(4000, dtype=int)
    >>> residual_precision(trials, zeros, zeros, zeros).round(2).tolist()
    [[0.25]]
    """
    from sklearn.covariance import ledoit_wolf_shrinkage

    trials, channels = activity.shape[:2]
    residuals = np.empty((trials, channels, *activity.shape[2:]))
    freedom = 0
    for number in np.unique(session):
        here = np.flatnonzero(session == number)
        residuals[here], left = _residuals(activity[here], condition[here], run[here])
        freedom += left
    if freedom < 1:
        raise InputError(
            f"noise='{RESIDUALS}' needs more trials than conditions and runs have means; {trials} trials leave no "
            "degree of freedom. Give a precision matrix (channel, channel) as `noise`, or noise=None."
        )
    rows = np.moveaxis(residuals, 1, -1).reshape(-1, channels)
    scaled = rows * np.sqrt(trials / freedom)
    covariance = scaled.T @ scaled / len(rows)
    level = np.trace(covariance) / channels
    if level <= 1e-28 * np.mean(activity**2):  # nothing but rounding
        raise InputError("noise='residuals' needs trials that vary; all trials of a condition and run are equal.")
    shrinkage = 0.0 if channels == 1 else ledoit_wolf_shrinkage(scaled, assume_centered=True) * len(rows) / freedom
    shrinkage = min(1.0, shrinkage)
    return given_precision(np.linalg.inv((1 - shrinkage) * covariance + shrinkage * level * np.eye(channels)), channels)


def given_precision(noise: Any, channels: int) -> np.ndarray:
    """`noise` as a precision matrix (channel, channel); an `InputError` says what it is if it is none.

    Examples
    --------
    >>> given_precision([[2.0, 1.0], [1.0, 2.0]], channels=2).shape
    (2, 2)
    """
    need = f"noise needs to be None, '{RESIDUALS}' or a precision matrix ({channels} channels, {channels} channels)"
    try:
        precision = np.asarray(noise, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{need}; {noise!r} came.") from None
    if precision.shape != (channels, channels):
        raise InputError(f"{need}; {precision.shape} came.")
    if not np.isfinite(precision).all():
        raise InputError(f"{need}; this one holds NaN or infinity.")
    if not np.allclose(precision, precision.T, rtol=1e-8, atol=1e-10 * np.abs(precision).max()):
        raise InputError(f"{need}; this one is not symmetric.")
    precision = (precision + precision.T) / 2
    smallest = np.linalg.eigvalsh(precision)[0]
    if smallest <= 0:
        raise InputError(
            f"{need}, positive definite; the smallest eigenvalue of this one is {smallest:.3g}. "
            "Is it the covariance's pseudo-inverse? Shrink the covariance before inverting it."
        )
    return precision


def _residuals(activity: np.ndarray, condition: np.ndarray, run: np.ndarray) -> tuple[np.ndarray, int]:
    """What means of conditions and shifts of runs leave of one session's trials, and the degrees of freedom left."""
    design = np.concatenate([_one_hot(condition), _one_hot(run)], axis=1)
    flat = activity.reshape(len(activity), -1)
    fitted, _, rank, _ = np.linalg.lstsq(design, flat, rcond=None)
    return (flat - design @ fitted).reshape(activity.shape), len(activity) - int(rank)


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return (labels[:, None] == np.unique(labels)).astype(float)
