"""The arrays of a trajectory that a law is fitted to, with one leading axis of systems, and the start.

Labels stay outside: `Observed` is made from a labelled trajectory once, and `Observed.labelled` puts labels back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import xarray as xr

from neurouniv.fitting.start import without_floor
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import OBSERVED, InputError, batch_dims, check_trajectory, choices_as_outputs

LARGEST = 1_000_000
"""Numbers a piece of systems holds at most, so that a fit of thousands of systems needs little memory."""


@dataclass(frozen=True)
class Observed:
    """Arrays of a trajectory, dims (system, ...): every batch dimension is stacked into `system`."""

    values: np.ndarray  # (system, variable, pair, time), NaN where not observed
    variables: tuple[str, ...]
    start: dict[str, np.ndarray]  # h, where known y, w (system, pair), and what MORE names
    kept: np.ndarray  # (system,): the share of a noisy start that is its own
    dx2: np.ndarray  # (system, pair)
    dy2: np.ndarray  # (system, pair)
    elapsed: np.ndarray  # (system, time), since the system's first frame
    ends: np.ndarray  # (2, pair) or (2, system, pair): the conditions of each pair, counted from 0
    variance: np.ndarray | None  # (system, pair, time): sampling variance of h, where known
    batch: xr.DataArray  # (batch...,): the labels of the systems
    time_units: str
    conditions: np.ndarray  # the names of the conditions, in the order of `ends`
    unseen: np.ndarray | None = None  # (system, pair): whether the start was not seen, where any was not
    weights: np.ndarray | None = None  # (system, pair, time): how often each observation counts, in a bootstrap

    @property
    def noise(self) -> np.ndarray:
        """Standard deviation of the noise of h (system,), or 1 % of its root mean square where unknown."""
        variance = np.zeros(len(self.dx2)) if self.variance is None else np.nanmean(self.variance, axis=(1, 2))
        assumed = 1e-4 * np.nanmean(self.values[:, 0] ** 2, axis=(-2, -1))
        return np.sqrt(np.where(variance > 0, variance, assumed))

    def taken(self, systems: np.ndarray) -> Self:
        """The systems at these places, repeated where a place is."""
        names = ("values", "kept", "dx2", "dy2", "elapsed", "variance", "weights", "unseen")
        parts = {name: getattr(self, name) for name in names}
        arrays = {name: part[systems] for name, part in parts.items() if part is not None}
        arrays["ends"] = self.ends if self.ends.ndim == 2 else self.ends[:, systems]
        arrays["start"] = {name: value[systems] for name, value in self.start.items()}
        return replace(self, **arrays)

    def pieces(self) -> Iterator[Self]:
        """The systems in order, as many at a time as fit in memory."""
        size = max(1, LARGEST // self.values[0].size)
        for first in range(0, len(self.dx2), size):
            yield self.taken(np.arange(first, min(first + size, len(self.dx2))))

    def thinned(self, pairs: int) -> Self:
        """At most `pairs` of the pairs, evenly spread over their order, for a first and rough look."""
        keep = places(self.dx2.shape[1], pairs)
        start = {name: value[:, keep] for name, value in self.start.items() if name in OBSERVED}
        return self._with_pairs(keep, start)

    def lowered(self, level: np.ndarray) -> Self:
        """The arrays with `level` (system,) taken off every distance, the start's too."""
        values, start = self.values.copy(), self.start["h"]
        values[:, self.variables.index("h")] -= level[:, None, None]
        lower = without_floor(start, level[:, None]) if self.variance is None else start - level[:, None]
        return replace(self, values=values, start=self.start | {"h": lower})

    def between(self, some: np.ndarray) -> Self:
        """The pairs among `some` conditions, places in ascending order, and what those conditions start from."""
        keep = np.flatnonzero(np.isin(self.ends, some).all(0))
        place = np.searchsorted(some, self.ends)
        start = {name: value[:, keep] for name, value in self.start.items() if name in OBSERVED}
        more = {name: value for name, value in self.start.items() if name in MORE}
        start |= {name: _among(value, MORE[name], some, keep) for name, value in more.items()}
        return replace(self, ends=place, conditions=self.conditions[some])._with_pairs(keep, start)

    def _with_pairs(self, keep: np.ndarray, start: dict[str, np.ndarray]) -> Self:
        return replace(
            self,
            values=self.values[:, :, keep],
            start=start,
            dx2=self.dx2[:, keep],
            dy2=self.dy2[:, keep],
            ends=self.ends[..., keep],
            variance=None if self.variance is None else self.variance[:, keep],
            weights=None if self.weights is None else self.weights[:, keep],
            unseen=None if self.unseen is None else self.unseen[:, keep],
        )

    def seldom(self, keep: np.ndarray) -> Self:
        """The frames at these places."""
        return replace(
            self,
            values=self.values[..., keep],
            elapsed=self.elapsed[:, keep],
            variance=None if self.variance is None else self.variance[..., keep],
            weights=None if self.weights is None else self.weights[..., keep],
        )

    def grouped(self, labels: xr.DataArray) -> Self:
        """Every group of pairs with the same label as a system of its own.

        `labels` (pair) names the dimension of the result; groups smaller than the largest are filled up with pairs
        that count as not observed.
        """
        names, code = np.unique(labels.values, return_inverse=True)
        sizes = np.bincount(code)
        member = np.zeros((len(names), sizes.max()), dtype=int)
        real = np.arange(sizes.max()) < sizes[:, None]
        order = np.argsort(code, kind="stable")
        member[real] = order
        member = np.where(real, member, member[:, :1])

        def spread(array: np.ndarray, axis: int) -> np.ndarray:
            """(system, ..., pair, ...) to (system * group, ..., member, ...)."""
            moved = np.moveaxis(np.take(array, member, axis=axis), axis, 1)
            return moved.reshape(-1, *moved.shape[2:])

        count = len(names)
        values = spread(self.values, 2)
        hidden = np.tile(~real, (len(self.dx2), 1))
        values = np.where(hidden[:, None, :, None], np.nan, values)
        ends = np.tile(self.ends[:, member], (1, len(self.dx2), 1))
        return replace(
            self,
            values=values,
            start={name: spread(value, 1) for name, value in self.start.items() if name in OBSERVED},
            kept=np.repeat(self.kept, count),
            dx2=spread(self.dx2, 1),
            dy2=spread(self.dy2, 1),
            elapsed=np.repeat(self.elapsed, count, axis=0),
            ends=ends,
            variance=None if self.variance is None else spread(self.variance, 1),
            unseen=None if self.unseen is None else spread(self.unseen, 1),
            batch=self.batch.expand_dims({str(labels.name): names}, axis=-1),
        )

    def labelled(self, array: np.ndarray, *last: str) -> tuple[tuple[str, ...], np.ndarray]:
        """`array` (system, *last) as a (dims, values) pair with the batch dimensions restored."""
        return (*map(str, self.batch.dims), *last), array.reshape((*self.batch.shape, *array.shape[1:]))


