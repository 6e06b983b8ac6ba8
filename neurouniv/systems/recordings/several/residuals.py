"""Residuals of several recordings, one after the other, each with its session and subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError

NAME = "residuals"


def joined_residuals(
    parts: Sequence[tuple[str, xr.Dataset]], where: Sequence[np.ndarray], channels: int
) -> dict[Any, xr.DataArray]:
    """`residuals` (sample, channel) of all parts, NaN where a part lacks a channel; nothing where none has any.

    Parameters
    ----------
    parts : the names of recordings, and these, each of one session (of one subject).
    where : the places of every part's channels among all.

    Raises
    ------
    InputError : some have residuals and some have none.
    """
    without = [name for name, rec in parts if NAME not in rec.variables]
    if len(without) == len(parts):
        return {}
    if without:
        raise InputError(
            f"Recordings read together need residuals all or none; '{without[0]}' has none. Give one file each."
        )
    labels = {name: [_only(rec, name) for _, rec in parts] for name in ("session", "subject")}
    arrays = [rec[NAME] for _, rec in parts]
    sizes = [array.sizes["sample"] for array in arrays]
    values = np.full((sum(sizes), channels), np.nan, dtype=np.result_type(*(array.dtype for array in arrays)))
    start = 0
    for array, columns in zip(arrays, where, strict=True):
        values[start : start + len(array), columns] = array.transpose("sample", "channel").values
        start += len(array)
    freedom = [float(array.attrs["freedom"]) / size for array, size in zip(arrays, sizes, strict=True)]
    known = {name: np.asarray(of) for name, of in labels.items() if None not in of}
    coords: dict[str, Any] = {f"sample_{name}": ("sample", np.repeat(of, sizes)) for name, of in known.items()}
    coords["sample_freedom"] = ("sample", np.repeat(freedom, sizes))
    return {NAME: xr.DataArray(values, dims=("sample", "channel"), coords=coords)}


def _only(rec: xr.Dataset, name: str) -> Any:
    """The one session or subject of a recording."""
    kinds = np.unique(rec[name].values) if name in rec.coords else np.empty(0)
    if len(kinds) > 1:
        raise InputError(f"Residuals are of one {name} for each file; this file holds {len(kinds)}. Read it alone.")
    return kinds[0] if len(kinds) else None
