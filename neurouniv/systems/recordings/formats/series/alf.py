"""ALF, the files of the International Brain Laboratory: spikes.times.npy, clusters.*, _ibl_trials.table.pqt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.align import aligned
from neurouniv.systems.recordings.formats.series.quality import chosen, said
from neurouniv.systems.recordings.formats.series.spikes import Spikes, sorted_spikes
from neurouniv.systems.recordings.formats.series.trials import Trials
from neurouniv.systems.recordings.formats.tables import table_files

SETTINGS = (*ALIGN, "quality")
NAME = re.compile(
    r"(?:_[a-z0-9]+_)?(?P<object>[A-Za-z]+)\.(?P<attribute>[A-Za-z0-9_]+)(?:\.[^.]+)*\.(?P<kind>npy|pqt|csv|tsv)$"
)
PARTS = tuple(f"{place}{name}*" for place in ("", "*/", "*/*/", "*/*/*/") for name in (
    "spikes.times.", "spikes.clusters.", "clusters.metrics.", "_ibl_trials.", "trials.",
))  # fmt: skip
ONSET = "stimOn_times"
SESSION = re.compile(r"(?P<subject>[^/\\]+)[/\\](?P<date>\d{4}-\d{2}-\d{2})[/\\]\d{1,3}(?:[/\\]|$)")


def is_alf(path: Path, start: bytes) -> bool:
    """Whether a folder is a session, an alf folder or a probe of ALF: it holds spike times under ALF's name."""
    return bool(probes_of(path))


def probes_of(path: Path) -> list[Path]:
    """The folders with spikes: the path, or those of its probes (alf/probe00/pykilosort)."""
    if _file(path, "spikes", "times"):
        return [path]
    inside = [folder for folder in path.iterdir() if folder.is_dir() and _may_hold_probes(folder.name)]
    return sorted(probe for folder in inside for probe in probes_of(folder))


def read_alf(path: Path, source: str, quality: Any = "good", **settings: Any) -> Fields:
    """Rates of sorted units around onsets, from a folder of ALF; spikes of several probes are read side by side.

    Parameters
    ----------
    quality : "good" (default): what clusters.metrics labels 1, or calls good; "all".
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`. Default trials are those of the session,
        with the onset "stimOn_times". Channels are cluster ids, of several probes "probe00_12".

    Raises
    ------
    InputError : files are missing or damaged, or something is to be told; the message shows the call to make.
    """
    probes = probes_of(path)
    spikes = [_spikes(probe, source, quality) for probe in probes]
    merged = spikes[0] if len(spikes) == 1 else _side_by_side(spikes, probes, path)
    table = _trials(path, probes) if settings.get("trials") is None else None
    if table is not None and settings.get("onset") is None and ONSET in table.columns:
        settings["onset"] = ONSET
    return aligned(merged, source, settings, path, default=table, about=_subject_and_start(path))


def _may_hold_probes(name: str) -> bool:
    return name == "alf" or name.startswith(("probe", "pykilosort", "iblsorter", "ks", "kilosort", "imec"))


def _file(folder: Path, object_name: str, attribute: str) -> Path | None:
    """The file of an object's attribute, with or without a namespace and other parts of its name."""
    for place in _with_revisions(folder):
        for path in sorted(place.iterdir()):
            match = NAME.fullmatch(path.name)
            if match and (match["object"], match["attribute"]) == (object_name, attribute):
                return path
    return None


def _with_revisions(folder: Path) -> list[Path]:
    """The folder's revisions (#2024-05-06#), the newest first, and the folder itself."""
    return [*sorted(folder.glob("#*#"), reverse=True), folder] if folder.is_dir() else []


def _spikes(probe: Path, source: str, quality: Any) -> Spikes:
    files = [path for name in ("times", "clusters") if (path := _file(probe, "spikes", name)) is not None]
    if len(files) < 2:
        raise InputError(f"'{probe}' holds spikes.times and needs spikes.clusters too. Download or export it.")
    times, clusters = (np.ravel(plain_array(path)) for path in files)
    if times.dtype.kind not in "fiu" or clusters.dtype.kind not in "iuf":
        raise InputError(f"spikes.times and spikes.clusters of '{probe}' need to be numbers. Download them again.")
    ids = np.unique(clusters).astype(int)
    labels, labels_from = _labels(probe, ids)
    mask = chosen(ids, labels, quality, source, labels_from)
    how, out = said(ids, mask, labels, quality, labels_from)
    about = _about(probe, ids[mask]) | ({} if labels is None else {"quality": labels[mask]})
    return sorted_spikes(times, clusters, ids[mask], how=how, left_out=out, about=about)


