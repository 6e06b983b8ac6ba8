"""Every rival wins in the world it describes, and a user's own is a few lines."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import ALTERED, RIVALS, InputError, PairwiseModel, VelocityLaw
from neurouniv.theory import rivals, two_point

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # losers may say that they do not fit


def with_constants(law, **constants):
    """`law` as if it had been fitted with these constants."""
    law.constants_ = xr.Dataset(
        constants | {f"{name}_interval": ("bound", [value, value]) for name, value in constants.items()}
    )
    return law


def predicted_world(make_world, law, **constants):
    """A trajectory that `law` itself predicts, with the constants given."""
    traj = make_world(n=6)
    made = with_constants(law, **constants).predict(traj)
    return traj.assign({name: made[name] for name in "hyw" if name in made})


WORLDS = {
    "exponential": {"stimulus": 0.3, "target": 0.5, "rate": 0.05},
    "step": {"stimulus": 0.3, "target": 0.5, "onset": 22.0},
    "gain": {"factor": 30.0, "rate": 0.2},
    "target": {"eta_h": 0.3, "eta_y": 0.1},
    "doubled output": {"eta_h": 0.2, "eta_y": 0.1},
    "doubled representation": {"eta_h": 0.1, "eta_y": 0.15},
    "output without encoder": {"eta_h": 0.2, "eta_y": 0.1},
}


@pytest.mark.parametrize("world", WORLDS)
def test_the_rival_that_made_the_data_recovers_its_constants_and_beats_the_law(make_world, world):
    traj = predicted_world(make_world, RIVALS[world](), **WORLDS[world])
    found = RIVALS[world]().fit(traj)
    for name, value in WORLDS[world].items():
        np.testing.assert_allclose(found.constants_[name], value, rtol=1e-2)
    variables = [name for name in "hyw" if name in found.predict(traj)]
    law = PairwiseModel(variables=tuple(variables)).fit(traj)
    assert float(found.constants_.loss) < 0.1 * float(law.constants_.loss)


@pytest.mark.parametrize("world", WORLDS)
def test_the_end_of_a_rival_is_where_its_curves_go(make_world, world):
    traj, law = make_world(n=5, times=3), with_constants(RIVALS[world](), **WORLDS[world])
    np.testing.assert_allclose(law.final_structure(traj), law.predict(traj, time=[3000.0]).h[0], rtol=1e-4)


@pytest.mark.slow
def test_the_law_beats_every_altered_equation_in_its_own_world(make_world):
    traj = make_world(n=6)
    own = float(PairwiseModel().fit(traj).constants_.loss)
    for rival in ALTERED:
        assert float(rival().fit(traj).constants_.loss) > 100 * own


def test_lazy_outputs_learn_and_distances_stay(make_world):
    traj = make_world(n=5)
    curves = rivals.lazy(*(traj[v][0].values for v in "hyw"), np.array([2.0]), traj.dy2.values, traj.time.values)
    traj = traj.assign({name: (("time", "pair"), c.T) for name, c in zip("hyw", curves, strict=True)})
    law = RIVALS["lazy"]().fit(traj)
    np.testing.assert_allclose(law.constants_.eta_y, 2.0, rtol=1e-4)
    assert float(law.constants_.loss) < 1e-9
    assert "eta_y" not in RIVALS["lazy"]().fit(traj.drop_vars(["y", "w"])).constants_


@pytest.mark.slow
def test_free_curves_bound_every_law_from_above(make_world):
    traj = make_world(n=6, see=("h",), noise=0.02)
    free = RIVALS["free"]().fit(traj)
    assert free.constants_.sizes["pair"] == traj.sizes["pair"]
    assert float(free.score(traj).h) > float(PairwiseModel().fit(traj).score(traj).h)
    later = free.predict(traj, time=[100.0])
    np.testing.assert_allclose(later.h[0], free.predict(traj).h[-1])
    other = traj.drop_vars(["stimuli", "targets"], errors="ignore")
    with pytest.raises(InputError, match="none are there for"):
        free.predict(other.assign_coords(first=("pair", np.char.add("other ", traj.first.values))))
    with pytest.raises(InputError, match="at least 4"):
        RIVALS["free"](freedom=2)


class Forgetting(VelocityLaw):
    """The ten lines a user writes: the law, and representations that decay."""

    name = "forgetting"

    def velocity(self, state, eta_h, eta_y, dx2, dy2):
        dh, dy, dw = two_point.velocity(state, eta_h, eta_y, dx2, dy2)
        return np.stack([dh - 0.2 * eta_h * state[0], dy, dw])


@pytest.mark.slow
def test_a_law_of_ones_own_needs_its_velocity_only(make_world):
    traj = predicted_world(make_world, Forgetting(), eta_h=0.2, eta_y=0.1)
    law = Forgetting().fit(traj)
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], [0.2, 0.1], rtol=1e-3)
    assert float(law.score(traj).h) > 0.99999
    np.testing.assert_allclose(law.final_structure(traj), law.predict(traj, time=[3000.0]).h[0], rtol=0.05, atol=1e-2)


def test_altered_velocities_are_solved_as_accurately_as_the_law():
    """With nothing altered, the integrated law is the closed form."""

    class Plain(VelocityLaw):
        name = "plain"

        def velocity(self, state, eta_h, eta_y, dx2, dy2):
            return two_point.velocity(state, eta_h, eta_y, dx2, dy2)

    rng, elapsed = np.random.default_rng(0), np.linspace(0, 20, 15)
    dx2, dy2, h = rng.uniform(0.2, 1, (3, 30))
    y = 0.3 * h
    start = {"h": h, "y": y, "w": y - rng.uniform(-0.9, 0.9, 30) * np.sqrt(y * dy2)}
    constants = {"eta_h": np.array([0.7]), "eta_y": np.array([0.4])}
    plain, law = (model.curves(constants, start, dx2, dy2, elapsed) for model in (Plain(), PairwiseModel()))
    for name in "hyw":
        np.testing.assert_allclose(plain[name], law[name], atol=1e-6)
