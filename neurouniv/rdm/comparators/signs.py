"""What is concordant less what is discordant in every two of many frames, as products of signs of all differences.

That is of the order of P^2 work for P pairs, but a matrix product: the faster way where there are few pairs, or many
frames on both sides. Sums are of whole and half numbers, exact in single precision block by block.
"""

from __future__ import annotations

import numpy as np

AT_ONCE = 2**17
"""So many signs (frame, pair, other pair) stay in cache."""
FRAMES = 32
"""Frames of which signs are taken at once."""
SIGN, SORTED = 80, 2000
"""What signs of a frame cost, and an entry sorted and counted, over what a product of two frames' signs does."""
LEAST = 100
"""Tables of fewer are done many at once by counting inversions, where signs take each by itself."""


def signs_are_faster(frames: int, others: int, pairs: int) -> bool:
    """Whether signs are faster than counting inversions.

    Examples
    --------
    >>> signs_are_faster(200, 200, 780), signs_are_faster(1, 1, 780)
    (True, False)
    """
    return frames * others >= LEAST and pairs * (SIGN / frames + SIGN / others + 1) < SORTED


def concordance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Levels (frame, pair) and (other frame, pair) to (frame, other frame), over all pairs of pairs.

    Examples
    --------
    >>> concordance(np.array([[0, 1, 2]]), np.array([[0, 2, 1], [0, 1, 1]]))
    array([[1., 2.]])
    """
    x, y = x.astype(np.float32), y.astype(np.float32)
    total, size = np.zeros((len(x), len(y))), x.shape[-1]
    step = max(1, AT_ONCE // max(1, size * max(min(len(x), FRAMES), len(y))))
    for start in range(0, size, step):
        rows = slice(start, min(start + step, size))
        of_y = _signs(y, rows)
        of_y[:, :, : rows.stop - start] *= 0.5  # where both pairs are in `rows`, they are met twice
        of_y = of_y.reshape(len(y), -1).T
        for first in range(0, len(x), FRAMES):
            some = slice(first, first + FRAMES)
            total[some] += _signs(x[some], rows).reshape(-1, len(of_y)) @ of_y
    return total


def _signs(frames: np.ndarray, rows: slice) -> np.ndarray:
    """Of the differences of later pairs from those of `rows` (frame, row, pair)."""
    signs = frames[:, None, rows.start :] - frames[:, rows, None]
    return np.minimum(np.maximum(signs, -1, out=signs), 1, out=signs)
