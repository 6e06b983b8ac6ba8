"""What a page is made of; of anything else, what it is and which call comes first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from neurouniv.got import got, way
from neurouniv.inputs import told
from neurouniv.kinds import amiss_in, kind_of
from neurouniv.schema import InputError, some
from neurouniv.storage import is_store

NEEDED = (
    "A page is made of a result (of universality_test, compare, rsa, rules, plan, plan_rules, recover or open_study), "
    "of sections, or of {title: content}"
)
MAKES = "`neurouniv.compare(laws, traj)` makes a result."
SHOWN = "Give it a title: report({title: figure}, path)."
OTHERS = {
    "h": ("a trajectory or RDMs", "Compute a result of it first: `neurouniv.compare(laws, traj)`, `rules(traj)` or "
          "`rsa(traj, models)`. A picture of it alone: report({title: neurouniv.figures.film(traj)}, path)."),
    "activity": ("a recording", "Make a trajectory of it first: traj = `neurouniv.trajectory(recording, task)`."),
    "hidden": ("activity of networks", "Make a trajectory of it first: traj = `neurouniv.trajectory(runs)`."),
    "stimuli": ("a task", "A page shows what was computed of systems that learn it."),
}  # fmt: skip
"""What a Dataset without a page is, and what to do, by a variable that it has; the first that fits."""
WITHOUT = {
    "a fit (`law.constants_`)": ("the constants of a law", "Compare the law with others: `neurouniv.compare(laws, "
                                 "traj)`. Figures of constants: `neurouniv.figures.constants_along`, `waterfall`."),
    "neurouniv.verdict": ("a verdict", "Give the comparison that it judges; its page has the verdict."),
    "neurouniv.change": ("a result of neurouniv.change", "`neurouniv.summary(result)` has its text."),
}  # fmt: skip
"""The same of results without a page, by what makes them."""


def no_page(value: Any, whose: str = "") -> InputError:
    """The error of what no page is made of; `whose`: of which section it was to be the content.

    Examples
    --------
    >>> print(no_page(xr.Dataset({"activity": (("trial", "channel"), [[1.0]])})))
    A page is made of a result (of universality_test, compare, rsa, rules, plan, plan_rules, recover or open_study), \
of sections, or of {title: content}; got a recording. Make a trajectory of it first: traj = \
`neurouniv.trajectory(recording, task)`.
    >>> str(no_page("answer.nc")).partition("; ")[2]
    "got the text 'answer.nc'. `neurouniv.load('answer.nc')` reads a file."
    """
    what, remedy = _of_dataset(value) if isinstance(value, xr.Dataset) else _of_object(value)
    return InputError(told(f"{NEEDED}; {whose}got {what}.", remedy))


def _of_dataset(dataset: xr.Dataset) -> tuple[str, str]:
    kind = kind_of(dataset)
    if kind is not None and kind.call in WITHOUT:
        return WITHOUT[kind.call]
    if kind is not None and amiss_in(dataset):
        return "a result that is not whole", amiss_in(dataset)
    match = next((other for name, other in OTHERS.items() if name in dataset.variables), None)
    names = some(sorted(map(str, dataset.variables)), 6)
    return match or (f"a Dataset of {names}" if names else "an empty Dataset", MAKES)


def _of_object(value: Any) -> tuple[str, str]:
    if hasattr(value, "fit") and hasattr(value, "predict"):
        name = "a law" if isinstance(value, type) else f"the law {type(value).__name__}"
        return name, "Compare it with others: `neurouniv.compare(laws, traj)`."
    if isinstance(value, xr.DataArray):
        return f"a DataArray over {value.dims}", OTHERS["h"][1] if "pair" in value.dims else MAKES
    if isinstance(value, Figure):
        return got(value), SHOWN
    if isinstance(value, str | os.PathLike) and Path(value).is_dir() and not is_store(Path(value)):
        return got(value), f"`neurouniv.open_study({os.fspath(value)!r})` opens the folder of a study."
    return got(value), way(value) or MAKES
