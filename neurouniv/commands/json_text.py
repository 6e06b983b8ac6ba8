"""What commands found as strict JSON: one object, and null where a number is NaN or infinite."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def json_text(values: Mapping[str, Any]) -> str:
    """A mapping as the text of one JSON object on one line.

    Examples
    --------
    >>> from pathlib import Path
    >>> json_text({"r2": float("nan"), "files": [Path("a.nc")]})
    '{"r2": null, "files": ["a.nc"]}'
    """
    return json.dumps(_plain(values), allow_nan=False, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """The value in the types that JSON has."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if hasattr(value, "tolist"):  # arrays and scalars of NumPy
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set)):
        return [_plain(held) for held in value]
    return str(value)


def rows_of(dataset: xr.Dataset, dims: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """A row for every place of a Dataset's batch dimensions: their labels, then every variable at that place.

    dims : the dimensions that make rows, default all; a variable has lists along any other.

    Examples
    --------
    >>> import xarray as xr
    >>> fits = xr.Dataset({"eta": ("seed", [1.0, 2.0])}, {"seed": [0, 1]})
    >>> rows_of(fits)
    [{'seed': 0, 'eta': 1.0}, {'seed': 1, 'eta': 2.0}]
    """
    import numpy as np

    along = tuple(dim for dim in dataset.dims if dims is None or dim in dims)
    labels = {dim: dataset[dim].values.tolist() for dim in along}
    rows = []
    for place in np.ndindex(*(dataset.sizes[dim] for dim in along)):
        at = dict(zip(along, place, strict=True))
        row = {str(dim): labels[dim][n] for dim, n in at.items()}
        for name, array in dataset.data_vars.items():
            row[str(name)] = array.isel({dim: n for dim, n in at.items() if dim in array.dims}).values.tolist()
        rows.append(row)
    return rows
