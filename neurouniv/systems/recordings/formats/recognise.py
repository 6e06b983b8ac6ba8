"""The format of a file, a folder or an object, by its content; and what a file of no known format looks like."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.matlab.mat_files import HDF5_AT
from neurouniv.systems.recordings.formats.mne import brainvision
from neurouniv.systems.recordings.formats.registry import (
    FILES,
    FOLDERS,
    HDF5,
    KNOWN,
    OBJECTS,
    STORES,
    Format,
    listed,
)
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.sound_hdf5 import need_sound_hdf5

GZIP = b"\x1f\x8b"
PICKLES = (".pkl", ".pickle")


def format_of_folder(path: Path) -> Format | None:
    """The format of a folder that is one recording, such as a zarr store; None of any other path."""
    if not path.is_dir():
        return None
    return next((format for format in (*STORES, *FOLDERS) if format.recognises(path, b"")), None)


def format_of_object(obj: Any) -> Format:
    """The format of an object in memory.

    Raises
    ------
    InputError : it is none of the objects that can be read.
    """
    form = next((format for format in OBJECTS if format.recognises(obj)), None)
    if form is None and type(obj).__module__.startswith("mne."):
        raise InputError(
            f"A recording needs trials, and an mne {type(obj).__name__} has none. Cut them: mne.Epochs(raw, events, "
            "event_id); averages: mne.write_evokeds(FILE, [...]), and give the file."
        )
    if form is None:
        raise InputError(
            f"A recording is a path, {listed(OBJECTS, 'or')}, or a list of them; got a {type(obj).__name__}. "
            'An array, one row per trial or condition: read_recording({"activity": array, "condition": names}).'
        )
    return form


def format_of_file(path: Path) -> Format:
    """The format of a file, or of a folder that is one recording, by its content.

    Raises
    ------
    InputError : it is empty, damaged, a pipe or a device, or of no known format; the message says what it looks like.
    """
    if (folder := format_of_folder(path)) is not None:
        return folder
    need_regular(path)
    start = _start_of(path)
    if not start:
        raise InputError(f"'{path}' is empty (0 bytes). Copy or export it again.")
    if start.startswith(HDF5) or start[HDF5_AT:].startswith(HDF5):
        need_sound_hdf5(path)
    with told_plainly(path, "an HDF5 file (NWB, netCDF, MATLAB 7.3)" if HDF5 in start else "a known format"):
        form = next((format for format in FILES if format.recognises(path, start)), None)
    if form is None:
        raise InputError(_unknown(path, start))
    return form


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
            f"'{path}' is a Python pickle, in spite of its name; unpickling can run any code, so it is not read. Save "
            "the recording as netCDF (Dataset.to_netcdf), .npz (np.savez) or .mat."
        )
    if path.suffix == ".mat":
        return (
            f"'{path}' is a MATLAB file of version 4, or text; versions 5 to 7.3 are read. In MATLAB: load it and "
            'save("new.mat", "-v7").'
        )
    if (without_header := brainvision.without_header(path)) is not None:
        return without_header
    text = start[:24].split(b"\n")[0]
    return (
        f"'{path}' is no recording that can be read: {KNOWN} are recognised by their content, and this file "
        f"begins with {text!r}. Check that it is the file you mean, or save it as one of these."
    )
