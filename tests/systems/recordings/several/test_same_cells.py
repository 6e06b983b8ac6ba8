"""The same cells over sessions: a table makes patterns comparable, whatever it counts from and wherever it is from."""

import contextlib
import json

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.schema import InputError, history
from neurouniv.storage import load
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording

SIZES = (4, 3, 5)
TABLE = np.array([[0, 2, 1], [3, -1, 0], [1, 0, -1], [-1, 1, 4]])
"""Cells (rows) and the channels of three files, counted from 0."""


def day(n, size, **labels):
    """A recording in which channel k of file n has the activity 100 n + k."""
    coords = {"condition": ("trial", ["a", "b"]), "channel": np.arange(size)}
    coords |= {name: ("channel", np.asarray(values)) for name, values in labels.items()}
    activity = np.tile(100.0 * n + np.arange(size), (2, 1))
    return xr.Dataset({"activity": (("trial", "channel"), activity)}, coords)


def days():
    return [day(n, size) for n, size in enumerate(SIZES)]


def check(rec, table=TABLE):
    """Every cell has the activity of its channel in each session, and was not recorded where it has none."""
    for cell, row in enumerate(table):
        found = rec.isel(channel=np.flatnonzero(rec.channel.values == f"cell{cell}"))
        assert found.sizes["channel"] == (1 if (row >= 0).any() else 0)
        for n, channel in enumerate(row):
            here = found.isel(trial=(rec.session == n + 1).values)
            if found.sizes["channel"]:
                assert here.recorded.values.all() == (channel >= 0)
                assert channel < 0 or (here.activity.values == 100 * n + channel).all()
    apart = sum(SIZES) - int((table >= 0).sum())
    assert rec.sizes["channel"] == int((table >= 0).any(axis=1).sum()) + apart


def nan(table):
    return np.where(table < 0, np.nan, table)


def from_1(table):
    return np.where(table < 0, 0, table + 1)


def as_array(folder):
    return TABLE


def as_floats(folder):
    return nan(TABLE)


def as_frame(folder):
    return pd.DataFrame(nan(TABLE))


def as_csv(folder):
    pd.DataFrame(nan(TABLE), columns=["d1", "d2", "d3"]).to_csv(folder / "cells.csv", index=False)
    return folder / "cells.csv"


def as_csv_with_cells(folder):
    pd.DataFrame(nan(TABLE), columns=["d1", "d2", "d3"]).to_csv(folder / "cells.csv", sep=";", index_label="cell")
    return str(folder / "cells.csv")


def as_csv_without_header(folder):
    pd.DataFrame(TABLE).to_csv(folder / "cells.csv", index=False, header=False)
    return folder / "cells.csv"


def as_npy(folder):
    np.save(folder / "cells.npy", TABLE)
    return folder / "cells.npy"


def as_cellreg(folder):
    content = {"cell_to_index_map": from_1(TABLE).astype(float), "cell_scores": np.ones((4, 1))}
    savemat(folder / "cellRegistered.mat", {"cell_registered_struct": content})
    return folder / "cellRegistered.mat"


