"""Data that cannot tell the constants apart are told so, in words and in `identified`."""

import warnings

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, NeurounivWarning, PairwiseModel, bootstrap, profile, truncation
from neurouniv.fitting.intervals import undetermined
from neurouniv.fitting.numbers import with_interval
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.diagnostics import MOST
from neurouniv.schema import InputError


def test_good_data_identify_their_constants(make_world):
    found = PairwiseModel().fit(make_world()).constants_
    assert found.identified.item()
    assert found.message.item() == "converged"
    np.testing.assert_allclose(found.speed.sel(estimate="value"), np.sqrt(0.2 * 0.1), rtol=1e-4)
    np.testing.assert_allclose(found.ratio.sel(estimate="value"), 2.0, rtol=1e-4)


def test_distances_that_only_begin_to_rise_tell_the_speed_and_not_the_ratio(make_world):
    """Early exponential growth depends on sqrt(eta_h eta_y) alone; the fit must not pretend to know more."""
    early = make_world(n=8, see=("h",), end=8.0, times=20, noise=0.02)
    with pytest.warns(NeurounivWarning, match="fits are uncertain"):
        found = PairwiseModel().fit(early).constants_
    assert not found.identified.item()
    assert "still rise at the end, so these data do not determine eta_h" in found.message.item()


def test_data_cut_short_with_misfit_say_how_constants_move(make_world):
    other = RIVALS["doubled output"]()  # a world in which the law is wrong
    rates = {"eta_h": 0.2, "eta_y": 0.1}
    other.constants_ = xr.Dataset(rates | {f"{name}_interval": ("bound", [r, r]) for name, r in rates.items()})
    traj = make_world(n=8, times=80)
    made = other.predict(traj)
    short = traj.assign({name: made[name] for name in "hyw"}).isel(time=slice(0, 25))
    with pytest.warns(NeurounivWarning, match=r"before the plateau, at \d+ %"):
        found = PairwiseModel().fit(short).constants_
    assert "`neurouniv.truncation`" in found.message.item()


def test_a_cut_does_not_move_constants_of_the_law_itself(make_world):
    made = truncation(PairwiseModel(), make_world(), shares=(0.5, 0.75, 1.0))
    assert made.eta_h.dims == ("share",)
    np.testing.assert_allclose(made.eta_h, 0.2, rtol=1e-3)
    with pytest.raises(InputError, match=r"lie in \(0, 1\]"):
        truncation(PairwiseModel(), make_world(), shares=(0.0,))


def test_nothing_learned_is_told(make_world):
    traj = make_world(n=6, see=("h",), noise=0.05, times=8)
    noise = xr.zeros_like(traj.h) + 0.05 * np.random.default_rng(0).normal(size=traj.h.shape)
    flat = traj.assign(h=noise + 0.5 * traj.dx2)
    with pytest.warns(NeurounivWarning):
        found = PairwiseModel().fit(flat).constants_
    assert not found.identified.item()


def test_too_few_observations_are_told(make_world):
    few = make_world(n=3, see=("h",)).isel(time=[0, 10, 20], pair=[0, 1])
    with pytest.warns(NeurounivWarning, match="6 observations are too few for 4 constants"):
        PairwiseModel().fit(few)


def test_the_profile_of_gaussian_noise_is_a_parabola_with_the_likelihoods_width(make_world):
    traj = make_world(n=8, noise=0.02, times=15)
    law = PairwiseModel(variables=("h",))
    made = profile(law, traj, ["eta_h"], points=9)
    found = law.fit(traj).constants_
    sd = float(np.log(found.eta_h_interval[1] / found.eta_h_interval[0])) / 3.92
    z = np.log(made.value / found.eta_h).squeeze() / sd
    np.testing.assert_allclose(made.rise.squeeze(), z**2, rtol=0.25, atol=0.2)
    assert made.attrs["threshold"] == pytest.approx(3.841, abs=1e-3)
    with pytest.raises(InputError, match=r"got \['eta'\]"):
        profile(law, traj, ["eta"])


def test_a_profile_reaches_beyond_every_interval_that_is_determined(make_world):
    traj = make_world(n=5, noise=0.1, times=8, see=("h",))
    law = PairwiseModel()
    made = profile(law, traj, points=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        found = law.fit(traj).constants_
    for name in ("eta_h", "eta_y", "y0_per_h0"):
        low, high = (float(np.ravel(found[f"{name}_interval"])[end]) for end in range(2))
        first, _, last = made.value.sel(constant=name).values.ravel()
        assert undetermined(low, high) or (first <= low and high <= last)


def test_a_profile_is_as_wide_as_the_widest_interval_that_counts():
    assert not undetermined(np.exp(-MOST), 0.999 * np.exp(MOST))
    assert undetermined(np.exp(-MOST), 1.001 * np.exp(MOST))


def test_an_interval_without_an_upper_end_is_infinite():
    open_ended = Parameter("decoder0", "share", np.ones(1))
    ends = [float(open_ended.end(np.array([theta]))[0]) for theta in (-np.inf, 2.0, 701.0, np.inf)]
    assert ends == [0.0, pytest.approx(np.exp(2.0)), np.inf, np.inf]
    assert with_interval(1.0, ends[0], ends[-1]) == "not determined"


def test_the_bootstrap_spreads_as_the_interval_says(make_world):
    traj = make_world(n=10, noise=0.03, times=12)
    law = PairwiseModel(variables=("h",)).fit(traj)
    draws = bootstrap(law, traj, resamples=150).eta_h
    assert draws.dims == ("repeat",)
    low, high = law.constants_.eta_h_interval.values
    assert 0.7 < float(np.log(draws).std()) / (np.log(high / low) / 3.92) < 3.0
    over_time = bootstrap(law, traj, over="times", resamples=20)
    assert float(over_time.eta_h.std()) > 0
    with pytest.raises(InputError, match="one of 'conditions', 'times'"):
        bootstrap(law, traj, over="mice")
    with pytest.raises(InputError, match="at least 4"):
        bootstrap(law, make_world(n=3), resamples=2)
