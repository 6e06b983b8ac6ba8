"""The laws of a cell as they are fitted, and the trajectory that laws of a driven area are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.laws import LAWS, Law
from neurouniv.schema import InputError

BELOW = "below"
"""The input of a layer: the layer of the network right below it."""
Told = str | dict[str, Any]
"""A law by its name, or as a mapping of `law`, `name` and its settings."""


def law_of(spec: Told) -> tuple[str, Law]:
    """What a law is called, and the law.

    Examples
    --------
    >>> law_of({"law": "universal", "name": "blind", "kernel": "identity"})[0]
    'blind'
    """
    if isinstance(spec, str):
        return spec, LAWS[spec]()
    settings = {name: value for name, value in spec.items() if name not in ("law", "name", "driven_by")}
    if settings.get("variables") is not None:
        settings["variables"] = tuple(settings["variables"])
    return spec["name"], LAWS[spec["law"]](**settings)


def is_driven(spec: Told) -> bool:
    """Whether a law is one of an area that is driven by the layer below."""
    return isinstance(spec, dict) and spec.get("driven_by") == BELOW


def laws_of(laws: Sequence[Told]) -> dict[str, Law]:
    """The laws by what they are called."""
    return dict(map(law_of, laws))


def seen_by_all(laws: Sequence[Told], traj: xr.Dataset) -> xr.Dataset:
    """The trajectory to which all `laws` can be fitted: with a law of a driven area, the layers with one below."""
    return driven(traj) if any(map(is_driven, laws)) else traj


def driven(traj: xr.Dataset) -> xr.Dataset:
    """The layers of networks that have the layer below beside them, each with the movie of that as its input.

    Raises
    ------
    InputError : there is no such layer.
    """
    from neurouniv.rdm.driven_by import driven_by

    layers = traj["layer"].values if "layer" in traj.dims else np.array([], dtype=int)
    upper = layers[np.isin(layers - 1, layers)]
    if not upper.size:
        raise InputError(
            f"A law that is driven by the layer below needs two layers, one above the other; recorded are "
            f"{layers.tolist()}. Record more in the study: hidden_layers: 2, layers: [0, 1]."
        )
    below = traj.sel(layer=upper - 1)
    return driven_by(traj.sel(layer=upper), below.assign_coords(layer=upper))
