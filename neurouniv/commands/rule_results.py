"""Figures of learning rules that were compared, from files: their probabilities, and how often they are mistaken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xarray as xr

from neurouniv.schema import InputError


def _probabilities(result: xr.Dataset, selection: dict[str, str], title: str) -> Any:
    from neurouniv import figures

    return figures.rule_probabilities(_selected(result, "probability", selection), title=title)


def _confusion(counts: xr.Dataset, selection: dict[str, str], title: str) -> Any:
    from neurouniv import figures

    return figures.rule_confusion(_selected(counts, "confusion", selection), title=title)


def _selected(result: xr.Dataset, name: str, selection: dict[str, str]) -> xr.Dataset:
    """The part of a result at places of the dimensions of `name`, such as a layer."""
    from neurouniv.figures.rdm_frames import place_of

    if name not in result:
        return result  # which the figure tells of
    dims = [dim for dim in result[name].dims if dim not in ("rule", "true", "best")]
    absent = [dim for dim in selection if dim not in dims]
    if absent:
        raise InputError(f"--select is for {', '.join(map(str, dims)) or 'nothing'} of this result; got {absent}.")
    places = {dim: place_of(result[dim], value, dim) for dim, value in selection.items()}
    return result.isel(places)


OF_RESULTS: dict[str, Callable[..., Any]] = {"rule_probabilities": _probabilities, "rule_confusion": _confusion}
"""What draws a kind, from the file, the selection and the title."""
