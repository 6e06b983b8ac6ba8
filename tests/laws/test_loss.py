"""The loss that the law expects, with one constant for the mean prediction."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv import InputError


@pytest.fixture(scope="module")
def runs():
    settings = {"width": 60, "gain": 0.3, "nonlinearity": "linear", "lr": 0.02, "epochs": 1500, "seeds": range(2)}
    return nu.train(nu.tasks.two_points(), "mlp", record=80, progress=False, **settings)


def test_two_points_have_their_networks_own_loss(runs):
    traj = nu.trajectory(runs)
    found = nu.loss_curve(nu.PairwiseModel().fit(traj), traj)
    np.testing.assert_allclose(found.loss.isel(pair=0), runs.loss, rtol=1e-5, atol=1e-8)
    assert found.eta_mean.dims == ("seed",)
    assert found.eta_mean.attrs["units"] == "per epochs"
    assert found.loss_law.dims == ("seed", "layer", "time", "pair")
    assert float(found.r2.min()) > 0.99


def test_the_mean_errors_rate_is_found(runs):
    """Errors that fade by construction."""
    traj = nu.trajectory(runs)
    gone = np.exp(-0.004 * traj.time)
    traj["output"] = traj.targets + (traj.output.isel(time=0) - traj.targets) * gone
    found = nu.loss_curve(nu.PairwiseModel().fit(nu.trajectory(runs)), traj)
    np.testing.assert_allclose(found.eta_mean, 0.004, rtol=1e-5)
    np.testing.assert_allclose(found.mean_error_law.transpose(*found.mean_error.dims), found.mean_error, rtol=1e-3)


def test_what_a_loss_curve_needs_is_told(runs, make_world):
    traj = make_world()
    with pytest.raises(InputError, match=r"\['output'\] is absent"):
        nu.loss_curve(nu.PairwiseModel().fit(traj), traj)
    full = nu.trajectory(runs)
    with pytest.raises(InputError, match="exponential predicts h"):
        nu.loss_curve(nu.RIVALS["exponential"](), full)
