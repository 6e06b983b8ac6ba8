"""The two-point law solved: h, y and w at any time by a formula, with no integration.

The law's closure is a network of one hidden unit: encoder weight a along dx, decoder weights b, dh = a dx (up to
rotation), dy = b g with g = sqrt(h). Its gradient flow,

    dg/dt = -1/2 eta_h dx2 b.(b g - dy*),    db/dt = -1/2 eta_y g (b g - dy*),

keeps lambda = |z|^2 - p^2 in the balanced variables p = g (eta_y/(eta_h dx2))^(1/4), z = b ((eta_h dx2)/eta_y)^(1/4)
and the clock tau = 1/2 t sqrt(eta_h dx2 eta_y), where Q = (p, z) obeys

    dQ/dtau = F Q - 1/2 |Q|^2 Q,    F = [[-lambda/2, dy*'], [dy*, lambda/2]].

That is a Bernoulli equation: Q = exp(F tau) Q0 / sqrt(1 + integral of |exp(F s) Q0|^2). F has the eigenvalues
+-mu = +-sqrt(lambda^2/4 + dy2) in the plane of p and dy*, and lambda/2 across it. This is the scalar case of the
matrix Riccati solution of two-layer linear networks (Fukumizu 1998; Domine et al. 2024, arXiv:2409.14623), which
makes it the solution of van Rossem & Saxe's equations too.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace, device

from neurouniv.theory.integrate import Array
from neurouniv.theory.two_point import Start


def solve(
    start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array, elapsed: Array
) -> tuple[Array, Array, Array]:
    """(h, y, w), each (..., pair, time), at `elapsed` since `start`.

    Parameters
    ----------
    start, eta_h, eta_y, dx2, dy2 : broadcast to (..., pair); all but y, w, dy2 are positive.
    elapsed : >= 0; (time,), or anything that broadcasts to (..., pair, time).

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> h, y, w = solve(Start(0.01 * one, 1e-4 * one, 1e-4 - 0.01 * one), one, one, one, one, np.array([0.0, 60.0]))
    >>> h.round(6), y.round(6), bool(abs(w[0, 1]) < 1e-9)
    (array([[0.01, 1.  ]]), array([[1.e-04, 1.e+00]]), True)
    """
    xp = array_namespace(start.h, elapsed)
    encoder = eta_h * dx2
    tilt = (eta_y / encoder) ** 0.5  # p^2 / h
    p = (start.h * tilt) ** 0.5
    z2 = start.y / (p * p)
    balance, length = z2 - p * p, dy2**0.5
    along = xp.where(dy2 > 0, (start.y - start.w) / (p * xp.where(dy2 > 0, length, 1.0)), 0.0)  # z along dy*
    tau = 0.5 * ((encoder * eta_y) ** 0.5)[..., None] * elapsed
    columns = (p, along, z2 - along * along, balance, length)
    p_now, along_now, across2, square = _flow(xp, tau, *(column[..., None] for column in columns))
    p2 = p_now * p_now / square
    y = p2 * (along_now * along_now + across2) / square
    return p2 / tilt[..., None], y, y - length[..., None] * p_now * along_now / square


def _flow(
    xp: Any, tau: Array, p: Array, along: Array, across2: Array, balance: Array, length: Array
) -> tuple[Array, Array, Array, Array]:
    """exp(F tau) Q0 (p, its part along dy*, the square of its part across) and 1 + its integrated square.

    The first two are times exp(-mu tau), the squares times exp(-2 mu tau), so that nothing overflows.

    With a = mu - lambda/2 and c = mu + lambda/2 (a c = dy2), F turns into its eigenvectors by (sqrt(a), sqrt(c)),
    and no difference of large numbers is left.
    """
    tiny = xp.asarray(xp.finfo(tau.dtype).smallest_normal ** 0.5, dtype=tau.dtype, device=device(tau))
    length = xp.maximum(length, tiny)
    mu = (balance * balance / 4 + length * length) ** 0.5
    large = mu + abs(balance) / 2
    small = length * length / large
    a = xp.where(balance > 0, small, large) ** 0.5
    c = xp.where(balance > 0, large, small) ** 0.5
    growing, fading = (p * a + along * c) / (2 * mu), (p * c - along * a) / (2 * mu)
    decay, gone = xp.exp(-2 * mu * tau), -xp.expm1(-2 * mu * tau)  # gone = 1 - decay, both to full precision
    size = xp.maximum(abs(balance), tiny)
    across = xp.exp(-2 * a * a * tau)
    rise = xp.where(balance > 0, across, decay) * -xp.expm1(-size * tau) / size
    square = decay + gone * (growing * growing + decay * fading * fading) + across2 * rise
    return a * growing + decay * c * fading, c * growing - decay * a * fading, across2 * across, square
