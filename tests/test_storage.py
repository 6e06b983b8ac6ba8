"""Saved and loaded objects are the same; a failure leaves what was there."""

import json
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
import xarray as xr

from neurouniv.schema import InputError, history, with_history
from neurouniv.storage import load, save


@pytest.fixture(params=[".nc", ".zarr"])
def path(request, tmp_path):
    return tmp_path / f"object{request.param}"


@pytest.fixture
def everything():
    """A Dataset of all that ours hold: floats with NaN, integers, booleans, texts of any length, attributes."""
    made = xr.Dataset(
        {
            "h": (("seed", "time", "pair"), np.random.default_rng(0).normal(size=(2, 3, 3)), {"n_channels": 7}),
            "small": ("time", np.array([1, 2, 3], dtype=np.float32)),
            "converged": ("seed", [True, False]),
            "message": ("seed", ["", "höher — 漢字, and quite a long text"]),
            "count": ("seed", [3, -4]),
            "scalar": ((), 2.5),
            "word": ((), "one"),
            "none": ("nothing", np.zeros(0)),
        },
        {
            "time": ("time", [0.0, 1.5, 9.0], {"units": "epochs", "axis": "learning"}),
            "session": ("time", [1, 2, 3], {"units": "days"}),
            "first": ("pair", ["a", "a", "b"]),
            "kept": ("pair", [True, True, False]),
            "seed": [5, 6],
            "layer": 1,
        },
        {
            "name": "x",
            "flag": True,
            "absent": None,
            "list": ["a", "b"],
            "numbers": [1.5],
            "nested": {"k": [1, None]},
            "rate": 0.1,
            "count": 4,
            "path": "json",
            "array": [1, 2],
        },
    )
    made.h[0, 0, 0] = np.nan
    made.h[0, 0, 1] = np.inf
    return with_history(made, "train", seeds=range(2), lr=0.1)


def test_everything_comes_back_exactly(everything, path):
    assert save(everything, path) == path
    xr.testing.assert_identical(load(path), everything)
    for name, variable in everything.variables.items():
        assert load(path)[name].dtype.kind == variable.dtype.kind
        assert load(path)[name].dtype == variable.dtype or variable.dtype.kind == "U"
    assert load(path).attrs["flag"] is True
    assert history(load(path))[0]["settings"]["lr"] == 0.1


def test_texts_that_are_objects_come_back_as_texts(path):
    texts = xr.Dataset(
        {"why": ("pair", np.array(["long enough", ""], object))}, {"pair": np.array(["a | b", "c"], object)}
    )
    save(texts, path)
    for chunks in (None, {}):
        assert load(path, chunks).why.values.tolist() == ["long enough", ""]
    assert load(path).pair.dtype.kind == "U"


def test_what_is_loaded_can_be_saved_again_over_itself_and_in_the_other_format(everything, path):
    save(everything, path)
    save(load(path), path)
    other = path.with_suffix(".zarr" if path.suffix == ".nc" else ".nc")
    save(load(path), other)
    xr.testing.assert_identical(load(other), everything)


def test_chunked_objects_are_computed_and_loaded_lazily(everything, path):
    save(everything.chunk(time=2), path)
    xr.testing.assert_identical(load(path), everything)
    lazy = load(path, chunks={"time": 2})
    assert lazy.h.chunks == ((2,), (2, 1), (3,))
    save(lazy, path)
    xr.testing.assert_identical(lazy.compute(), everything)
    lazy.close()


def test_a_netcdf_file_is_read_and_written_by_one_thread(everything, tmp_path):
    """Several that read one and write another wait for each other for ever in xarray before 2026.9."""
    threads = set()

    def seen(block):
        threads.add(threading.get_ident())
        return block

    lazy = everything.chunk(time=1)
    lazy["h"] = xr.apply_ufunc(seen, lazy.h, dask="parallelized", output_dtypes=[float])
    threads.clear()  # dask calls it once to see what it returns
    save(lazy, tmp_path / "one.nc")
    assert len(threads) == 1


