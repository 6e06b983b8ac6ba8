"""The time of one learner that is most like a time of another, and the gain of training, with errors."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.universality.held_out.condition_order import canonical_pairs
from neurouniv.universality.inference.bootstrap import Fold, Resamples, bootstrap_scores, deal, draw, mean_over_subjects
from neurouniv.universality.inference.p_values import infer
from neurouniv.universality.inference.resampled_similarity import Resampled
from neurouniv.universality.scores.noise_ceiling import MEMBERS

SPLITS, SPLITS_OF_RESAMPLES = 20, 2
"""Random halves of the conditions, in the data and in every resample: a step is chosen on one, read on the other."""
LEAST_TO_HALVE = 8
"""With fewer conditions a half has fewer than six pairs."""
BOUNDS = (2.5, 97.5)
QUANTITIES = ("best_step", "best", "final", "untrained", "final_gain", "best_gain")
WITH_INTERVAL = ("best_step", "final_gain", "best_gain")


def best_steps(ours: xr.DataArray, theirs: xr.DataArray, comparator: str, resamples: int, seed: int) -> xr.Dataset:
    """The best, last and first time of `ours` for every time of `theirs`; see `neurouniv.rsa_between` for what comes.

    Parameters
    ----------
    ours, theirs : (..., time_a, pair) and (..., time_b, pair), the same pairs. Members of `theirs` (subject_b) are a
        sample: similarities are averaged over them, and resampled with the conditions.
    """
    pairs = canonical_pairs(theirs)
    members = [dim for dim in theirs.dims if str(dim).removesuffix("_b") in MEMBERS and str(dim).endswith("_b")]
    sample = theirs.stack(_member=members, create_index=False) if members else theirs.expand_dims("_member")
    drawn = draw(len(pairs.names), sample.sizes["_member"], resamples, seed)

    def of_one(net: np.ndarray, rec: np.ndarray) -> tuple[np.ndarray, ...]:
        return _one_recording(net, rec, pairs.ends, drawn, comparator, seed)

    arrays = xr.apply_ufunc(
        of_one,
        ours.drop_vars(["first", "second"]),
        sample.drop_vars(["first", "second"]),
        input_core_dims=[["time_a", "pair"], ["_member", "time_b", "pair"]],
        output_core_dims=[["time_b"]] * len(QUANTITIES) + [["time_b", "bound"]] * len(WITH_INTERVAL),
        vectorize=True,
    )
    names = [*QUANTITIES, *(f"{name}_interval" for name in WITH_INTERVAL)]
    result = xr.Dataset(dict(zip(names, arrays, strict=True)), {"bound": ["lower", "upper"]})
    return _at_times(result, ours["time_a"].values)


def _at_times(result: xr.Dataset, times: np.ndarray) -> xr.Dataset:
    """`best_step` and its interval as times, of which numbers of frames came."""
    for name in ("best_step", "best_step_interval"):
        mask = result[name].notnull()
        result[name] = mask.copy(data=times.astype(float)[result[name].fillna(0).values.astype(int)]).where(mask)
    return result


def _one_recording(
    net: np.ndarray, rec: np.ndarray, ends: np.ndarray, drawn: Resamples, comparator: str, seed: int
) -> tuple[np.ndarray, ...]:
    """All `QUANTITIES` (time_b,) and intervals (time_b, 2), of `net` (time_a, pair), `rec` (member, time_b, pair)."""
    predicted = np.broadcast_to(net[:, None, None], (len(net), 1, *rec.shape[1:]))
    scores = bootstrap_scores([Fold(rec, predicted, ends)], drawn, comparator)
    similarities = mean_over_subjects(scores.each[None], np.ones((1, len(rec))))[0]
    best, steps = _highest(similarities), _highest(scores.both)
    gains = bootstrap_scores([Fold(rec, predicted[[0, -1]], ends)], drawn, comparator, reference=0)
    final = infer(gains, drawn)
    gain, half = _gain_on_other_half(net, rec, ends, drawn, comparator, seed)
    limits, known = np.full((len(gain), 2), np.nan), np.isfinite(steps).any(0)
    if known.any():
        limits[known] = np.nanpercentile(steps[:, known], BOUNDS, axis=0, method="nearest").T
    return (
        best, _at_step(similarities, best), similarities[-1], similarities[0], final.estimate[-1], gain, limits,
        np.stack([final.lower[-1], final.upper[-1]], -1), np.stack([gain - half, gain + half], -1),
    )  # fmt: skip


def _gain_on_other_half(
    net: np.ndarray, rec: np.ndarray, ends: np.ndarray, drawn: Resamples, comparator: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The gain of the best step over the first, chosen on one half of the conditions and read on the other.

    The mean over random halves (time_b,), and half a 95 % interval from the bootstrap, in which halves are drawn anew;
    NaN with too few conditions.
    """
    n = drawn.conditions.shape[1]
    if n < LEAST_TO_HALVE:
        unknown = np.full(rec.shape[1], np.nan)
        return unknown, unknown
    rng = np.random.default_rng([seed, n])

    def gains(counts: np.ndarray, subjects: np.ndarray, splits: int) -> np.ndarray:
        """(split, resample, time_b)"""
        half = deal(counts, 2, splits, rng)
        halves = []
        for side in (0, 1):
            drawn_counts = np.where(half == side, counts, 0.0).reshape(-1, n)
            similarities = Resampled(drawn_counts, ends, comparator)(rec[None], net[:, None, None])
            halves.append(mean_over_subjects(similarities, np.tile(subjects, (splits, 1))))
        both = [_read(chosen, read) for chosen, read in (halves, halves[::-1])]
        return np.mean(both, axis=0).reshape(splits, len(counts), -1)

    estimates = gains(np.ones((1, n)), np.ones((1, len(rec))), SPLITS)
    resampled = gains(drawn.conditions, drawn.subjects, SPLITS_OF_RESAMPLES).mean(0)
    gain, error = np.full((2, rec.shape[1]), np.nan)
    known, scattered = np.isfinite(estimates).any((0, 1)), np.isfinite(resampled).sum(0) > 1
    gain[known] = np.nanmean(estimates[..., known], axis=(0, 1))
    error[scattered] = np.sqrt(np.nanvar(resampled[:, scattered], axis=0, ddof=1) * n / (n - 1))
    return gain, stats.t.isf(0.025, n - 1) * error


def _read(chosen: np.ndarray, read: np.ndarray) -> np.ndarray:
    """`read` less its first step, at the step where `chosen` is highest: (..., step, time_b) to (..., time_b)."""
    return _at_step(read, _highest(chosen)) - read[..., 0, :]


def _highest(similar: np.ndarray) -> np.ndarray:
    """The best step (..., time_b), of similarities (..., step, time_b); NaN where none is known."""
    best = np.where(np.isfinite(similar), similar, -np.inf).argmax(-2).astype(float)
    return np.where(np.isfinite(similar).any(-2), best, np.nan)


def _at_step(similar: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The similarity at `step` (..., time_b); NaN where that is."""
    place = np.nan_to_num(step).astype(int)[..., None, :]
    return np.where(np.isfinite(step), np.take_along_axis(similar, place, -2)[..., 0, :], np.nan)
