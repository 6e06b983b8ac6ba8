"""The rows that a fitted law shows: constants with intervals, R2, and what is in doubt, system by system."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.fitting.numbers import number, with_interval

MOST_CONSTANTS = 4
"""Constants that are shown; laws have up to three, free curves as many as they have coefficients."""
FINE = ("", "converged")
NOT_FOUND = "interval not found"


class FitRow(NamedTuple):
    """The fit of one system, in words."""

    system: str
    """Its labels; "" where there is one system without any."""
    constants: dict[str, str]
    """Every constant with its unit, and its value with the 95 % interval."""
    r2: str
    state: str
    """"converged", "constants open" or "do not use"."""
    doubt: str
    """Why it is not fine, or what else is to be known of it; "" for nothing."""


class FitRows(NamedTuple):
    """The fits of all systems: the first few in full, and counts over all."""

    rows: list[FitRow]
    systems: int
    """Fits: systems, or pairs of them where every pair has constants of its own."""
    failed: int
    open: int
    without_interval: int
    method: str


CONVERGED, OPEN, FAILED = "converged", "constants open", "do not use"


def fit_rows(constants: xr.Dataset, most: int) -> FitRows:
    """What a law's `constants_` say, of the first `most` systems in full.

    Examples
    --------
    >>> fit = xr.Dataset({"eta_h": ("seed", [0.5, 2.0]), "converged": ("seed", [True, False])}, {"seed": [0, 1]})
    >>> fit = fit.assign(eta_h_interval=(("seed", "bound"), [[0.4, 0.6], [0.0, np.inf]]))
    >>> fit_rows(fit.assign_coords(bound=["lower", "upper"]), most=1).rows[0]
    FitRow(system='seed 0', constants={'eta_h': '0.500 [0.400, 0.600]'}, r2='', state='converged', doubt='')
    """
    dims = [str(dim) for dim in constants["converged"].dims]
    places = list(np.ndindex(*(constants.sizes[dim] for dim in dims)))
    names = constant_names(constants)
    converged = _flat(constants, "converged")
    identified = _flat(constants, "identified") if "identified" in constants else converged
    return FitRows(
        rows=[_row(constants.isel(dict(zip(dims, place, strict=True))), dims, names) for place in places[:most]],
        systems=len(places),
        failed=int((~converged).sum()),
        open=int((converged & ~identified).sum()),
        without_interval=_without_interval(constants, names),
        method=str(constants.attrs.get("interval_method", "")),
    )


def _row(fit: xr.Dataset, dims: list[str], names: list[str]) -> FitRow:
    labels = [f"{dim} {fit[dim].item()}" if dim in fit.coords else dim for dim in dims]
    shown = {name + _unit(fit[name]): _value(fit, name) for name in names[:MOST_CONSTANTS]}
    shown |= {f"and {len(names) - MOST_CONSTANTS} more": ""} if len(names) > MOST_CONSTANTS else {}
    r2 = [f"{one['variable'].item()} {number(float(one))}" for one in fit["r2"]] if "r2" in fit else []
    converged = bool(fit["converged"])
    identified = bool(fit["identified"]) if "identified" in fit else converged
    message = str(fit["message"].item()) if "message" in fit else ""
    state = FAILED if not converged else CONVERGED if identified else OPEN
    return FitRow(", ".join(labels), shown, ", ".join(r2), state, message if message not in FINE else "")


def _unit(constant: xr.DataArray) -> str:
    """A unit as it follows a constant's name: "per epochs" is said per epoch."""
    unit = str(constant.attrs.get("units", ""))
    word = unit.removesuffix("s") if unit.endswith("s") and len(unit.split()[-1]) > 2 else unit
    return f" ({word})" if word else ""


def _value(fit: xr.Dataset, name: str) -> str:
    value, interval = float(fit[name]), fit[f"{name}_interval"]
    low, high = (float(interval.sel(bound=end)) for end in ("lower", "upper"))
    if np.isnan([low, high]).any():
        return f"{number(value)}, {NOT_FOUND}"
    return with_interval(value, low, high)


def _without_interval(constants: xr.Dataset, names: list[str]) -> int:
    """In how many systems an interval could not be found."""
    missing: Any = np.zeros(constants["converged"].size, bool)
    for name in names:
        bare = constants[f"{name}_interval"].isnull().any("bound")
        missing = missing | bare.transpose(*constants["converged"].dims).values.reshape(-1)
    return int(missing.sum())


def _flat(constants: xr.Dataset, name: str) -> np.ndarray:
    return np.asarray(constants[name].values, dtype=bool).reshape(-1)
