"""Training: many networks at once, their activity recorded as they learn."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import Tensor
from tqdm import tqdm

from neurouniv.schema import LEARNING, InputError, NeurounivWarning, check_task, with_history
from neurouniv.systems.learning_rules import RULES, LearningRule
from neurouniv.systems.networks import MLP, NONLINEARITIES, Pass, seeded

ARCHITECTURES = ("mlp",)
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def train(
    task: xr.Dataset,
    architecture: str = "mlp",
    *,
    hidden_layers: int = 1,
    width: int = 100,
    gain: float = 1.0,
    nonlinearity: str = "leaky_relu",
    lr: float = 0.01,
    epochs: int = 1000,
    seeds: int | Iterable[int] = range(1),
    record: int | Iterable[int] = 100,
    layers: int | Iterable[int] | None = None,
    rule: str = "backprop",
    device: str = "auto",
    dtype: str = "float32",
    progress: bool | None = None,
) -> xr.Dataset:
    """Train one network per seed on `task`, all in one batched computation, and record what they do meanwhile.

    Full-batch gradient descent on half the mean squared error over conditions and outputs; weights start
    xavier-normal times `gain`, biases at zero. A member's numbers do not depend on who shares its batch.

    Parameters
    ----------
    task : `stimuli` (condition, feature) and `targets` (condition, output).
    architecture : "mlp".
    hidden_layers, width : number of hidden layers, units in each.
    nonlinearity : "linear", "relu", "leaky_relu", "tanh", "elu", "swish" (or "silu") or "gelu".
    lr : learning rate per epoch.
    seeds : one per network; a single number is one seed, not a count.
    record : how many epochs are kept, evenly spaced, the first (0, untrained) and last included; or which.
    layers : 0-based indices of the hidden layers recorded; default the middle one, `hidden_layers // 2`.
    rule : "backprop", "feedback_alignment" or "direct_feedback_alignment".
    device : "auto" (CUDA where there is one), "cpu" or "cuda".
    dtype : "float32" or "float64".
    progress : show a progress bar; default only at a terminal.

    Returns
    -------
    Dataset of `hidden` (seed, layer, time, condition, unit), the activity after the nonlinearity, `output`
    (seed, time, condition, output), `loss` (seed, time), and the task; `time` in epochs.

    Raises
    ------
    InputError : a setting cannot be used.

    Warns
    -----
    NeurounivWarning : members diverged. Their activity is NaN from then on; the others are as they would be alone.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> runs = train(tasks.xor(), "mlp", width=20, epochs=100, seeds=range(3), record=11)
    >>> dict(runs.hidden.sizes)
    {'seed': 3, 'layer': 1, 'time': 11, 'condition': 4, 'unit': 20}
    """
    settings = {
        "architecture": _one_of(architecture, ARCHITECTURES, "architecture"),
        "hidden_layers": _count(hidden_layers, "hidden_layers"),
        "width": _count(width, "width"),
        "gain": _positive(gain, "gain"),
        "nonlinearity": _one_of(nonlinearity, NONLINEARITIES, "nonlinearity"),
        "lr": _positive(lr, "lr"),
        "epochs": _count(epochs, "epochs"),
        "seeds": _seeds(seeds),
        "layers": _layers(layers, hidden_layers),
        "rule": _one_of(rule, RULES, "rule"),
        "device": _device(device),
        "dtype": _one_of(dtype, DTYPES, "dtype"),
    }
    kept = _kept_epochs(record, epochs)
    stimuli, targets = _arrays(task, settings)
    learner = _learner(stimuli.shape[1], targets.shape[1], settings)
    frames = _descend(learner, stimuli, targets, settings, kept, progress)
    runs = _labelled(_blanked(frames, kept, settings), task, kept, settings)
    asked = record if isinstance(record, int) else kept.tolist()
    return with_history(runs, "train", source=task, record=asked, **settings)


class Frames(NamedTuple):
    """What is recorded: hidden (seed, layer, time, condition, unit), output (seed, time, ...), loss (seed, time)."""

    hidden: Tensor
    output: Tensor
    loss: Tensor


def _learner(features: int, outputs: int, settings: dict[str, Any]) -> LearningRule:
    """The networks, and the rule by which they learn; a seed draws weights first, then the rule's pathways."""
    seeds = settings["seeds"]
    # A batch of one goes through other kernels, whose last bits differ, and rectified units make much of them:
    # a lone member gets a twin, so that its numbers are those it has in any batch.
    generators = seeded(seeds if len(seeds) > 1 else seeds * 2)
    sizes = [features, *[settings["width"]] * settings["hidden_layers"], outputs]
    dtype = DTYPES[settings["dtype"]]
    network = MLP(sizes, settings["gain"], settings["nonlinearity"], generators, dtype, settings["device"])
    return RULES[settings["rule"]](network, generators)


