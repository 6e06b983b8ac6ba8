"""The design of a simulated experiment: its trials, what is recorded of the population, and how noisy it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurouniv.quantities import need_number, need_seed, need_whole
from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors import Sensor
from neurouniv.systems.brains.sensors.sensor import MOST_NOISE


@dataclass(frozen=True)
class Design:
    """The settings of a recording, under their names in `record_patterns`."""

    repeats: int
    runs: int
    channels: int
    noise: float
    snr: float | None
    turnover: float
    drift: float
    seed: int

    def need_fit(self, sensor: Sensor, sessions: int) -> None:
        """Raise `InputError` unless the settings go together, and with the sensor."""
        need_whole(sessions, "sessions", least=2)
        need_whole(self.repeats, "repeats")
        need_whole(self.runs, "runs")
        need_whole(self.channels, "the number of channels (neurons)")
        need_number(self.noise, "noise", 0, MOST_NOISE)
        if self.snr is not None and self.snr != np.inf:
            need_number(self.snr, "snr", above=0)
        need_number(self.turnover, "turnover", 0, 1)
        need_number(self.drift, "drift", -360, 360)
        need_seed(self.seed)
        needs = {
            f"runs up to the repeats; got {self.runs} runs and {self.repeats} repeats": self.runs <= self.repeats,
            f"sensors that record single units for turnover; '{sensor.name}' mixes them": not (
                self.turnover and sensor.mixes
            ),
            f"a turnover of at least half a neuron; {self.turnover:g} of {self.channels} is less": (
                self.turnover == 0 or round(self.turnover * self.channels) >= 1
            ),
        }
        failed = [need for need, met in needs.items() if not met]
        if failed:
            raise InputError(f"A simulated brain needs {failed[0]}.")
