"""NWB files: activity in each trial of a table of trials, with the labels of trials and session."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.bins import spike_rates
from neurouniv.systems.recordings.formats.nwb_series import all_series, listing, named_series, read_series
from neurouniv.systems.recordings.formats.nwb_spikes import has_spikes, read_spikes
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

__all__ = ["SETTINGS", "read_nwb", "spike_rates"]
SETTINGS = ("window", "bin", "trials", "series")


def read_nwb(
    path: Path, source: str, window: Any = None, bin: Any = None, trials: str = "trials", series: str | None = None
) -> Fields:
    """Spike rates (spikes/s) of every unit in every trial, or the mean of a series of samples, such as ROI responses.

    Parameters
    ----------
    window : (start, stop) in s from each trial's start; default the whole trial.
    bin : width in s of the bins a window is cut into; gives the dimension latency (bin centres). Of a series also
        "frame": every sample by itself, at its time from the sample nearest to the trial's start.
    trials : the name of the table of trials.
    series : which series is read instead of spikes, by its name or path in the file, such as "ophys/DfOverF". Default:
        spikes where there are units, otherwise the ROI responses where there is one series of them.

    Returns
    -------
    Fields, the columns of the table of trials; given are `subject`, `started` and labels of the channels.

    Raises
    ------
    InputError : there are no trials, nothing was recorded in them, or several series were not chosen between.
    """
    pynwb = import_extra("pynwb", "An NWB file")
    with told_plainly(path, "an NWB file"), warnings.catch_warnings():
        # files of earlier NWB versions use fields since renamed, and carry their own copy of the format
        warnings.filterwarnings("ignore", message=".*is deprecated", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="Ignoring the following cached namespace", category=UserWarning)
        # shapes that do not fit are refused below, where the series is the one that is read
        warnings.filterwarnings("ignore", message=".*data does not match (the )?length", category=UserWarning)
        with pynwb.NWBHDF5IO(str(path), "r") as file:
            nwb = file.read()
            table = _trials_table(nwb, source, trials)
            columns = {name: column(table, name) for name in table.colnames}
            chosen = _chosen(nwb, source, series)
            start, stop = columns["start_time"], columns["stop_time"]
            read = read_spikes if chosen is nwb.units else read_series
            given, units, channel_coords = read(chosen, source, start, stop, window, bin)
            given |= {"trial": np.asarray(table.id[:])} if "trial" not in columns else {}
            given |= _subject_and_start(nwb)
            attrs = {"session_id": nwb.session_id} if nwb.session_id else {}
    return Fields(columns, source, f"Columns of its table '{trials}'", given, units, channel_coords, attrs)


def column(table: Any, name: str) -> np.ndarray:
    """A column of a table of NWB as an array; entries of several values (tags) stay objects."""
    values = table[name][:]
    try:
        return np.asarray(values)
    except ValueError:
        ragged = np.empty(len(values), dtype=object)
        ragged[:] = list(values)
        return ragged


def _subject_and_start(nwb: Any) -> dict[str, str]:
    subject = getattr(nwb.subject, "subject_id", None) or ""
    start = nwb.session_start_time
    texts = {"subject": subject, "started": "" if start is None else start.isoformat()}
    return {name: text for name, text in texts.items() if text}


def _trials_table(nwb: Any, source: str, trials: str) -> Any:
    table = nwb.trials if trials == "trials" else (nwb.intervals or {}).get(trials)
    if table is not None and len(table):
        return table
    tables = ", ".join(f"'{name}'" for name in (nwb.intervals or {})) or "none"
    units = 0 if nwb.units is None else len(nwb.units)
    raise InputError(
        f"{source} has {units} units but no table '{trials}' of trials, so no conditions; tables of intervals found: "
        f"{tables}. Add trials with a column for the condition (pynwb: nwb.add_trial_column, nwb.add_trial), or name "
        f'another table: read_recording("{source}", trials="TABLE", condition="COLUMN")'
    )


def _chosen(nwb: Any, source: str, series: str | None) -> Any:
    """The table of units, or the series that is meant."""
    series_by_path = all_series(nwb)
    if series is not None:
        return named_series(series_by_path, series, source)
    if has_spikes(nwb.units):
        return nwb.units
    rois = {path: item for path, item in series_by_path.items() if type(item).__name__ == "RoiResponseSeries"}
    if len(rois) == 1:
        return next(iter(rois.values()))
    if series_by_path:
        what = f"{len(rois)} series of ROI responses" if rois else "no units and no ROI responses, but other series"
        first = next(iter(rois or series_by_path))
        raise InputError(
            f"{source} has {what}: {listing(rois or series_by_path)}. Say which is read: "
            f'read_recording("{source}", series="{first}")'
        )
    names = ", ".join(f"'{name}'" for name in (*nwb.acquisition, *nwb.processing)) or "nothing"
    raise InputError(
        f"{source} has trials but no units with spike times and no series of samples, which is what is read from NWB; "
        f"acquisition and processing hold {names}. Sort the spikes into units, or save trials x channels as netCDF or "
        ".mat."
    )
