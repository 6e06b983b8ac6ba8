"""The fits to all systems of a batch, some at a time: those with noise apart from those without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.optimum import Solved


class Batch(NamedTuple):
    """The fits to the systems of a batch, every one as if it were alone.

    `places` (system,) are the places in the batch of the systems in `fits`. `noise` is the line of noise (..., line)
    where it had to be found, NaN for systems that are fitted without; None where none has any.
    """

    fits: list[Solved]
    places: np.ndarray
    noise: xr.DataArray | None = None

    @property
    def seen(self) -> Observed:
        """Arrays of some of the systems, with the labels of all."""
        return self.fits[0][0].seen

    def gathered(self, pieces: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """The arrays (system, ...) of every fit, by name, for all systems in order; NaN where a fit has less."""
        order = np.argsort(self.places)
        names = dict.fromkeys(name for piece in pieces for name in piece)
        return {name: self._whole([piece.get(name) for piece in pieces])[order] for name in names}

    def _whole(self, arrays: Sequence[np.ndarray | None]) -> np.ndarray:
        """The arrays (system, ...) of all fits, one after the other; NaN where a fit has less."""
        present = [array for array in arrays if array is not None]
        shapes = {array.shape[1:] for array in present}
        if len(present) == len(arrays) and len(shapes) == 1:
            return np.concatenate(present)
        whole = np.full((len(self.places), *(max(sizes) for sizes in zip(*shapes, strict=True))), np.nan)
        first = 0
        for array, (_, fit) in zip(arrays, self.fits, strict=True):
            if array is not None:
                whole[first : first + len(array), *map(slice, array.shape[1:])] = array
            first += len(fit.theta)
        return whole