def observe(
    traj: xr.Dataset, start: xr.Dataset, variables: tuple[str, ...] | None = None, clock: str | None = None
) -> Observed:
    """The arrays of `traj`.

    Parameters
    ----------
    start : where its pairs start, as `start_of` has it.
    variables : limits what is fitted; default all of h, y, w that are there.
    clock : the name of a coordinate (time), a learning time that replaces the trajectory's own.

    Raises
    ------
    InputError : fewer than 3 times; a clock that does not increase; variances of some systems only.
    """
    traj = choices_as_outputs(traj)
    names = tuple(variables or (name for name in OBSERVED if name in traj))
    check_trajectory(traj, ("h", *names))
    _need_variances(traj)
    dims = batch_dims(traj["h"])

    def stack(array: xr.DataArray, *last: str) -> np.ndarray:
        template = traj["h"].isel({dim: 0 for dim in ("time", "pair") if dim not in last}, drop=True)
        missing = [dim for dim in dims if dim not in array.dims]
        array = array.broadcast_like(template) if missing else array
        values = array.transpose(*dims, *last).to_numpy().astype(float)
        return values.reshape(-1, *values.shape[len(dims) :])

    pairs, state = Pairs.of(traj), {name: stack(start[name], "pair") for name in OBSERVED if name in start}
    return Observed(
        values=np.stack([stack(traj[name], "pair", "time") for name in names], axis=1),
        variables=names,
        start=state | {name: stack(first_of(traj, name), *last) for name, last in MORE.items() if name in traj},
        kept=stack(start["kept"]),
        dx2=stack(start["dx2"], "pair"),
        dy2=stack(start["dy2"], "pair"),
        elapsed=elapsed_since(start["begin"], traj["time"], clock_of(traj, clock)),
        ends=pairs.ends,
        variance=stack(traj["h_var"], "pair", "time") if "h_var" in traj else None,
        batch=traj["h"].isel(time=0, pair=0, drop=True),
        conditions=pairs.names,
        unseen=stack(start["unseen"], "pair") > 0 if "unseen" in start else None,
        time_units=str(clock_of(traj, clock).attrs.get("units", "unit of time")),
    )


