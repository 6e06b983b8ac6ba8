"""What changes nothing: order and names of conditions, order of trials, units of activity and time, batches."""

import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st

import neurouniv as nu
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import with_pair_labels

FEW = settings(max_examples=6, deadline=None, derandomize=True)
CONDITIONS = 5
NAMES = np.array(list("abcde"))
HARD = ["10", "9", "ü|β", "Z \\", "a"]
names = st.lists(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=4), min_size=5, max_size=5,
                 unique=True)  # fmt: skip
orders = st.permutations(range(CONDITIONS))
seeds = st.integers(0, 99)


def recording(seed=0):
    rng = np.random.default_rng(seed)
    session, run, condition = (place.ravel() for place in np.indices((2, 3, CONDITIONS)))
    base = np.exp(rng.normal(size=(2, CONDITIONS, 4)))
    values = base[session, condition] * np.exp(0.3 * rng.normal(size=(len(run), 4)))
    trials = {"condition": NAMES[condition], "session": session, "run": run}
    return xr.Dataset(
        {"activity": (("trial", "channel"), values)}, {name: ("trial", of) for name, of in trials.items()}
    )


def movie(seed=0):
    """A movie of two seeds, h alone, with noise of a known size."""
    rng, time = np.random.default_rng(seed), np.linspace(0, 3, 8)
    task = nu.tasks.from_arrays(rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), condition=list(NAMES))
    hidden = np.repeat(task.stimuli.values[None], 8, 0)
    runs = xr.Dataset({"hidden": (("time", "condition", "unit"), hidden)}, {"time": time, "condition": NAMES})
    traj = nu.trajectory(runs, task).drop_vars("norm")
    share = xr.DataArray(1 / (1 + 30 * np.exp(-3 * time)), dims="time")
    h = (0.2 * traj.h + (traj.dx2 * traj.dy2) ** 0.5 * share).expand_dims(seed=[0, 1]).transpose("seed", "time", "pair")
    return traj.assign(h=h + 0.05 * rng.normal(size=h.shape), h_var=0 * h + 0.05**2)


def renamed(traj, new):
    """The same with other names of conditions."""
    of = dict(zip(NAMES.tolist(), new, strict=True))
    ends = {name: ("pair", np.array([of[one] for one in traj[name].values.tolist()])) for name in ("first", "second")}
    return with_pair_labels(traj.assign_coords(condition=[of[one] for one in traj.condition.values.tolist()], **ends))


def reordered(traj, order):
    """The same with conditions, and so pairs, in another order."""
    traj = traj.isel(condition=list(order))
    place = {pair: number for number, pair in enumerate(Pairs.of(traj).keys)}
    i, j = np.triu_indices(CONDITIONS, 1)
    first, second = traj.condition.values[i], traj.condition.values[j]
    pairs = [place[frozenset(pair)] for pair in zip(first.tolist(), second.tolist(), strict=True)]
    return with_pair_labels(traj.isel(pair=pairs).assign_coords(first=("pair", first), second=("pair", second)))


def same(one, other, rtol=1e-9, over=("pair", "condition")):
    """Whether all numbers that are not of conditions agree; what is NaN in one is NaN in the other."""
    compared = 0
    for name, array in one.data_vars.items():
        if array.dtype.kind in "fib" and not set(over) & set(array.dims):
            size = float(np.nanmax(np.abs(array.values.astype(float)), initial=0.0, where=np.isfinite(array.values)))
            atol = rtol * size + 1e-14  # scores that are equal differ by rounding
            np.testing.assert_allclose(other[name].values, array.values, rtol=rtol, atol=atol, err_msg=name)
            compared += 1
    assert compared


def distances(traj):
    return {pair: traj.h.values[..., i] for i, pair in enumerate(Pairs.of(traj).keys)}


@FEW
@given(seeds, orders, st.randoms(use_true_random=False))
@pytest.mark.parametrize("metric", MEASURES)
def test_distances_do_not_depend_on_the_order_of_trials(metric, seed, order, random):
    rec = recording(seed)
    shuffled = random.sample(range(rec.sizes["trial"]), rec.sizes["trial"])
    one, other = (distances(nu.trajectory(each, metric=metric)) for each in (rec, rec.isel(trial=shuffled)))
    assert one.keys() == other.keys()
    for pair, values in one.items():
        np.testing.assert_allclose(other[pair], values, rtol=1e-8, atol=1e-10)


@FEW
@given(names)
@example(HARD)
@pytest.mark.parametrize("metric", MEASURES)
def test_distances_do_not_depend_on_names(metric, new):
    rec = recording()
    other = rec.assign_coords(condition=("trial", np.array(new)[np.searchsorted(NAMES, rec.condition.values)]))
    one, two = (nu.trajectory(each, metric=metric) for each in (rec, other))
    np.testing.assert_array_equal(one.h, two.h)
    assert two["first"].values.tolist() == np.array(new)[np.searchsorted(NAMES, one["first"].values)].tolist()


