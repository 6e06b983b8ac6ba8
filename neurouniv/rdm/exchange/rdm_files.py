"""RDMs in MATLAB, NumPy, netCDF, zarr and rsatoolbox files, nested or not; the content tells the format."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.exchange.condensed import conditions_of
from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import STEP, Fields, as_array
from neurouniv.systems.recordings.formats.recognise import PICKLES, format_of_file
from neurouniv.systems.recordings.formats.registry import FILES, STORES, listed
from neurouniv.systems.recordings.formats.rsatoolbox import is_file, read_hdf5
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.systems.recordings.several.sources import need_file
from neurouniv.untrusted.npy import array_of
from neurouniv.untrusted.sound_hdf5 import need_sound_netcdf


def opened(source: Any) -> Any:
    """What `source` holds: `rsatoolbox.rdm.RDMs`, an xarray Dataset, or `Fields`, whose arrays are found by name.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : it is none of the formats, or damaged; a pickle, which is never opened.
    """
    if type(source).__module__.startswith("rsatoolbox.rdm") or isinstance(source, xr.Dataset):
        return source
    if isinstance(source, xr.DataArray):
        return source.to_dataset(name=source.name or "rdms")
    if isinstance(source, Mapping):
        return Fields(source, "the dict", "Its entries", given={})
    if not isinstance(source, (str, os.PathLike)):
        return Fields({"rdms": source}, "the array", "Its arrays", given={})
    path = Path(source).expanduser()
    need_file(path)
    return _read(path, str(path))


def _read(path: Path, source: str) -> Any:
    if _is_npy(path):
        with told_plainly(path, "a NumPy .npy file"):
            return Fields({"rdms": array_of(path)}, source, "Its arrays", given={})
    need_sound_netcdf(path)
    if path.is_file() and is_file(path):
        return _rsatoolbox(path, source)
    if path.suffix in PICKLES:
        raise InputError(
            f"'{path}' is a Python pickle; unpickling can run any code, so it is not read. Save the RDMs as HDF5, "
            'rdms.save("rdms.hdf5"), or as arrays, np.savez.'
        )
    form = format_of_file(path)
    if not form.holds_rdms:
        readable = listed(form for form in (*STORES, *FILES) if form.holds_rdms)
        raise InputError(
            f"'{path}' is {form.kind}, which holds no RDMs; they are read from .npy, rsatoolbox's HDF5, {readable}."
        )
    return form.read(path, source)


def _is_npy(path: Path) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return file.read(6) == b"\x93NUMPY"


def _rsatoolbox(path: Path, source: str) -> Any:
    from rsatoolbox.rdm.rdms import rdms_from_dict

    held = read_hdf5(path)
    if "dissimilarities" not in held:
        raise InputError(
            f"{source} was written by rsatoolbox but holds no RDMs, found {sorted(held)}. Activity is read with "
            "`neurouniv.read_recording`, and `neurouniv.trajectory` makes RDMs of it."
        )
    empty: dict[str, Any] = {"descriptors": {}, "rdm_descriptors": {}, "pattern_descriptors": {}}
    with told_plainly(path, "an HDF5 file of RDMs"):
        return rdms_from_dict({"dissimilarity_measure": None} | empty | held)


def found_rdms(fields: Fields, name: str | None) -> np.ndarray:
    """The RDMs of a file: those under `name`, or without a name the only array that has the shape of RDMs.

    Raises
    ------
    InputError : nothing or more than one thing has that shape, or the RDMs of a nested list differ in size.
    """
    if name is not None:
        return stacked(reach(fields, name), fields)
    if len(fields.tree) == 1:
        return stacked(next(iter(fields.tree.values())), fields)
    arrays = {}
    for field, node in fields.tree.items():
        with suppress(InputError):  # this field holds no RDMs; another may
            arrays[field] = stacked(node, fields)
    arrays = {field: array for field, array in arrays.items() if array.dtype.kind in "biuf"}
    sizes = {np.size(node) for node in fields.tree.values()}
    for is_it in (_is_square, _is_condensed, partial(_is_one_rdm, sizes=sizes)):
        fitting = [field for field, array in arrays.items() if is_it(array)]
        if len(fitting) == 1:
            return arrays[fitting[0]]
        if fitting:
            raise InputError(
                f"{fields.source} holds more than one field that could be RDMs: {fitting}. Choose one: "
                f'read_rdms("{fields.source}", "{fitting[0]}").'
            )
    raise InputError(
        f"No field of {fields.source} has the shape of RDMs, square or k (k - 1) / 2 long. {fields.kind}: "
        f"{fields.listing()}."
    )


def reach(fields: Fields, name: str) -> Any:
    """What lies under a dotted name; a name goes into every entry of a list: "RDMs.name" is the name of each."""
    node: Any = fields.tree
    if name in fields.tree:
        return fields.tree[name]
    for step in name.split("."):
        match = STEP.fullmatch(step)
        if match is None:
            raise InputError(f"'{name}' is no name of a field; names look like `dist` or `RDMs[0].RDM`.")
        node = _into(node, match["name"], fields, name)
        for index in map(int, re.findall(r"\d+", match["indices"])):
            if np.ndim(node) == 0 or index >= len(node):
                size = 0 if np.ndim(node) == 0 else len(node)
                raise InputError(f"'{name}' asks for entry {index} of {size} (counted from 0) in {fields.source}.")
            node = node[index]
    return node


def stacked(node: Any, fields: Fields) -> np.ndarray:
    """RDMs in nested lists and structs as one array; of a struct, its field that has the shape of RDMs."""
    node = _as_dict(node)
    if isinstance(node, Mapping):
        return found_rdms(Fields(node, fields.source, "The struct's fields", given={}), None)
    array = as_array(node)
    if array.dtype != object:
        return array
    if array.ndim == 0 or not array.size:
        raise InputError(f"RDMs need to be real numbers; got {node!r} from {fields.source}.")
    parts = [stacked(entry, fields) for entry in array.ravel()]
    shapes = sorted({part.shape for part in parts})
    if len(shapes) != 1:
        raise InputError(
            f"All RDMs need the same conditions; those in {fields.source} have the shapes {shapes[:4]}. Read them one "
            'by one: read_rdms(file, "RDMs[0].RDM").'
        )
    return np.stack(parts).reshape(*array.shape, *shapes[0])


def _into(node: Any, name: str, fields: Fields, path: str) -> Any:
    node = _as_dict(node)
    if isinstance(node, Mapping):
        if name not in node:
            raise InputError(f"{fields.source} has no field '{path}'. {fields.kind}: {', '.join(map(str, node))}.")
        return node[name]
    array = as_array(node)
    if array.dtype != object:
        raise InputError(f"{fields.source} has no field '{path}'. {fields.kind}: {fields.listing()}.")
    entries = np.empty(array.size, dtype=object)
    entries[:] = [_into(entry, name, fields, path) for entry in array.ravel()]
    return entries.reshape(array.shape)


def _as_dict(node: Any) -> Any:
    """A struct that scipy leaves in cells of two dimensions, as a dict."""
    names = getattr(node, "_fieldnames", None)
    return node if names is None else {name: getattr(node, name) for name in names}


def _is_square(array: np.ndarray) -> bool:
    shape = array.shape
    return array.ndim >= 2 and (shape[-1] == shape[-2] > 2 or shape[0] == shape[1] > 2)


def _is_condensed(array: np.ndarray) -> bool:
    """Whether one axis has a length of k (k - 1) / 2; one number per something alone is not taken for an RDM."""
    return array.ndim >= 2 and any((conditions_of(array.shape[axis]) or 0) > 2 for axis in (0, -1))


def _is_one_rdm(array: np.ndarray, sizes: set[int]) -> bool:
    """Whether a list is one condensed RDM: another field names its k conditions, as in files of Meadows."""
    conditions = conditions_of(array.size) or 0
    return array.ndim == 1 and conditions > 2 and conditions in sizes
