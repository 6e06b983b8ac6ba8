"""A simulated brain is what it says: a learner's units, seen through spikes, in a balanced experiment."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import tasks
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.brains import simulate_brain, spike_counts, true_rates
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.training.train import train

SMALL = {"sessions": 3, "repeats": 6, "runs": 3, "neurons": 12, "width": 30, "epochs": 100}


@pytest.fixture(scope="module")
def task():
    return tasks.xor()


@pytest.mark.parametrize("seed", [0, 1])
def test_without_noise_distances_are_those_of_the_hidden_units_times_the_squared_gain(task, seed):
    settings = {"width": 30, "gain": 0.4, "nonlinearity": "tanh", "lr": 0.2, "hidden_layers": 1}
    rec = simulate_brain(task, seed=seed, noise=0, rate_gain=7.0, neurons=30, sessions=3, epochs=100, **settings)
    settings |= {"rule": "feedback_alignment", "device": "cpu"}
    runs = train(task, seeds=[seed], epochs=100, record=[0, 50, 100], **settings)
    rates = true_rates(rec)
    assert rates.session.values.tolist() == [1, 2, 3]
    assert rates.condition.values.tolist() == task.condition.values.tolist()
    seen, hidden = rates.values, runs.hidden.values[0, 0]
    distances = ((seen[:, :, None] - seen[:, None]) ** 2).sum(-1)
    np.testing.assert_allclose(distances, 49 * ((hidden[:, :, None] - hidden[:, None]) ** 2).sum(-1), rtol=1e-4)
    labels = {"session": rec.session, "condition": rec.condition}
    assert (rec.activity.values == rates.sel(labels).transpose("trial", "channel").values).all()


@pytest.mark.parametrize(("repeats", "runs"), [(6, 3), (4, 1), (5, 2)])
def test_every_run_has_its_share_of_every_condition(task, repeats, runs):
    rec = simulate_brain(task, **SMALL | {"repeats": repeats, "runs": runs})
    names = ["session", "run", "condition"]
    counts = rec[names].to_dataframe().groupby(names).size().to_numpy()
    assert counts.size == 3 * runs * 4
    assert counts.min() >= repeats // runs
    assert counts.max() <= -(-repeats // runs)
    assert (np.diff(rec.session.values * runs + rec.run.values) >= 0).all()


def test_the_seed_decides_everything(task):
    first, again, other = (simulate_brain(task, seed=seed, **SMALL) for seed in (3, 3, 4))
    assert first.identical(again)
    assert not first.activity.equals(other.activity)


@pytest.mark.parametrize("fano", [0.25, 1.0, 2.5])
@pytest.mark.parametrize("mean", [0.0, 0.7, 12.0])
def test_counts_have_the_mean_and_the_variance_asked_for(fano, mean):
    n = 100_000
    counts = spike_counts(np.full(n, mean), fano, np.random.default_rng(0))
    assert abs(counts.mean() - mean) <= 5 * np.sqrt(fano * mean / n)
    assert abs(counts.var() - fano * mean) <= 0.05 * fano * mean
    assert fano < 1 or (counts == np.round(counts)).all()


@pytest.mark.parametrize("noise", [1.0, 2.0])
def test_a_brain_survives_its_file(task, tmp_path, noise):
    pytest.importorskip("pynwb")
    rec = simulate_brain(task, noise=noise, window=0.4, **SMALL)
    found = read_recording(write_nwb(rec, tmp_path / "brain.nwb"))
    for name in ("activity", "condition", "session", "run", "channel"):
        assert (found[name].values == rec[name].values).all(), name
    rec.to_netcdf(tmp_path / "brain.nc")
    kept = read_recording(tmp_path / "brain.nc")
    assert true_rates(kept).identical(true_rates(rec))
    assert {name: kept.attrs[name] for name in rec.attrs if name != "history"} == {
        name: value for name, value in rec.attrs.items() if name != "history"
    }
    assert "72 trials, 12 channels, 4 conditions" in describe(kept)


@pytest.mark.slow
def test_distances_between_runs_are_unbiased(task):
    rec = simulate_brain(task, sessions=2, repeats=2000, runs=2, neurons=20, width=30, epochs=200)
    means = rec.activity.groupby(xr.DataArray(rec.session * 2 + rec.run % 2, name="part"))
    halves = [part.groupby("condition").mean().values for _, part in means]
    rates = true_rates(rec)
    true = ((rates.values[:, :, None] - rates.values[:, None]) ** 2).sum(-1)
    cross = [((a[:, None] - a) * (b[:, None] - b)).sum(-1) for a, b in zip(halves[::2], halves[1::2], strict=True)]
    spread = np.sqrt(4 * true * 2 * 10 / 2000 + 20 * (20 / 1000) ** 2)  # signal and noise terms, Poisson at 10 spikes/s
    assert (np.abs(cross - true) <= 4.5 * spread).all()


def test_sessions_are_equally_spaced_from_before_learning_on(task):
    rec = simulate_brain(task, **SMALL | {"sessions": 4, "epochs": 100})
    assert rec.attrs["epochs_per_session"] == 33
    start = train(task, width=30, gain=0.2, nonlinearity="tanh", epochs=1, record=[0], rule="feedback_alignment")
    np.testing.assert_allclose(
        true_rates(rec).sel(session=1).values, 10 + 10 * start.hidden.values[0, 0, 0][:, rec.channel.values], rtol=1e-6
    )


def test_flooring_is_told(task):
    with pytest.warns(NeurounivWarning, match="floored at 0.*Raise `baseline`"):
        rec = simulate_brain(task, baseline=0.0, **SMALL)
    assert rec.attrs["clipped_share"] > 0
    assert (rec.rate >= 0).all()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sensors": "fmri"}, r"one of .*'spikes'.*got 'fmri'"),
        ({"sessions": 1}, "sessions is a whole number of at least 2; got 1"),
        ({"runs": 7}, "got 7 runs and 6 repeats"),
        ({"neurons": 31}, "up to the width of the learner; got 31 of 30"),
        ({"noise": -1}, "noise is a number from 0"),
        ({"window": 0}, "positive rate_gain and window"),
        ({"lr": 1e6, "nonlinearity": "linear"}, "The learner diverged"),
        ({"rule": "osmosis"}, "osmosis"),
    ],
)
def test_settings_that_do_not_fit(task, setting, message):
    with pytest.raises(InputError, match=message):
        simulate_brain(task, **SMALL | setting)
    with pytest.raises(InputError, match="A task"):
        simulate_brain(xr.Dataset())
    with pytest.raises(InputError, match="noise-free"):
        true_rates(xr.Dataset())
