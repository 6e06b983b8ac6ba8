"""Simulated recordings: a learner, or a world whose law is known, seen through sensors, with the truth kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.quantities import need_flag, need_number, need_whole
from neurouniv.schema import InputError, check_task, warn, with_history
from neurouniv.systems.brains.design import Design
from neurouniv.systems.brains.embedding import embedded
from neurouniv.systems.brains.learners import Learner, learned
from neurouniv.systems.brains.population import needed_units
from neurouniv.systems.brains.record import recording_of
from neurouniv.systems.brains.sensors import Sensor, sensor_of
from neurouniv.systems.brains.worlds import World, world_of

CORE = ("condition", "feature", "output")
WORLD = 3
"""The stream of random numbers of a world's population, beside those of its recording."""
FOLLOWED, NEARLY = 0.999, 0.95
"""R2 of a world's distances in its population: below the first it is told, below the second refused."""


@public
def simulate_brain(
    task: xr.Dataset,
    rule: str = "feedback_alignment",
    sensors: str | Sensor = "spikes",
    sessions: int = 8,
    repeats: int = 12,
    runs: int = 4,
    neurons: int = 120,
    noise: float = 1.0,
    seed: int = 0,
    *,
    world: str | World | None = None,
    snr: float | None = None,
    turnover: float = 0.0,
    drift: float = 0.0,
    behaviour: bool = False,
    architecture: str = "mlp",
    hidden_layers: int = 1,
    width: int = 200,
    gain: float = 0.2,
    nonlinearity: str = "tanh",
    lr: float = 0.05,
    epochs: int = 2100,
    rate_gain: float = 10.0,
    baseline: float = 10.0,
    window: float = 1.0,
) -> xr.Dataset:
    """A recording of a brain that learns `task`, or of one in a world where another law holds, in sessions.

    The brain is a network that learns by `rule`, recorded from its middle hidden layer; or, with `world`, a population
    whose distances follow a prescribed law. For "spikes" a unit of activity a fires at `baseline + rate_gain * a`
    spikes/s, floored at 0. Without flooring (always so for tanh with baseline >= rate_gain) a squared distance between
    noise-free rates is rate_gain² times that between the recorded units.

    Parameters
    ----------
    task : `stimuli` (condition, feature), `targets` (condition, output).
    rule : learning rule of `neurouniv.train`.
    sensors : "spikes", "refractory", "bursty", "calcium", "voxels", "meeg", or a Sensor with settings of its own
        (`neurouniv.systems.brains.sensors`), which then has its own rate_gain, baseline and window.
    sessions : number of recording sessions, at equally spaced epochs; the first is before learning. `epochs` is
        rounded so that the spacing is a whole number.
    repeats : trials per condition and session. runs : each session's trials are split evenly into runs, one after
        the other; conditions are shuffled within a run.
    neurons : how many channels are recorded: neurons, at most `width`, a random sample; or voxels or sensors.
    noise : variance of the noise in multiples of the sensor's own. For "spikes" the variance over mean of a trial's
        count (the Fano factor): 1 is Poisson; above 1, Poisson with a rate that varies between trials as a gamma
        variable (negative binomial counts); below 1, noise * Poisson(mean / noise), which is no whole number of
        spikes. 0 gives the noise-free activity itself.
    seed : of network, neurons, trial order and noise.
    world : what happens instead of learning by `rule`, see `neurouniv.systems.brains.worlds`: "universal", "pairwise"
        or "target" (laws of learning), "exponential", "step" (insight), "gain" (attention), "lazy", "static", "drift";
        or a World with constants of its own. Distances between noise-free patterns obey it exactly.
    snr : sets the noise by the ratio of signal to noise of a single trial, as `neurouniv.estimate_snr` measures it in
        real recordings; of spikes by way of their Fano factor. Infinity is noise=0.
    turnover : share of the neurons that is lost from one session to the next and replaced by others; at least half of
        one, or 0.
    drift : degrees, up to 360 either way, by which the code turns from one session to the next; distances stay as they
        are.
    behaviour : whether there are choices between the targets, by a softmax of the learner's outputs.
    architecture, hidden_layers, width, gain, nonlinearity, lr, epochs : of the network, see `neurouniv.train`.
    rate_gain, baseline : spikes/s per unit of activity, and at none, of neurons.
    window : length of a trial in s, of neurons; at most an hour.

    Returns
    -------
    Recording with `activity` (trial, channel[, latency]) and the trial coordinates condition, session (1 ...), run
    (1 ...), trial; with turnover `recorded` (trial, channel), NaN where not; with behaviour `output` (trial, output),
    the target chosen, and `choice` (trial). The truth is there too: noise-free `rate` (session, condition, channel),
    of other sensors `noise_free` (see `true_rates`, `true_trajectory`), `choice_probability`, and as attributes every
    setting; got noise as it out; `law_*`, a world's constants (per session, for the population's activity) and
    `law_r2`, how nearly the population follows them.

    Raises
    ------
    InputError : unknown names, numbers that do not fit together, a learner that diverges, or a law that no population
        can follow.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> rec = simulate_brain(tasks.two_points(), sessions=3, repeats=4, neurons=5, width=20, epochs=20)
    >>> dict(rec.activity.sizes), np.unique(rec.session).tolist(), rec.activity.units
    ({'trial': 24, 'channel': 5}, [1, 2, 3], 'spikes/s')
    """
    task = _one_task(task)
    sensor = sensor_of(sensors, rate_gain=rate_gain, baseline=baseline, window=window)
    for name, value in {"neurons": neurons, "width": width, "epochs": epochs}.items():
        need_whole(value, name)
    need_flag(behaviour, "behaviour")
    design = Design(repeats, runs, neurons, noise, snr, turnover, drift, seed)
    design.need_fit(sensor, sessions)
    if world is None and architecture == "mlp" and not sensor.mixes and neurons > width:
        raise InputError(f"A simulated brain needs neurons up to the width of the learner; got {neurons} of {width}.")
    if world is None:
        need_number(gain, "gain", above=0)
        need_number(lr, "lr", above=0)
        learner = Learner(architecture, rule, hidden_layers, width, gain, nonlinearity, lr, epochs)
        patterns, outputs = learned(task, learner, sessions, seed)
        truth = learner.told(sessions)
    else:
        units = width if sensor.mixes else needed_units(neurons, sessions, turnover)
        patterns, outputs, truth = _in_world(world_of(world), task, sessions, units, seed)
    rec = recording_of(patterns, sensor, design, outputs if behaviour else None, task.targets, truth)
    settings = {"sessions": sessions, "repeats": repeats, "runs": runs, "neurons": neurons, "behaviour": behaviour}
    return with_history(rec, "simulate_brain", task, **settings, **rec.attrs)


