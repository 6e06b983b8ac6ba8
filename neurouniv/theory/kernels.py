"""Encoder kernels: which stimuli an update of the encoder for one stimulus moves too.

Plain arrays, (..., condition, feature) -> (..., condition, condition).
"""

from __future__ import annotations

import math

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array


def linear(stimuli: Array, bias: float = 0.0) -> Array:
    """x.x' + `bias`: a linear encoder; `bias` = 1 where it has biases that learn."""
    return stimuli @ stimuli.mT + bias


def arc_cosine(stimuli: Array, depth: int = 1, bias: float = 0.0, leak: float = 0.0) -> Array:
    """The mean product of a wide layer of (leaky) rectified random units, doubled: first order of Cho & Saul (2009).

    |x| |x'| (sin a + (pi - a) cos a) / pi for relu, a being the angle between stimuli; `leak` is the slope below 0.
    `depth` layers are that of that.

    Examples
    --------
    >>> import numpy as np
    >>> arc_cosine(np.array([[1.0, 0.0], [0.0, 1.0]])).round(6)
    array([[1.     , 0.31831],
           [0.31831, 1.     ]])
    """
    layer = linear(stimuli, bias)
    for _ in range(depth):
        layer = rectified(layer, leak)
    return layer


def rectified(products: Array, leak: float = 0.0) -> Array:
    """The arc-cosine kernel of one layer, from the `products` x.x' (..., condition, condition)."""
    xp = array_namespace(products)
    squares = xp.linalg.diagonal(products)
    norms = (squares[..., :, None] * squares[..., None, :]) ** 0.5
    cosine = xp.clip(products / xp.where(norms > 0, norms, 1.0), -1.0, 1.0)
    angle = xp.acos(cosine)
    half = norms * (xp.sin(angle) + (math.pi - angle) * cosine) / math.pi
    return ((1 - leak) ** 2 * half + 2 * leak * products) / (1 + leak**2)


def tangent(stimuli: Array, depth: int = 1, bias: float = 0.0, leak: float = 0.0) -> Array:
    """The neural tangent kernel of `depth` wide (leaky) rectified layers, the gates of the last one included.

    It says how an update of all weights below for one stimulus moves the last layer (Jacot, Gabriel & Hongler 2018):
    T_l = (S_{l-1} + `bias` + T_{l-1}) times the share of units open to both stimuli, S_l the arc-cosine kernel of
    S_{l-1}, S_0 = x.x', T_0 = 0. Depth 1 is x.x' + bias, gated.

    Examples
    --------
    >>> import numpy as np
    >>> tangent(np.array([[1.0, 0.0], [0.0, 1.0]]), bias=1.0).round(6)
    array([[2. , 0.5],
           [0.5, 2. ]])
    """
    layer, kernel = linear(stimuli), 0.0
    for _ in range(depth):
        kernel = (layer + bias + kernel) * _both_open(layer, leak)
        layer = rectified(layer, leak)
    return kernel


def _both_open(products: Array, leak: float) -> Array:
    """The mean product of the slopes of (leaky) rectified units for two stimuli, 1 for a stimulus with itself."""
    xp = array_namespace(products)
    squares = xp.linalg.diagonal(products)
    norms = (squares[..., :, None] * squares[..., None, :]) ** 0.5
    cosine = xp.clip(products / xp.where(norms > 0, norms, 1.0), -1.0, 1.0)
    share = (math.pi - xp.acos(cosine)) / math.pi
    return ((1 - leak) ** 2 * share + 2 * leak) / (1 + leak**2)


def centred(kernel: Array, weights: Array | None = None) -> Array:
    """The kernel of what remains when the mean over conditions is taken out, rows and columns.

    `weights` (..., condition), of mean 1, say how much each condition counts in that mean.
    """
    across = kernel - mean(kernel, weights)
    return across - mean(across.mT, weights).mT


def mean(array: Array, weights: Array | None = None) -> Array:
    """The mean of `array` (..., row, condition) over conditions, weighted by `weights` (..., condition) of mean 1."""
    xp = array_namespace(array)
    return xp.mean(array if weights is None else array * weights[..., None, :], axis=-1, keepdims=True)


def of_distances(distances: Array, weights: Array | None = None) -> Array:
    """The centred kernel whose squared distances are `distances` (..., condition, condition); `weights` as above.

    Examples
    --------
    >>> import numpy as np
    >>> of_distances(np.array([[0.0, 4.0], [4.0, 0.0]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    return centred(-0.5 * distances, weights)
