"""What `neurouniv figure` draws, from its file, and options as the figures call them."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import SUFFIXES, load
from neurouniv.untrusted.regular import need_regular

SEVERAL_TIMES = ("film", "mds")
LINE = 64
"""Letters of a title's line."""


def held(path: Path) -> xr.Dataset:
    """The trajectory or RDMs of a file; of what else is there the command that makes one."""
    from neurouniv.figures.rdm_input import other_of

    need_regular(path)
    if path.suffix.lower() not in SUFFIXES and path.exists():
        raise InputError(
            f"RDMs are drawn from .nc or .zarr; got '{path}'. Make it first, of activity: neurouniv rdm {path} --out "
            f"traj.nc; of RDMs: neurouniv rdms {path} traj.nc"
        )
    dataset = load(path, chunks={})
    if "h" not in dataset:
        other = other_of(dataset)
        raise InputError(f"'{path}' holds no RDMs but {other.what}. {other.command.format(file=path)}")
    return dataset


def as_called(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Options as arguments of the figure."""
    called = dict(settings)
    if "time" in called:
        several = kind in SEVERAL_TIMES
        called["times" if several else "time"] = called.pop("time") if several else called["time"][0]
    if called.get("order") in (["given"], ["alphabet"]):
        called["order"] = called["order"][0]
    return called


def courses(dataset: xr.Dataset, selection: dict[str, str], title: str) -> Any:
    """Mean distances over time, of what is selected."""
    from neurouniv import figures
    from neurouniv.figures.rdm_frames import frames_of, place_of

    frames = frames_of(dataset, select=selection)
    frames.need_one("A figure of time courses")
    h = dataset["h"]
    places = {dim: place_of(h[dim], value, dim) for dim, value in selection.items() if dim in h.dims}
    headline = fill(" · ".join(filter(None, [title, *frames.notes])), LINE)
    return figures.time_courses(dataset.isel(places).compute(), title=headline)
