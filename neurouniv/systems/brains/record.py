"""A recording of any population whose activity is known session by session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, need_dims
from neurouniv.systems.brains.behaviour import Choices, choices
from neurouniv.systems.brains.design import Design
from neurouniv.systems.brains.population import recorded_units, rotated
from neurouniv.systems.brains.sensors import Sensor, sensor_of
from neurouniv.systems.brains.sensors.sensor import Seen
from neurouniv.systems.brains.snr import signal_variance
from neurouniv.systems.brains.trials import balanced

DRIFT, BEHAVIOUR = 1, 2
"""Streams of random numbers of their own, so that neither changes what neurons and trials are drawn."""


def record_patterns(
    patterns: xr.DataArray,
    sensors: str | Sensor = "spikes",
    *,
    repeats: int = 12,
    runs: int = 4,
    channels: int | None = None,
    noise: float = 1.0,
    snr: float | None = None,
    turnover: float = 0.0,
    drift: float = 0.0,
    outputs: xr.DataArray | None = None,
    targets: xr.DataArray | None = None,
    seed: int = 0,
    truth: Mapping[str, Any] | None = None,
    **settings: Any,
) -> xr.Dataset:
    """A recording of the population activity `patterns`, one session for each of its times.

    Networks trained once, many in a batch, so become many recordings; see `simulate_brain` for what the settings mean.

    Parameters
    ----------
    patterns : (session or time, condition, unit), noise-free, with the names of the conditions.
    sensors : a name in `neurouniv.systems.brains.sensors.SENSORS`, which takes `settings`, or a Sensor.
    channels : how many are recorded in a session; default all units (of mixing sensors as many channels as units).
    outputs, targets : (session or time, condition, output) and (condition, output); with both there are choices.
    truth : further attributes to keep.

    Returns
    -------
    Recording, as `simulate_brain` gives it.

    Raises
    ------
    InputError : settings that do not fit together.

    Examples
    --------
    >>> patterns = xr.DataArray(np.zeros((2, 3, 4)), {"condition": list("abc")}, ("session", "condition", "unit"))
    >>> rec = record_patterns(patterns, repeats=2, runs=2, baseline=5.0)
    >>> dict(rec.activity.sizes), float(rec.rate.mean())
    ({'trial': 12, 'channel': 4}, 5.0)
    """
    sensor = sensor_of(sensors, **settings)
    sessions, _, units = _values(patterns)[0].shape
    design = Design(repeats, runs, units if channels is None else channels, noise, snr, turnover, drift, seed)
    design.need_fit(sensor, sessions)
    return recording_of(patterns, sensor, design, outputs, targets, truth)


def recording_of(
    patterns: xr.DataArray,
    sensor: Sensor,
    design: Design,
    outputs: xr.DataArray | None,
    targets: xr.DataArray | None,
    truth: Mapping[str, Any] | None,
) -> xr.Dataset:
    """The recording of `record_patterns`, its sensor and design given as records that go together."""
    values, names = _values(patterns)
    rng = np.random.default_rng(design.seed)
    units, present = np.arange(design.channels), None
    if not sensor.mixes:
        units, present = recorded_units(rng, values.shape[-1], design.channels, len(values), design.turnover)
        values = values[..., units]
    if design.drift:
        values = rotated(values, design.drift, np.random.default_rng([design.seed, DRIFT]))
    sessions, conditions, _ = values.shape
    trials = balanced(rng, sessions, conditions, design.repeats, design.runs)
    means, attrs = sensor.means(values, design.channels, rng)
    measured = sensor.observed(values, means, trials, rng, design.noise, design.snr, present)
    attrs |= {"noise": measured.noise, "signal_variance": signal_variance(means, present), "simulated": "yes"}
    attrs |= {"sensors": sensor.name, "turnover": design.turnover, "drift": design.drift, "seed": design.seed}
    attrs |= {"snr": design.snr} if design.snr is not None else {}
    channels = sensor.channel_names(design.channels) if sensor.mixes else units
    rec = _labelled(sensor, measured, means, names, channels, present)
    if outputs is not None and targets is not None:
        behaviour = choices(
            _values(outputs, "output")[0], targets.transpose("condition", "output").values.astype(float),
            measured.trials.cell, np.random.default_rng([design.seed, BEHAVIOUR]),
        )  # fmt: skip
        rec = _with_choices(rec, behaviour)
    return rec.assign_attrs({**sensor.settings(), **attrs, **(truth or {})})


def _values(array: xr.DataArray, last: str = "unit") -> tuple[np.ndarray, np.ndarray]:
    """Values (session, condition, last), and the names of the conditions."""
    remedy = "Take one network and layer of `neurouniv.train`: `runs.hidden.isel(seed=0, layer=0)`."
    first = "time" if "time" in array.dims else "session"
    need_dims(array, (first, "condition", last), "A population's activity", remedy)
    if array.ndim != 3 or "condition" not in array.coords:
        raise InputError(
            f"A population's activity needs the dimensions ('{first}', 'condition', '{last}'), no other, and the names "
            f"of its conditions; got {array.dims} with the coordinates {sorted(map(str, array.coords))}. {remedy}"
        )
    return array.transpose(first, "condition", last).values.astype(float), array.condition.values.astype(str)


def _labelled(
    sensor: Sensor,
    measured: Seen,
    means: np.ndarray,
    names: np.ndarray,
    channels: np.ndarray,
    recorded: np.ndarray | None,
) -> xr.Dataset:
    latency = sensor.latency()
    within = () if latency is None else ("latency",)
    trials, activity, units = measured.trials, measured.activity, {"units": sensor.units}
    coords = {
        "trial": np.arange(len(trials)),
        "channel": channels,
        "condition": ("trial", names[trials.condition]),
        "session": ("trial", trials.session + 1, {"units": "sessions"}),
        "run": ("trial", trials.run + 1),
        "rate_condition": ("condition", names),
        "rate_session": ("session", np.arange(len(means)) + 1),
    }
    if latency is not None:
        coords["latency"] = ("latency", latency, {"units": "s"})
    if recorded is not None:
        there = recorded[trials.session]
        activity = np.where(there.reshape(*there.shape, *[1] * len(within)), activity, np.nan)
        coords["recorded"] = (("trial", "channel"), there)
    attrs = units | {"long_name": f"noise-free {sensor.truth if sensor.truth == 'rate' else 'activity'}"}
    variables = {
        "activity": (("trial", "channel", *within), activity, units),
        sensor.truth: (("session", "condition", "channel", *within), means, attrs),
    }
    return xr.Dataset(variables, coords)


def _with_choices(rec: xr.Dataset, behaviour: Choices) -> xr.Dataset:
    attrs = {"long_name": "the chosen target"}
    return rec.assign(
        output=(("trial", "output"), behaviour.outputs, attrs),
        choice_probability=(
            ("session", "condition", "option"),
            behaviour.probability,
            {"long_name": "true probability"},
        ),
    ).assign_coords(choice=("trial", behaviour.chosen), option_target=(("option", "output"), behaviour.options))
