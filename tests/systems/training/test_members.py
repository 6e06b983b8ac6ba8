"""Gains, learning rates and tasks side by side are what each would be by itself."""

import numpy as np
import pytest
import torch
import xarray as xr

import neurouniv as nu
from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems.training.train import train

SETTINGS = {
    "width": 8, "epochs": 30, "record": 3, "nonlinearity": "tanh", "dtype": "float64", "device": "cpu",
    "progress": False,
}  # fmt: skip


def test_gains_and_rates_are_dimensions():
    runs = train(tasks.xor(), gain=[0.5, 1.0, 1.5], lr=[0.1, 0.2], seeds=[3, 1], **SETTINGS)
    assert dict(runs.loss.sizes) == {"gain": 3, "lr": 2, "seed": 2, "time": 3}
    assert runs.gain.values.tolist() == [0.5, 1.0, 1.5]
    alone = train(tasks.xor(), gain=1.5, lr=0.2, seeds=[3, 1], **SETTINGS)
    for name in ("hidden", "output", "loss"):
        np.testing.assert_allclose(runs[name].sel(gain=1.5, lr=0.2), alone[name], rtol=1e-10, atol=1e-14)


def test_settings_of_one_dimension_go_together():
    names = xr.DataArray(["lazy", "rich"], dims="regime", name="regime")
    gain, lr = (xr.DataArray(values, coords={"regime": names}) for values in ([1.5, 0.3], [0.05, 0.2]))
    runs = train(tasks.xor(), gain=gain, lr=lr, **SETTINGS)
    assert runs.hidden.dims[:2] == ("regime", "seed")
    alone = train(tasks.xor(), gain=0.3, lr=0.2, **SETTINGS)
    np.testing.assert_allclose(runs.output.sel(regime="rich"), alone.output, rtol=1e-10)
    with pytest.raises(InputError, match="share a dimension"):
        train(tasks.xor(), gain=gain, lr=lr.assign_coords(regime=["a", "b"]), **SETTINGS)


def test_many_tasks_of_one_shape():
    cells = [tasks.two_points(dx2, 0.5) for dx2 in (0.5, 1.0, 2.0)]
    many = xr.concat(cells, xr.DataArray([0.5, 1.0, 2.0], dims="size", name="size"), data_vars="all")
    runs = train(many, seeds=range(2), **SETTINGS)
    assert runs.output.dims == ("size", "seed", "time", "condition", "output")
    traj = nu.trajectory(runs)
    for size, task in zip((0.5, 1.0, 2.0), cells, strict=True):
        alone = nu.trajectory(train(task, seeds=range(2), **SETTINGS))
        for name in "hyw":
            np.testing.assert_allclose(traj[name].sel(size=size), alone[name], rtol=1e-9)
        np.testing.assert_allclose(traj.dx2.sel(size=size), alone.dx2)


OPTIMISERS = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_optimisers_and_losses_are_torchs(optimizer, loss):
    def made():
        return torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.Tanh(), torch.nn.Linear(8, 10))

    task = tasks.digits(1)
    settings = {"lr": 0.1, "epochs": 12, "record": 2, "dtype": "float64", "device": "cpu", "progress": False}
    runs = train(task, made, layers="1", optimizer=optimizer, loss=loss, seeds=[4], **settings)
    torch.manual_seed(4)
    module = made().double()
    stimuli, targets = torch.tensor(task.stimuli.values), torch.tensor(task.targets.values)
    losses = {
        "mse": lambda output: torch.nn.functional.mse_loss(output, targets) / 2,
        "cross_entropy": lambda output: torch.nn.functional.cross_entropy(output, targets),
    }
    optimiser = OPTIMISERS[optimizer](module.parameters())
    for _ in range(12):
        optimiser.zero_grad()
        losses[loss](module(stimuli)).backward()
        optimiser.step()
    with torch.no_grad():
        np.testing.assert_allclose(runs.output[0, -1], module(stimuli), rtol=1e-6)
        np.testing.assert_allclose(runs.loss[0, -1], losses[loss](module(stimuli)), rtol=1e-6)


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_by_hand_and_by_torch_gradients_give_the_same(optimizer):
    """A residual network of one hidden layer is a perceptron."""
    settings = SETTINGS | {"optimizer": optimizer, "lr": [0.01, 0.1], "seeds": range(2)}
    one, other = (train(tasks.xor(), architecture, **settings) for architecture in ("mlp", "residual"))
    np.testing.assert_allclose(one.hidden, other.hidden, rtol=1e-9, atol=1e-12)


