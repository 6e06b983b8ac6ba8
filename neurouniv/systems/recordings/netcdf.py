"""Labelled arrays: netCDF files, zarr stores and xarray Datasets; and .npz, plain arrays by name."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.failures import told_plainly
from neurouniv.systems.recordings.fields import Fields


def open_netcdf(path: Path) -> xr.Dataset:
    """The whole netCDF file, in memory."""
    with told_plainly(path, "a netCDF or HDF5 file"):
        return xr.load_dataset(path)


def open_zarr(path: Path) -> xr.Dataset:
    """The zarr store, its arrays read when they are needed."""
    with told_plainly(path, "a zarr store"), warnings.catch_warnings():
        # a store without consolidated metadata opens more slowly, no worse
        warnings.filterwarnings("ignore", message="Failed to open Zarr store with", category=RuntimeWarning)
        return xr.open_zarr(path)


def is_recording(dataset: xr.Dataset, mapping: Mapping[str, Any]) -> bool:
    """Whether `dataset` is a recording as it stands, with nothing to map."""
    dims = dataset["activity"].dims if "activity" in dataset.variables else ()
    return not set(mapping) - {"missing"} and {"trial", "channel"} <= set(dims) and "condition" in dataset.variables


def dataset_fields(dataset: xr.Dataset, source: str) -> Fields:
    """The variables of a Dataset that is not yet a recording, by name."""
    tree = {str(name): variable.values for name, variable in dataset.variables.items()}
    units = dataset["activity"].attrs.get("units", "") if "activity" in dataset.variables else ""
    return Fields(tree, source, "Its variables", given={}, units=units)


def read_npz(path: Path, source: str) -> Fields:
    """The arrays of a NumPy .npz file. Pickled (object) arrays are refused, because unpickling runs code."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"'{path}' begins like a zip archive but is none. It may be cut short: copy it again.")
    with told_plainly(path, "a NumPy .npz file"), np.load(path, allow_pickle=False) as arrays:
        return Fields({name: _plain(arrays, name, path) for name in arrays.files}, source, "Its arrays", given={})


def _plain(arrays: Any, name: str, path: Path) -> np.ndarray:
    try:
        return arrays[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise InputError(
            f"'{name}' in '{path}' is a pickled object array; unpickling can run any code, so it is not read. Save "
            'labels as text arrays: np.savez(path, activity=..., condition=np.array(labels, dtype="U")).'
        ) from error
