"""Small linear networks that learn by a rule, seen by their distances alone."""

import functools

import numpy as np
import pytest

from neurouniv import tasks, train, trajectory
from neurouniv.systems.learning_rules import RULES

STRONG = {"weight_decay": ("decay", 5e-3), "kolen_pollack": ("decay", 5e-3), "weight_mirror": ("mirror", 0.1)}
SETTINGS = {"width": 100, "gain": 0.4, "nonlinearity": "linear", "dtype": "float64", "progress": False}


@functools.cache
def trained(rule, conditions, seeds, lr, epochs):
    """The trajectories of networks whose rule has a constant large enough to be seen."""
    rng = np.random.default_rng(100)
    stimuli, targets = 0.6 * rng.normal(size=(conditions, 6)), rng.normal(size=(conditions, 3))
    task = tasks.from_arrays(stimuli - stimuli.mean(0), targets - targets.mean(0))
    name, value = STRONG.get(rule, ("presents", RULES[rule].presents))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RULES[rule], name, value)
        runs = train(task, seeds=range(seeds), rule=rule, lr=lr, epochs=epochs, record=30, **SETTINGS)
    return trajectory(runs).squeeze("layer", drop=True)


@pytest.fixture
def make_traj():
    """A factory of trajectories of one linear network, or of some."""

    def make(rule, conditions=8, seeds=1, lr=0.05, epochs=2000, see=("h",)):
        traj = trained(rule, conditions, seeds, lr, epochs)
        unseen = [name for name in ("y", "w", "output") if name not in see]
        traj = traj.drop_vars(unseen)
        return traj.isel(seed=0) if seeds == 1 else traj

    return make
