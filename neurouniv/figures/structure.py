"""Which conditions belong together, and the square form of an RDM in that order."""

from __future__ import annotations

import numpy as np
import xarray as xr


def condition_names(trajectory: xr.Dataset) -> np.ndarray:
    """The conditions of a trajectory (condition,), in the order its pairs name them."""
    both = np.stack([trajectory["first"].values, trajectory["second"].values], axis=1).ravel()
    _, at = np.unique(both, return_index=True)
    return both[np.sort(at)]


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
    if "condition" not in trajectory.coords:
        return None
    names = condition_names(trajectory)
    if "label" in trajectory.coords:
        found = trajectory["label"].sel(condition=names).values
    elif "targets" in trajectory:
        _, found = np.unique(trajectory["targets"].sel(condition=names).values, axis=0, return_inverse=True)
        found = found.reshape(-1)
    else:
        return None
    return found if 1 < len(np.unique(found)) < len(names) else None


def same_class(trajectory: xr.Dataset) -> np.ndarray | None:
    """Whether both conditions of every pair (pair,) are of one class, or None where there are no classes."""
    found = classes(trajectory)
    if found is None:
        return None
    of = dict(zip(condition_names(trajectory), found, strict=True))
    ends = zip(trajectory["first"].values, trajectory["second"].values, strict=True)
    return np.array([of[first] == of[second] for first, second in ends])


def square(values: np.ndarray, trajectory: xr.Dataset, names: np.ndarray) -> np.ndarray:
    """Distances (..., pair) as (..., condition, condition_) in the order of `names`; NaN where no pair is given."""
    place = {name: i for i, name in enumerate(names)}
    i = np.array([place[name] for name in trajectory["first"].values])
    j = np.array([place[name] for name in trajectory["second"].values])
    made = np.full((*values.shape[:-1], len(names), len(names)), np.nan)
    made[..., i, j] = made[..., j, i] = values
    made[..., np.arange(len(names)), np.arange(len(names))] = 0.0
    return made


def class_mean_distances(trajectory: xr.Dataset) -> np.ndarray | None:
    """Squared distance between the mean stimuli of the two classes of every pair (pair,): 0 within a class.

    The simple predictor that every law has to beat (theory, section 9). None without classes or stimuli.
    """
    found = classes(trajectory)
    if found is None or "stimuli" not in trajectory:
        return None
    names = condition_names(trajectory)
    stimuli = trajectory["stimuli"].sel(condition=names).transpose("condition", ...).values
    stimuli = stimuli.reshape(len(names), -1)
    mean = {name: stimuli[found == found[i]].mean(0) for i, name in enumerate(names)}
    ends = zip(trajectory["first"].values, trajectory["second"].values, strict=True)
    return np.array([((mean[first] - mean[second]) ** 2).sum() for first, second in ends])


def silhouette(squared: np.ndarray, found: np.ndarray) -> float:
    """Mean silhouette of the classes `found` (condition,) in a square RDM of squared distances.

    Computed on distances, the square roots, as on points themselves; noise below 0 counts as 0. NaN where a
    distance is missing.

    Examples
    --------
    >>> apart = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]])
    >>> silhouette(apart, np.array([0, 0, 1, 1]))
    1.0
    """
    from sklearn.metrics import silhouette_score

    if not np.isfinite(squared).all():
        return float("nan")
    return float(silhouette_score(np.sqrt(np.clip(squared, 0, None)), found, metric="precomputed"))
