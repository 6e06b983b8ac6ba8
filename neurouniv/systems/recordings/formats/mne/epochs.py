"""MNE epochs become fields: activity, latencies, names of events and their levels, metadata."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.mne.sensors import UNITS, bad_channels, pick_channels
from neurouniv.systems.recordings.formats.timing.window import times_within

SETTINGS = ("channels", "window", "events")
METADATA = "Columns of its metadata"


def epochs_fields(
    epochs: Any,
    source: str,
    channels: Any = None,
    window: Any = None,
    events: Any = None,
    kind: str = METADATA,
) -> Fields:
    """Activity (trial, channel, latency) of MNE epochs, and what is known of its trials.

    Parameters
    ----------
    channels : types or names of channels; see `neurouniv.systems.recordings.formats.mne.sensors.pick_channels`.
    window : (start, stop) in s, both included; default all times.
    events : names of the events that are trials, or one of the levels of names such as "face/happy".

    Returns
    -------
    Fields `event` (the event's name), where names have levels `event[0]`, `event[1]`, ..., and the columns of the
    metadata. The condition is the metadata's column of that name, otherwise the event.

    Raises
    ------
    InputError : nothing is left, or types of channels were not chosen between.
    """
    picked = pick_channels(epochs, channels, source)
    names = {code: name for name, code in epochs.event_id.items()}
    event = np.array([names.get(code, str(code)) for code in epochs.events[:, 2].tolist()], dtype=str)
    rows = chosen_events(event, events, source)
    if not rows.size:
        raise InputError(f"{source} has no epochs (all were dropped, or none was made); at least two are needed.")
    tree = {"event": event[rows], **levels(event[rows])}
    if epochs.metadata is not None:
        tree |= {str(name): column.to_numpy()[rows] for name, column in epochs.metadata.items()}
    times = times_within(epochs.times, window, "the epochs", "the event")
    some = rows if rows.size < event.size else None  # MNE copies once where all are read
    given = {
        "activity": epochs.get_data(picks=picked, item=some, copy=True)[..., times],
        "latency": epochs.times[times],
        **subject_and_start(epochs),
    }
    if "condition" not in tree:
        given["condition"] = tree["event"]
    return mne_fields(epochs, picked, tree, source, kind, given)


def mne_fields(
    data: Any, picked: np.ndarray, tree: dict[str, Any], source: str, kind: str, given: dict[str, Any]
) -> Fields:
    """Fields with an MNE object's channels (names, types, unit, bad ones) and its baseline."""
    types = np.array(data.get_channel_types())[picked]
    given = given | {"channel": np.array(data.ch_names)[picked]}
    baseline = getattr(data, "baseline", None)
    notes = {
        "bad_channels": bad_channels(data, picked),
        "baseline": "" if baseline is None else f"{baseline[0]:g} to {baseline[1]:g} s",
    }
    attrs = {name: note for name, note in notes.items() if note}
    return Fields(tree, source, kind, given, UNITS.get(types[0], ""), {"channel_type": types}, attrs)


def subject_and_start(data: Any) -> dict[str, str]:
    """`subject` and `started` (ISO text) of an MNE object, where it says them."""
    who = data.info.get("subject_info") or {}
    subject = next((str(who[key]) for key in ("his_id", "id") if who.get(key) not in (None, "")), "")
    date = data.info.get("meas_date")
    texts = {"subject": subject, "started": "" if date is None else date.isoformat()}
    return {name: text for name, text in texts.items() if text}


def levels(names: np.ndarray) -> dict[str, np.ndarray]:
    """The levels of hierarchical names as fields `event[0]`, `event[1]`, ...; none where no name has two.

    Examples
    --------
    >>> {name: level.tolist() for name, level in levels(np.array(["face/happy", "car"])).items()}
    {'event[0]': ['face', 'car'], 'event[1]': ['happy', '']}
    """
    split = [name.split("/") for name in names.tolist()]
    deepest = max(map(len, split), default=1)
    if deepest == 1:
        return {}
    return {f"event[{i}]": np.array([s[i] if i < len(s) else "" for s in split]) for i in range(deepest)}


def chosen_events(names: np.ndarray, events: Any, source: str) -> np.ndarray:
    """Positions of the events that are asked for: by their whole name or by some of its levels; all by default.

    Spaces do not count, so "S1" asks for BrainVision's "Stimulus/S  1".

    Examples
    --------
    >>> chosen_events(np.array(["face/happy", "car", "face/sad"]), "face", "x").tolist()
    [0, 2]
    """
    if events is None:
        return np.arange(names.size)
    wanted = events.split(",") if isinstance(events, str) and events not in names else np.atleast_1d(events).tolist()
    levels = [_levels_of(name) for name in names.tolist()]
    is_chosen = np.zeros(names.size, dtype=bool)
    for name in wanted:
        hits = np.array([_levels_of(name) <= levels_of_event for levels_of_event in levels], dtype=bool)
        if not hits.any():
            raise InputError(f"`events={events!r}` picks none by '{name}' in {source}; its events are {census(names)}.")
        is_chosen |= hits
    return np.flatnonzero(is_chosen)


def census(names: Iterable[str], most: int = 12) -> str:
    """How many there are of each name, as text.

    Examples
    --------
    >>> census(["a", "b", "a"])
    "'a' x 2, 'b' x 1"
    """
    kinds, counts = np.unique(np.asarray(list(names), dtype=str), return_counts=True)
    shown = [f"'{name}' x {count}" for name, count in zip(kinds[:most], counts, strict=False)]
    return (", ".join(shown) or "none") + (f" and {kinds.size - most} more kinds" if kinds.size > most else "")


def _levels_of(name: Any) -> set[str]:
    return set("".join(str(name).split()).split("/"))
