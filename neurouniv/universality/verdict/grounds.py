"""What a verdict rests on: of a comparison, a value in every system for all that the rule looks at."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import batch_dims
from neurouniv.universality.rivals import COORDS
from neurouniv.universality.verdict.until import until

MEANS = (
    "dynamics", "dynamics_ceiling", "change", "change_ceiling", "outputs", "outputs_ceiling", "learned_most", "others",
    "change_others", "flexible_dynamics", "flexible_change",
)  # fmt: skip
BOUNDS = {"least": "lower", "most": "upper"}
ERRORS = ("log_error", "freedom")


def grounds(result: xr.Dataset, law: str, rivals: list[str]) -> xr.Dataset:
    """All that the rule looks at, over systems (...).

    Returns
    -------
    `ratio` and `p` (rival, ...), every rival's error over the law's; `r2`, `least` and `most`, the law's R2 and its
    interval, `log_error` and `freedom`, the standard error of log(1 - R2) and its degrees; `ceiling` and `repetition`,
    what the truth and a repetition would reach; `explained`, r2 over ceiling; `outputs_...`, the same of outputs where
    they are known and the law tells them, and `change_...`, of changes. Where the comparison has them: `others` and
    `change_others`, what other members predict; `learned_p` and `learned_most`; `until`, `until_share` and `until_end`,
    until when the law holds; `flexible_ratio`, `flexible_p`, `flexible_r2` and `flexible_numbers` (account, ...);
    `constants`, how many were fitted.
    """
    result = _one_row_per_system(result).drop_vars(COORDS, errors="ignore")
    own, against = result.sel(law=law, drop=True), result.sel(law=rivals).rename(law="rival")
    systems = batch_dims(own["dynamics_interval"], ("bound",))
    made = {"ratio": against["error_ratio"], "p": against["error_ratio_p"], **_reached(own, "dynamics", "", systems)}
    made |= {"explained": made["r2"] / made["ceiling"]} | _learned(result, systems)
    made |= _reached(own, "change", "change_", systems) | _until(own, result, systems)
    made |= _flexible(result, systems) | _others(result, systems)
    made |= {"constants": result["n_constants"].sel(law=law, drop=True)} if "n_constants" in result else {}
    of_y = _reached(own, "outputs", "outputs_", systems)
    made |= of_y if of_y and bool(of_y["outputs_r2"].notnull().any()) else {}
    return xr.Dataset(made).drop_vars("bound", errors="ignore")


def _reached(own: xr.Dataset, score: str, of: str, systems: tuple) -> dict[str, xr.DataArray]:
    """The law's R2 and its interval, and what the truth and a repetition would reach, where it was scored."""
    if score not in own:
        return {}
    interval, ceiling = own[f"{score}_interval"], _mean(own[f"{score}_ceiling"], systems)
    ends = {name: interval.sel(bound=bound, drop=True) for name, bound in BOUNDS.items()}
    ends |= {name: own[f"{score}_{name}"] for name in ERRORS}
    ends |= {"ceiling": ceiling.sel(bound="upper", drop=True), "repetition": ceiling.sel(bound="lower", drop=True)}
    return {f"{of}{name}": array for name, array in ({"r2": _mean(own[score], systems)} | ends).items()}


def _learned(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    """The p value of no change at all, and the most that distances change, of all members of a system together."""
    if "learned_p" not in result:
        return {}
    members = [dim for dim in result["learned_p"].dims if dim not in systems]
    return {"learned_p": _in_any(result["learned_p"], members), "learned_most": result["learned_most"].mean(members)}


def _in_any(p: xr.DataArray, members: Any) -> xr.DataArray:
    """The p value that a change is in any of the members, corrected for their number."""
    return (p.min(members) * p.notnull().sum(members)).clip(max=1.0)


def _others(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    return {name: _mean(result[name], systems) for name in ("others", "change_others") if name in result}


def _flexible(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    if "flexible_ratio" not in result:
        return {}
    made = {"flexible_ratio": result["flexible_ratio"], "flexible_p": result["flexible_ratio_p"]}
    return made | {
        "flexible_r2": _mean(result["flexible_dynamics"], systems), "flexible_numbers": result["flexible_numbers"],
    }  # fmt: skip


def _until(own: xr.Dataset, result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    """The last time at which the law holds, the share of the change done by then, and whether that is the end."""
    if "missed_least" not in own or "progress" not in result:
        return {}
    rest = [dim for dim in own["missed_least"].dims if dim not in (*systems, "time")]
    least, done = own["missed_least"].max(rest), _mean(result["progress"], (*systems, "time"))
    found = xr.apply_ufunc(
        _last_held, *xr.broadcast(least, done), input_core_dims=[["time"], ["time"]], output_core_dims=[["told"]],
        kwargs={"time": result["time"].values}, vectorize=True,
    )  # fmt: skip
    names = ("until", "until_share", "until_end")
    return {name: found.isel(told=at) for at, name in enumerate(names)}


def _last_held(least: np.ndarray, done: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The time until which the law holds, the share done, and 1 at the end; NaN where noise is not known."""
    held = until(xr.DataArray(least, {"time": time}, ("time",)))
    if held is None:
        return np.full(3, np.nan)
    if np.isnan(held.time):
        return np.array([np.nan, 0.0, 0.0])
    return np.array([held.time, done[time == held.time][0], held.to_the_end])


def _mean(array: xr.DataArray, kept: tuple) -> xr.DataArray:
    """The mean over members."""
    kept = (*kept, "bound", "account")
    return array.mean([dim for dim in array.dims if dim not in kept])


def _one_row_per_system(result: xr.Dataset) -> xr.Dataset:
    """Results of several trajectories, with all that were judged along `system`: members, or all subjects together."""
    if not {"system", "member"} <= set(result.dims):
        return result
    judged = result["dynamics_interval"].notnull().all(("law", "bound"))
    alone = judged.sum("member") == result["dynamics"].notnull().any("law").sum("member")
    names = [name for name in MEANS if name in result]
    means = {name: result[name].where(alone, result[name].mean("member")) for name in names}
    if "learned_p" in result:
        means["learned_p"] = result["learned_p"].where(alone, _in_any(result["learned_p"], "member"))
    rows = np.flatnonzero(judged.values.ravel())
    flat = result.assign(means).stack(_row=("system", "member"), create_index=False).isel(_row=rows)
    kept = [name for name in ("law", "bound", "account", "time") if name in result.coords]
    return (
        flat.reset_coords(drop=True)
        .rename(_row="system")
        .assign_coords({name: result[name] for name in kept})
        .assign_coords(system=_labels(result, judged))
    )


def _labels(result: xr.Dataset, judged: xr.DataArray) -> list[str]:
    """The names of system and member of every row; of subjects together, that of the system alone."""
    found = []
    for i, j in np.argwhere(judged.values):
        member = result["member_name"].values[i, j] if int(judged[i].sum()) > 1 else ""
        found.append(", ".join(filter(None, (str(result["system"].values[i]), str(member)))))
    return found
