"""Which fields of a file are likely to be the activity, the conditions and the latencies, by their shapes and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from neurouniv.systems.recordings.assembly.fields import Fields, is_chunked
from neurouniv.systems.recordings.checks.check import tidy_labels

CONDITIONS = (
    "cond", "stim", "target", "label", "categor", "object", "image", "odor", "odour", "orient", "sequence",
)  # fmt: skip
ELSEWHERE = ("block", "run", "session", "day", "week", "repeat", "trial", "subject", "correct")
"""What is no condition, though its values repeat: it says when, or who, or how well."""
RUNS = ("chunks", "run", "runs", "repeat", "block")
"""What fields of runs are called; CosmoMVPA's are chunks."""
READ_UNASKED = ("run", "repeat")
TIMES = ("time", "times", "t", "latencies", "time_axis", "bins", "tvec", "timestamps")
SENSORS = ("grad", "elec", "opto", "hdr", "cfg", "sens", "sensors", "headmodel", "fiducials", "montage", "layout")
GEOMETRY = (
    "tra", "chanpos", "chanori", "coilpos", "coilori", "elecpos", "optopos", "pnt", "pos", "xyz", "coords",
    "coordinates", "positions", "locs", "centroids", "vertices", "faces", "tri", "affine",
)  # fmt: skip
TABLES = ("trialinfo", "sampleinfo", "trl", "events", "iscell", "design", "targets", "labels", *TIMES)
"""Tables of numbers that are no activity: what is known of trials, times, and which ROI is a cell."""
OF_CHANNELS = re.compile(
    r"iscell|clu(ster)?s?(_?ids?)?$|spike_?clusters|units?(_?ids?)?$|neurons?(_?ids?)?$|channels?$"
)
COUNTER = re.compile(r"(^|_)(count(er)?|number|num|index|idx|id|ids|n)$")
MANY, STEADY = 6, 0.8  # numbers that go up by one, through many values, count something


def likely_activity(fields: Fields) -> str:
    """The field with the most numbers that may be activity, of those first that have an axis as long as some labels;
    where no field has two axes, a list of rates, those of one neuron."""
    leaves = fields.leaves()
    tables = {name: a.size for name, a in leaves.items() if a.ndim in (2, 3) and a.dtype.kind in "fiu"}
    tables |= {name: sum(map(np.size, a)) for name, a in leaves.items() if _by_trial(a)}
    tables = {name: size for name, size in tables.items() if _may_be_activity(name)}
    lengths = {leaves[name].size for name in _kinds_of_labels(leaves, None)}
    if not tables:
        lists = {name: a for name, a in leaves.items() if a.ndim == 1 and a.size in lengths and a.dtype.kind == "f"}
        tables = {name: a.size for name, a in lists.items() if _may_be_activity(name) and not (np.diff(a) >= 0).all()}
        tables = {name: size for name, size in tables.items() if np.unique(leaves[name]).size > size / 2}
    return max(tables, key=lambda name: (bool(lengths & set(leaves[name].shape)), tables[name]), default="FIELD")


def likely_condition(fields: Fields, activity: str) -> str:
    """The labels, as many as the activity has rows: by their name, else those with the fewest different values (three
    rather than two); a column of a table where there is no list. "FIELD" where none may be it."""
    leaves = fields.leaves()
    lengths = _lengths(fields, leaves.get(activity))
    kinds = _kinds_of_labels(leaves, lengths)
    if not kinds:
        tables = {name: a for name, a in leaves.items() if a.ndim == 2 and (lengths is None or len(a) in lengths)}
        columns = {f"{name}[:,{k}]": a[:, k] for name, a in tables.items() for k in range(_few(a)) if name != activity}
        kinds = _numbers_of_kinds(columns) if lengths is not None else {}
    arrays = {name: fields[name] for name in kinds}
    key = {
        name: (not _sounds(name, CONDITIONS), _sounds(name, ELSEWHERE), _counts(arrays[name]), n < 3, n)
        for name, n in kinds.items()
    }
    return min(kinds, key=key.__getitem__, default="FIELD")


def likely_latency(fields: Fields, activity: str) -> str | None:
    """The field of times, by its name, where activity has times and no field is called `latency`."""
    leaves = fields.leaves()
    table = leaves.get(activity)
    if table is None or "latency" in fields or not (table.ndim == 3 or _by_trial(table)):
        return None
    named = [name for name in fields.dims_of(activity) if name in leaves and leaves[name].dtype.kind in "fm"]
    usual = [name for name in leaves if _last(name) in TIMES and name != activity]
    return next(iter([*usual, *named]), None)


def likely_run(fields: Fields, condition: str) -> str | None:
    """The field of runs beside the condition, by its name; None where there is none, or runs are read unasked.

    Examples
    --------
    >>> dataset = {"targets": np.tile([1, 2], 4), "chunks": np.repeat([1, 2], 4)}
    >>> likely_run(Fields({"sa": dataset}, "x.mat", "Its variables", {}), "sa.targets")
    'sa.chunks'
    """
    leaves, group = fields.leaves(), condition.rpartition(".")[0]
    if condition not in leaves or any(name in fields or name in fields.given for name in READ_UNASKED):
        return None
    beside = {
        _last(name): name
        for name, array in leaves.items()
        if name.rpartition(".")[0] == group and name != condition and array.size == leaves[condition].size
    }
    names = [beside[word] for word in RUNS if word in beside]
    return next((name for name in names if np.unique(tidy_labels(np.ravel(leaves[name]))).size > 1), None)


