"""Trajectories of two points whose constants are known, in place of trained networks."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.theory import closed_form, two_point


@pytest.fixture
def two_points_by_law():
    """A factory of trajectories (time, pair) of one pair that obey the law, with the task and outputs they imply."""

    def make(eta_h=0.02, eta_y=0.03, dx2=1.0, dy2=0.5, h0=0.01, end=3000, times=60):
        time = np.linspace(0, end, times)
        y0 = 0.2 * h0
        start = two_point.Start(*(np.array([v]) for v in (h0, y0, y0 - 0.1 * np.sqrt(y0 * dy2))))
        curves = closed_form.solve(start, eta_h, eta_y, np.array([dx2]), np.array([dy2]), time)
        data = {name: (("time", "pair"), curve.T) for name, curve in zip("hyw", curves, strict=True)}
        coords = {"time": ("time", time, {"units": "epochs", "axis": "learning"}), "condition": ["A", "B"]}
        coords |= {"first": ("pair", ["A"]), "second": ("pair", ["B"]), "dx2": ("pair", [dx2]), "dy2": ("pair", [dy2])}
        return xr.Dataset(data | _task(dx2, dy2) | _output(curves, dy2), coords)

    return make


def _task(dx2, dy2):
    return {
        "stimuli": (("condition", "feature"), [[-1.0], [-1.0 + dx2**0.5]]),
        "targets": (("condition", "output"), [[0.6], [0.6 + dy2**0.5]]),
    }


def _output(curves, dy2):
    """Outputs with these y and w about a mean that is right throughout."""
    _, y, w = (curve[0] for curve in curves)
    along = (y - w) / np.sqrt(dy2)
    outputs = 0.6 + 0.5 * np.sqrt(dy2) + np.stack([-along, along], axis=1) / 2
    return {"output": (("time", "condition", "output"), outputs[..., None])}
