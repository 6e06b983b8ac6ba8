"""The training loss that a fitted law expects, with one more constant for the mean prediction."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.fitting import least_squares, r_squared
from neurouniv.laws.law import Law, need_law
from neurouniv.names import public
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, need_variables, with_history
from neurouniv.theory import two_point

PACES = 10.0 ** np.arange(-2.0, 2.1, 0.5)
"""Where the optimiser starts, in times 1/duration."""
REACH = 14.0


@public
def loss_curve(law: Law, traj: xr.Dataset) -> xr.Dataset:
    """The loss of every pair, as observed and as the fitted `law` expects it.

    The law follows the difference of two predictions; their mean is a constant of its own, `eta_mean`: the squared
    error of the mean prediction decays as exp(-2 t eta_mean), at one rate for all pairs of a system.

    Parameters
    ----------
    law : fitted, and predicting y and w.
    traj : with `output` (..., time, condition, output) and `targets` (condition, output), as networks have them.

    Returns
    -------
    Dataset of `mean_error` and `loss` (..., time, pair) as seen, `mean_error_law` and `loss_law` as expected,
    `eta_mean` (...), per unit of time, and `r2` (...) of the loss. The loss of a pair is half its squared error,
    averaged over its two conditions and summed over outputs.

    Raises
    ------
    InputError : outputs or targets are not there, the law is not fitted or does not predict outputs.

    Source: van Rossem & Saxe (2024), the loss of two points.

    Examples
    --------
    >>> from neurouniv import UniversalModel, tasks, train, trajectory
    >>> runs = train(tasks.two_points(), "mlp", width=50, gain=0.3, nonlinearity="linear", lr=0.02, epochs=1500)
    >>> traj = trajectory(runs)
    >>> loss = loss_curve(UniversalModel().fit(traj), traj)
    >>> bool(loss.r2.min() > 0.98)
    True
    """
    need_law(law)
    need_variables(traj, (), "A trajectory", "`neurouniv.trajectory` makes one.")
    absent = [name for name in ("output", "targets", "first", "second") if name not in traj]
    if absent or not {"y", "w"} <= set(law.predicts):
        raise InputError(
            f"A loss curve needs a law that predicts y and w ({law.name} predicts {', '.join(law.predicts)}) and a "
            f"trajectory with outputs and targets; {absent} is absent. `neurouniv.trajectory(runs)` has them where "
            "`runs` come from `neurouniv.train`."
        )
    errors = _errors(traj)
    mean_error = ((errors[0] + errors[1]) ** 2).sum("output") / 4
    difference = ((errors[0] - errors[1]) ** 2).sum("output")
    eta_mean, fading = _mean_fitted(mean_error, traj["time"])
    expected = law.predict(traj)
    result = {
        "mean_error": mean_error,
        "mean_error_law": fading,
        "loss": 0.5 * (mean_error + difference / 4),
        "loss_law": _loss(expected, fading),
    }
    result = {name: array.transpose(..., "time", "pair") for name, array in result.items()}
    core = [["time", "pair"], ["time", "pair"]]
    result["r2"] = xr.apply_ufunc(r_squared, *xr.broadcast(result["loss"], result["loss_law"]), input_core_dims=core)
    result["eta_mean"] = eta_mean.assign_attrs(units=f"per {traj['time'].attrs.get('units', 'unit of time')}")
    return with_history(xr.Dataset(result), "loss_curve", source=law.constants_)


def _errors(traj: xr.Dataset) -> list[xr.DataArray]:
    """Outputs minus targets of the first and the second condition of every pair (..., time, pair, output)."""
    plain = traj[["output", "targets"]].reset_coords().drop_vars(["first", "second"], errors="ignore")
    error = plain["output"] - plain["targets"]
    ends = [xr.DataArray(names, dims="pair") for names in Pairs.of(traj).labels]
    error = error.assign_coords(condition=traj["condition"].values.astype(str))
    return [error.sel(condition=end).drop_vars("condition") for end in ends]


def _mean_fitted(mean_error: xr.DataArray, time: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """The fitted eta_mean (...), and the squared errors of the mean prediction that it gives (..., pair, time)."""
    batch = [dim for dim in mean_error.dims if dim not in ("time", "pair")]
    values = mean_error.transpose(*batch, "pair", "time").to_numpy()
    flat = values.reshape(-1, *values.shape[-2:])
    elapsed = time.to_numpy().astype(float) - float(time[0])

    def residual(theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        faded = two_point.mean_error(flat[system, :, 0], np.exp(theta), elapsed)
        error = np.nan_to_num(faded - flat[system])
        return error.reshape(*error.shape[:-2], -1)

    center = np.full((len(flat), 1), -np.log(elapsed[-1]))
    starts = center + np.log(PACES)[:, None, None]
    eta = np.exp(least_squares(residual, starts, center - REACH, center + REACH).theta)
    faded = two_point.mean_error(flat[..., 0], eta, elapsed).reshape(values.shape)
    template = mean_error.isel(time=0, pair=0, drop=True)
    fading = mean_error.transpose(*batch, "pair", "time").copy(data=faded)
    return template.copy(data=eta.reshape(template.shape)), fading


def _loss(expected: xr.Dataset, fading: xr.DataArray) -> xr.DataArray:
    """`two_point.loss` on labelled arrays."""
    y, w, mean = xr.broadcast(expected["y"], expected["w"], fading)
    dims = (*[dim for dim in y.dims if dim not in ("pair", "time")], "pair", "time")
    y, w, mean = (array.transpose(*dims) for array in (y, w, mean))
    return y.copy(data=two_point.loss(y.values, w.values, mean.values, expected["dy2"].values))
