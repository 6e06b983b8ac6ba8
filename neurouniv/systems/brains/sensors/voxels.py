"""Functional MRI: voxels that mix nearby units, estimated from a sluggish response in noisy scans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors.sensor import Sensor
from neurouniv.systems.brains.trials import Trials, once_a_run


@dataclass(frozen=True)
class Voxels(Sensor):
    """Response amplitudes (betas) of voxels, one for every condition of a run, or with `single_trials` for every trial.

    Units and voxels lie on a square sheet of side 1, the units anywhere, the voxels on a grid; a voxel sums the units
    around it with Gaussian weights of sd `point_spread`, whose squares sum to 1. Every `spacing` s a trial sets off a
    double-gamma haemodynamic response, sampled every `scan` s with noise of sd `scan_noise`, autocorrelated from scan
    to scan (AR(1), `autocorrelation`) and from voxel to voxel (smoothed with `noise_spread`). Betas are what
    generalised least squares makes of the run: the true amplitudes plus noise of covariance (X' V^-1 X)^-1, X the
    design with an intercept, so that trials whose responses overlap have noise in common.
    """

    point_spread: float = 0.1
    noise_spread: float = 0.1
    spacing: float = 4.0
    scan: float = 2.0
    scan_noise: float = 0.3
    autocorrelation: float = 0.4
    single_trials: bool = False

    name: ClassVar[str] = "voxels"
    units: ClassVar[str] = "beta"
    mixes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.point_spread, self.noise_spread, self.spacing, self.scan, self.scan_noise) <= 0 or not (
            0 <= self.autocorrelation < 1
        ):
            raise InputError(
                "Voxels need a positive point_spread, noise_spread, spacing, scan and scan_noise, and autocorrelation "
                f"from 0 to below 1; got {self}."
            )

    def means(self, patterns: np.ndarray, channels: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
        places = rng.random((patterns.shape[-1], 2))
        return patterns @ _weights(places, _grid(channels), self.point_spread), {}

    def deviations(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator
    ) -> tuple[np.ndarray, Trials]:
        observed_trials = trials if self.single_trials else once_a_run(trials)
        channels = means.shape[-1]
        smooth = _weights(_grid(channels), _grid(channels), self.noise_spread)
        noise = rng.standard_normal((len(observed_trials), channels)) @ smooth
        for session, run in np.unique(np.stack([trials.session, trials.run]), axis=1).T:
            shown = trials.condition[(trials.session == session) & (trials.run == run)]
            here = (observed_trials.session == session) & (observed_trials.run == run)
            noise[here] = self.scan_noise * self.root(shown, observed_trials.condition[here]) @ noise[here]
        return noise, observed_trials

    def root(self, shown: np.ndarray, estimated: np.ndarray) -> np.ndarray:
        """A matrix L with L L' the covariance of a run's betas at unit noise of the scans.

        Parameters
        ----------
        shown : the condition of each trial of the run, in order. estimated : the condition of each beta, or with
            `single_trials` of each trial, in the same order.
        """
        response = self.responses(len(shown))
        if not self.single_trials:
            response = response @ (shown[:, None] == estimated)
        design = np.column_stack([response, np.ones(len(response))])
        white = design.copy()
        white[1:] -= self.autocorrelation * design[:-1]
        white[0] *= np.sqrt(1 - self.autocorrelation**2)
        white /= np.sqrt(1 - self.autocorrelation**2)
        precision = white.T @ white
        if len(design) <= design.shape[1] or np.linalg.cond(precision) > 1e10:
            raise InputError(
                f"{design.shape[1] - 1} responses cannot be separated in {len(design)} scans of {self.scan:g} s. Give "
                "voxels a longer `spacing`, a shorter `scan`, or single_trials=False."
            )
        return np.linalg.cholesky(np.linalg.inv(precision)[:-1, :-1])

    def responses(self, trials: int) -> np.ndarray:
        """The response to each trial of a run (scan, trial), each peaking at 1."""
        time = np.arange(0.0, trials * self.spacing + 20.0, self.scan)
        return haemodynamic(time[:, None] - self.spacing * np.arange(trials))


def haemodynamic(time: np.ndarray) -> np.ndarray:
    """The double-gamma response to a brief event at 0 s: t^5 e^-t/5! - t^15 e^-t/(6 15!), scaled to peak at 1.

    The parameters are those of SPM: peak after 5 s, undershoot after 15 s, a sixth of its size.

    Examples
    --------
    >>> haemodynamic(np.array([-1.0, 0.0, 5.0, 15.0])).round(2).tolist()
    [0.0, 0.0, 1.0, -0.09]
    """
    from scipy.stats import gamma

    positive = np.maximum(time, 0.0)
    return (gamma.pdf(positive, 6) - gamma.pdf(positive, 16) / 6) / 0.175438


def _grid(channels: int) -> np.ndarray:
    """Places of voxels (voxel, 2) on a square grid over the sheet, as square as their number allows."""
    side = int(np.ceil(np.sqrt(channels)))
    rows, columns = np.divmod(np.arange(channels), side)
    return (np.stack([rows, columns], axis=1) + 0.5) / side


def _weights(sources: np.ndarray, places: np.ndarray, spread: float) -> np.ndarray:
    """Gaussian weights (source, place), whose squares sum to 1 at every place."""
    squared = ((sources[:, None] - places) ** 2).sum(-1)
    squared = squared - squared.min(axis=0)  # the nearest source counts, however far
    weights = np.exp(-0.5 * squared / spread**2)
    return weights / np.sqrt((weights**2).sum(axis=0))
