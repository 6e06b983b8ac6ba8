"""A result of RSA in panels: one for every region, latency or other dimension that no axis shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.figures.rsa_words import member_dim
from neurouniv.figures.style import Look, law_look
from neurouniv.schema import InputError, some


class Panel(NamedTuple):
    """The part of a result that one panel shows, and what it is of ("" where the result is one panel)."""

    title: str
    result: xr.Dataset


def panels_of(result: xr.Dataset, dims: Sequence[str], most: int) -> tuple[list[Panel], str]:
    """The first `most` parts along `dims`, and words on how many there are, "" where all are shown.

    Examples
    --------
    >>> result = xr.Dataset({"similarity": ("region", [0.1, 0.2, 0.3])}, {"region": ["V1", "V2", "IT"]})
    >>> panels, more = panels_of(result, ["region"], most=2)
    >>> [panel.title for panel in panels], more
    (['V1', 'V2'], '2 of 3 panels are drawn; choose others with .isel(region=...)')
    """
    sizes = [result.sizes[dim] for dim in dims]
    places = list(np.ndindex(*sizes))
    shown = [_panel(result, dict(zip(dims, map(int, place), strict=True))) for place in places[:most]]
    if len(places) <= most:
        return shown, ""
    return shown, f"{most} of {len(places)} panels are drawn; choose others with .isel({dims[0]}=...)"


def _panel(result: xr.Dataset, place: dict[str, int]) -> Panel:
    title = ", ".join(_name(result, dim, i) for dim, i in place.items())
    return Panel(title, result.isel(place))


def _name(result: xr.Dataset, dim: str, i: int) -> str:
    """`V1` for a name; `latency 0.1 s` for a number."""
    if dim not in result.coords:
        return f"{dim} {i}"
    value, unit = result[dim].values[i], result[dim].attrs.get("units", "")
    if isinstance(value, str):
        return str(value)
    return f"{dim.removesuffix('_model')} {value:g} {unit}".rstrip() if np.isreal(value) else f"{dim} {value}"


def batch_of(result: xr.Dataset) -> list[str]:
    """The dimensions of similarity that are neither models, times nor members."""
    return [str(dim) for dim in result["similarity"].dims if dim not in ("model", "time", member_dim(result))]


def model_looks(result: xr.Dataset) -> dict[str, Look]:
    """Colour and marker of every model, by its place in the result: the same in every figure of a page."""
    return law_look([str(name) for name in result["model"].values])


def by_similarity(result: xr.Dataset) -> list[str]:
    """Names of models, the most similar first in the mean over all that is shown; models without a number last."""
    similarity = result["similarity"]
    mean = similarity.mean([dim for dim in similarity.dims if dim != "model"]).values
    order = np.argsort(-np.where(np.isfinite(mean), mean, -np.inf), kind="stable")
    return [str(name) for name in result["model"].values[order]]


def at_time(result: xr.Dataset, time: float | None) -> xr.Dataset:
    """The frame at that time.

    Raises
    ------
    InputError : the result has no such time.

    Examples
    --------
    >>> at_time(xr.Dataset(coords={"time": [1.0, 2.0]}), 1.5)
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: time is one of the result's times, 1.0, 2.0; got 1.5. ...
    """
    if time is None:
        return result
    times = result["time"].values
    matches = np.flatnonzero(np.isclose(times.astype(float), float(time)))
    if not len(matches):
        raise InputError(
            f"time is one of the result's times, {some(times.tolist())}; got {time}. Leave it out to draw all times."
        )
    return result.isel(time=matches[:1])
