"""Patterns that an RDM movie may have come from: of all such, those that move least from frame to frame.

A movie of Gram matrices K(t) (N x N) says how long patterns are and how they lie to each other, not how all of them
turn together. Let them turn as little as they can: X(t) with X(t)'X(t) = K(t) and, over all patterns,

    |X(t+1) - X(t)|^2 as small as possible,

which is Procrustes' problem (Schoenemann 1966): X(t+1) X(t)' is symmetric without negative eigenvalues. Where K(t) is
invertible it is the one symmetric map of the conditions

    X(t+1) = X(t) L,    L = K(t)^(-1/2) (K(t)^(1/2) K(t+1) K(t)^(1/2))^(1/2) K(t)^(-1/2),    L K(t) L = K(t+1),

the smallest that leads from one RDM to the next (of optimal transport; Bhatia, Jain & Lim 2019). As frames get denser,
dX/dt = X M with M symmetric. Patterns that do move by such maps are found as they were, up to a rotation for ever:
those of a deep linear network whose modes are aligned (Saxe et al. 2014), where X = U a(t) V' and only a moves. Other
patterns also turn, or come to have directions that they did not have, which no RDM shows; even those of two conditions.

Plain arrays; dims (..., frame, N, N), centred over conditions.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array

LEFT_OUT = 1e-6
"""The share of all squares that a movie in fewer rows may leave out. By hand: far below what a law leaves."""


class Cut(NamedTuple):
    """Gram matrices without what noise alone makes, and the share of their squares that was below 0."""

    gram: Array
    negative: Array


def positive(gram: Array) -> Cut:
    """Gram matrices (..., N, N) without negative eigenvalues, and without positive ones that are no larger.

    Crossvalidated distances have negative eigenvalues by noise, which makes as large positive ones.

    Examples
    --------
    >>> import numpy as np
    >>> cut = positive(np.diag([5.0, 1.0, -1.0]))
    >>> cut.gram.diagonal().tolist(), round(float(cut.negative), 3)
    ([5.0, 0.0, 0.0], 0.037)
    """
    xp = array_namespace(gram)
    values, vectors = xp.linalg.eigh(gram)
    edge = xp.clip(-values[..., :1], 0.0, None)
    spectrum = xp.where(values > edge, values, 0.0)
    squares = xp.sum(values**2, axis=-1)
    negative = xp.sum(xp.where(values < 0, values, 0.0) ** 2, axis=-1) / xp.where(squares > 0, squares, 1.0)
    return Cut((vectors * spectrum[..., None, :]) @ vectors.mT, negative)


def patterns_of(gram: Array) -> Array:
    """X (..., frame, N, N), one row a unit, whose products X'X are `gram` and that moves least.

    Examples
    --------
    >>> import numpy as np
    >>> gram = np.stack([np.diag([1.0, 4.0]), np.diag([4.0, 4.0])])
    >>> patterns_of(gram)[1].round(6) + 0
    array([[2., 0.],
           [0., 2.]])
    """
    xp = array_namespace(gram)
    values, vectors = xp.linalg.eigh(gram)
    roots = (vectors * xp.clip(values, 0.0, None)[..., None, :] ** 0.5) @ vectors.mT
    left, _, right = xp.linalg.svd(roots[..., 1:, :, :] @ roots[..., :-1, :, :].mT)
    turns = (left @ right).mT
    frames, turn = [roots[..., 0, :, :]], None
    for frame in range(gram.shape[-3] - 1):
        step = turns[..., frame, :, :]
        turn = step if turn is None else turn @ step
        frames.append(turn @ roots[..., frame + 1, :, :])
    return xp.stack(frames, axis=-3)


def compressed(patterns: Array) -> Array:
    """The same movie (..., frame, p, N) in as few rows as it needs: turned once, for all frames alike."""
    xp = array_namespace(patterns)
    values, vectors = xp.linalg.eigh(xp.sum(patterns @ patterns.mT, axis=-3))
    held = xp.cumulative_sum(xp.where(values > 0, values, 0.0), axis=-1)
    many = xp.sum(xp.astype(held > LEFT_OUT * held[..., -1:], xp.int64), axis=-1)
    rank = max(1, int(xp.max(many)))
    return vectors[..., None, :, -rank:].mT @ patterns
