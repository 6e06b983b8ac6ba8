"""Brains that learn: the activity of a network at the times of the sessions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning


def learned(
    task: xr.Dataset, architecture: str, rule: str, sessions: int, step: int, seed: int, settings: dict[str, Any]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Activity (session, condition, unit) of a network's middle hidden layer, and outputs (session, condition, output).

    Sessions are at the epochs 0, step, 2 step, ...

    Raises
    ------
    InputError : the network diverges, or its settings do not go together.
    """
    from neurouniv.systems.training.train import train  # torch is needed only here

    epochs = (np.arange(sessions) * step).tolist()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*diverged", category=NeurounivWarning)  # an error here, below
        runs = train(
            task, architecture, epochs=epochs[-1], seeds=[seed], record=epochs, rule=rule, device="cpu", **settings
        )
    runs = runs.isel(seed=0, layer=0).sel(time=epochs)
    hidden = runs.hidden.transpose("time", "condition", "unit").rename(time="session")
    if not np.isfinite(hidden).all():
        raise InputError(f"The learner diverged at lr={settings['lr']:g}, so there is no brain. Give a smaller `lr`.")
    return hidden, runs.output.transpose("time", "condition", "output").rename(time="session")
