"""Spikes or series of samples and a table of trials become trials x channels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.series.ask import how_to_align
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.series.spikes import Spikes
from neurouniv.systems.recordings.formats.series.trials import Trials, onsets_in_seconds, table_of, without_onset
from neurouniv.systems.recordings.formats.timing.window import start_stop

SETTINGS = ("trials", "onset", "onset_unit", "window", "bin", "condition")
CLOCK = ("rate", "times")
LABELS = ("condition", "subject", "session", "run", "repeat", "trial")


def aligned(
    recorded: Spikes | Samples,
    source: str,
    settings: Mapping[str, Any],
    folder: Path | None = None,
    own: Mapping[str, Any] | None = None,
    default: Trials | None = None,
    about: Mapping[str, Any] | None = None,
) -> Fields:
    """Activity (trial, channel[, latency]) around the onsets of a table of trials; its columns are the fields.

    Parameters
    ----------
    recorded : what was recorded, without trials.
    settings : what the user gave. `trials`: the table of trials; see
        `neurouniv.systems.recordings.formats.series.trials.table_of`. `onset`: its column of onsets, default one with
        a usual name (onset, start, stimOn_times, ...). `onset_unit`: "s" (default), "ms", or "frame" or "sample",
        numbers counted from 0. `window`: (start, stop) in s from the onset. `bin`: width in s of the bins a window is
        cut into; of series also "frame", every frame by itself from the one nearest to the onset; default the mean
        over the window. `condition`: the column that holds it.
    folder, own, default : where tables are looked for; fields of the recording that may hold one; the table that the
        software writes itself.
    about : what the recording says of itself (`subject`, `started`).

    Returns
    -------
    Fields; its attribute `channels_of` says that channels are numbered anew in every session, so that those of several
    sessions are kept apart unless `match_channels` says otherwise.

    Raises
    ------
    InputError : something of the above is missing or ambiguous; the message shows the call to make.
    """
    _need_own_names(recorded.ids, source)
    trials = settings.get("trials")
    table = default if trials is None else table_of(trials, folder, own)
    column = None if table is None else table.onset_column(settings.get("onset"))
    lacks = _lacks(recorded, table, column, settings)
    if lacks or table is None or column is None:
        raise InputError(how_to_align(recorded, source, folder, table, settings, lacks))
    start, stop = start_stop(settings["window"], "the onset")
    onsets = onsets_in_seconds(table, column, settings.get("onset_unit"), recorded.moments, recorded.span())
    rows = np.flatnonzero(without_onset(table.columns, onsets, table.name))
    activity, latency = recorded.activity(onsets[rows], (start, stop), settings.get("bin"))
    tree = _of_trials(own or {}) | {name: values[rows] for name, values in table.columns.items()}
    given = {"activity": activity, "channel": recorded.ids, "latency": latency, **(about or {})}
    given |= {"trial": rows} if rows.size < onsets.size and "trial" not in table.columns else {}
    bins = "" if latency is None else f" in {latency.size} bins"
    notes = [f"reading: {recorded.how}", f"trials: {start:g} to {stop:g} s from '{column}' of '{table.name}'{bins}"]
    notes += [f"left out: {recorded.left_out}"] if recorded.left_out else []
    attrs = {"notes": "\n".join(notes), "channels_of": "session"}
    attrs |= {"trials_sha256": table.sha256} if table.sha256 else {}
    return Fields(tree, source, f"Columns of '{table.name}'", given, recorded.units, recorded.about, attrs)


def _need_own_names(ids: np.ndarray, source: str) -> None:
    twice = ids.size - np.unique(ids).size
    if twice:
        raise InputError(
            f"Every unit needs its own name; {twice} of {ids.size} in {source} have that of another. Mend it."
        )


def _of_trials(own: Mapping[str, Any]) -> dict[str, Any]:
    """The recording's own fields, without labels of something else than trials, such as the trial of every spike."""
    return {name: value for name, value in own.items() if name not in LABELS or np.size(value) == 1}


def _lacks(
    recorded: Spikes | Samples, table: Trials | None, column: str | None, settings: Mapping[str, Any]
) -> list[str]:
    """What is still needed, in words."""
    lacks = ["a table of trials"] if table is None else [] if column else ["the onset of each trial"]
    if settings.get("condition") is None and (table is None or "condition" not in table.columns):
        lacks.append("the condition of each trial")
    lacks += ["the window around each onset"] if settings.get("window") is None else []
    return lacks + ([recorded.lacks] if recorded.lacks else [])
