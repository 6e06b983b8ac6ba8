"""Continuous EEG of devices (EDF, BDF, EGI) cut around events of a table, of annotations, of the status channel."""

import warnings

import numpy as np
import pytest

from neurouniv.cli import run_command
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

mne = pytest.importorskip("mne")
RATE, SECONDS = 100, 20
SIGNALS = {
    name: np.random.default_rng(k).integers(-900, 900, RATE * SECONDS) for k, name in enumerate(("Cz", "Pz", "Oz"))
}
ONSET = np.arange(2, 18, 1.5)
MARKS = "EDF Annotations"
NAMES = np.array(["face", "house"])[np.arange(ONSET.size) % 2]


def write_edf(path, signals, rate, units="uV", bdf=False):
    """EDF (or BDF, of 24 bits) of whole numbers by channel name, one record of a second each."""
    names, count = list(signals), len(next(iter(signals.values()))) // rate
    units = [units] * len(names) if isinstance(units, str) else list(units)
    low, high = (-8388608, 8388607) if bdf else (-32768, 32767)

    def column(texts, width):
        return "".join(str(text).ljust(width)[:width] for text in texts).encode("latin-1")

    def same(text, width):
        return column([text] * len(names), width)

    head = (b"\xffBIOSEMI" if bdf else b"0       ") + column(["X", "X"], 80) + column(["01.01.24", "10.00.00"], 8)
    head += column([256 * (1 + len(names))], 8) + column(["24BIT" if bdf else "EDF+C" if MARKS in signals else ""], 44)
    head += column([count, 1], 8) + column([len(names)], 4)
    head += column(names, 16) + same("", 80) + column(units, 8) + same(low, 8) + same(high, 8) + same(low, 8)
    head += same(high, 8) + same("", 80) + same(rate, 8) + same("", 32)
    table = np.stack([np.asarray(signals[name], dtype="<i4") for name in names]).reshape(len(names), count, rate)
    numbers = np.ascontiguousarray(table.swapaxes(0, 1)).ravel()
    data = numbers.view("u1").reshape(-1, 4)[:, :3].tobytes() if bdf else numbers.astype("<i2").tobytes()
    path.write_bytes(head + data)
    return path


def marks(onset, names, seconds=SECONDS):
    """The channel of annotations of an EDF+ file: each record has its time, the first one all the texts."""
    texts = "".join(f"+{time:g}\x14{name}\x14\x00" for time, name in zip(onset, names, strict=True))
    records = [f"+{k}\x14\x14\x00" + (texts if k == 0 else "") for k in range(seconds)]
    return np.frombuffer("".join(record.ljust(2 * RATE, "\x00") for record in records).encode(), "<i2")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sub-1_task-x_eeg.edf"


def write_events(path, onset=ONSET, **columns):
    columns = {"onset": onset, "duration": np.zeros(len(onset)), **(columns or {"trial_type": NAMES})}
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join("\t".join(map(str, row)) for row in (columns, *rows)))
    return path


def cut(names, window=(-0.1, 0.3), onset=ONSET):
    """What the recording is to be, in ten lines of NumPy: (trial, channel, latency) in V."""
    samples = np.round(np.asarray(onset) * RATE).astype(int)
    offsets = np.arange(round(window[0] * RATE), round(window[1] * RATE) + 1)
    data = np.stack([SIGNALS[name] for name in names]) * 1e-6
    return data[:, samples[:, None] + offsets].swapaxes(0, 1)


def test_the_table_of_bids_beside_the_file_gives_the_events_and_that_is_said(path):
    write_edf(path, SIGNALS, RATE)
    write_events(path.with_name("sub-1_task-x_events.tsv"), trial_type=NAMES, rt=np.arange(ONSET.size) / 10)
    rec = read_recording(path, window=(-0.1, 0.3))
    np.testing.assert_allclose(rec.activity.values, cut(SIGNALS), atol=1e-12)
    assert rec.condition.values.tolist() == NAMES.tolist()
    assert rec.attrs["events_from"] == "sub-1_task-x_events.tsv"
    assert rec.activity.attrs["units"] == "V"
    np.testing.assert_allclose(rec.latency.values, np.arange(-10, 31) / 100)
    early = read_recording(path, window=(-0.1, 0.3), keep=("rt", None, 0.55))
    assert early.sizes["trial"] == 6


