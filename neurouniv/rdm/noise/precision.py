"""The precision of noise across channels: from what conditions leave of single trials, from a baseline, or given.

    precision_of(activity, condition, session, run, noise_precision="residuals", shrinkage="ledoit_wolf",
                 latency=None, baseline=(None, 0.0), per_session=False)

is the one function to call: `activity` (trial, channel[, latency]), all else (trial,) integers; it gives the precision
(channel, channel), or (session, channel, channel).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neurouniv.rdm.noise.shrinkage import Moments, moments, need_noise, shrunk_covariance
from neurouniv.schema import InputError

RESIDUALS = "residuals"
BASELINE = "baseline"
BLOCK = 2**26
"""Bytes of activity worked on at once, where latencies come in no chunks of their own."""


def precision_of(
    activity: Any,
    condition: np.ndarray,
    session: np.ndarray,
    run: np.ndarray,
    noise_precision: Any = RESIDUALS,
    shrinkage: str | float = "ledoit_wolf",
    *,
    latency: np.ndarray | None = None,
    baseline: tuple[float | None, float | None] = (None, 0.0),
    per_session: bool = False,
) -> np.ndarray:
    """Precision (channel, channel) of the noise of one trial, in 1 / squared units of activity.

    What is taken away in each session is a mean for every condition and a shift for every run. A shift common to
    all conditions of a run is no noise of their differences; what varies from run to run beyond it is, so one
    trial per condition and run suffices. The covariance divides by the degrees of freedom that these leave.
    Latencies share one matrix, the mean over them; they count as one sample, since neighbours are not independent.
    Sessions share it too, so distances stay comparable, unless they are asked for one by one.

    Parameters
    ----------
    activity : (trial, channel) or (trial, channel, latency); of a dask array one chunk of latencies is held at a time.
    condition, session, run : (trial,) integers from 0; zeros where there is but one.
    noise_precision : "residuals"; "baseline", the same from the latencies before a time, where no condition has a mean
        of its own; or a precision matrix (channel, channel), or one for each session (session, channel, channel).
    shrinkage : how the covariance is shrunk; see `neurouniv.rdm.noise.shrinkage.shrunk_covariance`.
    latency : (latency,), needed for a baseline.
    baseline : from where to where it goes, in units of latency, the end not included; None is as far as there is.
    per_session : whether each session has its own matrix: (session, channel, channel), sessions in order.

    Raises
    ------
    InputError : conditions and runs leave no degree of freedom, a channel never varies, the covariance has no inverse,
        no latency lies in the baseline, or `noise_precision` or `shrinkage` cannot be used.

    Examples
    --------
    >>> trials = np.random.default_rng(0).normal(scale=2.0, size=(4000, 1))
    >>> zeros = np.zeros(4000, dtype=int)
    >>> precision_of(trials, zeros, zeros, zeros).round(2).tolist()
    [[0.25]]
    """
    channels, sessions = activity.shape[1], np.unique(session)
    if not isinstance(noise_precision, str):
        return given_precisions(noise_precision, channels, len(sessions))
    if noise_precision == BASELINE:
        activity, condition = _before(activity, latency, baseline), np.zeros_like(condition)
    elif noise_precision != RESIDUALS:
        raise InputError(
            f"noise_precision is None, '{RESIDUALS}', '{BASELINE}' or a precision matrix; got {noise_precision!r}."
        )
    if per_session:
        precisions = [
            _precision(activity, condition, session, run, [number], noise_precision, shrinkage) for number in sessions
        ]
        return np.stack(precisions)
    return _precision(activity, condition, session, run, list(sessions), noise_precision, shrinkage)


def residual_moments(activity: Any, condition: np.ndarray, run: np.ndarray) -> Moments | None:
    """Sums over the residuals of one session's trials; None where conditions and runs leave no degree of freedom.

    Shapes as in `precision_of`.
    """
    basis = _basis(condition, run)
    free = len(condition) - basis.shape[1]
    if free < 1:
        return None
    total = None
    for block in _blocks(activity):
        flat = block.reshape(len(block), -1)
        residuals = (flat - basis @ (basis.T @ flat)).reshape(block.shape)
        rows = np.moveaxis(residuals, 1, -1).reshape(-1, block.shape[1])
        freedom = free * block.shape[2]
        part = moments(rows, freedom, freedom / _latencies(activity), power=power_of(flat))
        total = part if total is None else total + part
    return total


def power_of(values: np.ndarray) -> float:
    """The sum of squares, infinite where it is too large."""
    with np.errstate(over="ignore"):
        return float(np.sum(values**2))


def given_precisions(noise_precision: Any, channels: int, sessions: int = 1) -> np.ndarray:
    """`noise_precision` as a precision matrix (channel, channel), or one per session.

    Raises
    ------
    InputError : it is none; the message says what it is.

    Examples
    --------
    >>> given_precisions(np.stack([np.eye(2)] * 3), channels=2, sessions=3).shape
    (3, 2, 2)
    """
    if np.ndim(noise_precision) != 3:
        return given_precision(noise_precision, channels)
    if len(noise_precision) != sessions:
        raise InputError(
            f"noise_precision needs one precision matrix, or one for each of {sessions} sessions; "
            f"got {len(noise_precision)}."
        )
    return np.stack([given_precision(matrix, channels) for matrix in noise_precision])


def given_precision(noise_precision: Any, channels: int) -> np.ndarray:
    """`noise_precision` as a precision matrix (channel, channel); an `InputError` says what it is if it is none.

    Examples
    --------
    >>> given_precision([[2.0, 1.0], [1.0, 2.0]], channels=2).shape
    (2, 2)
    """
    shape = f"({channels} channels, {channels} channels)"
    need = f"noise_precision needs to be None, '{RESIDUALS}' or a precision matrix {shape}"
    try:
        precision = np.asarray(noise_precision, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{need}; got {noise_precision!r}.") from None
    if precision.shape != (channels, channels):
        raise InputError(f"{need}; got {precision.shape}.")
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


def _precision(
    activity: Any,
    condition: np.ndarray,
    session: np.ndarray,
    run: np.ndarray,
    sessions: list[int],
    noise_precision: str,
    shrinkage: str | float,
) -> np.ndarray:
    """The precision of the noise that these sessions share."""
    parts = []
    for number in sessions:
        here = np.flatnonzero(session == number)
        parts.append(
            residual_moments(activity if len(here) == len(session) else activity[here], condition[here], run[here])
        )
    moments_known = [part for part in parts if part is not None]
    if not moments_known:
        where = "" if len(sessions) > 1 else f" in session {sessions[0]}"
        raise InputError(
            f"noise_precision='{noise_precision}' needs more trials than conditions and runs have means; "
            f"{len(session)} trials leave no degree of freedom{where}. Give a precision matrix (channel, channel), or "
            "noise_precision=None."
        )
    sums = moments_known[0]
    for part in moments_known[1:]:
        sums = sums + part
    need_noise(sums, f"noise_precision='{noise_precision}'")
    return inverse(shrunk_covariance(sums, shrinkage), sums, shrinkage)


def inverse(covariance: np.ndarray, sums: Moments, shrinkage: str | float) -> np.ndarray:
    """The inverse of a covariance; an `InputError` where it has none."""
    values = np.linalg.eigvalsh(covariance)
    if not values[0] > len(values) * np.finfo(float).eps * values[-1]:
        still = np.flatnonzero(np.diag(sums.products) <= 1e-24 * np.trace(sums.products))
        why = f"channels {still[:6].tolist()} (counted from 0) never vary" if len(still) else "they are too few"
        raise InputError(
            f"shrinkage={shrinkage!r} leaves the noise of {len(values)} channels, from {sums.freedom:.0f} degrees of "
            f"freedom, without an inverse: {why}. Use shrinkage='ledoit_wolf', or drop such channels."
        )
    precision = np.linalg.inv(covariance)
    return (precision + precision.T) / 2


def _before(activity: Any, latency: np.ndarray | None, baseline: tuple[float | None, float | None]) -> Any:
    """The part of `activity` in the baseline."""
    if latency is None or activity.ndim != 3:
        raise InputError(
            "noise_precision='baseline' needs activity with latencies (trial, channel, latency) and their times; "
            f"got shape {tuple(activity.shape)}{' and no latency' if latency is None else ''}. "
            "Use noise_precision='residuals'."
        )
    return activity[:, :, within(latency, *edges_of(baseline))]


def edges_of(baseline: tuple[float | None, float | None]) -> tuple[float, float]:
    """From when to when the baseline is; None is without end."""
    start, stop = baseline
    return -np.inf if start is None else start, np.inf if stop is None else stop


def within(latency: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Which latencies are in the baseline, from `start` to before `stop`."""
    inside = np.flatnonzero((latency >= start) & (latency < stop))
    if not len(inside):
        raise InputError(
            f"noise_precision='baseline' needs latencies from {start:g} to before {stop:g}; they go from "
            f"{np.min(latency):g} to {np.max(latency):g}. Name another `baseline=(start, stop)`, or use "
            "noise_precision='residuals'."
        )
    return inside


def _blocks(activity: Any) -> Iterator[np.ndarray]:
    """`activity` in blocks of latencies (trial, channel, latency), double precision."""
    if activity.ndim == 2:
        yield np.asarray(activity, dtype=float)[:, :, None]
        return
    chunks = getattr(activity, "chunks", None)
    step = max(1, BLOCK // (8 * activity.shape[0] * activity.shape[1])) if chunks is None else max(chunks[2])
    for start in range(0, activity.shape[2], step):
        yield np.asarray(activity[:, :, start : start + step], dtype=float)


def _latencies(activity: Any) -> int:
    return activity.shape[2] if activity.ndim == 3 else 1


def _basis(condition: np.ndarray, run: np.ndarray) -> np.ndarray:
    """Orthonormal columns (trial, rank) that span the means of conditions and the shifts of runs."""
    design = np.concatenate([one_hot(condition), one_hot(run)], axis=1)
    columns, sizes, _ = np.linalg.svd(design, full_matrices=False)
    return columns[:, sizes > 1e-10 * sizes[0]]


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Which of the different labels each is (..., label)."""
    return (labels[:, None] == np.unique(labels)).astype(float)
