"""Folders of Kilosort and phy: spike_times.npy in samples, spike_clusters.npy, and the labels of clusters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.align import aligned
from neurouniv.systems.recordings.formats.series.frame_times import positive_rate
from neurouniv.systems.recordings.formats.series.quality import chosen, said
from neurouniv.systems.recordings.formats.series.spikes import sorted_spikes
from neurouniv.systems.recordings.formats.tables import table_files

SETTINGS = (*ALIGN, "rate", "quality")
TIMES, CLUSTERS = "spike_times.npy", ("spike_clusters.npy", "spike_templates.npy")
PARTS = (TIMES, *CLUSTERS, "params.py", "cluster_*.tsv", "cluster_*.csv")
RATE = re.compile(r"^\s*sample_rate\s*=\s*([0-9][0-9_.eE+]*)", re.MULTILINE)
LABELS = (  # files and their columns, the first that is there: what a person said before what the sorter did
    ("cluster_group.tsv", ("group", "KSLabel")),
    ("cluster_groups.csv", ("group",)),
    ("cluster_info.tsv", ("group", "KSLabel")),
    ("cluster_KSLabel.tsv", ("KSLabel", "group")),
)
ABOUT = {"depth": "depth", "sh": "shank", "area": "region", "region": "region", "location": "region"}


def is_phy(path: Path, start: bytes) -> bool:
    """Whether a folder holds sorted spikes as Kilosort and phy write them."""
    return (path / TIMES).is_file() and any((path / name).is_file() for name in CLUSTERS)


def read_phy(path: Path, source: str, rate: Any = None, quality: Any = "good", **settings: Any) -> Fields:
    """Rates of sorted units around onsets, from a folder of Kilosort or phy.

    Parameters
    ----------
    rate : samples a second; default `sample_rate` of params.py, which is read as text and never run.
    quality : labels of the clusters that are read: "good" (default), "good,mua", or "all".
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`. Channels are cluster ids.

    Raises
    ------
    InputError : a file is missing or damaged, the rate is not known, no unit has the label, or there are no trials.
    """
    rate = _rate(path) if rate is None else positive_rate(rate)
    samples = np.ravel(plain_array(path / TIMES))
    clusters = np.ravel(plain_array(next(path / name for name in CLUSTERS if (path / name).is_file())))
    _need_samples(samples, clusters, source)
    ids = np.unique(clusters)
    labels, labels_from = _labels(path, ids)
    mask = chosen(ids, labels, quality, source, labels_from)
    how, out = said(ids, mask, labels, quality, labels_from)
    known = {"how": how, "left_out": out, "about": _about(path, ids[mask], labels, mask), "rate": rate}
    known["lacks"] = "" if rate else "the rate of its samples"
    spikes = sorted_spikes(samples / (rate or 1.0), clusters, ids[mask], **known)
    return aligned(spikes, source, settings, path)


def _rate(path: Path) -> float | None:
    params = path / "params.py"
    if not params.is_file():
        return None
    rates = RATE.findall(params.read_text(errors="replace"))
    return positive_rate(rates[-1].rstrip(".").replace("_", "")) if rates else None


def _need_samples(samples: np.ndarray, clusters: np.ndarray, source: str) -> None:
    if samples.dtype.kind not in "iuf" or clusters.dtype.kind not in "iuf":
        raise InputError(f"{TIMES} and the clusters of {source} need to be numbers. Export them again.")
    if samples.dtype.kind == "f" and not (samples == np.round(samples)).all():
        raise InputError(
            f"{TIMES} of {source} needs whole numbers of samples; got {samples[samples != np.round(samples)][0]:g}. "
            'If these are seconds: read_recording({"spike_times": times, "spike_clusters": clusters}, ...).'
        )


def _labels(path: Path, ids: np.ndarray) -> tuple[np.ndarray | None, str]:
    """The label of every cluster, "" where it has none, and the file they are from."""
    for name, columns in LABELS:
        table = _table(path / name)
        column = next((c for c in columns if table and c in table), None)
        if table and column and any(tidy_labels(table[column])):
            of = dict(zip(table["id"].tolist(), tidy_labels(table[column]).tolist(), strict=True))
            return np.array([of.get(int(number), "") for number in ids], dtype=str), name
    return None, ""


def _table(path: Path) -> dict[str, np.ndarray]:
    """A table of clusters, its first column as `id`."""
    if not path.is_file() or not path.stat().st_size:
        return {}
    frame = table_files.csv_frame(path)
    key = next((name for name in ("cluster_id", "id") if name in frame), None)
    if key is None or frame[key].dtype.kind not in "iu":
        raise InputError(f"'{path}' needs a column cluster_id of whole numbers; it has {list(map(str, frame))}.")
    return {"id": frame[key].to_numpy()} | {str(name): frame[name].to_numpy() for name in frame if name != key}


def _about(path: Path, ids: np.ndarray, labels: np.ndarray | None, mask: np.ndarray) -> dict[str, np.ndarray]:
    """Labels of the units that are read: their quality and, where phy knows them, depth, shank and region."""
    about = {} if labels is None else {"quality": labels[mask]}
    table = _table(path / "cluster_info.tsv")
    if table and np.isin(ids, table["id"]).all():
        order = np.argsort(table["id"])
        rows = order[np.searchsorted(table["id"], ids, sorter=order)]
        for name, word in ABOUT.items():
            if name in table:
                values = table[name][rows]
                about[word] = values if values.dtype.kind in "iuf" else tidy_labels(values)
    return about
