"""Spiking neurons: Poisson counts or more variable ones, neurons that rest after a spike, neurons that burst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.brains.sensors.sensor import Seen, Sensor, noise_for
from neurouniv.systems.brains.snr import signal_variance
from neurouniv.systems.brains.trials import Trials

LONGEST = 3600.0
"""The longest trial in s."""
MOST_SPIKES, MOST_DRAWN = 1e15, 1e18
"""The most spikes of a trial in the mean, and the largest mean that Poisson numbers are drawn of."""


@dataclass(frozen=True)
class Spikes(Sensor):
    """Spike rates: a unit of activity a fires at `baseline + rate_gain * a` spikes/s, floored at 0, in `window` s.

    `noise` is the Fano factor of the counts, see `spike_counts`. What the counts tell beyond the mean of a trial is
    left out: there is no time within the trial.
    """

    rate_gain: float = 10.0
    baseline: float = 10.0
    window: float = 1.0

    name: ClassVar[str] = "spikes"
    units: ClassVar[str] = "spikes/s"
    truth: ClassVar[str] = "rate"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.rate_gain > 0 and 0 < self.window <= LONGEST):
            raise InputError(
                f"A simulated brain needs a positive rate_gain and window, which is at most {LONGEST:g} s; got "
                f"{self.rate_gain} and {self.window}."
            )

    def means(self, patterns: np.ndarray, channels: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
        drive = driven(self.baseline, self.rate_gain, patterns, self.window)
        return np.maximum(drive, 0.0), {"clipped_share": clipped(drive)}

    def deviations(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator
    ) -> tuple[np.ndarray, Trials]:
        mean = means[trials.cell]
        return self.counts(mean * self.window, 1.0, rng) / self.window - mean, trials

    def counts(self, mean: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Spikes in trials that have `mean` of them, of variance noise * mean."""
        return spike_counts(mean, noise, rng)

    def natural(self, means: np.ndarray) -> np.ndarray:
        """The variance of a trial's rate at noise = 1, for neurons that fire at `means` spikes/s."""
        return means / self.window

    def observed(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator, noise: float,
        snr: float | None, recorded: np.ndarray | None,
    ) -> Seen:  # fmt: skip
        if snr is not None:
            natural = self.natural(means).mean(axis=1)
            natural = natural.mean() if recorded is None else natural[recorded].mean()
            noise = noise_for(snr, signal_variance(means, recorded), natural)
        return Seen(self.counts(means[trials.cell] * self.window, noise, rng) / self.window, trials, noise)


