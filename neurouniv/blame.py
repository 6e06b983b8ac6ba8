"""Whose fault an error is: that of a damaged input, said as such, or else our own."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import xarray as xr

from neurouniv.errors import InputError
from neurouniv.kinds import amiss_in, wrong_in
from neurouniv.schema import check_trajectory

FILE_LIBRARIES = ("zarr.", "numcodecs.", "netCDF4.", "h5py.", "h5netcdf.", "xarray.backends.")


@contextmanager
def blaming(inputs: Iterable[Any]) -> Iterator[None]:
    """A block in which an error is an `InputError` where one of `inputs`, a trajectory or result, is damaged.

    What a result holds is looked at first: of a number that cannot be, such as a share above 1, nothing is drawn. What
    it lacks is looked at after an error alone, for what a part of a result is good for goes on working.

    Examples
    --------
    >>> damaged = xr.Dataset({"loss": 0.1, "r2": ("variable", [0.9]), "message": "", "converged": True})
    >>> with blaming([damaged]):
    ...     damaged.attrs["law"]
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: This result is not as a fit (`law.constants_`) gives it: the attribute law is absent. \
It is damaged, a part, or of another version. Give all of it as it was, or make it again.
    """
    inputs = list(inputs)
    for dataset in _datasets(inputs):
        wrong = "" if "h" in dataset.variables else wrong_in(dataset)
        if wrong:
            raise InputError(wrong)
    try:
        yield
    except (InputError, OSError, MemoryError, Warning):
        raise
    except Exception as error:
        for dataset in _datasets(inputs):
            _need_sound(dataset, error)
        raise


def _need_sound(dataset: xr.Dataset, error: Exception) -> None:
    """Raise `InputError` where a Dataset is damaged."""
    if dataset.chunks and _is_of_file(error):
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            f"A file that is read or written part by part cannot be ({reason}). If the file that the data are from is "
            "damaged, copy it or make it again."
        ) from error
    if "h" in dataset.variables:
        try:
            check_trajectory(dataset)
        except InputError as damage:
            raise damage from error
        return
    amiss = amiss_in(dataset)
    if amiss:
        raise InputError(amiss) from error


def _is_of_file(error: Exception) -> bool:
    """Whether it arose in a library of files, of which a chunk is read when it is computed."""
    last = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
    return str(last.f_globals.get("__name__", "")).startswith(FILE_LIBRARIES)


def _datasets(inputs: Iterable[Any]) -> Iterator[xr.Dataset]:
    """The Datasets among inputs, and those in mappings and lists of them."""
    for value in inputs:
        if isinstance(value, xr.Dataset):
            yield value
        elif isinstance(value, Mapping):
            yield from _datasets(value.values())
        elif isinstance(value, list | tuple):
            yield from _datasets(value)
