"""Several files or objects become one recording: whose session is whose, which channel is which, what is refused."""

import tracemalloc

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.storage import load, save
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.several.sources import sources_of
from neurouniv.universality.pre_post.change import change

LABELS = np.array(list("abcabcabc"))


def one(seed=0, channels=4, names=None, latency=None, units="spikes/s", roi=None, **coords):
    """A recording of 9 trials."""
    rng = np.random.default_rng(seed)
    dims = ("trial", "channel", "latency")[: 2 if latency is None else 3]
    shape = (LABELS.size, channels if names is None else len(names), *([] if latency is None else [len(latency)]))
    coords = {name: ("trial", np.broadcast_to(value, LABELS.size)) for name, value in coords.items()}
    coords |= {"condition": ("trial", LABELS), "channel": np.arange(shape[1]) if names is None else names}
    coords |= {} if roi is None else {"roi": ("channel", list(roi))}
    coords |= {} if latency is None else {"latency": np.asarray(latency, dtype=float)}
    return xr.Dataset({"activity": (dims, rng.poisson(5.0, shape).astype(float), {"units": units})}, coords)


def written(folder, recs):
    """Recordings as .npz files under their names."""
    for name, rec in recs.items():
        path = folder / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{n: v.values for n, v in rec.variables.items() if n != "trial"})
    return folder


def sessions(rec):
    return rec.session.values[:: LABELS.size].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_the_union_holds_what_every_session_recorded_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    pool = np.array([f"u{i}" for i in range(8)])
    recs = [one(seed + i, names=rng.permutation(pool)[: rng.integers(2, 7)]) for i in range(4)]
    rec = read_recording(recs)
    assert set(rec.channel.values) == set().union(*(r.channel.values for r in recs))
    for i, part in enumerate(recs, 1):
        here = rec.isel(trial=(rec.session == i).values)
        kept = here.recorded.values[0]
        assert (here.recorded.values == kept).all()
        assert set(here.channel.values[kept]) == set(part.channel.values)
        assert here.activity.sel(channel=part.channel).values.tolist() == part.activity.values.tolist()
        assert np.isnan(here.activity.values[:, ~kept]).all()


def test_one_recording_and_its_sessions_apart_are_the_same(tmp_path):
    whole = xr.concat([one(i, session=i) for i in (1, 2, 3)], "trial")
    files = written(tmp_path, {f"ses-{i}": one(i) for i in (1, 2, 3)})
    rec = read_recording(files, units="spikes/s")
    assert "recorded" not in rec.coords
    assert rec.activity.identical(read_recording(whole).activity.assign_coords(trial=rec.trial))
    assert trajectory(rec).h.equals(trajectory(whole).h)


