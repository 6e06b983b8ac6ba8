"""EEGLAB: files that eeglabio wrote, of both MATLAB versions, and their .fdt files, give back what was put in, in V."""

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.assembly.assemble import assemble
from neurouniv.systems.recordings.formats.mne.eeglab import is_eeglab, read_eeglab

pytest.importorskip("mne")
pytest.importorskip("pymatreader")
eeglabio = pytest.importorskip("eeglabio")
RATE, TRIALS, TIMES, NAMES = 100.0, 6, 11, ["Fz", "Cz"]
PLACES = np.array([[0.05, 0.06, 0.03], [0.0, 0.0, 0.09]])
EVENTS = np.c_[np.arange(TRIALS) * 100, np.zeros(TRIALS, int), np.arange(TRIALS) % 2 + 1]
IDS = {"face/happy": 1, "car": 2}
LABELS = ["face/happy", "car"] * 3


def volts(shape, seed=0):
    """Numbers in V that keep every digit as single-precision µV."""
    return np.random.default_rng(seed).integers(-500, 500, shape) * 1e-6


def write_epochs(path, fmt="v5", data=None, **more):
    data = volts((TRIALS, 2, TIMES)) if data is None else data
    args = (str(path), data, RATE, EVENTS, -0.05, 0.05, NAMES, IDS, PLACES)
    eeglabio.epochs.export_set(*args, fmt=fmt, **more)
    return data


def write_continuous(path, fmt="v5", names=("a", "b", "a", "b"), onsets=(0.5, 1.5, 2.5, 3.5), samples=500):
    data = volts((2, samples))
    marks = [list(names), np.array(onsets), np.zeros(len(names))] if names else None
    eeglabio.raw.export_set(str(path), data, RATE, NAMES, PLACES, marks, fmt=fmt)
    return data


def rewrite(path, new, drop=(), **fields):
    """The same file with some fields changed."""
    content = {name: value for name, value in loadmat(path).items() if name[0] != "_" and name not in drop}
    savemat(new, content | fields, appendmat=False)
    return new


def refused(message, path, **settings):
    with pytest.raises(InputError, match=message):
        read_eeglab(path, path.name, **settings)


@pytest.mark.parametrize("fmt", ["v5", "v7.3"])
def test_epochs_in_volts_with_their_events(tmp_path, fmt):
    path = tmp_path / "x.set"
    data = write_epochs(path, fmt)
    assert is_eeglab(path)
    fields = read_eeglab(path, "x.set")
    np.testing.assert_allclose(fields.given["activity"], data, rtol=1e-12)
    np.testing.assert_allclose(fields.given["latency"], np.arange(-5, 6) / RATE, atol=1e-12)
    assert fields.units == "V"
    assert fields.given["channel"].tolist() == NAMES
    assert fields.given["condition"].tolist() == LABELS
    assert fields.tree["event[0]"].tolist() == ["face", "car"] * 3
    assert fields.tree["event[1]"].tolist() == ["happy", ""] * 3
    rec = assemble(fields, {"condition": "event[0]"})
    assert rec.condition.values.tolist() == ["face", "car"] * 3


@pytest.mark.parametrize("fmt", ["v5", "v7.3"])
def test_of_several_events_the_one_at_zero_names_the_epoch(tmp_path, fmt):
    path = tmp_path / "x.set"
    keys = [
        ["key"] * 4,
        np.array([0.01, 0.14, 0.3, 0.63]),
        np.zeros(4),
    ]  # before and after the middle of epochs 0 1 2 5
    write_epochs(path, fmt, annotations=keys)
    assert read_eeglab(path, "x.set").given["condition"].tolist() == LABELS


def test_the_struct_eeg_and_single_variables_are_the_same(tmp_path):
    write_epochs(tmp_path / "x.set")
    content = {name: value for name, value in loadmat(tmp_path / "x.set").items() if name[0] != "_"}
    old = tmp_path / "old.set"
    savemat(old, {"EEG": content}, appendmat=False)
    assert is_eeglab(old)
    new, old = (read_eeglab(path, "x") for path in (tmp_path / "x.set", old))
    np.testing.assert_array_equal(new.given["activity"], old.given["activity"])
    assert new.given["condition"].tolist() == old.given["condition"].tolist()


def test_fields_of_events_subject_and_session_are_kept(tmp_path):
    write_epochs(tmp_path / "x.set")
    event = loadmat(tmp_path / "x.set", simplify_cells=True)["event"]
    event = np.rec.fromarrays(
        [
            np.array([e["type"] for e in event], object),
            [float(e["latency"]) for e in event],
            np.array([30.0, 0, 60, 0, 30, 60]),
        ],
        names=["type", "latency", "angle"],
    )
    path = rewrite(tmp_path / "x.set", tmp_path / "y.set", event=event, subject="S07", session=3.0, group="old")
    rec = assemble(read_eeglab(path, "y.set"), {"condition": "angle"})
    assert rec.condition.values.tolist() == ["30", "0", "60", "0", "30", "60"]
    fields = read_eeglab(path, "y.set")
    assert fields.given["subject"] == "S07"
    assert fields.given["session"] == 3
    assert fields.attrs == {"group": "old"}