def as_cellreg_73(folder):
    with h5py.File(folder / "cellRegistered.mat", "w", userblock_size=512) as file:
        group = file.create_group("cell_registered_struct")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        group["cell_to_index_map"] = from_1(TABLE).astype(float).T
        group["cell_to_index_map"].attrs["MATLAB_class"] = np.bytes_("double")
    with (folder / "cellRegistered.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + b" " * 8 + b"\x00\x02IM")
    return folder / "cellRegistered.mat"


def ucids():
    """Labels of the channels of each file, as ROICaT has them."""
    labels = [np.full(size, -1) for size in SIZES]
    for cell, row in enumerate(TABLE):
        for n, channel in enumerate(row):
            if channel >= 0:
                labels[n][channel] = cell
    return labels


def as_roicat(folder):
    return ucids()


def as_roicat_npy(folder):
    for n, labels in enumerate(ucids()):
        np.save(folder / f"labels{n}.npy", labels)
    return [folder / f"labels{n}.npy" for n in range(3)]


def as_roicat_json(folder):
    labels = [of_file.tolist() for of_file in ucids()]
    content = {
        "clusters": {
            "labels": np.concatenate(ucids()).tolist(),
            "labels_bySession": labels,
            "quality_metrics": {"x": [0.5]},
        }
    }
    (folder / "clusters.json").write_text(json.dumps(content))
    return folder / "clusters.json"


SOURCES = [
    as_array, as_floats, as_frame, as_csv, as_csv_with_cells, as_csv_without_header, as_npy, as_cellreg, as_cellreg_73,
    as_roicat, as_roicat_npy, as_roicat_json,
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_tables_of_every_kind(tmp_path, source):
    rec = read_recording(days(), match_channels=source(tmp_path))
    check(rec)
    assert rec.attrs["channels_matched"] == "table"
    assert ("count from 1" if source in (as_cellreg, as_cellreg_73) else "count from 0") in rec.attrs["cells_matched"]
    assert "4 cells of" in describe(rec)
    assert "1 in all 3 files; 3 channels in no row stay apart" in rec.attrs["cells_matched"]
    whole = rec.isel(channel=rec.recorded.all("trial").values)
    assert whole.channel.values.tolist() == ["cell0"]
    assert whole.activity.values[:, 0].tolist() == [0, 0, 102, 102, 201, 201]


def test_columns_go_by_the_names_of_files(tmp_path):
    paths = [tmp_path / f"m1_day{n}.npz" for n in (1, 2, 3)]
    for path, rec in zip(paths, days(), strict=True):
        np.savez(path, activity=rec.activity.values, condition=rec.condition.values)
    frame = pd.DataFrame(nan(TABLE[:, [2, 0, 1]]), columns=["m1_day3", "m1_day1", "m1_day2"])
    check(read_recording(paths, match_channels=frame))
    check(read_recording(paths, match_channels=frame.assign(other=7)))
    frame.rename(columns=lambda name: name + ".npz").to_csv(tmp_path / "cells.csv", index=False)
    rec = read_recording(str(tmp_path / "*.npz"), match_channels=tmp_path / "cells.csv")
    check(rec)
    assert len(history(rec)[-1]["settings"]["sha256_table"]) == 64


def test_names_of_channels_are_found():
    ids = [[11, 17, 3, 40], [5, 17, 9], [2, 3, 8, 0, 6]]
    recs = [rec.assign_coords(channel=names) for rec, names in zip(days(), ids, strict=True)]
    named = np.array([[ids[n][c] if c >= 0 else -1 for n, c in enumerate(row)] for row in TABLE])
    rec = read_recording(recs, match_channels=named)
    check(rec)
    assert "entries are names of channels" in rec.attrs["cells_matched"]
    texts = [rec.assign_coords(channel=[f"roi{i}" for i in names]) for rec, names in zip(days(), ids, strict=True)]
    entries = np.where(named < 0, "", np.char.add("roi", named.astype(str)))
    check(read_recording(texts, match_channels=entries))
    check(read_recording(texts, match_channels=TABLE))  # by place


def test_what_a_table_counts_from_is_asked():
    table = np.array([[1, 2, 1], [2, 1, 3]])
    with pytest.raises(InputError, match=r"fits the files in 2 ways.*match_base=0 or match_base=1"):
        read_recording(days(), match_channels=table)
    unmatched = np.array([[1, 2, 1], [2, 1, 3]])
    rec = read_recording(days(), match_channels=unmatched, match_base=0)
    assert rec.activity.sel(channel="cell0").values.tolist() == [1, 1, 102, 102, 201, 201]
    rec = read_recording(days(), match_channels=unmatched, match_base="1")
    assert rec.activity.sel(channel="cell0").values.tolist() == [0, 0, 101, 101, 200, 200]
    recs = [rec.assign_coords(channel=np.arange(rec.sizes["channel"]) + 2) for rec in days()]
    table = np.array([[2, 2, 2], [3, -1, 3]])
    with pytest.raises(InputError, match=r'match_base=0 or match_base=1 or match_base="names"'):
        read_recording(recs, match_channels=table)
    rec = read_recording(recs, match_channels=table, match_base="names")
    assert rec.activity.sel(channel="cell0").values.tolist() == [0, 0, 100, 100, 200, 200]


@pytest.mark.parametrize(
    ("table", "settings", "message"),
    [
        (TABLE[:, :2], {}, "a column for each of 3 files.* has the shape 4x2"),
        (TABLE[:3].T[:, :2].T, {"match_base": 5}, "`match_base` is 0 or 1.*got 5"),
        (np.zeros((3, 7)), {}, r"3x7.*on its side: table\.T; if it holds a label for each channel, as of ROICaT: list"),
        (np.array([[0, 0, 9]]), {}, r"1 entries .* fit no channel: 9 is \(counted from 0\) none of the 5 channels of"),
        (np.array([[0, 3, 0]]), {"match_base": 0}, "3 is .* none of the 3 channels"),
        (np.array([[0, 2, 1], [0, -1, 0]]), {}, "channel 0 of .* is 2 cells, in the rows 0, 1"),
        (np.array([[0, 2.5, 1]]), {}, "2.5 is .* none of"),
        (np.array([[1, 0, -1]]), {"match_base": 1}, "has entries of 0 too, which count from 0"),
        ([[1, 2], [1, 2], [1, 2, 3]], {}, '`match_channels` is "name", "never", or a table'),
        ([[1, 1, 0, -1], [1, 2, 3], [0, 1, 2, 3, 4]], {}, "1 names 2 channels of file 1"),
        ("cells.xlsx", {}, '"name", "never", or a table'),
        (None, {"match_base": 1}, "give the table as `match_channels` too"),
        (TABLE, {"files": "channels"}, 'with files="channels" none are'),
    ],
)
def test_tables_that_do_not_fit(table, settings, message):
    with pytest.raises(InputError, match=message):
        read_recording(days(), match_channels=table, **settings)


def test_files_that_cannot_be_used(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*, given as `match_channels`"):
        read_recording(days(), match_channels=tmp_path / "absent.csv")
    np.save(tmp_path / "track2p.npy", np.array([[0, None, 1]], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"holds objects, which unpickling would run.*dtype=float"):
        read_recording(days(), match_channels=tmp_path / "track2p.npy")
    (tmp_path / "x.json").write_text('{"labels": 3}')
    with pytest.raises(InputError, match="holds no list of labels for each file"):
        read_recording(days(), match_channels=tmp_path / "x.json")
    (tmp_path / "y.json").write_text('{"labels_bySession": [[0], [1]]}')
    with pytest.raises(InputError, match=r"\[1, 1\] labels for files of \[4, 3, 5\] channels"):
        read_recording(days(), match_channels=tmp_path / "y.json")
    (tmp_path / "z.json").write_text("{broken")
    with pytest.raises(InputError, match="JSON"):
        read_recording(days(), match_channels=tmp_path / "z.json")
    savemat(tmp_path / "two.mat", {"a": np.eye(3), "b": np.eye(3)})
    with pytest.raises(InputError, match="has 2 tables of numbers"):
        read_recording(days(), match_channels=tmp_path / "two.mat")


def test_a_square_list_may_be_either():
    recs = [day(n, 2) for n in range(2)]
    with pytest.raises(InputError, match="A list of 2 lists of 2 may be a table"):
        read_recording(recs, match_channels=[[0, 1], [1, -1]])
    rec = read_recording(recs, match_channels=np.array([[0, 1], [1, -1]]))
    assert rec.channel.values.tolist() == ["cell0", "cell1", "Dataset 2/0"]
    rec = read_recording(recs, match_channels=[np.array([0, 1]), np.array([1, -1])])
    assert rec.channel.values.tolist() == ["cell0", "cell1", "Dataset 2/1"]


def test_labels_that_differ_from_day_to_day_do_not_stand_in_the_way():
    recs = [day(n, size, snr=np.arange(size) + n, plane=["p"] * size) for n, size in enumerate(SIZES)]
    rec = read_recording(recs, match_channels=TABLE)
    check(rec)
    assert rec.plane.values.tolist() == ["p"] * rec.sizes["channel"]
    assert "snr" not in rec.coords


def test_a_shell_says_it_too(tmp_path, capsys):
    for n, rec in enumerate(days()):
        np.savez(tmp_path / f"day{n}.npz", activity=rec.activity.values, condition=rec.condition.values)
    pd.DataFrame(from_1(TABLE)).to_csv(tmp_path / "cells.csv", index=False, header=False)
    words = ["read", str(tmp_path / "day*.npz"), "--out", str(tmp_path / "rec.nc"), "--map"]
    words.append(f"match_channels={tmp_path / 'cells.csv'}")
    assert run_command([*words, "match_base=0"]) == 2
    assert "fit no channel: 4 is (counted from 0) none of the 4 channels of 'day0.npz'" in capsys.readouterr().err
    assert run_command([*words, "match_base=1"]) == 0
    assert "4 cells of 'cells.csv' (entries count from 1), 1 in all 3 files" in capsys.readouterr().out
    check(load(tmp_path / "rec.nc"))


class AmbiguousError(Exception):
    """The table fits in several ways."""


def read_or_be_asked(table):
    """The recording; a question of what the table counts from is an `AmbiguousError`."""
    try:
        return read_recording(days(), match_channels=table)
    except InputError as error:
        if "Say which" in str(error):
            raise AmbiguousError from error
        raise


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_table_gives_every_cell_its_channels_or_asks(data):
    columns = []
    cells = data.draw(st.integers(1, 5))
    for size in SIZES:
        pool = [*range(size), *[-1] * cells]
        order = data.draw(st.permutations(pool))
        columns.append(order[:cells])
    table = np.array(columns).T
    for given_table, base in ((table, 0), (nan(table), 0), (from_1(table), 1)):
        check(read_recording(days(), match_channels=given_table, match_base=base), table)
        with contextlib.suppress(AmbiguousError):
            check(read_or_be_asked(given_table), table)
