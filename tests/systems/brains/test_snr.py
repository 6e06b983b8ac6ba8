"""SNR means the same where it is asked for and where it is measured."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems.brains import SENSORS, estimate_snr, simulate_brain, true_means
from neurouniv.systems.brains.snr import signal_variance
from neurouniv.systems.recordings.read import read_recording

SETTINGS = {"world": "exponential", "sessions": 4, "repeats": 8, "neurons": 40, "width": 60}


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(1)
    return tasks.from_arrays(rng.normal(size=(15, 6)), rng.normal(size=(15, 2)))


def made(signal=2.0, noise=3.0, conditions=12, channels=400, trials=6, shift=0.0, seed=0, sessions=2):
    """A recording of known variances: (session x run x condition x trial, channel)."""
    rng = np.random.default_rng(seed)
    grid = np.indices((sessions, 3, conditions, trials)).reshape(4, -1)
    means = rng.normal(size=(sessions, conditions, channels))
    means *= np.sqrt(signal / means.var(axis=1, ddof=1).mean())
    shifts = shift * rng.normal(size=(sessions, 3, channels))
    values = means[grid[0], grid[2]] + shifts[grid[0], grid[1]]
    values += np.sqrt(noise) * rng.normal(size=values.shape)
    labels = {"session": grid[0] + 1, "run": grid[1] + 1, "condition": grid[2].astype(str)}
    return xr.Dataset({"activity": (("trial", "channel"), values)}, {k: ("trial", v) for k, v in labels.items()})


@pytest.mark.parametrize("shift", [0.0, 5.0])
@pytest.mark.parametrize("trials", [1, 6])
def test_known_variances_are_found(shift, trials):
    found = estimate_snr(made(trials=trials, shift=shift))
    np.testing.assert_allclose(found.signal, 2.0, rtol=0.06)
    np.testing.assert_allclose(found.noise, 3.0, rtol=0.06)
    assert found.snr.item() == pytest.approx(2 / 3, rel=0.06)


def test_no_signal_is_found_on_average_where_there_is_none():
    found = np.array([estimate_snr(made(signal=1e-12, channels=10, seed=seed)).snr.item() for seed in range(40)])
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(40)
    assert (found < 0).any()


def test_units_and_order_do_not_matter():
    rec = made(channels=20)
    shuffled = rec.isel(trial=np.random.default_rng(0).permutation(rec.sizes["trial"]))
    scaled = shuffled.assign(activity=5 + 100 * shuffled.activity)
    assert estimate_snr(scaled).snr.item() == pytest.approx(estimate_snr(rec).snr.item())


def test_without_runs_every_other_trial_makes_a_half():
    rec = made(trials=6).drop_vars("run")
    assert estimate_snr(rec).snr.item() == pytest.approx(2 / 3, rel=0.06)


def test_what_was_not_recorded_does_not_count():
    rec = made(channels=60)
    there = np.ones(rec.activity.shape, dtype=bool)
    there[rec.session.values == 2, :20] = False
    gone = rec.assign(activity=rec.activity.where(there)).assign_coords(recorded=(("trial", "channel"), there))
    kept = rec.isel(channel=slice(20, None))
    assert estimate_snr(gone).signal[1] == pytest.approx(estimate_snr(kept).signal[1].item())
    assert estimate_snr(gone).signal[0] == pytest.approx(estimate_snr(rec).signal[0].item())


@pytest.mark.parametrize("sensors", SENSORS)
def test_the_snr_asked_for_is_the_ratio_of_true_variances(task, sensors):
    rec = simulate_brain(task, sensors=sensors, snr=0.1, **SETTINGS)
    means = true_means(rec).values
    condition = [list(rec.rate_condition.values).index(c) for c in rec.condition.values]
    left = rec.activity.values - means[rec.session.values - 1, condition]
    run = (rec.session.values - 1) * 4 + rec.run.values - 1  # what a run shares is no noise of differences
    own = [left[run == number] for number in range(16)]
    noise = np.mean([(part - part.mean(axis=0)).var(axis=0, ddof=1).mean() for part in own])
    assert signal_variance(means) == pytest.approx(rec.attrs["signal_variance"])
    tolerance = 0.15 if sensors in ("meeg", "voxels") else 0.06  # their noise shares a few directions
    assert signal_variance(means) / noise == pytest.approx(0.1, rel=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("snr", [0.05, 0.3])
@pytest.mark.parametrize("sensors", ["spikes", "calcium", "voxels", "meeg"])
def test_what_is_asked_for_is_measured(task, sensors, snr):
    settings = SETTINGS | {"sensors": sensors, "turnover": 0.2 if sensors == "spikes" else 0.0}
    found = np.array([estimate_snr(simulate_brain(task, snr=snr, seed=seed, **settings)).snr for seed in range(20)])
    assert abs(found.mean() - snr) < 3.5 * found.std(ddof=1) / np.sqrt(20) + 0.01 * snr
    assert found.std() < 0.3 * snr


def test_a_real_recording_can_be_measured(real_data):
    rec = read_recording(real_data / "zhang_desimone_7objects" / "zd.mat")
    mean = rec.sel(latency=slice(0.1, 0.5))
    before = rec.sel(latency=slice(None, -0.1))
    assert estimate_snr(mean).snr.item() == pytest.approx(0.2, abs=0.05)
    assert abs(estimate_snr(before).snr.item()) < 0.02


def test_too_little_to_tell():
    with pytest.raises(InputError, match="two runs, or two trials, of at least two conditions"):
        estimate_snr(made(trials=1).isel(trial=slice(0, 12)))
    with pytest.raises(InputError, match="A recording needs"):
        estimate_snr(xr.Dataset())
    with pytest.raises(InputError, match="of one subject; got 2"):
        estimate_snr(made().assign_coords(subject=("trial", np.repeat(["a", "b"], 216))))


def test_an_snr_that_cannot_be(task):
    with pytest.raises(InputError, match="snr is a number above 0; got 0"):
        simulate_brain(task, snr=0, **SETTINGS)
    with pytest.raises(InputError, match="at least 2 runs"):
        simulate_brain(task, sensors="voxels", snr=0.1, runs=1, **SETTINGS)
    with pytest.raises(InputError, match=r"vary at least as much.*lower snr"):
        simulate_brain(task, sensors="bursty", snr=100.0, **SETTINGS)
