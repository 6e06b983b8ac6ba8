"""Simulated recordings: a learner observed through spiking neurons, session by session, with the truth known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning, check_task, with_history

SENSORS = ("spikes",)


def simulate_brain(
    task: xr.Dataset,
    rule: str = "feedback_alignment",
    sensors: str = "spikes",
    sessions: int = 8,
    repeats: int = 12,
    runs: int = 4,
    neurons: int = 120,
    noise: float = 1.0,
    seed: int = 0,
    *,
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
    """A recording of a brain that learns `task`: spike rates of some of its neurons, in sessions along learning.

    The brain is a network that learns by `rule`. A random sample of `neurons` of the units of its middle hidden layer
    is recorded; a unit of activity a fires at `baseline + rate_gain * a` spikes/s, floored at 0. Without flooring
    (always so for tanh with baseline >= rate_gain) a squared distance between noise-free rates is rate_gain² times
    that between the recorded hidden units.

    Parameters
    ----------
    task : `stimuli` (condition, feature), `targets` (condition, output).
    rule : learning rule of `neurouniv.train`.
    sensors : "spikes".
    sessions : number of recording sessions, at equally spaced epochs; the first is before learning. `epochs` is
        rounded so that the spacing is a whole number.
    repeats : trials per condition and session. runs : each session's trials are split evenly into runs, one after
        the other; conditions are shuffled within a run.
    neurons : how many are recorded, at most `width`.
    noise : variance over mean of a trial's spike count (the Fano factor). 1 is Poisson; above 1, Poisson with a rate
        that varies between trials as a gamma variable (negative binomial counts); below 1, noise * Poisson(mean /
        noise), which is no whole number of spikes; 0 gives the rates themselves.
    seed : of network, neurons, trial order and spikes.
    hidden_layers, width, gain, nonlinearity, lr, epochs : of the network, see `neurouniv.train`.
    rate_gain, baseline : spikes/s per unit of activity, and at none.
    window : length of a trial in s.

    Returns
    -------
    Recording with `activity` (trial, channel) in spikes/s and the trial coordinates condition, session (1 ...), run
    (1 ...), trial. The truth is there too: `rate` (session, condition, channel), noise-free (see `true_rates`), and
    attributes rule, lr, gain, rate_gain, baseline, window, noise, seed, epochs_per_session, clipped_share, learner.

    Raises
    ------
    InputError : unknown sensors, numbers that do not fit together, or a learner that diverges.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> rec = simulate_brain(tasks.two_points(), sessions=3, repeats=4, neurons=5, width=20, epochs=20)
    >>> dict(rec.activity.sizes), np.unique(rec.session).tolist(), rec.activity.units
    ({'trial': 24, 'channel': 5}, [1, 2, 3], 'spikes/s')
    """
    task = check_task(task)
    _need_settings(sensors, sessions, repeats, runs, neurons, width, noise, rate_gain, window)
    step = max(1, round(epochs / (sessions - 1)))
    learner = {"hidden_layers": hidden_layers, "width": width, "gain": gain, "nonlinearity": nonlinearity, "lr": lr}
    hidden = _learn(task, rule, sessions, step, seed, learner)
    rng = np.random.default_rng(seed)
    units = np.sort(rng.choice(hidden.sizes["unit"], neurons, replace=False))
    drive = baseline + rate_gain * hidden.isel(unit=units).values.astype(float)
    rate = np.maximum(drive, 0.0)
    trials = _trials(rng, sessions, hidden.sizes["condition"], repeats, runs)
    counts = spike_counts(rate[trials["session"], trials["condition"]] * window, noise, rng)
    names = hidden.condition.values.astype(str)
    truth = learner | {
        "rule": rule, "rate_gain": rate_gain, "baseline": baseline, "window": window, "noise": noise, "seed": seed,
        "epochs_per_session": step, "clipped_share": _clipped(drive), "learner": "mlp", "simulated": "yes",
    }  # fmt: skip
    rec = xr.Dataset(
        {
            "activity": (("trial", "channel"), counts / window, {"units": "spikes/s"}),
            "rate": (("session", "condition", "channel"), rate, {"units": "spikes/s", "long_name": "noise-free rate"}),
        },
        {
            "trial": np.arange(len(counts)),
            "channel": units,
            "condition": ("trial", names[trials["condition"]]),
            "session": ("trial", trials["session"] + 1, {"units": "sessions"}),
            "run": ("trial", trials["run"] + 1),
            "rate_condition": ("condition", names),
            "rate_session": ("session", np.arange(sessions) + 1),
        },
        truth,
    )
    made = {"sessions": sessions, "repeats": repeats, "runs": runs, "neurons": neurons, "sensors": sensors}
    return with_history(rec, "simulate_brain", task, **made, **truth)


def true_rates(rec: xr.Dataset) -> xr.DataArray:
    """The noise-free rates of a simulated recording, labelled: (session, condition, channel) in spikes/s.

    In the recording `condition` and `session` label trials, so its `rate` carries their names beside it.
    """
    if "rate" not in rec:
        raise InputError("Only a recording made by `neurouniv.simulate_brain` knows its noise-free `rate`.")
    labels = {"session": rec.rate_session.values, "condition": rec.rate_condition.values, "channel": rec.channel.values}
    return xr.DataArray(rec.rate.values, labels, ("session", "condition", "channel"), "rate", rec.rate.attrs)


def spike_counts(mean: np.ndarray, fano: float, rng: np.random.Generator) -> np.ndarray:
    """Random counts of the given mean and of variance `fano` * mean; see `noise` in `simulate_brain`.

    Examples
    --------
    >>> spike_counts(np.array([2.5]), 0.0, np.random.default_rng(0)).tolist()
    [2.5]
    """
    if fano == 0:
        return mean
    if fano < 1:
        return fano * rng.poisson(mean / fano)
    if fano > 1:
        mean = rng.gamma(mean / (fano - 1), fano - 1)
    return rng.poisson(mean)


def _learn(task: xr.Dataset, rule: str, sessions: int, step: int, seed: int, learner: dict[str, Any]) -> xr.DataArray:
    """Activity (session, condition, unit) of the learner's middle hidden layer at the sessions' epochs."""
    from neurouniv.systems.training import train  # torch is needed only here

    epochs = (np.arange(sessions) * step).tolist()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*diverged", category=NeurounivWarning)  # an error here, below
        runs = train(task, "mlp", epochs=epochs[-1], seeds=[seed], record=epochs, rule=rule, device="cpu", **learner)
    hidden = runs.hidden.isel(seed=0, layer=0).sel(time=epochs).transpose("time", "condition", "unit")
    if not np.isfinite(hidden).all():
        raise InputError(f"The learner diverged at lr={learner['lr']:g}, so there is no brain. Give a smaller `lr`.")
    return hidden


def _trials(rng: np.random.Generator, sessions: int, conditions: int, repeats: int, runs: int) -> dict[str, np.ndarray]:
    """Index of session, condition and run of every trial, in the order of the experiment."""
    session, repeat, condition = np.indices((sessions, repeats, conditions)).reshape(3, -1)
    run = repeat * runs // repeats
    order = np.lexsort((rng.random(run.size), run, session))
    return {"session": session[order], "condition": condition[order], "run": run[order]}


def _clipped(drive: np.ndarray) -> float:
    """The share of rates that would be negative, with a warning where there are any."""
    share = float((drive < 0).mean())
    if share:
        warnings.warn(
            f"{share:.1%} of the neurons' rates would be negative and are floored at 0, so distances between rates are "
            "no longer rate_gain² times those of the hidden units. Raise `baseline` or lower `rate_gain`.",
            NeurounivWarning,
            stacklevel=3,
        )
    return share


def _need_settings(
    sensors: str, sessions: int, repeats: int, runs: int, neurons: int, width: int, noise: float, rate_gain: float,
    window: float,
) -> None:  # fmt: skip
    if sensors not in SENSORS:
        raise InputError(f"`sensors` is one of {list(SENSORS)}; {sensors!r} came.")
    needs = {
        f"at least 2 sessions; {sessions} came": sessions >= 2,
        f"1 <= runs <= repeats; {runs} runs and {repeats} repeats came": 1 <= runs <= repeats,
        f"1 <= neurons <= width of the learner; {neurons} neurons of {width} came": 1 <= neurons <= width,
        f"noise of 0 or more; {noise} came": noise >= 0,
        f"a positive rate_gain and window; {rate_gain} and {window} came": rate_gain > 0 and window > 0,
    }
    failed = [need for need, met in needs.items() if not met]
    if failed:
        raise InputError(f"A simulated brain needs {failed[0]}.")