def test_from_the_file_to_the_recording_it_takes_two_calls(path, tmp_path, capsys):
    write_edf(path, SIGNALS, RATE)
    assert run_command(["read", str(path)]) == 2
    text = capsys.readouterr().err
    assert "without events" in text
    assert "--map events=events.tsv window=-0.1,0.5" in text
    events = write_events(tmp_path / "mine.tsv")
    assert run_command(["read", str(path), "--map", f"events={events}"]) == 2
    text = capsys.readouterr().err
    assert "'face' x 6, 'house' x 5" in text
    assert "--map window=-0.1,0.5" in text
    run_command(["read", str(path), "--map", f"events={events}", "window=-0.1,0.3"])
    shown = capsys.readouterr().out
    assert "11 trials, 3 channels, 2 conditions" in shown


def test_a_table_in_memory_names_of_events_and_a_column_as_condition(path, tmp_path):
    import pandas as pd

    write_edf(path, SIGNALS, RATE)
    table = pd.DataFrame({"onset": ONSET, "stim": np.arange(ONSET.size) % 3})
    rec = read_recording(path, events=table, condition="stim", window=(-0.1, 0.3))
    np.testing.assert_allclose(rec.activity.values, cut(SIGNALS), atol=1e-12)
    with pytest.raises(InputError, match=r'read_recording\(.*condition="stim"'):
        read_recording(path, events=table, window=(-0.1, 0.3))
    events = write_events(tmp_path / "mine.tsv", trial_type=np.r_[["cue"], NAMES[1:]])
    chosen = read_recording(path, events=f"{events},face,house", window=(-0.1, 0.3))
    np.testing.assert_allclose(chosen.activity.values, cut(SIGNALS)[1:], atol=1e-12)


@pytest.mark.parametrize(
    ("columns", "onset", "message"),
    [
        ({}, ONSET * 1000, "Are they milliseconds, samples"),
        ({}, ONSET - 5, "lie before its start"),
        ({}, ["x"] * ONSET.size, "needs numbers, s from the recording's start"),
        ({"trial_type": ["n/a"] * ONSET.size}, ONSET, "has no event with an onset and a name"),
    ],
)
def test_tables_that_do_not_fit_are_refused(path, tmp_path, columns, onset, message):
    write_edf(path, SIGNALS, RATE)
    events = write_events(tmp_path / "mine.tsv", onset, **columns)
    with pytest.raises(InputError, match=message):
        read_recording(path, events=events, window=(-0.1, 0.3))
    (tmp_path / "no.tsv").write_text("time\tname\n1\ta\n2\tb\n")
    with pytest.raises(InputError, match=r"needs a column `onset`.*it has time, name"):
        read_recording(path, events=tmp_path / "no.tsv", window=(-0.1, 0.3))
    with pytest.raises(InputError, match="There is no table of events"):
        read_recording(path, events=tmp_path / "absent.tsv", window=(-0.1, 0.3))