@dataclass(frozen=True)
class BurstySpikes(Spikes):
    """Neurons that fire in bursts: Poisson events of 1, 2, ... spikes, their number geometric.

    With b spikes a burst on average the counts' variance is 2 b - 1 times their mean; `noise` >= 1 sets b.
    """

    name: ClassVar[str] = "bursty"

    def counts(self, mean: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        if noise == 0:
            return mean
        _need_whole(noise, "bursty")
        size = (noise + 1) / 2
        bursts = poisson(mean / size, rng)
        if size == 1:
            return bursts
        more = poisson(rng.standard_gamma(np.maximum(bursts, 1)) * (size - 1), rng)  # negative binomial
        return bursts + np.where(bursts > 0, more, 0)


@dataclass(frozen=True)
class RefractorySpikes(Spikes):
    """Neurons that rest for `dead_time` s after a spike: more regular than Poisson, the more the faster they fire.

    At r spikes/s the variance of counts is about (1 - r dead_time)^2 times their mean, up to effects of the window's
    edges. `noise` multiplies it, by a rate that varies between trials: 1 or more.
    """

    dead_time: float = 0.005

    name: ClassVar[str] = "refractory"

    def natural(self, means: np.ndarray) -> np.ndarray:
        return means * (1 - means * self.dead_time) ** 2 / self.window

    def counts(self, mean: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        if noise == 0:
            return mean
        _need_whole(noise, "refractory")
        rate = mean / self.window
        if rate.max(initial=0.0) * self.dead_time >= 0.9:
            raise InputError(
                f"Neurons with a dead time of {self.dead_time:g} s fire at well below {1 / self.dead_time:g} spikes/s; "
                f"got {rate.max():.3g}. Give a smaller dead_time, baseline or rate_gain."
            )
        if noise > 1:
            rate = self._varied(rate, noise, rng)
        return renewal_counts(rate, self.dead_time, self.window, rng)

    def _varied(self, rate: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Rates of single trials, of the mean `rate` and (noise - 1) times the counting variance."""
        variance = np.maximum((noise - 1) * self.natural(rate), 1e-12)
        scale = variance / np.maximum(rate, 1e-12)
        return np.minimum(rng.standard_gamma(np.maximum(rate, 1e-12) / scale) * scale, 0.9 / self.dead_time)


def spike_counts(mean: np.ndarray, fano: float, rng: np.random.Generator) -> np.ndarray:
    """Random counts of the given mean and of variance `fano` * mean.

    1 is Poisson; above 1, Poisson with a rate that varies between trials as a gamma variable (negative binomial
    counts); below 1, fano * Poisson(mean / fano), which is no whole number of spikes; 0 gives the mean itself.

    Examples
    --------
    >>> spike_counts(np.array([2.5]), 0.0, np.random.default_rng(0)).tolist()
    [2.5]
    """
    if fano == 0:
        return mean
    if fano < 1:
        with np.errstate(over="ignore"):
            return fano * poisson(mean / fano, rng)
    if fano > 1:
        mean = rng.gamma(mean / (fano - 1), fano - 1)
    return poisson(mean, rng)


def poisson(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Poisson numbers of the given mean.

    Raises
    ------
    InputError : a mean is larger than such numbers can be.
    """
    largest = mean.max(initial=0.0)
    if largest > MOST_DRAWN:
        raise InputError(
            f"Poisson numbers are drawn of means up to {MOST_DRAWN:g}; {largest:.3g} is needed. Give a smaller "
            "baseline, rate_gain or window, or more noise (a lower snr); noise=0 gives the noise-free activity."
        )
    return rng.poisson(mean)


def driven(baseline: float, rate_gain: float, patterns: np.ndarray, window: float) -> np.ndarray:
    """The rates of neurons before the floor at 0.

    Raises
    ------
    InputError : a trial of `window` s has more spikes than can be counted.
    """
    with np.errstate(over="ignore"):
        drive = baseline + rate_gain * patterns
        spikes = drive.max(initial=0.0) * max(window, 1.0)
    if spikes > MOST_SPIKES:
        raise InputError(
            f"Neurons fire up to {MOST_SPIKES:g} spikes in a trial or a second; got {spikes:.3g}. Give a smaller "
            "baseline, rate_gain or window."
        )
    return drive


def renewal_counts(rate: np.ndarray, dead_time: float, window: float, rng: np.random.Generator) -> np.ndarray:
    """Spikes in `window` s of neurons that fire at `rate` spikes/s and rest for `dead_time` s after each spike.

    The process is stationary: at the start a neuron rests with probability rate * dead_time (its rest then having a
    uniform part left), and otherwise waits an exponential time, as it does after every rest. So the mean count is rate
    * window exactly.

    Examples
    --------
    >>> abs(renewal_counts(np.array([90.0]), 0.01, 1.0, np.random.default_rng(0)) - 90) <= 3
    array([ True])
    """
    flat = rate.ravel()
    busy = flat * dead_time
    active = flat > np.finfo(float).tiny
    wait = np.divide(1 - busy, flat, out=np.full_like(flat, np.inf), where=active)  # mean wait after a rest
    counts = np.zeros(flat.size, dtype=np.int64)
    resting = rng.random(flat.size) < busy
    left = window - resting * dead_time * rng.random(flat.size)
    who = np.flatnonzero(active)
    left, wait = left[who], wait[who]
    while who.size:
        left = left - wait * rng.standard_exponential(who.size)
        fires = left > 0
        who, left, wait = who[fires], left[fires] - dead_time, wait[fires]
        counts[who] += 1
    return counts.reshape(rate.shape)


def clipped(drive: np.ndarray) -> float:
    """The share of rates that would be negative, with a warning where there are any."""
    share = float((drive < 0).mean())
    if share:
        warn(
            f"{share:.1%} of the neurons' rates would be negative and are floored at 0, so distances between rates are "
            "no longer rate_gain² times those of the hidden units. Raise `baseline` or lower `rate_gain`."
        )
    return share


def _need_whole(noise: float, name: str) -> None:
    if noise < 1:
        raise InputError(
            f"Spikes of sensors='{name}' vary at least as much as at noise=1; {noise:.3g} is needed. Ask for a lower "
            "snr, give a longer window or a larger rate_gain, or use sensors='spikes'."
        )
