"""`read_recording`: any recording becomes the same kind of Dataset. The format is told by the file's content."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, with_history
from neurouniv.systems.recordings import assemble, matlab, mne, netcdf, nwb
from neurouniv.systems.recordings.check import check_recording
from neurouniv.systems.recordings.failures import told_plainly
from neurouniv.systems.recordings.fields import Fields

KNOWN = "NWB, MNE .fif, MATLAB .mat, netCDF, zarr and .npz"
HDF5, FIF, GZIP = b"\x89HDF\r\n\x1a\n", b"\x00\x00\x00\x64\x00\x00\x00\x1f\x00\x00\x00\x14", b"\x1f\x8b"
OWN_SETTINGS = {"an NWB file": nwb.SETTINGS, "a FIF file": mne.SETTINGS, "MNE epochs": mne.SETTINGS}


def read_recording(source: str | os.PathLike[str] | Any, **mapping: Any) -> xr.Dataset:
    """Read a recording from a file or an object.

    Parameters
    ----------
    source : path of an NWB, MNE .fif (epochs or averages), MATLAB .mat (v5 to v7.3), netCDF, zarr or .npz file; or
        `mne.Epochs`; or an xarray Dataset. The content, not the extension, tells the format.
    condition, session, run, trial : the field that holds each, one value per trial or row; or the values themselves.
        Fields are columns of NWB's trials table or of MNE's metadata, or variables of the file, nested ones by a
        dotted name with indices from 0: "Bs[1].target". Default: the field of that name (run: also "repeat"; MNE
        condition: the event). Rows with the same `trial` are averaged.
    activity, latency, channel : the same for the activity, its times within the trial (s) and its channels' names.
    keep : ("field", lowest, highest), or "field,lowest,highest": only rows between both; None or nothing: no limit.
    missing : "raise" (default), "drop_trials" or "drop_channels" where activity is NaN.
    units : of activity, where the file does not say.
    window, bin, trials : NWB only, see `neurouniv.systems.recordings.nwb.read_nwb`: (start, stop) in s of the counting
        of spikes from each trial's start, width of its bins in s, name of the trials table.
    channels : MNE only: the type of channel, "eeg", "grad", "mag", ...

    Returns
    -------
    Dataset with `activity` (trial, channel[, latency]) and the trial coordinates `condition` (text), `trial` and,
    where known, `session` (number) and `run`. Its history holds the file's SHA-256.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : it cannot be read, its fields cannot be told (the message shows the call to make), or values miss.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(folder + "/mine.npz", rates=np.eye(4), stimulus=np.array([0.0, 45.0, 0.0, 45.0]))
    ...     rec = read_recording(folder + "/mine.npz", activity="rates", condition="stimulus")
    >>> rec.activity.dims, rec.condition.values.tolist()
    (('trial', 'channel'), ['0', '45', '0', '45'])
    """
    mapping = {name: value for name, value in mapping.items() if value is not None}
    settings = {name: _brief(value) for name, value in mapping.items()}
    if isinstance(source, xr.Dataset):
        return with_history(_from_dataset(source, "the Dataset", mapping), "read_recording", source, **settings)
    if mne.is_epochs(source):
        _known_settings(mapping, "MNE epochs")
        fields = mne.from_epochs(source, "the epochs", mapping.get("channels"))
        return with_history(assemble.assemble(fields, mapping), "read_recording", **settings)
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(f"A recording is a path, an mne.Epochs or an xarray.Dataset; a {type(source).__name__} came.")
    path = Path(source).expanduser()
    kind = recognise(path)
    _known_settings(mapping, kind)
    rec = _read(path, kind, mapping)
    return with_history(rec, "read_recording", file=path.name, format=kind, sha256=_sha256(path), **settings)


def recognise(path: Path) -> str:
    """The format of a file, told by how its content begins.

    Raises
    ------
    FileNotFoundError, InputError : there is no file, or it is a folder, empty, or of no known format.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no file '{path}'.{_near_misses(path)}")
    if path.is_dir():
        if any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata")):
            return "a zarr store"
        raise InputError(f"'{path}' is a folder; a recording is a file in it ({KNOWN}).")
    start = _start_of(path)
    if not start:
        raise InputError(f"'{path}' is empty (0 bytes). Copy or export it again.")
    if start.startswith(b"MATLAB 7.3") or start[512:520] == HDF5:
        return "a MATLAB 7.3 file"
    if start.startswith(HDF5):
        return _kind_of_hdf5(path)
    kinds = {b"MATLAB 5.0": "a MATLAB file", b"CDF": "a netCDF file", FIF: "a FIF file", b"PK\x03\x04": "a .npz file"}
    for signature, kind in kinds.items():
        if start.startswith(signature):
            return kind
    raise InputError(_unknown(path, start))


