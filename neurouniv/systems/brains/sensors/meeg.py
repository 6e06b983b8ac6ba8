"""EEG or MEG: sensors that mix all units, over the time within a trial, in noise correlated in space and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurouniv.quantities import need_number
from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors.sensor import Sensor
from neurouniv.systems.brains.trials import Trials

MICROVOLT = 1e-6
WIDEST = 10.0
"""The largest sd of the logarithm of times to peak."""
PEAK = 0.1
"""s from the onset of a unit's response to its peak."""


@dataclass(frozen=True)
class Meeg(Sensor):
    """Potentials of `channels` sensors on a scalp over the time within a trial, in V.

    Units lie anywhere on a cap and point anywhere, up or down; a sensor sums them with weights that fall off with
    distance (Gaussian, sd `spread` in radii of the head), 1 uV for a unit of activity right below. A unit's response
    rises from `onset` to a peak 0.1 s later and fades, as (x e^(1 - x))^2 with x = (t - onset)/0.1; `jitter` is the sd
    of the logarithm of its time to peak over units, so with 0 the geometry within a trial grows and fades as a whole.

    Noise: `sources` background sources, seen through the same kind of weights, and white noise of sensors with the
    share `sensor_noise` of the variance; both have the sd `noise_level` (uV) and the correlation `autocorrelation`
    from sample to sample, whatever the latency.
    """

    start: float = -0.1
    stop: float = 0.5
    rate: float = 50.0
    onset: float = 0.05
    jitter: float = 0.2
    spread: float = 0.4
    sources: int = 40
    noise_level: float = 1.0
    sensor_noise: float = 0.2
    autocorrelation: float = 0.8

    name: ClassVar[str] = "meeg"
    units: ClassVar[str] = "V"
    mixes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        need_number(self.jitter, "jitter", 0, WIDEST)
        shares = 0 <= self.autocorrelation < 1 and 0 <= self.sensor_noise <= 1
        positive = min(self.rate, self.spread, self.sources, self.noise_level) > 0
        if not (shares and positive and self.stop > self.start and self.stop > self.onset):
            raise InputError(
                "Sensors need start before stop, onset before stop, a positive rate, spread, sources and noise_level, "
                f"and shares for sensor_noise and autocorrelation; got {self}."
            )

    def means(self, patterns: np.ndarray, channels: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
        units = patterns.shape[-1]
        lead = self._lead_field(units, channels, rng) * MICROVOLT
        slowness = np.exp(self.jitter * rng.standard_normal(units))
        course = response((self.latency() - self.onset) / (PEAK * slowness[:, None]))
        shown = [(patterns * course[:, moment]) @ lead for moment in range(course.shape[1])]
        return np.stack(shown, axis=-1), {}

    def deviations(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator
    ) -> tuple[np.ndarray, Trials]:
        from scipy.signal import lfilter

        _, _, channels, moments = means.shape
        field = self._lead_field(self.sources, channels, rng)
        field *= np.sqrt((1 - self.sensor_noise) / np.maximum((field**2).sum(axis=0), 1e-300))
        covariance = field.T @ field + self.sensor_noise * np.eye(channels)
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))).T * self.noise_level * MICROVOLT
        noise = rng.standard_normal((moments, len(trials), channels))
        noise[1:] *= np.sqrt(1 - self.autocorrelation**2)
        noise = lfilter([1.0], [1.0, -self.autocorrelation], noise, axis=0)
        return np.moveaxis(noise @ root, 0, -1), trials

    def latency(self) -> np.ndarray:
        return self.start + np.arange(round((self.stop - self.start) * self.rate) + 1) / self.rate

    def channel_names(self, channels: int) -> np.ndarray:
        return np.array([f"EEG{number:03d}" for number in range(1, channels + 1)])

    def _lead_field(self, sources: int, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Weights (source, channel) of sources at random places on the cap, with a random direction."""
        inside, outside = _cap(rng.random((sources, 2))), _cap(_spiral(channels))
        squared = ((inside[:, None] - outside) ** 2).sum(-1)
        return rng.standard_normal((sources, 1)) * np.exp(-0.5 * squared / self.spread**2)


def response(x: np.ndarray) -> np.ndarray:
    """The course of a unit's response: (x e^(1 - x))^2 from x = 0 on, 1 at its peak x = 1, 0 before.

    Examples
    --------
    >>> response(np.array([-1.0, 0.0, 1.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    x = np.maximum(x, 0.0)
    return (x * np.exp(1 - x)) ** 2


def _spiral(count: int) -> np.ndarray:
    """Numbers (count, 2) in [0, 1) that spread evenly: the golden spiral."""
    index = np.arange(count)
    return np.stack([(index + 0.5) / count, (index * (np.sqrt(5) - 1) / 2) % 1], axis=1)


def _cap(numbers: np.ndarray) -> np.ndarray:
    """Places (..., 3) on the upper half of the unit sphere, even where `numbers` (..., 2) are even."""
    height, turn = numbers[:, 0], 2 * np.pi * numbers[:, 1]
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
