"""Training is gradient descent as torch does it, member by member, recorded when it was asked to be."""

import sys

import numpy as np
import pytest
import torch
import xarray as xr
from scipy.special import expit

from neurouniv import tasks
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.systems.networks import MLP, seeded
from neurouniv.systems.training.train import train

EXACT = {"dtype": "float64", "device": "cpu"}


def distance(runs):
    """h between the two points, (seed, time)."""
    return runs.hidden.isel(layer=0).diff("condition").isel(condition=0).pipe(np.square).sum("unit")


def as_module(network, nonlinearity, member=0):
    """The same member as a torch module."""
    layers = []
    for W, b in zip(network.weights, network.biases, strict=True):
        linear = torch.nn.Linear(W.shape[2], W.shape[1], dtype=torch.float64)
        linear.weight.data, linear.bias.data = W[member].clone(), b[member, 0].clone()
        layers += [linear, nonlinearity]
    return torch.nn.Sequential(*layers[:-1])


@pytest.mark.parametrize(("name", "module"), [("tanh", torch.nn.Tanh()), ("leaky_relu", torch.nn.LeakyReLU(0.01))])
def test_it_is_torchs_own_stochastic_gradient_descent_on_the_full_batch(name, module):
    task = tasks.digits(1)
    settings = {"hidden_layers": 2, "width": 16, "nonlinearity": name, "lr": 0.5, "epochs": 30, **EXACT}
    runs = train(task, seeds=[5], record=[0, 30], **settings)
    reference = as_module(MLP([64, 16, 16, 10], 1.0, name, seeded([5]), torch.float64), module)
    stimuli, targets = torch.tensor(task.stimuli.values), torch.tensor(task.targets.values)
    optimiser = torch.optim.SGD(reference.parameters(), lr=0.5)
    for _ in range(30):
        optimiser.zero_grad()
        (torch.nn.functional.mse_loss(reference(stimuli), targets) / 2).backward()
        optimiser.step()
    with torch.no_grad():
        np.testing.assert_allclose(runs.output[0, -1], reference(stimuli), rtol=1e-10)
        np.testing.assert_allclose(runs.hidden[0, 0, -1], reference[:4](stimuli), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(runs.loss[0], ((runs.output - task.targets) ** 2).mean(["condition", "output"])[0] / 2)


@pytest.mark.parametrize("seed", range(3))
def test_the_first_step_of_two_linear_layers_is_known_in_closed_form(seed):
    task = tasks.from_arrays(np.random.default_rng(seed).normal(size=(5, 3)), np.eye(5)[:, :2])
    runs = train(task, width=7, nonlinearity="linear", lr=0.2, epochs=1, seeds=[seed], record=2, **EXACT)
    W1, W2 = (W[0].numpy() for W in MLP([3, 7, 2], 1.0, "linear", seeded([seed]), torch.float64).weights)
    X, Y = task.stimuli.values.T, task.targets.values.T
    H = W1 @ X
    E = (W2 @ H - Y) / Y.size
    new_H = H - 0.2 * W2.T @ E @ (X.T @ X + 1)  # the encoder's bias is a constant feature
    new_Y = (W2 - 0.2 * E @ H.T) @ new_H - 0.2 * E.sum(1, keepdims=True)
    np.testing.assert_allclose(runs.hidden[0, 0, 1], new_H.T, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(runs.output[0, 1], new_Y.T, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("rule", ["backprop", "feedback_alignment", "direct_feedback_alignment"])
@pytest.mark.parametrize("nonlinearity", ["leaky_relu", "tanh"])
def test_a_members_numbers_do_not_depend_on_who_shares_its_batch(rule, nonlinearity):
    settings = {"hidden_layers": 2, "width": 90, "nonlinearity": nonlinearity, "lr": 0.3, "epochs": 300, "rule": rule}
    task = tasks.digits(2)
    alone = train(task, seeds=[3], **settings)
    for others in ([3, 1], [0, 1, 2, 3], [5, 3, 8, 2, 9, 4, 7]):
        member = train(task, seeds=others, **settings).sel(seed=[3])
        for name in ("hidden", "output", "loss"):
            error = np.abs(member[name] - alone[name]).max() / np.abs(alone[name]).max()
            assert error < 1e-5


def test_conditions_have_no_order():
    task = tasks.digits(1)
    shuffled = task.isel(condition=np.random.default_rng(0).permutation(10))
    settings = {"width": 20, "lr": 0.5, "epochs": 50, "record": 5, **EXACT}
    one, other = train(task, **settings), train(shuffled, **settings)
    xr.testing.assert_allclose(one, other.sel(condition=task.condition.values), rtol=1e-9)


def test_single_precision_is_double_precision_rounded():
    settings = {"width": 30, "nonlinearity": "tanh", "lr": 0.1, "epochs": 100, "record": 5, "seeds": [0, 1]}
    single, double = train(tasks.xor(), **settings), train(tasks.xor(), **settings, dtype="float64")
    assert single.hidden.dtype == np.float32
    np.testing.assert_allclose(single.hidden, double.hidden, atol=1e-5)


def test_what_is_recorded_is_named():
    task = tasks.digits(1)
    runs = train(task, width=5, hidden_layers=4, epochs=20, seeds=[3, 8], record=6, layers=[3, 0])
    assert runs.hidden.dims == ("seed", "layer", "time", "condition", "unit")
    assert runs.hidden.shape == (2, 2, 6, 10, 5)
    assert runs.output.shape == (2, 6, 10, 10)
    assert runs.time.values.tolist() == [0, 4, 8, 12, 16, 20]
    assert runs.time.attrs == {"units": "epochs", "axis": "learning"}
    assert runs.seed.values.tolist() == [3, 8]
    assert runs.layer.values.tolist() == [3, 0]
    assert runs.label.equals(task.label)
    xr.testing.assert_identical(runs.stimuli, task.stimuli)
    assert [step["step"] for step in history(runs)] == ["task", "train"]
    assert history(runs)[1]["settings"]["seeds"] == [3, 8]


def test_runs_survive_netcdf(tmp_path):
    runs = train(tasks.digits(1), width=5, epochs=4, record=3)
    runs.to_netcdf(tmp_path / "runs.nc")
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "runs.nc"), runs)


def test_recording_changes_nothing_and_keeps_the_epochs_asked_for():
    settings = {"width": 8, "epochs": 30, "lr": 0.1, **EXACT}
    every = train(tasks.xor(), record=10**6, **settings)
    assert every.time.values.tolist() == list(range(31))
    for record, kept in [(2, [0, 30]), (4, [0, 10, 20, 30]), ([7, 2], [2, 7]), (5, [0, 8, 15, 22, 30]), ([0], [0])]:
        runs = train(tasks.xor(), record=record, **settings)
        assert runs.time.values.tolist() == kept
        np.testing.assert_array_equal(runs.hidden, every.hidden.sel(time=kept))


@pytest.mark.parametrize(("hidden_layers", "middle"), [(1, 0), (2, 1), (5, 2), (20, 10)])
def test_the_middle_layer_is_recorded_unless_told_otherwise(hidden_layers, middle):
    settings = {"hidden_layers": hidden_layers, "width": 4, "epochs": 3, "record": 2}
    runs = train(tasks.xor(), **settings)
    assert runs.layer.values.tolist() == [middle]
    every = train(tasks.xor(), layers=range(hidden_layers), **settings)
    np.testing.assert_array_equal(every.hidden.sel(layer=[middle]), runs.hidden)


def test_who_diverges_is_blank_and_named_and_the_others_go_on():
    settings = {"width": 6, "nonlinearity": "linear", "gain": 2.0, "lr": 0.5, "epochs": 300, **EXACT}
    with pytest.warns(
        NeurounivWarning, match=r"4 of 6 networks diverged: seed 0 \(by epoch \d+\), seed 2 .*, seed 4 .*, seed 5 "
    ):
        runs = train(tasks.xor(), seeds=range(6), **settings)
    survivors = runs.sel(seed=[1, 3])
    assert all(np.isfinite(survivors[name]).all() for name in ("hidden", "output", "loss"))
    xr.testing.assert_allclose(survivors.drop_attrs(), train(tasks.xor(), seeds=[1, 3], **settings).drop_attrs())
    lost = runs.sel(seed=[0, 2, 4, 5])
    blank = lost.loss.isnull()
    assert not blank[:, 0].any()
    assert blank[:, -1].all()
    assert not (np.diff(blank.astype(int), axis=1) < 0).any()
    xr.testing.assert_equal(lost.hidden.isnull().all(["layer", "condition", "unit"]), blank)
    xr.testing.assert_equal(lost.output.isnull().all(["condition", "output"]), blank)


def test_the_small_two_layer_linear_network_learns_as_the_published_one_does():
    """van Rossem & Saxe (2024), two-layer linear network: their code's run goes from h = .0194 to .677."""
    settings = {"width": 500, "gain": 0.1, "nonlinearity": "linear", "lr": 0.01, "epochs": 3000}
    h = distance(train(tasks.two_points(), seeds=range(3), **settings))
    np.testing.assert_allclose(h[:, 0], 0.02, rtol=0.3)  # 500 (.1)^2 2/501 dx2, chi-squared over 500 units
    np.testing.assert_allclose(h[:, -1], 0.677, rtol=0.01)


@pytest.mark.parametrize(
    ("hidden_layers", "gain", "published"),
    [(2, 0.35, 0.0078), pytest.param(20, 1.0, 8.3e-4, marks=pytest.mark.slow)],
)
def test_untrained_networks_start_at_the_published_distance(hidden_layers, gain, published):
    settings = {"hidden_layers": hidden_layers, "width": 500, "gain": gain}
    runs = train(tasks.two_points(), seeds=range(8), record=[0], **settings)
    assert abs(np.log(distance(runs).mean() / published)) < 0.4


def test_a_small_start_rises_logistically_at_the_rate_of_the_task():
    """theory: h = H / (1 + exp(-(t - t0)/T)); one stimulus pair symmetric about 0 has no mean to learn, so
    eta_h = eta_y = lr/(N o), H = dx dy* and T = N o/(lr dx dy*) for two linear layers."""
    task = tasks.from_arrays([[-0.5], [0.5]], [[-0.4], [0.4]])
    settings = {"width": 400, "gain": 3e-4, "nonlinearity": "linear", "lr": 0.05, "epochs": 1500, "record": 301}
    h = distance(train(task, seeds=range(3), **settings, **EXACT))
    assert np.allclose(h[:, -1], 0.8, rtol=0.01)
    middle = [np.interp(0.4, row, h.time) for row in h.values]
    expected = 0.8 * expit((h.time.values - np.array(middle)[:, None]) * 0.05 * 0.8 / 2)
    np.testing.assert_allclose(h, expected, atol=0.01)


@pytest.mark.parametrize("rule", ["feedback_alignment", "direct_feedback_alignment"])
def test_digits_are_learned_without_backprop(rule):
    runs = train(tasks.digits(1), width=100, lr=0.5, epochs=1000, rule=rule, record=2, seeds=range(3))
    assert (runs.loss[:, -1] < 0.1 * runs.loss[:, 0]).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"architecture": "rnn"}, r"architecture is one of \['mlp', .*'recurrent'.*\]; got 'rnn'"),
        ({"architecture": lambda: None}, "layers names its submodules to record; got None"),
        ({"architecture": lambda: None, "layers": "0"}, "A factory makes a torch.nn.Module; got a NoneType"),
        ({"architecture": "residual", "rule": "feedback_alignment"}, "needs architecture='mlp'"),
        ({"architecture": "residual", "dropout": 0.1}, "needs architecture='mlp'"),
        ({"architecture": "cnn2d"}, "sees square images; 2 features"),
        ({"rule": "predictive_coding", "dropout": 0.1}, "silences other units every time"),
        ({"dropout": 1.0}, "dropout lies from 0 to below 1"),
        ({"optimizer": "lbfgs"}, "optimizer is one of"),
        ({"loss": "hinge"}, "loss is one of"),
        ({"batch_size": 0}, "batch_size is a whole number"),
        ({"stop": -0.1}, "stop lies from 0"),
        ({"spacing": "square"}, "spacing is one of"),
        ({"gain": [1.0, -1.0]}, r"gain is a positive number; got \[1.0, -1.0\]"),
        ({"nonlinearity": "sigmoid"}, "nonlinearity is one of .*'leaky_relu'.*; got 'sigmoid'"),
        ({"rule": "hebb"}, "rule is one of .*'feedback_alignment'"),
        ({"dtype": "float16"}, "dtype is one of"),
        ({"device": "tpu"}, "device is 'cpu'"),
        ({"lr": 0}, "lr is a positive number; got 0"),
        ({"lr": np.nan}, "lr is a positive number; got nan"),
        ({"gain": -1.0}, "gain is a positive number"),
        ({"epochs": 0}, "epochs is a whole number of at least 1; got 0"),
        ({"width": 2.5}, "width is a whole number"),
        ({"hidden_layers": True}, "hidden_layers is a whole number"),
        ({"hidden_layers": 2, "layers": [0, 2]}, r"layers needs whole numbers from 0 to 1, .*; got \[0, 2\]"),
        ({"layers": []}, "layers needs whole numbers"),
        ({"layers": -1}, "layers needs whole numbers"),
        ({"seeds": []}, "seeds needs whole numbers from 0"),
        ({"seeds": [1, 1]}, r"seeds names each once; \[1\] come twice"),
        ({"seeds": "12"}, "seeds needs whole numbers"),
        ({"record": 1}, "record is how many epochs to keep, at least 2"),
        ({"epochs": 10, "record": [0, 11]}, "record needs whole numbers from 0 to 10"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_a_reason(given, message):
    with pytest.raises(InputError, match=message):
        train(tasks.xor(), **given)


def test_what_is_no_task_is_refused():
    with pytest.raises(InputError, match="A task needs"):
        train(xr.Dataset({"stimuli": ("x", [1.0])}))
    with pytest.raises(InputError, match="task of named conditions"):
        train(tasks.xor().drop_vars("condition"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_device_is_said():
    with pytest.raises(InputError, match="torch sees none"):
        train(tasks.xor(), device="cuda")


def test_the_bar_is_shown_or_hidden_as_asked(capsys, monkeypatch):
    for progress, shown in [(False, False), (None, False), (True, True)]:
        monkeypatch.setattr(sys.stderr, "isatty", lambda shown=shown: shown)
        train(tasks.xor(), width=3, epochs=2, progress=progress)
        captured = capsys.readouterr()
        assert ("training" in captured.err) == shown
        assert captured.out == ""


def test_a_number_of_seeds_is_how_many_and_a_list_is_which():
    settings = {"width": 4, "epochs": 2, "record": 2, "progress": False}
    three, fifth = train(tasks.xor(), seeds=3, **settings), train(tasks.xor(), seeds=[5], **settings)
    assert three.seed.values.tolist() == [0, 1, 2]
    assert fifth.seed.values.tolist() == [5]
    assert history(three)[-1]["settings"]["seeds"] == [0, 1, 2]
    drawn = train(tasks.xor(), above=0, draws=2, **settings)
    assert drawn.draw.values.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"seeds, how many .* is a whole number of at least 1; got 0"):
        train(tasks.xor(), seeds=0, **settings)
