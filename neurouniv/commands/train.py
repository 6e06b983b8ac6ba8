"""The command that trains networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import one_or_more, task_of
from neurouniv.commands.help_groups import MORE, TRAINING
from neurouniv.commands.options import Device, Numbers, Overwrite, PerClass
from neurouniv.commands.outputs import named, need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking

IN_TRAINING = Parameter(group=TRAINING, negative=())
IN_MORE = Parameter(group=MORE, negative=())


def train(
    task: str,
    out: Path,
    *,
    architecture: choices.Architecture = "mlp",
    rule: choices.LearningRule = "backprop",
    hidden_layers: int = 1,
    width: int = 100,
    gain: Numbers = (1.0,),
    nonlinearity: choices.Nonlinearity = "leaky_relu",
    lr: Numbers = (0.01,),
    epochs: int = 1000,
    seeds: int = 1,
    device: Annotated[Device, IN_MORE] = "auto",
    record: Annotated[int, IN_TRAINING] = 100,
    dropout: Annotated[float, IN_TRAINING] = 0.0,
    optimizer: Annotated[choices.Optimizer, IN_TRAINING] = "sgd",
    loss: Annotated[choices.Loss, IN_TRAINING] = "mse",
    batch_size: Annotated[int | None, IN_TRAINING] = None,
    stop: Annotated[float | None, IN_TRAINING] = None,
    spacing: Annotated[choices.Spacing, IN_MORE] = "linear",
    layers: Annotated[list[int] | None, Parameter(consume_multiple=1), IN_MORE] = None,
    weights: Annotated[bool, IN_MORE] = False,
    start: Annotated[Path | None, IN_MORE] = None,
    per_class: PerClass = 3,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Train networks on a task and keep their activity.

    Example: neurouniv train digits runs.nc --nonlinearity tanh --gain .5 --lr .3

    Example: neurouniv train two_points runs.nc --hidden-layers 2 --width 500 --gain .35 --lr .02 --epochs 3000

    JSON: files, dims

    Parameters
    ----------
    task
        The task: two_points, xor, digits, contexts, or a file. A file is .nc or .zarr of a task, .npz, or a table.
    out
        Where the result goes: activity, .nc, or .zarr, which is written as training goes on.
    architecture
        The kind of network.
    hidden_layers
        Hidden layers.
    width
        Units of a hidden layer.
    gain
        Scale of the first weights. Several are trained side by side, as several learning rates are.
    nonlinearity
        The units' nonlinearity.
    lr
        Learning rate. Several are trained side by side, as several gains are.
    epochs
        Epochs of training.
    dropout
        Share of the units that are left out at every step.
    optimizer
        How steps are taken.
    loss
        What is made small.
    batch_size
        Conditions of a step. By default all.
    stop
        A network whose loss has fallen to this share of its first stops learning.
    seeds
        How many networks, with seeds 0, 1, ...
    record
        Epochs that are kept, first and last included.
    spacing
        Of the epochs that are kept.
    layers
        Hidden layers that are kept, counted from 0. By default the middle one.
    rule
        The learning rule. backprop, or what brains might do instead; or lazy, the control whose features do not move.
    weights
        Keep weights too, from which training can go on.
    start
        Networks to go on with. A file of networks that were trained with --weights; they go on from its last time, by
        any rule, on any task of the same sizes.
    """
    from neurouniv.storage import load, save
    from neurouniv.systems.training.train import train as train_networks

    need_file(out, [*named(task), *([start] if start else [])], overwrite)
    folder = out if out.suffix == ".zarr" else None
    begun = None if start is None else load(start)
    runs = train_networks(
        task_of(task, per_class), architecture, hidden_layers=hidden_layers, width=width, gain=one_or_more(gain),
        nonlinearity=nonlinearity, dropout=dropout, lr=one_or_more(lr), optimizer=optimizer, loss=loss,
        batch_size=batch_size, epochs=epochs, stop=stop, seeds=seeds, record=record, spacing=spacing,
        layers=layers, rule=rule, weights=weights, start=begun, device=device, out=folder, progress=speech.progress,
    )  # fmt: skip
    if folder is None:
        save(runs, out)
    speech.say(f"{out}: {dict(runs.sizes)}")
    return {"files": [out], "dims": dict(runs.sizes)}
