"""Spikes and series cut around onsets: the same numbers as from NWB, and as from a few lines of NumPy."""

import zipfile
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb

RATE = 30_000.0


@pytest.fixture(scope="module")
def simulated():
    task = nu.tasks.two_points()
    rec = nu.simulate_brain(task, world="universal", sessions=2, repeats=3, runs=3, neurons=7, seed=1)
    return rec.assign_attrs(window=float(rec.attrs["window"]))


@pytest.fixture(scope="module")
def from_nwb(simulated, tmp_path_factory):
    pytest.importorskip("pynwb")
    path = write_nwb(simulated, tmp_path_factory.mktemp("nwb") / "x.nwb")
    return path, nu.read_recording(path)


@pytest.fixture(scope="module")
def spikes(from_nwb):
    """Times (s), units and the table of trials of the NWB file."""
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(from_nwb[0]), "r") as file:
        nwb = file.read()
        trains = [np.asarray(nwb.units["spike_times"][n]) for n in range(len(nwb.units))]
        ids = np.asarray(nwb.units.id[:])
        table = nwb.trials.to_dataframe().reset_index(drop=True)
    times, units = np.concatenate(trains), np.repeat(ids, [len(train) for train in trains])
    order = np.argsort(times)
    return times[order], units[order], table, trains


def same(rec, expected):
    np.testing.assert_array_equal(rec.activity.values, expected.activity.values)
    assert rec.condition.values.tolist() == expected.condition.values.tolist()
    assert rec.session.values.tolist() == expected.session.values.tolist()
    assert rec.activity.attrs["units"] == "spikes/s"


def test_spike_times_and_units_in_a_dict(spikes, from_nwb, simulated):
    times, units, table, trains = spikes
    window = (0, simulated.attrs["window"])
    settings = {"trials": table, "window": window}
    rec = nu.read_recording({"spike_times": times, "spike_clusters": units}, onset="start_time", **settings)
    same(rec, from_nwb[1])
    assert rec.channel.values.tolist() == from_nwb[1].channel.values.tolist()
    same(
        nu.read_recording({"st": times, "who": units}, spike_times="st", spike_clusters="who", **settings), from_nwb[1]
    )
    same(nu.read_recording({"units": trains}, spike_times="units", **settings), from_nwb[1])
    in_ms = {"spike_times": times * 1000, "spike_clusters": units}
    same(nu.read_recording(in_ms, spike_unit="ms", **settings), from_nwb[1])


def test_a_table_of_trials_is_in_the_history_by_its_name(spikes, tmp_path):
    times, units, table, _ = spikes
    table.to_csv(tmp_path / "trials.csv")
    given = {"spike_times": times, "spike_clusters": units}
    rec = nu.read_recording(given, trials=tmp_path / "trials.csv", onset="start_time", window=(0, 0.5))
    assert history(rec)[-1]["settings"]["trials"] == "trials.csv"


