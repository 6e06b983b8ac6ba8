"""A small study on the GPU, one worker a device: its results beside those of the CPU."""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import xarray as xr

from gpu_parts.machine import Machine
from gpu_parts.rows import row

NEEDED = ("distributed", "netCDF4", "yaml", "joblib", "dask")
SPEC = {
    "name": "gpu",
    "task": {"name": "digits", "per_class": 1},
    "seeds": 8,
    "batch": 4,
    "laws": ["exponential", "static"],
    "systems": {
        "networks": [
            {"name": "mlp", "rule": ["backprop", "feedback_alignment"], "hidden_layers": [1, 3], "width": 32,
             "lr": 0.05, "nonlinearity": "tanh", "epochs": 50, "record": 10, "dtype": "float64"}
        ]
    },
}  # fmt: skip
COMPARED = ("h", "y", "constants")
TOLERANCE = 1e-6
"""Relative; constants are fitted to trajectories that differ in their last bits."""


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing or machine.left() < 60:
        yield {"what": "a study", "left out": f"not installed: {', '.join(missing)}" if missing else "no time"}
        return
    from neurouniv.studies import run_study

    with tempfile.TemporaryDirectory() as place:
        took, cells = {}, {}
        for device in dict.fromkeys((machine.device.split(":")[0], "cpu")):
            begin = perf_counter()
            folder = Path(place) / device
            status = run_study(SPEC | {"device": device}, folder, workers=None if machine.gpu else 1, progress=False)
            took[device] = perf_counter() - begin
            cells[device] = results(folder)
            done = status.count("done")
            yield {"what": f"a study of {len(status.ids)} cells, {device}", "s": took[device], "failed": status.text if
                   done < len(status.ids) else "", "ok": done == len(status.ids)}  # fmt: skip
        there, here = cells[next(iter(cells))], cells["cpu"]
        for name in COMPARED:
            apart = [row("", there[label][name], here[label][name], TOLERANCE) for label in here]
            yield max(apart, key=lambda one: one["difference"]) | {"what": f"a study, {name} of {len(apart)} cells"}


def results(folder: Path) -> dict[str, xr.Dataset]:
    """Results by their labels: ids differ between devices."""
    from neurouniv import load
    from neurouniv.studies.cell.cell import Cell
    from neurouniv.studies.folder import Folder

    study = Folder(folder)
    cells = [Cell.of(told) for told in study.listed()["cells"]]
    return {cell.label: load(study.result(cell.id)) for cell in cells if study.result(cell.id).exists()}
