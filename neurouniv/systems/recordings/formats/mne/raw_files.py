"""Continuous recordings in the formats of `mne.io.read_raw` (EDF, BDF, CNT, SNIRF, KIT, CTF, ...), cut at events."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.mne.biosemi import is_biosemi, status_events
from neurouniv.systems.recordings.formats.mne.continuous import cut, marked_events, stimulus_events
from neurouniv.systems.recordings.formats.mne.epochs import SETTINGS, census, epochs_fields
from neurouniv.systems.recordings.formats.mne.event_tables import PLACES, beside, given_events, without_one_event
from neurouniv.systems.recordings.formats.mne.notices import mne_notices
from neurouniv.systems.recordings.formats.tables.table_files import csv_frame
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SETTINGS", "is_raw", "is_raw_folder", "read_raw"]
SIGNATURES = {b"0       ": ".edf", b"\xffBIOSEMI": ".bdf", b"GDF ": ".gdf", b"EEG-": ".eeg", b"BCI2000V": ".dat"}
EGI = tuple(bytes((0, 0, 0, version)) for version in range(2, 8))  # how EGI's simple binary files (.raw) begin
ENDINGS = (*SIGNATURES.values(), ".cnt", ".nxe", ".sqd", ".con", ".cdt", ".dap", ".rs3", ".nedf", ".lay")
FOLDERS = (".ds", ".mff", ".mefd")
NIRX = ("*.hdr", "*.wl1")
HDF5 = b"\x89HDF\r\n\x1a\n"
OF_NAMES = {"eog": "eog", "ecg": "ecg", "ekg": "ecg", "emg": "emg", "resp": "resp", "temp": "temperature"}
OF_NAMES |= dict.fromkeys(("event", "marker", "trig", "dtrig", "trigger", "status", "photo", "pulse", "spo2"), "misc")
"""Types of channels by a word of their names, as EDF+ has it; MNE takes all channels of EDF for EEG."""
TYPES = {"eeg", "eog", "ecg", "emg", "misc", "stim", "seeg", "ecog", "dbs", "bio", "resp"}
VOLTS = re.compile(r"^[munµμ]?V$|^$|^n/a$", re.IGNORECASE)


def is_raw(path: Path, start: bytes) -> bool:
    """Whether a file is continuous data that MNE reads: by how it begins (EDF, BDF, GDF), its content or its ending."""
    return _ending_of(path, start) is not None


def is_raw_folder(path: Path, start: bytes = b"") -> bool:
    """Whether a folder is one continuous recording: of CTF (.ds), EGI (.mff), MEF or NIRx."""
    return path.suffix.lower() in FOLDERS or all(any(path.glob(pattern)) for pattern in NIRX)


def read_raw(path: Path, source: str, channels: Any = None, window: Any = None, events: Any = None) -> Fields:
    """Trials cut from continuous data around their events, in V or T whatever unit the file has.

    Parameters
    ----------
    channels : types or names of channels; see `neurouniv.systems.recordings.formats.mne.sensors.pick_channels`.
    window : (start, stop) in s from the event, both included.
    events : a table of events, a path or a data frame with `onset` in s and `trial_type`; or the names of the events
        that are trials; "annotations" or "stim", where the file has both. Default: the table of BIDS beside the file
        (`_events.tsv`), else the file's annotations or stimulus channel.

    Returns
    -------
    Fields `event`, `onset` (s) and the other columns of the table. The condition is the event; attributes say where
    events are from.

    Raises
    ------
    InputError : there are no events, no window came (the message lists the events), events of two places or types of
        channels were not chosen between.
    """
    mne = import_extra("mne", "A continuous recording")
    with told_plainly(path, "a recording that MNE reads"), mne_notices(source), _named(path) as plain:
        read = mne.io.read_raw_egi if plain.suffix.lower() == ".raw" else mne.io.read_raw
        raw = read(plain, verbose="warning")
        _type_channels(raw, path, source)
        _tell_rates(raw, source)
        _tell_size(path, source)
        table, names, origin = _events(raw, path, source, events)
        epochs = cut(raw, table, source, window, names, origin)
        fields = epochs_fields(epochs, source, channels, kind="The columns of its events")
    return without_one_event(fields, origin)


def _ending_of(path: Path, start: bytes) -> str | None:
    ending = next((end for mark, end in SIGNATURES.items() if start.startswith(mark)), path.suffix.lower())
    by_content = {".snirf": (HDF5,), ".raw": EGI}
    if ending in by_content:
        return ending if start.startswith(by_content[ending]) else None
    if ending in SIGNATURES.values() and not start.startswith(tuple(SIGNATURES)):
        return None
    return ending if ending in ENDINGS else None


@contextmanager
def _named(path: Path) -> Iterator[Path]:
    """`path`, or a link to it with the ending that MNE knows its format by."""
    with open(path, "rb") if path.is_file() else _nothing() as file:
        ending = _ending_of(path, file.read(16)) if file else None
    if ending is None or path.suffix.lower() == ending or ending not in SIGNATURES.values():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, path.stem + ending)
        link.symlink_to(path.resolve())
        yield link


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _events(raw: Any, path: Path, source: str, events: Any) -> tuple[pd.DataFrame, Any, str]:
    """The table of events, which of them are trials, and where they are from."""
    table, names, origin = given_events(raw, path, source, events)
    if table is not None:
        return table, names, origin
    places = {"annotations": marked_events(raw)}
    places["stim"] = status_events(raw, source) if is_biosemi(path) else stimulus_events(raw, source)
    present = {place: rows for place, rows in places.items() if len(rows)}
    if events in PLACES:
        if events not in present:
            raise InputError(f"{source} has no events in its {events}; it has {', '.join(present) or 'none at all'}.")
        return present[events], None, str(events)
    if len(present) > 1 and names is None:
        listed = "; ".join(f"{place}: {census(rows['event'])}" for place, rows in present.items())
        raise InputError(
            f'{source} has events in two places, {listed}. Choose with events="annotations" or events="stim" (in a '
            "shell: --map events=stim), or name those that are trials."
        )
    if len(present) > 1:
        import pandas as pd

        return pd.concat(present.values(), ignore_index=True), names, " and ".join(present)
    return next(iter(present.values()), places["annotations"]), names, next(iter(present), "nowhere")


def _type_channels(raw: Any, path: Path, source: str) -> None:
    """Types and bad channels from BIDS's `_channels.tsv`, else by names; what is not in V is no EEG."""
    table = beside(path, "channels")
    if table is not None:
        frame = csv_frame(table)
        known = dict(zip(frame.get("name", []), frame.get("type", []), strict=False))
        types = {n: str(known[n]).lower() for n in raw.ch_names if str(known.get(n, "")).lower() in TYPES}
        types |= {n: "stim" for n in raw.ch_names if str(known.get(n, "")).lower() == "trig"}
        status = dict(zip(frame.get("name", []), frame.get("status", []), strict=False))
        raw.info["bads"] += [n for n in raw.ch_names if status.get(n) == "bad" and n not in raw.info["bads"]]
    else:
        words = {n: [word for word in re.split(r"[\W_\d]+", n.lower()) if word in OF_NAMES] for n in raw.ch_names}
        types = {n: OF_NAMES[hits[0]] for n, hits in words.items() if hits}
    eeg = {n for n, kind in zip(raw.ch_names, raw.get_channel_types(), strict=True) if kind == "eeg"}
    units = getattr(raw, "_orig_units", {}) or {}
    odd = [n for n in eeg if n in units and not VOLTS.match(str(units[n])) and n not in types]
    types = {n: kind for n, kind in types.items() if n in eeg} | dict.fromkeys(odd, "misc")
    raw.set_channel_types(types, on_unit_change="ignore")
    if odd:
        warn(
            f"Left out of {source}: {some(sorted(odd))}, whose unit is not V ({some(sorted({units[n] for n in odd}))})."
        )
    if table is None and (named := sorted(set(types) - set(odd))):
        warn(f"Not read as EEG in {source}, by their names: {some(named)}. `channels=` names what is read.")