def in_order(fields: Fields) -> list[str]:
    """The names of all fields, those first that may be the activity or the conditions."""
    leaves = fields.leaves()
    labels = _kinds_of_labels(leaves, None)
    tables = [n for n, a in leaves.items() if (a.ndim in (2, 3) and a.dtype.kind in "fiu") or _by_trial(a)]
    first = [*filter(_may_be_activity, tables), *sorted(labels, key=lambda name: not _sounds(name, CONDITIONS))]
    return list(dict.fromkeys([*first, *leaves]))


def _lengths(fields: Fields, table: np.ndarray | None) -> set[int] | None:
    """The sizes that the labels of trials may have; None where nothing tells."""
    if table is not None:
        return set(table.shape)
    return {len(fields.given["activity"])} if "activity" in fields.given else None


def _may_be_activity(name: str) -> bool:
    """Whether a field is neither where sensors are, nor what is known of trials or times.

    Examples
    --------
    >>> _may_be_activity("data.grad.tra"), _may_be_activity("trialinfo"), _may_be_activity("day1.rates")
    (False, False, True)
    """
    *parts, last = re.sub(r"\[[^\]]*\]", "", name.lower()).split(".")
    return not (set(parts) & set(SENSORS) or last in (*GEOMETRY, *TABLES, *SENSORS) or OF_CHANNELS.search(last))


def _by_trial(array: np.ndarray) -> bool:
    """Whether a field is a list of tables of numbers, one for each trial."""
    return array.dtype == object and all(np.ndim(a) == 2 and np.asarray(a).dtype.kind in "fiu" for a in array.ravel())


def _kinds_of_labels(leaves: Mapping[str, np.ndarray], lengths: Iterable[int] | None) -> dict[str, int]:
    """How many different values each list of labels has."""
    lists = {name: a for name, a in leaves.items() if a.ndim == 1 and (lengths is None or a.size in lengths)}
    return _numbers_of_kinds({name: a for name, a in lists.items() if a.dtype != object or not _holds_arrays(a)})


def _holds_arrays(array: np.ndarray) -> bool:
    return any(np.size(entry) > 1 and not isinstance(entry, (str, bytes)) for entry in array)


def _numbers_of_kinds(lists: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How many different values each list has; only of those whose values repeat, and are no ids, counts or places."""
    sensible = {name: a for name, a in lists.items() if _may_be_labels(name, a)}
    kinds = {name: np.unique(tidy_labels(a)).size for name, a in sensible.items()}
    return {name: count for name, count in kinds.items() if 2 <= count <= lists[name].size / 2}


def _may_be_labels(name: str, array: np.ndarray) -> bool:
    """Whether the values of a list may be conditions: no ids of channels, no places, times or running numbers."""
    *parts, last = re.sub(r"\[[^\]]*\]", "", name.lower()).split(".")
    if _sounds(name, CONDITIONS):
        return True
    if OF_CHANNELS.search(last) or last in (*GEOMETRY, *TIMES) or set(parts) & set(SENSORS):
        return False
    return not (COUNTER.search(last) and _counts(array))


def _counts(values: np.ndarray) -> bool:
    """Whether numbers run up by one through many values, from the start again or not.

    Examples
    --------
    >>> _counts(np.tile(np.arange(10), 3)), _counts(np.tile([1, 2, 3], 10))
    (True, False)
    """
    if values.dtype.kind not in "iuf":
        return False
    steps = np.diff(values.astype(float))
    return np.unique(values).size >= MANY and float(np.mean(steps == 1)) >= STEADY


def _sounds(name: str, words: Sequence[str]) -> bool:
    """Whether one of the words is in the last part of a field's name."""
    return any(word in _last(name) for word in words)


def _last(name: str) -> str:
    return name.split(".")[-1].lower()


def _few(table: np.ndarray) -> int:
    """How many columns of a table may be labels: few, beside more rows."""
    is_few = table.shape[1] < min(8, len(table)) and table.dtype.kind in "fiu"
    return table.shape[1] if is_few and not is_chunked(table) else 0


def example_values(array: Any, most: int = 3) -> str:
    """The first few different values of a field, as text."""
    values = np.ravel(array)[:64] if not is_chunked(array) else np.array([])
    if values.dtype == object and any(np.ndim(value) for value in values):
        return "arrays of " + ", ".join("x".join(map(str, np.shape(value))) or "1" for value in values[:most])
    texts = [text[:20] for text in dict.fromkeys(_text(value) for value in values.tolist())]
    return ", ".join(texts[:most]) + (", ..." if len(texts) > most or np.size(array) > 64 else "")


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
