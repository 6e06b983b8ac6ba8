"""The design of a simulated experiment: its trials, what is recorded of the population, and how noisy it is."""

from __future__ import annotations

from dataclasses import dataclass

from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors import Sensor


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
        needs = {
            f"at least 2 sessions; got {sessions}": sessions >= 2,
            f"1 <= runs <= repeats; got {self.runs} runs and {self.repeats} repeats": 1 <= self.runs <= self.repeats,
            f"at least one channel; got {self.channels}": self.channels >= 1,
            f"noise of 0 or more; got {self.noise}": self.noise >= 0,
            f"a positive snr; got {self.snr}": self.snr is None or self.snr > 0,
            f"turnover from 0 to 1; got {self.turnover}": 0 <= self.turnover <= 1,
            f"sensors that record single units for turnover; '{sensor.name}' mixes them": not (
                self.turnover and sensor.mixes
            ),
        }
        failed = [need for need, met in needs.items() if not met]
        if failed:
            raise InputError(f"A simulated brain needs {failed[0]}.")