@torch.inference_mode()
def _descend(
    learner: LearningRule,
    stimuli: Tensor,
    targets: Tensor,
    settings: dict[str, Any],
    kept: np.ndarray,
    progress: bool | None,
) -> Frames:
    """Learn until the last epoch in `kept`, with a frame at each of them."""
    network, lr = learner.network, settings["lr"]
    frames = _room(len(kept), stimuli, targets, settings)
    with tqdm(total=int(kept[-1]), desc="training", unit="epoch", disable=_hidden_bar(progress)) as bar:
        for frame, (start, stop) in enumerate(zip([0, *kept], kept, strict=False)):
            for _ in range(start, stop):
                seen = network.forward(stimuli)
                learner.learn(seen, (seen.output - targets).div_(targets.numel()), lr)
            _record(frames, frame, network.forward(stimuli), targets, settings["layers"])
            bar.update(int(stop - start))
    return frames


def _room(times: int, stimuli: Tensor, targets: Tensor, settings: dict[str, Any]) -> Frames:
    """Empty frames, in the computer's memory wherever the training runs."""
    members, layers = len(settings["seeds"]), len(settings["layers"])
    hidden = members, layers, times, len(stimuli), settings["width"]
    shapes = hidden, (members, times, *targets.shape), (members, times)
    return Frames(*(torch.empty(shape, dtype=stimuli.dtype) for shape in shapes))


def _record(frames: Frames, frame: int, seen: Pass, targets: Tensor, layers: list[int]) -> None:
    members = len(frames.loss)
    output = seen.output[:members]
    for k, layer in enumerate(layers):
        frames.hidden[:, k, frame] = seen.activity[layer + 1][:members].cpu()
    frames.output[:, frame] = output.cpu()
    frames.loss[:, frame] = (output - targets).square().mean((1, 2)).div(2).cpu()


