"""Networks that learn a task by a known rule, seen as long as they learn: brains whose answer is known."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.which_rule.candidates import RULES, in_words

RATES = tuple(0.02 * 2.5 ** np.arange(7))
"""Learning rates that are tried: a rule learns at the smallest that is fast enough, so that its steps are small."""
TRIED = 2
"""Networks that learning rates are tried with."""
LOOKS = 240
"""Moments of training that are kept, from which frames are interpolated."""
UNTIL, BEYOND = 0.05, 1.5
"""Networks are seen until their loss is that share of the first, and half as long again."""
JUMP = 0.1
"""Steps are too large where the loss rises by more than this share of the first from one moment kept to the next."""
DEAD = 0.5
"""A network that has more than this share of its loss left at the end has not learned."""


class Network(NamedTuple):
    """Settings of `neurouniv.train` that networks of all rules share."""

    width: int = 120
    gain: float = 0.3
    nonlinearity: str = "tanh"
    epochs: int = 2000


def trained(task: xr.Dataset, rule: str, network: Network, seeds: range, device: str = "cpu") -> xr.Dataset:
    """Networks of one hidden layer that learn `task` by `rule`, at the smallest learning rate that is fast enough.

    Parameters
    ----------
    rule : a name in `neurouniv.which_rule.candidates.RULES`. "identity" is backprop on stimuli that are equally far
        apart.
    seeds : which networks.

    Returns
    -------
    Dataset of `hidden` (seed, time, condition, unit), `loss` (seed, time), `lr`, the learning rate, and `learned`
    (seed), whether less than half of the loss is left at the end.

    Raises
    ------
    InputError : networks diverge at every learning rate.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> runs = trained(tasks.digits(per_class=1), "backprop", Network(width=20, epochs=600), range(2))
    >>> runs.hidden.dims, runs.learned.values.tolist()
    (('seed', 'time', 'condition', 'unit'), [True, True])
    """
    from neurouniv.systems.training.train import train  # torch is needed only here

    by, shown = ("backprop", _equally_far(task)) if rule == "identity" else (rule, task)
    settings: dict[str, Any] = {
        "epochs": network.epochs,
        "record": LOOKS,
        "rule": by,
        "device": device,
        "progress": False,
    }
    settings |= {"width": network.width, "gain": network.gain, "nonlinearity": network.nonlinearity}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*diverged", category=NeurounivWarning)  # an error here, below
        tries = train(shown, lr=list(RATES), seeds=list(seeds)[:TRIED], **settings)
        lr = _fast_enough(tries["loss"], rule)
        runs = train(shown, lr=lr, seeds=seeds, **settings)
    if not bool(np.isfinite(runs["hidden"]).all()):
        raise InputError(_DIVERGED.format(rule=in_words(rule)))
    hidden = runs["hidden"].isel(layer=0, drop=True).transpose("seed", "time", "condition", "unit")
    loss = runs["loss"].transpose("seed", "time")
    learned = loss.isel(time=-1, drop=True) < DEAD * loss.isel(time=0, drop=True)
    return xr.Dataset({"hidden": hidden, "loss": loss, "learned": learned, "lr": lr})


_DIVERGED = (
    "Networks that learn by {rule} diverge at this task, at every learning rate. Scale stimuli to a mean squared norm "
    "of about 10, or leave the rule out: `rules=[...]`."
)


def _fast_enough(loss: xr.DataArray, rule: str) -> float:
    """The smallest learning rate of losses (lr, seed, time) at which all learn in time and none jumps."""
    relative_loss = (loss / loss.isel(time=0)).transpose("lr", "seed", "time").values
    with np.errstate(invalid="ignore"):
        smooth = np.isfinite(relative_loss).all((1, 2)) & (np.diff(relative_loss, axis=2) < JUMP).all((1, 2))
        early = relative_loss[..., : int(relative_loss.shape[-1] / BEYOND)]
        reached = smooth & np.all(np.any(early < UNTIL, axis=2), axis=1)
    if not smooth.any():
        raise InputError(_DIVERGED.format(rule=in_words(rule)))
    best = reached.argmax() if reached.any() else np.where(smooth, relative_loss[..., -1].mean(1), np.inf).argmin()
    return float(loss["lr"].values[best])


def _equally_far(task: xr.Dataset) -> xr.Dataset:
    """The task with stimuli that are equally far apart."""
    size = float((task["stimuli"] ** 2).sum("feature").mean() ** 0.5)
    same = size * np.eye(task.sizes["condition"])
    return task.drop_vars("stimuli").assign(stimuli=(("condition", "feature"), same))


def while_learning(runs: xr.Dataset, frames: int) -> xr.DataArray:
    """Activity (seed, time, condition, unit) at equal steps of the time in which each network learns, from 0 to 1.

    Parameters
    ----------
    runs : of `trained`.

    Examples
    --------
    >>> loss = xr.DataArray([[1.0, 0.5, 0.01, 0.0, 0.0]], {"time": [0, 10, 20, 30, 40]}, ("seed", "time"))
    >>> hidden = loss.time.astype(float).expand_dims(seed=[0], condition=["a"], unit=[0])
    >>> while_learning(xr.Dataset({"loss": loss, "hidden": hidden}), 4).values.ravel().tolist()
    [0.0, 10.0, 20.0, 30.0]
    """
    time = runs["time"].values.astype(float)
    loss = runs["loss"].transpose("seed", "time").values
    has_learned = loss < UNTIL * loss[:, :1]
    end = np.where(has_learned.any(1), np.minimum(BEYOND * time[has_learned.argmax(1)], time[-1]), time[-1])
    moments = end[:, None] * np.linspace(0, 1, frames)
    after = np.clip(np.searchsorted(time, moments), 1, len(time) - 1)
    share = ((moments - time[after - 1]) / (time[after] - time[after - 1]))[..., None, None]
    hidden = runs["hidden"].transpose("seed", "time", "condition", "unit")
    values = hidden.values.astype(float)
    network = np.arange(len(values))[:, None]
    activity = (1 - share) * values[network, after - 1] + share * values[network, after]
    coords = {"seed": hidden["seed"], "condition": hidden["condition"].astype(str), "time": np.linspace(0, 1, frames)}
    return xr.DataArray(activity, coords, hidden.dims)


def known(rules: list[str]) -> list[str]:
    """The rules of networks, checked.

    Raises
    ------
    InputError : an unknown name, a rule without probabilities, or none.
    """
    unknown = [name for name in rules if name not in RULES]
    if unknown or not rules:
        raise InputError(f"Networks learn by some of {', '.join(RULES)}; got {rules}.")
    return list(dict.fromkeys(rules))
