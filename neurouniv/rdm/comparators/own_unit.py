"""RDMs in a unit of their own, in which their squares are neither 0 nor infinite: similarities do not see it."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

SAFE = 1 / 3
"""Sizes up to this power of the largest number, and down to its inverse, can be squared and summed."""


def in_own_unit(frames: Any) -> Any:
    """Frames (..., pair), those of an extreme size divided by a power of two, which is exact.

    Examples
    --------
    >>> import numpy as np
    >>> in_own_unit(np.array([[2.0, 3.0], [2.0**600, 3 * 2.0**600]])).tolist()
    [[2.0, 3.0], [0.5, 1.5]]
    """
    xp = array_namespace(frames)
    size = xp.max(xp.abs(frames), axis=-1, keepdims=True)
    most = float(xp.finfo(size.dtype).max) ** SAFE
    extreme = (size > 0) & (size < xp.inf) & ((size < 1 / most) | (size > most))
    if not bool(xp.any(extreme)):
        return frames
    exponent = xp.floor(xp.log2(xp.where(extreme, size, xp.ones_like(size))))
    for part in (xp.floor(exponent / 2), xp.ceil(exponent / 2)):  # one power of two may be too large for a number
        frames = frames / 2.0**part
    return frames
