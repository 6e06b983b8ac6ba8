"""Dimensionless coordinates: the data collapse that the two-point law predicts."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.fitting.prediction import of_systems
from neurouniv.inputs import need_dataset
from neurouniv.names import public
from neurouniv.schema import CHOICES, InputError, check_trajectory, need_variables, with_history
from neurouniv.theory import two_point

OF_OUTPUTS = ("y", "w", *CHOICES)
"""What has the units of targets."""


@public
def dimensionless(traj: xr.Dataset, constants: xr.Dataset) -> xr.Dataset:
    """The trajectory in the coordinates in which the law has no constants left.

    Parameters
    ----------
    traj : `h` and, where there, `y` and `w` (..., time, pair), with dx2 and dy2.
    constants : `eta_h` and `eta_y`, per unit of the trajectory's time, as in `PairwiseModel().fit(traj).constants_`.

    Returns
    -------
    Dataset with h/H, y/dy2 and w/dy2 (..., time, pair), with H = sqrt(eta_h/eta_y) dx dy*, and the coordinate `age`
    (..., time, pair): the time since the first frame in units of T = 1/(sqrt(eta_h eta_y) dx dy*). If the law
    holds, all pairs of all systems are one flow and differ only in where they start. Pairs with equal targets have
    no such scale: NaN.

    Raises
    ------
    InputError : the trajectory lacks dx2 or dy2, or the constants lack eta_h or eta_y, or labels differ.

    Source: van Rossem & Saxe (2024), the law of eq. 7 in its natural units.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> pair = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [4.0]), "dy2": ("pair", [1.0])}
    >>> traj = xr.Dataset({"h": (("time", "pair"), [[1.0], [2.0]])}, {"time": [0.0, 3.0], **pair})
    >>> scaled = dimensionless(traj, xr.Dataset({"eta_h": 0.5, "eta_y": 0.5}))
    >>> scaled.h.values.ravel().tolist(), scaled.age.values.ravel().tolist()
    ([0.5, 1.0], [0.0, 3.0])
    """
    check_trajectory(traj, ("h",))
    need_dataset(constants, "dimensionless", "Give `law.constants_` of a fitted law.")
    height, duration = _scales(traj, constants)
    scaled = traj.assign(h=traj["h"] / height)
    dy2 = traj["dy2"].where(traj["dy2"] > 0)
    scaled = scaled.assign({name: traj[name] / dy2 for name in OF_OUTPUTS if name in traj})
    if "h_var" in traj:
        scaled["h_var"] = traj["h_var"] / height**2
    age = ((traj["time"] - traj["time"][0]) / duration).transpose(..., "time", "pair")
    scaled = scaled.assign_coords(age=age.assign_attrs(long_name="time since the start in units of T"))
    for name in ("h", *OF_OUTPUTS):
        if name in scaled:
            scaled[name] = scaled[name].transpose(..., "time", "pair").assign_attrs(units="1")
    return with_history(scaled, "dimensionless", source=traj)


@public
def dimensional(scaled: xr.Dataset, constants: xr.Dataset) -> xr.Dataset:
    """The inverse of `dimensionless`: h, y and w in the units of a system with these `constants`.

    The time axis is kept; `age` is left out. With other constants than those that made `scaled`, this is what the
    same course would look like in another implementation, read at times `age` T.

    Examples
    --------
    >>> import xarray as xr
    >>> pair = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [4.0]), "dy2": ("pair", [1.0])}
    >>> traj = xr.Dataset({"h": (("time", "pair"), [[1.0], [2.0]])}, {"time": [0.0, 3.0], **pair})
    >>> constants = xr.Dataset({"eta_h": 0.5, "eta_y": 0.1})
    >>> bool(abs(dimensional(dimensionless(traj, constants), constants).h - traj.h).max() < 1e-12)
    True
    """
    need_variables(scaled, ("h", "age"), "A trajectory in dimensionless form", "`neurouniv.dimensionless` makes one.")
    height, _ = _scales(scaled, constants)
    result = scaled.assign(h=(scaled["h"] * height).transpose(..., "time", "pair"))
    result = result.assign({name: scaled[name] * scaled["dy2"] for name in OF_OUTPUTS if name in scaled})
    if "h_var" in scaled:
        result["h_var"] = scaled["h_var"] * height**2
    return with_history(result.drop_vars("age"), "dimensional", source=scaled)


def _scales(traj: xr.Dataset, constants: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """H and T of every pair, NaN for pairs with equal targets."""
    absent = [name for name in ("eta_h", "eta_y") if name not in constants]
    if absent or not {"dx2", "dy2"} <= set(traj.coords):
        raise InputError(
            f"Dimensionless form needs the constants eta_h and eta_y ({absent} absent) and a trajectory with dx2 and "
            "dy2. Fit `neurouniv.PairwiseModel()` to it and give its `constants_`."
        )
    rates = of_systems(constants[["eta_h", "eta_y"]], traj, ("eta_h", "eta_y")).reset_coords(drop=True)
    try:
        rates = xr.align(rates, traj, join="exact")[0]
    except ValueError as error:
        raise InputError(
            f"Constants {dict(constants['eta_h'].sizes)} and trajectory {dict(traj.sizes)} have other labels: {error}"
        ) from error
    positive = traj["dy2"].where(traj["dy2"] > 0)
    with np.errstate(divide="ignore"):
        return two_point.scales(rates["eta_h"], rates["eta_y"], traj["dx2"], positive)
