"""Fitted constants and a trajectory's start, joined by label, ready for a law's equation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.fitting.modelled_start import begun
from neurouniv.fitting.observed import MORE, clock_of, first_of
from neurouniv.schema import InputError, batch_dims, pair_labels, some

Fitted = TypeVar("Fitted", xr.Dataset, xr.DataArray)


@dataclass(frozen=True)
class Inputs:
    """The inputs of a prediction: fitted constants and the start of a trajectory, joined by label."""

    constants: xr.Dataset  # (...) or (..., pair)
    start: xr.Dataset  # (..., pair)
    more: dict[str, np.ndarray]
    coords: dict[Any, xr.DataArray]

    @classmethod
    def of(cls, results: xr.Dataset, start: xr.Dataset, traj: xr.Dataset, per: str, pairwise: bool) -> Self:
        """The constants among `results` and the `start` of `traj`, on the same batch dimensions.

        Parameters
        ----------
        results : those of a fit, `per` system, pair or group of pairs.
        pairwise : whether the law needs no more than a start of every pair.
        """
        fitted = results[constant_names(results)].reset_coords(drop=True)
        fitted = fitted if per == "system" else to_pairs(fitted, traj, per)
        try:
            constants, start = xr.align(fitted, start, join="exact")
        except ValueError as error:
            raise InputError(
                f"The constants were fitted to {dict(results.sizes)} and the trajectory has "
                f"{dict(start.sizes)}; their labels differ. Select the same members of both. ({error})"
            ) from error
        template = xr.broadcast(start["h"], *constants.values())[0]
        dims = (*batch_dims(template, ("pair",)), "pair")
        whole = template.isel(pair=0, drop=True)
        start = start.map(lambda array: array.broadcast_like(template if "pair" in array.dims else whole))
        start = start.transpose(*dims)
        names = () if pairwise else [name for name in MORE if name in traj]
        spread = {name: first_of(traj, name).broadcast_like(whole) for name in names}
        more = {name: array.transpose(*dims[:-1], *MORE[name]).to_numpy() for name, array in spread.items()}
        return cls(constants, start, more, dict(start["h"].coords) | dict(traj["pair"].coords))

    @property
    def floor(self) -> xr.DataArray | float:
        """The floor that adds to every distance."""
        return self.constants.get("floor", 0.0)

    def call(self, method: Callable[..., Any], **more: Any) -> Any:
        """`method(constants, start, dx2, dy2, ...)` on plain arrays."""
        template, values = self.start["h"], {}
        for name, array in self.constants.items():
            core = template if "pair" in array.dims else template.isel(pair=[0])
            values[str(name)] = array.broadcast_like(core).transpose(*template.dims).to_numpy().astype(float)
        state = {name: self.start[name].to_numpy() for name in ("h", "y", "w") if name in self.start}
        dx2, dy2 = self.start["dx2"].to_numpy(), self.start["dy2"].to_numpy()
        state = begun(state, values, self.start["kept"].to_numpy()[..., None], dx2)
        return method(values, state | self.more, dx2, dy2, **more)

    def labelled(self, values: np.ndarray, *last: str) -> xr.DataArray:
        """`values` (..., pair, *last) with the labels of the trajectory."""
        return xr.DataArray(values, dims=(*self.start["h"].dims, *last), coords=self.coords)

    def elapsed(self, traj: xr.Dataset, time: xr.DataArray, clock: str | None) -> np.ndarray:
        """The clock's time since each system's start (..., 1, time); 0 before it."""
        times, moments = traj["time"].to_numpy().astype(float), time.to_numpy().astype(float)
        if not (np.isfinite(moments).all() and (moments >= times[0]).all()):
            raise InputError(
                f"A prediction starts where the trajectory starts, at {times[0]:g}; times from {np.min(moments):g} "
                "were asked for. Ask for later times."
            )
        first = self.start["begin"].to_numpy().astype(float)[..., None]
        if clock is not None:
            if moments.max() > times[-1]:
                raise InputError(
                    f"The clock {clock!r} is known until {times[-1]:g}; a prediction at {moments.max():g} was asked "
                    "for. Give a trajectory whose time and clock reach that far."
                )
            clock_times = clock_of(traj, clock).to_numpy().astype(float)
            moments, first = np.interp(moments, times, clock_times), np.interp(first, times, clock_times)
        return np.maximum(moments - first, 0.0)[..., None, :]


def of_systems(results: xr.Dataset, traj: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """The `results` of a fit to several systems for those that `traj` has by their labels, in its order.

    All, where it has none, such as a trajectory of no system in particular; and where they are not of all its systems,
    which a prediction then refuses. `names` are those of the constants.

    Examples
    --------
    >>> fits = xr.Dataset({"gain": ("seed", [1.0, 2.0])}, {"seed": [7, 8]})
    >>> float(of_systems(fits, xr.Dataset(coords={"seed": 8}), ["gain"]).gain)
    2.0

    Raises
    ------
    InputError : the one system that `traj` is has another label than all of them.
    """
    dims = {dim for name in names for dim in results[name].dims} & set(traj.coords)
    for dim in sorted(dims - {"pair"}, key=str):
        labels, index = traj[dim], results.indexes.get(dim)
        if labels.dims not in ((), (dim,)) or index is None or not index.is_unique:
            continue
        known = bool(labels.isin(results[dim]).all())
        if not labels.ndim and not known:
            raise InputError(
                f"The trajectory is of {dim} {labels.item()!r}, and the constants are of {some(index.tolist())}. Fit "
                f"the law to this one, or leave the label out: `.drop_vars({dim!r})`."
            )
        if known:
            places = index.get_indexer(labels.values.reshape(-1))
            results = results.isel({dim: places.reshape(labels.shape)})
    return results


def groups_of(traj: xr.Dataset, per: str) -> xr.DataArray:
    """The label of every pair (pair) that says which pairs share constants."""
    if per == "pair":
        return xr.DataArray(pair_labels(traj["first"].values, traj["second"].values), dims="pair", name="pair")
    if per not in traj.coords or traj[per].dims != ("pair",):
        candidates = sorted(str(name) for name, c in traj.coords.items() if c.dims == ("pair",))
        raise InputError(
            f"per is 'system', 'pair' or the name of a coordinate (pair); got {per!r}, found {candidates}. "
            f"Add it with `.assign_coords({per}=('pair', labels))`."
        )
    return traj[per]


def to_pairs(fitted: Fitted, traj: xr.Dataset, per: str) -> Fitted:
    """What is known per group, given to every pair of the group."""
    labels = groups_of(traj, per)
    unknown = sorted(set(labels.values.tolist()) - set(fitted[labels.name].values.tolist()))
    if unknown:
        raise InputError(f"Constants were fitted per {per!r}; none are there for {unknown[:6]}.")
    chosen = fitted.sel({labels.name: xr.DataArray(labels.values, dims="pair")})
    return chosen.drop_vars([labels.name], errors="ignore")
