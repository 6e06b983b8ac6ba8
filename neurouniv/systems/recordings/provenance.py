"""Where a recording is from, as its history keeps it: files with their checksums, and settings in brief."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import history
from neurouniv.systems.recordings.formats.images.image_files import ImageFiles
from neurouniv.systems.recordings.formats.registry import Format

PER_FILE = ("subject", "session", "run")


def of_file(path: Path, form: Format) -> dict[str, Any]:
    """A file's name, format and checksum, and the checksums of the files that belong to it."""
    line = {"file": path.name, "format": form.kind, "sha256": sha256_of(path)}
    beside = [other for suffix in form.beside if (other := path.with_suffix(suffix)).exists()]
    if path.is_dir() and form.parts:
        checksums = {part.relative_to(path).as_posix(): sha256_of(part) for part in form.files_in(path)}
        return line | {"sha256": _of_all(checksums), "sha256_inside": checksums}
    return line | ({"sha256_beside": {other.name: sha256_of(other) for other in beside}} if beside else {})


def of_files(held: ImageFiles) -> dict[str, Any]:
    """The name that image files share, and the checksum of each."""
    checksums = {file.name: sha256_of(file) for file in held.files}
    return {"file": Path(held).name, "format": f"{len(checksums)} images (NIfTI)", "sha256_of": checksums}


def _of_all(checksums: dict[str, str | None]) -> str:
    """One checksum of several, which tells two folders apart."""
    return hashlib.sha256(repr(sorted(checksums.items())).encode()).hexdigest()


def of_part(rec: xr.Dataset) -> dict[str, Any]:
    """A file's place among several: its subject, session and run, its numbers of trials and channels."""
    parts = {name: brief(np.unique(rec[name].values).tolist()) for name in PER_FILE if name in rec.coords}
    sizes = {"trials": rec.sizes["trial"], "channels": rec.sizes["channel"]}
    earlier = {"history": history(rec)} if history(rec) else {}
    trials = {"trials_sha256": rec.attrs["trials_sha256"]} if "trials_sha256" in rec.attrs else {}
    return parts | sizes | trials | earlier


def sha256_of(path: Path) -> str | None:
    """The checksum of a file; a zarr store, a folder, has none."""
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def brief(value: Any) -> Any:
    """A setting as the history keeps it: values themselves by their number where they are many, files by their names.

    Examples
    --------
    >>> brief("rates"), brief(np.arange(100)), brief(Path("data/trials.csv"))
    ('rates', '100 values given', 'trials.csv')
    """
    if isinstance(value, Path):
        return value.name
    if isinstance(value, dict) and len(value) <= 20:
        return {name: brief(entry) for name, entry in value.items()}
    if isinstance(value, tuple) or (isinstance(value, list) and len(value) <= 20):
        return [entry.name if isinstance(entry, Path) else entry for entry in value]
    if isinstance(value, (str, int, float)):
        return value
    is_plain = isinstance(value, (np.ndarray, list, tuple)) or not hasattr(value, "__len__")
    return f"{np.size(value)} values given" if is_plain else f"{type(value).__name__} of {len(value)} given"
