"""Sentences that a result carries in its attributes, and whether they still speak of what it holds.

xarray keeps attributes when a part is selected, so that the sentence about ten systems would be shown above one of
them. A result is therefore sealed with a digest of all its labels and values when its sentence is written; a part, a
mean or a changed copy has another digest, and its sentence is not shown as if it were about that.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeVar

import numpy as np
import xarray as xr

SEAL = "statement_of"
"""The attribute with the digest of what the sentences are about."""
SENTENCES = ("answer", "text", "why", "apart", "doubts", "left_out", "calibration")
"""Attributes that are sealed with the values, those that are there."""
LARGEST = 2**28
"""Bytes up to which a result is digested; one that is larger, or lies in chunks, has no seal."""
Result = TypeVar("Result", xr.Dataset, xr.DataTree)


def sealed(result: Result) -> Result:
    """`result` with the digest of what its sentences are about.

    Examples
    --------
    >>> whole = sealed(xr.Dataset({"r2": ("system", [0.9, 0.1])}, attrs={"text": "The law holds in one of two."}))
    >>> is_whole(whole), is_whole(whole.isel(system=[0])), is_whole(whole * 2), is_whole(whole.copy())
    (True, False, False, True)
    """
    result = result.copy(deep=False)
    result.attrs = {name: value for name, value in result.attrs.items() if name != SEAL} | {SEAL: _digest(result)}
    return result


def is_whole(result: xr.Dataset | xr.DataTree) -> bool:
    """Whether the sentences in the attributes of `result` are about all that it holds, and about nothing else."""
    seal = result.attrs.get(SEAL, "")
    return bool(seal) and seal == _digest(result)


def _digest(result: xr.Dataset | xr.DataTree) -> str:
    """A digest of names, labels, values and sentences; whatever the order of dimensions. "" where it is too large."""
    digest = hashlib.blake2b(digest_size=16)
    for name in SENTENCES:
        digest.update(f"{name}={json.dumps(result.attrs.get(name, ''), default=str)}\n".encode())
    if isinstance(result, xr.DataTree):
        for node in result.subtree:
            digest.update(f"{node.path}{sorted((str(dim), size) for dim, size in node.sizes.items())}".encode())
        return _of_values(digest, result["systems"].to_dataset() if "systems" in result.children else xr.Dataset())
    return _of_values(digest, result)


def _of_values(digest: hashlib.blake2b, dataset: xr.Dataset) -> str:
    if dataset.nbytes > LARGEST or any(variable.chunks for variable in dataset.variables.values()):
        return ""
    for name in sorted(map(str, dataset.variables)):
        variable = dataset.variables[name].transpose(*sorted(map(str, dataset.variables[name].dims)))
        digest.update(f"{name}{variable.dims}{variable.shape}".encode())
        digest.update(_bytes(np.asarray(variable.values)))
    return digest.hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    """The same bytes before and after netCDF and zarr: they keep numbers, and change how texts and truth are stored."""
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.nan, values.astype(np.float64) + 0.0).tobytes()
    if values.dtype.kind in "iub":
        return values.astype(np.int64).tobytes()
    return "\x00".join(map(str, values.ravel().tolist())).encode()
