"""MNE: epochs in memory, and .fif files of epochs or of averages."""

from __future__ import annotations

import gzip
import mmap
import shutil
import struct
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.failures import import_extra, told_plainly
from neurouniv.systems.recordings.fields import Fields

SETTINGS = ("channels",)
EPOCHS, AVERAGE = 373, 104  # FIF block kinds FIFFB_MNE_EPOCHS and FIFFB_EVOKED
UNITS = {"grad": "T/m", "mag": "T", "eeg": "V", "seeg": "V", "ecog": "V", "dbs": "V", "csd": "V/m²"}


def is_epochs(source: Any) -> bool:
    """Whether `source` is MNE epochs, told without importing MNE."""
    if not type(source).__module__.startswith("mne."):
        return False
    return isinstance(source, import_extra("mne", "MNE epochs").BaseEpochs)


def read_fif(path: Path, source: str, channels: str | None = None) -> Fields:
    """Epochs from a .fif file, or averages: one trial for each, its condition the comment."""
    mne = import_extra("mne", "A FIF file")
    with told_plainly(path, "a FIF file (MNE)"), _unpacked(path) as plain, warnings.catch_warnings():
        # advice on file names; the content has been recognised already
        warnings.filterwarnings("ignore", message=".*does not conform to MNE naming", category=RuntimeWarning)
        # MNE's own call to pandas
        warnings.filterwarnings("ignore", message="The inplace keyword in DataFrame", category=DeprecationWarning)
        if _has_block(plain, EPOCHS):
            return from_epochs(mne.read_epochs(plain, verbose="error"), source, channels)
        if _has_block(plain, AVERAGE):
            return _from_averages(mne.read_evokeds(plain, verbose="error"), source, channels)
    raise InputError(
        f"{source} is a FIF file without epochs or averages. Cut trials from it and save them: "
        'mne.Epochs(raw, events, event_id).save("recording-epo.fif").'
    )


def from_epochs(epochs: Any, source: str, channels: str | None = None) -> Fields:
    """Activity (trial, channel, latency) of epochs; fields are the columns of the metadata and the event names."""
    picked, units = _one_kind_of_channel(epochs, channels)
    codes = epochs.events[:, 2]
    names = {code: name for name, code in epochs.event_id.items()}
    tree = {"event": np.array([names.get(code, str(code)) for code in codes.tolist()])}
    if epochs.metadata is not None:
        tree |= {str(name): column.to_numpy() for name, column in epochs.metadata.items()}
    given = {"activity": picked.get_data(copy=True), "latency": picked.times, "channel": np.array(picked.ch_names)}
    if "condition" not in tree:
        given["condition"] = tree["event"]
    return Fields(tree, source, "Columns of its metadata", given, units)


def _from_averages(averages: list, source: str, channels: str | None) -> Fields:
    picked = [_one_kind_of_channel(average, channels) for average in averages]
    comments = np.array([average.comment for average in averages])
    given = {
        "activity": np.stack([average.data for average, _ in picked]),
        "latency": averages[0].times,
        "channel": np.array(picked[0][0].ch_names),
        "condition": comments,
    }
    return Fields({"comment": comments}, source, "Fields of its averages", given, picked[0][1])


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """`path`, or where it is gzipped a plain copy: MNE jumps about in the file, which is slow in a packed one."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if not packed:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, gzip.open(path) as file:
        plain = Path(folder) / "unpacked-epo.fif"
        with plain.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        yield plain


def _has_block(path: Path, block: int) -> bool:
    """Whether a FIF file has a block of this kind: a tag of kind 104 (block start), type 3, 4 bytes, next 0."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(struct.pack(">5i", 104, 3, 4, 0, block)) >= 0


def _one_kind_of_channel(data: Any, channels: str | None) -> tuple[Any, str]:
    """A copy with the good data channels of one type, because their units differ, and the unit."""
    try:
        picked = data.copy().pick("data" if channels is None else channels, exclude="bads")
    except ValueError as error:
        raise InputError(f"`channels={channels!r}` picks nothing: {error}") from error
    kinds = picked.get_channel_types(unique=True)
    if len(kinds) > 1:
        units = ", ".join(f"{kind} ({UNITS.get(kind, '?')})" for kind in kinds)
        raise InputError(
            f"One recording needs one type of channel, because their units differ; this one has {units}. "
            f'Choose with `channels="{kinds[0]}"`.'
        )
    return picked, UNITS.get(kinds[0], "")
