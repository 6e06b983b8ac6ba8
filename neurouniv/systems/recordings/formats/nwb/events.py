"""The moment in each trial that the window is about, and what is doubtful of these moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.formats.nwb.tables import Trials
from neurouniv.systems.recordings.formats.timing.trial_times import near_own, need_near, tell_neighbours, tell_order
from neurouniv.systems.recordings.formats.timing.window import start_stop

ENTRY = re.compile(r"(?P<column>.+?)\[(?P<index>-?\d+)\]")


@dataclass(frozen=True)
class Moments:
    """When each trial's window has its zero, `zero` (trial,) in s, NaN where that event did not happen; when trials
    `stop`, NaN where that is not known; and `name`, the event's.

    Without an event of its own a trial's zero is its start.
    """

    zero: np.ndarray
    stop: np.ndarray
    name: str

    @property
    def there(self) -> np.ndarray:
        """The numbers of the trials in which the event happened."""
        return np.flatnonzero(np.isfinite(self.zero))

    @property
    def left_out(self) -> dict[str, np.ndarray]:
        """The trials without it, by what is the matter with them."""
        lost = ~np.isfinite(self.zero)
        return {f"have no {self.name} (NaN)": lost} if lost.any() else {}


def moments_of(trials: Trials, source: str, align: Any, window: Any) -> Moments:
    """The moments that `align` says: a column of times, one entry of a column of several ("licks[0]"), a sum of two
    columns ("start_time+cue_delay"), or the times themselves, one for each trial.

    Warns
    -----
    NeurounivWarning : times lie far from their own trials, trials are not in the order of time or start together, or
        many windows reach into a neighbouring trial.

    Raises
    ------
    InputError : there is no such column, it holds no times in s, or a window or a stop is missing that is needed.
    """
    rows = len(trials.ids)
    stop = np.full(rows, np.nan) if trials.stop is None else trials.stop
    if align is None or (isinstance(align, str) and align == "start_time" and window is None):
        zero, name = _need_start(trials, source), "start_time"
    else:
        zero, name = _times(trials, source, align), align if isinstance(align, str) else "the times given"
    if not np.isfinite(zero).any():
        raise InputError(f"`align={name}`: no trial of {source} has a time in it; all are NaN.{_candidates(trials)}")
    if window is None:
        _need_whole_trials(zero, stop, trials, name, source)
    start = zero if trials.start is None else trials.start
    if align is not None and trials.start is not None and name != "start_time":
        need_near(zero, start, name, source, guess=isinstance(align, str))
    tell_order(start, trials.name, source)
    if window is not None:
        tell_neighbours(zero, start, stop, start_stop(window, name), source)
    return Moments(zero, stop, name)


def events_in(trials: Trials) -> list[str]:
    """Columns whose times lie within their own trials, as `align` takes them: "go_cue_time", "lick_times[0]"."""
    if trials.start is None:
        return []
    names = []
    for name, column in trials.columns.items():
        if not isinstance(column, np.ndarray) or name in ("start_time", "stop_time", "timestamp", "timestamps"):
            continue
        several = column.dtype == object or column.ndim == 2
        values = _entry(column, 0) if several else _floats(column)
        known = np.isfinite(values)
        if known.sum() > 1 and near_own(values, trials.start)[known].mean() >= 0.9:
            names.append(f"{name}[0]" if several else name)
    return names


def _times(trials: Trials, source: str, align: Any) -> np.ndarray:
    if not isinstance(align, str):
        return _given(align, len(trials.ids), source)
    names = [align] if align in trials.columns else align.split("+")
    return np.sum([_column(trials, name.strip(), source) for name in names], axis=0)


def _given(align: Any, rows: int, source: str) -> np.ndarray:
    try:
        times = np.asarray(align, dtype=float).ravel()
    except (TypeError, ValueError) as error:
        raise InputError(f"`align` is a column of times or the times themselves in s; got {align!r}.") from error
    if times.size != rows:
        raise InputError(f"`align` has {times.size} times for {rows} trials of {source}; one for each is needed.")
    return times


def _column(trials: Trials, name: str, source: str) -> np.ndarray:
    entry = ENTRY.fullmatch(name)
    key = entry["column"] if entry and name not in trials.columns else name
    column = trials.columns.get(key)
    if not isinstance(column, np.ndarray):
        names = some([own for own in trials.columns if isinstance(trials.columns[own], np.ndarray)], 20)
        raise InputError(
            f"`align` names the column '{key}', which the table '{trials.name}' of {source} does not have; its columns "
            f"are {names}.{_candidates(trials)}"
        )
    if column.dtype == object or column.ndim == 2:
        if entry is None:
            raise InputError(
                f"`align={name}` needs one time for each trial; '{key}' in {source} has several. Say which, counted "
                f'from 0: align="{key}[0]" for the first, "{key}[-1]" for the last.'
            )
        values = _entry(column, int(entry["index"]))
    elif key != name:
        raise InputError(f"'{key}' in {source} has one value for each trial, so none to choose: align=\"{key}\".")
    else:
        values = _floats(column)
    if not np.isfinite(values).any() and column.dtype.kind not in "fO":
        kind = "text" if column.dtype.kind == "U" else column.dtype.name
        raise InputError(
            f"`align` needs a column of times in s; '{key}' in {source} holds {kind}, such as "
            f"{column.ravel()[0].item()!r}.{_candidates(trials)}"
        )
    return values


def _floats(column: np.ndarray) -> np.ndarray:
    return column.astype(float) if column.dtype.kind in "iuf" else np.full(len(column), np.nan)


def _entry(column: np.ndarray, index: int) -> np.ndarray:
    """One entry of the several of each row, NaN where a row has fewer."""
    values = np.full(len(column), np.nan)
    for row, several in enumerate(column):
        numbers = np.ravel(several)
        if numbers.dtype.kind in "iuf" and -numbers.size <= index < numbers.size:
            values[row] = numbers[index]
    return values


def _candidates(trials: Trials) -> str:
    names = events_in(trials)
    return f' Columns of times within the trials: {some(names, 12)}; say align="{names[0]}".' if names else ""


def _need_start(trials: Trials, source: str) -> np.ndarray:
    if trials.start is None:
        floats = [n for n, a in trials.columns.items() if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        raise InputError(
            f"The table '{trials.name}' of {source} has no column start_time of times. Name the column that says when "
            f'trials begin, with a window: align="{(floats or ["COLUMN"])[0]}", window=(0, 0.5). Its columns: '
            f"{some(list(trials.columns), 20)}."
        )
    return trials.start


def _need_whole_trials(zero: np.ndarray, stop: np.ndarray, trials: Trials, name: str, source: str) -> None:
    """Without a window the whole trial is read, so that it has to be known when it starts and stops."""
    remedy = f"Give a window in s from {name} instead, such as window=(0, 0.5), in a shell window=0,0.5"
    if name != "start_time":
        raise InputError(f"`align={name}` needs a window about it in s. {remedy}.")
    known = np.isfinite(zero)
    lost = np.flatnonzero(known & ~np.isfinite(stop))
    if lost.size:
        what = (
            "has no column stop_time" if trials.stop is None else f"has no stop_time in {lost.size} of {stop.size} rows"
        )
        which = "" if trials.stop is None else f" (NaN; the first is row {lost[0]})"
        raise InputError(f"The table '{trials.name}' of {source} {what}{which}, so trials have no end. {remedy}.")
    bad = np.flatnonzero(known & ~(stop > zero))
    if bad.size:
        raise InputError(
            f"Trials need to stop after they start; {bad.size} of {stop.size} in {source} do not, the first is trial "
            f"{bad[0]} ({zero[bad[0]]:g} to {stop[bad[0]]:g} s). {remedy}."
        )
