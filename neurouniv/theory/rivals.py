"""Rivals of the law: other accounts of how an RDM changes, given the same start, stimuli and targets.

Plain arrays; `start`, `dx2`, `dy2` are (..., pair), constants broadcast against them, `elapsed` is (time,), and
the result is (..., pair, time).
"""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array


def static(start_h: Array, elapsed: Array) -> Array:
    """The RDM never changes: h(t) = h(0)."""
    return start_h[..., None] + 0 * elapsed


def exponential(start_h: Array, stimulus: Array, target: Array, rate: Array, dx2: Array, dy2: Array, elapsed: Array):
    """Every distance relaxes at one `rate` to a mix of geometries: h(t) = h_inf + (h(0) - h_inf) exp(-rate t).

    The end is h_inf = `stimulus` dx2 + `target` dy2.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> exponential(one, 2 * one, 0 * one, one, one, one, np.array([0.0, 50.0]))
    array([[1., 2.]])
    """
    xp = array_namespace(start_h)
    end = (stimulus * dx2 + target * dy2)[..., None]
    return end + (start_h[..., None] - end) * xp.exp(-rate[..., None] * elapsed)