def test_names_of_files_give_subject_session_and_run(tmp_path):
    parts = [(f"sub-{s}", f"ses-{d}", f"task-sort_run-{r}") for s in ("m1", "m2") for d in (2, 10) for r in (1, 2)]
    names = [f"{subject}/{day}/{subject}_{day}_{rest}" for subject, day, rest in parts]
    written(tmp_path, {name: one(i, channels=3 + i // 4) for i, name in enumerate(names)})
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-m1\t3\nsub-m2\t4\n")
    (tmp_path / "dataset_description.json").write_text("{}")
    rec = read_recording(tmp_path)
    assert sessions(rec) == [2, 2, 10, 10] * 2
    assert rec.subject.values[:: LABELS.size].tolist() == ["m1"] * 4 + ["m2"] * 4
    assert rec.run.values[:: LABELS.size].tolist() == [1, 2] * 4
    assert rec.sizes["channel"] == 2 * 3 + 2 * 4  # neurons of a subject and session are the same in its runs
    assert [file["session"] for file in history(rec)[-1]["settings"]["files"]] == [[2], [2], [10], [10]] * 2
    assert len({file["sha256"] for file in history(rec)[-1]["settings"]["files"]}) == 8


def test_order_is_the_files_own_else_their_start_else_their_name(tmp_path):
    assert sessions(read_recording([one(0, session=7), one(1, session=3)])) == [3, 7]
    started = ["2021-03-04T10:00:00+02:00", "2021-03-04T07:59:00"]
    dates = [one(i).assign_attrs(started=when) for i, when in enumerate(started)]
    assert read_recording(dates).activity.values[0].tolist() == dates[1].activity.values[0].tolist()
    written(tmp_path, {"day10": one(1), "day2": one(2), "day1": one(3)})
    rec = read_recording(str(tmp_path / "day*.npz"))
    assert [file["file"] for file in history(rec)[-1]["settings"]["files"]] == ["day1.npz", "day2.npz", "day10.npz"]
    assert sessions(rec) == [1, 2, 3]


@pytest.mark.parametrize("given", [[5, 1, 3], {"day1": 1, "day2.npz": 3, "day10": 5}])
def test_sessions_can_be_told_by_list_or_by_file(tmp_path, given):
    written(tmp_path, {"day10": one(1), "day2": one(2), "day1": one(3)})
    files = [tmp_path / f"day{i}.npz" for i in (10, 1, 2)]
    rec = read_recording(files, session=given, subject=["x"] * 3)
    assert sessions(rec) == [1, 3, 5]
    assert rec.attrs["subject"] == "x"
    assert rec.activity.values[0].tolist() == one(3).activity.values[0].tolist()


def test_one_file_each_of_several_subjects_is_one_session():
    rec = read_recording([one(i).assign_attrs(subject=f"m{i}") for i in range(3)])
    assert "session" not in rec.coords
    assert np.unique(rec.subject).tolist() == ["m0", "m1", "m2"]


def test_what_is_told_of_a_whole_recording_is_told_of_its_trials():
    """Subject or session as one number or word of the recording, in xarray a coordinate without a dimension."""
    by_trial = [one(i, subject=f"m{i}") for i in range(3)]
    by_recording = [one(i).assign_coords(subject=f"m{i}") for i in range(3)]
    found = read_recording(by_recording)
    xr.testing.assert_equal(found, read_recording(by_trial))
    assert trajectory(found).h.dims == ("subject", "time", "pair")
    days = read_recording([one(day).assign_coords(session=day) for day in (5, 3)])
    assert trajectory(days).time.values.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("names", "match", "channels"),
    [
        (([0, 1], [0, 1]), None, 2),
        (([0, 1], [0, 1, 2]), None, 5),
        (([0, 1], [0, 1, 2]), "name", 3),
        (([0, 1], [0, 1]), "never", 4),
        ((["Fz", "Cz"], ["Cz", "Pz"]), None, 3),
        ((["Fz", "Cz"], ["Cz", "Pz"]), "never", 4),
    ],
)
def test_numbers_that_differ_are_not_matched_and_names_are(names, match, channels):
    rec = read_recording([one(i, names=n) for i, n in enumerate(names)], match_channels=match)
    assert rec.sizes["channel"] == channels
    assert rec.attrs["channels_matched"] == ("never" if channels > len({*names[0], *names[1]}) else "name")
    assert "channels: " in describe(rec)


def test_labels_of_channels_and_latencies_are_kept():
    made = [one(i, names=n, latency=[0.0, 0.1]).assign_coords(roi=("channel", ["V1", r])) for i, n, r in ABC]
    rec = read_recording(made)
    assert dict(zip(rec.channel.values, rec.roi.values, strict=True)) == {"a": "V1", "b": "V4", "c": "IT"}
    assert rec.latency.values.tolist() == [0.0, 0.1]


ABC = [(0, ["a", "b"], "V4"), (1, ["a", "c"], "IT")]


@pytest.mark.parametrize(
    ("recs", "settings", "message"),
    [
        ([one(latency=[0.0, 0.1]), one(1, latency=[0.0, 0.2])], {}, "same latencies.*2 from 0 to 0.1 s.*0 to 0.2 s"),
        ([one(latency=[0.0, 0.1]), one(1)], {}, "need the same dimensions.*Give `latency`"),
        ([one(units="V"), one(1, units="µV")], {}, "need the same units.* is in V and .* in µV"),
        ([one(session=1), one(1)], {}, "says its session and .* does not. Give `session`"),
        ([one(session=1), one(1, session=1)], {}, "both hold session 1. If .* different sessions, give `session`"),
        ([one(), one(1)], {"session": [1, 2, 3]}, "one value per file.*got 3 values for 2 files"),
        ([one(), one(1)], {"session": {"x": 1}}, "`session` needs an entry for every file"),
        ([one(), one(1)], {"session": ["pre", "post"]}, "Sessions need to be numbers"),
        ([one(), one(1)], {"match_channels": "yes"}, "`match_channels` is .name., .never., or a table"),
        ([one(), one(1)], {"conditon": "x"}, r"File 1 of 2 .*\['conditon'\] is no setting"),
        ([one(), one(1).drop_vars("condition")], {}, r"File 2 of 2 .*which field is the condition"),
        ([one(), one(1, names=["a", "a"])], {"match_channels": "name"}, "Channels need different names.*1 of 2 come"),
        ([one(0, names=["a", "b"], roi="xy"), one(1, names=["a", "b"], roi="xz")], {}, "Channel b has the roi 'y'"),
        ([], {}, "needs at least one; got an empty one"),
        ([one(), 3], {}, "A recording is a path, an mne.Epochs.*got a int"),
    ],
)
def test_what_does_not_fit_together_is_named(recs, settings, message):
    with pytest.raises(InputError, match=message):
        read_recording(recs, **settings)


def test_files_that_fail_or_come_twice_are_named(tmp_path):
    written(tmp_path, {"day1": one(1), "day2": one(1)})
    with pytest.raises(InputError, match=r"day1.npz' and .*day2.npz' hold the same, byte by byte"):
        read_recording(tmp_path)
    (tmp_path / "day2.npz").write_bytes((tmp_path / "day2.npz").read_bytes()[:300])
    with pytest.raises(InputError, match=r"File 2 of 2 \(day2.npz\): .*cut short"):
        read_recording(str(tmp_path / "*.npz"))


def test_patterns_and_folders_without_recordings(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(FileNotFoundError, match=r"No file fits the pattern .*mat'; .* holds notes.txt"):
        read_recording(str(tmp_path / "*.mat"))
    with pytest.raises(InputError, match="holds no recording that can be read"):
        read_recording(tmp_path)
    written(tmp_path, {"a": one(1)})
    savemat(tmp_path / "b.mat", {"activity": one(2).activity.values, "condition": LABELS.astype(object)})
    with pytest.raises(InputError, match=r"several formats: 1 x .*Choose with a pattern"):
        read_recording(tmp_path)
    (tmp_path / "b.mat").unlink()
    written(tmp_path, {"x_task-rest": one(1), "x_task-sort": one(2)})
    with pytest.raises(InputError, match=r"several tasks: '', 'rest', 'sort'"):
        read_recording(tmp_path)


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path):
    written(tmp_path, {"day[1]": one(1)})
    assert sources_of(tmp_path / "day[1].npz") is None
    assert read_recording(tmp_path / "day[1].npz").sizes["trial"] == 9


def test_what_is_called_pre_comes_before_post_with_a_warning(tmp_path):
    written(tmp_path, {f"ses-{name}": one(i) for i, name in enumerate(("pre", "post"))})
    with pytest.warns(NeurounivWarning, match="sessions pre, post are named, not numbered"):
        rec = read_recording(tmp_path)
    first = rec.isel(trial=(rec.session == 1).values)
    np.testing.assert_array_equal(np.sort(first.activity.values.ravel()), np.sort(one(0).activity.values.ravel()))
    assert rec.attrs["sessions_from"] == "from the file names: 1 pre, 2 post"
    times = trajectory(rec)
    assert "From session 1 (pre) to session 2 (post)" in change(times).attrs["text"]


def test_sessions_with_other_names_keep_the_order_in_which_files_are_given(tmp_path):
    written(tmp_path, {f"ses-{name}": one(i) for i, name in enumerate(("rest", "awake"))})
    with pytest.warns(NeurounivWarning, match="sessions rest, awake are named"):
        rec = read_recording([tmp_path / "ses-rest.npz", tmp_path / "ses-awake.npz"])
    first = rec.isel(trial=(rec.session == 1).values)
    np.testing.assert_array_equal(np.sort(first.activity.values.ravel()), np.sort(one(0).activity.values.ravel()))


def test_what_all_have_beside_activity_is_kept(tmp_path):
    behaviour = [one(i).assign(output=(("trial", "output"), np.full((9, 2), float(i)))) for i in range(2)]
    behaviour[0] = behaviour[0].assign_coords(reward=("trial", np.arange(9)))
    rec = read_recording(behaviour)
    assert rec.output.values[:, 0].tolist() == [0.0] * 9 + [1.0] * 9
    assert "reward" not in rec.coords
    again = load(save(rec, tmp_path / "rec.nc"))
    assert again.identical(rec)


def test_chunked_files_are_joined_without_reading_them(tmp_path):
    recs = {f"ses-{i}": one(i, names=[f"u{j}" for j in range(i, i + 3)]) for i in (1, 2)}
    for name, rec in recs.items():
        rec.to_netcdf(tmp_path / f"{name}.nc")
    lazy, eager = read_recording(tmp_path, chunks={"trial": 4}), read_recording(tmp_path)
    assert lazy.activity.chunks[0] == (4, 4, 1, 4, 4, 1)
    assert lazy.activity.compute().identical(eager.activity)
    assert lazy.recorded.identical(eager.recorded)


def test_the_command_takes_several_files_and_values_for_each(tmp_path, capsys):
    written(tmp_path, {"day1": one(1, channels=3), "day2": one(2)})
    files = [str(tmp_path / f"day{i}.npz") for i in (1, 2)]
    out = tmp_path / "both.nc"
    assert run_command(["read", *files, "--map", "session=3,1", "subject=m1,m2", "--out", str(out)]) == 0
    assert "from 2 files (each a .npz file): day1.npz, day2.npz" in capsys.readouterr().out
    assert load(out).sizes["channel"] == 7
    assert sessions(load(out)) == [3, 1]
    assert run_command(["read", str(tmp_path / "*.npz"), "--map", "match_channels=name"]) == 0
    assert "18 trials, 4 channels" in capsys.readouterr().out
    assert run_command(["read", *files, "--map", "session=1,2,3"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_sessions_of_different_neurons_become_one_trajectory():
    rec = read_recording([one(i, channels=3 + i, run=np.repeat([1, 2, 3], 3)) for i in range(3)])
    traj = trajectory(rec, metric="crossnobis")
    assert traj.sizes["time"] == 3
    for i in range(3):
        alone = read_recording([one(i, channels=3 + i, run=np.repeat([1, 2, 3], 3), session=k) for k in (1, 2)])
        expected = trajectory(alone, metric="crossnobis").h.values[0] / (3 + i)
        np.testing.assert_allclose(traj.h.values[i], expected, rtol=1e-12)


def test_memory_is_the_union_and_one_part_more():
    parts, trials = 8, 300
    recs = []
    for i in range(parts):
        rng = np.random.default_rng(i)
        rec = one(i, names=[f"u{j}" for j in range(50)], latency=np.arange(20) / 100)
        recs.append(rec.isel(trial=np.arange(trials) % 9).assign_coords(trial=np.arange(trials)))
        recs[-1].activity.values[:] = rng.normal(size=recs[-1].activity.shape)
    total = sum(rec.activity.nbytes for rec in recs)
    tracemalloc.start()
    joined = read_recording(recs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert joined.activity.nbytes == total
    assert peak < 1.2 * total  # the sources are the caller's


def test_the_same_object_twice_is_refused_as_the_same_file_is():
    coords = {"condition": ("trial", list("abab"))}
    rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, coords)
    with pytest.raises(InputError, match="Recordings 1 and 3 are the same Dataset"):
        read_recording([rec, rec.copy(deep=True), rec])
    assert read_recording([rec, rec.copy(deep=True)]).session.values.tolist() == [1] * 4 + [2] * 4
