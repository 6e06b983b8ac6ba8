"""The universal law: N conditions that share one encoder and one decoder, whatever the width of the layer between.

With the linearised encoder and decoder of van Rossem & Saxe (2024) and no two-point closure, the hidden Gram matrix
G (N x N), the outputs Y (o x N) and S = D_y D_y' (o x o) close exactly; E = Y - Y*, K is the encoder's kernel:

    dG/dt = - eta_h (Yh' E K + K E' Yh)
    dY/dt = - eta_y E (G + u u') - eta_h S E K
    dS/dt = - eta_y (E Yh' + Yh E')
    dc/dt = - eta_y E u,                                  Yh = Y - c u'

Where some stimuli are shown more often than others, E is E P there, P = diag(p) and p_i the share of presentations of
condition i times N: the loss counts a condition as often as it is shown (after van Rossem & Saxe 2025). The equations
keep their form in Y P^(1/2), Y* P^(1/2), P^(1/2) G P^(1/2), P^(1/2) K P^(1/2) and P^(1/2) u, which is how they are
solved, so p > 0. Centring is then about the mean over presentations, where E p = 0 stays.

Centred over conditions, u = 0 and c drops out. Uncentred, u = (1, ..., 1) and c is the decoder's bias, which makes
it exact for a two-layer linear network with biases (K = X'X + 1). Rates are per unit of time and of summed, not
averaged, squared error. Two conditions, centred, with S = y y'/h, are the two-point law at the same constants.

Plain arrays; dims (element, ...). A kernel of low rank changes only the rows of G in its range: with V (N x r) its
eigenvectors, R = V'G is integrated, and G = V R + (V R)' less what both hold, V R V V', plus the part that stays.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array, largest_of, solve

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


class Kernel(NamedTuple):
    """K (element, N, N) and, descending, its eigenvalues (element, N) and eigenvectors (element, N, N)."""

    matrix: Array
    values: Array
    vectors: Array

    @classmethod
    def of(cls, matrix: Array, exposure: Array | None = None) -> Self:
        """P^(1/2) K P^(1/2), for P of the `exposure` (element, N)."""
        xp = array_namespace(matrix)
        matrix = matrix if exposure is None else matrix * _outer(exposure**0.5)
        values, vectors = xp.linalg.eigh(matrix)
        return cls(matrix, xp.flip(values, axis=-1), xp.flip(vectors, axis=-1))

    @property
    def rank(self) -> int:
        """The number of rows of G that change; N where telling them apart does not pay."""
        xp, n = array_namespace(self.values), self.values.shape[-1]
        above = xp.sum(xp.astype(self.values > NULL * self.values[..., :1], xp.int64), axis=-1)
        rank = max(1, int(xp.max(above)))
        return rank if rank < FULL * n else n


class Flow:
    """The solution from `start` at time 0 to `end` (element,), readable at any times between.

    Parameters
    ----------
    eta_h, eta_y : (element,), per unit of time and of summed squared error.
    kernel : of the encoder, symmetric; made with the same `exposure`.
    targets : (element, o, N).
    means : whether means and biases are followed (uncentred), or everything is centred over conditions.
    exposure : (element, N), p above, of mean 1; None where all conditions are shown equally often.
    """

    def __init__(
        self, start: Start, eta_h: Array, eta_y: Array, kernel: Kernel, targets: Array, end: Array,
        *, means: bool = False, exposure: Array | None = None, rtol: float = 1e-8, max_steps: int = 1000,
    ) -> None:  # fmt: skip
        xp = array_namespace(start.gram)
        often = self._often = None if exposure is None else exposure**0.5
        if often is not None:
            targets, output = (array * often[:, None] for array in (targets, start.output))
            start = start._replace(gram=start.gram * _outer(often), output=output)
        ones = None if not means else xp.ones_like(targets[:, 0]) if often is None else often
        rates, rank = (eta_h[:, None, None], eta_y[:, None, None]), kernel.rank
        if rank == kernel.values.shape[-1]:
            self._system = _System(*rates, kernel.matrix, targets, ones)
        else:
            basis = kernel.vectors[..., :rank]
            self._system = _LowRank(*rates, kernel.values[..., None, :rank], basis, start.gram, targets, ones)
        state = self._system.begun(start)
        gram, wide, decoder = (largest_of(part) for part in (start.gram, targets, start.decoder))
        self._solution = solve(
            self._system.velocity, state, end, rtol=rtol, max_steps=max_steps, axis=1, blocks=self._system.blocks,
            scale=(gram, wide, decoder, wide),
        )  # fmt: skip

    def at(self, time: Array) -> tuple[Array, Array]:
        """G (element, moment, N, N) and Y (element, moment, o, N) at `time` (element, moment)."""
        rows, output, _, _ = self._system.unpacked(self._solution.at(time))
        gram = self._system.gram(rows)
        if self._often is None:
            return gram, output
        return gram / _outer(self._often[:, None]), output / self._often[:, None, None]


def _outer(often: Array) -> Array:
    """P^(1/2) from both sides: the products of `often` (..., N) with itself."""
    return often[..., :, None] * often[..., None, :]


class _System:
    """The velocity of G (element, N, N), Y, S and c, for a kernel of full rank; `ones` is u (element, N) or None."""

    def __init__(self, eta_h: Array, eta_y: Array, kernel: Array, targets: Array, ones: Array | None) -> None:
        self.xp = array_namespace(targets)
        self.eta_h, self.eta_y, self.kernel, self.targets, self.ones = eta_h, eta_y, kernel, targets, ones
        outputs, n = targets.shape[-2:]
        rows = self._rows()
        self.shapes = (rows, n), (outputs, n), (outputs, outputs), (outputs,)
        self.blocks = rows * n, outputs * n, outputs**2, outputs

    def _rows(self) -> int:
        return self.targets.shape[-1]

    def begun(self, start: Start) -> Array:
        parts = (self._begin_rows(start.gram), *start[1:])
        return self.xp.concat([self.xp.reshape(part, (part.shape[0], -1)) for part in parts], axis=1)

    def _begin_rows(self, gram: Array) -> Array:
        return gram

    def unpacked(self, state: Array) -> list[Array]:
        parts, first, batch = [], 0, tuple(state.shape[:-1])
        for size, shape in zip(self.blocks, self.shapes, strict=True):
            parts.append(state[..., first : first + size].reshape(batch + shape))
            first += size
        return parts

    def velocity(self, state: Array) -> Array:
        rows, output, decoder, bias = self.unpacked(state)
        error = output - self.targets
        by_decoder = output if self.ones is None else output - bias[..., None] * self.ones[:, None]
        error_kernel, d_rows = self._encoder_change(error, by_decoder)
        d_output = -self.eta_y * self._times_gram(error, rows) - self.eta_h * (decoder @ error_kernel)
        cross = error @ by_decoder.mT
        change = self.xp.zeros_like(state)
        parts = self.unpacked(change)
        if self.ones is not None:
            summed = error @ self.ones[..., None]
            d_output = d_output - self.eta_y * summed * self.ones[:, None]
            parts[3][...] = -(self.eta_y * summed)[..., 0]
        parts[0][...], parts[1][...] = -self.eta_h * d_rows, d_output
        parts[2][...] = -self.eta_y * (cross + cross.mT)
        return change

    def _encoder_change(self, error: Array, by_decoder: Array) -> tuple[Array, Array]:
        """E K, and the rows of Yh' E K + K E' Yh that are followed."""
        error_kernel = error @ self.kernel
        half = by_decoder.mT @ error_kernel
        return error_kernel, half + half.mT

    def _times_gram(self, error: Array, rows: Array) -> Array:
        return error @ rows

    def gram(self, rows: Array) -> Array:
        return rows


class _LowRank(_System):
    """The same for V'G (element, r, N), where K = V `values` V' is of rank r."""

    def __init__(
        self, eta_h: Array, eta_y: Array, values: Array, basis: Array, gram: Array, targets: Array, ones: Array | None
    ) -> None:
        self.basis = basis
        rows = basis.mT @ gram
        followed = basis @ (rows - 0.5 * (rows @ basis) @ basis.mT)
        self.still = gram - followed - followed.mT
        super().__init__(eta_h, eta_y, values, targets, ones)

    def _rows(self) -> int:
        return self.basis.shape[-1]

    def _begin_rows(self, gram: Array) -> Array:
        return self.basis.mT @ gram

    def _encoder_change(self, error: Array, by_decoder: Array) -> tuple[Array, Array]:
        within = (error @ self.basis) * self.kernel
        error_kernel = within @ self.basis.mT
        factor = self.xp.concat([by_decoder @ self.basis, within], axis=-2)
        return error_kernel, factor.mT @ self.xp.concat([error_kernel, by_decoder], axis=-2)

    def _times_gram(self, error: Array, rows: Array) -> Array:
        within = error @ self.basis
        rest = error - within @ self.basis.mT
        return within @ rows + (rest @ rows.mT) @ self.basis.mT + rest @ self.still

    def gram(self, rows: Array) -> Array:
        basis = self.basis[:, None]
        half = basis @ (rows - 0.5 * (rows @ basis) @ basis.mT)
        return half + half.mT + self.still[:, None]
