"""One set of constants or one each: of networks that learn at one rate, and of networks that do not."""

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.universality.trial.learners import learners_of
from neurouniv.universality.trial.shared_structure import FREE, ONE, OWN, shared_constants

NETWORK = {"hidden_layers": 1, "width": 60, "nonlinearity": "linear", "gain": 0.2, "record": 12, "progress": False}
OUTPUTS, CONDITIONS = 10, 10


def learned(lr: float, seeds: range) -> xr.Dataset:
    """Linear networks, whose eta_h and eta_y are lr/(N o) by construction."""
    runs = nu.train(nu.tasks.digits(per_class=1), "mlp", lr=lr, epochs=3000, seeds=seeds, dtype="float64", **NETWORK)
    return nu.trajectory(runs).isel(layer=0)


def asked(systems: dict[str, xr.Dataset]) -> xr.Dataset:
    learners = learners_of(systems, (), 2)
    fits = {name: nu.UniversalModel().fit(one.traj) for name, one in learners.items()}
    found, left = shared_constants(learners, fits)
    assert not left
    return found


def test_recordings_are_not_asked_for_one_set(make_world):
    found, [reason] = shared_constants(learners_of({"mouse": make_world(n=6, times=5)}, (), 2), {})
    assert not found
    assert "needs two or more networks" in reason


@pytest.mark.slow
def test_networks_of_one_rate_share_one_set_which_is_theirs():
    found = asked({"first": learned(0.1, range(2)), "second": learned(0.1, range(2, 3))})
    own, one, free = (found.level_r2.sel(level=level) for level in (OWN, ONE, FREE))
    assert (one > own - 0.005).all()
    assert (free > own).all()
    rates = found.one_set.sel(constant_name=["eta_h", "eta_y"])
    assert rates.values == pytest.approx([0.1 / (CONDITIONS * OUTPUTS)] * 2, rel=0.05)


@pytest.mark.slow
def test_networks_of_other_rates_do_not_share_one_set():
    found = asked({"slow": learned(0.05, range(1)), "fast": learned(0.2, range(1))})
    own, one = (found.level_r2.sel(level=level) for level in (OWN, ONE))
    assert float(own.mean()) > 0.98
    assert float(one.mean()) < float(own.mean()) - 0.05