def test_a_failure_leaves_what_was_there_and_nothing_else(everything, path):
    save(everything, path)
    broken = everything.assign(bad=("seed", np.array([object(), 1], dtype=object)))
    with pytest.raises(InputError, match=f"{path.name} cannot hold this Dataset"):
        save(broken, path)
    xr.testing.assert_identical(load(path), everything)
    assert os.listdir(path.parent) == [path.name]


def test_an_error_in_the_computation_leaves_no_file(everything, path):
    def fail(block):
        raise RuntimeError("no such luck")

    lazy = everything.chunk(time=1)
    lazy["h"] = xr.apply_ufunc(fail, lazy.h, dask="parallelized", output_dtypes=[float])
    with pytest.raises(RuntimeError, match="no such luck"):
        save(lazy, path)
    assert os.listdir(path.parent) == []


def test_a_multiindex_is_refused_with_its_remedy(everything, path):
    with pytest.raises(InputError, match="reset_index"):
        save(everything[["h"]].stack(sample=("seed", "time")), path)


def test_what_is_absent_or_misnamed_is_told(everything, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*absent\.nc"):
        load(tmp_path / "absent.nc")
    with pytest.raises(FileNotFoundError, match=r"folder .*nowhere to write x\.nc"):
        save(everything, tmp_path / "nowhere" / "x.nc")
    for name in ("x.npz", "x"):
        with pytest.raises(InputError, match=rf"ends in \.nc or \.zarr; got '{name}'"):
            save(everything, tmp_path / name)
        with pytest.raises(InputError, match=r"ends in \.nc or \.zarr"):
            load(tmp_path / name)
    with pytest.raises(InputError, match="got a DataArray"):
        save(everything.h, tmp_path / "x.nc")


@pytest.mark.parametrize("content", [b"", b"time,h\n0,1\n", pickle.dumps([1]), json.dumps({}).encode()])
def test_what_is_not_netcdf_is_told(content, tmp_path):
    (tmp_path / "x.nc").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.nc cannot be read as netCDF: it is truncated, or of another format"):
        load(tmp_path / "x.nc")
    (tmp_path / "x.zarr").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.zarr cannot be read as zarr"):
        load(tmp_path / "x.zarr")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_truncated_file_is_told(everything, tmp_path, share):
    whole = save(everything, tmp_path / "x.nc").read_bytes()
    (tmp_path / "x.nc").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="truncated"):
        load(tmp_path / "x.nc")


def test_an_empty_folder_is_no_dataset(tmp_path):
    for name in ("x.nc", "x.zarr"):
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match="cannot be read"):
            load(tmp_path / name)


@pytest.mark.slow
def test_reading_a_file_imports_no_torch(everything, tmp_path):
    save(everything, tmp_path / "x.nc")
    code = (
        "import sys; from neurouniv.storage import load; load(sys.argv[1]); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'mne', 'pynwb', 'rsatoolbox')))"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "x.nc"], check=False).returncode == 0


@pytest.mark.parametrize("code", [0x7FFFFFFF, 0xD800])
def test_texts_that_are_no_letters_are_told(tmp_path, code):
    path = save(xr.Dataset(coords={"first": ("pair", ["a", "b"])}), tmp_path / "a.zarr")
    import numcodecs
    import zarr

    codec = numcodecs.get_codec(json.loads((path / "first" / ".zarray").read_text())["compressor"])
    (path / "first" / "0").write_bytes(codec.encode(np.array([ord("a"), code], dtype="<u4").tobytes()))
    assert zarr.open_group(path, mode="r")["first"].dtype == "<U1"
    with pytest.raises(InputError, match=r"a.zarr' holds what is no letter"):
        load(path)


def test_whatever_a_library_raises_on_a_damaged_file_is_told(everything, tmp_path, monkeypatch):
    path = save(everything, tmp_path / "a.nc")

    def broken(*_, **__):
        raise AttributeError("NetCDF: Can't open HDF5 attribute")

    monkeypatch.setattr(xr, "open_dataset", broken)
    with pytest.raises(InputError, match=r"cannot be read as netCDF: .*Can't open HDF5 attribute"):
        load(path)
