"""EEGLAB .set files (MATLAB 5 or 7.3, data within or in a .fdt file): epochs, or continuous data cut at events."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.matlab import mat_files
from neurouniv.systems.recordings.formats.mne.continuous import cut, is_trial
from neurouniv.systems.recordings.formats.mne.epochs import SETTINGS, epochs_fields
from neurouniv.systems.recordings.formats.mne.event_tables import at_given_events
from neurouniv.systems.recordings.formats.mne.notices import mne_notices
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

__all__ = ["SETTINGS", "is_eeglab", "read_eeglab"]
MARKS = {"nbchan", "pnts", "srate", "chanlocs"}  # fields that a file holds as variables, or in its struct EEG
ABOUT = ("subject", "session", "group", "condition")
HEADER = ("nbchan", "pnts", "trials", "srate", "xmin", "event", *ABOUT)
KIND = "Fields of its events"


def is_eeglab(path: Path) -> bool:
    """Whether a MATLAB file (5 or 7.3) is EEGLAB's, by its variables; False where they cannot be listed."""
    try:
        variables = set(mat_files.variables(path))
    except Exception:  # damaged: the reader of MATLAB files says how
        return False
    return bool(variables & {"EEG", "ALLEEG"}) or variables >= MARKS


def read_eeglab(path: Path, source: str, channels: Any = None, window: Any = None, events: Any = None) -> Fields:
    """Trials of an EEGLAB file, in V (EEGLAB keeps µV).

    Parameters
    ----------
    channels : types or names of channels; see `neurouniv.systems.recordings.formats.mne.sensors.pick_channels`.
    window : (start, stop) in s from the event, both included; continuous data need it, epochs are cropped to it.
    events : names of the events that are trials, or one of the levels of names such as "face/happy"; of continuous
        data also a table of events, see `neurouniv.systems.recordings.formats.mne.raw_files.read_raw`.

    Returns
    -------
    Fields `event` (its type; of several in an epoch the one at time 0), its levels, and the other fields of EEG.event.

    Raises
    ------
    InputError : the .fdt file is missing or cut, there are no events, or continuous data came without a window.
    """
    mne = import_extra("mne", "An EEGLAB file")
    import_extra("pymatreader", "An EEGLAB file")
    with told_plainly(path, "an EEGLAB file"), mne_notices(source):
        header = _header(path, source)
        _need_data_file(path, header, source)
        table = _events(header, source)
        if int(header.get("trials", 1)) > 1:
            fields = epochs_fields(_epochs(mne, path, header, table, source), source, channels, window, events, KIND)
        else:
            raw = mne.io.read_raw_eeglab(path, preload=not isinstance(header.get("data"), str))
            given = at_given_events(raw, path, source, window, events, channels, KIND)
            fields = given if given is not None else _at_own_events(raw, table, source, window, events, channels)
    return _with_header(fields, header)


def _at_own_events(raw: Any, table: pd.DataFrame, source: str, window: Any, events: Any, channels: Any) -> Fields:
    trials = table[[is_trial(name) for name in table["event"]]]
    return epochs_fields(cut(raw, trials, source, window, events), source, channels, kind=KIND)


def _header(path: Path, source: str) -> Mapping[str, Any]:
    """The fields of EEG but for its numbers; `data` where it names a file."""
    variables = mat_files.variables(path)
    if "ALLEEG" in variables:
        raise InputError(
            f"{source} holds several EEGLAB data sets at once (ALLEEG). Save each in a .set file of its own "
            "(pop_saveset) and give these as a list."
        )
    wanted = ["EEG"] if "EEG" in variables else [name for name in HEADER if name in variables]
    if variables.get("data") == "char":
        wanted.append("data")
    pymatreader = import_extra("pymatreader", "An EEGLAB file")
    content = pymatreader.read_mat(str(path), variable_names=wanted)
    return content.get("EEG", content)


def _need_data_file(path: Path, header: Mapping[str, Any], source: str) -> None:
    if not isinstance(header.get("data"), str):
        return
    named = path.parent / header["data"]
    file = named if named.exists() else path.with_suffix(".fdt")
    if not file.exists():
        raise InputError(
            f"{source} keeps its data in '{header['data']}', which is not beside it. Copy the .fdt file into the same "
            "folder, under the name of the .set file."
        )
    need = 4 * int(header["nbchan"]) * int(header["pnts"]) * int(header.get("trials", 1))
    if file.stat().st_size != need:
        raise InputError(
            f"{source} needs {need} bytes of data in '{file.name}'; got {file.stat().st_size}. It may be cut short, "
            "or belong to another .set file: copy both again."
        )


