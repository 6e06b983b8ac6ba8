"""What a rule is told by: how much larger the errors of the fit of each law are than the smallest, in two units.

With e_r the sum of squared errors of the law of rule r, e the smallest of all and n the number of distances:

    misfit_r = log(e_r / e)                    how many times larger
    nats_r = n/2 share log(e_r / e)            how much less likely, were errors noise and nothing else

`share` is the part of the smallest error that is the noise of the distances, so that without noise `nats` is 0: errors
of laws are then misfit, which pairs and times share, and a ratio of 2 says the same of 6 frames as of 20. With much
noise errors are as good as independent, and a ratio of 1.02 can be certain. Neither depends on the unit of distances.
Members of one sample (subjects, seeds) have one rule: `misfit` is averaged over them, `nats` are summed.

Plain arrays; dims (..., law).
"""

from __future__ import annotations

import numpy as np

WORST = 3.0
"""log(e_r / e) beyond which one law is as wrong as another."""
CERTAIN = 12.0
"""Nats beyond which one law is as unlikely as another."""
LEAST_ERROR, MOST_ERROR = 1e-12, 1e6
"""Errors below this share of the summed squares of distances are rounding, and above that all alike."""


def features(
    errors: np.ndarray, noise: np.ndarray, squares: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`misfit` and `nats` (..., law) of errors (..., member, law).

    Parameters
    ----------
    errors : sums of squared errors (..., member, law).
    noise : (..., member), the expected sum of squared noise of the same distances; 0 without noise.
    squares : (..., member), the sum of squared distances.
    count : (..., member), how many distances.

    Examples
    --------
    >>> one = np.ones(1)
    >>> features(np.array([[1.0, np.e]]), 0 * one, 9 * one, 100 * one)
    (array([0., 1.]), array([0., 0.]))
    >>> features(np.array([[1.0, np.exp(0.02)]]), one, 9 * one, 100 * one)[1].round(6)
    array([0., 1.])
    """
    size = squares[..., None]
    errors = np.clip(errors, LEAST_ERROR * size, MOST_ERROR * size)
    least = errors.min(-1, keepdims=True)
    ratio = np.log(errors / least)
    share = np.minimum(noise[..., None] / least, 1.0)
    nats = (0.5 * count[..., None] * share * ratio).sum(-2)
    misfit = np.minimum(ratio, WORST).mean(-2)
    return misfit - misfit.min(-1, keepdims=True), np.minimum(nats - nats.min(-1, keepdims=True), CERTAIN)
