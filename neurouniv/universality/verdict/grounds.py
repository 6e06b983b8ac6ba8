"""The evidence of a verdict: all values of a comparison that the rule looks at, for every system."""

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
    """The evidence that the rule looks at, for every system (...).

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
    law_scores, rival_scores = result.sel(law=law, drop=True), result.sel(law=rivals).rename(law="rival")
    systems = batch_dims(law_scores["dynamics_interval"], ("bound",))
    evidence = {
        "ratio": rival_scores["error_ratio"],
        "p": rival_scores["error_ratio_p"],
        **_scores_and_ceiling(law_scores, "dynamics", "", systems),
    }
    evidence |= {"explained": evidence["r2"] / evidence["ceiling"]} | _learned(result, systems)
    evidence |= _scores_and_ceiling(law_scores, "change", "change_", systems) | _until(law_scores, result, systems)
    evidence |= _free_mixtures(result, systems) | _scores_of_others(result, systems)
    evidence |= {"constants": result["n_constants"].sel(law=law, drop=True)} if "n_constants" in result else {}
    output_scores = _scores_and_ceiling(law_scores, "outputs", "outputs_", systems)
    evidence |= output_scores if output_scores and bool(output_scores["outputs_r2"].notnull().any()) else {}
    return xr.Dataset(evidence).drop_vars("bound", errors="ignore")


def _scores_and_ceiling(law_scores: xr.Dataset, score: str, prefix: str, systems: tuple) -> dict[str, xr.DataArray]:
    """The law's R2 and its interval, and what the truth and a repetition would reach, where it was scored."""
    if score not in law_scores:
        return {}
    interval, ceiling = law_scores[f"{score}_interval"], _mean(law_scores[f"{score}_ceiling"], systems)
    ends = {name: interval.sel(bound=bound, drop=True) for name, bound in BOUNDS.items()}
    ends |= {name: law_scores[f"{score}_{name}"] for name in ERRORS}
    ends |= {"ceiling": ceiling.sel(bound="upper", drop=True), "repetition": ceiling.sel(bound="lower", drop=True)}
    return {f"{prefix}{name}": array for name, array in ({"r2": _mean(law_scores[score], systems)} | ends).items()}


def _learned(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    """The p value of no change at all, and the most that distances change, of all members of a system together."""
    if "learned_p" not in result:
        return {}
    members = [dim for dim in result["learned_p"].dims if dim not in systems]
    most = _mean(result["learned_most"], systems)
    return {"learned_p": _p_of_any(result["learned_p"], members), "learned_most": most}


def _p_of_any(p: xr.DataArray, members: Any) -> xr.DataArray:
    """The p value of no change in any member, corrected for the number of members."""
    return (p.min(members) * p.notnull().sum(members)).clip(max=1.0)


def _scores_of_others(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    return {name: _mean(result[name], systems) for name in ("others", "change_others") if name in result}


def _free_mixtures(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    if "flexible_ratio" not in result:
        return {}
    mixtures = {"flexible_ratio": result["flexible_ratio"], "flexible_p": result["flexible_ratio_p"]}
    return mixtures | {
        "flexible_r2": _mean(result["flexible_dynamics"], systems), "flexible_numbers": result["flexible_numbers"],
    }  # fmt: skip


def _until(law_scores: xr.Dataset, result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    """The last time at which the law holds, the share of the change done by then, and whether that is the end."""
    if "missed_least" not in law_scores or "progress" not in result:
        return {}
    members = [dim for dim in law_scores["missed_least"].dims if dim not in (*systems, "time")]
    least, progress = law_scores["missed_least"].max(members), _mean(result["progress"], (*systems, "time"))
    ends = xr.apply_ufunc(
        _last_held, *xr.broadcast(least, progress), input_core_dims=[["time"], ["time"]], output_core_dims=[["part"]],
        kwargs={"time": result["time"].values}, vectorize=True,
    )  # fmt: skip
    names = ("until", "until_share", "until_end")
    return {name: ends.isel(part=i) for i, name in enumerate(names)}


def _last_held(least: np.ndarray, progress: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The time until which the law holds, the share done, and 1 at the end; NaN where noise is not known."""
    last = until(xr.DataArray(least, {"time": time}, ("time",)))
    if last is None:
        return np.full(3, np.nan)
    if np.isnan(last.time):
        return np.array([np.nan, 0.0, 0.0])
    return np.array([last.time, progress[time == last.time][0], last.to_the_end])


def _mean(array: xr.DataArray, kept: tuple) -> xr.DataArray:
    """The mean over members."""
    kept = (*kept, "bound", "account")
    return array.mean([dim for dim in array.dims if dim not in kept])


def _one_row_per_system(result: xr.Dataset) -> xr.Dataset:
    """The comparison with one row for every verdict along `system`: a member, or all subjects together."""
    if not {"system", "member"} <= set(result.dims):
        return result
    has_verdict = result["dynamics_interval"].notnull().all(("law", "bound"))
    separate = has_verdict.sum("member") == result["dynamics"].notnull().any("law").sum("member")
    first = xr.DataArray(np.arange(result.sizes["member"]) == 0, dims="member")
    has_verdict = has_verdict | (first & ~has_verdict.any("member"))  # of a system without scores too
    names = [name for name in MEANS if name in result and "member" in result[name].dims]
    means = {name: result[name].where(separate, result[name].mean("member")) for name in names}
    if "learned_p" in result:
        means["learned_p"] = result["learned_p"].where(separate, _p_of_any(result["learned_p"], "member"))
    rows = np.flatnonzero(has_verdict.values.ravel())
    flat = result.assign(means).stack(_row=("system", "member"), create_index=False).isel(_row=rows)
    coords = [name for name in ("law", "bound", "account", "time") if name in result.coords]
    return (
        flat.reset_coords(drop=True)
        .rename(_row="system")
        .assign_coords({name: result[name] for name in coords})
        .assign_coords(system=_labels(result, has_verdict))
    )


def _labels(result: xr.Dataset, has_verdict: xr.DataArray) -> list[str]:
    """The names of system and member of every row; of subjects together, that of the system alone."""
    labels = []
    for i, j in np.argwhere(has_verdict.values):
        member = result["member_name"].values[i, j] if int(has_verdict[i].sum()) > 1 else ""
        labels.append(", ".join(filter(None, (str(result["system"].values[i]), str(member)))))
    return labels
