"""FieldTrip structures in MATLAB files: raw trials, time-locked trials, and averages, one for each condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.matlab.channels import picked
from neurouniv.systems.recordings.formats.matlab.classes import array_of
from neurouniv.systems.recordings.formats.timing.window import start_stop
from neurouniv.systems.recordings.help.calls import both_ways

PATTERNS = ("trial", "individual", "avg")
SPECTRA = ("powspctrm", "fourierspctrm", "crsspctrm")
ABOUT = ("cfg", "hdr", "grad", "elec", "opto")
"""What a structure says of sensors and of how it was made: no field of trials."""
SHOWN = 6


@dataclass(frozen=True)
class Part:
    """The trials of one structure, (channel, time) each, their times in s, and the channels' names."""

    trials: list[np.ndarray]
    times: list[np.ndarray]
    labels: tuple[str, ...]


def structures(tree: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The FieldTrip structures among the variables of a file, by name; "" where its variables are one themselves.

    Examples
    --------
    >>> data = {"label": ["Cz"], "time": [0.0, 0.1], "avg": [[1.0, 2.0]], "dimord": "chan_time"}
    >>> list(structures({"face": data, "notes": "none"})), list(structures(data)), structures({"rates": [1.0]})
    (['face'], [''], {})
    """
    if _is_structure(tree):
        return {"": tree}
    by_name: dict[str, Mapping[str, Any]] = {}
    for name, item in tree.items():
        entries = item.tolist() if isinstance(item, np.ndarray) and item.dtype == object else item
        if _is_structure(item):
            by_name[name] = item
        elif isinstance(entries, list) and entries and all(map(_is_structure, entries)):
            by_name |= {f"{name}[{k}]": entry for k, entry in enumerate(entries)}
    return by_name


def fields(
    candidates: Mapping[str, Mapping[str, Any]],
    source: str,
    structure: Any = None,
    channels: Any = None,
    window: Any = None,
) -> Fields:
    """Trials of one structure, or of several as conditions.

    Parameters
    ----------
    structure : the name of the one that is read; or several names, whose trials become one recording, with the
        structure's name as their condition. Text may list them with commas.
    channels : names or types of channels ("meggrad", "eeg"); default all that are not called like eyes or triggers.
    window : (start, stop) in s, both included; default all times.

    Returns
    -------
    Fields, those of the structure. The condition is `trialinfo` where that is one column whose values repeat.

    Raises
    ------
    InputError : a structure holds spectra or one average, several were not chosen between or do not fit together.
    """
    names = _chosen(candidates, structure, source)
    parts = [_part(candidates[name], name, source) for name in names]
    _need_same_channels(parts, names, source)
    trials, times = [t for part in parts for t in part.trials], [t for part in parts for t in part.times]
    if len(trials) < 2:
        raise InputError(_one_trial(candidates, names[0], source))
    labels = np.array(parts[0].labels)
    types, units = _types_and_units(candidates[names[0]], labels)
    channel = picked(labels, types, units, channels, source)
    given = _cropped([trial[channel] for trial in trials], times, window)
    given |= {"channel": labels[channel], "trial": np.arange(len(trials))}
    own = {name: value for name, value in candidates[names[0]].items() if name not in ABOUT}
    if len(names) > 1:
        given["condition"], of = np.repeat(names, [len(part.trials) for part in parts]), ", ".join(names)
        tree: dict[str, Any] = {}
        attrs = {"conditions_from": f"FieldTrip structures {of}"}
    else:
        condition = _one_column(own.get("trialinfo"), len(trials))
        given |= {} if condition is None else {"condition": condition}
        attrs = {} if condition is None else {"conditions_from": "trialinfo"}
        tree = {names[0]: own} if names[0] else own
    about = {"channel_type": types[channel]} if types[channel[0]] else {}
    kind = f"The fields of its FieldTrip structure{_columns_text(own.get('trialinfo'))}"
    return Fields(tree, source, kind, given, units[channel[0]], about, attrs)


def _is_structure(item: Any) -> bool:
    return isinstance(item, Mapping) and "label" in item and _pattern(item) is not None


def _pattern(item: Mapping[str, Any]) -> str | None:
    """The field of numbers: trials, subjects or an average beside `time`, or spectra beside `freq`."""
    if "time" in item and (name := next((name for name in PATTERNS if name in item), None)):
        return name
    return next((name for name in SPECTRA if name in item and "freq" in item), None)


def _chosen(candidates: Mapping[str, Any], structure: Any, source: str) -> list[str]:
    names = list(candidates)
    if structure is not None:
        wanted = structure.split(",") if isinstance(structure, str) else list(structure)
        wanted = [str(name).strip() for name in wanted]
        missing = [name for name in wanted if name not in candidates]
        if missing:
            raise InputError(f"{source} has no FieldTrip structure '{missing[0]}'; it has {_listed(names)}.")
        return wanted
    if len(names) > 1:
        raise InputError(
            f"{source} holds {len(names)} FieldTrip structures: {_listed(names)}. Say which is read, "
            f'structure="{names[0]}"; or several, each a condition: {both_ways(source, structure=",".join(names[:2]))}'
        )
    return names


def _part(item: Mapping[str, Any], name: str, source: str) -> Part:
    called = f"its FieldTrip structure {name}".rstrip()
    pattern = _pattern(item) or "trial"
    if pattern in SPECTRA:
        raise InputError(
            f"{source} holds spectra ({called}, {pattern}, {item.get('dimord', 'channels x frequencies')}), and a "
            "recording has no axis of frequencies. Average a band in FieldTrip: cfg.frequency = [8 12]; "
            'cfg.avgoverfreq = "yes"; data = ft_selectdata(cfg, data), and save squeeze(data.powspctrm), its '
            "trialinfo, label and time under names of their own."
        )
    labels = tuple(tidy_labels(as_array(item["label"])).tolist())
    values, times = as_array(item[pattern]), as_array(item["time"])
    if times.dtype != object and times.ndim < 2:  # the same times in all trials
        trials = list(_shaped(values, len(labels), times.size, called, source))
        return Part(trials, [np.ravel(times).astype(float)] * len(trials), labels)
    if len(values) != len(times):
        raise InputError(f"{called} in {source} has {len(values)} trials and {len(times)} lists of times.")
    clocks = [np.ravel(np.asarray(clock, dtype=float)) for clock in times]
    trials = [
        _shaped(np.asarray(trial), len(labels), clock.size, called, source)[0]
        for trial, clock in zip(values, clocks, strict=True)
    ]
    return Part(trials, clocks, labels)


def _shaped(values: np.ndarray, channels: int, times: int, called: str, source: str) -> np.ndarray:
    """Values as (trial, channel, time), whichever axes of length one MATLAB's reader dropped."""
    trials = values.size // max(1, channels * times)
    sizes, needed = (tuple(size for size in shape if size != 1) for shape in (values.shape, (trials, channels, times)))
    if values.dtype.kind not in "iuf" or sizes != needed:
        raise InputError(
            f"{called} in {source} needs numbers for {channels} channels (label) and {times} times; got "
            f"{values.dtype} of shape {values.shape}. Select and save it in FieldTrip again (ft_selectdata)."
        )
    return values.reshape(trials, channels, times)


def _need_same_channels(parts: Sequence[Part], names: Sequence[str], source: str) -> None:
    differing = [name for part, name in zip(parts, names, strict=True) if part.labels != parts[0].labels]
    if differing:
        raise InputError(
            f"The FieldTrip structures in {source} need the same channels (label); '{differing[0]}' differs from "
            f"'{names[0]}'. Select those that both have (ft_selectdata), or read one: structure=\"{names[0]}\"."
        )


def _one_trial(candidates: Mapping[str, Mapping[str, Any]], name: str, source: str) -> str:
    called = f"its FieldTrip structure {name}".rstrip()
    if _pattern(candidates[name]) == "avg":
        others = [other for other in candidates if other != name]
        pair = f'structure="{name},{others[0]}"' if others else "save one for each condition into one file"
        return (
            f"{source} holds one average ({called}), so one condition, and a recording needs two: {pair}; or keep the "
            'trials in FieldTrip, cfg.keeptrials = "yes".'
        )
    return (
        f"{called} in {source} holds one trial: continuous data, not cut yet. Cut it in FieldTrip "
        "(ft_definetrial, ft_redefinetrial) and save it again."
    )


def _types_and_units(item: Mapping[str, Any], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The type and the unit of every channel, "" where no part of the structure says them."""
    types: dict[str, str] = {}
    units: dict[str, str] = {}
    for about in (item.get("elec"), item.get("grad"), item.get("hdr")):
        if isinstance(about, Mapping) and "label" in about:
            names = tidy_labels(as_array(about["label"])).tolist()
            for known, field in ((types, "chantype"), (units, "chanunit")):
                texts = tidy_labels(as_array(about.get(field, []))).tolist()
                known |= dict(zip(names, texts, strict=True)) if len(texts) == len(names) else {}
    both = (np.array([known.get(name, "") for name in labels.tolist()]) for known in (types, units))
    first, second = (np.where(texts == "unknown", "", texts) for texts in both)
    return first, second


def _cropped(trials: list[np.ndarray], times: list[np.ndarray], window: Any) -> dict[str, Any]:
    """Activity and latency of the trials, one array of each where all have the same times."""
    if window is not None:
        start, stop = start_stop(window, "the trial's time 0")
        half = [np.diff(clock).mean() / 2 if clock.size > 1 else 0.0 for clock in times]
        first, last = max(clock[0] for clock in times), min(clock[-1] for clock in times)
        if start < first - half[0] or stop > last + half[0]:
            raise InputError(
                f"`window={window!r}` goes beyond the trials, which all have the times from {first:g} to {last:g} s."
            )
        masks = [(clock >= start - h) & (clock <= stop + h) for clock, h in zip(times, half, strict=True)]
        trials = [trial[:, some] for trial, some in zip(trials, masks, strict=True)]
        times = [clock[some] for clock, some in zip(times, masks, strict=True)]
    if all(clock.size == times[0].size and np.allclose(clock, times[0], atol=1e-6) for clock in times):
        return {"activity": np.stack(trials), "latency": times[0]}
    return {"activity": array_of(trials, (len(trials),)), "latency": array_of(times, (len(times),))}


def _one_column(info: Any, trials: int) -> np.ndarray | None:
    """`trialinfo` (or the one column of its table) where it has a value for every trial, and values that repeat."""
    if isinstance(info, Mapping) and len(info) == 1:
        info = next(iter(info.values()))
    column = np.squeeze(as_array(info)) if info is not None and not isinstance(info, Mapping) else np.array([])
    if column.ndim != 1 or column.size != trials:
        return None
    labels = tidy_labels(column)
    return labels if 2 <= np.unique(labels).size <= trials / 2 else None


def _columns_text(info: Any) -> str:
    """How many different values the columns of a `trialinfo` without names have."""
    if not isinstance(info, np.ndarray) or info.ndim != 2:
        return ""
    counts = [np.unique(tidy_labels(column)).size for column in info.T]
    listed = ", ".join(f"[:,{k}] has {count}" for k, count in enumerate(counts[:SHOWN]))
    return f" (different values in the columns of trialinfo: {listed})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