def _blanked(frames: Frames, kept: np.ndarray, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """The frames as NumPy arrays, NaN from where a member is no longer finite; warns with the seeds' names."""
    arrays = {name: array.numpy() for name, array in frames._asdict().items()}
    finite = np.isfinite(arrays["loss"]) & np.isfinite(arrays["output"]).all((2, 3))
    finite &= np.isfinite(arrays["hidden"]).all((1, 3, 4))
    lost = ~np.logical_and.accumulate(finite, axis=1)
    if not lost.any():
        return arrays
    arrays["loss"][lost] = arrays["output"][lost] = np.nan
    arrays["hidden"].swapaxes(1, 2)[lost] = np.nan
    members = np.flatnonzero(lost.any(1))
    told = [f"{settings['seeds'][m]} (by epoch {kept[lost[m].argmax()]})" for m in members[:10]]
    more = f" and {len(members) - 10} more" if len(members) > 10 else ""
    warnings.warn(
        f"{len(members)} of {len(lost)} networks diverged: seeds {', '.join(told)}{more}. Their activity is NaN from "
        f"there on. Try a smaller lr than {settings['lr']:g} or a smaller gain than {settings['gain']:g}.",
        NeurounivWarning,
        stacklevel=3,
    )
    return arrays


def _labelled(
    arrays: dict[str, np.ndarray], task: xr.Dataset, kept: np.ndarray, settings: dict[str, Any]
) -> xr.Dataset:
    dims = {
        "hidden": ("seed", "layer", "time", "condition", "unit"),
        "output": ("seed", "time", "condition", "output"),
        "loss": ("seed", "time"),
    }
    runs = xr.Dataset({name: (dims[name], array) for name, array in arrays.items()})
    runs = runs.assign_coords(seed=settings["seeds"], layer=settings["layers"], time=("time", kept))
    runs = runs.assign(stimuli=task.stimuli, targets=task.targets)
    runs["time"].attrs = {"units": "epochs", "axis": LEARNING}
    runs["hidden"].attrs = {"long_name": "hidden activity, after the nonlinearity"}
    runs["loss"].attrs = {"long_name": "half the mean squared error over conditions and outputs"}
    return runs.assign_attrs({f"task_{name}": value for name, value in task.attrs.items() if name in ("name", "seed")})


def _arrays(task: xr.Dataset, settings: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Stimuli and targets on the device, once `task` is known to be one."""
    check_task(task)
    extra = [dim for name in ("stimuli", "targets") for dim in task[name].dims[2:]]
    if extra or "condition" not in task.coords:
        raise InputError(
            f"Networks train on one task of named conditions; it has {dict(task.sizes)} and the coordinates "
            f"{list(map(str, task.coords))}. `neurouniv.tasks.from_arrays(stimuli, targets)` makes one."
        )
    both = task.stimuli.transpose("condition", "feature"), task.targets.transpose("condition", "output")
    stimuli, targets = (torch.as_tensor(array.to_numpy().astype(settings["dtype"])) for array in both)
    return stimuli.to(settings["device"]), targets.to(settings["device"])


def _hidden_bar(progress: bool | None) -> bool | None:
    """tqdm's `disable`: None hides the bar where there is no terminal."""
    return None if progress is None else not progress


def _one_of(value: Any, known: Iterable[str], what: str) -> str:
    if not (isinstance(value, str) and value in known):
        raise InputError(f"{what} is one of {list(known)}; {value!r} came.")
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _count(value: Any, what: str) -> int:
    if not (_is_whole(value) and value >= 1):
        raise InputError(f"{what} is a whole number of at least 1; {value!r} came.")
    return int(value)


def _positive(value: Any, what: str) -> float:
    if not (isinstance(value, Real) and not isinstance(value, bool) and 0 < value < np.inf):
        raise InputError(f"{what} is a positive number; {value!r} came.")
    return float(value)


def _indices(values: Any, low: int, high: int | None, what: str) -> list[int]:
    """`values`, one or several, as whole numbers from `low` to `high`, none twice."""
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    upper = f" to {high}" if high is not None else ""
    if not listed or not all(_is_whole(v) and low <= v and (high is None or v <= high) for v in listed):
        shown = listed if len(listed) <= 10 else f"{listed[:10]}..."
        raise InputError(f"{what} needs whole numbers from {low}{upper}, at least one; {shown} came.")
    if len(set(listed)) < len(listed):
        raise InputError(f"{what} names each once; {sorted({v for v in listed if listed.count(v) > 1})} come twice.")
    return [int(v) for v in listed]


def _seeds(seeds: Any) -> list[int]:
    return _indices(seeds, 0, 2**63 - 1, "seeds")


def _layers(layers: Any, hidden_layers: int) -> list[int]:
    return _indices(hidden_layers // 2 if layers is None else layers, 0, hidden_layers - 1, "layers")


def _kept_epochs(record: Any, epochs: int) -> np.ndarray:
    """The epochs to keep, increasing: `record` of them with 0 and `epochs`, or those it lists."""
    if not isinstance(record, Iterable):
        if not (_is_whole(record) and record >= 2):
            raise InputError(
                f"record is how many epochs to keep, at least 2 (the first and the last), or a list; {record!r} came."
            )
        return np.unique(np.linspace(0, epochs, int(record)).round().astype(int))
    return np.array(sorted(_indices(record, 0, epochs, "record")))


def _device(device: Any) -> str:
    available = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if available else "cpu"
    if _one_of(device, ("auto", "cpu", "cuda"), "device") == "cuda" and not available:
        raise InputError("device='cuda' needs a CUDA device, and torch sees none. Use device='auto' or 'cpu'.")
    return device
