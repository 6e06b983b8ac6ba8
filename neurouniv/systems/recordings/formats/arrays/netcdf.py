"""Labelled arrays: netCDF files, zarr stores and xarray Datasets."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.storage import DURATIONS, valid_texts
from neurouniv.systems.recordings.assembly.fields import Fields, as_array, is_chunked
from neurouniv.systems.recordings.assembly.named_dims import names_told
from neurouniv.systems.recordings.formats.arrays import zarr_arrays
from neurouniv.systems.recordings.formats.arrays.chunks import or_where_large, sizes_of_chunks
from neurouniv.systems.recordings.formats.arrays.stored import Stored, stored_in_hdf5, stored_in_zarr
from neurouniv.systems.recordings.help.errors import told_plainly

SETTINGS = ("chunks",)


def open_netcdf(path: Path, source: str, chunks: Any = None) -> xr.Dataset:
    """The netCDF file in memory; with `chunks` ("auto", "own", 100, {"trial": 100}), or where it is large, its activity
    as a dask array, which is read as it is needed."""
    with told_plainly(path, "a netCDF or HDF5 file"):
        return _never_written_missing(_opened(partial(xr.open_dataset, path, decode_timedelta=DURATIONS), chunks))


def _never_written_missing(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with NaN where a number was never written, which netCDF marks with a number of its own."""
    from netCDF4 import default_fillvals

    written = {}
    for name, variable in dataset.variables.items():
        mark = default_fillvals.get(variable.dtype.str[1:]) if variable.dtype.kind in "iuf" else None
        if mark is None or variable.dtype.itemsize < 4 or {"_FillValue", "missing_value"} & set(variable.encoding):
            continue  # small whole numbers may be what was measured
        never = variable == variable.dtype.type(mark)
        if is_chunked(variable.data) or never.any():
            written[name] = variable.where(~never)
    coords = {name: variable for name, variable in written.items() if name in dataset.coords}
    return dataset.assign({n: v for n, v in written.items() if n not in coords}).assign_coords(coords)


def open_zarr(path: Path, source: str, chunks: Any = None) -> xr.Dataset | Fields:
    """The zarr store in memory, or in chunks, as `open_netcdf`; of one without names of dimensions its arrays."""
    if zarr_arrays.is_plain(path):
        return zarr_arrays.read_plain(path, source, chunks)
    with told_plainly(path, "a zarr store"), warnings.catch_warnings():
        # a store without consolidated metadata opens more slowly, no worse
        warnings.filterwarnings("ignore", message="Failed to open Zarr store with", category=RuntimeWarning)
        return _opened(partial(xr.open_zarr, path, decode_timedelta=DURATIONS), chunks)


def _opened(reopen: Callable[..., xr.Dataset], chunks: Any) -> xr.Dataset:
    dataset = reopen(chunks=None)
    chunks = or_where_large(chunks, dataset.nbytes)
    with dataset, warnings.catch_warnings():
        # chunks were asked for, whatever those of the file
        warnings.filterwarnings("ignore", message="The specified chunks separate the stored", category=UserWarning)
        held = dataset.load() if chunks is None else _labels_loaded(reopen(chunks=sizes_of_chunks(chunks)))
        return valid_texts(held)


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
    labelled = {"trial", "channel"} <= set(dims) and dataset.variables.get("condition", dataset).dims == ("trial",)
    return labelled and not set(mapping) - AS_IT_STANDS


def with_only_variable(dataset: xr.Dataset, mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """`mapping` with the only variable of two dimensions or more as the activity, where all else is coordinates.

    Examples
    --------
    >>> with_only_variable(xr.Dataset({"rates": (("image", "unit"), [[1.0, 0.0], [0.0, 1.0]])}), {})
    {'activity': 'rates'}
    """
    names = [str(name) for name in dataset.data_vars]
    is_told = "activity" in mapping or "activity" in dataset.variables
    if is_told or len(names) != 1 or dataset[names[0]].ndim < 2 or dataset[names[0]].dtype.kind not in "iuf":
        return mapping
    return {**mapping, "activity": names[0]}


def stored_in(path: Path) -> Stored:
    """What a netCDF file or zarr store does not hold of its arrays."""
    import h5py

    with told_plainly(path, "a zarr store" if path.is_dir() else "a netCDF or HDF5 file"):
        if path.is_dir():
            return stored_in_zarr(path)
        return stored_in_hdf5(path) if h5py.is_hdf5(path) else Stored()


def dataset_fields(dataset: xr.Dataset, source: str, stored: Stored) -> Fields:
    """The variables of a Dataset that is not yet a recording, by name, with the names of their dimensions."""
    dataset = without_multiindex(dataset)
    tree = {str(name): as_array(variable.data) for name, variable in dataset.variables.items()}
    dims = {str(name): names_told(variable.dims) for name, variable in dataset.variables.items()}
    units = {str(name): str(variable.attrs.get("units", "")) for name, variable in dataset.variables.items()}
    return Fields(
        tree, source, "Its variables", {}, attrs=dataset.attrs, dims=dims, units_of=units, doubts=stored.doubts,
        unread=stored.unread,
    )  # fmt: skip


def without_multiindex(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with the levels of every MultiIndex as labels of their own along its dimension."""
    several = [name for name, index in dataset.indexes.items() if index.nlevels > 1 and name in dataset.dims]
    return dataset.reset_index(several) if several else dataset
