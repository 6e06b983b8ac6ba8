"""What figures show of every system: mean distances of groups of pairs over time, seen and as the law has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.groups import group_means, pair_groups
from neurouniv.universality.trial.learners import Learner


def shown(systems: Mapping[str, Learner], fits: Mapping[str, Any]) -> xr.Dataset:
    """`course_seen`, `course_law`, `course_error` (system, group, moment) at `course_time` (system, moment).

    `course_group` (system, group) names the groups, `course_unit` and `course_axis` (system) the time.
    """
    made = xr.concat([_of_one(one.traj, fits[name]) for name, one in systems.items()], "system", join="outer")
    made["course_group"] = made["course_group"].where(made["course_group"].notnull(), "").astype(str)
    return made.assign_coords(system=list(systems))


def _of_one(traj: xr.Dataset, fit: Any) -> xr.Dataset:
    groups = pair_groups(traj)
    seen, law = group_means(traj, groups), group_means(fit.predict(traj)[["h"]], groups)
    core = ("group", "moment")
    error = seen["error"] if "error" in seen else np.nan * seen["h"]
    arrays = {"course_seen": seen["h"], "course_law": law["h"], "course_error": error}
    made: dict[str, tuple[Any, Any]] = {
        name: (core, array.transpose("group", "time").values) for name, array in arrays.items()
    }
    made |= {"course_time": ("moment", traj["time"].values.astype(float)), "course_group": ("group", list(groups))}
    made |= {f"course_{key}": ((), str(traj["time"].attrs.get(key, ""))) for key in ("units", "axis")}
    return xr.Dataset(made, {"group": np.arange(len(groups)), "moment": np.arange(traj.sizes["time"])})