def _need_variances(traj: xr.Dataset) -> None:
    if "h_var" not in traj:
        return
    distances, variances = (traj[name].notnull().any(("time", "pair")) for name in ("h", "h_var"))
    without = int((distances & ~variances).sum())
    if without:
        raise InputError(
            f"Sampling variances (h_var) are needed of every system or of none; {without} of {distances.size} have "
            "distances and no variance. Fit them apart, or leave variances out: `traj.drop_vars('h_var')`."
        )


def places(size: int, most: int) -> np.ndarray:
    """At most `most` of `size` places, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, size - 1, most).astype(int))


MORE = {
    "output": ("condition", "output"), "norm": ("condition",), "stimuli": ("condition", "feature"),
    "targets": ("condition", "output"), "decoder": ("output", "output_"), "trials": ("condition",),
    "pseudo": ("condition", "output"), "product": ("output", "output_"), "feedback": ("output", "output_"),
    "next_targets": ("condition", "output"),
    "input_embedded": ("input_time", "input_row", "condition"), "input_course": ("input_time", "pair"),
    "input_elapsed": ("input_time",),
}  # fmt: skip
"""What laws of all conditions at once start from, and what moves those of an area that is driven."""


def _among(value: np.ndarray, dims: tuple[str, ...], conditions: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The entries (system, *dims) of some conditions and of the pairs among them."""
    for dim, keep in (("condition", conditions), ("pair", pairs)):
        value = np.take(value, keep, axis=1 + dims.index(dim)) if dim in dims else value
    return value


def first_of(traj: xr.Dataset, name: str) -> xr.DataArray:
    """The variable in the first frame in which its system has a distance, or the variable if it does not change."""
    if "time" not in traj[name].dims:
        return traj[name]
    place = traj["h"].notnull().any("pair").argmax("time").reset_coords(drop=True)
    return traj[name].isel(time=place).drop_vars("time")


def clock_of(traj: xr.Dataset, clock: str | None) -> xr.DataArray:
    """The coordinate that counts learning time, checked."""
    if clock is None:
        return traj["time"]
    if clock not in traj.variables or traj[clock].dims != ("time",):
        candidates = sorted(str(name) for name, c in traj.variables.items() if c.dims == ("time",))
        raise InputError(
            f"clock names a coordinate (time) of the trajectory; got {clock!r}, found {candidates}. "
            f"Add it with `.assign_coords({clock}=('time', values))`."
        )
    if not (np.diff(traj[clock].values.astype(float)) >= 0).all():
        raise InputError(f"A clock never decreases; the coordinate {clock!r} decreases somewhere.")
    return traj[clock]


def need_times(count: int) -> None:
    """Raise `InputError`, with what fewer times are good for, unless a trajectory has 3 times."""
    if count < 3:
        few = (
            "Two times show whether the RDM changed, by how much and along which model RDM: `neurouniv.change(traj)`, "
            "`neurouniv change traj.nc`."
            if count == 2
            else "One time shows no learning. Read several sessions at once, or make windows of trials: "
            "`neurouniv.learning_axis(rec, windows=6)`, `neurouniv rdm ... --windows 6`. To compare one RDM with "
            "models: "
            "`neurouniv.rsa(traj, models)`, `neurouniv rsa traj.nc models.nc`."
        )
        raise InputError(f"A law is fitted to at least 3 times; got {count}. {few}")


def elapsed_since(begin: xr.DataArray, time: xr.DataArray, clock: xr.DataArray) -> np.ndarray:
    """The clock's time since each system's first frame (system, time); 0 before it."""
    need_times(time.size)
    times, clock_times = time.to_numpy().astype(float), clock.to_numpy().astype(float)
    first = np.interp(begin.to_numpy().astype(float).reshape(-1, 1), times, clock_times)
    return np.maximum(clock_times - first, 0.0)
