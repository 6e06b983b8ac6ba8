"""Data as an array of frames, and what was found of frames as labelled arrays again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr

from neurouniv.schema import batch_dims
from neurouniv.universality.scores.noise_ceiling import member_dim


class Frames(NamedTuple):
    """The places of all frames: the dimensions before time, and the members of the data."""

    h: xr.DataArray
    member: str | None
    dims: tuple[Any, ...]

    @classmethod
    def of(cls, h: xr.DataArray) -> Self:
        """The frames of data (..., time, pair)."""
        member = member_dim(h)
        return cls(h, member, tuple(dim for dim in batch_dims(h) if dim != member))

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the batch dimensions and of time."""
        return tuple(self.h.sizes[dim] for dim in (*self.dims, "time"))

    def observed(self, pairs: np.ndarray | slice = slice(None)) -> np.ndarray:
        """(member, frame, pair), the frames those of all places at all times."""
        return self.flat(self.h.isel(pair=pairs))

    def flat(self, h: xr.DataArray) -> np.ndarray:
        """An array with the dimensions of the data, or fewer, as (member, frame, pair)."""
        member = [self.member] if self.member else []
        like = self.h.isel(pair=0, drop=True)
        whole = h.reset_coords(drop=True).broadcast_like(like.reset_coords(drop=True))
        whole = whole.transpose(*member, *self.dims, "time", "pair")
        return whole.values.reshape(whole.shape[0] if member else 1, -1, whole.sizes["pair"])

    def labelled(self, values: np.ndarray, before: Sequence[str] = (), after: Sequence[str] = ()) -> xr.DataArray:
        """An array (*before, frame, *after) with the dimensions and labels of the data for its frames."""
        lead, tail = values.shape[: len(before)], values.shape[len(before) + 1 :]
        array = values.reshape(*lead, *self.shape, *tail)
        dims = (*before, *self.dims, "time", *after)
        labels = {dim: self.h[dim] for dim in (*self.dims, "time") if dim in self.h.coords}
        others = {
            name: coord
            for name, coord in self.h.coords.items()
            if coord.dims and set(coord.dims) <= {*self.dims, "time"} and name not in labels
        }
        return xr.DataArray(array, dims=dims, coords=labels | others)
