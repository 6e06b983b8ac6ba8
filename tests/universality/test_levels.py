"""One set of constants does as well as many where systems have the same, and worse where they do not."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv import InputError
from neurouniv.laws import RIVALS, PairwiseModel
from neurouniv.universality.levels import FREE, OWN, SHARED, levels

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
SEEN = {"see": ("h",), "times": 12, "end": 80.0}


@pytest.fixture
def law():
    return PairwiseModel(start={"y0": 1e-4, "w0": 0.0})


@pytest.mark.slow
def test_systems_alike_share_one_set(make_world, law):
    alike = {name: make_world(n=8, seed=seed, **SEEN) for seed, name in enumerate("ab")}
    alike["b"] = alike["b"].assign_coords(time=alike["b"].time + 500.0)  # when it began does not matter
    found = levels(alike, law, RIVALS["static"](), partitions=1)
    assert found.level.values.tolist() == [OWN, SHARED, FREE, "static"]
    np.testing.assert_allclose(found.dynamics.sel(level=SHARED), found.dynamics.sel(level=OWN), atol=0.01)
    assert (found.dynamics.sel(level=FREE) >= found.dynamics.sel(level=OWN) - 0.01).all()
    assert (found.dynamics.sel(level="static") < 0.5).all()
    assert int(found.n_constants.sel(level=SHARED)[0]) == int(found.n_constants.sel(level=OWN)[0]) == 2


@pytest.mark.slow
def test_other_constants_are_not_shared(make_world, law):
    apart = {"slow": make_world(n=8, **SEEN), "fast": make_world(n=8, eta_h=1.5, eta_y=0.8, **SEEN)}
    found = levels(apart, law, partitions=1).dynamics
    assert (found.sel(level=OWN) > 0.9).all()
    assert (found.sel(level=SHARED) < 0.8).all()


@pytest.mark.slow
def test_what_cannot_share_is_told(make_world, law):
    traj = make_world(n=8, **SEEN)
    with pytest.raises(InputError, match="at least two systems"):
        levels({"one": traj}, law)
    with pytest.raises(InputError, match="constants that all of them have"):
        levels({"a": traj, "b": make_world(n=8, times=12, end=80.0)}, PairwiseModel())


@pytest.mark.slow
@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.02, 0.1)])
def test_networks_share_the_universal_laws_constants_if_they_learn_alike(rates):
    """A two-layer linear network's constants are its learning rate, whatever its size, seed and stimuli."""
    made = {}
    for seed, lr in enumerate(rates):
        rng = np.random.default_rng(seed)
        task = nu.tasks.from_arrays(rng.normal(size=(6, 4)) / 2, rng.normal(size=(6, 2)) / 2)
        runs = nu.train(
            task, "mlp", hidden_layers=1, width=40 + 40 * seed, nonlinearity="linear", gain=0.4, lr=lr, epochs=4000,
            seeds=[seed], record=8 + seed, progress=False,
        )  # fmt: skip
        made[f"net {seed}"] = nu.trajectory(runs).squeeze(drop=True)[["h", "stimuli", "targets"]]
    found = levels(made, partitions=1)
    own, shared = (found.dynamics.sel(level=level) for level in (OWN, SHARED))
    assert (own > 0.95).all()
    if rates[0] == rates[1]:
        np.testing.assert_allclose(shared, own, atol=0.02)
        np.testing.assert_allclose(found.attrs["shared_eta_h"], 0.02 / (6 * 2), rtol=0.15)
    else:
        assert float(shared.min()) < float(own.min()) - 0.05