def test_a_workbook_as_table_of_trials_is_told_so(spikes, tmp_path):
    with zipfile.ZipFile(tmp_path / "trials.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    held = {"spike_times": spikes[0], "spike_clusters": spikes[1]}
    with pytest.raises(InputError, match="An Excel workbook: save its sheet as CSV"):
        nu.read_recording(held, trials=tmp_path / "trials.xlsx", window=(0, 0.5))


def test_rates_are_counts_over_the_window(spikes):
    times, units, table, _ = spikes
    rec = nu.read_recording({"spike_times": times, "spike_clusters": units}, trials=table, window=(-0.1, 0.5), bin=0.2)
    edges = table["start_time"].to_numpy()[:, None] + np.linspace(-0.1, 0.5, 4)
    for unit in np.unique(units):
        own = times[units == unit]
        counts = [[((own >= a) & (own < b)).sum() for a, b in pairwise(e)] for e in edges]
        np.testing.assert_allclose(rec.activity.sel(channel=unit).values, np.array(counts) / 0.2, rtol=1e-12)
    np.testing.assert_allclose(rec.latency.values, [0.0, 0.2, 0.4], atol=1e-12)


@pytest.fixture
def phy(tmp_path, spikes):
    times, units, table, _ = spikes
    folder = tmp_path / "phy"
    folder.mkdir()
    np.save(folder / "spike_times.npy", np.round(times * RATE).astype(np.uint64)[:, None])
    np.save(folder / "spike_clusters.npy", units.astype(np.int32))
    (folder / "params.py").write_text(
        "dat_path = 'x.dat'\nn_channels_dat = 384\nsample_rate = 30000.\nhp_filtered = False\n"
    )
    names = "\n".join(f"{unit}\tgood" for unit in np.unique(units))
    (folder / "cluster_group.tsv").write_text(f"cluster_id\tgroup\n{names}\n")
    table.to_csv(folder / "trials.csv", index=False)
    return folder


def test_a_folder_of_phy(phy, from_nwb, simulated):
    rec = nu.read_recording(phy, trials="trials", window=(0, simulated.attrs["window"]))
    same(rec, from_nwb[1])
    units = rec.channel.values
    labels = "".join(f"{unit}\t{'good' if unit < 4 else 'mua' if unit < 6 else ''}\n" for unit in units)
    (phy / "cluster_group.tsv").write_text(f"cluster_id\tgroup\n{labels}")
    some = nu.read_recording(phy, trials="trials", window=(0, 0.5))
    assert some.channel.values.tolist() == [unit for unit in units if unit < 4]
    assert f"left out: {units.size - 4} of {units.size} units are not good" in some.attrs["notes"]
    both = nu.read_recording(phy, trials="trials", window=(0, 0.5), quality="good,mua")
    assert both.channel.values.tolist() == [unit for unit in units if unit < 6]
    assert nu.read_recording(phy, trials="trials", window=(0, 0.5), quality="all").sizes["channel"] == units.size
    with pytest.raises(InputError, match=r"No unit of .* is labelled 'noise'; labels .*: good 4, mua 2, none"):
        nu.read_recording(phy, trials="trials", window=(0, 0.5), quality="noise")


def test_params_are_text_and_are_never_run(phy, tmp_path):
    (phy / "params.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\nsample_rate = 3e4  # Hz\n")
    assert nu.read_recording(phy, trials="trials", window=(0, 0.5)).sizes["trial"] == 12
    assert not (tmp_path / "run").exists()
    (phy / "params.py").unlink()
    with pytest.raises(InputError, match="the rate of its samples"):
        nu.read_recording(phy, trials="trials", window=(0, 0.5))


def test_onsets_in_samples_and_milliseconds(phy, from_nwb, spikes, simulated):
    table, window = spikes[2], (0, simulated.attrs["window"])
    samples = table.assign(onset=np.round(table["start_time"] * RATE).astype(int))
    with pytest.raises(InputError, match=r'whole numbers up to .*onset_unit="frame".*onset_unit="ms"'):
        nu.read_recording(phy, trials=samples, onset="onset", window=window)
    same(nu.read_recording(phy, trials=samples, onset="onset", onset_unit="sample", window=window), from_nwb[1])
    in_ms = table.assign(onset=table["start_time"] * 1000)
    same(nu.read_recording(phy, trials=in_ms, onset="onset", onset_unit="ms", window=window), from_nwb[1])


def test_one_message_says_what_is_there_what_is_missing_and_the_call(phy):
    with pytest.raises(InputError) as caught:
        nu.read_recording(phy)
    text = str(caught.value)
    assert "spikes of 7 units" in text
    assert "needs a table of trials, the condition of each trial, the window around each onset" in text
    assert "'trials.csv' with the columns start_time, stop_time, condition" in text
    assert f'read_recording("{phy}", trials="trials.csv", window=(0, 1))' in text
    assert f"neurouniv read {phy} --map trials=trials.csv window=0,1" in text


@pytest.mark.parametrize("uuid", ["", ".0e5e0f4b-2f0f-4d6e-9d0f-6f8a2b7c1d3e"])
def test_a_session_of_ibl(tmp_path, spikes, from_nwb, simulated, uuid):
    pytest.importorskip("pyarrow")
    times, units, table, _ = spikes
    alf = tmp_path / "KS014" / "2019-12-07" / "001" / "alf"
    probe = alf / "probe00" / "pykilosort"
    probe.mkdir(parents=True)
    np.save(probe / f"spikes.times{uuid}.npy", times)
    np.save(probe / f"spikes.clusters{uuid}.npy", units.astype(np.uint32))
    metrics = pd.DataFrame({"cluster_id": np.unique(units), "label": 1.0})
    metrics.to_parquet(probe / f"clusters.metrics{uuid}.pqt")
    trials = table.rename(columns={"start_time": "stimOn_times"}).drop(columns="stop_time")
    trials["goCue_times"] = trials["stimOn_times"] + 0.05
    trials["contrastLeft"], trials["contrastRight"] = [np.nan, 0.5] * 6, [0.25, np.nan] * 6
    trials.to_parquet(alf / f"_ibl_trials.table{uuid}.pqt")
    window = (0, simulated.attrs["window"])
    for place in (alf.parent, alf, alf / "probe00", probe):
        rec = nu.read_recording(place, window=window)
        same(rec, from_nwb[1])
        assert rec.attrs["subject"] == "KS014"
        assert rec.attrs["started"] == "2019-12-07"
    signed = nu.read_recording(alf, window=window, condition="signed_contrast")
    assert signed.condition.values[:2].tolist() == ["0.25", "-0.5"]
    metrics["label"] = np.where(metrics["cluster_id"] < 3, 1.0, 0.66)
    metrics.to_parquet(probe / f"clusters.metrics{uuid}.pqt")
    assert nu.read_recording(alf, window=window).channel.values.tolist() == [0, 1, 2]
    trials.loc[3, "stimOn_times"] = np.nan
    trials.to_parquet(alf / f"_ibl_trials.table{uuid}.pqt")
    with pytest.warns(NeurounivWarning, match=r"1 of 12 rows of .* have no onset and are left out \(rows 3\)"):
        rec = nu.read_recording(alf, window=window)
    assert rec.trial.values.tolist() == [0, 1, 2, *range(4, 12)]


def test_two_probes_are_read_side_by_side(tmp_path, spikes, simulated):
    times, units, table, _ = spikes
    for probe, shift in (("probe00", 0.0), ("probe01", 0.1)):
        folder = tmp_path / "alf" / probe
        folder.mkdir(parents=True)
        np.save(folder / "spikes.times.npy", times + shift)
        np.save(folder / "spikes.clusters.npy", units)
    np.save(tmp_path / "alf" / "_ibl_trials.stimOn_times.npy", table["start_time"].to_numpy())
    np.save(tmp_path / "alf" / "_ibl_trials.choice.npy", np.arange(12) % 2)
    rec = nu.read_recording(tmp_path, window=(0, 0.5), condition="choice")
    assert rec.channel.values[[0, 7]].tolist() == ["probe00_0", "probe01_0"]
    assert rec.probe.values.tolist() == ["probe00"] * 7 + ["probe01"] * 7
    first = times[(units == 0) & (times >= table["start_time"][2]) & (times < table["start_time"][2] + 0.5)]
    assert rec.activity.values[2, 0] == first.size / 0.5
    shifted = times[units == 0] + 0.1 - table["start_time"][2]
    assert rec.activity.values[2, 7] == ((shifted >= 0) & (shifted < 0.5)).sum() / 0.5


def test_trials_that_no_spike_reaches(spikes):
    times, units, table, _ = spikes
    held = {"spike_times": times, "spike_clusters": units}
    late = table.assign(start_time=table["start_time"] + np.where(np.arange(len(table)) < 10, 0, 1e5))
    with pytest.warns(NeurounivWarning, match=r"2 of 12 trials \(10, 11, counted from 0\) lie before the first spike"):
        nu.read_recording(held, trials=late, window=(0, 0.5))
    with pytest.raises(InputError, match=r"No spike lies in a trial: the .* of 7 units .* the 12 trials.*onset_unit"):
        nu.read_recording(held, trials=table.assign(start_time=table["start_time"] + 1e5 + 0.5), window=(0, 0.5))
    with pytest.raises(InputError, match=r'whole numbers up to .*spike_unit="sample", rate=30000'):
        nu.read_recording(
            {"spike_times": np.round(times * RATE), "spike_clusters": units}, trials=table, window=(0, 0.5)
        )


def test_spikes_without_units_are_of_one_unit_unless_a_field_may_tell_them_apart(spikes):
    times, units, table, _ = spikes
    rec = nu.read_recording({"st": times}, spike_times="st", trials=table, window=(0, 0.5))
    assert rec.sizes["channel"] == 1
    with pytest.raises(InputError, match=r"The unit of each spike.*'who' has as many.*spike_clusters=\"who\""):
        nu.read_recording({"st": times, "who": units}, spike_times="st", trials=table, window=(0, 0.5))


def test_fields_of_the_file_are_the_table_where_they_hold_onsets(tmp_path, spikes, from_nwb, simulated):
    from scipy.io import savemat

    times, units, table, trains = spikes
    window = (0, simulated.attrs["window"])
    cells = np.empty(len(trains), dtype=object)
    cells[:] = [train[:, None] for train in trains]
    labels = table["condition"].to_numpy().astype(object)
    content = {
        "spikes": cells,
        "stimOnset": table["start_time"].to_numpy(),
        "stim": labels,
        "day": table["session"].to_numpy(),
    }
    savemat(tmp_path / "m1.mat", content)
    rec = nu.read_recording(
        tmp_path / "m1.mat", spike_times="spikes", onset="stimOnset", condition="stim", session="day", window=window
    )
    same(rec, from_nwb[1])
    struct = {"onset": content["stimOnset"], "condition": labels, "session": content["day"]}
    savemat(tmp_path / "m2.mat", {"spike_times": times, "spike_clusters": units, "trials": struct})
    same(nu.read_recording(tmp_path / "m2.mat", trials="trials", window=window), from_nwb[1])
    np.savez(tmp_path / "m3.npz", spike_times=times, spike_clusters=units, onset=table["start_time"],
             condition=table["condition"].to_numpy().astype(str), session=table["session"])  # fmt: skip
    same(nu.read_recording(tmp_path / "m3.npz", window=window), from_nwb[1])
    per_spike = {"spike_times": times, "spike_clusters": units, "trial": np.zeros(times.size, dtype=int)}
    same(nu.read_recording(per_spike, trials=table, window=window), from_nwb[1])


def test_spikes_beside_a_table_of_rates_are_let_be(spikes):
    times, units, _, _ = spikes
    held = {"spike_times": times, "spike_clusters": units, "rates": np.eye(4, 3), "stim": np.array(list("abab"))}
    rec = nu.read_recording(held, activity="rates", condition="stim")
    np.testing.assert_array_equal(rec.activity.values, np.eye(4, 3))
    with pytest.raises(InputError, match="`activity` is of trials, and window are for series or spikes"):
        nu.read_recording(held, activity="rates", condition="stim", window=(0, 1))


def test_several_sessions_have_tables_of_their_own(tmp_path, phy, spikes):
    import shutil

    other = tmp_path / "phy2"
    shutil.copytree(phy, other)
    with pytest.raises(InputError, match="hold the same, byte by byte"):
        nu.read_recording([phy, other], trials="trials", window=(0, 0.5))
    np.save(other / "spike_times.npy", np.load(phy / "spike_times.npy") + 300)
    spikes[2].assign(start_time=spikes[2]["start_time"] + 0.01, session=9).to_csv(other / "trials.csv", index=False)
    spikes[2].assign(session=8).to_csv(phy / "trials.csv", index=False)
    apart = nu.read_recording([phy, other], trials="trials.csv", window=(0, 0.5))
    assert apart.sizes["channel"] == 14  # unit 3 of one session is not unit 3 of another
    assert apart.channel.values[[0, 7]].tolist() == ["ses-8/0", "ses-9/0"]
    rec = nu.read_recording([phy, other], trials="trials.csv", window=(0, 0.5), match_channels="name")
    assert np.unique(rec.session).tolist() == [8, 9]
    np.testing.assert_array_equal(rec.activity.values[:12], rec.activity.values[12:])
    one_each = nu.read_recording(
        [phy, other], trials=[phy / "trials.csv", other / "trials.csv"], window=(0, 0.5), match_channels="name"
    )
    xr.testing.assert_equal(one_each.activity, rec.activity)
    folder = nu.read_recording(tmp_path, trials="trials.csv", window=(0, 0.5), match_channels="name")
    xr.testing.assert_equal(folder.activity, rec.activity)
    with pytest.warns(NeurounivWarning, match="1 of 2 recordings are cut at the onsets of a table of trials that"):
        nu.read_recording([phy, other], trials=phy / "trials.csv", session=[1, 2], window=(0, 0.5))


def test_recordings_that_were_not_read_alike_are_told(tmp_path, phy, spikes):
    import shutil

    other = tmp_path / "phy2"
    shutil.copytree(phy, other)
    (other / "cluster_group.tsv").unlink()
    spikes[2].assign(session=9).to_csv(other / "trials.csv", index=False)
    spikes[2].assign(session=8).to_csv(phy / "trials.csv", index=False)
    with pytest.warns(NeurounivWarning, match=r"not read alike: 'phy' .*labelled good.*'phy2' .*none is labelled"):
        nu.read_recording([phy, other], trials="trials.csv", window=(0, 0.5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bin": 1e-9}, r"gives 5e\+08 bins per trial. Is the window in ms"),
        ({"quality": 3}, "No unit of .* is labelled '3'; labels .cluster_group.tsv.: good 7"),
        ({"trials": ""}, "There is no table of trials ''. Tables beside the recording: 'trials.csv'"),
        ({"onset_unit": "frame"}, "Numbers of frames or samples need to be whole; 'start_time' of .* holds"),
        ({"onset_unit": "min"}, "`onset_unit` is one of .*; got 'min'"),
        ({"window": (0.5, 0)}, "`window` needs to stop after it starts, both in s from the onset"),
        ({"rate": "fast"}, "`rate` is the number of frames or samples per second; got 'fast'"),
        ({"condition": "stimulus"}, "has no field 'stimulus'. Columns of 'trials.csv': start_time 12"),
    ],
)
def test_settings_that_cannot_be_are_told(phy, settings, message):
    with pytest.raises((InputError, FileNotFoundError), match=message):
        nu.read_recording(phy, **{"trials": "trials.csv", "window": (0, 0.5), **settings})
