"""Sessions of several files whose labels, names or start times are dates: days since the first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.checks.dates import Moment, all_or_none, moments_in, moments_of
from neurouniv.systems.recordings.checks.session_days import DATES, are_from_dates, days_since, owners_of
from neurouniv.systems.recordings.several.bids import SUBJECT


def dates_of_labels(labels: Sequence[Any]) -> list[Moment] | None:
    """The dates that sessions' labels are, or hold ("imaging20240130"); None where none does.

    Raises
    ------
    InputError : some are dates, and others are not.
    """
    return moments_of(labels) or all_or_none(moments_in([str(label) for label in labels]), labels)


def dates_of_names(names: Sequence[str], owners: Sequence[Hashable]) -> list[Moment] | None:
    """The dates in the files' names, or in those of their folders, where each has one and they tell the files of a
    subject apart; None where they do not.

    Warns
    -----
    NeurounivWarning : files of a subject share a date and have no time, so dates cannot put them in order.
    """
    parts = [[Path(name).stem, *reversed(Path(name).parts[:-1])] for name in names]
    for level in range(min(map(len, parts))):
        dates = moments_in([SUBJECT.sub("", part[level]) for part in parts])
        moments = [moment for moment in dates if moment is not None]
        if len(moments) < len(names) or len({moment.day for moment in moments}) == 1:
            continue
        days = [(owner, moment.day) for owner, moment in zip(owners, moments, strict=True)]
        alike = len(set(days)) < len(days)
        instants = {(owner, moment) for owner, moment in zip(owners, moments, strict=True) if moment.instant}
        if not alike or len(instants) == len(names):
            return moments
        warn(
            "The names of the files hold dates, and some share one, so files are taken as sessions in their order. If "
            "they are sessions by date, give `session`, one date (2024-01-30) or number per file."
        )
        return None
    return None


def dates_of_starts(started: Sequence[str], owners: Sequence[Hashable]) -> list[Moment] | None:
    """The times at which the files' recordings began; None unless all say one, and they differ within a subject."""
    if not all(started) or len(set(zip(owners, started, strict=True))) < len(started):
        return None
    return moments_of(started)


def on_one_calendar(
    recs: Sequence[xr.Dataset], names: Sequence[str], owners: Sequence[str]
) -> tuple[list[np.ndarray], dict[str, str], str] | None:
    """Sessions (trial) of each recording, in days since the first of all (of a subject), the attributes of the
    coordinate, and words for it; None where the recordings' sessions were no dates.

    Raises
    ------
    InputError : those of some were dates, and those of others numbers.
    """
    dated = [are_from_dates(rec) for rec in recs]
    if not any(dated):
        return None
    if not all(dated):
        with_it, without = names[dated.index(True)], names[dated.index(False)]
        raise InputError(
            f"The sessions of '{Path(with_it).name}' are dates and those of '{Path(without).name}' are numbers. Give "
            "`session`, one date or number per file, or mend the files."
        )
    sizes = [rec.sizes["trial"] for rec in recs]
    dates = np.concatenate([np.broadcast_to(rec[DATES].values, size) for rec, size in zip(recs, sizes, strict=True)])
    who = np.concatenate([owners_of(*part) for part in zip(recs, sizes, owners, strict=True)])
    numbers, attrs, said = days_since(dates, who)
    return np.split(numbers, np.cumsum(sizes)[:-1]), attrs, said