def _events(header: Mapping[str, Any], source: str) -> pd.DataFrame:
    """EEG.event as a table: `event` (its type as text), `sample` (from 0), `duration`, and its other fields."""
    columns = _columns(header.get("event"))
    if not {"type", "latency"} <= set(columns):
        return pd.DataFrame({"event": np.array([], dtype=str), "sample": np.array([], dtype=int)})
    count = len(_listed(columns["latency"]))
    table = {name: _one_each(values, count) for name, values in columns.items()}
    latency = np.array([np.nan if np.size(v) != 1 else float(np.ravel(v)[0]) for v in table.pop("latency")])
    if (latency < 0).any():
        raise InputError(
            f"{source} has {int((latency < 0).sum())} events before its first sample (the first at {latency.min():g}); "
            "EEG.event.latency counts samples from 1. Mend the events (eeg_checkset) and save it again."
        )
    table["event"] = tidy_labels(as_array(table.pop("type"))).tolist()
    has_latency = np.isfinite(latency)
    frame = pd.DataFrame({name: list(values) for name, values in table.items()})[has_latency]
    return frame.assign(sample=np.maximum(np.round(latency[has_latency] - 1), 0).astype(int)).reset_index(drop=True)


def _columns(struct: Any) -> Mapping[str, Any]:
    """The fields of a MATLAB array of structs, which comes as lists in a dict or as a list of dicts."""
    if isinstance(struct, Mapping):
        return struct
    rows = [row for row in _listed(struct) if isinstance(row, Mapping)]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, "") for row in rows] for name in names}


def _listed(values: Any) -> list:
    several = isinstance(values, (list, tuple)) or np.ndim(values) > 0
    return list(values) if several else [values]


def _one_each(values: Any, count: int) -> list:
    """One value for each of `count` events; what MATLAB left empty is missing."""
    values = _listed(values)
    if len(values) != count:  # the one event's list of values
        return [""] * count
    return ["" if np.size(value) == 0 else value for value in values]


def _epochs(mne: Any, path: Path, header: Mapping[str, Any], table: pd.DataFrame, source: str) -> Any:
    """MNE epochs, each with the event at its time 0 (the nearest where there are several)."""
    trials, points = int(header["trials"]), int(header["pnts"])
    if not len(table):
        raise InputError(
            f"{source} has {trials} epochs but no events, so no conditions. Add EEG.event in EEGLAB, or read it with "
            'MNE and give the epochs: mne.read_epochs_eeglab("x.set", events, event_id).'
        )
    epoch = table["sample"].to_numpy() // points
    since = table["sample"].to_numpy() % points / float(header["srate"]) + float(header["xmin"])
    nearest = np.lexsort((np.abs(since), epoch))
    which, first = np.unique(epoch[nearest], return_index=True)
    rows = table.assign(event_latency=since).iloc[nearest[first]].set_index(which).reindex(range(trials))
    rows["event"] = rows["event"].fillna("")
    ids = {name: code for code, name in enumerate(sorted(set(rows["event"])), start=1)}
    events = np.stack([np.arange(trials), np.zeros(trials), rows["event"].map(ids)], axis=1).astype(int)
    epochs = mne.read_epochs_eeglab(path, events, ids)
    epochs.metadata = rows.drop(columns=["event", "sample", "epoch"], errors="ignore").reset_index(drop=True)
    return epochs


def _with_header(fields: Fields, header: Mapping[str, Any]) -> Fields:
    """Fields with the subject, session (a number), group and condition that EEG has for the whole file."""
    about = {name: header[name] for name in ABOUT if np.size(header.get(name, ())) == 1 and str(header[name]).strip()}
    given = dict(fields.given)
    if "subject" in about:
        given["subject"] = str(about.pop("subject"))
    if isinstance(about.get("session"), (int, float)) and "session" not in fields:
        given["session"] = about.pop("session")
    return dataclasses.replace(fields, given=given, attrs={**fields.attrs, **{n: str(v) for n, v in about.items()}})
