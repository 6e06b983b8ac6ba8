"""What was never written, or lies in other files, is told; it does not pass for zeros, or as under the checksum."""

import warnings

import numpy as np
import pytest
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

h5py = pytest.importorskip("h5py")
ACTIVITY, LABELS = np.arange(1.0, 49.0).reshape(12, 4), np.arange(12) % 3


def refused(message, source, **mapping):
    with pytest.raises(InputError, match=message):
        read_recording(source, **mapping)


@pytest.fixture
def half(tmp_path):
    """An HDF5 file with a dataset of which half was written, one never written, one whole, and one of bare zeros."""
    path = tmp_path / "half.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("activity", (12, 4), "f4", chunks=(3, 4))[:6] = ACTIVITY[:6]
        file.create_dataset("never", (12, 4), "f8")
        file.create_dataset("empty", (12, 4), "i4", chunks=(3, 4))
        file.create_dataset("whole", (12, 4), "f8", chunks=(5, 3), data=ACTIVITY)
        file.create_dataset("zeros", data=np.zeros((12, 4)), compression="gzip")
        file["condition"] = LABELS
    return path


def test_chunks_never_written_in_hdf5_are_told(half):
    with pytest.warns(NeurounivWarning, match=r"'activity' in .*: 2 of its 4 chunks \(of shape \(3, 4\)\) were never"):
        read_recording(half)
    for name in ("never", "empty"):
        refused(f"'{name}' in .* was not read: it was made but never written", half, activity=name)
    assert (read_recording(half, activity="whole").activity.values == ACTIVITY).all()
    assert (read_recording(half, activity="zeros").activity.values == 0).all()


def test_links_out_of_an_hdf5_file_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["activity"] = ACTIVITY
    with h5py.File(tmp_path / "links.h5", "w") as file:
        file["activity"] = h5py.ExternalLink("other.h5", "/activity")
        file["dead"] = h5py.ExternalLink("absent.h5", "/activity")
        file["nowhere"] = h5py.SoftLink("/absent")
        file["own/rates"], file["condition"] = ACTIVITY, LABELS
        file["own/above"] = h5py.SoftLink("/")
        file["again"] = h5py.SoftLink("/own/rates")
        file.create_dataset("raw", (12, 4), "f8", external=[(tmp_path / "raw.bin", 0, 12 * 4 * 8)])[:] = ACTIVITY
    path = tmp_path / "links.h5"
    refused("'activity' in .* was not read: it is a link to '/activity' in another file, 'other.h5'.*Read that", path)
    refused("'absent.h5'", path, activity="dead")
    refused("it is a link to nothing", path, activity="nowhere")
    refused(r"its values are in other files \(.*raw.bin\)", path, activity="raw")
    refused(r"own.rates 12x4.*\(not read: activity, dead, nowhere, raw\)", path, activity="own.rates", condition="x")
    for name in ("own.rates", "again"):
        assert (read_recording(path, activity=name).activity.values == ACTIVITY).all()


