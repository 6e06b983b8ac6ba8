"""What speaks against an answer: data unlike those that probabilities were calibrated on, a guessed task, bad fits."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import WITHIN_TRIAL
from neurouniv.tasks.origin import guesses, remark
from neurouniv.universality.sentence_parts import listed
from neurouniv.which_rule.calibration import measured
from neurouniv.which_rule.candidates import NONE, in_words

METRICS = ("sqeuclidean", "crossnobis")
"""The distances that networks were seen by."""
UNSURE = 0.5
"""The share of fits below which a rule's law may be said not to have been fitted."""


def doubts(traj: xr.Dataset, change_r2: xr.DataArray, learned_p: xr.DataArray, converged: xr.DataArray) -> list[str]:
    """Everything that a reader of the probabilities should know, a sentence each.

    Parameters
    ----------
    change_r2 : R2 of change of the rule that predicts best (...).
    learned_p : p of no change at all (...), NaN where not known.
    converged : the share of fits that may be used (rule, ...).
    """
    like = measured().like
    lines = [f"{remark(origin)[0].upper()}{remark(origin)[1:]}." for origin in guesses(traj).values()]
    if traj["time"].attrs.get("axis") == WITHIN_TRIAL:
        lines.append("Time is within a trial, so these data may show no learning.")
    lines += _design(traj, like)
    if bool((learned_p > 0.05).any()):
        lines.append("The change of distances is not significant. Where nothing is learned, no rule can be named.")
    low = float(change_r2.min())
    if low < like["change_r2"]:
        lines.append(
            f"The best law has R² {low:.2f} of the change. It is above {like['change_r2']:.2f} in 19 of 20 networks "
            "of the "
            "calibration. Perhaps none of the rules is right, or the noise is larger."
        )
    names = [str(name) for name in converged["rule"].values if name != NONE]
    unused = [in_words(name) for name in names if _seldom(converged.sel(rule=name))]
    if unused:
        lines.append(
            f"Most held-out fits are not usable for {listed(unused)}: they did not converge, or a constant was not "
            "determined."
        )
    return lines


def _design(traj: xr.Dataset, like: dict[str, list[float]]) -> list[str]:
    conditions = len(np.unique(np.concatenate([traj["first"].values, traj["second"].values])))
    design = {"conditions": conditions, "frames": traj.sizes["time"]}
    outside = [
        f"{count} {name} (calibrated: {like[name][0]:.0f} to {like[name][1]:.0f})"
        for name, count in design.items()
        if not like[name][0] <= count <= like[name][1]
    ]
    metric = str(traj["h"].attrs.get("metric", "sqeuclidean"))
    lines = (
        [f"Probabilities are calibrated for other designs: these data have {' and '.join(outside)}."] if outside else []
    )
    if metric not in METRICS:
        lines.append(f"Probabilities are calibrated for {' and '.join(METRICS)} distances; these are {metric}.")
    return lines


def _seldom(share: xr.DataArray) -> bool:
    return bool(share.notnull().any() and float(share.mean()) < UNSURE)
