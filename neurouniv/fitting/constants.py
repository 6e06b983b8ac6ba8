"""Labelled results: what a fit found, as the `constants_` of a law."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.diagnosis import diagnosed
from neurouniv.fitting.estimates import estimated
from neurouniv.fitting.optimum import Solved
from neurouniv.fitting.parameter import joined


def constant_names(fitted: xr.Dataset) -> list[str]:
    """The names of the variables that are constants of a law: those with a 95 % interval beside them.

    Examples
    --------
    >>> constant_names(xr.Dataset({"eta_h": 0.5, "eta_h_interval": ("bound", [0.4, 0.6]), "loss": 0.1}))
    ['eta_h']
    """
    return [str(name) for name in fitted if f"{name}_interval" in fitted]


def labelled(solved: Sequence[Solved]) -> xr.Dataset:
    """The constants of all systems and what may be said of them, from the fits of some systems at a time."""
    problems = [problem for problem, _ in solved]
    estimates = [estimated(*fit) for fit in solved]
    diagnoses = [diagnosed(*fit, estimate) for fit, estimate in zip(solved, estimates, strict=True)]
    parts: dict[str, np.ndarray] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces])
        for pieces in (estimates, diagnoses)
        for name, value in vars(pieces[0]).items()
        if isinstance(value, np.ndarray)
    }
    seen, parameters = problems[0].seen, joined([problem.parameters for problem in problems])
    data: dict[str, Any] = {}
    for i, p in enumerate(parameters):
        units = {"units": f"per {seen.time_units}"} if p.rate else {}
        ends = np.stack([p.end(parts["limits"][:, i, end]) for end in range(2)], -1)
        data[p.name] = *seen.labelled(p.from_scale(parts["theta"][:, i])), units
        data[f"{p.name}_interval"] = *seen.labelled(ends, "bound"), units
    coords: dict[Hashable, Any] = dict(seen.batch.coords) | {"bound": ["lower", "upper"], "variable": problems[0].names}
    if parts["speed"].size:
        data["speed"] = *seen.labelled(parts["speed"], "estimate"), {"units": f"per {seen.time_units}"}
        data["ratio"] = seen.labelled(parts["ratio"], "estimate")
        coords["estimate"] = ["value", "lower", "upper"]
    data["restart_loss"] = *seen.labelled(parts["restart_loss"], "restart"), {"long_name": "loss of every restart"}
    data["r2"] = seen.labelled(parts["r2"], "variable")
    for name in ("loss", "excess", "converged", "identified", "message"):
        if name in parts:
            data[name] = seen.labelled(parts[name])
    return xr.Dataset(data, coords=coords, attrs={"interval_method": estimates[0].method})
