"""Brains at the edges of their settings: what can be simulated is right, what cannot is refused in words."""

import warnings

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.schema import InputError
from neurouniv.systems.brains import SENSORS, estimate_snr, simulate_brain, true_trajectory
from neurouniv.systems.brains.sensors import Calcium, Meeg, Spikes
from neurouniv.systems.brains.worlds import Exponential, Target, Universal

SMALL = {"world": "gain", "sessions": 3, "repeats": 4, "runs": 2, "neurons": 10}
TASK = nu.tasks.from_arrays(*np.split(np.random.default_rng(0).normal(size=(6, 6)), [4], axis=1))


@pytest.fixture(autouse=True)
def _no_alarms_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sessions": 2.5}, "sessions is a whole number of at least 2; got 2.5"),
        ({"repeats": "4"}, "repeats is a whole number of at least 1; got '4'"),
        ({"neurons": None}, "neurons is a whole number of at least 1; got None"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"noise": np.inf}, "noise is a number from 0 to"),
        ({"snr": 1e-300}, r"snr=1e-300 takes noise of .*e\+299"),
        ({"snr": 1e20}, r"snr=1e\+20 takes noise of .*e-21 .*Give another snr"),
        ({"noise": 1e-300}, r"Poisson numbers are drawn of means up to 1e\+18"),
        ({"turnover": np.nan}, "turnover is a number from 0 to 1; got nan"),
        ({"turnover": 0.04}, "at least half a neuron; 0.04 of 10 is less"),
        ({"drift": np.inf}, "drift is a number from -360 to 360; got inf"),
        ({"baseline": np.nan}, "baseline of Spikes is a finite number; got nan"),
        ({"rate_gain": 1e300}, r"fire up to 1e\+15 spikes"),
        ({"window": 1e9}, "at most 3600 s"),
        ({"behaviour": "false"}, "behaviour is True or False; got 'false'"),
        ({"world": None, "gain": [0.1, 0.2]}, "gain is a number above 0; got a list of 2"),
    ],
)
def test_settings_that_are_no_numbers_or_too_large(setting, message):
    with pytest.raises(InputError, match=message):
        simulate_brain(TASK, **SMALL | setting)


@pytest.mark.parametrize(
    "make",
    [lambda: Spikes(baseline=np.inf), lambda: Calcium(hill=None), lambda: Meeg(jitter=1e4), lambda: Universal(half=0)],
)
def test_sensors_and_worlds_of_no_numbers(make):
    with pytest.raises(InputError, match="number"):
        simulate_brain(TASK, **SMALL | {"world": made} if isinstance(made := make(), Universal) else SMALL)


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (Exponential(rate=-1.0), "rate is a number above 0; got -1"),
        (Universal(half=1e-6), "half is a number from 0.01 to 1"),
        (Target(growth=0.1), "half its way behind it at the first session"),
    ],
)
def test_worlds_that_nothing_happens_in(world, message):
    with pytest.raises(InputError, match=message):
        simulate_brain(TASK, **SMALL | {"world": world})


def test_a_design_is_refused_before_a_network_learns(monkeypatch):
    monkeypatch.setattr("neurouniv.systems.brains.simulate.learned", lambda *_: pytest.fail("learned"))
    with pytest.raises(InputError, match="runs up to the repeats"):
        simulate_brain(TASK, **SMALL | {"world": None, "runs": 5})


@pytest.mark.parametrize("sensors", SENSORS)
def test_an_infinite_snr_is_no_noise(sensors):
    without, infinite = (
        simulate_brain(TASK, **SMALL, sensors=sensors, **one) for one in ({"noise": 0}, {"snr": np.inf})
    )
    np.testing.assert_array_equal(without.activity, infinite.activity)
    with pytest.warns(nu.NeurounivWarning, match="no noise"):
        assert np.isposinf(estimate_snr(without).snr)


def test_calcium_that_is_dark_at_rest_has_no_changes_relative_to_it():
    with pytest.raises(InputError, match="1e-09 of its largest fluorescence at rest"):
        Calcium(baseline=1e-6)


def test_activity_of_one_value_has_no_snr():
    rec = simulate_brain(TASK, **SMALL)
    with pytest.raises(InputError, match="needs activity that varies"):
        estimate_snr(rec.assign(activity=0 * rec.activity + 5))


@pytest.mark.parametrize("sensors", ["refractory", "calcium"])
def test_neurons_near_silence_raise_no_alarm(sensors):
    rec = simulate_brain(TASK, **SMALL, sensors=sensors, noise=1e3)
    assert np.isfinite(rec.activity).all()


STIMULI = np.repeat(TASK.stimuli.values[:3], 2, axis=0)


def test_gain_learns_where_the_first_pair_is_one_stimulus():
    rec = simulate_brain(nu.tasks.from_arrays(STIMULI, TASK.targets), **SMALL, behaviour=True)
    certain = rec.choice_probability.max("option").mean("condition")
    assert (certain.diff("session") > 0).all()


def test_pairs_of_one_stimulus_stay_together_under_the_pairwise_law():
    task = nu.tasks.from_arrays(STIMULI, np.repeat(TASK.targets.values[:3], 2, axis=0))
    h = true_trajectory(simulate_brain(task, **SMALL | {"world": "pairwise"}), task).h
    once = true_trajectory(simulate_brain(task.isel(condition=[0, 2, 4]), **SMALL | {"world": "pairwise"})).h
    same = (h.first.astype(int) // 2 == h.second.astype(int) // 2).values
    assert (h.values[:, same] < 1e-12).all()
    ratio = h.sel(pair=once.pair).values / once.values
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-3)


@pytest.mark.parametrize("factor", [1e-200, 1e150])
def test_a_task_whose_squares_are_no_numbers(factor):
    with pytest.raises(InputError, match="Give them in another unit"):
        simulate_brain(TASK * factor, **SMALL)


def test_targets_that_cannot_be_squared_have_no_choices():
    with pytest.raises(InputError, match="targets whose differences double precision can square; got up to"):
        simulate_brain(
            TASK.assign(targets=1e-200 * TASK.targets), **SMALL | {"world": None, "epochs": 2}, behaviour=True
        )


@pytest.mark.parametrize(
    "task", [TASK.isel(condition=[0]), TASK.drop_vars("condition"), xr.concat([TASK, TASK], "subject")]
)
@pytest.mark.parametrize("world", ["gain", None])
def test_a_brain_learns_one_task_of_named_conditions(task, world):
    with pytest.raises(InputError, match="one task of two named conditions or more"):
        simulate_brain(task, **SMALL | {"world": world, "epochs": 2})


def test_names_of_conditions_change_nothing_but_names():
    other = TASK.assign_coords(condition=list("fedcba"))
    one, two = (simulate_brain(task, **SMALL, behaviour=True) for task in (TASK, other))
    xr.testing.assert_equal(one.activity.drop_vars("condition"), two.activity.drop_vars("condition"))
    np.testing.assert_array_equal(one.choice, two.choice)
