"""The completion of conditions and pairs that were not seen, from their stimuli and from the others.

The linear map A that takes the stimuli x of the seen conditions to their representations takes those of the others
along. Of conditions with no seen pair, with K the centred kernel of the stimuli, G that of the representations, s the
seen and u the unseen conditions,

    B = K_ss^+ K_su,    G_su = G_ss B,    G_uu = B' G_ss B + g (K_uu - K_us B)

What the seen stimuli do not span is as long as others are on average, g times the stimuli's. It is a Gram matrix
whenever G_ss is one (Nystrom's completion of a positive matrix), and leaves G_ss as it was seen. Single pairs that were
not seen follow from the metric M = A'A, in which distances are linear, h = dx' M dx: the M nearest to g I that has the
seen distances, by regression with the kernel (dx_p . dx_q)^2 of pairs p and q.

Plain arrays; dims (element, ...).
"""

from __future__ import annotations

import numpy as np

from neurouniv.schema import pair_indices

SPANNED = 1e-3
"""Directions in which the seen stimuli differ by less than this share of their largest spread are not used. Where
single pairs are missing it is 3 to 10 %: their regression has products of four spreads, and less would follow noise."""
MOST = 1500
"""Seen pairs, up to which single ones are filled by regression; with more they stay as they came."""


def completed(h: np.ndarray, dx2: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Squared distances (element, pair), the `unseen` ones completed from the stimuli and the others; pdist order.

    Parameters
    ----------
    h : what is `unseen` holds a guess, h in proportion to dx2.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> first, second = pair_indices(4)
    >>> dx2, h = (((points[first] - points[second]) ** 2 * scale).sum(-1)[None] for scale in ([1, 1], [4, 9]))
    >>> h.tolist(), completed(np.where(second == 3, 5, h), dx2, second[None] == 3).round(9).tolist()
    ([[4.0, 9.0, 13.0, 13.0, 9.0, 4.0]], [[4.0, 9.0, 13.0, 13.0, 9.0, 4.0]])
    """
    completion = h.copy()
    for e in np.flatnonzero(unseen.any(-1)):
        completion[e] = _completed_element(h[e], dx2[e], unseen[e])
    return completion


def carried(values: np.ndarray, dx2: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """Values (element, row, condition), those of `absent` conditions (element, condition) linear in the stimuli.

    They are 0 where all are.
    """
    completion = np.where(np.all(absent, axis=-1)[:, None, None], 0.0, values)
    for e in np.flatnonzero(absent.any(-1) & ~absent.all(-1)):
        seen = ~absent[e]
        middle = values[e][:, seen].mean(-1, keepdims=True)
        weights = _weights(_about(_square(dx2[e], len(seen)), seen), seen)
        completion[e][:, ~seen] = middle + (values[e][:, seen] - middle) @ weights
    return completion


def _completed_element(h: np.ndarray, dx2: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    n = round((1 + np.sqrt(1 + 8 * len(h))) / 2)
    first, second = pair_indices(n)
    seen = np.isin(np.arange(n), np.concatenate([first[~unseen], second[~unseen]]))
    covered = seen[first] & seen[second]
    gain = (h * dx2)[~unseen].sum() / (dx2[~unseen] ** 2).sum()
    kernel = _about(_square(dx2, n), seen)
    h = h.copy()
    if (absent := covered & unseen).any() and (~unseen).sum() <= MOST:
        h[absent] = gain * dx2[absent] + _regressed((h - gain * dx2)[~unseen], kernel, (first, second), ~unseen, absent)
    if seen.all():
        return np.maximum(h, 0.0)
    block = np.ix_(seen, seen)
    gram = _extended(_about(_square(h, n), seen)[block], kernel, seen, gain)
    squares = np.diag(gram)
    return np.maximum(squares[first] + squares[second] - 2 * gram[first, second], 0.0)


def _regressed(
    rest: np.ndarray, kernel: np.ndarray, ends: tuple[np.ndarray, np.ndarray], seen: np.ndarray, absent: np.ndarray
) -> np.ndarray:
    """The differences of the `absent` pairs from g dx2, by regression on those of the `seen` pairs."""
    (a, b), (c, d) = ([end[part] for end in ends] for part in (seen, absent))
    among = (kernel[np.ix_(a, a)] - kernel[np.ix_(a, b)] - kernel[np.ix_(b, a)] + kernel[np.ix_(b, b)]) ** 2
    across = (kernel[np.ix_(c, a)] - kernel[np.ix_(c, b)] - kernel[np.ix_(d, a)] + kernel[np.ix_(d, b)]) ** 2
    return across @ np.linalg.pinv(among, rcond=SPANNED**2, hermitian=True) @ rest


def _extended(gram: np.ndarray, kernel: np.ndarray, seen: np.ndarray, gain: float) -> np.ndarray:
    """G of all conditions (condition, condition), from that of the seen ones."""
    weights = _weights(kernel, seen)
    rest = kernel[np.ix_(~seen, ~seen)] - weights.T @ kernel[np.ix_(seen, ~seen)]
    whole = np.zeros_like(kernel)
    whole[np.ix_(seen, seen)] = gram
    whole[np.ix_(seen, ~seen)] = gram @ weights
    whole[np.ix_(~seen, seen)] = (gram @ weights).T
    whole[np.ix_(~seen, ~seen)] = weights.T @ gram @ weights + gain * rest
    return whole


def _square(pairs: np.ndarray, n: int) -> np.ndarray:
    square = np.zeros((n, n))
    square[pair_indices(n)] = pairs
    return square + square.T


def _about(distances: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Products of all conditions about the mean of the seen ones."""
    across = distances - distances[:, seen].mean(-1, keepdims=True)
    return -0.5 * (across - across[seen].mean(0))


def _weights(kernel: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """B (seen, unseen)."""
    return np.linalg.pinv(kernel[np.ix_(seen, seen)], rcond=SPANNED, hermitian=True) @ kernel[np.ix_(seen, ~seen)]
