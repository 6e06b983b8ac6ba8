"""What a small file declares is not allocated; what is large and honest is read in parts."""

import io
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import xarray as xr
from scipy import sparse
from scipy.io import savemat

from neurouniv import load
from neurouniv.cli import run_command
from neurouniv.rdm.exchange.rdm_files import opened
from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.tables import table_files
from neurouniv.systems.recordings.read import read_recording
from neurouniv.untrusted import packed, room

SHAPE = (12 * 2**40 // 8 // 1024, 1024)
LABELS = np.array(list("abcabcabc"))
DENSE = "declares 13.2 TB for its arrays and has .*it is damaged, or was made to fill the memory"


def header(shape=SHAPE):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return out.getvalue()


def npz(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("activity.npy", header() + b"\0" * 6000)


def npy(path):
    path.write_bytes(header() + b"\0" * 6000)


def hdf5(path, **attrs):
    with h5py.File(path, "w", userblock_size=attrs.pop("userblock", 0)) as file:
        file.create_dataset("measurements", SHAPE, "f8", chunks=(1, 1024))[0] = 1.0
        file.attrs.update(attrs)


def rsatoolbox(path):
    hdf5(path, rsatoolbox_version="0.3.2")


def matlab73(path):
    hdf5(path, userblock=512)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def netcdf(path):
    netCDF4 = pytest.importorskip("netCDF4")
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("trial", SHAPE[0])
        file.createDimension("channel", SHAPE[1])
        file.createVariable("activity", "f8", ("trial", "channel"), chunksizes=(1, 1024))[0] = 1.0


def zarr(path):
    zarr = pytest.importorskip("zarr")
    zarr.create_array(path, name="activity", shape=SHAPE, chunks=(1, 1024), dtype="f8")[0] = 1.0


def matlab5(path):
    """A packed array of 4 GiB, of which a few zeros are there."""
    size = 2**32 - 9
    body = struct.pack("<2I4I2I2i2I8s", 14, size, 6, 8, 6, 0, 5, 8, 2**20, 2**9, 1, 5, b"rates")
    element = zlib.compress(body + struct.pack("<2I", 9, size - 56) + b"\0" * 6000)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<2I", 15, len(element)) + element)


DECLARED = [
    (npz, "x.npz", "its header tells of 13194139533312 bytes of numbers, and it holds 61"),
    (npy, "x.npy", "its header tells of 13194139533312 bytes of numbers, and it holds 61"),
    (hdf5, "x.h5", DENSE),
    (rsatoolbox, "x.h5", DENSE),
    (matlab73, "x.mat", DENSE),
    (netcdf, "x.nc", DENSE),
    (zarr, "x.zarr", DENSE),
    (matlab5, "x.mat", "declares 4.29 GB for its arrays"),
]


@pytest.mark.parametrize(("make", "name", "message"), DECLARED, ids=[make.__name__ for make, *_ in DECLARED])
def test_terabytes_that_a_small_file_declares_are_not_allocated(tmp_path, make, name, message):
    make(tmp_path / name)
    with pytest.raises(InputError, match=message):
        read_recording(tmp_path / name)


def test_the_command_line_says_so_and_ends_with_2(tmp_path, capsys):
    npz(tmp_path / "x.npz")
    assert run_command(["read", str(tmp_path / "x.npz")]) == 2
    assert "Copy or export it again" in capsys.readouterr().err
    npy(tmp_path / "x.npy")
    with pytest.raises(InputError, match="13194139533312"):
        opened(tmp_path / "x.npy")
    netcdf(tmp_path / "x.nc")
    with pytest.raises(InputError, match=r"needs 13.2 TB of memory; .* are free"):
        load(tmp_path / "x.nc")


def test_a_sparse_matrix_is_not_written_out_where_there_is_no_room(tmp_path):
    savemat(tmp_path / "x.mat", {"rates": sparse.eye(3_000_000, format="csc"), "shown": LABELS.astype(object)})
    with pytest.raises(InputError, match=r"A sparse matrix needs 72 TB of memory"):
        read_recording(tmp_path / "x.mat", activity="rates", condition="shown")


def test_packed_text_that_has_no_room_is_counted_and_not_read(tmp_path, monkeypatch):
    block = zlib.compressobj(9, zlib.DEFLATED, 31)
    path = tmp_path / "x.csv.gz"
    path.write_bytes(block.compress(b"trial,unit,rate,stimulus\n" + b"\0" * 2**24) + block.flush())
    monkeypatch.setattr(packed, "free_memory", lambda: 2**22)
    monkeypatch.setattr(room, "free_memory", lambda: 2**22)
    monkeypatch.setattr(packed, "SMALL", 2**20)
    monkeypatch.setattr(room, "SMALL", 2**20)
    with pytest.raises(InputError, match=r"To hold its text, '.*x.csv.gz' needs .* MB of memory; 4.19 MB are free"):
        table_files.csv_frame(path)


def test_what_is_large_and_honest_is_read_in_parts(tmp_path, monkeypatch):
    """More than memory, and more than any ratio of packing asks for: as long as it is not read at once."""
    values = np.random.default_rng(0).normal(size=(9, 4000))
    rec = xr.Dataset({"activity": (("trial", "channel"), values)}, {"condition": ("trial", LABELS)})
    rec.to_netcdf(tmp_path / "x.nc")
    monkeypatch.setattr(room, "SMALL", 1000)
    monkeypatch.setattr(room, "free_memory", lambda: 100_000)
    with pytest.raises(InputError, match=r"needs .* kB of memory; 100 kB are free"):
        read_recording(tmp_path / "x.nc")
    lazy = read_recording(tmp_path / "x.nc", chunks={"trial": 3})
    np.testing.assert_array_equal(lazy.activity[:3].values, values[:3])


def test_memory_that_is_lacking_all_the_same_is_told(tmp_path, monkeypatch):
    np.savez(tmp_path / "x.npz", activity=np.ones((9, 2)), condition=LABELS)
    monkeypatch.setattr("neurouniv.systems.recordings.read_one.assemble", lambda *_: np.empty(2**48))
    with pytest.raises(InputError, match=r"needs more memory than there is .*Unable to allocate"):
        read_recording(tmp_path / "x.npz")
