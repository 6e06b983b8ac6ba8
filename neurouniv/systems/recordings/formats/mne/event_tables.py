"""Tables of events beside a continuous recording: BIDS's `_events.tsv`, or any table with a column `onset` in s."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.mne.continuous import cut, is_trial
from neurouniv.systems.recordings.formats.mne.epochs import METADATA, epochs_fields
from neurouniv.systems.recordings.formats.tables.table_files import csv_frame, is_frame

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("trial_type", "condition", "stimulus", "event", "type", "value")
"""Columns that name an event, the first that there is."""
KIND = re.compile(r"_(eeg|meg|ieeg|nirs|beh|physio)$")
PLACES = ("annotations", "stim")
"""What `events` may be beside names and tables: the file's own annotations, or its stimulus channel."""
TAKEN = ("onset", "sample", "event")


def table_and_names(events: Any) -> tuple[Any, Any]:
    """A table of events (a path, or a data frame) and the names of those that are trials, from the setting `events`.

    Examples
    --------
    >>> table_and_names("face,house"), table_and_names("sub-1_events.tsv,face"), table_and_names(None)
    ((None, 'face,house'), (PosixPath('sub-1_events.tsv'), ['face']), (None, None))
    """
    if events is None or is_frame(events):
        return events, None
    items = [events] if isinstance(events, Path) else events.split(",") if isinstance(events, str) else list(events)
    files = [item for item in items if Path(str(item).strip()).suffix.lower() in (".tsv", ".csv")]
    if not files:
        return None, events
    return Path(str(files[0]).strip()).expanduser(), [item for item in items if item not in files] or None


def beside(path: Path, what: str = "events") -> Path | None:
    """The table of a recording that has its name in BIDS: sub-1_task-x_events.tsv of sub-1_task-x_eeg.edf."""
    names = [f"{KIND.sub('', path.stem)}_{what}.tsv", f"{path.stem}_{what}.tsv"]
    return next((path.with_name(name) for name in names if path.with_name(name).exists()), None)


def given_events(raw: Any, path: Path, source: str, events: Any) -> tuple[pd.DataFrame | None, Any, str]:
    """The events of a table given, or of BIDS beside the file; the names of those that are trials; where they are from.

    The table is None where there is none, and where the file's own events are asked for.
    """
    table, names = table_and_names(events)
    if table is None and not (isinstance(events, str) and events in PLACES):
        table = beside(path)
    if table is None:
        return None, names, ""
    rows = event_table(table, source, raw.info["sfreq"], raw.n_times / raw.info["sfreq"])
    return rows, names, table.name if isinstance(table, Path) else "the table of events given"


def at_given_events(
    raw: Any, path: Path, source: str, window: Any, events: Any, channels: Any, kind: str = METADATA
) -> Fields | None:
    """Trials at the events of a table given, or of BIDS beside the file; None where there is none."""
    table, names, origin = given_events(raw, path, source, events)
    if table is None:
        return None
    epochs = cut(raw, table, source, window, names, origin)
    return without_one_event(epochs_fields(epochs, source, channels, kind=kind), origin)


def without_one_event(fields: Fields, origin: str) -> Fields:
    """Fields that say where events are from; where all have one name, that is no condition, but a column may be."""
    given = dict(fields.given)
    if len(set(fields.tree["event"])) == 1 and len(fields.tree) > 2:
        given.pop("condition", None)
    return dataclasses.replace(
        fields, given=given, attrs={**fields.attrs, "events_from": origin, "notes": f"events: of {origin}"}
    )


def event_table(table: Any, source: str, rate: float, duration: float) -> pd.DataFrame:
    """The events as `neurouniv.systems.recordings.formats.mne.continuous.cut` takes them: event, sample, other columns.

    Parameters
    ----------
    table : path of a table, or a data frame, with `onset` in s from the recording's start. The first of `NAMES` that
        it has names the events; without one all are "event".
    rate, duration : samples per s and s of the recording.

    Warns
    -----
    NeurounivWarning : rows without an onset or a name are left out.

    Raises
    ------
    InputError : there is no such table, no `onset`, no row; onsets are no numbers, or lie beyond the recording.
    """
    name = "the table of events" if is_frame(table) else f"'{table}'"
    if not is_frame(table) and not Path(table).exists():
        raise InputError(f"There is no table of events {name}, given as `events`.")
    frame = table if is_frame(table) else csv_frame(Path(table))
    columns = {str(column).strip(): frame[column].to_numpy() for column in frame.columns}
    if "onset" not in columns:
        raise InputError(
            f"{name} needs a column `onset`, the start of each event in s from the recording's start; a column "
            f"`trial_type`, its condition, is useful too; it has {', '.join(columns) or 'no column'}."
        )
    onset = _numbers(columns["onset"], name)
    label = next((column for column in NAMES if column in columns), None)
    events = tidy_labels(columns[label]) if label else np.full(onset.size, "event")
    mask = np.isfinite(onset) & (events != "") & np.array([is_trial(event) for event in events.tolist()], dtype=bool)
    if not mask.any():
        raise InputError(f"{name} has no event with an onset and a name (`{label}`) among its {onset.size} rows.")
    if not mask.all():
        warn(f"Left out of {name}: {int((~mask).sum())} of {mask.size} rows, without an onset or `{label or 'event'}`.")
    _need_seconds(onset[mask], duration, name, source)
    others = {column: values[mask] for column, values in columns.items() if column not in TAKEN}
    return _frame({"event": events[mask], "sample": np.round(onset[mask] * rate).astype(int), **others})


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _numbers(column: np.ndarray, name: str) -> np.ndarray:
    try:
        return column.astype(float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} needs numbers, s from the recording's start, as `onset` ({error}).") from error


def _need_seconds(onset: np.ndarray, duration: float, name: str, source: str) -> None:
    late = onset > duration
    if late.sum() * 2 > onset.size or (onset < 0).any():
        where = f"before its start, the first at {onset.min():g}" if (onset < 0).any() else "after its end"
        count = int((onset < 0).sum()) if (onset < 0).any() else int(late.sum())
        raise InputError(
            f"{name} needs onsets in s from the start of {source}, which lasts {duration:.4g} s; {count} of "
            f"{onset.size} lie {where}, and onsets run to {onset.max():g}. Are they milliseconds, samples, or of "
            "another clock? Change them, or give the table of this recording."
        )
