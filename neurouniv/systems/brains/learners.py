"""Brains that learn: the activity of a network at the times of the sessions."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning


@dataclass(frozen=True)
class Learner:
    """The network that learns; its settings under their names in `neurouniv.train`."""

    architecture: str
    rule: str
    hidden_layers: int
    width: int
    gain: float
    nonlinearity: str
    lr: float
    epochs: int

    def step(self, sessions: int) -> int:
        """Epochs from one of so many sessions to the next."""
        return max(1, round(self.epochs / (sessions - 1)))

    def told(self, sessions: int) -> dict[str, Any]:
        """The settings as attributes of a recording in so many sessions."""
        network = {
            name: value for name, value in asdict(self).items() if name not in ("architecture", "rule", "epochs")
        }
        brain = {"rule": self.rule, "epochs_per_session": self.step(sessions), "learner": self.architecture}
        return network | brain | {"world": "none"}


def learned(task: xr.Dataset, learner: Learner, sessions: int, seed: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Activity (session, condition, unit) of a network's middle hidden layer, and outputs (session, condition, output).

    Sessions are at equally spaced epochs, the first at 0.

    Raises
    ------
    InputError : the network diverges, or its settings do not go together.
    """
    from neurouniv.systems.training.train import train  # torch is needed only here

    epochs = (np.arange(sessions) * learner.step(sessions)).tolist()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*diverged", category=NeurounivWarning)  # an error here, below
        runs = train(
            task, learner.architecture, hidden_layers=learner.hidden_layers, width=learner.width, gain=learner.gain,
            nonlinearity=learner.nonlinearity, lr=learner.lr, epochs=epochs[-1], seeds=[seed], record=epochs,
            rule=learner.rule, device="cpu",
        )  # fmt: skip
    runs = runs.isel(seed=0, layer=0).sel(time=epochs)
    hidden = runs.hidden.transpose("time", "condition", "unit").rename(time="session")
    if not np.isfinite(hidden).all():
        raise InputError(f"The learner diverged at lr={learner.lr:g}, so there is no brain. Give a smaller `lr`.")
    return hidden, runs.output.transpose("time", "condition", "output").rename(time="session")
