"""Sensors: how a population is measured.

| name | a channel is | its noise |
|---|---|---|
| spikes | a neuron's rate | Poisson, more variable or more regular counts |
| refractory | a neuron's rate | more regular than Poisson, for it rests after every spike |
| bursty | a neuron's rate | bursts of spikes |
| calcium | a neuron's dF/F | spikes through a slow, saturating indicator; the camera |
| voxels | a mixture of nearby units | of scans, correlated over space and time, through the estimate of betas |
| meeg | a mixture of all units, over latencies | of background sources, correlated over space and time |
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from neurouniv.got import did_you_mean
from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors.calcium import Calcium
from neurouniv.systems.brains.sensors.meeg import Meeg
from neurouniv.systems.brains.sensors.sensor import Sensor
from neurouniv.systems.brains.sensors.spikes import BurstySpikes, RefractorySpikes, Spikes
from neurouniv.systems.brains.sensors.voxels import Voxels

SENSORS: dict[str, type[Sensor]] = {
    kind.name: kind for kind in (Spikes, RefractorySpikes, BurstySpikes, Calcium, Voxels, Meeg)
}


def sensor_of(sensors: str | Sensor, **settings: Any) -> Sensor:
    """The sensor of that name, with those of the `settings` that it has; or the one given, as it is.

    Examples
    --------
    >>> sensor_of("spikes", window=0.5, baseline=20.0)
    Spikes(rate_gain=10.0, baseline=20.0, window=0.5)
    """
    if isinstance(sensors, Sensor):
        return sensors
    if not isinstance(sensors, str) or sensors not in SENSORS:
        raise InputError(
            f"`sensors` is one of {list(SENSORS)}, or a Sensor; got {sensors!r}.{did_you_mean(sensors, SENSORS)}"
        )
    kind = SENSORS[sensors]
    return kind(**{field.name: settings[field.name] for field in fields(kind) if field.name in settings})


__all__ = ["SENSORS", "BurstySpikes", "Calcium", "Meeg", "RefractorySpikes", "Sensor", "Spikes", "Voxels", "sensor_of"]
