"""The learners of the demo: eight kinds of networks, a simulated brain, and a world in which the law is false."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv import tasks
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.systems.brains import simulate_brain
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.training.train import train
from neurouniv.universality.scores.start_ceiling import start_ceiling

DIGITS: dict[str, Any] = {"hidden_layers": 1, "width": 100, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.2}
DEEP = {"hidden_layers": 3, "layers": 2}
NETWORKS: dict[str, dict[str, Any]] = {
    "tanh, 1 layer": {},
    "tanh, 3 layers": DEEP | {"gain": 0.7},
    "relu": {"nonlinearity": "relu"},
    "residual": DEEP | {"architecture": "residual"},
    "gated": {"architecture": "gated"},
    "recurrent": DEEP | {"architecture": "recurrent"},
    "predictive coding": {"rule": "predictive_coding"},
    "feedback alignment": {"rule": "feedback_alignment"},
}
"""Settings that differ from `DIGITS`; of several layers, or steps, the last is recorded."""
POINTS: dict[str, dict[str, Any]] = {
    "two layers, linear": {"hidden_layers": 1, "width": 500, "gain": 0.1, "nonlinearity": "linear", "lr": 0.01},
    "shallow, leaky ReLU": {"hidden_layers": 2, "width": 500, "gain": 0.35, "nonlinearity": "leaky_relu", "lr": 0.02},
    "tanh, feedback alignment": {
        "hidden_layers": 2, "width": 100, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.02, "rule": "feedback_alignment",
    },
}  # fmt: skip
FRAMES = 25
DRAWS = 2
"""Draws of the layers above the recorded one, for the start-conditional ceiling."""
BRAIN: dict[str, Any] = {"repeats": 12, "runs": 4, "neurons": 150, "rate_gain": 30.0, "baseline": 30.0}
MOUSE, CONTROL = "simulated mouse", "control: each pair by itself"


def digits() -> xr.Dataset:
    """The task of the demo: handwritten digits, two of each."""
    return tasks.digits(per_class=2)


def network(name: str, task: xr.Dataset, fast: bool) -> xr.Dataset:
    """The trajectory (seed, time, pair) of networks of one kind, with its variance given the start."""
    settings = DIGITS | NETWORKS[name]
    settings |= (
        {"epochs": 750, "seeds": range(2), "lr": 2 * DIGITS["lr"]} if fast else {"epochs": 1500, "seeds": range(3)}
    )
    architecture = settings.pop("architecture", "mlp")
    runs = train(task, architecture, record=FRAMES, progress=False, **settings)
    traj = trajectory(runs).squeeze("layer", drop=True)
    return traj.assign(start_var=start_ceiling(traj, draws=DRAWS, progress=False).start_var)


def two_points(name: str, fast: bool) -> xr.Dataset:
    """The trajectory (seed, time, pair) of networks that learn two points, as the published ones do."""
    settings = POINTS[name] | {"epochs": 3000, "seeds": range(1 if fast else 2), "record": 100, "progress": False}
    settings["width"] = min(settings["width"], 100) if fast else settings["width"]
    return trajectory(train(tasks.two_points(), "mlp", **settings)).squeeze("layer", drop=True)


def mouse(task: xr.Dataset, out: Path, fast: bool) -> xr.Dataset:
    """A simulated brain, written as NWB and read back from that file, as a user's recording would be."""
    rec = simulate_brain(task, "backprop", sessions=6 if fast else 8, epochs=1050, lr=0.1, **BRAIN)
    return trajectory(read_recording(write_nwb(rec, out / "simulated_mouse.nwb")), task, metric="crossnobis")


def control(task: xr.Dataset, fast: bool) -> xr.Dataset:
    """A world in which the law is false: every pair approaches its end by itself, all at one rate."""
    rec = simulate_brain(task, world="exponential", sessions=6 if fast else 8, **BRAIN)
    return trajectory(rec, task, metric="crossnobis")
