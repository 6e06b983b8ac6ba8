"""The universal law: N conditions that share one encoder and one decoder, whatever the width of the layer between.

With the linearised encoder and decoder of van Rossem & Saxe (2024) and no two-point closure, the hidden Gram matrix
G (N x N), the outputs Y (o x N) and S = D_y D_y' (o x o) close exactly; E = Y - Y*, K is the encoder's kernel:

    dG/dt = - eta_h (Yh' E K + K E' Yh)
    dY/dt = - eta_y E (G + u u') - eta_h S E K
    dS/dt = - eta_y (E Yh' + Yh E')
    dc/dt = - eta_y E u,                                  Yh = Y - c u'

Centred over conditions, u = 0 and c drops out. Uncentred, u = (1, ..., 1) and c is the decoder's bias, which makes
it exact for a two-layer linear network with biases (K = X'X + 1). Rates are per unit of time and of summed, not
averaged, squared error. Two conditions, centred, with S = y y'/h, are the two-point law at the same constants.

Plain arrays; dims (element, ...). Everything is integrated in the eigenvectors of K, where only the rows of G with
an eigenvalue above 0 change.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array, solve

NULL = 1e-10
"""Eigenvalues of K below this share of the largest count as 0."""
FULL = 0.7
"""A kernel of this share of the full rank is treated as of full rank: less work than telling the rest apart."""


class Start(NamedTuple):
    """The state at the first time: G (element, N, N), Y (element, o, N), S (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    decoder: Array
    bias: Array


class Flow:
    """The solution from `start` at time 0 to `end` (element,), readable at any times between.

    Parameters
    ----------
    eta_h, eta_y : (element,), per unit of time and of summed squared error.
    kernel : (element, N, N), symmetric.
    targets : (element, o, N).
    means : whether means and biases are followed (uncentred), or everything is centred over conditions.
    """

    def __init__(
        self, start: Start, eta_h: Array, eta_y: Array, kernel: Array, targets: Array, end: Array,
        *, means: bool = False, rtol: float = 1e-8, max_steps: int = 1000,
    ) -> None:  # fmt: skip
        xp = array_namespace(start.gram)
        values, vectors = xp.linalg.eigh(kernel)
        values, vectors = xp.flip(values, axis=-1), xp.flip(vectors, axis=-1)
        n = values.shape[-1]
        rank = max(1, int(xp.max(xp.sum(xp.astype(values > NULL * values[..., :1], xp.int64), axis=-1))))
        rank = rank if rank < FULL * n else n
        self._moving, self._still = vectors[:, :, :rank], vectors[:, :, rank:]
        self._vectors = vectors
        gram = vectors.mT @ start.gram @ vectors
        self._fixed = gram[:, rank:, rank:]
        self._system = _System(
            eta_h[:, None, None], eta_y[:, None, None], values[:, None, :rank], targets @ vectors, self._fixed,
            xp.sum(vectors, axis=-2)[..., None] if means else None,
        )  # fmt: skip
        state = self._system.packed(gram[:, :rank], start.output @ vectors, start.decoder, start.bias)
        settings = {"rtol": rtol, "max_steps": max_steps, "axis": 1, "blocks": self._system.blocks}
        wide = float(xp.max(xp.abs(targets)))
        scale = (float(xp.max(xp.abs(gram))), wide, float(xp.max(xp.abs(start.decoder))), wide)
        self._solution = solve(self._system.velocity, state, end, scale=scale, **settings)

    def at(self, elapsed: Array) -> tuple[Array, Array]:
        """(G, Y) at `elapsed` (element, moment): (element, moment, N, N) and (element, moment, o, N)."""
        rows, output, _, _ = self._system.unpacked(self._solution.at(elapsed))
        back, rank = self._vectors.mT[:, None], self._moving.shape[-1]
        gram = self._moving[:, None] @ (rows @ back)
        if rank < rows.shape[-1]:
            still = self._still[:, None]
            gram = gram + (self._moving[:, None] @ (rows[..., rank:] @ still.mT)).mT
            gram = gram + still @ self._fixed[:, None] @ still.mT
        return gram, output @ back


class _System:
    """The velocity in the eigenvectors of K: the rows of G that change (element, r, N), then Y, S and c."""

    def __init__(
        self, eta_h: Array, eta_y: Array, values: Array, targets: Array, fixed: Array, ones: Array | None
    ) -> None:
        self.xp = array_namespace(targets)
        self.eta_h, self.eta_y, self.values, self.targets = eta_h, eta_y, values, targets
        self.fixed, self.ones = fixed, ones
        outputs, self.n = targets.shape[-2:]
        self.rank = values.shape[-1]
        self.shapes = (self.rank, self.n), (outputs, self.n), (outputs, outputs), (outputs,)
        self.blocks = self.rank * self.n, outputs * self.n, outputs**2, outputs

    def packed(self, *parts: Array) -> Array:
        return self.xp.concat([self.xp.reshape(part, (part.shape[0], -1)) for part in parts], axis=1)

    def unpacked(self, state: Array) -> list[Array]:
        parts, first = [], 0
        for size, shape in zip(self.blocks, self.shapes, strict=True):
            parts.append(self.xp.reshape(state[..., first : first + size], (*state.shape[:-1], *shape)))
            first += size
        return parts

    def velocity(self, state: Array) -> Array:
        rows, output, decoder, bias = self.unpacked(state)
        error = output - self.targets
        by_decoder = output if self.ones is None else output - bias[..., None] * self.ones.mT
        moved = error[..., : self.rank] * self.values  # E K
        d_rows = -self.eta_h * self._symmetric(moved.mT @ by_decoder)
        d_output = -self.eta_y * self._times_gram(error, rows) - self.eta_h * self._widened(decoder @ moved)
        turned = error @ by_decoder.mT
        d_decoder = -self.eta_y * (turned + turned.mT)
        if self.ones is None:
            return self.packed(d_rows, d_output, d_decoder, bias * 0)
        summed = error @ self.ones
        d_output = d_output - self.eta_y * summed * self.ones.mT
        return self.packed(d_rows, d_output, d_decoder, -self.eta_y * summed)

    def _symmetric(self, grows: Array) -> Array:
        """K E' Y plus its transpose; beyond the rows that change, the transpose is 0."""
        own = grows[..., : self.rank]
        if self.rank == self.n:
            return own + own.mT
        return self.xp.concat([own + own.mT, grows[..., self.rank :]], axis=-1)

    def _widened(self, array: Array) -> Array:
        if self.rank == self.n:
            return array
        zeros = 0 * array[..., :1] * self.targets[..., :1, self.rank :]
        return self.xp.concat([array, zeros], axis=-1)

    def _times_gram(self, error: Array, rows: Array) -> Array:
        """E G, from the rows of G that change and the part that does not."""
        product = error[..., : self.rank] @ rows
        if self.rank == self.n:
            return product
        rest = error[..., self.rank :]
        back = rest @ rows[..., self.rank :].mT
        still = product[..., self.rank :] + rest @ self.fixed
        return self.xp.concat([product[..., : self.rank] + back, still], axis=-1)