@pytest.mark.parametrize(("bits", "told"), [(0x10000, "0x10000"), (0xFF00, "0xff00"), (0x1FF00, "0xff00"), (0, "")])
def test_masks_of_biosemi_are_left_out_and_said(tmp_path, bits, told):
    status = np.full(RATE * SECONDS, bits)
    samples = np.round(ONSET * RATE).astype(int)
    codes = np.arange(ONSET.size) % 2 + 1
    for sample, code in zip(samples, codes, strict=True):
        status[sample : sample + 5] = bits + code
    path = write_edf(tmp_path / "x.bdf", {**SIGNALS, "Status": status}, RATE, ["uV"] * 3 + ["Boolean"], bdf=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rec = read_recording(path, window=(-0.1, 0.3))
    assert rec.condition.values.tolist() == [str(code) for code in codes]
    np.testing.assert_allclose(rec.activity.values, cut(SIGNALS), atol=1e-12)
    texts = " ".join(str(warning.message) for warning in caught)
    assert (told in texts and "are no triggers" in texts) if told else not texts


def test_two_places_of_events_are_chosen_between(path):
    status = np.zeros(RATE * SECONDS, dtype=int)
    status[np.round(ONSET * RATE).astype(int)] = 3 + np.arange(ONSET.size) % 2
    few = marks(ONSET[:6], NAMES[:6])
    write_edf(path, {**SIGNALS, "Status": status, MARKS: few}, RATE, ["uV"] * 4 + [""])
    with pytest.raises(InputError, match=r"events in two places, annotations: 'face' x 3.*stim: '3' x 6, '4' x 5"):
        read_recording(path, window=(-0.1, 0.3))
    rec = read_recording(path, events="annotations", window=(-0.1, 0.3))
    np.testing.assert_allclose(rec.activity.values, cut(SIGNALS, onset=ONSET[:6]), atol=1e-12)
    assert read_recording(path, events="3,4", window=(-0.1, 0.3)).sizes["trial"] == ONSET.size
    write_edf(path, {**SIGNALS, "Status": status}, RATE)
    rec = read_recording(path, events="stim", window=(-0.1, 0.3))
    assert rec.condition.values[:3].tolist() == ["3", "4", "3"]
    with pytest.raises(InputError, match="has no events in its annotations; it has stim"):
        read_recording(path, events="annotations", window=(-0.1, 0.3))


def test_channels_that_are_no_eeg_are_left_out_and_said(path):
    names = ("Cz", "EOG left", "DIG DTRIG", "Temp")
    signals = dict(zip(names, [SIGNALS["Cz"], SIGNALS["Pz"], SIGNALS["Oz"], SIGNALS["Oz"]], strict=True))
    write_edf(path, signals, RATE, ["uV", "uV", "uV", "degC"])
    write_events(path.with_name("sub-1_task-x_events.tsv"))
    with pytest.warns(NeurounivWarning) as caught:
        rec = read_recording(path, window=(-0.1, 0.3))
    assert rec.channel.values.tolist() == ["Cz"]
    texts = " ".join(str(warning.message) for warning in caught)
    assert "DIG DTRIG, EOG left" in texts
    path.with_name("sub-1_task-x_channels.tsv").write_text(
        "name\ttype\tstatus\nCz\tEEG\tgood\nEOG left\tEEG\tgood\nDIG DTRIG\tEEG\tbad\nTemp\tMISC\tgood"
    )
    rec = read_recording(path, window=(-0.1, 0.3))
    assert rec.channel.values.tolist() == ["Cz", "EOG left"]
    assert rec.attrs["bad_channels"] == "DIG DTRIG"


def test_the_content_not_the_name_tells_an_edf_file(path, tmp_path):
    write_edf(tmp_path / "x.rec", SIGNALS, RATE)
    events = write_events(tmp_path / "mine.tsv")
    rec = read_recording(tmp_path / "x.rec", events=events, window=(-0.1, 0.3))
    np.testing.assert_allclose(rec.activity.values, cut(SIGNALS), atol=1e-12)


def test_means_are_those_of_mne(path, tmp_path):
    write_edf(path, SIGNALS, RATE)
    rec = read_recording(path, events=write_events(tmp_path / "mine.tsv"), window=(-0.1, 0.3))
    raw = mne.io.read_raw_edf(path, verbose="error")
    events = np.c_[np.round(ONSET * RATE), np.zeros(ONSET.size), np.arange(ONSET.size) % 2 + 1].astype(int)
    epochs = mne.Epochs(raw, events, {"face": 1, "house": 2}, -0.1, 0.3, baseline=None, preload=True, verbose="error")
    for name in ("face", "house"):
        mean = rec.activity.values[rec.condition.values == name].mean(0)
        np.testing.assert_allclose(mean, epochs[name].average().data, atol=1e-15)


def test_bytes_inserted_or_cut_away_are_told(path, tmp_path):
    write_edf(path, SIGNALS, RATE)
    events = write_events(tmp_path / "mine.tsv")
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"abc" + whole[5000:])
    with pytest.warns(NeurounivWarning, match=r"has 13027 bytes and by its header 13024"):
        read_recording(path, events=events, window=(-0.1, 0.3))


def test_fields_of_its_events_need_no_window(path, capsys):
    write_edf(path, SIGNALS, RATE)
    write_events(path.with_name("sub-1_task-x_events.tsv"), trial_type=NAMES, reward=np.arange(ONSET.size) % 3)
    assert run_command(["read", str(path), "--fields"]) == 0
    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert rows["trial_type"] == [str(ONSET.size), "str", "face,", "house"]
    assert "reward" in rows
    assert run_command(["read", str(path), "--map", "window=0,0.5"]) == 0
    assert "events: of sub-1_task-x_events.tsv" in capsys.readouterr().out
