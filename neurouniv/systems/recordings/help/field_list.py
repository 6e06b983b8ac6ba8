"""All fields of a file: their names, shapes, types and first values."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.help.likely import example_values, in_order

NAME, SHAPE, KIND = 40, 14, 8
NOT_READ = "not read"


def list_fields(content: Fields | xr.Dataset) -> str:
    """One line for each field with its name (as a mapping takes it), shape, type and first values.

    Examples
    --------
    >>> print(list_fields(Fields({"rates": np.eye(4), "shown": np.array(list("abab"))}, "x.mat", "Fields", given={})))
    rates  4x4  float64  1, 0
    shown  4    str      a, b
    """
    fields = content if isinstance(content, Fields) else _of_dataset(content)
    arrays = fields.leaves()
    if not arrays:
        raise InputError(f"{fields.source} holds no field with more than one value.")
    rows = [
        (name, _shape(arrays[name]), _kind(arrays[name]), example_values(arrays[name])) for name in in_order(fields)
    ]
    rows += [(name, "", NOT_READ, reason) for name, reason in fields.unread.items()]
    widths = [min(limit, max(len(row[k]) for row in rows)) for k, limit in enumerate((NAME, SHAPE, KIND))]
    return "\n".join("  ".join([*(f"{t:<{w}}" for t, w in zip(row, widths, strict=False)), row[3]]) for row in rows)


def _of_dataset(content: xr.Dataset) -> Fields:
    return Fields({str(name): variable.data for name, variable in content.variables.items()}, "it", "Its variables", {})


def _shape(array: Any) -> str:
    return "x".join(map(str, array.shape))


def _kind(array: Any) -> str:
    if array.dtype == object:
        texts = all(isinstance(value, str) for value in np.ravel(as_array(array)))
        return "str" if texts else "cells"
    return "str" if array.dtype.kind in "US" else str(array.dtype)
