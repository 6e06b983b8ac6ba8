"""Dates in the labels of sessions and the names of files: what they say, and the days between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some

DATE = r"(?P<year>(?:19|20)\d\d)(?P<sep>[-_./]?)(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
SECONDS = r"[T_ -]?(?P<h>\d\d)(?P<tsep>[-:_.]?)(?P<m>\d\d)(?P=tsep)(?P<s>\d\d(?:\.\d+)?)"
MINUTES = r"[T ](?P<hh>\d\d):?(?P<mm>\d\d)"
ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
STAMP = re.compile(rf"(?<!\d){DATE}(?:(?:{SECONDS}|{MINUTES}){ZONE})?(?!\d)")
NAMED_MONTH = re.compile(r"(?P<day>\d\d?)-(?P<month>[A-Za-z]{3})-(?P<year>(?:19|20)\d\d)(?: (?P<time>\d\d:\d\d:\d\d))?")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ABSENT = ("", "nan", "NaN", "NaT", "None", "n/a", "<NA>")


@dataclass(frozen=True, order=True)
class Moment:
    """When a session was: its date, and its instant (in UTC where the zone is known) where a time is given."""

    day: date
    instant: datetime | None = None

    def __str__(self) -> str:
        return self.day.isoformat() if self.instant is None else self.instant.isoformat()


@dataclass(frozen=True)
class Days:
    """Times of sessions made of dates: the numbers, the attributes of the coordinate, and how they came about."""

    numbers: list[float]
    attrs: dict[str, str]
    said: str


def moments_of(labels: Sequence[Any] | np.ndarray) -> list[Moment] | None:
    """The dates that labels of sessions are; None where none is one: 20 and 12345678 are numbers.

    Raises
    ------
    InputError : some are dates, and others are not.

    Examples
    --------
    >>> [str(moment) for moment in moments_of([20240130.0, 20240201.0])]
    ['2024-01-30', '2024-02-01']
    >>> str(moments_of(["2024-01-30T10:15:00+01:00"])[0])
    '2024-01-30T09:15:00'
    >>> moments_of([20, 21]), moments_of(["20249930"])
    (None, None)
    """
    return all_or_none([_moment(label) for label in labels], labels)


def all_or_none(moments: Sequence[Moment | None], labels: Sequence[Any] | np.ndarray) -> list[Moment] | None:
    """`moments` where every label is a date, None where none is, or where one is missing.

    Raises
    ------
    InputError : some are dates, and others are not.
    """
    dates = [moment for moment in moments if moment is not None]
    if len(dates) == len(moments):
        return dates or None
    if not dates or any(str(label) in ABSENT for label in labels):
        return None
    pairs = list(zip(labels, moments, strict=True))
    date_like = next(label for label, moment in pairs if moment is not None)
    other = next(label for label, moment in pairs if moment is None)
    raise InputError(
        f"Sessions need to be all dates or all numbers; '{date_like}' is a date and '{other}' is not. Number them in "
        "the order of learning, session=[1, 2, ...], or give every session a date such as 2024-01-30."
    )


def moments_in(texts: Sequence[str]) -> list[Moment | None]:
    """The one date that each text holds, such as the name of a file; None where it holds none, or several.

    Examples
    --------
    >>> [str(moment) for moment in moments_in(["m1_2024-01-30", "m1_2024-02-01"])]
    ['2024-01-30', '2024-02-01']
    """
    dates = [{moment for match in STAMP.finditer(text) if (moment := _stamped(match))} for text in texts]
    return [next(iter(moments)) if len(moments) == 1 else None for moments in dates]


def days_of(moments: Sequence[Moment], owners: Sequence[Hashable]) -> Days:
    """Days since the first session, of each owner (subject).

    Where an owner has two sessions on one day they are parts of days apart, by their times; where all are on one day
    they are 1, 2, 3 in the order of their times.

    Raises
    ------
    InputError : an owner has two sessions on one day, and not all have a time.

    Examples
    --------
    >>> dates = moments_of(["20240130", "20240131", "20240201"])
    >>> days_of(dates, ["m1"] * 3).numbers, days_of(dates, ["m1", "m2", "m1"]).numbers
    ([0, 1, 2], [0, 0, 2])
    >>> days_of(moments_of(["20240130T060000", "20240130T180000", "20240131T060000"]), ["m1"] * 3).numbers
    [0.0, 0.5, 1.0]
    """
    by_owner: dict[Hashable, set[Moment]] = defaultdict(set)
    for moment, owner in zip(moments, owners, strict=True):
        by_owner[owner].add(moment)
    shared = [own for own in by_owner.values() if len({moment.day for moment in own}) < len(own)]
    _need_times([moment for own in shared for moment in own])
    pairs = list(zip(moments, owners, strict=True))
    first = min(moments).day if len(by_owner) == 1 else None
    since = f"since {first.isoformat()}" if first else "since each subject's first session"
    if not shared:
        starts = {owner: min(own).day for owner, own in by_owner.items()}
        numbers: list[float] = [(moment.day - starts[owner]).days for moment, owner in pairs]
        return Days(numbers, {"units": "days", "long_name": f"days {since}"}, f"by date, days {since}")
    ranks = {owner: sorted(own, key=_instant) for owner, own in by_owner.items()}
    if all(len({moment.day for moment in own}) == 1 for own in by_owner.values()):
        on = f" {first.isoformat()}" if first else ""
        said = f"in order of their times, all of one day{on}"
        attrs = {"units": "sessions", "long_name": f"sessions {said}"}
        return Days([ranks[owner].index(moment) + 1 for moment, owner in pairs], attrs, said)
    _need_times(moments)
    elapsed = [_instant(moment) - _instant(ranks[owner][0]) for moment, owner in pairs]
    numbers = [round(span / timedelta(days=1), 6) for span in elapsed]
    said = f"by date and time, days {since}, with parts of days as some days have several sessions"
    return Days(numbers, {"units": "days", "long_name": f"days {since}"}, said)


def may_be_dates(numbers: np.ndarray) -> bool:
    """Whether whole numbers could all be dates written otherwise than 20240130: 240130, 300124, 30012024.

    Examples
    --------
    >>> may_be_dates(np.array([240130, 240201])), may_be_dates(np.array([1, 2, 3]))
    (True, False)
    """
    digits = [f"{number:d}" for number in np.unique(numbers)]
    longest = max(map(len, digits), default=0)
    formats = {6: ("%y%m%d", "%d%m%y", "%m%d%y"), 8: ("%d%m%Y", "%m%d%Y")}.get(longest + longest % 2, ())
    return len(digits) > 1 and any(all(_fits(text.zfill(longest + longest % 2), f) for text in digits) for f in formats)


def _fits(text: str, form: str) -> bool:
    try:
        return 1950 <= datetime.strptime(text, form).year < 2050
    except ValueError:
        return False


def _need_times(moments: Sequence[Moment]) -> None:
    bare = sorted({str(moment) for moment in moments if moment.instant is None})
    if bare:
        raise InputError(
            f"Two sessions are on one day, so every session needs its time to be put in order; {some(bare)} "
            f"{'has' if len(bare) == 1 else 'have'} a date alone. Label them with date and time (2024-01-30T10:15:00), "
            "or number the sessions: session=[1, 2, ...]"
        )


def _instant(moment: Moment) -> datetime:
    return moment.instant or datetime.combine(moment.day, datetime.min.time())


def _moment(label: Any) -> Moment | None:
    """The date that a label is: an object of dates, a text, or a number such as 20240130."""
    if isinstance(label, (np.datetime64, np.generic)) and hasattr(label, "item"):
        label = label.astype("datetime64[us]").item() if isinstance(label, np.datetime64) else label.item()
    if isinstance(label, datetime):
        return None if label != label else _with_zone(label)
    if isinstance(label, date):
        return Moment(label)
    if isinstance(label, bool) or label is None:
        return None
    if isinstance(label, (int, float)):
        label = f"{label:.0f}" if np.isfinite(label) and label == round(label) else ""
    text = label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)
    if match := STAMP.fullmatch(text.strip()):
        return _stamped(match)
    return _with_named_month(text.strip())


def _stamped(match: re.Match[str]) -> Moment | None:
    """The moment that a stamp says; None where there is no such date. A time that is none is left out."""
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    hour, minute, second = match["h"] or match["hh"], match["m"] or match["mm"], match["s"] or "0"
    if hour is None:
        return Moment(day)
    try:
        zone = (match["zone"] or "").replace("Z", "+00:00")
        instant = datetime.fromisoformat(f"{day.isoformat()}T{hour}:{minute}:{float(second):09.6f}{zone}")
    except ValueError:
        return Moment(day)
    return _with_zone(instant)


def _with_zone(instant: datetime) -> Moment:
    """A moment: its date as it was there, its instant in UTC where the zone is known."""
    naive = instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    is_midnight = instant.timetz().replace(tzinfo=None) == datetime.min.time()
    return Moment(instant.date(), None if is_midnight else naive)


def _with_named_month(text: str) -> Moment | None:
    """A date as MATLAB writes it, 30-Jan-2024 10:15:00."""
    match = NAMED_MONTH.fullmatch(text)
    if match is None or match["month"].lower() not in MONTHS:
        return None
    month = MONTHS.index(match["month"].lower()) + 1
    time = f"T{match['time']}" if match["time"] else ""
    return _moment(f"{match['year']}-{month:02d}-{int(match['day']):02d}{time}")
