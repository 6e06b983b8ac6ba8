"""Labelled arrays: netCDF files, zarr stores and xarray Datasets; and .npz, plain arrays by name."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import DURATIONS
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.help.errors import told_plainly

SETTINGS = ("chunks",)
LARGE = 4 * 2**30  # bytes of activity that are not read into memory unasked


def open_netcdf(path: Path, source: str, chunks: Any = None) -> xr.Dataset:
    """The netCDF file in memory; with `chunks` ("auto", "own", 100, {"trial": 100}), or where it is large, its activity
    as a dask array, which is read as it is needed."""
    with told_plainly(path, "a netCDF or HDF5 file"):
        return _opened(partial(xr.open_dataset, path, decode_timedelta=DURATIONS), chunks)


def open_zarr(path: Path, source: str, chunks: Any = None) -> xr.Dataset:
    """The zarr store in memory, or in chunks, as `open_netcdf`."""
    with told_plainly(path, "a zarr store"), warnings.catch_warnings():
        # a store without consolidated metadata opens more slowly, no worse
        warnings.filterwarnings("ignore", message="Failed to open Zarr store with", category=RuntimeWarning)
        return _opened(partial(xr.open_zarr, path, decode_timedelta=DURATIONS), chunks)


def _opened(reopen: Callable[..., xr.Dataset], chunks: Any) -> xr.Dataset:
    dataset = reopen(chunks=None)
    if chunks is None and dataset.nbytes > LARGE:
        chunks = "auto"
    with dataset, warnings.catch_warnings():
        # chunks were asked for, whatever those of the file
        warnings.filterwarnings("ignore", message="The specified chunks separate the stored", category=UserWarning)
        return dataset.load() if chunks is None else _labels_loaded(reopen(chunks=sizes_of_chunks(chunks)))


def sizes_of_chunks(chunks: Any) -> Any:
    """`chunks` as xarray takes it; "own", or a word of the command line such as "100", are understood too."""
    if chunks == "own":
        return {}
    if isinstance(chunks, str) and chunks != "auto":
        try:
            return int(chunks)
        except ValueError as error:
            raise InputError(
                f'`chunks` is "auto", "own" (as stored), a number or a dict {{"trial": 100}}; got {chunks!r}.'
            ) from error
    return chunks


def _labels_loaded(dataset: xr.Dataset) -> xr.Dataset:
    """Labels are read at once: only activity is large."""
    small = {name: v.load() for name, v in dataset.variables.items() if name != "activity" and v.ndim < 2}
    return dataset.assign_coords({n: v for n, v in small.items() if n in dataset.coords}).assign(
        {n: v for n, v in small.items() if n not in dataset.coords}
    )


AS_IT_STANDS = {"missing", "chunks", "units"}


def is_recording(dataset: xr.Dataset, mapping: Mapping[str, Any]) -> bool:
    """Whether `dataset` is a recording as it stands, with nothing to map."""
    dims = dataset["activity"].dims if "activity" in dataset.variables else ()
    labelled = {"trial", "channel"} <= set(dims) and "condition" in dataset.variables
    return labelled and not set(mapping) - AS_IT_STANDS


def dataset_fields(dataset: xr.Dataset, source: str, mapping: Mapping[str, Any]) -> Fields:
    """The variables of a Dataset that is not yet a recording, by name; labels of its channels stay with them."""
    tree = {str(name): as_array(variable.data) for name, variable in dataset.variables.items()}
    units, labels = "", {}
    field = mapping.get("activity", "activity")
    if isinstance(field, str) and field == "activity" and "activity" in dataset.variables:
        units = dataset["activity"].attrs.get("units", "")
        coords = {name: c for name, c in dataset.coords.items() if c.dims == ("channel",) and name != "channel"}
        labels = {str(name): c.values for name, c in coords.items()} if "channel" in dataset["activity"].dims else {}
    return Fields(tree, source, "Its variables", {}, units, labels, dataset.attrs)


def read_npz(path: Path, source: str) -> Fields:
    """The arrays of a NumPy .npz file. Pickled (object) arrays are refused, because unpickling runs code."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"'{path}' begins like a zip archive but is none. It may be cut short: copy it again.")
    _need_arrays(path)
    with told_plainly(path, "a NumPy .npz file"), np.load(path, allow_pickle=False) as arrays:
        return Fields({name: _array(arrays, name, path) for name in arrays.files}, source, "Its arrays", given={})


def _need_arrays(path: Path) -> None:
    with told_plainly(path, "a zip archive"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if not any(name.endswith(".npy") for name in names):
        held = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "") if names else "nothing"
        raise InputError(
            f"'{path}' is a zip archive without NumPy arrays; it holds {held}. An Excel workbook: save its sheet as "
            "CSV. An archive of recordings: unpack it, and give the file or the folder."
        )


def _array(arrays: Any, name: str, path: Path) -> np.ndarray:
    try:
        array = arrays[name]
        if not isinstance(array, np.ndarray):
            raise InputError(f"'{name}' in '{path}' is no NumPy array. Save it again with np.savez.")
        return array
    except ValueError as error:  # InputError is one
        if "pickle" not in str(error):
            raise
        raise InputError(
            f"'{name}' in '{path}' is a pickled object array; unpickling can run any code, so it is not read. Save "
            'labels as text arrays: np.savez(path, activity=..., condition=np.array(labels, dtype="U")).'
        ) from error