@pytest.mark.parametrize("kind", ["epochs", "continuous"])
def test_data_in_an_fdt_file(tmp_path, kind):
    inside, path = tmp_path / "inside.set", tmp_path / "x.set"
    settings = {} if kind == "epochs" else {"window": (0, 0.1)}
    (write_epochs if kind == "epochs" else write_continuous)(inside)
    loadmat(inside)["data"].astype("<f4").ravel(order="F").tofile(tmp_path / "x.fdt")
    rewrite(inside, path, drop=["data"], data="x.fdt")
    one, other = (read_eeglab(p, p.name, **settings).given["activity"] for p in (inside, path))
    np.testing.assert_array_equal(one, other)
    content = (tmp_path / "x.fdt").read_bytes()
    (tmp_path / "x.fdt").write_bytes(content[:-8])
    refused(rf"x.set needs {len(content)} bytes of data in 'x.fdt'; got {len(content) - 8}", path, **settings)
    (tmp_path / "x.fdt").unlink()
    refused("keeps its data in 'x.fdt', which is not beside it", path, **settings)


@pytest.mark.parametrize("fmt", ["v5", "v7.3"])
def test_continuous_data_are_cut_around_events(tmp_path, fmt):
    path = tmp_path / "x.set"
    data = write_continuous(path, fmt)
    refused(r"continuous recording of 4.99 s.* events, which are 'a' x 2, 'b' x 2.*window=\(-0.1, 0.5\)", path)
    fields = read_eeglab(path, "x.set", window=(-0.1, 0.2))
    expected = [data[:, at - 10 : at + 21] for at in (50, 150, 250, 350)]
    np.testing.assert_allclose(fields.given["activity"], expected, rtol=1e-12)
    np.testing.assert_allclose(fields.given["latency"], np.arange(-10, 21) / RATE, atol=1e-12)
    assert fields.given["condition"].tolist() == ["a", "b", "a", "b"]
    assert fields.tree["onset"].tolist() == [0.5, 1.5, 2.5, 3.5]


def test_trials_do_not_cross_breaks_or_the_end(tmp_path):
    path = tmp_path / "x.set"
    write_continuous(path, names=("a", "b", "boundary", "a", "b"), onsets=(0.5, 1.5, 1.65, 2.5, 4.95))
    told = r"2 of 4 events.*crosses a break in the data: 1, the window ends after the data: 1"
    with pytest.warns(NeurounivWarning, match=told):
        fields = read_eeglab(path, "x.set", window=(-0.1, 0.2))
    assert fields.tree["onset"].tolist() == [0.5, 2.5]
    refused("No trial is left of 4 of 4 events", path, window=(-0.1, 20))


def test_events_that_are_not_trials_are_left_out_by_name(tmp_path):
    path = tmp_path / "x.set"
    write_continuous(path, names=("a", "key", "b", "key"), onsets=(0.5, 0.5, 2.5, 2.8))
    refused(r"2 events share their moment, the first are 'a' and 'key' at 0.5 s.*events=\"a\"", path, window=(0, 0.1))
    found = read_eeglab(path, "x.set", window=(0, 0.1), events=("a", "b"))
    assert found.given["condition"].tolist() == ["a", "b"]
    refused("`events='c'` picks none by 'c' in x.set; its events are 'a' x 1, 'b' x 1, 'key' x 2", path,
            window=(0, 0.1), events="c")  # fmt: skip


def test_without_events_there_are_no_trials(tmp_path):
    write_continuous(tmp_path / "x.set", names=())
    refused("continuous recording without events", tmp_path / "x.set", window=(0, 1))
    write_epochs(tmp_path / "y.set")
    bare = rewrite(tmp_path / "y.set", tmp_path / "z.set", drop=["event", "epoch"])
    refused("6 epochs but no events, so no conditions", bare)


def test_damaged_and_foreign_files(tmp_path):
    write_continuous(tmp_path / "x.set")
    early = np.rec.fromarrays([np.array(["a", "b"], object), [-20.0, 30.0]], names=["type", "latency"])
    path = rewrite(tmp_path / "x.set", tmp_path / "early.set", event=early)
    refused(r"1 events before its first sample \(the first at -20\)", path, window=(0, 0.1))
    several = tmp_path / "all.set"
    savemat(several, {"ALLEEG": np.zeros(2)}, appendmat=False)
    assert is_eeglab(several)
    refused(r"several EEGLAB data sets at once \(ALLEEG\)", several)
    plain = tmp_path / "plain.mat"
    savemat(plain, {"data": np.zeros((3, 4)), "srate": 100.0})
    assert not is_eeglab(plain)
    (tmp_path / "cut.set").write_bytes((tmp_path / "x.set").read_bytes()[:3000])
    refused("begins like an EEGLAB file but cannot be read .*cut short", tmp_path / "cut.set", window=(0, 0.1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": (0.2, 0.1)}, "stop after it starts, both in s from the event"),
        ({"window": "0.1"}, "s from the event; got '0.1'"),
        ({"window": (-0.1, 0.2)}, "goes beyond the epochs, which run from -0.05 to 0.05 s"),
        ({"channels": "mag"}, "picks nothing by 'mag' in x.set; it has 2 eeg.* such as 'Fz'"),
    ],
)
def test_settings_that_do_not_fit(tmp_path, settings, message):
    write_epochs(tmp_path / "x.set")
    refused(message, tmp_path / "x.set", **settings)
