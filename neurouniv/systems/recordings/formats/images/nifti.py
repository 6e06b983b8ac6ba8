"""Images of voxels (NIfTI): a volume for every trial or condition, with a table of conditions, a mask, an atlas."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.chunks import or_where_large, sizes_of_chunks
from neurouniv.systems.recordings.formats.images import surfaces
from neurouniv.systems.recordings.formats.images.design_info import design_beside
from neurouniv.systems.recordings.formats.images.labels import (
    BETAS,
    condition_column,
    labels_in,
    likely_table,
    need_rows,
    table_beside,
)
from neurouniv.systems.recordings.formats.images.residuals import residuals_of
from neurouniv.systems.recordings.formats.images.volumes import Stack, loaded, need_volumes, number_of_volumes, stacked
from neurouniv.systems.recordings.formats.images.voxels import Voxels, seen, voxels_of

SETTINGS = ("mask", "atlas", "atlas_names", "events", "conditions", "condition", "residuals", "dof", "chunks")
USED = ("mask", "atlas", "atlas_names", "events", "conditions")
IN_CHUNKS = 2**28
"""Bytes of a chunk, where their size is not given."""
NIFTI_1, NIFTI_2 = (b"n+1\x00", b"ni1\x00"), (b"n+2\x00", b"ni2\x00")
KIND = "The columns of its table"


def is_nifti(path: Path, start: bytes) -> bool:
    """Whether a file is NIfTI, or the data (.img) of a NIfTI pair."""
    if path.suffix == ".img" and (header := path.with_suffix(".hdr")).is_file():
        start = header.read_bytes()[:1024]
    return start[344:348] in NIFTI_1 or start[4:8] in NIFTI_2


def is_image(obj: Any) -> bool:
    """Whether `obj` is an image of nibabel, without importing nibabel."""
    return type(obj).__module__.startswith("nibabel.") and hasattr(obj, "dataobj") and hasattr(obj, "affine")


def read_nifti(path: Path, source: str, **settings: Any) -> Fields:
    """The volumes of one file, each a trial; see `fields_of_volumes` for `settings`."""
    image = loaded(path)
    if surfaces.is_cifti(image):
        return surfaces.read_cifti(image, path, source, settings)
    return _of_image(need_volumes(image, str(path)), str(path), path, source, settings)


def from_image(image: Any, source: str, **settings: Any) -> Fields:
    """The same of an image in memory."""
    name = image.get_filename() or source
    path = Path(name) if image.get_filename() else None
    return _of_image(need_volumes(image, name), name, path, source, settings)


def _of_image(image: Any, name: str, path: Path | None, source: str, settings: Mapping[str, Any]) -> Fields:
    count = number_of_volumes(image)
    if count < 2:
        pattern = "DATA/*.nii.gz" if path is None else str(path.parent / f"*{''.join(path.suffixes[-2:])}")
        raise InputError(
            f"'{name}' holds one volume: one pattern, and an RDM compares several. Give the files of all conditions "
            f'together, as a list or a pattern: read_recording("{pattern}"), or one 4-D file.'
        )
    columns, notes = columns_of_volumes([f"volume {n}" for n in range(count)], path, source, settings, image)
    return fields_of_volumes(stacked([(name, image)]), columns, source, settings, notes)


def columns_of_volumes(
    names: Sequence[str], path: Path | None, source: str, settings: Mapping[str, Any], image: Any = None
) -> tuple[dict[str, np.ndarray], list[str]]:
    """The labels of volumes, by their column, and where they are from: as given, or from a table beside the file.

    Raises
    ------
    InputError : nothing says the conditions, or a table has another number of rows than there are volumes.
    """
    given = [word for word in ("events", "conditions") if settings.get(word) is not None]
    if len(given) == 2:
        raise InputError("`events` and `conditions` both give the table of the volumes' conditions. Give one of them.")
    if given:
        return labels_in(settings[given[0]], names, path), []
    condition = settings.get("condition")
    if path is not None and condition is None and (columns := design_beside(path, names)):
        return columns, ["conditions: stimorder of DESIGNINFO.mat, beside it"]
    beside = table_beside(path) if path is not None else None
    if beside is not None:
        try:
            return labels_in(beside, names, path), [f"conditions: from {beside.name}, beside it"]
        except InputError as error:
            if condition is None or isinstance(condition, str):
                raise InputError(f"{error} (The table was found beside '{path}'; another: events=FILE.)") from error
    if condition is None or isinstance(condition, str):
        raise InputError(_no_conditions(len(names), source, condition, path, image))
    need_rows(len(np.ravel(condition)), names, "`condition`", {})
    return {}, []


def _no_conditions(count: int, source: str, condition: str | None, path: Path | None, image: Any) -> str:
    if condition is not None and Path(condition).suffix in (".tsv", ".csv", ".txt"):
        return f"`condition` is the name of a column. The table itself goes to events: events={condition}"
    column = "" if condition is None else f', condition="{condition}"'
    table = likely_table(path)
    return (
        f"{source} holds {count} volumes, and nothing says the condition of each. Give a table with a row for each "
        f'volume (BIDS events.tsv, CSV): read_recording("{source}", events="{table}"{column}), in a shell --map '
        f"events={table}; or one label for each: conditions=[...].{_time_series(image)}"
    )


def _time_series(image: Any) -> str:
    """A word where the header has a repetition time, as a time series has."""
    try:
        step, unit = float(image.header.get_zooms()[3]), image.header.get_xyzt_units()[1]
    except (AttributeError, IndexError, KeyError, ValueError):
        return f" {BETAS}"
    seconds = step * {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}.get(unit, 0.0)
    return f" Its header has a repetition time of {seconds:g} s. {BETAS}" if seconds > 0 else f" {BETAS}"


def fields_of_volumes(
    stack: Stack, columns: Mapping[str, Any], source: str, settings: Mapping[str, Any], notes: Sequence[str] = ()
) -> Fields:
    """Volumes and their labels as the fields of a recording: activity (trial, voxel).

    Parameters
    ----------
    columns : one value per volume each. notes : what is to be said of them.
    settings : `mask`, `atlas`, `atlas_names` choose voxels (see `voxels.voxels_of`); `residuals`, and their degrees of
        freedom `dof`, tell the noise (see `residuals.residuals_of`); `chunks`, the number of volumes read at
        once, keeps activity a dask array. Images of more than 4 GiB are read in chunks unasked.
    """
    looked = seen(stack)
    value = settings.get("residuals")
    residuals = None if value is None else residuals_of(value, stack, settings.get("dof"))
    voxels = voxels_of(stack, looked if residuals is None else looked & residuals.looked, settings)
    given: dict[str, Any] = {"activity": _activity(stack, voxels, settings.get("chunks")), "channel": voxels.names}
    if (condition := condition_column(columns)) is not None:
        given["condition"] = columns[condition]
    choice = (
        [] if len(columns) < 2 or condition is None or "condition" in settings else [f"conditions: column {condition}"]
    )
    attrs = {"affine": voxels.grid.affine.ravel(), "grid": np.array(voxels.grid.shape), **_checksums(settings)}
    lines = [*voxels.notes, *(notes or choice)] + ([] if residuals is None else [residuals.note])
    return Fields(
        columns, source, KIND, given, channel_coords=voxels.coords, attrs=attrs | {"notes": "\n".join(lines)},
        residuals=None if residuals is None else residuals.at(voxels),
    )  # fmt: skip


def _checksums(settings: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of the tables and images that settings name, as JSON text."""
    values = (settings.get(word) for word in USED)
    named = [name for value in values for name in (value if isinstance(value, (list, tuple)) else [value])]
    paths = {Path(name).expanduser() for name in named if isinstance(name, (str, Path)) and Path(name).suffix}
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths) if path.is_file()}
    return {"sha256_used": json.dumps(sums)} if sums else {}


