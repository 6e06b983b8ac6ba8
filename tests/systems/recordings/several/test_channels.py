"""Files of one neuron each are a population: channels never merge, and nobody learns over neurons."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.storage import load
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording

LATENCY = np.arange(20) * 0.01
RASTER = {"activity": "raster_data", "condition": "raster_labels.stimulus_ID", "latency": LATENCY}


def raster(seed, labels=tuple("abcd" * 10)):
    """A file of one neuron as the Neural Decoding Toolbox has it: spikes (trial, time) and labels."""
    spikes = np.random.default_rng(seed).integers(0, 2, size=(len(labels), LATENCY.size))
    return {"raster_data": spikes, "raster_labels": {"stimulus_ID": np.array(labels, dtype=object)}}


def rasters(folder, number=2, name="raster_unit{}.mat", **labels):
    paths = [folder / name.format(n + 1) for n in range(number)]
    for n, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        savemat(path, raster(n, **labels))
    return paths


def distances(*rasters, first="a", second="b"):
    """Squared distances (time,) of two conditions, summed over the neurons."""
    total = 0.0
    for content in rasters:
        labels = content["raster_labels"]["stimulus_ID"]
        means = [content["raster_data"][labels == name].mean(0) for name in (first, second)]
        total = total + (means[0] - means[1]) ** 2
    return total


def unit(seed=0, labels="abcabc", channels=1, **coords):
    """A recording of few channels that are numbered from 0."""
    coords = {name: ("trial", np.broadcast_to(v, len(labels))) for name, v in coords.items()}
    coords |= {"condition": ("trial", list(labels)), "channel": np.arange(channels)}
    data = np.random.default_rng(seed).normal(size=(len(labels), channels))
    return xr.Dataset({"activity": (("trial", "channel"), data)}, coords)


@pytest.mark.parametrize("said", [{"session": [1, 1], "match_channels": "never"}, {"files": "channels"}])
def test_neurons_are_summed_over(tmp_path, said):
    rec = read_recording(rasters(tmp_path), **RASTER, **said)
    assert rec.channel.values.tolist() == ["raster_unit1", "raster_unit2"]
    assert rec.sizes == {"trial": 40, "channel": 2, "latency": 20}
    h = trajectory(rec).h.isel(pair=0)
    np.testing.assert_allclose(h.squeeze(), distances(raster(0), raster(1)))
    assert "trials: matched by condition and repeat, so noise is independent between files; 40 of 40" in describe(rec)
    assert history(rec)[-1]["settings"]["files_are"] == "channels"


def test_the_numbers_of_the_recording_that_misled(real_data):
    folder = real_data / "awkward_inputs"
    if not folder.is_dir():
        pytest.skip("no folder of awkward inputs")
    paths = [folder / f"raster_unit{n}.mat" for n in (1, 2)]
    rec = read_recording(paths, session=[1, 1], match_channels="never", **RASTER)
    h = trajectory(rec).h.isel(pair=0).values.ravel()
    np.testing.assert_allclose(h[:4], [0.08, 0.01, 0.05, 0.10])


@pytest.mark.parametrize("name", ["raster_unit{}.mat", "a{}.mat", "sub-m1_ses-3_n{}.mat", "sub-m1_ses-{}.mat"])
@pytest.mark.parametrize("said", [{}, {"session": [1, 1]}])
def test_one_channel_a_file_is_a_question(tmp_path, name, said):
    paths = rasters(tmp_path, name=name)
    with pytest.raises(InputError, match=r'has one channel.* files="channels".*files="sessions".*--map files=channels'):
        read_recording(paths, **RASTER, **said)
    rec = read_recording(paths, files="sessions", **RASTER, **said)
    assert rec.sizes["channel"] == 1
    assert rec.sizes["trial"] == 80


def test_who_says_the_sessions_is_not_asked(tmp_path):
    rec = read_recording(rasters(tmp_path), session=[1, 2], **RASTER)
    assert np.unique(rec.session).tolist() == [1, 2]
    rec = read_recording(rasters(tmp_path), session=["2024-01-30", "2024-02-02"], **RASTER)
    assert np.unique(rec.session).tolist() == [0, 3]
    rec = read_recording([unit(0).assign_attrs(subject="a"), unit(1).assign_attrs(subject="b")])
    assert rec.sizes["channel"] == 1  # a region of two people


@pytest.mark.parametrize("name", ["tetrode{}", "m1_probe-{}", "CH0{}", "day1_chan{}"])
def test_files_called_like_channels_are_a_question_too(tmp_path, name):
    for n in (1, 2):
        np.savez(tmp_path / f"{name.format(n)}.npz", **{k: v.values for k, v in unit(n, channels=4).variables.items()})
    with pytest.raises(InputError, match="are called like channels and do not say their sessions"):
        read_recording(tmp_path)
    rec = read_recording(tmp_path, files="channels")
    assert rec.sizes["channel"] == 8
    assert rec.channel.values[:2].tolist() == [f"{name.format(1)}/0", f"{name.format(1)}/1"]
    assert rec.activity.values[:, 4:].tolist() == unit(2, channels=4).activity.values.tolist()


def test_files_of_one_session_that_share_no_channel_are_a_question():
    recs = [unit(n, channels=2).assign_coords(channel=[f"u{2 * n}", f"u{2 * n + 1}"]) for n in range(2)]
    with pytest.raises(InputError, match="are of one session, and some share no channel"):
        read_recording(recs, session=[1, 1])
    assert read_recording(recs, session=[1, 1], files="channels").channel.values.tolist() == ["u0", "u1", "u2", "u3"]


def test_parts_of_one_session_still_follow_one_another():
    recs = [unit(n, channels=3) for n in range(2)]
    assert read_recording(recs, session=[1, 1]).sizes == {"trial": 12, "channel": 3}
    assert read_recording(recs, session=[1, 1], run=[1, 2], match_channels="never").sizes == {"trial": 12, "channel": 3}
    assert read_recording(recs, session=[1, 1], match_channels="never").sizes == {"trial": 6, "channel": 6}
    with pytest.raises(InputError, match=r'match_channels="never" says that their channels differ'):
        read_recording(recs, session=[1, 1], match_channels="never", files="sessions")


def test_the_fewest_repeats_are_kept_and_numbers_say_so():
    recs = [unit(0, "aabbccaabbcc"), unit(1, "cbacbacba"), unit(2, "abcabcabcd")]
    with pytest.warns(NeurounivWarning, match=r"9 of 9 to 12 kept, those that all files have.*conditions d\."):
        rec = read_recording(recs, files="channels")
    assert rec.condition.values.tolist() == list("aabbccabc")
    for n, source in enumerate(recs):
        for name in "abc":
            own = source.activity.values[(source.condition == name).values, 0][:3]
            assert rec.activity.values[(rec.condition == name).values, n].tolist() == own.tolist()
    with pytest.raises(InputError, match=r"need two conditions that all have.*has a, b and"):
        read_recording([unit(0, "abab"), unit(1, "bcbc")], files="channels")


def test_simultaneous_trials_are_matched_by_their_numbers():
    numbers = np.arange(10, 22)
    labels = np.array(list("abcbcacababc"))
    recs = []
    for n, kept in enumerate([np.arange(12), np.r_[0:3, 5:12], np.arange(1, 12)[::-1]]):
        recs.append(unit(n, "".join(labels[kept])).assign_coords(trial=numbers[kept]))
        recs[-1].activity.values[:, 0] = 100 * n + numbers[kept]
    with pytest.warns(NeurounivWarning, match="by number, as the files share trial numbers.*9 of 10 to 12 kept"):
        rec = read_recording(recs, files="channels")
    assert rec.trial.values.tolist() == [11, 12, 15, 16, 17, 18, 19, 20, 21]
    assert (rec.activity.values == rec.trial.values[:, None] + [0, 100, 200]).all()
    assert "noise" not in rec.attrs["trials_matched"]
    other = [recs[0], recs[1].assign_coords(condition=("trial", np.roll(recs[1].condition.values, 1)))]
    with pytest.warns(NeurounivWarning, match="by condition and repeat"):
        assert read_recording(other, files="channels").trial.values.tolist() == list(range(10))


def test_runs_and_sessions_within_the_files_are_matched_too():
    run, session = np.tile(np.repeat([1, 2], 3), 2), np.repeat([1, 2], 6)
    recs = [unit(n, "abcabcabcabc", run=run, session=session) for n in range(3)]
    rec = read_recording([recs[0], recs[1].isel(trial=np.arange(12)[::-1]), recs[2]], files="channels")
    np.testing.assert_array_equal(rec.activity, np.concatenate([r.activity for r in recs], axis=1))
    assert rec.run.values.tolist() == run.tolist()
    assert rec.session.values.tolist() == session.tolist()


def test_files_of_other_sessions_are_not_side_by_side_though_each_holds_several():
    sessions = [np.repeat([1, 2], 3), np.repeat([3, 4], 3)]
    recs = [unit(n, channels=3, session=held) for n, held in enumerate(sessions)]
    assert read_recording(recs, match_channels="never").sizes == {"trial": 12, "channel": 6}
    assert read_recording(recs).sizes == {"trial": 12, "channel": 3}
    recs[1] = recs[1].assign_coords(session=("trial", np.repeat([2, 3], 3)))
    with pytest.warns(NeurounivWarning, match="3 of 6 kept"):  # session 2 alone
        rec = read_recording(recs, files="channels")
    assert rec.session.values.tolist() == [2, 2, 2]
    assert rec.activity.values.tolist() == np.hstack([recs[0].activity[3:], recs[1].activity[:3]]).tolist()


def test_units_of_several_sessions_are_a_population_each(tmp_path):
    paths = rasters(tmp_path, 4, "ses-1/n{}.mat") + rasters(tmp_path, 3, "ses-2/n{}.mat", labels=tuple("dcba" * 8))
    with pytest.raises(InputError, match=r'3 channels of different sessions have the same names.*"name".*"never"'):
        read_recording(paths, files="channels", **RASTER)
    rec = read_recording(paths, files="channels", match_channels="name", **RASTER)
    assert (rec.sizes["channel"], np.unique(rec.session).tolist()) == (4, [1, 2])
    assert rec.recorded.values.sum(axis=1).tolist() == [4] * 40 + [3] * 32
    rec = read_recording(paths, files="channels", match_channels="never", **RASTER)
    assert rec.sizes["channel"] == 7
    h = trajectory(rec, time="session").h.isel(pair=0)
    for n, day in enumerate([[raster(i) for i in range(4)], [raster(i, tuple("dcba" * 8)) for i in range(3)]]):
        np.testing.assert_allclose(h.isel(time=n), distances(*day) / len(day))
    with pytest.raises(InputError, match=r"each of these 2 \(n1.mat, n1.mat\) is of another subject, session or run"):
        read_recording([paths[0], paths[4]], files="channels", **RASTER)
    with pytest.warns(NeurounivWarning, match="32 of 32 to 40 kept"):
        rec = read_recording([paths[0], paths[4]], files="channels", session=1, **RASTER)
    assert rec.sizes["channel"] == 2


def test_labels_that_differ_between_neurons_are_gone_and_others_stay():
    recs = [unit(n).assign_coords(correct=("trial", [n] * 6), odour=("trial", list("xyzxyz"))) for n in range(2)]
    recs = [r.assign_coords(roi=("channel", [f"V{n}"])).assign_attrs(lab="x", depth=n) for n, r in enumerate(recs)]
    rec = read_recording(recs, files="channels")
    assert set(rec.coords) == {"trial", "channel", "condition", "odour", "roi"}
    assert rec.roi.values.tolist() == ["V0", "V1"]
    assert (rec.attrs["lab"], "depth" in rec.attrs) == ("x", False)


def test_chunks_stay_chunks():
    recs = [unit(n) for n in range(2)]
    lazy = [rec.assign(activity=(("trial", "channel"), da.from_array(rec.activity.values))) for rec in recs]
    rec = read_recording(lazy, files="channels")
    assert rec.activity.chunks is not None
    assert rec.activity.compute().identical(read_recording(recs, files="channels").activity)


def test_a_shell_says_it_too(tmp_path, capsys):
    paths = [str(path) for path in rasters(tmp_path)]
    words = ["--map", "activity=raster_data", "condition=raster_labels.stimulus_ID"]
    words.append("latency=" + ",".join(f"{t:.2f}" for t in LATENCY))
    assert run_command(["read", *paths, *words]) == 2
    assert "--map files=channels" in capsys.readouterr().err
    assert (
        run_command(["rdm", *paths, "--out", str(tmp_path / "t.nc"), *words, "files=channels", "--task", "none"]) == 0
    )
    np.testing.assert_allclose(load(tmp_path / "t.nc").h.isel(pair=0).squeeze(), distances(raster(0), raster(1)))
    assert run_command(["read", *paths, *words, "files=neurons"]) == 2
    assert '`files` is "sessions" or "channels"; got \'neurons\'' in capsys.readouterr().err


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abc", min_size=4, max_size=14), min_size=2, max_size=4))
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_whatever_the_trials_a_pattern_is_made_of_the_first_repeats_of_each_neuron(labels):
    recs = [unit(n, text) for n, text in enumerate(labels)]
    counts = {name: min(text.count(name) for text in labels) for name in "abc"}
    if min(len(set(text)) for text in labels) < 2:
        return
    if sum(count > 0 for count in counts.values()) < 2:
        with pytest.raises(InputError, match="need two conditions"):
            read_recording(recs, files="channels")
        return
    rec = read_recording(recs, files="channels")
    for name, count in counts.items():
        kept = rec.activity.values[(rec.condition == name).values]
        own = [r.activity.values[(r.condition == name).values, 0][:count] for r in recs]
        assert kept.tolist() == np.stack(own, axis=1).tolist()


def test_rasters_without_latencies_may_be_channels(tmp_path):
    for n in (1, 2):
        np.savez(tmp_path / f"unit{n}.npz", activity=np.ones((8, 20)) * n, condition=list("abababab"))
    with pytest.warns(NeurounivWarning, match=r"holds 20 channels without names, 40 together.*latency="):
        assert read_recording(tmp_path / "*.npz", files="channels").sizes["channel"] == 40
    rec = read_recording(tmp_path / "*.npz", files="channels", latency=np.arange(20) / 100)
    assert dict(rec.sizes) == {"trial": 8, "channel": 2, "latency": 20}