def test_minibatches_show_every_condition_once_an_epoch():
    """A linear readout of nothing but its bias: an epoch of single conditions is a known recursion in any order."""
    task = tasks.digits(1)
    whole = train(task, batch_size=10, seeds=range(2), lr=0.2, **SETTINGS)
    xr.testing.assert_allclose(whole.drop_attrs(), train(task, seeds=range(2), lr=0.2, **SETTINGS).drop_attrs())
    small = train(task, batch_size=3, seeds=range(2), lr=0.02, **(SETTINGS | {"epochs": 400, "record": 2}))
    slow = train(task, seeds=range(2), lr=0.02 * 4, **(SETTINGS | {"epochs": 400, "record": 2}))
    np.testing.assert_allclose(small.loss[:, -1], slow.loss[:, -1], rtol=0.1)
    alone = train(task, batch_size=3, seeds=[1], lr=0.02, **(SETTINGS | {"epochs": 400, "record": 2}))
    np.testing.assert_allclose(small.output.sel(seed=[1]), alone.output, rtol=1e-8)


def test_who_has_learned_stops_and_the_others_go_on():
    settings = SETTINGS | {"epochs": 400, "record": 401, "lr": [0.02, 0.3]}
    runs = train(tasks.xor(), stop=0.5, **settings)
    plain = train(tasks.xor(), **settings)
    for lr in (0.02, 0.3):
        one, other = runs.sel(lr=lr, seed=0), plain.sel(lr=lr, seed=0)
        at = float(one.stopped)
        if np.isnan(at):
            np.testing.assert_allclose(one.loss, other.loss)
            continue
        assert at == int(np.argmax((other.loss <= 0.5 * other.loss[0]).values))
        np.testing.assert_allclose(one.loss.sel(time=slice(0, at)), other.loss.sel(time=slice(0, at)))
        np.testing.assert_allclose(one.hidden.sel(time=slice(at, None)).std("time"), 0, atol=1e-12)
    assert not np.isnan(runs.stopped.sel(lr=0.3)).any()


def test_epochs_may_be_in_ratio():
    runs = train(tasks.xor(), **(SETTINGS | {"epochs": 1000, "record": 8, "spacing": "log"}))
    assert runs.time.values.tolist() == [0, 1, 3, 10, 32, 100, 316, 1000]


@pytest.mark.slow
def test_a_recording_into_a_folder_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("neurouniv.systems.training.recorder.BLOCK", 500)
    settings = SETTINGS | {"gain": [0.5, 1.0], "seeds": range(3), "record": 11, "stop": 0.8, "lr": 0.2}
    there, here = train(tasks.xor(), out=tmp_path / "runs.zarr", **settings), train(tasks.xor(), **settings)
    assert there.hidden.chunks is not None
    xr.testing.assert_allclose(there.compute(), here)
    xr.testing.assert_allclose(nu.load(tmp_path / "runs.zarr"), here)
    xr.testing.assert_allclose(nu.trajectory(there).compute(), nu.trajectory(here))
    assert [path.name for path in tmp_path.iterdir()] == ["runs.zarr"]


def test_more_than_memory_holds_is_refused_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("neurouniv.systems.training.train.available_memory", lambda: 100)
    with pytest.raises(InputError, match=r"Give out='runs.zarr'"):
        train(tasks.xor(), **SETTINGS)
    with pytest.raises(InputError, match=r"Only a folder .zarr"):
        train(tasks.xor(), out=tmp_path / "runs.nc", **SETTINGS)
    with pytest.raises(FileNotFoundError):
        train(tasks.xor(), out=tmp_path / "no" / "runs.zarr", **SETTINGS)
    assert not list(tmp_path.iterdir())


def test_large_networks_one_by_one_are_the_same(monkeypatch):
    together = train(tasks.xor(), seeds=range(3), **SETTINGS)
    monkeypatch.setattr("neurouniv.systems.training.grouping.CACHE", 0)
    one_by_one = train(tasks.xor(), seeds=range(3), **SETTINGS)
    xr.testing.assert_allclose(one_by_one.drop_attrs(), together.drop_attrs(), rtol=1e-9)
