"""Datasets to files and back: netCDF (.nc) or zarr (.zarr), whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.coders import CFTimedeltaCoder

from neurouniv.inputs import need_dataset, need_path
from neurouniv.names import public
from neurouniv.schema import InputError, choices_apart, with_pair_labels
from neurouniv.untrusted.npy import need_letters
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.room import memory_told, need_memory
from neurouniv.untrusted.sound_hdf5 import need_sound_netcdf
from neurouniv.whole_files import whole

SUFFIXES = (".nc", ".zarr")
STORE = ("zarr.json", ".zgroup", ".zmetadata")
"""Files one of which every zarr store has."""
JSON = "json:"
"""What netCDF attributes cannot hold (True, None, lists, dicts) is kept as JSON text after this mark."""
DURATIONS = CFTimedeltaCoder(decode_via_units=False)
"""A time in days stays a number: xarray before 2026.2 makes a timedelta of whatever has the units "days" or "s"."""


@partial(public, blames=False)
def save(dataset: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write `dataset` to `path`, as netCDF (.nc) or zarr (.zarr); returns the path.

    What is at `path` is replaced, only when everything is written, so no half-written file is ever found there; of the
    command line it is replaced only with --overwrite. Chunked (dask) variables are computed chunk by chunk.

    Raises
    ------
    InputError : another suffix, no Dataset, something in it that the format cannot hold, or a folder is at `path` that
        is no zarr store; the disk is full, the folder is read-only, ... (an OSError too).
    FileNotFoundError : the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = save(xr.Dataset({"h": ("time", [1.0, 2.0])}), Path(folder.name) / "traj.nc")
    >>> load(path).h.values.tolist()
    [1.0, 2.0]
    >>> folder.cleanup()
    """
    need_dataset(dataset, "save", "")
    path = _known(path)
    _need_folder(path)
    with whole(path, _size(dataset)) as written, _own_threads(dataset, path):
        _write(_packed(dataset), written)
    return path


class Rows:
    """An array of a zarr folder (*batch, ...), written to as if its batch dimensions were one."""

    def __init__(self, array: Any, batch: tuple[int, ...]):
        self._array, self._batch = array, batch

    def __setitem__(self, place: Any, block: np.ndarray) -> None:
        rows, *rest = place if isinstance(place, tuple) else (place,)
        for row, part in zip(range(rows.start, rows.stop), block, strict=True):
            self._array[(*np.unravel_index(row, self._batch), *rest)] = part


@contextmanager
def streamed(template: xr.Dataset, path: str | os.PathLike[str], batch: tuple[int, ...]) -> Iterator[dict[str, Rows]]:
    """A zarr folder like `template`, whose chunked variables (*batch, ...) are written to one block at a time.

    What is at `path` is replaced only when the block ends without an error.

    Raises
    ------
    InputError : `path` does not end in .zarr. FileNotFoundError : its folder does not exist.
    """
    import zarr

    path = _known(path)
    if path.suffix.lower() != ".zarr":
        raise InputError(f"Only a folder .zarr can be written block by block; got '{path.name}'.")
    _need_folder(path)
    with whole(path, _size(template)) as written:
        _packed(template).to_zarr(written, mode="w", zarr_format=2, consolidated=True, compute=False)
        group = zarr.open_group(written, mode="r+")
        yield {str(name): Rows(group[str(name)], batch) for name, array in template.variables.items() if array.chunks}


