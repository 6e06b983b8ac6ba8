"""Files that Neo reads (Blackrock, Plexon, Spike2, Neuralynx, TDT, Open Ephys, Axon, ...) and Neo's objects."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, NeurounivWarning, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.mne.epochs import census, chosen_events
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.align import aligned
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.series.spikes import Spikes, unit_by_unit
from neurouniv.systems.recordings.formats.series.trials import Trials
from neurouniv.systems.recordings.formats.timing.frames import Frames
from neurouniv.systems.recordings.help.calls import both_ways
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

SETTINGS = (*ALIGN, "events", "signal")
READERS = {
    ".nev": "BlackrockIO", ".ns1": "BlackrockIO", ".ns2": "BlackrockIO", ".ns3": "BlackrockIO", ".ns4": "BlackrockIO",
    ".ns5": "BlackrockIO", ".ns6": "BlackrockIO", ".plx": "PlexonIO", ".pl2": "Plexon2IO", ".smr": "Spike2IO",
    ".smrx": "CedIO", ".nex": "NeuroExplorerIO", ".abf": "AxonIO", ".rhd": "IntanIO", ".rhs": "IntanIO",
    ".axgx": "AxographIO", ".axgd": "AxographIO", ".wcp": "WinWcpIO", ".edr": "WinEdrIO", ".trc": "MicromedIO",
}  # fmt: skip
FOLDERS = {"*.ncs": "NeuralynxIO", "*.nse": "NeuralynxIO", "*.tsq": "TdtIO", "*.oebin": "OpenEphysBinaryIO"}
FOLDERS |= {"*.continuous": "OpenEphysIO"}
NOISE = "#255"  # Blackrock's unit of noise
KINDS = ("Block", "Segment")


def is_neo(obj: Any) -> bool:
    """Whether `obj` is a block or segment of Neo, without importing Neo."""
    return type(obj).__module__.split(".")[0] == "neo" and type(obj).__name__ in KINDS


def is_neo_file(path: Path, start: bytes) -> bool:
    """Whether a file has one of the endings of `READERS`; the devices' files have few marks of their own."""
    return path.suffix.lower() in READERS and b"\x00" in start


def is_neo_folder(path: Path, start: bytes = b"") -> bool:
    """Whether a folder is a recording of Neuralynx, TDT or Open Ephys."""
    return any(any(path.glob(pattern)) for pattern in FOLDERS)


def read_neo(path: Path, source: str, **settings: Any) -> Fields:
    """Spike rates of units around the file's events, or the mean of a signal; see `from_neo`."""
    name = READERS.get(path.suffix.lower()) if path.is_file() else None
    name = name or next(reader for pattern, reader in FOLDERS.items() if any(path.glob(pattern)))
    neo = import_extra("neo", f"'{path.name}'")
    with told_plainly(path, f"a file of Neo's {name}"), _quietly():
        reader = getattr(neo.io, name)
        _tell_size(path, source)
        file = reader(dirname=str(path)) if reader.mode == "dir" else reader(str(path))
        block = file.read_block(lazy=bool(file.support_lazy))
        return from_neo(block, source, path.parent, **settings)


def from_neo(obj: Any, source: str, folder: Path | None = None, **settings: Any) -> Fields:
    """Spike rates (spikes/s) of all units around the events of a Neo block or segment; or the mean of a signal.

    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`. `trials`: the name of the channel of
        events or epochs that are trials (default: the only one), or a table of trials. `events`: names of those that
        are trials. `signal`: the analog signal that is read instead of spikes, by its name; default spikes, where
        there are units.

    Raises
    ------
    InputError : channels of events or signals were not chosen between, clocks of segments overlap, or the above.
    """
    segments = list(getattr(obj, "segments", [obj]))
    spans = _spans(segments, source)
    tables = _tables(segments)
    events, signal = settings.pop("events", None), settings.pop("signal", None)
    recorded = _signal(segments, signal, source) if signal else _spikes(segments, spans)
    if not signal and not recorded.ids.size:
        recorded = _signal(segments, None, source)
    trials = settings.get("trials")
    if isinstance(trials, str) and trials in tables:
        settings.pop("trials")
        tables = {trials: tables[trials]}
    elif trials is not None:
        tables = {}
    if len(tables) > 1:
        listed = "; ".join(f"'{name}': {_kinds(table)}" for name, table in tables.items())
        raise InputError(
            f"{source} has {len(tables)} channels of events: {listed}. Say which begin trials, for example "
            f"{both_ways(source, trials=next(iter(tables)), window=(0, 0.5))}"
        )
    default = next((_table(name, columns, events, source) for name, columns in tables.items()), None)
    if default is not None and settings.get("window") is None:
        kinds = _kinds(tables[next(iter(tables))])
        raise InputError(
            f"{source} holds {recorded.what()}, and events '{default.name}': {kinds}. Give the window in s from the "
            f"event, for example: {both_ways(source, window=(0, 0.5))}"
        )
    return aligned(recorded, source, settings, folder, None, default)


def _tell_size(path: Path, source: str) -> None:
    """Say where a Blackrock file of events ends within a packet; its last spikes and events are then missing."""
    if path.suffix.lower() != ".nev":
        return
    with path.open("rb") as file:
        head = file.read(20)
    header, packet = (int.from_bytes(head[at : at + 4], "little") for at in (12, 16))
    if packet and (path.stat().st_size - header) % packet:
        warn(f"{source} ends within a packet: it is cut short or damaged. Copy it again.")


