"""Time courses for figures: mean distances of groups of pairs in every system, observed and predicted by the law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.groups import group_means, pair_groups
from neurouniv.universality.trial.learners import Learner


def group_courses(systems: Mapping[str, Learner], fits: Mapping[str, Any]) -> xr.Dataset:
    """`course_seen`, `course_law`, `course_error` (system, group, moment) at `course_time` (system, moment).

    `course_group` (system, group) names the groups, `course_unit` and `course_axis` (system) the time.
    """
    courses = xr.concat(
        [_courses_of(learner.traj, fits[name]) for name, learner in systems.items()], "system", join="outer"
    )
    courses["course_group"] = courses["course_group"].where(courses["course_group"].notnull(), "").astype(str)
    return courses.assign_coords(system=list(systems))


def _courses_of(traj: xr.Dataset, fit: Any) -> xr.Dataset:
    groups = pair_groups(traj)
    observed, law = group_means(traj, groups), group_means(fit.predict(traj)[["h"]], groups)
    core = ("group", "moment")
    error = observed["error"] if "error" in observed else np.nan * observed["h"]
    arrays = {"course_seen": observed["h"], "course_law": law["h"], "course_error": error}
    variables: dict[str, tuple[Any, Any]] = {
        name: (core, array.transpose("group", "time").values) for name, array in arrays.items()
    }
    variables |= {"course_time": ("moment", traj["time"].values.astype(float)), "course_group": ("group", list(groups))}
    variables |= {f"course_{key}": ((), str(traj["time"].attrs.get(key, ""))) for key in ("units", "axis")}
    return xr.Dataset(variables, {"group": np.arange(len(groups)), "moment": np.arange(traj.sizes["time"])})
