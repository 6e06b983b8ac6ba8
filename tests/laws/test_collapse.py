"""In dimensionless form, systems with other constants are one flow."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, PairwiseModel, dimensional, dimensionless
from neurouniv.theory import two_point


def test_going_there_and_back_changes_nothing(make_world):
    traj = make_world(noise=0.01)
    constants = PairwiseModel().fit(traj).constants_
    scaled = dimensionless(traj, constants)
    back = dimensional(scaled, constants)
    for name in ("h", "y", "w", "h_var"):
        np.testing.assert_allclose(back[name], traj[name], rtol=1e-12)
    assert "age" not in back.coords


def test_pairs_of_systems_with_other_constants_lie_on_the_master_curve():
    """Small balanced starts: h/H is the logistic function of age, whatever the constants, stimuli and targets."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        dx2, dy2 = rng.uniform(0.3, 2, (2, 5))
        eta_h, eta_y = rng.uniform(0.05, 1, 2)
        height, duration = two_point.scales(eta_h, eta_y, dx2, dy2)
        time = np.linspace(0, 30 * duration.mean(), 50)
        h = two_point.logistic(1e-4 * height, eta_h, eta_y, dx2, dy2, time)
        coords = {"time": time, "dx2": ("pair", dx2), "dy2": ("pair", dy2)}
        coords |= {end: ("pair", np.array([f"{end}{i}" for i in range(5)])) for end in ("first", "second")}
        traj = xr.Dataset({"h": (("pair", "time"), h)}, coords).transpose("time", "pair")
        scaled = dimensionless(traj, xr.Dataset({"eta_h": eta_h, "eta_y": eta_y}))
        master = 1 / (1 + (1e4 - 1) * np.exp(-scaled.age))
        np.testing.assert_allclose(scaled.h, master.transpose("time", "pair"), rtol=1e-9)


def test_pairs_with_equal_targets_have_no_scale(make_world):
    traj = make_world()
    same = traj.assign_coords(dy2=traj.dy2.where(np.arange(15) != 2, 0.0))
    scaled = dimensionless(same, xr.Dataset({"eta_h": 0.2, "eta_y": 0.1}))
    for name in "hyw":
        assert scaled[name].isnull().all("time").values.tolist() == [i == 2 for i in range(15)]


def test_batches_are_joined_by_label(make_world):
    batch = xr.concat([make_world(), make_world(eta_h=0.4)], xr.DataArray([5, 6], dims="seed", name="seed"),
                      data_vars=["h", "y", "w"])  # fmt: skip
    constants = PairwiseModel().fit(batch).constants_
    assert dimensionless(batch, constants).h.dims == ("seed", "time", "pair")
    with pytest.raises(InputError, match="other labels"):
        dimensionless(batch.assign_coords(seed=[7, 8]), constants)
    with pytest.raises(InputError, match="eta_h"):
        dimensionless(batch, constants.drop_vars("eta_h"))
