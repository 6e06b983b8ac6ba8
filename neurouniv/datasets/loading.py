"""`load` a data set as a recording, `fetch` its files, and the `truth` of one that was simulated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.datasets.locate import all_there, bundled, checksum, copied, located
from neurouniv.datasets.registry import Entry, File, entry
from neurouniv.names import public
from neurouniv.schema import InputError, with_history
from neurouniv.storage import load as load_file

TRUTH = "truth.nc"
Checksums = Mapping[str, str]


def load(
    name: str,
    split: str | None = None,
    cache: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    sha256: Checksums | None = None,
    **mapping: Any,
) -> xr.Dataset:
    """A data set, read from disk or, the first time, fetched.

    Bundled ones need no network. Files of others are taken from the folder that the environment variable
    NEUROUNIV_DATA names (its subfolder `name`) if they are there, then from the cache, then from their addresses.
    Every file is checked against its SHA-256 before it is read, and nothing that fails is kept in the cache.

    Parameters
    ----------
    name : see `neurouniv.datasets.available`.
    split : which part of it; default the first. MNIST: "train" (60000 images) or "test" (10000).
    cache : folder in which fetched files are kept; default the user's cache.
    progress : show a bar while fetching; default at a terminal.
    sha256 : checksums of your own, by file, for files that the registry has none for.
    mapping : in place of what the registry says of how it is read: settings of `neurouniv.read_recording` or
        `neurouniv.read_rdms`, whichever reads it (`neurouniv.datasets.describe` tells).

    Returns
    -------
    A recording, or of RDMs a trajectory; MNIST: `image` (example, row, column), whole numbers from 0 to 255, and the
    coordinate `label` (example). Attributes `name`, `split`, `citation`, `licence`, and `history` with the checksums.

    Raises
    ------
    InputError : no such data set or split, it could not be fetched, a file is not what it should be, or the data set
        is one that is got by hand (the message says how).

    Warns
    -----
    NeurounivWarning : a file was fetched that the registry has no checksum for.

    Examples
    --------
    >>> load("mnist", "validation")
    Traceback (most recent call last):
    neurouniv.errors.InputError: The data set 'mnist' has the splits train and test; got 'validation'.
    """
    dataset = entry(name)
    part = dataset.part(split)
    if not part.call:
        how = f'`neurouniv.datasets.fetch("{name}", "{part.name}")` gets its files'
        raise InputError(f"'{part.name}' of the data set '{name}' is no recording of conditions; {how}.")
    folder = None if cache is None else Path(cache)
    files = [_pinned(dataset.file(file), sha256) for file in part.files]
    paths = [located(dataset, file, folder, progress) for file in files]
    data = _reader(part.call)(paths[0] if len(paths) == 1 else paths, **{**part.settings, **mapping})
    about = {"name": name, "split": part.name, "citation": dataset.citation, "licence": dataset.licence}
    sums = {file.name: _sum(file, path) for file, path in zip(files, paths, strict=True)}
    return with_history(data.assign_attrs(about), "load", name=name, split=part.name, sha256=sums)


@public
def fetch(
    name: str,
    split: str | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    sha256: Checksums | None = None,
) -> list[Path]:
    """The files of a data set, fetched if they are not on disk; see `load`, which reads them too.

    Parameters
    ----------
    split : only the files of this part; default all.
    out : folder they are put in, made if it does not exist; default they stay where they are found, or are fetched
        to the user's cache.

    Returns
    -------
    Their paths.

    Examples
    --------
    >>> [path.name for path in fetch("simulated_sequences")]
    ['simulated_sequences.mat']
    """
    dataset = entry(name)
    names = [file.name for file in dataset.files] if split is None else dataset.part(split).files
    if not names:
        raise InputError(f"The data set '{name}' has to be downloaded by hand: {dataset.obtain}")
    folder = None if out is None else Path(out).expanduser()
    files = [_pinned(dataset.file(file), sha256) for file in names]
    try:
        paths = [located(dataset, file, folder, progress) for file in files]
    except InputError as error:
        raise InputError(f"{error}{_what_is_there(dataset, split)}") from error
    return paths if folder is None else [copied(*both, folder) for both in zip(paths, files, strict=True)]


def _what_is_there(entry: Entry, split: str | None) -> str:
    """How to get those parts of a data set whose files are on disk, where all were asked for."""
    there = [part.name for part in entry.parts if all_there(entry, part.files)] if split is None else []
    if not there:
        return ""
    which = f"{', '.join(there)}: choose {'it' if len(there) == 1 else 'one'} with"
    return f' On disk is {which} `--part {there[0]}`, in Python split="{there[0]}".'


@public
def truth(name: str) -> xr.Dataset:
    """The truth of a simulated data set: distances without noise, and the constants behind them.

    Returns
    -------
    A trajectory: `h` (time, pair), noise-free; constants, learning rule and seed are its attributes.

    Raises
    ------
    InputError : the data set was not simulated by us.

    Examples
    --------
    >>> float(truth("simulated_sequences").eta_h)
    0.12
    """
    dataset = entry(name)
    if not dataset.bundled:
        raise InputError(
            f"The data set '{name}' was recorded, so its truth is not known. Only simulated data sets have a truth."
        )
    return load_file(bundled(dataset) / TRUTH)


def _reader(call: str) -> Any:
    """The public function of that name, such as "read_recording".

    Looked up when it is needed, for what reads a recording comes after the data sets in the order of the package.
    """
    import neurouniv

    return attrgetter(call)(neurouniv)


def _pinned(file: File, sums: Checksums | None) -> File:
    """The file with the user's own checksum in place of the registry's, where there is one."""
    checksum = (sums or {}).get(file.name)
    return file if checksum is None else replace(file, sha256=checksum.lower(), checked="given by the user")


def _sum(file: File, path: Path) -> str:
    return file.sha256 if file.checked else checksum(path)
