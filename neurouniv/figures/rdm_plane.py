"""Conditions as points in a plane whose distances are near those of an RDM, at all times at once, turned alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np

from neurouniv.figures.rdm_frames import Frames
from neurouniv.schema import InputError

Method = Literal["classical", "metric"]
EQUAL = 1e-6
"""The second and the third axis are alike by less than this share of the second. A convention: single precision."""
METHODS = {"classical": "classical MDS", "metric": "metric MDS"}


@dataclass(frozen=True)
class Plane:
    """Points of every row and time, and how well they do."""

    points: np.ndarray  # (row, time, condition, 2); NaN where a condition has no dissimilarities
    share: np.ndarray  # (row, time), of variance
    stress: np.ndarray  # (row, time); NaN where no distance is above 0
    chance: np.ndarray  # (row, time), whether another plane holds as much

    def text(self, row: int, frame: int) -> str:
        """What two dimensions hold, in words."""
        if np.isnan(self.points[row, frame]).all():
            return "nothing to place"
        if not np.isfinite(self.stress[row, frame]):
            return "no distance above 0"
        return f"{100 * self.share[row, frame]:.0f} % of variance, stress {self.stress[row, frame]:.2f}"


def plane_of(frames: Frames, places: np.ndarray, method: Method = "classical") -> Plane:
    """The points of the frames at `places` of every row, each turned to the one before, rows to the first row.

    `share` is that of the two largest eigenvalues in the sum of the sizes of all (Mardia 1978), so negative ones, of
    noise, count against it. `stress` is the root of the summed squared errors of distances over the summed squared
    distances, which count as 0 where they are negative (Borg & Groenen 2005, eq. 11.1; as R's smacof has it).

    Raises
    ------
    InputError : `method` is another; some pairs of a condition are missing, and others are not.
    """
    if method not in METHODS:
        raise InputError(f"method is 'classical', in closed form, or 'metric', started from it; got {method!r}.")
    squared = np.stack([frames.square(h.isel(time=places)) for _, h in frames.rows()])
    present = whole_conditions(squared, frames)
    points, share, chance = classical(squared, present)
    if method == "metric":
        points = _metric(squared, present, points)
    points = np.where(present[..., None], points, np.nan)
    stress = _stress(squared, points)
    return Plane(aligned(points), share, stress, chance)


def whole_conditions(squared: np.ndarray, frames: Frames) -> np.ndarray:
    """Which conditions (..., condition) have dissimilarities; raise where they have some, not all."""
    known = np.isfinite(squared)
    present = known.sum(-1) > 1  # itself is one
    absent = ~known & present[..., None, :] & present[..., :, None]
    if absent.any():
        *_, first, second = np.argwhere(absent)[0]
        one, other = str(frames.names[first]), str(frames.names[second])
        raise InputError(
            f"Points in a plane, and clusters, need the dissimilarities of all pairs; that of {one!r} and {other!r} is "
            "missing, though both have others. Leave a condition out: order=[the names of the others]."
        )
    return present


def classical(squared: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classical (Torgerson's) MDS of squared distances (..., n, n) of the conditions that are `present` (..., n).

    Points (..., n, 2) in the order of their principal axes, the share of variance (...), and whether another plane
    holds as much (...), for a third axis is as long as the second: where all distances are equal, say.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    >>> squared = ((corners[:, None] - corners) ** 2).sum(-1)
    >>> points, share, chance = classical(squared, np.ones(3, dtype=bool))
    >>> bool(np.allclose(((points[:, None] - points) ** 2).sum(-1), squared)), round(float(share), 12), bool(chance)
    (True, 1.0, False)
    """
    there = present.astype(float)
    count = np.maximum(there.sum(-1), 1.0)[..., None, None]
    centre = np.eye(there.shape[-1]) * there[..., None] - there[..., None] * there[..., None, :] / count
    products = -0.5 * centre @ np.nan_to_num(squared) @ centre
    values, vectors = np.linalg.eigh(products)
    largest = np.clip(values[..., :-3:-1], 0.0, None)
    total = np.abs(values).sum(-1)
    share = np.divide(largest.sum(-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    points = vectors[..., :-3:-1] * np.sqrt(largest)[..., None, :]
    far = np.take_along_axis(points, np.abs(points).argmax(-2)[..., None, :], -2)
    return points * np.where(far < 0, -1.0, 1.0), share, _is_chance(values)


def _is_chance(values: np.ndarray) -> np.ndarray:
    """Whether the third of the eigenvalues (..., n), which ascend, is as large as the second."""
    if values.shape[-1] < 3:
        return np.zeros(values.shape[:-1], dtype=bool)
    second, third = values[..., -2], values[..., -3]
    return (second > EQUAL * values[..., -1]) & (second - third <= EQUAL * second)


def _metric(squared: np.ndarray, present: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Points of least stress (SMACOF), started from those of classical MDS, frame by frame."""
    from sklearn.manifold import smacof

    points = start.copy()
    for place in np.ndindex(squared.shape[:-2]):
        conditions = np.flatnonzero(present[place])
        distances = np.sqrt(np.clip(squared[place][np.ix_(conditions, conditions)], 0.0, None))
        if len(conditions) > 2 and distances.any():
            points[place][conditions], _ = smacof(
                distances, n_components=2, init=start[place][conditions], n_init=1, max_iter=1000, eps=1e-9,
                random_state=0, normalized_stress=False,
            )  # fmt: skip
    return points


def squared_between(points: np.ndarray) -> np.ndarray:
    """Squared distances (..., n, n) between points (..., n, 2)."""
    return ((points[..., :, None, :] - points[..., None, :, :]) ** 2).sum(-1)


def _stress(squared: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The normalised stress (...); NaN where all distances are 0."""
    wanted = np.sqrt(np.clip(squared, 0.0, None))
    errors = np.nansum((np.sqrt(squared_between(points)) - wanted) ** 2, axis=(-2, -1))
    total = np.nansum(wanted**2, axis=(-2, -1))
    return np.sqrt(np.divide(errors, total, out=np.full(total.shape, np.nan), where=total > 0))


def aligned(points: np.ndarray) -> np.ndarray:
    """Points (row, time, n, 2) turned and mirrored, never stretched: each frame to the one before it by their common
    conditions (Procrustes), the last frame to its own axes, and that of every row to the first row's.

    Examples
    --------
    >>> square = np.array([[2.0, 0.0], [0.0, 1.0], [-2.0, 0.0], [0.0, -1.0]])
    >>> turned = square @ np.array([[0.6, 0.8], [-0.8, 0.6]])
    >>> still = aligned(np.stack([square, turned, square])[None])[0]
    >>> bool(np.allclose(still[0], still[1]))
    True
    """
    filled = _carried(points)
    turns = _turn(filled[:, 1:], filled[:, :-1])
    start = np.broadcast_to(np.eye(2), (len(points), 2, 2))
    chain = np.stack(list(accumulate(np.moveaxis(turns, 1, 0), lambda product, turn: turn @ product, initial=start)), 1)
    last = filled[:, -1]
    rows = _turn(last, np.broadcast_to(last[:1], last.shape))
    turned = filled @ (chain @ np.swapaxes(chain[:, -1:], -1, -2) @ rows[:, None])
    moved = turned + np.cumsum(np.concatenate([np.zeros_like(turned[:, :1, :1]), _shift(turned)], 1), 1)
    return np.where(np.isfinite(points), moved, np.nan)


def _carried(points: np.ndarray) -> np.ndarray:
    """Points with frames that have none replaced by the frame before, or 0."""
    filled = points.copy()
    for frame in range(points.shape[1]):
        empty = np.isnan(points[:, frame]).all((-2, -1))
        filled[empty, frame] = filled[empty, frame - 1] if frame else 0.0
    return filled


def _common(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places of common points about their mean, 0 for others; twice."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    count = np.maximum(both.sum(-2, keepdims=True), 1)
    sides = [np.where(both, points, 0.0) for points in (ours, theirs)]
    ours, theirs = (np.where(both, points - points.sum(-2, keepdims=True) / count, 0.0) for points in sides)
    return ours, theirs


def _turn(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The rotations or reflections (..., 2, 2) that bring points (..., n, 2) nearest to others (Schönemann 1966)."""
    one, other = _common(ours, theirs)
    left, _, right = np.linalg.svd(np.swapaxes(one, -1, -2) @ other)
    return left @ right


def _shift(points: np.ndarray) -> np.ndarray:
    """By how much (row, time - 1, 1, 2) the common points of two frames are apart: 0 where all conditions are there."""
    both = np.isfinite(points[:, 1:]) & np.isfinite(points[:, :-1])
    apart = np.where(both, points[:, :-1] - points[:, 1:], 0.0)
    return apart.sum(-2, keepdims=True) / np.maximum(both.sum(-2, keepdims=True), 1)
