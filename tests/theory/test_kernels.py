"""Kernels against random features, and geometry."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from neurouniv.theory import kernels


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_the_arc_cosine_kernel_is_the_mean_over_random_rectified_units(leak):
    rng = np.random.default_rng(0)
    stimuli = rng.normal(size=(5, 3))
    drive = stimuli @ rng.normal(size=(3, 400_000))
    units = np.where(drive > 0, drive, leak * drive)
    sampled = 2 * units @ units.T / units.shape[1] / (1 + leak**2)
    np.testing.assert_allclose(kernels.arc_cosine(stimuli, leak=leak), sampled, atol=0.03)


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_the_tangent_kernel_is_that_of_a_random_network(leak):
    """Two wide layers: how an update of the weights for one stimulus moves the last layer's products with another."""
    rng = np.random.default_rng(1)
    width, stimuli = 4000, rng.normal(size=(4, 3))
    scale = np.sqrt(2 / (1 + leak**2))
    first = rng.normal(size=(3, width))
    drive = stimuli @ first
    hidden = scale / np.sqrt(width) * np.where(drive > 0, drive, leak * drive)
    above = hidden @ rng.normal(size=(width, width))
    slope, slope2 = (np.where(d > 0, 1.0, leak) * scale for d in (drive, above))
    inner = (stimuli @ stimuli.T) * (slope @ slope.T) / width
    sampled = (hidden @ hidden.T + inner) * (slope2 @ slope2.T) / width
    np.testing.assert_allclose(kernels.tangent(stimuli, depth=2, leak=leak), sampled, rtol=0.1, atol=0.15)


def test_distances_and_their_kernel_are_inverse():
    patterns = np.random.default_rng(2).normal(size=(6, 4))
    square = squareform(pdist(patterns, "sqeuclidean"))
    kernel = kernels.of_distances(square)
    np.testing.assert_allclose(kernel, kernels.centred(kernels.linear(patterns)), atol=1e-12)
    own = np.diag(kernel)
    np.testing.assert_allclose(own[:, None] + own - 2 * kernel, square, atol=1e-12)
