"""Continuous recordings cut into trials around their events."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.formats.mne.epochs import census, chosen_events
from neurouniv.systems.recordings.formats.timing.window import start_stop
from neurouniv.systems.recordings.help.calls import both_ways
from neurouniv.systems.recordings.help.errors import import_extra

BREAKS = ("boundary", "new segment", "edge")  # where recording stopped and went on: EEGLAB, BrainVision, MNE
NO_TRIAL = (*BREAKS, "bad", "syncstatus")
REASONS = {
    "NO_DATA": "the window begins before the data",
    "TOO_SHORT": "the window ends after the data",
    "BAD boundary": "the window crosses a break in the data",
    "IGNORED": "not chosen",
}


def cut(raw: Any, table: pd.DataFrame, source: str, window: Any, events: Any = None, origin: str = "") -> Any:
    """MNE epochs of a continuous recording, one for each event, with the events' table as their metadata.

    Parameters
    ----------
    raw : continuous recording of MNE; its annotations that mark bad data or a break are not cut across.
    table : one row per event: `event` (name), `sample` (counted from the first in the data), and whatever else.
    window : (start, stop) in s from the event, both ends included, as MNE has it.
    events : which of them are trials; see `neurouniv.systems.recordings.formats.mne.epochs.chosen_events`.
    origin : where the table is from, for messages.

    Warns
    -----
    NeurounivWarning : events were left out, because the window leaves the data or touches what is marked bad.

    Raises
    ------
    InputError : there are no events, no window was given (the message lists the events), or no trial is left.
    """
    if not len(table):
        raise InputError(
            f"{source} is a continuous recording without events ({raw.times[-1]:.4g} s), so there are no trials to "
            "cut. Give a table of them with the columns onset (s from its start) and trial_type (the condition): "
            f"{both_ways(source, events='events.tsv', window=(-0.1, 0.5))}; or cut trials yourself (mne.Epochs) and "
            "give these."
        )
    if window is None:
        raise InputError(
            f"{source} is a continuous recording of {raw.times[-1]:.4g} s; trials are cut from it around its events, "
            f"which are {census(table['event'])}{f' (of {origin})' if origin else ''}. Give the window in s from the "
            f"event, for example: {both_ways(source, window=(-0.1, 0.5))}"
        )
    start, stop = start_stop(window, "the event")
    table = table.iloc[chosen_events(table["event"].to_numpy(dtype=str), events, source)]
    table = table.sort_values("sample", kind="stable").reset_index(drop=True)
    _need_own_samples(table, source, raw.info["sfreq"])
    return _told_what_is_left_out(_epochs(raw, table, start, stop), source, window)


def marked_events(raw: Any) -> pd.DataFrame:
    """The annotations of a continuous recording as a table of events, without those that mark bad data or breaks."""
    mne = import_extra("mne", "Continuous data")
    names = np.array(raw.annotations.description.tolist(), dtype=str)
    mask = np.array([is_trial(name) for name in names], dtype=bool)
    if not mask.any():
        return pd.DataFrame({"event": [], "sample": []})
    codes = {name: code for code, name in enumerate(np.unique(names[mask]).tolist(), start=1)}
    events, _ = mne.events_from_annotations(raw, codes, regexp=None)
    sample, duration = events[:, 0] - raw.first_samp, raw.annotations.duration[mask]
    return pd.DataFrame({"event": names[mask], "sample": sample, "duration": duration})


def stimulus_events(raw: Any, source: str) -> pd.DataFrame:
    """The steps of the stimulus channel of a continuous recording as a table of events; empty without the channel.

    A step from one code to a lower one, not 0, is no event to MNE; where there are such, that is said.
    """
    mne = import_extra("mne", "Continuous data")
    if "stim" not in raw.get_channel_types():
        return pd.DataFrame({"event": [], "sample": []})
    events, every = (mne.find_events(raw, shortest_event=1, consecutive=c) for c in ("increasing", True))
    if len(every) > len(events):
        warn(
            f"{len(every) - len(events)} steps of the stimulus channel of {source} go from one code straight to a "
            "lower one, which MNE takes for the end of the first and for no event. If they are events, give a table of "
            'them: events="events.tsv".'
        )
    return pd.DataFrame({"event": events[:, 2].astype(str), "sample": events[:, 0] - raw.first_samp})


def is_trial(name: str) -> bool:
    """Whether an event may be a trial: it marks neither a break nor bad data.

    Examples
    --------
    >>> is_trial("Stimulus/S  1"), is_trial("BAD_blink"), is_trial("New Segment/")
    (True, False, False)
    """
    return not name.lower().startswith(NO_TRIAL)


def _epochs(raw: Any, table: pd.DataFrame, start: float, stop: float) -> Any:
    mne = import_extra("mne", "Continuous data")
    raw = raw.copy()  # its data stay where they are; only its annotations change
    breaks = {name for name in raw.annotations.description.tolist() if name.lower().startswith(BREAKS)}
    raw.annotations.rename(dict.fromkeys(breaks, "BAD boundary"))
    names = sorted(set(table["event"]))
    ids = {name: code for code, name in enumerate(names, start=1)}
    samples = table["sample"].to_numpy() + raw.first_samp
    events = np.stack([samples, np.zeros_like(samples), table["event"].map(ids).to_numpy()], axis=1).astype(int)
    metadata = table.drop(columns=["event", "sample"]).assign(onset=table["sample"] / raw.info["sfreq"])
    settings = {"tmin": start, "tmax": stop, "baseline": None, "metadata": metadata}
    return mne.Epochs(raw, events, ids, **settings, on_missing="ignore", preload=True)


def _need_own_samples(table: pd.DataFrame, source: str, rate: float) -> None:
    twice = table["sample"].duplicated(keep=False)
    if twice.any():
        first = table[twice].iloc[:2]
        raise InputError(
            f"Each trial needs an event of its own; in {source} {int(twice.sum())} events share their moment, the "
            f"first are {' and '.join(map(repr, first['event'].map(str)))} at {first['sample'].iloc[0] / rate:g} s. "
            f'Choose those that begin a trial, for example `events="{first["event"].iloc[0]}"`.'
        )


def _told_what_is_left_out(epochs: Any, source: str, window: Any) -> Any:
    lost = [reasons[0] for reasons in epochs.drop_log if reasons]
    if not lost:
        return epochs
    why = ", ".join(f"{REASONS.get(r, f'marked {str(r)!r}')}: {count}" for r, count in Counter(lost).items())
    what = f"{len(lost)} of {len(epochs.drop_log)} events of {source} with window={window!r} ({why})"
    if not len(epochs):
        raise InputError(f"No trial is left of {what}. Give a window within the data, or unmark what is not bad.")
    warn(f"Left out: {what}.")
    return epochs
