"""SPM M/EEG files: the header (.mat, a struct D), and its numbers in a .dat file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.matlab.channels import picked
from neurouniv.systems.recordings.formats.timing.window import times_within

MARKS = ("trials", "channels", "Nsamples", "Fsample")
NUMBERS = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
"""SPM's codes of the types of numbers in a file, those of NIfTI."""


def is_header(tree: Mapping[str, Any]) -> bool:
    """Whether the variables of a MATLAB file are the header of an SPM M/EEG file."""
    return isinstance(tree.get("D"), Mapping) and all(name in tree["D"] for name in MARKS)


def fields(
    path: Path, header: Mapping[str, Any], source: str, structure: Any = None, channels: Any = None, window: Any = None
) -> Fields:
    """Trials of an SPM M/EEG file that is cut into epochs, but for those marked bad.

    Parameters
    ----------
    channels : names or types of channels ("EEG", "MEGGRAD", "LFP"); default all good ones of a brain, of one type.
    window : (start, stop) in s, both included; default all times.

    Returns
    -------
    Fields `label` (the condition), `onset` and what else there is of each trial.

    Raises
    ------
    InputError : the data are continuous or of frequencies, the .dat file is missing or cut, no channel is picked.
    """
    if structure is not None:
        raise InputError(f"`structure` is for FieldTrip structures; {source} is an SPM M/EEG file. Leave it out.")
    trials, channel_table = _table(header["trials"]), _table(header["channels"])
    _need_epochs(header, trials, source)
    labels, types, units = (_texts(channel_table, name) for name in ("label", "type", "units"))
    units = np.where(units == "unknown", "", units)
    bad_channel, bad = _marks(channel_table, labels.size), _marks(trials, len(trials["label"]))
    channel = picked(labels, types, units, channels, source, bad_channel)
    values = _numbers(path, header, (labels.size, int(header["Nsamples"]), bad.size), source)
    latency = float(header.get("timeOnset", 0)) + np.arange(values.shape[1]) / float(header["Fsample"])
    times, good_trials = times_within(latency, window, "the trials", "the trial's time 0"), np.flatnonzero(~bad)
    _tell_montage(header, source)
    if not good_trials.size:
        raise InputError(f"{source} has no good trial: all {bad.size} are marked bad.")
    if bad.any():
        warn(f"Left out of {source}: {int(bad.sum())} of {bad.size} trials, which are marked bad.")
    tree = {name: column[good_trials] for name, column in trials.items()}
    given = {
        "activity": np.moveaxis(np.asarray(values[:, times][channel][..., good_trials], dtype=float), -1, 0),
        "latency": latency[times],
        "channel": labels[channel],
        "condition": tidy_labels(tree["label"]),
        "trial": good_trials,
    }
    attrs = {"bad_channels": ", ".join(labels[bad_channel].tolist())} if bad_channel.any() else {}
    about = {"channel_type": types[channel]}
    return Fields(tree, source, "The fields of its trials", given, str(units[channel[0]]), about, attrs)


def _table(struct: Any) -> dict[str, np.ndarray]:
    """A MATLAB array of structs as columns, an array for each field with one text or number for each."""
    if isinstance(struct, Mapping):  # one, or in version 7.3 a struct of lists
        columns = {name: np.atleast_1d(as_array(values)) for name, values in struct.items()}
        return {name: values for name, values in columns.items() if values.shape == columns["label"].shape}
    rows = [row for row in list(struct) if isinstance(row, Mapping)]
    listed = {name: [row.get(name, "") for row in rows] for name in (rows[0] if rows else {})}
    return {name: as_array(values) for name, values in listed.items() if all(np.ndim(value) == 0 for value in values)}


def _texts(table: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    count = len(table.get("label", ()))
    return tidy_labels(table[name]) if name in table else np.full(count, "")


def _marks(table: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    return np.asarray(table.get("bad", np.zeros(count)), dtype=float).astype(bool)


def _need_epochs(header: Mapping[str, Any], trials: Mapping[str, Any], source: str) -> None:
    transform = header.get("transform")
    kind = transform.get("ID", "time") if isinstance(transform, Mapping) else "time"
    if kind != "time":
        raise InputError(
            f"{source} is an SPM M/EEG file of frequencies ({kind}), and a recording has no axis of them. Average a "
            "band in SPM (spm_eeg_avgfreq gives files of time) and give that file."
        )
    if header.get("type") == "continuous" or len(trials.get("label", ())) < 2:
        raise InputError(
            f"{source} is an SPM M/EEG file of type '{header.get('type', 'unknown')}' with "
            f"{len(trials.get('label', ()))} trial; a recording needs trials. Cut it in SPM (spm_eeg_epochs), and give "
            "the file that it writes (e*.mat)."
        )


def _tell_montage(header: Mapping[str, Any], source: str) -> None:
    montage = header.get("montage")
    if isinstance(montage, Mapping) and np.any(np.asarray(montage.get("Mind", 0)) != 0):
        warn(
            f"{source} has a montage switched on, which SPM applies when it shows the data; the numbers are read as "
            "they were recorded. To have it applied, write it out (spm_eeg_montage) and read that file."
        )


def _numbers(path: Path, header: Mapping[str, Any], shape: tuple[int, ...], source: str) -> np.ndarray:
    """The numbers (channel, time, trial), from the file beside the header or from the header itself."""
    data = header.get("data")
    if isinstance(data, np.ndarray) and data.dtype.names:  # an object of class file_array
        record = data.ravel()[0]
        data = {name: record[name] for name in data.dtype.names}
    if not isinstance(data, Mapping):
        values = np.asarray(data if data is not None else [])
        if values.dtype.kind not in "iuf" or values.size != np.prod(shape):
            raise InputError(
                f"{source} is an SPM M/EEG header without data linked to it. Link them (D = link(D, FILE))."
            )
        return values.reshape(shape)
    code = int(np.ravel(data.get("dtype", 16))[0])
    if code not in NUMBERS:
        raise InputError(f"The numbers of {source} are of SPM's type {code}, which is not read; float32 is usual.")
    dtype = np.dtype(NUMBERS[code]).newbyteorder(">" if np.ravel(data.get("be", 0))[:1].any() else "<")
    named = PureWindowsPath(str(data.get("fname", ""))).name or f"{path.stem}.dat"
    file = next((f for f in (path.with_name(named), path.with_suffix(".dat")) if f.exists()), None)
    if file is None:
        raise InputError(f"{source} keeps its numbers in '{named}', which is not beside it. Copy both into one folder.")
    offset = int(np.ravel(data.get("offset", 0))[0])
    size = offset + dtype.itemsize * int(np.prod(shape))
    if file.stat().st_size != size:
        raise InputError(
            f"{source} needs {size} bytes of numbers ({some(shape)}: channels, times, trials) in '{file.name}'; got "
            f"{file.stat().st_size}. It may be cut short, or belong to another header: copy both again."
        )
    values = np.memmap(file, dtype, "r", offset, shape, order="F")
    return _scaled(values, data)


def _scaled(values: np.ndarray, data: Mapping[str, Any]) -> np.ndarray:
    """Values times the slope, plus the intercept, one for all or one for each channel, where the header gives them."""
    slope, intercept = (np.ravel(np.asarray(data.get(name, []), dtype=float)) for name in ("scl_slope", "scl_inter"))
    if slope.size:
        values = values * (slope if slope.size == 1 else slope[:, None, None])
    return values + (intercept if intercept.size == 1 else intercept[:, None, None]) if intercept.any() else values