def test_parts_of_virtual_datasets_are_looked_for(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["part"] = ACTIVITY[:6]
    for name, second in (("whole", "a.h5"), ("absent", "b.h5")):
        layout = h5py.VirtualLayout((12, 4), float)
        layout[:6], layout[6:] = (h5py.VirtualSource(part, "part", (6, 4)) for part in ("a.h5", second))
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file.create_virtual_dataset("activity", layout)
            file["condition"] = LABELS
    with pytest.warns(NeurounivWarning, match=r"its values are in other files \(a.h5\), which no checksum covers"):
        assert (read_recording(tmp_path / "whole.h5").activity.values == np.r_[ACTIVITY[:6], ACTIVITY[:6]]).all()
    refused("made of parts in other files, and b.h5 is not there; those parts would read as 0", tmp_path / "absent.h5")


@pytest.mark.parametrize("kind", ["matlab", "rsatoolbox"])
def test_links_out_of_other_formats_in_hdf5_are_refused(tmp_path, kind):
    path = tmp_path / "x.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["condition"] = LABELS[None]
        file["activity"] = h5py.ExternalLink("other.mat", "/activity")
        if kind == "rsatoolbox":
            file.attrs["rsatoolbox_version"] = "0.3"
    if kind == "matlab":
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    else:
        with h5py.File(tmp_path / "x.h5", "w") as file:
            file.attrs["rsatoolbox_version"] = "0.3"
            file["measurements"] = h5py.ExternalLink("other.h5", "/activity")
        path = tmp_path / "x.h5"
    refused("has links into other files .*other.*They are not followed: copy what they lead to", path)


def netcdf(path, **types):
    """A netCDF file whose variables were written in part."""
    import netCDF4

    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("trial", 12)
        file.createDimension("channel", 4)
        for name, (kind, options) in types.items():
            file.createVariable(name, kind, ("trial", "channel"), **options)[:6] = ACTIVITY[:6]
        file.createVariable("condition", "i4", ("trial",))[:] = LABELS
    return path


@pytest.mark.parametrize("kind", ["f8", "f4", "i4", "i8"])
@pytest.mark.parametrize("chunks", [None, {"trial": 5}])
def test_numbers_never_written_in_netcdf_are_missing(tmp_path, kind, chunks):
    path = netcdf(tmp_path / "x.nc", activity=(kind, {"contiguous": True}))
    if chunks is None:
        refused("24 of 48 are NaN or infinite, in 6 of 12 trials .6, 7", path)
    rec = read_recording(path, missing="drop_trials", chunks=chunks)
    assert (rec.activity.values == ACTIVITY[:6]).all()


def test_numbers_written_whole_in_netcdf_stay_as_they_are(tmp_path):
    rec = xr.Dataset(
        {"activity": (("trial", "channel"), ACTIVITY.astype("i2"), {"scale_factor": 0.5, "_FillValue": np.int16(3)})},
        {"condition": ("trial", LABELS)},
    )
    rec.to_netcdf(tmp_path / "x.nc")
    refused("1 of 48 are NaN", tmp_path / "x.nc")  # the file's own mark of what is missing
    found = read_recording(tmp_path / "x.nc", missing="drop_trials").activity.values
    assert (found == np.delete(ACTIVITY, 0, axis=0) * 0.5).all()


def test_chunks_that_netcdf_leaves_unmarked_are_told(tmp_path):
    path = netcdf(tmp_path / "x.nc", activity=("i2", {"chunksizes": (3, 4), "fill_value": False}))
    with pytest.warns(NeurounivWarning, match="2 of its 4 chunks .* were never written"):
        read_recording(path)


def test_an_external_link_in_netcdf_is_not_followed(tmp_path):
    netcdf(tmp_path / "x.nc", activity=("f8", {}))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["rates"] = ACTIVITY
    with h5py.File(tmp_path / "x.nc", "a") as file:
        file["linked"] = h5py.ExternalLink("other.h5", "/rates")
    refused("'linked' in .* was not read: it is a link to", tmp_path / "x.nc", activity="linked")


@pytest.mark.parametrize("version", [2, 3])
def test_chunks_that_a_zarr_store_lacks_are_told(tmp_path, version):
    path = tmp_path / "x.zarr"
    rec = xr.Dataset({"activity": (("trial", "channel"), ACTIVITY.astype(int))}, {"condition": ("trial", LABELS)})
    rec.to_zarr(path, zarr_format=version, encoding={"activity": {"chunks": (3, 4)}}, consolidated=False)
    assert (read_recording(path).activity.values == ACTIVITY).all()
    (path / "activity" / ("1.0" if version == 2 else "c/1/0")).unlink()
    with pytest.warns(NeurounivWarning, match=r"'activity' in .*: 1 of its 4 chunks .* not in the store and read as 0"):
        read_recording(path)
    with pytest.warns(NeurounivWarning, match="1 of its 4 chunks"):
        read_recording(path, activity="activity", condition="condition")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("chunks", [None, "own", "4", 4])
def test_plain_arrays_in_a_zarr_store_are_read_by_their_names(tmp_path, version, chunks):
    import zarr

    root = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=version)
    root.create_array("day/rates", data=ACTIVITY, chunks=(5, 3))
    root.create_array("stim", data=LABELS)
    root.create_array("half", shape=(12, 4), chunks=(3, 4), dtype="i4")[:6] = 1
    rec = read_recording(tmp_path / "x.zarr", activity="day.rates", condition="stim", chunks=chunks)
    assert (rec.activity.values == ACTIVITY).all()
    blocks = {None: None, "own": ((5, 5, 2), (3, 1))}.get(chunks, ((4, 4, 4), (4,)))
    assert rec.activity.chunks == blocks
    with pytest.raises(InputError, match="one number for all axes"):
        read_recording(tmp_path / "x.zarr", activity="day.rates", condition="stim", chunks={"trial": 4})
    with pytest.warns(NeurounivWarning, match="2 of its 4 chunks"):
        read_recording(tmp_path / "x.zarr", activity="half", condition="stim")
    refused("half 12x4, stim 12, day.rates 12x4", tmp_path / "x.zarr")


def test_a_zarr_array_alone_is_activity(tmp_path):
    import zarr

    zarr.create_array(tmp_path / "x.zarr", data=ACTIVITY)
    rec = read_recording(tmp_path / "x.zarr", condition=LABELS)
    assert (rec.activity.values == ACTIVITY).all()


def test_a_whole_store_and_file_give_no_warning(tmp_path, half):
    rec = xr.Dataset({"activity": (("trial", "channel"), ACTIVITY)}, {"condition": ("trial", LABELS)})
    rec = rec.assign(rate=(("trial", "condition"), np.ones((12, 3))))  # netCDF then renames `condition`
    rec.to_netcdf(tmp_path / "x.nc", encoding={"activity": {"chunksizes": (5, 3), "zlib": True}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_recording(tmp_path / "x.nc")
        read_recording(half, activity="whole")
