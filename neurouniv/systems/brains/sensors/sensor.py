"""What every sensor does: it turns the activity of units into noise-free measurements, and adds its noise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from neurouniv.quantities import need_numbers_in
from neurouniv.schema import InputError
from neurouniv.systems.brains.snr import signal_variance, variances
from neurouniv.systems.brains.trials import Trials

LEAST_NOISE, MOST_NOISE = 1e-15, 1e12
"""Noise that an SNR can ask for, in multiples of a sensor's own: less is rounding, more has no spike counts."""


class Seen(NamedTuple):
    """`activity` (trial, channel[, latency]) of `trials`, and its `noise` in multiples of the sensor's own."""

    activity: np.ndarray
    trials: Trials
    noise: float


@dataclass(frozen=True)
class Sensor(ABC):
    """A kind of recording.

    `name` is what users call it, `units` those of its activity, `truth` the name of its noise-free measurements.
    `mixes` tells whether a channel is a mixture of all units, or one of them.
    """

    name: ClassVar[str]
    units: ClassVar[str]
    truth: ClassVar[str] = "noise_free"
    mixes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        need_numbers_in(self)

    @abstractmethod
    def means(self, patterns: np.ndarray, channels: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
        """Noise-free measurements (session, condition, channel[, latency]) of patterns (session, condition, unit), and
        what else is to be told of them."""

    @abstractmethod
    def deviations(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator
    ) -> tuple[np.ndarray, Trials]:
        """The noise of trials (trial, channel[, latency]) at its natural size, and the trials it belongs to."""

    def latency(self) -> np.ndarray | None:
        """Times within the trial in s, where the sensor follows them."""
        return None

    def channel_names(self, channels: int) -> np.ndarray:
        """What mixed channels are called."""
        return np.arange(channels)

    def settings(self) -> dict[str, Any]:
        """The settings as attributes of a recording."""
        return asdict(self)

    def observed(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator, noise: float,
        snr: float | None, recorded: np.ndarray | None,
    ) -> Seen:  # fmt: skip
        """Measurements of single trials.

        Parameters
        ----------
        noise : the variance of the noise, in multiples of its natural size.
        snr : sets `noise` instead, so that `neurouniv.estimate_snr` finds this on average.
        recorded : (session, channel), where the signal is to be looked for; None for everywhere.
        """
        deviations, observed_trials = self.deviations(patterns, means, trials, rng)
        if snr is not None:
            there = None if recorded is None else recorded[observed_trials.session]
            each = variances(deviations, observed_trials, there)[1]
            natural = float(each[np.isfinite(each)].mean()) if np.isfinite(each).any() else 0.0
            noise = noise_for(snr, signal_variance(means, recorded), natural)
        if noise == 0:
            return Seen(means[observed_trials.cell], observed_trials, noise)
        deviations *= np.sqrt(noise)
        deviations += means[observed_trials.cell]
        return Seen(deviations, observed_trials, noise)


def noise_for(snr: float, signal: float, natural: float) -> float:
    """The multiple of a `natural` noise variance at which a `signal` variance has that SNR."""
    if not (signal > 0 and natural > 0):
        raise InputError(
            f"An SNR needs a signal and noise that can be measured; their variances are {signal:g} and {natural:g}. "
            "Use at least 2 runs and a brain whose conditions differ, or give `noise` instead of `snr`."
        )
    with np.errstate(over="ignore", divide="ignore"):
        noise = float(np.float64(signal / natural) / snr)
    if noise > MOST_NOISE or 0 < noise < LEAST_NOISE:
        raise InputError(
            f"snr={snr:g} takes noise of {noise:.3g} times the sensors' own, for the variance between conditions is "
            f"{signal:.3g}; noise is simulated from {LEAST_NOISE:g} to {MOST_NOISE:g} times. Give another snr, or a "
            "task whose conditions differ by more than rounding."
        )
    return noise
