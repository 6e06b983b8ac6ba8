"""The formats that can be read: how each is recognised by its content, what reads it, and its own settings.

A new format is a file with a reader, and one line here.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats import brainvision, eeglab, hdf5, matlab, mne, netcdf, nwb, rsatoolbox, tables
from neurouniv.systems.recordings.help.errors import told_plainly

KNOWN = "NWB, MNE .fif, EEGLAB .set, BrainVision .vhdr, MATLAB .mat, netCDF, HDF5, zarr, .npz, CSV and Parquet"
OBJECTS_KNOWN = "an mne.Epochs, an xarray.Dataset, a pandas.DataFrame or an rsatoolbox Dataset"
HDF5, FIF, GZIP = b"\x89HDF\r\n\x1a\n", b"\x00\x00\x00\x64\x00\x00\x00\x1f\x00\x00\x00\x14", b"\x1f\x8b"
MATLAB_5 = b"MATLAB 5.0"
STORE = ("zarr.json", ".zgroup", ".zmetadata")
PICKLES = (".pkl", ".pickle")


@dataclass(frozen=True)
class Format:
    """One format of files or objects.

    kind : what messages call it. recognises : whether (path, how the file begins), or (object,), is of it.
    read : (path or object, its name in messages, **own settings) -> Fields, or a Dataset.
    settings : its own, beside those of every recording. beside : endings of files of the same name that belong to it.
    """

    kind: str
    recognises: Callable[..., bool]
    read: Callable[..., Any]
    settings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def _hdf5(path: Path, start: bytes) -> bool:
    return start.startswith(HDF5)


def _is_nwb(path: Path, start: bytes) -> bool:
    import h5py

    if not _hdf5(path, start):
        return False
    with h5py.File(path, "r") as file:
        return "nwb_version" in file.attrs or "nwb_version" in file


def _begins(*signatures: bytes) -> Callable[[Path, bytes], bool]:
    return lambda path, start: start.startswith(signatures)


def _table(kind: str) -> Callable[[Path, bytes], bool]:
    return lambda path, start: tables.looks_like_table(path, start) == kind


def _dataset(obj: xr.Dataset, source: str) -> xr.Dataset:
    return obj


def _entries(obj: dict[str, Any], source: str) -> Fields:
    return Fields(obj, source, "Its entries", given={})


def _rsatoolbox(path: Path, start: bytes) -> bool:
    return _hdf5(path, start) and rsatoolbox.is_file(path)


def _eeglab(path: Path, start: bytes) -> bool:
    return (start.startswith(MATLAB_5) or matlab.is_v73(start)) and eeglab.is_eeglab(path)


FILES = (  # in this order: the first that recognises a file reads it
    Format("an EEGLAB file", _eeglab, eeglab.read_eeglab, eeglab.SETTINGS, (".fdt",)),
    Format("a MATLAB 7.3 file", lambda path, start: matlab.is_v73(start), matlab.read_v73),
    Format("a MATLAB file", _begins(MATLAB_5), matlab.read_v5),
    Format("an NWB file", _is_nwb, nwb.read_nwb, nwb.SETTINGS),
    Format("an rsatoolbox file", _rsatoolbox, rsatoolbox.read_file),
    Format("an HDF5 file", lambda path, start: _hdf5(path, start) and hdf5.is_plain(path), hdf5.read_hdf5),
    Format("a netCDF file", _hdf5, netcdf.open_netcdf, netcdf.SETTINGS),
    Format("a netCDF file", _begins(b"CDF"), netcdf.open_netcdf, netcdf.SETTINGS),
    Format(
        "a BrainVision file",
        _begins(*brainvision.SIGNATURES),
        brainvision.read_brainvision,
        brainvision.SETTINGS,
        (".vmrk", ".eeg", ".dat"),
    ),
    Format("a FIF file", _begins(FIF), mne.read_fif, mne.SETTINGS),
    Format("a .npz file", _begins(b"PK\x03\x04"), netcdf.read_npz),
    Format("a Parquet table", _table("a Parquet table"), tables.read_parquet, tables.SETTINGS),
    Format("a CSV table", _table("a CSV table"), tables.read_csv, tables.SETTINGS),
)
STORES = (Format("a zarr store", lambda path: is_store(path), netcdf.open_zarr, netcdf.SETTINGS),)
OBJECTS = (
    Format("a Dataset", lambda obj: isinstance(obj, xr.Dataset), _dataset),
    Format("MNE epochs", mne.is_epochs, mne.from_epochs, mne.SETTINGS),
    Format("an rsatoolbox data set", rsatoolbox.is_dataset, rsatoolbox.from_dataset),
    Format("a pandas DataFrame", tables.is_frame, tables.from_frame, tables.SETTINGS),
    Format("a dict of arrays", lambda obj: isinstance(obj, dict), _entries),
)


def is_store(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return path.is_dir() and any((path / name).exists() for name in STORE)


def format_of_object(obj: Any) -> Format:
    """The format of an object in memory.

    Raises
    ------
    InputError : it is none of the objects that can be read.
    """
    found = next((format for format in OBJECTS if format.recognises(obj)), None)
    if found is None and type(obj).__module__.startswith("mne."):
        raise InputError(
            f"A recording needs trials, and an mne {type(obj).__name__} has none. Cut them: mne.Epochs(raw, events, "
            "event_id); averages: mne.write_evokeds(FILE, [...]), and give the file."
        )
    if found is None:
        raise InputError(
            f"A recording is a path, {OBJECTS_KNOWN}, or a list of them; a {type(obj).__name__} came. "
            "Arrays: read_recording(xarray.Dataset({...})), or np.savez(path, activity=..., condition=...)."
        )
    return found


def format_of_file(path: Path) -> Format:
    """The format of a file or zarr store, told by its content.

    Raises
    ------
    InputError : it is empty, damaged, or of no known format; the message says what it looks like.
    """
    if is_store(path):
        return STORES[0]
    start = _start_of(path)
    if not start:
        raise InputError(f"'{path}' is empty (0 bytes). Copy or export it again.")
    with told_plainly(path, "an HDF5 file (NWB, netCDF, MATLAB 7.3)" if HDF5 in start else "a known format"):
        found = next((format for format in FILES if format.recognises(path, start)), None)
    if found is None:
        raise InputError(_unknown(path, start))
    return found


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(GZIP):
        with told_plainly(path, "a gzip file"), gzip.open(path) as file:
            start = file.read(1024)
    return start


def _unknown(path: Path, start: bytes) -> str:
    if start[:1] == b"\x80" or path.suffix in PICKLES:
        return (
            f"'{path}' is a Python pickle, whatever its name; unpickling can run any code, so it is not read. Save "
            "the recording as netCDF (Dataset.to_netcdf), .npz (np.savez) or .mat."
        )
    if start.startswith(b"\x93NUMPY"):
        return f"'{path}' is one NumPy array without labels. Save np.savez(path, activity=..., condition=...) instead."
    if path.suffix == ".mat":
        return (
            f"'{path}' is a MATLAB file of version 4, or text; versions 5 to 7.3 are read. In MATLAB: load it and "
            'save("new.mat", "-v7").'
        )
    if (without_header := brainvision.without_header(path)) is not None:
        return without_header
    text = start[:24].split(b"\n")[0]
    return (
        f"'{path}' is no recording that can be read: {KNOWN} are told by their content, and this file begins with "
        f"{text!r}. Check that it is the file you mean, or save it as one of these."
    )