def _one_task(task: xr.Dataset) -> xr.Dataset:
    """`task`, if it is a single one, of two conditions or more that have names."""
    check_task(task)
    extra = sorted({str(dim) for name in ("stimuli", "targets") for dim in task[name].dims} - {*CORE})
    if extra or task.sizes["condition"] < 2 or "condition" not in task.coords:
        raise InputError(
            f"A brain learns one task of two named conditions or more, stimuli (condition, feature) and targets "
            f"(condition, output); got {dict(task.sizes)}. Take one: `task.isel(subject=0)`, or make it: "
            "`neurouniv.tasks.from_arrays(stimuli, targets, names)`."
        )
    return task


def _in_world(
    world: World, task: xr.Dataset, sessions: int, units: int, seed: int
) -> tuple[xr.DataArray, xr.DataArray, dict[str, Any]]:
    """Patterns (session, condition, unit), outputs (session, condition, output), and what is true of a world."""
    rng = np.random.default_rng([seed, WORLD])
    course = world.course(task, sessions, units, rng)
    patterns, r2 = embedded(course.h, units, rng)
    _tell_followed(world.name, r2)
    names = {"condition": task.condition.values.astype(str)}
    truth: dict[str, Any] = {f"law_{name}": float(value) for name, value in course.constants.items()}
    truth |= {"world": world.name, "law_r2": r2, "rule": "none", "learner": "none", "epochs_per_session": 1}
    population = xr.DataArray(patterns, names, ("session", "condition", "unit"))
    return population, xr.DataArray(course.outputs, names, ("session", "condition", "output")), truth


def _tell_followed(name: str, r2: float) -> None:
    if r2 < NEARLY:
        raise InputError(
            f"No population follows the law of world='{name}' in this task: its squared distances are not Euclidean, "
            f"and the nearest Euclidean ones reach R2 {r2:.2f}. Use world='universal', the law of all "
            "conditions at once, or a task of two conditions, or of stimuli that are equally far apart."
        )
    if r2 < FOLLOWED:
        warn(
            f"The law of world='{name}' has squared distances that are not Euclidean in this task; those "
            f"of the population follow it with an R2 of {r2:.4f}. Use targets that are equally far apart for an "
            "exact one."
        )
