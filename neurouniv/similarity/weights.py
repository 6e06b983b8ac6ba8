"""Non-negative least squares from inner products alone, of very many frames at once.

With X the models and y a frame, the weights w >= 0 that make |y - X w| least depend on the Gram matrix X'X and the
moment X'y only. Block principal pivoting (Portugal, Judice & Vicente 1994, Mathematics of Computation 63, 625) solves
for all weights that are free, frees those that are held at 0 wrongly and holds those that came out negative, until the
conditions of Karush, Kuhn and Tucker hold. Few rounds settle nearly all frames, in one batch; those of models that are
mixes of each other, and the few that go round in a circle, are left to `scipy.optimize.nnls`.
"""

from __future__ import annotations

import numpy as np

ROUNDS = 20
"""Of pivoting, after which a frame is left to scipy."""
ZERO = 1e-12
"""Slopes below this, of models of length 1 and a largest moment of 1, are rounding errors."""
DEPENDENT = 1e-10
"""Models of length 1 are mixes of each other where their Gram matrix has an eigenvalue below this."""
MOST_SHARED = 30
"""Sets of free weights of more models are not counted, so that frames share none."""


def non_negative(gram: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """The weights w >= 0 (..., k) that make w'Gw - 2 w'm least, exactly.

    Where models are mixes of each other, w is one of the best; the mix X w is always the same. A model without length
    (a 0 on the diagonal) has the weight 0. NaN where a product is NaN.

    Parameters
    ----------
    gram : (..., k, k), the inner products of models with each other.
    moment : (..., k), those of models with data. Both broadcast.

    Examples
    --------
    >>> gram = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> non_negative(gram, np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])).round(3)
    array([[0.667, 0.667],
           [1.   , 0.   ],
           [0.   , 0.   ]])
    """
    k = moment.shape[-1]
    shape = np.broadcast_shapes(gram.shape[:-2], moment.shape[:-1])
    gram, length = _unit_length(gram)
    number = np.arange(gram[..., 0, 0].size).reshape(gram.shape[:-2])
    which, gram = np.broadcast_to(number, shape).reshape(-1), gram.reshape(-1, k, k)
    slopes = np.broadcast_to(moment / length, (*shape, k)).reshape(-1, k)
    largest = np.abs(slopes).max(-1, keepdims=True, initial=0.0)
    size = np.where(largest > 0, largest, 1.0)
    slopes = slopes / size

    weights = np.full(slopes.shape, np.nan)
    known = np.isfinite(slopes).all(-1) & np.isfinite(gram).all((-2, -1))[which]
    dependent = are_dependent(gram)[which]
    rows = np.flatnonzero(known & ~dependent)
    weights[rows], settled = _pivoted(gram, which[rows], slopes[rows])
    for row in np.concatenate([np.flatnonzero(known & dependent), rows[~settled]]):
        weights[row] = _by_scipy(gram[which[row]], slopes[row])
    return (weights * size).reshape(*shape, k) / length


def are_dependent(gram: np.ndarray) -> np.ndarray:
    """Whether some model is a mix of the others (...), of models of length 1 with these products (..., k, k).

    Examples
    --------
    >>> bool(are_dependent(np.array([[1.0, 1.0], [1.0, 1.0]])))
    True
    """
    finite = np.isfinite(gram).all((-2, -1))
    least = np.linalg.eigvalsh(np.where(finite[..., None, None], gram, np.eye(gram.shape[-1])))[..., 0]
    return finite & (least < DEPENDENT)


def _unit_length(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The products of models of length 1, and their lengths (..., k); a model without length meets no other."""
    square = np.diagonal(gram, axis1=-2, axis2=-1)
    length = np.sqrt(np.where(square > 0, square, np.inf))
    scaled = gram / (length[..., :, None] * length[..., None, :])
    return np.where((square <= 0)[..., None] & np.eye(gram.shape[-1], dtype=bool), 1.0, scaled), length


def _pivoted(gram: np.ndarray, which: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (frame, k), and which frames meet the conditions; `which` (frame,) of the Gram matrices each has."""
    weights, free = np.zeros_like(slopes), np.ones(slopes.shape, dtype=bool)
    open_rows = np.arange(len(slopes))
    for _ in range(ROUNDS):
        if not len(open_rows):
            break
        some, own, right = free[open_rows], which[open_rows], slopes[open_rows]
        solution = _product(*_inverses(gram, own, some), right)
        wrong = np.where(some, solution < 0, right - _product(gram, own, solution) > ZERO)
        weights[open_rows], free[open_rows] = solution, some ^ wrong
        open_rows = open_rows[wrong.any(-1)]
    settled = np.ones(len(slopes), dtype=bool)
    settled[open_rows] = False
    return weights, settled


def _inverses(gram: np.ndarray, which: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverses for the free weights alone, 0 at the others, once for frames that share one, and which is whose."""
    k = free.shape[1]
    code = which << k | free @ (1 << np.arange(k)) if k <= MOST_SHARED else np.arange(len(free))
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    both = free[first, :, None] & free[first, None, :]
    return np.where(both, np.linalg.inv(np.where(both, gram[which[first]], np.eye(k))), 0.0), place


def _product(matrices: np.ndarray, which: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return np.asarray((matrices[which] @ vectors[..., None])[..., 0])


def _by_scipy(gram: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """The weights of one frame (k,): models and a frame with these products, whatever they are, have the same."""
    from scipy.optimize import nnls  # slow to import

    values, vectors = np.linalg.eigh(gram)
    mask = values > DEPENDENT
    root = np.sqrt(values[mask])
    models, frame = root[:, None] * vectors[:, mask].T, (vectors[:, mask].T @ slopes) / root
    return nnls(models, frame, maxiter=100 * len(slopes))[0]
