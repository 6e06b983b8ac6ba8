"""Neo's objects and files: spikes of units counted around events, and signals around them."""

import struct

import numpy as np
import pytest

from neurouniv.cli import run_command
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

neo = pytest.importorskip("neo")
pq = pytest.importorskip("quantities")
ONSET, CODES = np.arange(1.0, 9.0), np.array([3, 7] * 4)
RNG = np.random.default_rng(0)
TRAINS = {"ch1#1": np.sort(RNG.uniform(0, 10, 400)), "ch1#2": np.sort(RNG.uniform(0, 10, 150))}


def counted(first=0.0, last=0.5, onset=ONSET):
    """Rates (trial, unit) by NumPy alone."""
    return np.array(
        [[np.sum((t >= s + first) & (t < s + last)) / (last - first) for t in TRAINS.values()] for s in onset]
    )


def block(**channels):
    segment = neo.Segment()
    for name, times in TRAINS.items():
        segment.spiketrains.append(neo.SpikeTrain(times * pq.s, t_stop=10 * pq.s, name=name))
    for name, labels in (channels or {"codes": CODES.astype(str)}).items():
        segment.events.append(neo.Event(ONSET * pq.s, labels=np.asarray(labels), name=name))
    made = neo.Block()
    made.segments.append(segment)
    return made


def test_rates_around_events_are_those_of_numpy():
    rec = read_recording(block(), window=(0, 0.5))
    np.testing.assert_allclose(rec.activity.values, counted())
    assert rec.condition.values.tolist() == CODES.astype(str).tolist()
    assert rec.channel.values.tolist() == list(TRAINS)
    assert rec.activity.attrs["units"] == "spikes/s"
    binned = read_recording(block(), window=(-0.1, 0.1), bin=0.1)
    np.testing.assert_allclose(binned.activity.values[..., 1], counted(0, 0.1))


def test_without_a_window_the_events_are_listed():
    with pytest.raises(InputError, match=r"events 'codes': '3' x 4, '7' x 4.*window=\(0, 0.5\)"):
        read_recording(block())


def test_channels_of_events_are_chosen_between():
    two = block(codes=CODES.astype(str), licks=["lick"] * 8)
    with pytest.raises(InputError, match=r"2 channels of events: 'codes': '3' x 4, '7' x 4; 'licks': 'lick' x 8"):
        read_recording(two, window=(0, 0.5))
    rec = read_recording(two, trials="codes", window=(0, 0.5))
    np.testing.assert_allclose(rec.activity.values, counted())
    one = read_recording(block(codes=np.where(ONSET > 6, "start", CODES.astype(str))), events="3,7", window=(0, 0.5))
    np.testing.assert_allclose(one.activity.values, counted(onset=ONSET[:6]))


def test_a_table_of_trials_instead_of_events():
    import pandas as pd

    table = pd.DataFrame({"onset": ONSET + 0.25, "odour": ["a", "b"] * 4})
    rec = read_recording(block(licks=["lick"] * 8), trials=table, condition="odour", window=(0, 0.5))
    np.testing.assert_allclose(rec.activity.values, counted(onset=ONSET + 0.25))


def test_a_signal_around_events():
    made = block()
    made.segments[0].spiketrains.clear()
    values = RNG.normal(size=(10_000, 2))
    made.segments[0].analogsignals.append(neo.AnalogSignal(values * pq.uV, sampling_rate=1 * pq.kHz, name="lfp"))
    rec = read_recording(made, window=(0, 0.5))
    means = np.array([values[int(t * 1000) : int(t * 1000) + 500].mean(0) for t in ONSET])
    np.testing.assert_allclose(rec.activity.values, means)
    assert rec.activity.attrs["units"] == "uV"


def test_segments_whose_clock_starts_again_are_refused():
    made = block()
    made.segments.append(block().segments[0])
    with pytest.raises(InputError, match="2 segments whose clocks start again"):
        read_recording(made, window=(0, 0.5))


def write_blackrock(path, noise=False):
    """A Blackrock .nev file of version 2.3: sorted spikes of electrode 1, and digital codes."""
    wave = struct.pack("<8sHBBHHhhBBH8s", b"NEUEVWAV", 1, 1, 1, 1000, 0, 0, 0, 2, 2, 48, b"")
    packets = [(round(t * 30000), 1, int(n[-1])) for n, times in TRAINS.items() for t in times]
    packets += [(round(t * 30000), 1, 255) for t in ONSET] if noise else []
    packets += [(round(t * 30000), 0, int(code)) for t, code in zip(ONSET, CODES, strict=True)]
    start = (2024, 1, 0, 1, 1, 1, 1, 1)
    about = (b"NEURALEV", 2, 3, 1, 336 + 32, 104, 30000, 30000, *start, b"test", b"", 1)
    head = struct.pack("<8sBBHIIII8H32s256sI", *about)
    body = b""
    for time, electrode, value in sorted(packets):
        body += struct.pack("<IH", time, electrode)
        body += (struct.pack("<BB", value, 0) if electrode else struct.pack("<BBH", 1, 0, value)).ljust(98, b"\0")
    path.write_bytes(head + wave + body)
    return path


def test_a_blackrock_file_from_the_file_to_the_recording(tmp_path, capsys):
    path = write_blackrock(tmp_path / "x.nev", noise=True)
    assert run_command(["read", str(path)]) == 2
    text = capsys.readouterr().err
    assert "'3' x 4, '7' x 4" in text
    assert "--map window=0,0.5" in text
    assert run_command(["read", str(path), "--map", "window=0,0.5"]) == 0
    shown = capsys.readouterr().out
    assert "8 trials, 2 channels, 2 conditions" in shown
    rec = read_recording(path, window=(0, 0.5))
    np.testing.assert_allclose(rec.activity.values, counted())
    assert "1 units of noise" in rec.attrs["notes"]


def test_a_damaged_file_and_an_extra_that_is_not_installed(tmp_path, monkeypatch):
    path = write_blackrock(tmp_path / "x.nev")
    path.write_bytes(path.read_bytes()[:350])
    with pytest.raises(InputError, match=r"x.nev"):
        read_recording(path, window=(0, 0.5))
    write_blackrock(path)
    monkeypatch.setitem(__import__("sys").modules, "neo", None)
    with pytest.raises(InputError, match=r"pip install neurouniv\[neo\]"):
        read_recording(path, window=(0, 0.5))


def test_a_file_that_ends_within_a_packet_is_told(tmp_path):
    path = write_blackrock(tmp_path / "x.nev")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.warns(NeurounivWarning, match=r"x.nev ends within a packet"):
        read_recording(path, window=(0, 0.5))
