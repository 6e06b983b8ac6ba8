"""SNR, the signal to noise ratio of a trial, with one definition for real and simulated recordings.

For a channel of a session, the signal is the variance over conditions of its true means, the noise the variance of
one trial around its mean, what all conditions of a run share left out of both. SNR is the ratio of their means over
channels, latencies and sessions: the share of one trial's variance that tells conditions apart, as odds.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.schema import InputError, warn
from neurouniv.systems.brains.trials import Trials
from neurouniv.systems.recordings.checks.check import check_recording

ROUNDING = 1e-14
"""The share of the power of means that rounding may leave as their noise."""


@public
def estimate_snr(rec: xr.Dataset) -> xr.Dataset:
    """The SNR of a recording, unbiased by its noise: signal from what runs agree on, noise from what they do not.

    With M_f the means of a run f (run, condition, channel), centred over conditions: the signal is the mean over pairs
    of runs of <M_f, M_g>/(conditions - 1), as in a split-half covariance; the noise of a run's means is <M_f,
    M_f>/(conditions - 1) less that, and the noise of a trial so many times as large as there are trials in a mean.

    Parameters
    ----------
    rec : `activity` (trial, channel[, latency]) with `condition` and, where known, `session` and `run` (without runs
        every other trial of a condition makes a half). Conditions that a run lacks, and channels not `recorded` in
        all trials of a session, are left out there. Give one subject at a time.

    For comparison: 0.35 for neurons of inferior temporal cortex and 21 objects, in the mean of 0.1 to 0.5 s after each;
    0.20 in windows of 150 ms (Zhang et al. 2011).

    Returns
    -------
    Dataset of `snr`, over all sessions; `signal` and `noise` (session), variances in squared units of activity; and
    `snr_by_session` (session). A signal below 0 is noise. Without any noise an SNR is infinite.

    Raises
    ------
    InputError : no session has two runs, or two trials a condition, of two conditions or more; activity does not
        vary; or there are several subjects.

    Warns
    -----
    NeurounivWarning : there is no noise.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> patterns = np.repeat(rng.normal(size=(20, 200)), 8, axis=0) * 2
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), patterns + rng.normal(size=patterns.shape))})
    >>> rec = rec.assign_coords(condition=("trial", np.repeat(np.arange(20), 8).astype(str)))
    >>> round(float(estimate_snr(rec).snr), 1)
    4.0
    """
    rec = check_recording(rec)
    _need_one_subject(rec)
    recorded = rec.recorded.values if "recorded" in rec.coords else None
    names, session = np.unique(_labels(rec, "session"), return_inverse=True)
    condition = np.unique(rec.condition.values, return_inverse=True)[1]
    run = np.unique(_labels(rec, "run"), return_inverse=True)[1] if "run" in rec.coords else _halves(session, condition)
    signal, noise = variances(rec.activity.values, Trials(session, run, condition), recorded)
    if not np.isfinite(noise).any():
        raise InputError(
            "An SNR needs a session with two runs, or two trials, of at least two conditions; there is none. Merge "
            "sessions, or split trials into runs: `neurouniv.learning_axis(rec, windows=6)`."
        )
    _need_variance(signal, noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = xr.Dataset({"snr": ((), np.nanmean(signal) / np.nanmean(noise))}, {"session": names})
        return result.assign(
            signal=("session", signal), noise=("session", noise), snr_by_session=("session", signal / noise)
        )


def _need_variance(signal: np.ndarray, noise: np.ndarray) -> None:
    """Raise `InputError` where activity does not vary at all; warn where runs agree to the last digit."""
    if not np.nansum(np.abs(signal)) + np.nansum(noise) > 0:
        raise InputError(
            "An SNR needs activity that varies; every channel has one value here, or values that differ by less than "
            "doubles can square. Check the field given as `activity`."
        )
    if (noise == 0).any():
        warn(
            f"Runs agree to the last digit in {int((noise == 0).sum())} of {noise.size} sessions: there is no noise, "
            "and the SNR there is infinite, or NaN where nothing varies. Are values rounded, or copied to all runs?"
        )


def variances(values: np.ndarray, trials: Trials, recorded: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Variances (session,) of signal and of a trial's noise in `values` (trial, channel, ...); see `estimate_snr`."""
    by_session = []
    for session in range(trials.session.max(initial=0) + 1):
        here = np.flatnonzero(trials.session == session)
        part = values[here]
        if recorded is not None:
            part = part[:, recorded[here].all(axis=0)]
        by_session.append(_of_session(part.reshape(len(part), -1), trials.run[here], trials.condition[here]))
    signal, noise = np.array(by_session).T
    return signal, noise


def signal_variance(means: np.ndarray, recorded: np.ndarray | None = None) -> float:
    """The mean over sessions and channels of the variance over conditions of true `means` (session, condition, ...)."""
    variance = means.var(axis=1, ddof=1)
    if recorded is not None:
        variance = variance[recorded]
    return float(variance.mean())


def _of_session(values: np.ndarray, run: np.ndarray, condition: np.ndarray) -> tuple[float, float]:
    cell = run * (condition.max() + 1) + condition
    counts = np.bincount(cell, minlength=(run.max() + 1) * (condition.max() + 1)).reshape(run.max() + 1, -1)
    counts = counts[counts.any(axis=1)]
    common = (counts > 0).all(axis=0)
    folds, conditions = len(counts), int(common.sum())
    if folds < 2 or conditions < 2 or not values.size:
        return np.nan, np.nan
    means = _cell_means(values, run, condition)[:, common]
    means -= means.mean(axis=1, keepdims=True)
    freedom = (conditions - 1) * values.shape[1]
    power = (means**2).sum() / folds / freedom
    both = (means.sum(axis=0) ** 2).sum() / folds / freedom  # own + (folds - 1) * signal
    signal = (both - power) / (folds - 1)
    if power - signal <= ROUNDING * power:
        return power, 0.0  # the same in every run
    return signal, (power - signal) / float((1 / counts[:, common]).mean())


def _cell_means(values: np.ndarray, run: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """Means (run, condition, channel), of the runs that there are."""
    from scipy.sparse import csr_array

    run = np.unique(run, return_inverse=True)[1]
    cell = run * (condition.max() + 1) + condition
    n = (run.max() + 1) * (condition.max() + 1)
    sums = csr_array((np.ones(len(cell)), (cell, np.arange(len(cell)))), shape=(n, len(cell))) @ values
    counts = np.maximum(np.bincount(cell, minlength=n), 1)
    return (sums / counts[:, None]).reshape(run.max() + 1, -1, values.shape[1])


def _need_one_subject(rec: xr.Dataset) -> None:
    if "subject" in rec.coords and len(np.unique(rec.subject.values)) > 1:
        raise InputError(
            f"An SNR is of one subject; got {len(np.unique(rec.subject.values))}. Take one: "
            "`rec.isel(trial=rec.subject.values == '01')`."
        )


def _labels(rec: xr.Dataset, name: str) -> np.ndarray:
    if name in rec.coords and rec[name].dims == ("trial",):
        return rec[name].values
    return np.ones(rec.sizes["trial"], dtype=int)


def _halves(session: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """0 and 1 in turn for the trials of a condition in a session."""
    cell = session * (condition.max() + 1) + condition
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], cell[order])
    half = np.empty(len(cell), dtype=int)
    half[order] = (np.arange(len(cell)) - starts) % 2
    return half
