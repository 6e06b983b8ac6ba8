"""Simulated recordings whose truth is known: learners and worlds, seen through sensors."""

from neurouniv.systems.brains.epochs import to_epochs, write_epochs
from neurouniv.systems.brains.files import write_sessions
from neurouniv.systems.brains.record import record_patterns
from neurouniv.systems.brains.sensors import SENSORS, Sensor
from neurouniv.systems.brains.sensors.spikes import spike_counts
from neurouniv.systems.brains.simulate import simulate_brain
from neurouniv.systems.brains.snr import estimate_snr
from neurouniv.systems.brains.truth import true_means, true_rates, true_trajectory
from neurouniv.systems.brains.worlds import WORLDS, World

__all__ = [
    "SENSORS", "WORLDS", "Sensor", "World", "estimate_snr", "record_patterns", "simulate_brain", "spike_counts",
    "to_epochs", "true_means", "true_rates", "true_trajectory", "write_epochs", "write_sessions",
]  # fmt: skip
