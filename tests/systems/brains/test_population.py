"""Units come and go, and codes turn, without a change of what does not depend on them."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems.brains import simulate_brain, true_means, true_trajectory
from neurouniv.systems.brains.population import needed_units, recorded_units, rotated

SETTINGS = {"sessions": 6, "repeats": 4, "runs": 2, "neurons": 20, "world": "exponential"}


@pytest.fixture(scope="module")
def task():
    return tasks.digits(per_class=1)


@pytest.mark.parametrize("turnover", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_every_session_replaces_its_share_of_units(turnover, seed):
    needed = needed_units(20, 5, turnover)
    units, when = recorded_units(np.random.default_rng(seed), needed + 7, 20, 5, turnover)
    assert (np.diff(units) > 0).all()
    assert units.size == needed == 20 + 4 * round(20 * turnover)
    if when is None:
        assert turnover == 0
        return
    assert (when.sum(axis=1) == 20).all()
    assert ((when[1:] & when[:-1]).sum(axis=1) == 20 - round(20 * turnover)).all()
    spans = np.diff(when.astype(int), axis=0, prepend=0)
    assert ((spans == 1).sum(axis=0) == 1).all()  # who is lost never comes back


def test_turnover_needs_units_to_come():
    with pytest.raises(InputError, match=r"needs 40 units; the population has 39.*Give a larger `width`"):
        recorded_units(np.random.default_rng(0), 39, 20, 5, 0.25)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("degrees", [5.0, 40.0, -90.0])
def test_a_turning_code_keeps_distances_and_loses_itself_as_the_cosine(degrees, seed):
    rng = np.random.default_rng(seed)
    patterns = np.repeat(rng.normal(size=(1, 7, 12)), 5, axis=0)
    turned = rotated(patterns, degrees, rng)
    for session, frame in enumerate(turned):
        np.testing.assert_allclose(pdist(frame), pdist(patterns[0]), rtol=1e-10)
        cosine = (frame * turned[0]).sum(axis=1) / (turned[0] ** 2).sum(axis=1)
        np.testing.assert_allclose(cosine, np.cos(np.deg2rad(degrees) * session), atol=1e-10)


def test_drift_leaves_the_true_trajectory_and_changes_the_code(task):
    still, drifting = (simulate_brain(task, drift=drift, **SETTINGS) for drift in (0.0, 15.0))
    np.testing.assert_allclose(true_trajectory(drifting).h, true_trajectory(still).h, rtol=1e-9)
    codes = [true_means(rec) - true_means(rec).mean("condition") for rec in (still, drifting)]
    alike = [
        [float((c.isel(session=s) * c.isel(session=-1)).sum() / np.sqrt((c.isel(session=s) ** 2).sum() *
         (c.isel(session=-1) ** 2).sum())) for s in range(6)] for c in codes
    ]  # fmt: skip
    np.testing.assert_allclose(np.array(alike[1]) / alike[0], np.cos(np.deg2rad(15) * np.arange(5, -1, -1)), atol=1e-8)
    for name in ("condition", "session", "run", "channel"):
        assert (still[name].values == drifting[name].values).all()


@pytest.mark.parametrize("learner", [{"world": "exponential"}, {"world": None, "width": 60, "epochs": 60}])
def test_a_channel_is_missing_where_it_was_not_recorded(task, learner):
    rec = simulate_brain(task, turnover=0.3, **SETTINGS | learner)
    recorded = rec.recorded.values
    assert rec.sizes["channel"] == 50
    assert (np.isnan(rec.activity.values) == ~recorded).all()
    assert (recorded.sum(axis=1) == 20).all()
    assert np.isfinite(rec.rate).all()
    first = rec.isel(trial=rec.session.values == 1)
    there = first.recorded.values.all(axis=0)
    h = pdist(rec.rate.values[0][:, there], "sqeuclidean")
    np.testing.assert_allclose(true_trajectory(rec).h.values[0], h)


def test_turnover_is_of_units(task):
    with pytest.raises(InputError, match="record single units for turnover; 'voxels' mixes them"):
        simulate_brain(task, sensors="voxels", turnover=0.1, **SETTINGS)
    with pytest.raises(InputError, match=r"turnover is a number from 0 to 1; got 1\.5"):
        simulate_brain(task, turnover=1.5, **SETTINGS)
