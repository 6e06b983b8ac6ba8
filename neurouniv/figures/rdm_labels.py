"""Where the names of points go, so that they hide neither points nor each other, as far as there is room."""

from __future__ import annotations

import numpy as np

from neurouniv.figures.rdm_names import width

SIDES = np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1], [1, -1], [-1, -1]], dtype=float)
"""Where a name may stand, as seen from its point; the first is taken where all are free."""
HIGH = 1.25
"""Height of a line, of its letters."""
OUTSIDE = 0.6
"""How much a name's part outside of the panel counts, of a part that hides another name."""


def places_of(points: np.ndarray, names: list[str], size: float, away: float, room: float) -> np.ndarray:
    """The middles (n, 2) of names beside points (n, 2), in points of a panel from 0 to `room`; NaN where a point is.

    Parameters
    ----------
    size : of the letters, and `away` how far the nearest edge of a name is from the middle of its point.

    Examples
    --------
    >>> two = np.array([[50.0, 50.0], [52.0, 50.0]])
    >>> places = places_of(two, ["a", "b"], size=8.0, away=4.0, room=100.0)
    >>> bool(abs(places[0] - places[1]).max() > 8.0)
    True
    """
    half = np.array([[width(name, size) / 2, HIGH * size / 2] for name in names])
    known = np.isfinite(points).all(-1)
    marks = np.concatenate([points - away, points + away], -1)[known]
    boxes = np.empty((0, 4))
    places = np.full(points.shape, np.nan)
    for place in np.flatnonzero(known):
        reach = away / np.maximum(1.0, np.abs(SIDES).sum(-1, keepdims=True) ** 0.5)
        middles = points[place] + SIDES * (half[place] + reach)
        ours = np.concatenate([middles - half[place], middles + half[place]], -1)
        cost = _overlap(ours, boxes).sum(-1) + 0.5 * _overlap(ours, marks).sum(-1) + OUTSIDE * _outside(ours, room)
        best = int(np.argmin(np.round(cost, 3)))
        places[place], boxes = middles[best], np.concatenate([boxes, ours[best : best + 1]])
    return places


def _overlap(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The areas (ours, theirs) that boxes (left, low, right, high) share."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    return np.clip(high - low, 0.0, None).prod(-1)


def _outside(boxes: np.ndarray, room: float) -> np.ndarray:
    """The area (box,) outside of the panel."""
    inside = np.clip(np.minimum(boxes[:, 2:], room) - np.maximum(boxes[:, :2], 0.0), 0.0, None).prod(-1)
    return (boxes[:, 2:] - boxes[:, :2]).prod(-1) - inside