def _activity(stack: Stack, voxels: Voxels, chunks: Any) -> Any:
    """The values (volume, voxel): an array, or a dask array of blocks of volumes."""
    count, size = sum(stack.counts), voxels.where.size
    kind = stack.values((0, 0, 1), voxels.where[:1]).dtype
    chunks = or_where_large(chunks, count * size * kind.itemsize)
    if chunks is None:
        activity = np.empty((count, size), kind)
        start = 0
        for block in stack.blocks():
            values = stack.values(block, voxels.where)
            activity[start : (start := start + len(values))] = values
        return activity
    return _in_chunks(stack, voxels, kind, sizes_of_chunks(chunks))


def _in_chunks(stack: Stack, voxels: Voxels, kind: np.dtype, chunks: Any) -> Any:
    import dask
    import dask.array as da

    packed = [name for name, _ in stack.images if name.endswith(".gz")]
    if packed:
        warn(
            f"'{Path(packed[0]).name}' is compressed (.gz): each chunk is read through from its start, which is slow. "
            "Unpack it (gunzip) to read it in chunks, or leave `chunks` out where it fits into memory."
        )
    chunks = chunks.get("trial", "auto") if isinstance(chunks, dict) else chunks
    step = chunks if isinstance(chunks, int) else max(1, IN_CHUNKS // (8 * int(np.prod(voxels.grid.shape))))
    read = dask.delayed(stack.values, pure=True)
    parts = [
        da.from_delayed(read(block, voxels.where), (block[2] - block[1], voxels.where.size), kind)
        for block in stack.blocks(step)
    ]
    return da.concatenate(parts)
