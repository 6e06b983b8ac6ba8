"""The evidence on every system: a row of the answer's table, from the comparison, the verdict and the fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.schema import batch_dims
from neurouniv.universality.result import attribute
from neurouniv.universality.rivals import rivals_of
from neurouniv.universality.trial.assumed_task import task_in_words
from neurouniv.universality.trial.learners import POOLED, Learner, pooled
from neurouniv.universality.trial.next_steps import settle
from neurouniv.universality.verdict.rule import CANNOT_TELL, NOT_UNIVERSAL, NOTHING, UNIVERSAL, verdict
from neurouniv.universality.verdict.words import better_mixture, mixture_in_words, until_in_words

OF_SEVERAL = (UNIVERSAL, NOT_UNIVERSAL, CANNOT_TELL, NOTHING)
KNOWN = {
    "change_p": "learned_p", "change_bound": "learned_most", "r2_least": "least", "until": "until",
    "until_share": "until_share",
}  # fmt: skip
"""Variables of a row, and the variables of the verdict that they come from."""


def rows(result: xr.Dataset, systems: Mapping[str, Learner], alpha: float, share: float) -> xr.Dataset:
    """A row for every system, and `overall`, the verdict on those that count; see `neurouniv.universality_test`."""
    with_errors = [name for name in systems if _has_errors(result.sel(system=name))]
    counting = [name for name in pooled(systems) if name in with_errors]
    verdicts = {name: _without_errors(result.sel(system=name)) for name in systems if name not in with_errors}
    uncounted = [name for name in with_errors if name not in counting]
    verdicts |= {n: _only_system(verdict(result.sel(system=[n]), alpha, share, exploratory=True)) for n in uncounted}
    overall, text = CANNOT_TELL, ""
    if counting:
        together = verdict(result.sel(system=counting), alpha, share)
        verdicts |= {name: _only_system(together.sel(system=[name])) for name in counting}
        overall, text = str(together["overall"].item()), together.attrs["text"]
    overall = overall if overall in OF_SEVERAL else CANNOT_TELL  # of one system that learns
    overall = overall if len(pooled(systems)) > 1 else ""
    table_rows = [_row(result.sel(system=name), verdicts[name], learner, share) for name, learner in systems.items()]
    without_coords = [row.drop_vars([name for name in row.coords if name != "bound"]) for row in table_rows]
    table = xr.concat(without_coords, xr.Variable("system", list(systems)))
    return table.assign(overall=((), overall)).assign_attrs(verdict_text=text)


def _has_errors(result: xr.Dataset) -> bool:
    """Whether differences between laws have errors, which a verdict needs: two conditions have none."""
    return bool(result["dynamics_interval"].notnull().all(("law", "bound")).any())


def _only_system(verdict_of_one: xr.Dataset) -> xr.Dataset:
    return verdict_of_one.isel(system=0)


def _without_errors(result: xr.Dataset) -> xr.Dataset:
    """The decision on a system of which no verdict can be given."""
    error = result["dynamics_error"].mean("member")
    reference = _law(result)
    ratio = error.sel(law=rivals_of(result, reference))
    ratio = (ratio / error.sel(law=reference, drop=True)).fillna(np.inf)
    nearest = ratio.idxmin("law")
    values = {
        "decision": CANNOT_TELL,
        "nearest": nearest.item(),
        "nearest_ratio": float(ratio.min()),
        "nearest_p": np.nan,
    }
    r2, ceiling = result["dynamics"].sel(law=reference).mean(), _upper(result["dynamics_ceiling"])
    values |= {"r2": float(r2), "ceiling": float(ceiling)}
    return xr.Dataset({name: xr.DataArray(value) for name, value in values.items()})


def _row(result: xr.Dataset, decision: xr.Dataset, learner: Learner, share: float) -> xr.Dataset:
    law_scores = result.sel(law=_law(result))
    nearest = str(decision["nearest"].item())
    values: dict[str, Any] = {
        "what": learner.what, "kind": learner.kind, "role": learner.role, "split": learner.split,
        "task": task_in_words(learner.traj), "decision": decision["decision"].item(),
        "r2": float(decision["r2"]), "r2_most": float(decision["ceiling"]),
        "change_r2": float(law_scores["change"].mean()), "change_most": float(_upper(law_scores["change_ceiling"])),
        "nearest": nearest, "nearest_ratio": float(decision["nearest_ratio"]),
        "nearest_p": float(decision["nearest_p"]),
    }  # fmt: skip
    values |= {name: float(decision[source]) if source in decision else np.nan for name, source in KNOWN.items()}
    untold = (
        decision["rival"].values[~decision["told"].values] if "told" in decision else rivals_of(result, _law(result))
    )
    values |= {"told": nearest not in untold, "untold": ", ".join(map(str, untold))}
    unit = str(learner.traj["time"].attrs.get("units", "time"))
    values |= {"until_text": until_in_words(decision, unit) or "not known", "misses": better_mixture(decision)}
    values |= {"flexible": mixture_in_words(decision)}
    bounds = result["error_ratio_interval"].sel(law=nearest)
    bounds = bounds.max([dim for dim in bounds.dims if dim != "bound"])
    row = xr.Dataset({name: xr.DataArray(value) for name, value in values.items()})
    row["nearest_ratio_interval"] = bounds.drop_vars([n for n in bounds.coords if n != "bound"])
    own = law_scores["change_interval"].reset_coords(drop=True)
    row["change_r2_interval"] = own.mean([dim for dim in own.dims if dim != "bound"])
    return row.assign(settle=xr.DataArray(settle(values, learner, share)))


def _law(result: xr.Dataset) -> str:
    return str(attribute(result, "reference", "A row of the answer"))


def _upper(ceiling: xr.DataArray) -> xr.DataArray:
    return ceiling.sel(bound="upper").mean()


def constants(fits: Mapping[str, Any]) -> xr.Dataset:
    """The constants of every system's fit to all its data (constant_name, system, member), and if data determine them.

    `speed` = sqrt(eta_h eta_y) and `ratio` = eta_h/eta_y stand among them.
    """
    tables = []
    for fit in fits.values():
        fitted = fit.constants_
        dims = batch_dims(fitted["converged"], ())
        fitted = fitted.rename({dims[0]: "member"}) if dims else fitted.expand_dims("member")
        fitted = fitted.assign_coords(member=np.arange(fitted.sizes["member"]))
        names = constant_names(fitted)
        values = [(fitted[name], fitted[f"{name}_interval"]) for name in names]
        for name in ("speed", "ratio"):
            if name in fitted:
                ends = fitted[name].sel(estimate=["lower", "upper"]).rename(estimate="bound")
                values.append(
                    (fitted[name].sel(estimate="value", drop=True), ends.assign_coords(bound=["lower", "upper"]))
                )
                names.append(name)
        label = xr.Variable("constant_name", names)
        tables.append(
            xr.Dataset({
                "constant": xr.concat([value.drop_attrs() for value, _ in values], label),
                "constant_interval": xr.concat([ends.drop_attrs() for _, ends in values], label),
                "identified": fitted["identified"].astype(float),
                "fit_converged": fitted["converged"].astype(float),
                "fit_message": fitted["message"].astype(str),
                "constant_unit": xr.DataArray(str(fitted["eta_h"].attrs.get("units", "") if "eta_h" in fitted else "")),
            })
        )  # fmt: skip
    joined = xr.concat(tables, xr.Variable("system", list(fits)), join="outer", coords="minimal", compat="override")
    joined["fit_message"] = joined["fit_message"].where(joined["identified"].notnull(), "").astype(str)
    coord_names = ("constant_name", "bound", "system", "member")
    return joined.drop_vars([name for name in joined.coords if name not in coord_names]).transpose(
        "constant_name", "system", "member", "bound"
    )


def counted(result: xr.Dataset) -> xr.Dataset:
    """The rows of the systems that the answer is about."""
    return result.isel(system=np.flatnonzero(result["role"].values == POOLED))
