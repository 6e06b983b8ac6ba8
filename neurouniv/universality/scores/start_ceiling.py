"""The start-conditional ceiling: the variance of networks that share a start up to a layer.

A law starts from a layer's first RDM and the task; it cannot know what lies above the layer. Networks of one start up
to the layer, all above it drawn anew, differ by just that. If one of them predicts another with 1 - R2 = 2 v, and the
mean of k others predicts it with (1 + 1/k) v, what all of them share predicts it with v: the ceiling is 1 - v.

What lies above is every weight that the layer's activity does not depend on: of the steps of a recurrent network, which
share their weights, the readout alone (of the first step, which nothing has come back to, the lateral weights too).
Pathways of feedback (feedback alignment) come from above and are drawn anew, and so is all other chance of learning:
noise, dropout, the order of minibatches. Outputs have no such ceiling: with the readout their own start is drawn anew,
which laws are given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import xarray as xr

from neurouniv.inputs import need_dataset
from neurouniv.quantities import need_whole
from neurouniv.rdm.align import align
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, check_trajectory, history, with_history
from neurouniv.systems.training.train import train
from neurouniv.systems.training.training_record import REMEDY, training_of
from neurouniv.universality.scores.dynamics import after_start
from neurouniv.universality.scores.noise_ceiling import START, from_variance

OURS = ("layers", "above", "out")
SAME = 1e-3
"""Of the largest distance: first frames that differ by more are not of the same networks."""


def start_ceiling(
    task: xr.Dataset,
    architecture: str | Callable[[], torch.nn.Module] = "mlp",
    *,
    layer: Any = None,
    draws: int = 4,
    **settings: Any,
) -> xr.Dataset:
    """The start-conditional ceiling: every network is trained again, all above a layer drawn anew, `draws` times.

    With the network itself these are `draws` + 1 of one start. It costs as many trainings, less one where a trajectory
    has the network itself; all draws and members of a layer are one batch. It is a ceiling for predictions of h from
    its start and the task. A law that is given outputs too, or whose constants are fitted to other conditions of the
    same network, knows a little more and may pass it.

    Parameters
    ----------
    task : a task; or the trajectory of networks, `neurouniv.trajectory(neurouniv.train(...))`, whose history tells the
        task and all settings.
    architecture, settings : as of `neurouniv.train`; of a trajectory, `device` and `progress` alone.
    layer : one of the hidden layers, by index or (of a module of your own) name, or several; default the middle one,
        of a trajectory its own.
    draws : how often all above is drawn anew, at least twice.

    Returns
    -------
    Dataset of `start_var` (..., layer, time, pair), the unbiased variance over draws of every squared Euclidean
    distance, given the start; `dynamics_ceiling` and `change_ceiling` (..., layer, bound), of R2 about the overall mean
    and about every pair's own mean over time, the first frame left out: "upper" 1 - v, what the start tells, and
    "lower" 1 - 2 v, what another network of the same start predicts. Attributes: `draws`, `ceiling` (in words) and
    history. Of a trajectory, everything has its dimensions, so that it can carry the variance:
    `traj.assign(start_var=neurouniv.start_ceiling(traj).start_var)`.

    Raises
    ------
    InputError : too few draws, the untrained network is not among the epochs recorded, nothing lies above the layer or
        it cannot be found, or a trajectory's history does not tell how its networks were trained.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> settings = {"width": 30, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.2, "epochs": 300, "record": 5}
    >>> found = start_ceiling(tasks.digits(per_class=1), draws=3, seeds=range(2), **settings)
    >>> dict(found.start_var.sizes), bool((found.dynamics_ceiling.sel(bound="upper") > 0.9).all())
    ({'seed': 2, 'layer': 1, 'time': 5, 'pair': 45}, True)
    """
    need_whole(draws, "draws", least=2)
    need_dataset(task, "start_ceiling", "Give a task (`neurouniv.tasks`) or a trajectory of networks.")
    if "h" in task:
        check_trajectory(task)
        h, record = _of_trajectory(task, layer, draws, settings), settings
    else:
        if clash := sorted(set(settings) & set(OURS)):
            raise InputError(f"{clash} cannot be set here: `layer` says which layers, and all stays in memory.")
        h = _trained_again(task, architecture, layer, range(draws + 1), settings)["h"]
        record = settings | {"architecture": getattr(architecture, "__qualname__", architecture), "layer": layer}
    _need_untrained(h)
    late, over = after_start(h, h), ("draw", "time", "pair")
    variables = {
        "start_var": h.var("draw", ddof=1).assign_attrs(long_name="variance of h over networks of the same start"),
        "dynamics_ceiling": from_variance(late, late.var("draw", ddof=1), ("time", "pair"), over),
        "change_ceiling": from_variance(late, late.var("draw", ddof=1), ("time",), over),
    }
    result = xr.Dataset(variables).assign_attrs(ceiling=START, draws=draws)
    return with_history(result, "start_ceiling", source=task, draws=draws, **record)


def _trained_again(
    task: xr.Dataset, architecture: Any, layer: Any, draws: range, settings: dict[str, Any], **measure: Any
) -> xr.Dataset:
    """h (draw, ..., layer, time, pair) of networks of one start up to a layer, for one layer after the other."""
    if layer is None and not callable(architecture):
        layer = settings.get("hidden_layers", 1) // 2
    layers = list(layer) if isinstance(layer, (list, tuple, range, np.ndarray)) else [layer]
    tables = []
    for name in layers:
        runs = train(task, architecture, layers=name, above=name, draws=draws, **settings)
        tables.append(trajectory(runs.drop_vars("output"), **measure)[["h"]])
    return xr.concat(tables, "layer", data_vars="minimal", coords="minimal", compat="override")


def _of_trajectory(traj: xr.Dataset, layer: Any, draws: int, settings: dict[str, Any]) -> xr.DataArray:
    """h (draw, ...) of `traj` and of networks of the same starts, with its dimensions, times and pairs."""
    if layer is not None or set(settings) - {"device", "progress"}:
        raise InputError(
            "A trajectory's layers and training are its own, and only device and progress can be set; "
            f"got {sorted(settings) + ['layer'] * (layer is not None)}. Select layers: traj.sel(layer=...)."
        )
    _need_untrained(traj)
    training = training_of(traj)
    settings = training.settings | settings
    layers, others = settings.pop("layers"), range(1, draws + 1)
    drawn = _trained_again(training.task, training.architecture, layers, others, settings, **_measure(traj))
    h = align(traj, drawn, join="inner")[1]["h"]
    if not np.isin(traj["time"].values, h["time"].values).all():
        raise InputError("The trajectory's times are not the epochs of its history, so that they cannot be joined.")
    h = h.sel(time=traj["time"].values).squeeze([dim for dim in h.dims if dim not in ("draw", *traj["h"].dims)])
    _need_same_start(h, traj["h"])
    original = traj["h"].expand_dims(draw=[0])
    both = [array.drop_attrs(deep=False).reset_coords(drop=True).transpose(*original.dims) for array in (original, h)]
    return xr.concat(both, "draw", join="exact")


def _measure(traj: xr.Dataset) -> dict[str, Any]:
    """The settings by which distances of the trajectory were measured."""
    steps = (step["settings"] for step in history(traj) if step.get("step") == "trajectory")
    settings: dict[str, Any] = next(steps, {})
    precision = settings.get("noise_precision", settings.get("noise", "none"))  # "noise" in older files
    if precision != "none":
        raise InputError(
            f"The history does not hold the precision of the noise, {precision}, that whitened these distances. Use "
            "distances that nothing has whitened, or give the task and the settings."
        )
    return {name: settings[name] for name in ("metric", "per_channel") if name in settings}


def _need_untrained(h: xr.DataArray | xr.Dataset) -> None:
    if h["time"].values[0] != 0:
        raise InputError(
            f"The first frame is the untrained network, epoch 0; the first here is {h['time'].values[0]:g}. Record it: "
            "record=25, or a list that holds 0."
        )


def _need_same_start(drawn: xr.DataArray, h: xr.DataArray) -> None:
    """Raise `InputError` unless the trajectory starts as networks trained as its history tells."""
    first, start = drawn.isel(time=0, draw=0, drop=True), h.isel(time=0, drop=True)
    if float(abs(first - start).max()) > SAME * float(start.max()):
        raise InputError(
            "The trajectory does not start as the networks of its history: its distances were changed, or "
            f"averaged, after they were measured. {REMEDY}"
        )
