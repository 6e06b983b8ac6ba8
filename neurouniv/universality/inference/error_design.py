"""What errors of differences are over: the conditions and subjects of a comparison, their draws, and how they count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import appearing
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, batch_dims
from neurouniv.universality.held_out.condition_order import canonical_order
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.inference.bootstrap import Resamples, draw
from neurouniv.universality.inference.error_units import FEWEST_CLASSES, FITS, Units, by_class, held_out_share, units
from neurouniv.universality.scores.noise_ceiling import MEMBERS


class Design(NamedTuple):
    """The design of errors: the numbers of `conditions` and `subjects`, their draws, and the settings of `infer`."""

    h: xr.DataArray
    dim: str | None
    ends: list[np.ndarray]
    conditions: int
    subjects: int
    unit: Units
    drawn: Resamples
    by_classes: Resamples | None
    how: dict[str, Any]

    @classmethod
    def of(
        cls, parts: list[Part], resamples: int, subjects: str | None, errors: str, unit: str | None,
        classes: Mapping[str, Any] | None, seed: int,
    ) -> Self:  # fmt: skip
        h = parts[0].test["h"]
        dim = _subjects(h, subjects)
        pairs = [_pairs(part.test) for part in parts]
        names = appearing(np.concatenate([canonical_order(part.test) for part in parts]))
        ends = [each.in_order(names).ends for each in pairs]
        unit_of_conditions = units(names, classes, unit, parts)
        group, count = by_class(names, classes), h.sizes[dim] if dim else 1
        drawn = draw(len(names), count, resamples, seed, unit_of_conditions.of)
        enough = group is not None and len(np.unique(group)) >= FEWEST_CLASSES
        by_classes = draw(len(names), count, resamples, seed, group) if enough else None
        how = {"errors": errors, "fits": FITS * held_out_share(parts)}
        return cls(h, dim, ends, len(names), count, unit_of_conditions, drawn, by_classes, how)

    def places(self) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
        """Every place in the batch dimensions other than the subjects', and what `_folds` takes of it."""
        for member, chosen in _batches(self.h, self.dim):
            yield member, {"chosen": chosen, "subjects": self.dim, "ends": self.ends}


def _subjects(h: xr.DataArray, subjects: str | None) -> str | None:
    """The dimension whose members are a sample of a population."""
    if subjects is not None and subjects not in batch_dims(h):
        dims = [str(dim) for dim in batch_dims(h)]
        raise InputError(f"subjects is the name of a batch dimension, one of {dims}; got {subjects!r}.")
    return subjects or next((dim for dim in MEMBERS if h.sizes.get(dim, 0) >= 2), None)


def _pairs(test: xr.Dataset) -> Pairs:
    if not are_named(test):
        raise InputError(
            "A bootstrap over conditions needs the coordinates first and second (pair), the names of the two "
            "conditions of every pair; add them with `.assign_coords`, or use resamples=0."
        )
    return Pairs.of(test)


def _batches(h: xr.DataArray, subjects: str | None) -> Iterator[tuple[tuple[int, ...], dict[Any, int]]]:
    """Every place in the batch dimensions other than the subjects'."""
    dims = [dim for dim in batch_dims(h) if dim != subjects]
    for place in np.ndindex(*(h.sizes[dim] for dim in dims)):
        yield place, dict(zip(dims, place, strict=True))
