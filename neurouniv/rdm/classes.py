"""Which conditions belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.pairs import Pairs, are_named


def condition_names(trajectory: xr.Dataset) -> np.ndarray:
    """The conditions of a trajectory (condition,), in the order its pairs name them."""
    return _pairs(trajectory).names


def classes(trajectory: xr.Dataset) -> np.ndarray | None:
    """The class of every condition in `condition_names`, or None where there are no classes.

    Classes are the coordinate `label` of the conditions or, without one, conditions that share a target. Classes
    need two members somewhere and there have to be two of them: otherwise nothing clusters.

    Examples
    --------
    >>> traj = xr.Dataset(
    ...     {"targets": (("condition", "output"), [[0.0], [0.0], [1.0]])},
    ...     {"condition": ["a", "b", "c"], "first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])},
    ... )
    >>> classes(traj).tolist()
    [0, 0, 1]
    """
    if not _has_task(trajectory):
        return None
    names = condition_names(trajectory)
    if "label" in trajectory.coords and trajectory["label"].dims == ("condition",):
        labels = trajectory["label"].sel(condition=names).values
    elif "targets" in trajectory:
        _, labels = np.unique(trajectory["targets"].sel(condition=names).values, axis=0, return_inverse=True)
        labels = labels.reshape(-1)
    else:
        return None
    return labels if 1 < len(np.unique(labels)) < len(names) else None


def named_classes(trajectory: xr.Dataset) -> dict[str, Any] | None:
    """The class of every condition by its name, or None where there are no classes."""
    labels = classes(trajectory)
    if labels is None:
        return None
    return dict(zip(condition_names(trajectory).astype(str).tolist(), labels.tolist(), strict=True))


def _has_task(trajectory: xr.Dataset) -> bool:
    """Whether the task names every condition of the pairs, once."""
    if "condition" not in trajectory.coords or not are_named(trajectory):
        return False
    names = trajectory.get_index("condition")
    return names.is_unique and set(condition_names(trajectory)) <= set(names)


def same_class(trajectory: xr.Dataset) -> np.ndarray | None:
    """Whether both conditions of every pair (pair,) are of one class, or None where there are no classes."""
    labels = classes(trajectory)
    if labels is None:
        return None
    first, second = labels[_pairs(trajectory).ends]
    return first == second


def class_mean_distances(trajectory: xr.Dataset) -> np.ndarray | None:
    """Squared distance between the mean stimuli of the two classes of every pair (pair,): 0 within a class.

    None without classes or stimuli. Of digits no other simple predictor does as well.
    """
    labels = classes(trajectory)
    if labels is None or "stimuli" not in trajectory:
        return None
    pairs = _pairs(trajectory)
    stimuli = trajectory["stimuli"].sel(condition=pairs.names).transpose("condition", ...).values
    stimuli = stimuli.reshape(len(pairs.names), -1)
    mean = [stimuli[labels == label].mean(0) for label in labels]
    return np.array([((mean[first] - mean[second]) ** 2).sum() for first, second in pairs.ends.T])


def _pairs(trajectory: xr.Dataset) -> Pairs:
    """With names as the task has them, to select by."""
    return Pairs.of(trajectory, "pairs", text=False)
