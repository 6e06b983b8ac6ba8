"""The contents of a comparison: its variables, with their dimensions and meaning, and its attributes.

`neurouniv.compare` fills it; the verdict, figures and pages read it, and say what is missing by `need` and `attribute`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import xarray as xr

from neurouniv.schema import InputError, need_variables

REMEDY = "`neurouniv.compare` makes a comparison."
WITH_ERRORS = (
    "Compare with errors: `neurouniv.compare(..., resamples=1000)`; in a shell neurouniv compare ... --resamples 1000."
)
LAW, FRAMES = ("law", "..."), ("law", "...", "time")
BATCH, CEILING, ACCOUNT = ("...",), ("...", "bound"), ("account", "...")


class Variable(NamedTuple):
    """One variable of a comparison: its dimensions ("...": the trajectory's batch dimensions) and what it is."""

    dims: tuple[str, ...]
    long_name: str
    units: str = ""


SCORES = {
    "geometry": Variable(FRAMES, "similarity of predicted with observed RDM"),
    "dynamics": Variable(LAW, "R2 of time courses, without the start, which is given"),
    "change": Variable(LAW, "R2 of changes from every pair's own mean over time"),
    "missed": Variable(FRAMES, "share of the change since the start that is missed beyond the noise"),
    "missed_least": Variable(FRAMES, "lower end of the one-sided 95 % interval of missed"),
    "dynamics_error": Variable(LAW, "root-mean-square error of time courses", "those of h"),
    "log_score": Variable(LAW, "log density of held-out distances", "nats per distance"),
    "outputs": Variable(LAW, "R2 of the outputs' time courses, without the start, which is given"),
    "n_constants": Variable(("law",), "number of fitted constants"),
    "converged": Variable(LAW, "share of fits that are usable"),
    "message": Variable(LAW, "the first reason why a fit is not usable"),
}
"""Of every law."""
BESIDE = {
    "geometry_ceiling": Variable(("...", "time", "bound"), "noise ceiling of geometry"),
    "dynamics_ceiling": Variable(CEILING, "noise ceiling of dynamics"),
    "change_ceiling": Variable(CEILING, "noise ceiling of change"),
    "outputs_ceiling": Variable(CEILING, "noise ceiling of outputs"),
    "progress": Variable(("...", "time"), "share of all change that is done"),
    "others": Variable(BATCH, "R2 of a member's movie by the mean of the other members"),
    "change_others": Variable(BATCH, "R2 of a member's change by the mean change of the other members"),
    "learned_p": Variable(BATCH, "p value of no change at all over time"),
    "learned_most": Variable(BATCH, "upper 95 % bound of the change of distances, as a share of their mean"),
    "baseline_geometry": Variable(("baseline", "...", "time"), "similarity of a simple RDM with the observed RDM"),
    "flexible_dynamics": Variable(ACCOUNT, "R2 of time courses by a free mixture of simple RDMs"),
    "flexible_change": Variable(ACCOUNT, "R2 of changes by a free mixture of simple RDMs"),
    "flexible_numbers": Variable(("account",), "number of weights of a free mixture"),
}
"""Beside laws: ceilings, tests of learning, and predictors that need no law."""


def _tested(name: str, dims: tuple[str, ...], what: str, p: str) -> dict[str, Variable]:
    """A quantity with its interval, its p value and that p corrected."""
    return {
        name: Variable(dims, what),
        f"{name}_interval": Variable((*dims, "bound"), f"95 % interval of {name}"),
        p: Variable(dims, f"two-sided p value of {name}"),
        f"{p}_corrected": Variable(dims, f"p value of {name}, corrected for all rivals and times"),
    }


def _own(score: str) -> dict[str, Variable]:
    """The errors of every law's own R2."""
    return {
        f"{score}_interval": Variable((*LAW, "bound"), f"95 % interval of {score}"),
        f"{score}_log_error": Variable(LAW, f"standard error of log(1 - R2) of {score}"),
        f"{score}_freedom": Variable(LAW, f"degrees of freedom of {score}_log_error"),
    }


ERRORS = (
    _tested("geometry_difference", FRAMES, "geometry minus that of the reference", "geometry_p")
    | _tested("dynamics_difference", LAW, "dynamics minus that of the reference", "dynamics_p")
    | _tested("error_ratio", LAW, "root-mean-square error over that of the reference", "error_ratio_p")
    | {"error_ratio_p_by_class": Variable(LAW, "p value of error_ratio as a claim about other classes")}
    | _own("dynamics") | _own("change") | _own("outputs")
    | {
        "flexible_ratio": Variable(ACCOUNT, "error of a free mixture over that of the reference"),
        "flexible_ratio_interval": Variable((*ACCOUNT, "bound"), "95 % interval of flexible_ratio"),
        "flexible_ratio_p": Variable(ACCOUNT, "two-sided p value of flexible_ratio"),
    }
)  # fmt: skip
"""With `resamples` alone."""
VARIABLES = SCORES | BESIDE | ERRORS

ATTRIBUTES = {
    "split": "what was held out",
    "folds": "number of folds",
    "partitions": "number of random partitions",
    "train_fraction": "share of the times that laws were fitted to",
    "comparator": "how RDMs were compared",
    "seed": "of partitions and resamples",
    "ceiling": "what the noise ceiling rests on",
    "task_from": "where the task is from, if known",
    "reference": "the law on trial, which the others are compared with",
    "errors": "how errors were estimated",
    "correction": "how p was corrected",
    "resamples": "number of resamples",
    "errors_unit": "what errors are resampled over",
    "errors_about": "what p values and intervals generalise to",
    "n_conditions": "number of conditions",
    "n_subjects": "number of subjects",
}
OLD_NAMES = {"repeats": "partitions", "bootstrap": "resamples"}
"""What attributes of results were called that may still lie in files."""


def by_new_names(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes of a result by their present names, also of a result that was saved under the old ones.

    Examples
    --------
    >>> by_new_names({"folds": 2, "repeats": 3})
    {'folds': 2, 'partitions': 3}
    """
    return {OLD_NAMES.get(name, name): value for name, value in attrs.items()}


def described(result: xr.Dataset, comparator: str, units: str) -> xr.Dataset:
    """`result` with what its variables are, in words; `units` are those of h."""
    for name in result.data_vars:
        variable = VARIABLES[str(name)]
        result[name].attrs = {"long_name": variable.long_name} | ({"units": variable.units} if variable.units else {})
    result["dynamics_error"].attrs["units"] = units
    result["geometry"].attrs["comparator"] = comparator
    return result


def need(result: xr.Dataset, names: Sequence[str], what: str) -> None:
    """Raise `InputError` unless `result` is a comparison that holds the variables `names`, which `what` rests on."""
    need_variables(result, names, what, WITH_ERRORS if set(names) & set(ERRORS) else REMEDY)


def attribute(result: xr.Dataset, name: str, what: str) -> Any:
    """An attribute of a comparison, which `what` rests on.

    Raises
    ------
    InputError : it is absent.

    Examples
    --------
    >>> attribute(xr.Dataset(attrs={"reference": "universal"}), "reference", "A verdict")
    'universal'
    """
    if name not in result.attrs:
        raise InputError(
            f"{what} needs the attribute {name!r} of a comparison, {ATTRIBUTES[name]}; it is absent, found "
            f"{sorted(map(str, result.attrs))}. Take the result as `neurouniv.compare` gave it, with errors "
            f"(resamples=1000), or put the attribute back: `result.assign_attrs({name}=...)`."
        )
    return result.attrs[name]
