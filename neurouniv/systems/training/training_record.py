"""How networks were trained, read off what they left behind, so that they can be trained again."""

from __future__ import annotations

from typing import Any, NamedTuple

import xarray as xr

from neurouniv.schema import InputError, history
from neurouniv.systems.networks import ARCHITECTURES

REMEDY = "Give the task and the settings instead: `neurouniv.start_ceiling(task, architecture, layer=..., ...)`."
LABELS = {"seeds": "seed", "layers": "layer", "gain": "gain", "lr": "lr"}
"""The coordinates that tell the settings of members."""


class Training(NamedTuple):
    """What `neurouniv.train` was called with."""

    task: xr.Dataset
    architecture: str
    settings: dict[str, Any]


def training_of(dataset: xr.Dataset) -> Training:
    """The training behind activity or a trajectory, of the members that are in it.

    Parameters
    ----------
    dataset : with `stimuli` and `targets`, and the step "train" in its history.

    Raises
    ------
    InputError : the history has no training, or does not tell all of it (an architecture of the user's own, probes,
        conditions left out, members whose labels are gone); the message says what to give.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> from neurouniv.systems.training.train import train
    >>> runs = train(tasks.xor(), width=20, epochs=10, seeds=range(3), record=2)
    >>> training_of(runs.isel(seed=[1])).settings["seeds"]
    [1]
    """
    steps = [step["settings"] for step in history(dataset) if step.get("step") == "train"]
    if not steps or not {"stimuli", "targets"} <= set(dataset.variables):
        raise InputError(f"Training again needs a task, and the step 'train' in the history of what it made. {REMEDY}")
    settings = {name: value for name, value in steps[-1].items() if name not in ("above", "draws")}
    architecture = settings.pop("architecture")
    if settings.pop("start", None) is not None:
        raise InputError(f"These networks went on from weights that the history does not hold. {REMEDY}")
    if steps[-1].get("draws") is not None:
        raise InputError(f"These networks are draws of one start already, above layer {steps[-1]['above']!r}. {REMEDY}")
    if architecture not in ARCHITECTURES:
        raise InputError(f"A history holds only the name of your own architecture, {architecture!r}. {REMEDY}")
    if settings.pop("probes", False):
        raise InputError(f"Probes were recorded, and the history does not hold the task that was learned. {REMEDY}")
    conditions = settings.pop("conditions", dataset.sizes["condition"])
    if conditions != dataset.sizes["condition"]:
        raise InputError(f"{conditions} conditions were learned, and {dataset.sizes['condition']} are here. {REMEDY}")
    settings |= {name: _of_members(dataset, settings[name], label) for name, label in LABELS.items()} | {
        "device": "auto"
    }
    task = dataset[["stimuli", "targets"]]
    return Training(task.drop_vars([name for name in task.coords if not task[name].ndim]), architecture, settings)


def _of_members(dataset: xr.Dataset, setting: Any, label: str) -> Any:
    """A setting of the members that are in `dataset`, by their labels where they have some."""
    if label in dataset.coords:
        return dataset[label].values.reshape(-1).tolist() if isinstance(setting, list) else setting
    if isinstance(setting, list) and len(setting) > 1:
        raise InputError(f"Which {label} of {setting} these networks have is not told by their coordinates. {REMEDY}")
    return setting
