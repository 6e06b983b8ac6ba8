"""Sessions labelled by dates become days since the first, in one recording or over several files."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.systems.recordings.checks.dates import days_of, moments_of

DATES = "session_date"
"""The trial coordinate that keeps the dates, as ISO text."""


def with_days(rec: xr.Dataset) -> xr.Dataset:
    """`rec` with sessions that are dates (texts, datetimes, 20240130) as days since the first (of each subject); the
    dates stay as `session_date`, and the attribute `sessions_from` says so. Other sessions stay.

    Raises
    ------
    InputError : some sessions are dates and others not, or two are on one day without a time.

    Examples
    --------
    >>> rec = with_days(xr.Dataset(coords={"session": ("trial", [20240131, 20240131, 20240201])}))
    >>> rec.session.values.tolist(), rec.session_date.values.tolist()[0], rec.attrs["sessions_from"]
    ([0, 0, 1], '2024-01-31', 'by date, days since 2024-01-31')
    """
    if "session" not in rec.variables:
        return rec
    session = rec["session"]
    if session.dtype.kind == "m":  # a time in days that xarray has decoded
        days = session.values / np.timedelta64(1, "D")
        return rec.assign_coords(session=(session.dims, days, {"units": "days"}))
    labels, places = _kinds((rec[DATES] if _share_days(rec) else session).values.ravel())
    moments = moments_of(labels)
    if moments is None:
        return rec
    texts = np.array([str(moment) for moment in moments])[places]
    numbers, attrs, said = days_since(texts, owners_of(rec, places.size))
    shape = session.shape
    coords = {"session": (session.dims, numbers.reshape(shape), attrs), DATES: (session.dims, texts.reshape(shape))}
    return rec.assign_coords(coords).assign_attrs(sessions_from=said)


def days_since(dates: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, dict[str, str], str]:
    """Days (trial) since the first of the dates (trial) of each owner; attributes of the coordinate; words for it."""
    pairs, places = np.unique(np.stack([dates.astype(str), owners.astype(str)]), axis=1, return_inverse=True)
    days = days_of(moments_of(pairs[0]) or [], pairs[1].tolist())
    return np.array(days.numbers)[np.ravel(places)], days.attrs, days.said


def are_from_dates(rec: xr.Dataset) -> bool:
    """Whether the sessions are what `with_days` made of dates, and not numbered otherwise since."""
    return DATES in rec.variables and "long_name" in rec["session"].attrs


def _share_days(rec: xr.Dataset) -> bool:
    """Whether a session in days holds several dates: each file's first was day 0, and they were joined afterwards."""
    if not are_from_dates(rec):
        return False
    dates, days = rec[DATES].values.ravel(), rec["session"].values.ravel().astype(str)
    sessions = np.stack([owners_of(rec, days.size), days])
    return len(np.unique(np.vstack([sessions, dates]), axis=1).T) > len(np.unique(sessions, axis=1).T)


def owners_of(rec: xr.Dataset, size: int, name: str = "") -> np.ndarray:
    """The subject of every trial; `name` where the recording does not say."""
    if "subject" not in rec.variables:
        return np.full(size, name)
    return np.broadcast_to(rec["subject"].values.astype(str), size)


def _kinds(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different labels, and which of them each is."""
    if labels.dtype != object:
        return np.unique(labels, return_inverse=True)
    number: dict[str, int] = {}
    places = np.array([number.setdefault(str(label), len(number)) for label in labels], dtype=int)
    first = np.unique(places, return_index=True)[1]
    return labels[first], places
