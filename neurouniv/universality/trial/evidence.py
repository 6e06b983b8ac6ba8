"""What is known of every system: a row of the answer's table, from the comparison, the verdict and the fits."""

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
"""What a row tells, where the verdict knows it."""


def rows(result: xr.Dataset, systems: Mapping[str, Learner], alpha: float, share: float) -> xr.Dataset:
    """A row for every system, and `overall`, the verdict on those that count; see `neurouniv.universality_test`."""
    known = [name for name in systems if _has_errors(result.sel(system=name))]
    counting = [name for name in pooled(systems) if name in known]
    judged = {name: _without_errors(result.sel(system=name)) for name in systems if name not in known}
    aside = [name for name in known if name not in counting]
    judged |= {n: _one(verdict(result.sel(system=[n]), alpha, share, exploratory=True)) for n in aside}
    overall, text = CANNOT_TELL, ""
    if counting:
        together = verdict(result.sel(system=counting), alpha, share)
        judged |= {name: _one(together.sel(system=[name])) for name in counting}
        overall, text = str(together["overall"].item()), together.attrs["text"]
    overall = overall if overall in OF_SEVERAL else CANNOT_TELL  # of one system that learns
    overall = overall if len(pooled(systems)) > 1 else ""
    found = [_row(result.sel(system=name), judged[name], one, share) for name, one in systems.items()]
    bare = [one.drop_vars([name for name in one.coords if name != "bound"]) for one in found]
    made = xr.concat(bare, xr.Variable("system", list(systems)))
    return made.assign(overall=((), overall)).assign_attrs(verdict_text=text)


def _has_errors(one: xr.Dataset) -> bool:
    """Whether differences between laws have errors, which a verdict needs: two conditions have none."""
    return bool(one["dynamics_interval"].notnull().all(("law", "bound")).any())


def _one(judged: xr.Dataset) -> xr.Dataset:
    return judged.isel(system=0)


def _without_errors(one: xr.Dataset) -> xr.Dataset:
    """The row of a system of which no verdict can be given."""
    error = one["dynamics_error"].mean("member")
    reference = _law(one)
    ratio = error.sel(law=rivals_of(one, reference))
    ratio = (ratio / error.sel(law=reference, drop=True)).fillna(np.inf)
    nearest = ratio.idxmin("law")
    told = {
        "decision": CANNOT_TELL,
        "nearest": nearest.item(),
        "nearest_ratio": float(ratio.min()),
        "nearest_p": np.nan,
    }
    told |= {"r2": float(one["dynamics"].sel(law=reference).mean()), "ceiling": float(_upper(one["dynamics_ceiling"]))}
    return xr.Dataset({name: xr.DataArray(value) for name, value in told.items()})


def _row(result: xr.Dataset, judged: xr.Dataset, one: Learner, share: float) -> xr.Dataset:
    own = result.sel(law=_law(result))
    nearest = str(judged["nearest"].item())
    told: dict[str, Any] = {
        "what": one.what, "kind": one.kind, "role": one.role, "task": task_in_words(one.traj), "split": one.split,
        "decision": judged["decision"].item(), "r2": float(judged["r2"]), "r2_most": float(judged["ceiling"]),
        "change_r2": float(own["change"].mean()), "change_most": float(_upper(own["change_ceiling"])),
        "nearest": nearest, "nearest_ratio": float(judged["nearest_ratio"]), "nearest_p": float(judged["nearest_p"]),
    }  # fmt: skip
    told |= {name: float(judged[source]) if source in judged else np.nan for name, source in KNOWN.items()}
    untold = judged["rival"].values[~judged["told"].values] if "told" in judged else rivals_of(result, _law(result))
    told |= {"told": nearest not in untold, "untold": ", ".join(map(str, untold))}
    unit = str(one.traj["time"].attrs.get("units", "time"))
    told |= {"until_text": until_in_words(judged, unit) or "not known", "misses": better_mixture(judged)}
    told |= {"flexible": mixture_in_words(judged)}
    bounds = result["error_ratio_interval"].sel(law=nearest)
    bounds = bounds.max([dim for dim in bounds.dims if dim != "bound"])
    made = xr.Dataset({name: xr.DataArray(value) for name, value in told.items()})
    made["nearest_ratio_interval"] = bounds.drop_vars([n for n in bounds.coords if n != "bound"])
    return made.assign(settle=xr.DataArray(settle(told, one, share)))


def _law(result: xr.Dataset) -> str:
    return str(attribute(result, "reference", "A row of the answer"))


def _upper(ceiling: xr.DataArray) -> xr.DataArray:
    return ceiling.sel(bound="upper").mean()


def constants(fits: Mapping[str, Any]) -> xr.Dataset:
    """The constants of every system's fit to all its data (constant_name, system, member), and if data determine them.

    `speed` = sqrt(eta_h eta_y) and `ratio` = eta_h/eta_y stand among them.
    """
    made = []
    for fit in fits.values():
        known = fit.constants_
        dims = batch_dims(known["converged"], ())
        known = known.rename({dims[0]: "member"}) if dims else known.expand_dims("member")
        known = known.assign_coords(member=np.arange(known.sizes["member"]))
        names = constant_names(known)
        values = [(known[name], known[f"{name}_interval"]) for name in names]
        for name in ("speed", "ratio"):
            if name in known:
                ends = known[name].sel(estimate=["lower", "upper"]).rename(estimate="bound")
                values.append(
                    (known[name].sel(estimate="value", drop=True), ends.assign_coords(bound=["lower", "upper"]))
                )
                names.append(name)
        label = xr.Variable("constant_name", names)
        made.append(
            xr.Dataset({
                "constant": xr.concat([value.drop_attrs() for value, _ in values], label),
                "constant_interval": xr.concat([ends.drop_attrs() for _, ends in values], label),
                "identified": known["identified"].astype(float),
                "fit_converged": known["converged"].astype(float),
                "fit_message": known["message"].astype(str),
                "constant_unit": xr.DataArray(str(known["eta_h"].attrs.get("units", "") if "eta_h" in known else "")),
            })
        )  # fmt: skip
    joined = xr.concat(made, xr.Variable("system", list(fits)), join="outer", coords="minimal", compat="override")
    joined["fit_message"] = joined["fit_message"].where(joined["identified"].notnull(), "").astype(str)
    kept = ("constant_name", "bound", "system", "member")
    return joined.drop_vars([name for name in joined.coords if name not in kept]).transpose(
        "constant_name", "system", "member", "bound"
    )


def counted(made: xr.Dataset) -> xr.Dataset:
    """The rows that the answer is about."""
    return made.isel(system=np.flatnonzero(made["role"].values == POOLED))
