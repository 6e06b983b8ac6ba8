"""BrainVision recordings (.vhdr with its .eeg and .vmrk), cut around their markers."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pandas as pd

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.mne.continuous import cut, marked_events
from neurouniv.systems.recordings.formats.mne.epochs import SETTINGS, census, chosen_events, epochs_fields
from neurouniv.systems.recordings.formats.mne.event_tables import at_given_events
from neurouniv.systems.recordings.formats.mne.notices import mne_notices
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

__all__ = ["SETTINGS", "SIGNATURES", "read_brainvision"]
HEADER = (b"Brain Vision Data Exchange Header File", b"BrainVision Data Exchange Header File")
MARKERS = (b"Brain Vision Data Exchange Marker File", b"BrainVision Data Exchange Marker File")
BOM = b"\xef\xbb\xbf"
# how the header begins, and the file of markers, which is answered with the name of its header
SIGNATURES = (*HEADER, *MARKERS, *(BOM + start for start in (*HEADER, *MARKERS)))
COMPANION = re.compile(rb"^\s*(DataFile|MarkerFile)\s*=\s*(.*?)\s*$", re.MULTILINE)


def read_brainvision(path: Path, source: str, channels: Any = None, window: Any = None, events: Any = None) -> Fields:
    """Trials of a BrainVision recording, in V whatever unit the header scales its channels to.

    Parameters
    ----------
    channels : types or names of channels; see `neurouniv.systems.recordings.formats.mne.sensors.pick_channels`.
    window : (start, stop) in s from the marker, both included.
    events : the markers that are trials: their type ("Stimulus"), description ("S  1") or both ("Stimulus/S  1"); or a
        table of events, see `neurouniv.systems.recordings.formats.mne.raw_files.read_raw`.

    Returns
    -------
    Fields `event` ("Stimulus/S  1"), `type`, `description`, `onset` (s) and `duration` (s) of the marker. The condition
    is the description.

    Raises
    ------
    InputError : not the header was given, one of the three files is missing, there are no markers, several types of
        them were not chosen between, or no window came (the message lists the markers).
    """
    mne = import_extra("mne", "A BrainVision recording")
    with told_plainly(path, "a BrainVision header"), mne_notices(source):
        _need_the_three(path, source)
        raw = mne.io.read_raw_brainvision(path)
        fields = at_given_events(raw, path, source, window, events, channels)
        if fields is not None:
            return fields
        table = _markers(raw)
        _need_one_type(table, source, events)
        fields = epochs_fields(cut(raw, table, source, window, events), source, channels, kind="Fields of its markers")
    return dataclasses.replace(fields, given={**fields.given, "condition": fields.tree["description"]})


def without_header(path: Path) -> str | None:
    """What to say to a file of data that was given instead of its header; None for any other file."""
    header = path.with_suffix(".vhdr")
    if path.suffix.lower() not in (".eeg", ".dat", ".avg", ".seg") or not header.exists():
        return None
    return f"'{path}' is the data of a BrainVision recording; give its header: read_recording(\"{header}\")."


def _markers(raw: Any) -> pd.DataFrame:
    table = marked_events(raw)
    parts = [name.partition("/") for name in table["event"]]
    return table.assign(type=[kind for kind, _, _ in parts], description=[text or kind for kind, _, text in parts])


def _need_the_three(path: Path, source: str) -> None:
    start = path.read_bytes()
    header = path.with_suffix(".vhdr")
    if start.removeprefix(BOM).startswith(MARKERS):
        there = f'read_recording("{header}")' if header.exists() else "there is none of the same name beside it"
        raise InputError(f"{source} holds the markers of a BrainVision recording; give its header, .vhdr: {there}.")
    for kind, name in COMPANION.findall(start):
        named = name.decode("utf-8", "replace").replace("$b", path.stem)
        if named and not (path.parent / named).exists():
            ending = ".vmrk" if kind == b"MarkerFile" else ".eeg"
            neighbour = path.with_suffix(ending)
            hint = f" If it was renamed to '{neighbour.name}', change that line." if neighbour.exists() else ""
            raise InputError(
                f"{source} names '{named}' ({kind.decode()}=), which is not beside it. A BrainVision recording is "
                f"three files (.vhdr, .vmrk, .eeg): copy them into one folder.{hint}"
            )


def _need_one_type(table: pd.DataFrame, source: str, events: Any) -> None:
    """Stimuli and responses are not conditions of one kind; neither is chosen silently."""
    chosen = table.iloc[chosen_events(table["event"].to_numpy(dtype=str), events, source)]
    types = sorted(set(chosen["type"]))
    if len(types) > 1:
        raise InputError(
            f"{source} has markers of several types, {census(chosen['type'])}; trials need those that begin them. "
            f'Choose with `events="{types[-1]}"`, or name markers: {census(chosen["event"])}.'
        )