def _read(path: Path, kind: str, mapping: dict[str, Any]) -> xr.Dataset:
    source, own = str(path), {name: mapping[name] for name in OWN_SETTINGS.get(kind, ()) if name in mapping}
    readers = {
        "an NWB file": nwb.read_nwb,
        "a FIF file": mne.read_fif,
        "a MATLAB file": matlab.read_v5,
        "a MATLAB 7.3 file": matlab.read_v73,
        "a .npz file": netcdf.read_npz,
    }
    if kind in readers:
        return assemble.assemble(readers[kind](path, source, **own), mapping)
    dataset = netcdf.open_zarr(path) if kind == "a zarr store" else netcdf.open_netcdf(path)
    return _from_dataset(dataset, source, mapping)


def _from_dataset(dataset: xr.Dataset, source: str, mapping: dict[str, Any]) -> xr.Dataset:
    _known_settings(mapping, "a Dataset")
    if netcdf.is_recording(dataset, mapping):
        return check_recording(dataset, mapping.get("missing", "raise"))
    fields: Fields = netcdf.dataset_fields(dataset, source)
    return assemble.assemble(fields, mapping)


def _known_settings(mapping: dict[str, Any], kind: str) -> None:
    known = (*assemble.SETTINGS, *OWN_SETTINGS.get(kind, ()))
    unknown = [name for name in mapping if name not in known]
    if unknown:
        raise InputError(f"{unknown} is no setting for reading {kind}; the settings are {list(known)}.")


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(GZIP):
        with told_plainly(path, "a gzip file"), gzip.open(path) as file:
            start = file.read(1024)
    return start


def _kind_of_hdf5(path: Path) -> str:
    import h5py

    with told_plainly(path, "an HDF5 file (NWB, netCDF, MATLAB 7.3)"), h5py.File(path, "r") as file:
        nwb_file = "nwb_version" in file.attrs or "nwb_version" in file
    return "an NWB file" if nwb_file else "a netCDF file"


def _unknown(path: Path, start: bytes) -> str:
    if start[:1] == b"\x80" or path.suffix in (".pkl", ".pickle"):
        return (
            f"'{path}' is a Python pickle, whatever its name; unpickling can run any code, so it is not read. Save "
            "the recording as netCDF (Dataset.to_netcdf), .npz (np.savez) or .mat."
        )
    if start.startswith(b"\x93NUMPY"):
        return f"'{path}' is one NumPy array without labels. Save np.savez(path, activity=..., condition=...) instead."
    text = start[:24].split(b"\n")[0]
    return (
        f"'{path}' is no recording that can be read: {KNOWN} are told by their content, and this file begins with "
        f"{text!r}. Check that it is the file you mean, or save it as one of these."
    )


def _near_misses(path: Path) -> str:
    if not path.parent.is_dir():
        return f" There is no folder '{path.parent}' either."
    near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=3)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _sha256(path: Path) -> str | None:
    """The checksum of a file; a zarr store, a folder, has none."""
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _brief(value: Any) -> Any:
    """A setting as the history keeps it: values themselves by their number."""
    if isinstance(value, (str, int, float, tuple)):
        return value
    return f"{np.size(value)} values given"
