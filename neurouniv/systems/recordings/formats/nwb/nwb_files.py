"""NWB files: activity in each trial of a table of trials, with the labels of trials and session."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import files_beside
from neurouniv.systems.recordings.formats.nwb.columns import lacking_columns
from neurouniv.systems.recordings.formats.nwb.events import Moments, events_in, moments_of
from neurouniv.systems.recordings.formats.nwb.library import import_pynwb
from neurouniv.systems.recordings.formats.nwb.series import all_series, listing, named_series, read_series
from neurouniv.systems.recordings.formats.nwb.spikes import has_spikes, read_spikes
from neurouniv.systems.recordings.formats.nwb.tables import Trials, all_tables, trials_of
from neurouniv.systems.recordings.formats.timing.bins import spike_rates
from neurouniv.systems.recordings.formats.timing.window import start_stop
from neurouniv.systems.recordings.help.errors import told_plainly

__all__ = ["SETTINGS", "read_nwb", "spike_rates"]
SETTINGS = ("align", "window", "bin", "trials", "series", "time_unit")


def read_nwb(
    path: Path,
    source: str,
    align: Any = None,
    window: Any = None,
    bin: Any = None,
    trials: str = "trials",
    series: str | None = None,
    time_unit: Any = None,
) -> Fields:
    """Spike rates (spikes/s) of every unit in every trial, or the mean of a series of samples, such as ROI responses.

    Parameters
    ----------
    align : the event that `window` is about: a column of times in s of the table of trials ("go_cue_time"), one of the
        several times that a column has for each trial ("lick_times[0]", the last: "lick_times[-1]"), a sum of columns
        where times count from the trial's start ("start_time+cue_delay"), or the times themselves, one for each trial.
        Default: the trial's start. Trials in which it is NaN are left out, which a warning tells.
    window : (start, stop) in s from that event; default the whole trial. Activity is its mean over the window, so that
        `window=(0.1, 0.5)` averages from 0.1 to 0.5 s after the event.
    bin : width in s of the bins a window is cut into; gives the dimension latency (bin centres). Of a series also
        "frame": every sample by itself, at its time from the sample nearest to the event.
    trials : the name of the table of trials, any table of intervals or events in the file ("epochs",
        "stimulus_presentations"); or of a series of events, such as stimulus onsets, whose labels are then the column
        `label` and which needs a window.
    series : which series is read instead of spikes, by its name or path in the file, such as "ophys/DfOverF". Default:
        spikes where there are units, otherwise the ROI responses where there is one series of them.
    time_unit : of the times of spikes or samples, where they are not in s as the format asks: "ms", "us", or the
        seconds of a unit, "1/30000" for samples at 30 kHz. "s" says that they are, however they look beside the trials.

    Returns
    -------
    Fields, the columns of the table of trials; given are `subject`, `started` and labels of the channels.

    Raises
    ------
    InputError : there are no trials, nothing was recorded in them, several series were not chosen between, times are
        on different clocks, or the file is damaged.
    """
    pynwb = import_pynwb("An NWB file")
    with told_plainly(path, "an NWB file"), warnings.catch_warnings():
        # files of earlier NWB versions use fields since renamed, and carry their own copy of the format
        warnings.filterwarnings("ignore", message=".*is deprecated", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="Ignoring the following cached namespace", category=UserWarning)
        warnings.filterwarnings("ignore", message="Date is missing timezone", category=UserWarning)
        # told by ourselves, with what it means
        warnings.filterwarnings("ignore", message="Path to Group altered/broken", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*is experimental", category=UserWarning)
        # shapes that do not fit are refused below, where the series is the one that is read
        warnings.filterwarnings("ignore", message=".*data does not match (the )?length", category=UserWarning)
        _tell_files_beside(path, source)
        with pynwb.NWBHDF5IO(str(path), "r") as file:
            nwb = _whole(file, path, source)
            table = trials_of(nwb, source, trials)
            chosen = _chosen(nwb, source, series)
            moments = moments_of(table, source, align, window)
            given, units, channel_coords = _activity(nwb, chosen, source, moments, window, bin, time_unit)
            given |= {"trial": table.ids} if "trial" not in table.columns else {}
            given |= _subject_and_start(nwb, path) | {"rows_left_out": moments.left_out}
            attrs = {"session_id": nwb.session_id} if nwb.session_id else {}
            attrs |= _notes(moments, trials, window, time_unit)
            kind = _what_else(nwb, table, align)
    return Fields(table.columns, source, kind, given, units, channel_coords, attrs)


def _activity(
    nwb: Any, chosen: Any, source: str, moments: Moments, window: Any, bin: Any, time_unit: Any
) -> tuple[dict[str, Any], str, dict[str, np.ndarray]]:
    """What is given of all trials: the activity of those that have the event, NaN for the others."""
    read, there = read_spikes if chosen is nwb.units else read_series, moments.there
    given, units, channel_coords = read(
        chosen, source, moments.zero[there], moments.stop[there], window, bin, time_unit
    )
    if there.size < moments.zero.size:
        activity = np.full((moments.zero.size, *given["activity"].shape[1:]), np.nan)
        activity[there] = given["activity"]
        given["activity"] = activity
    return given, units, channel_coords


def _notes(moments: Moments, trials: str, window: Any, time_unit: Any) -> dict[str, str]:
    """What was chosen of the file and how many trials were left out, a line each."""
    lines = [f"trials: of '{trials}'"] if window is None and trials != "trials" else []
    if window is not None:
        first, last = start_stop(window)
        lines.append(f"trials: {first:g} to {last:g} s from '{moments.name}' of '{trials}'")
    lines += [] if time_unit is None else [f"times of spikes or samples: in units of {time_unit}"]
    lines += [f"left out: {rows.sum()} of {rows.size} trials, which {what}" for what, rows in moments.left_out.items()]
    return {"notes": "\n".join(lines)} if lines else {}


def _what_else(nwb: Any, table: Trials, align: Any) -> str:
    """How messages call the columns of the table, with the other tables and the events that a window can be about."""
    others = [name for name, other in all_tables(nwb).items() if name != table.name and len(other.id)]
    events = events_in(table) if align is None else []
    more = f"Other tables (trials=): {some(others, 12)}. " if others else ""
    about = f"Times of events (align=, with window=): {some(events, 12)}. " if events else ""
    return f"{more}{about}Columns of its table '{table.name}'"


def _whole(file: Any, path: Path, source: str) -> Any:
    """The content of an open file.

    Raises
    ------
    InputError : a table of intervals lacks a column without which pynwb reads nothing of the file.
    ValueError : pynwb reads nothing of it for another reason, in its words.
    """
    try:
        return file.read()
    except Exception as error:  # pynwb raises many kinds for a part of a file that it cannot make
        lacking = lacking_columns(path)
        if not lacking:
            raise ValueError(error.args[-1] if error.args else error) from error  # not the whole part that failed
        table, column = next(iter(lacking.items()))
        raise InputError(
            f"The table '{table}' of {source} has no column '{column}', which every table of intervals of NWB needs; "
            "pynwb cannot read such a file. Write it again with that column, NaN where its values are unknown, and "
            "read "
            "it with window=(start, stop)."
        ) from error


def _tell_files_beside(path: Path, source: str) -> None:
    """Say which parts of datasets lie in other files, and which other files are not there."""
    links, parts = files_beside(path)
    lost = [name for name in (*links, *parts) if not (path.parent / name).exists()]
    if parts:
        warn(
            f"Parts of datasets of {source} are in other files ({some(parts)}), which its checksum does not cover. "
            "Keep them with it."
        )
    if lost:
        warn(
            f"{source} has contents in files that are not there ({some(lost)}); these are not read. Put them beside it."
        )


def _subject_and_start(nwb: Any, path: Path) -> dict[str, str]:
    subject = getattr(nwb.subject, "subject_id", None) or ""
    start = nwb.session_start_time
    if start is not None and not _has_zone(path):
        start = start.replace(tzinfo=None)  # pynwb guesses that of the machine which reads
    texts = {"subject": subject, "started": "" if start is None else start.isoformat()}
    return {name: text for name, text in texts.items() if text}


def _has_zone(path: Path) -> bool:
    """Whether a file says in which time zone its session started."""
    import h5py

    with h5py.File(path) as file:
        return re.search(r"(Z|[+-]\d\d:?\d\d)$", file["session_start_time"].asstr()[()].strip()) is not None


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