def _tell_size(path: Path, source: str) -> None:
    """Say where an EDF or BDF file has more or fewer bytes than its header says; values may then be misplaced."""
    with path.open("rb") if path.is_file() else _nothing() as file:
        head = file.read(256) if file else b""
        is_edf = head.startswith((b"0       ", b"\xffBIOSEMI"))
        table = file.read(int(head[184:192]) - 256) if file and is_edf else b""
    if not is_edf:
        return
    count, records = int(head[252:256]), int(head[236:244])
    samples = sum(int(table[216 * count + 8 * k : 216 * count + 8 * k + 8]) for k in range(count))
    size, needed = path.stat().st_size, int(head[184:192]) + records * samples * (3 if head[0] == 255 else 2)
    if records >= 0 and size != needed:
        warn(
            f"{source} has {size} bytes and by its header {needed}: something is missing or inserted, and values after "
            "it are misplaced. Copy or export it again."
        )


def _tell_rates(raw: Any, source: str) -> None:
    """Say where channels were recorded at different rates, which MNE resamples to the highest."""
    extras = (getattr(raw, "_raw_extras", None) or [{}])[0]
    counts = extras.get("n_samps") if isinstance(extras, dict) else None
    if counts is None or np.size(counts) < 2:
        return
    counts = np.ravel(counts)[: len(raw.ch_names)]
    slower = [n for n, count in zip(raw.ch_names, counts, strict=False) if count < counts.max()]
    data = [n for n in slower if raw.get_channel_types([n])[0] != "stim"]
    if data:
        warn(
            f"{len(data)} of {len(raw.ch_names)} channels of {source} were sampled less often than the others "
            f"({some(data)}); MNE fills them up to {raw.info['sfreq']:g} samples per s."
        )
