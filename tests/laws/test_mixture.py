"""Free mixtures: what is a mix is predicted, weights are those of linear regression, and units do not matter."""

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import LinearRegression

from neurouniv import InputError, MixtureModel, compare

TERMS = ["h(0)", "dx2", "dy2", "dx dy*", "constant"]
FORMS = ("free", "non-negative", "ridge")


@pytest.fixture
def mixed(make_world):
    """A movie that is a mix, its weights (time, term) above 0."""
    traj = make_world(n=10, times=4, see=("h",))
    rng = np.random.default_rng(0)
    start = 0.3 * traj.dx2 * np.exp(0.3 * rng.normal(size=traj.sizes["pair"]))
    terms = np.stack([start, traj.dx2, traj.dy2, np.sqrt(traj.dx2 * traj.dy2), np.ones(traj.sizes["pair"])], axis=1)
    weights = np.concatenate([[[1, 0, 0, 0, 0]], rng.uniform(0.2, 1.0, (3, 5))])
    return traj.assign(h=(("time", "pair"), weights @ terms.T)), weights


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_mix_is_predicted_for_conditions_it_was_not_fitted_to(mixed, form):
    found = compare(MixtureModel(weights=form), mixed[0])
    assert found.dynamics.item() > (0.98 if form == "ridge" else 1 - 1e-9)


@pytest.mark.parametrize("form", ["free", "non-negative"])
def test_the_weights_of_a_mix_come_back(mixed, form):
    traj, weights = mixed
    found = MixtureModel(weights=form).fit(traj).constants_
    assert found.term.values.tolist() == TERMS
    np.testing.assert_allclose(found.weight, weights, atol=1e-6)
    assert found.r2.item() == pytest.approx(1)
    assert bool(found.identified)


def test_weights_are_those_of_linear_regression(make_world):
    traj = make_world(n=8, times=6, see=("h",), noise=0.05).drop_vars("h_var")
    found = MixtureModel().fit(traj).constants_.weight
    start = traj.h.isel(time=0).clip(min=1e-12 * float(abs(traj.h).max()))
    x = np.stack([start, traj.dx2, traj.dy2, np.sqrt(traj.dx2 * traj.dy2)], axis=1)
    for at in range(1, 6):
        oracle = LinearRegression().fit(x, traj.h.isel(time=at))
        np.testing.assert_allclose(found.isel(time=at), [*oracle.coef_, oracle.intercept_], rtol=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_units_do_not_matter(mixed, form):
    traj = mixed[0]
    other = traj.assign(h=50 * traj.h).assign_coords(dx2=7 * traj.dx2, dy2=0.1 * traj.dy2)
    ours, theirs = (MixtureModel(weights=form).fit(one).predict(one).h for one in (traj, other))
    np.testing.assert_allclose(50 * ours, theirs, rtol=1e-7)


@pytest.mark.parametrize("form", FORMS)
def test_the_weights_of_a_time_do_not_depend_on_other_times(make_world, form):
    traj = make_world(n=8, times=6, see=("h",), noise=0.3)
    whole, part = (MixtureModel(weights=form).fit(t).constants_.weight for t in (traj, traj.isel(time=[0, 4])))
    np.testing.assert_allclose(whole.isel(time=4), part.isel(time=1))


def test_no_weight_is_negative(make_world):
    traj = make_world(n=8, times=6, see=("h",), noise=0.3)
    free, bounded = (MixtureModel(weights=form).fit(traj).constants_.weight for form in ("free", "non-negative"))
    assert bool((free < 0).any())
    assert bool((bounded >= 0).all())


def test_members_are_fitted_each(mixed):
    traj = mixed[0]
    both = xr.concat([traj, traj.assign(h=2 * traj.h)], "seed", data_vars=["h"])
    found = MixtureModel().fit(both)
    np.testing.assert_allclose(found.predict(both).h, both.h.transpose("seed", "time", "pair"))


def test_missing_pairs_are_left_out(mixed):
    traj, weights = mixed
    some = traj.assign(
        h=traj.h.where(xr.DataArray(np.arange(traj.sizes["pair"]) > 3, dims="pair") | (traj.time == traj.time[0]))
    )
    np.testing.assert_allclose(MixtureModel().fit(some).constants_.weight, weights, atol=1e-6)


def test_weights_are_linear_between_times_and_stay_after_the_last(mixed):
    traj = mixed[0]
    fitted, time = MixtureModel().fit(traj), traj.time.values
    found = fitted.predict(traj, [(time[1] + time[2]) / 2, time[-1] + 5])
    np.testing.assert_allclose(found.h.isel(time=0), traj.h.isel(time=[1, 2]).mean("time"))
    np.testing.assert_allclose(found.h.isel(time=1), traj.h.isel(time=-1))


def test_class_means_join_where_there_are_classes(make_world):
    traj = make_world(n=8, times=3, see=("h",))
    classes = traj.assign_coords(label=("condition", list("aabbccdd")))
    assert MixtureModel().fit(classes).constants_.term.values.tolist() == [*TERMS[:-1], "class means", "constant"]
    with pytest.raises(InputError, match="Give both the same task"):
        MixtureModel().fit(classes).predict(traj)


def test_too_few_pairs_are_said(make_world):
    found = MixtureModel().fit(make_world(n=3, times=3, see=("h",))).constants_
    assert not found.identified
    later = make_world(n=5, times=3, see=("h",))
    later["h"][2, 3:] = np.nan  # at one time
    assert not MixtureModel().fit(later).constants_.identified
    assert "fewer pairs than the 5 weights" in found.message.item()


def test_faults_are_told():
    with pytest.raises(InputError, match=r"one of \['free'"):
        MixtureModel(weights="lasso")
    with pytest.raises(InputError, match="not fitted yet"):
        MixtureModel().predict(xr.Dataset())


def test_a_copy_of_a_fitted_one_is_not_fitted(mixed):
    fitted = MixtureModel(weights="ridge").fit(mixed[0])
    assert fitted.clone().weights == "ridge"
    with pytest.raises(InputError, match="not fitted yet"):
        fitted.clone().predict(mixed[0])
