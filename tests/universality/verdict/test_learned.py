"""Whether anything is learned: flat movies are told from movies that change, and nothing is judged in them."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.fitting.noise import pair_covariance
from neurouniv.schema import pair_indices
from neurouniv.universality.verdict.learned import change_test
from neurouniv.universality.verdict.words import nothing

RNG = np.random.default_rng(0)
CONDITIONS, TIMES = 8, 6


def flat(studies: int, noise: float, drift: float = 0.0, seed: int = 0) -> xr.Dataset:
    """Movies of still geometry, Gaussian noise with the covariance of pairs, and a drift that all pairs share."""
    rng = np.random.default_rng(seed)
    names = np.array([f"c{i}" for i in range(CONDITIONS)])
    first, second = pair_indices(CONDITIONS)
    stimuli, targets = rng.normal(size=(CONDITIONS, 6)), rng.normal(size=(CONDITIONS, 3))
    mean, dx2, dy2 = (
        ((p[first] - p[second]) ** 2).sum(-1) for p in (rng.normal(size=(CONDITIONS, 20)), stimuli, targets)
    )
    size = (noise * mean.mean()) ** 2
    covariance = pair_covariance(np.array(size), np.array(0.0), mean, np.stack([first, second]))
    drawn = rng.multivariate_normal(np.zeros(len(mean)), covariance, (studies, TIMES))
    grown = 1 + drift * np.linspace(0, 1, TIMES)[:, None]
    h = ("study", "time", "pair"), mean * grown + drawn
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second])}
    coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2), "condition": names, "study": range(studies)}
    time = ("time", np.arange(1.0, TIMES + 1), {"units": "sessions", "axis": "learning"})
    return xr.Dataset({"h": h, "h_var": (h[0], np.full(h[1].shape, size))}, coords | {"time": time})


@pytest.mark.parametrize("noise", [0.1, pytest.param(0.2, marks=pytest.mark.slow)])
def test_flat_movies_are_rejected_as_often_as_alpha_says(noise):
    """Of 400 studies, whose noise is known for certain: 5 %, between 3 and 8."""
    p = change_test(flat(400, noise)).learned_p
    assert 0.03 < float((p < 0.05).mean()) < 0.08
    assert float(p.mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_the_bound_on_the_change_holds():
    """In 95 % of studies, of a change that is spread as assumed or not at all; it is not far above it either."""
    drift = 0.4
    made = flat(300, 0.15, drift)
    found = change_test(made)
    course = drift * (np.linspace(0, 1, TIMES) - 0.5)
    size = np.sqrt((course**2).mean() * (made.h[0, 0] ** 2).mean()) / made.h.mean()
    assert float((found.learned_most >= float(size)).mean()) > 0.9
    assert float((found.learned_p < 0.05).mean()) > 0.7


def test_units_do_not_matter():
    made = flat(3, 0.1, 0.2)
    other = made.assign(h=1e6 * made.h, h_var=1e12 * made.h_var)
    xr.testing.assert_allclose(change_test(other), change_test(made), rtol=1e-6)


@pytest.mark.parametrize("change", [{"h_var": 0.0}, {"h": -1.0}], ids=["no variance", "no distance beyond noise"])
def test_what_cannot_be_known_is_not_told(change):
    made = flat(2, 0.1)
    found = change_test(made.assign({name: made[name] * 0 + value for name, value in change.items()}))
    assert found.learned_most.isnull().all()
    assert "nan" not in nothing(0.5, found.learned_most.values[0])


def test_conditions_that_come_later_are_left_out():
    made = flat(1, 0.1).isel(study=0)
    late = (made["first"] == "c3") | (made["second"] == "c3")
    gone = made.assign({name: made[name].where(~(late & (made.time < 3))) for name in ("h", "h_var")})
    xr.testing.assert_allclose(change_test(gone), change_test(made.isel(pair=~late.values)))


def test_noise_that_is_not_known_is_told_by_members():
    still, moving = flat(12, 0.1, seed=4), flat(12, 0.1, 0.3, seed=4)
    still, moving = (one.drop_vars("h_var").rename(study="subject") for one in (still, moving))
    assert float(change_test(still).learned_p) > 0.05
    assert float(change_test(moving).learned_p) < 0.01
    assert "12 members" in change_test(still).attrs["how"]
    lone = change_test(still.isel(subject=[0]))
    assert np.isnan(lone.learned_p.item())
    assert "not known" in lone.attrs["how"]


def test_the_bound_of_members_holds():
    """In 95 % of studies, give or take, and it is not far above the change."""
    course, above = 0.3 * (np.linspace(0, 1, TIMES) - 0.5), []
    for seed in range(20):
        clear, seen = (flat(count, noise, 0.3, seed).h for count, noise in ((1, 1e-9), (12, 0.1)))
        still = clear[0, 0]
        size = np.sqrt((course**2).mean() * (still**2).mean()) / clear.mean()
        found = change_test(seen.rename(study="subject").to_dataset(name="h"))
        above.append(float(found.learned_most / size))
    assert np.mean(np.array(above) >= 1) > 0.8
    assert 1 < np.median(above) < 1.2


def test_networks_without_noise_change_if_they_change():
    runs = nu.train(nu.tasks.xor(), width=20, lr=0.1, epochs=50, record=5, seeds=range(2))
    traj = nu.trajectory(runs)
    assert change_test(traj).learned_p.values.ravel().tolist() == [0.0, 0.0]
    assert change_test(traj.isel(time=[0, 0, 0])).learned_p.values.ravel().tolist() == [1.0, 1.0]


@pytest.fixture(scope="module")
def answers():
    """A flat brain alone, and beside one that learns."""
    task = nu.tasks.digits(per_class=2).isel(condition=slice(0, 10))
    design = {"sessions": 5, "repeats": 8, "snr": 1.0}
    made = {
        world: nu.trajectory(nu.simulate_brain(task, world=world, seed=0, **design), task, metric="crossnobis")
        for world in ("universal", "static")
    }
    quick = {"resamples": 60, "permutations": 20, "other_tasks": False, "rivals": ["static", "exponential", "gain"]}
    return [nu.universality_test(systems, **quick) for systems in ({"still": made["static"]}, made)]


@pytest.mark.slow
def test_no_law_is_judged_where_nothing_is_learned(answers):
    alone, both = answers
    assert alone.decision.item() == "nothing is learned"
    assert alone.attrs["answer"].startswith(
        "Nothing is learned in still: distances change by no more than noise, at most by"
    )
    assert "describe" not in alone.attrs["answer"]
    assert both.decision.values.tolist() == ["described", "nothing is learned"]
    assert "The law describes universal" in both.attrs["answer"]
    assert "nothing is learned" in both.attrs["verdict_text"]
    assert (both.change_bound.sel(system="static") < 0.2).all()