@contextmanager
def _quietly() -> Iterator[None]:
    """Neo's log and warnings, of versions and of channels that are not read, are left out; ours are passed on."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    finally:
        logging.disable(level)
    for warning in caught:
        if issubclass(warning.category, NeurounivWarning):
            warn(str(warning.message))


def _loaded(item: Any) -> Any:
    return item.load() if hasattr(item, "load") else item


def _seconds(times: Any) -> np.ndarray:
    return np.asarray(times.rescale("s").magnitude, dtype=float)


def _spans(segments: Sequence[Any], source: str) -> np.ndarray:
    """From when to when each segment goes, in s."""
    spans = np.array([[float(_seconds(s.t_start)), float(_seconds(s.t_stop))] for s in segments]).reshape(-1, 2)
    order = np.argsort(spans[:, 0])
    if (spans[order[1:], 0] < spans[order[:-1], 1] - 1e-9).any():
        raise InputError(
            f"{source} has {len(segments)} segments whose clocks start again, so events and spikes of one moment "
            "cannot be distinguished. Give one segment: neo.get_io(FILE).read_block().segments[0]."
        )
    return spans


def _spikes(segments: Sequence[Any], spans: np.ndarray) -> Spikes:
    """The spikes of all segments, unit by unit; Blackrock's unit of noise is left out."""
    trains: dict[str, list[np.ndarray]] = {}
    for segment in segments:
        for number, train in enumerate(segment.spiketrains):
            name = str(getattr(train, "name", None) or train.annotations.get("id") or f"unit{number}")
            trains.setdefault(name, []).append(_seconds(_loaded(train).times))
    units = {name: parts for name, parts in trains.items() if not name.endswith(NOISE)}
    left_out = f"{len(trains) - len(units)} units of noise" if len(units) < len(trains) else ""
    arrays = [np.concatenate(parts) for parts in units.values()]
    pauses = None if len(spans) < 2 else np.where(spans == [spans.min(), spans.max()], [-np.inf, np.inf], spans)
    return unit_by_unit(arrays, np.array(list(units), dtype=str), how="Neo, all units", left_out=left_out, spans=pauses)


def _tables(segments: Sequence[Any]) -> dict[str, dict[str, np.ndarray]]:
    """The channels of events and epochs that hold any, by name: columns onset, label and of epochs duration."""
    columns: dict[str, dict[str, list[np.ndarray]]] = {}
    for segment in segments:
        for number, proxy in enumerate([*segment.events, *segment.epochs]):
            events = _loaded(proxy)
            if not len(events.times):
                continue
            name = str(getattr(proxy, "name", None) or f"events{number}")
            parts = columns.setdefault(name, {"onset": [], "label": []})
            parts["onset"].append(_seconds(events.times))
            labels = tidy_labels(events.labels) if len(events.labels) == len(events.times) else np.array([], dtype=str)
            parts["label"].append(labels if labels.size else np.full(len(events.times), name))
            if getattr(events, "durations", None) is not None and np.size(events.durations) == len(events.times):
                parts.setdefault("duration", []).append(_seconds(events.durations))
    joined = {name: {key: np.concatenate(v) for key, v in parts.items()} for name, parts in columns.items()}
    return {n: {k: v for k, v in t.items() if v.size == t["onset"].size} for n, t in joined.items()}


def _table(name: str, columns: Mapping[str, np.ndarray], events: Any, source: str) -> Trials:
    """A channel of events as a table of trials; its labels are the conditions where there are several."""
    rows = chosen_events(columns["label"], events, source)
    chosen = {key: values[rows] for key, values in columns.items()}
    order = np.argsort(chosen["onset"], kind="stable")
    chosen = {key: values[order] for key, values in chosen.items()}
    labels = chosen["label"]
    several = np.unique(labels).size > 1
    return Trials({**chosen, **({"condition": labels} if several else {})}, name)


def _kinds(columns: Mapping[str, np.ndarray]) -> str:
    return census(columns["label"])


def _signal(segments: Sequence[Any], name: Any, source: str) -> Samples:
    """An analog signal (one sampling) of a block of one segment."""
    signals = {str(getattr(s, "name", None) or f"signal{k}"): s for k, s in enumerate(segments[0].analogsignals)}
    listed = ", ".join(f"'{n}'" for n in signals) or "none"
    if name is not None and name not in signals:
        raise InputError(f"{source} has no signal '{name}'; its signals: {listed}.")
    if name is None and len(signals) != 1:
        raise InputError(
            f"{source} has no units with spikes, and {len(signals)} analog signals: {listed}. "
            + (f'Choose with signal="{next(iter(signals))}".' if signals else "There is no activity in it.")
        )
    if len(segments) > 1:
        raise InputError(f"{source} has {len(segments)} segments of signals; give one, as read_block().segments[0].")
    signal = _loaded(signals[name or next(iter(signals))])
    values = np.asarray(signal.magnitude)
    rate = float(signal.sampling_rate.rescale("Hz").magnitude)
    clock = Frames(None, len(values), float(_seconds(signal.t_start)), rate)
    names = signal.array_annotations.get("channel_names", np.arange(values.shape[1]))
    ids = tidy_labels(names) if len(names) == values.shape[1] else np.arange(values.shape[1])
    unit = str(signal.units.dimensionality)
    return Samples(
        lambda first, last: values[:, first:last].T, len(values), clock, ids, how=f"Neo, signal '{signal.name}'",
        units=unit,
    )  # fmt: skip
