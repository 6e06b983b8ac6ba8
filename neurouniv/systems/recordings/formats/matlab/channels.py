"""Channels of FieldTrip's and SPM's files: which are read, by type or name, all of one unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn

NO_BRAIN = re.compile(r"^([HV]?EOG|ECG|EKG|EMG|STI\d|STIM|TRIG|STATUS|PHOTO|MISC|OTHER|REF|CLOCK|PHYS)", re.IGNORECASE)


def picked(
    labels: np.ndarray, types: np.ndarray, units: np.ndarray, channels: Any, source: str, bad: np.ndarray | None = None
) -> np.ndarray:
    """Positions of the channels that are read: those named by `channels`, by name or type; text may list with commas.

    labels, types, units : one text each; "" where it is not known. bad : which are marked bad, read only by name.

    Default are all but bad ones and those called or typed like eyes, heart, muscles, triggers.

    Raises
    ------
    InputError : nothing is picked, types were not chosen between, or units differ.

    Examples
    --------
    >>> names = np.array(["Cz", "Pz"])
    >>> picked(names, np.array(["EEG", "EEG"]), np.array(["uV", "uV"]), "Pz", "x.mat").tolist()
    [1]
    """
    is_bad = np.zeros(labels.size, dtype=bool) if bad is None else bad
    if channels is None:
        other = np.array([bool(NO_BRAIN.match(t or n)) for n, t in zip(labels.tolist(), types.tolist(), strict=True)])
        chosen = ~is_bad & ~other
        if other.any():
            warn(
                f"Left out of {source}: {some(labels[other])}, by their names or types no signals of a brain. "
                "`channels=` names what is read."
            )
    else:
        chosen = _named(labels, types, channels, is_bad, source)
    if not chosen.any():
        raise InputError(f"{source} has no good channel that is read; its channels are {some(labels)}.")
    kinds = list(dict.fromkeys(types[chosen].tolist()))
    if len(set(units[chosen].tolist())) > 1 or (channels is None and len(kinds) > 1):
        counts = ", ".join(f"{np.sum(types == kind)} {kind or 'without a type'}" for kind in kinds)
        raise InputError(
            f"One recording needs one type of channel, because their units differ; {source} has {counts}. "
            f'Choose with `channels="{kinds[0] or labels[0]}"`.'
        )
    return np.flatnonzero(chosen)


def _named(labels: np.ndarray, types: np.ndarray, channels: Any, bad: np.ndarray, source: str) -> np.ndarray:
    items: Sequence[Any] = channels.split(",") if isinstance(channels, str) and channels not in labels else channels
    chosen = np.zeros(labels.size, dtype=bool)
    for item in [items] if isinstance(items, str) else items:
        name = str(item).strip()
        hits = (labels == name) | ((np.char.lower(types) == name.lower()) & ~bad)
        if not hits.any():
            kinds = ", ".join(sorted({kind for kind in types.tolist() if kind})) or "none known"
            raise InputError(
                f"`channels={channels!r}` picks nothing by '{name}' in {source}; its channels are {some(labels)}, "
                f"their types: {kinds}."
            )
        chosen |= hits
    return chosen
