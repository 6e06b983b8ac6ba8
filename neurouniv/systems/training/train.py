"""Training: many networks at once, their activity recorded as they learn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from neurouniv import storage
from neurouniv.memory import available_memory, size_text
from neurouniv.names import public
from neurouniv.schema import (
    LEARNING,
    InputError,
    check_task,
    need_dims,
    need_variables,
    warn,
    with_history,
)
from neurouniv.systems.training.checks import kept_epochs
from neurouniv.systems.training.descent import Descent
from neurouniv.systems.training.losses import LOSSES, need_targets
from neurouniv.systems.training.members import CORE, Members, in_dtype
from neurouniv.systems.training.own_module import refuses_ignored
from neurouniv.systems.training.recorder import FRAME
from neurouniv.systems.training.settings import TrainingSettings
from neurouniv.systems.training.weights import DIMS, WORDS, last_frame
from neurouniv.tasks.origin import origin_of

CHUNK = 2**22
"""Numbers in a chunk of a folder that is recorded into."""


@public
@refuses_ignored
def train(
    task: xr.Dataset,
    architecture: str | Callable[[], torch.nn.Module] = "mlp",
    *,
    hidden_layers: int = 1,
    width: int = 100,
    gain: Any = 1.0,
    nonlinearity: str = "leaky_relu",
    dropout: float = 0.0,
    kernel: int = 11,
    channels: int = 20,
    lr: Any = 0.01,
    optimizer: str = "sgd",
    loss: str = "mse",
    batch_size: int | None = None,
    epochs: int = 1000,
    stop: float | None = None,
    seeds: int | Iterable[int] = 1,
    record: int | Iterable[int] = 100,
    spacing: str = "linear",
    layers: Any = None,
    above: Any = None,
    draws: int | Iterable[int] | None = None,
    probes: xr.Dataset | None = None,
    rule: str = "backprop",
    weights: bool = False,
    start: xr.Dataset | None = None,
    device: str = "auto",
    dtype: str = "float32",
    out: str | Path | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Train networks on `task`, all in one batched computation, and record what they do meanwhile.

    Every combination of seeds, gains, learning rates and tasks is one member. Weights start xavier-normal times
    `gain`, biases at zero. A member's numbers do not depend on who shares its batch.

    Parameters
    ----------
    task : `stimuli` (condition, feature) and `targets` (condition, output); further dimensions are many tasks.
    architecture : "mlp"; "residual", each layer added to the one below; "cnn", convolutions over one dimension, and
        "cnn2d", over square images; "recurrent", `hidden_layers` steps; "gated"; "attention"; or a function that makes
        a torch.nn.Module: `hidden_layers`, `width`, `gain`, `nonlinearity`, `dropout`, `kernel` and `channels` are then
        its own affair, and refused here.
    hidden_layers, width : number of hidden layers (steps, blocks), units in each.
    gain, lr : a number; several, which become a dimension of that name; or a DataArray with dimensions of your own.
        lr is per step.
    nonlinearity : "linear", "relu", "leaky_relu", "tanh", "elu", "swish" (or "silu") or "gelu".
    dropout : the share of hidden units silenced at every step ("mlp" only); never while recording.
    kernel, channels : of "cnn" and "cnn2d"; `kernel` is odd.
    optimizer : "sgd", "momentum" (0.9) or "adam".
    loss : "mse", half the mean squared error over conditions and outputs, or "cross_entropy" of the softmax of outputs,
        whose targets are shares of two outputs or more.
    batch_size : conditions per step, in an order of each member's own that is new every epoch; default all.
    stop : a member whose loss has fallen to this share of its first stops learning.
    seeds : how many networks, with the seeds 0, 1, ...; or which seeds, `seeds=[5]` for a certain one. There is a
        dimension `seed` in any case.
    record : how many epochs are kept, the first (0, untrained) and last included; or which.
    spacing : of the epochs kept, "linear" or "log".
    layers : 0-based indices of the hidden layers recorded; default the middle one, `hidden_layers // 2`. With a module
        of your own, the names of its submodules.
    above, draws : a hidden layer, and how many draws (or which): every member is trained once a draw (a dimension
        `draw`), with all that this layer's activity depends on kept at the start, and all other weights, pathways of
        feedback, noise and orders drawn anew. Draw 0 is the member itself. See `neurouniv.start_ceiling`.
    probes : `stimuli` (condition, feature) to record instead of the task's, with `targets` if they have any.
    rule : "backprop", or for "mlp" another of `neurouniv.systems.learning_rules.RULES`.
    weights : record weights and biases too, at the epochs kept.
    start : what `train(..., weights=True)` returned, to go on from its last frame, on another task, by another rule or
        as before; `seeds` are its own, and epochs are counted on. Chance is drawn anew (orders, noise, and pathways of
        feedback that it does not hold), and an optimiser's memory begins anew: with whole batches and "sgd", rules that
        draw nothing go on as if they had never stopped.
    device : "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".
    dtype : "float32" or "float64".
    out : a folder.zarr to record into, for more than memory holds; what is returned is then read from it on demand.
    progress : show a progress bar; default at a terminal, where the work is long.

    Returns
    -------
    Dataset of `hidden` (..., seed, layer, time, condition, unit), the activity after the nonlinearity, `output`
    (..., seed, time, condition, output), `loss` (..., seed, time), and the task; `time` in epochs. With `stop`, also
    `stopped` (..., seed): the epoch, or NaN. With `weights`, also `weights` (..., seed, time, weight), all arrays of a
    network one after the other, and `feedback_weights` of rules that have some; their attribute `shapes` says which.

    Raises
    ------
    InputError : a setting cannot be used, or frames would not fit in memory.

    Warns
    -----
    NeurounivWarning : members diverged. Their activity is NaN from then on; the others are as they would be alone.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> runs = train(tasks.xor(), "mlp", width=20, gain=[0.5, 1.0], epochs=100, seeds=3, record=11)
    >>> dict(runs.hidden.sizes)
    {'gain': 2, 'seed': 3, 'layer': 1, 'time': 11, 'condition': 4, 'unit': 20}
    """
    settings = TrainingSettings.checked(
        architecture=architecture, hidden_layers=hidden_layers, width=width, nonlinearity=nonlinearity, dropout=dropout,
        kernel=kernel, channels=channels, optimizer=optimizer, loss=loss, batch_size=batch_size, epochs=epochs,
        stop=stop, seeds=seeds, layers=layers, rule=rule, above=above, draws=draws, weights=weights, device=device,
        dtype=dtype,
    )  # fmt: skip
    kept = kept_epochs(record, settings.epochs, spacing)
    _one_task(task)
    begun = None if start is None else _start(start, settings)
    members = Members.of(task, settings.seeds, gain, lr, settings.dtype, settings.draws, begun)
    need_targets(settings.loss, members.targets)
    history_settings = settings.told() | {"gain": _history_value(gain), "lr": _history_value(lr), "spacing": spacing}
    history_settings["record"] = record if isinstance(record, int) else kept.tolist()
    history_settings |= {"conditions": task.sizes["condition"], "probes": probes is not None}
    history_settings["start"] = None if start is None else members.began
    descent = Descent(members, settings, kept, _shown(task, probes, members, settings.dtype), progress)
    labels = task if probes is None else probes
    return _recorded(descent, labels, with_history(task, "train", **history_settings), out)


