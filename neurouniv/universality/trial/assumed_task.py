"""The assumed task of a recording, and how far the answer moves under another.

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
from neurouniv.tasks.origin import ORIGIN, drop_origin, guesses
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
    ones = xr.ones_like(traj["h"].isel(time=0, drop=True).mean(_batch(traj)))
    changes: dict[str, dict[str, xr.DataArray | None]] = {
        "stimuli from the first frame": {"dx2": _first_frame(traj)},
        "stimuli all equally far apart": {"dx2": ones},
        "targets by class": {"dy2": _between_classes(traj, ones)},
        "every condition its own target": {"dy2": ones},
    }
    trajectories = {GIVEN: traj}
    for name, change in changes.items():
        [(which, distances)] = change.items()
        earlier = [other[which] for other in trajectories.values()]
        if distances is not None and not any(_same_up_to_unit(distances, other) for other in earlier):
            trajectories[name] = _with_distances(traj, which, distances)
    return trajectories


def sensitivity(
    traj: xr.Dataset, laws: Mapping[str, Any], reference: str, comparison: xr.Dataset, **settings: Any
) -> xr.Dataset:
    """The law and its nearest rival on held-out data under every assumption (assumption).

    Parameters
    ----------
    comparison : that under the given task, which is not run again.
    settings : of `neurouniv.compare`. The law is solved as in a first look, for sizes and not for decisions.

    Returns
    -------
    `assumed_change` and `assumed_r2`, the law's R2 of change and of the movie; `assumed_nearest`, the rival with the
    smallest error, and `assumed_ratio`, that error over the law's. An assumption under which nothing can be held out
    (equal targets in a fold) is left out.
    """
    rows = [_row(comparison, reference).assign_coords(assumption=GIVEN)]
    rough = {name: law.roughly() if hasattr(law, "roughly") else law for name, law in laws.items()}
    others = {name: other for name, other in alternatives(traj).items() if name != GIVEN}
    for name, other in others.items():
        with suppress(InputError):
            rows.append(
                _row(compare(rough, other, progress=False, **settings), reference).assign_coords(assumption=name)
            )
    return xr.concat(rows, "assumption")


def side_by_side(answers: Mapping[str, xr.Dataset], names: list[str]) -> xr.Dataset:
    """Answers under other tasks (assumption, system); NaN and "" where a system was not tested."""
    rows = [answer.drop_vars([name for name in answer.coords if name != "assumption"]) for answer in answers.values()]
    table = xr.concat(rows, xr.Variable("system", list(answers)), join="outer").reindex(system=names)
    table["assumed_nearest"] = table["assumed_nearest"].where(table["assumed_ratio"].notnull(), "").astype(str)
    return table.transpose("assumption", "system")


def task_in_words(traj: xr.Dataset) -> str:
    """The origin of the task, as far as its history tells."""
    if ORIGIN in traj.attrs:
        return f"{'guessed' if guesses(traj) else 'given'}: {traj.attrs[ORIGIN]}"
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
    law_scores = mean.sel(law=reference, drop=True)
    return xr.Dataset({
        "assumed_change": law_scores["change"], "assumed_r2": law_scores["dynamics"], "assumed_nearest": nearest,
        "assumed_ratio": ratio.sel(law=nearest, drop=True),
    })  # fmt: skip


def _batch(traj: xr.Dataset) -> list[Any]:
    return [dim for dim in traj["h"].dims if dim not in ("time", "pair")]


def _first_frame(traj: xr.Dataset) -> xr.DataArray:
    """Distances of the first frame, averaged over members, kept above 0."""
    start = traj["h"].isel(time=0, drop=True).mean(_batch(traj))
    size = float(np.abs(start).mean())
    return start.fillna(size).clip(min=LEAST * size)


def _between_classes(traj: xr.Dataset, ones: xr.DataArray) -> xr.DataArray | None:
    same = same_class(traj)
    return None if same is None else ones.where(xr.DataArray(~same, dims="pair"), 0.0)


def _same_up_to_unit(distances: xr.DataArray, others: xr.DataArray) -> bool:
    """Whether distances are the same up to their unit, which constants absorb."""
    ours, theirs = (array.values / max(float(array.mean()), 1e-300) for array in (distances, others))
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, atol=1e-6))


def _with_distances(traj: xr.Dataset, which: str, distances: xr.DataArray) -> xr.Dataset:
    """`traj` with other distances of stimuli (dx2) or targets (dy2), in the unit of the given ones."""
    former = traj[which]
    unit = float(former.mean()) / max(float(distances.mean()), 1e-300)
    vectors = {"dx2": "stimuli", "dy2": "targets"}[which]
    rest = traj.drop_vars([vectors], errors="ignore")
    return drop_origin(rest.assign_coords({which: ("pair", unit * distances.values)}))
