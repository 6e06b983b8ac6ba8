"""MNE: epochs in memory, and .fif files of epochs, of averages, or of continuous data around its events."""

from __future__ import annotations

import mmap
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.mne.continuous import cut, marked_events, stimulus_events
from neurouniv.systems.recordings.formats.mne.epochs import SETTINGS, epochs_fields, mne_fields, subject_and_start
from neurouniv.systems.recordings.formats.mne.event_tables import at_given_events
from neurouniv.systems.recordings.formats.mne.notices import mne_notices
from neurouniv.systems.recordings.formats.mne.sensors import pick_channels
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly
from neurouniv.untrusted.packed import unpack

__all__ = ["SETTINGS", "from_epochs", "is_epochs", "read_fif"]
TAG = 16  # bytes of a tag: its kind, type, size, and where the next one is
# FIF block kinds FIFFB_MNE_EPOCHS, FIFFB_EVOKED, and the three of continuous data
EPOCHS, AVERAGE, CONTINUOUS = 373, 104, (102, 112, 119)


def is_epochs(source: Any) -> bool:
    """Whether `source` is MNE epochs, without importing MNE."""
    if not type(source).__module__.startswith("mne."):
        return False
    return isinstance(source, import_extra("mne", "MNE epochs").BaseEpochs)


def from_epochs(epochs: Any, source: str, channels: Any = None, window: Any = None, events: Any = None) -> Fields:
    """Activity (trial, channel, latency); see `neurouniv.systems.recordings.formats.mne.epochs.epochs_fields`."""
    with mne_notices(source):
        return epochs_fields(epochs, source, channels, window, events)


def read_fif(path: Path, source: str, channels: Any = None, window: Any = None, events: Any = None) -> Fields:
    """Trials of a .fif file.

    Epochs as they are; averages as one trial each, its condition the comment; continuous data cut around its events:
    its annotations or, without any, the steps of its stimulus channel.

    Parameters
    ----------
    channels : types or names of channels; see `neurouniv.systems.recordings.formats.mne.sensors.pick_channels`.
    window : (start, stop) in s from the event, both included; continuous data need it, epochs are cropped to it.
    events : names of the events that are trials, or one of the levels of names such as "face/happy"; of continuous
        data also a table of events, see `neurouniv.systems.recordings.formats.mne.raw_files.read_raw`.

    Raises
    ------
    InputError : there are no trials in it, or no choice was made where one is needed.
    """
    mne = import_extra("mne", "A FIF file")
    with told_plainly(path, "a FIF file (MNE)"), _unpacked(path) as plain, mne_notices(source):
        _need_end(plain)
        if _has_block(plain, EPOCHS):
            return epochs_fields(mne.read_epochs(plain), source, channels, window, events)
        if _has_block(plain, AVERAGE):
            return _from_averages(mne.read_evokeds(plain), source, channels)
        if any(_has_block(plain, block) for block in CONTINUOUS):
            raw = mne.io.read_raw_fif(plain)
            fields = at_given_events(raw, path, source, window, events, channels)
            if fields is not None:
                return fields
            table = marked_events(raw) if len(raw.annotations) else stimulus_events(raw, source)
            return epochs_fields(cut(raw, table, source, window, events), source, channels)
    raise InputError(
        f"{source} is a FIF file without epochs or averages. Cut trials from it and save them: "
        'mne.Epochs(raw, events, event_id).save("recording-epo.fif").'
    )


def _from_averages(averages: list, source: str, channels: Any) -> Fields:
    """One trial for each average; standard errors beside them are left out."""
    averages = [average for average in averages if average.kind == "average"] or averages
    first = averages[0]
    for other in averages:
        if other.ch_names != first.ch_names or not np.array_equal(other.times, first.times):
            raise InputError(
                f"The averages in {source} need the same channels and times; '{other.comment}' ({len(other.ch_names)} "
                f"channels, {other.times.size} times) differs from '{first.comment}' ({len(first.ch_names)}, "
                f"{first.times.size}). Save those that agree in a file of their own."
            )
    picked = pick_channels(first, channels, source)
    tree = {"comment": np.array([average.comment for average in averages])}
    tree["nave"] = np.array([average.nave for average in averages])
    given = {
        "activity": np.stack([average.data[picked] for average in averages]),
        "latency": first.times,
        "condition": tree["comment"],
        **subject_and_start(first),
    }
    return mne_fields(first, picked, tree, source, "Fields of its averages", given)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """`path`, or where it is gzipped a plain copy: MNE jumps about in the file, which is slow in a packed one."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if not packed:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "unpacked-epo.fif"
        unpack(path, plain)
        yield plain


def _need_end(path: Path) -> None:
    """Raise `ValueError` where the tags of a FIF file, each of which tells where the next one is, lead in a circle."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at, seen = 0, set()
        while 0 <= at <= len(content) - TAG:
            if at in seen:
                raise ValueError(f"its tags lead in a circle, back to byte {at}")
            seen.add(at)
            _, _, size, following = struct.unpack(">4i", content[at : at + TAG])
            at = following if following else at + TAG + size


def _has_block(path: Path, block: int) -> bool:
    """Whether a FIF file has a block of this kind: a tag of kind 104 (block start), type 3, 4 bytes, next 0."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(struct.pack(">5i", 104, 3, 4, 0, block)) >= 0