def _recorded(descent: Descent, labels: xr.Dataset, history: xr.Dataset, out: str | Path | None) -> xr.Dataset:
    """Train, into memory or into the folder `out`, and label what was recorded."""
    members = descent.members
    if out is not None:
        with storage.streamed(_labelled(_room(descent), descent, labels, history), out, members.shape.shape) as sink:
            descent.run(sink)
        _tell_diverged(descent)
        return storage.load(out, chunks={})
    _check_memory(descent)
    arrays = {name: np.empty(shape, descent.kinds[name]) for name, shape in descent.shapes.items()}
    descent.run(arrays)
    _tell_diverged(descent)
    return _labelled({name: members.unstacked(array) for name, array in arrays.items()}, descent, labels, history)


def _labelled(arrays: Mapping[str, Any], descent: Descent, shown: xr.Dataset, history: xr.Dataset) -> xr.Dataset:
    settings, members = descent.settings, descent.members
    batch = tuple(members.shape.dims)
    runs = xr.Dataset({name: ((*batch, *FRAME[name]), array) for name, array in arrays.items()})
    runs = runs.assign_coords({name: c for name, c in members.shape.coords.items() if set(c.dims) <= set(batch)})
    runs = runs.assign_coords(layer=settings.layers, time=("time", descent.kept + members.began))
    runs = runs.assign({name: shown[name] for name in ("stimuli", "targets") if name in shown})
    runs["time"].attrs = {"units": "epochs", "axis": LEARNING}
    runs["hidden"].attrs = {"long_name": "hidden activity, after the nonlinearity"}
    runs["loss"].attrs = {"long_name": LOSSES[settings.loss].words}
    for name in DIMS:
        if name in runs:
            runs[name].attrs = {"long_name": WORDS[name], "shapes": json.dumps(descent.arrays[name])}
    attrs = {f"task_{name}": value for name, value in history.attrs.items() if name in ("name", "seed")}
    return runs.assign_attrs(attrs | origin_of(history) | {"history": history.attrs["history"]})


