"""MNE: epochs, averages and continuous data in memory and in .fif files; types of channels, units, levels of events."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.assembly.assemble import assemble
from neurouniv.systems.recordings.formats.mne.fif_files import from_epochs, read_fif

mne = pytest.importorskip("mne")
RATE, TRIALS, TIMES = 100.0, 8, 21
NAMES, TYPES = ["e1", "e2", "e3", "g1", "m1", "eye", "stim"], ["eeg"] * 3 + ["grad", "mag", "eog", "stim"]
IDS = {"face/happy": 1, "face/sad": 2, "car": 3}
CODES = np.array([1, 2, 3, 1, 2, 3, 1, 3])
DATA = np.random.default_rng(0).normal(size=(TRIALS, len(NAMES), TIMES))


def info_of(names=NAMES, types=TYPES, bads=()):
    info = mne.create_info(names, RATE, types)
    info["subject_info"] = {"his_id": "S07"}
    info.set_meas_date(datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC))
    info["bads"] = list(bads)
    return info


def epochs_of(names=NAMES, types=TYPES, bads=(), metadata=None, baseline=None):
    events = np.c_[np.arange(TRIALS) * 100, np.zeros(TRIALS, int), CODES]
    data = DATA[:, : len(names)].copy()
    return mne.EpochsArray(
        data, info_of(names, types, bads), events, -0.1, IDS, metadata=metadata, baseline=baseline, verbose="error"
    )


def refused(message, source, **settings):
    with pytest.raises(InputError, match=message):
        (from_epochs if isinstance(source, mne.BaseEpochs) else read_fif)(source, "x", **settings)


@pytest.mark.parametrize(
    ("channels", "rows", "unit", "types"),
    [
        ("eeg", [0, 1, 2], "V", ["eeg"] * 3),
        ("grad", [3], "T/m", ["grad"]),
        ("mag", [4], "T", ["mag"]),
        ("e1, e3", [0, 2], "V", ["eeg"] * 2),
        (["e1", "eye"], [0, 5], "V", ["eeg", "eog"]),
    ],
)
def test_channels_keep_their_names_types_and_unit(channels, rows, unit, types):
    fields = from_epochs(epochs_of(), "x", channels=channels)
    np.testing.assert_array_equal(fields.given["activity"], DATA[:, rows])
    assert fields.given["channel"].tolist() == [NAMES[row] for row in rows]
    assert fields.channel_coords["channel_type"].tolist() == types
    assert fields.units == unit


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"one type of channel.* has eeg \(V\), grad \(T/m\), mag \(T\). Choose with `channels=\"eeg\"`"),
        ({"channels": "meg"}, r"has grad \(T/m\), mag \(T\)"),
        ({"channels": "seeg"}, "picks nothing by 'seeg' in x; it has 3 eeg, 1 eog, 1 grad, 1 mag, 1 stim"),
        ({"channels": "eeg", "window": (0, 1)}, "goes beyond the epochs, which run from -0.1 to 0.1 s"),
        ({"channels": "eeg", "events": "house"}, "picks none by 'house' in x; its events are 'car' x 3, 'face/happy'"),
    ],
)
def test_choices_are_never_made_silently(settings, message):
    refused(message, epochs_of(), **settings)


def test_bad_channels_are_left_out_and_said():
    epochs = epochs_of(NAMES[:3], TYPES[:3], bads=["e2"])
    fields = from_epochs(epochs, "x")
    assert fields.given["channel"].tolist() == ["e1", "e3"]
    assert fields.attrs["bad_channels"] == "e2"
    assert epochs.info["bads"] == ["e2"]
    assert from_epochs(epochs, "x", channels="e2").given["channel"].tolist() == ["e2"]  # asked for by name
    refused("no good channel of data; its channels are 3 eeg, 3 of them marked bad", epochs_of(NAMES[:3], TYPES[:3],
            bads=NAMES[:3]))  # fmt: skip


def test_levels_of_event_names_and_metadata_are_conditions():
    metadata = pd.DataFrame({"angle": np.arange(TRIALS) % 4 * 45.0, "word": list("abcdabcd")})
    epochs = epochs_of(NAMES[:3], TYPES[:3], metadata=metadata)
    fields = from_epochs(epochs, "x")
    names = {1: "face/happy", 2: "face/sad", 3: "car"}
    assert fields.given["condition"].tolist() == [names[code] for code in CODES]
    assert fields.tree["event[0]"].tolist() == [names[code].split("/")[0] for code in CODES]
    assert assemble(fields, {"condition": "event[0]"}).condition.values[:3].tolist() == ["face", "face", "car"]
    assert assemble(fields, {"condition": "angle"}).condition.values[:2].tolist() == ["0", "45"]
    with pytest.raises(InputError, match=r"3 of 8 have none \(trials 2, 5, 7"):
        assemble(fields, {"condition": "event[1]"})
    faces = from_epochs(epochs, "x", events="face")
    np.testing.assert_array_equal(faces.given["activity"], DATA[CODES < 3, :3])
    assert faces.tree["word"].tolist() == list("abdac")


def test_subject_date_and_baseline_are_kept_and_a_window_crops():
    epochs = epochs_of(NAMES[:3], TYPES[:3], baseline=(None, 0))
    fields = from_epochs(epochs, "x", window=(-0.05, 0.05))
    np.testing.assert_array_equal(fields.given["activity"], epochs.get_data()[..., 5:16])
    np.testing.assert_allclose(fields.given["latency"], np.arange(-5, 6) / RATE, atol=1e-12)
    assert fields.given["subject"] == "S07"
    assert fields.given["started"] == "2021-03-04T05:06:07+00:00"
    assert fields.attrs == {"baseline": "-0.1 to 0 s"}


def test_reading_changes_nothing_and_shares_nothing():
    epochs = epochs_of(NAMES[:3], TYPES[:3])
    fields = from_epochs(epochs, "x")
    fields.given["activity"][:] = 0
    np.testing.assert_array_equal(epochs.get_data(), DATA[:, :3])


def test_epochs_on_disk_are_those_in_memory(tmp_path):
    path = tmp_path / "x-epo.fif"
    epochs = epochs_of(metadata=pd.DataFrame({"angle": np.arange(TRIALS)}))
    epochs.save(path, fmt="double", verbose="error")
    disk, memory = read_fif(path, "x", channels="mag"), from_epochs(epochs, "x", channels="mag")
    np.testing.assert_array_equal(disk.given["activity"], memory.given["activity"])
    assert (disk.units, disk.given["subject"], disk.given["started"]) == ("T", "S07", memory.given["started"])
    assert disk.tree["angle"].tolist() == list(range(TRIALS))


def averages(*shapes, kind="average"):
    info = info_of(NAMES[:3], TYPES[:3])
    return [
        mne.EvokedArray(DATA[i, :3, :size], info, -0.1, name, nave=i + 5, kind=kind, verbose="error")
        for i, (name, size) in enumerate(shapes)
    ]


def test_averages_are_trials_and_their_errors_are_not(tmp_path):
    path = tmp_path / "x-ave.fif"
    both = [*averages(("a", 21), ("b", 21)), *averages(("a", 21), kind="standard_error")]
    mne.write_evokeds(path, both, verbose="error")
    fields = read_fif(path, "x")
    np.testing.assert_allclose(fields.given["activity"], DATA[:2, :3], rtol=1e-6)
    assert fields.given["condition"].tolist() == ["a", "b"]
    assert fields.tree["nave"].tolist() == [5, 6]
    other = tmp_path / "y-ave.fif"
    mne.write_evokeds(other, averages(("a", 21), ("b", 20)), verbose="error")
    refused(r"same channels and times; 'b' \(3 channels, 20 times\) differs from 'a' \(3, 21\)", other)


def continuous(folder, notes=None, steps=()):
    data = np.random.default_rng(3).normal(size=(4, 600))
    data[3] = 0
    for at, code in steps:
        data[3, at : at + 5] = code
    raw = mne.io.RawArray(data, info_of(["e1", "e2", "e3", "sti"], ["eeg"] * 3 + ["stim"]), first_samp=50)
    if notes:
        raw.set_annotations(mne.Annotations(*zip(*notes, strict=True)))
    path = folder / "x_raw.fif"
    raw.save(path, fmt="double", verbose="error")
    return path, data


@pytest.mark.parametrize("marks", ["annotations", "steps"])
def test_continuous_data_are_cut_around_what_marks_the_trials(tmp_path, marks):
    at, names = [100, 200, 300, 400], ["1", "2", "1", "2"]
    notes = [(t / RATE, 0.0, name) for t, name in zip(at, names, strict=True)]
    steps = [(t, int(name)) for t, name in zip(at, names, strict=True)]
    path, data = continuous(tmp_path, **({"notes": notes} if marks == "annotations" else {"steps": steps}))
    refused("continuous recording of 5.99 s.*'1' x 2, '2' x 2", path)
    fields = read_fif(path, "x", window=(-0.1, 0.2))
    np.testing.assert_array_equal(fields.given["activity"], [data[:3, t - 10 : t + 21] for t in at])
    assert fields.given["condition"].tolist() == names
    np.testing.assert_allclose(fields.tree["onset"], np.array(at) / RATE)


def test_what_is_marked_bad_is_no_trial(tmp_path):
    notes = [(1.0, 0, "a"), (2.0, 0, "b"), (2.1, 0.5, "BAD_blink"), (3.0, 0, "a"), (4.0, 0, "b")]
    path, _ = continuous(tmp_path, notes)
    with pytest.warns(NeurounivWarning, match=r"Left out: 1 of 4 events.*marked 'BAD_blink': 1"):
        fields = read_fif(path, "x", window=(0, 0.2))
    assert fields.given["condition"].tolist() == ["a", "a", "b"]


def test_files_without_trials(tmp_path):
    path, _ = continuous(tmp_path)
    refused("continuous recording without events", path, window=(0, 1))
    sources = tmp_path / "x-cov.fif"
    mne.make_ad_hoc_cov(info_of(), verbose="error").save(sources, verbose="error")
    refused("without epochs or averages", sources)
    dropped = epochs_of(NAMES[:3], TYPES[:3])
    dropped.drop(range(TRIALS), verbose="error")
    refused("x has no epochs", dropped)
