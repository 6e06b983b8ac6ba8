"""One stimulus under two rules: a pair with dx = 0, which every law can have among its pairs."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.laws import OF_INPUT, RULES

SPARED = *RULES, *OF_INPUT, nu.RIVALS["free"]
"""Rules that have backprop as a case, and may do as well; what is given an input, here a copy; and what predicts no
unseen pair."""


QUICK = {"universal", "pairwise", "static", "gain", "feedback_alignment"}


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    stimuli[1] = stimuli[0]
    runs = nu.train(
        nu.tasks.from_arrays(stimuli, targets), "mlp", hidden_layers=1, width=40, nonlinearity="tanh", gain=0.4, lr=0.1,
        epochs=600, seeds=[0], record=8, progress=False,
    )  # fmt: skip
    traj = nu.trajectory(runs).squeeze(drop=True).assign(trials=("condition", np.full(6, 10.0)))
    return nu.driven_by(traj, traj)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # rivals may say that they do not describe it
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in nu.LAWS]
)
@pytest.mark.parametrize("see", ["hyw", pytest.param("h", marks=pytest.mark.slow)])
def test_every_law_is_fitted_where_two_conditions_have_the_same_stimulus(network, name, see):
    assert float(network.dx2.min()) == 0
    traj = network if see == "hyw" else network.drop_vars(["y", "w", "output"])
    law = nu.LAWS[name](restarts=1).fit(traj)
    predicted = law.predict(traj)
    assert np.isfinite(predicted.h).all()
    assert np.isfinite(law.final_structure(traj)).all() or law.family == "perturbation"  # which may grow for ever
    assert float(law.score(traj).h) > 0.4
    np.testing.assert_array_equal(predicted.dx2, network.dx2)
    if name in ("universal", "pairwise"):
        assert float(predicted.h.isel(pair=0).max()) < 1e-6 * float(network.h.max())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning", "ignore::UserWarning")
def test_all_laws_are_compared_where_two_conditions_have_the_same_stimulus(network):
    laws = [law(restarts=1) for law in nu.LAWS.values() if law not in SPARED]
    found = nu.compare(laws, network, partitions=1, resamples=20)
    assert np.isfinite(found.dynamics).all()
    assert found.law.values[found.dynamics.argmax("law").item()] == "universal"
