"""Whiteners: linear maps after which errors of distances are independent, of variance 1 where noise is as it is said.

`ByPair` weighs every pair alone, `ByMatrix` knows any covariance, and `ByConditions` the covariance of all pairs of
some conditions without a matrix of pairs; `ByFrames` and `BySystems` have one of them for each set of frames, or of
systems. All have `white`, errors (..., system, pair, time) to residuals of that shape, and `back`, its transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np

LEAST = 1e-9
"""The least variance of an entry, as a share of the mean. A convention: above rounding."""
POWERS = 60
"""How often a vector is multiplied by the covariance, to find its largest eigenvalue. By hand."""


class Whitener(Protocol):
    def white(self, error: np.ndarray) -> np.ndarray: ...

    def back(self, residual: np.ndarray) -> np.ndarray: ...

    def taken(self, systems: np.ndarray) -> Self:
        """The whitener of the systems at these places, repeated where a place is."""

    def seldom(self, times: np.ndarray) -> Self:
        """The whitener of the frames at these places, in ascending order."""


@dataclass(frozen=True)
class ByPair:
    """A whitener that weighs every pair alone, by weights (system, pair, time)."""

    weight: np.ndarray

    def white(self, error: np.ndarray) -> np.ndarray:
        return error * self.weight

    back = white

    def taken(self, systems: np.ndarray) -> Self:
        return replace(self, weight=self.weight[systems])

    def seldom(self, times: np.ndarray) -> Self:
        return replace(self, weight=self.weight[..., times])


@dataclass(frozen=True)
class ByMatrix:
    """A whitener of any covariance: matrices (time, pair, pair), one a system; systems that share one need no copy."""

    matrices: Sequence[np.ndarray]

    def white(self, error: np.ndarray) -> np.ndarray:
        columns = np.moveaxis(error, (-3, -1), (0, 1))
        flat = columns.reshape(*columns.shape[:2], -1, columns.shape[-1])  # (system, time, ..., pair)
        products = [vectors @ np.swapaxes(matrix, -1, -2) for matrix, vectors in zip(self.matrices, flat, strict=True)]
        return np.moveaxis(np.stack(products).reshape(columns.shape), (0, 1), (-3, -1))

    def back(self, residual: np.ndarray) -> np.ndarray:
        return ByMatrix([np.swapaxes(matrix, -1, -2) for matrix in self.matrices]).white(residual)

    def taken(self, systems: np.ndarray) -> Self:
        return replace(self, matrices=[self.matrices[s] for s in systems])

    def seldom(self, times: np.ndarray) -> Self:
        return replace(self, matrices=[matrix[times] for matrix in self.matrices])


@dataclass(frozen=True)
class ByConditions:
    """A whitener of all pairs of n conditions: turned, the entries of their Gram matrix are independent.

    With covariances as in `neurouniv.fitting.noise`, that of two pairs is (c.c')(c.A c'), where c and c' are
    differences of two conditions and A = a/4 + b/2 G: errors of distances are those of a Gram matrix X whose covariance
    is M -> (A M + M A)/2. In the eigenvectors of A, with eigenvalues e, the entries of X are independent, of variance
    (e_i + e_j)/2, half of it off the diagonal.

    Parameters
    ----------
    turn : (system, time, n - 1, n), the eigenvectors, of what is centred.
    variance : (system, time, pair), of the entries i <= j of X.
    ends : (2, pair), the conditions of every pair, counted from 0.
    kept : (pair,), the places of these pairs among all that errors have, `size` of them.
    """

    turn: np.ndarray
    variance: np.ndarray
    ends: np.ndarray
    kept: np.ndarray
    size: int

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray, h: np.ndarray, ends: np.ndarray, among: np.ndarray | None = None) -> Self:
        """From the noise line (system, time) and distances (system, time, pair); `among` marks which pairs these are
        of all, all if None."""
        n = int(ends.max()) + 1
        basis = np.linalg.qr(np.eye(n)[:, 1:] - 1 / n)[0]  # of what is centred
        values, vectors = np.linalg.eigh(basis.T @ _square(h, ends, n) @ basis / -2)
        scale = a[..., None] / 4 + b[..., None] / 2 * np.maximum(values, 0.0)
        first, second = np.triu_indices(n - 1)
        kept = np.arange(ends.shape[1]) if among is None else np.flatnonzero(among)
        size = ends.shape[1] if among is None else len(among)
        variance = (scale[..., first] + scale[..., second]) / 2
        variance = np.maximum(variance, LEAST * variance.mean(-1, keepdims=True))
        return cls(np.swapaxes(vectors, -1, -2) @ basis.T, variance, ends, kept, size)

    @property
    def log_determinant(self) -> np.ndarray:
        """The log determinant of the covariance of the pairs (system, time)."""
        n = self.turn.shape[-1]
        of_pairs = np.log(2 * n) + (n - 1) * np.log(n) + n * (n - 3) / 2 * np.log(2)  # of the products (c.c')^2
        return np.log(self.variance).sum(-1) + of_pairs

    @property
    def largest(self) -> np.ndarray:
        """The largest eigenvalue of the covariance of the pairs (system, time), by powers of it.

        Times v it is c.(L A + A L) c/2 of every pair's c, with L the sum of v c c', the Laplacian of v.
        """
        n, (first, second) = self.turn.shape[-1], self._entries
        eigenvalues = self.variance[..., first == second]  # the eigenvalues of A
        matrix = np.swapaxes(self.turn, -1, -2) @ (eigenvalues[..., None] * self.turn)
        v, size = np.ones((*eigenvalues.shape[:-1], self.ends.shape[1])), np.ones((*eigenvalues.shape[:-1], 1))
        for _ in range(POWERS):
            square = _square(v / size, self.ends, n)
            product = (np.eye(n) * square.sum(-1)[..., None] - square) @ matrix
            product = product + np.swapaxes(product, -1, -2)
            i, j = self.ends
            v = (product[..., i, i] + product[..., j, j]) / 2 - product[..., i, j]
            size = np.sqrt((v**2).sum(-1, keepdims=True))
        return size[..., 0]

    def white(self, error: np.ndarray) -> np.ndarray:
        square = _square(np.swapaxes(error[..., self.kept, :], -1, -2), self.ends, self.turn.shape[-1])
        turned = self.turn @ square @ np.swapaxes(self.turn, -1, -2) / -2
        return self._spread(turned[..., *self._entries] * self.weight)

    def back(self, residual: np.ndarray) -> np.ndarray:
        first, second = self._entries
        square = np.zeros((*residual.shape[:-2], residual.shape[-1], *[self.turn.shape[-2]] * 2))
        square[..., first, second] = np.swapaxes(residual[..., self.kept, :], -1, -2) * self.weight
        turned = np.swapaxes(self.turn, -1, -2) @ (square + np.swapaxes(square, -1, -2)) @ self.turn / -2
        return self._spread(turned[..., *self.ends])

    def taken(self, systems: np.ndarray) -> Self:
        return replace(self, turn=self.turn[systems], variance=self.variance[systems])

    def seldom(self, times: np.ndarray) -> Self:
        return replace(self, turn=self.turn[:, times], variance=self.variance[:, times])

    @property
    def _entries(self) -> tuple[np.ndarray, np.ndarray]:
        return np.triu_indices(self.turn.shape[-2])

    @property
    def weight(self) -> np.ndarray:
        """The weights that entries of X are multiplied by (system, time, pair)."""
        first, second = self._entries
        return np.sqrt(np.where(first == second, 1.0, 2.0) / self.variance)

    def _spread(self, values: np.ndarray) -> np.ndarray:
        """(..., system, time, own pair) to (..., system, pair, time), 0 at the pairs that are not its own."""
        if len(self.kept) == self.size:
            return np.swapaxes(values, -1, -2)
        spread = np.zeros((*values.shape[:-2], self.size, values.shape[-2]))
        spread[..., self.kept, :] = np.swapaxes(values, -1, -2)
        return spread


@dataclass(frozen=True)
class ByParts:
    """A whitener with a part of its own for each set of places along one axis of what it whitens."""

    parts: Sequence[tuple[np.ndarray, Whitener]]

    axis: ClassVar[int]

    def white(self, error: np.ndarray) -> np.ndarray:
        return self._applied(error, "white")

    def back(self, residual: np.ndarray) -> np.ndarray:
        return self._applied(residual, "back")

    def _applied(self, array: np.ndarray, way: str) -> np.ndarray:
        result = np.empty(array.shape)
        for places, part in self.parts:
            index: Any = (..., places, *[slice(None)] * (-1 - self.axis))
            result[index] = getattr(part, way)(array[index])
        return result


class ByFrames(ByParts):
    """A whitener with a part of its own for each set of frames, ascending places."""

    axis = -1

    def taken(self, systems: np.ndarray) -> Self:
        return replace(self, parts=[(frames, part.taken(systems)) for frames, part in self.parts])

    def seldom(self, times: np.ndarray) -> Self:
        parts = []
        for frames, part in self.parts:
            shared = np.isin(frames, times)
            if shared.any():
                parts.append((np.searchsorted(times, frames[shared]), part.seldom(np.flatnonzero(shared))))
        return replace(self, parts=parts)


class BySystems(ByParts):
    """A whitener with a part of its own for each set of systems, ascending places."""

    axis = -3

    def taken(self, systems: np.ndarray) -> Self:
        parts = []
        for own, part in self.parts:
            places = np.flatnonzero(np.isin(systems, own))
            if places.size:
                parts.append((places, part.taken(np.searchsorted(own, systems[places]))))
        return replace(self, parts=parts)

    def seldom(self, times: np.ndarray) -> Self:
        return replace(self, parts=[(systems, part.seldom(times)) for systems, part in self.parts])


def whole(ends: np.ndarray) -> bool:
    """Whether `ends` (2, pair) are all pairs of their conditions, each once."""
    n = int(ends.max()) + 1
    code = np.unique(ends.min(0) * n + ends.max(0))
    return ends.shape[1] == len(code) == n * (n - 1) // 2 and bool((ends[0] != ends[1]).all())


def _square(distances: np.ndarray, ends: np.ndarray, n: int) -> np.ndarray:
    """(..., pair), all pairs of n conditions, to (..., n, n)."""
    square = np.zeros((*distances.shape[:-1], n, n))
    square[..., ends[0], ends[1]] = square[..., ends[1], ends[0]] = distances
    return square
