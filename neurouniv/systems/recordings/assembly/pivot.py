"""Rows of a table become trials x channels x latencies; cells without a row are missing or not recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from neurouniv.memory import size_text
from neurouniv.schema import InputError

CLOCK = 9  # decimals of a second in which two latencies are the same
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True)
class Pivoted:
    """Activity (trial, channel[, latency]) and what is known of each; `recorded` is None where everything was."""

    activity: np.ndarray
    channel: np.ndarray
    latency: np.ndarray | None
    trials: dict[str, np.ndarray]
    channels: dict[str, np.ndarray]
    recorded: np.ndarray | None


def long(frame: pd.DataFrame, columns: Mapping[str, Any], source: str, whole: bool = True) -> Pivoted:
    """The table with one row per trial, unit and, where it has latencies, time. No loop over rows.

    Takes 9 bytes for every trial x unit x time that there could be, and about 90 for every row while it works.

    Parameters
    ----------
    columns : the column of "trial", "channel", "activity" and, where known, "latency", "session", "subject".
    whole : whether every trial needs all latencies.

    Raises
    ------
    InputError : a (trial, unit, time) comes twice, rates are no numbers, trials differ in their latencies.
    """
    values = numbers(frame[columns["activity"]], "activity", source)
    trial = _codes(frame, _trial_keys(columns), "trial", source)
    channel = _codes(frame, [columns["channel"]], "unit", source)
    first = _firsts(trial)
    moment, latency = _moments(frame, columns, trial, first, source)
    shape = (first.size, int(channel.max()) + 1, 1 if latency is None else latency.size)
    place = np.ravel_multi_index((trial, channel, moment), shape)
    activity, there = _filled(place, values, shape, source)
    _need_each_once(frame, place, int(np.count_nonzero(there)), columns, source)
    if whole and latency is not None:
        _need_same_latencies(frame, np.asarray(there.any(axis=1)), columns, first, latency, source)
    activity = activity if latency is not None else activity[..., 0]
    names, of_trial, of_channel = _places(frame, columns, trial, channel, first, source)
    recorded = recorded_where(activity, frame.iloc[first], columns)
    return Pivoted(activity, names, latency, of_trial, of_channel, recorded)


def wide(frame: pd.DataFrame, columns: Mapping[str, Any], source: str, whole: bool = True) -> Pivoted:
    """The table with one column per unit, and one row per trial or, where it has latencies, per trial and time."""
    names = columns["activity"]
    values = np.stack([numbers(frame[name], name, source) for name in names], axis=1)
    others = [column for column in frame.columns if column not in names]
    trial = np.arange(len(frame))
    if "trial" in columns and "latency" in columns:
        trial = _codes(frame, _trial_keys(columns), "trial", source)
    first = _firsts(trial)
    moment, latency = _moments(frame, columns, trial, first, source)
    if latency is None:
        rows = {str(name): plain(frame[name]) for name in others}
        return Pivoted(values, np.array(names, dtype=str), None, rows, {}, recorded_where(values, frame, columns))
    place = np.ravel_multi_index((trial, moment), (first.size, latency.size))
    there = np.bincount(place, minlength=first.size * latency.size).reshape(first.size, -1)
    _need_each_once(frame, place, int(np.count_nonzero(there)), columns, source)
    if whole:
        _need_same_latencies(frame, there > 0, columns, first, latency, source)
    activity = np.full((first.size, latency.size, len(names)), np.nan)
    activity[trial, moment] = values
    activity = activity.swapaxes(1, 2)
    of_trial = _constant(frame[others].drop(columns=columns["latency"]), trial, first)
    _need_one(of_trial, frame, columns, trial, first, source)
    recorded = recorded_where(activity, frame.iloc[first], columns)
    return Pivoted(activity, np.array(names, dtype=str), latency, of_trial, {}, recorded)


def numbers(column: pd.Series, role: str, source: str) -> np.ndarray:
    """A column as floats; missing values are NaN.

    Raises
    ------
    InputError : something in it is no number; numbers with a decimal comma are told as such.
    """
    if column.dtype.kind in "mMc":
        kind = {"m": "durations", "M": "dates", "c": "complex numbers"}[column.dtype.kind]
        raise InputError(
            f"Column '{column.name}' of {source}, `{role}`, needs real numbers, and times in seconds; it holds {kind}. "
            "Durations become numbers by column.dt.total_seconds()."
        )
    values = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero((values.isna() & column.notna()).to_numpy())
    if not bad.size:
        return values.to_numpy(dtype=np.float32 if values.dtype == np.float32 else float, na_value=np.nan)
    value = str(column.iloc[bad[0]])
    text = f"Column '{column.name}' of {source}, `{role}`, needs numbers; {bad.size} of {len(column)} rows have none, "
    if DECIMAL_COMMA.fullmatch(value):
        thousands = "; if it separates thousands, save the numbers without it" if THOUSANDS.match(str(value)) else ""
        raise InputError(f'{text}the first is {value!r}. If this is a decimal comma, give decimal=","{thousands}.')
    if THOUSANDS.fullmatch(value):
        raise InputError(f"{text}the first is {value!r}. Save the numbers without commas between thousands.")
    raise InputError(f"{text}the first is {value!r} (row {bad[0] + 1}). Mend the table, or name another column.")


def recorded_where(activity: np.ndarray, of_trials: pd.DataFrame, columns: Mapping[str, Any]) -> np.ndarray | None:
    """Where (trial, channel) a unit was recorded: it has a value in some trial of the subject's session.

    None where all were. A unit without any value counts as recorded, so that it is told as missing.
    """
    keys = [columns[role] for role in ("subject", "session") if role in columns]
    block = of_trials.groupby(keys, sort=False, dropna=False).ngroup().to_numpy() if keys else np.zeros(len(of_trials))
    there = np.isfinite(activity) if activity.ndim == 2 else np.isfinite(activity).any(axis=2)
    recorded = np.zeros((int(block.max()) + 1, there.shape[1]), dtype=bool)
    np.logical_or.at(recorded, block.astype(int), there)
    recorded[:, ~recorded.any(axis=0)] = True
    return None if recorded.all() else recorded[block.astype(int)]


def plain(column: pd.Series) -> np.ndarray:
    """A column as a NumPy array: numbers as they are, anything else as text or objects, missing ones as None."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy()
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    values = column.astype(object).where(column.notna(), None).to_numpy()
    return values.astype(str) if all(isinstance(value, str) for value in values) else values


