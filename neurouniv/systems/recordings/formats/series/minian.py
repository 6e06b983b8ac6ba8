"""Minian: series C and S (unit_id, frame) in zarr stores or netCDF."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays import zarr_arrays
from neurouniv.systems.recordings.formats.series.align import CLOCK, aligned
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.frame_times import clock_of, positive_rate
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.timing.frames import Frames
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.room import need_room
from neurouniv.untrusted.sound_hdf5 import need_sound_netcdf

SETTINGS = (*ALIGN, *CLOCK, "signal")
DIMS = {"unit_id", "frame"}
HOW = {"C": "denoised fluorescence (C)", "S": "deconvolved activity (S)", "YrA": "fluorescence with its noise (YrA)"}
PARTS = ("*.zarr/**/*",)


def is_minian(dataset: Any) -> bool:
    """Whether a Dataset holds Minian's series."""
    return isinstance(dataset, xr.Dataset) and any(set(v.dims) == DIMS for v in dataset.data_vars.values())


def is_minian_file(path: Path, start: bytes) -> bool:
    """Whether a netCDF file or a zarr store holds Minian's series, by the names of its variables."""
    if path.is_dir():
        names = {entry.name for entry in path.iterdir() if entry.is_dir()}
    elif start.startswith(b"\x89HDF\r\n\x1a\n"):
        import h5py

        with h5py.File(path, "r") as file:
            names = set(file)
    else:
        return False
    return names >= DIMS and bool(names & set(HOW))


def is_minian_folder(path: Path, start: bytes) -> bool:
    """Whether a folder holds C.zarr or S.zarr of Minian."""
    return any(is_minian_file(store, b"") for store in _stores(path))


def read_minian_file(path: Path, source: str, **settings: Any) -> Fields:
    """Activity of cells around onsets from Minian's zarr store or netCDF file; see `from_minian`."""
    return from_minian(_series_of(path), source, folder=path.parent, **settings)


def read_minian_folder(path: Path, source: str, **settings: Any) -> Fields:
    """The same from the folder that holds C.zarr, S.zarr, ..."""
    dataset = xr.merge([_series_of(store) for store in _stores(path)], join="outer")
    return from_minian(dataset, source, folder=path, **settings)


def _stores(path: Path) -> list[Path]:
    return [store for name in HOW if (store := path / f"{name}.zarr").is_dir()]


def _series_of(path: Path) -> xr.Dataset:
    """The series of a file or store, in memory; footprints and films stay where they are."""
    need_sound_netcdf(path)
    size = zarr_arrays.size_of_store(path) if path.is_dir() else path.stat().st_size
    engine, kind = ("zarr", "a zarr store") if path.is_dir() else (None, "a netCDF file")
    with (
        told_plainly(path, f"{kind} (Minian)"),
        warnings.catch_warnings(action="ignore"),  # a store without consolidated metadata opens more slowly, no worse
        xr.open_dataset(path, engine=engine, chunks=None) as dataset,
    ):
        names = [name for name, variable in dataset.data_vars.items() if set(variable.dims) == DIMS]
        need_room(dataset[names].nbytes, size, "its series", path)
        return dataset[names].load()


def from_minian(
    dataset: xr.Dataset, source: str, signal: Any = None, folder: Path | None = None, **settings: Any
) -> Fields:
    """Activity of cells around onsets.

    Parameters
    ----------
    signal : "C" (default), "S", or another variable (unit_id, frame).
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`; `rate` (frames/s) counts the numbers of
        frames, so that frames that were left out stay in their places; or `times` of the frames.

    Raises
    ------
    InputError : there is no such signal, the rate is not known, or there are no trials.
    """
    names = [str(name) for name, v in dataset.data_vars.items() if set(v.dims) == DIMS]
    names = sorted(names, key=lambda name: list(HOW).index(name) if name in HOW else len(HOW))
    if not names:
        raise InputError(f"{source} looks like Minian's results, but none of its variables is (unit_id, frame).")
    if signal is not None and signal not in names:
        raise InputError(f"`signal` is one of {tuple(names)} in {source}; got {signal!r}.")
    name = signal or names[0]
    data = dataset[name].transpose("unit_id", "frame")
    rate, times = settings.pop("rate", None), settings.pop("times", None)
    clock = clock_of(data.sizes["frame"], rate, times, source, folder)
    if rate is not None and "frame" in data.coords:
        clock = _by_number(data["frame"].values, positive_rate(rate), source)
    samples = Samples(
        lambda first, last: np.asarray(data[first:last].values, dtype=float), data.sizes["frame"], clock,
        data["unit_id"].values if "unit_id" in data.coords else np.arange(data.sizes["unit_id"]),
        how=f"Minian, {HOW.get(name, name)}", numbers=data["frame"].values if "frame" in data.coords else None,
    )  # fmt: skip
    return aligned(samples, source, settings, folder)


def _by_number(numbers: np.ndarray, rate: float, source: str) -> Frames:
    """Frames at their numbers over the rate; by the rate alone where no number is left out."""
    if numbers.dtype.kind not in "iuf" or not (np.diff(numbers) > 0).all():
        raise InputError(
            f"`frame` of {source} needs numbers that increase; give `times` of the frames instead of `rate`."
        )
    if numbers.size < 2 or (np.diff(numbers) == 1).all():
        return Frames(None, numbers.size, float(numbers[0]) / rate if numbers.size else 0.0, rate)
    return Frames(numbers / rate, numbers.size)
