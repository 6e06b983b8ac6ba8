"""RDMs in square or condensed form become condensed ones (..., pair); other arrays are refused."""

from __future__ import annotations

import numpy as np

from neurouniv.schema import InputError, pair_indices

TOLERANCE = 1e-5
"""Share of the largest dissimilarity within which two values are the same: what a file of rounded numbers loses."""


def condensed(values: np.ndarray, batch: int | None, source: str) -> np.ndarray:
    """`values` as (..., pair) in the order of `scipy.spatial.distance.pdist`, with `batch` dimensions before pair.

    Square RDMs may lie along the last two axes or, as MATLAB stacks them, along the first two; condensed ones along
    the last axis, or else the first.

    Parameters
    ----------
    values : (..., condition, condition) or (..., pair).
    batch : how many dimensions come before; None: none, one RDM.

    Raises
    ------
    InputError : the shape fits neither form, or a square RDM is not symmetric or its diagonal not zero.

    Examples
    --------
    >>> condensed(np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]]), None, "mine").tolist()
    [1.0, 2.0, 3.0]
    """
    values = _real(values, source)
    if batch is None:
        _need_one(values, source)
    core = values.ndim - (batch or 0)
    if core == 2:
        return _from_square(_square_last(values, source), source)
    if core == 1:
        return _pairs_last(values, source)
    raise InputError(
        f"RDMs of shape {values.shape} in {source} have {values.ndim} dimensions; {batch} named in `dims` leave "
        f"{core}, but an RDM takes 2 (square) or 1 (condensed, the order of scipy's pdist). Name every leading "
        'dimension: dims=("subject", "session").'
    )


def conditions_of(pairs: int) -> int | None:
    """How many conditions have so many pairs; None where no number has.

    Examples
    --------
    >>> conditions_of(66), conditions_of(67)
    (12, None)
    """
    n = round((1 + np.sqrt(1 + 8 * pairs)) / 2)
    return n if n * (n - 1) // 2 == pairs and pairs > 0 else None


def pair_at(first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """The place of a pair of two different ones of `n` items in condensed order; -1 where both are the same.

    Examples
    --------
    >>> pair_at(np.array([0, 2, 1]), np.array([1, 1, 1]), 3).tolist()
    [0, 2, -1]
    """
    low, high = np.minimum(first, second), np.maximum(first, second)
    return np.where(low == high, -1, low * n - low * (low + 1) // 2 + high - low - 1)


def _real(values: np.ndarray, source: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        raise InputError(f"RDMs need to be real numbers; got type {values.dtype} from {source}.")
    return values if values.dtype.kind == "f" else values.astype(float)


def _need_one(values: np.ndarray, source: str) -> None:
    """Without `dims`, one RDM: its condensed or its square form."""
    if values.ndim == 0:
        raise InputError(
            f"An RDM is a square matrix or a list of its pairs; got the single number {values} from {source}."
        )
    square = values.ndim == 2 and values.shape[0] == values.shape[1]
    if values.ndim != 1 and not square:
        raise InputError(
            f"{source} holds several RDMs, shape {values.shape}. Name the dimensions before the conditions or pairs: "
            'dims="subject", dims=("subject", "session"), or dims="time" with the times as time=[...].'
        )


def _square_last(values: np.ndarray, source: str) -> np.ndarray:
    shape = values.shape
    if shape[-1] == shape[-2] and not (shape[0] == shape[1] and _symmetric(np.moveaxis(values, (0, 1), (-2, -1)))):
        return values
    if shape[-1] == shape[-2] and _symmetric(values):
        return values
    if shape[0] == shape[1]:
        return np.moveaxis(values, (0, 1), (-2, -1))
    raise InputError(
        f"A square RDM has as many rows as columns; shape {shape} in {source} has them neither last nor first. If the "
        "RDMs are condensed (one value per pair), name one dimension more in `dims`."
    )


def _symmetric(square: np.ndarray) -> bool:
    return np.allclose(square, square.swapaxes(-1, -2), equal_nan=True)


def _from_square(square: np.ndarray, source: str) -> np.ndarray:
    n = square.shape[-1]
    if n < 2:
        raise InputError(f"An RDM needs at least two conditions; got shape {square.shape} from {source}.")
    slack = TOLERANCE * np.max(np.abs(square), initial=0.0, where=np.isfinite(square))
    _need_zero_diagonal(square, slack, source)
    i, j = pair_indices(n)
    upper, lower = square[..., i, j], square[..., j, i]
    _need_symmetry(upper, lower, slack, i, j, source)
    return upper


def _need_zero_diagonal(square: np.ndarray, slack: float, source: str) -> None:
    diagonal = np.diagonal(square, axis1=-2, axis2=-1)
    bad = np.argwhere(np.abs(diagonal) > slack)  # NaN there is common and says nothing
    if not len(bad):
        return
    value = diagonal[tuple(bad[0])]
    likely = "They look like similarities: give 1 - r." if np.allclose(diagonal, 1) else "Check that these are RDMs."
    raise InputError(
        f"An RDM has zeros on its diagonal; {len(bad)} of {diagonal.size} there are not in {source}, the first is "
        f"{value:g} (condition {bad[0][-1]}, counted from 0). {likely}"
    )


def _need_symmetry(
    upper: np.ndarray, lower: np.ndarray, slack: float, i: np.ndarray, j: np.ndarray, source: str
) -> None:
    gap = np.abs(np.subtract(upper, lower, where=np.isfinite(upper) & np.isfinite(lower), out=np.zeros_like(upper)))
    finite = np.isfinite(upper) == np.isfinite(lower)
    same = finite & (gap <= slack)
    if same.all():
        return
    for empty in (upper, lower):
        if (np.nan_to_num(empty) == 0).all():
            raise InputError(
                f"An RDM is symmetric; one triangle of that in {source} is empty. Mirror it: rdm + rdm.T (with zeros, "
                "not NaN, in the empty one)."
            )
    worst = np.unravel_index(int(np.argmax(np.where(same, -1.0, np.where(finite, gap, np.inf)))), same.shape)
    raise InputError(
        f"An RDM is symmetric; in {source} {int((~same).sum())} of {same.size} pairs are not, the worst conditions "
        f"{i[worst[-1]]} and {j[worst[-1]]}: {upper[worst]:g} one way, {lower[worst]:g} the other. If the order means "
        "nothing, average both: (rdm + rdm.T) / 2. If these are several RDMs in condensed form, name `dims`."
    )


def _pairs_last(values: np.ndarray, source: str) -> np.ndarray:
    if conditions_of(values.shape[-1]) is not None:
        return values
    if values.ndim == 2 and conditions_of(values.shape[0]) is not None:
        return np.moveaxis(values, 0, -1)
    length = values.shape[-1]
    below = int((1 + np.sqrt(1 + 8 * length)) // 2)
    near = " or ".join(f"{n * (n - 1) // 2} for {n}" for n in (below, below + 1))
    raise InputError(
        f"A condensed RDM has k (k - 1) / 2 values for k conditions: {near}; got {length} in {source}, shape "
        f"{values.shape}. If the RDMs are square, name one dimension less in `dims`."
    )