@public
def load(path: str | os.PathLike[str], chunks: Any = None) -> xr.Dataset:
    """Read what `save` wrote, or another netCDF or zarr Dataset.

    Parameters
    ----------
    path : file.nc or folder.zarr.
    chunks : default, everything is read at once; else as in `xarray.open_dataset` ("auto", {"latency": 10}), and
        variables are dask arrays.

    Raises
    ------
    FileNotFoundError : nothing is there.
    InputError : another suffix, or it cannot be read: truncated, or not of this format.

    Examples
    --------
    >>> load("absent.nc")
    Traceback (most recent call last):
    FileNotFoundError: There is no file absent.nc.
    """
    path = _known(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.suffix.lower() == ".nc":
        need_sound_netcdf(path)
    else:
        need_regular(path)
    engine = "netcdf4" if path.suffix.lower() == ".nc" else "zarr"
    try:
        with memory_told(path):
            opened = xr.open_dataset(path, engine=engine, chunks=chunks, decode_timedelta=DURATIONS)
            if chunks is None:
                need_memory(opened.nbytes, f"To hold its arrays, '{path}'")
                with opened:
                    opened = opened.load()
            dataset = choices_apart(_unpacked(_labels_read(opened), path))
        return dataset if "pair" in dataset.coords else with_pair_labels(dataset)
    except (InputError, PermissionError, Warning):
        raise
    except Exception as error:  # the libraries raise anything, AttributeError too, on a damaged file
        raise InputError(
            f"{path} cannot be read as {'netCDF' if engine == 'netcdf4' else 'zarr'}: it is truncated, or of another "
            f"format ({_first_line(error)}). Write it again with `neurouniv.save`, or check the name."
        ) from error


def _labels_read(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with its labels in memory: of what is read in chunks only what has two dimensions or more is large."""
    return dataset.assign_coords({name: c.load() for name, c in dataset.coords.items() if c.chunks and c.ndim < 2})


def need_place(path: str | os.PathLike[str]) -> None:
    """Raise, before any work, unless a Dataset could be written to `path`.

    Raises
    ------
    InputError : another suffix, or a folder is there that is no zarr store, and with it what it holds.
    FileNotFoundError : the folder does not exist.
    """
    _need_folder(_known(path))


def _known(path: str | os.PathLike[str]) -> Path:
    path = need_path(path, "A Dataset's file")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"A Dataset's file ends in {' or '.join(SUFFIXES)}; got '{path.name}'.")
    return path


def _size(dataset: xr.Dataset) -> int:
    """About how many bytes a file of it takes, those of the format too; numbers are not compressed."""
    return int(dataset.nbytes) + len(dataset.variables) * 2**12


def _write(dataset: xr.Dataset, path: Path) -> None:
    try:
        if path.suffix.lower() == ".nc":
            dataset.to_netcdf(path, engine="netcdf4", format="NETCDF4")
        else:
            dataset.to_zarr(path, mode="w", zarr_format=2, consolidated=True)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{path.name} cannot hold this Dataset: {_first_line(error)}. Numbers, booleans and strings can be kept; "
            "turn a MultiIndex into coordinates with `.reset_index(...)`."
        ) from error


def _need_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"The folder {path.parent} to write {path.name} into does not exist. Make it first.")
    if path.is_dir() and (path.suffix.lower() != ".zarr" or (any(path.iterdir()) and not is_store(path))):
        raise InputError(f"{path} is a folder, and no zarr store that could be replaced. Give another name.")


def is_store(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return path.is_dir() and any((path / name).exists() for name in STORE)


@contextmanager
def _own_threads(dataset: xr.Dataset, path: Path) -> Iterator[None]:
    """Chunks are computed by threads that have all ended afterwards, so that none writes on after an error.

    A netCDF file has one thread: several that read one and write another wait for each other for ever in xarray before
    2026.9, and the library lets in one at a time anyway.
    """
    if not dataset.chunks:
        yield
        return
    import dask

    with ThreadPoolExecutor(1 if path.suffix.lower() == ".nc" else None) as pool, dask.config.set(pool=pool):
        yield


def _packed(dataset: xr.Dataset) -> xr.Dataset:
    dataset = dataset.drop_encoding().copy()
    dataset.attrs = {name: _pack(value) for name, value in dataset.attrs.items()}
    for variable in dataset.variables.values():
        variable.attrs = {name: _pack(value) for name, value in variable.attrs.items()}
    return dataset


def _unpacked(dataset: xr.Dataset, path: Path) -> xr.Dataset:
    dataset = dataset.drop_encoding()
    for variable in dataset.variables.values():
        if variable.dtype.kind == "U" and not variable.chunks:
            need_letters(variable.values, path)
    as_text = ((name, variable) for name, variable in dataset.variables.items() if _is_text(variable))
    texts = {name: variable.astype(object).astype(str) for name, variable in as_text}  # NumPy casts no other way
    dataset = dataset.assign_coords({n: v for n, v in texts.items() if n in dataset.coords})
    dataset = dataset.assign({n: v for n, v in texts.items() if n not in dataset.coords})
    dataset.attrs = {name: _unpack(value) for name, value in dataset.attrs.items()}
    for variable in dataset.variables.values():
        variable.attrs = {name: _unpack(value) for name, value in variable.attrs.items()}
    return dataset


def _is_text(variable: xr.Variable) -> bool:
    """Whether it holds strings in a form (objects, variable length) that is not NumPy's fixed-length one."""
    if variable.dtype.kind == "T":
        return True
    return variable.dtype.kind == "O" and all(isinstance(value, str) for value in variable.values.ravel())


def _pack(value: Any) -> Any:
    if value is None or isinstance(value, bool | np.bool_ | list | tuple | Mapping):
        return JSON + json.dumps(value, default=jsonable)
    return value


def jsonable(value: Any) -> Any:
    """A value that JSON cannot hold, as one that it can."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _unpack(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(JSON):
        return json.loads(value.removeprefix(JSON))
    return value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
