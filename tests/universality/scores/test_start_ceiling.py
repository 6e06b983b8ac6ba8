"""The start-conditional ceiling is what networks of one start predict of each other, and of no start what is known."""

from itertools import permutations

import numpy as np
import pytest
import xarray as xr
from torch import nn

import neurouniv as nu
from neurouniv.universality.held_out.splits import among
from neurouniv.universality.scores.dynamics import after_start, deviations

SETTINGS = {
    "width": 20, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.2, "epochs": 200, "record": 5, "seeds": range(2),
    "device": "cpu", "progress": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def task():
    return nu.tasks.digits(per_class=1)


@pytest.fixture(scope="module")
def found(task):
    return nu.start_ceiling(task, draws=4, **SETTINGS)


@pytest.fixture(scope="module")
def traj(task):
    return nu.trajectory(nu.train(task, **SETTINGS))


def test_the_start_is_known_and_what_comes_after_it_is_not(found):
    assert found.start_var.dims == ("seed", "layer", "time", "pair")
    assert float(found.start_var.isel(time=0).max()) < 1e-12
    assert (found.start_var.isel(time=-1).mean("pair") > 0).all()
    assert found.attrs["draws"] == 4


@pytest.mark.parametrize("about", [("time", "pair"), ("time",)])
def test_one_draw_predicts_another_with_twice_v_and_the_mean_of_k_others_with_less(task, found, about):
    """Summed over all draws these hold exactly: the variance over draws is unbiased."""
    runs = nu.train(task, above=0, draws=range(5), layers=0, **SETTINGS)
    h = nu.trajectory(runs).h
    late, over = after_start(h, h), ("time", "pair", "draw")
    total = deviations(late, about).sum(over)
    errors = [
        ((late.sel(draw=a) - late.sel(draw=b)) ** 2).sum(("time", "pair")) for a, b in permutations(h.draw.values, 2)
    ]
    r2 = 1 - sum(errors) / 4 / total
    bounds = found[{2: "dynamics_ceiling", 1: "change_ceiling"}[len(about)]]
    np.testing.assert_allclose(r2, bounds.sel(bound="lower"), rtol=1e-9)
    others = (late.sum("draw") - late) / 4
    v = 1 - bounds.sel(bound="upper")
    np.testing.assert_allclose(((late - others) ** 2).sum(over) / total, (1 + 1 / 4) * v, rtol=1e-9)


def test_of_a_trajectory_it_is_that_of_the_training_in_its_history(found, traj):
    own = nu.start_ceiling(traj)
    for name in ("start_var", "dynamics_ceiling", "change_ceiling"):
        np.testing.assert_allclose(own[name], found[name], atol=1e-9)
    part = traj.sel(seed=1).isel(layer=0, time=[0, 2, 4], pair=slice(None, None, -1))
    some = nu.start_ceiling(part, draws=4)
    assert some.start_var.dims == part.h.dims
    expected = found.start_var.sel(seed=1).isel(layer=0, time=[0, 2, 4], pair=slice(None, None, -1))
    np.testing.assert_allclose(some.start_var, expected, atol=1e-9)
    carried = traj.assign(start_var=own.start_var)
    np.testing.assert_allclose(nu.noise_ceiling(carried).dynamics_ceiling, found.dynamics_ceiling, atol=0.05)
    xr.testing.assert_identical(carried.drop_vars("start_var"), traj)  # the units of time above all


def test_several_layers_have_each_its_own_and_the_upper_ones_know_their_own_start(task):
    settings = SETTINGS | {"hidden_layers": 2}
    both = nu.start_ceiling(task, layer=[0, 1], draws=2, **settings)
    for layer in (0, 1):
        alone = nu.start_ceiling(task, layer=layer, draws=2, **settings)
        np.testing.assert_allclose(both.start_var.sel(layer=[layer]), alone.start_var, atol=1e-9)
    assert float(both.start_var.isel(time=0).max()) < 1e-12


class Quiet(nn.Module):
    """A linear network of one hidden layer whose readout starts at `size` times torch's."""

    def __init__(self, size):
        super().__init__()
        self.encoder, self.readout = nn.Linear(64, 20), nn.Linear(20, 10)
        for part in self.readout.parameters():
            part.data.mul_(size)

    def forward(self, x):
        return self.readout(self.encoder(x))


@pytest.mark.slow
def test_a_readout_that_starts_at_nothing_leaves_nothing_unknown(task):
    def left(size):
        settings = {"lr": 0.2, "epochs": 100, "record": 5, "progress": False}
        made = nu.start_ceiling(task, lambda: Quiet(size), layer="encoder", draws=3, **settings)
        return 1 - made.change_ceiling.sel(bound="upper").item()

    assert left(0.0) < 1e-9
    assert left(0.0) < left(0.01) < 0.1 * left(1.0)


def test_the_wider_a_network_the_more_its_start_tells(task):
    def v(width):
        made = nu.start_ceiling(task, **(SETTINGS | {"width": width, "seeds": range(3)}))
        return float(1 - made.dynamics_ceiling.sel(bound="upper").mean())

    assert v(300) < 0.4 * v(20)


@pytest.mark.parametrize("draws", [0, 1, 2.0, True])
def test_a_variance_needs_draws(task, draws):
    with pytest.raises(nu.InputError, match="at least 2"):
        nu.start_ceiling(task, draws=draws)


def test_what_a_history_does_not_tell_is_asked_for(task, traj):
    own = nu.trajectory(nu.train(task, lambda: Quiet(1.0), layers="encoder", epochs=2, record=2))
    probed = nu.trajectory(nu.train(task, probes=task, epochs=2, record=2))
    drawn = nu.trajectory(nu.train(task, above=0, draws=[1, 2], epochs=2, record=2))
    refused = {
        "untrained network": traj.isel(time=slice(1, None)),
        "10 conditions were learned, and 5 are here": among(traj, traj.condition.values[:5]),
        "Which seed": traj.isel(seed=0, drop=True),
        "does not start as": traj.assign(h=2 * traj.h),
        "the step 'train'": traj.drop_attrs(),
        "your own architecture": own,
        "Probes were recorded": probed,
        "draws of one start already": drawn,
        "times are not the epochs": traj.assign_coords(time=traj.time / 7),
    }
    for words, given in refused.items():
        with pytest.raises(nu.InputError, match=words):
            nu.start_ceiling(given)
    for setting in ({"layer": 0}, {"lr": 0.1}):
        with pytest.raises(nu.InputError, match="layers and training are its own"):
            nu.start_ceiling(traj, **setting)
    with pytest.raises(nu.InputError, match="epoch 0; the first here is 5"):
        nu.start_ceiling(task, epochs=10, record=[5, 10])
    with pytest.raises(nu.InputError, match="cannot be set here"):
        nu.start_ceiling(task, layers=0)


@pytest.mark.slow
def test_a_comparison_and_an_answer_use_what_a_trajectory_carries(traj):
    carried = traj.assign(start_var=nu.start_ceiling(traj).start_var)[["h", "start_var"]]
    laws = [nu.UniversalModel(), nu.RIVALS["static"]()]
    found = nu.compare(laws, carried)
    assert found.attrs["ceiling"].startswith("from networks with the same start")
    assert 0.5 < float(found.dynamics_ceiling.mean()) < 1
    assert found.missed.sel(law="universal").isel(time=-1).notnull().all()
    assert (nu.compare(laws, traj[["h"]], partitions=1).dynamics_ceiling == 1).all()
    answer = nu.universality_test({"net": carried}, rivals=["static"], resamples=50, permutations=20)
    np.testing.assert_allclose(answer.r2_most, found.dynamics_ceiling.sel(bound="upper").mean())
    np.testing.assert_allclose(answer.others_r2, found.others.mean())
    np.testing.assert_allclose(answer.change_others_r2, found.change_others.mean())
