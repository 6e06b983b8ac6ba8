"""Every architecture, many at once, is the one network that torch would make of the same weights."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems import networks
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.systems.training.train import train

EXACT = {"dtype": "float64", "device": "cpu", "progress": False}
SMALL = {"hidden_layers": 2, "width": 6, "channels": 3, "kernel": 3, "nonlinearity": "tanh"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_learns_and_members_are_by_themselves(architecture):
    task = tasks.digits(1)
    settings = SMALL | {"lr": 0.05, "epochs": 40, "record": 3, "layers": [0, 1]}
    together = train(task, architecture, seeds=[4, 2, 7], **settings, progress=False)
    alone = train(task, architecture, seeds=[2], **settings, progress=False)
    assert (together.loss[:, -1] < together.loss[:, 0]).all()
    for name in ("hidden", "output", "loss"):
        one = together[name].sel(seed=[2])
        np.testing.assert_allclose(one, alone[name], rtol=1e-5, atol=1e-5 * float(abs(alone[name]).max()))


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name != "mlp"])
def test_gradients_are_those_of_finite_differences(architecture):
    """One step down the gradient lowers the loss by its squared length."""
    lr = 1e-5
    settings = SMALL | {"lr": lr, "epochs": 1, "record": 2, "seeds": range(2)} | EXACT
    runs = train(tasks.digits(1), architecture, **settings)
    moved = train(tasks.digits(1), architecture, **(settings | {"lr": 2 * lr}))
    fall, twice = (float(r.loss[0, 0] - r.loss[0, 1]) for r in (runs, moved))
    assert fall > 0
    np.testing.assert_allclose(twice, 2 * fall, rtol=1e-2)


def member_of(kind, generators=(3, 5), **settings):
    return kind(gain=1.0, nonlinearity="tanh", generators=networks.seeded(generators), dtype=torch.float64, **settings)


def test_convolutions_are_torchs_own_of_each_member():
    stimuli = torch.randn(4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    size = {"features": 9, "outputs": 2, "hidden_layers": 2, "width": 5, "kernel": 3, "channels": 3}
    for dimensions, convolve in ((1, nn.functional.conv1d), (2, nn.functional.conv2d)):
        network = member_of(networks.Convolutional, dimensions=dimensions, **size)
        seen = network.forward(stimuli)
        for member in range(2):
            signal = stimuli
            if dimensions == 1:
                W, b = network.lift
                signal = stimuli @ W[member].T + b[member]
            signal = signal.reshape(4, 1, *network.space)
            for layer, (W, b) in enumerate(network.layers):
                signal = torch.tanh(convolve(signal, W[member], b[member], padding="same"))
                torch.testing.assert_close(seen.activity[layer + 1][member], signal.flatten(1))


def test_residual_layers_add_to_the_one_below_and_recurrent_steps_share_weights():
    stimuli = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    size = {"features": 3, "outputs": 2, "hidden_layers": 3, "width": 5}
    network = member_of(networks.Residual, **size)
    _, first, second, _ = network.forward(stimuli).activity
    W, b = network.layers[1]
    torch.testing.assert_close(second[1], first[1] + torch.tanh(first[1] @ W[1].T + b[1]))
    network = member_of(networks.Recurrent, **size)
    drive = stimuli @ network.input[0].T + network.bias[0]
    state = torch.zeros(4, 5, dtype=torch.float64)
    for step in network.forward(stimuli).activity[1:]:
        state = torch.tanh(drive + state @ network.lateral[0].T)
        torch.testing.assert_close(step[0], state)


def test_attention_does_not_care_for_the_order_of_features():
    network = member_of(networks.Attention, features=3, outputs=2, hidden_layers=2, width=5)
    stimuli = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    before = network.forward(stimuli).output
    for table in (network.direction, network.place):
        table.data = table.data[:, [2, 0, 1]]
    torch.testing.assert_close(network.forward(stimuli[:, [2, 0, 1]]).output, before)


def made():
    return nn.Sequential(nn.Linear(64, 7), nn.Tanh(), nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 10))


def test_a_module_of_ones_own_learns_as_torch_teaches_it():
    task = tasks.digits(1)
    runs = train(task, made, layers=["1", "3"], lr=0.3, epochs=20, record=2, seeds=[0, 8], **EXACT)
    assert runs.hidden.dims == ("seed", "layer", "time", "condition", "unit")
    assert runs.layer.values.tolist() == ["1", "3"]
    torch.manual_seed(8)
    module = made().double()
    stimuli, targets = torch.tensor(task.stimuli.values), torch.tensor(task.targets.values)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.3)
    for _ in range(20):
        optimiser.zero_grad()
        (nn.functional.mse_loss(module(stimuli), targets) / 2).backward()
        optimiser.step()
    with torch.no_grad():
        np.testing.assert_allclose(runs.output.sel(seed=8)[-1], module(stimuli), rtol=1e-9)
        second = runs.hidden.sel(seed=8, layer="3")[-1]
        np.testing.assert_allclose(second[:, :5], module[:4](stimuli), rtol=1e-9)
        assert (second[:, 5:] == 0).all()


def test_what_a_module_lacks_is_told():
    with pytest.raises(InputError, match=r"got \['9'\], and it has \['0', '1', "):
        train(tasks.digits(1), made, layers=["9"])
    with pytest.raises(InputError, match="track_running_stats=False"):
        train(tasks.digits(1), lambda: nn.Sequential(nn.Linear(64, 10), nn.BatchNorm1d(10)), layers="0")


def test_dropout_silences_some_units_in_training_only():
    network = networks.MLP([3, 2000, 1], 1.0, "tanh", networks.seeded([0, 1]), dropout=0.25)
    stimuli = torch.ones(2, 3)
    assert (network.forward(stimuli).activity[1] != 0).all()
    learned, plain = network.present(stimuli).activity[1], network.forward(stimuli).activity[1]
    silent = learned == 0
    assert abs(float(silent.float().mean()) - 0.25) < 0.02
    torch.testing.assert_close(learned[~silent], plain[~silent] / 0.75)
    runs = train(tasks.xor(), width=40, dropout=0.2, lr=0.3, epochs=400, record=2, seeds=range(3), progress=False)
    assert (runs.loss[:, -1] < 0.5 * runs.loss[:, 0]).all()


def test_probes_are_recorded_and_do_not_change_learning():
    task = tasks.xor()
    probes = tasks.from_arrays([[0.5, 0.5], [0.0, 1.0], [-1.0, -1.0]], [[0.0], [0.0], [-1.0]], ["in", "side", "--"])
    settings = {"width": 12, "lr": 0.1, "epochs": 60, "record": 4, "seeds": range(2)} | EXACT
    plain, probed = train(task, **settings), train(task, probes=probes, **settings)
    assert probed.condition.values.tolist() == ["in", "side", "--"]
    xr.testing.assert_allclose(probed.loss.drop_attrs(), plain.loss.drop_attrs())
    np.testing.assert_allclose(probed.hidden.sel(condition="--"), plain.hidden.sel(condition="--"), rtol=1e-12)
    with pytest.raises(InputError, match="2 features of the task"):
        train(task, probes=tasks.digits(1), **settings)


class Silenced(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.lift, self.dropout, self.readout = nn.Linear(64, 40), dropout, nn.Linear(40, 10)

    def forward(self, stimuli):
        return self.readout(self.dropout(torch.tanh(self.lift(stimuli))))


@pytest.mark.parametrize("batch_size", [None, 3])
def test_dropout_of_modules_depends_on_the_seed_alone(batch_size):
    settings = {"layers": "lift", "lr": 0.1, "epochs": 30, "record": 3, "batch_size": batch_size, "progress": False}
    torch.manual_seed(0)
    alone = train(tasks.digits(1), lambda: Silenced(nn.Dropout(0.5)), seeds=[3], **settings)
    torch.manual_seed(1)
    together = train(tasks.digits(1), lambda: Silenced(nn.Dropout(0.5)), seeds=[5, 3], **settings)
    np.testing.assert_allclose(together.output.sel(seed=[3]), alone.output, rtol=1e-4, atol=1e-5)
    never = train(tasks.digits(1), lambda: Silenced(nn.Dropout(0.0)), seeds=[3], **settings)
    assert float(abs(never.output - alone.output).max()) > 1e-2
    np.testing.assert_allclose(never.output[:, 0], alone.output[:, 0], rtol=1e-6)  # none while recording


def test_dropout_of_modules_silences_its_share_of_units_and_enlarges_the_others():
    module = networks.Modules(lambda: Silenced(nn.Dropout(0.25)), ["dropout"], range(2), torch.float64, "cpu")
    stimuli = torch.randn(500, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    heard, kept = (module_pass(stimuli).activity[1] for module_pass in (module.forward, module.present))
    silent = kept == 0
    assert abs(silent.double().mean() - 0.25) < 4 * (0.25 * 0.75 / silent.numel()) ** 0.5
    torch.testing.assert_close(kept[~silent], heard[~silent] / 0.75)
    assert (module.present(stimuli).activity[1] != kept).any()


def test_dropout_of_channels_silences_them_whole():
    class Image(nn.Module):
        def __init__(self):
            super().__init__()
            self.see, self.dropout, self.readout = nn.Conv1d(1, 8, 3), nn.Dropout1d(0.5), nn.Linear(8 * 7, 2)

        def forward(self, stimuli):
            return self.readout(self.dropout(self.see(stimuli[:, None])).flatten(1))

    module = networks.Modules(Image, ["dropout"], range(2), torch.float64, "cpu")
    stimuli = torch.randn(20, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    silent = (module.present(stimuli).activity[1] == 0).reshape(2, 20, 8, 7)
    assert torch.equal(silent.all(-1), silent.any(-1))
    assert 0.3 < silent.double().mean() < 0.7


@pytest.mark.parametrize("part", [nn.AlphaDropout(0.5), nn.FeatureAlphaDropout(0.5)])
def test_modules_that_draw_numbers_by_themselves_are_refused(part):
    with pytest.raises(InputError, match=r"this one draws others .* Use nn\.Dropout"):
        train(tasks.digits(1), lambda: Silenced(part), layers="lift", epochs=2, record=2, progress=False)
