"""A world's law is what its population does, exactly; and where no population can, it says so."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv import tasks
from neurouniv.laws import ExponentialModel, GainModel, PairwiseModel, TargetModel, UniversalModel
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.brains import WORLDS, simulate_brain, true_trajectory
from neurouniv.systems.brains.embedding import embedded
from neurouniv.systems.brains.worlds import Drift, Exponential, Gain, Pairwise, Step, Universal
from neurouniv.theory import closed_form, two_point

GAIN2 = 100.0  # rate_gain²
SMALL = {"sessions": 7, "repeats": 2, "runs": 2, "neurons": 40}


@pytest.fixture(scope="module")
def graded():
    """A task of ten conditions with graded targets."""
    rng = np.random.default_rng(5)
    return tasks.from_arrays(rng.normal(size=(10, 6)), rng.normal(size=(10, 3)))


@pytest.fixture(scope="module")
def classes():
    return tasks.digits(per_class=1)


def truth(task, world, **settings):
    """The trajectory (h in squared units of population activity), and the law's constants."""
    rec = simulate_brain(task, world=world, **SMALL | settings)
    traj = true_trajectory(rec, task)
    constants = {name.removeprefix("law_"): value for name, value in rec.attrs.items() if name.startswith("law_")}
    return traj.assign(h=traj.h / GAIN2), constants


def agree(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10 * np.abs(wanted).max())


@pytest.mark.parametrize("units", [9, 30])
@pytest.mark.parametrize("seed", range(3))
def test_euclidean_distances_are_embedded_exactly(units, seed):
    rng = np.random.default_rng(seed)
    h = np.array([pdist(rng.normal(size=(10, 4)) * size, "sqeuclidean") for size in (1.0, 3.0)])
    patterns, r2 = embedded(h, units, rng)
    agree(np.array([pdist(frame, "sqeuclidean") for frame in patterns]), h)
    assert r2 == pytest.approx(1.0, abs=1e-12)
    with pytest.raises(InputError, match="at least 9 units; got 8"):
        embedded(h, 8, rng)


def test_patterns_change_as_smoothly_as_distances():
    rng = np.random.default_rng(0)
    first, second = (pdist(rng.normal(size=(8, 5)), "sqeuclidean") for _ in range(2))
    share = np.linspace(0, 1, 200)[:, None]
    patterns, _ = embedded((1 - share) * first + share * second, 20, rng)
    steps = np.linalg.norm(np.diff(patterns, axis=0), axis=(1, 2))
    assert steps.max() < 0.05 * np.linalg.norm(patterns[0])


def test_a_triangle_that_cannot_be_is_not_claimed_to_be_followed():
    _, r2 = embedded(np.array([[1.0, 100.0, 1.0]]), 5, np.random.default_rng(0))
    assert r2 < 0.9


def test_exponential(graded):
    traj, law = truth(graded, Exponential(stimulus=0.4, rate=0.7))
    end = law["stimulus"] * traj.dx2.values + law["target"] * traj.dy2.values
    h, time = traj.h.values, np.arange(7.0)[:, None]
    agree(h, end + (h[0] - end) * np.exp(-0.7 * time))
    assert end.mean() == pytest.approx(0.04 * 40)
    assert (law["stimulus"] * traj.dx2).mean() / end.mean() == pytest.approx(0.4)
    assert h[0].mean() == pytest.approx(end.mean() / 10)


def test_gain_is_one_factor_for_all(graded):
    traj, law = truth(graded, Gain(growth=6.0))
    ratio = traj.h.values / traj.h.values[0]
    agree(ratio, np.broadcast_to(ratio[:, :1], ratio.shape))
    agree(ratio[:, 0], 6 / (1 + 5 * np.exp(-law["rate"] * np.arange(7.0))))


def test_insight_jumps_once_and_between_the_ends_of_the_exponential(graded):
    traj, law = truth(graded, Step(at=0.5))
    h = traj.h.values
    assert law["at"] == 3.0
    agree(h[:3], h[:1].repeat(3, axis=0))
    agree(h[3:], (law["stimulus"] * traj.dx2.values + law["target"] * traj.dy2.values)[None].repeat(4, axis=0))
    gradual, _ = truth(graded, Step(at=0.5, width=0.5))
    share = (gradual.h.values - h[0]) / (h[-1] - h[0])
    agree(share[:, 0], 1 / (1 + np.exp(-(np.arange(7.0) - 3) / 0.5)))


@pytest.mark.parametrize("world", ["static", "lazy"])
def test_a_fixed_representation_stays_the_stimuli(graded, world):
    h = truth(graded, world)[0].h.values
    agree(h, h[:1].repeat(7, axis=0))
    assert np.corrcoef(h[0], truth(graded, world)[0].dx2)[0, 1] == pytest.approx(1.0)


def test_drift_wanders_without_regard_for_the_task(graded):
    courses = [Drift(kept=0.5).course(graded, 200, 40, np.random.default_rng(seed)).h for seed in range(4)]
    dy2 = pdist(graded.targets, "sqeuclidean")
    for h in courses:
        agree(h.mean(axis=1), np.full(200, 0.04 * 40))
        assert np.corrcoef(h[0], h[1])[0, 1] > 0.4
    later = np.concatenate([h[10:] for h in courses])
    assert abs(np.mean([np.corrcoef(courses[0][0], h)[0, 1] for h in later])) < 0.1
    assert abs(np.mean([np.corrcoef(dy2, h)[0, 1] for h in later])) < 0.1


