"""Which channels of an MNE object are read: good ones, of one unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError

# what MNE calls data channels, and the unit it keeps each in
DATA = {"mag": "T", "grad": "T/m", "eeg": "V", "csd": "V/m²", "seeg": "V", "ecog": "V", "dbs": "V"}
DATA |= {"hbo": "M", "hbr": "M", "fnirs_cw_amplitude": "V", "fnirs_fd_ac_amplitude": "V", "fnirs_od": "V"}
OTHERS = {"eog": "V", "ecg": "V", "emg": "V", "bio": "V", "ref_meg": "T", "temperature": "C", "gsr": "S"}
UNITS = DATA | OTHERS
TOGETHER = {"meg": ("mag", "grad"), "data": tuple(DATA), "fnirs": tuple(DATA)[7:]}


def pick_channels(data: Any, channels: Any, source: str) -> np.ndarray:
    """Positions of the channels that are read, all of one unit (`UNITS` of their type).

    Parameters
    ----------
    data : an MNE object with channels (Epochs, Evoked, Raw).
    channels : their type ("eeg", "grad", "mag", ...), their names, or several of these; text may list them with
        commas. Default: all data channels, where these are of one type.

    A channel marked bad is read only when it is named itself.

    Raises
    ------
    InputError : nothing is picked, types were not chosen between, or the units of what was chosen differ.
    """
    names, types = np.array(data.ch_names), np.array(data.get_channel_types())
    bad = np.isin(names, data.info["bads"])
    picked = np.isin(types, list(DATA)) & ~bad if channels is None else _chosen(channels, names, types, bad, source)
    if not picked.any():
        raise InputError(f"{source} has no good channel of data; its channels are {_census(types, bad)}.")
    kinds = list(dict.fromkeys(types[picked].tolist()))
    if len({UNITS.get(kind, "") for kind in kinds}) > 1 or (channels is None and len(kinds) > 1):
        listed = ", ".join(f"{kind} ({UNITS.get(kind, 'no unit')})" for kind in kinds)
        raise InputError(
            f"One recording needs one type of channel, because their units differ; this one, {source}, has {listed}. "
            f'Choose with `channels="{kinds[0]}"`.'
        )
    return np.flatnonzero(picked)


def bad_channels(data: Any, read: np.ndarray) -> str:
    """Names of the channels marked bad that are not among those `read`, as text."""
    read_names = set(np.array(data.ch_names)[read].tolist())
    return ", ".join(name for name in data.info["bads"] if name not in read_names)


def _chosen(channels: Any, names: np.ndarray, types: np.ndarray, bad: np.ndarray, source: str) -> np.ndarray:
    items = [channels] if isinstance(channels, str) and channels in names else channels
    items = items.split(",") if isinstance(items, str) else list(items)
    picked = np.zeros(names.size, dtype=bool)
    for item in (str(item).strip() for item in items):
        of_type = np.isin(types, TOGETHER.get(item, (item,)))
        matches = (names == item) | (of_type & ~bad)
        if not matches.any():
            raise InputError(
                f"`channels={channels!r}` picks nothing by '{item}' in {source}; it has {_census(types, bad)}. Give a "
                f"type or names of channels, such as '{names[0]}'."
            )
        picked |= matches
    return picked


def _census(types: np.ndarray, bad: np.ndarray) -> str:
    """How many channels of each type, and how many of them are bad, as text."""
    kinds, counts = np.unique(types, return_counts=True)
    marked = f", {bad.sum()} of them marked bad" if bad.any() else ""
    return ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True)) + marked
