"""Who trains together: every combination of seeds, gains, learning rates and tasks is one member of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.networks import redrawn
from neurouniv.systems.training.weights import DIMS, WEIGHTS

CORE = {"stimuli": ("condition", "feature"), "targets": ("condition", "output")}


@dataclass(frozen=True)
class Members:
    """The members in order, and how they are labelled.

    `shape` (the labels: a DataArray over all batch dimensions, `seed` the last); the rest is (member, ...), or without
    that dimension where all members have the same. `draw` numbers the networks of one seed whose chance is drawn anew,
    0 the seed's own. `weights` and `feedback_weights` are what members go on from, at the epoch `began`.
    """

    shape: xr.DataArray
    seed: np.ndarray
    gain: np.ndarray | float
    lr: np.ndarray | float
    stimuli: np.ndarray
    targets: np.ndarray
    draw: np.ndarray | int = 0
    weights: np.ndarray | None = None
    feedback_weights: np.ndarray | None = None
    began: int = 0

    @classmethod
    def of(
        cls,
        task: xr.Dataset,
        seeds: list[int],
        gain: Any,
        lr: Any,
        dtype: str,
        draws: list[int] | None = None,
        start: xr.Dataset | None = None,
    ) -> Self:
        """Members of a task, `gain` and `lr` being a number, several (a dimension of that name) or a DataArray.

        They go on from the frame of weights `start`, if there is one.
        """
        gain, lr = _setting(gain, "gain", dtype), _setting(lr, "lr", dtype)
        seed = xr.DataArray(seeds, dims="seed", coords={"seed": seeds})
        draw = xr.DataArray(0) if draws is None else xr.DataArray(draws, dims="draw", coords={"draw": draws})
        pieces = [task[name].isel(dict.fromkeys(core, 0), drop=True) for name, core in CORE.items()]
        if start is not None:
            pieces.append(_of_seeds(start, seed))
        try:
            shape = xr.broadcast(*[piece.drop_attrs() for piece in pieces], gain, lr, draw, seed)[0]
            xr.align(*pieces, gain, lr, join="exact")
        except ValueError as error:
            raise InputError(
                f"Tasks, gains, learning rates and a start that share a dimension need its labels: {error}"
            ) from error
        shape = shape.transpose(..., "seed")
        stimuli, targets = (in_dtype(_per_member(task[name], shape, of), name, dtype) for name, of in CORE.items())
        return cls(
            shape,
            _per_member(seed, shape, ()) if shape.ndim > 1 else np.array(seeds),
            _per_member(gain, shape, ()) if gain.ndim else float(gain),
            _per_member(lr, shape, ()) if lr.ndim else float(lr),
            stimuli,
            targets,
            _per_member(draw, shape, ()) if draw.ndim else 0,
            **({} if start is None else _begun(start, shape)),
        )

    def __len__(self) -> int:
        return self.shape.size

    @property
    def chance(self) -> list[int]:
        """The seed of all that each member draws; what goes on draws other numbers than led there."""
        draws = np.broadcast_to(self.draw, self.seed.shape)
        chance = [redrawn(int(seed), int(draw)) for seed, draw in zip(self.seed, draws, strict=True)]
        return chance if self.weights is None else [redrawn(seed, 1 + self.began) for seed in chance]

    def taken(self, first: int, last: int) -> Self:
        """The members from `first` to before `last`; labels stay those of all."""

        return self._each(lambda array: array[first:last])

    def twice(self) -> Self:
        """A single member and its twin."""

        return self._each(lambda array: np.repeat(array, 2, axis=0))

    def _each(self, change: Callable[[np.ndarray], np.ndarray]) -> Self:
        """`change` done to every array that has members."""
        cores = {"seed": 0, "gain": 0, "lr": 0, "stimuli": 2, "targets": 2, "draw": 0} | dict.fromkeys(DIMS, 1)
        parts = {name: getattr(self, name) for name in cores}
        changes: dict[str, Any] = {name: change(part) for name, part in parts.items() if np.ndim(part) > cores[name]}
        return replace(self, **changes)

    def unstacked(self, array: np.ndarray) -> np.ndarray:
        """(member, ...) to the batch dimensions."""
        return array.reshape(*self.shape.shape, *array.shape[1:])

    def named(self, places: Iterable[int]) -> list[str]:
        """Members in words."""
        dims = [str(dim) for dim in self.shape.dims]
        values = [
            self.shape.coords[dim].values if dim in self.shape.coords else np.arange(self.shape.sizes[dim])
            for dim in dims
        ]
        labels = []
        for place in places:
            index = np.unravel_index(place, self.shape.shape)
            labels.append(", ".join(f"{dim} {value[i]}" for dim, value, i in zip(dims, values, index, strict=True)))
        return labels


def _per_member(array: xr.DataArray, shape: xr.DataArray, core: tuple[str, ...]) -> np.ndarray:
    """(member, *core), or (*core) where no batch dimension matters; writable, as torch needs arrays."""
    if set(array.dims) <= set(core):
        values = array.transpose(*core).to_numpy()
    else:
        full = array.broadcast_like(shape).transpose(*shape.dims, *core).to_numpy()
        values = full.reshape(shape.size, *full.shape[shape.ndim :])
    return values if values.flags.writeable else values.copy()


def _of_seeds(start: xr.Dataset, seed: xr.DataArray) -> xr.DataArray:
    """One number for each member of a frame of weights, once it is sure that they are of these seeds."""
    member = start[WEIGHTS].isel(weight=0, drop=True).reset_coords(drop=True)
    had = np.atleast_1d(member["seed"].values if "seed" in member.coords else [])
    if "seed" not in member.dims or set(had.tolist()) != set(seed.values.tolist()):
        raise InputError(
            f"Networks go on from weights of the same seeds, of a dimension `seed`; `seeds` are {seed.values.tolist()} "
            f"and `start` has {had.tolist()}, dims {member.dims}. Give seeds=start.seed.values, or select: "
            "start.sel(seed=[...])."
        )
    return member.sel(seed=seed.values)


def _begun(start: xr.Dataset, shape: xr.DataArray) -> dict[str, Any]:
    """What members go on from, by the names of the fields."""
    arrays = {name: start[name].sel(seed=shape["seed"]) for name in DIMS if name in start}
    return {name: _per_member(array, shape, DIMS[name]) for name, array in arrays.items()} | {
        "began": int(start["time"])
    }


def _setting(value: Any, what: str, dtype: str) -> xr.DataArray:
    """A positive number, or several, as a DataArray."""
    if not isinstance(value, xr.DataArray):
        several = isinstance(value, Iterable) and not isinstance(value, str)
        values = list(value) if several else value
        if np.ndim(values) > 1:
            raise InputError(
                f"{what} is one number, several in a row, or a DataArray whose dimensions have names; got "
                f"{np.ndim(values)} dimensions without names."
            )
        value = xr.DataArray(values, dims=what, coords={what: values}) if several else xr.DataArray(value)
    kind = value.dtype.kind
    if kind not in "iuf" or not value.size or not bool(((value > 0) & np.isfinite(value)).all()):
        shown = value.item() if value.size == 1 else value.values.tolist()
        raise InputError(f"{what} is a positive number; got {shown!r}.")
    least, most = np.finfo(dtype).tiny, np.finfo(dtype).max
    if not bool(((value >= least) & (value <= most)).all()):
        raise InputError(
            f"{what} is a number that dtype='{dtype}' holds, from {least:.2g} to {most:.2g}; got from "
            f"{value.min().item():.3g} to {value.max().item():.3g}."
        )
    return value.astype(float)


def in_dtype(values: np.ndarray, what: str, dtype: str) -> np.ndarray:
    """Stimuli or targets as the numbers that networks compute with."""
    size = np.abs(values).max(initial=0.0)
    if size > np.finfo(dtype).max:
        raise InputError(
            f"Networks of dtype='{dtype}' need {what} up to {np.finfo(dtype).max:.2g}; got {size:.3g}. Divide them by "
            "a constant."
        )
    return values.astype(dtype)
