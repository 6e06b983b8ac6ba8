"""Whose recordings several files are, of which session and run: as told, by BIDS-like names, or by the files' own
fields and start times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.checks.dates import Moment, days_of
from neurouniv.systems.recordings.checks.session_days import DATES
from neurouniv.systems.recordings.several.bids import entities, in_order_of_stages, numbers_in
from neurouniv.systems.recordings.several.calendar import (
    dates_of_labels,
    dates_of_names,
    dates_of_starts,
    on_one_calendar,
)
from neurouniv.systems.recordings.several.concatenate import Part

TOLD, NAMES, OWN = "as given", "from the file names", "from the files' own fields"
STARTED, ORDER = "from the files' start times", "in order of the files"
CALLED = "called"
"""The attribute of sessions that are numbered 1, 2, ... with what they are called, a line each."""


@dataclass(frozen=True)
class Labels:
    """Subject, session and run of each of several files (None: unknown, or as in the file), and where from; the dates
    of sessions that have some, and the attributes of their coordinate."""

    subject: list[str] | None = None
    session: Sequence[float] | Sequence[np.ndarray] | None = None
    run: list[str] | None = None
    subjects_from: str = ""
    sessions_from: str = ""
    dates: list[str] | None = None
    session_attrs: dict[str, str] = field(default_factory=dict)


def labels_of(
    recs: Sequence[xr.Dataset], names: Sequence[str], settings: Mapping[str, Any], one_after_the_other: bool = True
) -> Labels:
    """The subject, session and run of the trials of each file.

    Parameters
    ----------
    recs, names : the recordings and the names of their files (or of objects).
    settings : `subject`, `session`, `run`, each a list with one value per file or a mapping from file names; they go
        before everything else.
    one_after_the_other : whether files that do not say their sessions are one each; else they are of one session.

    Raises
    ------
    InputError : a list of another length, a file that a mapping lacks, sessions that two files both hold.
    """
    words = [entities(Path(name)) for name in names]
    labels = _subjects(recs, words, names, settings)
    labels = replace(labels, run=_runs(recs, words, names, settings))
    return _sessions(recs, words, names, settings, labels, one_after_the_other)


def labelled(
    recs: Sequence[xr.Dataset], names: Sequence[str], settings: Mapping[str, Any], one_after_the_other: bool = True
) -> tuple[list[Part], dict[str, str]]:
    """The recordings with subject, session and run on their trials, and where these are from; see `labels_of`."""
    if len(recs) > 1:
        recs = [_on_trials(rec) for rec in recs]
    labels = labels_of(recs, names, settings, one_after_the_other)
    if len(recs) == 1:
        labels = replace(labels, run=None)  # one run is no fold
    with_labels = [_with_labels(rec, labels, n) for n, rec in enumerate(recs)]
    origins = {"subjects_from": labels.subjects_from, "sessions_from": labels.sessions_from}
    said = len(recs) > 1 or labels.dates is not None
    origins = {name: text for name, text in origins.items() if text and said}
    owners = {str(o) for rec in with_labels if "subject" in rec.coords for o in np.unique(rec.subject)}
    if len(owners) == 1 and labels.subject is not None:  # the one subject of a recording is an attribute of it
        with_labels = [rec.drop_vars("subject").assign_attrs(subject=next(iter(owners))) for rec in with_labels]
    parts = [Part(name, rec.assign_attrs(origins)) for name, rec in zip(names, with_labels, strict=True)]
    return parts, origins


def _on_trials(rec: xr.Dataset) -> xr.Dataset:
    """A recording whose subject, session and run are told of all its trials at once, on every trial."""
    scalars = [name for name in ("subject", "session", "run") if name in rec.coords and rec[name].ndim == 0]
    return rec.assign_coords({name: rec[name].expand_dims(trial=rec.sizes["trial"]) for name in scalars})


def _with_labels(rec: xr.Dataset, labels: Labels, n: int) -> xr.Dataset:
    """The recording of file `n` with its labels on every trial."""
    of_files = {"subject": labels.subject, "session": labels.session, "run": labels.run, DATES: labels.dates}
    coords = {name: ("trial", np.full(rec.sizes["trial"], v[n])) for name, v in of_files.items() if v is not None}
    rec = rec.assign_coords(coords)
    if labels.session is not None:
        rec["session"].attrs = labels.session_attrs
    return rec


def per_file(value: Any, names: Sequence[str], name: str) -> list[Any] | None:
    """One value per file from a list or from a mapping by file name; None where it is the name of a field, or nothing.

    Examples
    --------
    >>> per_file({"b.mat": 2, "a.mat": 1}, ["data/a.mat", "data/b.mat"], "session")
    [1, 2]
    """
    if value is None or (isinstance(value, str) and not value.isdecimal()):
        return None
    if isinstance(value, Mapping):
        absent = [n for n in names if n not in value and Path(n).name not in value and Path(n).stem not in value]
        if absent:
            raise InputError(
                f"`{name}` needs an entry for every file; '{Path(absent[0]).name}' is absent from {list(value)}."
            )
        return [next(value[k] for k in (n, Path(n).name, Path(n).stem) if k in value) for n in names]
    if np.ndim(value) == 0:  # as text, "1", from a shell
        return [value] * len(names)
    if len(value) != len(names):
        raise InputError(
            f"With several files `{name}` is a list of one value per file, or the name of a field; got {len(value)} "
            f"values for {len(names)} files: {', '.join(Path(n).name for n in names[:6])}{', ...' * (len(names) > 6)}."
        )
    return list(value)


def _subjects(recs: Sequence[xr.Dataset], words: Sequence[dict], names: Sequence[str], settings: Mapping) -> Labels:
    values = per_file(settings.get("subject"), names, "subject")
    if values is not None:
        return Labels(subject=[str(value) for value in values], subjects_from=TOLD)
    if all("subject" in rec.coords for rec in recs):
        return Labels(subjects_from=OWN)
    if all("sub" in entities_of for entities_of in words):
        return Labels(subject=[entities_of["sub"] for entities_of in words], subjects_from=NAMES)
    subjects = [rec.attrs.get("subject") for rec in recs]
    if all(subjects):
        return Labels(subject=[str(value) for value in subjects], subjects_from=OWN)
    return Labels()


def _runs(recs: Sequence[xr.Dataset], words: Sequence[dict], names: Sequence[str], settings: Mapping) -> list | None:
    values = per_file(settings.get("run"), names, "run")
    if values is not None:
        return values
    if all("run" in entities_of for entities_of in words) and not any("run" in rec.coords for rec in recs):
        numbers = numbers_in([entities_of["run"] for entities_of in words])
        return numbers or [entities_of["run"] for entities_of in words]
    return None


def _sessions(
    recs: Sequence[xr.Dataset],
    words: Sequence[dict],
    names: Sequence[str],
    settings: Mapping,
    labels: Labels,
    one_after_the_other: bool,
) -> Labels:
    owners = labels.subject or [_owner(rec) for rec in recs]
    values = per_file(settings.get("session"), names, "session")
    if values is not None:
        if (dates := dates_of_labels(values)) is not None:
            return _by_date(labels, dates, owners, TOLD)
        return replace(labels, session=_need_numbers(values), sessions_from=TOLD)
    has_own = [rec.sizes["trial"] > 0 and "session" in rec.coords for rec in recs]
    many = any(has and np.unique(rec.session).size > 1 for has, rec in zip(has_own, recs, strict=True))
    if all("ses" in entities_of for entities_of in words) and not many:
        called = [entities_of["ses"] for entities_of in words]
        if (dates := dates_of_labels(called)) is not None:
            return _by_date(labels, dates, owners, NAMES)
        return _by_words(labels, called)
    if all(has_own):
        if (calendar := on_one_calendar(recs, names, owners)) is not None:
            sessions, attrs, said = calendar
            recs = [rec.assign_coords(session=("trial", s)) for rec, s in zip(recs, sessions, strict=True)]
            if one_after_the_other:
                _need_apart(recs, names, owners, labels.run)
            return replace(labels, session=sessions, session_attrs=attrs, sessions_from=f"{OWN}, {said}")
        if one_after_the_other:
            _need_apart(recs, names, owners, labels.run)
        return replace(labels, sessions_from=OWN)
    if any(has_own):
        with_it, without = names[has_own.index(True)], names[has_own.index(False)]
        raise InputError(
            f"'{Path(with_it).name}' says its session and '{Path(without).name}' does not. Give `session`, one number "
            "per file or the name of a field that all have."
        )
    if not one_after_the_other or len(recs) == 1 or max(Counter(owners).values()) == 1:
        return labels  # one file of each subject: one session
    if labels.run is not None and len(set(zip(owners, labels.run, strict=True))) == len(recs):
        return labels  # the runs of one session
    if (dates := dates_of_starts([str(rec.attrs.get("started") or "") for rec in recs], owners)) is not None:
        return _by_date(labels, dates, owners, STARTED)
    if (dates := dates_of_names(names, owners)) is not None:
        return _by_date(labels, dates, owners, NAMES)
    return replace(labels, session=_ranks(owners, list(range(len(recs)))), sessions_from=ORDER)


def _by_date(labels: Labels, dates: Sequence[Moment], owners: Sequence[str], origin: str) -> Labels:
    """`labels` with a session for each file by its date, which comes from `origin`."""
    days = days_of(dates, owners)
    texts = [str(moment) for moment in dates]
    said = f"{origin}, {days.said}"
    return replace(labels, session=days.numbers, dates=texts, session_attrs=days.attrs, sessions_from=said)


def _need_numbers(session: Sequence[Any]) -> list[float]:
    try:
        numbers = [float(value) for value in session]
    except (TypeError, ValueError):
        numbers = [np.nan]
    if not np.isfinite(numbers).all():
        raise InputError(
            "Sessions need to be numbers in the order of learning (days, 1 2 3 ...) or dates (2024-01-30); got "
            f"{list(session)}. Number the files: session=[1, 2, ...]."
        )
    return numbers


def _owner(rec: xr.Dataset) -> str:
    return ",".join(np.unique(rec.subject.values).astype(str)) if "subject" in rec.coords else ""


def _by_words(labels: Labels, called: Sequence[str]) -> Labels:
    """`labels` with a session for each file by what it is called: its number, else its place in the order of stages."""
    numbers = numbers_in(called)
    if numbers is not None:
        return replace(labels, session=numbers, sessions_from=NAMES)
    order = in_order_of_stages(called)
    if len(order) > 1:
        warn(
            f"The sessions {', '.join(order)} are named, not numbered; they are taken in this order. If it is not the "
            "order of learning, give `session`, one number per file."
        )
    said = ", ".join(f"{number} {label}" for number, label in enumerate(order, 1))
    session_attrs = {"units": "sessions", CALLED: "\n".join(order)}
    sessions = [order.index(label) + 1 for label in called]
    return replace(labels, session=sessions, sessions_from=f"{NAMES}: {said}", session_attrs=session_attrs)


def _ranks(owners: Sequence[str], keys: Sequence[Any]) -> list[int]:
    """1, 2, 3, ... by `keys` within each subject.

    Examples
    --------
    >>> _ranks(["a", "b", "a", "b"], [4, 3, 2, 1])
    [2, 2, 1, 1]
    """
    of: dict[str, list] = defaultdict(list)
    for owner, key in zip(owners, keys, strict=True):
        of[owner].append(key)
    return [sorted(of[owner]).index(key) + 1 for owner, key in zip(owners, keys, strict=True)]


def _need_apart(recs: Sequence[xr.Dataset], names: Sequence[str], owners: Sequence[str], runs: list | None) -> None:
    """No two files of a subject may hold the same session, unless it is in different runs."""
    first_of: dict[tuple, str] = {}
    for n, (rec, name, owner) in enumerate(zip(recs, names, owners, strict=True)):
        for session, run in _held(rec, None if runs is None else runs[n]):
            other = first_of.setdefault((owner, session, run), name)
            if other != name:
                raise InputError(
                    f"'{Path(other).name}' and '{Path(name).name}' both hold session {session}"
                    f"{'' if run is None else f', run {run}'}. If they are different sessions, give `session`, one "
                    "number per file; if they are runs of one session, give `run`, one per file; if they are neurons "
                    '(or probes) of one session: files="channels".'
                )


def _held(rec: xr.Dataset, run: Any) -> set[tuple[Any, Any]]:
    """The sessions that a recording holds, and the runs of each."""
    trials = rec.sizes["trial"]
    runs = [run] * trials if run is not None or "run" not in rec.coords else rec.run.values.tolist()
    return set(zip(rec.session.values.tolist(), runs, strict=True))
