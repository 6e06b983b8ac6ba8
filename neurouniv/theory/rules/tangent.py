"""The lazy learner: a network that learns as its first-order expansion does, in closed form (Jacot et al. 2018).

Errors return through the decoder D0 of the start, and the decoder reads the hidden patterns H0 of the start:

    dA/dt = - eta_h D0' E X'        dD/dt = - eta_y E H0'        dc/dt = - eta_y E u

    H = H0 - eta_h D0' F K,        Y = Y0 - eta_y F (G0 + u u') - eta_h S0 F K,        dF/dt = E = Y - Y*

F is the integral of the error. With S0 = U diag(s) U', every row f_k of U'F obeys its own linear equation

    df_k/dt = e_k - f_k T_k,        T_k = eta_y (G0 + u u') + eta_h s_k K        the tangent kernel

with e_k the rows of U'(Y0 - Y*), so that f_k = e_k T_k^-1 (1 - exp(- T_k t)), and

    G = G0 - eta_h (Yh0' F K + K F' Yh0) + eta_h^2 K F' S0 F K

Constants: eta_h, eta_y. Unseen: the size s of S0. Where G0 = g K and Y0 = 0, all T_k are (eta_y g + eta_h s) K, and
the movie of distances depends on eta_y g + eta_h s and eta_h^2 s alone: the three cannot be told. The law is where
backprop's tends for S0 large, beside the targets over the distances they lead to, and is exact for a linear network
that learns by the rule `lazy`.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import both
from neurouniv.theory.rules.weight_decay import State

__all__ = ["Flow", "State"]

ALIKE = 1e-9
"""Eigenvalues of S0 that differ by less than this share are one, and so are their tangent kernels."""


class Flow:
    """The solution from `start`, readable at any times and, as `final`, at the end.

    Parameters
    ----------
    start : G, Y, S and c at time 0; c is where outputs start that no pattern makes.
    rates : `eta_h` and `eta_y`, (element,).
    kernel : K (element, N, N); P^(1/2) K P^(1/2) where there is an `exposure`.
    targets : (element, o, N).
    means, exposure : as in `neurouniv.theory.rules.flow.Flow`.

    Examples
    --------
    >>> import numpy as np
    >>> kernel, targets, none = np.eye(3)[None], np.array([[[1.0, 0.0, -1.0]]]), np.zeros((1, 1))
    >>> rates = {"eta_h": np.ones(1), "eta_y": np.ones(1)}
    >>> flow = Flow(State(kernel, 0 * targets, np.ones((1, 1, 1)), none), rates, kernel, targets)
    >>> flow.at(np.array([[0.5]]))[1].round(4)[0, 0]                       # 1 - exp(-2 t), times the targets
    array([[ 0.6321,  0.    , -0.6321]])
    >>> flow.final[0].round(4)
    array([[ 1.25,  0.  , -0.25],
           [ 0.  ,  1.  ,  0.  ],
           [-0.25,  0.  ,  1.25]])
    """

    def __init__(
        self, start: State, rates: dict[str, Array], kernel: Array, targets: Array, *, means: bool = False,
        exposure: Array | None = None,
    ) -> None:  # fmt: skip
        xp = array_namespace(targets)
        often = self._often = xp.ones_like(targets[:, 0]) if exposure is None else exposure**0.5
        sides = often[:, :, None] * often[:, None, :]
        self._gram, self._output, self._kernel = start.gram * sides, start.output * often[:, None], kernel
        self._decoded = self._output - start.bias[..., None] * often[:, None] if means else self._output
        self._eta_h, eta_y = (rates[name][:, None, None] for name in ("eta_h", "eta_y"))
        self._read = eta_y * (self._gram + (sides if means else 0.0))
        self._decoder = start.decoder
        values, self._turn = xp.linalg.eigh(start.decoder)
        if float(xp.max(values[:, -1] - values[:, 0])) <= ALIKE * float(xp.max(xp.abs(values))):
            values = values[:, :1]
        tangents = self._read[:, None] + (self._eta_h * values[..., None])[..., None] * self._kernel[:, None]
        self._paces, self._modes = xp.linalg.eigh(0.5 * both(tangents))
        error = self._turn.mT @ (self._output - targets * often[:, None])
        self._errors = (error[:, :, None] @ self._modes)[..., 0, :]

    def at(self, time: Array) -> tuple[Array, Array]:
        """G (element, moment, N, N) and Y (element, moment, o, N) at `time` (element, moment)."""
        xp = array_namespace(time)
        paces, moments = xp.maximum(self._paces, xp.zeros_like(self._paces))[:, None], time[..., None, None]
        slow = paces * moments < ALIKE
        reach = xp.where(slow, moments, -xp.expm1(-paces * moments) / xp.where(slow, 1.0, paces))
        return self._read_at(reach)

    @property
    def final(self) -> Array:
        """G (element, N, N) at infinite time."""
        xp = array_namespace(self._paces)
        largest = xp.max(self._paces, axis=(-2, -1), keepdims=True)
        moves = self._paces > ALIKE * largest  # what does not is outside the range of K, and G does not feel it
        reach = xp.where(moves, 1 / xp.where(moves, self._paces, 1.0), 0.0)
        return self._read_at(reach[:, None])[0][:, 0]

    def _read_at(self, reach: Array) -> tuple[Array, Array]:
        """G and Y where every mode's integrated error is `reach` (element, moment, o or 1, N) times its first."""
        modes = (self._errors[:, None] * reach)[..., None, :] @ self._modes[:, None].mT
        integral = self._turn[:, None] @ modes[..., 0, :]
        integral_kernel, decoder = integral @ self._kernel[:, None], self._decoder[:, None]
        eta_h = self._eta_h[:, None]
        gram = self._gram[:, None] - eta_h * both(self._decoded[:, None].mT @ integral_kernel)
        gram = gram + eta_h**2 * (integral_kernel.mT @ decoder @ integral_kernel)
        output = self._output[:, None] - integral @ self._read[:, None] - eta_h * (decoder @ integral_kernel)
        often = self._often[:, None]
        return gram / (often[..., :, None] * often[..., None, :]), output / often[..., None, :]