def test_target_only_growth_is_the_two_point_law_without_stimuli(classes):
    traj, law = truth(classes, "target")
    ones, h0 = np.ones(45), traj.h.values[0]
    y0 = law["y0_per_h0"] * h0
    start = two_point.Start(h0, y0, y0 - law["alignment0"] * np.sqrt(y0 * traj.dy2.values))
    h = closed_form.solve(start, law["eta_h"], law["eta_y"], ones, traj.dy2.values, np.arange(7.0))[0].T
    agree(traj.h.values, h)


def test_two_conditions_of_the_universal_world_are_a_pair_of_the_two_point_law():
    task = tasks.two_points()
    traj, law = truth(task, "universal")
    start = two_point.Start(traj.h.values[0], np.zeros(1), np.zeros(1))
    h = closed_form.solve(start, law["eta_h"], law["eta_y"], traj.dx2.values, traj.dy2.values, np.arange(7.0))[0]
    np.testing.assert_allclose(traj.h.values, h.T, rtol=1e-6)


def test_the_universal_world_of_two_points_obeys_the_two_point_law():
    task = tasks.two_points()
    traj, law = truth(task, "pairwise")
    h0 = traj.h.values[0]
    y0 = law["y0_per_h0"] * h0
    start = two_point.Start(h0, y0, y0 - 0.5 * np.sqrt(y0 * traj.dy2.values))
    h = closed_form.solve(start, law["eta_h"], law["eta_y"], traj.dx2.values, traj.dy2.values, np.arange(7.0))[0]
    agree(traj.h.values, h.T)


def test_no_population_follows_the_two_point_law_pair_by_pair(graded):
    with pytest.raises(InputError, match=r"not Euclidean.*world='universal'"):
        truth(graded, "pairwise")
    rng = np.random.default_rng(0)
    flat = tasks.from_arrays(rng.normal(size=(40, 5)), rng.normal(size=(40, 2)))
    with pytest.warns(NeurounivWarning, match=r"R2 of 0\.9"):
        truth(flat, "target")
    spread = tasks.from_arrays(np.eye(6), np.repeat(np.eye(2), 3, axis=0))
    assert truth(spread, "pairwise")[1]["r2"] == pytest.approx(1.0)


@pytest.mark.parametrize("world", [Universal(), Pairwise()])
def test_half_the_way_is_gone_when_it_is_said_to_be(world):
    task = tasks.from_arrays(np.eye(6), np.repeat(np.eye(2), 3, axis=0))
    course = world.course(task, 101, 40, np.random.default_rng(0))
    mean = task.targets.values.mean(axis=0)
    wanted = task.targets.values - mean
    progress = ((course.outputs - mean) * wanted).sum((1, 2)) / (wanted**2).sum()
    assert progress[35] == pytest.approx(0.5, abs=0.01)
    assert course.h[-1].mean() == pytest.approx(0.04 * 40, rel=0.05)


def test_a_readout_of_a_fixed_representation_learns_by_gradient_descent(graded):
    course = WORLDS["lazy"]().course(graded, 400, 40, np.random.default_rng(0))
    targets = graded.targets.values - graded.targets.values.mean(axis=0)
    outputs = course.outputs - graded.targets.values.mean(axis=0)
    patterns = embedded(course.h[:1], 40, np.random.default_rng(1))[0][0]
    slope = np.gradient(outputs, axis=0)[200]
    wanted = course.constants["eta_y"] * patterns @ patterns.T @ (targets - outputs[200])
    np.testing.assert_allclose(slope, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "law"),
    [
        ("exponential", ExponentialModel), ("gain", GainModel), ("target", TargetModel), ("pairwise", PairwiseModel),
        ("universal", UniversalModel),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:The constants of 1 of 1 fits are uncertain")
def test_the_law_of_a_world_fits_it(classes, world, law):
    task = tasks.two_points() if world == "pairwise" else classes
    traj = true_trajectory(simulate_brain(task, world=world, **SMALL | {"sessions": 12}), task)
    assert law().fit(traj).score(traj).h.item() > 0.999


def test_a_world_that_is_none(graded):
    with pytest.raises(InputError, match=r"`world` is one of .*got 'osmosis'"):
        simulate_brain(graded, world="osmosis")
    with pytest.raises(InputError, match="at least 9 units; got 5"):
        simulate_brain(graded, world="static", neurons=5)
    with pytest.raises(InputError, match="targets differ"):
        simulate_brain(tasks.from_arrays(np.eye(3), np.ones((3, 1))), world="static", neurons=5)
    with pytest.raises(InputError, match="kept lies from 0 to 1"):
        simulate_brain(graded, world=Drift(kept=2.0))


def test_a_task_of_which_nothing_is_linear_is_refused_by_the_universal_world():
    with pytest.raises(InputError, match="learns what is linear in the stimuli; no part of this task's targets is"):
        simulate_brain(tasks.xor(), world="universal", sessions=4)