def _labels(probe: Path, ids: np.ndarray) -> tuple[np.ndarray | None, str]:
    """ "good" or "bad" of every unit, by the label of IBL's three criteria, or by Kilosort's."""
    path = _file(probe, "clusters", "metrics")
    if path is None:
        return None, ""
    frame = table_files.parquet_frame(path) if path.suffix == ".pqt" else table_files.csv_frame(path)
    number = frame.get("cluster_id", frame.index)
    of = {}
    if "label" in frame and frame["label"].dtype.kind in "fiu":
        of = dict(zip(np.asarray(number).tolist(), np.where(frame["label"] == 1, "good", "bad").tolist(), strict=True))
    elif "ks2_label" in frame:
        of = dict(zip(np.asarray(number).tolist(), tidy_labels(frame["ks2_label"]).tolist(), strict=True))
    return (np.array([of.get(int(unit), "") for unit in ids], dtype=str), path.name) if of else (None, "")


def _about(probe: Path, ids: np.ndarray) -> dict[str, np.ndarray]:
    """Depths (µm) and brain regions of units, where their files are there: one value for each cluster number."""
    about = {}
    for name, word in (("depths", "depth"), ("brainLocationAcronyms_ccf_2017", "region"), ("acronym", "region")):
        path = _file(probe, "clusters", name)
        if path is not None and path.suffix == ".npy":
            values = np.ravel(plain_array(path))
            if ids.size and ids.max() < values.size:
                about[word] = values[ids] if values.dtype.kind in "iuf" else tidy_labels(values[ids])
    return about


def _side_by_side(spikes: list[Spikes], probes: list[Path], path: Path) -> Spikes:
    names = [
        next((part for part in probe.relative_to(path).parts if part.startswith("probe")), probe.name)
        for probe in probes
    ]
    if len(set(names)) < len(names):
        sortings = " and ".join(f"'{probe}'" for probe in probes)
        raise InputError(f"{path} holds several sortings of one probe: {sortings}. Name the folder of the one to read.")
    ends = np.concatenate([part.ends + before for part, before in zip(spikes, _before(spikes), strict=True)])
    of_unit = np.repeat(names, [part.ids.size for part in spikes])
    ids = np.char.add(np.char.add(of_unit, "_"), np.concatenate([part.ids for part in spikes]).astype(str))
    shared = set.intersection(*(set(part.about) for part in spikes))
    about = {name: np.concatenate([part.about[name] for part in spikes]) for name in sorted(shared)}
    about["probe"] = of_unit
    out = "; ".join(f"{name}: {part.left_out}" for name, part in zip(names, spikes, strict=True) if part.left_out)
    times = np.concatenate([part.times for part in spikes])
    return Spikes(times, ends, ids, about, spikes[0].how, out)


def _before(spikes: list[Spikes]) -> np.ndarray:
    return np.cumsum([0, *(part.times.size for part in spikes)])[:-1]


def _trials(path: Path, probes: list[Path]) -> Trials | None:
    """The trials of a session: its table, and what is beside it as single arrays, in the folder or those around it."""
    around = [parent for probe in probes for parent in probe.parents if "alf" in parent.parts or path in parent.parents]
    folders = dict.fromkeys([path, path / "alf", *probes, *around])
    for place in (place for folder in folders for place in _with_revisions(folder)):
        named = [(NAME.fullmatch(file.name), file) for file in sorted(place.glob("*trials.*"))]
        files = {file: match["attribute"] for match, file in named if match and match["object"] == "trials"}
        if files:
            return _table(files, place)
    return None


def _table(files: Mapping[Path, str], place: Path) -> Trials:
    columns: dict[str, np.ndarray] = {}
    for file, name in files.items():
        if file.suffix == ".pqt" and name == "table":
            frame = table_files.parquet_frame(file)
            columns |= {str(key): frame[key].to_numpy() for key in frame}
        elif file.suffix == ".npy":
            values = plain_array(file)
            wide = values.ndim == 2 and values.shape[1] > 1
            columns |= {f"{name}_{k}": values[:, k] for k in range(values.shape[1])} if wide else {name: values.ravel()}
    lengths = {name: values.size for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(
            f"The trials of '{place}' need one value per trial in every file; got {listed}. Download them again."
        )
    if {"contrastLeft", "contrastRight"} <= set(columns):
        left, right = (np.nan_to_num(columns[f"contrast{side}"].astype(float)) for side in ("Left", "Right"))
        columns.setdefault("signed_contrast", right - left)
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return Trials(columns, next(iter(files)).name if len(files) == 1 else "trials", digest.hexdigest())


def _subject_and_start(path: Path) -> dict[str, str]:
    """Subject and date, where the folders are named as ALF has it: subject/2020-01-31/001."""
    match = SESSION.search(str(path.resolve()))
    return {} if match is None else {"subject": match["subject"], "started": match["date"]}
