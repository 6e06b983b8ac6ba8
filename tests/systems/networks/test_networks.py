"""Networks are the equations they stand for, start as they should, and never see each other."""

import numpy as np
import pytest
import torch

from neurouniv.systems.networks import MLP, NONLINEARITIES, seeded, xavier_normal

DOUBLE = torch.float64
TORCH_OWN = {
    "linear": torch.nn.Identity(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(0.01),
    "tanh": torch.nn.Tanh(),
    "elu": torch.nn.ELU(),
    "swish": torch.nn.SiLU(),
    "silu": torch.nn.SiLU(),
    "gelu": torch.nn.GELU(),
}


@pytest.mark.parametrize("name", NONLINEARITIES)
@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_functions_and_slopes_are_torchs_own_at_zero_too(name, dtype):
    z = torch.cat([torch.linspace(-4, 4, 81, dtype=dtype), torch.zeros(1, dtype=dtype)]).requires_grad_()
    function, slope = NONLINEARITIES[name]
    expected = TORCH_OWN[name](z)
    (derivative,) = torch.autograd.grad(expected.sum(), z)
    tolerance = 1e-12 if dtype is DOUBLE else 2e-6
    torch.testing.assert_close(function(z), expected, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(slope(z, function(z)).detach(), derivative, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["linear", "tanh", "leaky_relu"])
def test_a_batch_is_its_members_one_by_one(name):
    network = MLP([3, 7, 5, 2], 1.2, name, seeded([4, 1, 9]), DOUBLE)
    stimuli = torch.randn(6, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    seen = network.forward(stimuli)
    for member in range(3):
        a = stimuli
        for layer in range(2):
            a = TORCH_OWN[name](a @ network.weights[layer][member].T + network.biases[layer][member])
            torch.testing.assert_close(seen.activity[layer + 1][member], a)
        torch.testing.assert_close(seen.output[member], a @ network.weights[2][member].T)


@pytest.mark.parametrize("seed", range(3))
def test_hidden_units_have_no_order(seed):
    network = MLP([3, 8, 2], 1.0, "tanh", seeded([seed]), DOUBLE)
    stimuli = torch.randn(5, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))
    before = network.forward(stimuli).output
    order = torch.randperm(8, generator=torch.Generator().manual_seed(seed))
    network.weights[0] = network.weights[0][:, order]
    network.weights[1] = network.weights[1][:, :, order]
    torch.testing.assert_close(network.forward(stimuli).output, before)


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
def test_a_homogeneous_network_scales_with_gain_to_the_number_of_layers(name):
    stimuli = torch.ones(1, 3, dtype=DOUBLE)
    plain, scaled = (MLP([3, 9, 9, 1], gain, name, seeded([0]), DOUBLE).forward(stimuli) for gain in (1.0, 0.5))
    torch.testing.assert_close(scaled.output, plain.output * 0.5**3)


@pytest.mark.parametrize("sizes", [(1, 500, 1), (64, 200, 10)])
def test_weights_are_xavier_normal_times_gain_the_readout_included_and_biases_zero(sizes):
    network = MLP(sizes, 0.3, "relu", seeded(range(20)))
    for W in network.weights:
        expected = 0.3 * (2 / sum(W.shape[1:])) ** 0.5
        error = 6 / (2 * W.numel()) ** 0.5
        assert abs(W.std().item() / expected - 1) < error
        assert abs(W.mean().item()) < 6 * expected / W.numel() ** 0.5
    assert not any(b.any() for b in network.biases)


def test_a_members_start_depends_neither_on_its_batch_nor_on_precision():
    alone, among = MLP([2, 5, 1], 1.0, "tanh", seeded([7])), MLP([2, 5, 1], 1.0, "tanh", seeded([3, 7]))
    double = MLP([2, 5, 1], 1.0, "tanh", seeded([7]), DOUBLE)
    for one, two, precise in zip(alone.weights, among.weights, double.weights, strict=True):
        assert torch.equal(one[0], two[1])
        torch.testing.assert_close(one.double(), precise, rtol=1e-6, atol=0)
    assert not torch.equal(among.weights[0][0], among.weights[0][1])


def test_the_same_seed_draws_the_same_numbers():
    first, second = (xavier_normal((4, 3), seeded([11])) for _ in range(2))
    np.testing.assert_array_equal(first, second)
