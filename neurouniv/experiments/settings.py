"""The published settings of networks that learn two points, and networks trained by them."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv import tasks
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.systems.training.train import train

EPOCHS, FRAMES = 3000, 301
"""The published scripts train half the learning rate for twice the epochs, which is the same training."""
DEFAULT: dict[str, Any] = {
    "architecture": "mlp", "hidden_layers": 20, "width": 500, "gain": 1.0, "nonlinearity": "leaky_relu", "lr": 0.01,
    "layers": 10,
}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "shallow": {"hidden_layers": 2, "gain": 0.35, "lr": 0.02, "layers": 1},
    "narrow": {"width": 50, "gain": 1.05},
    "two_layer": {"hidden_layers": 1, "nonlinearity": "linear", "gain": 0.1, "layers": 0},
    "linear": {"nonlinearity": "linear", "gain": 0.85, "lr": 0.0025},
    "elu": {"nonlinearity": "elu", "gain": 0.95, "lr": 0.0009},
    "tanh": {"nonlinearity": "tanh", "gain": 0.85, "lr": 0.0025},
    "relu": {"nonlinearity": "relu"},
    "swish": {"nonlinearity": "swish", "gain": 1.7, "lr": 0.005},
    "skip": {"architecture": "residual", "gain": 0.1, "lr": 0.02},
    "cnn": {
        # 100 positions give the final distance and the constants of the released run
        "architecture": "cnn", "kernel": 11, "channels": 20, "width": 100, "hidden_layers": 10, "gain": 0.95,
        "lr": 0.004, "layers": 5,
    },
    "dropout": {"dropout": 0.1, "hidden_layers": 10, "layers": 5},
    # the published rate is not known; at this one learning takes half of the epochs
    "adam": {"optimizer": "adam", "lr": 1e-6},
    "gain 0.9": {"gain": 0.9, "lr": 0.03},
    "gain 1.1": {"gain": 1.1, "lr": 0.005},
    "gain 1.2": {"gain": 1.2, "lr": 0.0025},
    "gain 1.3": {"gain": 1.3, "lr": 0.0015},
    "gain 1.4": {"gain": 1.4, "lr": 0.0005},
    "gain 1.6": {"gain": 1.6, "lr": 3e-6},
}  # fmt: skip
"""What differs from `DEFAULT` in each. Dropout is off while activity is recorded."""
QUICK = {"epochs": 400, "hidden_layers": 4, "width": 40, "lr": 4.0}
"""A quick look has at most so many epochs, layers and units, and learns so many times faster."""


def trained(
    name: str,
    seeds: range,
    device: str = "auto",
    quick: bool = False,
    task: xr.Dataset | None = None,
    frames: int = FRAMES,
    **changed: Any,
) -> xr.Dataset:
    """The trajectory (seed, layer, time, pair) of networks trained on two points in the setting `name`.

    Parameters
    ----------
    seeds : which networks.
    quick : see `QUICK`.
    task : in place of the published two points.
    frames : how many epochs are kept.
    changed : settings of `neurouniv.train` that differ from the published ones.

    Source: van Rossem & Saxe (2024), section 3 and appendix.

    Examples
    --------
    >>> traj = trained("two_layer", range(2), "cpu", quick=True, frames=5)
    >>> dict(traj.h.sizes)
    {'seed': 2, 'layer': 1, 'time': 5, 'pair': 1}
    """
    settings = settings_of(name, quick) | changed
    task = tasks.two_points() if task is None else task
    return trajectory(train(task, seeds=seeds, record=frames, device=device, progress=False, **settings))


def settings_of(name: str, quick: bool = False) -> dict[str, Any]:
    """What `neurouniv.train` takes in the setting `name`, published or for a quick look.

    Examples
    --------
    >>> settings_of("shallow")["gain"], settings_of("shallow")["width"], settings_of("shallow", quick=True)["width"]
    (0.35, 500, 40)
    """
    settings = DEFAULT | {"epochs": EPOCHS} | SETTINGS[name]
    if not quick:
        return settings
    layers = min(settings["hidden_layers"], QUICK["hidden_layers"])
    less = {key: min(settings[key], QUICK[key]) for key in ("epochs", "width")}
    return settings | less | {"hidden_layers": layers, "layers": layers // 2, "lr": settings["lr"] * QUICK["lr"]}