@FEW
@given(seeds, st.integers(-40, 40))
@pytest.mark.parametrize("metric", MEASURES)
def test_the_unit_of_activity_is_that_of_distances(metric, seed, exponent):
    rec, gain = recording(seed), 2.0**exponent
    prior = {"prior_lambda": gain} if MEASURES[metric].rates else {}
    one = nu.trajectory(rec, metric=metric)
    other = nu.trajectory(rec.assign(activity=gain * rec.activity), metric=metric, **prior)
    power = 0 if metric == "mahalanobis" else MEASURES[metric].power
    np.testing.assert_allclose(other.h, gain**power * one.h, rtol=1e-9)
    if "h_var" in one:
        np.testing.assert_allclose(other.h_var, gain ** (2 * power) * one.h_var, rtol=1e-9)


@FEW
@given(seeds)
@pytest.mark.parametrize("metric", ["sqeuclidean", "mahalanobis", "crossnobis", "cosine"])
def test_distances_do_not_depend_on_the_axes_of_channels(metric, seed):
    rec = recording(seed)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))[0]
    one, other = (nu.trajectory(rec.assign(activity=(rec.activity.dims, rec.activity.values @ by)), metric=metric)
                  for by in (np.eye(4), turn))  # fmt: skip
    np.testing.assert_allclose(other.h, one.h, rtol=1e-8, atol=1e-9 * float(abs(one.h).max()))
    if "h_var" in one:
        np.testing.assert_allclose(other.h_var, one.h_var, rtol=1e-6)


def fit(law, traj):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nu.NeurounivWarning)
        return nu.LAWS[law]().fit(traj).constants_


LAWS = pytest.mark.parametrize("law", ["exponential", "gain", pytest.param("pairwise", marks=pytest.mark.slow),
                               pytest.param("universal", marks=pytest.mark.slow)])  # fmt: skip


@pytest.mark.slow
@LAWS
def test_a_fit_depends_on_no_name_no_order_and_no_other_system(law):
    traj = movie()
    known = fit(law, traj)
    same(known, fit(law, renamed(traj, HARD)))
    same(known, fit(law, reordered(traj, [3, 0, 4, 2, 1])), rtol=1e-3)
    same(known.isel(seed=[1, 0]), fit(law, traj.isel(seed=[1, 0])), rtol=1e-6)
    same(known.isel(seed=0), fit(law, traj.isel(seed=0)), rtol=1e-6)


@LAWS
def test_units_of_distances_and_of_time_change_constants_alone(law):
    traj = movie()
    known = fit(law, traj)
    gained = fit(law, traj.assign(h=1024 * traj.h, h_var=1024**2 * traj.h_var))
    later = fit(law, traj.assign_coords(time=8 * traj.time))
    for other in (gained, later):
        np.testing.assert_allclose(other.r2, known.r2, atol=1e-3)
    if "rate" in known:
        np.testing.assert_allclose(8 * later.rate, known.rate, rtol=1e-2)
    if "speed" in known:
        np.testing.assert_allclose(8 * later.speed[:, 0], known.speed[:, 0], rtol=1e-2)
        np.testing.assert_allclose(gained.speed[:, 0], known.speed[:, 0], rtol=1e-2)


def compared(traj):
    models = {"near": traj.dx2, "far": traj.dy2}
    one, other = traj.isel(seed=0), traj.isel(seed=1)
    yield nu.rsa(traj, models, resamples=30)
    yield nu.rsa(traj, models, test="permutation", resamples=30)
    yield nu.rsa_between(one, other, resamples=30)
    yield nu.noise_ceiling(traj)
    yield nu.change(traj, models, permutations=30)
    yield nu.proportionality(traj, permutations=30)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("change", [lambda traj: renamed(traj, HARD), lambda traj: renamed(traj, list("edcba")),
                         lambda traj: reordered(traj, [3, 0, 4, 2, 1])], ids=["hard", "reversed", "order"])  # fmt: skip
def test_comparisons_and_their_tests_depend_on_no_name_and_no_order(change):
    traj = movie()
    for one, other in zip(compared(traj), compared(change(traj)), strict=True):
        same(one, other, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("change", [lambda traj: renamed(traj, HARD), lambda traj: reordered(traj, [3, 0, 4, 2, 1])])
def test_laws_on_trial_depend_on_no_name_and_no_order(change):
    def trial(traj):
        laws = [nu.LAWS[name]() for name in ("gain", "static")]
        yield nu.compare(laws, {"one": traj}, resamples=30, progress=False)
        yield nu.collapse_test({"one": traj}, permutations=30)
        yield nu.universality_test({"one": traj}, rivals=["static"], resamples=30, permutations=20, progress=False)

    traj = movie()
    for one, other in zip(trial(traj), trial(change(traj)), strict=True):
        same(one, other, rtol=1e-2)  # a fit in another order of pairs ends within its own tolerance
