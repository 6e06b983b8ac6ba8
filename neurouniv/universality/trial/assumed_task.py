"""The task that was assumed of a recording, and how far the answer moves if it is changed.

A law starts from how far apart stimuli and targets are. In a recording they are mostly a guess, so the law and its
rivals are fitted again under other assumptions, the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.classes import same_class
from neurouniv.schema import InputError, history
from neurouniv.universality.compare import compare

GIVEN = "as given"
LEAST = 1e-3
"""Distances of the first frame below this share of their mean, which noise makes of them, count as this."""


def alternatives(traj: xr.Dataset) -> dict[str, xr.Dataset]:
    """The trajectory as it is, and with other stimuli or targets, by what is assumed.

    Stimuli as far apart as the first frame has them; all equally far apart, so that stimuli do not matter; targets
    that differ between classes only, all of them equally; every condition with a target of its own. What the given
    task says already is left out.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 4.0], [2.0, 2.0, 2.0]], dims=("time", "pair"), coords={"time": [0, 1]})
    >>> pair = {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    >>> pair |= {"dx2": ("pair", [1.0, 1.0, 1.0]), "dy2": ("pair", [1.0, 2.0, 3.0])}
    >>> list(alternatives(xr.Dataset({"h": h}, pair)))
    ['as given', 'stimuli from the first frame', 'every condition its own target']
    """
    one = xr.ones_like(traj["h"].isel(time=0, drop=True).mean(_batch(traj)))
    found: dict[str, dict[str, xr.DataArray | None]] = {
        "stimuli from the first frame": {"dx2": _first_frame(traj)},
        "stimuli all equally far apart": {"dx2": one},
        "targets by class": {"dy2": _between_classes(traj, one)},
        "every condition its own target": {"dy2": one},
    }
    made = {GIVEN: traj}
    for name, change in found.items():
        [(which, distances)] = change.items()
        known = [other[which] for other in made.values()]
        if distances is not None and not any(_alike(distances, other) for other in known):
            made[name] = _changed(traj, which, distances)
    return made


def sensitivity(
    traj: xr.Dataset, laws: Mapping[str, Any], reference: str, given: xr.Dataset, **settings: Any
) -> xr.Dataset:
    """The law and its nearest rival on held-out data under every assumption (assumption).

    Parameters
    ----------
    given : the comparison under the given task, which is not run again.
    settings : of `neurouniv.compare`. The law is solved as in a first look, for sizes and not for decisions.

    Returns
    -------
    `assumed_change` and `assumed_r2`, the law's R2 of change and of the movie; `assumed_nearest`, the rival with the
    smallest error, and `assumed_ratio`, that error over the law's. An assumption under which nothing can be held out
    (equal targets in a fold) is left out.
    """
    rows = [_row(given, reference).assign_coords(assumption=GIVEN)]
    rough = {name: law.roughly() if hasattr(law, "roughly") else law for name, law in laws.items()}
    others = {name: one for name, one in alternatives(traj).items() if name != GIVEN}
    for name, one in others.items():
        with suppress(InputError):
            rows.append(_row(compare(rough, one, progress=False, **settings), reference).assign_coords(assumption=name))
    return xr.concat(rows, "assumption")


def side_by_side(moved: Mapping[str, xr.Dataset], names: list[str]) -> xr.Dataset:
    """Answers under other tasks (assumption, system); NaN and "" where a system was not asked."""
    bare = [one.drop_vars([name for name in one.coords if name != "assumption"]) for one in moved.values()]
    made = xr.concat(bare, xr.Variable("system", list(moved)), join="outer").reindex(system=names)
    made["assumed_nearest"] = made["assumed_nearest"].where(made["assumed_ratio"].notnull(), "").astype(str)
    return made.transpose("assumption", "system")


def task_in_words(traj: xr.Dataset) -> str:
    """Where the task comes from, as far as its history tells."""
    steps = [line for line in history(traj) if line.get("step") in ("recorded_task", "task", "from_arrays")]
    if not steps:
        return "given; where it comes from is not recorded"
    settings = steps[-1].get("settings") or {}
    if steps[-1]["step"] != "recorded_task":
        return f"given: {settings.get('name', 'by arrays')}"
    return f"guessed: stimuli from {settings.get('stimuli')}, targets from {settings.get('targets')}"


def _row(result: xr.Dataset, reference: str) -> xr.Dataset:
    mean = result[["change", "dynamics", "dynamics_error"]].mean([dim for dim in result["change"].dims if dim != "law"])
    rivals = [name for name in result["law"].values if str(name) != reference]
    ratio = mean["dynamics_error"].sel(law=rivals) / mean["dynamics_error"].sel(law=reference, drop=True)
    nearest = str(ratio.fillna(np.inf).idxmin("law").item())
    own = mean.sel(law=reference, drop=True)
    return xr.Dataset({
        "assumed_change": own["change"], "assumed_r2": own["dynamics"], "assumed_nearest": nearest,
        "assumed_ratio": ratio.sel(law=nearest, drop=True),
    })  # fmt: skip


def _batch(traj: xr.Dataset) -> list[Any]:
    return [dim for dim in traj["h"].dims if dim not in ("time", "pair")]


def _first_frame(traj: xr.Dataset) -> xr.DataArray:
    """Distances of the first frame, averaged over members, kept above 0."""
    start = traj["h"].isel(time=0, drop=True).mean(_batch(traj))
    size = float(np.abs(start).mean())
    return start.fillna(size).clip(min=LEAST * size)


def _between_classes(traj: xr.Dataset, one: xr.DataArray) -> xr.DataArray | None:
    same = same_class(traj)
    return None if same is None else one.where(xr.DataArray(~same, dims="pair"), 0.0)


def _alike(distances: xr.DataArray, known: xr.DataArray) -> bool:
    """Whether both are the same up to their unit, which constants absorb."""
    ours, theirs = (array.values / max(float(array.mean()), 1e-300) for array in (distances, known))
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, atol=1e-6))


def _changed(traj: xr.Dataset, which: str, distances: xr.DataArray) -> xr.Dataset:
    """`traj` with other distances of stimuli (dx2) or targets (dy2), in the unit of the given ones."""
    known = traj[which]
    unit = float(known.mean()) / max(float(distances.mean()), 1e-300)
    vectors = {"dx2": "stimuli", "dy2": "targets"}[which]
    made = traj.drop_vars([vectors], errors="ignore")
    return made.assign_coords({which: ("pair", unit * distances.values)})
