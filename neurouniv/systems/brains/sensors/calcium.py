"""Calcium imaging: spikes through a slow, saturating indicator and a noisy camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurouniv.quantities import need_number
from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors.sensor import Sensor
from neurouniv.systems.brains.sensors.spikes import LONGEST, clipped, driven, poisson
from neurouniv.systems.brains.trials import Trials

DARKEST = 1e-9
"""The least fluorescence at rest: below it dF/F is of no use. A convention."""


@dataclass(frozen=True)
class Calcium(Sensor):
    """dF/F of neurons: Poisson spikes, each adding 1 to calcium that decays with `decay` s, seen through a Hill curve.

    A unit of activity a fires at `baseline + rate_gain * a` spikes/s from the start of its trial; before, it fires at
    `baseline`, whose calcium c0 = baseline * decay gives the resting fluorescence F0. Fluorescence is
    F(c) = c^hill / (c^hill + half^hill), dF/F = (F - F0) / F0, and every frame has camera noise of sd `camera`.
    Activity is the mean over the `window`, or with `frames` every frame at its latency.

    The noise-free measurement is the expected one (spikes taken as Gaussian, for the curve). `noise` multiplies the
    variance of the deviations from it, spiking and camera together.
    """

    rate_gain: float = 10.0
    baseline: float = 10.0
    window: float = 1.0
    decay: float = 0.5
    half: float = 10.0
    hill: float = 2.0
    camera: float = 0.2
    frame_rate: float = 10.0
    frames: bool = False

    name: ClassVar[str] = "calcium"
    units: ClassVar[str] = "dF/F"

    def __post_init__(self) -> None:
        super().__post_init__()
        positive = (self.rate_gain, self.baseline, self.window, self.decay, self.half, self.hill, self.frame_rate)
        need_number(self.window, "window of Calcium", high=LONGEST)
        if min(positive) <= 0 or self.camera < 0 or self._count() < 1:
            raise InputError(
                "Calcium needs a positive rate_gain, baseline, window, decay, half, hill and frame_rate, a camera of 0 "
                f"or more and a frame in the window; got {self}."
            )
        rest = float(self._hill(np.array(self.baseline * self.decay)))
        if rest < DARKEST:
            raise InputError(
                f"Calcium needs {DARKEST:g} of its largest fluorescence at rest, which changes are divided by; got "
                f"{rest:.2g}. Give a larger baseline or decay."
            )

    def means(self, patterns: np.ndarray, channels: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
        drive = driven(self.baseline, self.rate_gain, patterns, self.window)
        return self._expected(np.maximum(drive, 0.0)), {"clipped_share": clipped(drive)}

    def deviations(
        self, patterns: np.ndarray, means: np.ndarray, trials: Trials, rng: np.random.Generator
    ) -> tuple[np.ndarray, Trials]:
        measured = self._seen(self._rates(patterns)[trials.cell], rng)
        measured -= means[trials.cell]
        return measured, trials

    def _rates(self, patterns: np.ndarray) -> np.ndarray:
        return np.maximum(self.baseline + self.rate_gain * patterns, 0.0)

    def latency(self) -> np.ndarray | None:
        return (np.arange(self._count()) + 1) / self.frame_rate if self.frames else None

    def _count(self) -> int:
        return round(self.window * self.frame_rate)

    def _decay(self) -> tuple[float, float]:
        """What a frame leaves of the calcium, and what a spike in a frame adds by its end."""
        kept = np.exp(-1 / (self.frame_rate * self.decay))
        return kept, self.decay * self.frame_rate * (1 - kept)

    def _seen(self, rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """dF/F of neurons that fire at `rate`, with spikes and camera noise."""
        kept, added = self._decay()
        calcium = np.full(rate.shape, self.baseline * self.decay)
        frames = []
        for _ in range(self._count()):
            calcium = calcium * kept + added * poisson(rate / self.frame_rate, rng)
            frames.append(self._fluorescence(calcium))
        signal = self._over_frames(frames)
        sd = self.camera if self.frames else self.camera / np.sqrt(self._count())
        return signal + sd * rng.standard_normal(signal.shape)

    def _expected(self, rate: np.ndarray) -> np.ndarray:
        """The mean of `_seen`, by three Gauss-Hermite nodes over the spread of calcium."""
        kept, added = self._decay()
        calcium, variance = np.full(rate.shape, self.baseline * self.decay), np.zeros(rate.shape)
        frames = []
        for _ in range(self._count()):
            calcium = calcium * kept + added * rate / self.frame_rate
            variance = variance * kept**2 + added**2 * rate / self.frame_rate
            away = np.sqrt(3 * variance)
            sides = self._fluorescence(calcium + away) + self._fluorescence(np.maximum(calcium - away, 0.0))
            frames.append(self._fluorescence(calcium) * 2 / 3 + sides / 6)
        return self._over_frames(frames)

    def _over_frames(self, frames: list[np.ndarray]) -> np.ndarray:
        return np.stack(frames, axis=-1) if self.frames else np.mean(frames, axis=0)

    def _fluorescence(self, calcium: np.ndarray) -> np.ndarray:
        rest = self._hill(np.array(self.baseline * self.decay))
        return (self._hill(calcium) - rest) / rest

    def _hill(self, calcium: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", divide="ignore"):
            return 1 / (1 + (self.half / calcium) ** self.hill)