def _room(descent: Descent) -> dict[str, Any]:
    """Zeros that take no memory in place of the frames, a chunk for every member and some frames."""
    import dask.array

    batch = descent.members.shape.shape
    arrays = {}
    for name, shape in descent.shapes.items():
        time = FRAME[name].index("time") if "time" in FRAME[name] else None
        frame = max(1, int(np.prod(shape[1:])) // (shape[1 + time] if time is not None else 1))
        sizes = [-1 if axis != time else max(1, CHUNK // frame) for axis in range(len(shape) - 1)]
        chunks = (*[1] * len(batch), *sizes)
        arrays[name] = dask.array.zeros((*batch, *shape[1:]), dtype=descent.kinds[name], chunks=chunks)
    return arrays


def _check_memory(descent: Descent) -> None:
    sizes = {name: np.dtype(kind).itemsize for name, kind in descent.kinds.items()}
    needed = sum(sizes[name] * int(np.prod(shape)) for name, shape in descent.shapes.items())
    there = available_memory()
    if needed > there:
        raise InputError(
            f"The activity to record takes {size_text(needed)} and {size_text(there)} of memory are there. Give "
            "out='runs.zarr' to record into a folder, or record fewer epochs or layers."
        )


def _tell_diverged(descent: Descent) -> None:
    members = np.flatnonzero(descent.lost >= 0)
    if not members.size:
        return
    names = descent.members.named(members[:10])
    epochs = descent.kept[descent.lost[members[:10]]]
    epochs_text = [f"{name} (by epoch {epoch})" for name, epoch in zip(names, epochs, strict=True)]
    more = f" and {len(members) - 10} more" if len(members) > 10 else ""
    warn(
        f"{len(members)} of {len(descent.members)} networks diverged: {', '.join(epochs_text)}{more}. Their activity "
        "is NaN from there on. Try a smaller lr or a smaller gain."
    )


def _shown(task: xr.Dataset, probes: xr.Dataset | None, members: Members, dtype: str) -> np.ndarray:
    """The stimuli that are recorded."""
    if probes is None:
        return members.stimuli
    need_variables(probes, ("stimuli",), "Probes", "`neurouniv.tasks.from_arrays(stimuli, targets)` makes them.")
    need_dims(probes["stimuli"], CORE["stimuli"], "Probes' stimuli", "One row per probe.")
    if probes["stimuli"].ndim != 2 or probes.sizes["feature"] != task.sizes["feature"] or "condition" not in probes:
        raise InputError(
            f"Probes are named stimuli (condition, feature) with the {task.sizes['feature']} features of the task; "
            f"got {dict(probes['stimuli'].sizes)}, with the coordinates {sorted(map(str, probes.coords))}."
        )
    return in_dtype(probes["stimuli"].transpose(*CORE["stimuli"]).to_numpy(), "probes", dtype)


def _one_task(task: xr.Dataset) -> None:
    check_task(task)
    if "condition" not in task.coords:
        raise InputError(
            f"Networks train on a task of named conditions; it has {dict(task.sizes)} and the coordinates "
            f"{list(map(str, task.coords))}. `neurouniv.tasks.from_arrays(stimuli, targets)` makes one."
        )


def _start(start: xr.Dataset, settings: TrainingSettings) -> xr.Dataset:
    """The frame of weights to go on from."""
    if settings.draws is not None:
        raise InputError(
            "`start` says where all weights start, and `draws` draws some of them again. Give one of the two."
        )
    return last_frame(start)


def _history_value(value: Any) -> Any:
    """A setting as the history keeps it."""
    return np.asarray(value).tolist()