def _trial_keys(columns: Mapping[str, Any]) -> list[Any]:
    return [columns[role] for role in ("subject", "session", "trial") if role in columns]


def _codes(frame: pd.DataFrame, keys: list[Any], what: str, source: str) -> np.ndarray:
    """A number for every different combination of `keys`, from 0 in the order of their appearance."""
    absent = frame[keys].isna().any(axis=1).to_numpy()
    if absent.any():
        raise InputError(
            f"Every row needs a {what} ({', '.join(map(str, keys))}); {int(absent.sum())} of {absent.size} rows of "
            f"{source} have none, the first is row {int(np.argmax(absent)) + 1}. The table may be cut short: export it "
            "again."
        )
    return frame.groupby(keys, sort=False).ngroup().to_numpy()


def _firsts(codes: np.ndarray) -> np.ndarray:
    """The first row of every code, codes being numbered in the order of their appearance."""
    first = np.empty(int(codes.max()) + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(codes.size)[::-1]  # of rows written to one place the last stays: the first row
    return first


def _moments(
    frame: pd.DataFrame, columns: Mapping[str, Any], trial: np.ndarray, first: np.ndarray, source: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """The place of every row among the latencies, and these; None where a trial has but one time."""
    if "latency" not in columns:
        return np.zeros(len(frame), dtype=int), None
    times = numbers(frame[columns["latency"]], "latency", source).astype(float)
    if np.isnan(times).any():
        raise InputError(
            f"Every row needs a latency; {int(np.isnan(times).sum())} of {times.size} in column '{columns['latency']}' "
            f"of {source} have none. Mend or leave out these rows."
        )
    times = np.round(times, CLOCK)
    latency = np.sort(pd.unique(times))
    if latency.size > 1 and (times == times[first][trial]).all():
        return np.zeros(len(frame), dtype=int), None
    return np.searchsorted(latency, times), latency


def _filled(
    place: np.ndarray, values: np.ndarray, shape: tuple[int, ...], source: str
) -> tuple[np.ndarray, np.ndarray]:
    try:
        activity, there = np.full(shape, np.nan, dtype=values.dtype), np.zeros(shape, dtype=bool)
    except MemoryError as error:
        needed = size_text(np.prod(shape, dtype=float) * (values.itemsize + 1))
        raise InputError(
            f"{source} has {shape[0]} trials, {shape[1]} units and {shape[2]} latencies, which take {needed} "
            "as an array. Read one session at a time."
        ) from error
    activity.ravel()[place] = values
    there.ravel()[place] = True
    return activity, there


def _need_each_once(frame: pd.DataFrame, place: np.ndarray, filled: int, columns: Mapping, source: str) -> None:
    if filled == place.size:
        return
    again = pd.Series(place).duplicated().to_numpy()
    row = frame.iloc[int(np.argmax(again))]
    roles = [role for role in ("subject", "session", "trial", "channel", "latency") if role in columns]
    which = ", ".join(f"{columns[role]} {row[columns[role]]}" for role in roles)
    absent = [role for role in ("session", "subject", "latency") if role not in columns]
    remedy = f" If trial numbers start again, or a trial has several times, name {absent} too." if absent else ""
    raise InputError(
        f"Every row of {source} needs another trial, unit and time; {int(again.sum())} of {again.size} rows repeat "
        f"one, the first is {which} (row {int(np.argmax(again)) + 1}).{remedy} Otherwise drop the repeated rows."
    )


def _need_same_latencies(
    frame: pd.DataFrame, there: np.ndarray, columns: Mapping, first: np.ndarray, latency: np.ndarray, source: str
) -> None:
    """Every trial needs all latencies; `there` (trial, latency)."""
    short = np.flatnonzero(~there.all(axis=1))
    if short.size:
        name = frame[columns["trial"]].iloc[first[short[0]]]
        lacking = latency[~there[short[0]]]
        raise InputError(
            f"All trials of {source} need the same {latency.size} latencies; {short.size} of {len(there)} trials lack "
            f"some: trial {name} has none at {', '.join(f'{t:g}' for t in lacking[:4])}. Bin the times to one grid "
            'from each trial\'s start; or, if trials were cut short, give missing="drop_trials".'
        )


def _places(
    frame: pd.DataFrame, columns: Mapping, trial: np.ndarray, channel: np.ndarray, first: np.ndarray, source: str
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The names of the channels, the columns with one value per trial, and those with one value per channel."""
    placed = [columns[role] for role in ("channel", "activity", "latency") if role in columns]
    others = frame.drop(columns=placed)
    of_trial = _constant(others, trial, first)
    if "latency" in columns:
        of_trial |= _constant(frame[[columns["latency"]]], trial, first)
    _need_one(of_trial, frame, columns, trial, first, source)
    rest = others[[name for name in others.columns if str(name) not in of_trial]]
    firsts = _firsts(channel)
    return plain(frame[columns["channel"]].iloc[firsts]), of_trial, _constant(rest, channel, firsts)


def _constant(frame: pd.DataFrame, codes: np.ndarray, first: np.ndarray) -> dict[str, np.ndarray]:
    """The columns whose value follows from the code, one value for each code."""
    columns = {}
    for name in frame.columns:
        if frame[name].dtype == object and frame[name].iloc[first].map(np.ndim).any():
            continue  # lists, which have no place among labels
        value = pd.factorize(frame[name])[0]
        if (value == value[first][codes]).all():
            columns[str(name)] = plain(frame[name].iloc[first])
    return columns


def _need_one(
    of_trial: Mapping, frame: pd.DataFrame, columns: Mapping, trial: np.ndarray, first: np.ndarray, source: str
) -> None:
    """A trial needs one condition and one run."""
    for role in ("condition", "run"):
        if role not in columns or str(columns[role]) in of_trial:
            continue
        value = pd.factorize(frame[columns[role]])[0]
        row = int(np.argmax(value != value[first][trial]))
        both = frame[columns[role]].iloc[[first[trial[row]], row]].tolist()
        raise InputError(
            f"A trial needs one {role}; in {source} trial {frame[columns['trial']].iloc[row]} has {both[0]} and "
            f"{both[1]} (row {row + 1}). If trial numbers start again, name the columns of `session` and `subject` too."
        )
